package org

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"hetu/fault"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func (b bureau) standing(t *testing.T, state string) {
	t.Helper()
	plain(t, `update platform.tenants set state = $2 where id = $1`, b.id, state)
}

// spoken has an operator answer for a unit.
func (b bureau) spoken(login string, yes bool, db *tenant.DB) error {
	ctx := b.atServer()
	return db.Write(ctx, func(tx *tenant.Tx) error {
		_, err := Speak(ctx, tx, Manage, Word{What: ResetPassword, Login: login, How: "phone", Reason: "单位停用，回拨本人同意", Yes: yes})
		return err
	})
}

func (b bureau) unanswered(t *testing.T) (all []Unheard) {
	t.Helper()
	b.read(t, b.atServer(), func(ctx context.Context, tx *tenant.Tx) (err error) {
		all, err = Unanswered(ctx, tx, "factor.help")
		return err
	})
	return all
}

func (p both) state(t *testing.T) (s Sought) {
	t.Helper()
	p.units[0].read(t, p.units[0].ctx, func(ctx context.Context, tx *tenant.Tx) error {
		all, err := SoughtFor(ctx, tx, ResetPassword)
		for _, s = range all {
			if s.State == "open" || s.State == "ready" {
				return err
			}
		}
		return err
	})
	return s
}

// A unit that is closed is asked all the same, and while it is the operators
// answer for it: another's word alone would open its doors on the day it works
// again (R249, TI-11, TI-12).
func TestSpeakForClosedUnit(t *testing.T) {
	t.Parallel()
	p, db := shared(t, 3), tenanttest.DB(t)
	two, three := p.units[1], p.units[2]
	if err := two.spoken(p.login, true, db); !errors.Is(err, ErrNoConsent) {
		t.Errorf("before anybody asks = %v, want ErrNoConsent", err)
	}
	two.standing(t, "suspended")
	p.mustAsk(t)
	if s := p.state(t); s.Units != 2 || s.Closed != 1 {
		t.Errorf("it is asked of %d and %d are closed, want 2 and 1", s.Units, s.Closed)
	}
	if n, m := len(two.unanswered(t)), len(three.unanswered(t)); n != 1 || m != 0 {
		t.Errorf("%d and %d wait for an operator, want 1 and 0", n, m)
	}
	err := three.spoken(p.login, true, db)
	if people, _ := fault.Of(err).Meta["people"].([]string); !errors.Is(err, ErrSpeaks) || len(people) != 1 || people[0] != "管小理 (admin)" {
		t.Errorf("for a unit that works = %v %v, want ErrSpeaks and who", err, people)
	}
	if err := three.says(t, three.ctx, three.waiting(t, three.ctx)[0].ID, true); err != nil {
		t.Fatal(err)
	}
	if out, err := p.asks(t); !errors.Is(err, ErrConsentsOpen) {
		t.Errorf("without the closed unit's word = %+v, %v, want ErrConsentsOpen", out, err)
	}
	if err := two.spoken(p.login, true, db); err != nil {
		t.Fatal(err)
	}
	if err := two.spoken(p.login, false, db); !errors.Is(err, ErrConsentAnswered) {
		t.Errorf("a second word = %v, want ErrConsentAnswered", err)
	}
	if s := p.state(t); s.Closed != 0 || s.State != "ready" {
		t.Errorf("answered for, it is %+v", s)
	}
	two.standing(t, "active") // what was said for it stands
	out, err := p.asks(t)
	if err != nil || out.Token == "" {
		t.Fatalf("with all words = %+v, %v", out, err)
	}
	p.units[0].chooses(t, out.Token, "Other+Tide-9", nil)
	two.enters(t, p.login, "Other+Tide-9")
	w := two.waiting(t, two.ctx)
	if len(w) != 1 || w[0].State != "given" || w[0].DecidedBy != "平台运维" || w[0].AnswerNote != "单位停用，回拨本人同意" {
		t.Errorf("back at work the unit reads %+v", w)
	}
	if n := audited(t, two, "org.consent_spoken"); n != 1 {
		t.Errorf("it stands %d times in its audit, want once", n)
	}
	two.standing(t, "suspended")
	p.mustAsk(t)
	if err := two.spoken(p.login, false, db); err != nil {
		t.Fatal(err)
	}
	if _, err := p.asks(t); err != nil {
		t.Errorf("asked anew after a refusal = %v", err)
	}
}

// A unit in which nobody could answer besides the person and who asked is
// answered for, too (R249); it is one that speaks as soon as somebody can.
func TestSpeakWhereNobodyCan(t *testing.T) {
	t.Parallel()
	p, db := shared(t, 2), tenanttest.DB(t)
	one, two := p.units[0], p.units[1]
	asker := chiefOf(t, one, two)
	for _, m := range []any{asker, p.members[1]} {
		plain(t, `insert into grants (tenant_id, id, subject_kind, subject_id, permission) values ($1, gen_random_uuid(), 'member', $2, 'org.manage')`, two.id, m)
	}
	p.mustAsk(t)
	if err := two.spoken(p.login, true, db); !errors.Is(err, ErrSpeaks) {
		t.Errorf("while its administrator can = %v, want ErrSpeaks", err)
	}
	plain(t, `update members set state = 'locked' where id = $1`, two.admin.Member)
	plain(t, `delete from grants where subject_id = $1`, p.members[1]) // no administrator: who manages their department is somebody
	local := two.member(t, "benbu", two.desk)
	plain(t, `insert into grants (tenant_id, id, subject_kind, subject_id, permission, scope_kind, scope_id) values ($1, gen_random_uuid(), 'member', $2, 'org.manage', 'department', $3)`,
		two.id, local.Member, two.desk)
	err := two.spoken(p.login, true, db)
	if people, _ := fault.Of(err).Meta["people"].([]string); !errors.Is(err, ErrSpeaks) || len(people) != 1 || people[0] != "人benbu (benbu)" {
		t.Errorf("while the administrator of their department can = %v %v, want ErrSpeaks and who", err, people)
	}
	plain(t, `update grants set until = now() - interval '1 minute' where subject_id = $1`, local.Member)
	if n := len(two.unanswered(t)); n != 1 {
		t.Errorf("%d wait for an operator, want 1", n)
	}
	if err := two.spoken(p.login, true, db); err != nil {
		t.Errorf("where nobody can = %v", err)
	}
}

// A unit that is about to work again speaks for itself: an operator's word waits
// for it and comes too late; and it is not let go beside one.
func TestSpeakRacesResumption(t *testing.T) {
	t.Parallel()
	p, db := shared(t, 2), tenanttest.DB(t)
	two := p.units[1]
	two.standing(t, "suspended")
	p.mustAsk(t)
	admin := tenanttest.Admin(t)
	resuming, err := admin.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resuming.Rollback() }()
	if _, err := resuming.Exec(`update platform.tenants set state = 'active' where id = $1`, two.id); err != nil {
		t.Fatal(err)
	}
	var pid int
	if err := resuming.QueryRow(`select pg_backend_pid()`).Scan(&pid); err != nil {
		t.Fatal(err)
	}
	word := make(chan error, 1)
	go func() { word <- two.spoken(p.login, true, db) }()
	for waits := false; !waits; {
		select {
		case err := <-word:
			t.Fatalf("a word beside the resumption = %v, want that it waits", err)
		default:
		}
		if err := admin.QueryRow(`select exists (select from pg_stat_activity where $1 = any (pg_blocking_pids(pid)))`, pid).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
	if err := resuming.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-word; !errors.Is(err, ErrSpeaks) {
		t.Errorf("after the resumption = %v, want ErrSpeaks", err)
	}
	if err := two.says(t, two.ctx, two.waiting(t, two.ctx)[0].ID, true); err != nil {
		t.Errorf("the unit's own word = %v", err)
	}
}

// However often a unit is closed and let go while operators, its own
// administrator and the unit that asks act at once, it has one word, and no link
// is made without one.
func TestSpeakRaces(t *testing.T) {
	t.Parallel()
	p, db := shared(t, 2), tenanttest.DB(t)
	one, two := p.units[0], p.units[1]
	p.mustAsk(t)
	id := two.waiting(t, two.ctx)[0].ID
	var words, links atomic.Int32
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			switch i % 4 {
			case 0:
				if _, err := tenanttest.Admin(t).Exec(`update platform.tenants set state = $2 where id = $1`, two.id, []string{"suspended", "active"}[i/4%2]); err != nil {
					t.Error(err)
				}
			case 1:
				err := two.spoken(p.login, true, db)
				if err == nil {
					words.Add(1)
				} else if !errors.Is(err, ErrSpeaks) && !errors.Is(err, ErrConsentAnswered) {
					t.Errorf("an operator's word = %v", err)
				}
			case 2:
				err := two.says(t, two.ctx, id, true)
				if err == nil {
					words.Add(1)
				} else if !errors.Is(err, ErrConsentAnswered) {
					t.Errorf("the unit's word = %v", err)
				}
			default:
				out, err := one.resetMember(one.ctx, deps(t), nil, asking{ID: p.members[0]})
				if err == nil && out.Token != "" {
					links.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if words.Load() != 1 {
		t.Errorf("%d words, want one", words.Load())
	}
	var given int
	if err := tenanttest.Admin(t).QueryRow(`select count(*) from platform.consents where reset_id = $1 and state = 'given'`, id).Scan(&given); err != nil || given != 1 {
		t.Errorf("%d words are written down, %v (%d links)", given, err, links.Load())
	}
}
