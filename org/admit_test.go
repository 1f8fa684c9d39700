package org

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// atServer is a context in which an operator's command acts in a unit.
func (b bureau) atServer() context.Context {
	return tenant.As(context.Background(), tenant.Actor{Tenant: b.id, Name: "平台运维", Request: "command"})
}

// admits has an operator let somebody in; the token is empty unless a link was made.
func (b bureau) admits(t *testing.T, login, how string) (a Admitted, token string, err error) {
	t.Helper()
	token, ctx := NewToken(), b.atServer()
	err = tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) (err error) {
		a, err = Admit(ctx, tx, Admission{Login: login, How: how, Reason: "只有一名管理员，本人持证到场"}, token)
		return err
	})
	if err != nil || a.Sought != nil {
		token = ""
	}
	return a, token, err
}

func plain(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := tenanttest.Admin(t).Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

// manager makes another who manages everybody.
func (b bureau) manager(t *testing.T, login string) tenant.Actor {
	t.Helper()
	a := b.member(t, login, b.desk)
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error { return Appoint(ctx, tx, a.Member, rbac.Admin) })
	return a
}

// The only administrator who forgot the password comes in by an operator's word,
// upon their own request, with a link that is good once (R249, R251, AN-03).
func TestAdmit(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.member(t, "lina", b.desk)
	here := b.enters(t, "admin", good)
	plain(t, `update platform.accounts set locked_until = now() + interval '30 minutes' where id = $1`, b.admin.Account)
	for name, c := range map[string]struct {
		login, how string
		want       error
	}{
		"nobody":                             {"nobody", "person", ErrNoMember},
		"who administers nothing":            {"lina", "person", ErrNoAdmin},
		"an administrator who has not asked": {"admin", "", ErrNotAsked},
	} {
		if _, _, err := b.admits(t, c.login, c.how); !errors.Is(err, c.want) {
			t.Errorf("%s = %v, want %v", name, err, c.want)
		}
	}
	_, void, err := b.admits(t, "admin", "person")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.admits(t, "admin", ""); !errors.Is(err, ErrNotAsked) {
		t.Errorf("again upon the same request = %v, want ErrNotAsked", err)
	}
	a, token, err := b.admits(t, "admin", "phone")
	if err != nil || a.Name != "管小理" {
		t.Fatalf("again upon another = %+v, %v", a, err)
	}
	b.chooses(t, void, "Other+Tide-9", ErrLink)
	b.chooses(t, token, good, ErrReused)
	b.chooses(t, token, "Other+Tide-9", nil)
	b.chooses(t, token, "Third+Tide-9", ErrLink)
	if b.alive(t, here.token) {
		t.Error("a session from before is alive")
	}
	b.enters(t, "admin", "Other+Tide-9")
	for action, want := range map[string]int{"org.admitted": 2, "org.reset_recorded": 2, "org.reset_granted": 0, "org.password_reset": 1} {
		if n := audited(t, b, action); n != want {
			t.Errorf("%s stands %d times in the audit, want %d", action, n, want)
		}
	}
	var by, reason string
	if err := tenanttest.Admin(t).QueryRow(`
		select min(actor_name), min(detail ->> 'reason') from audit_entries where tenant_id = $1 and action = 'org.admitted'`, b.id).Scan(&by, &reason); err != nil ||
		by != "平台运维" || reason != "只有一名管理员，本人持证到场" {
		t.Errorf("the audit says %q because of %q, %v", by, reason, err)
	}
}

// Whoever else could decide it is named, and it is refused (R251). Who cannot
// come in, or not use the right, or stands outside as well could not.
func TestAdmitRefusesWhereOthersDecide(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query string // of the other manager $1
		does  func(*testing.T, bureau)
		free  bool
	}{
		"another manager":           {},
		"locked for half an hour":   {query: `update platform.accounts set locked_until = now() + interval '30 minutes' where id = (select account_id from members where id = $1)`},
		"locked":                    {query: `update members set state = 'locked' where id = $1`, free: true},
		"invited and never come":    {query: `update members set state = 'invited' where id = $1`, free: true},
		"whose right has run out":   {query: `update grants set until = now() - interval '1 minute' where subject_id = $1`, free: true},
		"whose right is of a node":  {query: `update grants set scope_kind = 'department', scope_id = (select department_id from posts where member_id = $1) where subject_id = $1`, free: true},
		"under a sanction":          {query: `insert into restrictions (tenant_id, id, member_id, permissions, starts_at, ends_at, reason, basis, imposed_by) select tenant_id, gen_random_uuid(), id, '{}', now() - interval '1 hour', now() + interval '1 hour', 'x', 'x', id from members where id = $1`, free: true},
		"who forgot theirs":         {query: forgot, free: true},
		"who forgot and remembered": {query: forgot, does: func(t *testing.T, b bureau) { t.Helper(); b.enters(t, "other", good) }},
		"who is asked for and signed in": {does: func(t *testing.T, b bureau) {
			t.Helper()
			b.enters(t, "other", good)
			plain(t, `update audit_entries set at = at - interval '1 day' where tenant_id = $1`, b.id)
			plain(t, `insert into password_requests (tenant_id, id, member_id, how) select tenant_id, gen_random_uuid(), id, 'page' from members where tenant_id = $1 and login = 'other'`, b.id)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBureau(t)
			other := b.manager(t, "other")
			if c.query != "" {
				plain(t, c.query, other.Member)
			}
			if c.does != nil {
				c.does(t, b)
			}
			_, _, err := b.admits(t, "admin", "person")
			if c.free {
				if err != nil {
					t.Errorf("= %v, want that it is done", err)
				}
				return
			}
			people, _ := fault.Of(err).Meta["people"].([]string)
			if !errors.Is(err, ErrOthersDecide) || !slices.Equal(people, []string{"人other (other)"}) {
				t.Errorf("= %v %v, want ErrOthersDecide and who", err, people)
			}
		})
	}
}

const forgot = `insert into password_requests (tenant_id, id, member_id, how, at) select tenant_id, gen_random_uuid(), id, 'page', now() - interval '1 minute' from members where id = $1`

// chiefOf makes the administrator of the first unit one of the second, too.
func chiefOf(t *testing.T, one, two bureau) uuid.UUID {
	t.Helper()
	made := two.invite(t, "guanli")
	home := one.enters(t, "admin", good)
	if _, err := one.take(tenant.As(context.Background(), home.actor), tenanttest.DB(t), browser{token: home.token}, two.link(t, made.Member.ID)); err != nil {
		t.Fatal(err)
	}
	return made.Member.ID
}

// An operator's word for an account of several units opens nothing before each of
// the others has consented (R249).
func TestAdmitAsksTheOthers(t *testing.T) {
	t.Parallel()
	one, two := newBureau(t), newBureau(t)
	chiefOf(t, one, two)
	a, token, err := one.admits(t, "admin", "person")
	if err != nil || token != "" || a.Sought == nil || a.Sought.Units != 1 {
		t.Fatalf("asking = %+v, %v", a, err)
	}
	if _, _, err := one.admits(t, "admin", ""); !errors.Is(err, ErrConsentsOpen) {
		t.Errorf("without their consent = %v, want ErrConsentsOpen", err)
	}
	w := two.waiting(t, two.ctx)
	if len(w) != 1 || !w[0].May || w[0].Note != "只有一名管理员，本人持证到场" {
		t.Fatalf("the other unit sees %+v", w)
	}
	var links int
	if err := tenanttest.Admin(t).QueryRow(`select count(*) from platform.activations where tenant_id = $1 and kind = 'reset'`, one.id).Scan(&links); err != nil || links != 0 {
		t.Errorf("%d links, %v, want none", links, err)
	}
	if err := two.says(t, two.ctx, w[0].ID, true); err != nil {
		t.Fatal(err)
	}
	if _, token, err = one.admits(t, "admin", ""); err != nil || token == "" {
		t.Fatalf("with their consent = %v", err)
	}
	one.chooses(t, token, "Other+Tide-9", nil)
	two.enters(t, "guanli", "Other+Tide-9")
	if asked, done := audited(t, one, "org.admission_asked"), audited(t, one, "org.admitted"); asked != 1 || done != 1 {
		t.Errorf("asked stands %d times in the audit and done %d times, want once each", asked, done)
	}
}
