package console

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// Whatever passes the look can be made: what the database would refuse is said
// in the row, and never holds a list up for good.
func TestListSaysWhatCannotBeMade(t *testing.T) {
	t.Parallel()
	ctx, _ := operator(t)
	g := group(t)
	s, gone := slug(), slug()
	exec(t, tenanttest.Admin(t), `insert into platform.removals (tenant_id, slug, name, record) values ($1, $2, '已迁出', '{}')`, uuid.New(), gone)
	r, err := bring(t, ctx, g.ID, workbook(t,
		[]any{"云岭市水务局", "云岭局", s + "a", "局", "", "张敏", "zhangmin", "", "", "", "", strings.Repeat("a.", 60) + "b"},
		[]any{"云岭市水文站", "水文站", s + "b", "局", "", "李强", "liqiang", "", "", "0000/1/1", "", ""},
		[]any{"已迁出的局", "迁出局", gone, "局", "", "王明", "wangming"},
	))
	if err != nil || r.Faulty != 3 {
		t.Fatalf("brought = %+v %v, want three faulty rows", r, err)
	}
	rows, err := operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) ([]Entry, error) { return entriesOf(ctx, tx, r.ID) })
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"[{domain console.domain_malformed}]", "[{expires_on console.list_day}]", "[{slug console.slug_taken}]"} {
		if got := fmt.Sprint(rows[i].Faults); got != want {
			t.Errorf("row %d: %s, want %s", rows[i].Row, got, want)
		}
	}
}

// Rows are numbered as a person sees them, empty ones and those of several lines
// included.
func TestListRowNumbers(t *testing.T) {
	t.Parallel()
	const head = "全称,简称,代码,类别,管理员姓名,管理员账号\n"
	row := func(name string) string { return name + ",甲,jia,局,张敏,zhangmin\n" }
	for name, tt := range map[string]struct {
		text string
		want []int
	}{
		"one after the other":      {head + row("甲") + row("乙"), []int{2, 3}},
		"an empty line between":    {head + row("甲") + "\n\r\n" + row("乙"), []int{2, 5}},
		"a name of two lines":      {head + row("\"甲\n局\"") + row("乙"), []int{2, 3}},
		"empty lines at the top":   {"\n\n" + head + row("甲"), []int{4}},
		"only separators in a row": {head + ",,,,,\n" + row("甲"), []int{3}},
	} {
		all, err := readList([]byte(tt.text))
		var got []int
		for _, e := range all {
			got = append(got, e.Row)
		}
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: rows %v %v, want %v", name, got, err, tt.want)
		}
	}
	if _, err := readList([]byte(head + strings.Repeat("\n", mostEntries+1) + row("甲"))); !errors.Is(err, ErrListFile) {
		t.Errorf("too many rows, most of them empty = %v, want ErrListFile", err)
	}
}

// A workbook can say a sign that no text of the database holds.
func TestListWithoutZeros(t *testing.T) {
	t.Parallel()
	const mark = "QQZEROQQ"
	content := replaced(t, workbook(t, []any{"云岭" + mark + "局", "云岭局", slug(), "局", "", "张敏", "zhangmin"}), mark, "_x0000_")
	if _, err := bringList(context.Background(), tenanttest.Operators(t), brought{}, bytes.NewReader(content)); !errors.Is(err, ErrListFile) {
		t.Errorf("a zero in a name = %v, want ErrListFile", err)
	}
}

// replaced is a workbook with one text put in the place of another in every part.
func replaced(t *testing.T, book []byte, text, by string) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		part, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		w, err := out.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.ReplaceAll(part, []byte(text), []byte(by))); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
