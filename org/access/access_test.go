package access_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/approval"
	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/org/access"
	"hetu/rbac"
	"hetu/tenant"
)

type fields = map[string]any

const requests = "POST /access/requests"

// TestRequest holds R260, R261, R263 and R264 (W22): a person asks, the head of
// the department agrees, the leader approves, and from that moment they may; who
// asks decides nothing, and each change names the approval it came from.
func TestRequest(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	publisher := b.role(rbac.Publisher)
	ask := fields{"role_id": publisher, "reason": "承担处室信息发布工作"}
	b.fails(b.clerk, requests, fields{"role_id": other.role(rbac.Publisher), "reason": "x"}, rbac.ErrNoSuchRole, "role_id")
	b.fails(b.clerk, requests, fields{"permission": "test.*", "reason": "x"}, rbac.ErrNoSuchRight, "permission")
	b.fails(b.clerk, requests, fields{"role_id": publisher, "reason": " "}, feature.ErrMissing, "reason")
	b.fails(b.clerk, requests, fields{"role_id": publisher, "permission": write, "reason": "x"}, feature.ErrMissing, "role_id")
	b.fails(b.clerk, requests, fields{"permission": judge, "scope_kind": "department", "scope_id": b.department, "reason": "x"}, rbac.ErrNotScoped, "scope_id")
	b.fails(b.clerk, requests, fields{"permission": write, "scope_kind": "department", "scope_id": other.department, "reason": "x"}, access.ErrNoScope, "scope_id")
	b.fails(b.clerk, requests, fields{"role_id": publisher, "reason": "x", "until": "2020-01-01T00:00:00Z"}, org.ErrUntil, "until")
	for _, role := range []rbac.Role{rbac.Admin, rbac.Security, rbac.Auditor} { // AU-05: they are appointed
		b.fails(b.clerk, requests, fields{"role_id": b.role(role), "reason": "x"}, access.ErrAppointed, "role_id")
	}
	b.fails(b.leader, requests, fields{"permission": access.Approve, "reason": "x"}, access.ErrHeld, "")

	r := b.does(b.clerk, requests, ask)
	if r["state"] != "open" || r["what"] != rbac.Names[rbac.Publisher] || r["mine"] != true {
		t.Errorf("request = %v", r)
	}
	b.fails(b.clerk, requests, ask, access.ErrOpen, "")
	if err := b.decides(b.clerk, r, "approve"); err == nil {
		t.Error("who asks decides their own request (TI-12)")
	}
	if err := b.decides(b.leader, r, "approve"); err == nil {
		t.Error("the leader approves before the head agrees")
	}
	must(t, b.decides(b.head, r, "approve"))
	if b.may(b.clerk, write) {
		t.Error("has the right before it is approved")
	}
	must(t, b.decides(b.leader, r, "approve"))
	if !b.may(b.clerk, write) {
		t.Error("does not have the right that was approved")
	}
	id := r["id"].(string)
	r = b.does(b.clerk, "GET /access/requests/"+id, nil)
	if r["state"] != "applied" || r["minutes"] == nil || r["grant_id"] == nil || r["ended_at"] == nil {
		t.Errorf("request = %v, want applied, with how long it took (R261)", r)
	}
	if n := b.count(`select count(*) from audit_entries where action = 'rbac.granted' and detail ->> 'case_id' = $1`, r["case_id"]); n != 1 {
		t.Errorf("%d grants in the audit name the approval, want 1 (R263)", n)
	}
	if n := b.count(`select count(*) from deeds where kind = 'access.applied' and item = $1`, "access/request/"+id); n != 1 {
		t.Errorf("%d deeds, want 1", n)
	}
	if n := b.count(`select count(*) from notices where member_id = $1 and code = 'access.granted'`, b.security.Member); n != 1 {
		t.Errorf("the security administrator was told %d times, want once", n)
	}
	b.fails(b.clerk, requests, ask, access.ErrHeld, "")
	other.fails(other.admin, "GET /access/requests/"+id, nil, access.ErrNotFound, "")
}

// Who sees a request: who asked, who is asked, and who sees them all (R265).
func TestRequestsSeen(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	r := b.does(b.clerk, requests, fields{"permission": write, "scope_kind": "department", "scope_id": b.department, "reason": "整理本处材料"})
	one := "GET /access/requests/" + r["id"].(string)
	for _, p := range []tenant.Actor{b.clerk, b.head, b.leader, b.security, b.auditor, b.admin} {
		if got := b.does(p, one, nil); got["what"] != "写稿" {
			t.Errorf("%s sees %v", p.Name, got)
		}
	}
	b.write(b.admin, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update posts set head = false where member_id = $1`, b.head.Member)
		return err
	})
	if l := b.does(b.head, "GET /access/requests", nil); len(l["items"].([]any)) != 0 {
		t.Error("somebody else's requests are in one's own list")
	}
	b.fails(b.clerk, "GET /access/requests?all=true", nil, rbac.ErrDenied, "")
	if l := b.does(b.auditor, "GET /access/requests?all=true&state=open", nil); len(l["items"].([]any)) != 1 {
		t.Errorf("all requests = %v", l)
	}
	// Nobody leads the department or one above it: nobody can agree (R260).
	b.fails(b.clerk, requests, fields{"permission": judge, "reason": "x"}, access.ErrNoHead, "")
}

// Who has a right until some day asks for it for longer, before that day and
// after it; who has it for longer does not lose that (R260, R261).
func TestRequestForLonger(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	day := func(n int) string {
		return time.Now().Add(time.Duration(n) * 24 * time.Hour).UTC().Format(time.RFC3339)
	}
	ask := func(until string) fields {
		in := fields{"permission": write, "reason": "轮值编辑"}
		if until != "" {
			in["until"] = until
		}
		return in
	}
	gets := func(what, until string) {
		t.Helper()
		r := b.does(b.clerk, requests, ask(until))
		must(t, b.decides(b.head, r, "approve"))
		must(t, b.decides(b.leader, r, "approve"))
		if r = b.does(b.clerk, "GET /access/requests/"+r["id"].(string), nil); r["grant_id"] == nil || !b.may(b.clerk, write) {
			t.Errorf("%s: %v", what, r)
		}
	}
	gets("for ten days", day(10))
	b.fails(b.clerk, requests, ask(day(5)), access.ErrHeld, "")
	gets("for longer", day(20))
	b.write(b.admin, func(ctx context.Context, tx *tenant.Tx) error {
		if _, err := tx.Exec(ctx, `update grants set until = now() - interval '1 day' where subject_id = $1`, b.clerk.Member); err != nil {
			return err
		}
		return rbac.Changed(ctx, tx)
	})
	if b.may(b.clerk, write) {
		t.Fatal("a right lasts longer than given")
	}
	gets("when it was over", day(3))
	gets("for good", "")
	b.fails(b.clerk, requests, ask(""), access.ErrHeld, "")
	if n := b.count(`select count(*) from grants where subject_id = $1`, b.clerk.Member); n != 1 {
		t.Errorf("%d grants are left, want one", n)
	}
}

// What ends otherwise gives nothing.
func TestRequestRefused(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	ask := fields{"role_id": b.role(rbac.Publisher), "reason": "值班"}
	r := b.does(b.clerk, requests, ask)
	must(t, b.decides(b.head, r, "return"))
	if r = b.does(b.clerk, "GET /access/requests/"+r["id"].(string), nil); r["state"] != "returned" || r["grant_id"] != nil || b.may(b.clerk, write) {
		t.Errorf("returned = %v", r)
	}
	r = b.does(b.clerk, requests, ask)
	b.does(b.clerk, "POST /approval/cases/"+r["case_id"].(string)+"/withdraw", fields{"reason": "不再需要"})
	if r = b.does(b.clerk, "GET /access/requests/"+r["id"].(string), nil); r["state"] != "withdrawn" || b.may(b.clerk, write) {
		t.Errorf("withdrawn = %v", r)
	}
	// What was agreed to is what a role bundled then: it is not what it bundles now.
	r = b.does(b.clerk, requests, ask)
	must(t, b.decides(b.head, r, "approve"))
	b.write(b.admin, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `insert into role_permissions (role_id, permission) values ($1, $2)`, b.role(rbac.Publisher), string(judge))
		return err
	})
	if err := b.decides(b.leader, r, "approve"); fault.Of(err).Code != approval.ErrContent.Code || b.may(b.clerk, write) {
		t.Errorf("a role that grew meanwhile is approved: %v (WF-03)", err)
	}
}

// A request whose role is no more gives nothing, and what waits for people ends.
func TestRequestOfARoleThatIsGone(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	var role uuid.UUID
	b.write(b.admin, func(ctx context.Context, tx *tenant.Tx) (err error) {
		role, err = rbac.AddRole(ctx, tx, rbac.RoleSpec{Name: "撰稿组", Permissions: []rbac.Permission{write}})
		return err
	})
	r := b.does(b.clerk, requests, fields{"role_id": role, "reason": "值班"})
	b.write(b.admin, func(ctx context.Context, tx *tenant.Tx) error { return rbac.DropRole(ctx, tx, role) })
	if err := b.decides(b.head, r, "approve"); fault.Of(err).Code != approval.ErrContent.Code || b.may(b.clerk, write) {
		t.Errorf("approved = %v, want ErrContent", err)
	}
	must(t, b.decides(b.head, r, "return"))
	if n := b.count(`select count(*) from approval_tasks t join approval_cases c on c.id = t.case_id where c.subject_id = $1 and t.state = 'open'`, r["id"]); n != 0 {
		t.Errorf("%d tasks wait for ever", n)
	}
}

// A head is asked about by those who approve; whoever approves and leads agrees
// once, for both.
func TestRequestSteps(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	r := b.does(b.head, requests, fields{"permission": write, "reason": "审稿"})
	must(t, b.decides(b.leader, r, "approve"))
	if !b.may(b.head, write) {
		t.Error("a head's request has no effect")
	}
	r = b.does(b.auditor, requests, fields{"permission": write, "reason": "写审计报告"}) // of the office, which the leader leads
	must(t, b.decides(b.leader, r, "approve"))
	if !b.may(b.auditor, write) {
		t.Error("a request in the approver's own department has no effect")
	}
}

// Whom a sanction keeps from acting is not waited for: whoever leads above agrees,
// and where nobody else leads, those who approve decide (R260, R270).
func TestFrozenHead(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	ask := fields{"permission": write, "reason": "值班"}
	first := func() []uuid.UUID {
		t.Helper()
		r := b.does(b.clerk, requests, ask)
		var people tenant.IDs
		b.write(b.admin, func(ctx context.Context, tx *tenant.Tx) error {
			return tx.Get(ctx, &people, `select array(select member_id from approval_tasks where case_id = $1 and state = 'open')`, r["case_id"])
		})
		b.does(b.clerk, "POST /approval/cases/"+r["case_id"].(string)+"/withdraw", fields{"reason": "再试"})
		return people
	}
	freeze := func(who uuid.UUID, permissions ...string) {
		t.Helper()
		b.does(b.security, restrictions, fields{"member_id": who, "permissions": append([]string{}, permissions...),
			"ends_at": time.Now().Add(48 * time.Hour).UTC().Format(time.RFC3339), "reason": "违规转发", "basis": "人事〔2026〕7号"})
	}
	freeze(b.head.Member, string(write)) // a part of what they may do is not their post
	if p := first(); len(p) != 1 || p[0] != b.head.Member {
		t.Errorf("a head who may still act: %v are asked first", p)
	}
	freeze(b.head.Member)
	if p := first(); len(p) != 1 || p[0] != b.leader.Member {
		t.Errorf("only those who approve are left: %v are asked first", p)
	}
	b.write(b.admin, func(ctx context.Context, tx *tenant.Tx) error { // somebody leads above
		_, err := tx.Exec(ctx, `
			insert into posts (id, member_id, department_id, title, head)
			select gen_random_uuid(), $1, id, '主管', true from departments where parent_id is null`, b.auditor.Member)
		return err
	})
	if p := first(); len(p) != 1 || p[0] != b.auditor.Member {
		t.Errorf("the next head above: %v are asked first", p)
	}
}

const restrictions = "POST /access/restrictions"

// TestFreeze holds R270: a sanction on function rights by the security
// administrator, with start, end, reason and the decision behind it.
func TestFreeze(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	b.write(b.admin, func(ctx context.Context, tx *tenant.Tx) error {
		return org.Appoint(ctx, tx, b.clerk.Member, rbac.Publisher)
	})
	end := time.Now().Add(48 * time.Hour).UTC().Format(time.RFC3339)
	freeze := fields{"member_id": b.clerk.Member, "permissions": []string{}, "ends_at": end, "reason": "违规转发", "basis": "人事〔2026〕7号"}
	but := func(key string, v any) fields {
		in := fields{key: v}
		for k, was := range freeze {
			if k != key {
				in[k] = was
			}
		}
		return in
	}
	for _, p := range []tenant.Actor{b.clerk, b.admin, b.auditor, b.head} {
		b.fails(p, restrictions, freeze, rbac.ErrDenied, "")
	}
	b.fails(b.security, restrictions, but("member_id", other.clerk.Member), access.ErrNoMember, "member_id")
	b.fails(b.security, restrictions, but("member_id", b.security.Member), access.ErrSelf, "")
	b.fails(b.security, restrictions, but("ends_at", "2020-01-01T00:00:00Z"), access.ErrPeriod, "ends_at")
	b.fails(b.security, restrictions, but("ends_at", "2099-01-01T00:00:00Z"), access.ErrPeriod, "ends_at")
	b.fails(b.security, restrictions, but("permissions", []string{"x.y"}), rbac.ErrNoSuchRight, "permissions")
	b.fails(b.security, restrictions, but("reason", " "), feature.ErrMissing, "reason")
	b.fails(b.security, restrictions, but("member_id", b.admin.Member), org.ErrLastAdmin, "")

	r := b.does(b.security, restrictions, freeze)
	if r["state"] != "running" || r["name"] != b.clerk.Name || r["by"] != b.security.Name || b.may(b.clerk, write) {
		t.Errorf("sanction = %v", r)
	}
	b.fails(b.clerk, "GET /access/restrictions", nil, rbac.ErrFrozen, "")
	mine := b.does(b.clerk, "GET /access/mine", nil)
	if len(mine["restrictions"].([]any)) != 1 {
		t.Errorf("who is frozen is not told: %v", mine)
	}
	if n := b.count(`select count(*) from notices where member_id = $1 and code = 'access.restricted'`, b.clerk.Member); n != 1 {
		t.Errorf("told %d times, want once", n)
	}
	if n := b.count(`
		select count(*) from notices where member_id = $1 and code = 'access.restricted'
		   and params ->> 'until' = to_char($2::timestamptz at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI') and length(params ->> 'from') = 16`,
		b.clerk.Member, end); n != 1 {
		t.Error("they are not told until when as people write it")
	}
	lift := restrictions + "/" + r["id"].(string) + "/lift"
	other.fails(other.security, lift, fields{"reason": "x"}, rbac.ErrRestrictionNotFound, "")
	b.fails(b.admin, lift, fields{"reason": "x"}, rbac.ErrDenied, "")
	b.fails(b.security, lift, fields{"reason": " "}, feature.ErrMissing, "reason")
	if r = b.does(b.security, lift, fields{"reason": "复核后撤销"}); r["state"] != "lifted" || !b.may(b.clerk, write) {
		t.Errorf("lifted = %v", r)
	}
	b.fails(b.security, lift, fields{"reason": "再次"}, rbac.ErrRestrictionOver, "")
	some := b.does(b.security, restrictions, but("permissions", []string{"test.write"}))
	if b.may(b.clerk, write) || some["state"] != "running" {
		t.Errorf("a sanction of one right = %v", some)
	}
	if l := b.does(b.auditor, "GET /access/restrictions?open=true&member="+b.clerk.Member.String(), nil); len(l["items"].([]any)) != 1 {
		t.Errorf("open sanctions = %v", l)
	}
	for action, want := range map[string]int{"rbac.restricted": 2, "rbac.restriction_lifted": 1} {
		if n := b.count(`select count(*) from audit_entries where action = $1`, action); n != want {
			t.Errorf("%d %s in the audit, want %d", n, action, want)
		}
	}
}

// TestExplain answers who may do a thing and why somebody may or may not.
func TestExplain(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	b.write(b.admin, func(ctx context.Context, tx *tenant.Tx) error {
		for _, g := range []rbac.NewGrant{
			{SubjectKind: "department", SubjectID: b.department, Permission: write},
			{SubjectKind: "member", SubjectID: b.leader.Member, Permission: write, ScopeKind: "department", ScopeID: &b.office},
		} {
			if _, err := rbac.Give(ctx, tx, g); err != nil {
				return err
			}
		}
		return org.Appoint(ctx, tx, b.clerk.Member, rbac.Publisher)
	})
	const explain = "GET /access/explain?permission=test.write"
	b.fails(b.clerk, explain, nil, rbac.ErrDenied, "")
	b.fails(b.auditor, "GET /access/explain?permission=x.y", nil, rbac.ErrNoSuchRight, "permission")
	b.fails(b.auditor, "GET /access/explain", nil, feature.ErrMissing, "permission")
	b.fails(b.auditor, explain+"&scope_kind=department&scope="+other.department.String(), nil, access.ErrNoScope, "scope_id")
	b.fails(b.auditor, explain+"&member="+other.clerk.Member.String(), nil, access.ErrNoMember, "member")

	who := func(e map[string]any) map[string]map[string]any {
		by := map[string]map[string]any{}
		for _, x := range e["items"].([]any) {
			x := x.(map[string]any)
			by[x["login"].(string)] = x
		}
		return by
	}
	all := who(b.does(b.auditor, explain, nil))
	if len(all) != 2 || all["clerk"] == nil || all["head"] == nil || len(all["clerk"]["reasons"].([]any)) != 2 {
		t.Errorf("who may write everywhere = %v, want clerk for two reasons and head for one", all)
	}
	if here := who(b.does(b.auditor, explain+"&scope_kind=department&scope="+b.office.String(), nil)); len(here) != 3 || here["leader"]["may"] != true {
		t.Errorf("who may write in the office = %v, want the leader, too", here)
	}
	one := who(b.does(b.auditor, explain+"&member="+b.leader.Member.String(), nil))["leader"]
	if one["may"] != false || len(one["others"].([]any)) != 1 {
		t.Errorf("why may the leader not = %v, want: only in the office", one)
	}
	b.does(b.security, restrictions, fields{"member_id": b.clerk.Member, "permissions": []string{"test.write"}, "ends_at": time.Now().Add(time.Hour).UTC().Format(time.RFC3339), "reason": "x", "basis": "y"})
	one = who(b.does(b.auditor, explain+"&member="+b.clerk.Member.String(), nil))["clerk"]
	if one["may"] != false || one["withheld"] == nil || len(one["reasons"].([]any)) != 2 {
		t.Errorf("why may the clerk not = %v, want: a sanction withholds what two grants give", one)
	}
	paged := b.does(b.auditor, explain+"&limit=1", nil)
	if paged["next"] == "" || len(paged["items"].([]any)) != 1 {
		t.Errorf("a page of one = %v", paged)
	}
	next := b.does(b.auditor, explain+"&limit=1&after="+paged["next"].(string), nil)
	if next["next"] != "" || len(next["items"].([]any)) != 1 {
		t.Errorf("the page after = %v", next)
	}
	mine := b.does(b.clerk, "GET /access/mine", nil)["rights"].([]any)
	if len(mine) != 1 || mine[0].(map[string]any)["withheld"] == nil {
		t.Errorf("my rights = %v", mine)
	}
}

// TestAdministrators shows who has which of the three powers (AU-05).
func TestAdministrators(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.fails(b.clerk, "GET /access/administrators", nil, rbac.ErrDenied, "")
	a := b.does(b.auditor, "GET /access/administrators", nil)
	items := a["items"].([]any)
	if a["apart"] != false || len(items) != 3 {
		t.Fatalf("administrators = %v: the first one still gives rights", a)
	}
	first := items[0].(map[string]any)["people"].([]any)[0].(map[string]any)
	if first["login"] != "admin" || first["other"] != true {
		t.Errorf("the system administrator = %v, who has another power", first)
	}
	b.write(b.admin, func(ctx context.Context, tx *tenant.Tx) error {
		var id uuid.UUID
		if err := tx.Get(ctx, &id, `select id from grants where permission = 'org.grant' and subject_id = $1`, b.admin.Member); err != nil {
			return err
		}
		return rbac.TakeBack(ctx, tx, id)
	})
	if a = b.does(b.auditor, "GET /access/administrators", nil); a["apart"] != true {
		t.Errorf("administrators = %v, want apart", a)
	}
}

// What can be asked for makes nobody an administrator.
func TestChoices(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	var named []string
	for _, c := range b.does(b.clerk, "GET /access/choices", nil)["items"].([]any) {
		c := c.(map[string]any)
		for _, p := range c["permissions"].([]any) {
			if p == "org.manage" || p == "org.grant" || p == "audit.read" || p == "access.freeze" {
				t.Errorf("%v can be asked for", c)
			}
		}
		if c["name"] != "" {
			named = append(named, c["name"].(string))
		}
	}
	if len(named) != 3 { // office, publisher, evaluator
		t.Errorf("roles to ask for = %v", named)
	}
}
