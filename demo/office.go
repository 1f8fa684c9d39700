package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/google/uuid"
)

// busy is what there is to do at headquarters besides writing and reviewing.
func (m *maker) busy(ctx context.Context, hq *house) error {
	for _, do := range []func(context.Context, *house) error{m.apply, m.inspect, m.takeDown, m.mark, m.discuss} {
		if err := do(ctx, hq); err != nil {
			return err
		}
	}
	return nil
}

// An application as its answer shows it.
type application struct {
	ID       uuid.UUID  `json:"id"`
	ColumnID *uuid.UUID `json:"column_id"`
	Version  int        `json:"version"`
}

// apply has departments ask for columns: one is opened and used, one change is
// refused, one waits.
func (m *maker) apply(ctx context.Context, hq *house) error {
	clerk, flood, river, info := hq.who("clerk"), hq.who("flood-head"), hq.who("river-head"), hq.who("info-head")
	asked := m.before(320 * time.Hour)
	var opened, refused application
	ask := func(by *member, a *application, in map[string]any) func(context.Context) error {
		return func(ctx context.Context) error { return by.post(ctx, "/publish/applications", in, a) }
	}
	decide := func(a *application, verb string, in map[string]any) func(context.Context) error {
		return func(ctx context.Context) error {
			in["version"] = a.Version
			return clerk.post(ctx, "/publish/applications/"+a.ID.String()+"/"+verb, in, a)
		}
	}
	right := func(of string, who *member) map[string]any { return map[string]any{"right": of, "member_id": who.id} }
	writer, out := hq.in("水旱灾害防御处")[1], hq.who("flood-publisher")
	err := m.play(ctx, hq, []step{
		{asked, ask(flood, &opened, map[string]any{
			"reason": "山洪灾害防御信息散见于防汛抗旱栏目，各市反映不便查找，申请单独设立栏目。",
			"wish": map[string]any{"name": "山洪灾害防御", "parent_id": hq.columns["防汛抗旱"], "purpose": "发布山洪灾害监测预警、群测群防和演练信息。",
				"review_levels": 1, "kinds": []string{"news"}, "people": []map[string]any{right("draft", writer), right("review", flood), right("publish", out)}}})},
		{m.diary.later(asked, 5*time.Hour), decide(&opened, "consent", map[string]any{"note": "同意设立，请保持每月更新。"})},
		{m.diary.later(asked, 30*time.Hour), ask(river, &refused, map[string]any{"column_id": hq.columns["河湖长制"],
			"reason": "与全国平台栏目名称保持一致。", "wish": map[string]any{"name": "河长湖长在行动"}})},
		{m.diary.later(asked, 38*time.Hour), decide(&refused, "refuse", map[string]any{"reason": "栏目名称已在年度方案中确定，年内不作调整。"})},
		{m.before(4 * time.Hour), ask(info, &application{}, map[string]any{
			"reason": "网络安全通报和提示较多，放在数字水务栏目容易被忽略。",
			"wish":   map[string]any{"name": "网络安全提示", "parent_id": hq.columns["部门动态"], "purpose": "发布漏洞预警、安全提示和演练情况。", "review_levels": 1}})},
	})
	if err != nil {
		return err
	}
	p := &piece{column: *opened.ColumnID, kind: "news", title: "山洪灾害监测预警平台完成汛后检修", source: hq.short, drafter: writer, reviewers: []*member{flood}, publisher: out,
		body: "<p>截至目前，全省一千二百处自动监测站完成汛后检修，更换老化传感器八十六套。</p><p>平台同步更新危险区人员名册，预警信息可直达责任人手机。</p>"}
	steps, _ := m.course(hq, p, m.diary.later(asked, 60*time.Hour), published)
	return m.play(ctx, hq, m.untilNow(steps))
}

// A request to take something down, as its answer shows it.
type request struct {
	ID      uuid.UUID `json:"id"`
	Version int       `json:"version"`
}

// takeDown has people ask that something be taken down: it is, it is not, and
// it has not been decided yet.
func (m *maker) takeDown(ctx context.Context, hq *house) error {
	clerk := hq.who("clerk")
	for i, t := range []struct {
		column, by, reason, note string
		answer                   string // why it stays
	}{
		{"水资源管理", "water-head", "unsuitable", "文中引用的用水数据尚未公布。", "已与规划计划处核对，数据已于上周公布，不需撤下。"},
		{"建设管理", "build-head", "wrong", "正文中开工项目数与月报不一致，请先撤下，核对后重新发布。", ""},
		{"防汛抗旱", "flood-head", "mistake", "附件为未定稿版本，请撤下后由我处重新发布。", "?"},
	} {
		found, err := newest(ctx, clerk, hq.columns[t.column], 4)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			continue
		}
		it := found[min(i, len(found)-1)]
		at := m.diary.later(*it.PublishedAt, 3*time.Hour)
		if t.answer == "?" || at.After(m.before(2*time.Hour)) {
			at = m.before(40 * time.Minute)
		}
		noticed := at.Add(-20 * time.Minute)
		if noticed.Before(*it.PublishedAt) {
			noticed = at
		}
		var k request
		steps := []step{{at, func(ctx context.Context) error {
			return hq.who(t.by).post(ctx, "/publish/items/"+it.ID.String()+"/takedown", map[string]any{"reason": t.reason, "note": t.note, "noticed_at": noticed}, &k)
		}}}
		verb, in := "remove", map[string]any{}
		if t.answer != "" {
			verb, in = "refuse", map[string]any{"answer": t.answer}
		}
		if t.answer != "?" {
			steps = append(steps, step{m.diary.later(at, 25*time.Minute), func(ctx context.Context) error {
				in["version"] = k.Version
				return hq.admin.post(ctx, "/publish/takedowns/"+k.ID.String()+"/"+verb, in, nil)
			}})
		}
		if err := m.play(ctx, hq, steps); err != nil {
			return err
		}
	}
	return nil
}

// mark writes down what must not be put online; one mark is lifted again.
func (m *maker) mark(ctx context.Context, hq *house) error {
	clerk := hq.who("clerk")
	sum := sha256.Sum256([]byte("重点水源地安全评估附图"))
	var steps []step
	for i, d := range []map[string]any{
		{"title": "重点水库除险加固资金测算（内部讨论稿）", "reference": "青水办函〔" + m.year() + "〕31号", "reason": "资金安排尚未批复，不得上网",
			"text": "根据各市上报情况，初步测算今年重点水库除险加固所需资金及分年度安排如下，仅供内部讨论，不得外传。"},
		{"title": "重点水源地安全评估附图", "reference": "青水资〔" + m.year() + "〕18号", "reason": "含取水口位置等敏感信息",
			"files": []map[string]string{{"name": "水源地分布图.pdf", "sha256": hex.EncodeToString(sum[:])}}},
		{"title": "全省水利建设投资上半年执行情况", "reference": "青水规〔" + m.year() + "〕22号", "reason": "统计部门公布前不得上网",
			"text": "上半年全省水利建设投资执行情况，分市县、分项目统计表，待统计部门核定后公布。"},
	} {
		var k request
		at := m.before(time.Duration(400-90*i) * time.Hour)
		steps = append(steps, step{at, func(ctx context.Context) error { return clerk.post(ctx, "/publish/offline", d, &k) }})
		if i == 2 {
			steps = append(steps, step{m.diary.later(at, 120*time.Hour), func(ctx context.Context) error {
				return clerk.post(ctx, "/publish/offline/"+k.ID.String()+"/lift", map[string]any{"reason": "统计部门已公布，可以上网。", "version": k.Version}, nil)
			}})
		}
	}
	return m.play(ctx, hq, steps)
}
