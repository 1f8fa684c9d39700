package demo

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/google/uuid"

	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

// A unit is a tenant to be set up.
type unit struct {
	slug, name, short, kind string
	above                   string // slug; empty for the root
	departments             []department
	place                   place
}

// A department and who works there. The office is there already.
type department struct {
	name, kind string
	posts      []post
}

// A post is one person's place. As names the part they play in the story, and
// roles what they may do everywhere in the tenant.
type post struct {
	title string
	head  bool
	as    string
	roles []rbac.Role
}

// A house is a unit that has been set up.
type house struct {
	unit
	id          uuid.UUID
	admin       *member
	departments map[string]uuid.UUID
	members     []*member
	columns     map[string]uuid.UUID
	rnd         *rand.Rand
	writer      *writer
}

// A member is a person of a house, and their browser.
type member struct {
	*visit
	id              uuid.UUID
	name, title, as string
	department      string
	head            bool
	roles           []rbac.Role
}

// who returns the one who plays a part.
func (h *house) who(as string) *member {
	for _, m := range h.members {
		if m.as == as {
			return m
		}
	}
	panic("demo: nobody plays " + as + " in " + h.slug)
}

// in returns the people of a department who are not its head.
func (h *house) in(department string) (ms []*member) {
	for _, m := range h.members {
		if m.department == department && !m.head && m.as != "auditor" {
			ms = append(ms, m)
		}
	}
	return ms
}

// head returns who leads a department.
func (h *house) head(department string) *member {
	for _, m := range h.members {
		if m.department == department && m.head {
			return m
		}
	}
	panic("demo: nobody leads " + department + " in " + h.slug)
}

// house returns a unit with its people, none of whom has come yet.
func (m *maker) house(u unit) *house {
	h := &house{unit: u, departments: map[string]uuid.UUID{}, columns: map[string]uuid.UUID{}, rnd: m.random(u.slug)}
	m.cast(h)
	h.writer = newWriter(u.place, h.rnd)
	h.writer.unit = u.short
	if len(u.departments) > 0 {
		h.writer.leaders = h.leaders(u.departments[0].name)
	}
	return h
}

// open sets a unit up the way an operator and its first administrator do; only
// its people are taken in all at once.
func (m *maker) open(ctx context.Context, u unit) (*house, error) {
	h := m.house(u)
	var made struct {
		Tenant struct {
			ID uuid.UUID `json:"id"`
		} `json:"tenant"`
		Token string `json:"link_token"`
	}
	in := map[string]any{"group_id": m.group, "slug": u.slug, "name": u.name, "short_name": u.short, "kind": u.kind,
		"admin_name": h.admin.name, "admin_login": h.admin.login}
	if u.above != "" {
		in["parent_id"] = m.houses[u.above].id
	}
	if err := m.operator.post(ctx, "/console/tenants", in, &made); err != nil {
		return nil, err
	}
	h.id = made.Tenant.ID
	if err := h.admin.enter(ctx, "/org/activate", map[string]any{"token": made.Token, "password": m.password, "agreed": true}); err != nil {
		return nil, err
	}
	h.admin.id = h.admin.me.Member.ID
	if err := h.build(ctx); err != nil {
		return nil, err
	}
	if err := m.populate(ctx, h); err != nil {
		return nil, fmt.Errorf("%s: %w", u.slug, err)
	}
	return h, nil
}

func (m *maker) visit(slug, login string) *visit {
	return &visit{site: m.site, tenant: slug, login: login, password: m.password}
}

// build makes the departments.
func (h *house) build(ctx context.Context) error {
	var there struct {
		Items []struct {
			ID     uuid.UUID  `json:"id"`
			Parent *uuid.UUID `json:"parent_id"`
			Name   string     `json:"name"`
		} `json:"items"`
	}
	if err := h.admin.get(ctx, "/org/departments", &there); err != nil {
		return err
	}
	var root uuid.UUID
	for _, d := range there.Items {
		h.departments[d.Name] = d.ID
		if d.Parent == nil {
			root = d.ID
		}
	}
	for i, d := range h.unit.departments {
		if _, ok := h.departments[d.name]; ok {
			continue
		}
		var made struct {
			ID uuid.UUID `json:"id"`
		}
		err := h.admin.post(ctx, "/org/departments", map[string]any{"parent_id": root, "name": d.name, "kind": d.kind, "sort": 10*i + 5}, &made)
		if err != nil {
			return err
		}
		h.departments[d.name] = made.ID
	}
	return nil
}

// cast names the people of a house.
func (m *maker) cast(h *house) {
	names := newRoll(h.rnd)
	name, login := names.next()
	h.admin = &member{visit: m.visit(h.slug, login), name: name, title: "系统管理员", as: "admin", department: "办公室"}
	for _, d := range h.unit.departments {
		for _, p := range d.posts {
			name, login := names.next()
			if p.as == "namesake" { // two people of one name are told apart by their logins
				name, login = h.members[0].name, names.login(h.members[0].login)
			}
			h.members = append(h.members, &member{visit: m.visit(h.slug, login), name: name, title: p.title, as: p.as,
				department: d.name, head: p.head, roles: p.roles})
		}
	}
}

// populate takes the people in, with a password that is theirs to keep: one
// hash for all of them, because each costs a tenth of a second.
func (m *maker) populate(ctx context.Context, h *house) error {
	a := h.admin
	ctx = tenant.As(ctx, tenant.Actor{Tenant: h.id, Member: a.id, Account: a.me.Account.ID, Name: a.name, Request: "demo"})
	return m.node.DB.Write(ctx, func(tx *tenant.Tx) (err error) {
		for _, p := range h.members {
			p.id, err = org.AddMember(ctx, tx, org.NewMember{Login: p.login, Name: p.name, DepartmentID: h.departments[p.department],
				Title: p.title, Head: p.head, Hash: m.hash})
			if err != nil {
				return err
			}
			for _, r := range p.roles {
				if err := org.Appoint(ctx, tx, p.id, r); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// A column is one to be opened, or one that is there to be given away.
type column struct {
	name, above, kind string
	department        string   // whose it is
	levels            int      // of review; 1 if zero
	interval          int      // days it may go without news; as above it if zero
	draft             []string // departments; "*" is everybody
	review, publish   []*member
	rules             map[string]any // what it sets itself
}

// arrange opens columns and gives rights on them, as the Office does.
func (h *house) arrange(ctx context.Context, office *member, cs []column) error {
	var there struct {
		Items []struct {
			ID      uuid.UUID `json:"id"`
			Name    string    `json:"name"`
			Version int       `json:"version"`
		} `json:"items"`
	}
	if err := office.get(ctx, "/publish/columns", &there); err != nil {
		return err
	}
	versions := map[string]int{}
	for _, c := range there.Items {
		h.columns[c.Name], versions[c.Name] = c.ID, c.Version
	}
	for i, c := range cs {
		set := map[string]any{"review_levels": max(c.levels, 1)}
		if c.interval != 0 {
			set["max_interval_days"] = c.interval
		}
		if c.rules != nil {
			set["rules"] = c.rules
		}
		if c.department != "" {
			set["department_id"] = h.departments[c.department]
		}
		method, path := "POST", "/publish/columns"
		if v, ok := versions[c.name]; ok {
			method, path, set["version"] = "PATCH", path+"/"+h.columns[c.name].String(), v
		} else {
			set["name"], set["kind"], set["sort"] = c.name, c.kind, 10+i
			if c.above != "" {
				set["parent_id"] = h.columns[c.above]
			}
		}
		var made struct {
			ID uuid.UUID `json:"id"`
		}
		if err := office.do(ctx, method, path, set, &made); err != nil {
			return err
		}
		h.columns[c.name] = made.ID
		if err := h.grant(ctx, office, c); err != nil {
			return fmt.Errorf("%s %s: %w", h.slug, c.name, err)
		}
	}
	return nil
}

func (h *house) grant(ctx context.Context, office *member, c column) error {
	give := func(kind string, id uuid.UUID, right string) error {
		in := map[string]any{"subject_kind": kind, "right": right}
		if kind != "everyone" {
			in["subject_id"] = id
		}
		return office.post(ctx, "/publish/columns/"+h.columns[c.name].String()+"/grants", in, nil)
	}
	for _, d := range c.draft {
		kind := "department"
		if d == "*" {
			kind = "everyone"
		}
		if err := give(kind, h.departments[d], "draft"); err != nil {
			return err
		}
	}
	for _, p := range c.review {
		if err := give("member", p.id, "review"); err != nil {
			return err
		}
	}
	for _, p := range c.publish {
		if err := give("member", p.id, "publish"); err != nil {
			return err
		}
	}
	return nil
}
