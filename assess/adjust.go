package assess

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// Who may adjust what the rules give (R292): one proposes, another confirms.
const (
	Propose rbac.Permission = "assess.propose" // a correction, a bonus, a penalty or a veto
	Confirm rbac.Permission = "assess.confirm" // what another proposed
)

// The types of adjustments.
const (
	correction = "correction"
	bonus      = "bonus"
	penalty    = "penalty"
	veto       = "veto"
)

// eventRule stands in the lines of events where those of rules name the rule.
const eventRule = "_events"

// What can go wrong with adjustments.
var (
	ErrAdjustmentNotFound = fault.New(fault.NotFound, "assess.adjustment_not_found")
	ErrRuleNotFound       = fault.New(fault.NotFound, "assess.rule_not_found") // not one of the round's that scored the unit
	ErrOwnUnit            = fault.New(fault.Forbidden, "assess.own_unit")      // one's own unit is judged by others
	ErrSamePerson         = fault.New(fault.Forbidden, "assess.same_person")   // one's own proposal is judged by another
	ErrNotProposer        = fault.New(fault.Forbidden, "assess.not_proposer")

	ErrCorrected  = fault.New(fault.Conflict, "assess.line_corrected") // to be taken back first
	ErrEventTwice = fault.New(fault.Conflict, "assess.event_twice")    // the same title, media and day
	ErrReversed   = fault.New(fault.Conflict, "assess.adjustment_reversed")
	ErrDecided    = fault.New(fault.Conflict, "assess.adjustment_decided")
	ErrUnsettled  = fault.New(fault.Conflict, "assess.adjustment_not_confirmed")
	ErrOutdated   = fault.New(fault.Conflict, "assess.adjustment_outdated") // the system's value has changed since
	ErrUndecided  = fault.New(fault.Conflict, "assess.adjustments_open")

	ErrProof    = fault.New(fault.Invalid, "assess.proof_missing")
	ErrProofURL = fault.New(fault.Invalid, "assess.proof_url_malformed")
	ErrNeeded   = fault.New(fault.Invalid, "assess.field_missing")
	ErrFuture   = fault.New(fault.Invalid, "assess.day_ahead")
	ErrOutside  = fault.New(fault.Invalid, "assess.day_outside")
	ErrNothing  = fault.New(fault.Invalid, "assess.correction_changes_nothing")
)

// An Adjustment is a decision about a unit's score beside what the rules give.
// The system's value stays beside the corrected one.
type Adjustment struct {
	ID        uuid.UUID        `db:"id" json:"id"`
	RoundID   uuid.UUID        `db:"round_id" json:"round_id"`
	Unit      Unit             `db:"-" json:"unit"`
	Type      string           `db:"type" json:"type" enum:"correction,bonus,penalty,veto"`
	RuleCode  string           `db:"rule_code" json:"rule_code"`
	RuleName  string           `db:"rule_name" json:"rule_name"`
	Points    decimal.Decimal  `db:"points" json:"points"` // what it adds to the total once it is confirmed
	System    *decimal.Decimal `db:"system_points" json:"system"`
	Corrected *decimal.Decimal `db:"corrected_points" json:"corrected"`
	Effect    string           `db:"effect" json:"effect" enum:",no_excellent,one_grade_down,fail"`
	Title     string           `db:"title" json:"title"`
	Media     string           `db:"media" json:"media"`
	Day       *string          `db:"happened_on" json:"day"`
	Reason    string           `db:"reason" json:"reason"`
	URL       string           `db:"proof_url" json:"url"`
	FileID    *uuid.UUID       `db:"file_id" json:"file_id"`
	FileName  string           `db:"file_name" json:"file_name"`
	Digest    string           `db:"file_sha256" json:"file_sha256"`
	Reverses  *uuid.UUID       `db:"reverses" json:"reverses"` // the one it takes back
	Reversed  bool             `db:"reversed" json:"reversed"`
	State     string           `db:"state" json:"state" enum:"proposed,confirmed,rejected,withdrawn"`
	ByName    string           `db:"by_name" json:"by_name"`
	At        time.Time        `db:"at" json:"at"`
	Decided   string           `db:"decided_name" json:"decided_by"`
	DecidedAt *time.Time       `db:"decided_at" json:"decided_at"`
	Note      string           `db:"note" json:"note"`
	Own       bool             `db:"-" json:"own"` // the reader proposed it
}

type adjustmentRow struct {
	Adjustment
	UnitKind   string     `db:"unit_kind"`
	UnitID     uuid.UUID  `db:"unit_id"`
	UnitName   string     `db:"unit_name"`
	ByID       uuid.UUID  `db:"by_id"`
	ByAccount  uuid.UUID  `db:"by_account"`
	Deed       *uuid.UUID `db:"deed_id"`
	DecidedDay *string    `db:"decided_day"`
}

const adjustmentColumns = `id, round_id, unit_kind, unit_id, unit_name, type, rule_code, rule_name, points, system_points,
	corrected_points, effect, title, media, to_char(happened_on, 'YYYY-MM-DD') as happened_on, reason, proof_url, file_id, file_name,
	file_sha256, reverses, reversed, state, by_id, by_account, by_name, at, decided_name, decided_at,
	to_char(decided_day, 'YYYY-MM-DD') as decided_day, note, deed_id`

func (r adjustmentRow) shown(to tenant.Actor) Adjustment {
	a := r.Adjustment
	a.Unit, a.Own = Unit{r.UnitKind, r.UnitID, r.UnitName}, r.ByID == to.Member
	return a
}

// adjusted returns the row as the result of a round counts it.
func (r adjustmentRow) adjusted(of uuid.UUID) Adjusted {
	a := Adjusted{ID: r.ID, Type: r.Type, UnitKind: r.UnitKind, UnitID: r.UnitID, Rule: r.RuleCode, Name: r.RuleName, Points: r.Points,
		System: r.System, Corrected: r.Corrected, Effect: r.Effect, Formula: r.formula(), Reason: r.Reason, Proof: []Evidence{},
		By: r.ByName, Confirmed: r.Decided, Tenant: of, Reverses: r.Reverses}
	if r.URL != "" {
		a.Proof = append(a.Proof, Evidence{Name: r.Title, URL: r.URL})
	}
	if r.FileID != nil {
		a.Proof = append(a.Proof, Evidence{Name: r.FileName, SHA256: r.Digest})
	}
	if r.Deed != nil {
		a.Deed = *r.Deed
	}
	if r.DecidedDay != nil {
		a.Day = *r.DecidedDay
	}
	return a
}

var effectNames = map[string]string{"no_excellent": "不得评为优秀", "one_grade_down": "降低一个等次", "fail": "评为不合格"}

// formula reads 系统 205 分，更正为 200 分：重复报送.
func (r adjustmentRow) formula() string {
	var s string
	switch {
	case r.Type == correction && r.Reverses != nil:
		s = fmt.Sprintf("撤销更正，恢复为系统 %s 分", r.System)
	case r.Type == correction:
		s = fmt.Sprintf("系统 %s 分，更正为 %s 分", r.System, r.Corrected)
	default:
		s = r.Title
		if r.Media != "" {
			s += "，" + r.Media
		}
		if r.Day != nil {
			s += "，" + *r.Day
		}
		if r.Type == veto {
			s += "，" + effectNames[r.Effect]
		}
		if r.Reverses != nil {
			s = "撤销：" + s
		}
	}
	return s + "：" + r.Reason
}

// adjustedOf reads what was confirmed for a round, until the end of the day
// asOf unless that is empty.
func adjustedOf(ctx context.Context, tx *tenant.Tx, round uuid.UUID, asOf string) ([]Adjusted, error) {
	var rows []adjustmentRow
	err := tx.Select(ctx, &rows, `
		select `+adjustmentColumns+` from assess_adjustments
		 where round_id = $1 and state = 'confirmed' and ($2 = '' or decided_day <= nullif($2, '')::date)
		 order by id`, round, asOf)
	all := make([]Adjusted, len(rows))
	for i, r := range rows {
		all[i] = r.adjusted(tx.Actor.Tenant)
	}
	return all, err
}

type adjustmentList struct {
	feature.Page
	ID   uuid.UUID  `json:"-" path:"id"`
	Unit *uuid.UUID `json:"-" query:"unit"` // only those of this unit
}

// Validate checks the cursor.
func (q adjustmentList) Validate() error { return cursor(q.Page) }

// adjustments lists what was proposed for a round, newest first.
func adjustments(ctx context.Context, tx *tenant.Tx, q adjustmentList) (l feature.List[Adjustment], err error) {
	if _, err := findRound(ctx, tx, q.ID); err != nil {
		return l, err
	}
	var rows []adjustmentRow
	err = tx.Select(ctx, &rows, `
		select `+adjustmentColumns+` from assess_adjustments
		 where round_id = $1 and ($2::uuid is null or unit_id = $2) and ($3 = '' or id < nullif($3, '')::uuid)
		 order by id desc limit $4`, q.ID, q.Unit, q.After, q.Size()+1)
	all := make([]Adjustment, len(rows))
	for i, r := range rows {
		all[i] = r.shown(tx.Actor)
	}
	return feature.Cut(all, q.Size(), func(a Adjustment) string { return a.ID.String() }), err
}

func findAdjustment(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (r adjustmentRow, err error) {
	err = tx.Get(ctx, &r, `select `+adjustmentColumns+` from assess_adjustments where id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrAdjustmentNotFound
	}
	return r, err
}

func adjustmentOf(id uuid.UUID) string { return "assess/adjustment/" + id.String() }

// disinterested refuses whoever belongs to the unit: by a post in the
// department or one below it, or by a membership in the tenant (AS-04).
func disinterested(ctx context.Context, tx *tenant.Tx, kind string, unit uuid.UUID) error {
	var own bool
	err := tx.Get(ctx, &own, `
		select case $1 when 'tenant'
		  then exists (select from platform.account_tenants($2) t where t.tenant_id = $4)
		  else exists (select from posts p join departments d on d.id = p.department_id
		                where p.member_id = $3 and $4 = any (d.path)) end`, kind, tx.Actor.Account, tx.Actor.Member, unit)
	if err == nil && own {
		err = ErrOwnUnit
	}
	return err
}

// sameEvent is what two reports of one event have in common: title, media and
// day without case, width, spaces and punctuation.
func sameEvent(title, media, day string) string {
	plain := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r >= 0xff01 && r <= 0xff5e { // full width
				r -= 0xfee0
			}
			if unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsSymbol(r) {
				return -1
			}
			return unicode.ToLower(r)
		}, s)
	}
	return plain(title) + "|" + plain(media) + "|" + day
}
