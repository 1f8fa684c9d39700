package demo

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// said is what readers say of what they read.
var said = []string{
	"数据很及时，建议同步附上各市明细。",
	"已转发有关科室学习。",
	"请问文中提到的工作方案什么时候印发？",
	"做法具体，我处准备参照开展一次自查。",
	"建议在正文后附上联系人电话，便于对接。",
	"照片很清楚，现场情况一目了然。",
}

// discuss has people confirm what they have taken note of, say something, and
// put first what shall stand first.
func (m *maker) discuss(ctx context.Context, hq *house) error {
	clerk := hq.who("clerk")
	notices, err := newest(ctx, clerk, hq.columns["通知"], 3)
	if err != nil {
		return err
	}
	news, err := newest(ctx, clerk, hq.columns["防汛抗旱"], 3)
	if err != nil {
		return err
	}
	steps := m.confirmed(hq, notices)
	for i, n := range notices[:min(2, len(notices))] {
		steps = append(steps, m.first(hq.who("office-publisher"), n, m.before(time.Duration(6-i)*time.Hour)))
	}
	if len(news) > 1 {
		steps = append(steps, m.first(hq.who("flood-publisher"), news[1], m.before(7*time.Hour)))
	}
	for i, n := range news {
		steps = append(steps, m.comments(hq, n, i)...)
	}
	return m.play(ctx, hq, m.soon(steps))
}

// first puts an item first for a month.
func (m *maker) first(by *member, n line, at time.Time) step {
	if at.Before(*n.PublishedAt) {
		at = m.diary.later(*n.PublishedAt, 5*time.Minute)
	}
	return step{at, func(ctx context.Context) error {
		return by.post(ctx, "/publish/items/"+n.ID.String()+"/pin", map[string]string{"until": m.clock.now.AddDate(0, 1, 0).Format(time.DateOnly)}, nil)
	}}
}

// confirmed are those at work who confirm notices.
func (m *maker) confirmed(hq *house, notices []line) (steps []step) {
	for i, n := range notices {
		for _, r := range hq.members {
			if r.csrf == "" || r.as == "flood-head" || hq.rnd.IntN(10) < 2+i {
				continue // the head is left something to do
			}
			at := m.diary.later(*n.PublishedAt, time.Duration(20+hq.rnd.IntN(600))*time.Minute)
			steps = append(steps, step{at, func(ctx context.Context) error {
				return r.post(ctx, "/publish/items/"+n.ID.String()+"/confirm", nil, nil)
			}})
		}
	}
	return steps
}

// comments are what people say of an item; what has nothing to do with it is
// hidden.
func (m *maker) comments(hq *house, n line, nth int) (steps []step) {
	at := *n.PublishedAt
	say := func(by *member, text string, then func(context.Context, uuid.UUID) error) {
		at = m.diary.later(at, time.Duration(25+hq.rnd.IntN(90))*time.Minute)
		steps = append(steps, step{at, func(ctx context.Context) error {
			var k request
			err := by.post(ctx, "/publish/items/"+n.ID.String()+"/comments", map[string]string{"text": text}, &k)
			if err == nil && then != nil {
				err = then(ctx, k.ID)
			}
			return err
		}})
	}
	for i, as := range []string{"river-head", "build-publisher", "plan-head"}[:3-nth] {
		say(hq.who(as), said[(i+2*nth)%len(said)], nil)
	}
	if nth == 0 {
		say(hq.who("info-publisher"), "食堂周五的菜单什么时候公布？", func(ctx context.Context, id uuid.UUID) error {
			return hq.who("flood-publisher").post(ctx, "/publish/comments/"+id.String()+"/hide", map[string]string{"reason": "与本条信息无关"}, nil)
		})
	}
	return steps
}
