package publish

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// A Finding is what an inspector found wrong with an item, and what became of
// it: the unit accepts it or objects; of an objection the inspector decides;
// what stands is corrected, and the inspector confirms that. A finding nobody
// replied to stands.
type Finding struct {
	ID             uuid.UUID  `db:"id" json:"id"`
	InspectionID   uuid.UUID  `db:"inspection_id" json:"inspection_id"`
	InspectionName string     `db:"inspection_name" json:"inspection_name"`
	ItemID         uuid.UUID  `db:"item_id" json:"item_id"`
	ItemTitle      string     `db:"item_title" json:"item_title"`
	UnitName       string     `db:"unit_name" json:"unit_name"`
	Class          string     `db:"class" json:"class" enum:"format,wording,slow,other"`
	Severity       string     `db:"severity" json:"severity" enum:"minor,normal,grave"`
	Points         int        `db:"points" json:"points"` // it takes off the item's hundred
	Text           string     `db:"text" json:"text"`
	State          string     `db:"state" json:"state" enum:"open,accepted,objected,upheld,dropped,corrected,confirmed"`
	RecordedBy     string     `db:"recorded_name" json:"recorded_by"`
	RecordedAt     time.Time  `db:"recorded_at" json:"recorded_at"`
	Reply          string     `db:"reply" json:"reply"`
	RepliedBy      string     `db:"replied_name" json:"replied_by"`
	RepliedAt      *time.Time `db:"replied_at" json:"replied_at"`
	Correction     string     `db:"correction" json:"correction"`
	CorrectedBy    string     `db:"corrected_name" json:"corrected_by"`
	CorrectedAt    *time.Time `db:"corrected_at" json:"corrected_at"`
	Note           string     `db:"note" json:"note"` // what the inspector decided with
	DecidedBy      string     `db:"decided_name" json:"decided_by"`
	DecidedAt      *time.Time `db:"decided_at" json:"decided_at"`
	May            []string   `db:"-" json:"may" enum:"reply,correct,decide,confirm,retract"`
	Version        int        `db:"version" json:"version"`
}

// A findingRow is a finding with what decides who may do what.
type findingRow struct {
	Finding
	InspectionState string     `db:"inspection_state"`
	UnitID          uuid.UUID  `db:"unit_id"`
	DrafterID       uuid.UUID  `db:"drafter_id"`
	PublisherID     uuid.UUID  `db:"publisher_id"`
	Authors         tenant.IDs `db:"authors"`
	RecordedMember  uuid.UUID  `db:"recorded_by"`
	RecordedAccount uuid.UUID  `db:"recorded_account"`
	RepliedMember   *uuid.UUID `db:"replied_by"`
	RepliedAccount  *uuid.UUID `db:"replied_account"`
	ChangedBy       string     `db:"changed_by"`
	ChangedAt       time.Time  `db:"changed_at"`
	Inspecting      bool       `db:"inspecting"` // the actor is an inspector
	Later           bool       `db:"later"`      // and came in the place of another
	Stranded        bool       `db:"stranded"`   // no inspector is there who may decide
	Own             bool       `db:"own"`        // the actor answers for the item
}

const findingColumns = `f.id, f.inspection_id, n.name as inspection_name, n.state as inspection_state, f.item_id, x.title as item_title,
	x.unit_name, x.unit_id, x.drafter_id, x.publisher_id, x.authors, f.class, f.severity, f.points, f.text, f.state,
	f.recorded_by, f.recorded_account, f.recorded_name, f.recorded_at, f.reply, f.replied_by, f.replied_account, f.replied_name, f.replied_at,
	f.correction, f.corrected_name, f.corrected_at, f.note, f.decided_name, f.decided_at, f.version, f.changed_by, f.changed_at,
	exists (select from inspection_inspectors r where r.inspection_id = f.inspection_id and r.member_id = $1 and r.until is null) as inspecting,
	exists (select from inspection_inspectors r where r.inspection_id = f.inspection_id and r.member_id = $1 and r.in_place_of is not null) as later,
	not exists (select from ` + judging + `) as stranded,
	` + findingOwn + ` as own`

// findingOwn: whoever belongs to the unit answers for it, and so do those who
// drafted and published the item.
const findingOwn = `(x.drafter_id = $1 or x.publisher_id = $1
	or exists (select from subjects s where s.department_id = x.unit_id and s.member_id = $1))`

const findingFrom = `
	  from inspection_findings f
	  join inspection_items x on x.inspection_id = f.inspection_id and x.item_id = f.item_id
	  join inspections n on n.id = f.inspection_id`

func findingObject(id uuid.UUID) string { return "publish/finding/" + id.String() }

// findingOf returns a finding the actor sees.
func findingOf(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (f findingRow, err error) {
	err = tx.Get(ctx, &f, `select `+findingColumns+findingFrom+` where f.id = $2`, tx.Actor.Member, id)
	if errors.Is(err, tenant.ErrNoRows) || err == nil && !f.Own && !f.Inspecting && !oversees(ctx) {
		return f, ErrFindingNotFound
	}
	return f, err
}

// answers reports whether the actor may speak for the unit: not about what
// they recorded themselves.
func (f findingRow) answers(tx *tenant.Tx) bool {
	return f.Own && f.RecordedAccount != tx.Actor.Account
}

// judges reports whether the actor may decide as an inspector, or, if there is
// none who may, as one who leads inspections. Who comes later than the inspection
// decides nothing about their own unit.
func (f findingRow) judges(ctx context.Context, tx *tenant.Tx) bool {
	if slices.Contains(f.Authors, tx.Actor.Account) || f.RepliedMember != nil && *f.RepliedMember == tx.Actor.Member ||
		f.RepliedAccount != nil && *f.RepliedAccount == tx.Actor.Account {
		return false
	}
	if f.Inspecting {
		return !f.Later || !f.Own
	}
	return f.Stranded && !f.Own && may(ctx, Manage)
}

// finding returns the finding as the actor sees it.
func (f findingRow) finding(ctx context.Context, tx *tenant.Tx) Finding {
	f.May = []string{}
	rules := []struct {
		name string
		ok   bool
	}{
		{"reply", f.State == "open" && f.answers(tx)},
		{"correct", slices.Contains(standing, f.State) && f.answers(tx)},
		{"decide", f.State == "objected" && f.judges(ctx, tx)},
		{"confirm", f.State == "corrected" && f.judges(ctx, tx)},
		{"retract", f.State == "open" && f.RecordedMember == tx.Actor.Member},
	}
	for _, r := range rules {
		if r.ok && f.InspectionState == "open" {
			f.May = append(f.May, r.name)
		}
	}
	return f.Finding
}

// standing are the states in which the unit has to correct something.
var standing = []string{"accepted", "upheld"}

type findingQuery struct {
	feature.Page
	State string `json:"-" query:"state"` // todo: what waits for the unit; empty: all
}

// Validate refuses a state there is not.
func (q *findingQuery) Validate() error {
	if q.State != "" && q.State != "todo" {
		return feature.ErrChoice.On("state")
	}
	return nil
}

// listFindings lists the findings the actor answers for, newest first.
func listFindings(ctx context.Context, tx *tenant.Tx, q findingQuery) (l feature.List[Finding], err error) {
	after := uuid.Max
	if q.After != "" {
		if after, err = uuid.Parse(q.After); err != nil {
			return l, feature.ErrCursor
		}
	}
	var rows []findingRow
	err = tx.Select(ctx, &rows, `
		select `+findingColumns+findingFrom+`
		 where `+findingOwn+` and n.state <> 'cancelled' and f.id < $2
		   and ($3 = '' or f.state in ('open', 'accepted', 'upheld') and n.state = 'open')
		 order by f.id desc limit $4`, tx.Actor.Member, after, q.State, q.Size()+1)
	cut := feature.Cut(rows, q.Size(), func(f findingRow) string { return f.ID.String() })
	l.Next, l.Items = cut.Next, make([]Finding, len(cut.Items))
	for i, f := range cut.Items {
		l.Items[i] = f.finding(ctx, tx)
	}
	return l, err
}

// unit returns who answers for the item: its unit's head, its drafter and its
// publisher.
func (f findingRow) unit(ctx context.Context, tx *tenant.Tx) (to []uuid.UUID, err error) {
	err = tx.Select(ctx, &to, `
		select m.id from members m
		 where m.state = 'active' and (m.id in ($1, $2) or m.id in (select member_id from posts where department_id = $3 and head))`,
		f.DrafterID, f.PublisherID, f.UnitID)
	return to, err
}

// begin returns a finding of an open inspection in one of the given states, as
// the actor has read it.
func begin(ctx context.Context, tx *tenant.Tx, id uuid.UUID, version int, states ...string) (f findingRow, err error) {
	if f, err = findingOf(ctx, tx, id); err != nil {
		return f, err
	}
	var state string
	err = tx.Get(ctx, &state, `select state from inspections where id = $1 for share`, f.InspectionID)
	switch {
	case err != nil:
		return f, err
	case state != "open":
		return f, ErrInspectionEnded
	case f.Version != version:
		return f, f.stale()
	case !slices.Contains(states, f.State):
		return f, ErrState.With("state", f.State)
	}
	return f, nil
}

func (f findingRow) stale() error {
	return ErrStale.With("version", f.Version).With("changed_by", f.ChangedBy).With("changed_at", f.ChangedAt).With("changed", []string{"state"})
}

// turn changes the finding, sets what else there is to set, tells who is to
// know, and returns it as it is then. $1 to $5 are id, version, state, name, time.
func (f findingRow) turn(ctx context.Context, tx *tenant.Tx, to, set string, tell []uuid.UUID, args ...any) (Finding, error) {
	n, err := tx.Exec(ctx, `
		update inspection_findings set state = $3, version = version + 1, changed_by = $4, changed_at = $5, `+set+`
		 where id = $1 and version = $2`, append([]any{f.ID, f.Version, to, tx.Actor.Name, tx.Now}, args...)...)
	if err != nil {
		return Finding{}, err
	}
	now, err := findingOf(ctx, tx, f.ID)
	if err != nil {
		return Finding{}, err
	}
	if n == 0 {
		return Finding{}, now.stale()
	}
	tx.Audit("publish.finding_"+to, findingObject(f.ID), map[string]any{"inspection": f.InspectionID, "item": f.ItemID, "from": f.State, "inspector": f.Inspecting})
	return now.finding(ctx, tx), now.tell(ctx, tx, "publish.finding_"+to, tell...)
}

type reply struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Accept  bool      `json:"accept"`
	Reason  string    `json:"reason,omitempty" maxLength:"500"` // needed for an objection
	Version int       `json:"version" minimum:"1"`
}

// Validate refuses an objection without a reason.
func (r *reply) Validate() error {
	if r.Reason = line(r.Reason); r.Reason == "" && !r.Accept {
		return ErrReasonMissing
	}
	return nil
}

// replyTo is the unit's answer to a finding.
func replyTo(ctx context.Context, tx *tenant.Tx, in reply) (Finding, error) {
	f, err := begin(ctx, tx, in.ID, in.Version, "open")
	if err != nil {
		return Finding{}, err
	}
	if err := f.mayAnswer(tx); err != nil {
		return Finding{}, err
	}
	to := "objected"
	if in.Accept {
		to = "accepted"
	}
	tell, err := f.deciders(ctx, tx)
	if err != nil {
		return Finding{}, err
	}
	return f.turn(ctx, tx, to, `reply = $6, replied_by = $7, replied_account = $8, replied_name = $4, replied_at = $5`,
		tell, in.Reason, tx.Actor.Member, tx.Actor.Account)
}

func (f findingRow) mayAnswer(tx *tenant.Tx) error {
	switch {
	case f.answers(tx):
		return nil
	case f.Own:
		return ErrOwnFinding
	}
	return rbac.ErrDenied
}

type correction struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Text    string    `json:"text" maxLength:"500"` // what was done
	Version int       `json:"version" minimum:"1"`
}

// Validate refuses a correction that does not say what was done.
func (c *correction) Validate() error {
	if c.Text = line(c.Text); c.Text == "" {
		return ErrTextMissing
	}
	return nil
}

// correct records what the unit did about a finding that stands.
func correct(ctx context.Context, tx *tenant.Tx, in correction) (Finding, error) {
	f, err := begin(ctx, tx, in.ID, in.Version, standing...)
	if err != nil {
		return Finding{}, err
	}
	if err := f.mayAnswer(tx); err != nil {
		return Finding{}, err
	}
	tell, err := f.deciders(ctx, tx)
	if err != nil {
		return Finding{}, err
	}
	return f.turn(ctx, tx, "corrected", `correction = $6, corrected_name = $4, corrected_at = $5`, tell, in.Text)
}

type verdict struct {
	ID       uuid.UUID `json:"-" path:"id"`
	Decision string    `json:"decision" enum:"uphold,drop,confirm,again"`
	Note     string    `json:"note,omitempty" maxLength:"500"` // needed to uphold and to ask again
	Version  int       `json:"version" minimum:"1"`
}

// Validate refuses to uphold or to ask again without saying why.
func (v *verdict) Validate() error {
	if v.Note = line(v.Note); v.Note == "" && (v.Decision == "uphold" || v.Decision == "again") {
		return ErrReasonMissing.On("note")
	}
	return nil
}

// decide is an inspector's word on an objection (uphold, drop) or on a
// correction (confirm, or again: it is not enough). If no inspector is there who
// may say it, one who leads inspections does.
func decide(ctx context.Context, tx *tenant.Tx, in verdict) (Finding, error) {
	way := map[string]struct{ from, to string }{
		"uphold": {"objected", "upheld"}, "drop": {"objected", "dropped"},
		"confirm": {"corrected", "confirmed"}, "again": {"corrected", "upheld"},
	}[in.Decision]
	f, err := begin(ctx, tx, in.ID, in.Version, way.from)
	if err != nil {
		return Finding{}, err
	}
	if !f.judges(ctx, tx) {
		return Finding{}, ErrNotInspector
	}
	to, err := f.unit(ctx, tx)
	if err != nil {
		return Finding{}, err
	}
	return f.turn(ctx, tx, way.to, `note = $6, decided_name = $4, decided_at = $5`, to, in.Note)
}

type findingRef struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"-" query:"version"`
}

// retract takes a finding back that nobody replied to, by who recorded it.
func retract(ctx context.Context, tx *tenant.Tx, in findingRef) (none feature.None, err error) {
	f, err := begin(ctx, tx, in.ID, in.Version, "open")
	if err != nil {
		return none, err
	}
	if f.RecordedMember != tx.Actor.Member {
		return none, ErrNotInspector
	}
	n, err := tx.Exec(ctx, `delete from inspection_findings where id = $1 and version = $2 and state = 'open'`, f.ID, f.Version)
	if err == nil && n == 0 {
		if f, err = findingOf(ctx, tx, f.ID); err == nil {
			err = f.stale()
		}
		return none, err
	}
	tx.Audit("publish.finding_retracted", findingObject(f.ID), map[string]any{"inspection": f.InspectionID, "item": f.ItemID, "class": f.Class})
	return none, err
}
