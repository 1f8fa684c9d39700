package glass

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func TestFeature(t *testing.T) {
	t.Parallel()
	if err := feature.Check(Feature()); err != nil {
		t.Error(err)
	}
}

var deps = func(t *testing.T) feature.Deps {
	return feature.Deps{DB: tenanttest.DB(t), Operators: tenanttest.Operators(t)}
}

// operator plants an operator.
func operator(t *testing.T, name string) context.Context {
	t.Helper()
	id := tenant.NewID()
	if _, err := tenanttest.Admin(t).Exec(`insert into platform.operators (id, login, name, password_hash) values ($1, $2, $3, 'x')`,
		id, "op"+id.String()[24:], name); err != nil {
		t.Fatal(err)
	}
	return tenant.As(context.Background(), tenant.Actor{Operator: id, Name: name, Request: "test", IP: "127.0.0.1"})
}

// admin is who may consent in a tenant of their own.
func admin(t *testing.T) context.Context {
	t.Helper()
	ctx, a := tenanttest.As(t, tenanttest.Tenant(t, uuid.Nil, "岭海盐务局"))
	tenanttest.Member(t, ctx, "周明")
	err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
		_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: a.Member, Permission: Consent})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

func of(t *testing.T, ctx context.Context) uuid.UUID {
	t.Helper()
	a, err := tenant.From(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return a.Tenant
}

func operate[In, Out any](t *testing.T, ctx context.Context, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) (out Out, err error) {
	t.Helper()
	err = tenanttest.Operators(t).Operate(ctx, func(tx *tenant.Tx) error { out, err = fn(ctx, tx, in); return err })
	return out, err
}

func write[In, Out any](t *testing.T, ctx context.Context, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) (out Out, err error) {
	t.Helper()
	err = tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error { out, err = fn(ctx, tx, in); return err })
	return out, err
}

func actions(t *testing.T, id uuid.UUID) map[string]int {
	t.Helper()
	rows, err := tenanttest.Admin(t).Query(`select action from audit_entries where tenant_id = $1`, id)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	n := map[string]int{}
	for rows.Next() {
		var a string
		if err := rows.Scan(&a); err != nil {
			t.Fatal(err)
		}
		n[a]++
	}
	return n
}

// TI-14, R352: nothing is seen before three people have agreed, by nobody but the two
// operators, for an hour at most, and every look stands in the tenant's own audit.
func TestTI14ThreePeopleBreakTheGlass(t *testing.T) {
	t.Parallel()
	chief := admin(t)
	id := of(t, chief)
	first, another, third := operator(t, "运维甲"), operator(t, "运维乙"), operator(t, "运维丙")
	cl := &feature.Client{IP: "127.0.0.1"}
	look := func(ctx context.Context, request uuid.UUID) (Sight, error) {
		return lookAt("members", peopleRows)(ctx, deps(t), cl, byID{request})
	}
	q := question{Tenant: uuid.New(), Reason: "无法登录", Minutes: 30}
	if _, err := operate(t, first, ask, q); !errors.Is(err, ErrNoTenant) {
		t.Fatalf("of nobody = %v, want ErrNoTenant", err)
	}
	q.Tenant = id
	r, err := operate(t, first, ask, q)
	if err != nil || r.State != "asked" {
		t.Fatalf("asked = %+v %v", r, err)
	}
	if _, err := operate(t, another, ask, q); !errors.Is(err, ErrUnderWay) {
		t.Errorf("asked twice = %v, want ErrUnderWay", err)
	}
	if _, err := look(first, r.ID); !errors.Is(err, ErrNotOpen) {
		t.Errorf("a look by one alone = %v, want ErrNotOpen", err)
	}
	if _, err := write(t, chief, answer, reply{r.ID, true, r.Version}); !errors.Is(err, ErrNotFound) {
		t.Errorf("consent to what one operator wants = %v, want ErrNotFound", err)
	}
	if _, err := second(first, deps(t), cl, byVersion{r.ID, r.Version}); !errors.Is(err, ErrSame) {
		t.Errorf("seconded by whoever asked = %v, want ErrSame", err)
	}
	r, err = second(another, deps(t), cl, byVersion{r.ID, r.Version})
	if err != nil || r.State != "seconded" {
		t.Fatalf("seconded = %+v %v", r, err)
	}
	if _, err := look(another, r.ID); !errors.Is(err, ErrNotOpen) {
		t.Errorf("a look without consent = %v, want ErrNotOpen", err)
	}
	stranger := admin(t)
	if _, err := write(t, stranger, answer, reply{r.ID, true, r.Version}); !errors.Is(err, ErrNotFound) {
		t.Errorf("another tenant's consent = %v, want ErrNotFound", err)
	}
	if _, err := write(t, chief, answer, reply{r.ID, true, r.Version - 1}); !errors.Is(err, ErrState) {
		t.Errorf("consent to what was not seen = %v, want ErrState", err)
	}
	open, err := write(t, chief, answer, reply{r.ID, true, r.Version})
	if err != nil || open.State != "open" || open.Until.Sub(*open.AnsweredAt).Minutes() != 30 {
		t.Fatalf("consented = %+v %v", open, err)
	}
	if _, err := look(third, r.ID); !errors.Is(err, ErrNotYours) {
		t.Errorf("a look by a third = %v, want ErrNotYours", err)
	}
	for _, ctx := range []context.Context{first, another} {
		s, err := look(ctx, r.ID)
		if err != nil || len(s.Rows) != 1 || s.Rows[0]["name"] != "周明" {
			t.Errorf("a look = %+v %v", s, err)
		}
	}
	for what, v := range map[string]view{"audit": auditRows, "works": workRows} {
		if _, err := lookAt(what, v)(first, deps(t), cl, byID{r.ID}); err != nil {
			t.Errorf("%s = %v", what, err)
		}
	}
	if closed, err := write(t, chief, shut, byID{r.ID}); err != nil || closed.State != "ended" || closed.Looks != 4 {
		t.Fatalf("closed = %+v %v", closed, err)
	}
	if _, err := look(first, r.ID); !errors.Is(err, ErrNotOpen) {
		t.Errorf("a look after it was closed = %v, want ErrNotOpen", err)
	}
	if a := actions(t, id); a["glass.asked"] != 1 || a["glass.opened"] != 1 || a["glass.looked"] != 4 || a["glass.closed"] != 1 {
		t.Errorf("the tenant's own audit holds %v", a)
	}
}

// It closes by itself; the database lets nobody open it for longer than an hour,
// or alone.
func TestTI14ClosesByItself(t *testing.T) {
	t.Parallel()
	chief := admin(t)
	first, another := operator(t, "运维甲"), operator(t, "运维乙")
	cl := &feature.Client{IP: "127.0.0.1"}
	r, err := operate(t, first, ask, question{Tenant: of(t, chief), Reason: "无法登录", Minutes: 60})
	if err != nil {
		t.Fatal(err)
	}
	if r, err = second(another, deps(t), cl, byVersion{r.ID, r.Version}); err != nil {
		t.Fatal(err)
	}
	if _, err := write(t, chief, answer, reply{r.ID, true, r.Version}); err != nil {
		t.Fatal(err)
	}
	admin := tenanttest.Admin(t)
	for _, stmt := range []string{
		`update platform.glass set until = until + interval '1 minute' where id = $1`,
		`update platform.glass set second_by = asked_by where id = $1`,
		`update platform.glass set minutes = 61 where id = $1`,
	} {
		if _, err := admin.Exec(stmt, r.ID); err == nil {
			t.Errorf("the database lets it: %s", stmt)
		}
	}
	if _, err := admin.Exec(`update platform.glass set answered_at = answered_at - interval '2 hours', until = now() - interval '90 minutes' where id = $1`, r.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := lookAt("members", peopleRows)(first, deps(t), cl, byID{r.ID}); !errors.Is(err, ErrNotOpen) {
		t.Errorf("a look after the time = %v, want ErrNotOpen", err)
	}
	var l feature.List[Request]
	err = tenanttest.DB(t).Read(chief, func(tx *tenant.Tx) (err error) { l, err = list(chief, tx, query{}); return err })
	if err != nil || len(l.Items) != 1 || l.Items[0].State != "ended" {
		t.Errorf("the tenant sees %+v %v", l.Items, err)
	}
	again, err := operate(t, another, ask, question{Tenant: of(t, chief), Reason: "仍无法登录", Minutes: 5})
	if err != nil {
		t.Fatalf("asked again: %v", err)
	}
	again, err = second(first, deps(t), cl, byVersion{again.ID, again.Version})
	if err != nil {
		t.Fatal(err)
	}
	if no, err := write(t, chief, answer, reply{again.ID, false, again.Version}); err != nil || no.State != "refused" || no.Until != nil {
		t.Errorf("refused = %+v %v", no, err)
	}
	if _, err := end(first, deps(t), cl, byVersion{again.ID, again.Version + 1}); !errors.Is(err, ErrState) {
		t.Errorf("ended what was refused = %v, want ErrState", err)
	}
}

// However many operators ask at the same time, one request is under way for a
// tenant; and what operators see of it ends when the tenant can no longer answer.
func TestTI14OneAtATime(t *testing.T) {
	t.Parallel()
	chief := admin(t)
	q := question{Tenant: of(t, chief), Reason: "无法登录", Minutes: 30}
	errs := make(chan error, 6)
	for range cap(errs) {
		ctx := operator(t, "运维甲")
		go func() { _, err := operate(t, ctx, ask, q); errs <- err }()
	}
	asked := 0
	for range cap(errs) {
		if err := <-errs; err == nil {
			asked++
		} else if !errors.Is(err, ErrUnderWay) {
			t.Error(err)
		}
	}
	if asked != 1 {
		t.Fatalf("%d requests are under way, want 1", asked)
	}
	var id uuid.UUID
	if err := tenanttest.Admin(t).QueryRow(`select id from platform.glass where tenant_id = $1`, q.Tenant).Scan(&id); err != nil {
		t.Fatal(err)
	}
	cl := &feature.Client{IP: "127.0.0.1"}
	another := operator(t, "运维乙")
	state := func(stmt string) string {
		t.Helper()
		if _, err := tenanttest.Admin(t).Exec(stmt, id); err != nil {
			t.Fatal(err)
		}
		r, err := operate(t, another, findAsked, id)
		if err != nil {
			t.Fatal(err)
		}
		return r.State
	}
	r, err := second(another, deps(t), cl, byVersion{id, 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := state(`update platform.glass set asked_at = now() - interval '3 days', seconded_at = now() - interval '23 hours' where id = $1`); got != "seconded" {
		t.Errorf("seconded on the second day and not answered yet = %s", got)
	}
	if _, err := operate(t, another, ask, q); !errors.Is(err, ErrUnderWay) {
		t.Errorf("asked beside one that may be answered = %v, want ErrUnderWay", err)
	}
	if got := state(`update platform.glass set seconded_at = now() - interval '25 hours' where id = $1`); got != "ended" {
		t.Errorf("not answered for a day = %s, want ended", got)
	}
	if _, err := end(another, deps(t), cl, byVersion{id, r.Version}); !errors.Is(err, ErrState) {
		t.Errorf("ended what has ended = %v, want ErrState", err)
	}
	if _, err := operate(t, another, ask, q); err != nil {
		t.Errorf("asked again = %v", err)
	}
}
