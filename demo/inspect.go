package demo

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// A lot is an item that an inspection drew.
type lot struct {
	ItemID uuid.UUID `json:"item_id"`
	Unit   struct {
		Name string `json:"name"`
	} `json:"unit"`
}

// A finding as its answers show it.
type finding struct {
	ID      uuid.UUID `json:"id"`
	Version int       `json:"version"`
}

// faults are what inspectors find.
var faults = []struct{ class, severity, text, correction string }{
	{"format", "minor", "标题未写明时间，正文未分段，请按信息格式要求调整。", "已补充时间并重新分段，更正稿已发布。"},
	{"wording", "normal", "同一地名前后写法不一致。", "已统一地名写法，并提醒拟稿人对照地名表核对。"},
	{"slow", "normal", "事项办结后十余天才发布，信息时效不足。", "已明确三个工作日内报送的要求，落实到人。"},
	{"wording", "minor", "“进一步加大力度”等套话较多，缺少具体数据。", "已补充数据，删去空话。"},
	{"other", "minor", "配发的附件名称过于笼统，读者难以判断内容。", "已重新命名附件并补写内容摘要。"},
}

const checklist = "一、格式：标题、时间、来源是否齐全\n二、文字：数据、地名、称谓是否准确\n三、时效：是否在事项发生后三个工作日内发布\n四、附件：名称和摘要是否写清"

// inspect has the Office inspect what the departments published: the quarter
// that is over, with what came of it, and the weeks since, of which a part is
// left to do.
func (m *maker) inspect(ctx context.Context, hq *house) error {
	var over *quarter
	for _, q := range m.quarters() {
		if m.diary.later(q.over, 60*time.Hour).Before(m.end) {
			over = &q
		}
	}
	if over != nil {
		i, lots, err := m.openInspection(ctx, hq, over.name+"信息质量检查", over.from, over.to, m.diary.later(over.over, 6*time.Hour))
		if err != nil {
			return err
		}
		if err := i.finish(ctx, lots); err != nil {
			return err
		}
	}
	from, to := m.before(260*time.Hour), m.before(24*time.Hour)
	i, lots, err := m.openInspection(ctx, hq, "近期信息质量抽查", from.Format(time.DateOnly), to.Format(time.DateOnly), m.before(20*time.Hour))
	if err != nil {
		return err
	}
	return i.begin(ctx, lots)
}

// An inspection is one that was opened, and who takes part in it.
type inspection struct {
	m       *maker
	hq      *house
	id      uuid.UUID
	version int
	at      time.Time // of what happens next
}

func (m *maker) openInspection(ctx context.Context, hq *house, name, from, to string, at time.Time) (*inspection, []lot, error) {
	clerk := hq.who("clerk")
	i := &inspection{m: m, hq: hq, at: at}
	var units []uuid.UUID
	for _, d := range hq.unit.departments {
		if d.kind == "dept" || d.kind == "info" {
			units = append(units, hq.departments[d.name])
		}
	}
	var made request
	err := i.step(ctx, 0, func(ctx context.Context) error {
		return clerk.post(ctx, "/publish/inspections", map[string]any{"name": name, "from": from, "to": to, "departments": units, "sample": 2,
			"checklist": checklist, "inspectors": []uuid.UUID{clerk.id, hq.head("办公室").id}}, &made)
	})
	if err != nil {
		return nil, nil, err
	}
	i.id, i.version = made.ID, made.Version
	var l struct {
		Items []lot `json:"items"`
	}
	return i, l.Items, clerk.get(ctx, i.path("/items?limit=200"), &l)
}

func (i *inspection) path(more string) string { return "/publish/inspections/" + i.id.String() + more }

// step does something d of working time after what came before.
func (i *inspection) step(ctx context.Context, d time.Duration, do func(context.Context) error) error {
	i.at = i.m.diary.later(i.at, d)
	return i.m.play(ctx, i.hq, []step{{i.at, do}})
}

// say has somebody say something of a finding.
func (i *inspection) say(ctx context.Context, d time.Duration, f *finding, by *member, verb string, in map[string]any) error {
	return i.step(ctx, d, func(ctx context.Context) error {
		in["version"] = f.Version
		return by.post(ctx, "/publish/findings/"+f.ID.String()+"/"+verb, in, f)
	})
}

// look inspects the n-th item: every third has something wrong with it.
func (i *inspection) look(ctx context.Context, n int, l lot, wrong bool) (f *finding, err error) {
	by, path := i.hq.who("clerk"), i.path("/items/"+l.ItemID.String())
	if !wrong {
		return nil, i.step(ctx, 9*time.Minute, func(ctx context.Context) error { return by.post(ctx, path+"/pass", nil, nil) })
	}
	x := faults[n%len(faults)]
	f = &finding{}
	return f, i.step(ctx, 14*time.Minute, func(ctx context.Context) error {
		return by.post(ctx, path+"/findings", map[string]any{"class": x.class, "severity": x.severity, "text": x.text}, f)
	})
}

// finish inspects all of it, hears the departments and closes.
func (i *inspection) finish(ctx context.Context, lots []lot) error {
	clerk, found := i.hq.who("clerk"), 0
	for n, l := range lots {
		f, err := i.look(ctx, found, l, n%3 == 1)
		if err != nil {
			return err
		}
		if f == nil {
			continue
		}
		head, x := i.hq.head(l.Unit.Name), faults[found%len(faults)]
		if found++; found%4 == 0 {
			err = i.say(ctx, 2*time.Hour, f, head, "reply", map[string]any{"accept": false, "reason": "该事项按规定经上级核准后才能发布，并非报送不及时。"})
			if err == nil {
				err = i.say(ctx, time.Hour, f, clerk, "decide", map[string]any{"decision": "drop", "note": "情况属实，不计问题。"})
			}
		} else {
			err = i.say(ctx, 2*time.Hour, f, head, "reply", map[string]any{"accept": true})
			if err == nil {
				err = i.say(ctx, 3*time.Hour, f, head, "correct", map[string]any{"text": x.correction})
			}
			if err == nil && found%3 != 0 {
				err = i.say(ctx, time.Hour, f, clerk, "decide", map[string]any{"decision": "confirm"})
			}
		}
		if err != nil {
			return err
		}
	}
	return i.step(ctx, 2*time.Hour, func(ctx context.Context) error {
		return clerk.post(ctx, i.path("/close"), map[string]any{"version": i.version}, nil)
	})
}

// begin inspects a part: what was found of 水旱灾害防御处 waits for its answer.
func (i *inspection) begin(ctx context.Context, lots []lot) error {
	found := 0
	for n, l := range lots {
		flood := l.Unit.Name == "水旱灾害防御处"
		if !flood && n%5 == 4 {
			continue // not yet
		}
		f, err := i.look(ctx, found, l, flood || n%4 == 1)
		if err != nil {
			return err
		}
		if f == nil {
			continue
		}
		if found++; flood {
			continue
		}
		in := map[string]any{"accept": true}
		if found%2 == 0 {
			in = map[string]any{"accept": false, "reason": "文中用语引自上级文件原文，不宜改动。"}
		}
		if err := i.say(ctx, 20*time.Minute, f, i.hq.head(l.Unit.Name), "reply", in); err != nil {
			return err
		}
	}
	return nil
}
