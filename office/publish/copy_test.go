package publish

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// below makes the house a real tenant below the one given.
func (h *house) below(parent uuid.UUID) {
	h.t.Helper()
	if _, err := tenanttest.Admin(h.t).Exec(`
		insert into platform.tenants (id, group_id, parent_id, path, slug, name, short_name, kind)
		select $1, group_id, id, path || $1::uuid, $2, '市局', '市局', 'bureau' from platform.tenants where id = $3`,
		h.id, "t"+h.id.String()[24:], parent); err != nil {
		h.t.Fatal(err)
	}
}

type copyOf struct {
	Title       string                                      `db:"title"`
	Body        string                                      `db:"body_html"`
	Column      string                                      `db:"column_name"`
	Drafter     string                                      `db:"drafter_name"`
	Reviewers   tenant.Texts                                `db:"reviewers"`
	Publisher   string                                      `db:"publisher_name"`
	Department  string                                      `db:"department_name"`
	Hash        string                                      `db:"content_hash"`
	Attachments tenant.Rows[struct{ Name, Summary string }] `db:"attachments"`
}

// above returns what a tenant reads of the copy of the item.
func (h *house) above(reader, item uuid.UUID) (cs []copyOf) {
	h.t.Helper()
	ctx, _ := tenanttest.As(h.t, reader)
	if err := tenanttest.DB(h.t).Read(ctx, func(tx *tenant.Tx) error {
		return tx.Select(ctx, &cs, `
			select title, body_html, column_name, drafter_name, reviewers, publisher_name, department_name, content_hash, attachments
			  from published_copies where item_id = $1`, item)
	}); err != nil {
		h.t.Fatal(err)
	}
	return cs
}

// The tenants above read what stands before its readers, from the moment it is
// published to the moment it is withdrawn; nobody else does, and nobody of them
// can change it.
func TestThoseAboveReadWhatIsPublished(t *testing.T) {
	t.Parallel()
	h := open(t)
	ministry := tenanttest.Tenant(t, uuid.Nil, "委员会")
	hq := tenanttest.Tenant(t, ministry, "省局")
	h.below(hq)
	sibling := tenanttest.Tenant(t, hq, "邻局")
	under := tenanttest.Tenant(t, h.id, "县局")
	stranger := tenanttest.Tenant(t, uuid.Nil, "别省")

	c := h.opens("两级审核", 2, &h.drafter.dept)
	h.may(h.drafter, "draft", c)
	h.may(h.publisher, "publish", c)
	for _, p := range []member{h.first, h.second} {
		h.may(p, "review", c)
	}
	it := h.reviewed(c)
	if got := h.above(hq, it.ID); len(got) != 0 {
		t.Errorf("before it is published those above read %+v", got)
	}
	it = h.publishes(it)
	for who, id := range map[string]uuid.UUID{"the tenant above": hq, "the one above that": ministry} {
		got := h.above(id, it.ID)
		if len(got) != 1 {
			t.Fatalf("%s reads %+v, want the item", who, got)
		}
		if g := got[0]; g.Title != it.Title || g.Body != it.BodyHTML || g.Column != "两级审核" || g.Drafter != "拟稿人" || g.Publisher != "发布员" ||
			!slices.Equal(g.Reviewers, []string{"一审", "二审"}) || g.Department != "拟稿人处" || g.Hash != it.ContentHash || g.Attachments == nil {
			t.Errorf("%s reads %+v, want the text and everybody named", who, g)
		}
		ctx, _ := tenanttest.As(t, id)
		err := tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
			n, err := tx.Exec(ctx, `delete from published_copies where item_id = $1`, it.ID)
			if n != 0 {
				return errors.New("it is gone")
			}
			return err
		})
		if err != nil {
			t.Errorf("%s deletes it: %v", who, err)
		}
	}
	for who, id := range map[string]uuid.UUID{"a sibling": sibling, "the tenant below": under, "a stranger": stranger} {
		if got := h.above(id, it.ID); len(got) != 0 {
			t.Errorf("%s reads %+v", who, got)
		}
	}
	err := h.try(h.publisher, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update published_copies set body_html = '' where item_id = $1`, it.ID)
		return err
	})
	if err == nil {
		t.Error("the application can change a copy")
	}
	h.withdraws(it)
	if got := h.above(hq, it.ID); len(got) != 0 {
		t.Errorf("after its withdrawal those above read %+v", got)
	}
}
