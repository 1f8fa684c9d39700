package review

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/fault"
	"hetu/feature"
	"hetu/progress"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

var both = []string{"adopted", "published"}

// assigned has people review both lines and returns the call.
func (w *world) assigned(c Call, people ...context.Context) Page {
	w.t.Helper()
	in := assignment{ID: c.ID, Codes: both, Version: c.Version}
	for _, p := range people {
		in.Members = append(in.Members, who(p).Member)
	}
	return must(w, w.boss, assign, in)
}

// begun makes a call whose review is under way, with what 甲局 submitted.
func (w *world) begun(self string) Page {
	w.t.Helper()
	c := w.called()
	f := must(w, w.one, save, w.answered(c, self))
	must(w, w.one, submit, sending{f.ID, f.Version})
	p := w.assigned(c, w.a, w.b)
	return must(w, w.boss, w.calls.start, act{c.ID, p.Version})
}

// Two people at least look at every line, whoever they have nothing to do with
// (standards 5.4, step 4; AS-04).
func TestAssigning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.called()
	one := assignment{ID: c.ID, Codes: both, Members: []uuid.UUID{who(w.a).Member}, Version: c.Version}
	refused(w, "another tenant", w.one, assign, one, ErrCallNotFound, "")
	bad := one
	bad.Codes = []string{"x"}
	refused(w, "no such line", w.boss, assign, bad, ErrCode, "codes")
	bad = one
	bad.Members = []uuid.UUID{who(w.one).Member}
	refused(w, "a person of another tenant", w.boss, assign, bad, ErrPerson, "members")
	bad = one
	bad.Version = 9
	refused(w, "stale", w.boss, assign, bad, ErrStale, "")
	p := must(w, w.boss, assign, one)
	refused(w, "one is too few", w.boss, w.calls.start, act{c.ID, p.Version}, ErrFew, "")

	planner := w.member(w.hq, "规划处的人", w.units["规划处"].ID)
	p = w.assigned(p.Call, w.a, planner) // of 规划处 only one may look at its lines
	if u := w.row(c, "规划处"); u.Short != 2 {
		t.Errorf("short = %d, want both lines of the assessor's own department", u.Short)
	}
	refused(w, "one of two belongs to a unit", w.boss, w.calls.start, act{c.ID, p.Version}, ErrFew, "")
	p = w.assigned(p.Call, w.a, w.b)
	p = must(w, w.boss, w.calls.start, act{c.ID, p.Version})
	if p.State != "reviewing" || len(p.People) != 2 || p.People[0].All != 6 {
		t.Errorf("begun = %+v", p)
	}
	refused(w, "begun twice", w.boss, w.calls.start, act{c.ID, p.Version}, ErrState, "")
	refused(w, "cancelled while it runs", w.boss, cancel, reasoned{c.ID, p.Version, "有误"}, ErrState, "")
	var told int
	w.ok(tenanttest.Admin(t).QueryRow(`select count(*) from notices where tenant_id = $1 and code = 'review.queue'`, w.hq).Scan(&told))
	if told != 2 {
		t.Errorf("%d were told, want 2", told)
	}
}

// Each sees and scores only what is theirs: not of a unit they belong to by any
// post or account, nor what they made themselves (AS-04).
func TestNobodyReviewsTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := w.member(w.hq, "兼职", w.units["复核处"].ID) // and has a second post in 规划处
	w.write(second, func(tx *tenant.Tx) error {
		_, err := tx.Exec(second, `insert into posts (id, member_id, department_id, title) values ($1, $2, $3, '兼职')`, tenant.NewID(), who(second).Member, w.units["规划处"].ID)
		return err
	})
	other := w.member(w.hq, "两处任职", w.units["复核处"].ID) // by another membership of 乙局
	w.joins(other, w.units["乙局"].ID, tenant.NewID(), "两处任职", uuid.Nil)
	author := w.member(w.hq, "原规划处的人", w.units["复核处"].ID) // published for 规划处 before
	w.write(author, func(tx *tenant.Tx) error {
		tx.Deed(tenant.Deed{Kind: "publish.published", Unit: w.units["规划处"].ID, Item: "publish/item/" + tenant.NewID().String(), Title: "规划"})
		return nil
	})
	c := w.called()
	p := w.assigned(c, w.a, w.b, second, other, author)
	w.late(c, day(-1), day(20)) // nobody submitted; their time is over
	p = must(w, w.boss, w.calls.start, act{c.ID, p.Version})
	for name, tt := range map[string]struct {
		ctx  context.Context
		unit string
		code string
		want *fault.Error
	}{
		"a second post":              {second, "规划处", "adopted", ErrOwnUnit},
		"a second account's unit":    {other, "乙局", "published", ErrOwnUnit},
		"one's own work":             {author, "规划处", "published", ErrOwnWork},
		"not assigned to anything":   {w.boss, "甲局", "adopted", ErrUnitNotFound},
		"a member of another tenant": {w.one, "甲局", "adopted", ErrUnitNotFound},
	} {
		refused(w, name, tt.ctx, score, newScore{ID: w.row(p.Call, tt.unit).ID, Code: tt.code, Points: amount("0")}, tt.want, "")
	}
	count := func(ctx context.Context) (n []string) {
		for _, x := range must(w, ctx, queue, queueQuery{}).Items {
			n = append(n, x.Unit.Name+x.Line.Code)
		}
		return n
	}
	for name, tt := range map[string]struct {
		ctx    context.Context
		all    int
		absent string
	}{"free": {w.a, 6, ""}, "second": {second, 4, "规划处adopted"}, "other": {other, 4, "乙局adopted"}, "author": {author, 5, "规划处published"}} {
		if got := count(tt.ctx); len(got) != tt.all || slices.Contains(got, tt.absent) {
			t.Errorf("%s reviews %v, want %d without %s", name, got, tt.all, tt.absent)
		}
	}
	if got := must(w, w.boss, queue, queueQuery{}); len(got.Items) != 0 || got.Todo != 0 {
		t.Errorf("who is not assigned has %+v", got)
	}
}

// A difference above the limit needs a reason; nobody sees what another gave
// (standards 5.4, step 4).
func TestScoring(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.begun("9") // the system says 10
	id := w.row(p.Call, "甲局").ID
	for name, tt := range map[string]struct {
		in    newScore
		want  *fault.Error
		field string
	}{
		"no such line":                {newScore{ID: id, Code: "mutual", Points: amount("9")}, ErrNotAssessor, ""},
		"above the most":              {newScore{ID: id, Code: "adopted", Points: amount("20.5"), Reason: "x"}, ErrMost, "points"},
		"far from the unit's":         {newScore{ID: id, Code: "adopted", Points: amount("11.5")}, ErrReason, "reason"},
		"far from the system's":       {newScore{ID: id, Code: "adopted", Points: amount("7.5"), Reason: "  "}, ErrReason, "reason"},
		"a unit that still has time":  {newScore{ID: w.row(p.Call, "乙局").ID, Code: "adopted", Points: amount("0")}, ErrWaiting, ""},
		"something nobody gave":       {newScore{ID: id, Code: "adopted", Points: amount("9"), Version: 3}, ErrStale, ""},
		"a unit that there never was": {newScore{ID: tenant.NewID(), Code: "adopted", Points: amount("9")}, ErrUnitNotFound, ""},
	} {
		refused(w, name, w.a, score, tt.in, tt.want, tt.field)
	}
	got := must(w, w.a, score, newScore{ID: id, Code: "adopted", Points: amount("8")}) // just the limit from 10
	if got.Mine == nil || got.Mine.Version != 1 || got.Answer.Points.String() != "9" || got.System.String() != "10" {
		t.Errorf("given = %+v", got)
	}
	refused(w, "given twice", w.a, score, newScore{ID: id, Code: "adopted", Points: amount("9")}, ErrStale, "")
	must(w, w.a, score, newScore{ID: id, Code: "adopted", Points: amount("8.5"), Version: 1})
	for _, x := range must(w, w.b, queue, queueQuery{State: "todo"}).Items {
		if x.Unit.Name != "甲局" || x.Mine != nil {
			t.Errorf("the other one has %+v", x)
		}
	}
	if q := must(w, w.a, queue, queueQuery{State: "done"}); len(q.Items) != 1 || q.Done != 1 || q.Todo != 1 {
		t.Errorf("done = %+v", q)
	}
	first := must(w, w.a, queue, queueQuery{})
	next := queueQuery{}
	next.Limit = 1
	if q := must(w, w.a, queue, next); len(q.Items) != 1 || q.Next == "" {
		t.Errorf("a page of one = %+v", q)
	} else if next.After = q.Next; must(w, w.a, queue, next).Items[0].Key != first.Items[1].Key {
		t.Error("the next page does not go on")
	}
	refused(w, "a unit somebody scored is not sent back", w.boss, giveBack, sendBack{id, w.row(p.Call, "甲局").Version, "补", day(4)}, ErrScored, "")
	refused(w, "who has given points stays", w.boss, assign,
		assignment{ID: p.ID, Codes: both, Members: []uuid.UUID{who(w.b).Member, who(w.member(w.hq, "新人", uuid.Nil)).Member}, Version: p.Version}, ErrScored, "members")

	w.late(p.Call, day(-9), day(-1))
	refused(w, "late", w.b, score, newScore{ID: id, Code: "adopted", Points: amount("9")}, ErrOverdue, "")
	m := who(w.b).Member
	must(w, w.boss, permit, newPermit{ID: p.ID, Member: &m, Until: day(1), Reason: "住院"})
	must(w, w.b, score, newScore{ID: id, Code: "adopted", Points: amount("9")})
	if j := must(w, w.boss, unitPage, ref{id}).Lines[0]; j.State != "agreed" || j.Value.String() != "8.75" || len(j.Given) != 2 || !j.Given[1].Late {
		t.Errorf("judgement = %+v", j)
	}
}

// The queue goes on after the line a page ended with, although that one has been
// given points meanwhile and is not in the list any more.
func TestTheQueueGoesOnAfterWhatWasDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.begun("10")
	w.late(p.Call, day(-1), day(20))
	all := must(w, w.a, queue, queueQuery{State: "todo"}).Items
	if len(all) < 3 {
		t.Fatalf("%d lines, want some", len(all))
	}
	q := queueQuery{State: "todo"}
	q.Limit = 2
	var got []string
	for {
		part := must(w, w.a, queue, q)
		for i, x := range part.Items {
			if got = append(got, x.Key); i == len(part.Items)-1 {
				must(w, w.a, score, newScore{ID: x.UnitID, Code: x.Line.Code, Points: x.System, Reason: "核实"})
			}
		}
		if q.After = part.Next; q.After == "" || len(got) > len(all) {
			break
		}
	}
	for i, x := range all {
		if len(got) != len(all) || got[i] != x.Key {
			t.Fatalf("page by page %q, want each of %d once, in their order", got, len(all))
		}
	}
	q.After = "x"
	refused(w, "a cursor that is none", w.a, queue, q, feature.ErrMalformed, "after")
}

// scores gives every line of every unit the points of the system, but 甲局's
// adopted line those of a and b.
func (w *world) scores(p Page, a, b string) {
	w.t.Helper()
	w.late(p.Call, day(-1), day(20))
	for i, ctx := range []context.Context{w.a, w.b} {
		for _, x := range must(w, ctx, queue, queueQuery{State: "todo"}).Items {
			in := newScore{ID: x.UnitID, Code: x.Line.Code, Points: x.System}
			if x.Unit.Name == "甲局" && x.Line.Code == "adopted" {
				in.Points, in.Reason = amount([]string{a, b}[i]), "核实后认定"
			}
			must(w, ctx, score, in)
		}
	}
}

// What they agree on becomes the value of the line beside the system's, and the
// unit is told without who said so (AS-03, AS-04).
func TestClosing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.begun("9")
	id := w.row(p.Call, "甲局").ID
	refused(w, "lines are open", w.boss, w.calls.end, act{p.ID, p.Version}, ErrLinesOpen, "")
	refused(w, "nothing to settle yet", w.boss, settle, settlement{id, "adopted", amount("8"), "折中"}, ErrUndisputed, "")
	w.scores(p, "9", "6.5")
	u := must(w, w.boss, unitPage, ref{id})
	if j := u.Lines[0]; j.State != "disputed" || j.Value != nil || u.Disputed != 1 {
		t.Fatalf("they differ by 2.5: %+v", j)
	}
	refused(w, "disputed lines are open", w.boss, w.calls.end, act{p.ID, p.Version}, ErrLinesOpen, "")
	refused(w, "no reason", w.boss, settle, settlement{id, "adopted", amount("8"), " "}, fault.New(fault.Invalid, "request.missing"), "reason")
	refused(w, "another tenant", w.one, settle, settlement{id, "adopted", amount("8"), "折中"}, ErrUnitNotFound, "")
	u = must(w, w.boss, settle, settlement{id, "adopted", amount("8"), "一条重复"})
	if j := u.Lines[0]; j.State != "settled" || j.Value.String() != "8" || j.ByName != who(w.boss).Name {
		t.Errorf("settled = %+v", j)
	}
	refused(w, "settled twice", w.boss, settle, settlement{id, "adopted", amount("7"), "再改"}, ErrDecided, "")
	refused(w, "scored after", w.a, score, newScore{ID: id, Code: "adopted", Points: amount("8"), Version: 1}, ErrDecided, "")
	refused(w, "one person alone", w.boss, w.calls.end, act{p.ID, p.Version}, ErrSamePerson, "")

	chief := rbac.With(w.member(w.hq, "另一位管理员", w.units["复核处"].ID), rbac.Fixed(Manage))
	refused(w, "stale", chief, w.calls.end, act{p.ID, 1}, ErrStale, "")
	p = must(w, chief, w.calls.end, act{p.ID, p.Version})
	if p.State != "closing" || p.WorkID == nil || len(p.May) != 0 {
		t.Fatalf("being closed = %+v %v", p.Call, p.May)
	}
	refused(w, "scored while it is closed", w.a, score, newScore{ID: w.row(p.Call, "乙局").ID, Code: "adopted", Points: amount("1"), Version: 1}, ErrState, "")
	refused(w, "closed while it is closed", w.boss, w.calls.end, act{p.ID, p.Version}, ErrSamePerson, "")
	refused(w, "closed twice at a time", chief, w.calls.end, act{p.ID, p.Version}, progress.ErrRunning, "")
	w.drainAs(chief) // closes it, and has the round worked out
	w.drainAs(chief)
	if p = must(w, chief, callPage, ref{p.ID}); p.State != "closed" || p.WorkID == nil {
		t.Fatalf("closed = %+v", p.Call)
	}
	var total, system, corrected string
	w.ok(tenanttest.Admin(t).QueryRow(`select total from assess_scores where round_id = $1 and unit_id = $2`, w.round, w.units["甲局"].ID).Scan(&total))
	w.ok(tenanttest.Admin(t).QueryRow(`select system_points, corrected_points from assess_adjustments where round_id = $1 and state = 'confirmed'`, w.round).Scan(&system, &corrected))
	if total != "8" || system != "10" || corrected != "8" {
		t.Errorf("total %s, system %s, corrected %s; want both values kept and 8 to count", total, system, corrected)
	}
	f := must(w, w.one, form, ref{id})
	if f.State != "closed" || f.Results[0].Value.String() != "8" || f.Results[0].System.String() != "10" || f.Results[0].Reason != "一条重复" {
		t.Errorf("the unit sees %+v", f.Results)
	}
	if text := tenant.JSON(f); strings.Contains(text, "复核甲") || strings.Contains(text, "管理员") {
		t.Errorf("the unit is told who reviewed: %s", text)
	}
	refused(w, "closed twice", chief, w.calls.end, act{p.ID, p.Version}, ErrState, "")
	_, err := do(w, w.a, score, newScore{ID: w.row(p.Call, "乙局").ID, Code: "adopted", Points: amount("1"), Version: 1})
	if !errors.Is(err, ErrState) {
		t.Errorf("scored when it is over = %v", err)
	}
}

func (w *world) drainAs(ctx context.Context) {
	w.t.Helper()
	was := w.boss
	w.boss = ctx
	w.drain()
	w.boss = was
}

// Where they agree with the system nothing is corrected, and the round need not
// be worked out.
func TestAgreeingWithTheSystem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.begun("10")
	w.scores(p, "10", "10")
	must(w, w.boss, w.calls.end, act{p.ID, p.Version})
	w.drain()
	p = must(w, w.boss, callPage, ref{p.ID})
	var n int
	w.ok(tenanttest.Admin(t).QueryRow(`select count(*) from assess_adjustments where round_id = $1`, w.round).Scan(&n))
	if p.State != "closed" || p.WorkID != nil || n != 0 {
		t.Errorf("closed = %+v, %d corrections", p.Call, n)
	}
}

// A line that was corrected by hand meanwhile is taken back first.
func TestACorrectedLineIsNotCorrectedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.begun("9")
	w.scores(p, "9", "9")
	w.write(w.boss, func(tx *tenant.Tx) error {
		_, err := assess.Reviewed{Round: w.round, Unit: w.units["甲局"], Rule: "adopted", RuleName: "信息采用", Value: amount("5"), Reason: "重复", Proof: "/x",
			First: assess.Judge{Member: who(w.a).Member, Account: who(w.a).Account, Name: "甲"}, Second: assess.Judge{Member: who(w.b).Member, Account: who(w.b).Account, Name: "乙"}}.Keep(w.boss, tx)
		return err
	})
	refused(w, "corrected already", w.boss, w.calls.end, act{p.ID, p.Version}, assess.ErrCorrected, "")
}

// Closing a review and scoring in it at the same time: whatever is given counts,
// or is refused (AS-01).
func TestScoringWhileItIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.begun("10")
	w.scores(p, "10", "10")
	id := w.row(p.Call, "甲局").ID
	ends := make(chan error, 2)
	go func() {
		_, err := do(w, w.boss, w.calls.end, act{p.ID, p.Version})
		ends <- err
	}()
	go func() {
		_, err := do(w, w.a, score, newScore{ID: id, Code: "adopted", Points: amount("8"), Version: 1})
		ends <- err
	}()
	for range 2 {
		if err := <-ends; err != nil && !errors.Is(err, ErrState) && !errors.Is(err, ErrDecided) {
			t.Error(err)
		}
	}
	w.drain()
	var given, value string
	w.ok(tenanttest.Admin(t).QueryRow(`select avg(points) from review_scores where unit_row = $1 and code = 'adopted'`, id).Scan(&given))
	w.ok(tenanttest.Admin(t).QueryRow(`select points from review_outcomes where unit_row = $1 and code = 'adopted'`, id).Scan(&value))
	if !amount(given).Equal(amount(value)) {
		t.Errorf("given %s, kept %s", given, value)
	}
}
