package assess

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// Recorded is the kind of deed of what is entered by hand for one rule of a
// scheme: an event, a grade, a figure.
const Recorded = "assess.recorded"

// What can go wrong with records.
var (
	ErrRecordNotFound = fault.New(fault.NotFound, "assess.record_not_found")
	ErrRecordReversed = fault.New(fault.Conflict, "assess.record_reversed")
	ErrNotByHand      = fault.New(fault.Invalid, "assess.rule_not_by_hand") // the rule counts what the system records itself
	ErrLevelUnknown   = fault.New(fault.Invalid, "assess.level_unknown")
	ErrFigure         = fault.New(fault.Invalid, "assess.figure_malformed")
)

// recordOf begins the items of what is entered for a rule.
func recordOf(scheme uuid.UUID, code string) string {
	return "assess/scheme/" + scheme.String() + "/" + code + "/"
}

// A Record is what was entered by hand for a rule of a scheme. It is a deed:
// it counts from the day it is entered, and is never changed, only reversed.
type Record struct {
	ID       uuid.UUID `json:"id"`
	Rule     string    `json:"rule"` // its code
	Unit     Unit      `json:"unit"`
	Level    string    `json:"level"` // the level, grade or figure
	N        int       `json:"n"`
	Title    string    `json:"title"` // what it was, and where it is proved
	At       time.Time `json:"at"`
	ByName   string    `json:"by_name"`
	Reversed bool      `json:"reversed"`
}

type newRecord struct {
	ID    uuid.UUID `json:"-" path:"id"`
	Rule  string    `json:"rule" minLength:"1" maxLength:"32"`
	Unit  uuid.UUID `json:"unit"`
	Level string    `json:"level,omitempty" maxLength:"20"`
	N     int       `json:"n,omitempty" minimum:"1" maximum:"10000"` // 1 if missing
	Title string    `json:"title" minLength:"1" maxLength:"200"`
}

// Validate refuses a title of nothing but spaces.
func (in *newRecord) Validate() error { return feature.Trim(&in.Title, "title", 200) }

// enter records an event, a grade or a figure of a unit for a rule that counts
// what is entered by hand. Nobody enters it for a unit of their own.
func enter(ctx context.Context, tx *tenant.Tx, in newRecord) (r Record, err error) {
	s, _, err := findScheme(ctx, tx, in.ID, 0)
	switch {
	case err != nil:
		return r, err
	case s.State != "active":
		return r, ErrNotActive
	}
	unit, err := s.unit(in.Unit)
	if err != nil {
		return r, err
	}
	rule, err := s.byHand(in.Rule)
	if err != nil {
		return r, err
	}
	if err := rule.takes(in.Level); err != nil {
		return r, err
	}
	if err := disinterested(ctx, tx, unit.Kind, unit.ID); err != nil {
		return r, err
	}
	r = Record{Rule: rule.Code, Unit: unit, Level: in.Level, N: max(in.N, 1), Title: in.Title, At: tx.Now, ByName: tx.Actor.Name}
	r.ID = tx.Deed(tenant.Deed{Kind: Recorded, Unit: unit.ID, UnitKind: unit.Kind, Item: recordOf(s.ID, rule.Code) + tenant.NewID().String(),
		Title: in.Title, Level: in.Level, Count: r.N})
	tx.Audit("assess.recorded", "assess/scheme/"+s.ID.String(), map[string]any{"record": r.ID, "rule": rule.Code, "unit": unit.ID, "level": in.Level, "n": r.N})
	return r, nil
}

func (s Scheme) unit(id uuid.UUID) (Unit, error) {
	for _, u := range s.Units {
		if u.ID == id {
			return u, nil
		}
	}
	return Unit{}, ErrUnitUnknown.On("unit")
}

func (s Scheme) byHand(code string) (Spec, error) {
	for _, r := range s.Rules {
		if r.Code == code && r.DeedKind == Recorded {
			return r, nil
		}
	}
	return Spec{}, ErrNotByHand.On("rule")
}

// takes checks that a level is one the rule knows: a level, a grade, a figure.
func (s Spec) takes(level string) error {
	if s.Measure == "figure" {
		if _, ok := (Fact{Level: level}).Figure(); !ok {
			return ErrFigure.On("level")
		}
		return nil
	}
	if len(s.Grades) == 0 && len(s.Levels) == 0 && level == "" || s.asksFor(level) {
		return nil
	}
	for _, g := range s.Grades {
		if g.Grade == level {
			return nil
		}
	}
	for _, l := range s.Levels {
		if l.Level == level {
			return nil
		}
	}
	return ErrLevelUnknown.On("level")
}

type recordList struct {
	feature.Page
	ID   uuid.UUID `json:"-" path:"id"`
	Rule string    `json:"-" query:"rule"` // only those of this one
}

// Validate checks the cursor.
func (q recordList) Validate() error { return cursor(q.Page) }

type recordRow struct {
	ID       uuid.UUID `db:"id"`
	Item     string    `db:"item"`
	UnitKind string    `db:"unit_kind"`
	UnitID   uuid.UUID `db:"unit_id"`
	Level    string    `db:"level"`
	N        int       `db:"n"`
	Title    string    `db:"title"`
	At       time.Time `db:"at"`
	ByName   string    `db:"by_name"`
	Reversed bool      `db:"reversed"`
}

const recordColumns = `d.id, d.item, d.unit_kind, d.unit_id, d.level, d.n, d.title, d.at, coalesce(m.name, '') as by_name,
	exists (select from deeds b where b.tenant_id = d.tenant_id and b.reverses = d.id) as reversed
	  from deeds d left join members m on m.id = d.member_id
	 where d.tenant_id = app_tenant() and d.kind = 'assess.recorded' and d.reverses is null`

// records lists what was entered for a scheme, the newest first.
func records(ctx context.Context, tx *tenant.Tx, q recordList) (l feature.List[Record], err error) {
	s, _, err := findScheme(ctx, tx, q.ID, 0)
	if err != nil {
		return l, err
	}
	prefix := "assess/scheme/" + s.ID.String() + "/"
	if q.Rule != "" {
		prefix = recordOf(s.ID, q.Rule)
	}
	var rows []recordRow
	err = tx.Select(ctx, &rows, `select `+recordColumns+` and starts_with(d.item, $1) and ($2 = '' or d.id < nullif($2, '')::uuid)
		 order by d.id desc limit $3`, prefix, q.After, q.Size()+1)
	all := make([]Record, len(rows))
	for i, r := range rows {
		all[i] = r.record(s)
	}
	return feature.Cut(all, q.Size(), func(r Record) string { return r.ID.String() }), err
}

func (r recordRow) record(s Scheme) Record {
	unit, err := s.unit(r.UnitID)
	if err != nil {
		unit = Unit{Kind: r.UnitKind, ID: r.UnitID}
	}
	_, rest, _ := strings.Cut(strings.TrimPrefix(r.Item, "assess/scheme/"), "/")
	code, _, _ := strings.Cut(rest, "/")
	return Record{r.ID, code, unit, r.Level, r.N, r.Title, r.At, r.ByName, r.Reversed}
}

type takeBack struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Record uuid.UUID `json:"record"`
	Reason string    `json:"reason" minLength:"1" maxLength:"200"`
}

// Validate refuses a reason of nothing but spaces.
func (in *takeBack) Validate() error { return feature.Trim(&in.Reason, "reason", 200) }

// unenter takes a record back by a deed of its own: nothing is overwritten.
func unenter(ctx context.Context, tx *tenant.Tx, in takeBack) (r Record, err error) {
	s, _, err := findScheme(ctx, tx, in.ID, 0)
	if err != nil {
		return r, err
	}
	// One at a time: the second sees what the first one did.
	if _, err := tx.Exec(ctx, `select from assess_schemes where id = $1 for update`, s.ID); err != nil {
		return r, err
	}
	var row recordRow
	err = tx.Get(ctx, &row, `select `+recordColumns+` and d.id = $1 and starts_with(d.item, $2)`, in.Record, "assess/scheme/"+s.ID.String()+"/")
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return r, ErrRecordNotFound.On("record")
	case err != nil:
		return r, err
	case row.Reversed:
		return r, ErrRecordReversed
	}
	if err := disinterested(ctx, tx, row.UnitKind, row.UnitID); err != nil {
		return r, err
	}
	tx.Deed(tenant.Deed{Kind: Recorded, Unit: row.UnitID, UnitKind: row.UnitKind, Item: row.Item, Title: fmt.Sprintf("撤销：%s（%s）", row.Title, in.Reason),
		Level: row.Level, Count: row.N, Reverses: row.ID})
	tx.Audit("assess.record_reversed", "assess/scheme/"+s.ID.String(), map[string]any{"record": row.ID, "reason": in.Reason})
	row.Reversed = true
	return row.record(s), nil
}
