package publish

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/approval"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// R033, WF-03: whatever changes after submission takes the item back to its
// drafter, and what was decided about it counts no longer.
func TestEditVoidsReview(t *testing.T) {
	t.Parallel()
	h := open(t)
	second := h.opens("部门动态", 1, nil)
	h.may(h.drafter, "draft", second)
	upload := func() uuid.UUID {
		return must[uuid.UUID](t)(h.files.Put(h.as(h.drafter), tenanttest.DB(t), "附件.txt", []byte("内容")))
	}
	attach := func(it Item) (Item, error) {
		return do(h, h.drafter, h.desk.attach, addition{ID: it.ID, UploadID: upload(), Name: "附件", Summary: "说明"})
	}
	text := func(s string) *string { return &s }
	edit := func(r revision) func(Item) (Item, error) {
		return func(it Item) (Item, error) {
			r.ID, r.Version = it.ID, it.Version
			return do(h, h.drafter, h.desk.edit, r)
		}
	}
	changes := map[string]func(Item) (Item, error){
		"title":      edit(revision{Title: text("换了标题")}),
		"body":       edit(revision{BodyHTML: text("<p>换了正文</p>")}),
		"kind":       edit(revision{Kind: text("briefing")}),
		"source":     edit(revision{Source: text("别处")}),
		"column":     edit(revision{ColumnID: &second.ID}),
		"editor":     edit(revision{EditorID: &h.reader.Member}),
		"attachment": attach,
	}
	for name, change := range changes {
		for state, arrange := range map[string]func() Item{
			"review": func() Item { return h.submits(h.drafts(h.column)) }, "approved": func() Item { return h.reviewed(h.column) },
		} {
			t.Run(name+" in "+state, func(t *testing.T) {
				was := arrange()
				now := must[Item](t)(change(was))
				if now.State != "draft" || now.Revision != was.Revision+1 || now.ContentHash == was.ContentHash || len(now.Reviewers) != 0 {
					t.Errorf("after the change: %s, revision %d → %d, %d reviewers", now.State, was.Revision, now.Revision, len(now.Reviewers))
				}
				_, err := do(h, h.publisher, h.desk.publish, versioned{was.ID, now.Version})
				refusal := error(ErrNotFound)
				if name == "column" { // the publisher has no right there
					refusal = rbac.ErrDenied
				}
				want(t, err, refusal, "publish")
				if err := h.approves(h.first, was); err == nil {
					t.Error("the old content was approved")
				}
				if n := count(h, `select count(*) from approval_cases where subject_id = $1 and state in ('open', 'approved')`, was.ID); n != 0 {
					t.Errorf("%d cases still count", n)
				}
			})
		}
	}
}

// Saving what is there already undoes no review.
func TestSavingNothingNew(t *testing.T) {
	t.Parallel()
	h := open(t)
	was := h.reviewed(h.column)
	body, zero := was.BodyHTML, uuid.Nil
	now := must[Item](t)(do(h, h.drafter, h.desk.edit, revision{ID: was.ID, Title: &was.Title, BodyHTML: &body, EditorID: &zero, Version: was.Version}))
	if now.State != "approved" || now.Version != was.Version {
		t.Errorf("%s at version %d, want approved at %d", now.State, now.Version, was.Version)
	}
}

// WF-02: the loser of a race is told who changed what.
func TestStale(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.drafts(h.column)
	title, source := "甲", "乙"
	one := must[Item](t)(do(h, h.drafter, h.desk.edit, revision{ID: it.ID, Title: &title, Version: it.Version}))
	must[Item](t)(do(h, h.drafter, h.desk.edit, revision{ID: it.ID, Source: &source, Version: one.Version}))
	for version, want := range map[int][]string{it.Version: {"source", "title"}, one.Version: {"source"}} {
		_, err := do(h, h.drafter, h.desk.edit, revision{ID: it.ID, Title: &source, Version: version})
		changed, _ := meta(err, "changed").([]string)
		slices.Sort(changed)
		if !errors.Is(err, ErrStale) || !slices.Equal(changed, want) || meta(err, "changed_by") != "拟稿人" || meta(err, "version") != 3 {
			t.Errorf("from version %d: %v %v by %v", version, err, changed, meta(err, "changed_by"))
		}
	}
}

// R032, WF-04: no way, not even a statement of our own database role, makes an
// item visible that has not passed. R035, R033: nothing changes it afterwards.
func TestDatabaseRefuses(t *testing.T) {
	t.Parallel()
	h := open(t)
	publish := `update items set state = 'published', published_at = now(), publisher_id = drafter_id, publisher_account = drafter_account,
		publisher_name = 'x', levels = 1, deed_id = id, deed_unit = id, approved_hash = content_hash, approved_at = now(), case_id = coalesce(case_id, id)
		where id = $1`
	draft, review, approved := h.drafts(h.column), h.submits(h.drafts(h.column)), h.reviewed(h.column)
	published := h.publishes(h.reviewed(h.column))
	gone := h.withdraws(h.publishes(h.reviewed(h.column)))
	tests := map[string]struct {
		item  Item
		sql   string
		broke string
	}{
		"publish a draft":                {draft, publish, "items_reviewed"},
		"publish under review":           {review, publish, "items_reviewed"},
		"publish with fewer levels":      {approved, `update items set state = 'published', levels = 0, published_at = now(), publisher_id = drafter_id, publisher_account = drafter_account, publisher_name = 'x', deed_id = id, deed_unit = id where id = $1`, "items_reviewed"},
		"swap the text while publishing": {approved, strings.Replace(publish, "set ", "set title = '别的', ", 1), "items_changed_after_submission"},
		"swap the text under review":     {review, `update items set body_html = '<p>别的</p>' where id = $1`, "items_changed_after_submission"},
		"swap the text when approved":    {approved, `update items set body_html = '<p>别的</p>' where id = $1`, "items_changed_after_submission"},
		"another drafter":                {draft, `update items set drafter_name = '别人' where id = $1`, "items_persons_stay"},
		"approve by hand without a hash": {review, `update items set state = 'approved' where id = $1`, "items_approved_whole"},
		"another publisher (R035)":       {published, `update items set publisher_name = '别人' where id = $1`, "items_immutable"},
		"another text (R035)":            {published, `update items set body_html = 'x' where id = $1`, "items_immutable"},
		"another time (R035)":            {published, `update items set published_at = now() where id = $1`, "items_immutable"},
		"back to draft":                  {published, `update items set state = 'draft' where id = $1`, "items_immutable"},
		"delete what is published":       {published, `delete from items where id = $1`, "items_kept"},
		"delete its attachments' rows":   {published, `insert into item_attachments (id, item_id, file_id, name, summary) values (gen_random_uuid(), $1, gen_random_uuid(), 'x', 'x')`, "item_attachments_stay"},
		"publish what was withdrawn":     {gone, `update items set state = 'published' where id = $1`, "items_immutable"},
		"another reason (R014)":          {gone, `update items set withdraw_reason = '别的' where id = $1`, "items_immutable"},
		"withdraw what was never there":  {draft, `update items set state = 'withdrawn', withdrawn_at = now(), withdrawn_id = id, withdraw_reason = 'x', withdraw_minutes = 0, noticed_at = now() where id = $1`, "items_withdrawn_from_published"},
		"born published": {draft, `insert into items (id, column_id, kind, state, title, drafter_id, drafter_account, drafter_name, content_hash)
			select gen_random_uuid(), column_id, kind, 'published', title, drafter_id, drafter_account, drafter_name, content_hash from items where id = $1`, "items_born_as_draft"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error {
				n, err := tx.Exec(ctx, tt.sql, tt.item.ID)
				if err == nil && n == 0 {
					t.Error("the statement met no row")
				}
				return err
			})
			if got := tenant.Constraint(err); got != tt.broke {
				t.Errorf("broke %q (%v), want %q", got, err, tt.broke)
			}
		})
	}
	for _, sql := range []string{`update item_reviews set name = 'x'`, `delete from item_reviews`, `delete from item_reads`} {
		if err := h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error { _, err := tx.Exec(ctx, sql); return err }); err == nil {
			t.Errorf("%s was allowed", sql)
		}
	}
}

// Content changed past every rule, by somebody who owns the database, is still
// not published: the hash tells.
func TestTamperedContentIsNotPublished(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.reviewed(h.column)
	admin := tenanttest.Admin(t)
	tx, err := admin.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{`set local session_replication_role = replica`, `update items set body_html = '<p>别的</p>' where id = '` + it.ID.String() + `'`} {
		if _, err := tx.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	_, err = do(h, h.publisher, h.desk.publish, versioned{it.ID, it.Version})
	want(t, err, ErrContentChanged, "publish")
}

// An approval is of what the reviewer has read.
func TestApprovalIsBoundToContent(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.submits(h.drafts(h.column))
	it.ContentHash = strings.Repeat("0", 64)
	want(t, h.approves(h.first, it), approval.ErrContent, "approve something else (WF-03)")
	it = h.seen(h.drafter, it.ID)
	err := h.decides(h.first, it, "approve", map[string]any{"content_hash": it.ContentHash, "checks": map[string]bool{"true": true, "wording": true, "safe": true}})
	want(t, err, approval.ErrCheck, "approve without declaring it fit for online (R016)")
}

func (h *house) withdraws(it Item) Item {
	h.t.Helper()
	return must[Item](h.t)(do(h, h.drafter, h.desk.withdraw, withdrawal{ID: it.ID, Reason: "数据有误", Version: it.Version}))
}

// R012, R014, R015: those who answer for an item take it down themselves; it is
// gone for readers at once and stays for the auditors.
func TestWithdraw(t *testing.T) {
	t.Parallel()
	h := open(t)
	colleague := h.joins("本处发布员") // of the drafter's department, publishing in its column
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		return rbac.Bind(ctx, tx, colleague.Member, []uuid.UUID{colleague.dept, h.drafter.dept})
	})
	h.may(colleague, "publish", h.column)
	elsewhere := h.joins("外处发布员")
	h.may(elsewhere, "publish", h.column)
	tests := map[string]struct {
		who  member
		want error
	}{
		"the drafter":                      {h.drafter, nil},
		"the publisher":                    {h.publisher, nil},
		"a publisher of the department":    {colleague, nil},
		"the Office":                       {h.office, nil},
		"a publisher of another":           {elsewhere, rbac.ErrDenied},
		"a reviewer":                       {h.first, rbac.ErrDenied},
		"a reader":                         {h.reader, rbac.ErrDenied},
		"the auditor, who changes nothing": {h.auditor, rbac.ErrDenied},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			it := h.publishes(h.reviewed(h.column))
			in := withdrawal{ID: it.ID, Reason: " 数据\n有误 ", Version: it.Version, NoticedAt: it.PublishedAt}
			out, err := do(h, tt.who, h.desk.withdraw, in)
			want(t, err, tt.want, "withdraw")
			if tt.want != nil {
				if !h.sees(h.reader, it.ID) {
					t.Error("it is gone")
				}
				return
			}
			if out.State != "withdrawn" || out.WithdrawReason != "数据 有误" || out.WithdrawnBy == nil || out.WithdrawnBy.ID != tt.who.Member ||
				out.WithdrawnAt == nil || out.WithdrawMinutes == nil || !out.NoticedAt.Equal(*it.PublishedAt) {
				t.Errorf("withdrawn = %+v", out)
			}
			for _, p := range []member{h.reader, h.first, colleague} {
				if p.Member != tt.who.Member && h.sees(p, it.ID) {
					t.Errorf("%s still sees it (R015)", p.Name)
				}
			}
			for _, p := range []member{h.drafter, h.publisher, h.auditor, h.office} {
				if !h.sees(p, it.ID) {
					t.Errorf("%s no longer sees it (R015)", p.Name)
				}
			}
			if n := count(h, `select coalesce(sum(n), 7) from deeds where item = $1 and kind = $2`, objectOf(it.ID), Published); n != 0 {
				t.Errorf("its deeds add up to %d, want 0", n)
			}
			_, err = do(h, h.drafter, h.desk.withdraw, in)
			want(t, err, ErrState, "withdraw again")
		})
	}
}

func TestWithdrawInput(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.publishes(h.reviewed(h.column))
	before, after := it.PublishedAt.Add(-time.Second), time.Now().Add(time.Hour)
	for name, tt := range map[string]struct {
		in   withdrawal
		want error
	}{
		"no reason":                  {withdrawal{Reason: " ", Version: it.Version}, ErrReasonMissing},
		"an old version":             {withdrawal{Reason: "错", Version: it.Version - 1}, ErrStale},
		"noticed before publication": {withdrawal{Reason: "错", Version: it.Version, NoticedAt: &before}, ErrNoticed},
		"noticed in the future":      {withdrawal{Reason: "错", Version: it.Version, NoticedAt: &after}, ErrNoticed},
	} {
		tt.in.ID = it.ID
		_, err := do(h, h.drafter, h.desk.withdraw, tt.in)
		want(t, err, tt.want, name)
	}
	draft := h.drafts(h.column)
	_, err := do(h, h.drafter, h.desk.withdraw, withdrawal{ID: draft.ID, Reason: "错", Version: draft.Version})
	want(t, err, ErrState, "withdraw a draft")
}

// Another tenant's things do not exist, whatever one may do at home.
func TestAnotherTenant(t *testing.T) {
	t.Parallel()
	h, foreign := open(t), open(t)
	it := foreign.publishes(foreign.reviewed(foreign.column))
	for _, r := range []rbac.Role{rbac.Publisher, rbac.Head, rbac.Auditor} {
		h.gives(h.office, r)
	}
	title, name := "x", "x"
	calls := map[string]func() error{
		"look": func() error { _, err := see(h, h.office, h.desk.look, ref{it.ID}); return err },
		"edit": func() error {
			_, err := do(h, h.office, h.desk.edit, revision{ID: it.ID, Title: &title, Version: it.Version})
			return err
		},
		"delete": func() error { _, err := do(h, h.office, h.desk.remove, ref{it.ID}); return err },
		"attach": func() error {
			_, err := do(h, h.office, h.desk.attach, addition{ID: it.ID, UploadID: uuid.New(), Name: "x", Summary: "x"})
			return err
		},
		"detach": func() error {
			_, err := do(h, h.office, h.desk.detach, removal{attachmentRef{it.ID, uuid.New()}, 1})
			return err
		},
		"download": func() error {
			_, err := see(h, h.office, h.desk.download, attachmentRef{it.ID, uuid.New()})
			return err
		},
		"submit": func() error {
			_, err := do(h, h.office, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version})
			return err
		},
		"publish": func() error { _, err := do(h, h.office, h.desk.publish, versioned{it.ID, it.Version}); return err },
		"withdraw": func() error {
			_, err := do(h, h.office, h.desk.withdraw, withdrawal{ID: it.ID, Reason: "x", Version: it.Version})
			return err
		},
		"read": func() error { _, err := do(h, h.office, markRead, ref{it.ID}); return err },
		"send": func() error { _, err := do(h, h.office, h.desk.Sendable, it.ID); return err },
		"change": func() error {
			_, err := do(h, h.office, changeColumn, columnChange{ID: foreign.column.ID, Name: &name, Version: 1})
			return err
		},
		"disable": func() error { _, err := do(h, h.office, disable, versioned{foreign.column.ID, 1}); return err },
		"rights":  func() error { _, err := see(h, h.office, holders, ref{foreign.column.ID}); return err },
		"grant": func() error {
			_, err := do(h, h.office, grant, columnGrant{ID: foreign.column.ID, SubjectKind: "everyone", Right: "publish"})
			return err
		},
		"revoke": func() error { _, err := do(h, h.office, revoke, grantRef{foreign.column.ID, uuid.New()}); return err },
	}
	notFound := []error{ErrNotFound, ErrColumnNotFound, rbac.ErrGrantNotFound}
	for name, call := range calls {
		if err := call(); !slices.ContainsFunc(notFound, func(e error) bool { return errors.Is(err, e) }) {
			t.Errorf("%s: %v, want a not-found", name, err)
		}
	}
	if !foreign.sees(foreign.reader, it.ID) {
		t.Error("the foreign item is gone")
	}
}

// R032: only show makes an item published.
func TestOnlyShowPublishes(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	if err != nil || len(names) < 8 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	migrations, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	// What follows "set", or the column of an insert, up to the end of the clause.
	sets := regexp.MustCompile(`(?is)\bset\b[^;` + "`" + `]*?(\bwhere\b|\breturning\b|` + "`" + `)`)
	state := regexp.MustCompile(`(?is)\bstate\s*=\s*('published'|\$)`)
	found := []string{}
	for _, name := range append(names, migrations...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range strings.Split(string(body), "`") {
			if !strings.Contains(statement, "items") {
				continue
			}
			for _, set := range sets.FindAllString(statement+"`", -1) {
				if state.MatchString(set) {
					found = append(found, name)
				}
			}
		}
	}
	if !slices.Equal(found, []string{"show.go"}) {
		t.Errorf("statements that publish stand in %v, want one, in show.go", found)
	}
}
