package exchange

import (
	"context"
	"errors"
	"strings"
	"testing"

	"hetu/fault"
	"hetu/job"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// Both sides' people are told, once, in their own tenants.
func TestTell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.db.Write(w.hq, func(tx *tenant.Tx) error {
		_, err := rbac.Give(w.hq, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: w.hq.Member, Permission: Receive})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var round job.Round
	for _, r := range w.x.Feature().Rounds {
		round = r
	}
	tell := func(p person, want ...string) {
		t.Helper()
		for range 2 {
			if err := round.Run(tenant.As(context.Background(), tenant.Actor{Tenant: p.Tenant, Name: "system"}), w.db); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		err := w.db.Read(p, func(tx *tenant.Tx) error {
			return tx.Select(p, &got, `select code || ' ' || (params->>'title') || ' ' || (params->>'peer') || ' ' || href from notices where member_id = $1 order by id`, p.Member)
		})
		if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s was told\n%s\nwant\n%s\n%v", p.Name, strings.Join(got, "\n"), strings.Join(want, "\n"), err)
		}
	}
	out, in := w.send(t, "要闻")
	arrived := "exchange.arrived 要闻 东河市河务局 /exchange/envelopes/" + in.ID.String()
	received := "exchange.received 要闻 清河省河务局 /exchange/envelopes/" + out.ID.String()
	tell(w.hq, arrived)
	tell(w.bureau)
	if _, err := do(w.db, w.hq, receive, Versioned{ref{in.ID}, 1}); err != nil {
		t.Fatal(err)
	}
	tell(w.hq, arrived)
	tell(w.bureau, received)
	if _, err := do(w.db, w.bureau, recall, Versioned{ref{out.ID}, 2}); err != nil {
		t.Fatal(err)
	}
	tell(w.hq, arrived, strings.Replace(arrived, "arrived", "recalled", 1))
	tell(w.bureau, received)
	tell(w.stranger)
}

// What becomes of a report whose sender has left is told to those who report now.
func TestTellSuccessors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	next := newPerson(t, w.bureau.Tenant, "接任者")
	if err := w.db.Write(w.bureau, func(tx *tenant.Tx) error {
		_, err := rbac.Give(w.bureau, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: next.Member, Permission: Report})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	_, in := w.send(t, "要闻")
	if _, err := tenanttest.Admin(t).Exec(`update members set state = 'left' where id = $1`, w.bureau.Member); err != nil {
		t.Fatal(err)
	}
	if _, err := do(w.db, w.hq, receive, Versioned{ref{in.ID}, 1}); err != nil {
		t.Fatal(err)
	}
	if err := tell(tenant.As(context.Background(), tenant.Actor{Tenant: w.bureau.Tenant, Name: "system"}), w.db); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[*person]int{&w.bureau: 0, &next: 1} {
		var n int
		if w.get(t, *p, &n, `select count(*) from notices where code = 'exchange.received' and member_id = `+"'"+p.Member.String()+"'"); n != want {
			t.Errorf("%s was told %d times, want %d", p.Name, n, want)
		}
	}
}

func TestJournals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	name, blank, level := "新刊名", " ", "upper"
	one := 1
	foreign := w.journal(t, w.bureau, "别家刊物", "own")
	j := w.journal(t, w.hq, "河务信息", "own")
	w.journal(t, w.hq, "参阅", "own")
	for _, tt := range []struct {
		name string
		c    journalChange
		want error
	}{
		{"another tenant's", journalChange{ref: ref{foreign.ID}, Name: &name}, ErrNotFound},
		{"a blank name", journalChange{ref: ref{j.ID}, Name: &blank}, fault.New(fault.Invalid, "request.too_short")},
		{"a taken name", journalChange{ref: ref{j.ID}, Name: ptr("参阅")}, ErrJournalTaken},
		{"name and level", journalChange{ref: ref{j.ID}, Name: &name, Level: &level, Version: &one}, nil},
		{"an old version", journalChange{ref: ref{j.ID}, Name: &name, Version: &one}, ErrStale},
		{"without a version", journalChange{ref: ref{j.ID}, Kind: ptr("简报")}, nil},
	} {
		if _, err := do(w.db, w.hq, changeJournal, tt.c); !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", tt.name, err, tt.want)
		}
	}
	for d, want := range map[journalDraft]error{
		{Name: "参阅", Level: "own"}:   ErrJournalTaken,
		{Name: "　 ", Level: "own"}:   fault.New(fault.Invalid, "request.too_short"),
		{Name: "别家刊物", Level: "own"}: nil, // taken elsewhere is free here
	} {
		if _, err := do(w.db, w.hq, openJournal, d); !errors.Is(err, want) {
			t.Errorf("open %q = %v, want %v", d.Name, err, want)
		}
	}
	for range 2 {
		if err := w.db.Write(w.stranger, func(tx *tenant.Tx) error { return seed(w.stranger, tx) }); err != nil {
			t.Fatal(err)
		}
	}
	var n int
	w.get(t, w.stranger, &n, `select count(distinct level) from journals`)
	if n != 2 {
		t.Errorf("a new tenant has journals of %d levels, want 2", n)
	}
}

func ptr[T any](v T) *T { return &v }
