package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// A noticed is what a unit sees of a public notice.
type noticed struct {
	Items []struct {
		Unit struct {
			ID uuid.UUID `json:"id"`
		} `json:"unit"`
		Lines []struct {
			ID   uuid.UUID `json:"id"`
			Rule string    `json:"rule_code"`
		} `json:"lines"`
	} `json:"items"`
}

// verdict has the first half of the year decided: its calendar is made, the
// result is shown to the bureaus since three working days, two of them have
// appealed, and one has its answer.
func (m *maker) verdict(ctx context.Context, hq *house) error {
	opened, _ := m.diary.cal.AddWorkTime(m.end, -24*time.Hour)
	half := time.Date(m.begin.Year(), time.July, 1, 9, 0, 0, 0, m.begin.Location())
	if !half.Before(opened) {
		return nil // the story ends too early in the year
	}
	by := hq.who("evaluator")
	if err := m.clock.set(ctx, hq.id, opened); err != nil {
		return err
	}
	round, err := m.halfYear(ctx, by, half)
	if err != nil {
		return err
	}
	notice, err := m.schedule(ctx, hq, "/verdict/rounds/"+round.String())
	if err != nil {
		return err
	}
	later := m.diary.later(opened, 6*time.Hour)
	for i, text := range []string{"第二季度有两条防汛信息被采用，明细中只列了一条，附刊物页。", "上报信息漏计一条，附报送回执。"} {
		h := m.houses[bureaus()[i].slug]
		if err := m.clock.set(ctx, h.id, m.diary.later(later, time.Duration(i)*time.Hour)); err != nil {
			return err
		}
		if err := appeal(ctx, h.head("办公室"), notice, []string{"adopted", "report"}[i], text); err != nil {
			return fmt.Errorf("%s: %w", h.slug, err)
		}
		if err := m.clock.set(ctx, h.id, m.end); err != nil {
			return err
		}
	}
	if err := m.clock.set(ctx, hq.id, m.end); err != nil {
		return err
	}
	return answerSecond(ctx, hq.who("clerk"), "/verdict/rounds/"+round.String())
}

// halfYear scores the bureaus over the first half of the year by a scheme of
// its own, and returns the round.
func (m *maker) halfYear(ctx context.Context, by *member, half time.Time) (id uuid.UUID, err error) {
	var there struct {
		Items []scored `json:"items"`
	}
	if err := by.get(ctx, "/assess/units", &there); err != nil {
		return id, err
	}
	units := slices.DeleteFunc(there.Items, func(u scored) bool { return u.Kind != "tenant" })
	s, err := scheme(ctx, by, m.begin.Year(), m.year()+"年年中考核", units, provinceRules())
	if err != nil {
		return id, err
	}
	path, err := round(ctx, by, map[string]any{"scheme_id": s, "name": m.year() + "年上半年",
		"from": fmt.Sprintf("%d-01-01", m.begin.Year()), "to": half.AddDate(0, 0, -1).Format(time.DateOnly)})
	if err != nil {
		return id, err
	}
	return uuid.Parse(path[strings.LastIndexByte(path, '/')+1:])
}

// schedule gives the round its usual days and shows its result; it returns the
// address of the notice.
func (m *maker) schedule(ctx context.Context, hq *house, path string) (notice string, err error) {
	by, leader := hq.who("evaluator"), hq.who("clerk")
	var page struct {
		Defaults []struct {
			Step string `json:"step"`
			Due  string `json:"due"`
		} `json:"defaults"`
		Notice struct {
			ID uuid.UUID `json:"id"`
		} `json:"notice"`
	}
	if err := by.get(ctx, path, &page); err != nil {
		return "", err
	}
	var steps []map[string]any
	for _, d := range page.Defaults {
		s := map[string]any{"step": d.Step, "due": d.Due, "remind": 2, "responsible_id": by.id, "leader_id": leader.id}
		if d.Step == "answer" || d.Step == "decide" {
			s["responsible_id"], s["leader_id"] = leader.id, by.id
		}
		steps = append(steps, s)
	}
	err = by.do(ctx, "PUT", path+"/calendar", map[string]any{"steps": steps, "share": 30, "notice_days": 5, "appeal_days": 5, "answer_days": 10,
		"again_days": 5, "version": 0, "lines": []map[string]string{{"name": "优秀", "at_least": "90"}, {"name": "良好", "at_least": "75"},
			{"name": "合格", "at_least": "60"}, {"name": "不合格", "at_least": "0"}}}, nil)
	if err != nil {
		return "", err
	}
	err = by.post(ctx, path+"/notice", nil, &page)
	return "/verdict/notices/" + page.Notice.ID.String(), err
}

// appeal appeals against the line of a rule.
func appeal(ctx context.Context, by *member, notice, rule, text string) error {
	var seen noticed
	if err := by.get(ctx, notice, &seen); err != nil {
		return err
	}
	for _, l := range seen.Items[0].Lines {
		if l.Rule == rule {
			return by.post(ctx, notice+"/appeals", map[string]any{"unit_id": seen.Items[0].Unit.ID, "entry_id": l.ID, "reason": text,
				"url": "https://www.example.org/kanwu/2026-06"}, nil)
		}
	}
	return fmt.Errorf("no line of %s", rule)
}

// answerSecond answers the second appeal; the first is left to be answered.
func answerSecond(ctx context.Context, by *member, path string) error {
	var came struct {
		Items []struct {
			ID uuid.UUID `json:"id"`
		} `json:"items"`
	}
	if err := by.get(ctx, path+"/appeals", &came); err != nil {
		return err
	}
	if len(came.Items) != 2 {
		return fmt.Errorf("%d appeals, want 2", len(came.Items))
	}
	return by.post(ctx, "/verdict/appeals/"+came.Items[1].ID.String()+"/answer", map[string]any{"outcome": "rejected",
		"reasons": "所附回执是一季度的同一条信息，内容重复，只计一次。"}, nil)
}
