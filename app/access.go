package app

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/approval"
	"hetu/calendar"
	"hetu/message"
	"hetu/office/publish"
	"hetu/org"
	"hetu/org/access"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/web"
)

// accessParts is what asking for rights needs of the features around it.
func accessParts(engine *approval.Engine, rights func() []rbac.Right) access.Deps {
	return access.Deps{
		Rights: rights,
		Words:  func() map[string]string { return web.Words("zh-CN", "permission.") },
		Names:  map[string]org.Naming{publish.ScopeKind: publish.ScopeNames, "department": org.TreeNames("departments")},
		Paths:  map[string]access.Paths{publish.ScopeKind: org.TreePath("columns"), "department": org.TreePath("departments")},
		Start: func(ctx context.Context, tx *tenant.Tx, s access.Submission) (uuid.UUID, error) {
			d := approval.Definition{}
			for _, step := range s.Steps {
				d.Steps = append(d.Steps, approval.Step{Name: step.Name, People: step.People[:min(len(step.People), approval.MaxPeople)]})
			}
			c, err := engine.Start(ctx, tx, approval.Submission{Kind: "access.request", Subject: s.Subject, Title: s.Title, Hash: s.Hash, Unit: s.Unit, Definition: d})
			return c.ID, err
		},
		Notify: func(ctx context.Context, tx *tenant.Tx, ns ...access.Notice) error {
			all := make([]message.Notice, len(ns))
			for i, n := range ns {
				all[i] = message.Notice{To: n.To, Code: n.Code, Href: n.Href, Params: n.Params}
			}
			return message.Send(ctx, tx, all...)
		},
		Minutes: func(ctx context.Context, tx *tenant.Tx, from, to time.Time) (int, error) {
			days, err := calendar.Load(ctx, tx)
			return int(days.WorkTime(from, to) / time.Minute), err
		},
	}
}

// roleSets are the four basic sets of rights (R257, R258, N30), as a unit may take
// them over for roles of its own: everything, originating, the ordinary user, and
// the clerk of a department. The administrators' own rights are in none: they are
// appointed one by one and apart (AU-05).
func roleSets(rights func() []rbac.Right) func() []org.RoleSet {
	return func() []org.RoleSet {
		full := org.RoleSet{Code: "full"}
		for _, r := range rights() {
			if !slices.Contains(org.Powers, r.Permission) && !org.Reserved(r) {
				full.Permissions = append(full.Permissions, r.Permission)
			}
		}
		return []org.RoleSet{
			full,
			{Code: "initiation", Permissions: []rbac.Permission{publish.Read, publish.Draft, "exchange.report"}},
			{Code: "ordinary", Permissions: []rbac.Permission{publish.Read}},
			{Code: "clerk", Permissions: []rbac.Permission{publish.Read, publish.Draft, publish.Publish, "exchange.report", "review.fill", "assess.own"}},
		}
	}
}
