package publish

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// Rules go down the tree until a column sets its own.
func TestRulesAreInherited(t *testing.T) {
	t.Parallel()
	h := open(t)
	if r := h.column.Rules; !slices.Equal(r.Kinds, allKinds) || r.Sign || r.Comments || r.Receipts || r.AllStaff || r.NamedFrom != nil {
		t.Errorf("of a column nobody ruled: %+v", r)
	}
	for name, tt := range map[string]struct {
		in   ruleSpec
		want error
	}{
		"a kind there is not": {ruleSpec{Kinds: []string{"poem"}}, feature.ErrChoice},
		"no day":              {ruleSpec{NamedFrom: "2026-02-30"}, feature.ErrMalformed},
	} {
		_, err := do(h, h.office, changeColumn, columnChange{ID: h.column.ID, Rules: &tt.in, Version: 1})
		want(t, err, tt.want, name)
	}
	top := must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: h.column.ID, Version: 1, Rules: &ruleSpec{
		Kinds: []string{"briefing", "news", "news"}, Sign: "on", NamedFrom: "2026-11-01", Comments: "on", AllStaff: "on"}}))
	child := must[Column](t)(do(h, h.office, openColumn, newColumn{Name: "子", ReviewLevels: 1, ParentID: &top.ID, Rules: &ruleSpec{Kinds: []string{"notice"}, Sign: "off"}}))
	leaf := must[Column](t)(do(h, h.office, openColumn, newColumn{Name: "孙", ReviewLevels: 1, ParentID: &child.ID}))
	listed := h.columnAs(h.reader, leaf.ID)
	for _, r := range []Rules{leaf.Rules, listed.Rules} {
		if !slices.Equal(r.Kinds, []string{"notice"}) || r.Sign || !r.Comments || r.Receipts || !r.AllStaff || r.NamedFrom == nil || *r.NamedFrom != "2026-11-01" {
			t.Errorf("at the leaf: %+v", r)
		}
	}
	if len(leaf.Sets.Kinds) > 0 || leaf.Sets.Sign != nil || child.Sets.Sign == nil || !slices.Equal(top.Sets.Kinds, []string{"news", "briefing"}) {
		t.Errorf("sets: %+v, %+v, %+v", top.Sets, child.Sets, leaf.Sets)
	}
	top = must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: top.ID, Version: top.Version, Rules: &ruleSpec{}}))
	if r := h.columnAs(h.reader, leaf.ID).Rules; r.Comments || top.Sets.Comments != nil {
		t.Errorf("after the rules above were taken back: %+v", r)
	}
}

// A column takes the kinds it is for, on every way an item comes into it.
func TestKindsOfAColumn(t *testing.T) {
	t.Parallel()
	h := open(t)
	notices := must[Column](t)(do(h, h.office, openColumn, newColumn{Name: "通知", ReviewLevels: 1, Rules: &ruleSpec{Kinds: []string{"notice"}}}))
	h.may(h.drafter, "draft", notices)
	_, err := do(h, h.drafter, h.desk.create, draft{ColumnID: notices.ID, Kind: "news", Title: "题"})
	want(t, err, ErrKind, "draft of another kind")
	it := must[Item](t)(do(h, h.drafter, h.desk.create, draft{ColumnID: notices.ID, Kind: "notice", Title: "题", BodyHTML: "<p>文</p>"}))
	news := "news"
	_, err = do(h, h.drafter, h.desk.edit, revision{ID: it.ID, Kind: &news, Version: it.Version})
	want(t, err, ErrKind, "change the kind")
	elsewhere := h.drafts(h.column)
	_, err = do(h, h.drafter, h.desk.edit, revision{ID: elsewhere.ID, ColumnID: &notices.ID, Version: elsewhere.Version})
	want(t, err, ErrKind, "move there")
	must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: notices.ID, Version: notices.Version, Rules: &ruleSpec{Kinds: []string{"briefing"}}}))
	_, err = do(h, h.drafter, h.desk.submit, submission{ID: it.ID, OnlineOK: true, Version: it.Version})
	want(t, err, ErrKind, "submit what was begun before")
}

// R034, W01: where a leader signs off, that is the last step, by somebody who
// reviewed nothing, and without it nothing is published, on whatever way.
func TestR034SignOff(t *testing.T) {
	t.Parallel()
	h := open(t)
	leader := h.joins("分管领导")
	c := must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: h.column.ID, Version: 1, Rules: &ruleSpec{Sign: "on"}}))
	begun := h.drafts(c)
	_, err := do(h, h.drafter, h.desk.submit, submission{ID: begun.ID, OnlineOK: true, Version: begun.Version})
	if meta(err, "step_name") != signStep {
		t.Errorf("submit where nobody signs: %v, step %v", err, meta(err, "step_name"))
	}
	h.may(leader, "sign", c)
	it := h.submits(begun)
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	if now := h.seen(h.drafter, it.ID); now.State != "review" || !h.sees(leader, it.ID) {
		t.Errorf("reviewed and not signed: %s", now.State)
	}
	if err := h.approves(h.second, it); err == nil {
		t.Error("a reviewer signed")
	}
	if err := h.approves(leader, it); err != nil {
		t.Fatal(err)
	}
	ready := h.seen(h.drafter, it.ID)
	if ready.State != "approved" || len(ready.Reviewers) != 2 || ready.Reviewers[0].Step != "review" ||
		ready.Reviewers[1].Step != "sign" || ready.Reviewers[1].Name != "分管领导" {
		t.Fatalf("signed: %+v", ready.Reviewers)
	}
	h.publishes(ready)
	h.holds(t)
}

// R034: a column that begins to ask for the sign-off asks it of what has passed
// already; no statement gets around it.
func TestR034NotSigned(t *testing.T) {
	t.Parallel()
	h := open(t)
	ready := h.reviewed(h.column)
	c := h.columnAs(h.office, h.column.ID)
	must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: c.ID, Version: c.Version, Rules: &ruleSpec{Sign: "on"}}))
	_, err := do(h, h.publisher, h.desk.publish, versioned{ready.ID, ready.Version})
	want(t, err, ErrNotSigned, "publish what nobody signed")
	err = h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `
			update items set state = 'published', published_at = $2, publisher_id = drafter_id, publisher_account = drafter_account, publisher_name = 'x',
			       levels = 1, deed_id = $1, deed_unit = $1 where id = $1`, ready.ID, tx.Now)
		return err
	})
	if tenant.Constraint(err) != "items_signed" {
		t.Errorf("a statement: %v", err)
	}
}

// R011: from its day on an item names its responsible editor; what was published
// before breaks nothing.
func TestR011NamedPersons(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.publishes(h.reviewed(h.column))
	ready, begun := h.reviewed(h.column), h.drafts(h.column)
	today := must[string](t)(see(h, h.office, func(ctx context.Context, tx *tenant.Tx, _ ref) (day string, err error) {
		return day, tx.Get(ctx, &day, `select (($1::timestamptz at time zone 'Asia/Shanghai')::date)::text`, tx.Now)
	}, ref{}))
	rule := func(from string) {
		c := h.columnAs(h.office, h.column.ID)
		must[Column](t)(do(h, h.office, changeColumn, columnChange{ID: c.ID, Version: c.Version, Rules: &ruleSpec{NamedFrom: from}}))
	}
	counts := func() Naming { return must[Naming](t)(see(h, h.reader, naming, ref{h.column.ID})) }
	rule("2099-01-01")
	if n := counts(); n.Earlier != 1 || n.Broken != 0 || n.Kept != 0 || !n.Reviewed {
		t.Errorf("before its day: %+v", n)
	}
	must[Item](t)(do(h, h.publisher, h.desk.publish, versioned{ready.ID, ready.Version})) // not blocked before its day
	rule(today)
	_, err := do(h, h.drafter, h.desk.submit, submission{ID: begun.ID, OnlineOK: true, Version: begun.Version})
	want(t, err, ErrEditorMissing, "submit without an editor")
	named := must[Item](t)(do(h, h.drafter, h.desk.edit, revision{ID: begun.ID, EditorID: &h.reader.Member, Version: begun.Version}))
	h.submits(named)
	rule("2020-01-01")
	if n := counts(); n.Broken != 2 || n.Earlier != 0 {
		t.Errorf("with a day long past: %+v", n)
	}
	nobody := uuid.New()
	_, err = see(h, h.reader, naming, ref{nobody})
	want(t, err, ErrColumnNotFound, "of a column there is not")
}
