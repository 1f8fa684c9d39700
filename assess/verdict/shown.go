package verdict

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess"
	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
)

// A Shown is a notice as a unit sees it that it is about.
type Shown struct {
	Notice     Notice          `json:"notice"`
	RoundID    uuid.UUID       `json:"round_id"`
	RoundName  string          `json:"round_name"`
	SchemeName string          `json:"scheme_name"`
	IssuerName string          `json:"issuer_name"`
	From       string          `json:"from" format:"date"`
	To         string          `json:"to" format:"date"`
	Unit       assess.Unit     `json:"unit"`
	Class      string          `json:"class"`
	Rank       int             `json:"rank"`
	Units      int             `json:"units"`
	Total      decimal.Decimal `json:"total"`
	Grade      string          `json:"grade"` // by line, before any quota
	AppealBy   string          `json:"appeal_by" format:"date"`
	Left       int             `json:"left"`     // working days to appeal; below zero: over
	Decided    *Decided        `json:"decided"`  // null until it is published
	Replaced   bool            `json:"replaced"` // by a newer notice of the round: one appeals there
	Appealed   int             `json:"appealed"`
	Lines      []ShownLine     `json:"lines,omitempty"`   // only where one is asked for
	Posted     []Posted        `json:"posted,omitempty"`  // likewise
	Text       string          `json:"text,omitempty"`    // likewise: its SHA-256 is the digest of the notice
	Appeals    []Raised        `json:"appeals,omitempty"` // likewise
}

// A Decided is the grade a unit got in the end.
type Decided struct {
	Grade   string `json:"grade"`
	Meeting string `json:"meeting"`
	HeldOn  string `json:"held_on" format:"date"`
	Digest  string `json:"digest"` // of the decision on all units
}

// A ShownLine is a line of a score in a notice.
type ShownLine struct {
	ID       uuid.UUID       `json:"id"`
	RuleCode string          `json:"rule_code"`
	Name     string          `json:"name"`
	Part     string          `json:"part"`
	Formula  string          `json:"formula"`
	N        int             `json:"n"`
	Points   decimal.Decimal `json:"points"`
	Fixed    bool            `json:"fixed"` // it follows from other lines, against which one appeals
}

// follows reports whether a line only follows from others: caps, what totals are
// divided or normalised by, and corrections taken back.
func (l ShownLine) follows() bool {
	return l.Part == "limit" || strings.HasPrefix(l.RuleCode, "_") && !strings.Contains(l.Part, ":")
}

type shownRow struct {
	Notice
	Above     uuid.UUID              `db:"above"`
	RoundID   uuid.UUID              `db:"round_id"`
	RoundName string                 `db:"round_name"`
	Scheme    string                 `db:"scheme_name"`
	Issuer    string                 `db:"issuer_name"`
	From      string                 `db:"from_day"`
	To        string                 `db:"to_day"`
	Kind      string                 `db:"unit_kind"`
	UnitID    uuid.UUID              `db:"unit_id"`
	UnitName  string                 `db:"unit_name"`
	Class     string                 `db:"class"`
	Rank      int                    `db:"rank"`
	Ranked    int                    `db:"ranked"`
	Total     decimal.Decimal        `db:"total"`
	Grade     string                 `db:"grade"`
	Lines     tenant.Rows[ShownLine] `db:"lines"`
	Text      string                 `db:"text"`
	Leave     string                 `db:"leave"`
	Decided   tenant.Rows[Decided]   `db:"decided"`
	Appealed  int                    `db:"appealed"`
	Last      bool                   `db:"last"`
}

// shownQuery selects the notices about the reader's own units ($1: the member).
const shownQuery = `
	select ` + noticeColumns + `, n.tenant_id as above, n.round_id, n.round_name, n.scheme_name, n.issuer_name,
	       to_char(n.from_day, 'YYYY-MM-DD') as from_day, to_char(n.to_day, 'YYYY-MM-DD') as to_day, s.unit_kind, s.unit_id, s.unit_name,
	       s.class, s.rank, s.units as ranked, s.total, s.grade, s.lines, n.text, cardinality(n.subjects) as units,
	       coalesce((select to_char(max(l.until), 'YYYY-MM-DD') from verdict_leaves l
	                  where l.subject_tenant_id = app_tenant() and l.round_id = n.round_id and l.unit_id = s.unit_id), '') as leave,
	       coalesce((select jsonb_agg(jsonb_build_object('grade', g.grade, 'meeting', g.meeting, 'held_on', to_char(g.held_on, 'YYYY-MM-DD'),
	                   'digest', g.digest))
	                   from verdict_grades g
	                  where g.subject_tenant_id = app_tenant() and g.round_id = n.round_id and g.unit_id = s.unit_id), '[]') as decided,
	       (select count(*) from verdict_appeals a
	         where a.tenant_id = app_tenant() and a.notice_id = n.id and a.unit_id = s.unit_id and a.withdrawn_at is null) as appealed,
	       not exists (select from verdict_notices m where m.tenant_id = n.tenant_id and m.round_id = n.round_id and m.id > n.id) as last
	  from verdict_shown s
	  join verdict_notices n on n.tenant_id = s.tenant_id and n.id = s.notice_id
	 where s.subject_tenant_id = app_tenant()
	   and (s.unit_kind = 'tenant' or s.unit_id in (select department_id from posts where member_id = $1))`

func (r shownRow) shown(c calendar.Calendar, today calendar.Date) Shown {
	s := Shown{Notice: r.Notice, RoundID: r.RoundID, RoundName: r.RoundName, SchemeName: r.Scheme, IssuerName: r.Issuer, From: r.From, To: r.To,
		Unit: assess.Unit{Kind: r.Kind, ID: r.UnitID, Name: r.UnitName}, Class: r.Class, Rank: r.Rank, Units: r.Ranked, Total: r.Total,
		Grade: r.Grade, AppealBy: r.appealBy(), Appealed: r.Appealed, Replaced: !r.Last}
	s.Left = left(c, today, day(s.AppealBy))
	if len(r.Decided) > 0 {
		s.Decided = &r.Decided[0]
	}
	return s
}

// appealBy is the last day to appeal, with what was allowed to this unit.
func (r shownRow) appealBy() string { return max(r.AppealBy, r.Leave) }

type shownList struct{ feature.Page }

// Validate checks the cursor.
func (q shownList) Validate() error {
	if q.After == "" {
		return nil
	}
	id, unit, _ := strings.Cut(q.After, ".")
	for _, s := range []string{id, unit} {
		if _, err := uuid.Parse(s); err != nil {
			return feature.ErrMalformed.On("after")
		}
	}
	return nil
}

// shown lists the notices about the reader's units, newest first.
func (v *Verdicts) shown(ctx context.Context, tx *tenant.Tx, q shownList) (l feature.List[Shown], err error) {
	id, unit, _ := strings.Cut(q.After, ".")
	var rows []shownRow
	err = tx.Select(ctx, &rows, shownQuery+`
		   and ($2 = '' or (n.id, s.unit_id) < (nullif($2, '')::uuid, nullif($3, '')::uuid))
		 order by n.id desc, s.unit_id desc limit $4`, tx.Actor.Member, id, unit, q.Size()+1)
	if err != nil {
		return l, err
	}
	c, err := calendar.Load(ctx, tx)
	all := make([]Shown, len(rows))
	for i, r := range rows {
		all[i] = r.shown(c, calendar.DateOf(tx.Now))
	}
	return feature.Cut(all, q.Size(), func(s Shown) string { return s.Notice.ID.String() + "." + s.Unit.ID.String() }), err
}

// shownIn returns what one notice says about the reader's units, the lists, and
// what the units appealed against.
func (v *Verdicts) shownIn(ctx context.Context, tx *tenant.Tx, q ref) (l feature.List[Shown], err error) {
	var rows []shownRow
	err = tx.Select(ctx, &rows, shownQuery+` and n.id = $2 order by s.unit_name, s.unit_id`, tx.Actor.Member, q.ID)
	if err == nil && len(rows) == 0 {
		err = ErrNoNotice
	}
	if err != nil {
		return l, err
	}
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return l, err
	}
	l.Items = make([]Shown, len(rows))
	for i, r := range rows {
		s := r.shown(c, calendar.DateOf(tx.Now))
		s.Lines, s.Text = r.Lines, r.Text
		for j := range s.Lines {
			s.Lines[j].Fixed = s.Lines[j].follows()
		}
		if s.Posted, err = posted(r.Text); err != nil {
			return l, err
		}
		if s.Appeals, err = raisedOf(ctx, tx, r); err != nil {
			return l, err
		}
		l.Items[i] = s
	}
	return l, nil
}

// findShown returns what a notice shows about one of the reader's units.
func findShown(ctx context.Context, tx *tenant.Tx, noticeID, unit uuid.UUID) (r shownRow, err error) {
	err = tx.Get(ctx, &r, shownQuery+` and n.id = $2 and s.unit_id = $3`, tx.Actor.Member, noticeID, unit)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrNoNotice
	}
	return r, err
}

// A Raised is an appeal as the unit sees it that raised it.
type Raised struct {
	ID        uuid.UUID        `db:"id" json:"id"`
	EntryID   uuid.UUID        `db:"entry_id" json:"entry_id"`
	Line      string           `db:"line" json:"line"`
	Points    decimal.Decimal  `db:"points" json:"points"`   // as the notice shows them
	Claimed   *decimal.Decimal `db:"claimed" json:"claimed"` // what the unit says they should be
	Level     int              `db:"level" json:"level"`     // 2 is final
	FirstID   *uuid.UUID       `db:"first_id" json:"first_id"`
	Reason    string           `db:"reason" json:"reason"`
	URL       string           `db:"url" json:"url"`
	FileName  string           `db:"file_name" json:"file_name"` // empty: there is no file
	ByName    string           `db:"by_name" json:"by_name"`
	At        time.Time        `db:"at" json:"at"`
	State     string           `db:"state" json:"state" enum:"waiting,accepted,rejected,withdrawn"`
	Reasons   string           `db:"reasons" json:"reasons"` // of the answer
	Corrected *decimal.Decimal `db:"corrected" json:"corrected"`
	AgainBy   string           `db:"again_by" json:"again_by"` // until when one may appeal again; empty: not
	Answered  *time.Time       `db:"answered_at" json:"answered_at"`
}

const raisedQuery = `
	select a.id, a.entry_id, a.line, a.points, a.claimed, a.level, a.first_id, a.reason, a.url, a.file_name, a.by_name, a.at,
	       case when w.appeal_id is not null then w.outcome when a.withdrawn_at is not null then 'withdrawn' else 'waiting' end as state,
	       coalesce(w.reasons, '') as reasons, w.corrected, coalesce(to_char(w.again_by, 'YYYY-MM-DD'), '') as again_by, w.at as answered_at
	  from verdict_appeals a
	  left join verdict_answers w on w.appeal_id = a.id and w.tenant_id = a.above_id
	 where a.tenant_id = app_tenant()`

func raisedOf(ctx context.Context, tx *tenant.Tx, r shownRow) (all []Raised, err error) {
	all = []Raised{}
	err = tx.Select(ctx, &all, raisedQuery+` and a.notice_id = $1 and a.unit_id = $2 order by a.id`, r.ID, r.UnitID)
	return all, err
}
