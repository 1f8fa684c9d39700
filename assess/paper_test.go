package assess

import (
	"bytes"
	"context"
	"errors"
	flags "flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess/rule"
	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

var update = flags.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path) //nolint:gosec // the test's own
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		a, b := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("%s, line %d: %q, want %q", path, i+1, a[i], b[i])
			}
		}
		t.Fatalf("%s: %d lines, want %d", path, len(a), len(b))
	}
}

// printed is a result with everything a sheet can show.
func printed(units, rules int) paper {
	v := Version{Version: 3, Year: 2026, Name: "2026年度目标管理考核", Plan: Plan{
		Classes: []Class{{Code: "a", Name: "一类单位"}, {Code: "b", Name: "二类单位"}},
		Grades:  []GradeLine{{"优秀", points("90")}, {"合格", points("60")}}}}
	for i := range rules {
		v.Rules = append(v.Rules, Spec{Code: fmt.Sprint("r", i), Name: []string{"政务信息采用", "网站信息发布", "专题约稿", "公文办理时效"}[i%4] + fmt.Sprint(i+1)})
	}
	p := paper{name: "第三季度", digest: strings.Repeat("0123456789abcdef", 4), note: "计算于 2026-10-08 09:30", moved: map[uuid.UUID]string{}}
	p.res = Result{Version: v, From: "2026-07-01", To: "2026-09-30"}
	for i := range units {
		s := Score{Unit: Unit{"tenant", id(i + 1), fmt.Sprintf("东河市第%d河务管理局", i+1)}, Class: "a", Place: i + 1, Rank: i + 1}
		if i >= units/2 {
			s.Class, s.Rank = "b", i-units/2+1
		}
		for j, r := range v.Rules {
			n := (units-i)*(j+2)%17 + 1
			each := decimal.New(int64(25+5*(j%4)), -1)
			pts := each.Mul(decimal.NewFromInt(int64(n)))
			s.Lines = append(s.Lines, Entry{&r, rule.Line{Part: "items", N: n, Before: pts, Points: pts, Formula: fmt.Sprintf("本级%s %d 条 × %s 分 = %s 分", r.Name, n, each, pts)}})
			s.Exact = s.Exact.Add(pts)
		}
		if i == 0 {
			s.Lines = append(s.Lines, Entry{&Spec{Code: eventRule, Name: "加分：抗旱保供经验被国家级媒体刊发"}, rule.Line{Part: "bonus:1", N: 1, Points: points("2"), Formula: "抗旱保供经验，《水利报》，2026-08-12"}})
			s.Exact = s.Exact.Add(points("2"))
		}
		s.Total = s.Exact.Round(2)
		s.Grade = map[bool]string{true: "优秀", false: "合格"}[s.Total.GreaterThanOrEqual(points("90"))]
		p.res.Scores, p.moved[s.Unit.ID] = append(p.res.Scores, s), signed(2-i%5)
	}
	return p
}

// decidedOn is p after a meeting decided another grade for its first unit.
func decidedOn(p paper) paper {
	m := Manifest{Name: p.name, Digest: p.digest, At: time.Date(2026, 12, 31, 16, 30, 0, 0, time.UTC), By: "王芳"}
	p.res.Scores[0].Grade = "优秀"
	first := p.res.Scores[0].Unit
	return m.paper(p.res, map[Unit]string{first.key(): "合格", p.res.Scores[1].Unit.key(): p.res.Scores[1].Grade})
}

// Where the scheme has no grades, the decided ones are printed, without a mark:
// there is none by line to be told from.
func TestDecidedGradesOfASchemeWithoutGrades(t *testing.T) {
	t.Parallel()
	p := printed(2, 2)
	p.res.Version.Plan.Grades = nil
	for i := range p.res.Scores {
		p.res.Scores[i].Grade = ""
	}
	if p.graded() {
		t.Error("it is graded before anything was decided")
	}
	p = Manifest{}.paper(p.res, map[Unit]string{p.res.Scores[0].Unit.key(): "优秀"})
	if got := p.grade(p.res.Scores[0]); got != "优秀" || !p.graded() || len(p.byLine) != 0 {
		t.Errorf("grade = %q, graded %t, marked %d", got, p.graded(), len(p.byLine))
	}
}

// UI9: how the league table of A2 and the sheets of A4 stand on their pages.
func TestPapers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		p  paper
		of string
	}{
		"league.golden": {printed(6, 5), "league"},
		"sheets.golden": {printed(2, 4), "sheets"},
		"result.golden": {printed(4, 2), "result"},

		"decided.golden":        {decidedOn(printed(2, 2)), "result"},
		"decided_league.golden": {decidedOn(printed(2, 2)), "league"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := tt.p.lay(tt.of)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			d.dump(&b)
			golden(t, name, b.Bytes())
			d.inside(t)
		})
	}
}

// inside checks that nothing stands beyond the edge of its page.
func (p *printing) inside(t *testing.T) {
	t.Helper()
	for i, l := range p.leaves {
		for _, m := range l.marks {
			right := max(m.x, m.x2)
			if m.kind == 't' {
				right = m.x + p.face.width(m.text, m.size)
			}
			if m.x < p.margin.left-0.1 || right > p.w-p.margin.right+0.1 || m.y > p.h-p.margin.bottom/2+0.1 {
				t.Errorf("page %d: %q at %.1f to %.1f, %.1f", i+1, m.text, m.x, right, m.y)
			}
		}
	}
}

// More rules than have room beside each other go on in a table of their own, and
// more units on another page under the same head.
func TestTheLeagueTableGrows(t *testing.T) {
	t.Parallel()
	d, err := printed(120, 60).lay("league")
	if err != nil {
		t.Fatal(err)
	}
	d.inside(t)
	heads, units := 0, map[string]int{}
	for _, l := range d.leaves {
		for _, m := range l.marks {
			if m.text == "名次" {
				heads++
			}
			if strings.HasPrefix(m.text, "东河市第") {
				units[m.text]++
			}
		}
	}
	if len(units) != 120 || units["东河市第1河务管理局"] != 3 || heads != len(d.leaves) || len(d.leaves) < 6 {
		t.Errorf("%d units, the first one %d times, %d heads on %d pages", len(units), units["东河市第1河务管理局"], heads, len(d.leaves))
	}
}

// R310: the same result makes the same bytes, and a PDF.
func TestAPaperIsTheSameAgain(t *testing.T) {
	t.Parallel()
	var first, again bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &again} {
		if err := printed(5, 6).write(b, "result"); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), again.Bytes()) || !bytes.HasPrefix(first.Bytes(), []byte("%PDF-1.")) {
		t.Errorf("%d and %d bytes", first.Len(), again.Len())
	}
	if first.Len() > 600_000 {
		t.Errorf("%d bytes for seven pages", first.Len())
	}
}

// A name nobody has a letter for shows that something is missing.
func TestTheTypefaceHasNames(t *testing.T) {
	t.Parallel()
	f, err := typeface()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range "镕堃喆昇玥翀祎旸甦犇垚赟璟一丁，。“”（）《》—…·×÷−±①②③〓AZaz09%￥" {
		if _, ok := f.chars[int(r)]; !ok {
			t.Errorf("%c is missing", r)
		}
	}
	if f.width("一", 10) != f.width("𠮷", 10) {
		t.Error("what is missing has no width")
	}
}

func TestWrapping(t *testing.T) {
	t.Parallel()
	f, err := typeface()
	if err != nil {
		t.Fatal(err)
	}
	ten := f.width("一", 10) * 10
	for text, want := range map[string]string{
		"":           "",
		"一二三四五六七八九十": "一二三四五六七八九十",
		"一二三四五六七八九十，十一":                            "一二三四五六七八九|十，十一",
		"一二三四五六七八（九十）":                             "一二三四五六七八（九|十）",
		"得分 2026-10-08 之前 0123456789abcdef0123456": "得分 2026-10-08 之前 |0123456789abcdef01|23456",
		"一\n二": "一|二",
	} {
		if got := strings.Join(f.wrap(text, 10, ten), "|"); got != want {
			t.Errorf("%q = %q, want %q", text, got, want)
		}
	}
}

// UI9: a round on paper is for those who may see every score.
func TestARoundOnPaper(t *testing.T) {
	t.Parallel()
	p, r := ranked3(t)
	if _, err := do(p.as("甲"), p.db, paperOf, paperQuery{ID: r.ID, Of: "league"}); !errors.Is(err, ErrRoundNotFound) {
		t.Errorf("another tenant = %v, want ErrRoundNotFound", err)
	}
	unit, stranger := p.unit["乙"].ID, uuid.New()
	wantFault(t, paperQuery{Of: "poster"}.Validate(), ErrPaper, "of")
	wantFault(t, paperQuery{Of: "league", Unit: &unit}.Validate(), ErrPaper, "of")
	empty := must(p, openRound, newRound{SchemeID: r.SchemeID, Name: "空", From: r.From[:4] + "-01-01", To: r.From[:4] + "-01-01"})
	for _, tt := range []struct {
		q    paperQuery
		want *fault.Error
	}{{paperQuery{ID: empty.ID, Of: "league"}, ErrNotComputed}, {paperQuery{ID: r.ID, Of: "sheets", Unit: &stranger}, ErrUnitNotFound}} {
		if _, err := do(p.ctx, p.db, paperOf, tt.q); !errors.Is(err, tt.want) {
			t.Errorf("%+v = %v, want %v", tt.q, err, tt.want)
		}
	}
	for _, q := range []paperQuery{{ID: r.ID, Of: "league"}, {ID: r.ID, Of: "sheets"}, {ID: r.ID, Of: "sheets", Unit: &unit}} {
		if b := p.sent(must(p, paperOf, q)); !bytes.HasPrefix(b, []byte("%PDF-1.")) {
			t.Errorf("%+v = %.20q", q, b)
		}
	}
	one := must(p, func(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (paper, error) {
		return recorded(ctx, tx, r, &id)
	}, unit)
	d, err := one.lay("sheets")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	d.dump(&b)
	for _, want := range []string{"乙", "第 2 名，共 2 个，合格", "本级采用 3 条 × 5 分 = 15 分", r.Digest} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the sheet does not say %q:\n%s", want, b.String())
		}
	}
}

// sent are the bytes of a content.
func (p *place) sent(c feature.Content) []byte {
	p.t.Helper()
	r, err := c.Open(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // only read
	b, err := io.ReadAll(r)
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}

// The package of a frozen round is of the moment it was frozen.
func TestThePackageSaysWhenItWasPrinted(t *testing.T) {
	t.Parallel()
	m := Manifest{Name: "全年", By: "王芳", Digest: "d", At: time.Date(2026, 12, 31, 16, 30, 0, 0, time.UTC)}
	if got := m.paper(Result{}, nil).note; got != "固化于 2027-01-01 00:30　固化人 王芳" {
		t.Errorf("note = %q", got)
	}
}

// What is printed of a frozen round are the grades that a meeting decided, with
// a mark where they are not those by line; its result stays as it was.
func TestAFrozenRoundPrintsWhatWasDecided(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	l, _ := p.longWorksIn()
	p.known()
	p.adopt("甲", 2, "own")
	p.adopt("乙", 1, "own")
	r := p.round(p.revise(p.scheme(adoption("5", "10")), func(e *schemeEdit) {
		e.Plan.Grades = []GradeLine{{"优秀", points("9")}, {"良好", points("3")}}
	}), "一")
	p.yesterday(r)
	must(p, recompute, ref{r.ID})
	p.write(p.ctx, func(tx *tenant.Tx) error {
		return Grade(p.ctx, tx, r.ID, []Graded{{p.unit["甲"], "良好"}, {p.unit["乙"], "良好"}})
	})
	must(p, publish, publication{ID: r.ID})
	_, b := p.frozen(l, must(p, closeRound, ref{r.ID}))
	if c := recheckBytes(t, b); c.Difference != "" {
		t.Error(c.Difference)
	}
	html := string(read(t, member(t, b, sheetsFile)))
	for text, n := range map[string]int{"良好" + decidedMark: 1, `<td class="mid">良好</td>`: 1, decidedNote: 1, "，良好（会议决定；按得分为优秀）": 1} {
		if got := strings.Count(html, text); got != n {
			t.Errorf("%q stands there %d times, want %d", text, got, n)
		}
	}
	if result := string(read(t, member(t, b, resultFile))); !strings.Contains(result, "优秀") {
		t.Error("the result does not have the grade by line any more")
	}
}
