package org

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"hetu/fault"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// address returns an address no other test has: a network of documentation.
func address() string {
	var b [4]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("2001:db8:%x:%x::1", uint16(b[0])<<8|uint16(b[1]), uint16(b[2])<<8|uint16(b[3]))
}

// fill makes sign-ins from an address fail until it is refused, and returns how
// many it took.
func (b bureau) fill(t *testing.T, ip string) (n int) {
	t.Helper()
	ctx := tenant.As(context.Background(), tenant.Actor{Tenant: b.id, IP: ip, Request: "test"})
	for full := false; !full; n++ {
		if n > 100 {
			t.Fatal("a hundred failures and still not refused (AN-03)")
		}
		err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) (err error) {
			full, err = Members.Failed(ctx, tx, ip)
			return err
		})
		must(t, err)
	}
	return n
}

// TestAddressRefused holds AN-03: whoever tries many accounts from one address
// is refused after sixty, whatever the login and the password, and says when to
// come again; at another address nothing is noticed of it.
func TestAddressRefused(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	ip := address()
	try := func(ip, slug, login, password string) error {
		_, err := b.admit(context.Background(), tenanttest.DB(t), browser{ip: ip}, signIn{slug, login, password})
		return err
	}
	if n := b.fill(t, ip); n < 60 || n > 65 {
		t.Errorf("refused after %d failures, want some sixty", n)
	}
	for name, tt := range map[string]struct{ slug, login, password string }{
		"a wrong password": {b.slug, "admin", "Wrong-1234"},
		"a right password": {b.slug, "admin", good},
		"an unknown login": {b.slug, "nobody", good},
		"no such tenant":   {"no-such-place", "admin", good},
	} {
		err := try(ip, tt.slug, tt.login, tt.password)
		wait, _ := fault.Of(err).Meta["retry_after"].(int)
		if !errors.Is(err, ErrAddress) || wait < 1 || wait > 10 {
			t.Errorf("%s = %v for %d s, want ErrAddress for ten at most", name, err, wait)
		}
	}
	if err := try(address(), b.slug, "admin", good); err != nil {
		t.Errorf("at another address = %v", err)
	}
	var failures int
	must(t, tenanttest.Admin(t).QueryRow(`select failures from platform.accounts where id = $1`, b.admin.Account).Scan(&failures))
	if failures != 0 {
		t.Errorf("%d failures were counted to an account nobody was asked about", failures)
	}
	if _, err := tenanttest.Admin(t).Exec(`update platform.doorsteps set clear_at = now() + interval '9 minutes' where address = $1`, doorstep(ip)); err != nil {
		t.Fatal(err)
	}
	if err := try(ip, b.slug, "admin", good); err != nil {
		t.Errorf("a minute later = %v", err)
	}
}

// Whoever has come in from the address before still does, up to the lock of the
// account; a guess at theirs is answered like all others there.
func TestAddressKnowsItsPeople(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.member(t, "lina", b.desk)
	ip := address()
	try := func(login, password string) error {
		_, err := b.admit(context.Background(), tenanttest.DB(t), browser{ip: ip}, signIn{b.slug, login, password})
		return err
	}
	must(t, try("lina", good))
	b.fill(t, ip)
	must(t, try("lina", good))
	if err := try("admin", good); !errors.Is(err, ErrAddress) {
		t.Errorf("somebody new = %v, want ErrAddress", err)
	}
	for range 6 {
		if err := try("lina", "Wrong-1234"); !errors.Is(err, ErrAddress) {
			t.Errorf("a guess at somebody known = %v, want ErrAddress", err)
		}
	}
	if err := try("lina", good); !errors.Is(err, ErrAddress) {
		t.Errorf("after five guesses = %v, want ErrAddress: the account is locked", err)
	}
}

// An office behind one address is not shut out by a handful of typing errors,
// and failures in one tenant and another, in an unknown one, and on both doors
// are counted together.
func TestAddressCounts(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	ip := address()
	for i := range 12 {
		in := signIn{b.slug, fmt.Sprintf("clerk%d", i), "Wrong-1234"}
		if i%3 == 0 {
			in.Tenant = "no-such-place"
		}
		if _, err := b.admit(context.Background(), tenanttest.DB(t), browser{ip: ip}, in); !errors.Is(err, ErrCredentials) {
			t.Fatalf("failure %d = %v, want ErrCredentials", i, err)
		}
	}
	left := b.fill(t, ip)
	if left > 50 || left < 45 {
		t.Errorf("%d more failures until the address is refused, want some 48: twelve were counted", left)
	}
	wait, err := Operators.Wait(context.Background(), tenanttest.Operators(t), ip)
	if err != nil || wait < 1 {
		t.Errorf("at the operators' door: %d s, %v, want a wait", wait, err)
	}
}

// However many fail at once, nobody waits longer than for one place, and what
// is over goes on the way.
func TestAddressIsBounded(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	ip := address()
	old := doorstep(address())
	if _, err := tenanttest.Admin(t).Exec(`insert into platform.doorsteps values ($1, now() - interval '10 years')`, old); err != nil {
		t.Fatal(err)
	}
	b.fill(t, ip)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			ctx := tenant.As(context.Background(), tenant.Actor{Tenant: b.id})
			if err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error { _, err := Members.Failed(ctx, tx, ip); return err }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if wait, err := Members.Wait(context.Background(), tenanttest.DB(t), ip); err != nil || wait > 10 {
		t.Errorf("%d s, %v, want ten at most", wait, err)
	}
	var left int
	must(t, tenanttest.Admin(t).QueryRow(`select count(*) from platform.doorsteps where address = $1`, old).Scan(&left))
	if left != 0 {
		t.Error("what has been clear for ten years is still kept")
	}
}

func TestDoorstep(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]string{
		"203.0.113.7":          "203.0.113.7",
		"::ffff:203.0.113.7":   "203.0.113.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", // a client has the whole network
		"fe80::1%eth0":         "fe80::/64",
		"127.0.0.1":            "", // a proxy that nobody has named
		"::1":                  "",
		"":                     "",
		"0.0.0.0":              "",
		"nonsense":             "",
	} {
		if got := doorstep(ip); got != want {
			t.Errorf("doorstep(%q) = %q, want %q", ip, got, want)
		}
	}
}

// TestPasswordAge holds R247: a password of three months is let in once more,
// to be changed; a younger one is not bothered, and how long it has is told.
func TestPasswordAge(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.member(t, "lina", b.desk)
	const day = 24 * time.Hour
	for name, tt := range map[string]struct {
		age  time.Duration
		must bool
		days int
	}{
		"of today":           {0, false, 90},
		"of eleven weeks":    {77*day + time.Hour, false, 13},
		"of its last day":    {90*day - time.Hour, false, 1},
		"of three months":    {90*day + time.Minute, true, 0},
		"of half a lifetime": {40 * 365 * day, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := tenanttest.Admin(t).Exec(`
				update platform.accounts a set must_change = false, password_at = now() - make_interval(secs => $2)
				  from members m where m.tenant_id = $1 and m.login = 'lina' and a.id = m.account_id`, b.id, tt.age.Seconds()); err != nil {
				t.Fatal(err)
			}
			e := b.enters(t, "lina", good)
			b.Sessions.Drop()
			who, err := b.Sessions.Identify(context.Background(), e.token)
			if err != nil || e.mustChange != tt.must || who.MustChange != tt.must {
				t.Errorf("must change = %v, on the next request %v %v, want %v", e.mustChange, who.MustChange, err, tt.must)
			}
			me, err := b.me(tenant.As(context.Background(), e.actor), tenanttest.DB(t), who)
			if err != nil || me.PasswordDays != tt.days {
				t.Errorf("%d days left, %v, want %d", me.PasswordDays, err, tt.days)
			}
		})
	}
	if n := audited(t, b, "org.password_aged"); n != 2 {
		t.Errorf("%d demands are in the audit, want 2", n)
	}
	e := b.enters(t, "lina", good)
	after, err := b.changePassword(tenant.As(context.Background(), e.actor), tenanttest.DB(t), browser{token: e.token}, newPassword{good, "Bridge+1949x", true})
	must(t, err)
	if who, err := b.Sessions.Identify(context.Background(), after.token); err != nil || who.MustChange {
		t.Errorf("after the change: %+v %v", who, err)
	}
}

// AN-03, R353: whoever watches over security is told that an address is refused, once
// an hour, and not only the log.
func TestAddressAlarm(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	var told []string
	b.Alarm = func(_ context.Context, _ *tenant.Tx, address string) error {
		told = append(told, address)
		return nil
	}
	ip := address()
	fails := func() {
		t.Helper()
		ctx := tenant.As(context.Background(), tenant.Actor{Tenant: b.id, IP: ip, Request: "test"})
		if err := b.fail(ctx, tenanttest.DB(t), candidate{Login: "nobody"}); !errors.Is(err, ErrCredentials) && !errors.Is(err, ErrLocked) {
			t.Fatal(err)
		}
	}
	fails()
	if len(told) != 0 {
		t.Fatal("told of one failure")
	}
	b.fill(t, ip)
	fails()
	fails()
	if len(told) != 1 || told[0] != doorstep(ip) {
		t.Errorf("told of %v, want once of %s", told, doorstep(ip))
	}
	if n := audited(t, b, "org.alarm"); n != 1 {
		t.Errorf("%d alarms in the audit, want 1", n)
	}
}
