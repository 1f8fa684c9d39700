package relocation

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/audit"
	"hetu/org"
	"hetu/storage"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

const proof = "Kp-one-2026!x"

// ours is the installation of the tests, with an object store of its own.
func ours(t *testing.T) House {
	t.Helper()
	owner, err := tenant.Open(context.Background(), tenanttest.URL(t, ""), tenant.Limits{Conns: 2, Statement: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close() })
	cfg := storage.Config{Driver: "fs", Dir: t.TempDir()}
	store, err := storage.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	staging, err := cfg.Staging()
	if err != nil {
		t.Fatal(err)
	}
	key, err := audit.LoadKey(filepath.Join(t.TempDir(), "audit.key"))
	if err != nil {
		t.Fatal(err)
	}
	return House{Owner: owner, DB: tenanttest.DB(t), Store: store, Staging: staging, Key: key, Version: "test"}
}

func sql(t *testing.T, stmt string, args ...any) {
	t.Helper()
	if _, err := tenanttest.Admin(t).Exec(stmt, args...); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, stmt string, args ...any) (n int) {
	t.Helper()
	if err := tenanttest.Admin(t).QueryRow(stmt, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// closed is a suspended tenant with a member.
func closed(t *testing.T, name string) (id uuid.UUID, slug string) {
	t.Helper()
	id = tenanttest.Tenant(t, uuid.Nil, name)
	ctx, _ := tenanttest.As(t, id)
	tenanttest.Member(t, ctx, "周明")
	sql(t, `update platform.tenants set state = 'suspended' where id = $1`, id)
	return id, "t" + id.String()[24:]
}

func (h House) put(t *testing.T, id uuid.UUID, text string, until time.Time) {
	t.Helper()
	_, err := h.Store.Put(context.Background(), id, strings.NewReader(text), storage.PutOptions{Size: int64(len(text)), Type: "text/plain", RetainUntil: until})
	if err != nil {
		t.Fatal(err)
	}
}

func (h House) lying(t *testing.T, id uuid.UUID) int {
	t.Helper()
	ps, err := objects(context.Background(), h.Store, id)
	if err != nil {
		t.Fatal(err)
	}
	return len(ps)
}

// warrant is what it takes to remove the tenant as it is now.
func (h House) warrant(t *testing.T, slug string) Warrant {
	t.Helper()
	var file bytes.Buffer
	if _, err := h.Export(context.Background(), Order{Slug: slug, By: "管理员", Reason: "迁移"}, &file); err != nil {
		t.Fatal(err)
	}
	p, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()), h.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return Warrant{Slug: slug, Parcel: p, Reason: "合同到期", First: keeper(t), Second: keeper(t)}
}

// keeper is an operator whose login was locked yesterday.
func keeper(t *testing.T) Operator {
	t.Helper()
	id := tenant.NewID()
	hash, err := org.Hash(proof)
	if err != nil {
		t.Fatal(err)
	}
	login := "op" + id.String()[24:]
	sql(t, `insert into platform.operators (id, login, name, password_hash, locked_until) values ($1, $2, '运维', $3, now() - interval '1 day')`, id, login, hash)
	return Operator{login, proof}
}

var back = Arrival{By: "管理员", Reason: "恢复"}

// A tenant that was removed may come back, with the templates it had issued; from
// then on what lies in the store is its own, and going on with the removal takes
// nothing of it (TI-11).
func TestComesBackAndStays(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := ours(t)
	id, slug := closed(t, "云岭市水务局")
	h.put(t, id, "甲", time.Time{})
	sql(t, `insert into platform.templates (id, source_id, source_name, name, version, note, body, made_by) values ($1, $2, '云岭市水务局', '标准', 1, '', '{}', '周明')`,
		tenant.NewID(), id)
	w := h.warrant(t, slug)
	c, err := h.Erase(ctx, w)
	if err != nil || c.Objects != 1 || c.Rows["platform.templates"] != 1 || h.lying(t, id) != 0 {
		t.Fatalf("removed %+v %v", c, err)
	}
	if err := h.Import(ctx, w.Parcel, back); err != nil {
		t.Fatal(err)
	}
	if n := count(t, `select count(*) from platform.templates where source_id = $1`, id); n != 1 {
		t.Errorf("it came back with %d templates, want 1", n)
	}
	if _, err := h.Finish(ctx, slug); !errors.Is(err, ErrPresent) {
		t.Errorf("the removal of a tenant that is back was gone on with: %v, want ErrPresent", err)
	}
	if n := h.lying(t, id); n != 1 {
		t.Errorf("%d objects lie in the store, want its own one", n)
	}
}

// The address of a tenant that was removed is nobody else's, whichever way
// somebody comes (TI-11).
func TestNobodyArrivesUnderAnAddressThatWasGone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := ours(t)
	id, slug := closed(t, "临溪市水务局")
	w := h.warrant(t, slug)
	if _, err := h.Erase(ctx, w); err != nil {
		t.Fatal(err)
	}
	sql(t, `update platform.removals set tenant_id = $2 where tenant_id = $1`, id, uuid.New()) // it was another's
	if err := h.Import(ctx, w.Parcel, back); !errors.Is(err, ErrPresent) {
		t.Errorf("it came: %v, want ErrPresent", err)
	}
}

// Of a list of tenants the names of those who are gone are gone, too; and a
// certificate counts what was removed in however many runs (item 44).
func TestNothingIsLeftInLists(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	h := ours(t)
	id, slug := closed(t, "江州市水务局")
	other := tenant.NewID()
	list := tenant.NewID()
	sql(t, `insert into platform.lists (id, group_id, name, rows, total, faulty, done, state, operator_id, made_by)
	        select $1::uuid, group_id, 'list.xlsx', jsonb_build_array(
	                 jsonb_build_object('row', 2, 'id', $2::uuid, 'name', '江州市水务局', 'admin_name', '李强', 'off', '[]'::jsonb, 'faults', '[]'::jsonb),
	                 jsonb_build_object('row', 3, 'id', $3::uuid, 'name', '别的局', 'admin_name', '王明', 'off', '[]'::jsonb, 'faults', '[]'::jsonb)),
	               2, 0, 2, 'done', $3::uuid, '运维' from platform.tenants where id = $2::uuid`, list, id, other)
	h.put(t, id, "甲", time.Time{})
	h.put(t, id, "乙乙", time.Now().Add(24*time.Hour))
	c, err := h.Erase(ctx, h.warrant(t, slug))
	if err != nil || c.Objects != 1 || c.Bytes != 3 || len(c.Kept) != 1 {
		t.Fatalf("removed %+v %v", c, err)
	}
	if n := count(t, `select count(*) from platform.lists where id = $1 and (rows::text ~ '江州|李强' or rows::text like '%' || $2 || '%')`, list, id.String()); n != 0 {
		t.Error("the list still says who it was")
	}
	if n := count(t, `select count(*) from platform.lists where id = $1 and rows->1->>'admin_name' = '王明' and jsonb_array_length(rows) = 2`, list); n != 1 {
		t.Error("the list lost another's row")
	}
	again, err := h.Finish(ctx, slug)
	if err != nil || again.Objects != 1 || again.Bytes != 3 || len(again.Kept) != 1 {
		t.Errorf("gone on with: %+v %v", again, err)
	}
}
