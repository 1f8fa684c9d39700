package assess

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"hetu/tenant"
)

// UI8: what is green, yellow and red.
func TestLights(t *testing.T) {
	t.Parallel()
	task := Spec{Code: "r", Type: baseTask, Task: 10}
	free := Spec{Code: "r", Type: perItem}
	part := func(n int, pts string) []Part { return []Part{{Rule: "r", N: n, Points: points(pts)}} }
	for name, tt := range map[string]struct {
		rule    Spec
		rows    []Row
		colors  string
		basis   string
		against string
	}{
		"the task reached, nearly, hardly": {task, []Row{{Parts: part(10, "0")}, {Parts: part(9, "0")}, {Parts: part(6, "0")}, {Parts: part(5, "0")}}, "gyyr", "task", "10"},
		"the median of three":              {free, []Row{{Parts: part(0, "30")}, {Parts: part(0, "10")}, {Parts: part(0, "6")}}, "ggy", "median", "10"},
		"the median of four lies between":  {free, []Row{{Parts: part(0, "30")}, {Parts: part(0, "11")}, {Parts: part(0, "10")}, {Parts: part(0, "1")}}, "ggyr", "median", "10.5"},
		"three fifths are yellow":          {free, []Row{{Parts: part(0, "10")}, {Parts: part(0, "10")}, {Parts: part(0, "5.9999")}}, "ggr", "median", "10"},
		"nobody did anything":              {free, []Row{{Parts: part(0, "0")}, {Parts: part(0, "0")}}, "gg", "median", "0"},
		"points below zero":                {free, []Row{{Parts: part(0, "0")}, {Parts: part(0, "0")}, {Parts: []Part{{Rule: "r", Points: points("5").Neg()}}}}, "ggr", "median", "0"},
		"one alone":                        {free, []Row{{Parts: part(0, "3")}}, "g", "median", "3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			light(tt.rows, []Spec{tt.rule})
			got := ""
			for _, r := range tt.rows {
				l := r.Parts[0].Light
				got += l.Color[:1]
				if l.Basis != tt.basis || l.Against.String() != tt.against {
					t.Errorf("measured by %s %s, want %s %s", l.Basis, l.Against, tt.basis, tt.against)
				}
			}
			if got != tt.colors {
				t.Errorf("lights = %s, want %s", got, tt.colors)
			}
		})
	}
}

// UI8: points by month, and what is behind each of them.
func TestTrend(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	sc := p.scheme(adoption("5", "10"))
	at := func(name, from, to string) Round {
		r := must(p, openRound, newRound{SchemeID: sc.ID, Name: name, From: "2026-01-01", To: "2026-01-01"})
		p.unchecked(`update assess_rounds set from_day = $2::date, to_day = $3::date where id = $1`, r.ID, from, to)
		return must(p, findRound, r.ID)
	}
	p.unchecked(`update assess_schemes set year = 2026 where id = $1`, sc.ID)
	p.unchecked(`update assess_scheme_versions set year = 2026 where scheme_id = $1`, sc.ID)
	for _, d := range []string{"2026-01-15", "2026-02-01", "2026-02-28", "2026-04-30"} {
		p.adopt("甲", 1, "own")
		p.unchecked(`update deeds set day = $2::date, at = $2::date where tenant_id = $1 and day > '2026-05-01'`, p.hq, d)
	}
	first, second := at("一季度", "2026-01-01", "2026-03-31"), at("二季度", "2026-04-01", "2026-06-30")
	whole := at("半年", "2026-01-01", "2026-06-30")
	for _, r := range []Round{first, second, whole} {
		must(p, recompute, ref{r.ID})
	}
	for name, r := range map[string]Round{"two quarters": second, "the half year alone": whole} {
		got := must(p, trend, rankingQuery{r.ID, ""})
		if want := []string{"2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"}; tenant.JSON(got.Months) != tenant.JSON(want) {
			t.Errorf("%s: months = %v", name, got.Months)
		}
		if got.Rows[0].Unit.Name != "甲" || tenant.JSON(got.Rows[0].Points) != `["5","10","0","5","0","0"]` || tenant.JSON(got.Rows[0].N) != `[1,2,0,1,0,0]` {
			t.Errorf("%s: 甲 = %+v", name, got.Rows[0])
		}
		if tenant.JSON(got.Rows[1].Points) != `["0","0","0","0","0","0"]` {
			t.Errorf("%s: 乙 = %+v", name, got.Rows[1])
		}
	}
	if got := must(p, trend, rankingQuery{second.ID, "tenant"}).Rounds; tenant.JSON(got) != `["一季度","二季度"]` {
		t.Errorf("made of %v, want the quarters: the half year overlaps them", got)
	}
	if got := must(p, trend, rankingQuery{second.ID, "department"}); len(got.Rows) != 0 {
		t.Errorf("departments = %v, want none", got.Rows)
	}
	unit := p.unit["甲"].ID
	q := monthQuery{ID: second.ID, Unit: unit, Month: "2026-02"}
	q.Limit = 1
	page := must(p, monthDeeds, q)
	q.After = page.Next
	rest := must(p, monthDeeds, q)
	if len(page.Items) != 1 || len(rest.Items) != 1 || rest.Next != "" || page.Items[0].ID == rest.Items[0].ID ||
		rest.Items[0].RuleName != "采用" || rest.Items[0].EntryID == uuid.Nil || rest.Items[0].Points.String() != "5" {
		t.Errorf("behind February = %+v, then %+v", page, rest)
	}
	if all := must(p, monthDeeds, monthQuery{ID: second.ID, Unit: unit}); len(all.Items) != 4 {
		t.Errorf("behind all months: %d deeds, want 4", len(all.Items))
	}
	for name, tt := range map[string]struct{ err, want error }{
		"another tenant's trend": {errOf(do(p.as("甲"), p.db, trend, rankingQuery{second.ID, ""})), ErrRoundNotFound},
		"another tenant's deeds": {errOf(do(p.as("甲"), p.db, monthDeeds, q)), ErrRoundNotFound},
		"a unit that is not in":  {errOf(do(p.ctx, p.db, monthDeeds, monthQuery{ID: second.ID, Unit: tenant.NewID(), Month: "2026-02"})), ErrUnitNotFound},
		"no month":               {monthQuery{Month: "2026-13"}.Validate(), ErrMonth},
	} {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s = %v, want %v", name, tt.err, tt.want)
		}
	}
}
