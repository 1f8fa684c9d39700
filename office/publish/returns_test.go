package publish

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

func (h *house) counted(q returnsQuery) map[string]Returns {
	h.t.Helper()
	all := map[string]Returns{}
	for _, r := range must[feature.List[Returns]](h.t)(see(h, h.office, listReturns, q)).Items {
		all[r.Name] = r
	}
	return all
}

// R030, R031, I16: every return is counted by its reason, for the department
// and for the reviewer, and is a deed with the reason as its level.
func TestR030ReturnsAreCounted(t *testing.T) {
	t.Parallel()
	h, foreign := open(t), open(t)
	back := func(p member, reason string) Item {
		it := h.submits(h.drafts(h.column))
		if err := h.decides(p, it, "return", map[string]any{"reason_code": reason, "opinion": "请改"}); err != nil {
			t.Fatal(err)
		}
		return it
	}
	it := back(h.first, "irrelevant")
	back(h.first, "false")
	back(h.second, "irrelevant")
	h.reviewed(h.column)
	h.submits(h.drafts(h.column))
	today := time.Now().In(time.FixedZone("", 8*60*60))
	for name, tt := range map[string]struct {
		q    returnsQuery
		want map[string]Returns
	}{
		"the whole unit": {returnsQuery{By: "total"}, map[string]Returns{"": {Base: 5, Returned: 3, Irrelevant: 2, False: 1}}},
		"by department":  {returnsQuery{}, map[string]Returns{"拟稿人处": {ID: &h.drafter.dept, Base: 5, Returned: 3, Irrelevant: 2, False: 1}}},
		"by reviewer": {returnsQuery{By: "reviewer"}, map[string]Returns{
			"一审": {ID: &h.first.Member, Base: 3, Returned: 2, Irrelevant: 1, False: 1}, "二审": {ID: &h.second.Member, Base: 1, Returned: 1, Irrelevant: 1}}},
		"today": {returnsQuery{By: "total", From: today.Format(time.DateOnly), To: today.Format(time.DateOnly)},
			map[string]Returns{"": {Base: 5, Returned: 3, Irrelevant: 2, False: 1}}},
		"tomorrow": {returnsQuery{From: today.AddDate(0, 0, 1).Format(time.DateOnly)}, map[string]Returns{}},
	} {
		got := h.counted(tt.q)
		if len(got) != len(tt.want) {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
		for who, w := range tt.want {
			g := got[who]
			if (g.ID == nil) != (w.ID == nil) || g.ID != nil && *g.ID != *w.ID {
				t.Errorf("%s, %s: id %v, want %v", name, who, g.ID, w.ID)
			}
			if g.ID, g.Name, w.ID = nil, "", nil; g != w {
				t.Errorf("%s, %s: %+v, want %+v", name, who, g, w)
			}
		}
	}
	if got := foreign.counted(returnsQuery{By: "total"})[""]; got.Base != 0 {
		t.Errorf("another tenant counts %+v", got)
	}
	if n := count(h, `select count(*) from deeds where kind = $1 and item = $2 and level = 'irrelevant' and member_id = $3 and unit_id = $4`,
		Returned, objectOf(it.ID), h.drafter.Member, h.drafter.dept); n != 1 {
		t.Errorf("%d deeds of the return, want 1", n)
	}
	if n := count(h, `select count(*) from deeds where kind = $1`, Returned); n != 3 {
		t.Errorf("%d returns were deeds, want 3", n)
	}
}

func TestReturnsInput(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		q    returnsQuery
		want error
	}{
		"no such view": {returnsQuery{By: "column"}, feature.ErrChoice},
		"no day":       {returnsQuery{From: "2026-02-30"}, feature.ErrMalformed},
		"a cursor":     {returnsQuery{Page: feature.Page{After: "x"}}, feature.ErrMalformed},
	} {
		want(t, tt.q.Validate(), tt.want, name)
	}
}

// R007, WF-05: the drafter passes their own item on no way: not by a right of
// their own, not through a second post, not as the head of the department that
// reviews; and one person has no second membership to do it with.
func TestR007NobodyPassesTheirOwn(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error { // a second post beside the one they lead
		return rbac.Bind(ctx, tx, h.drafter.Member, []uuid.UUID{h.drafter.dept, h.first.dept})
	})
	h.may(h.drafter, "review", h.column)
	for _, dept := range []uuid.UUID{h.drafter.dept, h.first.dept} {
		must[rbac.Grant](t)(do(h, h.office, grant, columnGrant{ID: h.column.ID, SubjectKind: "department", SubjectID: dept, Right: "review"}))
	}
	it := h.submits(h.drafts(h.column))
	want(t, h.approves(h.drafter, it), errNoTask, "the drafter approves")
	want(t, h.returns(h.drafter, it), errNoTask, "the drafter returns it")
	if n := count(h, `select count(*) from approval_tasks t join members m on m.id = t.member_id join items i on i.id = $1
		where t.case_id = i.case_id and m.account_id = i.drafter_account`, it.ID); n != 0 {
		t.Errorf("%d tasks are the drafter's own", n)
	}
	err := h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `insert into members (id, account_id, login, name) values ($1, $2, 'twice', '拟稿人')`, uuid.New(), h.drafter.Account)
		return err
	})
	if got := tenant.Constraint(err); got != "members_account_uq" {
		t.Errorf("a second membership of the same person: %v", err)
	}
	err = h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error { // a review in their own name, past the flow
		_, err := tx.Exec(ctx, `update items set state = 'approved', approved_hash = content_hash, approved_at = now() where id = $1`, it.ID)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into item_reviews (item_id, case_id, level, member_id, account_id, name, at, checks, content_hash)
			select id, case_id, 1, drafter_id, drafter_account, drafter_name, now(), '{true,wording,safe,online}', content_hash from items where id = $1`, it.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := tenant.Constraint(h.publishesBySQL(it)); got != "items_reviewed" {
		t.Errorf("with a review by its drafter the database publishes it: broke %q", got)
	}
}

// R033: what is published is what was approved, to the byte: its text, its
// files and their names.
func TestR033ApprovedIsPublished(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.carries(h.drafts(h.column), "附件", "说明", "一.txt")
	it = h.submits(it)
	if err := h.approves(h.first, it); err != nil {
		t.Fatal(err)
	}
	approved := h.seen(h.publisher, it.ID)
	published := h.publishes(approved)
	got := h.seen(h.reader, it.ID)
	if got.ContentHash != approved.ContentHash || published.ContentHash != it.ContentHash || got.BodyHTML != it.BodyHTML || got.Title != it.Title ||
		len(got.Attachments) != 1 || got.Attachments[0] != it.Attachments[0] {
		t.Errorf("approved %+v, published %+v", approved, got)
	}
	if n := count(h, `select count(*) from items i where i.id = $1 and i.approved_hash = i.content_hash
		and (select count(*) from item_reviews r where r.item_id = i.id and r.content_hash = i.content_hash) = 1
		and (select c.content_hash from published_copies c where c.item_id = i.id) = i.content_hash
		and (select d.content from deeds d where d.item = 'publish/item/' || i.id and d.kind = 'publish.published') = i.content_hash`, it.ID); n != 1 {
		t.Error("the hashes of the approval, the reviews, the copy and the deed are not one")
	}
}

// R035: who answers for a published item stays, whatever becomes of them.
func TestR035PersonsStay(t *testing.T) {
	t.Parallel()
	h := open(t)
	it := h.publishes(h.reviewed(h.column))
	for name, sql := range map[string]string{
		"drafter":           `update items set drafter_id = publisher_id where id = $1`,
		"drafter's account": `update items set drafter_account = publisher_account where id = $1`,
		"drafter's name":    `update items set drafter_name = '别人' where id = $1`,
		"publisher":         `update items set publisher_id = drafter_id where id = $1`,
		"publisher's name":  `update items set publisher_name = '别人' where id = $1`,
		"editor":            `update items set editor_id = drafter_id, editor_name = '别人' where id = $1`,
		"department":        `update items set department_name = '别处' where id = $1`,
		"reviewer":          `update item_reviews set name = '别人' where item_id = $1`,
		"no reviewer":       `delete from item_reviews where item_id = $1`,
	} {
		err := h.try(h.office, func(ctx context.Context, tx *tenant.Tx) error { _, err := tx.Exec(ctx, sql, it.ID); return err })
		if err == nil {
			t.Errorf("another %s: the database did it", name)
		}
	}
	h.write(h.office, func(ctx context.Context, tx *tenant.Tx) error { // they marry, are transferred and leave
		_, err := tx.Exec(ctx, `update members set name = name || '（已离职）', state = 'left' where id = any ($1)`,
			tenant.Array([]uuid.UUID{h.drafter.Member, h.first.Member, h.publisher.Member}))
		return err
	})
	got := h.seen(h.reader, it.ID)
	if got.Drafter != it.Drafter || *got.Publisher != *it.Publisher || len(got.Reviewers) != 1 || got.Reviewers[0].Name != "一审" {
		t.Errorf("the page names %+v, %+v and %+v", got.Drafter, got.Reviewers, got.Publisher)
	}
}
