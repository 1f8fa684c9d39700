// Package assess is the annual target assessment: it scores departments and the
// tenants below by the deeds that the other features recorded.
//
// A scheme says which units are scored by which rules; each change makes a new
// version of it, and a round names the version it is worked out by. Every point
// of a score rests on deeds and opens the items behind them, and working a
// round out again gives the same bytes.
package assess

import (
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/rbac"
)

//go:embed migrations
var migrations embed.FS

// What one may do here.
const (
	Manage rbac.Permission = "assess.manage" // schemes, rounds, publishing
	View   rbac.Permission = "assess.view"   // every unit's score and what it rests on
	Own    rbac.Permission = "assess.own"    // what was published about one's own unit
)

// What can go wrong here.
var (
	ErrSchemeNotFound = fault.New(fault.NotFound, "assess.scheme_not_found")
	ErrRoundNotFound  = fault.New(fault.NotFound, "assess.round_not_found")
	ErrUnitNotFound   = fault.New(fault.NotFound, "assess.unit_not_found")
	ErrEntryNotFound  = fault.New(fault.NotFound, "assess.entry_not_found")
	ErrDeedNotFound   = fault.New(fault.NotFound, "assess.deed_not_found") // in this entry, by a tenant below
	ErrSampleGone     = fault.New(fault.NotFound, "assess.sample_gone")    // withdrawn, or not an item that was published

	ErrSampleNotFound = fault.New(fault.NotFound, "assess.sample_not_found") // of an item of one's own tenant

	ErrStale        = fault.New(fault.Conflict, "assess.stale")
	ErrNameTaken    = fault.New(fault.Conflict, "assess.name_taken")
	ErrSchemeClosed = fault.New(fault.Conflict, "assess.scheme_closed")
	ErrNotDraft     = fault.New(fault.Conflict, "assess.scheme_not_draft")
	ErrNotActive    = fault.New(fault.Conflict, "assess.scheme_not_active")
	ErrRoundClosed  = fault.New(fault.Conflict, "assess.round_closed")
	ErrPublished    = fault.New(fault.Conflict, "assess.round_published")
	ErrNotPublished = fault.New(fault.Conflict, "assess.round_not_published")
	ErrNotComputed  = fault.New(fault.Conflict, "assess.round_not_computed")
	ErrRunning      = fault.New(fault.Conflict, "assess.round_running")
	ErrChanged      = fault.New(fault.Conflict, "assess.round_changed")

	ErrUnitUnknown = fault.New(fault.Invalid, "assess.unit_unknown")
	ErrUnitTwice   = fault.New(fault.Invalid, "assess.unit_twice")
	ErrNoUnits     = fault.New(fault.Invalid, "assess.units_missing")
	ErrNoRules     = fault.New(fault.Invalid, "assess.rules_missing")
	ErrCodeTwice   = fault.New(fault.Invalid, "assess.rule_code_twice")
	ErrKindUnknown = fault.New(fault.Invalid, "assess.deed_kind_unknown")
	ErrKindBad     = fault.New(fault.Invalid, "assess.deed_kind_not_good")
	ErrLevels      = fault.New(fault.Invalid, "assess.levels_missing")
	ErrLevelTwice  = fault.New(fault.Invalid, "assess.level_twice")
	ErrTask        = fault.New(fault.Invalid, "assess.task_missing")
	ErrBase        = fault.New(fault.Invalid, "assess.base_points_missing")
	ErrBonusCap    = fault.New(fault.Invalid, "assess.bonus_cap_alone")
	ErrPoints      = fault.New(fault.Invalid, "assess.points_out_of_range")
	ErrDay         = fault.New(fault.Invalid, "assess.day_malformed")
	ErrPeriod      = fault.New(fault.Invalid, "assess.period_reversed")
	ErrYear        = fault.New(fault.Invalid, "assess.period_outside_year")
	ErrSubject     = fault.New(fault.Invalid, "assess.subject_unknown")
	ErrMonth       = fault.New(fault.Invalid, "assess.month_malformed")
)

// A Unit is who is scored: a department of the tenant, or a tenant below it.
// The two kinds are ranked apart (R302).
type Unit struct {
	Kind string    `json:"kind" db:"unit_kind" enum:"tenant,department"`
	ID   uuid.UUID `json:"id" db:"unit_id"`
	Name string    `json:"name" db:"unit_name"`
}

// A Scheme is how the units are scored in a year, as it stands at a version.
type Scheme struct {
	ID      uuid.UUID `json:"id"`
	Year    int       `json:"year"`
	Name    string    `json:"name"`
	State   string    `json:"state" enum:"draft,active,closed"`
	Version int       `json:"version"`
	Units   []Unit    `json:"units"`
	Rules   []Spec    `json:"rules"`
	Plan    Plan      `json:"plan"`
}

// A Round is one run of a version of a scheme over the days From to To, both
// included, as the calendar of Asia/Shanghai has them.
type Round struct {
	ID            uuid.UUID  `db:"id" json:"id"`
	SchemeID      uuid.UUID  `db:"scheme_id" json:"scheme_id"`
	SchemeVersion int        `db:"scheme_version" json:"scheme_version"`
	Name          string     `db:"name" json:"name"`
	From          string     `db:"from_day" json:"from" format:"date"`
	To            string     `db:"to_day" json:"to" format:"date"`
	State         string     `db:"state" json:"state" enum:"open,published,closed"`
	Version       int        `db:"version" json:"version"`
	Digest        string     `db:"digest" json:"digest"` // SHA-256 of the result; empty until computed
	Entries       int        `db:"entries" json:"entries"`
	ComputedAt    *time.Time `db:"computed_at" json:"computed_at"`
	Audience      string     `db:"audience" json:"audience"` // "ranking" or "own"; empty until published
	PublishedAt   *time.Time `db:"published_at" json:"published_at"`
	ClosedAt      *time.Time `db:"closed_at" json:"closed_at"`
	FrozenAt      *time.Time `db:"frozen_at" json:"frozen_at"`           // from then on nothing of it changes
	Live          string     `db:"live" json:"live" enum:",own,ranking"` // what the units may see of it while it is open; empty: nothing

	// Of a round of very many deeds: it is worked out from the roll-up, and Seen
	// are the deeds it rests on.
	Rolled bool    `db:"rolled" json:"-"`
	Seen   *string `db:"seen" json:"-"`

	Edition Edition `db:"edition" json:"-"` // its result is worked out by
}

// doc reads a column of type jsonb.
type doc[T any] struct{ V T }

// Scan decodes the column.
func (d *doc[T]) Scan(src any) error {
	switch b := src.(type) {
	case []byte:
		return json.Unmarshal(b, &d.V)
	case string:
		return json.Unmarshal([]byte(b), &d.V)
	}
	return fmt.Errorf("assess: %T is no document", src)
}
