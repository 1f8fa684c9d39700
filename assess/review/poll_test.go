package review

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/fault"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func pointer(id uuid.UUID) *uuid.UUID { return &id }

// asked is a poll by one another of the bureaus and by two people of
// headquarters.
func (w *world) asks() newPoll {
	return newPoll{Round: w.round, Rule: "mutual", Name: "年度民主测评", Due: day(0), Most: amount("100"),
		Groups: []Group{{Code: "mutual", Name: "单位互评", Weight: amount("40"), Drop: 1}, {Code: "leaders", Name: "厅领导", Weight: amount("60")}},
		Raters: []Rater{{Group: "mutual", Unit: pointer(w.units["甲局"].ID)}, {Group: "mutual", Unit: pointer(w.units["乙局"].ID)},
			{Group: "leaders", Member: pointer(who(w.a).Member)}, {Group: "leaders", Member: pointer(who(w.b).Member)}}}
}

func (w *world) ticket(ctx context.Context) Ticket {
	w.t.Helper()
	l := must(w, ctx, listTickets, ticketList{})
	if len(l.Items) != 1 {
		w.t.Fatalf("tickets = %+v", l.Items)
	}
	return l.Items[0]
}

func (w *world) ballot(t Ticket, points map[string]string) newBallot {
	in := newBallot{ID: t.ID}
	for _, u := range t.Units {
		in.Marks = append(in.Marks, Mark{u.ID, amount(points[u.Name])})
	}
	return in
}

// Units are rated by others, never by themselves; what it comes to is recorded
// for the rule, and nobody is shown who gave what (standards A-8; AS-04).
func TestRatings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.asks()
	for name, tt := range map[string]struct {
		change func(*newPoll)
		want   *fault.Error
		field  string
	}{
		"no such round":               {func(in *newPoll) { in.Round = tenant.NewID() }, assess.ErrRoundNotFound, ""},
		"a rule that is not measured": {func(in *newPoll) { in.Rule = "adopted" }, ErrFigure, "rule_code"},
		"no such rule":                {func(in *newPoll) { in.Rule = "x" }, ErrFigure, "rule_code"},
		"weights of 90": {func(in *newPoll) {
			in.Groups = []Group{{Code: "mutual", Weight: amount("40")}, {Code: "leaders", Weight: amount("50")}}
		}, ErrWeights, "groups"},
		"a group twice":       {func(in *newPoll) { in.Groups = append(in.Groups[:1:1], in.Groups[0]) }, ErrCodeTwice, "groups[1].code"},
		"a group of nobody":   {func(in *newPoll) { in.Raters = in.Raters[:2] }, ErrNoRaters, "groups[1].code"},
		"a rater of no group": {func(in *newPoll) { in.Raters = append(in.Raters, Rater{Group: "x", Member: in.Raters[2].Member}) }, ErrPerson, "raters[4]"},
		"a stranger": {func(in *newPoll) {
			in.Raters = append(in.Raters, Rater{Group: "mutual", Unit: pointer(tenant.NewID())})
		}, ErrPerson, "raters[4]"},
		"somebody twice":     {func(in *newPoll) { in.Raters = append(in.Raters, in.Raters[2]) }, ErrCodeTwice, "raters"},
		"a day that is over": {func(in *newPoll) { in.Due = day(-1) }, ErrPast, "due_day"},
		"after the round":    {func(in *newPoll) { in.Due = day(400) }, ErrAfterRound, "due_day"},
		"marks of nothing":   {func(in *newPoll) { in.Most = amount("0") }, fault.New(fault.Invalid, "request.out_of_range"), "most"},
	} {
		in := w.asks()
		tt.change(&in)
		refused(w, name, w.boss, ask, in, tt.want, tt.field)
	}
	refused(w, "another tenant", w.one, ask, good, assess.ErrRoundNotFound, "")
	p := must(w, w.boss, ask, good)
	refused(w, "once more", w.boss, ask, good, ErrPolled, "rule_code")
	if p.Asked != 4 || p.Answered != 0 || len(p.Units) != 3 {
		t.Errorf("poll = %+v", p)
	}

	two := rbac.With(w.member(w.units["乙局"].ID, "乙局的人", uuid.Nil), rbac.Fixed(Submit))
	first, second := w.ticket(w.one), w.ticket(w.a)
	if len(first.Units) != 2 || strings.Contains(tenant.JSON(first.Units), "甲局") || len(second.Units) != 3 {
		t.Errorf("tickets = %+v, %+v, want nobody to rate their own", first, second)
	}
	given := map[string]string{"甲局": "90", "乙局": "80", "规划处": "70"}
	refused(w, "another unit's ticket", two, vote, w.ballot(first, given), ErrTicketNotFound, "")
	refused(w, "who may not submit", rbac.With(w.one, rbac.Fixed(Fill)), vote, w.ballot(first, given), ErrTicketNotFound, "")
	for name, tt := range map[string]struct {
		change func(*newBallot)
		want   *fault.Error
		field  string
	}{
		"a unit of nobody":   {func(in *newBallot) { in.Marks[0].Unit = tenant.NewID() }, ErrMarks, "marks[0].unit"},
		"their own":          {func(in *newBallot) { in.Marks[0].Unit = w.units["甲局"].ID }, ErrMarks, "marks[0].unit"},
		"a unit twice":       {func(in *newBallot) { in.Marks[1] = in.Marks[0] }, ErrMarks, "marks[1].unit"},
		"one is left out":    {func(in *newBallot) { in.Marks = in.Marks[:1] }, ErrMarks, "marks"},
		"more than there is": {func(in *newBallot) { in.Marks[1].Points = amount("100.01") }, ErrMost, "marks[1].points"},
	} {
		in := w.ballot(first, given)
		tt.change(&in)
		refused(w, name, w.one, vote, in, tt.want, tt.field)
	}
	refused(w, "closed too early", w.boss, shut, pollEnd{p.ID, p.Version}, ErrPollOpen, "")
	if got := must(w, w.one, vote, w.ballot(first, given)); got.At == nil {
		t.Errorf("given = %+v", got)
	}
	refused(w, "given twice", w.one, vote, w.ballot(first, given), ErrGiven, "")
	must(w, two, vote, w.ballot(w.ticket(two), map[string]string{"甲局": "88", "规划处": "60"}))
	must(w, w.a, vote, w.ballot(second, map[string]string{"甲局": "95.5", "乙局": "80", "规划处": "90"}))
	must(w, w.b, vote, w.ballot(w.ticket(w.b), map[string]string{"甲局": "90", "乙局": "81", "规划处": "91"}))
	refused(w, "another tenant closes", w.one, shut, pollEnd{p.ID, p.Version}, ErrPollNotFound, "")
	refused(w, "stale", w.boss, shut, pollEnd{p.ID, 9}, ErrStale, "")
	p = must(w, w.boss, shut, pollEnd{p.ID, p.Version})
	// 甲局: 88 × 0.4 + 92.75 × 0.6; 乙局: 80 × 0.4 + 80.5 × 0.6; 规划处: 65 × 0.4 + 90.5 × 0.6
	for i, want := range []string{"90.85", "80.3", "80.3"} {
		if got := p.Results[i]; got.Figure == nil || got.Figure.String() != want {
			t.Errorf("%s = %v, want %s", got.Unit.Name, got.Figure, want)
		}
	}
	refused(w, "closed twice", w.boss, shut, pollEnd{p.ID, p.Version}, ErrState, "")
	w.recompute()
	var points string
	w.ok(tenanttest.Admin(t).QueryRow(`select points from assess_entries where round_id = $1 and unit_id = $2 and rule_code = 'mutual'`, w.round, w.units["甲局"].ID).Scan(&points))
	if !amount(points).Equal(amount("9.085")) {
		t.Errorf("the rule gives %s, want 9.085", points)
	}
	if text := tenant.JSON(p); strings.Contains(text, "95.5") || strings.Contains(text, "复核甲") {
		t.Errorf("the poll says who gave what: %s", text)
	}
}

// Whoever fills in a unit's ballot and belongs to a unit on it by another
// membership gives that one nothing.
func TestABallotLeavesOutEveryUnitOfOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(w, w.boss, ask, w.asks())
	w.joins(w.one, w.units["乙局"].ID, tenant.NewID(), "填报人", uuid.Nil)
	mine := w.ticket(w.one)
	all := w.ballot(mine, map[string]string{"乙局": "100", "规划处": "70"})
	refused(w, "a unit of one's own", w.one, vote, all, ErrOwnUnit, "")
	in := newBallot{ID: mine.ID}
	for _, u := range mine.Units {
		if u.Name == "规划处" {
			in.Marks = append(in.Marks, Mark{u.ID, amount("70")})
		}
	}
	must(w, w.one, vote, in)
}

// A ballot is late by the poll being put off alone; a ballot another tenant
// writes for a ticket that is not its own counts for nothing.
func TestLateAndForgedBallots(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := must(w, w.boss, ask, w.asks())
	other := w.member(w.units["乙局"].ID, "乙局的人", uuid.Nil)
	w.write(other, func(tx *tenant.Tx) error {
		_, err := tx.Exec(other, `insert into review_ballots (ticket_id, caller_id, marks, at) values ($1, $2, $3, now())`, w.ticket(w.one).ID, w.hq,
			tenant.JSON([]Mark{{w.units["乙局"].ID, amount("100")}}))
		return err
	})
	w.sql(`update review_polls set due_day = $2::date where id = $1`, p.ID, day(-1))
	w.sql(`update review_tickets set due_day = $2::date where poll_id = $1`, p.ID, day(-1))
	refused(w, "late", w.a, vote, w.ballot(w.ticket(w.a), map[string]string{"甲局": "90", "乙局": "80", "规划处": "70"}), ErrOverdue, "")
	refused(w, "put off without a reason", w.boss, putOff, postponement{p.ID, p.Version, day(0), " "}, fault.New(fault.Invalid, "request.missing"), "reason")
	refused(w, "put off beyond the round", w.boss, putOff, postponement{p.ID, p.Version, day(400), "出差"}, ErrAfterRound, "due_day")
	p = must(w, w.boss, putOff, postponement{p.ID, p.Version, day(0), "领导出差"})
	must(w, w.a, vote, w.ballot(w.ticket(w.a), map[string]string{"甲局": "90", "乙局": "80", "规划处": "70"}))
	p = must(w, w.boss, getPoll, ref{p.ID})
	ends := func(n int) { w.sql(`update assess_rounds set to_day = $2::date where id = $1`, w.round, day(n)) }
	ends(1)
	refused(w, "while it runs", w.boss, shut, pollEnd{p.ID, p.Version}, ErrPollOpen, "")
	ends(-1)
	refused(w, "when it would not count", w.boss, shut, pollEnd{p.ID, p.Version}, ErrPollLate, "")
	ends(0)
	p = must(w, w.boss, shut, pollEnd{p.ID, p.Version})
	if got := p.Results[1]; got.Marks != 1 || got.Figure.String() != "80" {
		t.Errorf("乙局 = %+v, want the one ballot that was asked for", got)
	}
	q := must(w, w.boss, listPolls, pollList{Round: &w.round})
	if len(q.Items) != 1 || q.Items[0].Answered != 1 {
		t.Errorf("polls = %+v", q.Items)
	}
}

// A poll that was cancelled asks nobody, and another can be held.
func TestCancellingAPoll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := must(w, w.boss, ask, w.asks())
	mine := w.ticket(w.a)
	must(w, w.boss, drop, reasoned{p.ID, p.Version, "范围有误"})
	refused(w, "cancelled", w.a, vote, w.ballot(mine, map[string]string{"甲局": "90", "乙局": "80", "规划处": "70"}), ErrTicketNotFound, "")
	must(w, w.boss, ask, w.asks())
}
