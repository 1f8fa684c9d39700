package verdict

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
	"hetu/calendar"
	"hetu/tenant"
)

// A Notice shows the result of a round to the units, for some working days. What
// is shown is a text that never changes, and its digest.
type Notice struct {
	ID           uuid.UUID `db:"id" json:"id"`
	OpenedOn     string    `db:"opened_on" json:"opened_on" format:"date"`
	Until        string    `db:"until" json:"until" format:"date"`
	AppealBy     string    `db:"appeal_by" json:"appeal_by" format:"date"`
	AnswerDays   int       `db:"answer_days" json:"answer_days"`
	ResultDigest string    `db:"result_digest" json:"result_digest"` // of the round when it was opened
	Digest       string    `db:"digest" json:"digest"`               // SHA-256 of the text
	Units        int       `db:"units" json:"units"`
	At           time.Time `db:"at" json:"at"`
}

const noticeColumns = `n.id, to_char(n.opened_on, 'YYYY-MM-DD') as opened_on, to_char(n.until, 'YYYY-MM-DD') as until,
	to_char(n.appeal_by, 'YYYY-MM-DD') as appeal_by, n.answer_days, n.result_digest, n.digest, n.at`

// noticeOf returns the last notice of a round of the tenant; nil if there is none.
func noticeOf(ctx context.Context, tx *tenant.Tx, round uuid.UUID) (*Notice, error) {
	var n Notice
	err := tx.Get(ctx, &n, `
		select `+noticeColumns+`, (select count(*) from verdict_shown s where s.notice_id = n.id and s.tenant_id = app_tenant()) as units
		  from verdict_notices n where n.round_id = $1 and n.tenant_id = app_tenant() order by n.id desc limit 1`, round)
	if errors.Is(err, tenant.ErrNoRows) {
		return nil, nil
	}
	return &n, err
}

// over reports whether the notice and the time for appeals are over.
func (n Notice) over(now time.Time) bool {
	return calendar.DateOf(now).Compare(day(n.AppealBy)) > 0
}

// A Posted is one row of what a notice shows to everybody it is shown to.
type Posted struct {
	Kind  string          `json:"kind" enum:"tenant,department"`
	Class string          `json:"class"`
	Rank  int             `json:"rank"`
	Unit  string          `json:"unit"`
	Total decimal.Decimal `json:"total"`
	Grade string          `json:"grade"` // by line, before any quota
}

// noticeText is what a notice shows: one JSON array per line, the head first.
func noticeText(r assess.Round, scheme string, opened, until calendar.Date, rows []Posted) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode([]any{"notice", 1, scheme, r.Name, r.From, r.To, opened, until, r.Digest})
	for _, p := range rows {
		if err == nil {
			err = e.Encode([]any{p.Kind, p.Class, p.Rank, p.Unit, p.Total, p.Grade})
		}
	}
	return b.Bytes(), err
}

// posted reads what noticeText wrote.
func posted(text string) ([]Posted, error) {
	all := []Posted{}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	for i := 0; d.More(); i++ {
		var row []json.RawMessage
		if err := d.Decode(&row); err != nil {
			return nil, fmt.Errorf("verdict: the text of a notice: %w", err)
		}
		if i == 0 || len(row) != 6 {
			continue
		}
		var p Posted
		for j, into := range []any{&p.Kind, &p.Class, &p.Rank, &p.Unit, &p.Total, &p.Grade} {
			if err := json.Unmarshal(row[j], into); err != nil {
				return nil, fmt.Errorf("verdict: the text of a notice: %w", err)
			}
		}
		all = append(all, p)
	}
	return all, nil
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// A period is when a notice is shown and how long units may appeal.
type period struct{ opened, until, appealBy calendar.Date }

// mayNotice returns when a notice opened today would end, or what stands in the
// way of it: the period must be over, the result worked out, what two people
// decide about it decided, and no other notice be open.
func mayNotice(ctx context.Context, tx *tenant.Tx, r assess.Round) (d period, err error) {
	c, err := findCalendar(ctx, tx, r.ID)
	if err != nil {
		return d, err
	}
	if err := standing(ctx, tx, r.ID); err != nil {
		return d, err
	}
	today := calendar.DateOf(tx.Now)
	switch {
	case r.State != "open":
		return d, ErrPublished
	case today.Compare(day(r.To)) <= 0:
		return d, ErrRoundRunning
	case r.Digest == "":
		return d, assess.ErrNotComputed
	}
	if err := assess.Settled(ctx, tx, r.ID); err != nil {
		return d, err
	}
	n, err := noticeOf(ctx, tx, r.ID)
	switch {
	case err != nil:
		return d, err
	case n != nil && !n.over(tx.Now):
		return d, ErrNoticeOpen.With("until", n.AppealBy)
	}
	if err := appealsSettled(ctx, tx, r.ID); err != nil {
		return d, err
	}
	days, err := calendar.Load(ctx, tx)
	if err != nil {
		return d, err
	}
	d.opened = today
	d.until, _ = days.AddWorkdays(today, c.NoticeDays)
	d.appealBy, _ = days.AddWorkdays(today, max(c.NoticeDays, c.AppealDays))
	s, err := findStep(ctx, tx, r.ID, notice)
	if err == nil && s.DoneAt == nil && d.until.Compare(day(s.DueText)) > 0 {
		err = ErrLate.With("step", notice).With("due", s.DueText).With("until", d.until)
	}
	return d, err
}

// openNotice shows the result as it is now to the units it is about: the lists
// to all of them, and to each its own lines.
func (v *Verdicts) openNotice(ctx context.Context, tx *tenant.Tx, q ref) (p Page, err error) {
	r, err := held(ctx, tx, q.ID) // what is shown is the result that the notice names
	if err != nil {
		return p, err
	}
	// Two who open one at once: the second waits here and finds the first's.
	if _, err := tx.Exec(ctx, `update verdict_calendars set version = version where round_id = $1`, r.ID); err != nil {
		return p, err
	}
	d, err := mayNotice(ctx, tx, r)
	if err != nil {
		return p, err
	}
	b, err := basisOf(ctx, tx, r)
	if err != nil {
		return p, err
	}
	rows := make([]Posted, len(b.units))
	for i, u := range b.units {
		rows[i] = Posted{u.Unit.Kind, u.ClassName, u.Rank, u.Unit.Name, u.Total, u.line()}
	}
	text, err := noticeText(r, b.scheme.Name, d.opened, d.until, rows)
	if err != nil {
		return p, err
	}
	id := tenant.NewID()
	if err := saveNotice(ctx, tx, id, r, b, d, text); err != nil {
		return p, err
	}
	if err := showLines(ctx, tx, id, r.ID, b.units); err != nil {
		return p, err
	}
	tx.Audit("verdict.notice_opened", roundOf(r.ID), map[string]any{"notice": id, "digest": digestOf(text), "result": r.Digest, "until": d.until, "units": len(b.units)})
	return v.page(ctx, tx, q)
}

func saveNotice(ctx context.Context, tx *tenant.Tx, id uuid.UUID, r assess.Round, b basis, d period, text []byte) error {
	_, err := tx.Exec(ctx, `
		insert into verdict_notices (id, round_id, issuer_name, scheme_name, round_name, from_day, to_day, opened_on, until, appeal_by,
		                             answer_days, result_digest, text, digest, subjects, at)
		select $1, $2, (select name from platform.kin() where relation = 'self'), $3, $4, $5::date, $6::date, $7::date, $8::date, $9::date,
		       $10, $11, $12, $13, array(select distinct case unit_kind when 'tenant' then unit_id else app_tenant() end
		                                   from assess_scores where round_id = $2), $14`,
		id, r.ID, b.scheme.Name, r.Name, r.From, r.To, d.opened.String(), d.until.String(), d.appealBy.String(), b.calendar.AnswerDays, r.Digest,
		string(text), digestOf(text), tx.Now)
	return err
}

// showLines shows each unit its lines.
func showLines(ctx context.Context, tx *tenant.Tx, noticeID, round uuid.UUID, units []placed) error {
	var kinds, ids, classes, grades []string
	for _, u := range units {
		kinds, ids = append(kinds, u.Unit.Kind), append(ids, u.Unit.ID.String())
		classes, grades = append(classes, u.ClassName), append(grades, u.line())
	}
	_, err := tx.Exec(ctx, `
		insert into verdict_shown (notice_id, round_id, subject_tenant_id, unit_kind, unit_id, unit_name, class, rank, units, total, grade, lines)
		select $1, $2, case s.unit_kind when 'tenant' then s.unit_id else app_tenant() end, s.unit_kind, s.unit_id, s.unit_name, u.class, s.rank,
		       (select count(*) from assess_scores o where o.round_id = $2 and o.unit_kind = s.unit_kind and o.class = s.class), s.total, u.grade,
		       coalesce(e.lines, '[]')
		  from unnest($3::text[], $4::uuid[], $5::text[], $6::text[]) as u (kind, id, class, grade)
		  join assess_scores s on s.round_id = $2 and s.unit_kind = u.kind and s.unit_id = u.id
		  left join (select unit_kind, unit_id,
		               jsonb_agg(jsonb_build_object('id', id, 'rule_code', rule_code, 'name', rule_name, 'part', part, 'formula', formula,
		                 'n', n, 'points', points::text) order by seq) as lines
		          from assess_entries where round_id = $2 group by unit_kind, unit_id) e
		    on e.unit_kind = s.unit_kind and e.unit_id = s.unit_id`,
		noticeID, round, tenant.Array(kinds), tenant.Array(ids), tenant.Array(classes), tenant.Array(grades))
	return err
}
