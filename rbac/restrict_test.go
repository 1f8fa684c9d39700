package rbac_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hetu/fault"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func restrict(ctx context.Context, t *testing.T, n rbac.NewRestriction) (r rbac.Restriction) {
	t.Helper()
	do(t, ctx, func(tx *tenant.Tx) (err error) {
		n.StartsAt, n.EndsAt = tx.Now.Add(time.Until(n.StartsAt)), tx.Now.Add(time.Until(n.EndsAt))
		n.Reason, n.Basis = "违规操作", "人事〔2026〕7号"
		r, err = rbac.Restrict(ctx, tx, n)
		return err
	})
	return r
}

// eventually asks until the answer is the one wanted, for at most a while, and
// returns how long that took.
func eventually(t *testing.T, most time.Duration, ask func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for !ask() {
		if time.Since(began) > most {
			t.Fatalf("not after %v", most)
		}
		select {
		case <-t.Context().Done():
			t.Fatal("the test is over")
		case <-time.After(5 * time.Millisecond):
		}
	}
	return time.Since(began)
}

// TestRestrict holds R270: a sanction withholds all rights or some, from its
// beginning to its end, on every node within two seconds, and ends by itself.
func TestRestrict(t *testing.T) {
	t.Parallel()
	ctx, a := tenanttest.Actor(t)
	seed(t, ctx)
	do(t, ctx, func(tx *tenant.Tx) error {
		_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: a.Member, Permission: change})
		return err
	})
	one, two := guard(t), guard(t)
	may := func(g *rbac.Guard, p rbac.Permission) bool { return rights(ctx, t, g).Has(p) }
	if !may(one, see) || !may(one, change) || !may(two, change) {
		t.Fatal("before: not allowed")
	}
	now := time.Now()
	restrict(ctx, t, rbac.NewRestriction{Member: tenant.NewID(), StartsAt: now, EndsAt: now.Add(time.Hour)})
	if !may(one, change) {
		t.Error("somebody else's sanction")
	}
	some := restrict(ctx, t, rbac.NewRestriction{Member: a.Member, Permissions: []rbac.Permission{change}, StartsAt: now, EndsAt: now.Add(time.Hour)})
	for _, g := range []*rbac.Guard{one, two} {
		eventually(t, 2*time.Second, func() bool { return !may(g, change) })
		r := rights(ctx, t, g)
		if !r.Has(see) || r.Frozen() != nil {
			t.Errorf("a sanction of one right takes others: %v", r.List())
		}
		if err := r.Denial(change); !errors.Is(err, rbac.ErrFrozen) || fault.Of(err).Meta["until"] == nil {
			t.Errorf("denial = %v, want ErrFrozen until", err)
		}
		if err := r.Denial("x.other"); !errors.Is(err, rbac.ErrDenied) {
			t.Errorf("denial of another = %v", err)
		}
	}
	do(t, ctx, func(tx *tenant.Tx) error {
		who, err := rbac.Holders(ctx, tx, change, nil)
		if len(who) != 0 {
			t.Errorf("holders = %v, want none: nobody puts a task to them", who)
		}
		why, werr := rbac.Why(ctx, tx, []rbac.Permission{change}, nil)
		if len(why) != 0 {
			t.Errorf("why = %v, want nothing", why)
		}
		return errors.Join(err, werr)
	})
	do(t, ctx, func(tx *tenant.Tx) error { _, err := rbac.Lift(ctx, tx, some.ID, "申诉成立"); return err })
	for _, g := range []*rbac.Guard{one, two} {
		eventually(t, 2*time.Second, func() bool { return may(g, change) })
	}
	err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error { _, err := rbac.Lift(ctx, tx, some.ID, "再次"); return err })
	if !errors.Is(err, rbac.ErrRestrictionOver) {
		t.Errorf("lifting again = %v, want ErrRestrictionOver", err)
	}
	other, _ := tenanttest.Actor(t)
	err = tenanttest.DB(t).Write(other, func(tx *tenant.Tx) error { _, err := rbac.Lift(other, tx, some.ID, "外单位"); return err })
	if !errors.Is(err, rbac.ErrRestrictionNotFound) {
		t.Errorf("lifting another tenant's = %v, want ErrRestrictionNotFound", err)
	}
}

// TestFreezeByItself holds that nobody has to do anything for a freeze to begin
// and to end at its moments, and that all a frozen person may do is nothing.
func TestFreezeByItself(t *testing.T) {
	t.Parallel()
	ctx, a := tenanttest.Actor(t)
	seed(t, ctx)
	one, two := guard(t), guard(t)
	now := time.Now()
	restrict(ctx, t, rbac.NewRestriction{Member: a.Member, StartsAt: now.Add(400 * time.Millisecond), EndsAt: now.Add(1200 * time.Millisecond)})
	for _, g := range []*rbac.Guard{one, two} {
		if r := rights(ctx, t, g); r.Frozen() != nil && time.Since(now) < 300*time.Millisecond {
			t.Error("frozen before the beginning")
		}
		eventually(t, 2*time.Second, func() bool { return rights(ctx, t, g).Frozen() != nil || time.Since(now) > time.Second })
	}
	r := rights(ctx, t, one)
	if r.Frozen() != nil && (r.Has(see) || len(r.List()) != 0) {
		t.Errorf("frozen, and may %v", r.List())
	}
	for _, g := range []*rbac.Guard{one, two} {
		eventually(t, 3*time.Second, func() bool { r := rights(ctx, t, g); return r.Frozen() == nil && r.Has(see) })
	}
	if since := time.Since(now); since < 1200*time.Millisecond {
		t.Errorf("over after %v, too early", since)
	}
	do(t, ctx, func(tx *tenant.Tx) error {
		over, err := rbac.RestrictionsOver(ctx, tx)
		if len(over) != 1 {
			t.Errorf("%d sanctions are told to be over, want 1", len(over))
		}
		return err
	})
	do(t, ctx, func(tx *tenant.Tx) error {
		over, err := rbac.RestrictionsOver(ctx, tx)
		if len(over) != 0 {
			t.Errorf("told again: %v", over)
		}
		return err
	})
}

// TestGrantEndsByItself holds that a grant until a moment is gone at that moment,
// before the round takes it back.
func TestGrantEndsByItself(t *testing.T) {
	t.Parallel()
	ctx, a := tenanttest.Actor(t)
	seed(t, ctx)
	g := guard(t)
	do(t, ctx, func(tx *tenant.Tx) error {
		until := tx.Now.Add(700 * time.Millisecond)
		_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: a.Member, Permission: change, Until: &until})
		return err
	})
	eventually(t, 600*time.Millisecond, func() bool { return rights(ctx, t, g).Has(change) })
	eventually(t, 2*time.Second, func() bool { return !rights(ctx, t, g).Has(change) })
}
