package org

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func (b bureau) stateOf(t *testing.T, member uuid.UUID) (state string) {
	t.Helper()
	b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
		return tx.Get(ctx, &state, `select state from members where id = $1`, member)
	})
	return state
}

// Whoever was invited and locked before they came still comes by a link when they
// are unlocked (R230, R233).
func TestUnlockedBeforeComing(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	var id uuid.UUID
	b.must(t, func(ctx context.Context, tx *tenant.Tx) (err error) {
		id, err = Invite(ctx, tx, NewMember{Login: "zhangsan", Name: "张三", DepartmentID: b.desk})
		return err
	})
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := lockMember(ctx, tx, because{id, "暂缓报到"})
		return err
	})
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error { _, err := unlockMember(ctx, tx, byID{id}); return err })
	if s := b.stateOf(t, id); s != "invited" {
		t.Fatalf("unlocked without an account they are %s, want invited", s)
	}
	if _, err := b.arrive(context.Background(), tenanttest.DB(t), browser{}, activation{b.link(t, id), good, true}); err != nil {
		t.Fatal(err)
	}
	b.enters(t, "zhangsan", good)
}

// Who comes by choosing another password for the one-time one has come: a link
// for another account is for them no more (R243, R251).
func TestResetBeforeComing(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	made := b.invite(t, "xinlai")
	link := b.link(t, made.Member.ID)
	out, err := b.resetMember(b.ctx, deps(t), nil, asking{made.Member.ID, "person", "本人到场提出"})
	if err != nil {
		t.Fatal(err)
	}
	b.chooses(t, out.Token, "Other+Tide-9", nil)
	b.enters(t, "xinlai", "Other+Tide-9")
	if s := b.stateOf(t, made.Member.ID); s != "active" {
		t.Errorf("they are %s, want active", s)
	}
	if _, err := b.arrive(context.Background(), tenanttest.DB(t), browser{}, activation{link, "Somebody-else-1", true}); !errors.Is(err, ErrLink) {
		t.Errorf("the link from before = %v, want ErrLink", err)
	}
	if _, err := b.linkMember(b.ctx, deps(t), nil, byID{made.Member.ID}); !errors.Is(err, ErrState) {
		t.Errorf("a link for somebody who has come = %v, want ErrState", err)
	}
	b.enters(t, "xinlai", "Other+Tide-9")
}

// Nobody is taken in for a time that is over; the last day is one of theirs (R240).
func TestTakenInForATime(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	today := time.Now().In(china)
	for name, tt := range map[string]struct {
		until string
		ok    bool
	}{
		"to yesterday":       {today.AddDate(0, 0, -1).Format(time.DateOnly), false},
		"to the year nought": {"0000-01-01", false},
		"to tomorrow":        {today.AddDate(0, 0, 1).Format(time.DateOnly), true},
		"without end":        {"", true},
	} {
		login := "guest" + uuid.NewString()[:8]
		_, err := b.addMember(b.ctx, deps(t), nil, newMember{Name: "驻场", Login: login, DepartmentID: b.desk, Kind: "external", Until: tt.until})
		if (err == nil) != tt.ok || err != nil && (!errors.Is(err, ErrUntil) || fault.Of(err).Field != "until") {
			t.Errorf("%s = %v", name, err)
		}
	}
	b.read(t, b.ctx, func(_ context.Context, tx *tenant.Tx) error {
		if err := Ahead(tx, tx.Now.In(china).Format(time.DateOnly)); err != nil {
			t.Errorf("to today = %v", err)
		}
		return nil
	})
}

// Nobody gives themself a post that rights come with, by succeeding somebody either (AU-05).
func TestInheritOneself(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	room, plain, heir := b.department(t, b.root, "机要处"), b.department(t, b.root, "后勤处"), b.member(t, "heir", b.desk)
	leads := func(login string, in uuid.UUID) (id uuid.UUID) {
		b.must(t, func(ctx context.Context, tx *tenant.Tx) (err error) {
			id, err = AddMember(ctx, tx, NewMember{Login: login, Name: "人" + login, DepartmentID: in, Title: "处长", Head: true, Hash: quickHash(t, good)})
			return err
		})
		return id
	}
	lina, wang := leads("lina", room), leads("wang", plain)
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "department", SubjectID: room, Permission: "test.write"})
		return err
	})
	inherit := func(from, to uuid.UUID) error {
		return b.write(t, func(ctx context.Context, tx *tenant.Tx) error { _, err := Inherit(ctx, tx, from, to); return err })
	}
	if err := inherit(lina, b.admin.Member); !errors.Is(err, ErrOwnGrant) {
		t.Errorf("to oneself, with rights = %v, want ErrOwnGrant", err)
	}
	if err := inherit(wang, b.admin.Member); err != nil {
		t.Errorf("to oneself, without = %v", err)
	}
	if err := inherit(lina, heir.Member); err != nil {
		t.Errorf("to somebody else = %v", err)
	}
}

// None of the three administrators is managed by the administrator of their
// department: who hands an auditor a new password would be the auditor (AU-05, AZ-04).
func TestDepartmentOfAnAuditor(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	deputy, auditor := b.member(t, "deputy", b.desk), b.member(t, "auditor", b.desk)
	ctx := rbac.With(tenant.As(context.Background(), deputy), rbac.FixedOn(b.desk, Manage))
	reset := func() error {
		_, err := b.resetMember(ctx, deps(t), nil, asking{auditor.Member, "phone", "回拨本人电话确认"})
		return err
	}
	if err := reset(); err != nil {
		t.Fatalf("of a colleague = %v", err)
	}
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error { return Appoint(ctx, tx, auditor.Member, rbac.Auditor) })
	if err := reset(); !errors.Is(err, rbac.ErrDenied) {
		t.Errorf("of the auditor = %v, want ErrDenied", err)
	}
}

// Of two administrators one cannot be locked out while the other is sanctioned:
// whoever comes second is refused, at whatever moment.
func TestAdministratorsTakenTogether(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	second, security := b.member(t, "second", b.desk), b.member(t, "security", b.desk)
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error { return Appoint(ctx, tx, second.Member, rbac.Admin) })
	ctx := tenant.As(context.Background(), security)
	done := make(chan error, 1)
	sanction := func() {
		done <- tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
			_, err := rbac.Restrict(ctx, tx, rbac.NewRestriction{Member: b.admin.Member, Permissions: []rbac.Permission{Manage},
				StartsAt: tx.Now, EndsAt: tx.Now.Add(time.Hour), Reason: "违规", Basis: "人事〔2026〕7号"})
			if err != nil {
				return err
			}
			return Administered(ctx, tx)
		})
	}
	b.must(t, func(ctx context.Context, tx *tenant.Tx) error {
		if _, err := lockMember(ctx, tx, because{second.Member, "借用账号"}); err != nil {
			return err
		}
		go sanction()
		for waits := false; !waits && len(done) == 0; {
			err := tenanttest.Admin(t).QueryRow(`select exists (select from pg_locks where locktype = 'advisory' and not granted)`).Scan(&waits)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err := <-done; !errors.Is(err, ErrLastAdmin) {
		t.Errorf("the sanction of the last one = %v, want ErrLastAdmin", err)
	}
}

// The workbook of grants has a word for everything a right is given to.
func TestGrantSheet(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"member", "department", "everyone", "role", "post"} {
		if w := grantSheet.Columns[0].Words[kind]; w.ZH == "" || w.EN == "" {
			t.Errorf("no word for a %s", kind)
		}
	}
}
