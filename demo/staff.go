package demo

import (
	"context"
	"fmt"

	"github.com/google/uuid"
)

// staffing has headquarters say who is responsible: the principal by a document,
// the OA administrator approved by them, a department's administrator waiting for
// its head. A department has asked for an account, and some are in the address
// book with their numbers.
func (m *maker) staffing(ctx context.Context, hq *house) error {
	var principal *member
	for _, p := range hq.members {
		if p.department == hq.unit.departments[0].name {
			principal = p
			break
		}
	}
	if principal == nil {
		principal = hq.head("办公室")
	}
	water, oa := hq.head("水资源处"), hq.in("信息中心")[0]
	var named struct {
		ID uuid.UUID `json:"id"`
	}
	for _, in := range []map[string]any{
		{"office": "principal", "member_id": principal.id, "basis": "组任〔" + m.end.Format("2006") + "〕18号"},
		{"office": "dept_admin", "department_id": hq.departments["水资源处"], "member_id": hq.in("水资源处")[0].id},
		{"office": "oa_admin", "member_id": oa.id},
	} {
		if err := hq.admin.post(ctx, "/staff/offices", in, &named); err != nil {
			return fmt.Errorf("%s: %w", in["office"], err)
		}
	}
	if err := principal.post(ctx, "/staff/offices/"+named.ID.String()+"/decide", map[string]any{"approve": true}, nil); err != nil {
		return err
	}
	personnel := hq.head("人事处")
	if err := hq.appoint(ctx, personnel, "人事专责", "staff.request"); err != nil {
		return err
	}
	if err := personnel.post(ctx, "/staff/requests", map[string]any{"act": "open", "person": "向晚晴", "department_id": hq.departments["水资源处"],
		"title": "四级主任科员", "wanted": "水资源栏目拟稿", "reason": "新录用公务员报到"}, nil); err != nil {
		return err
	}
	for i, p := range []*member{water, oa, principal, hq.head("办公室")} {
		card := map[string]any{"phone": fmt.Sprintf("6510%04d", 2100+i*7), "mobile": fmt.Sprintf("1390000%04d", 1357+i*31),
			"email": p.login + "@example.org", "room": fmt.Sprintf("%d号楼%d室", i%2+1, 301+i*2), "version": 0}
		if err := p.do(ctx, "PUT", "/staff/card", card, nil); err != nil {
			return err
		}
	}
	return nil
}

// appoint gives somebody a role that is made for it.
func (h *house) appoint(ctx context.Context, to *member, name string, permissions ...string) error {
	var role struct {
		ID uuid.UUID `json:"id"`
	}
	security := h.who("security")
	if err := security.post(ctx, "/org/roles", map[string]any{"name": name, "permissions": permissions}, &role); err != nil {
		return err
	}
	return security.post(ctx, "/org/grants", map[string]any{"subject_kind": "member", "subject_id": to.id, "role_id": role.ID}, nil)
}
