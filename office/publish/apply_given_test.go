package publish

import (
	"context"
	"slices"
	"testing"
	"time"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// givesUntil gives p a role, or a right in a column, that ends in an hour.
func (h *house) givesUntil(p member, g rbac.NewGrant) {
	h.t.Helper()
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		until := tx.Now.Add(time.Hour)
		g.SubjectKind, g.SubjectID, g.Until = "member", p.Member, &until
		_, err := rbac.Give(ctx, tx, g)
		return err
	})
}

// W03, R023: whoever stands in for the Office for a time answers applications as
// it does, for as long as they do.
func TestW03StandInConsents(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.leads(h.reader, true)
	h.leads(h.second, false)
	var office = must[Application](t)(do(h, h.reader, applyFor, newApplication{Reason: "理由", Wish: Wish{Name: "甲"}}))
	_, err := do(h, h.second, consent, consenting{ID: office.ID, Version: office.Version})
	want(t, err, ErrApplicationNotFound, "who is nobody to the Office")
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		id, err := rbac.RoleID(ctx, tx, rbac.Office)
		if err != nil {
			return err
		}
		until := tx.Now.Add(time.Hour)
		_, err = rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: h.second.Member, RoleID: &id, Until: &until})
		return err
	})
	b := h.asks(h.reader, newApplication{Reason: "理由", Wish: Wish{Name: "乙"}})
	if told(h, h.second, "publish.column_applied") != 1 {
		t.Error("who stands in is not told of what was applied for")
	}
	for _, a := range []Application{office, b} {
		if seen := must[Application](t)(see(h, h.second, showApplication, ref{a.ID})); !slices.Equal(seen.May, []string{"decide"}) {
			t.Errorf("who stands in may %v", seen.May)
		}
		if done := must[Application](t)(do(h, h.second, consent, consenting{ID: a.ID, Version: a.Version})); done.State != "consented" || done.DecidedName != "二审" {
			t.Errorf("consented: %+v", done)
		}
	}
	c := h.asks(h.reader, newApplication{Reason: "理由", Wish: Wish{Name: "丙"}})
	if _, err := tenanttest.Admin(t).Exec(`update grants set until = now() - interval '1 second' where tenant_id = $1 and until is not null`, h.id); err != nil {
		t.Fatal(err)
	}
	_, err = do(h, h.second, consent, consenting{ID: c.ID, Version: c.Version})
	want(t, err, ErrApplicationNotFound, "when the time is over")
}

// W03, R023: a consent gives the people their rights for good, also those who
// have them for a time, or had.
func TestW03ConsentOutlastsTemporaryRights(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.leads(h.drafter, true)
	h.givesUntil(h.reader, rbac.NewGrant{Permission: Draft, ScopeKind: ScopeKind, ScopeID: &h.column.ID})
	h.givesUntil(h.second, rbac.NewGrant{Permission: Publish, ScopeKind: ScopeKind, ScopeID: &h.column.ID})
	if _, err := tenanttest.Admin(t).Exec(`update grants set until = now() - interval '1 second' where subject_id = $1 and until is not null`, h.second.Member); err != nil {
		t.Fatal(err)
	}
	a := h.asks(h.drafter, newApplication{ColumnID: &h.column.ID, Reason: "长期负责", Wish: Wish{People: []Appointee{
		{Right: "draft", MemberID: h.reader.Member}, {Right: "publish", MemberID: h.second.Member}, {Right: "publish", MemberID: h.publisher.Member}}}})
	for range 2 {
		done := must[Application](t)(do(h, h.office, consent, consenting{ID: a.ID, Version: a.Version}))
		if n := count(h, `select count(*) from grants where scope_id = $1 and until is not null`, h.column.ID); n != 0 || done.State != "consented" {
			t.Errorf("%s; %d of the rights still end", done.State, n)
		}
		for p, right := range map[member]string{h.reader: "draft", h.second: "publish", h.publisher: "publish"} {
			if c := h.columnAs(p, h.column.ID); !slices.Contains(c.May, right) {
				t.Errorf("%s may %v, want %s among it", p.Name, c.May, right)
			}
		}
		a = h.asks(h.drafter, newApplication{ColumnID: &h.column.ID, Reason: "再来一次", Wish: a.Asked}) // changes nothing
	}
}

// R023: a department may ask that a column set its kinds or its purpose no longer.
func TestR023WishAsAbove(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.leads(h.drafter, true)
	c := must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: h.column.ID, Version: h.column.Version, Purpose: &[]string{"汛情"}[0],
		Rules: &ruleSpec{Kinds: []string{"news"}, Comments: "on"}}))
	for name, w := range map[string]Wish{
		"kinds and none":            {Kinds: []string{"news"}, Clear: []string{"kinds"}},
		"a purpose and none":        {Purpose: "别的", Clear: []string{"purpose", "kinds"}},
		"of a column not there yet": {Name: "新", Clear: []string{"kinds"}},
	} {
		in := newApplication{ColumnID: &c.ID, Reason: "理由", Wish: w}
		if w.Name != "" {
			in.ColumnID = nil
		}
		_, err := do(h, h.drafter, applyFor, in)
		want(t, err, feature.ErrChoice, name)
	}
	for _, tt := range []struct {
		clear   []string
		kinds   int
		purpose string
	}{{[]string{"kinds"}, 0, "汛情"}, {[]string{"purpose", "purpose"}, 0, ""}} {
		a := h.asks(h.drafter, newApplication{ColumnID: &c.ID, Reason: "按上级栏目", Wish: Wish{Clear: tt.clear}})
		done := must[Application](t)(do(h, h.office, consent, consenting{ID: a.ID, Version: a.Version}))
		got := h.columnAs(h.office, c.ID)
		if len(got.Sets.Kinds) != tt.kinds || !slices.Equal(got.Rules.Kinds, allKinds) || got.Purpose != tt.purpose || !got.Rules.Comments || done.Amended {
			t.Errorf("%v: %+v with %+v, purpose %q, amended %v", tt.clear, got.Sets, got.Rules, got.Purpose, done.Amended)
		}
	}
	b := h.asks(h.drafter, newApplication{ColumnID: &c.ID, Reason: "换个名字", Wish: Wish{Name: "动态"}})
	must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: c.ID, Version: h.columnAs(h.office, c.ID).Version, Rules: &ruleSpec{Kinds: []string{"notice"}}}))
	must[Application](t)(do(h, h.office, consent, consenting{ID: b.ID, Version: b.Version, Given: &Wish{Name: "动态", Clear: []string{"kinds"}}}))
	if got := h.columnAs(h.office, c.ID); got.Name != "动态" || len(got.Sets.Kinds) != 0 {
		t.Errorf("given as above too: %+v", got)
	}
}
