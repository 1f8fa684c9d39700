package access_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"hetu/approval"
	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/message"
	"hetu/org"
	"hetu/org/access"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

var quick = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const (
	write rbac.Permission = "test.write"
	judge rbac.Permission = "test.judge"
)

func declared() []rbac.Right {
	return []rbac.Right{
		{Permission: org.Manage, Scoped: true, Roles: []rbac.Role{rbac.Admin}},
		{Permission: org.Grant, Scoped: true, Roles: []rbac.Role{rbac.Security}},
		{Permission: org.Powers[2], Roles: []rbac.Role{rbac.Auditor}},
		{Permission: access.View, Roles: []rbac.Role{rbac.Admin, rbac.Security, rbac.Auditor}},
		{Permission: access.Approve, Roles: []rbac.Role{rbac.Office}},
		{Permission: access.Freeze, Roles: []rbac.Role{rbac.Security}},
		{Permission: write, Scoped: true, Roles: []rbac.Role{rbac.Publisher}},
		{Permission: judge, Roles: []rbac.Role{rbac.Evaluator}},
	}
}

// A bureau is a tenant with people: an administrator, who also approves, a
// security administrator, an auditor, and a department with a head and a clerk.
type bureau struct {
	t          *testing.T
	id         uuid.UUID
	guard      *rbac.Guard
	features   []feature.Feature
	department uuid.UUID
	office     uuid.UUID

	admin, security, auditor, head, clerk, leader tenant.Actor
}

func newBureau(t *testing.T) *bureau {
	t.Helper()
	db := tenanttest.DB(t)
	engine := approval.New(approval.Deps{Calendar: calendar.Load, Notify: message.Send})
	b := &bureau{t: t, id: tenanttest.Tenant(t, uuid.Nil, "青盐"), department: tenant.NewID()}
	f := access.Feature(access.Deps{
		Rights: declared, Words: func() map[string]string { return map[string]string{"test.write": "写稿"} },
		Names: map[string]org.Naming{"department": org.TreeNames("departments")}, Paths: map[string]access.Paths{"department": org.TreePath("departments")},
		Start: func(ctx context.Context, tx *tenant.Tx, s access.Submission) (uuid.UUID, error) {
			d := approval.Definition{}
			for _, step := range s.Steps {
				d.Steps = append(d.Steps, approval.Step{Name: step.Name, People: step.People})
			}
			c, err := engine.Start(ctx, tx, approval.Submission{Kind: "access.request", Subject: s.Subject, Title: s.Title, Hash: s.Hash, Unit: s.Unit, Definition: d})
			return c.ID, err
		},
		Notify: func(ctx context.Context, tx *tenant.Tx, ns ...access.Notice) error {
			for _, n := range ns {
				if err := message.Send(ctx, tx, message.Notice{To: n.To, Code: n.Code, Href: n.Href, Params: n.Params}); err != nil {
					return err
				}
			}
			return nil
		},
		Minutes: func(ctx context.Context, tx *tenant.Tx, from, to time.Time) (int, error) {
			days, err := calendar.Load(ctx, tx)
			return int(days.WorkTime(from, to) / time.Minute), err
		},
	})
	if err := feature.Check(f); err != nil {
		t.Fatal(err)
	}
	b.features = []feature.Feature{f, engine.Feature()}
	engine.Kinds(f)
	var err error
	if b.guard, err = rbac.NewGuard(db, 10); err != nil {
		t.Fatal(err)
	}
	b.people(f)
	return b
}

func (b *bureau) people(f feature.Feature) {
	b.t.Helper()
	hash, err := argon2id.CreateHash("Salt&Sea-2026", &quick)
	must(b.t, err)
	admin, err := org.OpenTenant(b.t.Context(), tenanttest.DB(b.t), b.id, org.AdminSpec{Login: "admin", Name: "管小理", Hash: hash},
		func(ctx context.Context, tx *tenant.Tx) error { return rbac.Seed(ctx, tx, declared()) })
	must(b.t, err)
	b.admin = tenant.Actor{Tenant: b.id, Member: admin, Name: "管小理", Request: "test", IP: "127.0.0.1"}
	b.write(b.admin, func(ctx context.Context, tx *tenant.Tx) error {
		if err := tx.Get(ctx, &b.office, `select id from departments where kind = 'office'`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			insert into departments (id, parent_id, path, name) select $1, id, array[id, $1], '财务处' from departments where parent_id is null`, b.department); err != nil {
			return err
		}
		for _, p := range []struct {
			who   *tenant.Actor
			login string
			in    uuid.UUID
			head  bool
			roles []rbac.Role
		}{
			{&b.security, "security", b.office, false, []rbac.Role{rbac.Security}}, {&b.auditor, "auditor", b.office, false, []rbac.Role{rbac.Auditor}},
			{&b.leader, "leader", b.office, true, []rbac.Role{rbac.Office}}, {&b.head, "head", b.department, true, nil}, {&b.clerk, "clerk", b.department, false, nil},
		} {
			id, err := org.AddMember(ctx, tx, org.NewMember{Login: p.login, Name: "人" + p.login, DepartmentID: p.in, Title: "科员", Head: p.head, Hash: hash})
			if err != nil {
				return err
			}
			*p.who = tenant.Actor{Tenant: b.id, Member: id, Name: "人" + p.login, Request: "test", IP: "127.0.0.1"}
			if err := tx.Get(ctx, &p.who.Account, `select account_id from members where id = $1`, id); err != nil {
				return err
			}
			for _, r := range p.roles {
				if err := org.Appoint(ctx, tx, id, r); err != nil {
					return err
				}
			}
		}
		// The first administrator approves nothing here: the leader does.
		_, err := tx.Exec(ctx, `delete from grants g using roles r where r.id = g.role_id and r.code = 'office' and g.subject_id = $1`, admin)
		return err
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (b *bureau) as(a tenant.Actor) context.Context {
	b.t.Helper()
	ctx := tenant.As(context.Background(), a)
	b.guard.Drop(b.id)
	rights, err := b.guard.Rights(ctx)
	must(b.t, err)
	return rbac.With(ctx, rights)
}

func (b *bureau) write(a tenant.Actor, fn func(context.Context, *tenant.Tx) error) {
	b.t.Helper()
	ctx := b.as(a)
	must(b.t, tenanttest.DB(b.t).Write(ctx, func(tx *tenant.Tx) error { return fn(ctx, tx) }))
}

// call serves one request of somebody, whom the route's permission is asked of as
// the server does, and returns the answer.
func (b *bureau) call(a tenant.Actor, route string, body any) (map[string]any, error) {
	b.t.Helper()
	method, path, _ := strings.Cut(route, " ")
	ctx := b.as(a)
	app := fiber.New(fiber.Config{Immutable: true})
	var failed error
	for _, f := range b.features {
		for _, r := range f.Routes {
			app.Add(r.Method, strings.NewReplacer("{", ":", "}", "").Replace(r.Path), func(c *fiber.Ctx) error {
				c.SetUserContext(ctx)
				if r.Needs != rbac.Member && !rbac.From(ctx).Has(r.Needs) {
					failed = rbac.From(ctx).Denial(r.Needs)
					return nil
				}
				failed = r.Endpoint.Serve(c, feature.Deps{DB: tenanttest.DB(b.t)})
				return nil
			})
		}
	}
	raw, err := json.Marshal(body)
	must(b.t, err)
	q := httptest.NewRequest(method, path, strings.NewReader(string(raw)))
	if body == nil {
		q = httptest.NewRequest(method, path, nil)
	}
	q.Header.Set("Idempotency-Key", uuid.NewString())
	res, err := app.Test(q, -1)
	must(b.t, err)
	defer func() { _ = res.Body.Close() }()
	out := map[string]any{}
	answer, err := io.ReadAll(res.Body)
	must(b.t, err)
	if failed == nil && json.Unmarshal(answer, &out) != nil {
		b.t.Fatalf("%s = %d %s", route, res.StatusCode, answer)
	}
	return out, failed
}

func (b *bureau) does(a tenant.Actor, route string, body any) map[string]any {
	b.t.Helper()
	out, err := b.call(a, route, body)
	if err != nil {
		b.t.Fatalf("%s: %s = %v", a.Name, route, err)
	}
	return out
}

func (b *bureau) fails(a tenant.Actor, route string, body any, want *fault.Error, field string) {
	b.t.Helper()
	_, err := b.call(a, route, body)
	if f := fault.Of(err); err == nil || f.Code != want.Code || f.Field != field {
		b.t.Errorf("%s: %s = %v, want %s on %q", a.Name, route, err, want.Code, field)
	}
}

// decides has somebody decide the task they have in a request's case.
func (b *bureau) decides(a tenant.Actor, request map[string]any, how string) error {
	b.t.Helper()
	var task, hash string
	err := tenanttest.DB(b.t).Read(b.as(a), func(tx *tenant.Tx) error {
		if err := tx.Get(context.Background(), &hash, `select hash from approval_cases where subject_id = $1`, request["id"]); err != nil {
			return err
		}
		return tx.Get(context.Background(), &task, `
			select t.id::text from approval_tasks t join approval_cases c on c.id = t.case_id
			 where c.subject_id = $1 and t.member_id = $2 and t.state = 'open'`, request["id"], a.Member)
	})
	if err != nil {
		return fmt.Errorf("%s has no such task: %w", a.Name, err)
	}
	body := map[string]any{"checks": map[string]bool{"needed": true}, "content_hash": hash}
	if how == "return" {
		body = map[string]any{"reason_code": "other", "opinion": "与岗位不符"}
	}
	_, err = b.call(a, "POST /approval/tasks/"+task+"/"+how, body)
	return err
}

func (b *bureau) count(query string, args ...any) (n int) {
	b.t.Helper()
	must(b.t, tenanttest.DB(b.t).Read(b.as(b.admin), func(tx *tenant.Tx) error { return tx.Get(context.Background(), &n, query, args...) }))
	return n
}

func (b *bureau) role(r rbac.Role) (id uuid.UUID) {
	b.t.Helper()
	must(b.t, tenanttest.DB(b.t).Read(b.as(b.admin), func(tx *tenant.Tx) (err error) {
		id, err = rbac.RoleID(context.Background(), tx, r)
		return err
	}))
	return id
}

func (b *bureau) may(a tenant.Actor, p rbac.Permission) bool { return rbac.From(b.as(a)).Has(p) }
