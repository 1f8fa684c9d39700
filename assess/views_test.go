package assess

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// ranked3 makes a round of three bureaus in two classes and a department: 甲 has
// 40 points, 乙 15, 丙 5 and 办公室 none.
func ranked3(t *testing.T) (*place, Round) {
	t.Helper()
	p := found(t, "甲", "乙", "丙")
	p.known()
	p.department("办公室")
	p.adopt("甲", 4, "upper")
	p.adopt("乙", 3, "own")
	p.adopt("丙", 1, "own")
	p.report("丙", 2)
	sc := p.scheme(adoption("5", "10"), Spec{Code: "reported", Name: "上报", Type: perItem, DeedKind: "exchange.reported", Levels: []LevelPoints{{Points: points("0")}}})
	edit := schemeEdit{ID: sc.ID, Name: sc.Name, Year: sc.Year, Version: sc.Version, Rules: sc.Rules, Plan: Plan{
		Classes: []Class{{Code: "big", Name: "一类"}, {Code: "small", Name: "二类"}},
		Members: []Member{{Unit: p.unit["甲"].ID, Class: "big"}, {Unit: p.unit["乙"].ID, Class: "big"}, {Unit: p.unit["丙"].ID, Class: "small"}},
		Grades:  []GradeLine{{"优秀", points("30")}, {"合格", points("0")}},
	}}
	for _, u := range sc.Units {
		edit.Units = append(edit.Units, unitRef{Kind: u.Kind, ID: u.ID})
	}
	r := p.round(must(p, s.edit, edit), "第一季度")
	must(p, recompute, ref{r.ID})
	return p, must(p, findRound, r.ID)
}

func (p *place) ids(units ...string) string {
	all := make([]string, len(units))
	for i, u := range units {
		all[i] = p.unit[u].ID.String()
	}
	return strings.Join(all, ",")
}

// UI8: any units lie side by side, rule by rule, and each cell leads to its line.
func TestUnitsSideBySide(t *testing.T) {
	t.Parallel()
	p, r := ranked3(t)
	if _, err := do(p.as("甲"), p.db, compare, compareQuery{r.ID, p.ids("甲", "乙")}); !errors.Is(err, ErrRoundNotFound) {
		t.Errorf("another tenant = %v, want ErrRoundNotFound", err)
	}
	for _, tt := range []struct {
		name  string
		units string
		want  *fault.Error
	}{
		{"one alone", p.ids("甲"), ErrSides},
		{"none", "", ErrSides},
		{"twice the same", p.ids("甲", "甲"), ErrUnitTwice},
		{"no ids", "甲,乙", ErrUnitUnknown},
		{"one of no round", p.ids("甲") + "," + tenant.NewID().String(), ErrUnitUnknown},
		{"nine of them", strangers(9), ErrSides},
	} {
		q := compareQuery{r.ID, tt.units}
		err := q.Validate()
		if err == nil {
			_, err = do(p.ctx, p.db, compare, q)
		}
		if !errors.Is(err, tt.want) || fault.Of(err).Field != "units" {
			t.Errorf("%s = %v, want %v on units", tt.name, err, tt.want)
		}
	}
	c := must(p, compare, compareQuery{r.ID, p.ids("乙", "办公室", "甲")})
	if len(c.Sides) != 3 || c.Sides[0].Unit.Name != "乙" || c.Sides[0].Class != "一类" || c.Sides[0].Units != 2 || c.Sides[2].Grade != "优秀" {
		t.Fatalf("sides = %+v", c.Sides)
	}
	if len(c.Lines) != 2 || c.Lines[0].Name != "采用" || c.Lines[0].Spread.String() != "40" {
		t.Fatalf("lines = %+v", c.Lines)
	}
	cells := c.Lines[0].Cells
	if cells[0].Best || !cells[2].Best || cells[2].Points.String() != "40" || cells[2].N != 4 || cells[2].Entry == nil || c.Lines[1].Cells[0].Best {
		t.Errorf("cells = %+v", cells)
	}
	if deeds := must(p, entryDeeds, deedQuery{ID: r.ID, Entry: *cells[2].Entry}); len(deeds.Items) != 4 {
		t.Errorf("the cell leads to %d deeds, want 4", len(deeds.Items))
	}
}

// strangers are ids of n units of no round.
func strangers(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = uuid.NewString()
	}
	return strings.Join(all, ",")
}

// UI8: a heat map colours each cell by where the unit stands in its class, on
// whatever page it is.
func TestHeat(t *testing.T) {
	t.Parallel()
	p, r := ranked3(t)
	if _, err := do(p.as("甲"), p.db, heat, heatQuery{ID: r.ID}); !errors.Is(err, ErrRoundNotFound) {
		t.Errorf("another tenant = %v, want ErrRoundNotFound", err)
	}
	wantFault(t, heatQuery{Subject: "x"}.Validate(), ErrSubject, "subject")
	wantFault(t, heatQuery{Page: feature.Page{After: "x"}}.Validate(), feature.ErrMalformed, "after")
	h := must(p, heat, heatQuery{ID: r.ID, Page: feature.Page{Limit: 2}})
	if len(h.Items) != 2 || h.Next != "2" || len(h.Rules) != 2 || len(h.Classes) != 2 {
		t.Fatalf("heat = %+v", h)
	}
	bands := func(row HeatRow) (all []int) {
		for _, c := range row.Cells {
			all = append(all, c.Band)
		}
		return all
	}
	if h.Items[0].Unit.Name != "甲" || fmt.Sprint(bands(h.Items[0])) != "[4 2]" || fmt.Sprint(bands(h.Items[1])) != "[0 2]" {
		t.Errorf("甲 = %v, 乙 = %v, want the most, the least, and all the same", bands(h.Items[0]), bands(h.Items[1]))
	}
	rest := must(p, heat, heatQuery{ID: r.ID, Page: feature.Page{Limit: 2, After: h.Next}})
	if len(rest.Items) != 1 || rest.Items[0].Unit.Name != "丙" || fmt.Sprint(bands(rest.Items[0])) != "[2 2]" || rest.Next != "" {
		t.Errorf("the rest = %+v", rest)
	}
	if one := must(p, heat, heatQuery{ID: r.ID, Class: "small"}); len(one.Items) != 1 {
		t.Errorf("one class = %+v", one.Items)
	}
}

// Of many that have the same, those with nobody above them are at the top, and
// those with nobody below them at the bottom.
func TestHeatOfEquals(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙", "丙", "丁", "戊")
	for unit, n := range map[string]int{"甲": 2, "乙": 2, "丙": 2, "丁": 1} {
		p.adopt(unit, n, "own")
	}
	r := p.round(p.scheme(adoption("5", "10")), "一")
	must(p, recompute, ref{r.ID})
	got := map[string]int{}
	for _, row := range must(p, heat, heatQuery{ID: r.ID}).Items {
		got[row.Unit.Name] = row.Cells[0].Band
	}
	if want := map[string]int{"甲": 4, "乙": 4, "丙": 4, "丁": 1, "戊": 0}; !maps.Equal(got, want) {
		t.Errorf("bands = %v, want %v", got, want)
	}
}

// UI8: the distribution of each class.
func TestSpread(t *testing.T) {
	t.Parallel()
	p, r := ranked3(t)
	if _, err := do(p.as("甲"), p.db, spread, rankingQuery{ID: r.ID}); !errors.Is(err, ErrRoundNotFound) {
		t.Errorf("another tenant = %v, want ErrRoundNotFound", err)
	}
	all := must(p, spread, rankingQuery{ID: r.ID}).Lists
	if len(all) != 2 || all[0].Name != "一类" || all[0].Units != 2 || all[0].Mean.String() != "27.5" || all[0].Median.String() != "27.5" ||
		all[0].Lowest.String() != "15" || all[0].Highest.String() != "40" || fmt.Sprint(all[0].Grades) != "[{优秀 1} {合格 1}]" {
		t.Fatalf("lists = %+v", all)
	}
	if len(all[1].Bands) != 1 || all[1].Bands[0].N != 1 {
		t.Errorf("one unit alone = %+v", all[1].Bands)
	}
	if other := must(p, spread, rankingQuery{ID: r.ID, Subject: "department"}).Lists; len(other) != 1 || other[0].Units != 1 || other[0].Name != "" {
		t.Errorf("departments = %+v", other)
	}
}

// Whatever the totals are: every unit is in one band, the bands have no gaps,
// and the quartiles are in order.
func TestSpreadHoldsEveryUnit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var units []placed
		for _, n := range rapid.SliceOfN(rapid.Int64Range(-5_000_000, 50_000_000), 1, 60).Draw(t, "totals") {
			units = append(units, placed{Total: decimal.New(n, -2)})
		}
		l := listOf(units)
		n := 0
		for i, b := range l.Bands {
			n += b.N
			if i > 0 && !b.From.Equal(l.Bands[i-1].To) {
				t.Fatalf("a gap: %+v", l.Bands)
			}
			for _, u := range units {
				if u.Total.LessThan(l.Bands[0].From) || u.Total.GreaterThan(l.Bands[len(l.Bands)-1].To) {
					t.Fatalf("%s is outside: %+v", u.Total, l.Bands)
				}
			}
		}
		if n != len(units) || len(l.Bands) > 10 {
			t.Fatalf("%d units in %d bands, want %d in at most 10: %+v", n, len(l.Bands), len(units), l.Bands)
		}
		order := []decimal.Decimal{l.Lowest, l.Lower, l.Median, l.Upper, l.Highest}
		if !slices.IsSortedFunc(order, decimal.Decimal.Cmp) || l.Mean.LessThan(l.Lowest.Sub(points("0.01"))) || l.Mean.GreaterThan(l.Highest.Add(points("0.01"))) {
			t.Fatalf("figures out of order: %+v", l)
		}
	})
}

// R302, R306: the year on one page: who stands where, what waits.
func TestTheYearOnOnePage(t *testing.T) {
	t.Parallel()
	p, r := ranked3(t)
	other := must(p, yearPage, yearQuery{Year: 2001})
	if other.Year != 2001 || len(other.Rounds) != 0 || len(other.Lists) != 0 || len(other.Due) != 0 {
		t.Errorf("a year without anything = %+v", other)
	}
	wantFault(t, yearQuery{Year: 1999}.Validate(), ErrYear, "year")
	if own, err := do(p.as("甲"), p.db, yearPage, yearQuery{}); err != nil || own.Year != 0 || len(own.Lists) != 0 {
		t.Errorf("another tenant = %+v %v, want nothing of this one's", own, err)
	}
	y := must(p, yearPage, yearQuery{})
	if len(y.Lists) != 3 || y.Lists[0].Class != "一类" || y.Lists[0].First[0].Unit.Name != "甲" || len(y.Lists[0].First) != 2 || len(y.Lists[0].Last) != 0 ||
		y.Lists[2].Kind != "department" || y.Lists[0].Lights != (YearLights{4, 0, 0}) || y.Lists[1].Lights != (YearLights{1, 0, 1}) || y.Lists[1].First[0].Red != 1 {
		t.Fatalf("lists = %+v", y.Lists)
	}
	if len(y.Due) != 0 {
		t.Errorf("due = %+v, want nothing of a round that is running", y.Due)
	}
	must(p, propose, p.corrects(r, "甲", "35"))
	must(p, s.create, newScheme{Year: y.Year + 1, Name: "下一年度的草案"})
	if got := must(p, yearPage, yearQuery{}); got.Year != y.Year || got.Years[0] != y.Year+1 {
		t.Errorf("a draft for next year turns the page to %d of %v", got.Year, got.Years)
	}
	must(p, s.create, newScheme{Year: y.Year, Name: "另一方案"})
	p.due(y.Year, "activate 另一方案 1 false|confirm 第一季度 1 false|")
	p.unchecked(`update assess_adjustments set state = 'withdrawn' where round_id = $1`, r.ID)
	p.yesterday(r)
	p.due(y.Year, "activate 另一方案 1 false|publish 第一季度 1 false|")
	p.unchecked(`update assess_rounds set from_day = from_day - 60, to_day = to_day - 60 where id = $1`, r.ID)
	p.due(y.Year, "publish 第一季度 1 true|activate 另一方案 1 false|")
	must(p, publish, publication{ID: r.ID})
	p.due(y.Year, "close 第一季度 1 true|activate 另一方案 1 false|")
	p.unchecked(`update assess_rounds set state = 'closed' where id = $1`, r.ID)
	p.due(y.Year, "freeze 第一季度 1 true|activate 另一方案 1 false|")
	next := must(p, openRound, newRound{SchemeID: r.SchemeID, Name: "第二季度", From: fmt.Sprint(y.Year, "-12-30"), To: fmt.Sprint(y.Year, "-12-31")})
	if y = must(p, yearPage, yearQuery{Year: y.Year}); y.Due[len(y.Due)-1].Kind != "compute" || y.Due[len(y.Due)-1].Href != "/assess/rounds/"+next.ID.String() {
		t.Errorf("due = %+v, want the round nobody has worked out", y.Due)
	}
}

func (p *place) due(year int, want string) {
	p.t.Helper()
	var got string
	for _, d := range must(p, yearPage, yearQuery{year}).Due {
		got += fmt.Sprintf("%s %s %d %v|", d.Kind, d.Name, d.N, d.Late)
	}
	if got != want {
		p.t.Errorf("due = %q, want %q", got, want)
	}
}

// The first three and the last three of a list never name one unit twice.
func TestAYearListNamesEveryoneOnce(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 8; n++ {
		var rows []Row
		for i := range n {
			rows = append(rows, Row{Rank: i + 1, Unit: Unit{Name: fmt.Sprint(i)}, Total: decimal.NewFromInt(int64(n - i))})
		}
		l := yearList(rows, Plan{})
		names := map[string]bool{}
		for _, r := range slices.Concat(l.First, l.Last) {
			names[r.Unit.Name] = true
		}
		if len(names) != len(l.First)+len(l.Last) || len(names) != min(n, 6) || n > 3 && l.Last[len(l.Last)-1].Rank != n {
			t.Errorf("%d units: %+v %+v", n, l.First, l.Last)
		}
	}
}

// The workbook says the class and the grade of every unit where there are any.
func TestTheWorkbookHasClassAndGrade(t *testing.T) {
	t.Parallel()
	p, r := ranked3(t)
	f, err := excelize.OpenReader(bytes.NewReader(p.sent(must(p, export, ref{r.ID}))))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // only read
	rows, err := f.GetRows("排名")
	if err != nil || len(rows) != 6 {
		t.Fatalf("rows = %v %v", rows, err)
	}
	if head := strings.Join(rows[1], " "); head != "对象 名次 单位 总分 升降 分类 等次 采用 上报" {
		t.Errorf("head = %s", head)
	}
	if first := rows[3]; first[2] != "甲" || first[5] != "一类" || first[6] != "优秀" || first[7] != "40" {
		t.Errorf("甲 = %v", first)
	}
}
