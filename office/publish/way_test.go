package publish

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/approval"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

func TestFeatureIsConsistent(t *testing.T) {
	t.Parallel()
	if err := feature.Check(New(nil, nil).Feature()); err != nil {
		t.Error(err)
	}
}

// R007, R009, R004: an item is drafted, reviewed and published by three named
// people, each at a recorded time, and its page shows them.
func TestWayOfAnItem(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.drafts(h.column)
	if it.State != "draft" || it.Drafter.ID != h.drafter.Member || it.DepartmentName != "拟稿人处" || it.CreatedAt.IsZero() {
		t.Fatalf("draft = %+v", it)
	}
	it = h.submits(it)
	if it.State != "review" || it.SubmittedAt == nil || it.CaseID == nil || !slices.Equal(it.May, []string{"edit", "recall", "copy"}) {
		t.Fatalf("submitted = %+v", it)
	}
	if h.sees(h.reader, it.ID) || !h.sees(h.first, it.ID) {
		t.Error("an item under review is its drafter's and its reviewers'")
	}
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	it = h.seen(h.publisher, it.ID)
	if it.State != "approved" || !slices.Equal(it.May, []string{"publish", "schedule"}) {
		t.Fatalf("approved = %+v", it)
	}
	waiting := must[feature.List[Line]](t)(see(h, h.publisher, List, Query{View: "approved"}))
	if len(waiting.Items) != 1 || waiting.Items[0].ID != it.ID {
		t.Errorf("waiting for the publisher: %+v", waiting.Items)
	}
	if n := count(h, `select count(*) from notices where member_id = $1 and code = 'publish.to_publish'`, h.publisher.Member); n != 1 {
		t.Errorf("the publisher got %d notices, want 1", n)
	}
	it = h.publishes(it)
	if it.State != "published" || it.PublishedAt == nil || it.Publisher == nil || it.Publisher.ID != h.publisher.Member {
		t.Fatalf("published = %+v", it)
	}
	page := h.seen(h.reader, it.ID)
	if len(page.Reviewers) != 1 || page.Reviewers[0].Name != "一审" || page.Reviewers[0].Level != 1 || page.Reviewers[0].At.IsZero() ||
		page.Drafter.Name != "拟稿人" || page.Publisher.Name != "发布员" {
		t.Errorf("the page names %+v, %+v, %+v", page.Drafter, page.Reviewers, page.Publisher)
	}
	for check := range allChecks {
		if !page.Reviewers[0].Checks[check] {
			t.Errorf("the reviewer's answer %q is not stored (R004)", check)
		}
	}
	if n := count(h, `select count(*) from deeds where kind = $1 and unit_id = $2 and member_id = $3 and content = $4`,
		Published, h.drafter.dept, h.publisher.Member, it.ContentHash); n != 1 {
		t.Errorf("%d deeds of publishing for the column's department, want 1", n)
	}
	c := h.columnAs(h.reader, h.column.ID)
	if c.LastPublishedAt == nil || c.ItemCount != 1 || c.Unread != 1 {
		t.Errorf("column = %+v, want one item, unread", c)
	}
}

func (h *house) columnAs(p member, id uuid.UUID) Column {
	h.t.Helper()
	l := must[feature.List[Column]](h.t)(see(h, p, listColumns, feature.None{}))
	i := slices.IndexFunc(l.Items, func(c Column) bool { return c.ID == id })
	if i < 0 {
		h.t.Fatalf("%s sees no column %s", p.Name, id)
	}
	return l.Items[i]
}

// R008: every configured level has to pass, each by somebody else, none by the
// drafter (WF-05).
func TestReviewLevels(t *testing.T) {
	t.Parallel()
	for levels := 1; levels <= 3; levels++ {
		t.Run(string(rune('0'+levels)), func(t *testing.T) {
			t.Parallel()
			h := open(t)
			c := must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: h.column.ID, ReviewLevels: &levels, Version: h.column.Version}))
			h.may(h.drafter, "review", c) // the drafter reviews there too, but not this
			it := h.submits(h.drafts(c))
			for i, p := range []member{h.first, h.second, h.third}[:levels] {
				want(t, h.approves(h.drafter, it), errNoTask, "the drafter approves")
				if _, err := do(h, h.publisher, h.desk.publish, versioned{it.ID, it.Version}); !errors.Is(err, ErrState) {
					t.Fatalf("publish after %d of %d levels: %v, want ErrState", i, levels, err)
				}
				if err := h.approves(p, it); err != nil {
					t.Fatalf("level %d: %v", i+1, err)
				}
				if i+1 < levels {
					if err := h.approves(p, it); err == nil {
						t.Fatalf("%s passed two levels", p.Name)
					}
				}
			}
			it = h.publishes(h.seen(h.drafter, it.ID))
			if len(it.Reviewers) != levels {
				t.Errorf("%d reviewers, want %d", len(it.Reviewers), levels)
			}
		})
	}
}

// WF-05: an item nobody but its drafter could review cannot be submitted.
func TestNobodyReviewsTheirOwn(t *testing.T) {
	t.Parallel()
	h := open(t)
	c := h.opens("新栏目", 1, nil)
	h.may(h.drafter, "draft", c)
	h.may(h.drafter, "review", c)
	it := h.drafts(c)
	_, err := do(h, h.drafter, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version})
	want(t, err, approval.ErrNoReviewer, "submit")
	if got := h.seen(h.drafter, it.ID); got.State != "draft" || got.Version != it.Version {
		t.Errorf("the item became %s at version %d", got.State, got.Version)
	}
}

// A column that asks for more levels than an item has passed does not take it.
func TestLevelsRaisedAfterReview(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.reviewed(h.column)
	two := 2
	must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: h.column.ID, ReviewLevels: &two, Version: h.column.Version}))
	_, err := do(h, h.publisher, h.desk.publish, versioned{it.ID, it.Version})
	want(t, err, ErrNotReviewed, "publish (R008)")
}

func TestSubmitRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	tests := map[string]struct {
		arrange func() submission
		want    error
	}{
		"not declared fit for online (R016)": {func() submission {
			it := h.drafts(h.column)
			return submission{ID: it.ID, OnlineOK: false, Version: it.Version}
		}, ErrOnline},
		"empty (R028)": {func() submission {
			it := must[Item](t)(do(h, h.drafter, h.desk.create, draft{ColumnID: h.column.ID, Kind: "notice", Title: "通知", BodyHTML: "<p> </p>"}))
			return submission{ID: it.ID, OnlineOK: true, Version: it.Version}
		}, ErrBodyMissing},
		"an old version": {func() submission {
			it := h.drafts(h.column)
			return submission{ID: it.ID, OnlineOK: true, Version: it.Version + 1}
		}, ErrStale},
		"twice": {func() submission {
			it := h.submits(h.drafts(h.column))
			return submission{ID: it.ID, OnlineOK: true, Version: it.Version}
		}, ErrState},
		"unknown": {func() submission { return submission{ID: uuid.New(), OnlineOK: true, Version: 1} }, ErrNotFound},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := do(h, h.drafter, h.desk.submit, tt.arrange())
			want(t, err, tt.want, "submit")
		})
	}
	it := h.drafts(h.column)
	_, err := do(h, h.publisher, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version})
	want(t, err, ErrNotFound, "submit of another's draft")
}

// R002, AZ-08: who may draft in one department's column has no way into
// another's.
func TestOnlyInAssignedColumns(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, err := do(h, h.drafter, h.desk.create, draft{ColumnID: h.other.ID, Kind: "news", Title: "越界"})
	want(t, err, rbac.ErrDenied, "draft in another's column")

	it := h.drafts(h.column)
	_, err = do(h, h.drafter, h.desk.edit, revision{ID: it.ID, ColumnID: &h.other.ID, Version: it.Version})
	want(t, err, rbac.ErrDenied, "move into another's column")

	foreign := open(t)
	_, err = do(h, h.drafter, h.desk.create, draft{ColumnID: foreign.column.ID, Kind: "news", Title: "越界"})
	want(t, err, ErrColumnUnknown, "draft in another tenant's column")

	h.may(h.reader, "publish", h.other) // publishes there, not here
	ready := h.reviewed(h.column)
	_, err = do(h, h.reader, h.desk.publish, versioned{ready.ID, ready.Version})
	want(t, err, rbac.ErrDenied, "publish in another's column")
	_, err = do(h, h.first, h.desk.publish, versioned{ready.ID, ready.Version})
	want(t, err, rbac.ErrDenied, "publish with the right to review only (R006)")

	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error { // transferred: the right is taken back
		var id uuid.UUID
		if err := tx.Get(ctx, &id, `select id from grants where subject_id = $1 and permission = $2`, h.drafter.Member, string(Draft)); err != nil {
			return err
		}
		return rbac.TakeBack(ctx, tx, id)
	})
	title := "改了"
	_, err = do(h, h.drafter, h.desk.edit, revision{ID: it.ID, Title: &title, Version: it.Version})
	want(t, err, rbac.ErrDenied, "edit in the column one came from")
}

// R022, R023, R024: no way to a column but the Office's. That a route needs
// publish.manage is what refuses a department's attempt, and the kernel audits
// the refusal.
func TestColumnsAreTheOffices(t *testing.T) {
	t.Parallel()
	n := 0
	for _, r := range New(nil, nil).Feature().Routes {
		if r.Endpoint.Changes && len(r.Path) >= 16 && r.Path[:16] == "/publish/columns" {
			if n++; r.Needs != Manage || r.Endpoint.Refused == nil {
				t.Errorf("%s %s needs %s and records a refusal: %t; want %s", r.Method, r.Path, r.Needs, r.Endpoint.Refused != nil, Manage)
			}
		}
	}
	if n != 8 {
		t.Errorf("%d routes change columns, want 8", n)
	}
	for _, r := range rights {
		if r.Permission == Manage && (r.Scoped || !slices.Equal(r.Roles, []rbac.Role{rbac.Office})) {
			t.Errorf("publish.manage = %+v, want the Office's alone", r)
		}
	}
}

// A returned item is its drafter's again, and may be submitted again.
func TestReturnedAndRecalled(t *testing.T) {
	t.Parallel()
	h := open(t)
	for name, end := range map[string]func(Item) error{
		"returned": func(it Item) error { return h.returns(h.first, it) },
		"recalled": func(it Item) error { return h.recalls(h.drafter, it) },
	} {
		it := h.submits(h.drafts(h.column))
		if err := end(it); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		back := h.seen(h.drafter, it.ID)
		if back.State != "draft" || !slices.Contains(back.May, "submit") || back.Version <= it.Version {
			t.Errorf("%s: %s, may %v", name, back.State, back.May)
		}
		if decided := name == "returned"; h.sees(h.first, it.ID) != decided {
			t.Errorf("%s: the reviewer sees the draft: %v", name, !decided)
		}
		again := h.submits(back)
		if err := h.approves(h.second, again); err != nil {
			t.Errorf("%s, submitted again: %v", name, err)
		}
		h.publishes(h.seen(h.drafter, it.ID))
	}
}
