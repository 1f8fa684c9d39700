package org

import (
	"context"
	"errors"
	"sync"
	"testing"

	"hetu/fault"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	locked, gone := b.member(t, "locked", b.desk), b.member(t, "gone", b.desk)
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := lockMember(ctx, tx, because{locked.Member, "离岗培训"})
		return err
	})
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := leaveMember(ctx, tx, because{gone.Member, "调出"})
		return err
	})
	asleep := newBureau(t)
	if _, err := tenanttest.Admin(t).Exec(`update platform.tenants set state = 'suspended' where id = $1`, asleep.id); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		in   signIn
		want error
	}{
		"ok":                          {signIn{b.slug, "admin", good}, nil},
		"in capitals, with space":     {signIn{b.slug, " Admin ", good}, nil},
		"wrong password":              {signIn{b.slug, "admin", "Wrong-1234"}, ErrCredentials},
		"unknown login":               {signIn{b.slug, "nobody", good}, ErrCredentials},
		"unknown tenant":              {signIn{"no-such-place", "admin", good}, ErrCredentials},
		"locked by the administrator": {signIn{b.slug, "locked", good}, ErrCredentials},
		"has left":                    {signIn{b.slug, "gone", good}, ErrCredentials},
		"suspended tenant":            {signIn{asleep.slug, "admin", good}, ErrSuspended},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := b.admit(context.Background(), tenanttest.DB(t), browser{ip: "127.0.0.1", agent: "test"}, tt.in)
			if !errors.Is(err, tt.want) {
				t.Fatalf("sign-in = %v, want %v", err, tt.want)
			}
			if err != nil {
				return
			}
			info, err := b.Sessions.Identify(context.Background(), e.token)
			actor := info.Actor
			if err != nil || actor.Member != b.admin.Member || actor.Account != b.admin.Account || actor.Tenant != b.id {
				t.Errorf("Identify = %+v %v, want the administrator", actor, err)
			}
			if info.CSRF != CSRF(e.token) || info.MustChange {
				t.Errorf("info = %+v", info)
			}
		})
	}
}

// A right password does not help a login that is locked; one that exists and
// one that does not are locked alike (AN-03, AN-04).
func TestFiveFailuresLock(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	for _, login := range []string{"admin", "nobody"} {
		t.Run(login, func(t *testing.T) {
			try := func(password string) error {
				_, err := b.admit(context.Background(), tenanttest.DB(t), browser{ip: "127.0.0.1"}, signIn{b.slug, login, password})
				return err
			}
			for range 4 {
				if err := try("Wrong-1234"); !errors.Is(err, ErrCredentials) {
					t.Fatalf("one of the first four failures = %v, want ErrCredentials", err)
				}
			}
			if err := try("Wrong-1234"); !errors.Is(err, ErrLocked) || fault.Of(err).Meta["until"] == nil {
				t.Fatalf("the fifth failure = %v, want ErrLocked until some time", err)
			}
			if err := try(good); !errors.Is(err, ErrLocked) {
				t.Fatalf("the right password = %v, want ErrLocked", err)
			}
		})
	}
	if n := audited(t, b, "org.sign_in_failed"); n != 12 {
		t.Errorf("%d failures are in the audit, want 12", n)
	}
	over := `update platform.accounts set locked_until = now() - interval '1 second' where id = $1`
	if _, err := tenanttest.Admin(t).Exec(over, b.admin.Account); err != nil {
		t.Fatal(err)
	}
	b.enters(t, "admin", good) // when the half hour is over
}

// Guesses made side by side are counted like others: once the account is
// locked, not even the one that knows the password gets in.
func TestParallelGuesses(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	ctx := tenant.As(context.Background(), tenant.Actor{Tenant: b.id})
	c, err := findCandidate(ctx, tenanttest.DB(t), "admin")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := b.fail(ctx, tenanttest.DB(t), c); !errors.Is(err, ErrCredentials) && !errors.Is(err, ErrLocked) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	_, err = begin(ctx, tenanttest.DB(t), browser{}, c, "org.signed_in", passed(c))
	if !errors.Is(err, ErrLocked) {
		t.Errorf("a guess whose password was compared before the lock = %v, want ErrLocked", err)
	}
}

// A password that was right when it was compared, and is another when the
// session begins, lets nobody in: whoever chose the other one ended all sessions.
func TestPasswordChosenMeanwhile(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	ctx := tenant.As(context.Background(), tenant.Actor{Tenant: b.id})
	c, err := findCandidate(ctx, tenanttest.DB(t), "admin")
	if err != nil {
		t.Fatal(err)
	}
	here := b.enters(t, "admin", good)
	if _, err := b.changePassword(tenant.As(context.Background(), here.actor), tenanttest.DB(t), browser{token: here.token}, newPassword{good, "Bridge+1949x", true}); err != nil {
		t.Fatal(err)
	}
	if _, err := begin(ctx, tenanttest.DB(t), browser{}, c, "org.signed_in", passed(c)); !errors.Is(err, ErrCredentials) {
		t.Errorf("with the password of before = %v, want ErrCredentials", err)
	}
}

func TestNewSessionOnEachSignIn(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	first := b.enters(t, "admin", good)
	second, err := b.admit(context.Background(), tenanttest.DB(t), browser{token: first.token}, signIn{b.slug, "admin", good})
	if err != nil {
		t.Fatal(err)
	}
	if first.token == second.token || b.alive(t, first.token) || !b.alive(t, second.token) {
		t.Error("the browser's last session must end when another begins (AN-01)")
	}
	if b.alive(t, "a-token-of-the-clients-choice") {
		t.Error("a token chosen by a client was accepted (AN-01)")
	}
	var stored int
	if err := tenanttest.Admin(t).QueryRow(`select count(*) from platform.sessions where token_hash = $1::bytea`, []byte(second.token)).Scan(&stored); err != nil || stored != 0 {
		t.Errorf("%d sessions hold the token itself, %v", stored, err)
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	lina := b.member(t, "lina", b.desk)
	admin := tenanttest.Admin(t)
	tests := map[string]func(t *testing.T, e entry) error{
		"idle for half an hour (AN-02)": func(_ *testing.T, e entry) error {
			_, err := admin.Exec(`update platform.sessions set seen_at = now() - interval '31 minutes' where id = $1`, e.actor.Session)
			return err
		},
		"half a day old (AN-02)": func(_ *testing.T, e entry) error {
			_, err := admin.Exec(`update platform.sessions set created_at = now() - interval '721 minutes' where id = $1`, e.actor.Session)
			return err
		},
		"ended by the person": func(t *testing.T, e entry) error {
			ctx := tenant.As(context.Background(), e.actor)
			return tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
				_, err := endSession(ctx, tx, byID{e.actor.Session})
				return err
			})
		},
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			e := b.enters(t, "lina", good)
			if !b.alive(t, e.token) {
				t.Fatal("a new session is dead")
			}
			if err := end(t, e); err != nil {
				t.Fatal(err)
			}
			if b.alive(t, e.token) {
				t.Error("the session is still alive")
			}
		})
	}
	theirs := b.enters(t, "lina", good)
	err := b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := endSession(ctx, tx, byID{theirs.actor.Session})
		return err
	})
	if !errors.Is(err, ErrNoSession) || !b.alive(t, theirs.token) {
		t.Errorf("ending somebody else's session = %v, want ErrNoSession", err)
	}
	var l []Session
	ctx := tenant.As(context.Background(), theirs.actor)
	b.read(t, ctx, func(ctx context.Context, tx *tenant.Tx) error {
		page, err := listSessions(ctx, tx, struct{}{})
		l = page.Items
		return err
	})
	if len(l) != 1 || !l[0].Current || l[0].ID != theirs.actor.Session {
		t.Errorf("sessions of %s = %+v, want the one alive", lina.Name, l)
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.member(t, "lina", b.desk)
	here, elsewhere := b.enters(t, "lina", good), b.enters(t, "lina", good)
	change := func(in newPassword) (entry, error) {
		return b.changePassword(tenant.As(context.Background(), here.actor), tenanttest.DB(t), browser{token: here.token}, in)
	}
	for name, tt := range map[string]struct {
		in    newPassword
		want  error
		field string
	}{
		"old one wrong":  {newPassword{"Wrong-1234", "Bridge+1949x", false}, ErrOldPassword, "old"},
		"new one weak":   {newPassword{good, "password", false}, ErrWeakPassword, "new"},
		"with the login": {newPassword{good, "Lina-2026!", false}, ErrWeakPassword, "new"},
		"the same":       {newPassword{good, good, false}, ErrSamePassword, "new"},
	} {
		if _, err := change(tt.in); !errors.Is(err, tt.want) || fault.Of(err).Field != tt.field {
			t.Errorf("%s: %v on %q, want %v on %q", name, err, fault.Of(err).Field, tt.want, tt.field)
		}
	}
	e, err := change(newPassword{good, "Bridge+1949x", false})
	if err != nil {
		t.Fatal(err)
	}
	if b.alive(t, here.token) || b.alive(t, elsewhere.token) || !b.alive(t, e.token) {
		t.Error("a changed password must leave one session, a new one (AN-06)")
	}
	b.enters(t, "lina", "Bridge+1949x")
	if _, err := b.admit(context.Background(), tenanttest.DB(t), browser{}, signIn{b.slug, "lina", good}); !errors.Is(err, ErrCredentials) {
		t.Errorf("the old password = %v, want ErrCredentials", err)
	}
}

func TestMe(t *testing.T) {
	t.Parallel()
	hq := newBureau(t)
	b := newBureauBelow(t, hq.id)
	e := b.enters(t, "admin", good)
	me, err := b.me(tenant.As(context.Background(), e.actor), tenanttest.DB(t), Identity{CSRF: CSRF(e.token)})
	if err != nil {
		t.Fatal(err)
	}
	if me.Member.Login != "admin" || me.Member.ID != b.admin.Member || me.Account.ID != b.admin.Account {
		t.Errorf("me = %+v", me.Member)
	}
	if len(me.Tenant.Path) != 2 || me.Tenant.Path[0].ID != hq.id || me.Tenant.ID != b.id {
		t.Errorf("tenant = %+v, want it below headquarters", me.Tenant)
	}
	if len(me.Departments) != 1 || !me.Departments[0].Main || len(me.Tenants) != 1 || !me.Tenants[0].Current {
		t.Errorf("departments %+v, tenants %+v", me.Departments, me.Tenants)
	}
	want := map[string]bool{"org.manage": true, "org.grant": true, "org.audit": true, "test.read": true, "test.write": true}
	for _, p := range me.Permissions {
		delete(want, string(p))
	}
	if len(want) > 0 {
		t.Errorf("the first administrator lacks %v", want)
	}
}
