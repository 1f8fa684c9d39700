package org

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"hetu/rbac"
	"hetu/tenant"
)

func TestPosts(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	extra := b.department(t, b.root, "信息处")
	lina := b.member(t, "lina", b.desk)
	add := func(member uuid.UUID, s Seat) error { return b.addPost(t, member, s) }
	remove := func(id uuid.UUID) error {
		return b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := dropPost(ctx, tx, byID{id})
			return err
		})
	}
	posts := func() (ps []Post) {
		b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
			m, err := findMember(ctx, tx, lina.Member)
			ps = m.Posts
			return err
		})
		return ps
	}
	for name, tt := range map[string]struct {
		member uuid.UUID
		seat   Seat
		want   error
	}{
		"another tenant's member":     {other.admin.Member, Seat{DepartmentID: extra}, ErrNoMember},
		"another tenant's department": {lina.Member, Seat{DepartmentID: other.desk}, ErrNoSubject},
		"the same department again":   {lina.Member, Seat{DepartmentID: b.desk}, ErrPostTaken},
	} {
		if err := add(tt.member, tt.seat); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if err := add(lina.Member, Seat{DepartmentID: extra, Title: "处长", Main: true, Head: true}); err != nil {
		t.Fatal(err)
	}
	ps := posts()
	if len(ps) != 2 || ps[0].DepartmentID != extra || !ps[0].Main || ps[1].Main {
		t.Fatalf("posts = %+v, want one main post, the new one", ps)
	}
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		p, err := MainDepartment(ctx, tx, lina.Member)
		if p.ID != extra || len(p.Path) != 2 || p.Title != "处长" {
			t.Errorf("MainDepartment = %+v", p)
		}
		return err
	})
	if err := remove(ps[0].ID); err != nil {
		t.Fatal(err)
	}
	if ps = posts(); len(ps) != 1 || !ps[0].Main {
		t.Errorf("posts = %+v, want the other to be the main one", ps)
	}
	if err := remove(ps[0].ID); !errors.Is(err, ErrLastPost) {
		t.Errorf("the last post = %v, want ErrLastPost", err)
	}
	if err := remove(uuid.New()); !errors.Is(err, ErrNoPost) {
		t.Errorf("a post that is none = %v, want ErrNoPost", err)
	}
}

func (b bureau) addPost(t *testing.T, member uuid.UUID, s Seat) error {
	t.Helper()
	return b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := addPost(ctx, tx, newPost{member, s})
		return err
	})
}

// Nobody takes rights by giving themself a post in a department that has some.
func TestOwnPost(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	extra := b.department(t, b.root, "信息处")
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "department", SubjectID: extra, Permission: "test.judge"})
		return err
	})
	if err := b.addPost(t, b.admin.Member, Seat{DepartmentID: extra}); !errors.Is(err, ErrOwnGrant) {
		t.Errorf("a post that brings oneself rights = %v, want ErrOwnGrant", err)
	}
}
