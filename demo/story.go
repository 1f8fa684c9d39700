package demo

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// A step is one thing somebody does at a time.
type step struct {
	at time.Time
	do func(context.Context) error
}

// play lets a house live through steps in the order of their times.
func (m *maker) play(ctx context.Context, h *house, steps []step) error {
	sort.SliceStable(steps, func(i, j int) bool { return steps[i].at.Before(steps[j].at) })
	var at time.Time
	for _, s := range steps {
		if s.at != at {
			at = s.at
			if err := m.clock.set(ctx, h.id, at); err != nil {
				return err
			}
		}
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("%s at %s: %w", h.slug, at.Format(time.DateTime), err)
		}
	}
	return nil
}

// A piece is one item on its way, and who has a part in it.
type piece struct {
	column             uuid.UUID
	kind, title, body  string
	source             string
	drafter, publisher *member
	reviewers          []*member // one for each level
	papers             []paper

	id, kase uuid.UUID
	version  int
	hash     string
}

// item is what the server answers about an item.
type item struct {
	ID      uuid.UUID  `json:"id"`
	Version int        `json:"version"`
	Hash    string     `json:"content_hash"`
	Case    *uuid.UUID `json:"case_id"`
	Title   string     `json:"title"`
}

func (p *piece) take(it item) {
	p.id, p.version, p.hash = it.ID, it.Version, it.Hash
	if it.Case != nil {
		p.kase = *it.Case
	}
}

func (p *piece) path(verb string) string { return "/publish/items/" + p.id.String() + verb }

// change sends something about the item and takes the answer over.
func (p *piece) change(ctx context.Context, by *member, method, path string, in any) error {
	var it item
	if err := by.do(ctx, method, path, in, &it); err != nil {
		return err
	}
	p.take(it)
	return nil
}

func (p *piece) draft(ctx context.Context) error {
	err := p.change(ctx, p.drafter, "POST", "/publish/items", map[string]any{
		"column_id": p.column, "kind": p.kind, "title": p.title, "body_html": p.body, "source": p.source})
	for _, f := range p.papers {
		if err == nil {
			err = p.attach(ctx, f)
		}
	}
	return err
}

func (p *piece) attach(ctx context.Context, f paper) error {
	var up struct {
		ID uuid.UUID `json:"id"`
	}
	if err := p.drafter.post(ctx, "/attachment/uploads", map[string]any{"name": f.file, "size": len(f.content)}, &up); err != nil {
		return err
	}
	if err := p.drafter.do(ctx, "PUT", "/attachment/uploads/"+up.ID.String()+"?offset=0", f.content, nil); err != nil {
		return err
	}
	return p.change(ctx, p.drafter, "POST", p.path("/attachments"), map[string]any{"upload_id": up.ID, "name": f.name, "summary": f.summary})
}

func (p *piece) submit(ctx context.Context) error {
	return p.change(ctx, p.drafter, "POST", p.path("/submit"), map[string]any{"online_ok": true, "version": p.version})
}

// task finds what waits for a reviewer.
func (p *piece) task(ctx context.Context, by *member) (string, error) {
	var l struct {
		Items []struct {
			ID   uuid.UUID `json:"id"`
			Case uuid.UUID `json:"case_id"`
		} `json:"items"`
	}
	if err := by.get(ctx, "/approval/tasks?state=todo&limit=200", &l); err != nil {
		return "", err
	}
	for _, t := range l.Items {
		if t.Case == p.kase {
			return "/approval/tasks/" + t.ID.String(), nil
		}
	}
	return "", fmt.Errorf("%s has no task for %s", by.login, p.title)
}

func (p *piece) approve(by *member, opinion string) func(context.Context) error {
	return func(ctx context.Context) error {
		task, err := p.task(ctx, by)
		if err != nil {
			return err
		}
		return by.post(ctx, task+"/approve", map[string]any{"opinion": opinion, "content_hash": p.hash,
			"checks": map[string]bool{"true": true, "wording": true, "safe": true, "online": true}}, nil)
	}
}

// giveBack returns the item to its drafter.
func (p *piece) giveBack(by *member, why refusal) func(context.Context) error {
	return func(ctx context.Context) error {
		task, err := p.task(ctx, by)
		if err != nil {
			return err
		}
		return by.post(ctx, task+"/return", map[string]string{"reason_code": why.code, "opinion": why.words}, nil)
	}
}

// look reads the item anew: somebody else has changed its version.
func (p *piece) look(ctx context.Context, by *member) error {
	return p.change(ctx, by, "GET", p.path(""), nil)
}

// improve is what a drafter does with an item that came back.
func (p *piece) improve(ctx context.Context) error {
	if err := p.look(ctx, p.drafter); err != nil {
		return err
	}
	return p.change(ctx, p.drafter, "PATCH", p.path(""), map[string]any{
		"body_html": p.body + "<p>（根据审核意见核对了有关数据和表述。）</p>", "version": p.version})
}

func (p *piece) publish(ctx context.Context) error {
	if err := p.look(ctx, p.publisher); err != nil {
		return err
	}
	return p.change(ctx, p.publisher, "POST", p.path("/publish"), map[string]any{"version": p.version})
}

func (p *piece) withdraw(reason string) func(context.Context) error {
	return func(ctx context.Context) error {
		return p.change(ctx, p.publisher, "POST", p.path("/withdraw"), map[string]any{"version": p.version, "reason": reason})
	}
}

func (p *piece) read(by *member) func(context.Context) error {
	return func(ctx context.Context) error { return by.post(ctx, p.path("/read"), nil, nil) }
}

// report sends the item to the tenant above.
func (p *piece) report(ctx context.Context) error {
	return p.publisher.post(ctx, "/exchange/reports", map[string]any{"item_id": p.id}, nil)
}

// A refusal is why something was not taken.
type refusal struct{ code, words string }

var refusals = []refusal{
	{"format", "标题层次不清，请按信息格式要求调整后再报。"},
	{"wording", "第二段表述不够准确，个别语句口语化，请修改。"},
	{"false", "完成数量与月报不一致，请与业务科室核对后重新提交。"},
	{"wording", "地名前后不一致，请统一。"},
	{"format", "缺少时间要素，请补充活动的具体日期。"},
}

var opinions = []string{"同意发布。", "情况属实，同意。", "已核对数据，同意发布。", "文字已看，同意。", ""}

var withdrawals = []string{"个别数据需进一步核实", "重复发布", "附件上传有误，更正后重新发布", "活动时间调整"}

// A fate is how far an item comes.
type fate int

const (
	published fate = iota
	returned       // and then published
	withdrawn      // after it was published
	leftDraft      // the rest has only begun
	leftReturned
	leftReview
	leftApproved
)

// course is the way of an item from a time on: who does what, and when. It
// returns when it was published; zero if it was not.
func (m *maker) course(h *house, p *piece, at time.Time, f fate) (steps []step, out time.Time) {
	next := func(least, most int, do func(context.Context) error) {
		at = m.diary.later(at, time.Duration(least+h.rnd.IntN(most-least+1))*time.Minute)
		steps = append(steps, step{at, do})
	}
	next(0, 20, p.draft)
	if f == leftDraft {
		return steps, out
	}
	next(15, 90, p.submit)
	if f == leftReview {
		return steps, out
	}
	if f == returned || f == leftReturned {
		next(20, 150, p.giveBack(p.reviewers[0], pick(h.rnd, refusals)))
		if f == leftReturned {
			return steps, out
		}
		next(20, 120, p.improve)
		next(2, 20, p.submit)
	}
	for _, r := range p.reviewers {
		most := 170
		if h.rnd.IntN(16) == 0 {
			most = 420 // now and then somebody is late
		}
		next(15, most, p.approve(r, pick(h.rnd, opinions)))
	}
	if f == leftApproved {
		return steps, out
	}
	next(10, 90, p.publish)
	out = at
	if f == withdrawn {
		next(20, 400, p.withdraw(pick(h.rnd, withdrawals)))
	}
	return steps, out
}

// readers are some people who read an item within days of its publication.
func (m *maker) readers(h *house, p *piece, out time.Time, from []*member, n int) (steps []step) {
	for _, i := range h.rnd.Perm(len(from))[:min(n, len(from))] {
		if at := m.diary.later(out, time.Duration(10+h.rnd.IntN(900))*time.Minute); at.Before(m.end) {
			steps = append(steps, step{at, p.read(from[i])})
		}
	}
	return steps
}

// mornings are n times at which work begins, spread over the working days from
// a to b, in order.
func (m *maker) mornings(h *house, a, b time.Time, n int) []time.Time {
	days := m.diary.days(a, b)
	ts := make([]time.Time, n)
	for i := range ts {
		d := days[(i*len(days)+h.rnd.IntN(len(days)))/n%len(days)]
		ts[i] = m.diary.later(d.At(0), time.Duration(5+h.rnd.IntN(300))*time.Minute)
	}
	slices.SortFunc(ts, time.Time.Compare)
	return ts
}

// An envelope as lists show it.
type envelope struct {
	ID   uuid.UUID `json:"id"`
	Peer struct {
		ID   uuid.UUID `json:"id"`
		Name string    `json:"name"`
	} `json:"peer"`
	Title     string    `json:"title"`
	State     string    `json:"state"`
	SentAt    time.Time `json:"sent_at"`
	Version   int       `json:"version"`
	Adoptions []struct {
		Journal string `json:"journal_name"`
	} `json:"adoptions"`
}

// inbox reads all that came in, what came first at the top.
func (m *maker) inbox(ctx context.Context, clerk *member) (all []*envelope, err error) {
	for after := ""; ; {
		var l struct {
			Items []*envelope `json:"items"`
			Next  string      `json:"next"`
		}
		if err := clerk.get(ctx, "/exchange/inbox?limit=200&after="+after, &l); err != nil {
			return nil, err
		}
		all = append(all, l.Items...)
		if after = l.Next; after == "" {
			break
		}
	}
	slices.SortStableFunc(all, func(a, b *envelope) int { return a.SentAt.Compare(b.SentAt) })
	return all, nil
}

// handle does something with an envelope.
func (e *envelope) handle(by *member, verb string, in map[string]any) func(context.Context) error {
	return func(ctx context.Context) error {
		body := map[string]any{"version": e.Version}
		for k, v := range in {
			body[k] = v
		}
		return by.post(ctx, "/exchange/envelopes/"+e.ID.String()+"/"+verb, body, e)
	}
}

// journal opens a journal, or finds the one there is.
func journal(ctx context.Context, by *member, name, level, kind string) (uuid.UUID, error) {
	var made struct {
		ID uuid.UUID `json:"id"`
	}
	err := by.post(ctx, "/exchange/journals", map[string]string{"name": name, "level": level, "kind": kind}, &made)
	return made.ID, err
}

// year is the year of the story, as text.
func (m *maker) year() string { return strconv.Itoa(m.begin.Year()) }
