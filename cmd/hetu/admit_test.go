package main

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/uuid"

	"hetu/app"
	"hetu/console"
	"hetu/feature"
	"hetu/org"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// house is a tenant with an administrator, and its address.
func house(t *testing.T, name string) (id uuid.UUID, slug string) {
	t.Helper()
	id = tenanttest.Tenant(t, uuid.Nil, name)
	all := app.Features(app.Tools{})
	if _, err := org.OpenTenant(t.Context(), tenanttest.DB(t), id, org.AdminSpec{Login: "admin", Name: "张三", Password: "Salt&Sea-2026"},
		func(ctx context.Context, tx *tenant.Tx) error { return app.Seed(ctx, tx, all) }); err != nil {
		t.Fatal(err)
	}
	if err := tenanttest.Admin(t).QueryRow(`select slug from platform.tenants where id = $1`, id).Scan(&slug); err != nil {
		t.Fatal(err)
	}
	return id, slug
}

// given runs hetu tenant with the arguments as somebody types them.
func given(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var c struct {
		Tenant tenantCmd `cmd:""`
	}
	k, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := k.Parse(append([]string{"tenant"}, args...))
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	ops, db := tenanttest.Operators(t), tenanttest.DB(t)
	switch parsed.Command() {
	case "tenant admit <slug>":
		err = c.Tenant.Admit.admit(t.Context(), ops, db, "https://oa.example.org", &out)
	case "tenant consent <slug>":
		err = c.Tenant.Consent.consent(t.Context(), ops, db, &out)
	case "tenant unheard":
		err = unheard(t.Context(), ops, db, &out)
	default:
		t.Fatalf("no such command: %s", parsed.Command())
	}
	return out.String(), err
}

// The only administrator of a tenant who forgot the password comes in again by a
// command on the server (R249, R251): it prints a link and no password, and says
// in words why not.
func TestTenantAdmit(t *testing.T) {
	t.Parallel()
	id, slug := house(t, "云岭市水务局")
	const why = "仅有一名管理员，持证到场"
	for name, c := range map[string]struct {
		args []string
		want error
		says string
	}{
		"a bad address":       {[]string{"admit", "nowhere-at-all", "--login", "admin", "--reason", why}, console.ErrNoTenant, "no such tenant"},
		"a bad login":         {[]string{"admit", slug, "--login", "nobody", "--reason", why}, org.ErrNoMember, "sign-in name"},
		"who has not asked":   {[]string{"admit", slug, "--login", "admin", "--reason", why}, org.ErrNotAsked, "--how"},
		"no reason":           {[]string{"admit", slug, "--login", "admin", "--how", "person"}, nil, "--reason"},
		"an empty reason":     {[]string{"admit", slug, "--login", "admin", "--how", "person", "--reason", " "}, feature.ErrMissing, "needed: reason"},
		"no such way":         {[]string{"admit", slug, "--login", "admin", "--how", "rumour", "--reason", why}, nil, "--how"},
		"no second factor":    {[]string{"admit", slug, "--login", "admin", "--lost", "factor", "--reason", why}, nil, "no second factor"},
		"nothing asked":       {[]string{"consent", slug, "--login", "admin", "--how", "phone", "--reason", why}, org.ErrNoConsent, "asked nothing"},
		"consent without how": {[]string{"consent", slug, "--login", "admin", "--reason", why}, feature.ErrMissing, "needed: how"},
	} {
		out, err := given(t, c.args...)
		if err == nil || out != "" || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s = %q %v, want %v saying %q", name, out, err, c.want, c.says)
		}
	}
	link := regexp.MustCompile(`^admin\thttps://oa\.example\.org/reset#([A-Za-z0-9_-]{43})\n$`)
	var tokens []string
	for range 2 { // the first is void with the second
		out, err := given(t, "admit", slug, "--login", " Admin", "--how", "person", "--reason", why)
		m := link.FindStringSubmatch(out)
		if err != nil || m == nil {
			t.Fatalf("it prints %q, %v", out, err)
		}
		tokens = append(tokens, m[1])
	}
	ctx := tenant.As(t.Context(), tenant.Actor{Tenant: id, Name: "张三", Request: "test"})
	for i, want := range []bool{false, true, false} {
		var used bool
		if err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
			tx.Audit("org.password_reset", "org/member/x", nil)
			return tx.Get(ctx, &used, `select platform.activation_use($1)`, org.TokenHash(tokens[min(i, 1)]))
		}); err != nil || used != want {
			t.Errorf("use %d of a link = %v %v, want %v", i, used, err, want)
		}
	}
	if _, err := tenanttest.Admin(t).Exec(`update platform.tenants set state = 'suspended' where id = $1`, id); err != nil {
		t.Fatal(err)
	}
	if _, err := given(t, "admit", slug, "--login", "admin", "--how", "person", "--reason", why); !errors.Is(err, org.ErrSuspended) {
		t.Errorf("of a tenant that is closed = %v, want ErrSuspended", err)
	}
}

// An account of two tenants, one of which is closed: the operators are shown what
// it cannot answer, and answer for it; only then is there a link (R249).
func TestTenantConsent(t *testing.T) {
	t.Parallel()
	one, first := house(t, "云岭市水务局")
	two, second := house(t, "临溪市水务局")
	const why = "本人持证到场"
	// The administrator of the first is one of the second, too.
	if _, err := tenanttest.Admin(t).Exec(`
		with who as (select account_id, gen_random_uuid() as id from members where tenant_id = $1 and login = 'admin'),
		     m as (insert into members (tenant_id, id, account_id, login, name, state) select $2, id, account_id, 'liangjia', '张三', 'active' from who)
		insert into platform.memberships (account_id, tenant_id, member_id) select account_id, $2, id from who`, one, two); err != nil {
		t.Fatal(err)
	}
	ask := []string{"admit", first, "--login", "admin", "--how", "person", "--reason", why}
	out, err := given(t, ask...)
	if err != nil || !strings.Contains(out, "asked 1 other tenants") || strings.Contains(out, "reset#") {
		t.Fatalf("asking = %q, %v", out, err)
	}
	if _, err := given(t, ask...); !errors.Is(err, org.ErrConsentsOpen) {
		t.Errorf("without consent = %v, want ErrConsentsOpen", err)
	}
	consent := []string{"consent", second, "--login", "liangjia", "--how", "phone", "--reason", "回拨本人，同意"}
	if _, err := given(t, consent...); !errors.Is(err, org.ErrSpeaks) || !strings.Contains(err.Error(), "张三 (admin)") {
		t.Errorf("for a tenant that works = %v, want ErrSpeaks and who", err)
	}
	if _, err := tenanttest.Admin(t).Exec(`update platform.tenants set state = 'suspended' where id = $1`, two); err != nil {
		t.Fatal(err)
	}
	if out, err := given(t, "unheard"); err != nil || !strings.Contains(out, second+"\tpassword\t张三 (liangjia)\tasked by 云岭市水务局: "+why) {
		t.Errorf("what waits = %q, %v", out, err)
	}
	if out, err := given(t, consent...); err != nil || !strings.Contains(out, "consented for 张三 (liangjia), asked by 云岭市水务局") {
		t.Fatalf("for a closed one = %q, %v", out, err)
	}
	if _, err := given(t, append(consent, "--refuse")...); !errors.Is(err, org.ErrConsentAnswered) {
		t.Errorf("a second word = %v, want ErrConsentAnswered", err)
	}
	if out, err := given(t, ask[:4]...); err == nil {
		t.Errorf("without a reason = %q", out)
	}
	if out, err := given(t, ask...); err != nil || !strings.Contains(out, "/reset#") {
		t.Errorf("with every word = %q, %v", out, err)
	}
}
