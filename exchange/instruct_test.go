package exchange

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// Who recorded an instruction may correct it until a bulletin has counted it:
// the old wording stays, the sender sees the new one and that it is one, and
// the good deed is counted once.
func TestCorrectInstruction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out, in := w.adopted(t, "险工除险", w.journal(t, w.hq, "河务信息", "own"))
	_, other := w.adopted(t, "另一篇", w.journal(t, w.hq, "参阅", "own"))
	today := day(w.now(t))
	e, err := do(w.db, w.hq, instruct, Remark{Versioned{ref{in.ID}, 3}, "周厅长", "请各市局借签。", today})
	in = must(t, e, err)
	id, colleague := in.Instructions[0].ID, newPerson(t, w.hq.Tenant, "温如言")
	said := func(envelope uuid.UUID, version int, text, on, why string) correction {
		return correction{Remark{Versioned{ref{envelope}, version}, "周厅长", text, on}, id, why}
	}
	for _, tt := range []struct {
		name string
		as   person
		in   correction
		want error
	}{
		{"not who recorded it", colleague, said(in.ID, 4, "请各市局借鉴。", today, "错字"), rbac.ErrDenied},
		{"another tenant's", w.stranger, said(in.ID, 4, "请各市局借鉴。", today, "错字"), ErrNotFound},
		{"the sender on their own", w.bureau, said(out.ID, 4, "请各市局借鉴。", today, "错字"), ErrNotFound},
		{"of another envelope", w.hq, said(other.ID, 3, "请各市局借鉴。", today, "错字"), ErrNotFound},
		{"without a reason", w.hq, said(in.ID, 4, "请各市局借鉴。", today, "　"), feature.ErrMissing},
		{"without words", w.hq, said(in.ID, 4, " ", today, "错字"), feature.ErrMissing},
		{"on a day to come", w.hq, said(in.ID, 4, "请各市局借鉴。", "2999-01-01", "错字"), ErrDayAhead},
		{"the same words", w.hq, said(in.ID, 4, "请各市局借签。", today, "错字"), ErrSameWords},
		{"an old version", w.hq, said(in.ID, 3, "请各市局借鉴。", today, "错字"), ErrStale},
		{"as it must be", w.hq, said(in.ID, 4, "请各市局借鉴。", today, "错字"), nil},
		{"sent twice", w.hq, said(in.ID, 4, "请各市局再借鉴。", today, "错字"), ErrStale},
		{"again", w.hq, said(in.ID, 5, "请各市局学习借鉴。", today, "漏字"), nil},
	} {
		_, err := do(w.db, tt.as, func(ctx ctxT, tx *tenant.Tx, c correction) (Envelope, error) {
			if err := c.Validate(); err != nil {
				return Envelope{}, err
			}
			return correct(ctx, tx, c)
		}, tt.in)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", tt.name, err, tt.want)
		}
	}
	p := w.page(t, w.hq, in.ID)
	if n := p.Instructions; len(n) != 1 || n[0].ID != id || n[0].Text != "请各市局学习借鉴。" || n[0].CorrectedAt == nil || n[0].Reason != "漏字" ||
		len(n[0].Before) != 2 || n[0].Before[0].Text != "请各市局借鉴。" || n[0].Before[1].Text != "请各市局借签。" {
		t.Errorf("the receiver sees %+v", n)
	}
	if len(p.Correctable) != 1 || p.Correctable[0] != id {
		t.Errorf("correctable = %v", p.Correctable)
	}
	if got := w.page(t, colleague, in.ID); len(got.Correctable) != 0 {
		t.Errorf("a colleague may correct %v", got.Correctable)
	}
	if b := w.page(t, w.bureau, out.ID); len(b.Instructions) != 1 || b.Instructions[0].Text != "请各市局学习借鉴。" || b.Instructions[0].CorrectedAt == nil ||
		b.Instructions[0].Reason != "漏字" || len(b.Instructions[0].Before) != 0 || len(b.Correctable) != 0 {
		t.Errorf("the sender sees %+v", b.Instructions)
	}
	var rows, deeds, noted int
	w.get(t, w.hq, &rows, `select count(*) from instructions where envelope_id = $1`, in.ID)
	w.get(t, w.hq, &deeds, `select count(*) from deeds where tenant_id = app_tenant() and kind = 'exchange.instructed' and unit_id = $1`, w.bureau.Tenant)
	w.get(t, w.hq, &noted, `select count(*) from audit_entries where action = 'exchange.instruction_corrected' and object = $1`, object(in.ID))
	if rows != 3 || deeds != 1 || noted != 2 {
		t.Errorf("%d wordings, %d deeds, %d audited, want 3, 1, 2", rows, deeds, noted)
	}
	d, err := do(w.db, w.hq, draft, draftQuery{period: period{today, today}})
	if d = must(t, d, err); d.Total.Instructed != 1 {
		t.Errorf("%d instructed, want 1", d.Total.Instructed)
	}
	if _, err := do(w.db, w.hq, issueBulletin, issue{"采用通报", today, today}); err != nil {
		t.Fatal(err)
	}
	if _, err := do(w.db, w.hq, correct, said(in.ID, 6, "好", today, "错字")); !errors.Is(err, ErrReckoned) {
		t.Errorf("after the bulletin = %v, want %v", err, ErrReckoned)
	}
	if got := w.page(t, w.hq, in.ID); len(got.Correctable) != 0 || got.Version != 6 {
		t.Errorf("after the bulletin %v may be corrected, version %d", got.Correctable, got.Version)
	}
}

// The sender is told of a correction once, and only if they were told of what
// it corrects; a report adopted again afterwards is no correction.
func TestCorrectionIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out, in := w.adopted(t, "要闻", w.journal(t, w.hq, "河务信息", "own"))
	today := day(w.now(t))
	news := func(want string) {
		t.Helper()
		var got string
		if w.get(t, w.bureau, &got, `select news from envelopes where id = $1 and untold`, out.ID); got != want {
			t.Errorf("the sender is told of %q, want %q", got, want)
		}
	}
	again := func(text string) {
		t.Helper()
		e, err := do(w.db, w.hq, correct, correction{Remark{Versioned{ref{in.ID}, in.Version}, "周厅长", text, today}, in.Instructions[0].ID, "错字"})
		in = must(t, e, err)
	}
	e, err := do(w.db, w.hq, instruct, Remark{Versioned{ref{in.ID}, in.Version}, "周厅长", "一", today})
	in = must(t, e, err)
	again("二")
	news("instructed")
	if err := tell(tenant.As(context.Background(), tenant.Actor{Tenant: w.bureau.Tenant, Name: "system"}), w.db); err != nil {
		t.Fatal(err)
	}
	again("三")
	news("instruction_corrected")
	e, err = do(w.db, w.hq, w.x.adopt, uptake{Versioned: Versioned{ref{in.ID}, in.Version}, JournalID: w.journal(t, w.hq, "参阅", "upper").ID})
	must(t, e, err)
	news("")
}

// The database keeps every wording, in the right place.
func TestInstructionsStand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, in := w.adopted(t, "险工除险", w.journal(t, w.hq, "河务信息", "own"))
	_, other := w.adopted(t, "另一篇", w.journal(t, w.hq, "参阅", "own"))
	e, err := do(w.db, w.hq, instruct, Remark{Versioned{ref{in.ID}, 3}, "周厅长", "好", day(w.now(t))})
	id := must(t, e, err).Instructions[0].ID
	const insert = `insert into instructions (id, envelope_id, leader, said, on_day, by_name, at, corrects, edition, why)
		values (gen_random_uuid(), $1, '甲', '乙', '2026-01-01', '丙', now(), $2, $3, $4)`
	for name, tt := range map[string]struct {
		args []any
		want string
	}{
		"on another envelope": {[]any{other.ID, id, 3, "错字"}, "instructions_corrects_fkey"},
		"as the first":        {[]any{in.ID, id, 1, "错字"}, "instructions_corrected_whole"},
		"without a reason":    {[]any{in.ID, id, 2, ""}, "instructions_corrected_whole"},
		"of nothing":          {[]any{in.ID, nil, 2, "错字"}, "instructions_corrected_whole"},
		"as it must be":       {[]any{in.ID, id, 2, "错字"}, ""},
	} {
		if err := w.try(t, w.hq, insert, tt.args...); tenant.Constraint(err) != tt.want || tt.want == "" && err != nil {
			t.Errorf("%s = %v, want %q", name, err, tt.want)
		}
	}
	for _, q := range []string{`delete from instructions`, `update instructions set why = 'x'`} {
		if err := w.try(t, w.hq, q); err == nil {
			t.Errorf("the application may %s", q)
		}
	}
}
