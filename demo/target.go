package demo

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
)

// A pledge is a target every bureau has for the year.
type pledge struct {
	title, standard, of, weight, cadence string
	each                                 int // quantity of the smallest; none: milestones
	department, key                      string
	quarters                             [4]string
}

var pledges = []pledge{
	{"治理中小河流", "按批准的设计完成河道清淤、护岸和堤防加固，并通过完工验收。", "公里", "40", "month", 24, "河湖管理处", "river",
		[4]string{"完成招标，开工建设", "完成四成", "主体工程完成七成", "全部完工验收"}},
	{"建成节水型单位", "机关、学校、企业创建节水型单位，经复核公布。", "家", "35", "quarter", 12, "水资源处", "water",
		[4]string{"确定创建名单", "完成四成", "完成七成", "全部复核公布"}},
	{"防汛备汛和水毁修复", "汛前检查整改到位，水毁工程当年修复，预案每年修订演练。", "", "25", "quarter", 0, "水旱灾害防御处", "flood",
		[4]string{"完成汛前检查", "隐患整改销号，预案演练", "水毁修复开工", "水毁修复完成"}},
}

// shares are how much of a quantity is to be there by the end of each quarter,
// in percent.
var shares = [4]int{10, 40, 70, 100}

// words is the pledge for the i-th bureau, as the interface takes it.
func (p pledge) words(hq *house, year, i int, unit map[string]any) map[string]any {
	in := map[string]any{"title": strconv.Itoa(year) + "年" + p.title, "standard": p.standard, "measure": "milestone", "weight": p.weight, "cadence": p.cadence,
		"leader_id": hq.who([]string{"deputy", "deputy2"}[i%2]).id, "department_id": hq.departments[p.department], "partner_ids": []uuid.UUID{hq.departments["规划计划处"]}}
	var ms []map[string]any
	for q, text := range p.quarters {
		one := map[string]any{"quarter": q + 1, "text": text}
		if p.each > 0 {
			one["value"] = strconv.Itoa(p.amount(i) * shares[q] / 100)
		}
		ms = append(ms, one)
	}
	if in["milestones"] = ms; p.each > 0 {
		in["measure"], in["quantity"], in["unit_of_measure"] = "quantity", strconv.Itoa(p.amount(i)), p.of
	}
	for k, v := range unit {
		in[k] = v
	}
	return in
}

func (p pledge) amount(i int) int { return p.each + 4*((i*5)%7) }

// A goal is a target on its way.
type goal struct {
	pledge
	id      uuid.UUID
	i       int       // which bureau
	pace    int       // how much of what is asked is there, in percent
	by      *member   // who reports
	skip    string    // a period about which nobody reports in time
	Periods []asked   `json:"periods"`
	Version int       `json:"version"`
	ID      uuid.UUID `json:"id"`
}

type asked struct {
	Period string `json:"period"`
	EndsOn string `json:"ends_on"`
	DueOn  string `json:"due_on"`
}

func (g *goal) path(more string) string { return "/target/targets/" + g.id.String() + more }

// targets breaks the year down: from headquarters to the bureaus and its own
// departments, in one bureau to departments and persons; and the months pass.
func (m *maker) targets(ctx context.Context, hq *house) error {
	if err := m.clock.set(ctx, hq.id, m.diary.later(m.begin, 100*time.Hour)); err != nil {
		return err
	}
	by, year := hq.who("clerk"), m.begin.Year()
	var lives []func(context.Context) error
	all := make([][]*goal, len(bureaus()))
	for i, u := range bureaus() {
		h := m.houses[u.slug]
		for _, p := range pledges {
			g, err := p.set(ctx, by, p.words(hq, year, i, map[string]any{"year": year, "unit_kind": "tenant", "unit_id": h.id}))
			if err != nil {
				return err
			}
			g.i = i
			all[i] = append(all[i], g)
		}
		if err := by.post(ctx, "/target/units/"+h.id.String()+"/issue", map[string]any{"year": year}, nil); err != nil {
			return fmt.Errorf("%s: %w", u.slug, err)
		}
		lives = append(lives, func(ctx context.Context) error { return m.carry(ctx, h, all[i]) })
	}
	if err := together(ctx, lives...); err != nil {
		return err
	}
	if err := m.ownTarget(ctx, hq, year); err != nil {
		return err
	}
	if err := m.permitLate(ctx, hq, all[3][0]); err != nil {
		return err
	}
	return m.revise(ctx, hq, year, all[6][1], all[7][1])
}

func (p pledge) set(ctx context.Context, by *member, in map[string]any) (*goal, error) {
	g := &goal{pledge: p, pace: 104}
	err := by.post(ctx, "/target/targets", in, g)
	g.id = g.ID
	return g, err
}

// carry has a bureau accept its targets and report on them month by month.
func (m *maker) carry(ctx context.Context, h *house, gs []*goal) error {
	if err := m.clock.set(ctx, h.id, m.diary.later(m.begin, 130*time.Hour)); err != nil {
		return err
	}
	chief := h.who("chief")
	for n, g := range gs {
		g.by = h.who([]string{"river", "river", "flood"}[n])
		err := chief.post(ctx, g.path("/accept"), map[string]any{"revision": 1, "leader_id": h.who("deputy").id,
			"department_id": h.departments[g.by.department], "reporter_id": g.by.id}, g)
		if err != nil {
			return err
		}
	}
	switch i := gs[0].i; i {
	case 0:
		parts, err := m.divide(ctx, h, gs[0])
		if err != nil {
			return err
		}
		gs = append(gs, parts...)
	case 2:
		gs[0].skip = gs[0].last(m.end)
	case 3:
		gs[0].skip = strconv.Itoa(m.begin.Year()) + "-09"
	case 5:
		gs[1].pace = 72
	}
	return m.progress(ctx, h, gs)
}

// last is the last period whose report should have come by then.
func (g *goal) last(end time.Time) (period string) {
	today := calendar.DateOf(end).String()
	for _, a := range g.Periods {
		if a.DueOn < today {
			period = a.Period
		}
	}
	return period
}

// divide breaks a target down to two departments, and one of these to a person.
func (m *maker) divide(ctx context.Context, h *house, g *goal) (parts []*goal, err error) {
	chief, deputy := h.who("chief"), h.who("deputy")
	words := func(title, weight string, kind string, id uuid.UUID, of *goal, amount int) map[string]any {
		return map[string]any{"year": m.begin.Year(), "unit_kind": kind, "unit_id": id, "parent_id": of.id, "title": title, "measure": "quantity", "weight": weight,
			"quantity": strconv.Itoa(amount), "unit_of_measure": g.of, "cadence": "quarter", "leader_id": deputy.id, "department_id": h.departments["河湖与水资源科"],
			"milestones": []map[string]any{{"quarter": 2, "text": "完成四成", "value": strconv.Itoa(amount * 4 / 10)}, {"quarter": 4, "text": "全部完成", "value": strconv.Itoa(amount)}}}
	}
	add := func(by *member, in map[string]any, amount int, who *member) (*goal, error) {
		p := pledge{of: g.of, each: amount, title: fmt.Sprint(in["title"])}
		one, err := p.set(ctx, by, in)
		if err != nil {
			return nil, err
		}
		one.by = who
		parts = append(parts, one)
		return one, nil
	}
	rivers, works := h.head("河湖与水资源科"), h.head("工程与防汛科")
	total := g.amount(g.i)
	first, err := add(chief, words("城区河段清淤护岸", "60", "department", h.departments["河湖与水资源科"], g, total*6/10), total*6/10, rivers)
	if err != nil {
		return nil, err
	}
	if _, err := add(chief, words("乡镇河段堤防加固", "40", "department", h.departments["工程与防汛科"], g, total-total*6/10), total-total*6/10, works); err != nil {
		return nil, err
	}
	if err := chief.post(ctx, g.path("/issue"), nil, nil); err != nil {
		return nil, err
	}
	for _, p := range parts {
		if err := p.by.post(ctx, p.path("/accept"), map[string]any{"revision": 1}, p); err != nil {
			return nil, err
		}
	}
	person, err := add(rivers, words("城区河段现场管理和进度核验", "100", "member", h.who("river").id, first, total*6/10), total*6/10, h.who("river"))
	if err != nil {
		return nil, err
	}
	if err := rivers.post(ctx, first.path("/issue"), nil, nil); err != nil {
		return nil, err
	}
	return parts, person.by.post(ctx, person.path("/accept"), map[string]any{"revision": 1}, person)
}

// progress reports about every period, on the first working day after it.
func (m *maker) progress(ctx context.Context, h *house, gs []*goal) error {
	type turn struct {
		at time.Time
		g  *goal
		a  asked
	}
	var turns []turn
	for n, g := range gs {
		for _, a := range g.Periods {
			end, err := calendar.ParseDate(a.EndsOn)
			if err != nil {
				return err
			}
			at := m.diary.later(end.Add(1).At(0), time.Duration(90+23*n)*time.Minute)
			if a.Period != g.skip && at.Before(m.end) {
				turns = append(turns, turn{at, g, a})
			}
		}
	}
	slices.SortStableFunc(turns, func(a, b turn) int { return a.at.Compare(b.at) })
	for _, t := range turns {
		if err := m.clock.set(ctx, h.id, t.at); err != nil {
			return err
		}
		if err := t.g.report(ctx, t.a); err != nil {
			return fmt.Errorf("%s %s: %w", h.slug, t.a.Period, err)
		}
	}
	return nil
}

// report says how far a target is at the end of a period.
func (g *goal) report(ctx context.Context, a asked) error {
	end, err := calendar.ParseDate(a.EndsOn)
	if err != nil {
		return err
	}
	month := int(end.Month)
	in := map[string]any{"period": a.Period, "text": fmt.Sprintf("截至%d月底，%s按计划推进，存在的问题已列出清单逐项落实。", month, g.title)}
	if g.each > 0 {
		share := curve(month) * g.pace / 100
		in["value"] = strconv.FormatFloat(float64(g.amount(g.i)*min(share, 100))/100, 'f', 1, 64)
		if g.pace < 100 {
			in["text"] = fmt.Sprintf("截至%d月底，%s进度滞后，主要是用地手续办理较慢，已约谈施工单位并倒排工期。", month, g.title)
		}
		return g.by.post(ctx, g.path("/reports"), in, nil)
	}
	b := pdf(g.title + "：验收意见")
	var made struct {
		ID uuid.UUID `json:"id"`
	}
	if err := g.by.post(ctx, "/attachment/uploads", map[string]any{"name": "验收意见.pdf", "size": len(b)}, &made); err != nil {
		return err
	}
	if err := g.by.do(ctx, "PUT", "/attachment/uploads/"+made.ID.String()+"?offset=0", b, nil); err != nil {
		return err
	}
	in["reached"], in["upload_id"] = true, made.ID
	return g.by.post(ctx, g.path("/reports"), in, nil)
}

// curve is how much of the year's work is usually done by the end of a month.
func curve(month int) int {
	q := (month - 1) / 3
	from := 0
	if q > 0 {
		from = shares[q-1]
	}
	return from + (shares[q]-from)*(month-3*q)/3
}

// ownTarget is one of headquarters' own departments.
func (m *maker) ownTarget(ctx context.Context, hq *house, year int) error {
	by, head := hq.who("clerk"), hq.who("info-head")
	p := pledge{"数字孪生流域建设", "完成重点河段数据底板和防洪业务应用。", "", "100", "quarter", 0, "信息中心", "info",
		[4]string{"完成可研批复", "完成招标", "数据底板建成", "业务应用上线"}}
	if err := m.clock.set(ctx, hq.id, m.diary.later(m.begin, 101*time.Hour)); err != nil {
		return err
	}
	g, err := p.set(ctx, by, p.words(hq, year, 0, map[string]any{"year": year, "unit_kind": "department", "unit_id": hq.departments["信息中心"]}))
	if err != nil {
		return err
	}
	if err := by.post(ctx, "/target/units/"+hq.departments["信息中心"].String()+"/issue", map[string]any{"year": year}, nil); err != nil {
		return err
	}
	g.by = head
	if err := head.post(ctx, g.path("/accept"), map[string]any{"revision": 1}, g); err != nil {
		return err
	}
	return m.progress(ctx, hq, []*goal{g})
}

// permitLate lets one report come late, with a reason.
func (m *maker) permitLate(ctx context.Context, hq *house, g *goal) error {
	i := slices.IndexFunc(g.Periods, func(a asked) bool { return a.Period == g.skip })
	if i < 0 {
		return nil
	}
	due, err := calendar.ParseDate(g.Periods[i].DueOn)
	if err != nil {
		return err
	}
	at := m.diary.later(due.At(0), 12*time.Hour)
	said := m.diary.later(at, 9*time.Hour)
	if !said.Before(m.end) {
		return nil
	}
	if err := m.clock.set(ctx, hq.id, at); err != nil {
		return err
	}
	until := calendar.DateOf(m.diary.later(at, 24*time.Hour)).String()
	err = hq.who("clerk").post(ctx, g.path("/permits"), map[string]any{"period": g.skip, "until": until, "reason": "沧溪江秋汛期间人员全部在一线抢险，同意汛后补报。"}, nil)
	if err != nil {
		return err
	}
	if err := m.clock.set(ctx, m.houses[bureaus()[g.i].slug].id, said); err != nil {
		return err
	}
	return g.report(ctx, g.Periods[i])
}

// revise changes what two bureaus were set: one sends it back, the other has not
// answered yet.
func (m *maker) revise(ctx context.Context, hq *house, year int, back, open *goal) error {
	by := hq.who("clerk")
	ago := func(work time.Duration) time.Time { at, _ := m.diary.cal.AddWorkTime(m.end, -work); return at }
	if err := m.clock.set(ctx, hq.id, ago(20*time.Hour)); err != nil {
		return err
	}
	for _, g := range []*goal{back, open} {
		h := m.houses[bureaus()[g.i].slug]
		var now goal
		if err := by.get(ctx, g.path(""), &now); err != nil {
			return err
		}
		if err := by.post(ctx, g.path("/reopen"), map[string]any{"version": now.Version, "reason": "年中任务调整"}, nil); err != nil {
			return err
		}
		in := g.words(hq, year, g.i+1, map[string]any{"version": now.Version + 1})
		if err := by.do(ctx, "PUT", g.path(""), in, nil); err != nil {
			return err
		}
		if err := by.post(ctx, "/target/units/"+h.id.String()+"/issue", map[string]any{"year": year}, nil); err != nil {
			return err
		}
	}
	h := m.houses[bureaus()[back.i].slug]
	if err := m.clock.set(ctx, h.id, ago(9*time.Hour)); err != nil {
		return err
	}
	return h.who("chief").post(ctx, back.path("/return"), map[string]any{"revision": 2, "reason": "今年只剩一个多月，增加的数量无法完成复核，建议列入明年。"}, nil)
}
