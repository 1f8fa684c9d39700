package exchange

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/storage"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

var errUnpublished = fault.New(fault.Conflict, "test.not_published")

// press is a Source whose items a test publishes and withdraws.
type press struct {
	mu    sync.Mutex
	items map[uuid.UUID]Content // by id; each belongs to the tenant in owner
	owner map[uuid.UUID]uuid.UUID
}

func (p *press) Sendable(_ context.Context, tx *tenant.Tx, item uuid.UUID) (Content, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.owner[item] != tx.Actor.Tenant {
		return Content{}, ErrNotFound
	}
	c, ok := p.items[item]
	if !ok {
		return c, errUnpublished
	}
	return c, nil
}

func (p *press) publish(owner uuid.UUID, c Content) uuid.UUID {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.Subject == uuid.Nil {
		c.Subject = tenant.NewID()
	}
	p.items[c.Subject], p.owner[c.Subject] = c, owner
	return c.Subject
}

func (p *press) withdraw(item uuid.UUID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.items, item)
}

// A person acts in one tenant.
type person struct {
	context.Context
	tenant.Actor
	dept uuid.UUID
}

// world is a province with a bureau and a county below it, and a group that
// has nothing to do with them.
type world struct {
	x                            *Exchange
	press                        *press
	store                        storage.Store
	dir                          string
	db                           *tenant.DB
	hq, bureau, county, stranger person
}

var all = []rbac.Permission{Report, Receive, Manage}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	store, err := storage.Open(t.Context(), storage.Config{Driver: "fs", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	p := &press{items: map[uuid.UUID]Content{}, owner: map[uuid.UUID]uuid.UUID{}}
	w := &world{x: New(p, On(store), nil, begun{}), press: p, store: store, dir: dir, db: tenanttest.DB(t)}
	hq := tenanttest.Tenant(t, uuid.Nil, "清河省河务局")
	bureau := tenanttest.Tenant(t, hq, "东河市河务局")
	county := tenanttest.Tenant(t, bureau, "柳湾县河务局")
	w.hq, w.bureau = newPerson(t, hq, "何承宣"), newPerson(t, bureau, "苏映河")
	w.county, w.stranger = newPerson(t, county, "陶县生"), newPerson(t, tenanttest.Tenant(t, uuid.Nil, "远山集团"), "路人甲")
	return w
}

func newPerson(t *testing.T, in uuid.UUID, name string) person {
	t.Helper()
	ctx, a := tenanttest.As(t, in)
	dept := tenanttest.Member(t, ctx, name)
	a.Name = name
	return person{rbac.With(tenant.As(ctx, a), rbac.Fixed(all...)), a, dept}
}

func news(title string) Content {
	return Content{
		Kind: "news", Title: title, BodyHTML: "<p>" + title + "：堤防巡查已全部完成。</p>", PlainText: title + "：堤防巡查已全部完成。",
		Source: "东河市河务局", Drafter: "苏映河", Reviewers: []string{"沈伯川", "顾南洲"}, Publisher: "白露",
		PublishedAt: time.Date(2026, 3, 2, 9, 30, 0, 123456789, time.UTC), Unit: "办公室", ContentHash: "hash of " + title,
	}
}

// do runs an endpoint's function as p, refusing what the endpoint would.
func do[In, Out any](db *tenant.DB, p person, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) (out Out, err error) {
	if v, ok := any(in).(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			return out, err
		}
	}
	err = db.Write(p, func(tx *tenant.Tx) (err error) {
		out, err = fn(p, tx, in)
		return err
	})
	return out, err
}

func must[Out any](t *testing.T, out Out, err error) Out {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// send reports an item titled title from the bureau to HQ and returns both
// sides' envelopes.
func (w *world) send(t *testing.T, title string) (out, in Envelope) {
	t.Helper()
	item := w.press.publish(w.bureau.Tenant, news(title))
	e, err := do(w.db, w.bureau, w.x.report, report{ItemID: item})
	out = must(t, e, err)
	return out, w.twin(t, out.ID)
}

// twin returns the receiver's envelope of one the sender sees as id.
func (w *world) twin(t *testing.T, id uuid.UUID) Envelope {
	t.Helper()
	l, err := do(w.db, w.hq, inbox, box{Page: feature.Page{Limit: 200}})
	for _, e := range must(t, l, err).Items {
		var from uuid.UUID
		w.get(t, w.hq, &from, `select peer_envelope from envelopes where id = $1`, e.ID)
		if from == id {
			return e
		}
	}
	t.Fatalf("HQ has no copy of %s", id)
	return Envelope{}
}

func (w *world) get(t *testing.T, p person, dst any, query string, args ...any) {
	t.Helper()
	if err := w.db.Read(p, func(tx *tenant.Tx) error { return tx.Get(p, dst, query, args...) }); err != nil {
		t.Fatal(err)
	}
}

func (w *world) page(t *testing.T, p person, id uuid.UUID) Page {
	t.Helper()
	got, err := do(w.db, p, view, ref{id})
	return must(t, got, err)
}

func (w *world) journal(t *testing.T, p person, name, level string) Journal {
	t.Helper()
	j, err := do(w.db, p, openJournal, journalDraft{Name: name, Level: level})
	return must(t, j, err)
}

func TestFeatureIsConsistent(t *testing.T) {
	t.Parallel()
	f := New(nil, nil, nil, nil).Feature()
	if err := feature.Check(f); err != nil {
		t.Fatal(err)
	}
	doc := feature.OpenAPI("test", f)
	for _, path := range []string{
		"targets", "reports", "outbox", "inbox", "envelopes/{id}", "envelopes/{id}/attachments/{attachment}/content", "envelopes/{id}/receive",
		"envelopes/{id}/adopt", "envelopes/{id}/decline", "envelopes/{id}/recall", "journals", "journals/{id}",
	} {
		if doc.Paths["/api/exchange/"+path] == nil {
			t.Errorf("no route /exchange/%s", path)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	closed := tenanttest.Tenant(t, w.bureau.Tenant, "已停用单位")
	below := newPerson(t, tenanttest.Tenant(t, closed, "下属单位"), "冯小溪")
	if _, err := tenanttest.Admin(t).Exec(`update platform.tenants set state = 'suspended' where id = $1`, closed); err != nil {
		t.Fatal(err)
	}
	draft := w.press.publish(w.bureau.Tenant, news("未发布"))
	w.press.withdraw(draft)
	large := news("太长")
	large.BodyHTML = strings.Repeat("堤", MaxContent/3)
	huge := w.press.publish(w.bureau.Tenant, large)
	foreign := w.press.publish(w.county.Tenant, news("县里的"))
	item := w.press.publish(w.bureau.Tenant, news("春汛准备"))
	low := w.press.publish(below.Tenant, news("基层信息"))

	for _, tt := range []struct { // in order: another tenant, wrong input, success, again
		name string
		as   person
		item uuid.UUID
		to   uuid.UUID
		want error
	}{
		{"another tenant's item", w.bureau, foreign, uuid.Nil, ErrNotFound},
		{"an item that is not published", w.bureau, draft, uuid.Nil, errUnpublished},
		{"to itself", w.bureau, item, w.bureau.Tenant, ErrNotATarget},
		{"to a tenant below", w.bureau, item, w.county.Tenant, ErrNotATarget},
		{"to another group", w.bureau, item, w.stranger.Tenant, ErrNotATarget},
		{"to no tenant at all", w.bureau, item, tenant.NewID(), ErrNotATarget},
		{"to a suspended tenant above", below, low, closed, ErrNotATarget},
		{"from the top, to nobody", w.hq, w.press.publish(w.hq.Tenant, news("省局信息")), uuid.Nil, ErrNoTarget},
		{"more than an envelope holds", w.bureau, huge, uuid.Nil, ErrTooLarge},
		{"to the parent, unnamed", w.bureau, item, uuid.Nil, nil},
		{"again", w.bureau, item, w.hq.Tenant, ErrSent},
		{"past a suspended parent, to the nearest above", below, low, uuid.Nil, nil},
		{"to a higher one as well", below, low, w.hq.Tenant, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := report{ItemID: tt.item}
			if tt.to != uuid.Nil {
				r.To = &tt.to
			}
			e, err := do(w.db, tt.as, w.x.report, r)
			if !errors.Is(err, tt.want) {
				t.Fatalf("report = %v, want %v", err, tt.want)
			}
			if err == nil && (e.State != Sent || e.Direction != Out || e.Version != 1) {
				t.Errorf("envelope = %+v", e)
			}
		})
	}
	w.press.publish(w.bureau.Tenant, func() Content { c := news("春汛准备"); c.Subject, c.ContentHash = item, "revised"; return c }())
	if _, err := do(w.db, w.bureau, w.x.report, report{ItemID: item}); err != nil {
		t.Errorf("a changed item could not be sent again: %v", err)
	}
	for p, want := range map[*person]int{&w.hq: 3, &w.bureau: 3, &w.county: 0, &w.stranger: 0} {
		var n int
		w.get(t, *p, &n, `select count(*) from envelopes`)
		if n != want {
			t.Errorf("%s has %d envelopes, want %d", p.Name, n, want)
		}
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, err := do(w.db, w.county, targets, feature.None{})
	ts := must(t, l, err).Items
	if len(ts) != 2 || ts[0].ID != w.bureau.Tenant || ts[0].Relation != "parent" || ts[1].ID != w.hq.Tenant || ts[1].Relation != "ancestor" {
		t.Errorf("targets = %+v", ts)
	}
}

// What arrives is a copy: neither a change nor a withdrawal at the sender's
// touches it, and the receiver works out the same hash.
func TestCopyStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out, in := w.send(t, "大堤加固")
	item := uuid.UUID{}
	w.get(t, w.hq, &item, `select item from envelopes where id = $1`, in.ID)
	before := w.page(t, w.hq, in.ID)

	changed := news("另一篇")
	changed.Subject = item
	w.press.publish(w.bureau.Tenant, changed)
	w.press.withdraw(item)

	after := w.page(t, w.hq, in.ID)
	if after.BodyHTML != before.BodyHTML || after.Title != "大堤加固" || after.Hash != out.Hash || in.ID == out.ID {
		t.Errorf("the copy is now %+v", after)
	}
	if after.SourcePersons.Drafter != "苏映河" || len(after.SourcePersons.Reviewers) != 2 || after.SourcePersons.Publisher != "白露" || after.Unit != "办公室" {
		t.Errorf("persons = %+v", after.SourcePersons)
	}
	if after.Peer != (Peer{w.bureau.Tenant, "东河市河务局"}) {
		t.Errorf("peer = %+v", after.Peer)
	}
	if _, err := do(w.db, w.hq, receive, Versioned{ref{in.ID}, 1}); err != nil {
		t.Errorf("receive: %v", err)
	}
}

// The whole way, with what each side sees and the deeds of both.
func TestReceiveAdoptFeedback(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out, in := w.send(t, "防汛演练")
	paper, upper := w.journal(t, w.hq, "河务信息", "own"), w.journal(t, w.hq, "部委采用", "upper")

	got, err := do(w.db, w.hq, receive, Versioned{ref{in.ID}, 1})
	got = must(t, got, err)
	if got.State != Received || got.Slip == nil || !got.Slip.Valid || got.Slip.ReceiverName != "清河省河务局" || got.Slip.By != "何承宣" {
		t.Fatalf("received = %+v", got)
	}
	for i, j := range []Journal{paper, upper} {
		got, err = do(w.db, w.hq, w.x.adopt, uptake{Versioned: Versioned{ref{in.ID}, 2 + i}, JournalID: j.ID})
		got = must(t, got, err)
	}
	seen := w.page(t, w.bureau, out.ID)
	if seen.State != Adopted || *seen.Receipt != *got.Receipt || !seen.Slip.Valid || seen.Slip.Hash != out.Hash {
		t.Errorf("the sender sees %+v", seen.Envelope)
	}
	if len(seen.Adoptions) != 2 || seen.Adoptions[0].JournalName != "河务信息" || seen.Adoptions[1].Level != "upper" || seen.Adoptions[1].By != "何承宣" {
		t.Errorf("the sender sees the adoptions %+v", seen.Adoptions)
	}
	for _, tt := range []struct {
		as       person
		did, who string
		object   uuid.UUID
		want     int
	}{
		{w.bureau, "exchange.reported", "苏映河", out.ID, 1},
		{w.hq, "exchange.delivered", "东河市河务局", in.ID, 1},
		{w.hq, "exchange.adopted", "何承宣", in.ID, 2},
		{w.bureau, "exchange.answered", "清河省河务局", out.ID, 3},
	} {
		var n int
		w.get(t, tt.as, &n, `select count(*) from audit_entries where action = $1 and actor_name = $2 and object = $3`,
			tt.did, tt.who, object(tt.object))
		if n != tt.want {
			t.Errorf("%d audit rows %s by %s, want %d", n, tt.did, tt.who, tt.want)
		}
	}
	for _, tt := range []struct {
		as            person
		kind, unit    string
		unitID        uuid.UUID
		level, object string
	}{
		{w.bureau, "exchange.reported", "department", w.bureau.dept, "", object(out.ID)},
		{w.hq, "exchange.received", "tenant", w.bureau.Tenant, "", object(in.ID)},
		{w.hq, "exchange.adopted", "tenant", w.bureau.Tenant, "own", object(in.ID)},
		{w.hq, "exchange.adopted", "tenant", w.bureau.Tenant, "upper", object(in.ID)},
	} {
		var n int
		w.get(t, tt.as, &n, `
			select count(*) from deeds
			 where tenant_id = app_tenant() and kind = $1 and unit_kind = $2 and unit_id = $3 and level = $4 and item = $5
			   and title = '防汛演练' and content = 'hash of 防汛演练' and n = 1 and member_id = $6`,
			tt.kind, tt.unit, tt.unitID, tt.level, tt.object, tt.as.Member)
		if n != 1 {
			t.Errorf("%d deeds %s %s, want 1 (R303)", n, tt.kind, tt.level)
		}
	}
}
