package verdict

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/attachment"
	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func three() []got {
	return []got{{"甲局", "95", "40", "2"}, {"乙局", "85", "38", "0"}, {"规划处", "91", "36", "0"}}
}

// noticed is a world whose notice is open.
func noticed(t *testing.T) (*world, uuid.UUID) {
	t.Helper()
	w := newWorld(t, three()...)
	w.set()
	w.wide()
	return w, must(w.boss, w, w.v.openNotice, ref{w.round}).Notice.ID
}

func (w *world) against(notice uuid.UUID, unit, code string) appealIn {
	return appealIn{ID: notice, Unit: w.units[unit].ID, Entry: entryOf(w.round, w.units[unit].ID, code), Claimed: "60",
		Grounds: Grounds{Reason: "两条信息未计入", URL: "https://example.org/1"}}
}

// A notice shows what the result was to every unit it is about, and to each its
// own lines alone; what is shown never changes (R308, AS-04).
func TestANoticeIsASnapshot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, three()...)
	stranger, _ := tenanttest.As(t, tenanttest.Tenant(t, uuid.Nil, "外单位"))
	refused(stranger, w, "another tenant", w.v.openNotice, ref{w.round}, assess.ErrRoundNotFound, "")
	refused(w.boss, w, "without a calendar", w.v.openNotice, ref{w.round}, ErrNoCalendar, "")
	w.set()
	w.sql(`update assess_rounds set to_day = (now() at time zone 'Asia/Shanghai')::date where id = $1`, w.round)
	refused(w.boss, w, "of a period that is not over", w.v.openNotice, ref{w.round}, ErrRoundRunning, "")
	w.sql(`update assess_rounds set to_day = (now() at time zone 'Asia/Shanghai')::date - 2, digest = '' where id = $1`, w.round)
	refused(w.boss, w, "of what is not worked out", w.v.openNotice, ref{w.round}, assess.ErrNotComputed, "")
	w.scored(three()...)
	w.later(10)
	refused(w.boss, w, "that would end late", w.v.openNotice, ref{w.round}, ErrLate, "")
	w.wide()
	p := must(w.boss, w, w.v.openNotice, ref{w.round})
	today := calendar.DateOf(w.now())
	until, _ := calendar.Default().AddWorkdays(today, 5)
	if n := p.Notice; n == nil || n.Until != until.String() || n.AppealBy != until.String() || n.Units != 3 || n.ResultDigest == "" {
		t.Fatalf("notice = %+v, want five working days until %s", p.Notice, until)
	}
	refused(w.boss, w, "a second one", w.v.openNotice, ref{w.round}, ErrNoticeOpen, "")

	l := must(w.of("甲局"), w, w.v.shown, shownList{})
	if len(l.Items) != 1 || l.Items[0].Unit.Name != "甲局" || l.Items[0].Left != 5 || l.Items[0].Total.String() != "95" || l.Items[0].IssuerName != "省厅" {
		t.Fatalf("shown to 甲局 = %+v", l.Items)
	}
	d := must(w.of("甲局"), w, w.v.shownIn, ref{p.Notice.ID})
	s := d.Items[0]
	if len(d.Items) != 1 || len(s.Lines) != 3 || len(s.Posted) != 3 || s.Posted[0].Unit != "规划处" || digestOf([]byte(s.Text)) != s.Notice.Digest {
		t.Errorf("one notice = %+v", d)
	}
	if text := tenant.JSON(d); strings.Contains(text, "考核专员") || strings.Contains(text, w.units["乙局"].ID.String()) {
		t.Error("a unit reads who judged it, or another's lines (AS-04)")
	}
	if d := must(w.of("规划处"), w, w.v.shownIn, ref{p.Notice.ID}); len(d.Items) != 1 || d.Items[0].Unit.Name != "规划处" {
		t.Errorf("shown to the department = %+v", d.Items)
	}
	refused(stranger, w, "a stranger's look", w.v.shownIn, ref{p.Notice.ID}, ErrNoNotice, "")
	w.scored(got{"甲局", "10", "0", "0"}, three()[1], three()[2])
	if again := must(w.of("甲局"), w, w.v.shownIn, ref{p.Notice.ID}); again.Items[0].Total.String() != "95" || again.Items[0].Text != s.Text {
		t.Error("what was shown has changed with the result")
	}
	if _, err := tenanttest.Admin(t).Exec(`set role hetu_app; update verdict_notices set text = ''`); err == nil {
		t.Error("the application may rewrite a notice")
	}
}

// A unit appeals against one line of its own, with evidence, in time.
func TestAppealing(t *testing.T) {
	t.Parallel()
	w, n := noticed(t)
	one := w.of("甲局")
	stranger, _ := tenanttest.As(t, tenanttest.Tenant(t, uuid.Nil, "外单位"))
	refused(stranger, w, "another tenant", w.v.raise, w.against(n, "甲局", "adopted"), ErrNoNotice, "")
	refused(w.of("乙局"), w, "for another unit", w.v.raise, w.against(n, "甲局", "adopted"), ErrNoNotice, "")
	refused(w.boss, w, "for a department not one's own", w.v.raise, w.against(n, "规划处", "adopted"), ErrNoNotice, "")
	in := w.against(n, "甲局", "adopted")
	for name, tt := range map[string]struct {
		change func(*appealIn)
		want   *fault.Error
		field  string
	}{
		"no evidence":        {func(a *appealIn) { a.URL = "" }, ErrEvidence, "url"},
		"no address":         {func(a *appealIn) { a.URL = "javascript:alert(1)" }, ErrURL, "url"},
		"no reason":          {func(a *appealIn) { a.Reason = " \n" }, feature.ErrMissing, "reason"},
		"another's line":     {func(a *appealIn) { a.Entry = entryOf(w.round, w.units["乙局"].ID, "adopted") }, ErrLine, "entry_id"},
		"another's upload":   {func(a *appealIn) { id := w.proof(w.of("乙局"), "x"); a.Upload = &id }, attachment.ErrNotFound, ""},
		"no line that earns": {func(a *appealIn) { a.Entry = w.fixed(n) }, ErrLineFixed, "entry_id"},
	} {
		bad := in
		tt.change(&bad)
		refused(one, w, name, w.v.raise, bad, tt.want, tt.field)
	}
	file := w.proof(one, "采用通知原件")
	in.Upload = &file
	a := must(one, w, w.v.raise, in)
	if a.State != "waiting" || a.Level != 1 || a.Line != "信息采用" || a.Claimed.String() != "60" || a.FileName != "依据.txt" {
		t.Errorf("raised = %+v", a)
	}
	again := w.against(n, "甲局", "adopted")
	refused(one, w, "twice", w.v.raise, again, ErrAppealed, "entry_id")

	l := must(w.boss, w, w.v.appeals, appealList{ID: w.round})
	if len(l.Items) != 1 || !l.Items[0].May || l.Items[0].Left != 10 || l.Items[0].Unit.Name != "甲局" {
		t.Fatalf("appeals = %+v", l.Items)
	}
	for name, ctx := range map[string]context.Context{"above": w.boss, "own": one} {
		open := w.v.file
		if name == "own" {
			open = w.v.ownFile
		}
		c := must(ctx, w, open, ref{a.ID})
		r, err := c.Open(t.Context())
		w.ok(err)
		b, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil || string(b) != "采用通知原件" {
			t.Errorf("the evidence as %s sees it = %q %v", name, b, err)
		}
	}
	refused(w.of("乙局"), w, "another unit's look at the evidence", w.v.file, ref{a.ID}, ErrAppealNotFound, "")
	refused(w.of("乙局"), w, "another unit's look at it as its own", w.v.ownFile, ref{a.ID}, ErrAppealNotFound, "")
	refused(w.of("乙局"), w, "taking back another's", w.v.withdraw, ref{a.ID}, ErrAppealNotFound, "")
	if back := must(one, w, w.v.withdraw, ref{a.ID}); back.State != "withdrawn" {
		t.Errorf("withdrawn = %+v", back)
	}
	refused(one, w, "taking back twice", w.v.withdraw, ref{a.ID}, ErrWithdrawn, "")
	if _, err := tenanttest.Admin(t).Exec(`update verdict_appeals set reason = 'x' where id = $1`, a.ID); err == nil {
		t.Error("an appeal can be rewritten (AS-04)")
	}
	refused(w.boss, w, "answering what was withdrawn", w.v.answer, answerIn{ID: a.ID, Outcome: "rejected", Reasons: "x"}, ErrWithdrawn, "")
	must(one, w, w.v.raise, again) // and once more

	w.later(20)
	refused(one, w, "after the last day", w.v.raise, w.against(n, "甲局", "party"), ErrAppealLate, "")
	unit := w.units["甲局"].ID
	until, _ := calendar.Default().AddWorkdays(calendar.DateOf(w.now()), 2)
	permit := permitIn{ID: w.round, Step: appeal, Unit: &unit, Until: until.String(), Reason: "通信中断，未及时收到公示"}
	all := permit
	all.Unit = nil
	refused(w.second, w, "a permit for all", w.v.permit, all, ErrUnit, "unit_id")
	insider := w.second
	w.joins(account(insider), unit, tenant.NewID(), "兼职", uuid.Nil)
	refused(insider, w, "a permit by one of its own", w.v.permit, permit, assess.ErrOwnUnit, "")
	third := w.may(w.member(w.hq, "副主任", w.office), Manage, View)
	must(third, w, w.v.permit, permit)
	if a := must(one, w, w.v.raise, w.against(n, "甲局", "party")); a.State != "waiting" {
		t.Errorf("with a permit = %+v", a)
	}
	refused(w.of("乙局"), w, "of another unit", w.v.raise, w.against(n, "乙局", "party"), ErrAppealLate, "")
}

// A notice that another one has replaced says so, and takes no appeal, although
// the unit has leave to appeal late.
func TestAReplacedNoticeTakesNoAppeal(t *testing.T) {
	t.Parallel()
	w, n := noticed(t)
	if s := must(w.of("甲局"), w, w.v.shownIn, ref{n}).Items[0]; s.Replaced {
		t.Errorf("the only notice = %+v", s)
	}
	w.later(20)
	second := must(w.boss, w, w.v.openNotice, ref{w.round}).Notice.ID
	unit := w.units["甲局"].ID
	until, _ := calendar.Default().AddWorkdays(calendar.DateOf(w.now()), 9)
	third := w.may(w.member(w.hq, "副主任", w.office), Manage, View)
	must(third, w, w.v.permit, permitIn{ID: w.round, Step: appeal, Unit: &unit, Until: until.String(), Reason: "通信中断"})
	for _, s := range must(w.of("甲局"), w, w.v.shown, shownList{}).Items {
		if s.Replaced != (s.Notice.ID == n) || s.Left < 0 {
			t.Errorf("in the list, replaced = %t, %d days left", s.Replaced, s.Left)
		}
	}
	if s := must(w.of("甲局"), w, w.v.shownIn, ref{n}).Items[0]; !s.Replaced {
		t.Error("it does not say that it was replaced")
	}
	refused(w.of("甲局"), w, "against the old one", w.v.raise, w.against(n, "甲局", "party"), ErrNoticeOld, "")
	if a := must(w.of("甲局"), w, w.v.raise, w.against(second, "甲局", "party")); a.State != "waiting" {
		t.Errorf("against the new one = %+v", a)
	}
}

func account(ctx context.Context) uuid.UUID {
	a, err := tenant.From(ctx)
	if err != nil {
		return uuid.Nil
	}
	return a.Account
}

// fixed makes one of 甲局's lines one that only follows from others.
func (w *world) fixed(notice uuid.UUID) uuid.UUID {
	w.t.Helper()
	id := entryOf(w.round, w.units["甲局"].ID, "off")
	w.sql(`update verdict_shown set lines = (select jsonb_agg(case when l->>'id' = $2 then l || '{"part":"limit"}' else l end) from jsonb_array_elements(lines) l)
	        where notice_id = $1 and unit_name = '甲局'`, notice, id.String())
	return id
}

// An appeal is answered with reasons, in time, by somebody who had no part in the
// line; accepting it proposes a correction that another has to confirm.
func TestAnswering(t *testing.T) {
	t.Parallel()
	w, n := noticed(t)
	one := w.of("甲局")
	a := must(one, w, w.v.raise, w.against(n, "甲局", "adopted"))
	yes := answerIn{ID: a.ID, Outcome: "accepted", Reasons: "经核，两条信息确已采用", Corrected: "60"}
	no := answerIn{ID: a.ID, Outcome: "rejected", Reasons: "两条均为重复报送"}
	stranger, _ := tenanttest.As(t, tenanttest.Tenant(t, uuid.Nil, "外单位"))
	refused(stranger, w, "another tenant", w.v.answer, no, ErrAppealNotFound, "")
	refused(one, w, "the unit itself", w.v.answer, no, ErrAppealNotFound, "")
	w.did = func(rule string) bool { return rule == "adopted" }
	refused(w.boss, w, "who reviewed the line", w.v.answer, no, ErrAssessedIt, "")
	if l := must(w.boss, w, w.v.appeals, appealList{ID: w.round, State: "waiting"}); l.Items[0].May || l.Items[0].Hindrance != ErrAssessedIt.Code {
		t.Errorf("list = %+v, want why not", l.Items)
	}
	w.did = func(string) bool { return false }
	insider := w.may(w.member(w.hq, "挂职干部", w.office), View, Answer, assess.Propose)
	w.joins(account(insider), w.units["甲局"].ID, tenant.NewID(), "挂职干部", uuid.Nil)
	refused(insider, w, "who belongs to the unit by another membership", w.v.answer, no, assess.ErrOwnUnit, "")
	refused(w.boss, w, "without reasons", w.v.answer, answerIn{ID: a.ID, Outcome: "rejected", Reasons: " "}, feature.ErrMissing, "reasons")
	refused(w.boss, w, "accepted without a value", w.v.answer, answerIn{ID: a.ID, Outcome: "accepted", Reasons: "对"}, ErrCorrected, "corrected")
	powerless := rbac.With(w.boss, rbac.Fixed(Answer))
	refused(powerless, w, "who may not propose", w.v.answer, yes, rbac.ErrDenied, "")
	w.sql(`update verdict_docket set due = (now() at time zone 'Asia/Shanghai')::date - 1 where appeal_id = $1`, a.ID)
	w.tells(w.hq)
	w.sql(`update verdict_docket set due = (now() at time zone 'Asia/Shanghai')::date - 1, received_at = now() where appeal_id = $1`, a.ID)
	refused(w.boss, w, "late", w.v.answer, no, ErrLate, "")
	w.tells(w.hq)
	if w.told(w.boss, "verdict.appeal_arrived") != 1 || w.told(w.second, "verdict.answer_late") != 1 {
		t.Error("nobody was told that an appeal came, or that it is late")
	}
	unit := w.units["甲局"].ID
	until, _ := calendar.Default().AddWorkdays(calendar.DateOf(w.now()), 2)
	must(w.second, w, w.v.permit, permitIn{ID: w.round, Step: answer, Unit: &unit, Until: until.String(), Reason: "需向刊物编辑部核实"})

	done := must(w.boss, w, w.v.answer, yes)
	if done.State != "accepted" || done.Adjusted != "proposed" || done.Adjustment == nil || done.AnsweredBy != "考核专员" || done.AgainBy == "" {
		t.Errorf("answered = %+v", done)
	}
	var system, corrected, reason string
	w.ok(tenanttest.Admin(t).QueryRow(`select system_points, corrected_points, reason from assess_adjustments where id = $1 and state = 'proposed'`, *done.Adjustment).
		Scan(&system, &corrected, &reason))
	if system != "57" || corrected != "60" || reason != yes.Reasons {
		t.Errorf("correction from %s to %s because %s", system, corrected, reason)
	}
	refused(w.second, w, "twice", w.v.answer, no, ErrAnswered, "")
	refused(one, w, "taking back what was answered", w.v.withdraw, ref{a.ID}, ErrAnswered, "")
	d := must(one, w, w.v.shownIn, ref{n})
	if r := d.Items[0].Appeals; len(r) != 1 || r[0].State != "accepted" || r[0].Reasons != yes.Reasons || strings.Contains(tenant.JSON(r), "考核专员") {
		t.Errorf("the unit sees %+v, want the reasons and not the person (AS-04)", r)
	}
	w.tells(unit)
	if w.told(one, "verdict.appeal_accepted") != 1 || w.told(one, "verdict.notice_shown") != 1 {
		t.Error("the unit was not told of the notice and of the answer")
	}
}

// Against an answer one appeals once more; the answer to that is another
// person's and final.
func TestTheSecondAnswerIsFinal(t *testing.T) {
	t.Parallel()
	w, n := noticed(t)
	one := w.of("规划处")
	a := must(one, w, w.v.raise, w.against(n, "规划处", "adopted"))
	g := Grounds{Reason: "补充刊物原件", URL: "https://example.org/2"}
	refused(one, w, "before the first is answered", w.v.again, againIn{a.ID, g}, ErrNotAnswered, "")
	must(w.boss, w, w.v.answer, answerIn{ID: a.ID, Outcome: "rejected", Reasons: "未见原件"})
	refused(w.of("甲局"), w, "another unit", w.v.again, againIn{a.ID, g}, ErrAppealNotFound, "")
	b := must(one, w, w.v.again, againIn{a.ID, g})
	if b.Level != 2 || *b.FirstID != a.ID || b.State != "waiting" {
		t.Errorf("second = %+v", b)
	}
	refused(one, w, "a third", w.v.again, againIn{a.ID, g}, ErrAppealed, "entry_id")
	no := answerIn{ID: b.ID, Outcome: "rejected", Reasons: "原件不是本年度的"}
	refused(w.boss, w, "the same person", w.v.answer, no, ErrSameAnswerer, "")
	refused(w.twin(w.boss), w, "the same person under another name", w.v.answer, no, ErrSameAnswerer, "")
	if done := must(w.second, w, w.v.answer, no); done.AgainBy != "" || done.State != "rejected" {
		t.Errorf("final = %+v", done)
	}
	refused(one, w, "after the final answer", w.v.again, againIn{b.ID, g}, ErrFinal, "")

	c := must(one, w, w.v.raise, w.against(n, "规划处", "party"))
	must(w.boss, w, w.v.answer, answerIn{ID: c.ID, Outcome: "rejected", Reasons: "无"})
	w.later(20)
	refused(one, w, "too late for a second", w.v.again, againIn{c.ID, g}, ErrAppealLate, "")
}

// Against what two people decided one appeals as well: accepting takes it back.
func TestAppealingAgainstAnEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, three()...)
	w.set()
	w.wide()
	event := w.event("penalty", "-2", "")
	w.sql(`insert into assess_entries (tenant_id, id, round_id, unit_kind, unit_id, seq, rule_code, rule_name, rule_version, part, formula, n, points_before, points,
	         deed_tenants, deeds, deed_points, deed_notes) select tenant_id, $2::uuid, $1, 'tenant', $3, 9, '_events', '扣分：迟报', 1, 'penalty:' || $2::text, '', 0, -2, -2, '{}', '{}', '{}', '{}'
	         from assess_rounds where id = $1`, w.round, event, w.units["甲局"].ID)
	n := must(w.boss, w, w.v.openNotice, ref{w.round}).Notice.ID
	in := w.against(n, "甲局", "adopted")
	in.Entry = event
	a := must(w.of("甲局"), w, w.v.raise, in)
	done := must(w.boss, w, w.v.answer, answerIn{ID: a.ID, Outcome: "accepted", Reasons: "迟报因系统停机"})
	if !done.Event || done.Adjusted != "proposed" || done.Corrected != nil {
		t.Errorf("answered = %+v", done)
	}
	if k := w.count(`select count(*) from assess_adjustments where id = $1 and reverses = $2 and points = 2`, *done.Adjustment, event); k != 1 {
		t.Error("accepting does not propose to take the event back")
	}
	if l := must(w.boss, w, w.v.appeals, appealList{ID: w.round}); !slices.ContainsFunc(l.Items, func(a Appeal) bool { return a.Event && a.State == "accepted" }) {
		t.Errorf("list = %+v", l.Items)
	}
}

// event is a confirmed event about 甲局.
func (w *world) event(kind, points, effect string) uuid.UUID {
	w.t.Helper()
	id := tenant.NewID()
	w.write(w.boss, func(tx *tenant.Tx) error {
		_, err := tx.Exec(w.boss, `
			insert into assess_adjustments (id, round_id, unit_kind, unit_id, unit_name, type, rule_code, rule_name, points, effect, title, happened_on, reason,
			                                proof_url, by_id, by_account, by_name, at)
			     values ($1, $2, 'tenant', $3, '甲局', $4, '_events', '事项', $5, $6, '迟报', (now() at time zone 'Asia/Shanghai')::date, '迟报', 'https://example.org', $1, $1, '甲', now())`,
			id, w.round, w.units["甲局"].ID, kind, points, effect)
		if err == nil {
			d := tx.Deed(tenant.Deed{Kind: "assess.adjusted", Unit: w.units["甲局"].ID, UnitKind: "tenant", Item: "assess/adjustment/" + id.String(), Title: "迟报"})
			_, err = tx.Exec(w.boss, `
				update assess_adjustments set state = 'confirmed', deed_id = $2, decided_id = $2, decided_account = $2, decided_name = '乙', decided_at = now(),
				       decided_day = (now() at time zone 'Asia/Shanghai')::date where id = $1`, id, d)
		}
		return err
	})
	return id
}
