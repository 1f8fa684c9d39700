package assess

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/progress"
	"hetu/progress/progresstest"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// scored makes a computed round of two bureaus: 甲 with 10 points, 乙 with 5.
func (p *place) scored() Round {
	p.t.Helper()
	p.known()
	p.adopt("甲", 2, "own")
	p.adopt("乙", 1, "own")
	r := p.round(p.scheme(adoption("5", "10")), "一")
	must(p, recompute, ref{r.ID})
	return must(p, findRound, r.ID)
}

func (p *place) corrects(r Round, unit, to string) proposal {
	return proposal{ID: r.ID, Type: correction, Unit: p.unit[unit].ID, Rule: "adopted", Corrected: to, Reason: "有一条重复报送", URL: "https://example.org/1"}
}

func (p *place) event(r Round, unit, kind, worth string) proposal {
	return proposal{ID: r.ID, Type: kind, Unit: p.unit[unit].ID, Points: worth, Title: "抗旱保供 经验", Media: "《水利报》", Day: r.To,
		Reason: "中央媒体刊发", URL: "https://example.org/2"}
}

// lines are the names and points of a unit's lines.
func (p *place) lines(r Round, unit string) (all []string) {
	p.t.Helper()
	for _, e := range must(p, unitScore, unitQuery{r.ID, p.unit[unit].ID}).Entries {
		all = append(all, e.RuleName+" "+e.Points.String())
	}
	return all
}

// The system's value and the corrected one stand side by side; it counts when
// another has confirmed it, and is taken back by a negative entry (AS-03, AS-04).
func TestACorrectionKeepsTwoValues(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	r, second := p.scored(), p.second()
	if _, err := do(p.as("甲"), p.db, propose, p.corrects(r, "甲", "5")); !errors.Is(err, ErrRoundNotFound) {
		t.Errorf("another tenant = %v, want ErrRoundNotFound", err)
	}
	for name, tt := range map[string]struct {
		in    func(*proposal)
		want  *fault.Error
		field string
	}{
		"no such unit":     {func(in *proposal) { in.Unit = tenant.NewID() }, ErrUnitNotFound, ""},
		"no such rule":     {func(in *proposal) { in.Rule = "x" }, ErrRuleNotFound, ""},
		"the same value":   {func(in *proposal) { in.Corrected = "10" }, ErrNothing, "corrected"},
		"another's upload": {func(in *proposal) { id := tenant.NewID(); in.Upload = &id }, fault.New(fault.NotFound, "attachment.not_found"), ""},
	} {
		in := p.corrects(r, "甲", "5")
		tt.in(&in)
		_, err := do(p.ctx, p.db, propose, in)
		if got := fault.Of(err); got.Code != tt.want.Code || got.Field != tt.field {
			t.Errorf("%s = %v on %q, want %v", name, err, got.Field, tt.want)
		}
	}
	made := must(p, propose, p.corrects(r, "甲", "5"))
	if made.System.String() != "10" || made.Corrected.String() != "5" || made.Points.String() != "-5" || made.State != "proposed" || !made.Own {
		t.Errorf("proposal = %+v", made)
	}
	if got := p.totals(r, "tenant")["甲"]; got != "10" {
		t.Errorf("before it is confirmed = %s, want 10", got)
	}
	if _, err := do(p.ctx, p.db, propose, p.corrects(r, "甲", "6")); !errors.Is(err, ErrCorrected) {
		t.Errorf("correcting twice = %v, want ErrCorrected", err)
	}
	if _, err := do(p.ctx, p.db, confirm, ref{made.ID}); !errors.Is(err, ErrSamePerson) {
		t.Errorf("confirming one's own = %v, want ErrSamePerson", err)
	}
	done := must(second, confirm, ref{made.ID})
	if done.State != "confirmed" || done.Own || done.Decided == "" || done.DecidedAt == nil {
		t.Errorf("confirmed = %+v", done)
	}
	if got := p.totals(r, "tenant"); got["甲"] != "5" || got["乙"] != "5" {
		t.Errorf("totals = %v, want 5 each", got)
	}
	if got := p.lines(r, "甲"); !slices.Equal(got, []string{"采用 10", "采用（更正） -5"}) {
		t.Errorf("lines = %v, want the system's value to stay", got)
	}
	for name, err := range map[string]error{
		"confirming again": errOf(do(second.ctx, p.db, confirm, ref{made.ID})),
		"rejecting":        errOf(do(second.ctx, p.db, reject, reasoned{made.ID, "不对"})),
		"withdrawing":      errOf(do(p.ctx, p.db, withdraw, ref{made.ID})),
	} {
		if !errors.Is(err, ErrDecided) {
			t.Errorf("%s = %v, want ErrDecided", name, err)
		}
	}

	back := must(p, reverse, reasoned{made.ID, "核实后并非重复"})
	if _, err := do(p.ctx, p.db, reverse, reasoned{made.ID, "再撤一次"}); !errors.Is(err, ErrReversed) {
		t.Errorf("reversing twice = %v, want ErrReversed", err)
	}
	if got := p.totals(r, "tenant")["甲"]; got != "5" {
		t.Errorf("before the reversal is confirmed = %s, want 5", got)
	}
	must(second, confirm, ref{back.ID})
	if got := p.totals(r, "tenant")["甲"]; got != "10" {
		t.Errorf("reversed = %s, want 10", got)
	}
	if got := p.lines(r, "甲"); !slices.Equal(got, []string{"采用 10", "采用（更正） -5", "撤销 采用（更正） 5"}) {
		t.Errorf("lines = %v, want a negative entry and nothing gone", got)
	}
	var net int
	err := tenanttest.Admin(t).QueryRow(`select sum(n) from deeds where tenant_id = $1 and kind = 'assess.adjusted'`, p.hq).Scan(&net)
	if err != nil || net != 0 {
		t.Errorf("its deeds sum up to %d, %v, want 0", net, err)
	}
	must(p, propose, p.corrects(r, "甲", "8")) // and now once more
	l := must(p, adjustments, adjustmentList{ID: r.ID, Unit: &made.Unit.ID})
	if len(l.Items) != 3 || l.Items[2].Unit != p.unit["甲"] || !l.Items[2].Reversed {
		t.Errorf("list = %+v", l.Items)
	}
	if c := must(p, check, ref{r.ID}); !c.Same {
		t.Error("worked out again, it is not the same (I11)")
	}
}

// What the second person confirms is what the first one saw.
func TestAnOutdatedCorrectionIsNotConfirmed(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	r := p.scored()
	made := must(p, propose, p.corrects(r, "甲", "5"))
	p.adopt("甲", 1, "own")
	must(p, recompute, ref{r.ID})
	if _, err := do(p.second().ctx, p.db, confirm, ref{made.ID}); !errors.Is(err, ErrOutdated) {
		t.Errorf("confirm = %v, want ErrOutdated", err)
	}
	if a := must(p.second(), reject, reasoned{made.ID, "分值已变"}); a.State != "rejected" || a.Note != "分值已变" {
		t.Errorf("rejected = %+v", a)
	}
	other := must(p, propose, p.corrects(r, "甲", "5"))
	if _, err := do(p.second().ctx, p.db, withdraw, ref{other.ID}); !errors.Is(err, ErrNotProposer) {
		t.Errorf("withdrawing another's = %v, want ErrNotProposer", err)
	}
	if a := must(p, withdraw, ref{other.ID}); a.State != "withdrawn" {
		t.Errorf("withdrawn = %+v", a)
	}
	if got := p.totals(r, "tenant")["甲"]; got != "15" {
		t.Errorf("total = %s, want 15: neither counts", got)
	}
}

// AS-04: nobody scores a unit they belong to, whichever of the two they are.
func TestOwnUnitIsJudgedByOthers(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	p.known()
	inside := p.second()
	dept := tenanttest.Member(t, inside.ctx, "李强")
	p.unit["李强处"] = Unit{"department", dept, "李强处"}
	insider, err := tenant.From(inside.ctx)
	if err != nil {
		t.Fatal(err)
	}
	p.write(p.ctx, func(tx *tenant.Tx) error {
		d := deed(p.unit["李强处"], "a")
		tx.Deed(d)
		return nil
	})
	for _, in := range []struct{ tenant, member uuid.UUID }{{p.hq, insider.Member}, {p.unit["甲"].ID, tenant.NewID()}} { // 李强 also works for 甲
		if _, err := tenanttest.Admin(t).Exec(`
			with a as (insert into platform.accounts (id, name, password_hash) values ($1, '李强', '') on conflict do nothing)
			insert into platform.memberships (account_id, tenant_id, member_id) values ($1, $2, $3)`, insider.Account, in.tenant, in.member); err != nil {
			t.Fatal(err)
		}
	}
	r := p.round(p.scheme(publishing(), adoption("5", "10")), "一")
	must(p, recompute, ref{r.ID})
	for _, unit := range []string{"李强处", "甲"} {
		if _, err := do(inside.ctx, p.db, propose, p.event(r, unit, bonus, "3")); !errors.Is(err, ErrOwnUnit) {
			t.Errorf("proposing for %s = %v, want ErrOwnUnit", unit, err)
		}
		made := must(p, propose, p.event(r, unit, bonus, "3"))
		if _, err := do(inside.ctx, p.db, confirm, ref{made.ID}); !errors.Is(err, ErrOwnUnit) {
			t.Errorf("confirming for %s = %v, want ErrOwnUnit", unit, err)
		}
		must(p.second(), confirm, ref{made.ID})
		if _, err := do(inside.ctx, p.db, reverse, reasoned{made.ID, "撤"}); !errors.Is(err, ErrOwnUnit) {
			t.Errorf("taking back for %s = %v, want ErrOwnUnit", unit, err)
		}
	}
	other := must(p, propose, p.event(r, "乙", bonus, "3"))
	must(inside, confirm, ref{other.ID}) // of a unit that is not theirs
}

// R292, R303: what counts beside the rules has proof, counts once by title,
// media and day, and gives, takes or bars as its type says.
func TestEvents(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	r, second := p.scored(), p.second()
	for name, tt := range map[string]struct {
		in    func(*proposal)
		want  *fault.Error
		field string
	}{
		"no proof":         {func(in *proposal) { in.URL = "" }, ErrProof, "url"},
		"not an address":   {func(in *proposal) { in.URL = "javascript:alert(1)" }, ErrProofURL, "url"},
		"no points":        {func(in *proposal) { in.Points = "" }, ErrNeeded, "points"},
		"nothing":          {func(in *proposal) { in.Points = "0" }, ErrNeeded, "points"},
		"no day":           {func(in *proposal) { in.Day = "1月2日" }, ErrDay, "day"},
		"no effect":        {func(in *proposal) { in.Type = veto }, ErrNeeded, "effect"},
		"no rule":          {func(in *proposal) { in.Type = correction; in.Corrected = "1" }, ErrNeeded, "rule_code"},
		"no correct value": {func(in *proposal) { in.Type = correction; in.Rule = "adopted" }, ErrNeeded, "corrected"},
	} {
		in := p.event(r, "甲", bonus, "2.5")
		tt.in(&in)
		wantFault(t, in.Validate(), tt.want, tt.field)
		_ = name
	}
	ahead := p.event(r, "甲", bonus, "2.5")
	ahead.Day = today().AddDate(0, 0, 1).Format(time.DateOnly)
	_, err := do(p.ctx, p.db, propose, ahead)
	wantFault(t, err, ErrFuture, "day")

	early := p.event(r, "甲", bonus, "2.5")
	early.Day = today().AddDate(0, 0, -1).Format(time.DateOnly)
	_, err = do(p.ctx, p.db, propose, early)
	wantFault(t, err, ErrOutside, "day")

	plus := must(p, propose, p.event(r, "甲", bonus, "2.5"))
	again := p.event(r, "甲", bonus, "2.5")
	again.Title, again.Media = "抗旱保供，经验！", "水利报" // the same, written otherwise
	_, err = do(p.ctx, p.db, propose, again)
	wantFault(t, err, ErrEventTwice, "title")
	again.Unit = p.unit["乙"].ID
	must(second, confirm, ref{must(p, propose, again).ID}) // another unit's share in it

	minus := p.event(r, "甲", penalty, "4")
	minus.Title = "迟报"
	fail := p.event(r, "甲", veto, "")
	fail.Title, fail.Effect = "安全生产责任事故", "no_excellent"
	for _, id := range []uuid.UUID{plus.ID, must(p, propose, minus).ID, must(p, propose, fail).ID} {
		must(second, confirm, ref{id})
	}
	if got := p.totals(r, "tenant"); got["甲"] != "8.5" || got["乙"] != "7.5" {
		t.Errorf("totals = %v, want 10 + 2.5 − 4 and 5 + 2.5", got)
	}
	want := []string{"采用 10", "加分：抗旱保供 经验 2.5", "扣分：迟报 -4", "一票否决：安全生产责任事故 0"}
	if got := p.lines(r, "甲"); !slices.Equal(got, want) {
		t.Errorf("lines = %v, want %v", got, want)
	}
	entry := must(p, unitScore, unitQuery{r.ID, p.unit["甲"].ID}).Entries[1]
	if d := must(p, entryDeeds, deedQuery{ID: r.ID, Entry: entry.ID}).Items; len(d) != 1 || d[0].Points.String() != "2.5" || d[0].Item.ID != plus.ID {
		t.Errorf("behind the line = %+v, want the event (R303)", d)
	}
	must(second, confirm, ref{must(p, reverse, reasoned{plus.ID, "刊发的是广告"}).ID})
	if got := p.totals(r, "tenant")["甲"]; got != "6" {
		t.Errorf("taken back = %s, want 6", got)
	}
	must(p, propose, p.event(r, "甲", bonus, "1")) // it can be entered anew
}

// A round with proposals that nobody has decided is not closed, and a closed
// one is not adjusted (AS-04).
func TestAdjustingAndClosing(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	r := p.scored()
	open := must(p, propose, p.event(r, "甲", bonus, "1"))
	kept := must(p, propose, p.corrects(r, "甲", "5"))
	must(p.second(), confirm, ref{kept.ID})
	p.yesterday(r)
	must(p, recompute, ref{r.ID})
	must(p, publish, publication{ID: r.ID})
	if _, err := do(p.ctx, p.db, closeRound, ref{r.ID}); !errors.Is(err, ErrUndecided) {
		t.Errorf("closing = %v, want ErrUndecided", err)
	}
	must(p, withdraw, ref{open.ID})
	must(p, closeRound, ref{r.ID})
	for name, err := range map[string]error{
		"proposing":   errOf(do(p.ctx, p.db, propose, p.event(r, "甲", bonus, "1"))),
		"taking back": errOf(do(p.ctx, p.db, reverse, reasoned{kept.ID, "晚了"})),
	} {
		if !errors.Is(err, ErrRoundClosed) {
			t.Errorf("%s = %v, want ErrRoundClosed", name, err)
		}
	}
}

// Confirming has the round worked out, once at a time.
func TestConfirmingCounts(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	l := p.longWorks()
	j := judging{long: l}
	second := p.second()
	tenanttest.Member(t, second.ctx, "李强")
	r := p.scored()
	made, other := must(p, propose, p.event(r, "甲", bonus, "1")), must(p, propose, p.corrects(r, "甲", "5"))
	c := must(second, j.confirm, ref{made.ID})
	var told []string
	err := p.db.Read(p.ctx, func(tx *tenant.Tx) error {
		return tx.Select(p.ctx, &told, `select code from notices where member_id = $1`, tx.Actor.Member)
	})
	if err != nil || !slices.Contains(told, "assess.adjustment_confirmed") {
		t.Errorf("the proposer was told %v, %v", told, err)
	}
	if _, err := do(second.ctx, p.db, j.confirm, ref{other.ID}); !errors.Is(err, progress.ErrRunning) {
		t.Errorf("while it is worked out = %v, want ErrRunning", err)
	}
	if err := progresstest.Drain(t, p.ctx, l.works.Feature())[c.WorkID]; err != nil {
		t.Fatal(err)
	}
	if got := must(p, unitScore, unitQuery{r.ID, p.unit["甲"].ID}).Total.String(); got != "11" {
		t.Errorf("total = %s, want 11", got)
	}
}

// The score of a past day: what had been done by then, and confirmed by then.
func TestScoreOfAPastDay(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	p.known()
	p.adopt("甲", 1, "own")
	r := p.round(p.scheme(adoption("5", "10")), "一")
	p.move(p.hq, 3)
	p.adopt("甲", 1, "own")
	admin := tenanttest.Admin(t)
	if _, err := admin.Exec(`update assess_rounds set from_day = from_day - 5 where id = $1`, r.ID); err != nil {
		t.Fatal(err)
	}
	must(p, recompute, ref{r.ID})
	made := must(p, propose, p.event(r, "甲", bonus, "2"))
	must(p.second(), confirm, ref{made.ID})
	must(p, recompute, ref{r.ID})
	day := func(ago int) string { return today().AddDate(0, 0, -ago).Format(time.DateOnly) }
	ask := func(ctx context.Context, day string) (UnitScore, error) {
		return do(ctx, p.db, asOf, dayQuery{r.ID, p.unit["甲"].ID, day})
	}
	if _, err := ask(p.as("甲"), day(0)); !errors.Is(err, ErrRoundNotFound) {
		t.Errorf("another tenant = %v, want ErrRoundNotFound", err)
	}
	_, err := ask(p.ctx, day(9))
	wantFault(t, err, ErrPeriod, "day")
	_, err = ask(p.ctx, day(-1))
	wantFault(t, err, ErrFuture, "day")
	wantFault(t, dayQuery{Day: "x"}.Validate(), ErrDay, "day")
	for ago, want := range map[int]string{5: "0", 3: "5", 1: "5", 0: "12"} {
		if s, err := ask(p.ctx, day(ago)); err != nil || s.Total.String() != want || s.Units != 2 {
			t.Errorf("%d days ago = %s of %d units, %v, want %s", ago, s.Total, s.Units, err, want)
		}
	}
	now := must(p, unitScore, unitQuery{r.ID, p.unit["甲"].ID})
	if s, err := ask(p.ctx, day(0)); err != nil || tenant.JSON(s.Entries) != tenant.JSON(now.Entries) {
		t.Errorf("today is not as it is shown: %v", err)
	}
}

// The database refuses what the program would not do: one person alone, a
// change of what was proposed, a correction whose values do not fit.
func TestAdjustmentsAreGuarded(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	r := p.scored()
	made := must(p, propose, p.corrects(r, "甲", "5"))
	done := must(p, propose, p.corrects(r, "乙", "3"))
	must(p.second(), confirm, ref{done.ID})
	admin := tenanttest.Admin(t)
	for name, stmt := range map[string]string{
		"alone":          `update assess_adjustments set state = 'confirmed', decided_id = by_id, decided_account = by_account, decided_at = now(), deed_id = id where id = $1`,
		"other points":   `update assess_adjustments set points = 99 where id = $1`,
		"another reason": `update assess_adjustments set reason = 'x' where id = $1`,
		"dropped":        `delete from assess_adjustments where id = $1`,
	} {
		if _, err := admin.Exec(stmt, made.ID); err == nil {
			t.Errorf("%s: it was done", name)
		}
	}
	for name, stmt := range map[string]string{
		"undecided again": `update assess_adjustments set state = 'proposed', deed_id = null where id = $1`,
		"other points":    `update assess_adjustments set points = 99 where id = $1`,
	} {
		if _, err := admin.Exec(stmt, done.ID); err == nil {
			t.Errorf("a confirmed one, %s: it was done", name)
		}
	}
}
