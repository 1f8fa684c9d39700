package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// claims are what a bureau gives itself for the rules of the province, and why.
var claims = []struct {
	code, points, text string
}{
	{"task", "30", "全季按计划发布信息，栏目更新及时，发布任务完成。"},
	{"report", "18", "上报信息围绕防汛、供水、河湖治理，篇篇有数据、有做法。"},
	{"adopted", "15", "被省厅采用的信息见所附条目，另有专报一期正在核对。"},
}

// review has the units of the quarter that runs assess themselves: some bureaus
// have, one has begun, the others still have time. Three people of the
// leadership review what has come; and the bureaus are rated by one another.
func (m *maker) review(ctx context.Context, hq *house) error {
	by := hq.who("evaluator")
	if err := m.clock.set(ctx, hq.id, m.end); err != nil {
		return err
	}
	if err := m.mayAssessThemselves(ctx, hq); err != nil {
		return err
	}
	call, err := m.callFor(ctx, hq, by)
	if err != nil || call == "" {
		return err
	}
	for i, u := range bureaus()[:4] {
		h := m.houses[u.slug]
		if err := m.clock.set(ctx, h.id, m.end); err != nil {
			return err
		}
		if err := assessThemselves(ctx, h.head("办公室"), i); err != nil {
			return fmt.Errorf("%s: %w", u.slug, err)
		}
	}
	if err := judge(ctx, hq.who("deputy2"), 5); err != nil {
		return err
	}
	return m.poll(ctx, hq, by)
}

// mayAssessThemselves lets the heads of headquarters' departments fill in and
// submit for them.
func (m *maker) mayAssessThemselves(ctx context.Context, hq *house) error {
	for _, p := range hq.members {
		if !p.head || p.department == "厅领导" {
			continue
		}
		for _, right := range []string{"review.fill", "review.submit"} {
			err := hq.admin.post(ctx, "/org/grants", map[string]any{"subject_kind": "member", "subject_id": p.id, "permission": right}, nil)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// callFor calls the units of the last round of the year and begins the review;
// empty if that round can be adjusted no more.
func (m *maker) callFor(ctx context.Context, hq *house, by *member) (path string, err error) {
	var rounds struct {
		Items []struct {
			ID    uuid.UUID `json:"id"`
			Name  string    `json:"name"`
			State string    `json:"state"`
		} `json:"items"`
	}
	if err := by.get(ctx, "/assess/rounds", &rounds); err != nil {
		return "", err
	}
	quarters := m.quarters()
	last := quarters[len(quarters)-1].name
	for _, r := range rounds.Items {
		if r.Name != last || r.State == "closed" {
			continue
		}
		var call struct {
			ID      uuid.UUID `json:"id"`
			Version int       `json:"version"`
		}
		err := by.post(ctx, "/review/calls", map[string]any{"round_id": r.ID, "name": last + "自评", "gap": "3",
			"note": "请对照方案逐项自评，评分须附佐证；数据以系统记录为准，有出入的请说明。"}, &call)
		if err != nil {
			return "", err
		}
		path = "/review/calls/" + call.ID.String()
		people := []uuid.UUID{hq.who("deputy").id, hq.who("deputy2").id, hq.who("clerk").id}
		err = by.do(ctx, "PUT", path+"/assessors", map[string]any{"codes": []string{"task", "report", "adopted"}, "members": people, "version": call.Version}, &call)
		if err != nil {
			return "", err
		}
		return path, by.post(ctx, path+"/start", map[string]any{"version": call.Version}, nil)
	}
	return "", nil
}

// assessThemselves fills in what a bureau says, with its own items and a file
// as evidence. The fourth has only begun.
func assessThemselves(ctx context.Context, by *member, i int) error {
	var forms, proofs struct {
		Items []struct {
			ID uuid.UUID `json:"id"`
		} `json:"items"`
	}
	if err := by.get(ctx, "/review/forms", &forms); err != nil {
		return err
	}
	path := "/review/forms/" + forms.Items[0].ID.String()
	var answers []map[string]any
	for n, s := range claims {
		if err := by.get(ctx, path+"/deeds?limit=3&code="+s.code, &proofs); err != nil {
			return err
		}
		evidence := []map[string]any{}
		for _, p := range proofs.Items {
			evidence = append(evidence, map[string]any{"kind": "deed", "id": p.ID})
		}
		if n == 2 || len(evidence) == 0 {
			file, err := by.proof(ctx, path)
			if err != nil {
				return err
			}
			evidence = append(evidence, map[string]any{"kind": "file", "id": file})
		}
		answers = append(answers, map[string]any{"code": s.code, "points": s.points, "text": s.text, "evidence": evidence})
	}
	if i == 3 {
		answers = answers[:1]
	}
	var f struct {
		Version int `json:"version"`
	}
	if err := by.do(ctx, "PUT", path, map[string]any{"version": 0, "answers": answers}, &f); err != nil || i == 3 {
		return err
	}
	return by.post(ctx, path+"/submit", map[string]any{"version": f.Version}, nil)
}

// proof attaches a file to a self-assessment.
func (by *member) proof(ctx context.Context, path string) (uuid.UUID, error) {
	var up, file struct {
		ID uuid.UUID `json:"id"`
	}
	b := pdf("信息采用情况佐证")
	if err := by.post(ctx, "/attachment/uploads", map[string]any{"name": "采用通报.pdf", "size": len(b)}, &up); err != nil {
		return up.ID, err
	}
	if err := by.do(ctx, "PUT", "/attachment/uploads/"+up.ID.String()+"?offset=0", b, nil); err != nil {
		return up.ID, err
	}
	err := by.post(ctx, path+"/files", map[string]any{"upload_id": up.ID}, &file)
	return file.ID, err
}

// judge gives some of the lines that wait for a person points: mostly those of
// the system, with a word where the bureau sees it otherwise.
func judge(ctx context.Context, by *member, n int) error {
	var q struct {
		Items []struct {
			Unit uuid.UUID `json:"unit_id"`
			Line struct {
				Code string `json:"code"`
			} `json:"line"`
			System string `json:"system"`
		} `json:"items"`
	}
	if err := by.get(ctx, fmt.Sprintf("/review/queue?state=todo&limit=%d", n), &q); err != nil {
		return err
	}
	for _, x := range q.Items {
		err := by.post(ctx, "/review/units/"+x.Unit.String()+"/scores", map[string]any{"code": x.Line.Code, "points": x.System,
			"reason": "以系统记录为准，所附条目已逐条核对。", "version": 0}, nil)
		if err != nil {
			return err
		}
	}
	return nil
}

// poll has the bureaus rated by one another and by the leadership, in a scheme
// of its own; some have answered.
func (m *maker) poll(ctx context.Context, hq *house, by *member) error {
	var units []scored
	for _, u := range bureaus() {
		units = append(units, scored{"tenant", m.houses[u.slug].id, u.name})
	}
	year := m.begin.Year()
	id, err := scheme(ctx, by, year, m.year()+"年度民主测评", units, []rule{{"code": "rated", "name": "民主测评", "type": "ratio", "deed_kind": "assess.recorded",
		"measure": "figure", "target": "100", "base_points": "100"}})
	if err != nil {
		return err
	}
	until := fmt.Sprintf("%d-12-25", year)
	if until < m.end.Format(time.DateOnly) {
		return nil
	}
	path, err := round(ctx, by, map[string]any{"scheme_id": id, "name": m.year() + "年度民主测评", "from": fmt.Sprintf("%d-01-01", year), "to": until})
	if err != nil {
		return err
	}
	var raters []map[string]any
	for _, u := range units {
		raters = append(raters, map[string]any{"group": "mutual", "unit": u.ID})
	}
	leaders := []*member{hq.who("chief"), hq.who("deputy"), hq.who("deputy2")}
	for _, l := range leaders {
		raters = append(raters, map[string]any{"group": "leaders", "member": l.id})
	}
	err = by.post(ctx, "/review/polls", map[string]any{"round_id": path[len("/assess/rounds/"):], "rule_code": "rated", "name": m.year() + "年度民主测评",
		"due_day": until, "most": "100", "raters": raters, "groups": []map[string]any{
			{"code": "mutual", "name": "单位互评", "weight": "40", "drop": 1}, {"code": "leaders", "name": "厅领导评价", "weight": "60"}}}, nil)
	if err != nil {
		return err
	}
	voters := []*member{leaders[0], leaders[1]}
	for _, u := range bureaus()[1:4] {
		voters = append(voters, m.houses[u.slug].head("办公室"))
	}
	for i, v := range voters {
		if err := vote(ctx, v, i); err != nil {
			return err
		}
	}
	return nil
}

// vote gives the ballot a person was asked for.
func vote(ctx context.Context, by *member, n int) error {
	var tickets struct {
		Items []struct {
			ID    uuid.UUID `json:"id"`
			Units []scored  `json:"units"`
		} `json:"items"`
	}
	if err := by.get(ctx, "/review/tickets", &tickets); err != nil {
		return err
	}
	t := tickets.Items[0]
	slices.SortFunc(t.Units, func(a, b scored) int { return slices.Compare(a.ID[:], b.ID[:]) })
	var marks []map[string]any
	for i, u := range t.Units {
		marks = append(marks, map[string]any{"unit": u.ID, "points": fmt.Sprint(84 + (7*i+5*n)%14)})
	}
	return by.post(ctx, "/review/tickets/"+t.ID.String()+"/ballot", map[string]any{"marks": marks}, nil)
}
