package exchange

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// ask has HQ ask its bureau for a report due in so long, and returns both
// sides' rows.
func (w *world) ask(t *testing.T, title string, in time.Duration) (SolicitationPage, Asked) {
	t.Helper()
	p, err := do(w.db, w.hq, solicit, newSolicitation{Audience: Audience{Targets: []uuid.UUID{w.bureau.Tenant}}, Title: title, Text: "请报送", DueAt: w.now(t).Add(in)})
	p = must(t, p, err)
	return p, w.askedOf(t, w.bureau, title)
}

func (w *world) askedOf(t *testing.T, p person, title string) Asked {
	t.Helper()
	l, err := do(w.db, p, askedList, askedQuery{})
	for _, a := range must(t, l, err).Items {
		if a.Title == title {
			return a
		}
	}
	t.Fatalf("nobody asks %s for %s", p.Name, title)
	return Asked{}
}

func (w *world) now(t *testing.T) (at time.Time) {
	t.Helper()
	w.get(t, w.hq, &at, `select now()`)
	return at
}

// overdue makes what was asked due before now, on both sides.
func overdue(t *testing.T, p SolicitationPage, a Asked) {
	t.Helper()
	for table, id := range map[string]uuid.UUID{"solicitations": p.ID, "asked": a.ID} {
		if _, err := tenanttest.Admin(t).Exec(`update `+table+` set due_at = now() - interval '1 hour' where id = $1`, id); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSolicit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	soon := w.now(t).Add(48 * time.Hour)
	closed := tenanttest.Tenant(t, w.hq.Tenant, "已停用单位")
	if _, err := tenanttest.Admin(t).Exec(`update platform.tenants set state = 'suspended' where id = $1`, closed); err != nil {
		t.Fatal(err)
	}
	to := func(ids ...uuid.UUID) Audience { return Audience{Targets: ids} }
	for _, tt := range []struct { // in order: another tenant, wrong input, success
		name string
		as   person
		in   newSolicitation
		want error
	}{
		{"a stranger", w.hq, newSolicitation{Audience: to(w.stranger.Tenant), Title: "题", DueAt: soon}, ErrNotBelow},
		{"nobody that ever was", w.hq, newSolicitation{Audience: to(w.bureau.Tenant, tenant.NewID()), Title: "题", DueAt: soon}, ErrNotBelow},
		{"oneself", w.hq, newSolicitation{Audience: to(w.hq.Tenant), Title: "题", DueAt: soon}, ErrNotBelow},
		{"who stands above", w.bureau, newSolicitation{Audience: to(w.hq.Tenant), Title: "题", DueAt: soon}, ErrNotBelow},
		{"who is suspended", w.hq, newSolicitation{Audience: to(closed), Title: "题", DueAt: soon}, ErrNotBelow},
		{"all, with nobody below", w.county, newSolicitation{Audience: Audience{All: true}, Title: "题", DueAt: soon}, ErrNobodyBelow},
		{"nobody", w.hq, newSolicitation{Title: "题", DueAt: soon}, feature.ErrMissing},
		{"no title", w.hq, newSolicitation{Audience: to(w.bureau.Tenant), Title: " ", DueAt: soon}, feature.ErrMissing},
		{"due before it is asked", w.hq, newSolicitation{Audience: to(w.bureau.Tenant), Title: "题", DueAt: w.now(t)}, ErrDuePast},
		{"a bureau", w.hq, newSolicitation{Audience: to(w.bureau.Tenant), Title: "防汛准备", DueAt: soon}, nil},
		{"all below, at every depth", w.hq, newSolicitation{Audience: Audience{All: true}, Title: "年度总结", DueAt: soon}, nil},
	} {
		p, err := do(w.db, tt.as, refusing(tt.in), tt.in)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", tt.name, err, tt.want)
		}
		if err == nil && (p.Waiting != p.Units || p.ReminderAt == nil || len(p.May) != 2) {
			t.Errorf("%s: %+v", tt.name, p)
		}
	}
	for p, want := range map[*person]int{&w.hq: 0, &w.bureau: 2, &w.county: 1, &w.stranger: 0} {
		l, err := do(w.db, *p, askedList, askedQuery{State: "owing"})
		if got := must(t, l, err).Items; len(got) != want {
			t.Errorf("%s is asked for %d, want %d", p.Name, len(got), want)
		}
	}
	var queued int
	if err := tenanttest.Admin(t).QueryRow(`
		select count(*) from river.river_job where args->>'name' = $1 and args->>'tenant' = $2 and scheduled_at > now() + interval '20 hours'`,
		remindWork, w.hq.Tenant).Scan(&queued); err != nil || queued != 2 {
		t.Errorf("%d reminders are to come, want 2: %v", queued, err)
	}
}

// An answer comes in time or late, is told to HQ with the report, and counts as
// a deed that knows which; taken back, it is owed again.
func TestAnswerSolicitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, mine := w.ask(t, "春灌情况", time.Hour)
	_, other := w.ask(t, "水库安全", time.Hour)
	item := func() uuid.UUID { return w.press.publish(w.bureau.Tenant, news("报 "+tenant.NewID().String())) }
	first := item()
	for _, tt := range []struct {
		name string
		as   person
		in   report
		want error
	}{
		{"what another tenant was asked", w.county, report{ItemID: w.press.publish(w.county.Tenant, news("县里的")), AskedID: &mine.ID}, ErrNotWaited},
		{"the asker's own row", w.bureau, report{ItemID: first, AskedID: &one.ID}, ErrNotWaited},
		{"to somebody else", w.bureau, report{ItemID: first, AskedID: &mine.ID, To: &w.county.Tenant}, ErrNotATarget},
		{"in time", w.bureau, report{ItemID: first, AskedID: &mine.ID}, nil},
		{"again", w.bureau, report{ItemID: item(), AskedID: &mine.ID}, ErrAnswered},
	} {
		if _, err := do(w.db, tt.as, w.x.report, tt.in); !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", tt.name, err, tt.want)
		}
	}
	state := func(id uuid.UUID) (string, *uuid.UUID) {
		t.Helper()
		p, err := do(w.db, w.hq, solicitation, ref{id})
		a := must(t, p, err).Answers[0]
		return a.State, a.EnvelopeID
	}
	got, in := state(one.ID)
	if got != "on_time" || in == nil {
		t.Fatalf("HQ sees %s %v", got, in)
	}
	if e := w.page(t, w.hq, *in); e.Solicitation == nil || e.Solicitation.ID != one.ID {
		t.Errorf("the report does not say what it answers: %+v", e.Solicitation)
	}
	late, lateAsk := w.ask(t, "旱情", time.Hour)
	overdue(t, late, lateAsk)
	if got, _ := state(late.ID); got != "overdue" {
		t.Errorf("HQ sees %s, want overdue", got)
	}
	sent, err := do(w.db, w.bureau, w.x.report, report{ItemID: item(), AskedID: &lateAsk.ID})
	sent = must(t, sent, err)
	if got, _ := state(late.ID); got != "late" || w.askedOf(t, w.bureau, "旱情").State != "late" {
		t.Errorf("HQ sees %s, want late", got)
	}
	for tardy, want := range map[bool]int{true: 1, false: 1} {
		var n int
		w.get(t, w.hq, &n, `select count(*) from deeds where kind = 'exchange.solicited_answer' and late = $1 and n = 1 and tenant_id = $2`, tardy, w.bureau.Tenant)
		if n != want {
			t.Errorf("%d deeds, late %v, want %d", n, tardy, want)
		}
	}
	if _, err := do(w.db, w.bureau, recall, Versioned{ref{sent.ID}, 1}); err != nil {
		t.Fatal(err)
	}
	if got, in := state(late.ID); got != "overdue" || in != nil || w.askedOf(t, w.bureau, "旱情").State != "overdue" {
		t.Errorf("after the report was recalled HQ sees %s %v", got, in)
	}
	var sum int
	w.get(t, w.hq, &sum, `select sum(n) from deeds where kind = 'exchange.solicited_answer' and late`)
	var balance int
	w.get(t, w.bureau, &balance, `select coalesce(sum(n), 0) from deeds where kind = 'exchange.solicited_answer'`)
	if balance != 1 {
		t.Errorf("the deeds add up to %d, want 1 (%d late ones)", balance, sum)
	}
	if _, err := do(w.db, w.bureau, w.x.report, report{ItemID: item(), AskedID: &lateAsk.ID}); err != nil {
		t.Errorf("what was recalled cannot be answered again: %v", err)
	}
	if other.State != "waiting" || w.askedOf(t, w.bureau, "水库安全").State != "waiting" {
		t.Errorf("what was not answered is %s", other.State)
	}
}

// refusing is solicit as the endpoint runs it.
func refusing(newSolicitation) func(ctx ctxT, tx *tenant.Tx, n newSolicitation) (SolicitationPage, error) {
	return func(ctx ctxT, tx *tenant.Tx, n newSolicitation) (SolicitationPage, error) {
		if err := n.Validate(); err != nil {
			return SolicitationPage{}, err
		}
		return solicit(ctx, tx, n)
	}
}

func TestUrgeRemindWithdraw(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _ := w.ask(t, "汛情日报", 30*time.Hour)
	for _, tt := range []struct {
		name string
		as   person
		want error
	}{
		{"another tenant's", w.bureau, ErrNoSolicitation},
		{"one's own", w.hq, nil},
		{"twice within the hour", w.hq, ErrUrged},
	} {
		if _, err := do(w.db, tt.as, urge, ref{p.ID}); !errors.Is(err, tt.want) {
			t.Errorf("urge %s = %v, want %v", tt.name, err, tt.want)
		}
	}
	if a := w.askedOf(t, w.bureau, "汛情日报"); a.Urges != 1 {
		t.Errorf("the bureau was urged %d times", a.Urges)
	}
	for range 2 {
		if err := remind(w.hq, w.db, []byte(tenant.JSON(remindArgs{p.ID}))); err != nil {
			t.Fatal(err)
		}
	}
	var n int
	w.get(t, w.bureau, &n, `select count(*) from audit_entries where action = 'exchange.reminded'`)
	if n != 1 {
		t.Errorf("the bureau was reminded %d times, want 1", n)
	}
	for _, tt := range []struct {
		name    string
		as      person
		version int
		want    error
	}{
		{"another tenant's", w.stranger, 2, ErrNoSolicitation},
		{"an old version", w.hq, 1, ErrStale},
		{"one's own", w.hq, 2, nil},
		{"again", w.hq, 3, ErrState},
	} {
		if _, err := do(w.db, tt.as, withdrawSolicitation, refusal{Versioned{ref{p.ID}, tt.version}, "已由专报代替"}); !errors.Is(err, tt.want) {
			t.Errorf("withdraw %s = %v, want %v", tt.name, err, tt.want)
		}
	}
	a := w.askedOf(t, w.bureau, "汛情日报")
	if a.State != "withdrawn" || a.Reason != "已由专报代替" {
		t.Errorf("the bureau sees %+v", a)
	}
	if _, err := do(w.db, w.bureau, w.x.report, report{ItemID: w.press.publish(w.bureau.Tenant, news("迟了")), AskedID: &a.ID}); !errors.Is(err, ErrState) {
		t.Errorf("an answer to what was withdrawn = %v", err)
	}
	if _, err := do(w.db, w.hq, urge, ref{p.ID}); !errors.Is(err, ErrState) {
		t.Errorf("urge after withdrawal = %v", err)
	}
}

// Whatever ids the application's role calls the functions with, nobody is asked
// by who does not stand above them, and no answer is made that was not sent
// (TI-03).
func TestForgedAsking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, a := w.ask(t, "真约稿", time.Hour)
	forged := tenant.NewID()
	forge := func(as person, unit uuid.UUID) uuid.UUID {
		id := tenant.NewID()
		err := w.db.Write(as, func(tx *tenant.Tx) error {
			_, err := tx.Exec(as, `insert into solicitations (id, title, body, due_at, by_name, sent_at) values ($1, '假', '', now(), '冒名', now())`, id)
			if err == nil {
				_, err = tx.Exec(as, `insert into solicited (solicitation_id, unit_id, unit_name, copy_id) values ($1, $2, 'x', $3)`, id, unit, a.ID)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	out, _ := w.send(t, "与约稿无关")
	for _, tt := range []struct {
		name  string
		as    person
		query string
		args  []any
		want  string
	}{
		{"another's solicitation", w.stranger, `select exchange_ask($1, $2)`, []any{p.ID, tenant.Array([]uuid.UUID{w.bureau.Tenant})}, "exchange_not_yours"},
		{"of a tenant above", w.bureau, `select exchange_ask($1, $2)`, []any{forge(w.bureau, w.hq.Tenant), tenant.Array([]uuid.UUID{w.hq.Tenant})}, "exchange_not_below"},
		{"of a stranger", w.hq, `select exchange_ask($1, $2)`, []any{forge(w.hq, w.stranger.Tenant), tenant.Array([]uuid.UUID{w.stranger.Tenant})}, "exchange_not_below"},
		{"over another solicitation's copy", w.hq, `select exchange_ask($1, $2)`, []any{forge(w.hq, w.bureau.Tenant), tenant.Array([]uuid.UUID{w.bureau.Tenant})}, "exchange_not_below"},
		{"an answer of another's", w.stranger, `select exchange_fulfil($1)`, []any{out.ID}, "exchange_not_yours"},
		{"an answer nobody asked for", w.bureau, `select exchange_fulfil($1)`, []any{out.ID}, "exchange_not_yours"},
		{"an answer that never was", w.bureau, `select exchange_fulfil($1)`, []any{forged}, "exchange_not_yours"},
		{"a bulletin of another's", w.stranger, `select exchange_circulate($1)`, []any{forged}, "exchange_not_yours"},
	} {
		if err := w.try(t, tt.as, tt.query, tt.args...); tenant.Constraint(err) != tt.want {
			t.Errorf("%s = %v, want %s", tt.name, err, tt.want)
		}
	}
	for _, q := range []string{
		`insert into asked (id, peer_id, peer_name, solicitation, title, body, kind, due_at, state, reason, news, urges, sent_at)
		 values (gen_random_uuid(), gen_random_uuid(), 'x', gen_random_uuid(), 'x', '', '', now(), 'open', '', 'asked', 0, now())`,
		`update asked set due_at = now() + interval '1 year'`,
		`update bulletins set figures = '{}'`,
		`update instructions set said = 'x'`,
		`update solicited set late = false`,
	} {
		if err := w.try(t, w.bureau, q); err == nil {
			t.Errorf("the application may %s", q)
		}
	}
}
