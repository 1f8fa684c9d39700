package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

func fields(s string) []string { return strings.Fields(s) }

// tellProvince lets a province live through its year.
func tellProvince(ctx context.Context, m *maker) error {
	if err := m.settle(ctx, append([]unit{headquarters()}, bureaus()...)...); err != nil {
		return err
	}
	hq := m.houses["qc-shuiwuting"]
	m.say("9 个单位、%d 人已就位", m.people())
	if err := m.furnish(ctx, hq); err != nil {
		return err
	}
	lives := []func(context.Context) error{func(ctx context.Context) error { return m.live(ctx, hq, headquartersDesks(hq), false) }}
	for i, u := range bureaus() {
		h := m.houses[u.slug]
		lives = append(lives, func(ctx context.Context) error {
			if err := h.arrange(ctx, h.head("办公室"), bureauColumns(h)); err != nil {
				return err
			}
			return m.live(ctx, h, bureauDesks(h, 34-2*i), true)
		})
	}
	if err := together(ctx, lives...); err != nil {
		return err
	}
	m.say("信息已按拟稿、审核、发布的流程办理完毕")
	for _, do := range []func(context.Context, *house) error{m.solicit, m.clerk, m.feedback, m.give} {
		if err := do(ctx, hq); err != nil {
			return err
		}
	}
	m.say("各市上报的信息已接收、采用，约稿、批示、通报、推送已办理")
	if err := m.busy(ctx, hq); err != nil {
		return err
	}
	m.say("栏目申请、检查、撤稿申请、评论已办理")
	if err := m.assess(ctx, hq); err != nil {
		return err
	}
	m.say("季度考核已核算")
	if err := m.targets(ctx, hq); err != nil {
		return err
	}
	m.say("全年目标已分解、签收，进展已逐月报告")
	if err := m.scheming(ctx, hq); err != nil {
		return err
	}
	m.say("下年方案已起草、可试算，处室考核范本已下发")
	if err := m.review(ctx, hq); err != nil {
		return err
	}
	m.say("自评已布置、部分报送和复核，民主测评进行中")
	if err := m.verdict(ctx, hq); err != nil {
		return err
	}
	m.say("上半年考核结果公示中，两个市局提出申诉")
	if err := m.offices(ctx, hq); err != nil {
		return err
	}
	m.introduce(hq)
	return m.tellCompanies(ctx)
}

// offices lets headquarters settle who may what, and who is responsible.
func (m *maker) offices(ctx context.Context, hq *house) error {
	if err := m.rights(ctx, hq); err != nil {
		return err
	}
	m.say("三员已分设，权限申请、冻结已办理")
	if err := m.phones(ctx, hq); err != nil {
		return err
	}
	m.say("企业微信替身已接入，消息开始外发")
	if err := m.tenancies(ctx, hq); err != nil {
		return err
	}
	if err := m.staffing(ctx, hq); err != nil {
		return err
	}
	m.say("责任人员已提名、批准，账号申请待办理")
	return nil
}

func (m *maker) people() (n int) {
	for _, h := range m.houses {
		n += len(h.members) + 1
	}
	return n
}

// furnish opens the columns and journals of headquarters.
func (m *maker) furnish(ctx context.Context, hq *house) error {
	if err := m.clock.set(ctx, hq.id, m.begin); err != nil {
		return err
	}
	clerk := hq.who("clerk")
	if err := hq.arrange(ctx, clerk, headquartersColumns(hq)); err != nil {
		return err
	}
	for _, member := range hq.members { // who leads sees how the own unit was scored
		if !member.head {
			continue
		}
		err := hq.admin.post(ctx, "/org/grants", map[string]any{"subject_kind": "member", "subject_id": member.id, "permission": "assess.own"}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// live lets a house write, review and publish for a year, and begin a few
// things today.
func (m *maker) live(ctx context.Context, h *house, desks []desk, reports bool) error {
	var steps []step
	for _, d := range desks {
		s, err := m.pieces(h, d, reports)
		if err != nil {
			return err
		}
		steps = append(steps, s...)
	}
	return m.play(ctx, h, steps)
}

// A begun is an item that somebody begins at a time, and how far it comes.
type begun struct {
	at time.Time
	fate
}

// beginnings are the items of one desk: those of the year, and what is under
// way as the story ends.
func (m *maker) beginnings(h *house, d desk) (bs []begun) {
	ago := func(work time.Duration) time.Time {
		at, _ := m.diary.cal.AddWorkTime(m.end, -work)
		return at
	}
	for _, at := range m.mornings(h, m.begin, ago(30*time.Hour), d.n) { // what began before is over by now
		b := begun{at, published}
		switch n := h.rnd.IntN(100); {
		case n < 9:
			b.fate = returned
		case n < 12:
			b.fate = withdrawn
		}
		bs = append(bs, b)
	}
	since := map[fate]time.Duration{published: 600, leftReview: 210, leftApproved: 510, leftDraft: 120, leftReturned: 300}
	now := d.now
	if now == nil {
		now = pick(h.rnd, [][]fate{{leftReview}, {leftApproved}, {leftDraft, published}, {leftReturned}, {leftReview, leftDraft}})
	}
	for i, f := range now {
		bs = append(bs, begun{m.diary.later(ago(since[f]*time.Minute), time.Duration(7*i)*time.Minute), f})
	}
	return bs
}

// pieces plans the items of one desk.
func (m *maker) pieces(h *house, d desk, reports bool) (steps []step, err error) {
	for i, b := range m.beginnings(h, d) {
		p := m.piece(h, d, b.at)
		if b.fate == published && h.rnd.IntN(7) == 0 {
			file, err := paperFor(h.rnd, p.title)
			if err != nil {
				return nil, err
			}
			p.papers = append(p.papers, file)
		}
		way, out := m.course(h, p, b.at, b.fate)
		steps = append(steps, m.untilNow(way)...)
		if out.IsZero() || !out.Before(m.end) || b.fate == withdrawn {
			continue
		}
		steps = append(steps, m.readers(h, p, out, h.members, 2+h.rnd.IntN(4))...)
		if reports && d.kind == "news" && (h.rnd.IntN(100) < 46 || i >= d.n) {
			if at := m.diary.later(out, time.Duration(20+h.rnd.IntN(200))*time.Minute); at.Before(m.end) {
				steps = append(steps, step{at, p.report})
			}
		}
	}
	return steps, nil
}

// piece is an item of a desk. Nobody reviews what they wrote.
func (m *maker) piece(h *house, d desk, at time.Time) *piece {
	p := &piece{column: h.columns[d.column], kind: d.kind, reviewers: d.reviewers, publisher: d.publisher, source: h.short}
	for p.drafter == nil || slices.Contains(d.reviewers, p.drafter) {
		p.drafter = pick(h.rnd, d.drafters)
	}
	p.title, p.body = h.writer.write(d.topics, at)
	return p
}

// untilNow leaves out what would be in the future.
func (m *maker) untilNow(steps []step) []step {
	i := slices.IndexFunc(steps, func(s step) bool { return s.at.After(m.end) })
	if i < 0 {
		return steps
	}
	return steps[:i]
}

// clerk is how headquarters deals with what its bureaus reported.
func (m *maker) clerk(ctx context.Context, hq *house) error {
	clerk := hq.who("clerk")
	own, err := journal(ctx, clerk, "水务信息", "own", "信息")
	if err != nil {
		return err
	}
	upper, err := journal(ctx, clerk, "省政府专报", "upper", "专报")
	if err != nil {
		return err
	}
	envelopes, err := m.inbox(ctx, clerk)
	if err != nil {
		return err
	}
	if err := m.copied(ctx); err != nil {
		return err
	}
	var steps []step
	due := true // now and then one is reprinted
	for i, e := range envelopes {
		way, again := m.answer(hq, clerk, e, own, upper, due && m.rested(e))
		due = !again && (due || i%10 == 0)
		steps = append(steps, m.untilNow(way)...)
	}
	return m.play(ctx, hq, steps)
}

// rested reports whether an envelope is old enough for all that follows it.
func (m *maker) rested(e *envelope) bool { return e.SentAt.Before(m.end.AddDate(0, 0, -14)) }

var declines = []string{"与前期已采用信息内容重复。", "信息时效性不足，请及时报送。", "内容过于简单，缺少具体做法和成效。", "不属于信息采用范围。"}

// answer plans what becomes of an envelope: received, and then adopted in one
// journal or two, declined, or neither. If it may be reprinted and is adopted,
// it is also taken into a column, and again says so.
func (m *maker) answer(hq *house, clerk *member, e *envelope, own, upper uuid.UUID, reprint bool) (steps []step, again bool) {
	at := e.SentAt
	next := func(least, most int, do func(context.Context) error) {
		at = m.diary.later(at, time.Duration(least+hq.rnd.IntN(most-least+1))*time.Minute)
		steps = append(steps, step{at, do})
	}
	next(20, 500, e.handle(clerk, "receive", nil))
	switch n := hq.rnd.IntN(100); {
	case n < 64 && reprint:
		p := &piece{drafter: clerk, publisher: hq.who("office-publisher"), reviewers: []*member{hq.head("办公室")}}
		next(60, 300, func(ctx context.Context) error { return p.uptake(ctx, e, own, hq.columns["基层动态"]) })
		next(10, 60, p.submit)
		next(20, 120, p.approve(p.reviewers[0], "同意转发。"))
		next(10, 60, p.publish)
		return steps, true
	case n < 64:
		next(60, 900, e.handle(clerk, "adopt", map[string]any{"journal_id": own}))
		if n < 16 {
			next(400, 1900, e.handle(clerk, "adopt", map[string]any{"journal_id": upper}))
		}
	case n < 72:
		next(30, 600, e.handle(clerk, "decline", map[string]any{"reason": pick(hq.rnd, declines)}))
	}
	return steps, false
}

// introduce offers a visitor one of each kind of people.
func (m *maker) introduce(hq *house) {
	m.present(hq, "系统管理员", hq.admin)
	m.present(hq, "办公室信息员（接收、采用、栏目）", hq.who("clerk"))
	m.present(hq, "考核管理员", hq.who("evaluator"))
	m.present(hq, "处室信息发布员", hq.who("flood-publisher"))
	m.present(hq, "处室负责人（审核）", hq.who("flood-head"))
	m.present(hq, "安全管理员（授权、冻结）", hq.who("security"))
	m.present(hq, "安全审计员", hq.who("auditor"))
	m.present(hq, "处室工作人员（申请权限）", hq.in("规划计划处")[2])
	m.present(hq, "规划处负责人（同意权限申请）", hq.who("plan-head"))
	b := m.houses["qc-yunling"]
	m.present(b, "市局信息员（发布、上报）", b.who("publisher"))
	m.present(b, "市局办公室（审核、管理）", b.head("办公室"))
	m.present(b, "市局局长（签收、分解目标）", b.who("chief"))
	m.present(b, "市局科员（报告目标进展）", b.who("river"))
	m.present(hq, "副厅长（复核、测评）", hq.who("deputy2"))
}

// quarter is a quarter of the story's year.
type quarter struct {
	name, from, to string
	over           time.Time // when it can be worked out
}

func (m *maker) quarters() (qs []quarter) {
	for i := range 4 {
		from := time.Date(m.begin.Year(), time.Month(3*i+1), 1, 0, 0, 0, 0, m.begin.Location())
		to := from.AddDate(0, 3, -1)
		if from.After(m.end) {
			break
		}
		over := m.diary.later(to.AddDate(0, 0, 1), time.Duration(12+i)*time.Hour)
		qs = append(qs, quarter{fmt.Sprintf("%d年第%s季度", from.Year(), []string{"一", "二", "三", "四"}[i]),
			from.Format(time.DateOnly), to.Format(time.DateOnly), over})
	}
	return qs
}
