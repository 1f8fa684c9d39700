package demo

import (
	"bytes"
	"context"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/app"
	"hetu/audit"
	"hetu/console"
	"hetu/deploy/embedded"
	"hetu/fault"
	"hetu/migrate"
	"hetu/relocation"
	"hetu/storage"
	"hetu/storage/storagetest"
	"hetu/tenant"
)

// An installation is a database and an object store, and no server.
type installation struct {
	relocation.House
	cfg app.Config
}

func install(t *testing.T, cfg app.Config) *installation {
	t.Helper()
	ctx := context.Background()
	opened := func(url string) *tenant.DB {
		db, err := tenant.Open(ctx, url, tenant.Limits{Conns: 2})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	store, err := storage.Open(ctx, cfg.Storage())
	if err != nil {
		t.Fatal(err)
	}
	staging, err := cfg.Storage().Staging()
	if err != nil {
		t.Fatal(err)
	}
	key, err := audit.LoadKey(filepath.Join(cfg.DataDir, "audit.key"))
	if err != nil {
		t.Fatal(err)
	}
	return &installation{relocation.House{Owner: opened(cfg.OwnerURL), DB: opened(cfg.DatabaseURL), Store: store, Staging: staging, Key: key, Version: "test"}, cfg}
}

// second is an empty installation beside the one of o, which keeps its objects
// in MinIO.
func (o Options) second(t *testing.T, cluster *embedded.Cluster, cfg app.Config) *installation {
	t.Helper()
	const name = "second"
	ctx := context.Background()
	if err := cluster.EnsureDatabase(ctx, name); err != nil {
		t.Fatal(err)
	}
	if err := migrate.Up(ctx, cluster.URL(name), migrate.Roles{}, app.Lines()...); err != nil {
		t.Fatal(err)
	}
	for _, url := range []*string{&cfg.DatabaseURL, &cfg.OperatorURL, &cfg.OwnerURL} {
		*url = strings.Replace(*url, "/"+database+"?", "/"+name+"?", 1)
	}
	cfg.DataDir = filepath.Join(t.TempDir(), name)
	s := storagetest.MinIO(t)
	cfg.Store, cfg.S3Endpoint, cfg.S3AccessKey, cfg.S3SecretKey, cfg.S3Bucket = "s3", s.Endpoint, s.AccessKey, s.SecretKey, s.Bucket
	return install(t, cfg)
}

func (i *installation) export(t *testing.T, slug string) (relocation.Manifest, []byte) {
	t.Helper()
	var file bytes.Buffer
	m, err := i.Export(context.Background(), relocation.Order{Slug: slug, By: "管理员", Reason: "迁移", Passwords: true}, &file)
	if err != nil {
		t.Fatalf("%s: %v %v", slug, err, meta(err))
	}
	return m, file.Bytes()
}

func (i *installation) open(file []byte, trusted ...string) (*relocation.Parcel, error) {
	return relocation.Open(bytes.NewReader(file), int64(len(file)), trusted...)
}

// take imports a parcel that another installation made.
func (i *installation) take(t *testing.T, file []byte, key, parent string) error {
	t.Helper()
	p, err := i.open(file, key)
	if err != nil {
		t.Fatal(err)
	}
	return i.Import(context.Background(), p, relocation.Arrival{Parent: parent, By: "管理员", Reason: "迁移"})
}

// slugs are the tenants, those above first.
func (i *installation) slugs(t *testing.T) (all []string, parents map[string]string) {
	t.Helper()
	ctx := context.Background()
	parents = map[string]string{}
	err := i.Owner.Public(ctx, func(tx *tenant.Tx) error {
		return tx.Each(ctx, func(r tenant.Row) error {
			var slug, parent string
			if err := r.Scan(&slug, &parent); err != nil {
				return err
			}
			all, parents[slug] = append(all, slug), parent
			return nil
		}, `select t.slug, coalesce(p.slug, '') from platform.tenants t left join platform.tenants p on p.id = t.parent_id
		     order by cardinality(t.path), t.slug`)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, parents
}

// moved takes all tenants of a demonstration that has ended to an empty
// installation with another kind of object store, where everything must be as
// it was, and removes one of them from both without a trace (R230's counterpart
// for a whole tenant; TI-11, AR-04).
func moved(t *testing.T, dir string, greeting *screen, want []row) {
	t.Helper()
	ctx := context.Background()
	o, err := Options{Dir: dir, Case: "t1", Fast: true}.complete()
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := embedded.Start(ctx, embedded.Options{Dir: filepath.Join(o.Dir, "postgres"), Fast: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(cluster.Stop); err != nil {
			t.Error(err)
		}
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg, _, err := o.configure(ctx, cluster, ln)
	if err != nil {
		t.Fatal(err)
	}
	from := install(t, cfg)
	to := o.second(t, cluster, cfg)
	slugs, parents := from.slugs(t)
	for i, slug := range slugs {
		m, file := from.export(t, slug)
		if i == len(slugs)-1 {
			to.refuses(t, file, from.Key.Public(), parents[slug])
		}
		if err := to.take(t, file, from.Key.Public(), parents[slug]); err != nil {
			t.Fatalf("%s: %v %v", slug, err, meta(err))
		}
		to.isSame(t, slug, m)
		if err := to.take(t, file, from.Key.Public(), parents[slug]); !errors.Is(err, relocation.ErrPresent) {
			t.Errorf("%s came twice: %v", slug, err)
		}
	}
	to.serves(t, ln, &demonstration{dir: o.Dir, out: greeting}, want)
	for name, i := range map[string]*installation{"fs": from, "s3": to} {
		t.Run("removed from "+name, func(t *testing.T) { i.erases(t, slugs) })
	}
}

// isSame exports the tenant again from where it has come to.
func (i *installation) isSame(t *testing.T, slug string, m relocation.Manifest) {
	t.Helper()
	again, _ := i.export(t, slug)
	if again.Objects != m.Objects || again.Accounts != m.Accounts || again.Jobs != m.Jobs || len(again.Tables) != len(m.Tables) {
		t.Errorf("%s: %+v, was %+v", slug, again.Objects, m.Objects)
	}
	for n, table := range m.Tables {
		if grown := strings.HasPrefix(table.Name, "public.audit_"); again.Tables[n] != table && !grown {
			t.Errorf("%s: %+v, was %+v", slug, again.Tables[n], table)
		}
	}
}

// refuses tries what must not come in.
func (i *installation) refuses(t *testing.T, file []byte, key, parent string) {
	t.Helper()
	if _, err := i.open(file, i.Key.Public()); !errors.Is(err, relocation.ErrSignature) {
		t.Errorf("a parcel of a stranger: %v", err)
	}
	if _, err := i.open(file[:len(file)/2], key); !errors.Is(err, relocation.ErrFile) {
		t.Errorf("half a parcel: %v", err)
	}
	if err := i.take(t, file, key, "nobody-here"); !errors.Is(err, relocation.ErrParent) {
		t.Errorf("below nobody: %v", err)
	}
	for at := len(file) / 4; at < len(file)/2; at += len(file)/16 + 1 {
		bad := slices.Clone(file)
		bad[at] ^= 0x20
		p, err := i.open(bad, key)
		if err == nil {
			err = i.Import(context.Background(), p, relocation.Arrival{Parent: parent, By: "管理员", Reason: "迁移"})
		}
		if err == nil {
			t.Fatalf("a parcel with byte %d changed came in", at)
		}
	}
	p, err := i.open(file, key)
	if err != nil {
		t.Fatal(err)
	}
	if left := i.objects(t, p.Manifest.Tenant.ID); left > 0 {
		t.Errorf("%d objects were left by parcels that did not come in", left)
	}
}

// serves looks at the round where everything is now.
func (i *installation) serves(t *testing.T, ln net.Listener, d *demonstration, want []row) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	n, err := app.NewNode(ctx, i.cfg)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- n.Serve(ctx, ln) }()
	d.base = "http://" + ln.Addr().String()
	d.compare(t, want)
	cancel()
	if err := errors.Join(<-ended, n.Close()); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// erases removes the last tenant, in the order of what is in the way of that.
func (i *installation) erases(t *testing.T, slugs []string) {
	t.Helper()
	ctx := context.Background()
	slug := slugs[len(slugs)-1]
	operators, err := tenant.Open(ctx, i.cfg.OperatorURL, tenant.Limits{Conns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = operators.Close() }()
	first, second := relocation.Operator{Login: "keeper-one", Password: "Kp-one-2026!x"}, relocation.Operator{Login: "keeper-two", Password: "Kp-two-2026!x"}
	for _, one := range []relocation.Operator{first, second} {
		if err := console.CreateOperator(ctx, operators, one.Login, one.Login, one.Password); err != nil {
			t.Fatal(err)
		}
	}
	warrant := func(slug string) relocation.Warrant {
		_, file := i.export(t, slug)
		p, err := i.open(file, i.Key.Public())
		if err != nil {
			t.Fatal(err)
		}
		return relocation.Warrant{Slug: slug, Parcel: p, First: first, Second: second, Reason: "合同到期"}
	}
	refused := func(what string, w relocation.Warrant, want error) {
		if _, err := i.Erase(ctx, w); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	refused("an active tenant", warrant(slug), relocation.ErrActive)
	i.own(t, `update platform.tenants set state = 'suspended', reason = '合同到期'`)
	stale := warrant(slug)
	w := warrant(slug) // that it was made stands in its audit
	alone := w
	alone.Second = first
	refused("one operator twice", alone, relocation.ErrOperators)
	wrong := w
	wrong.Second.Password = "Kp-two-2026!y"
	refused("a wrong password", wrong, relocation.ErrOperators)
	refused("with tenants below", warrant(slugs[0]), relocation.ErrBelow)
	other := warrant(slugs[1])
	other.Slug = slug
	refused("with another's parcel", other, relocation.ErrChanged)
	refused("changed since it was exported", stale, relocation.ErrChanged)
	i.own(t, `
		insert into river.river_job (kind, args, max_attempts, state, errors)
		values ('round', '{}', 3, 'retryable', array[jsonb_build_object('attempt', 1, 'error', 'tenant ' || $1::text || ': begin: context canceled'),
		                                             jsonb_build_object('attempt', 2, 'error', 'of somebody else')])`, w.Parcel.Manifest.Tenant.ID)
	c, err := i.Erase(ctx, w)
	if err != nil {
		t.Fatalf("%v %v", err, meta(err))
	}
	i.isGone(t, c)
	i.own(t, `do $$ begin
		if not exists (select from river.river_job where kind = 'round' and errors[1] ->> 'error' = 'of somebody else' and cardinality(errors) = 1) then
			raise 'what a round says of others went too';
		end if;
	end $$`)
	i.isNobodys(t, operators, slug)
	if err := i.Import(ctx, w.Parcel, relocation.Arrival{Parent: slugs[0], By: "管理员", Reason: "恢复"}); err != nil {
		t.Errorf("it cannot come back: %v %v", err, meta(err))
	}
}

func (i *installation) own(t *testing.T, statement string, args ...any) {
	t.Helper()
	ctx := context.Background()
	if err := i.Owner.Public(ctx, func(tx *tenant.Tx) error { _, err := tx.Exec(ctx, statement, args...); return err }); err != nil {
		t.Fatal(err)
	}
}

// isGone searches every row of every table and the whole object store.
func (i *installation) isGone(t *testing.T, c relocation.Certificate) {
	t.Helper()
	ctx := context.Background()
	if c.Rows["public.items"] == 0 || c.Rows["platform.item_terms"] == 0 || c.Accounts == 0 || c.Signature == "" || len(c.By) != 2 {
		t.Errorf("certificate: %+v", c)
	}
	var tables []string
	err := i.Owner.Public(ctx, func(tx *tenant.Tx) error {
		return tx.Select(ctx, &tables, `select quote_ident(schemaname) || '.' || quote_ident(tablename) from pg_tables where schemaname in ('public', 'platform', 'river') order by 1`)
	})
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{"platform.removals": true, "platform.operator_audit": true, "platform.changes": true}
	for _, table := range tables {
		var n int
		err := i.Owner.Public(ctx, func(tx *tenant.Tx) error {
			return tx.Get(ctx, &n, `
				select count(*) from `+table+` r where r::text like '%' || $1 || '%'
				   and coalesce(to_jsonb(r) ->> 'tenant_id', $1) = $1`, c.Tenant.ID.String()) // what others wrote about it is theirs
		})
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 && !named[table] {
			t.Errorf("%s has %d rows that name it", table, n)
		}
	}
	if left := i.objects(t, c.Tenant.ID); left != len(c.Kept) {
		t.Errorf("%d of its objects are left, %d are kept by law", left, len(c.Kept))
	}
}

// isNobodys tries to give the address of who is gone to somebody else.
func (i *installation) isNobodys(t *testing.T, operators *tenant.DB, slug string) {
	t.Helper()
	ctx := context.Background()
	var group uuid.UUID
	err := i.Owner.Public(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &group, `select group_id from platform.tenants limit 1`)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = console.CreateTenant(ctx, operators, console.NewTenant{GroupID: group, Slug: slug, Name: "另一个单位", ShortName: "另一个单位",
		Kind: "bureau", AdminName: "余澜", AdminLogin: "yulan"})
	if fault.Of(err).Kind != fault.Conflict {
		t.Errorf("the address of who is gone was given away: %v", err)
	}
	if _, err := i.Finish(ctx, slug); err != nil {
		t.Errorf("finishing again: %v", err)
	}
}

func (i *installation) objects(t *testing.T, id uuid.UUID) (n int) {
	t.Helper()
	for after := ""; ; {
		page, err := i.Store.List(context.Background(), id, after, 500)
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Entries)
		if after = page.Next; after == "" {
			return n
		}
	}
}

func meta(err error) any { return fault.Of(err).Meta }
