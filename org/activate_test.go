package org

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// firstLink plants a link for the first administrator, as the console does.
func firstLink(t *testing.T, in uuid.UUID) (token string) {
	t.Helper()
	token = NewToken()
	_, err := tenanttest.Admin(t).Exec(`
		insert into platform.activations (id, token_hash, tenant_id, kind, login, name, expires_at)
		values ($1, $2, $3, 'first_admin', 'chief', '首任员', now() + interval '1 day')`, tenant.NewID(), TokenHash(token), in)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (b bureau) link(t *testing.T, member uuid.UUID) string {
	t.Helper()
	made, err := b.linkMember(b.ctx, deps(t), nil, byID{member})
	if err != nil {
		t.Fatal(err)
	}
	return made.Token
}

// invite makes a member who has not come yet.
func (b bureau) invite(t *testing.T, login string) madeMember {
	t.Helper()
	made, err := b.addMember(b.ctx, deps(t), nil, newMember{Name: "新" + login, Login: login, DepartmentID: b.desk})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestFirstAdministrator(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := tenanttest.Tenant(t, uuid.Nil, "新局")
	token := firstLink(t, id)
	arrive := func(token, password string) (entry, error) {
		return h.arrive(context.Background(), tenanttest.DB(t), browser{ip: "127.0.0.1"}, activation{token, password, true})
	}
	if _, err := arrive("no-such-token", good); !errors.Is(err, ErrLink) {
		t.Errorf("a link nobody made = %v, want ErrLink", err)
	}
	if _, err := arrive(token, "Chief-1"); !errors.Is(err, ErrWeakPassword) {
		t.Errorf("a weak password = %v, want ErrWeakPassword (R248)", err)
	}
	e, err := arrive(token, good)
	if err != nil {
		t.Fatal(err)
	}
	me, err := h.me(tenant.As(context.Background(), e.actor), tenanttest.DB(t), Identity{})
	if err != nil {
		t.Fatal(err)
	}
	if me.Member.Login != "chief" || len(me.Departments) != 1 || me.Departments[0].Name != "办公室" || len(me.Permissions) < 5 {
		t.Errorf("me = %+v", me)
	}
	if _, err := arrive(token, good); !errors.Is(err, ErrLink) {
		t.Errorf("a link used twice = %v, want ErrLink", err)
	}
	if _, err := arrive(firstLink(t, id), good); !errors.Is(err, ErrOpened) {
		t.Errorf("a second first administrator = %v, want ErrOpened", err)
	}
	var opened bool
	if err := tenanttest.Admin(t).QueryRow(`select opened_at is not null from platform.tenants where id = $1`, id).Scan(&opened); err != nil || !opened {
		t.Errorf("opened = %v %v", opened, err)
	}
}

// Of many who use one link at the same moment one comes in, and one
// administrator is there afterwards.
func TestLinkIsUsedOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := tenanttest.Tenant(t, uuid.Nil, "新局")
	token := firstLink(t, id)
	var in atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := h.arrive(context.Background(), tenanttest.DB(t), browser{}, activation{token, good, true})
			switch {
			case err == nil:
				in.Add(1)
			case !errors.Is(err, ErrLink):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var members int
	if err := tenanttest.Admin(t).QueryRow(`select count(*) from members where tenant_id = $1`, id).Scan(&members); err != nil {
		t.Fatal(err)
	}
	if in.Load() != 1 || members != 1 {
		t.Errorf("%d came in, %d members, want 1 and 1", in.Load(), members)
	}
}

func TestOneTimePassword(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	made := b.invite(t, "xinlai")
	if made.Member.State != "invited" || len(made.Member.Posts) != 1 {
		t.Errorf("member = %+v", made.Member)
	}
	e := b.enters(t, "xinlai", made.Password)
	info, err := b.Sessions.Identify(context.Background(), e.token)
	if err != nil || !info.MustChange {
		t.Errorf("info = %+v %v, want MustChange (R243)", info, err)
	}
	after, err := b.changePassword(tenant.As(context.Background(), e.actor), tenanttest.DB(t), browser{token: e.token}, newPassword{made.Password, good, true})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := b.Sessions.Identify(context.Background(), after.token); err != nil || info.MustChange {
		t.Errorf("info = %+v %v after the change", info, err)
	}
	var m Member
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) (err error) {
		m, err = findMember(ctx, tx, made.Member.ID)
		return err
	})
	if m.State != "active" {
		t.Errorf("state = %s, want active", m.State)
	}
}

// One person, two tenants: a link takes the membership for the account that is
// signed in, and the person can switch.
func TestJoinAndSwitch(t *testing.T) {
	t.Parallel()
	one, two := newBureau(t), newBureau(t)
	guest := two.invite(t, "guest")
	token := two.link(t, guest.Member.ID)
	home := one.enters(t, "admin", good)
	ctx := tenant.As(context.Background(), home.actor)

	there, err := one.take(ctx, tenanttest.DB(t), browser{token: home.token}, token)
	if err != nil {
		t.Fatal(err)
	}
	if there.actor.Account != one.admin.Account || there.actor.Member != guest.Member.ID || there.actor.Tenant != two.id {
		t.Errorf("joined as %+v", there.actor)
	}
	if one.alive(t, home.token) || !one.alive(t, there.token) {
		t.Error("the browser must have one session, in the new tenant")
	}
	if _, err := two.admit(context.Background(), tenanttest.DB(t), browser{}, signIn{two.slug, "guest", guest.Password}); !errors.Is(err, ErrCredentials) {
		t.Errorf("the one-time password of the placeholder = %v, want ErrCredentials", err)
	}
	two.enters(t, "guest", good) // the person's own password opens both

	ctx = tenant.As(context.Background(), there.actor)
	if _, err := one.take(ctx, tenanttest.DB(t), browser{}, token); !errors.Is(err, ErrLink) {
		t.Errorf("the link again = %v, want ErrLink", err)
	}
	second := two.invite(t, "guest2")
	if _, err := one.take(ctx, tenanttest.DB(t), browser{}, two.link(t, second.Member.ID)); !errors.Is(err, ErrMemberHere) {
		t.Errorf("a second membership in one tenant = %v, want ErrMemberHere", err)
	}
	back, err := one.move(ctx, tenanttest.DB(t), browser{token: there.token}, one.id)
	if err != nil || back.actor.Member != one.admin.Member || one.alive(t, there.token) {
		t.Errorf("switched back to %+v, %v", back.actor, err)
	}
	if _, err := one.move(ctx, tenanttest.DB(t), browser{}, newBureau(t).id); !errors.Is(err, ErrNotYourPlace) {
		t.Errorf("switching to a tenant one is not in = %v, want ErrNotYourPlace", err)
	}
	if out, err := two.resetMember(two.ctx, deps(t), nil, asking{guest.Member.ID, "phone", "回拨本人电话确认"}); err != nil || out.Token != "" || out.Sought == nil {
		t.Errorf("resetting an account that has another tenant = %+v, %v, want that it is asked", out, err)
	}
}

// A link opened in a browser that is signed in asks for that person's password
// and makes nobody else of them.
func TestLinkWhileSignedIn(t *testing.T) {
	t.Parallel()
	one, two := newBureau(t), newBureau(t)
	token := two.link(t, two.invite(t, "guest").Member.ID)
	home := one.enters(t, "admin", good)
	by := browser{token: home.token}
	if _, err := one.arrive(context.Background(), tenanttest.DB(t), by, activation{token, "Somebody-else-1", true}); !errors.Is(err, ErrOldPassword) {
		t.Errorf("with another password = %v, want ErrOldPassword", err)
	}
	e, err := one.arrive(context.Background(), tenanttest.DB(t), by, activation{token, good, true})
	if err != nil || e.actor.Account != one.admin.Account || e.actor.Tenant != two.id {
		t.Errorf("with the right one = %+v %v", e.actor, err)
	}
}

func TestLinkOfANewPerson(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	made := b.invite(t, "xinlai")
	e, err := b.arrive(context.Background(), tenanttest.DB(t), browser{}, activation{b.link(t, made.Member.ID), good, true})
	if err != nil || e.actor.Member != made.Member.ID {
		t.Fatalf("arrive = %+v %v", e.actor, err)
	}
	b.enters(t, "xinlai", good)
	var orphans int
	if err := tenanttest.Admin(t).QueryRow(`
		select count(*) from platform.accounts a
		 where a.name = $1 and not exists (select from platform.memberships m where m.account_id = a.id)
		   and a.created_at > now() - interval '1 minute'`, made.Member.Name).Scan(&orphans); err != nil || orphans != 0 {
		t.Errorf("%d placeholder accounts are left over, %v", orphans, err)
	}
	if _, err := b.linkMember(b.ctx, deps(t), nil, byID{made.Member.ID}); !errors.Is(err, ErrState) {
		t.Errorf("a link for somebody who has come = %v, want ErrState", err)
	}
}
