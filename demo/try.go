package demo

import (
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"
)

// A scheme as it was answered.
type draft struct {
	ID      uuid.UUID        `json:"id"`
	Version int              `json:"version"`
	Units   []scored         `json:"units"`
	Rules   []map[string]any `json:"rules"`
}

// scheming draws up next year's scheme, to be tried against this year, and
// offers one to the bureaus for their own departments; one of them has it.
func (m *maker) scheming(ctx context.Context, hq *house) error {
	if err := m.clock.set(ctx, hq.id, m.end); err != nil {
		return err
	}
	by := hq.who("evaluator")
	var all struct {
		Items []draft `json:"items"`
	}
	if err := by.get(ctx, "/assess/schemes?limit=1", &all); err != nil || len(all.Items) == 0 {
		return err
	}
	next := map[string]any{"year": m.begin.Year() + 1, "name": m.year() + "年度信息工作考核（修订草案）"}
	if err := revised(ctx, by, next, all.Items[0].ID, nextRules(), nextPlan(hq)); err != nil {
		return err
	}
	offer, err := offered(ctx, by, m.begin.Year(), m.year()+"年度处室信息工作考核")
	if err != nil {
		return err
	}
	b := m.houses["qc-yunling"]
	if err := m.clock.set(ctx, b.id, m.end); err != nil {
		return err
	}
	return takenUp(ctx, b.head("办公室"), m.begin.Year(), m.year()+"年度"+b.short+"处室考核", offer)
}

// revised makes a draft as a scheme is, and gives it other rules and headings.
func revised(ctx context.Context, by *member, in map[string]any, from uuid.UUID, rules []rule, plan map[string]any) error {
	in = maps.Clone(in)
	in["from"] = from
	var d draft
	if err := by.post(ctx, "/assess/schemes", in, &d); err != nil {
		return err
	}
	return by.do(ctx, "PUT", "/assess/schemes/"+d.ID.String(), map[string]any{"name": in["name"], "year": in["year"], "version": d.Version,
		"units": d.Units, "rules": rules, "plan": plan}, nil)
}

func nextRules() []rule {
	return []rule{
		{"code": "task", "name": "信息发布任务", "type": "base_task", "deed_kind": "publish.published", "task": 8, "heading": "A",
			"base_points": "40", "shortfall": "proportional"},
		{"code": "report", "name": "均衡报送", "type": "formula", "deed_kind": "exchange.reported", "heading": "B", "target": "4", "base_points": "30",
			"formula": "若（数量 ≥ 目标，基本分，基本分 × 数量 ÷ 目标）"},
		{"code": "adopted", "name": "采用", "type": "per_item", "deed_kind": "exchange.adopted", "heading": "C", "levels": points("own", "4", "upper", "12"), "cap": "30"},
		{"code": "both", "name": "报送采用双优", "type": "formula", "deed_kind": "", "heading": "D", "cap": "5",
			"formula": "若（均衡报送 ≥ 30 and 采用 ≥ 20，5，0）"},
	}
}

func nextPlan(hq *house) map[string]any {
	quarters := func(texts ...string) (ms []map[string]any) {
		for i, t := range texts {
			ms = append(ms, map[string]any{"quarter": i + 1, "text": t})
		}
		return ms
	}
	return map[string]any{
		"headings": []map[string]any{
			{"code": "A", "name": "信息发布", "weight": "40", "leader": hq.who("deputy").name, "department": "办公室", "assisting": "信息中心",
				"milestones": quarters("发布任务分解到处室", "完成全年任务一半", "开展一次检查", "全面完成任务")},
			{"code": "B", "name": "信息报送", "weight": "30", "leader": hq.who("deputy").name, "department": "办公室",
				"milestones": quarters("各局明确信息员", "每月有报送", "补齐落后单位", "全年均衡报送")},
			{"code": "C", "name": "信息采用", "weight": "30", "department": "办公室"},
			{"code": "D", "name": "加分项", "kind": "bonus", "cap": "5"},
		},
		"grades": []map[string]any{{"name": "优秀", "at_least": "90"}, {"name": "良好", "at_least": "80"}, {"name": "合格", "at_least": "60"}, {"name": "不合格", "at_least": "0"}},
	}
}

// offered shows a scheme to the units below for their departments.
func offered(ctx context.Context, by *member, year int, name string) (offer uuid.UUID, err error) {
	var d draft
	if err := by.post(ctx, "/assess/schemes", map[string]any{"year": year, "name": name}, &d); err != nil {
		return offer, err
	}
	path := "/assess/schemes/" + d.ID.String()
	err = by.do(ctx, "PUT", path, map[string]any{"name": name, "year": year, "version": d.Version, "units": []scored{},
		"rules": []rule{
			{"code": "news", "name": "信息发布", "type": "base_task", "deed_kind": "publish.published", "task": 4, "heading": "info", "base_points": "60", "shortfall": "proportional"},
			{"code": "returned", "name": "审核退回", "type": "deduction", "deed_kind": "publish.returned", "heading": "care", "base_points": "40", "levels": points("", "2")},
		},
		"plan": map[string]any{"headings": []map[string]any{{"code": "info", "name": "信息发布", "weight": "60"}, {"code": "care", "name": "信息质量", "weight": "40"}}}}, &d)
	if err != nil {
		return offer, err
	}
	var o struct {
		ID uuid.UUID `json:"id"`
	}
	err = by.post(ctx, path+"/offers", map[string]any{"version": d.Version, "binding": "required", "note": "各市局考核处室时，在此基础上可以增加内容。"}, &o)
	return o.ID, err
}

// takenUp makes a scheme of an offer for all departments, adds to it and puts
// it into force.
func takenUp(ctx context.Context, by *member, year int, name string, offer uuid.UUID) error {
	var d draft
	if err := by.post(ctx, "/assess/schemes", map[string]any{"year": year, "name": name, "offer": offer}, &d); err != nil {
		return err
	}
	var there struct {
		Items []scored `json:"items"`
	}
	if err := by.get(ctx, "/assess/units", &there); err != nil {
		return err
	}
	units := slices.DeleteFunc(there.Items, func(u scored) bool { return u.Kind != "department" })
	rules := append(d.Rules, map[string]any{"code": "own", "name": "向省厅报送", "type": "bonus", "deed_kind": "exchange.reported", "heading": "more", "levels": points("", "1"), "cap": "5"})
	path := "/assess/schemes/" + d.ID.String()
	err := by.do(ctx, "PUT", path, map[string]any{"name": name, "year": year, "version": d.Version, "units": units, "rules": rules,
		"plan": map[string]any{"headings": []map[string]any{{"code": "info", "name": "信息发布", "weight": "60"}, {"code": "care", "name": "信息质量", "weight": "40"},
			{"code": "more", "name": "本局加分", "kind": "bonus", "cap": "5"}}}}, &d)
	if err != nil {
		return err
	}
	return by.post(ctx, path+"/activate", map[string]any{"version": d.Version}, nil)
}
