package assess

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// R300, R303: what is entered by hand counts, opens like any other deed, and is
// taken back by a deed of its own.
func TestRecords(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	honour := Spec{Code: "h", Name: "荣誉", Type: perItem, DeedKind: Recorded, Levels: []LevelPoints{{Level: "省级", Points: points("3")}}}
	figure := Spec{Code: "f", Name: "利润", Type: ratio, DeedKind: Recorded, Measure: "figure", Target: limit("100"), BasePoints: limit("40")}
	sc := p.scheme(honour, figure, adoption("5", "10"))
	draft := must(p, s.create, newScheme{Year: sc.Year, Name: "草案" + uuid.NewString(), From: &sc.ID})
	a := p.unit["甲"].ID
	for name, tt := range map[string]struct {
		in    newRecord
		want  *fault.Error
		field string
	}{
		"another tenant's scheme": {newRecord{ID: uuid.New(), Rule: "h", Unit: a}, ErrSchemeNotFound, ""},
		"a draft":                 {newRecord{ID: draft.ID, Rule: "h", Unit: a}, ErrNotActive, ""},
		"no unit of it":           {newRecord{ID: sc.ID, Rule: "h", Unit: p.hq}, ErrUnitUnknown, "unit"},
		"no such rule":            {newRecord{ID: sc.ID, Rule: "x", Unit: a}, ErrNotByHand, "rule"},
		"a rule that counts":      {newRecord{ID: sc.ID, Rule: "adopted", Unit: a}, ErrNotByHand, "rule"},
		"no such level":           {newRecord{ID: sc.ID, Rule: "h", Unit: a, Level: "市级"}, ErrLevelUnknown, "level"},
		"no figure":               {newRecord{ID: sc.ID, Rule: "f", Unit: a, Level: "1,5"}, ErrFigure, "level"},
		"too fine a figure":       {newRecord{ID: sc.ID, Rule: "f", Unit: a, Level: "1.00001"}, ErrFigure, "level"},
	} {
		t.Run(name, func(t *testing.T) {
			tt.in.Title = "证明"
			_, err := do(p.ctx, p.db, enter, tt.in)
			wantFault(t, err, tt.want, tt.field)
		})
	}
	must(p, enter, newRecord{ID: sc.ID, Rule: "h", Unit: a, Level: "省级", N: 2, Title: "省级文明单位，见鲁文明〔2026〕1号"})
	wrong := must(p, enter, newRecord{ID: sc.ID, Rule: "h", Unit: a, Level: "省级", Title: "误登"})
	must(p, enter, newRecord{ID: sc.ID, Rule: "f", Unit: p.unit["乙"].ID, Level: "85.5", Title: "年报"})
	round := p.round(sc, "一")
	if got := p.totals(round, "tenant"); got["甲"] != "9" || got["乙"] != "34.2" {
		t.Errorf("totals = %v, want 3 × 3 and 40 × 85.5 ÷ 100", got)
	}
	if r := must(p, unenter, takeBack{ID: sc.ID, Record: wrong.ID, Reason: "登记有误"}); !r.Reversed || r.Rule != "h" {
		t.Errorf("taken back = %+v", r)
	}
	if _, err := do(p.ctx, p.db, unenter, takeBack{ID: sc.ID, Record: wrong.ID, Reason: "再来"}); !errors.Is(err, ErrRecordReversed) {
		t.Errorf("twice = %v, want ErrRecordReversed", err)
	}
	_, err := do(p.ctx, p.db, unenter, takeBack{ID: sc.ID, Record: uuid.New(), Reason: "没有"})
	wantFault(t, err, ErrRecordNotFound, "record")
	if got := p.totals(round, "tenant"); got["甲"] != "6" {
		t.Errorf("totals = %v, want 6 once it was taken back", got)
	}
	l := must(p, records, recordList{ID: sc.ID, Rule: "h"})
	if len(l.Items) != 2 || !l.Items[0].Reversed || l.Items[1].N != 2 || l.Items[1].Unit.Name != "甲" {
		t.Errorf("records = %+v", l.Items)
	}
	other, _ := tenanttest.As(t, tenanttest.Tenant(t, uuid.Nil, "外人"))
	if _, err := do(other, p.db, records, recordList{ID: sc.ID}); !errors.Is(err, ErrSchemeNotFound) {
		t.Errorf("another tenant = %v, want ErrSchemeNotFound", err)
	}
}

// A scheme begins as that of last year, or of a template; the versions are its
// own.
func TestSchemesBeginWithSomething(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	sc := p.scheme(adoption("5", "10"))
	copied := must(p, s.create, newScheme{Year: sc.Year + 1, Name: "下一年", From: &sc.ID})
	if copied.State != "draft" || copied.Version != 1 || len(copied.Units) != 2 || copied.Rules[0].Code != "adopted" {
		t.Errorf("copied = %+v", copied)
	}
	tpl := must(p, s.create, newScheme{Year: 2026, Name: "水利厅", Template: "shandong"})
	if len(tpl.Rules) != 13 || len(tpl.Plan.Headings) != 7 {
		t.Errorf("from a template = %d rules, %d headings", len(tpl.Rules), len(tpl.Plan.Headings))
	}
	if again := must(p, s.get, ref{tpl.ID}); again.Plan.Headings[0].Name != "政务信息" {
		t.Errorf("read back = %+v", again.Plan)
	}
	_, err := do(p.ctx, p.db, s.create, newScheme{Year: 2026, Name: "无", Template: "x"})
	wantFault(t, err, ErrTemplate, "template")
	stranger := uuid.New()
	_, err = do(p.ctx, p.db, s.create, newScheme{Year: 2026, Name: "无", From: &stranger})
	wantFault(t, err, ErrSchemeNotFound, "")
	edit := schemeEdit{ID: tpl.ID, Name: tpl.Name, Year: 2026, Version: 1, Units: []unitRef{{Kind: "tenant", ID: p.unit["甲"].ID}}, Rules: tpl.Rules, Plan: tpl.Plan}
	edit.Plan.Headings[0].Weight = limit("90")
	must(p, s.edit, edit)
	_, err = do(p.ctx, p.db, s.activate, schemeAct{tpl.ID, 2})
	wantFault(t, err, ErrWeights, "plan.headings[0].weight")
}

// Units are ranked inside their class, and graded, in the table as in memory.
func TestClassesAndGradesAreKept(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙", "丙")
	sc := p.scheme(adoption("5", "10"))
	draft := must(p, s.create, newScheme{Year: sc.Year, Name: "分类" + uuid.NewString(), From: &sc.ID})
	edit := schemeEdit{ID: draft.ID, Name: draft.Name, Year: draft.Year, Version: 1, Rules: draft.Rules}
	for _, u := range draft.Units {
		edit.Units = append(edit.Units, unitRef{Kind: u.Kind, ID: u.ID})
	}
	edit.Plan = Plan{Classes: []Class{{"k1", "一类"}, {"k2", "二类"}}, Grades: []GradeLine{{"优秀", points("10")}, {"合格", points("0")}},
		Members: []Member{{Unit: p.unit["甲"].ID, Class: "k2"}, {Unit: p.unit["乙"].ID, Class: "k1"}, {Unit: p.unit["丙"].ID, Class: "k2"}}}
	sc = must(p, s.edit, edit)
	sc = must(p, s.activate, schemeAct{sc.ID, sc.Version})
	p.adopt("甲", 1, "own")
	p.adopt("丙", 2, "own")
	round := p.round(sc, "一")
	must(p, recompute, ref{round.ID})
	var got []string
	for _, r := range must(p, ranking, rankingQuery{round.ID, ""}).Rows {
		got = append(got, r.Unit.Name+r.Class+r.Grade+string(rune('0'+r.Rank)))
	}
	if want := []string{"乙k1合格1", "丙k2优秀1", "甲k2合格2"}; len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("ranking = %q, want %q", got, want)
	}
	if u := must(p, unitScore, unitQuery{round.ID, p.unit["甲"].ID}); u.Units != 2 || u.Class != "二类" || u.Grade != "合格" {
		t.Errorf("score = %+v, want one of two of its class", u)
	}
	if c := must(p, check, ref{round.ID}); !c.Same {
		t.Errorf("worked out again = %+v", c)
	}
	must(p, publish, publication{ID: round.ID})
	theirs, err := do(p.as("甲"), p.db, mineIn, ref{round.ID})
	if err != nil || *theirs.Items[0].Rank != 2 || theirs.Items[0].Units != 2 || len(theirs.Items[0].Ranking) != 2 {
		t.Errorf("published = %+v, %v, want the ranking of its class", theirs, err)
	}
}

// A grade that was decided stands wherever the round is shown or printed, and
// that by line again when the decision was taken back (R308).
func TestTheDecidedGradeIsShown(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	sc := p.scheme(adoption("5", "10"))
	draft := must(p, s.create, newScheme{Year: sc.Year, Name: "分等" + uuid.NewString(), From: &sc.ID})
	edit := schemeEdit{ID: draft.ID, Name: draft.Name, Year: draft.Year, Version: 1, Rules: draft.Rules,
		Plan: Plan{Grades: []GradeLine{{"优秀", points("5")}, {"合格", points("0")}}}}
	for _, u := range draft.Units {
		edit.Units = append(edit.Units, unitRef{Kind: u.Kind, ID: u.ID})
	}
	sc = must(p, s.edit, edit)
	sc = must(p, s.activate, schemeAct{sc.ID, sc.Version})
	p.adopt("甲", 2, "own")
	p.adopt("乙", 1, "own")
	round := p.round(sc, "一")
	must(p, recompute, ref{round.ID})
	seen := func() (all []string) {
		var sent Ranking
		if err := json.Unmarshal(must(p, rankingShown, rankingQuery{round.ID, ""}).body, &sent); err != nil {
			t.Fatal(err)
		}
		all = append(all, must(p, ranking, rankingQuery{round.ID, ""}).Rows[0].Grade, sent.Rows[0].Grade,
			must(p, unitScore, unitQuery{round.ID, p.unit["甲"].ID}).Grade,
			must(p, compare, compareQuery{round.ID, p.unit["甲"].ID.String() + "," + p.unit["乙"].ID.String()}).Sides[0].Grade)
		paper := must(p, func(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (paper, error) {
			return recorded(ctx, tx, round, nil)
		}, round.ID)
		return append(all, paper.res.Scores[0].Grade)
	}
	for _, tt := range []struct {
		name    string
		decided []Graded
		want    string
	}{{"by line", nil, "优秀"}, {"decided", []Graded{{p.unit["甲"], "合格"}, {p.unit["乙"], "合格"}}, "合格"}, {"taken back", nil, "优秀"}} {
		p.write(p.ctx, func(tx *tenant.Tx) error { return Grade(p.ctx, tx, round.ID, tt.decided) })
		if got := strings.Join(seen(), " "); got != strings.Repeat(tt.want+" ", 4)+tt.want {
			t.Errorf("%s: shown as %s, want %s everywhere", tt.name, got, tt.want)
		}
		if c := must(p, check, ref{round.ID}); !c.Same {
			t.Errorf("%s: worked out again = %+v", tt.name, c)
		}
	}
}
