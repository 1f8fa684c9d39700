package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hetu/calendar"
	"hetu/rbac"
)

// A table is a score table that was published: how many items of which unit
// were taken by which journals, and what that came to. The counts and totals
// are facts; the items and the people are made up to go with them.
type table struct {
	slug, name string
	kind       string // of the units
	journals   []journalOf
	rules      []rule
	tallies    []tally
}

type journalOf struct{ name, level string }

// A tally is one row.
type tally struct {
	slug, unit string
	reported   int
	taken      []int // by journal, in their order
	total      int
	subjects   string // what the unit writes about
}

var t1 = table{
	slug: "zlt", name: "扎兰屯市", kind: "department",
	journals: []journalOf{{"本级政府网站", "own"}, {"上级政府网站", "upper"}},
	rules: []rule{
		{"code": "adopted", "name": "网站采用", "type": "per_item", "deed_kind": "exchange.adopted", "levels": points("own", "5", "upper", "10")},
	},
	tallies: []tally{
		{"zlt-nongye", "现代农业产业园服务中心", 35, []int{35, 3}, 205, "设施农业 园区招商 农技服务 冷链建设 土地流转 品牌培育 务工培训 项目申报"},
		{"zlt-shuili", "水利局", 36, []int{36, 0}, 180, "防汛备汛 河湖巡查 农村供水 灌区改造 节水宣传 水土保持 水库管护 安全生产"},
		{"zlt-shichang", "市场监督管理局", 27, []int{27, 1}, 145, "食品安全 药品监管 计量检定 价格检查 消费维权 特种设备 质量提升 企业登记"},
		{"zlt-gongan", "公安局", 25, []int{25, 1}, 135, "反诈宣传 交通整治 户政服务 校园安全 社区警务 禁毒教育 治安巡逻 便民服务"},
		{"zlt-minzheng", "民政局", 26, []int{26, 0}, 130, "社会救助 养老服务 婚姻登记 儿童关爱 地名管理 志愿服务 社会组织 殡葬改革"},
	},
}

var t2 = table{
	slug: "hlgl", name: "霍林郭勒市", kind: "subsidiary",
	journals: []journalOf{{"普发", "own"}, {"微信", "own"}, {"参阅", "own"}, {"约稿", "own"}, {"上报", "upper"}},
	rules: []rule{
		{"code": "adopted", "name": "采用", "type": "per_item", "deed_kind": "exchange.adopted", "levels": points("own", "5")},
		{"code": "reported", "name": "上报", "type": "per_item", "deed_kind": "exchange.reported", "levels": points("", "0")},
	},
	tallies: []tally{
		{"hlgl-dalai", "达来胡硕苏木", 2, []int{0, 0, 0, 1, 0}, 5, steppe},
		{"hlgl-shaer", "沙尔呼热街道", 12, []int{0, 3, 0, 0, 0}, 15, street},
		{"hlgl-mosi", "莫斯台街道", 1, []int{0, 1, 0, 0, 0}, 5, street},
		{"hlgl-baori", "宝日呼吉尔街道", 15, []int{0, 2, 0, 0, 0}, 10, street},
		{"hlgl-zhusi", "珠斯花街道", 15, []int{0, 5, 0, 0, 0}, 25, street},
	},
}

const (
	steppe = "草原防火 接羔保育 牧区改厕 禁牧巡查"
	street = "环境整治 邻里调解 消防排查 就业帮扶 文化活动 志愿服务 政策宣讲 养老助餐"
)

func tellT1(ctx context.Context, m *maker) error { return m.replay(ctx, t1) }
func tellT2(ctx context.Context, m *maker) error { return m.replay(ctx, t2) }

// replay lets what the table counts really happen, scores it, and fails unless
// that comes to the totals of the table.
func (m *maker) replay(ctx context.Context, t table) error {
	if last := calendar.On(m.begin.Year(), time.December, 31).At(17 * 60); m.end.After(last) {
		m.end = last
	}
	units := []unit{t.above()}
	for _, y := range t.tallies {
		units = append(units, t.below(y))
	}
	if err := m.settle(ctx, units...); err != nil {
		return err
	}
	hq := m.houses[t.slug]
	m.say("%d 个单位已就位", len(units))
	lives := []func(context.Context) error{}
	for _, y := range t.tallies {
		lives = append(lives, func(ctx context.Context) error { return m.write(ctx, m.houses[y.slug], y) })
	}
	if err := together(ctx, lives...); err != nil {
		return err
	}
	m.say("信息已按拟稿、审核、发布、上报的流程办理完毕")
	if err := m.copied(ctx); err != nil {
		return err
	}
	if err := m.adopt(ctx, hq, t); err != nil {
		return err
	}
	m.say("上报的信息已接收、采用")
	if err := m.score(ctx, hq, t); err != nil {
		return err
	}
	m.say("考核结果与公布的分数一致")
	m.present(hq, "系统管理员", hq.admin)
	m.present(hq, "办公室信息员（接收、采用）", hq.who("clerk"))
	m.present(hq, "考核管理员", hq.who("evaluator"))
	m.present(hq, "安全审计员", hq.who("auditor"))
	first := m.houses[t.tallies[0].slug]
	m.present(first, "信息员（发布、上报）", first.who("publisher"))
	m.present(first, "负责人（审核）", first.who("head"))
	return nil
}

func (t table) above() unit {
	return unit{slug: t.slug, name: t.name, short: t.name, kind: "hq", departments: []department{{"办公室", "office", []post{
		{title: "主任", head: true}, {title: "信息科科长", as: "clerk", roles: []rbac.Role{rbac.Office}},
		{title: "考核专员", as: "evaluator", roles: []rbac.Role{rbac.Evaluator}}, {title: "安全审计员", as: "auditor", roles: []rbac.Role{rbac.Auditor}}}}}}
}

func (t table) below(y tally) unit {
	return unit{slug: y.slug, name: y.unit, short: y.unit, kind: t.kind, above: t.slug, departments: []department{{"办公室", "office", []post{
		{title: "主任", head: true, as: "head", roles: []rbac.Role{rbac.Office}}, {title: "信息员", as: "publisher", roles: []rbac.Role{rbac.Publisher}},
		{title: "科员", as: "drafter"}}}}}
}

// write lets a unit write, publish and report as much as the table says.
func (m *maker) write(ctx context.Context, h *house, y tally) error {
	head := h.who("head")
	err := h.arrange(ctx, head, []column{{name: "部门动态", department: "办公室", draft: []string{"办公室"}, review: []*member{head}}})
	if err != nil {
		return err
	}
	until, _ := m.diary.cal.AddWorkTime(m.end, -70*time.Hour) // all that follows has its time
	w := subjects(h, y)
	var steps []step
	for _, at := range m.mornings(h, m.begin, until, y.reported) {
		p := &piece{column: h.columns["部门动态"], kind: "news", source: y.unit, drafter: h.who("drafter"), publisher: h.who("publisher"), reviewers: []*member{head}}
		p.title, p.body = w.write([]topic{plainTopic}, at)
		way, out := m.course(h, p, at, published)
		steps = append(append(steps, way...), step{m.diary.later(out, time.Duration(20+h.rnd.IntN(180))*time.Minute), p.report})
	}
	return m.play(ctx, h, steps)
}

// plainTopic is what a unit of any kind may report on {k}, one of its subjects.
var plainTopic = topic{
	titles: []string{"{d}扎实推进{k}工作", "{d}组织开展{k}专项活动", "{d}召开{k}工作会议", "{d}多措并举抓好{k}", "{d}开展{k}培训", "{d}通报{k}进展情况"},
	first: []string{"{m}，{d}围绕{k}，细化措施、明确责任，各项任务有序推进。",
		"近日，{d}组织工作人员深入一线开展{k}相关工作，现场听取意见建议。"},
	then: []string{"共走访单位和群众{a20-180}户，发放宣传资料{a100-900}份。", "梳理存在的问题{a3-18}个，能够当场解决的当场解决，其余列出清单限期办结。",
		"参加人员结合实际进行了交流，达成了共识。", "建立工作台账，实行周调度、月小结。", "群众反映的{a2-12}件事项已全部答复。"},
	last: []string{"下一步，{d}将持续抓好落实，务求取得实效。", "{d}将总结经验，形成长效机制。"},
}

func subjects(h *house, y tally) *writer {
	return newWriter(place{unit: y.unit, reservoirs: strings.Fields(y.subjects), rivers: []string{y.unit}, counties: []string{y.unit},
		towns: []string{y.unit}, leaders: []string{"负责人"}}, h.rnd)
}

// adopt lets the clerk above take as many envelopes of each unit into each
// journal as the table says. An envelope goes into a second journal when each
// has been taken once.
func (m *maker) adopt(ctx context.Context, hq *house, t table) error {
	clerk := hq.who("clerk")
	if err := m.clock.set(ctx, hq.id, m.begin); err != nil {
		return err
	}
	into := make([]map[string]any, len(t.journals))
	for i, j := range t.journals {
		id, err := journal(ctx, clerk, j.name, j.level, "网站")
		if err != nil {
			return err
		}
		into[i] = map[string]any{"journal_id": id}
	}
	all, err := m.inbox(ctx, clerk)
	if err != nil {
		return err
	}
	var steps []step
	for _, y := range t.tallies {
		from := slices.DeleteFunc(slices.Clone(all), func(e *envelope) bool { return e.Peer.ID != m.houses[y.slug].id })
		if len(from) != y.reported {
			return fmt.Errorf("%s reported %d items, not %d", y.unit, len(from), y.reported)
		}
		at := make([]time.Time, len(from))
		for i, e := range from {
			at[i] = m.diary.later(e.SentAt, time.Duration(20+hq.rnd.IntN(280))*time.Minute)
			steps = append(steps, step{at[i], e.handle(clerk, "receive", nil)})
		}
		next := 0
		for j, n := range y.taken {
			for range n {
				i := next % len(from)
				at[i] = m.diary.later(at[i], time.Duration(30+hq.rnd.IntN(500))*time.Minute)
				steps = append(steps, step{at[i], from[i].handle(clerk, "adopt", into[j])})
				next++
			}
		}
	}
	return m.play(ctx, hq, steps)
}

// errTotals says that the product's score is not the published one.
var errTotals = errors.New("the totals are not those that were published")

// score works the year out, publishes it, and compares.
func (m *maker) score(ctx context.Context, hq *house, t table) error {
	by := hq.who("evaluator")
	if err := m.clock.set(ctx, hq.id, m.end); err != nil {
		return err
	}
	var units []scored
	for _, y := range t.tallies {
		units = append(units, scored{Kind: "tenant", ID: m.houses[y.slug].id, Name: y.unit})
	}
	id, err := scheme(ctx, by, m.begin.Year(), t.name+"政务信息考核", units, t.rules)
	if err != nil {
		return err
	}
	path, err := round(ctx, by, map[string]any{"scheme_id": id, "name": m.year() + "年度", "from": m.year() + "-01-01", "to": m.year() + "-12-31"})
	if err != nil {
		return err
	}
	if err := by.post(ctx, path+"/publish", nil, nil); err != nil {
		return err
	}
	var ranking struct {
		Rows []struct {
			Unit  scored `json:"unit"`
			Total string `json:"total"`
		} `json:"rows"`
	}
	if err := by.get(ctx, path+"/ranking?subject=tenant", &ranking); err != nil {
		return err
	}
	want := map[string]string{}
	for _, y := range t.tallies {
		want[y.unit] = strconv.Itoa(y.total)
	}
	if len(ranking.Rows) != len(want) {
		return fmt.Errorf("%w: %d rows instead of %d", errTotals, len(ranking.Rows), len(want))
	}
	for _, r := range ranking.Rows {
		if r.Total != want[r.Unit.Name] {
			return fmt.Errorf("%w: %s got %s instead of %s", errTotals, r.Unit.Name, r.Total, want[r.Unit.Name])
		}
	}
	return nil
}
