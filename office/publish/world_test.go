package publish

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"hetu/approval"
	"hetu/attachment"
	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/storage"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A house is a tenant with people who publish.
type house struct {
	t      testing.TB
	id     uuid.UUID
	desk   *Desk
	engine *approval.Engine
	files  *attachment.Attachments

	drafter, first, second, third, publisher, office, reader, auditor member

	column Column // one level of review; the drafter drafts, the publisher publishes
	other  Column // another department's: none of them may do anything but read
}

// A member is somebody of a house, in a department of their own.
type member struct {
	tenant.Actor
	dept uuid.UUID
}

func open(t testing.TB) *house {
	t.Helper()
	return openAt(t, uuid.New())
}

// openAt opens a house in a tenant there is.
func openAt(t testing.TB, id uuid.UUID) *house {
	t.Helper()
	h := &house{t: t, id: id}
	h.engine = approval.New(approval.Deps{Calendar: calendar.Load, Notify: message.Send})
	h.files = shelf(t)
	h.desk = New(h.engine, h.files)
	h.engine.Kinds(h.desk.Feature())

	h.office = h.joins("办公室主任")
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error { return rbac.Seed(ctx, tx, rights) })
	h.gives(h.office, rbac.Office)
	h.auditor = h.joins("审计员")
	h.gives(h.auditor, rbac.Auditor)
	h.drafter, h.publisher, h.reader = h.joins("拟稿人"), h.joins("发布员"), h.joins("读者")
	h.first, h.second, h.third = h.joins("一审"), h.joins("二审"), h.joins("三审")
	h.column = h.opens("工作动态", 1, &h.drafter.dept)
	h.other = h.opens("财务公开", 1, &h.reader.dept)
	h.may(h.drafter, "draft", h.column)
	h.may(h.publisher, "publish", h.column)
	for _, p := range []member{h.first, h.second, h.third} {
		h.may(p, "review", h.column)
	}
	return h
}

func shelf(t testing.TB) *attachment.Attachments {
	t.Helper()
	c := storage.Config{Driver: "fs", Dir: t.TempDir()}
	store, err := storage.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	staging, err := c.Staging()
	if err != nil {
		t.Fatal(err)
	}
	return attachment.New(store, staging, attachment.Options{})
}

func (h *house) joins(name string) member {
	h.t.Helper()
	_, a := tenanttest.As(h.t, h.id)
	a.Name = name
	return member{a, tenanttest.Member(h.t, tenant.As(context.Background(), a), name)}
}

func (h *house) gives(p member, role rbac.Role) {
	h.t.Helper()
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		id, err := rbac.RoleID(ctx, tx, role)
		if err != nil {
			return err
		}
		_, err = rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: p.Member, RoleID: &id})
		return err
	})
}

// as returns a context in which p acts, with the rights p has now.
func (h *house) as(p member) context.Context {
	h.t.Helper()
	ctx := tenant.As(context.Background(), p.Actor)
	g, err := rbac.NewGuard(tenanttest.DB(h.t), 1)
	if err != nil {
		h.t.Fatal(err)
	}
	r, err := g.Rights(ctx)
	if err != nil {
		h.t.Fatal(err)
	}
	return rbac.With(ctx, r)
}

func (h *house) write(p member, fn func(context.Context, *tenant.Tx) error) {
	h.t.Helper()
	if err := h.try(p, fn); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) try(p member, fn func(context.Context, *tenant.Tx) error) error {
	ctx := h.as(p)
	return tenanttest.DB(h.t).Write(ctx, func(tx *tenant.Tx) error { return fn(ctx, tx) })
}

// do calls the function of a route as p, as the kernel would: input that
// refuses itself is refused, and a change without an audit row does not happen.
func do[In, Out any](h *house, p member, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) (out Out, err error) {
	h.t.Helper()
	if v, ok := any(&in).(interface{ Validate() error }); ok {
		if err := v.Validate(); err != nil {
			return out, err
		}
	}
	ctx := h.as(p)
	err = tenanttest.DB(h.t).Write(ctx, func(tx *tenant.Tx) (err error) {
		out, err = fn(ctx, tx, in)
		tx.Answer("test", uuid.NewString(), []byte("hash"), 200, []byte("{}"))
		return err
	})
	return out, err
}

// see calls the function of a route that only reads.
func see[In, Out any](h *house, p member, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) (out Out, err error) {
	h.t.Helper()
	ctx := h.as(p)
	err = tenanttest.DB(h.t).Read(ctx, func(tx *tenant.Tx) (err error) {
		out, err = fn(ctx, tx, in)
		return err
	})
	return out, err
}

func must[Out any](t testing.TB) func(Out, error) Out {
	return func(out Out, err error) Out {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func want(t testing.TB, got, want error, doing string) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: %v, want %v", doing, got, want)
	}
}

func (h *house) opens(name string, levels int, dept *uuid.UUID) Column {
	h.t.Helper()
	return must[Column](h.t)(do(h, h.office, openColumn, newColumn{Name: name, ReviewLevels: levels, DepartmentID: dept}))
}

func (h *house) may(p member, right string, c Column) {
	h.t.Helper()
	must[rbac.Grant](h.t)(do(h, h.office, grant, columnGrant{ID: c.ID, SubjectKind: "member", SubjectID: p.Member, Right: right}))
}

// drafts makes a draft that could be submitted.
func (h *house) drafts(c Column) Item {
	h.t.Helper()
	return must[Item](h.t)(do(h, h.drafter, h.desk.create, draft{
		ColumnID: c.ID, Kind: "news", Title: "全市开展汛前检查", BodyHTML: "<p>各单位<strong>立即</strong>行动。</p>", Source: "防汛办"}))
}

func (h *house) submits(it Item) Item {
	h.t.Helper()
	return must[Item](h.t)(do(h, h.drafter, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version}))
}

// reviewed takes a new draft as far as its column's reviewers can.
func (h *house) reviewed(c Column) Item {
	h.t.Helper()
	it := h.submits(h.drafts(c))
	for _, p := range []member{h.first, h.second, h.third}[:c.ReviewLevels] {
		if err := h.approves(p, it); err != nil {
			h.t.Fatal(err)
		}
	}
	return h.seen(h.drafter, it.ID)
}

func (h *house) publishes(it Item) Item {
	h.t.Helper()
	return must[Item](h.t)(do(h, h.publisher, h.desk.publish, versioned{it.ID, it.Version}))
}

func (h *house) seen(p member, id uuid.UUID) Item {
	h.t.Helper()
	return must[Item](h.t)(see(h, p, h.desk.look, ref{id}))
}

func (h *house) sees(p member, id uuid.UUID) bool {
	h.t.Helper()
	_, err := see(h, p, h.desk.look, ref{id})
	if err != nil && !errors.Is(err, ErrNotFound) {
		h.t.Fatal(err)
	}
	return err == nil
}

var allChecks = map[string]bool{"true": true, "wording": true, "safe": true, "online": true}

// approves has p approve the item, as it is, through the task p has.
func (h *house) approves(p member, it Item) error {
	h.t.Helper()
	return h.decides(p, it, "approve", map[string]any{"checks": allChecks, "content_hash": it.ContentHash})
}

func (h *house) returns(p member, it Item) error {
	h.t.Helper()
	return h.decides(p, it, "return", map[string]any{"reason_code": "wording", "opinion": "第二段有错字"})
}

var errNoTask = errors.New("this person has no such task")

func (h *house) decides(p member, it Item, how string, body any) error {
	h.t.Helper()
	var task uuid.UUID
	err := h.try(p, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Get(ctx, &task, `
			select t.id from approval_tasks t join approval_cases c on c.id = t.case_id
			 where c.subject_id = $1 and t.member_id = $2
			 order by (t.state = 'open') desc, t.id desc limit 1`, it.ID, p.Member)
	})
	if errors.Is(err, tenant.ErrNoRows) {
		return errNoTask
	}
	if err != nil {
		return err
	}
	return h.calls(p, h.engine.Feature(), "POST", "/approval/tasks/"+task.String()+"/"+how, body)
}

// recalls has p withdraw the item's case.
func (h *house) recalls(p member, it Item) error {
	h.t.Helper()
	return h.calls(p, h.engine.Feature(), "POST", "/approval/cases/"+it.CaseID.String()+"/withdraw", map[string]any{"reason": "还要补充"})
}

// calls serves one request to a route of another feature.
func (h *house) calls(p member, f feature.Feature, method, path string, body any) error {
	h.t.Helper()
	ctx := h.as(p)
	app := fiber.New(fiber.Config{Immutable: true})
	var failed error
	served := false
	for _, r := range f.Routes {
		app.Add(r.Method, strings.NewReplacer("{", ":", "}", "").Replace(r.Path), func(c *fiber.Ctx) error {
			served = true
			c.SetUserContext(ctx)
			failed = r.Endpoint.Serve(c, feature.Deps{DB: tenanttest.DB(h.t)})
			return nil
		})
	}
	raw, err := json.Marshal(body)
	if err != nil {
		h.t.Fatal(err)
	}
	q := httptest.NewRequest(method, path, strings.NewReader(string(raw)))
	q.Header.Set("Idempotency-Key", uuid.NewString())
	res, err := app.Test(q, -1)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	if !served {
		h.t.Fatalf("%s %s leads nowhere", method, path)
	}
	return failed
}

func count(h *house, query string, args ...any) (n int) {
	h.t.Helper()
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error { return tx.Get(ctx, &n, query, args...) })
	return n
}

func meta(err error, key string) any { return fault.Of(err).Meta[key] }

// internal reports whether an error is a mistake of the program.
func internal(err error) bool {
	return fault.Of(err).Kind == fault.Internal && !errors.Is(err, errNoTask)
}
