package publish

import (
	"context"
	"slices"
	"testing"

	"hetu/tenant"
)

// A draft of somebody who has left is their successor's, who goes on with it;
// as long as they are here it is theirs, and what was handed in stays so for
// good: nobody reviews what they wrote by giving it away first (R007, R231).
func TestDraftsOfALeaver(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.may(h.reader, "draft", h.column)
	draft, sent := h.drafts(h.column), h.submits(h.drafts(h.column))
	pass := func() (n int, err error) {
		err = h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error {
			tx.Audit("test", "test", nil)
			n, err = PassDrafts(ctx, tx, h.drafter.Member, h.reader.Member)
			return err
		})
		return n, err
	}
	if _, err := pass(); tenant.Constraint(err) != "items_persons_stay" {
		t.Fatalf("while they are here = %v, want that persons stay", err)
	}
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		tx.Audit("test", "test", nil)
		_, err := tx.Exec(ctx, `update members set state = 'left' where id = $1`, h.drafter.Member)
		return err
	})
	if n, err := pass(); err != nil || n != 1 {
		t.Fatalf("%d went, %v", n, err)
	}
	title := "接着写"
	if _, err := do(h, h.reader, h.desk.edit, revision{ID: draft.ID, Title: &title, Version: draft.Version + 1}); err != nil {
		t.Errorf("the successor cannot go on: %v", err)
	}
	if n := count(h, `select count(*) from item_revisions where item_id = $1 and number = 1 and author_id = $2 and author_name = $3`,
		draft.ID, h.drafter.Member, h.drafter.Name); n != 1 {
		t.Error("what the leaver wrote is not kept as theirs (R035)")
	}
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		tx.Audit("test", "test", nil)
		var n int
		if err := tx.Get(ctx, &n, `select count(*) from items where id = $1 and drafter_id = $2`, sent.ID, h.drafter.Member); err != nil || n != 1 {
			t.Errorf("what was handed in became somebody else's (%v)", err)
		}
		n, err := Drafts(ctx, tx, h.drafter.Member)
		if n != 0 {
			t.Errorf("%d drafts still lie with who has left", n)
		}
		return err
	})
}

// Whoever takes over the decision on an item reads it, though they have no right
// in its column; until then, and once it is decided, it is not theirs (R231).
func TestWhoTakesATaskOverReads(t *testing.T) {
	t.Parallel()
	h := open(t)
	sent := h.submits(h.drafts(h.column))
	if h.sees(h.reader, sent.ID) {
		t.Fatal("a reader sees what waits for review")
	}
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		tx.Audit("test", "test", nil)
		_, err := tx.Exec(ctx, `update approval_tasks set member_id = $2 where id = (select id from approval_tasks where case_id = $1 and state = 'open' order by id limit 1)`, sent.CaseID, h.reader.Member)
		return err
	})
	if !h.sees(h.reader, sent.ID) {
		t.Error("the successor cannot read what they are to decide on")
	}
	if _, err := see(h, h.reader, h.desk.lookWords, ref{sent.ID}); err != nil {
		t.Errorf("nor what the dictionary says of it: %v", err)
	}
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		tx.Audit("test", "test", nil)
		_, err := tx.Exec(ctx, `update approval_tasks set state = 'closed' where case_id = $1 and state = 'open'`, sent.CaseID)
		return err
	})
	if h.sees(h.reader, sent.ID) {
		t.Error("they read it still when there is nothing to decide")
	}
}

// A column that only one person may review in, or publish, is named before they
// go; one that somebody else may too, or that is closed, is not (R022, R231).
func TestOrphans(t *testing.T) {
	t.Parallel()
	h := open(t)
	lonely := h.opens("只有一人的栏目", 1, nil)
	without := func(p member, want ...string) {
		t.Helper()
		h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
			tx.Audit("test", "test", nil)
			os, err := Orphans(ctx, tx, p.Member)
			var got []string
			for _, o := range os {
				got = append(got, o.Column+" "+o.Right)
			}
			if !slices.Equal(got, want) {
				t.Errorf("left behind: %v, want %v", got, want)
			}
			return err
		})
	}
	without(h.reader)
	h.may(h.reader, "review", lonely)
	h.may(h.reader, "publish", lonely)
	without(h.reader, "只有一人的栏目 publish.review", "只有一人的栏目 publish.publish")
	h.may(h.drafter, "review", lonely)
	without(h.reader, "只有一人的栏目 publish.publish")
	without(h.drafter)
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		tx.Audit("test", "test", nil)
		_, err := tx.Exec(ctx, `update columns set state = 'disabled' where id = $1`, lonely.ID)
		return err
	})
	without(h.reader)
}
