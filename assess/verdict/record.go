package verdict

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
	"hetu/tenant"
)

// Beside is what verdicts are beside the assessment: its gate, and their file in
// the packages of frozen rounds.
func Beside() assess.Beside {
	return assess.Beside{Gate: Gate, Appendix: assess.Appendix{File: recordFile, Write: writeRecord, Recheck: recheck}}
}

const (
	recordFile   = "verdict.json"
	recordFormat = "hetu-verdict/1"
)

// A record is how a round came to its grades, as the package of the frozen round
// has it. The filing is not in it: it names the package.
type record struct {
	Format    string          `json:"format"`
	Calendar  Calendar        `json:"calendar"`
	Steps     []recordStep    `json:"steps"`
	Permits   []recordPermit  `json:"permits"`
	Notices   []recordNotice  `json:"notices"`
	Appeals   []recordAppeal  `json:"appeals"`
	Grading   recordGrading   `json:"grading"`   // the one that was decided on
	Decisions []recordVerdict `json:"decisions"` // those that were annulled, too; the one that stands is the last
}

type recordStep struct {
	Step        string     `db:"step" json:"step"`
	Planned     string     `db:"planned" json:"planned"`
	Due         string     `db:"due" json:"due"`
	Responsible string     `db:"responsible_name" json:"responsible"`
	Leader      string     `db:"leader_name" json:"leader"`
	DoneAt      *time.Time `db:"done_at" json:"done_at"`
	DoneBy      string     `db:"done_by" json:"done_by"`
	Note        string     `db:"note" json:"note"`
}

type recordPermit struct {
	Step   string     `db:"step" json:"step"`
	Unit   *uuid.UUID `db:"unit_id" json:"unit_id"`
	Was    string     `db:"was" json:"was"`
	Until  string     `db:"until" json:"until"`
	Reason string     `db:"reason" json:"reason"`
	By     string     `db:"by_name" json:"by"`
	At     time.Time  `db:"at" json:"at"`
}

type recordNotice struct {
	ID       uuid.UUID `db:"id" json:"id"`
	OpenedOn string    `db:"opened_on" json:"opened_on"`
	Until    string    `db:"until" json:"until"`
	AppealBy string    `db:"appeal_by" json:"appeal_by"`
	Result   string    `db:"result_digest" json:"result"` // digest of the round then
	Text     string    `db:"text" json:"text"`
	Digest   string    `db:"digest" json:"digest"` // SHA-256 of the text
	At       time.Time `db:"at" json:"at"`
}

type recordAppeal struct {
	ID         uuid.UUID        `db:"id" json:"id"`
	Notice     uuid.UUID        `db:"notice_id" json:"notice_id"`
	UnitKind   string           `db:"unit_kind" json:"unit_kind"`
	UnitID     uuid.UUID        `db:"unit_id" json:"unit_id"`
	UnitName   string           `db:"unit_name" json:"unit_name"`
	Entry      uuid.UUID        `db:"entry_id" json:"entry_id"`
	Rule       string           `db:"rule_code" json:"rule"`
	Part       string           `db:"part" json:"part"`
	Line       string           `db:"line" json:"line"`
	Points     decimal.Decimal  `db:"points" json:"points"`
	Claimed    *decimal.Decimal `db:"claimed" json:"claimed"`
	Level      int              `db:"level" json:"level"`
	First      *uuid.UUID       `db:"first_id" json:"first_id"`
	Reason     string           `db:"reason" json:"reason"`
	URL        string           `db:"url" json:"url"`
	File       string           `db:"file_name" json:"file"`
	SHA256     string           `db:"file_sha256" json:"sha256"`
	By         string           `db:"by_name" json:"by"`
	RaisedOn   string           `db:"raised_on" json:"raised_on"`
	Withdrawn  *time.Time       `db:"withdrawn_at" json:"withdrawn_at"`
	Due        string           `db:"due" json:"due"`
	Outcome    string           `db:"outcome" json:"outcome"` // empty: withdrawn before it was answered
	Reasons    string           `db:"reasons" json:"reasons"`
	Corrected  *decimal.Decimal `db:"corrected" json:"corrected"`
	Adjustment *uuid.UUID       `db:"adjustment_id" json:"adjustment_id"`
	Answerer   string           `db:"answerer" json:"answered_by"`
	AnswererID *uuid.UUID       `db:"answerer_account" json:"answered_account"`
	Answered   *time.Time       `db:"answered_at" json:"answered_at"`
}

type recordGrading struct {
	ID     uuid.UUID             `db:"id" json:"id"`
	Result string                `db:"result_digest" json:"result"`
	Terms  tenant.Doc[terms]     `db:"terms" json:"terms"`
	Rows   tenant.Rows[GradeRow] `db:"rows" json:"rows"`
	By     string                `db:"by_name" json:"by"`
	ByAcc  uuid.UUID             `db:"by_account" json:"by_account"`
	At     time.Time             `db:"at" json:"at"`
}

type recordVerdict struct {
	ID       uuid.UUID             `db:"id" json:"id"`
	Grading  uuid.UUID             `db:"grading_id" json:"grading_id"`
	Result   string                `db:"result_digest" json:"result"`
	Meeting  string                `db:"meeting" json:"meeting"`
	Number   string                `db:"number" json:"number"`
	HeldOn   string                `db:"held_on" json:"held_on"`
	Chair    string                `db:"chair" json:"chair"`
	Rows     tenant.Rows[GradeRow] `db:"rows" json:"rows"`
	Digest   string                `db:"digest" json:"digest"` // SHA-256 of the rows
	By       string                `db:"by_name" json:"by"`
	ByAcc    uuid.UUID             `db:"by_account" json:"by_account"`
	At       time.Time             `db:"at" json:"at"`
	Annulled *time.Time            `db:"annulled_at" json:"annulled_at"`
	Annuller string                `db:"annulled_by" json:"annulled_by"`
	Why      string                `db:"annul_reason" json:"annul_reason"`
}

// writeRecord writes the record of a round that has a calendar.
func writeRecord(ctx context.Context, tx *tenant.Tx, round uuid.UUID, w io.Writer) error {
	r := record{Format: recordFormat, Steps: []recordStep{}, Permits: []recordPermit{}, Notices: []recordNotice{}, Appeals: []recordAppeal{}, Decisions: []recordVerdict{}}
	var err error
	if r.Calendar, err = findCalendar(ctx, tx, round); err != nil {
		if errors.Is(err, ErrNoCalendar) {
			return nil
		}
		return err
	}
	if err := r.read(ctx, tx, round); err != nil {
		return err
	}
	b, err := json.MarshalIndent(r, "", " ")
	if err == nil {
		_, err = w.Write(append(b, '\n'))
	}
	return err
}

func (r *record) read(ctx context.Context, tx *tenant.Tx, round uuid.UUID) error {
	for _, list := range []struct {
		into  any
		query string
	}{
		{&r.Steps, `select step, to_char(planned, 'YYYY-MM-DD') as planned, to_char(due, 'YYYY-MM-DD') as due, responsible_name, leader_name, done_at, done_by, note
			  from verdict_steps where round_id = $1 order by due, step`},
		{&r.Permits, `select step, unit_id, to_char(was, 'YYYY-MM-DD') as was, to_char(until, 'YYYY-MM-DD') as until, reason, by_name, at
			  from verdict_permits where round_id = $1 order by id`},
		{&r.Notices, `select id, to_char(opened_on, 'YYYY-MM-DD') as opened_on, to_char(until, 'YYYY-MM-DD') as until, to_char(appeal_by, 'YYYY-MM-DD') as appeal_by,
				result_digest, text, digest, at
			  from verdict_notices where round_id = $1 and tenant_id = app_tenant() order by id`},
		{&r.Appeals, `select id, notice_id, unit_kind, unit_id, unit_name, entry_id, rule_code, part, line, points, claimed, level, first_id, reason, url, file_name,
				file_sha256, by_name, raised_on, withdrawn_at, due, outcome, reasons, corrected, adjustment_id, answerer, answerer_account, answered_at
			  from (` + docketQuery + ` and a.round_id = $1) a order by id`},
		{&r.Decisions, `select id, grading_id, result_digest, meeting, number, to_char(held_on, 'YYYY-MM-DD') as held_on, chair, rows, digest, by_name, by_account, at,
				annulled_at, annulled_by, annul_reason
			  from verdict_decisions where round_id = $1 order by id`},
	} {
		if err := tx.Select(ctx, list.into, list.query, round); err != nil {
			return err
		}
	}
	d := r.decision()
	if d == nil {
		return ErrUndecided
	}
	// One made before its terms were kept was made by those of the calendar, in
	// the first edition.
	of := r.Calendar.terms()
	of.Edition = 0
	return tx.Get(ctx, &r.Grading, `
		select id, result_digest, coalesce(terms, $2::jsonb) as terms, rows, by_name, by_account, at from verdict_gradings where id = $1`,
		d.Grading, tenant.JSON(of))
}

// decision is the one that stands; nil if none does.
func (r record) decision() *recordVerdict {
	for i := range r.Decisions {
		if r.Decisions[i].Annulled == nil {
			return &r.Decisions[i]
		}
	}
	return nil
}

// recheck works the grades out again from the package alone, and checks the
// record against it: notices, appeals, grading and decision.
func recheck(file []byte, p assess.Packed) (said map[string]string, difference string, err error) {
	var r record
	if err := json.Unmarshal(file, &r); err != nil {
		return nil, "", err
	}
	if r.Format != recordFormat {
		return nil, "", fmt.Errorf("its format is %q, this program reads %q", r.Format, recordFormat)
	}
	d := r.decision()
	if d == nil {
		return nil, "no decision stands", nil
	}
	said = map[string]string{"decision": d.Digest, "meeting": d.Meeting, "held_on": d.HeldOn, "notices": fmt.Sprint(len(r.Notices)), "appeals": fmt.Sprint(len(r.Appeals))}
	for _, check := range []func(assess.Packed) string{r.strayedNotice, r.strayedAppeal, r.strayedGrading, r.strayedDecision} {
		if difference = check(p); difference != "" {
			return said, difference, nil
		}
	}
	return said, "", nil
}
