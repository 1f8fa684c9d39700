package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// rights has headquarters' administrators stand apart, after which the first one
// gives no more rights; somebody has asked for a right and got it, somebody else
// is waiting, and one person may not draft for a time.
func (m *maker) rights(ctx context.Context, hq *house) error {
	if err := m.clock.set(ctx, hq.id, m.end); err != nil {
		return err
	}
	security := hq.who("security")
	roles, err := hq.roles(ctx)
	if err != nil {
		return err
	}
	if err := hq.admin.post(ctx, "/org/grants", map[string]any{"subject_kind": "member", "subject_id": security.id, "role_id": roles["security"]}, nil); err != nil {
		return err
	}
	clerk := hq.who("clerk")
	asked, err := hq.ask(ctx, hq.in("水资源处")[2], map[string]any{"role_id": roles["publisher"], "reason": "接替休产假的同志，负责本处信息发布"})
	if err != nil {
		return err
	}
	for _, by := range []*member{hq.who("water-head"), clerk} {
		if err := asked.agree(ctx, by, "工作需要，同意。"); err != nil {
			return err
		}
	}
	waits, err := hq.ask(ctx, hq.in("建设管理处")[2], map[string]any{"permission": "exchange.push", "reason": "参与在建工程月报编写，需要向各市推送"})
	if err != nil {
		return err
	}
	if err := waits.agree(ctx, hq.who("build-head"), "同意。"); err != nil {
		return err
	}
	held := hq.in("河湖管理处")
	return security.post(ctx, "/access/restrictions", map[string]any{"member_id": held[len(held)-1].id, "permissions": []string{"publish.draft", "publish.publish"},
		"ends_at": m.end.AddDate(0, 0, 30).Format(time.RFC3339), "reason": "未经审核对外提供数据", "basis": "人事处处理决定〔" + m.end.Format("2006") + "〕12号"}, nil)
}

// roles returns the ids of the roles a tenant starts with, by their codes.
func (h *house) roles(ctx context.Context) (map[string]uuid.UUID, error) {
	var l struct {
		Items []struct {
			ID   uuid.UUID `json:"id"`
			Code string    `json:"code"`
		} `json:"items"`
	}
	err := h.admin.get(ctx, "/org/roles", &l)
	ids := map[string]uuid.UUID{}
	for _, r := range l.Items {
		ids[r.Code] = r.ID
	}
	return ids, err
}

// A wanted right is one somebody has asked for.
type wanted struct {
	Case uuid.UUID `json:"case_id"`
}

func (h *house) ask(ctx context.Context, by *member, in map[string]any) (w wanted, err error) {
	err = by.post(ctx, "/access/requests", in, &w)
	return w, err
}

// agree has somebody pass their step.
func (w wanted) agree(ctx context.Context, by *member, opinion string) error {
	var l struct {
		Items []struct {
			ID   uuid.UUID `json:"id"`
			Case uuid.UUID `json:"case_id"`
		} `json:"items"`
	}
	if err := by.get(ctx, "/approval/tasks?state=todo&limit=200", &l); err != nil {
		return err
	}
	for _, t := range l.Items {
		if t.Case != w.Case {
			continue
		}
		var page struct {
			Case struct {
				Hash string `json:"content_hash"`
			} `json:"case"`
		}
		task := "/approval/tasks/" + t.ID.String()
		if err := by.get(ctx, task, &page); err != nil {
			return err
		}
		return by.post(ctx, task+"/approve", map[string]any{"opinion": opinion, "content_hash": page.Case.Hash, "checks": map[string]bool{"needed": true}}, nil)
	}
	return fmt.Errorf("%s has no task for a right that was asked for", by.login)
}
