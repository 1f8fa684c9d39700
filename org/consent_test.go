package org

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A both is a person of several bureaus, by the account of the first.
type both struct {
	units   []bureau
	members []uuid.UUID // by unit
	account uuid.UUID
	login   string
}

// shared makes somebody of n bureaus.
func shared(t *testing.T, n int) (p both) {
	t.Helper()
	p.login = "lianghu"
	for range n {
		p.units = append(p.units, newBureau(t))
	}
	first := p.units[0].member(t, p.login, p.units[0].desk)
	p.account, p.members = first.Account, []uuid.UUID{first.Member}
	for _, u := range p.units[1:] {
		p.joins(t, u)
	}
	return p
}

// joins makes the person one of another unit, too.
func (p *both) joins(t *testing.T, u bureau) {
	t.Helper()
	made := u.invite(t, p.login)
	home := p.units[0].enters(t, p.login, good)
	if _, err := p.units[0].take(tenant.As(context.Background(), home.actor), tenanttest.DB(t), browser{token: home.token}, u.link(t, made.Member.ID)); err != nil {
		t.Fatal(err)
	}
	p.members = append(p.members, made.Member.ID)
}

// asks has the first unit reset the password.
func (p both) asks(t *testing.T) (madeReset, error) {
	t.Helper()
	return p.units[0].resetMember(p.units[0].ctx, deps(t), nil, asking{p.members[0], "phone", "回拨本人手机，本人确认"})
}

func (p both) mustAsk(t *testing.T) {
	t.Helper()
	out, err := p.asks(t)
	if err != nil || out.Token != "" || out.Sought == nil || out.Sought.Units != len(p.units)-1 || out.Sought.Given != 0 {
		t.Fatalf("asking = %+v, %v", out, err)
	}
}

// waiting returns what a unit is asked.
func (b bureau) waiting(t *testing.T, ctx context.Context) (items []Consent) {
	t.Helper()
	b.read(t, ctx, func(ctx context.Context, tx *tenant.Tx) error {
		l, err := listConsents(ctx, tx, feature.None{})
		items = l.Items
		return err
	})
	return items
}

func (b bureau) says(t *testing.T, ctx context.Context, id uuid.UUID, yes bool) error {
	t.Helper()
	return tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
		return Say(ctx, tx, ResetPassword, Answer{id, "person", "本人到场，口头同意"}, yes)
	})
}

// consents has every other unit say yes.
func (p both) consents(t *testing.T) {
	t.Helper()
	for _, u := range p.units[1:] {
		if err := u.says(t, u.ctx, u.waiting(t, u.ctx)[0].ID, true); err != nil {
			t.Fatal(err)
		}
	}
}

// An account of three units gets another password when the two others have
// consented, each upon its own asking of the person (R249).
func TestResetOfSharedAccount(t *testing.T) {
	t.Parallel()
	p := shared(t, 3)
	one, two, three := p.units[0], p.units[1], p.units[2]
	p.mustAsk(t)
	if _, err := p.asks(t); !errors.Is(err, ErrConsentsOpen) {
		t.Errorf("asking again = %v, want ErrConsentsOpen", err)
	}
	if _, err := two.resetMember(two.ctx, deps(t), nil, asking{p.members[1], "phone", "也申请"}); !errors.Is(err, ErrSoughtElsewhere) {
		t.Errorf("another unit asks beside = %v, want ErrSoughtElsewhere", err)
	}
	w := two.waiting(t, two.ctx)
	if len(w) != 1 || w[0].Unit != "青盐" || w[0].Member != p.members[1] || w[0].Name != "新lianghu" || w[0].Note != "回拨本人手机，本人确认" || !w[0].May {
		t.Fatalf("the second unit sees %+v", w)
	}
	if l := one.waiting(t, one.ctx); len(l) != 0 {
		t.Errorf("who asks is asked: %+v", l)
	}
	if err := one.says(t, one.ctx, w[0].ID, true); !errors.Is(err, ErrNoConsent) {
		t.Errorf("who asks consents = %v, want ErrNoConsent", err)
	}
	if err := two.says(t, two.ctx, w[0].ID, true); err != nil {
		t.Fatal(err)
	}
	if err := two.says(t, two.ctx, w[0].ID, false); !errors.Is(err, ErrConsentAnswered) {
		t.Errorf("a second word = %v, want ErrConsentAnswered", err)
	}
	if _, err := p.asks(t); !errors.Is(err, ErrConsentsOpen) {
		t.Errorf("with one of two consents = %v, want ErrConsentsOpen", err)
	}
	if err := three.says(t, three.ctx, w[0].ID, true); err != nil {
		t.Fatal(err)
	}
	first, err := p.asks(t)
	if err != nil || first.Token == "" || first.Sought != nil {
		t.Fatalf("with all consents = %+v, %v", first, err)
	}
	again, err := p.asks(t) // the page was closed: the link is made anew, and the first is void
	if err != nil {
		t.Fatal(err)
	}
	one.chooses(t, first.Token, "Other+Tide-9", ErrLink)
	one.chooses(t, again.Token, "Other+Tide-9", nil)
	one.enters(t, p.login, "Other+Tide-9")
	two.enters(t, p.login, "Other+Tide-9")
	if out, err := p.asks(t); err != nil || out.Token != "" {
		t.Errorf("after that = %+v, %v: want that all are asked anew", out, err)
	}
	for _, c := range []struct {
		b      bureau
		action string
		want   int
	}{{one, "org.consent_sought", 2}, {two, "org.consent_asked", 2}, {three, "org.consent_asked", 2}, {two, "org.consent_given", 1}, {one, "org.consent_given", 2},
		{three, "org.consent_used", 2}, {one, "org.reset_granted", 2}} {
		if n := audited(t, c.b, c.action); n != c.want {
			t.Errorf("%s stands %d times in the audit of %s, want %d", c.action, n, c.b.slug, c.want)
		}
	}
}

// Neither the person nor who asked consents for another unit (two people at
// least), and nobody does for a unit that is not asked (TI-12).
func TestWhoConsents(t *testing.T) {
	t.Parallel()
	p := shared(t, 2)
	one, two, other := p.units[0], p.units[1], newBureau(t)
	made := two.invite(t, "guanli") // the first unit's administrator is one of the second, too
	home := one.enters(t, "admin", good)
	if _, err := one.take(tenant.As(context.Background(), home.actor), tenanttest.DB(t), browser{token: home.token}, two.link(t, made.Member.ID)); err != nil {
		t.Fatal(err)
	}
	for _, m := range []uuid.UUID{made.Member.ID, p.members[1]} {
		two.must(t, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := tx.Exec(ctx, `insert into grants (id, subject_kind, subject_id, permission) values ($1, 'member', $2, 'org.manage')`, tenant.NewID(), m)
			return err
		})
	}
	p.mustAsk(t)
	id := two.waiting(t, two.ctx)[0].ID
	asker := two.as(t, tenant.Actor{Tenant: two.id, Member: made.Member.ID, Account: one.admin.Account, Name: "管小理"})
	self := two.as(t, tenant.Actor{Tenant: two.id, Member: p.members[1], Account: p.account, Name: "本人"})
	for name, c := range map[string]struct {
		ctx  context.Context
		want error
	}{"who asked": {asker, ErrConsentAsker}, "the person": {self, ErrSelf}, "another unit": {other.ctx, ErrNoConsent}} {
		if err := two.says(t, c.ctx, id, true); !errors.Is(err, c.want) {
			t.Errorf("%s consents = %v, want %v", name, err, c.want)
		}
	}
	for _, ctx := range []context.Context{asker, self} {
		if w := two.waiting(t, ctx); len(w) != 1 || w[0].May {
			t.Errorf("who may not answer sees %+v", w)
		}
	}
	if w := other.waiting(t, other.ctx); len(w) != 0 {
		t.Errorf("another unit sees %+v", w)
	}
	if err := two.says(t, two.ctx, id, true); err != nil {
		t.Error(err)
	}
}

// Each of these ends what was asked for, and with it the link that was made.
func TestConsentEnds(t *testing.T) {
	t.Parallel()
	sql := func(query string) func(*testing.T, *both) {
		return func(t *testing.T, p *both) {
			t.Helper()
			if _, err := tenanttest.Admin(t).Exec(query, p.account); err != nil {
				t.Fatal(err)
			}
		}
	}
	refuses := func(t *testing.T, p *both) {
		t.Helper()
		if err := p.units[2].says(t, p.units[2].ctx, p.units[2].waiting(t, p.units[2].ctx)[0].ID, false); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		does func(*testing.T, *both)
		why  string
	}{
		"three days":       {sql(`update platform.resets set asked_at = now() - interval '3 days' where account_id = $1`), "expired"},
		"a refusal":        {refuses, ""},
		"a sign-in":        {func(t *testing.T, p *both) { t.Helper(); p.units[1].enters(t, p.login, good) }, "signed_in"},
		"another password": {sql(`update platform.accounts set password_hash = 'other' where id = $1`), "password"},
		"a new membership": {func(t *testing.T, p *both) {
			t.Helper()
			u := newBureau(t)
			made := u.invite(t, "laile")
			if _, err := u.use(context.Background(), tenanttest.DB(t), browser{}, link{TenantID: u.id, Kind: "join", MemberID: &made.Member.ID, hash: TokenHash(u.link(t, made.Member.ID))},
				AdminSpec{Login: "laile", Name: "来了", account: p.account}); err != nil {
				t.Fatal(err)
			}
		}, "membership"},
		"a membership's end": {func(t *testing.T, p *both) {
			t.Helper()
			p.units[1].must(t, func(ctx context.Context, tx *tenant.Tx) error {
				_, err := leaveMember(ctx, tx, because{p.members[1], "调离"})
				return err
			})
		}, "membership"},
		"taking it back": {func(t *testing.T, p *both) {
			t.Helper()
			p.units[0].must(t, func(ctx context.Context, tx *tenant.Tx) error {
				l, err := listRequests(ctx, tx, requestQuery{State: "open"})
				if err == nil {
					_, err = refuseRequest(ctx, tx, because{l.Items[0].ID, "本人想起来了"})
				}
				return err
			})
		}, "withdrawn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := shared(t, 3)
			p.mustAsk(t)
			id := p.units[1].waiting(t, p.units[1].ctx)[0].ID
			if err := p.units[1].says(t, p.units[1].ctx, id, true); err != nil {
				t.Fatal(err)
			}
			c.does(t, &p)
			if name != "a refusal" {
				if err := p.units[2].says(t, p.units[2].ctx, id, true); !errors.Is(err, ErrConsentOver) {
					t.Errorf("a consent after it = %v, want ErrConsentOver", err)
				}
			}
			var why string
			p.units[0].read(t, p.units[0].ctx, func(ctx context.Context, tx *tenant.Tx) error {
				all, err := SoughtFor(ctx, tx, ResetPassword)
				if s := all[id]; s.State != "ended" && s.State != "refused" {
					t.Errorf("it is %s still", s.State)
				}
				why = all[id].Why
				return err
			})
			if why != c.why {
				t.Errorf("it ended because of %q, want %q", why, c.why)
			}
			if out, err := p.asks(t); err != nil || out.Token != "" || out.Sought.ID == id {
				t.Errorf("asking after it = %+v, %v, want that all are asked anew", out, err)
			}
		})
	}
}

// A link is void once the person comes in with their password, and when a unit
// that was not asked gets to know them.
func TestLinkEndsWithConsent(t *testing.T) {
	t.Parallel()
	p := shared(t, 2)
	p.mustAsk(t)
	p.consents(t)
	out, err := p.asks(t)
	if err != nil {
		t.Fatal(err)
	}
	p.units[1].enters(t, p.login, good)
	p.units[0].chooses(t, out.Token, "Other+Tide-9", ErrLink)

	late := shared(t, 2) // fetched in the last hour: it lasts no longer than the consents
	late.mustAsk(t)
	late.consents(t)
	if _, err := tenanttest.Admin(t).Exec(`update platform.resets set asked_at = now() - interval '71 hours' where account_id = $1`, late.account); err != nil {
		t.Fatal(err)
	}
	if _, err := late.asks(t); err != nil {
		t.Fatal(err)
	}
	var within bool
	if err := tenanttest.Admin(t).QueryRow(`
		select max(expires_at) <= now() + interval '1 hour' from platform.activations where tenant_id = $1 and kind = 'reset'`, late.units[0].id).Scan(&within); err != nil || !within {
		t.Errorf("a link fetched in the last hour outlives what was consented to, %v", err)
	}

	alone := shared(t, 1)
	if out, err = alone.asks(t); err != nil || out.Token == "" {
		t.Fatalf("a link of one unit = %+v, %v", out, err)
	}
	alone.joins(t, newBureau(t))
	alone.units[0].chooses(t, out.Token, "Other+Tide-9", ErrLink)
}

// However many ask, consent and fetch at once, it is asked once, each unit has
// one word, and who comes in beside ends it or is too late.
func TestConsentRaces(t *testing.T) {
	t.Parallel()
	p := shared(t, 3)
	var asked, fetched atomic.Int32
	together := func(n int, do func(int)) {
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() { do(i) })
		}
		wg.Wait()
	}
	together(8, func(int) {
		out, err := p.asks(t)
		if err == nil && out.Sought != nil {
			asked.Add(1)
		} else if !errors.Is(err, ErrConsentsOpen) {
			t.Errorf("asking at once = %+v, %v", out, err)
		}
	})
	if asked.Load() != 1 {
		t.Errorf("%d asked, want one", asked.Load())
	}
	id := p.units[1].waiting(t, p.units[1].ctx)[0].ID
	var words [2]atomic.Int32
	together(12, func(i int) {
		u := p.units[1+i%2]
		if err := u.says(t, u.ctx, id, true); err == nil {
			words[i%2].Add(1)
		} else if !errors.Is(err, ErrConsentAnswered) {
			t.Errorf("a word at once = %v", err)
		}
	})
	if words[0].Load() != 1 || words[1].Load() != 1 {
		t.Errorf("%d and %d words, want one each", words[0].Load(), words[1].Load())
	}
	var came atomic.Bool
	together(6, func(i int) {
		if i == 3 {
			_, err := p.units[1].admit(context.Background(), tenanttest.DB(t), browser{ip: "127.0.0.1"}, signIn{p.units[1].slug, p.login, good})
			came.Store(err == nil)
			return
		}
		if out, err := p.asks(t); err == nil && out.Token != "" {
			fetched.Add(1)
		}
	})
	if !came.Load() {
		t.Error("the person could not come in beside it")
	}
	var alive int
	if err := tenanttest.Admin(t).QueryRow(`
		select count(*) from platform.activations where tenant_id = $1 and kind = 'reset' and used_at is null and expires_at > now()`, p.units[0].id).Scan(&alive); err != nil || alive != 0 {
		t.Errorf("%d links live after the person came in, %v (%d were fetched)", alive, err, fetched.Load())
	}
}
