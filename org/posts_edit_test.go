package org

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func (b bureau) postOf(t *testing.T, member, department uuid.UUID) (p Post) {
	t.Helper()
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		m, err := findMember(ctx, tx, member)
		for _, q := range m.Posts {
			if q.DepartmentID == department {
				p = q
			}
		}
		return err
	})
	return p
}

func (b bureau) editPost(t *testing.T, e postEdit) (p Post, err error) {
	t.Helper()
	err = b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
		p, err = editPost(ctx, tx, e)
		return err
	})
	return p, err
}

// TestEditPost makes somebody who is already there the head of their department
// (R234, R237).
func TestEditPost(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	extra := b.department(t, b.root, "信息处")
	lina, chen := b.member(t, "lina", b.desk), b.member(t, "chen", b.desk)
	must(t, b.addPost(t, lina.Member, Seat{DepartmentID: extra}))
	post := b.postOf(t, lina.Member, b.desk)
	for name, tt := range map[string]struct {
		of   bureau
		edit postEdit
		want error
		on   string
	}{
		"another tenant's":             {other, postEdit{ID: post.ID, Main: true, Version: 1}, ErrNoPost, ""},
		"one that never was":           {b, postEdit{ID: uuid.New(), Main: true, Version: 1}, ErrNoPost, ""},
		"no main post left":            {b, postEdit{ID: post.ID, Version: 1}, ErrMainPost, "main"},
		"of a version that never was":  {b, postEdit{ID: post.ID, Main: true, Version: 9}, ErrStale, ""},
		"of a version yet to be given": {b, postEdit{ID: post.ID, Main: true, Version: 2}, ErrStale, ""},
	} {
		if _, err := tt.of.editPost(t, tt.edit); !errors.Is(err, tt.want) || fault.Of(err).Field != tt.on {
			t.Errorf("%s = %v on %q, want %v on %q", name, err, fault.Of(err).Field, tt.want, tt.on)
		}
	}
	got, err := b.editPost(t, postEdit{ID: post.ID, Title: "处长", Main: true, Head: true, Version: 1})
	if err != nil || got.Title != "处长" || !got.Head || !got.Main || got.Version != 2 || got.DepartmentName == "" {
		t.Fatalf("post = %+v %v", got, err)
	}
	if _, err := b.editPost(t, postEdit{ID: post.ID, Title: "副处长", Main: true, Version: 1}); !errors.Is(err, ErrStale) || fault.Of(err).Meta["changed_by"] != b.admin.Name {
		t.Errorf("again from the same page = %v, want ErrStale by %s", err, b.admin.Name)
	}
	next := b.postOf(t, chen.Member, b.desk)
	if _, err := b.editPost(t, postEdit{ID: next.ID, Title: "处长", Main: true, Head: true, Version: next.Version}); err != nil {
		t.Fatal(err)
	}
	if b.postOf(t, lina.Member, b.desk).Head || !b.postOf(t, chen.Member, b.desk).Head {
		t.Error("the new head must take the place of the old one")
	}
	var told int
	must(t, tenanttest.Admin(t).QueryRow(`
		select count(*) from audit_entries where tenant_id = $1 and action = 'org.head_changed' and object = $2
		   and detail ->> 'from' = $3 and detail ->> 'to' = $4`, b.id, "org/department/"+b.desk.String(), lina.Member, chen.Member).Scan(&told))
	if told != 1 {
		t.Errorf("%d entries of the audit say who followed whom, want 1", told)
	}
	second := b.postOf(t, lina.Member, extra)
	if _, err := b.editPost(t, postEdit{ID: second.ID, Main: true, Version: second.Version}); err != nil {
		t.Fatal(err)
	}
	if b.postOf(t, lina.Member, b.desk).Main || !b.postOf(t, lina.Member, extra).Main {
		t.Error("another main post must take the place of the first")
	}
}

// However many are made head at once, a department has one.
func TestHeadsAtOnce(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	var posts []Post
	for _, login := range []string{"an", "bai", "chen", "ding", "e-le"} {
		posts = append(posts, b.postOf(t, b.member(t, login, b.desk).Member, b.desk))
	}
	var wg sync.WaitGroup
	for _, p := range posts {
		wg.Go(func() {
			if _, err := b.editPost(t, postEdit{ID: p.ID, Main: true, Head: true, Version: 1}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var heads int
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Get(ctx, &heads, `select count(*) from posts where department_id = $1 and head`, b.desk)
	})
	if n := audited(t, b, "org.head_changed"); heads != 1 || n != 5 {
		t.Errorf("%d heads after %d changes, want 1 after 5", heads, n)
	}
}

// However a department gets its head or loses one, the audit says so once: by a
// new post, at its end, by a transfer, by leaving, by taking an invitation back.
func TestHeadChangesAreTold(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	lead := func(login string, department uuid.UUID) tenant.Actor {
		t.Helper()
		a := b.member(t, login, b.root)
		b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := addPost(ctx, tx, newPost{a.Member, Seat{DepartmentID: department, Title: "科长", Head: true}})
			return err
		})
		return a
	}
	post := func(ctx context.Context, tx *tenant.Tx, member, department uuid.UUID) (id uuid.UUID, err error) {
		err = tx.Get(ctx, &id, `select id from posts where member_id = $1 and department_id = $2`, member, department)
		return id, err
	}
	for name, ends := range map[string]func(context.Context, *tenant.Tx, tenant.Actor, uuid.UUID) error{
		"its end": func(ctx context.Context, tx *tenant.Tx, a tenant.Actor, d uuid.UUID) error {
			id, err := post(ctx, tx, a.Member, d)
			if err == nil {
				_, err = dropPost(ctx, tx, byID{id})
			}
			return err
		},
		"a transfer": func(ctx context.Context, tx *tenant.Tx, a tenant.Actor, d uuid.UUID) error {
			id, err := post(ctx, tx, a.Member, d)
			if err != nil {
				return err
			}
			return Move(ctx, tx, a.Member, Seat{DepartmentID: b.desk}, []uuid.UUID{id})
		},
		"leaving": func(ctx context.Context, tx *tenant.Tx, a tenant.Actor, _ uuid.UUID) error {
			_, err := leaveMember(ctx, tx, because{a.Member, "调离"})
			return err
		},
		"leaving to a successor": func(ctx context.Context, tx *tenant.Tx, a tenant.Actor, d uuid.UUID) error {
			if _, err := Inherit(ctx, tx, a.Member, b.admin.Member); err != nil {
				return err
			}
			if err := Leave(ctx, tx, a.Member, "调离"); err != nil {
				return err
			}
			id, err := post(ctx, tx, b.admin.Member, d)
			if err == nil {
				_, err = tx.Exec(ctx, `delete from posts where id = $1`, id)
			}
			return err
		},
	} {
		d := b.department(t, b.root, name)
		a := lead("u"+strings.ReplaceAll(d.String()[20:], "-", ""), d)
		b.must(t, func(ctx context.Context, tx *tenant.Tx) error { return ends(ctx, tx, a, d) })
		var told []string
		b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
			return tx.Select(ctx, &told, `
				select coalesce(detail ->> 'from', '-') || '>' || coalesce(detail ->> 'to', '-') from audit_entries
				 where action = 'org.head_changed' and object = 'org/department/' || $1::text order by id`, d)
		})
		want := []string{"->" + a.Member.String(), a.Member.String() + ">-"}
		if name == "leaving to a successor" {
			want[1] = a.Member.String() + ">" + b.admin.Member.String()
		}
		if !slices.Equal(told, want) {
			t.Errorf("%s: the audit tells %v, want %v", name, told, want)
		}
	}
	d := b.department(t, b.root, "未到任")
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		id, err := Invite(ctx, tx, NewMember{Login: "weidao", Name: "未到", DepartmentID: d, Head: true})
		if err != nil {
			return err
		}
		return Uninvite(ctx, tx, id)
	})
	var n int
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Get(ctx, &n, `select count(*) from audit_entries where action = 'org.head_changed' and object = 'org/department/' || $1::text`, d)
	})
	if n != 2 {
		t.Errorf("an invitation taken back: %d changes told, want 2", n)
	}
}
