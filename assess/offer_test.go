package assess

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// below is the place of a tenant below another, with a department of its own.
func (p *place) below(name string) *place {
	p.t.Helper()
	b := &place{t: p.t, db: p.db, hq: p.unit[name].ID, unit: map[string]Unit{}}
	b.ctx, _ = tenanttest.As(p.t, b.hq)
	b.department(name + "办公室")
	return b
}

// model is a scheme of two rules under a heading, to be offered.
func (p *place) model() Scheme {
	p.t.Helper()
	made := must(p, s.create, newScheme{Year: 2026, Name: "处室考核范本"})
	news, late := adoption("5", "10"), Spec{Code: "late", Name: "迟报", Type: deduction, DeedKind: "publish.withdrawn", Heading: "A", Levels: []LevelPoints{{Points: points("1")}}}
	news.Heading = "A"
	return must(p, s.edit, schemeEdit{ID: made.ID, Name: made.Name, Year: 2026, Version: 1, Rules: []Spec{news, late},
		Plan: Plan{Headings: []Heading{{Code: "A", Name: "信息工作", Weight: limit("100"), Leader: "秦岳"}}}})
}

// A bureau runs rules of its own after the headquarters' example (R025): what is
// required of it it may add to and not take from, which is checked on activation
// and on import; the headquarters sees that it did, and nothing of its units.
func TestARequiredOfferIsKept(t *testing.T) {
	t.Parallel()
	hq := found(t, "甲局", "乙局")
	a, stranger := hq.below("甲局"), found(t, "外")
	model := hq.model()

	if _, err := do(stranger.ctx, stranger.db, offer, newOffer{ID: model.ID, Version: model.Version, Binding: required}); fault.Of(err).Code != ErrSchemeNotFound.Code {
		t.Errorf("offering another tenant's scheme = %v", err)
	}
	if _, err := do(hq.ctx, hq.db, offer, newOffer{ID: model.ID, Version: 1, Binding: required}); fault.Of(err).Code != ErrStale.Code {
		t.Errorf("offering an old version = %v", err)
	}
	bare := must(hq, s.create, newScheme{Year: 2026, Name: "空"})
	if _, err := do(hq.ctx, hq.db, offer, newOffer{ID: bare.ID, Version: 1, Binding: required}); fault.Of(err).Code != ErrNoRules.Code {
		t.Errorf("offering nothing = %v", err)
	}
	o := must(hq, offer, newOffer{ID: model.ID, Version: model.Version, Binding: required, Note: " 请各局照此办理 "})
	if !o.Own || o.Issuer != "省局" || o.Rules != 2 || o.Headings != 1 || o.Units != 2 || o.Uses != 0 || o.Note != "请各局照此办理" {
		t.Errorf("offered = %+v", o)
	}
	if _, err := do(hq.ctx, hq.db, offer, newOffer{ID: model.ID, Version: model.Version, Binding: "recommended"}); fault.Of(err).Code != ErrOffered.Code {
		t.Errorf("offering twice = %v", err)
	}

	if l := must(stranger, offers, offerList{}); len(l.Items) != 0 {
		t.Errorf("a stranger is offered %+v", l.Items)
	}
	got := must(a, offers, offerList{}).Items
	if len(got) != 1 || got[0].Own || got[0].ID != o.ID || got[0].Uses != 0 || got[0].Units != 0 {
		t.Fatalf("below, offered = %+v", got)
	}
	for name, do := range map[string]func() error{
		"a stranger begins with it": func() error {
			_, err := do(stranger.ctx, stranger.db, s.create, newScheme{Year: 2026, Name: "x", Offer: &o.ID})
			return err
		},
		"one begins with one's own": func() error {
			_, err := do(hq.ctx, hq.db, s.create, newScheme{Year: 2026, Name: "x", Offer: &o.ID})
			return err
		},
		"one begins with none": func() error {
			id := uuid.New()
			_, err := do(a.ctx, a.db, s.create, newScheme{Year: 2026, Name: "x", Offer: &id})
			return err
		},
	} {
		wantFault(t, do(), ErrOfferUnknown, "offer")
		_ = name
	}
	for name, ctx := range map[string]context.Context{"below": a.ctx, "a stranger": stranger.ctx} {
		if _, err := do(ctx, hq.db, unoffer, ref{o.ID}); fault.Of(err).Code != ErrOfferNotFound.Code {
			t.Errorf("%s withdraws it: %v", name, err)
		}
		if _, err := do(ctx, hq.db, offerUses, ref{o.ID}); fault.Of(err).Code != ErrOfferNotFound.Code {
			t.Errorf("%s sees its uses: %v", name, err)
		}
	}

	mine := must(a, s.create, newScheme{Year: 2026, Name: "本局考核", Offer: &o.ID})
	if tenant.JSON(mine.Rules) != tenant.JSON(model.Rules) || len(mine.Units) != 0 {
		t.Errorf("began with %s", tenant.JSON(mine))
	}
	mine = a.revise(mine, func(e *schemeEdit) { e.Rules = e.Rules[:1] })
	_, err := do(a.ctx, a.db, s.activate, schemeAct{mine.ID, mine.Version})
	wantFault(t, err, ErrRequired, "rules")
	if f := fault.Of(err); f.Meta["from"] != "省局" || f.Meta["missing"] != "迟报" {
		t.Errorf("meta = %v", f.Meta)
	}
	full := model.Rules
	for name, change := range map[string]func(*schemeEdit){
		"points changed": func(e *schemeEdit) {
			e.Rules = slices.Clone(full)
			e.Rules[1].Levels = []LevelPoints{{Points: points("0.1")}}
		},
		"another type": func(e *schemeEdit) {
			e.Rules = slices.Clone(full)
			e.Rules[1].Type, e.Rules[1].DeedKind = perItem, "exchange.adopted"
		},
		"a cap": func(e *schemeEdit) { e.Rules = slices.Clone(full); e.Rules[0].Cap = limit("1") },
		"a lower weight": func(e *schemeEdit) {
			e.Rules = full
			e.Plan.Headings = slices.Clone(e.Plan.Headings)
			e.Plan.Headings[0].Weight = limit("90")
			e.Plan.Sum = limit("90")
		},
		"a capped heading": func(e *schemeEdit) {
			e.Rules = full
			e.Plan.Headings = slices.Clone(model.Plan.Headings)
			e.Plan.Headings[0].Cap = limit("1")
			e.Plan.Sum = nil
		},
	} {
		mine = a.revise(mine, change)
		if _, err := do(a.ctx, a.db, s.activate, schemeAct{mine.ID, mine.Version}); fault.Of(err).Code != ErrRequired.Code {
			t.Errorf("%s = %v, want ErrRequired", name, err)
		}
	}
	found := must(a, s.checks, ref{mine.ID}).Items
	if len(found) == 0 || found[0].Level != "must" || found[0].Code != ErrRequired.Code || found[0].About != "省局" {
		t.Errorf("findings = %+v", found)
	}
	more := plain("exchange.adopted", "")
	mine = a.revise(mine, func(e *schemeEdit) {
		e.Rules = append(slices.Clone(full), more)
		e.Plan.Headings = []Heading{{Code: "A", Name: "信息工作", Weight: limit("100.0"), Leader: "别人"}, {Code: "P", Name: "自定加分", Kind: "bonus"}}
		e.Plan.Sum = limit("100")
	})
	must(a, s.activate, schemeAct{mine.ID, mine.Version})

	uses := must(hq, offerUses, ref{o.ID}).Items
	if len(uses) != 1 || uses[0].Unit != "甲局" || uses[0].Scheme != "本局考核" || uses[0].Added != 1 {
		t.Errorf("uses = %+v", uses)
	}
	if again := must(hq, offers, offerList{From: "here"}).Items; len(again) != 1 || again[0].Uses != 1 {
		t.Errorf("offers = %+v", again)
	}
	in := schemeEdit{ID: mine.ID, Name: mine.Name, Year: 2026, Version: mine.Version, Rules: full[:1], Plan: mine.Plan, Units: []unitRef{{Kind: "department", ID: mine.Units[0].ID}}}
	_, err = do(a.ctx, a.db, s.edit, in)
	wantFault(t, err, ErrRequired, "rules")
	a.importsLack(t, full[0])

	must(hq, unoffer, ref{o.ID})
	if _, err := do(hq.ctx, hq.db, unoffer, ref{o.ID}); fault.Of(err).Code != ErrOfferGone.Code {
		t.Errorf("withdrawing twice = %v", err)
	}
	must(a, s.edit, in)
	if l := must(a, offers, offerList{}); len(l.Items) != 0 {
		t.Errorf("withdrawn, and still offered: %+v", l.Items)
	}
}

// importsLack takes in a file that lacks a required rule: the dry run names it,
// and it is not taken.
func (p *place) importsLack(t *testing.T, r Spec) {
	t.Helper()
	draft := must(p, s.create, newScheme{Year: 2026, Name: "导入"})
	f := Scheme{Year: 2026, Name: "导入", Rules: []Spec{r}, Plan: Plan{Headings: []Heading{{Code: "A", Name: "信息工作", Weight: limit("100")}}}}
	for _, u := range p.unit {
		f.Units = append(f.Units, u)
	}
	b, err := f.file().workbook()
	if err != nil {
		t.Fatal(err)
	}
	rep, err := s.takeIn(p.ctx, p.db, schemeIn{ID: draft.ID, DryRun: true}, bytes.NewReader(b))
	if err != nil || rep.BadCount != 1 || rep.Bad[0].Code != ErrRequired.Code || rep.Bad[0].Value != "迟报" {
		t.Errorf("dry run = %+v %v, want the rule that is missing", rep, err)
	}
	if _, err := s.takeIn(p.ctx, p.db, schemeIn{ID: draft.ID, Version: 1}, bytes.NewReader(b)); fault.Of(err).Code != ErrSchemeRows.Code {
		t.Errorf("taking it in = %v", err)
	}
}

// revise changes a draft of the place, of its departments.
func (p *place) revise(sc Scheme, change func(*schemeEdit)) Scheme {
	p.t.Helper()
	e := schemeEdit{ID: sc.ID, Name: sc.Name, Year: sc.Year, Version: sc.Version, Rules: sc.Rules, Plan: sc.Plan}
	for _, u := range p.unit {
		e.Units = append(e.Units, unitRef{Kind: u.Kind, ID: u.ID})
	}
	change(&e)
	return must(p, s.edit, e)
}

// A recommended offer binds nobody; whoever keeps all of it is seen to.
func TestARecommendedOfferBindsNobody(t *testing.T) {
	t.Parallel()
	hq := found(t, "甲局")
	a := hq.below("甲局")
	o := must(hq, offer, newOffer{ID: hq.model().ID, Version: 2, Binding: "recommended"})
	mine := must(a, s.create, newScheme{Year: 2026, Name: "本局考核", Offer: &o.ID})
	mine = a.revise(mine, func(e *schemeEdit) { e.Rules = e.Rules[:1] })
	found := must(a, s.checks, ref{mine.ID}).Items
	if i := slices.IndexFunc(found, func(f Finding) bool { return f.Code == lookOffer }); i < 0 || found[i].Level != "look" {
		t.Errorf("findings = %+v, want the one that is different from what is recommended", found)
	}
	must(a, s.activate, schemeAct{mine.ID, mine.Version})
	if uses := must(hq, offerUses, ref{o.ID}).Items; len(uses) != 0 {
		t.Errorf("uses = %+v, of a scheme that does not hold it", uses)
	}
	if _, err := do(a.ctx, a.db, func(ctx context.Context, tx *tenant.Tx, _ struct{}) (int64, error) {
		return tx.Exec(ctx, `insert into assess_offer_uses (id, issuer_id, offer_id, scheme_id, scheme_version, scheme_name, added, at)
			values ($1, $2, $3, $4, 1, '冒报', 0, now())`, tenant.NewID(), hq.hq, tenant.NewID(), mine.ID)
	}, struct{}{}); tenant.Constraint(err) != "assess_offer_uses_true" {
		t.Errorf("telling of a use of what was never offered = %v", err)
	}
}

// What a copy of last year's scheme has to be looked at for.
func TestFindingsBeforeActivation(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	office := p.department("办公室")
	made := must(p, s.create, newScheme{Year: 2027, Name: "2026 年目标考核"})
	edit := schemeEdit{ID: made.ID, Name: made.Name, Year: 2027, Version: 1, Units: []unitRef{{Kind: "tenant", ID: p.unit["甲"].ID}, {Kind: "department", ID: office.ID}},
		Rules: []Spec{plain("exchange.adopted", "A"), plain("publish.published", "")},
		Plan: Plan{Classes: []Class{{"c", "县区"}}, Members: []Member{{Unit: p.unit["甲"].ID, Class: "c"}}, Headings: []Heading{
			{Code: "A", Name: "信息", Weight: limit("40"), Leader: "查无此人", Department: "办公室", Milestones: []Milestone{{1, "2026 年一季度完成"}}},
			{Code: "B", Name: "工程", Weight: limit("50"), Department: "撤销的处"}}}}
	edit.Rules[0].Cap = limit("45")
	sc := must(p, s.edit, edit)
	p.write(p.ctx, func(tx *tenant.Tx) error {
		_, err := tx.Exec(p.ctx, `update departments set name = '综合办公室' where id = $1`, office.ID)
		return err
	})
	var got []string
	for _, f := range must(p, s.checks, ref{sc.ID}).Items {
		got = append(got, f.Level+" "+f.Code+" "+f.Field+" "+f.About)
	}
	want := []string{"must assess.weights_sum plan.headings[0].weight ", "look unit_renamed units[1] 办公室", "look unit_unclassed units[1] 办公室", "look unit_new units 乙",
		"look leader_unknown plan.headings[0].leader 查无此人", "look department_gone plan.headings[0].department 办公室", "look department_gone plan.headings[1].department 撤销的处",
		"look year_in_name name 2026 年目标考核", "look year_in_name plan.headings[0].milestones[0].text 2026 年一季度完成",
		"look heading_empty plan.headings[1] 工程", "look rule_loose rules[1].heading 规则publish.published", "look more_than_weight plan.headings[0].weight 信息"}
	if !slices.Equal(got, want) {
		t.Errorf("findings =\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	gone := schemes{func() []feature.Indicator { return offered()[1:] }}
	var kinds []string
	for _, f := range must(p, gone.checks, ref{sc.ID}).Items {
		if f.Code == "assess."+lookKind {
			kinds = append(kinds, f.Level+" "+f.Field)
		}
	}
	if !slices.Equal(kinds, []string{"must rules[1].deed_kind"}) {
		t.Errorf("a kind that is not recorded any more = %q", kinds)
	}
	stranger := found(t)
	if _, err := do(stranger.ctx, stranger.db, s.checks, ref{sc.ID}); fault.Of(err).Code != ErrSchemeNotFound.Code {
		t.Errorf("another tenant's = %v", err)
	}
}
