package plan

import (
	"context"
	"errors"
	"slices"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// View is the permission to see how much of its plan the tenant uses.
const View rbac.Permission = "plan.view"

// Feature is the tenant's side of plans. The operators' side is part of the console.
func Feature() feature.Feature {
	return feature.Feature{
		Name:   "plan",
		Rights: []rbac.Right{{Permission: View, Roles: []rbac.Role{rbac.Admin, rbac.Office, rbac.Auditor}}},
		Routes: []feature.Route{
			feature.GET("/plan", View, feature.Read(show)),
			feature.GET("/plan/mine", rbac.Member, feature.Read(mine)),
			feature.GET("/plan/here", rbac.Anyone, feature.Look(here)),
		},
		Migrations: files,
	}
}

// Mine is what everybody of a tenant has to know of its plan: what to leave out
// of the menus, and why nothing can be changed.
type Mine struct {
	Off       []string `json:"off"`
	ReadOnly  bool     `json:"read_only"`
	Reason    string   `json:"reason"` // why, if it is read only
	Expired   bool     `json:"expired"`
	ExpiresOn string   `json:"expires_on"` // its last day, YYYY-MM-DD; empty: none
}

func mine(ctx context.Context, tx *tenant.Tx, _ feature.None) (m Mine, err error) {
	s, err := load(ctx, tx)
	if err != nil && !errors.Is(err, tenant.ErrNoRows) {
		return m, err
	}
	m = Mine{Off: append([]string{}, s.Off...), ReadOnly: s.ReadOnly, Expired: s.Expired, ExpiresOn: day(s.ExpiresOn)}
	if s.ReadOnly {
		m.Reason = s.Reason
	}
	return m, nil
}

// A Sheet is what a tenant may use and how much of it is used.
type Sheet struct {
	Mine
	Modules  []moduleState `json:"modules"`
	Seats    *int          `json:"seats"`     // null: any number
	Members  int           `json:"members"`   // who have not left
	Bytes    *int64        `json:"bytes"`     // null: any number
	Used     int64         `json:"used"`      // bytes
	DaysLeft *int          `json:"days_left"` // until after its last day; null: no end
}

type moduleState struct {
	Code string `json:"code"`
	On   bool   `json:"on"`
}

func show(ctx context.Context, tx *tenant.Tx, _ feature.None) (p Sheet, err error) {
	if p.Mine, err = mine(ctx, tx, feature.None{}); err != nil {
		return p, err
	}
	s, err := load(ctx, tx)
	if err != nil && !errors.Is(err, tenant.ErrNoRows) {
		return p, err
	}
	p.Seats, p.Bytes = s.Seats, s.Bytes
	for _, m := range Modules {
		p.Modules = append(p.Modules, moduleState{m.Code, !slices.Contains(s.Off, m.Code)})
	}
	var u struct {
		used
		Left *int `db:"left"`
	}
	err = tx.Get(ctx, &u, `
		select (select count(*) from members where state <> 'left')::int as members, `+bytesUsed+` as bytes,
		       case when $1::date is not null then greatest($1::date - (now() at time zone 'Asia/Shanghai')::date + 1, 0) end as left`, s.ExpiresOn)
	p.Members, p.Used, p.DaysLeft = u.Members, u.Bytes, u.Left
	return p, err
}

// Here is the tenant whose own host name the browser was sent to.
type Here struct {
	Slug string `json:"slug"` // empty: it is nobody's own
}

func here(ctx context.Context, d feature.Deps, cl *feature.Client, _ feature.None) (h Here, err error) {
	err = d.DB.Public(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &h.Slug, `select coalesce(platform.tenant_by_domain($1), '')`, cl.Host)
	})
	return h, err
}
