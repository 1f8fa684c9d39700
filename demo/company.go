package demo

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/rbac"
)

// companies are a group of another kind, which a platform may also have: it
// shares nothing with the province but the machine.
func companies() (us []unit) {
	waters := place{rivers: []string{"临江", "小溪河"}, reservoirs: []string{"南湾取水口", "北湾取水口"}, counties: []string{"城东片区", "城西片区"}, towns: []string{"滨江片区", "老城片区"}}
	us = append(us, unit{slug: "lj-jituan", name: "临江水务集团有限公司", short: "临江水务集团", kind: "hq", place: waters, departments: []department{
		{"公司领导", "leaders", []post{{title: "总经理", head: true, as: "chief"}, {title: "副总经理", as: "deputy"}}},
		{"办公室", "office", []post{{title: "办公室主任", head: true, as: "office-head"}, {title: "信息主管", as: "clerk", roles: []rbac.Role{rbac.Office}}}},
		{"人力资源部", "hr", []post{{title: "部门经理", head: true}, {title: "绩效专员", as: "evaluator", roles: []rbac.Role{rbac.Evaluator}}}},
		{"运营管理部", "dept", []post{{title: "部门经理", head: true, as: "run-head"}, {title: "运营专员", as: "run"}}},
	}})
	for _, b := range []struct{ slug, name, short string }{{"lj-gongshui", "临江供水有限公司", "临江供水公司"}, {"lj-huanjing", "临江水环境工程有限公司", "临江水环境公司"}} {
		us = append(us, unit{slug: b.slug, name: b.name, short: b.short, kind: "subsidiary", above: "lj-jituan", place: waters, departments: []department{
			{"公司领导", "leaders", []post{{title: "经理", head: true, as: "chief"}, {title: "副经理", as: "deputy"}}},
			{"办公室", "office", []post{{title: "办公室主任", head: true, as: "office-head", roles: []rbac.Role{rbac.Office}}, {title: "信息专员", as: "publisher", roles: []rbac.Role{rbac.Publisher}}}},
			{"生产运行部", "dept", []post{{title: "部门经理", head: true}, {title: "运行工程师", as: "run"}, {title: "客服专员", as: "flood"}}},
		}})
	}
	return us
}

// A companyItem is what a subsidiary wrote, and whether it is reported.
type companyItem struct {
	slug, title, body string
	reported          bool
}

var companyNews = []companyItem{
	{"lj-gongshui", "临江供水公司城东管网改造完成通水", "<p>城东片区十二公里老旧管网改造完成，三千六百户用户通水。</p><p>改造后管网漏损率由百分之十六降至百分之九，夜间最小流量下降三成。</p>", true},
	{"lj-gongshui", "临江供水公司客服热线接通率提升至百分之九十八", "<p>公司将报修、缴费、报装三类来电合并受理，高峰时段增设六个坐席。</p><p>本季度热线接通率百分之九十八，报修平均到场时间三十五分钟。</p>", true},
	{"lj-huanjing", "水环境公司完成滨江泵站设备大修", "<p>滨江泵站四台机组完成大修，更换叶轮两套、电机轴承八套。</p><p>大修后机组能耗下降百分之七，具备满负荷运行条件。</p>", true},
	{"lj-huanjing", "水环境公司开展有限空间作业演练", "<p>公司组织六个班组开展有限空间作业演练，覆盖通风检测、监护和救援三个环节。</p><p>演练发现的两项问题已当日整改。</p>", false},
}

// tellCompanies adds the group beside the province: a customer of its own, with
// reports, a solicitation that waits for an answer, and pages without an office
// of government in them.
func (m *maker) tellCompanies(ctx context.Context) error {
	group := m.group
	defer func() { m.group = group }()
	if err := m.newGroup(ctx, "临江水务集团", "linjiang"); err != nil {
		return err
	}
	if err := m.settle(ctx, companies()...); err != nil {
		return err
	}
	hq, pilot := m.houses["lj-jituan"], m.houses["lj-huanjing"]
	tries, err := m.trial(ctx, pilot)
	if err != nil {
		return err
	}
	lives := []func(context.Context) error{}
	for _, u := range companies()[1:] {
		h := m.houses[u.slug]
		lives = append(lives, func(ctx context.Context) error { return m.work(ctx, h) })
	}
	if err := together(ctx, lives...); err != nil {
		return err
	}
	if err := m.handleCompanies(ctx, hq); err != nil {
		return err
	}
	if err := tries.goOn(ctx); err != nil {
		return err
	}
	m.say("一家子公司正在试运行，培训、反馈、对比已登记")
	m.present(hq, "集团信息主管（接收、采用、约稿）", hq.who("clerk"))
	sub := m.houses["lj-gongshui"]
	m.present(sub, "子公司信息专员（发布、上报）", sub.who("publisher"))
	m.present(sub, "子公司办公室（审核、管理）", sub.head("办公室"))
	m.present(pilot, "试点公司办公室（试运行、培训、反馈）", pilot.who("office-head"))
	m.present(pilot, "试点公司经理（决定试运行）", pilot.who("chief"))
	m.present(pilot, "试点公司工程师（试点人员）", pilot.who("run"))
	return nil
}

// newGroup makes a customer, to whom what is opened from now on belongs.
func (m *maker) newGroup(ctx context.Context, name, slug string) error {
	var g struct {
		ID uuid.UUID `json:"id"`
	}
	if err := m.operator.post(ctx, "/console/groups", map[string]string{"name": name, "slug": slug}, &g); err != nil {
		return err
	}
	m.group = g.ID
	return nil
}

// work lets a subsidiary write, review, publish and report.
func (m *maker) work(ctx context.Context, h *house) error {
	if err := m.clock.set(ctx, h.id, m.begin); err != nil {
		return err
	}
	if err := h.arrange(ctx, h.head("办公室"), bureauColumns(h)); err != nil {
		return err
	}
	var steps []step
	for i, n := range companyNews {
		if n.slug != h.slug {
			continue
		}
		p := &piece{column: h.columns["部门动态"], kind: "news", title: n.title, body: n.body, source: h.short,
			drafter: h.who("run"), reviewers: []*member{h.head("办公室")}, publisher: h.who("publisher")}
		way, out := m.course(h, p, m.before(time.Duration(150-20*i)*time.Hour), published)
		steps = append(steps, way...)
		steps = append(steps, m.readers(h, p, out, h.members, 3)...)
		if n.reported {
			steps = append(steps, step{m.diary.later(out, 40*time.Minute), p.report})
		}
	}
	return m.play(ctx, h, m.soon(steps))
}

// handleCompanies is how the group's headquarters deals with what came, and what
// it asks for.
func (m *maker) handleCompanies(ctx context.Context, hq *house) error {
	clerk := hq.who("clerk")
	own, err := journal(ctx, clerk, "集团简报", "own", "简报")
	if err != nil {
		return err
	}
	came, err := m.inbox(ctx, clerk)
	if err != nil {
		return err
	}
	var steps []step
	for i, e := range came {
		steps = append(steps, step{m.diary.later(e.SentAt, time.Hour), e.handle(clerk, "receive", nil)})
		if i < len(came)-1 {
			steps = append(steps, step{m.diary.later(e.SentAt, 6*time.Hour), e.handle(clerk, "adopt", map[string]any{"journal_id": own})})
		}
	}
	steps = append(steps, step{m.before(10 * time.Hour), func(ctx context.Context) error {
		return clerk.post(ctx, "/exchange/solicitations", map[string]any{"title": "各子公司节能降耗做法", "kind": "经验做法",
			"text": "请结合本公司实际报送一篇，写清措施、投入和节约的数量。", "due_at": m.diary.later(m.end, 48*time.Hour), "all": true}, nil)
	}})
	return m.play(ctx, hq, m.soon(steps))
}
