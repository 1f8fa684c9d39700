package console

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func TestCreateTenant(t *testing.T) {
	t.Parallel()
	g, other := group(t), group(t)
	root, _ := made(t, g.ID, uuid.Nil)
	below, _ := made(t, g.ID, root.ID)
	deep, _ := made(t, g.ID, below.ID)
	if deep.Depth != 3 || deep.Opened || deep.State != "active" {
		t.Errorf("tenant = %+v", deep)
	}
	tests := map[string]struct {
		change func(*NewTenant)
		want   error
		field  string
	}{
		"slug taken":                {func(n *NewTenant) { n.Slug = root.Slug }, ErrGroupSlug, "slug"},
		"slug malformed":            {func(n *NewTenant) { n.Slug = "Bad_Slug" }, ErrSlugChars, "slug"},
		"no such group":             {func(n *NewTenant) { n.GroupID = uuid.New() }, ErrNoGroup, "group_id"},
		"parent of another group":   {func(n *NewTenant) { n.GroupID = other.ID }, ErrNoParent, "parent_id"},
		"no such parent":            {func(n *NewTenant) { id := uuid.New(); n.ParentID = &id }, ErrNoParent, "parent_id"},
		"login of the first is bad": {func(n *NewTenant) { n.AdminLogin = "9a" }, ErrLoginStart, "admin_login"},
		"no name":                   {func(n *NewTenant) { n.Name = " " }, feature.ErrMissing, "name"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(g.ID, root.ID)
			tt.change(&n)
			_, _, err := CreateTenant(context.Background(), tenanttest.Operators(t), n)
			if !errors.Is(err, tt.want) || fault.Of(err).Field != tt.field {
				t.Errorf("CreateTenant = %v on %q, want %v on %q", err, fault.Of(err).Field, tt.want, tt.field)
			}
		})
	}
}

// The first administrator's link works once, and only the last one made.
func TestFirstAdminLink(t *testing.T) {
	t.Parallel()
	ctx, _ := operator(t)
	x, first := made(t, group(t).ID, uuid.Nil)
	again := func(id uuid.UUID) (madeLink, error) {
		return inviteAgain(ctx, feature.Deps{Operators: tenanttest.Operators(t)}, nil, byID{id})
	}
	link, err := again(x.ID)
	if err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]bool{first: false, link.Token: true} {
		if got := found(t, token); got != want {
			t.Errorf("link found = %v, want %v", got, want)
		}
	}
	if _, err := again(uuid.New()); !errors.Is(err, ErrNoTenant) {
		t.Errorf("no such tenant = %v, want ErrNoTenant", err)
	}
	open(t, x.ID)
	if _, err := again(x.ID); !errors.Is(err, ErrTenantOpened) {
		t.Errorf("for an opened tenant = %v, want ErrTenantOpened", err)
	}
}

func found(t *testing.T, token string) bool {
	t.Helper()
	var n int
	if err := tenanttest.Admin(t).QueryRow(`select count(*) from platform.activation_find($1)`, org.TokenHash(token)).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n == 1
}

// open opens a tenant and returns its administrator's account and member.
func open(t *testing.T, id uuid.UUID) (account, member uuid.UUID) {
	t.Helper()
	hash, err := argon2id.CreateHash(good, &quick)
	if err != nil {
		t.Fatal(err)
	}
	member, err = org.OpenTenant(context.Background(), tenanttest.DB(t), id,
		org.AdminSpec{Login: "chief", Name: "首任员", Hash: hash}, seedRoles)
	if err != nil {
		t.Fatal(err)
	}
	err = tenanttest.Admin(t).QueryRow(`select account_id from members where tenant_id = $1 and id = $2`, id, member).Scan(&account)
	if err != nil {
		t.Fatal(err)
	}
	return account, member
}

func TestSuspend(t *testing.T) {
	t.Parallel()
	ctx, o := operator(t)
	x, _ := made(t, group(t).ID, uuid.Nil)
	token := plantSession(t, x.ID)
	members, err := org.NewSessions(tenanttest.DB(t), 10)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := members.Identify(context.Background(), token); err != nil {
		t.Fatal(err)
	}
	told := make(chan struct{}, 100)
	listen, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := tenant.Listen(listen, tenanttest.URL(t, "hetu_app"), map[string]func(string){
		"hetu_sessions": func(string) { members.Drop(); told <- struct{}{} },
	}); err != nil {
		t.Fatal(err)
	}
	turned := func(fn func(context.Context, *tenant.Tx) (Tenant, error)) (Tenant, error) { return operate(t, ctx, fn) }
	stop := func(id uuid.UUID, version int) (Tenant, error) {
		return turned(func(ctx context.Context, tx *tenant.Tx) (Tenant, error) {
			return suspend(ctx, tx, suspension{ID: id, Reason: "欠费", Version: version})
		})
	}
	if _, err := stop(uuid.New(), 1); !errors.Is(err, ErrNoTenant) {
		t.Errorf("no such tenant = %v, want ErrNoTenant", err)
	}
	began := time.Now()
	got, err := stop(x.ID, 1)
	if err != nil || got.State != "suspended" || got.Version != 2 {
		t.Fatalf("suspend = %+v %v", got, err)
	}
	<-told
	for {
		if _, err := members.Identify(context.Background(), token); errors.Is(err, tenant.ErrNoActor) {
			break
		}
		if time.Since(began) > 2*time.Second {
			t.Fatal("the session of a suspended tenant is alive after two seconds")
		}
	}
	_, err = stop(x.ID, 1)
	if f := fault.Of(err); !errors.Is(err, ErrStale) || f.Meta["version"] != 2 || f.Meta["changed_by"] != o.Name {
		t.Errorf("stale = %v %v", err, f.Meta)
	}
	if _, err := stop(x.ID, 2); !errors.Is(err, ErrState) {
		t.Errorf("again = %v, want ErrState", err)
	}
	got, err = turned(func(ctx context.Context, tx *tenant.Tx) (Tenant, error) { return resume(ctx, tx, resumption{x.ID, 2}) })
	if err != nil || got.State != "active" {
		t.Errorf("resume = %+v %v", got, err)
	}
	members.Drop()
	if _, err := members.Identify(context.Background(), token); !errors.Is(err, tenant.ErrNoActor) {
		t.Errorf("the session came back to life: %v", err)
	}
}

// plantSession opens the tenant and gives its administrator a session.
func plantSession(t *testing.T, id uuid.UUID) (token string) {
	t.Helper()
	account, member := open(t, id)
	token = org.NewToken()
	exec(t, tenanttest.Admin(t), `
		insert into platform.sessions (id, token_hash, account_id, tenant_id, member_id, ip, user_agent)
		values ($1, $2, $3, $4, $5, '', '')`, tenant.NewID(), org.TokenHash(token), account, id, member)
	return token
}

func exec(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

func seedRoles(ctx context.Context, tx *tenant.Tx) error { return rbac.Seed(ctx, tx, nil) }
