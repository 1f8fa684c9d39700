package assess

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func now() (from, to string) { d := today().Format(time.DateOnly); return d, d }

// drafted makes a draft as a scheme is, with other rules.
func (p *place) draftOf(of Scheme, rules ...Spec) Scheme {
	p.t.Helper()
	made := must(p, s.create, newScheme{Year: of.Year, Name: "草案" + tenant.NewID().String(), From: &of.ID})
	edit := schemeEdit{ID: made.ID, Name: made.Name, Year: made.Year, Version: made.Version, Rules: rules, Plan: made.Plan}
	for _, u := range made.Units {
		edit.Units = append(edit.Units, unitRef{Kind: u.Kind, ID: u.ID})
	}
	return must(p, s.edit, edit)
}

func triedRows(rows []TrialRow) (out []string) {
	for _, r := range rows {
		line := fmt.Sprintf("%d %s %s", r.Rank, r.Unit.Name, r.Total)
		if r.Was != nil {
			line += fmt.Sprintf(" (%s, %s, %+d)", r.Was.Total, r.Was.Change, r.Was.Moved)
		}
		for _, b := range r.By {
			line += fmt.Sprintf(" %s %s→%s", b.Code, b.Was, b.Is)
		}
		out = append(out, line)
	}
	return out
}

// A draft is laid beside a round that was: who gains, who loses, by which rule;
// and nothing of it is kept.
func TestADraftIsTried(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙", "丙")
	p.adopt("甲", 3, "own")   // 15, and 3 × 2
	p.adopt("乙", 1, "upper") // 10, and 1 × 20
	p.adopt("丙", 2, "own")
	p.adopt("丙", 1, "upper") // 20
	active := p.scheme(adoption("5", "10"))
	round := p.round(active, "一")
	from, to := now()
	draft := p.draftOf(active, adoption("2", "20"))

	if _, err := do(p.ctx, p.db, s.try, tryQuery{ID: draft.ID, Round: &round.ID}); fault.Of(err).Code != ErrNotComputed.Code {
		t.Errorf("beside a round that was not worked out = %v", err)
	}
	must(p, recompute, ref{round.ID})
	before := must(p, findRound, round.ID)
	got := must(p, s.try, tryQuery{ID: draft.ID, Round: &round.ID})
	want := []string{
		"1 丙 24 (20, 4, +0) adopted 20→24", "2 乙 20 (10, 10, +1) adopted 10→20", "3 甲 6 (15, -9, -1) adopted 15→6",
	}
	if fmt.Sprint(triedRows(got.Rows)) != fmt.Sprint(want) {
		t.Errorf("rows = %q\n want %q", triedRows(got.Rows), want)
	}
	if r := got.Rules; len(r) != 1 || r[0].Name != "采用" || r[0].Up != 2 || r[0].Down != 1 || r[0].Change.String() != "5" {
		t.Errorf("rules = %+v, want 采用: +10 +4 −9", r)
	}
	if got.Beside == nil || got.Beside.Kind != "round" || got.Beside.Name != "一" || got.Facts != 7 || got.From != from || got.To != to {
		t.Errorf("trial = %+v", got)
	}
	if after := must(p, findRound, round.ID); tenant.JSON(after) != tenant.JSON(before) {
		t.Errorf("the round is %+v now, was %+v", after, before)
	}
	if d := must(p, s.get, ref{draft.ID}); d.Version != draft.Version || d.State != "draft" {
		t.Errorf("the draft is %+v", d)
	}

	beside := must(p, s.try, tryQuery{ID: draft.ID, From: from, To: to, With: &active.ID})
	if fmt.Sprint(triedRows(beside.Rows)) != fmt.Sprint(want) || beside.Beside.Kind != "version" {
		t.Errorf("beside the version = %q, want the same as beside its round", triedRows(beside.Rows))
	}
	alone := must(p, s.try, tryQuery{ID: draft.ID, From: from, To: to})
	if fmt.Sprint(triedRows(alone.Rows)) != "[1 丙 24 2 乙 20 3 甲 6]" || alone.Beside != nil {
		t.Errorf("alone = %q", triedRows(alone.Rows))
	}
	empty := must(p, s.try, tryQuery{ID: draft.ID, From: "2020-01-01", To: "2020-12-31", With: &draft.ID, WithVersion: draft.Version})
	if empty.Facts != 0 || len(empty.Rules) != 0 || !empty.Rows[0].Was.Change.IsZero() {
		t.Errorf("a year without deeds = %+v", empty)
	}
}

// What was confirmed beside the rules counts on both sides; what was entered by
// hand counts for the rule of the same code; who is on one side only is named.
func TestATrialCountsWhatPeopleEntered(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	hand := Spec{Code: "hand", Name: "督办", Type: perItem, DeedKind: Recorded, Levels: []LevelPoints{{Points: points("4")}}}
	active := p.scheme(hand)
	must(p, enter, newRecord{ID: active.ID, Rule: "hand", Unit: p.unit["甲"].ID, N: 2, Title: "按期办结"})
	round := p.round(active, "一")
	must(p, recompute, ref{round.ID})
	hand.Levels = []LevelPoints{{Points: points("5")}}
	draft := p.draftOf(active, hand)
	in := schemeEdit{ID: draft.ID, Name: draft.Name, Year: draft.Year, Version: draft.Version, Rules: draft.Rules,
		Units: []unitRef{{Kind: "tenant", ID: p.unit["甲"].ID}, {Kind: "department", ID: p.department("办公室").ID}}}
	draft = must(p, s.edit, in)
	got := must(p, s.try, tryQuery{ID: draft.ID, Round: &round.ID})
	if want := "[1 办公室 0 1 甲 10 (8, 2, +0) hand 8→10]"; fmt.Sprint(triedRows(got.Rows)) != want {
		t.Errorf("rows = %q, want %s", triedRows(got.Rows), want)
	}
	if len(got.Gone) != 1 || got.Gone[0].Name != "乙" || got.Rows[0].Was != nil {
		t.Errorf("gone = %+v, want 乙", got.Gone)
	}
}

// What if: one value of one rule, or the weight of a heading, and the scheme
// stays as it is.
func TestWhatIf(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	p.adopt("甲", 3, "own")
	p.adopt("乙", 1, "upper")
	r := adoption("5", "10")
	r.Heading, r.Cap = "A", limit("40")
	made := must(p, s.create, newScheme{Year: today().Year(), Name: "带项目"})
	edit := schemeEdit{ID: made.ID, Name: made.Name, Year: made.Year, Version: 1, Rules: []Spec{r},
		Plan: Plan{Headings: []Heading{{Code: "A", Name: "信息", Weight: limit("40")}, {Code: "B", Name: "其他", Weight: limit("60")}}}}
	for _, u := range p.unit {
		edit.Units = append(edit.Units, unitRef{Kind: u.Kind, ID: u.ID})
	}
	sc := must(p, s.edit, edit)
	from, to := now()
	ask := func(code, field, value string) (Trial, error) {
		return do(p.ctx, p.db, s.try, tryQuery{ID: sc.ID, From: from, To: to, Code: code, Field: field, Value: value})
	}
	for name, tt := range map[string]struct{ code, field, value, want string }{
		"points of levels":      {"adopted", "levels", "own=5；upper=20", "[1 乙 20 (10, 10, +1) adopted 10→20 2 甲 15 (15, 0, -1)]"},
		"a cap":                 {"adopted", "cap", "12", "[1 甲 12 (15, -3, +0) adopted 15→12 2 乙 10 (10, 0, +0)]"},
		"no cap":                {"adopted", "cap", "", "[1 甲 15 (15, 0, +0) 2 乙 10 (10, 0, +0)]"},
		"the cap of a heading":  {"A", "cap", "11.5", "[1 甲 11.5 (15, -3.5, +0) A 0→-3.5 2 乙 10 (10, 0, +0)]"},
		"a weight, in its part": {"A", "weight", "50", "[1 甲 18.75 (15, 3.75, +0) adopted 15→18.75 2 乙 12.5 (10, 2.5, +0) adopted 10→12.5]"},
	} {
		got, err := ask(tt.code, tt.field, tt.value)
		if err != nil || fmt.Sprint(triedRows(got.Rows)) != tt.want || got.Beside.Kind != "change" {
			t.Errorf("%s = %q %v\n want %s", name, triedRows(got.Rows), err, tt.want)
		}
	}
	for name, tt := range map[string]struct {
		code, field, value string
		want               *fault.Error
		on                 string
	}{
		"no such rule":     {"nobody", "cap", "1", ErrOf, "code"},
		"no such field":    {"adopted", "deed_kind", "1", ErrTryField, "field"},
		"a heading's name": {"A", "name", "1", ErrTryField, "field"},
		"no number":        {"adopted", "cap", "abc", ErrTryValue, "value"},
		"too fine":         {"adopted", "cap", "1.00001", ErrTryValue, "value"},
		"no weight":        {"A", "weight", "", ErrTryValue, "value"},
		"too much":         {"adopted", "cap", "1000000", ErrPoints, "value"},
		"nothing left":     {"adopted", "levels", "", ErrLevels, "value"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ask(tt.code, tt.field, tt.value)
			wantFault(t, err, tt.want, tt.on)
		})
	}
	if again := must(p, s.get, ref{sc.ID}); tenant.JSON(again) != tenant.JSON(sc) {
		t.Errorf("the scheme is %s now", tenant.JSON(again))
	}
}

// A trial of what there is not, of another tenant, of nothing, of too much.
func TestTrialsAreRefused(t *testing.T) {
	t.Parallel()
	p, other := found(t, "甲"), found(t, "外")
	p.adopt("甲", 3, "own")
	sc, foreign := p.scheme(adoption("5", "10")), other.scheme(adoption("1", "1"))
	from, to := now()
	for name, tt := range map[string]struct {
		q    tryQuery
		want *fault.Error
	}{
		"no such scheme":       {tryQuery{ID: uuid.New(), From: from, To: to}, ErrSchemeNotFound},
		"another tenant's":     {tryQuery{ID: foreign.ID, From: from, To: to}, ErrSchemeNotFound},
		"no such version":      {tryQuery{ID: sc.ID, Version: 99, From: from, To: to}, ErrSchemeNotFound},
		"beside another's":     {tryQuery{ID: sc.ID, From: from, To: to, With: &foreign.ID}, ErrSchemeNotFound},
		"beside no such round": {tryQuery{ID: sc.ID, Round: &p.hq}, ErrRoundNotFound},
		"a scheme of nothing":  {tryQuery{ID: must(p, s.create, newScheme{Year: sc.Year, Name: "空"}).ID, From: from, To: to}, ErrTryNothing},
	} {
		if _, err := do(p.ctx, p.db, s.try, tt.q); fault.Of(err).Code != tt.want.Code {
			t.Errorf("%s = %v, want %v", name, err, tt.want)
		}
	}
	wantFault(t, tryQuery{}.Validate(), ErrTryPeriod, "from")
	wantFault(t, tryQuery{From: "2026-02-30", To: "2026-03-01"}.Validate(), ErrDay, "from")
	wantFault(t, tryQuery{From: "2026-03-02", To: "2026-03-01"}.Validate(), ErrPeriod, "to")
	if err := (tryQuery{Round: &p.hq}).Validate(); err != nil {
		t.Errorf("a round says its days: %v", err)
	}
	p.write(p.ctx, func(tx *tenant.Tx) error {
		all := trial{version: Version{Year: sc.Year, Units: sc.Units, Rules: sc.Rules}, from: from, to: to}
		if err := all.bounded(p.ctx, tx, all.version, 3); err != nil {
			t.Errorf("as much as is read = %v", err)
		}
		wantFault(t, all.bounded(p.ctx, tx, all.version, 2), ErrTryMuch, "from")
		return nil
	})
}

// What one version has different from another, in fields.
func TestVersionsAreCompared(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	other := found(t, "外")
	sc := must(p, s.create, newScheme{Year: 2026, Name: "考核", Template: "luan"})
	edit := schemeEdit{ID: sc.ID, Name: "考核（修订）", Year: 2026, Version: 1, Units: []unitRef{{Kind: "tenant", ID: p.unit["甲"].ID}}, Plan: sc.Plan, Rules: append([]Spec{}, sc.Rules[1:]...)}
	edit.Rules[0].Cap = limit("77")
	edit.Rules[0].Levels = []LevelPoints{{Level: "own", Points: points("1.5")}}
	edit.Rules[0].Type = perItem
	edit.Rules = append(edit.Rules, formulaOf("f", "基本分 / 2", ""))
	edit.Rules[len(edit.Rules)-1].BasePoints = limit("3")
	must(p, s.edit, edit)

	if _, err := do(other.ctx, other.db, s.differ, diffQuery{ID: sc.ID}); fault.Of(err).Code != ErrSchemeNotFound.Code {
		t.Errorf("another tenant's = %v", err)
	}
	if _, err := do(p.ctx, p.db, s.differ, diffQuery{ID: sc.ID, WithVersion: 9}); fault.Of(err).Code != ErrSchemeNotFound.Code {
		t.Errorf("no such version = %v", err)
	}
	d := must(p, s.differ, diffQuery{ID: sc.ID})
	if d.Is.Version != 2 || d.Was.Version != 1 {
		t.Errorf("sides = %+v %+v, want the version before", d.Is, d.Was)
	}
	var got []string
	for _, c := range d.Changes {
		line := c.Part + " " + c.Kind + " " + c.Code
		for _, f := range c.Fields {
			if c.Kind == "changed" {
				line += fmt.Sprintf(" %s %q→%q", f.Field, f.Was, f.Is)
			}
		}
		got = append(got, line)
	}
	text := strings.Join(got, "\n")
	for _, want := range []string{`scheme changed  name "考核"→"考核（修订）"`, "rules removed " + sc.Rules[0].Code, "rules added f", "rules changed " + sc.Rules[1].Code,
		`cap `, `→"77"`, `"own=1.5"`, "units added tenant 甲"} {
		if !strings.Contains(text, want) {
			t.Errorf("changes = %s\n want %s in it", text, want)
		}
	}
	if same := must(p, s.differ, diffQuery{ID: sc.ID, WithVersion: 2}); len(same.Changes) != 0 {
		t.Errorf("a version beside itself = %+v", same.Changes)
	}
	all := must(p, s.versions, versionList{ID: sc.ID})
	if len(all.Items) != 2 || all.Items[0].Version != 2 || all.Items[0].Units != 1 || all.Items[0].ByName != "测试员" || all.Items[1].Rules != len(sc.Rules) {
		t.Errorf("versions = %+v", all.Items)
	}
	if _, err := do(other.ctx, other.db, s.versions, versionList{ID: sc.ID}); fault.Of(err).Code != ErrSchemeNotFound.Code {
		t.Errorf("another tenant's versions = %v", err)
	}
	first := versionList{ID: sc.ID}
	first.Limit = 1
	page := must(p, s.versions, first)
	first.After = page.Next
	if rest := must(p, s.versions, first); page.Next == "" || len(rest.Items) != 1 || rest.Items[0].Version != 1 {
		t.Errorf("pages = %+v %+v", page, rest)
	}
	first.After = "x"
	if first.Validate() == nil {
		t.Error("a cursor that is no version is taken")
	}
}

// BenchmarkWhatIf asks what one value would change for 200 units with 60 rules
// of a kind each and 120,000 deeds: they are read from the database, and both
// sides are worked out.
func BenchmarkWhatIf(b *testing.B) {
	p := found(b)
	for _, stmt := range []string{`
		insert into platform.tenants (id, group_id, parent_id, path, slug, name, short_name, kind)
		select t.id, h.group_id, h.id, h.path || t.id, 'w' || left(replace(t.id::text, '-', ''), 28), '单位' || i, '单位' || i, 'bureau'
		  from platform.tenants h, lateral (select gen_random_uuid() as id, i from generate_series(1, 200) i) t
		 where h.id = $1`, `
		insert into deeds (tenant_id, id, kind, unit_kind, unit_id, item, title, level, content, n)
		select $1, gen_random_uuid(), 'bench.k' || k, 'tenant', t.id, 'exchange/envelope/' || gen_random_uuid(), '汛情快报',
		       case when i % 10 = 0 then 'upper' else 'own' end, gen_random_uuid(), 1
		  from platform.tenants t, generate_series(0, 59) k, generate_series(1, 10) i
		 where t.parent_id = $1`} {
		if _, err := tenanttest.Admin(b).Exec(stmt, p.hq); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := tenanttest.Admin(b).Exec(`analyze deeds`); err != nil {
		b.Fatal(err)
	}
	v := Scheme{ID: tenant.NewID(), Year: today().Year(), Name: "一", Version: 1}
	var kinds []feature.Indicator
	for i := range 60 {
		r := adoption("5", "10")
		r.Code, r.Name, r.DeedKind, r.Cap = fmt.Sprint("r", i), fmt.Sprint("规则", i), fmt.Sprint("bench.k", i), new(decimal.NewFromInt(int64(10*i)))
		v.Rules, kinds = append(v.Rules, r), append(kinds, feature.Indicator{Kind: r.DeedKind, Name: r.Name, Good: true})
	}
	p.write(p.ctx, func(tx *tenant.Tx) error {
		all, err := s.candidates(p.ctx, tx, struct{}{})
		if err != nil {
			return err
		}
		v.Units = all.Items
		if _, err := tx.Exec(p.ctx, `insert into assess_schemes (id, year, name, state) values ($1, $2, $3, 'active')`, v.ID, v.Year, v.Name); err != nil {
			return err
		}
		return keep(p.ctx, tx, v)
	})
	from, to := now()
	e := schemes{func() []feature.Indicator { return kinds }}
	for b.Loop() {
		if got := must(p, e.try, tryQuery{ID: v.ID, From: from, To: to, Code: "r7", Field: "levels", Value: "own=6；upper=10"}); len(got.Rows) != 200 || got.Facts != 120_000 {
			b.Fatalf("%d rows of %d deeds", len(got.Rows), got.Facts)
		}
	}
}
