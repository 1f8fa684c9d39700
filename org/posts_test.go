package org

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
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

// TestPostsAtOnce gives and ends a member's posts from many sides: one main
// post is left, at least one post, and the rights know the same departments.
func TestPostsAtOnce(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	lina := b.member(t, "lina", b.desk)
	var wg sync.WaitGroup
	for i := range 6 {
		d := b.department(t, b.root, fmt.Sprint("第", i, "科"))
		wg.Go(func() {
			if err := b.addPost(t, lina.Member, Seat{DepartmentID: d, Main: true}); err != nil {
				t.Errorf("a main post beside others = %v", err)
			}
		})
	}
	wg.Wait()
	state := func() (s struct{ Posts, Main, Apart int }) {
		b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
			return tx.Get(ctx, &s, `
				with p as (select distinct unnest(d.path) as id from posts p join departments d on d.id = p.department_id where p.member_id = $1),
				     s as (select department_id as id from subjects where member_id = $1)
				select (select count(*) from posts where member_id = $1) as posts,
				       (select count(*) from posts where member_id = $1 and main) as main,
				       (select count(*) from ((table p except table s) union all (table s except table p)) x) as apart`, lina.Member)
		})
		return s
	}
	if s := state(); s.Posts != 7 || s.Main != 1 || s.Apart != 0 {
		t.Fatalf("%+v, want 7 posts, one of them the main one, and the same departments", s)
	}
	var ids []uuid.UUID
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Select(ctx, &ids, `select id from posts where member_id = $1`, lina.Member)
	})
	var last atomic.Int64
	for _, id := range ids {
		wg.Go(func() {
			err := b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
				_, err := dropPost(ctx, tx, byID{id})
				return err
			})
			switch {
			case errors.Is(err, ErrLastPost):
				last.Add(1)
			case err != nil:
				t.Errorf("ending a post beside others = %v", err)
			}
		})
	}
	wg.Wait()
	if s := state(); s.Posts != 1 || s.Main != 1 || s.Apart != 0 || last.Load() != 1 {
		t.Errorf("%+v and %d refused, want one post left, the main one, and one refused", s, last.Load())
	}
}
