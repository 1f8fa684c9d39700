package org

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// chooses uses a link for another password up, or fails as want says.
func (b bureau) chooses(t *testing.T, token, password string, want error) {
	t.Helper()
	_, err := b.reset(context.Background(), deps(t), &feature.Client{IP: "192.0.2.7"}, choose{token, password, true})
	if !errors.Is(err, want) || want == nil && err != nil {
		t.Errorf("choosing a password = %v, want %v", err, want)
	}
}

// A person asks for another password at the door, and the administrator sees it;
// nobody learns whether there is such a login (R249, R251).
func TestAskForReset(t *testing.T) {
	t.Parallel()
	b, other := newBureau(t), newBureau(t)
	lina := b.member(t, "lina", b.desk)
	ask := func(login string) {
		t.Helper()
		if _, err := b.askReset(context.Background(), deps(t), &feature.Client{IP: "198.51.100.9"}, forgotten{Tenant: b.slug, Login: login}); err != nil {
			t.Fatal(err)
		}
	}
	list := func(x bureau) (l feature.List[PasswordRequest]) {
		x.read(t, x.ctx, func(ctx context.Context, tx *tenant.Tx) (err error) {
			l, err = listRequests(ctx, tx, requestQuery{State: "open"})
			return err
		})
		return l
	}
	ask("nobody")
	ask(" Lina ")
	ask("lina") // is open already
	if l := list(b); len(l.Items) != 1 || l.Items[0].Member != lina.Member || l.Items[0].How != "page" {
		t.Fatalf("requests = %+v, want one of lina's", l)
	}
	if l := list(other); len(l.Items) != 0 {
		t.Errorf("another tenant sees %+v", l)
	}
	id := list(b).Items[0].ID
	out, err := b.resetMember(b.ctx, deps(t), nil, asking{ID: lina.Member})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := refuseRequest(ctx, tx, because{id, "已办"})
		return err
	}); !errors.Is(err, ErrAnswered) {
		t.Errorf("refusing what was granted = %v, want ErrAnswered", err)
	}
	b.chooses(t, out.Token, "lina-2026!x", ErrWeakPassword)
	b.chooses(t, out.Token, good, ErrReused) // the one they have
	b.chooses(t, out.Token, "Other+Tide-9", nil)
	b.enters(t, "lina", "Other+Tide-9")
}

// None of the last five passwords comes back.
func TestPasswordHistory(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	lina := b.member(t, "lina", b.desk)
	ctx := tenant.As(context.Background(), lina)
	change := func(from, to string) error {
		_, err := b.changePassword(ctx, tenanttest.DB(t), browser{ip: "127.0.0.1"}, newPassword{from, to, false})
		return err
	}
	past := []string{good, "Tide-One-11", "Tide-Two-22", "Tide-Three-33", "Tide-Four-44"}
	for i := 1; i < len(past); i++ {
		if err := change(past[i-1], past[i]); err != nil {
			t.Fatal(err)
		}
	}
	for _, old := range past[:4] {
		if err := change(past[4], old); !errors.Is(err, ErrReused) || fault.Of(err).Field != "new" {
			t.Errorf("back to %s = %v, want ErrReused at new", old, err)
		}
	}
	if err := change(past[4], "Tide-Five-55"); err != nil {
		t.Fatal(err)
	}
	if err := change("Tide-Five-55", good); err != nil {
		t.Errorf("the sixth last = %v, want that it may come back", err)
	}
}

// Three months are advice where the tenant says so, and a demand where it says
// nothing (R247).
func TestPasswordRules(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	lina := b.member(t, "lina", b.desk)
	aged := func() {
		if _, err := tenanttest.Admin(t).Exec(`update platform.accounts set password_at = now() - interval '40 days', must_change = false where id = $1`, lina.Account); err != nil {
			t.Fatal(err)
		}
	}
	set := func(r PasswordRules) error {
		return b.write(t, func(ctx context.Context, tx *tenant.Tx) error { _, err := setRules(ctx, tx, r); return err })
	}
	for _, c := range []struct {
		name  string
		rules PasswordRules
		want  bool
	}{
		{"ninety days", PasswordRules{90, true, 0}, false},
		{"thirty days, demanded", PasswordRules{30, true, 1}, true},
		{"thirty days, advised", PasswordRules{30, false, 2}, false},
	} {
		if err := set(c.rules); err != nil {
			t.Fatal(err)
		}
		aged()
		if e := b.enters(t, "lina", good); e.mustChange != c.want {
			t.Errorf("%s: another password is demanded: %v", c.name, e.mustChange)
		}
	}
	if err := set(PasswordRules{60, true, 1}); !errors.Is(err, ErrStale) {
		t.Errorf("an older version = %v, want ErrStale", err)
	}
	me, err := b.me(b.as(t, lina), tenanttest.DB(t), Identity{})
	if err != nil || me.PasswordDays != 0 || me.PasswordForced || !me.Unread {
		t.Errorf("me = %+v, %v", me, err)
	}
}

// Whoever chooses their first password has read by what rules the account is
// used (R244, R350), and says so once.
func TestAcknowledge(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	made := b.invite(t, "guest")
	e := b.enters(t, "guest", made.Password)
	ctx := tenant.As(context.Background(), e.actor)
	change := func(in newPassword) error {
		_, err := b.changePassword(ctx, tenanttest.DB(t), browser{ip: "127.0.0.1"}, in)
		return err
	}
	if err := change(newPassword{made.Password, good, false}); !errors.Is(err, ErrUnread) || fault.Of(err).Field != "agreed" {
		t.Fatalf("unread = %v, want ErrUnread at agreed", err)
	}
	if err := change(newPassword{made.Password, good, true}); err != nil {
		t.Fatal(err)
	}
	if n := audited(t, b, "org.rules_acknowledged"); n != 1 {
		t.Errorf("%d acknowledgements on record", n)
	}
	me, err := b.me(b.as(t, e.actor), tenanttest.DB(t), Identity{})
	if err != nil || me.Unread {
		t.Errorf("me = %+v, %v", me, err)
	}
}

// A report of theft locks the account, ends every session of it and makes the
// password worthless; the tenant is not locked out by it (R246).
func TestStolen(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.member(t, "lina", b.desk)
	one, two := b.enters(t, "lina", good), b.enters(t, "lina", good)
	report := func(a tenant.Actor) error {
		ctx := tenant.As(context.Background(), a)
		return tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
			_, err := b.reportStolen(ctx, tx, stolen{"有陌生登录"})
			return err
		})
	}
	if err := report(b.admin); !errors.Is(err, ErrLastAdmin) {
		t.Errorf("the only administrator = %v, want ErrLastAdmin", err)
	}
	if err := report(one.actor); err != nil {
		t.Fatal(err)
	}
	if b.alive(t, one.token) || b.alive(t, two.token) {
		t.Error("a session outlived the report")
	}
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := unlockMember(ctx, tx, byID{one.actor.Member})
		return err
	})
	if _, err := b.admit(context.Background(), tenanttest.DB(t), browser{ip: "127.0.0.1"}, signIn{b.slug, "lina", good}); !errors.Is(err, ErrCredentials) {
		t.Errorf("the password somebody may know = %v, want ErrCredentials", err)
	}
	out, err := b.resetMember(b.ctx, deps(t), nil, asking{ID: one.actor.Member}) // the report is the request
	if err != nil {
		t.Fatal(err)
	}
	b.chooses(t, out.Token, "Brand+New-12", nil)
}

// Who is signed in from two addresses at once is listed (R245).
func TestSignedInTwice(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	b.member(t, "lina", b.desk)
	b.member(t, "bowen", b.desk)
	for _, in := range []struct{ login, ip string }{{"lina", "192.0.2.1"}, {"lina", "192.0.2.2"}, {"bowen", "192.0.2.1"}, {"bowen", "192.0.2.1"}} {
		if _, err := b.admit(context.Background(), tenanttest.DB(t), browser{ip: in.ip}, signIn{b.slug, in.login, good}); err != nil {
			t.Fatal(err)
		}
	}
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		l, err := signedInTwice(ctx, tx, feature.None{})
		if len(l.Items) != 1 || l.Items[0].Login != "lina" || len(l.Items[0].Places) != 2 {
			t.Errorf("signed in twice = %+v", l.Items)
		}
		return err
	})
	tiny := rbac.With(b.ctx, rbac.FixedOn(b.desk, Manage))
	b.read(t, tiny, func(ctx context.Context, tx *tenant.Tx) error {
		if _, err := signedInTwice(ctx, tx, feature.None{}); !errors.Is(err, rbac.ErrDenied) {
			t.Errorf("the administrator of a department = %v, want ErrDenied", err)
		}
		return nil
	})
}

// Somebody who is here for a time is kept out from the day after (R240).
func TestOutstayed(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	add := func(n NewMember) (id uuid.UUID, err error) {
		n.DepartmentID, n.Hash = b.desk, quickHash(t, good)
		err = b.write(t, func(ctx context.Context, tx *tenant.Tx) error { id, err = AddMember(ctx, tx, n); return err })
		return id, err
	}
	today := time.Now().In(time.FixedZone("", 8*3600))
	if _, err := add(NewMember{Login: "wrong", Name: "甲", Until: today.Format(time.DateOnly)}); !errors.Is(err, ErrUntil) {
		t.Errorf("staff with an end = %v, want ErrUntil", err)
	}
	gone, err := add(NewMember{Login: "gone", Name: "乙", Kind: "external", Until: today.AddDate(0, 0, -1).Format(time.DateOnly)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := add(NewMember{Login: "stays", Name: "丙", Kind: "external", Until: today.AddDate(0, 0, 1).Format(time.DateOnly)}); err != nil {
		t.Fatal(err)
	}
	e := b.enters(t, "gone", good)
	if err := outstayed().Run(tenant.As(context.Background(), tenant.Actor{Tenant: b.id, Request: "round"}), tenanttest.DB(t)); err != nil {
		t.Fatal(err)
	}
	if b.alive(t, e.token) {
		t.Error("a session outlived the last day")
	}
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		m, err := findMember(ctx, tx, gone)
		if m.State != "locked" {
			t.Errorf("after the last day they are %s", m.State)
		}
		return err
	})
	b.enters(t, "stays", good)

	// They come in again once they have another last day, and not before.
	unlock := func() error {
		return b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := unlockMember(ctx, tx, byID{gone})
			return err
		})
	}
	extend := func(id uuid.UUID, name string, version int, until string) error {
		return b.write(t, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := editMember(ctx, tx, memberEdit{ID: id, Name: name, Until: &until, Version: version})
			return err
		})
	}
	if err := unlock(); !errors.Is(err, ErrOutstayed) {
		t.Errorf("letting in whose last day is over = %v, want ErrOutstayed", err)
	}
	if err := extend(gone, "乙", 2, today.AddDate(0, 0, -1).Format(time.DateOnly)); err != nil {
		t.Errorf("the same day again = %v, want that nothing is wrong with it", err)
	}
	for name, c := range map[string]struct {
		id    uuid.UUID
		until string
	}{"a day that is over": {gone, today.AddDate(0, 0, -2).Format(time.DateOnly)}, "a day of staff": {b.admin.Member, today.Format(time.DateOnly)}} {
		if err := extend(c.id, "乙", map[bool]int{true: 3, false: 1}[c.id == gone], c.until); !errors.Is(err, ErrUntil) {
			t.Errorf("%s = %v, want ErrUntil", name, err)
		}
	}
	if err := extend(gone, "乙", 3, today.AddDate(0, 1, 0).Format(time.DateOnly)); err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if err := outstayed().Run(tenant.As(context.Background(), tenant.Actor{Tenant: b.id, Request: "round"}), tenanttest.DB(t)); err != nil {
		t.Fatal(err)
	}
	b.enters(t, "gone", good)
	if err := extend(gone, "乙", 5, ""); err != nil {
		t.Errorf("without end = %v", err)
	}
	if n := audited(t, b, "org.member_until"); n != 2 {
		t.Errorf("the audit tells of %d changes of the last day, want 2", n)
	}
}

// The administrator of a department manages its people and nobody else (R268, R269).
func TestDepartmentAdministrator(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	room := b.department(t, b.desk, "机要科")
	deputy, clerk, chief := b.member(t, "deputy", b.desk), b.member(t, "clerk", room), b.member(t, "chief", b.root)
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: deputy.Member, Permission: Manage, ScopeKind: ScopeKind, ScopeID: &b.desk})
		return err
	})
	ctx := b.as(t, deputy)
	do := func(fn func(context.Context, *tenant.Tx) error) error {
		return tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error { return fn(ctx, tx) })
	}
	post := func(member uuid.UUID) (id uuid.UUID) {
		b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
			return tx.Get(ctx, &id, `select id from posts where member_id = $1`, member)
		})
		return id
	}
	parent := func(id uuid.UUID) NewDepartment { return NewDepartment{ParentID: &id, Name: "督查科", Kind: "dept"} }
	for name, c := range map[string]struct {
		run  func(context.Context, *tenant.Tx) error
		want error
	}{
		"locks who is above": {func(ctx context.Context, tx *tenant.Tx) error {
			_, err := lockMember(ctx, tx, because{chief.Member, "无"})
			return err
		}, rbac.ErrDenied},
		"locks the administrator": {func(ctx context.Context, tx *tenant.Tx) error {
			_, err := lockMember(ctx, tx, because{b.admin.Member, "无"})
			return err
		}, rbac.ErrDenied},
		"locks nobody": {func(ctx context.Context, tx *tenant.Tx) error {
			_, err := lockMember(ctx, tx, because{uuid.New(), "无"})
			return err
		}, ErrNoMember},
		"ends a post above": {func(ctx context.Context, tx *tenant.Tx) error {
			_, err := dropPost(ctx, tx, byID{post(chief.Member)})
			return err
		}, rbac.ErrDenied},
		"takes somebody from above": {func(ctx context.Context, tx *tenant.Tx) error {
			_, err := addPost(ctx, tx, newPost{chief.Member, Seat{DepartmentID: room}})
			return err
		}, rbac.ErrDenied},
		"sends somebody above": {func(ctx context.Context, tx *tenant.Tx) error {
			_, err := addPost(ctx, tx, newPost{clerk.Member, Seat{DepartmentID: b.root}})
			return err
		}, rbac.ErrDenied},
		"makes a department beside it": {func(ctx context.Context, tx *tenant.Tx) error {
			_, err := addDepartment(ctx, tx, parent(b.root))
			return err
		}, rbac.ErrDenied},
		"ends its own department": {func(ctx context.Context, tx *tenant.Tx) error {
			_, err := dropDepartment(ctx, tx, byID{b.desk})
			return err
		}, rbac.ErrDenied},
		"changes the rules": {func(ctx context.Context, tx *tenant.Tx) error {
			_, err := setRules(ctx, tx, PasswordRules{90, true, 0})
			return err
		}, rbac.ErrDenied},
		"makes a department below it": {func(ctx context.Context, tx *tenant.Tx) error {
			_, err := addDepartment(ctx, tx, parent(b.desk))
			return err
		}, nil},
		"locks their own": {func(ctx context.Context, tx *tenant.Tx) error {
			_, err := lockMember(ctx, tx, because{clerk.Member, "长期外出"})
			return err
		}, nil},
	} {
		if err := do(c.run); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s = %v, want %v", name, err, c.want)
		}
	}
	b.read(t, ctx, func(ctx context.Context, tx *tenant.Tx) error {
		l, err := listMembers(ctx, tx, memberList{})
		var logins []string
		for _, m := range l.Items {
			logins = append(logins, m.Login)
		}
		if slices.Contains(logins, "chief") || !slices.Contains(logins, "clerk") {
			t.Errorf("they see %v", logins)
		}
		return err
	})
}

// A login is the whole name in pinyin, with a number for namesakes (R242).
func TestPinyin(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"张三": "zhangsan", "单雄信": "shanxiongxin", "曾国华": "zengguohua", "解 放": "xiefang", "尉迟恭": "yuchigong", "欧阳修": "ouyangxiu",
		"王小 Bob": "wangxiaobob", "!?": "", "艾尼瓦尔·买买提·吐尔逊江阿卜杜拉": "ainiwaermaimaititu", "吕布": "lvbu",
	} {
		got := Pinyin(name)
		if name == "艾尼瓦尔·买买提·吐尔逊江阿卜杜拉" {
			if len(got) != longestLogin || got[:len(want)] != want {
				t.Errorf("%s = %s", name, got)
			}
			continue
		}
		if got != want {
			t.Errorf("%s = %s, want %s", name, got, want)
		}
	}
	b := newBureau(t)
	b.member(t, "zhangsan", b.desk)
	b.member(t, "zhangsan2", b.desk)
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		login, err := FreeLogin(ctx, tx, "张三", map[string]bool{"zhangsan3": true})
		if login != "zhangsan4" {
			t.Errorf("the fourth of a name = %s", login)
		}
		return err
	})
}
