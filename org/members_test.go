package org

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func TestAddMember(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	other.member(t, "lina", other.desk)
	head := b.department(t, b.root, "有头处")
	for name, tt := range map[string]struct {
		in    newMember
		want  error
		field string
	}{
		"ok; taken elsewhere":         {newMember{Name: "李娜", Login: "lina", DepartmentID: b.desk}, nil, ""},
		"a head":                      {newMember{Name: "何头", Login: "hetou", DepartmentID: head, Head: true}, nil, ""},
		"login taken":                 {newMember{Name: "管二", Login: "admin", DepartmentID: b.desk}, ErrLogin, "login"},
		"login malformed":             {newMember{Name: "管二", Login: "9x", DepartmentID: b.desk}, feature.ErrMalformed, "login"},
		"another tenant's department": {newMember{Name: "管二", Login: "guan2", DepartmentID: other.desk}, ErrNoSubject, "department_id"},
	} {
		made, err := b.addMember(b.ctx, deps(t), nil, tt.in)
		if !errors.Is(err, tt.want) || tt.want != nil && fault.Of(err).Field != tt.field {
			t.Errorf("%s: %v on %q, want %v on %q", name, err, fault.Of(err).Field, tt.want, tt.field)
		}
		if err == nil && (made.Member.Posts[0].Head != tt.in.Head || !made.Member.Posts[0].Main) {
			t.Errorf("%s: %+v", name, made.Member)
		}
	}
	_, err := b.addMember(b.ctx, deps(t), nil, newMember{Name: "何二", Login: "he2", DepartmentID: head, Head: true})
	if !errors.Is(err, ErrHeadTaken) {
		t.Errorf("a second head = %v, want ErrHeadTaken", err)
	}
}

func TestEditMember(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	lina := b.member(t, "lina", b.desk)
	edit := func(id uuid.UUID, name string, version int) (m Member, err error) {
		err = b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
			m, err = editMember(ctx, tx, memberEdit{ID: id, Name: name, Version: version})
			return err
		})
		return m, err
	}
	if _, err := edit(other.admin.Member, "李娜", 1); !errors.Is(err, ErrNoMember) {
		t.Errorf("another tenant's member = %v, want ErrNoMember", err)
	}
	if m, err := edit(lina.Member, "李娜", 1); err != nil || m.Name != "李娜" || m.Version != 2 {
		t.Errorf("edit = %+v %v", m, err)
	}
	if _, err := edit(lina.Member, "李小娜", 1); !errors.Is(err, ErrStale) {
		t.Errorf("stale = %v, want ErrStale", err)
	}
	if e := b.enters(t, "lina", good); b.nameOf(t, e.token) != "李娜" {
		t.Errorf("the session is of %q", b.nameOf(t, e.token))
	}
}

func (b bureau) nameOf(t *testing.T, token string) string {
	t.Helper()
	who, err := b.Sessions.Identify(context.Background(), token)
	if err != nil {
		t.Fatal(err)
	}
	return who.Actor.Name
}

func TestLockUnlock(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	lina := b.member(t, "lina", b.desk)
	do := func(act func(context.Context, *tenant.Tx) (feature.None, error)) error {
		return b.write(t, func(ctx context.Context, tx *tenant.Tx) error { _, err := act(ctx, tx); return err })
	}
	lockIt := func(id uuid.UUID) error {
		return do(func(ctx context.Context, tx *tenant.Tx) (feature.None, error) {
			return lockMember(ctx, tx, because{id, "借用账号"})
		})
	}
	if err := lockIt(other.admin.Member); !errors.Is(err, ErrNoMember) {
		t.Errorf("another tenant's member = %v, want ErrNoMember", err)
	}
	if err := lockIt(b.admin.Member); !errors.Is(err, ErrSelf) {
		t.Errorf("oneself = %v, want ErrSelf", err)
	}
	e := b.enters(t, "lina", good)
	if err := lockIt(lina.Member); err != nil {
		t.Fatal(err)
	}
	if b.alive(t, e.token) {
		t.Error("the session of a locked member is alive (R246)")
	}
	if err := lockIt(lina.Member); !errors.Is(err, ErrState) || fault.Of(err).Meta["state"] != "locked" {
		t.Errorf("again = %v, want ErrState", err)
	}
	if err := do(func(ctx context.Context, tx *tenant.Tx) (feature.None, error) {
		return unlockMember(ctx, tx, byID{lina.Member})
	}); err != nil {
		t.Fatal(err)
	}
	if b.alive(t, e.token) {
		t.Error("the session came back to life")
	}
	b.enters(t, "lina", good)
}

func TestLeave(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	lina := b.member(t, "lina", b.desk)
	do := func(act func(context.Context, *tenant.Tx) (feature.None, error)) error {
		return b.write(t, func(ctx context.Context, tx *tenant.Tx) error { _, err := act(ctx, tx); return err })
	}
	e := b.enters(t, "lina", good)
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error { return Appoint(ctx, tx, lina.Member, rbac.Evaluator) })
	leave := func(ctx context.Context, tx *tenant.Tx) (feature.None, error) {
		return leaveMember(ctx, tx, because{lina.Member, "调出"})
	}
	if err := do(leave); err != nil {
		t.Fatal(err)
	}
	if b.alive(t, e.token) {
		t.Error("the session of somebody who left is alive (R231)")
	}
	if err := do(leave); !errors.Is(err, ErrState) {
		t.Errorf("again = %v, want ErrState", err)
	}
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		var left int
		err := tx.Get(ctx, &left, `
			select (select count(*) from posts where member_id = $1) + (select count(*) from subjects where member_id = $1)
			     + (select count(*) from grants where subject_id = $1)`, lina.Member)
		if left != 0 {
			t.Errorf("%d posts and rights are left of somebody who left", left)
		}
		return err
	})
	if _, err := b.resetMember(b.ctx, deps(t), nil, asking{lina.Member, "phone", "回拨"}); !errors.Is(err, ErrState) {
		t.Errorf("resetting somebody who left = %v, want ErrState", err)
	}
}

// A tenant always has somebody who can give rights.
func TestLastAdmin(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	second, keeper := b.member(t, "second", b.desk), b.member(t, "keeper", b.desk)
	var grant uuid.UUID
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		for who, role := range map[uuid.UUID]rbac.Role{second.Member: rbac.Admin, keeper.Member: rbac.Security} {
			if err := Appoint(ctx, tx, who, role); err != nil {
				return err
			}
		}
		return tx.Get(ctx, &grant, `
			select g.id from grants g join roles r on r.id = g.role_id where r.code = 'admin' and g.subject_id = $1`, second.Member)
	})
	other := b.as(t, second)
	db := tenanttest.DB(t)
	lockFirst := func() error {
		return db.Write(other, func(tx *tenant.Tx) error {
			_, err := lockMember(other, tx, because{b.admin.Member, "离岗"})
			return err
		})
	}
	if err := lockFirst(); err != nil {
		t.Fatalf("the last but one: %v", err)
	}
	err := db.Write(other, func(tx *tenant.Tx) error {
		_, err := takeBack(other, tx, byID{grant})
		return err
	})
	if !errors.Is(err, ErrLastAdmin) {
		t.Errorf("the last one's role = %v, want ErrLastAdmin", err)
	}
	third := b.member(t, "third", b.desk)
	ctx := b.as(t, third)
	err = db.Write(ctx, func(tx *tenant.Tx) error {
		_, err := leaveMember(ctx, tx, because{second.Member, "调出"})
		return err
	})
	if !errors.Is(err, ErrLastAdmin) {
		t.Errorf("the last one leaving = %v, want ErrLastAdmin", err)
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	lina := b.member(t, "lina", b.desk)
	e := b.enters(t, "lina", good)
	asked := func(id uuid.UUID) asking { return asking{id, "person", "本人持工作证到场"} }
	if _, err := b.resetMember(b.ctx, deps(t), nil, asked(other.admin.Member)); !errors.Is(err, ErrNoMember) {
		t.Errorf("another tenant's member = %v, want ErrNoMember", err)
	}
	if _, err := b.resetMember(b.ctx, deps(t), nil, asked(b.admin.Member)); !errors.Is(err, ErrSelf) {
		t.Errorf("oneself = %v, want ErrSelf", err)
	}
	if _, err := b.resetMember(b.ctx, deps(t), nil, asking{ID: lina.Member}); !errors.Is(err, ErrNotAsked) {
		t.Errorf("without their request = %v, want ErrNotAsked (R251)", err)
	}
	out, err := b.resetMember(b.ctx, deps(t), nil, asked(lina.Member))
	if err != nil {
		t.Fatal(err)
	}
	if !b.alive(t, e.token) {
		t.Error("a link that nobody has used ended a session")
	}
	b.chooses(t, out.Token, "Fresh+Start-7", nil)
	if b.alive(t, e.token) {
		t.Error("a session survived the reset (R249)")
	}
	b.chooses(t, out.Token, "Fresh+Start-8", ErrLink) // once is once
	b.enters(t, "lina", "Fresh+Start-7")
}

func TestListMembers(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	below := b.department(t, b.desk, "机要科")
	for i := range 5 {
		b.member(t, fmt.Sprintf("m%d", i), below)
	}
	list := func(q memberQuery) (got []string, next string) {
		b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
			l, err := listMembers(ctx, tx, memberList{q})
			for _, m := range l.Items {
				if len(m.Posts) != 1 {
					t.Errorf("%s has %d posts", m.Login, len(m.Posts))
				}
				got = append(got, m.Login)
			}
			next = l.Next
			return err
		})
		return got, next
	}
	one, next := list(memberQuery{Page: feature.Page{Limit: 4}})
	two, end := list(memberQuery{Page: feature.Page{Limit: 4, After: next}})
	if fmt.Sprint(one, two) != "[admin m0 m1 m2] [m3 m4]" || end != "" {
		t.Errorf("pages = %v %v %q", one, two, end)
	}
	if got, _ := list(memberQuery{Department: &below}); len(got) != 5 {
		t.Errorf("of the section: %v", got)
	}
	if got, _ := list(memberQuery{Department: &b.desk}); len(got) != 6 {
		t.Errorf("of the office and below: %v", got)
	}
	if got, _ := list(memberQuery{Q: "人m3"}); fmt.Sprint(got) != "[m3]" {
		t.Errorf("by name: %v", got)
	}
	if got, _ := list(memberQuery{Q: "%"}); len(got) != 0 {
		t.Errorf("a percent sign is no wildcard: %v", got)
	}
	err := tenanttest.DB(t).Read(b.ctx, func(tx *tenant.Tx) error {
		_, err := listMembers(b.ctx, tx, memberList{memberQuery{Page: feature.Page{After: "x"}}})
		return err
	})
	if !errors.Is(err, feature.ErrMalformed) {
		t.Errorf("a cursor that is none = %v, want feature.ErrMalformed", err)
	}
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		l, err := directory(ctx, tx, memberQuery{Q: "m4"})
		if len(l.Items) != 1 || l.Items[0].Department != "机要科" {
			t.Errorf("directory = %+v", l.Items)
		}
		return err
	})
}

func TestNamesAndKin(t *testing.T) {
	t.Parallel()
	hq := newBureau(t)
	b := newBureauBelow(t, hq.id)
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		names, err := Names(ctx, tx, []uuid.UUID{b.admin.Member, hq.admin.Member})
		if err != nil {
			return err
		}
		if len(names) != 1 || names[b.admin.Member] != "管小理" {
			t.Errorf("names = %v, want none of another tenant's", names)
		}
		kin, err := Kin(ctx, tx)
		if len(kin) != 2 || kin[0].Relation != "ancestor" || kin[1].Relation != "self" {
			t.Errorf("kin = %+v", kin)
		}
		return err
	})
}
