package demo

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// A line is an item as a list shows it.
type line struct {
	ID          uuid.UUID  `json:"id"`
	Title       string     `json:"title"`
	PublishedAt *time.Time `json:"published_at"`
}

// newest returns what stands published in a column, the newest first.
func newest(ctx context.Context, by *member, column uuid.UUID, n int) ([]line, error) {
	var l struct {
		Items []line `json:"items"`
	}
	err := by.get(ctx, "/publish/items?view=reading&sort=-published_at&limit=50&column="+column.String(), &l)
	return l.Items[:min(n, len(l.Items))], err
}

var instructions = []string{
	"做法扎实，可在全省水务系统推广。请办公室跟踪后续成效。",
	"数据清楚、问题讲得透，请建设管理处会同有关市研究解决。",
	"此项工作抓得早、抓得实，予以肯定，继续抓好落实。",
}

// feedback is what the bureaus hear of their reports: instructions of the
// leaders, and a bulletin for every quarter that is over.
func (m *maker) feedback(ctx context.Context, hq *house) error {
	clerk := hq.who("clerk")
	all, err := m.inbox(ctx, clerk)
	if err != nil {
		return err
	}
	var adopted []*envelope
	for _, e := range all {
		if e.State == "adopted" && e.SentAt.Before(m.before(90*time.Hour)) {
			adopted = append(adopted, e)
		}
	}
	var steps []step
	for i, text := range instructions {
		if len(adopted) <= i {
			break
		}
		e, leader := adopted[len(adopted)-1-i*len(adopted)/len(instructions)], hq.who([]string{"chief", "deputy", "deputy2"}[i])
		at := m.diary.later(e.SentAt, 80*time.Hour)
		steps = append(steps, step{at, e.handle(clerk, "instruct", map[string]any{
			"leader": leader.title + " " + leader.name, "text": text, "on": at.Format(time.DateOnly)})})
	}
	for _, q := range m.quarters() {
		if at := m.diary.later(q.over, 3*time.Hour); at.Before(m.end) {
			steps = append(steps, step{at, func(ctx context.Context) error {
				return clerk.post(ctx, "/exchange/bulletins", map[string]any{"title": q.name + "信息采用通报", "from": q.from, "to": q.to}, nil)
			}})
		}
	}
	return m.play(ctx, hq, steps)
}

// A push as who gives it sees it.
type push struct {
	Push struct {
		ID      uuid.UUID `json:"id"`
		Version int       `json:"version"`
	} `json:"push"`
	WorkID uuid.UUID `json:"work_id"`
}

// give lets headquarters push what its bureaus shall know, and some there read
// it. What went out by mistake is taken back.
func (m *maker) give(ctx context.Context, hq *house) error {
	clerk := hq.who("clerk")
	for i, column := range []string{"公告", "政策法规", "通知", "通知"} {
		found, err := newest(ctx, clerk, hq.columns[column], i+1)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			continue
		}
		item := found[min(i, len(found)-1)]
		if column != "通知" {
			item = found[0]
		}
		at := m.diary.later(*item.PublishedAt, time.Duration(20+15*i)*time.Minute)
		if !at.Before(m.end) {
			continue
		}
		if err := m.clock.set(ctx, hq.id, at); err != nil {
			return err
		}
		var p push
		if err := clerk.post(ctx, "/exchange/pushes", map[string]any{"item_id": item.ID, "all": true}, &p); err != nil {
			return err
		}
		if err := finished(ctx, clerk, p.WorkID); err != nil {
			return err
		}
		if column == "公告" {
			if err := m.takeBack(ctx, hq, p, at); err != nil {
				return err
			}
		}
	}
	var reading []func(context.Context) error
	for _, u := range bureaus() {
		b := m.houses[u.slug]
		reading = append(reading, func(ctx context.Context) error { return m.receive(ctx, b) })
	}
	return together(ctx, reading...)
}

func (m *maker) takeBack(ctx context.Context, hq *house, p push, at time.Time) error {
	return m.play(ctx, hq, []step{{m.diary.later(at, time.Hour), func(ctx context.Context) error {
		return hq.who("clerk").post(ctx, "/exchange/pushes/"+p.Push.ID.String()+"/withdraw",
			map[string]any{"reason": "只在厅机关范围内公布，误推送至各市。", "version": p.Push.Version}, nil)
	}}})
}

// receive lets people of a bureau read what came from above: those at work
// anyhow.
func (m *maker) receive(ctx context.Context, b *house) error {
	var l struct {
		Items []struct {
			ID       uuid.UUID `json:"id"`
			PushedAt time.Time `json:"pushed_at"`
		} `json:"items"`
	}
	if err := b.who("publisher").get(ctx, "/exchange/pushed?limit=50", &l); err != nil {
		return err
	}
	var steps []step
	for _, p := range l.Items {
		for _, r := range b.members {
			if r.csrf == "" || b.rnd.IntN(3) == 0 {
				continue
			}
			at := m.diary.later(p.PushedAt, time.Duration(30+b.rnd.IntN(700))*time.Minute)
			steps = append(steps, step{at, func(ctx context.Context) error {
				return r.post(ctx, "/exchange/pushed/"+p.ID.String()+"/read", nil, nil)
			}})
		}
	}
	return m.play(ctx, b, m.soon(steps))
}

// soon leaves out what would be in the future, in whatever order it comes.
func (m *maker) soon(steps []step) (kept []step) {
	for _, s := range steps {
		if s.at.Before(m.end) {
			kept = append(kept, s)
		}
	}
	return kept
}
