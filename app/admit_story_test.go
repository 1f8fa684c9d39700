package app_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"hetu/console"
	"hetu/fault"
	"hetu/org"
	"hetu/tenant/tenanttest"
)

// admits has an operator's command let somebody of a unit in.
func admits(t *testing.T, u unit, login, lost, how string) (console.Admitted, error) {
	t.Helper()
	return console.Admit(t.Context(), tenanttest.Operators(t), tenanttest.DB(t),
		console.Admission{Slug: u.slug, Login: login, Lost: lost, How: how, Reason: "仅有一名管理员，持证到场核实"})
}

// alone leaves a unit with one administrator; its chief reads the audit still.
func (u unit) alone(t *testing.T) {
	t.Helper()
	for _, q := range []string{
		`delete from grants where tenant_id = $1 and subject_id = (select id from members where tenant_id = $1 and login = 'chief') and permission <> 'audit.read'`,
		`update members set state = 'locked' where tenant_id = $1 and login = 'second'`,
	} {
		if _, err := tenanttest.Admin(t).Exec(q, u.id); err != nil {
			t.Fatal(err)
		}
	}
}

// told returns where the notices of a kind send somebody.
func told(t *testing.T, p *person, code string) (hrefs []string) {
	t.Helper()
	for _, n := range at(t, p.does(t, "GET /api/message/notices", nil), "items").([]any) {
		if text(t, n, "code") == code {
			hrefs = append(hrefs, text(t, n, "href"))
		}
	}
	return hrefs
}

// TestAdmitStory: the only administrator of a unit forgot the password, and then
// lost the second factor. Each time an operator on the server lets them in, and
// those who administer the unit or read its audit are told (R249, R251, AN-03).
func TestAdmitStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := admits(t, w.a, "admin", org.ResetPassword, "person")
	if people, _ := fault.Of(err).Meta["people"].([]string); !errors.Is(err, org.ErrOthersDecide) || !slices.Equal(people, []string{"chief (chief)", "second (second)"}) {
		t.Fatalf("where others decide = %v %v", err, people)
	}
	w.a.alone(t)
	for login, want := range map[string]error{"nobody": org.ErrNoMember, "plain": org.ErrNoAdmin, "second": org.ErrState, "admin": org.ErrNotAsked} {
		if _, err := admits(t, w.a, login, org.ResetPassword, ""); !errors.Is(err, want) {
			t.Errorf("%s = %v, want %v", login, err, want)
		}
	}
	w.nobody().does(t, "POST /api/org/requests", fields{"tenant": w.a.slug, "login": "admin", "note": "想不起来了"})
	made, err := admits(t, w.a, "admin", org.ResetPassword, "")
	if err != nil || made.Token == "" || made.Name != "管理员" {
		t.Fatalf("upon their request = %+v, %v", made, err)
	}
	use, other := "POST /api/org/reset", fields{"token": made.Token, "password": "Another&Rain-27", "agreed": true}
	w.nobody().does(t, use, other)
	w.nobody().fails(t, use, other, 404, "org.link_invalid")
	dies(t, w.a.admin, "GET /api/org/me", "the password was replaced", time.Now())
	enter := fields{"tenant": w.a.slug, "login": "admin", "password": "Another&Rain-27"}
	w.a.admin.enter(t, "/api/org/sign-in", enter)
	for p, want := range map[*person][]string{w.a.admin: {"/org/accounts"}, w.a.chief: {"/audit"}, w.a.plain: nil, w.b.admin: nil} {
		if got := told(t, p, "org.admitted"); !slices.Equal(got, want) {
			t.Errorf("%s is told %v, want %v", p.name, got, want)
		}
	}
	w.factorStory(t, enter)
	_, audit := w.a.chief.send(t, "GET", "/api/audit/entries", nil, nil)
	if n := strings.Count(string(audit), `"org.admitted"`); n != 2 || !strings.Contains(string(audit), "平台运维（服务器命令）") {
		t.Errorf("it stands %d times in the unit's audit, want twice, by an operator", n)
	}
	if _, acts := w.operator.send(t, "GET", "/api/console/audit", nil, nil); strings.Count(string(acts), "console.tenant_admitted") < 2 {
		t.Errorf("the operators' record does not have it twice: %s", acts)
	}
}

// factorStory: the same for a lost second factor, which takes two others.
func (w *world) factorStory(t *testing.T, enter fields) {
	t.Helper()
	if _, err := admits(t, w.a, "admin", org.ResetSecond, ""); fault.Of(err).Code != "factor.not_set_up" {
		t.Errorf("of who has none = %v", err)
	}
	begun := w.a.admin.does(t, "POST /api/factor/mine/totp/begin", fields{"password": enter["password"]})
	key := authenticator{secret: text(t, begun, "secret")}
	w.a.admin.renew(t, "POST", "/api/factor/mine/totp", fields{"ticket": begun["ticket"], "code": key.code(t, 0)})
	give := func(login string) {
		t.Helper()
		if _, err := tenanttest.Admin(t).Exec(`
			insert into grants (tenant_id, id, subject_kind, subject_id, permission) select tenant_id, gen_random_uuid(), 'member', id, 'factor.help'
			  from members where tenant_id = $1 and login = $2`, w.a.id, login); err != nil {
			t.Fatal(err)
		}
	}
	give("chief")
	w.guard.Drop(w.a.id)
	id := text(t, w.a.chief.does(t, "POST /api/factor/resets", fields{"member_id": w.a.admin.member, "reason": "手机遗失"}), "id")
	give("plain")
	if _, err := admits(t, w.a, "admin", org.ResetSecond, ""); !errors.Is(err, org.ErrOthersDecide) {
		t.Errorf("where two others help = %v, want ErrOthersDecide", err)
	}
	if _, err := tenanttest.Admin(t).Exec(`delete from grants where tenant_id = $1 and subject_id = $2 and permission = 'factor.help'`, w.a.id, w.a.plain.member); err != nil {
		t.Fatal(err)
	}
	made, err := admits(t, w.a, "admin", org.ResetSecond, "")
	if err != nil || made.Token != "" || made.Sought != nil {
		t.Fatalf("where one other helps = %+v, %v", made, err)
	}
	dies(t, w.a.admin, "GET /api/org/me", "the second factor is gone", time.Now())
	w.a.admin.enter(t, "/api/org/sign-in", enter)
	row := at(t, w.a.chief.does(t, "GET /api/factor/resets", nil), "items", 0)
	if text(t, row, "id") != id || text(t, row, "state") != "void" {
		t.Errorf("what was asked before is %v, want void", row)
	}
	if got := told(t, w.a.chief, "org.admitted"); len(got) != 2 {
		t.Errorf("who reads the audit is told %v, want of each", got)
	}
}

// TestReadOnlyUnitConsents: a unit that may only read answers another about a
// person of both all the same: it changes nothing of its own (R249).
func TestReadOnlyUnitConsents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _ := w.both(t, w.a, w.b, "liangjia")
	p.arms(t, "/api/factor/mine")
	w.operator.does(t, "POST /api/console/tenants/"+w.b.id.String()+"/suspend",
		fields{"reason": "对账", "kind": "read_only", "version": w.operator.version(t, w.b.id.String())})
	soon(t, "it is read only", func() bool {
		r, b := w.b.admin.send(t, "POST", "/api/org/departments", fields{"name": "科", "kind": "dept", "sort": 3, "parent_id": nil}, nil)
		return r.StatusCode == 403 && strings.Contains(string(b), "plan.read_only")
	})
	reset := "POST /api/org/members/" + p.member.String() + "/reset"
	w.a.admin.does(t, reset, fields{"how": "person", "note": "本人持证到场"})
	w.a.admin.does(t, "POST /api/factor/resets", fields{"member_id": p.member, "reason": "手机遗失"})
	for _, at := range []string{"/api/org/consents", "/api/factor/consents"} {
		id := text(t, w.b.admin.does(t, "GET "+at, nil), "items", 0, "id")
		w.b.admin.does(t, "POST "+at+"/"+id+"/give", fields{"how": "phone", "note": "回拨本人，同意"})
		w.b.admin.fails(t, "POST "+at+"/"+id+"/refuse", fields{"reason": "x"}, 409, "org.consent_answered")
	}
	if text(t, w.a.admin.does(t, reset, fields{}), "token") == "" {
		t.Error("no link after the consent of a unit that may only read")
	}
}
