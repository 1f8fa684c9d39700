package assess

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/progress"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func TestSchemeIsRefused(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	stranger := tenanttest.Tenant(t, uuid.Nil, "外人")
	taken := must(p, s.create, newScheme{Year: 2026, Name: "占用"})
	unit := unitRef{Kind: "tenant", ID: p.unit["甲"].ID}
	task := Spec{Code: "t", Name: "任务", Type: baseTask, DeedKind: "exchange.adopted", Task: 3, BasePoints: limit("5")}
	with := func(change func(*Spec)) []Spec { r := task; change(&r); return []Spec{r} }
	for name, tt := range map[string]struct {
		units []unitRef
		rules []Spec
		name  string
		want  *fault.Error
		field string
	}{
		"a stranger's tenant":    {[]unitRef{{Kind: "tenant", ID: stranger}}, nil, "", ErrUnitUnknown, "units[0]"},
		"itself":                 {[]unitRef{{Kind: "tenant", ID: p.hq}}, nil, "", ErrUnitUnknown, "units[0]"},
		"no such department":     {[]unitRef{unit, {Kind: "department", ID: unit.ID}}, nil, "", ErrUnitUnknown, "units[1]"},
		"a unit twice":           {[]unitRef{unit, unit}, nil, "", ErrUnitTwice, "units[1]"},
		"a code twice":           {nil, []Spec{task, task}, "", ErrCodeTwice, "rules[1].code"},
		"an unknown deed":        {nil, with(func(r *Spec) { r.DeedKind = "org.signed_in" }), "", ErrKindUnknown, "rules[0].deed_kind"},
		"points for what is bad": {nil, with(func(r *Spec) { r.DeedKind = "publish.withdrawn" }), "", ErrKindBad, "rules[0].deed_kind"},
		"no levels":              {nil, with(func(r *Spec) { r.Type = perItem }), "", ErrLevels, "rules[0].levels"},
		"a level twice": {nil, with(func(r *Spec) {
			r.Levels = []LevelPoints{{Level: "own", Points: points("1")}, {Level: "own", Points: points("2")}}
		}), "", ErrLevelTwice, "rules[0].levels[1].level"},
		"negative points":      {nil, with(func(r *Spec) { r.Levels = []LevelPoints{{Level: "own", Points: points("-1")}} }), "", ErrPoints, "rules[0].levels[0].points"},
		"too fine a cap":       {nil, with(func(r *Spec) { r.Cap = limit("0.00001") }), "", ErrPoints, "rules[0].cap"},
		"a huge exponent":      {nil, with(func(r *Spec) { r.BasePoints = limit("1e6") }), "", ErrPoints, "rules[0].base_points"},
		"no task":              {nil, with(func(r *Spec) { r.Task = 0 }), "", ErrTask, "rules[0].task"},
		"no base":              {nil, with(func(r *Spec) { r.BasePoints = nil }), "", ErrBase, "rules[0].base_points"},
		"a bonus cap alone":    {nil, with(func(r *Spec) { r.BonusCap = limit("3") }), "", ErrBonusCap, "rules[0].bonus_cap"},
		"a name that is taken": {[]unitRef{unit}, []Spec{task}, taken.Name, ErrNameTaken, "name"},
	} {
		t.Run(name, func(t *testing.T) {
			made := must(p, s.create, newScheme{Year: 2026, Name: name})
			in := schemeEdit{ID: made.ID, Name: name, Year: 2026, Version: 1, Units: tt.units, Rules: tt.rules}
			if tt.name != "" {
				in.Name = tt.name
			}
			_, err := do(p.ctx, p.db, s.edit, in)
			wantFault(t, err, tt.want, tt.field)
		})
	}
	_, err := do(p.ctx, p.db, s.create, newScheme{Year: 2026, Name: "占用"})
	wantFault(t, err, ErrNameTaken, "name")
}

func TestSchemeEditing(t *testing.T) {
	t.Parallel()
	p := found(t, "甲")
	office := p.department("办公室")
	made := must(p, s.create, newScheme{Year: 2026, Name: "二〇二六年目标考核"})
	in := schemeEdit{ID: made.ID, Name: made.Name, Year: 2026, Version: 1,
		Units: []unitRef{{"tenant", p.unit["甲"].ID, "冒名"}, {"department", office.ID, ""}},
		Rules: []Spec{{Code: "t", Name: "任务", Type: baseTask, DeedKind: "exchange.adopted", Task: 3, BasePoints: limit("5"),
			Levels: []LevelPoints{{Level: "own", Points: points("5")}}, HighestOnly: true}}}
	if _, err := do(p.ctx, p.db, s.activate, schemeAct{made.ID, 1}); !errors.Is(err, ErrNoUnits) {
		t.Errorf("activating an empty scheme = %v, want ErrNoUnits", err)
	}
	got := must(p, s.edit, in)
	if got.Units[0].Name != "甲" || got.Rules[0].Levels != nil || got.Rules[0].HighestOnly || got.Rules[0].Shortfall != "zero" {
		t.Errorf("edited = %+v, want names looked up and only what the type means", got)
	}
	if again := must(p, s.get, ref{made.ID}); tenant.JSON(again) != tenant.JSON(got) {
		t.Errorf("read back %s\n    want %s", tenant.JSON(again), tenant.JSON(got))
	}

	in.Name = "晚了一步"
	_, err := do(p.ctx, p.db, s.edit, in)
	f := fault.Of(err)
	if !errors.Is(err, ErrStale) || f.Meta["version"] != 2 || f.Meta["changed_by"] != "测试员" || !slices.Equal(f.Meta["changed"].([]string), []string{"units", "rules"}) {
		t.Errorf("stale edit = %v %v, want version 2 and what changed", err, f.Meta)
	}
	in.Version = 99
	if _, err := do(p.ctx, p.db, s.edit, in); !errors.Is(err, ErrStale) {
		t.Errorf("a version there never was = %v, want ErrStale", err)
	}
	if _, err := do(p.ctx, p.db, openRound, newRound{made.ID, "一", "2026-01-01", "2026-03-31"}); !errors.Is(err, ErrNotActive) {
		t.Errorf("a round of a draft = %v, want ErrNotActive", err)
	}
	if _, err := do(p.ctx, p.db, s.close, schemeAct{made.ID, 2}); !errors.Is(err, ErrNotActive) {
		t.Errorf("closing a draft = %v, want ErrNotActive", err)
	}
	must(p, s.activate, schemeAct{made.ID, 2})
	if _, err := do(p.ctx, p.db, s.activate, schemeAct{made.ID, 2}); !errors.Is(err, ErrNotDraft) {
		t.Errorf("activating twice = %v, want ErrNotDraft", err)
	}
	in.Version, in.Rules = 2, nil
	if _, err := do(p.ctx, p.db, s.edit, in); !errors.Is(err, ErrNoRules) {
		t.Errorf("taking the rules out of an active scheme = %v, want ErrNoRules", err)
	}
	round := must(p, openRound, newRound{made.ID, "一", "2026-01-01", "2026-03-31"})
	_, err = do(p.ctx, p.db, openRound, newRound{made.ID, "一", "2026-01-01", "2026-03-31"})
	wantFault(t, err, ErrNameTaken, "name")
	_, err = do(p.ctx, p.db, openRound, newRound{made.ID, "二", "2027-01-01", "2027-03-31"})
	wantFault(t, err, ErrYear, "from")
	must(p, s.close, schemeAct{made.ID, 2})
	if _, err := do(p.ctx, p.db, s.edit, in); !errors.Is(err, ErrSchemeClosed) {
		t.Errorf("editing a closed scheme = %v, want ErrSchemeClosed", err)
	}
	if l := must(p, listRounds, roundList{Scheme: &made.ID}); len(l.Items) != 1 || l.Items[0].ID != round.ID || l.Items[0].SchemeVersion != 2 {
		t.Errorf("rounds = %+v", l)
	}
	if l := must(p, s.list, schemeList{}); len(l.Items) != 1 || l.Items[0].State != "closed" {
		t.Errorf("schemes = %+v", l)
	}
}

func TestInputsRefuseThemselves(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		in    interface{ Validate() error }
		want  *fault.Error
		field string
	}{
		"no such day":            {newRound{From: "2026-02-30", To: "2026-03-31"}, ErrDay, "from"},
		"no day":                 {newRound{From: "2026-01-01", To: ""}, ErrDay, "to"},
		"year nought":            {newRound{From: "0000-01-01", To: "2026-03-31"}, ErrDay, "from"}, // the database has none
		"year nought, looked at": {suspectQuery{To: "0000-12-31"}, ErrDay, "to"},
		"reversed":               {newRound{From: "2026-04-01", To: "2026-03-31"}, ErrPeriod, "to"},
		"subject":                {rankingQuery{Subject: "person"}, ErrSubject, "subject"},
		"scheme cursor":          {schemeList{feature.Page{After: "x"}}, feature.ErrMalformed, "after"},
		"round cursor":           {roundList{Page: feature.Page{After: "x"}}, feature.ErrMalformed, "after"},
		"deed cursor":            {deedQuery{Page: feature.Page{After: "99999999999"}}, feature.ErrMalformed, "after"},
		"mine cursor":            {mineList{feature.Page{After: uuid.NewString()}}, feature.ErrMalformed, "after"},
	} {
		t.Run(name, func(t *testing.T) { wantFault(t, tt.in.Validate(), tt.want, tt.field) })
	}
	if err := (newRound{From: "2026-03-31", To: "2026-03-31"}).Validate(); err != nil {
		t.Errorf("one day = %v, want no error", err)
	}
}

func TestCandidatesAndKinds(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	county := tenanttest.Tenant(t, p.unit["甲"].ID, "丙县局")
	p.department("办公室")
	var got []string
	for _, u := range must(p, s.candidates, feature.None{}).Items {
		got = append(got, u.Kind+" "+u.Name)
	}
	if want := []string{"department 办公室", "tenant 乙", "tenant 甲", "tenant 丙县局"}; !slices.Equal(got, want) {
		t.Errorf("candidates = %v, want %v", got, want)
	}
	ctx, _ := tenanttest.As(t, county)
	if l, err := do(ctx, p.db, s.candidates, feature.None{}); err != nil || len(l.Items) != 0 {
		t.Errorf("candidates of the lowest = %+v %v, want none: never upward or sideways", l, err)
	}
	if l := must(p, s.deedKinds, feature.None{}); len(l.Items) != 6 || l.Items[1].Kind != "exchange.adopted" || l.Items[1].Name != "信息采用" || !l.Items[1].Good {
		t.Errorf("deed kinds = %+v", l)
	}
}

// Every route has its permission, and everything that changes something needs
// the right to manage, but for the looks that leave a record; bureaus' people have none of it but their own results.
func TestRights(t *testing.T) {
	t.Parallel()
	f := Feature(offered, progress.New(nil), nil, nil)
	if err := feature.Check(f); err != nil {
		t.Fatal(err)
	}
	for _, r := range f.Routes {
		want := View
		switch {
		case r.Path == "/assess/adjustments/{id}/confirm" || r.Path == "/assess/adjustments/{id}/reject":
			want = Confirm
		case r.Method != "GET" && (strings.HasPrefix(r.Path, "/assess/adjustments/") || strings.HasSuffix(r.Path, "/adjustments")):
			want = Propose
		case r.Method != "GET" && r.Path != "/assess/samples" && r.Path != "/assess/samples/{id}/noticed" && r.Path != "/assess/rounds/{id}/evidence" && r.Path != "/assess/rounds/{id}/sheets":
			want = Manage
		case r.Method == "GET" && r.Path == "/assess/samples" || r.Path == "/assess/samples/{id}/noticed" || r.Path == "/assess/mine" || r.Path == "/assess/mine/{id}" || r.Path == "/assess/standings" || strings.HasPrefix(r.Path, "/assess/gazettes"):
			want = Own
		}
		if r.Needs != want {
			t.Errorf("%s %s needs %s, want %s", r.Method, r.Path, r.Needs, want)
		}
	}
	has := map[rbac.Permission][]rbac.Role{Manage: {rbac.Evaluator}, View: {rbac.Evaluator, rbac.Office}, Own: {rbac.Office, rbac.Head},
		Propose: {rbac.Evaluator, rbac.Office}, Confirm: {rbac.Evaluator}}
	for _, r := range f.Rights {
		if !slices.Equal(r.Roles, has[r.Permission]) {
			t.Errorf("%s: %v, want %v", r.Permission, r.Roles, has[r.Permission])
		}
	}
}

// Another tenant's thing does not exist, not even for the tenant it is about,
// until it is published (R306, AS-04).
func TestAnotherTenantSeesNothing(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	p.adopt("甲", 2, "own")
	p.adopt("乙", 1, "own")
	sc := p.scheme(adoption("5", "10"))
	round := p.round(sc, "一")
	must(p, recompute, ref{round.ID})
	unit := p.unit["甲"].ID
	entry := must(p, unitScore, unitQuery{round.ID, unit}).Entries[0].ID
	above, _ := tenanttest.Actor(t)
	for who, ctx := range map[string]context.Context{"a bureau": p.as("甲"), "a stranger": above} {
		for name, tt := range map[string]struct{ err, want error }{
			"scheme":    {errOf(do(ctx, p.db, s.get, ref{sc.ID})), ErrSchemeNotFound},
			"edit":      {errOf(do(ctx, p.db, s.edit, schemeEdit{ID: sc.ID, Name: "x", Year: 2026, Version: sc.Version})), ErrSchemeNotFound},
			"activate":  {errOf(do(ctx, p.db, s.activate, schemeAct{sc.ID, sc.Version})), ErrSchemeNotFound},
			"close":     {errOf(do(ctx, p.db, s.close, schemeAct{sc.ID, sc.Version})), ErrSchemeNotFound},
			"open":      {errOf(do(ctx, p.db, openRound, newRound{sc.ID, "x", "2026-01-01", "2026-01-02"})), ErrSchemeNotFound},
			"recompute": {errOf(do(ctx, p.db, recompute, ref{round.ID})), ErrRoundNotFound},
			"publish":   {errOf(do(ctx, p.db, publish, publication{ID: round.ID})), ErrRoundNotFound},
			"finish":    {errOf(do(ctx, p.db, closeRound, ref{round.ID})), ErrRoundNotFound},
			"check":     {errOf(do(ctx, p.db, check, ref{round.ID})), ErrRoundNotFound},
			"ranking":   {errOf(do(ctx, p.db, ranking, rankingQuery{ID: round.ID})), ErrRoundNotFound},
			"unit":      {errOf(do(ctx, p.db, unitScore, unitQuery{round.ID, unit})), ErrRoundNotFound},
			"deeds":     {errOf(do(ctx, p.db, entryDeeds, deedQuery{ID: round.ID, Entry: entry})), ErrEntryNotFound},
			"export":    {errOf(do(ctx, p.db, export, ref{round.ID})), ErrRoundNotFound},
			"mine":      {errOf(do(ctx, p.db, mineIn, ref{round.ID})), ErrRoundNotFound},
		} {
			if !errors.Is(tt.err, tt.want) || fault.Of(tt.err).Kind != fault.NotFound {
				t.Errorf("%s, %s = %v, want %v", who, name, tt.err, tt.want)
			}
		}
		if l, err := do(ctx, p.db, listRounds, roundList{}); err != nil || len(l.Items) != 0 {
			t.Errorf("%s lists rounds %+v %v", who, l, err)
		}
	}
	if _, err := do(p.ctx, p.db, unitScore, unitQuery{round.ID, p.hq}); !errors.Is(err, ErrUnitNotFound) {
		t.Errorf("a unit that is not scored = %v, want ErrUnitNotFound", err)
	}

	must(p, publish, publication{ID: round.ID})
	for _, name := range []string{"甲", "乙"} {
		ctx := p.as(name)
		var subjects []string
		if err := p.db.Read(ctx, func(tx *tenant.Tx) error { return tx.Select(ctx, &subjects, `select unit_name from assess_results`) }); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(subjects, []string{name}) {
			t.Errorf("%s can read the results of %v, want its own", name, subjects)
		}
		_, err := do(ctx, p.db, func(ctx context.Context, tx *tenant.Tx, _ feature.None) (int64, error) {
			return tx.Exec(ctx, `delete from assess_results`)
		}, feature.None{})
		if l := errOf(do(ctx, p.db, mineIn, ref{round.ID})); err != nil || l != nil {
			t.Errorf("%s could remove what was published: %v %v", name, err, l)
		}
	}
}

// A department's people see the department's result and no other's.
func TestMineOfADepartment(t *testing.T) {
	t.Parallel()
	p := found(t)
	one, _ := tenanttest.As(t, p.hq)
	two, _ := tenanttest.As(t, p.hq)
	for name, ctx := range map[string]context.Context{"水情": one, "建管": two} {
		p.unit[name] = Unit{"department", tenanttest.Member(t, ctx, name), name}
	}
	p.write(one, func(tx *tenant.Tx) error { tx.Deed(deed(p.unit["水情"], "a")); return nil })
	round := p.round(p.scheme(publishing()), "一")
	must(p, recompute, ref{round.ID})
	must(p, publish, publication{ID: round.ID})
	second := p.round(p.scheme(publishing()), "二")
	must(p, recompute, ref{second.ID})
	must(p, publish, publication{ID: second.ID})
	l, err := do(one, p.db, mine, mineList{feature.Page{Limit: 1}})
	if err != nil || len(l.Items) != 1 || l.Items[0].Round.Name != "二" || l.Items[0].Unit.Name != "水情处" || l.Next == "" {
		t.Fatalf("mine = %+v %v", l, err)
	}
	next := mineList{feature.Page{After: l.Next}}
	if err := next.Validate(); err != nil {
		t.Fatal(err)
	}
	if l, err = do(one, p.db, mine, next); err != nil || len(l.Items) != 1 || l.Items[0].Round.Name != "一" || l.Items[0].Total.String() != "5" || l.Next != "" {
		t.Errorf("the rest = %+v %v", l, err)
	}
	if l, err = do(p.ctx, p.db, mine, mineList{}); err != nil || len(l.Items) != 0 {
		t.Errorf("somebody without a post = %+v %v, want nothing", l, err)
	}
}
