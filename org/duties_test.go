package org

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"hetu/rbac"
	"hetu/tenant"
)

// TestPostsCarryRights gives a right to a post: whoever gets the title has it,
// whoever loses it has not, and nobody titles themself into it (R002, R006, AU-05).
func TestPostsCarryRights(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	chen := b.member(t, "chen", b.desk)
	post := b.postOf(t, chen.Member, b.desk)
	title := func(at Post, to string) (Post, error) {
		return b.editPost(t, postEdit{ID: at.ID, Title: to, Main: at.Main, Head: at.Head, Version: at.Version})
	}
	post, err := title(post, "信息员")
	must(t, err)
	var duty uuid.UUID
	node := tenant.NewID()
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		if err := tx.Get(ctx, &duty, `select id from duties where department_id = $1 and title = '信息员'`, b.desk); err != nil {
			return err
		}
		_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "post", SubjectID: duty, Permission: "x.read", ScopeKind: "column", ScopeID: &node})
		return err
	})
	holders := func() (ids []uuid.UUID) {
		b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) (err error) {
			ids, err = rbac.Holders(ctx, tx, "x.read", []uuid.UUID{node})
			return err
		})
		return ids
	}
	if got := holders(); len(got) != 1 || got[0] != chen.Member {
		t.Errorf("who has the post has the right: %v", got)
	}
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		by, err := subjects(ctx, tx, []uuid.UUID{duty})
		if s := by[duty]; s.Kind != "post" || s.Name != "信息员" || s.Within == "" {
			t.Errorf("the post is called %+v", s)
		}
		return err
	})
	_, err = title(post, "科员")
	must(t, err)
	if got := holders(); len(got) != 0 {
		t.Errorf("after the title was taken away: %v", got)
	}
	own := b.postOf(t, b.admin.Member, b.root)
	if own.ID == uuid.Nil {
		own = b.postOf(t, b.admin.Member, b.desk)
	}
	if own.DepartmentID != b.desk {
		if err := b.addPost(t, b.admin.Member, Seat{DepartmentID: b.desk, Title: "信息员"}); !errors.Is(err, ErrOwnGrant) {
			t.Errorf("a post that carries rights, for oneself = %v, want ErrOwnGrant", err)
		}
		return
	}
	if _, err := title(own, "信息员"); !errors.Is(err, ErrOwnGrant) {
		t.Errorf("a title that carries rights, for oneself = %v, want ErrOwnGrant", err)
	}
}

// TestRoleThatIsASubject cannot be dropped while something is granted to it.
func TestRoleThatIsASubject(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	var role uuid.UUID
	node := tenant.NewID()
	b.must(t, func(ctx context.Context, tx *tenant.Tx) (err error) {
		if role, err = rbac.AddRole(ctx, tx, rbac.RoleSpec{Name: "值班编辑"}); err != nil {
			return err
		}
		_, err = rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "role", SubjectID: role, Permission: "x.read", ScopeKind: "column", ScopeID: &node})
		return err
	})
	err := b.write(t, func(ctx context.Context, tx *tenant.Tx) error { return rbac.DropRole(ctx, tx, role) })
	if !errors.Is(err, rbac.ErrRoleGranted) {
		t.Errorf("dropped = %v, want ErrRoleGranted", err)
	}
	err = b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "role", SubjectID: role, RoleID: &role})
		return err
	})
	if !errors.Is(err, rbac.ErrNoSuchRight) {
		t.Errorf("a role to a role = %v, want ErrNoSuchRight", err)
	}
}
