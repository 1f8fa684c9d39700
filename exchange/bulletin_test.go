package exchange

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

type ctxT = context.Context

// adopted has a report of the bureau received and adopted by HQ, and returns
// both sides' envelopes.
func (w *world) adopted(t *testing.T, title string, into ...Journal) (out, in Envelope) {
	t.Helper()
	out, in = w.send(t, title)
	e, err := do(w.db, w.hq, receive, Versioned{ref{in.ID}, 1})
	in = must(t, e, err)
	for _, j := range into {
		e, err = do(w.db, w.hq, w.x.adopt, uptake{Versioned: Versioned{ref{in.ID}, in.Version}, JournalID: j.ID})
		in = must(t, e, err)
	}
	return out, in
}

// What a leader wrote on an adopted report goes back to who sent it, and is a
// good deed of theirs.
func TestInstruct(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, fresh := w.send(t, "未采用的")
	out, in := w.adopted(t, "险工除险", w.journal(t, w.hq, "河务信息", "own"))
	today := day(w.now(t))
	said := func(id uuid.UUID, version int, leader, on string) Remark {
		return Remark{Versioned{ref{id}, version}, leader, "请各市局借鉴。", on}
	}
	for _, tt := range []struct {
		name string
		as   person
		in   Remark
		want error
	}{
		{"another tenant's", w.stranger, said(in.ID, 3, "周厅长", today), ErrNotFound},
		{"the sender on their own", w.bureau, said(out.ID, 3, "周厅长", today), ErrNotFound},
		{"what nobody adopted", w.hq, said(fresh.ID, 1, "周厅长", today), ErrState},
		{"by nobody", w.hq, said(in.ID, 3, "  ", today), feature.ErrMissing},
		{"on a day to come", w.hq, said(in.ID, 3, "周厅长", "2999-01-01"), ErrDayAhead},
		{"an old version", w.hq, said(in.ID, 2, "周厅长", today), ErrStale},
		{"as it must be", w.hq, said(in.ID, 3, "周厅长", today), nil},
		{"sent twice", w.hq, said(in.ID, 3, "周厅长", today), ErrStale},
	} {
		_, err := do(w.db, tt.as, func(ctx ctxT, tx *tenant.Tx, n Remark) (Envelope, error) {
			if err := n.Validate(); err != nil {
				return Envelope{}, err
			}
			return instruct(ctx, tx, n)
		}, tt.in)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", tt.name, err, tt.want)
		}
	}
	p := w.page(t, w.bureau, out.ID)
	if len(p.Instructions) != 1 || p.Instructions[0].Leader != "周厅长" || p.Instructions[0].Text != "请各市局借鉴。" || p.Instructions[0].On != today {
		t.Errorf("the sender sees %+v", p.Instructions)
	}
	var news string
	w.get(t, w.bureau, &news, `select news from envelopes where id = $1 and untold`, out.ID)
	if news != "instructed" {
		t.Errorf("the sender is told of %q", news)
	}
	var n int
	w.get(t, w.hq, &n, `select count(*) from deeds where tenant_id = app_tenant() and kind = 'exchange.instructed' and unit_id = $1 and n = 1`, w.bureau.Tenant)
	if n != 1 {
		t.Errorf("%d deeds, want 1", n)
	}
}

// A bulletin counts what happened in its days; issued, it stays as it was,
// whatever comes after, at HQ and at those who got it (R240).
func TestBulletin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own, upper := w.journal(t, w.hq, "河务信息", "own"), w.journal(t, w.hq, "部委采用", "upper")
	_, in := w.adopted(t, "甲", own, upper)
	w.adopted(t, "乙", own)
	w.adopted(t, "丙")
	_, dropped := w.send(t, "丁")
	if _, err := do(w.db, w.hq, decline, refusal{Versioned{ref{dropped.ID}, 1}, "重复"}); err != nil {
		t.Fatal(err)
	}
	gone, _ := w.send(t, "撤回的")
	if _, err := do(w.db, w.bureau, recall, Versioned{ref{gone.ID}, 1}); err != nil {
		t.Fatal(err)
	}
	today := day(w.now(t))
	if _, err := do(w.db, w.hq, instruct, Remark{Versioned{ref{in.ID}, in.Version}, "周厅长", "好", today}); err != nil {
		t.Fatal(err)
	}
	w.ask(t, "约一篇", time.Minute)
	d, err := do(w.db, w.hq, draft, draftQuery{period: period{today, today}})
	d = must(t, d, err)
	if len(d.Items) != 2 || d.Items[0].Unit.Name != "东河市河务局" || d.Items[1].Sent != 0 {
		t.Fatalf("lines = %+v", d.Items)
	}
	got := d.Items[0]
	if len(got.Journals) != 2 || got.Journals[0].Text != "部委采用 1" || got.Journals[1].N != 2 {
		t.Errorf("journals = %+v", got.Journals)
	}
	got.Journals = nil
	want := Line{Unit: got.Unit, Sent: 4, Received: 3, Adopted: 2, Rate: "50.0", Own: 2, Upper: 1, Declined: 1, Instructed: 1, Asked: 1, Owing: 1}
	if !same(got, want) || d.Total.Sent != 4 || d.Total.Rate != "50.0" {
		t.Errorf("line = %+v\nwant   %+v\ntotal %+v", got, want, d.Total)
	}
	long := w.now(t).AddDate(0, 0, -30)
	before, err := do(w.db, w.hq, draft, draftQuery{period: period{day(long), day(long)}})
	if before = must(t, before, err); before.Total.Sent != 0 || before.Items[0].Rate != "" {
		t.Errorf("a month ago = %+v", before.Total)
	}
	for _, tt := range []struct {
		name string
		as   person
		in   issue
		want error
	}{
		{"days that are none", w.hq, issue{"通报", "2026-02-30", today}, feature.ErrMalformed},
		{"days the wrong way round", w.hq, issue{"通报", today, day(long)}, feature.ErrRange},
		{"days that are not over", w.hq, issue{"通报", today, "2999-01-01"}, feature.ErrRange},
		{"a day to come", w.hq, issue{"通报", today, day(w.now(t).AddDate(0, 0, 1))}, ErrDayAhead},
		{"with nobody below", w.county, issue{"县里的通报", today, today}, nil},
		{"as it must be", w.hq, issue{"三月通报", today, today}, nil},
	} {
		if _, err := do(w.db, tt.as, issueBulletin, tt.in); !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", tt.name, err, tt.want)
		}
	}
	w.adopted(t, "后来的", own)
	copies := map[*person]BulletinPage{}
	for _, p := range []*person{&w.hq, &w.bureau, &w.county} {
		l, err := do(w.db, *p, bulletins, bulletinQuery{})
		for _, b := range must(t, l, err).Items {
			if b.Title == "三月通报" {
				page, err := do(w.db, *p, bulletin, bulletinRef{ID: b.ID})
				copies[p] = must(t, page, err)
			}
		}
		if c := copies[p]; !c.Valid || c.Total.Sent != 4 || c.Items[0].Adopted != 2 || c.Hash != copies[&w.hq].Hash {
			t.Errorf("%s sees %+v", p.Name, c)
		}
	}
	for _, p := range []person{w.bureau, w.stranger} { // HQ's own row is HQ's
		if _, err := do(w.db, p, bulletin, bulletinRef{ID: copies[&w.hq].ID}); !errors.Is(err, ErrNoBulletin) {
			t.Errorf("%s reads HQ's row: %v", p.Name, err)
		}
	}
	id := copies[&w.bureau].ID
	if _, err := tenanttest.Admin(t).Exec(`update bulletins set figures = jsonb_set(figures, '{lines,0,adopted}', '9') where id = $1`, id); err != nil {
		t.Fatal(err)
	}
	if p, err := do(w.db, w.bureau, bulletin, bulletinRef{ID: id}); err != nil || p.Valid {
		t.Errorf("figures that were changed are called valid: %v", err)
	}
}

func same(a, b Line) bool {
	a.Journals, b.Journals = nil, nil
	return tenant.JSON(a) == tenant.JSON(b)
}

func TestRate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		part, whole int
		want        string
	}{{0, 0, ""}, {0, 3, "0.0"}, {1, 3, "33.3"}, {2, 3, "66.7"}, {1, 8, "12.5"}, {1, 16, "6.3"}, {5, 4, "125.0"}} {
		if got := rate(tt.part, tt.whole); got != tt.want {
			t.Errorf("rate(%d, %d) = %q, want %q", tt.part, tt.whole, got, tt.want)
		}
	}
}
