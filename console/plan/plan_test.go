package plan

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func TestFeature(t *testing.T) {
	t.Parallel()
	if err := feature.Check(Feature()); err != nil {
		t.Error(err)
	}
}

// house is a tenant with one member.
func house(t *testing.T) (context.Context, tenant.Actor) {
	t.Helper()
	ctx, a := tenanttest.As(t, tenanttest.Tenant(t, uuid.Nil, "岭海盐务局"))
	tenanttest.Member(t, ctx, "周明")
	return ctx, a
}

func limit(t *testing.T, id uuid.UUID, set string, args ...any) {
	t.Helper()
	if _, err := tenanttest.Admin(t).Exec(`
		insert into platform.plans (tenant_id) values ($1) on conflict do nothing`, id); err != nil {
		t.Fatal(err)
	}
	if _, err := tenanttest.Admin(t).Exec(`update platform.plans set `+set+` where tenant_id = $1`, append([]any{id}, args...)...); err != nil {
		t.Fatal(err)
	}
}

func hire(ctx context.Context, t *testing.T) error {
	id := tenant.NewID()
	return tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `insert into members (id, login, name) values ($1, $2, '新人')`, id, "n"+id.String()[24:])
		return err
	})
}

func TestAllows(t *testing.T) {
	t.Parallel()
	last := time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		standing Standing
		feature  string
		changes  bool
		want     error
	}{
		"no plan":                                {Standing{}, "publish", true, nil},
		"a module that is off":                   {Standing{Off: tenant.Texts{"assess"}}, "verdict", false, ErrOff},
		"a module that is on":                    {Standing{Off: tenant.Texts{"assess"}}, "publish", true, nil},
		"what is in no module":                   {Standing{Off: tenant.Texts{"publish", "assess"}}, "org", true, nil},
		"reading while read only":                {Standing{ReadOnly: true}, "publish", false, nil},
		"changing while read only":               {Standing{ReadOnly: true, Reason: "欠费"}, "publish", true, ErrReadOnly},
		"reading after the last day":             {Standing{Expired: true, ExpiresOn: &last}, "org", false, nil},
		"changing after the last day":            {Standing{Expired: true, ExpiresOn: &last}, "org", true, ErrExpired},
		"off is off although it could only read": {Standing{ReadOnly: true, Off: tenant.Texts{"publish"}}, "publish", true, ErrOff},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := tt.standing.Allows(tt.feature, tt.changes); !errors.Is(err, tt.want) || (tt.want == nil) != (err == nil) {
				t.Errorf("Allows = %v, want %v", err, tt.want)
			}
		})
	}
}

// Nobody comes in beyond the seats, whichever way, and two who come at the same
// time do not both get the last one.
func TestSeats(t *testing.T) {
	t.Parallel()
	ctx, a := house(t)
	if err := hire(ctx, t); err != nil {
		t.Fatalf("without a limit: %v", err)
	}
	limit(t, a.Tenant, "seats = 4")
	errs := make(chan error, 6)
	for range 6 {
		go func() { errs <- hire(ctx, t) }()
	}
	full := 0
	for range 6 {
		if err := <-errs; errors.Is(err, ErrSeats) {
			full++
			if f := fault.Of(err); f.Kind != fault.Conflict || f.Meta["seats"] != float64(4) {
				t.Errorf("the refusal says %v %v", f.Kind, f.Meta)
			}
		} else if err != nil {
			t.Errorf("hired at the same time: %v", err)
		}
	}
	if full != 4 {
		t.Errorf("%d of six were refused for two seats, want 4", full)
	}
	state := func(to string) error {
		return tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
			_, err := tx.Exec(ctx, `update members set state = $1 where id = (select id from members where id <> $2 order by id limit 1)`, to, a.Member)
			return err
		})
	}
	for _, step := range []struct {
		what string
		do   func() error
		want error
	}{
		{"locked takes no seat more", func() error { return state("locked") }, nil},
		{"somebody leaves", func() error { return state("left") }, nil},
		{"and another comes", func() error { return hire(ctx, t) }, nil},
		{"and the first is back", func() error { return state("active") }, ErrSeats},
	} {
		if err := step.do(); !errors.Is(err, step.want) || (step.want == nil) != (err == nil) {
			t.Errorf("%s: %v, want %v", step.what, err, step.want)
		}
	}
	other, _ := house(t) // of another tenant, without a plan
	if err := hire(other, t); err != nil {
		t.Errorf("another tenant: %v", err)
	}
}

func TestQuota(t *testing.T) {
	t.Parallel()
	ctx, a := house(t)
	room := func(size int64) error {
		return tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error { return Quota(ctx, tx, size) })
	}
	if err := room(1 << 40); err != nil {
		t.Fatalf("without a limit: %v", err)
	}
	limit(t, a.Tenant, "bytes = 1000")
	must := func(stmt string, args ...any) {
		t.Helper()
		err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error { _, err := tx.Exec(ctx, stmt, args...); return err })
		if err != nil {
			t.Fatal(err)
		}
	}
	must(`insert into uploads (id, member_id, name, size) values ($1, $2, 'a.pdf', 600)`, tenant.NewID(), a.Member)
	if err := room(400); err != nil {
		t.Errorf("exactly the rest: %v", err)
	}
	if err := room(401); !errors.Is(err, ErrStorage) || fault.Of(err).Meta["used"] != int64(600) {
		t.Errorf("one byte more = %v %v, want ErrStorage", err, fault.Of(err).Meta)
	}
}

// What an operator changes holds on a node within two seconds, and the book
// answers from memory until then.
func TestBook(t *testing.T) {
	t.Parallel()
	ctx, a := house(t)
	b, err := NewBook(tenanttest.DB(t), 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Allow(ctx, "assess", true); err != nil {
		t.Fatal(err)
	}
	within := func(what string, ok func() bool) {
		t.Helper()
		for deadline := time.Now().Add(2 * time.Second); !ok(); {
			if time.Now().After(deadline) {
				t.Fatalf("%s: not within two seconds", what)
			}
		}
	}
	limit(t, a.Tenant, "off = '{assess}'")
	within("a module is off", func() bool { return errors.Is(b.Allow(ctx, "review", false), ErrOff) })
	limit(t, a.Tenant, "off = '{}', expires_on = '2020-01-01'")
	within("the last day is over", func() bool { return errors.Is(b.Allow(ctx, "review", true), ErrExpired) })
	limit(t, a.Tenant, "expires_on = null")
	within("there is no end", func() bool { return b.Allow(ctx, "review", true) == nil })
	if _, err := tenanttest.Admin(t).Exec(`update platform.tenants set read_only = true, reason = '欠费' where id = $1`, a.Tenant); err != nil {
		t.Fatal(err)
	}
	within("it is read only", func() bool { return errors.Is(b.Allow(ctx, "org", true), ErrReadOnly) })
	if err := (*Book)(nil).Allow(ctx, "assess", true); err != nil {
		t.Errorf("no book at all: %v", err)
	}
}

// A host name is a tenant's own as soon as it was given to it (R345).
func TestHost(t *testing.T) {
	t.Parallel()
	_, a := house(t)
	b, err := NewBook(tenanttest.DB(t), 10)
	if err != nil {
		t.Fatal(err)
	}
	name := "oa" + a.Tenant.String()[24:] + ".example.org"
	if b.Host(context.Background(), name) {
		t.Fatal("known before it was given to anybody")
	}
	if _, err := tenanttest.Admin(t).Exec(`update platform.tenants set domain = $2 where id = $1`, a.Tenant, name); err != nil {
		t.Fatal(err)
	}
	b.heard(tenant.Change{Kind: "tenant", Subject: a.Tenant})
	if !b.Host(context.Background(), name) {
		t.Error("not known although it is a tenant's")
	}
	if b.Host(context.Background(), "x"+name) {
		t.Error("nobody's name is known")
	}
	cl := &feature.Client{Host: name}
	h, err := here(context.Background(), feature.Deps{DB: tenanttest.DB(t)}, cl, feature.None{})
	if err != nil || h.Slug != "t"+a.Tenant.String()[24:] {
		t.Errorf("here = %+v %v", h, err)
	}
}

func TestShow(t *testing.T) {
	t.Parallel()
	ctx, a := house(t)
	see := func() (p Sheet) {
		t.Helper()
		err := tenanttest.DB(t).Read(ctx, func(tx *tenant.Tx) (err error) {
			p, err = show(ctx, tx, feature.None{})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := see(); p.Seats != nil || p.DaysLeft != nil || p.Members != 1 || len(p.Off) != 0 {
		t.Errorf("without a plan: %+v", p)
	}
	limit(t, a.Tenant, "seats = 9, bytes = 5000, off = '{exchange}', expires_on = (now() at time zone 'Asia/Shanghai')::date + 10")
	p := see()
	if *p.Seats != 9 || *p.Bytes != 5000 || *p.DaysLeft != 11 || p.Expired {
		t.Errorf("the sheet says %+v", p)
	}
	for _, m := range p.Modules {
		if m.On == (m.Code == "exchange") {
			t.Errorf("%s on = %v", m.Code, m.On)
		}
	}
}
