package feature

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"hetu/rbac"
	"hetu/tenant"
)

type entry struct {
	Title string   `json:"title"`
	State string   `json:"state"`
	By    *person  `json:"by"`
	Posts []person `json:"posts"`
	N     int      `json:"n"`
	Sum   string   `json:"sum"`
	At    *string  `json:"at"`
	Day   string   `json:"day"`
	Read  bool     `json:"read"`
}

type person struct {
	Name string `json:"name"`
}

var sheet = Sheet{Name: Text{"信息", "Items"}, Columns: []Column{
	{Head: Text{"标题", "Title"}, Path: "title"},
	{Head: Text{"状态", "State"}, Path: "state", Words: map[string]Text{"draft": {"草稿", "Draft"}}},
	{Head: Text{"经办人", "By"}, Path: "by.name"},
	{Head: Text{"岗位", "Posts"}, Path: "posts.name"},
	{Head: Text{"数量", "Number"}, Path: "n", Kind: Numbers},
	{Head: Text{"合计", "Sum"}, Path: "sum", Kind: Numbers},
	{Head: Text{"时间", "At"}, Path: "at", Kind: Times},
	{Head: Text{"日期", "Day"}, Path: "day", Kind: Dates},
	{Head: Text{"已阅", "Read"}, Path: "read", Words: map[string]Text{"true": {"是", "Yes"}, "false": {"否", "No"}}},
}}

// opened writes pages of entries and opens what was written.
func opened(t *testing.T, english bool, all ...[]entry) *excelize.File {
	t.Helper()
	b, err := newWorkbook(&sheet, english)
	if err != nil {
		t.Fatal(err)
	}
	err = b.fill(func(after string) (reflect.Value, string, error) {
		i, _ := strconv.Atoi(after)
		next := ""
		if i+1 < len(all) {
			next = strconv.Itoa(i + 1)
		}
		return reflect.ValueOf(all[i]), next, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := b.bytes()
	if err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func cell(t *testing.T, f *excelize.File, at string, raw bool) string {
	t.Helper()
	v, err := f.GetCellValue(f.GetSheetName(0), at, excelize.Options{RawCellValue: raw})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWorkbook(t *testing.T) {
	t.Parallel()
	at := "2026-11-22T17:30:00.5Z" // after midnight in China
	full := entry{Title: "关于值班的通知", State: "draft", By: &person{"陈静"}, Posts: []person{{"科长"}, {"编辑"}}, N: 12, Sum: "3.25", At: &at, Day: "2026-11-22", Read: true}
	f := opened(t, false, []entry{full}, []entry{{State: "other", Sum: "n/a"}})
	for c, want := range map[string]string{
		"A1": "标题", "I1": "已阅", "A2": "关于值班的通知", "B2": "草稿", "C2": "陈静", "D2": "科长、编辑", "E2": "12", "F2": "3.25",
		"G2": "2026-11-23 01:30", "H2": "2026-11-22", "I2": "是",
		"A3": "", "B3": "other", "C3": "", "F3": "n/a", "G3": "", "I3": "否", "A4": "",
	} {
		if got := cell(t, f, c, false); got != want {
			t.Errorf("%s = %q, want %q", c, got, want)
		}
	}
	for c, want := range map[string]excelize.CellType{"E2": excelize.CellTypeUnset, "F2": excelize.CellTypeUnset, "G2": excelize.CellTypeUnset, "A2": excelize.CellTypeInlineString} {
		if got, err := f.GetCellType("信息", c); err != nil || got != want {
			t.Errorf("%s is a %d, want %d (%v)", c, got, want, err)
		}
	}
	if raw := cell(t, f, "H2", true); raw != "46348" {
		t.Errorf("a date is %q, want the day's number", raw)
	}
	if panes, err := f.GetPanes("信息"); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("panes = %+v %v, want the head to stay", panes, err)
	}
	en := opened(t, true, []entry{full})
	if en.GetSheetName(0) != "Items" || cell(t, en, "A1", false) != "Title" || cell(t, en, "B2", false) != "Draft" || cell(t, en, "D2", false) != "科长, 编辑" {
		t.Error("the English workbook does not speak English")
	}
}

// TestWorkbookHoldsNoFormulas is IN-03: what a person wrote is text for whoever
// opens the workbook, whatever it begins with.
func TestWorkbookHoldsNoFormulas(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`=1+1`, `=HYPERLINK("http://evil.example","x")`, `+1`, `-1+2`, `@SUM(A1)`, "\t=1", `=cmd|' /C calc'!A0`, "</t></is><f>1+1</f>"} {
		f := opened(t, false, []entry{{Title: text, Sum: text, At: &text, Day: text}})
		for _, c := range []string{"A2", "F2", "G2", "H2"} {
			formula, err := f.GetCellFormula("信息", c)
			kind, _ := f.GetCellType("信息", c)
			if err != nil || formula != "" || cell(t, f, c, true) != text || kind != excelize.CellTypeInlineString {
				t.Errorf("%s of %q: formula %q, type %d, %v", c, text, formula, kind, err)
			}
		}
	}
}

// TestWorkbookEnds holds that a list of more rows than an export takes says so
// in its last row, and one of exactly as many does not.
func TestWorkbookEnds(t *testing.T) {
	t.Parallel()
	page := make([]entry, 200)
	for i := range page {
		page[i] = entry{Title: fmt.Sprint(i)}
	}
	whole := make([][]entry, MostRows/200)
	for i := range whole {
		whole[i] = page
	}
	f := opened(t, false, whole...)
	if got := cell(t, f, fmt.Sprintf("A%d", MostRows+2), false); got != "" {
		t.Errorf("after the last row of a whole list: %q", got)
	}
	f = opened(t, false, append(whole, page[:1])...)
	if got := cell(t, f, fmt.Sprintf("A%d", MostRows+2), false); !strings.Contains(got, "10000 行") {
		t.Errorf("after the last row of a longer list: %q", got)
	}
}

func TestPrefersEnglish(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"": false, "zh-CN,zh;q=0.9,en;q=0.8": false, "en": true, "en-GB,en;q=0.9,zh;q=0.5": true, "en;q=0.2, zh;q=0.1": true,
		"zh;q=0.1, en;q=0.05": false, "fr": false, "*": false, "en;q=x": true, ";;,q=": false,
	} {
		if got := prefersEnglish(header); got != want {
			t.Errorf("%q = %v", header, got)
		}
	}
}

func TestCheckRefusesSheets(t *testing.T) {
	t.Parallel()
	list := func(context.Context, *tenant.Tx, Page) (List[entry], error) { return List[entry]{}, nil }
	column := func(path string) Sheet {
		return Sheet{Name: Text{"甲", "A"}, Columns: []Column{{Head: Text{"乙", "B"}, Path: path}}}
	}
	for name, tt := range map[string]struct {
		route Route
		want  string
	}{
		"ok":                {GET("/x", rbac.Member, Read(list)).Sheet(sheet), ""},
		"no such field":     {GET("/x", rbac.Member, Read(list)).Sheet(column("by.title")), "no by.title"},
		"a field of a text": {GET("/x", rbac.Member, Read(list)).Sheet(column("title.x")), "no title.x"},
		"no columns":        {GET("/x", rbac.Member, Read(list)).Sheet(Sheet{Name: Text{"甲", "A"}}), "lacks"},
		"no name":           {GET("/x", rbac.Member, Read(list)).Sheet(Sheet{Columns: sheet.Columns}), "lacks"},
		"no head":           {GET("/x", rbac.Member, Read(list)).Sheet(Sheet{Name: Text{"甲", "A"}, Columns: []Column{{Path: "n"}}}), "lacks a head"},
		"not a list":        {GET("/x/{id}", rbac.Member, Read(look)).Sheet(sheet), "no items"},
		"not a read":        {POST("/x", rbac.Member, Write(list)).Sheet(sheet), "only a list"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := Check(Feature{Name: "x", Routes: []Route{tt.route}})
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("Check = %v, want %q", err, tt.want)
			}
		})
	}
}
