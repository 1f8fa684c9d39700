package publish

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/rbac"
	"hetu/tenant"
)

// A Person is somebody who had a part in an item, by the name they had then.
type Person struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
}

// A Reviewer is who passed an item at a level.
type Reviewer struct {
	ID     uuid.UUID       `json:"id"`
	Name   string          `json:"name"`
	Level  int             `json:"level"`
	At     time.Time       `json:"at"`
	Checks map[string]bool `json:"checks"`                  // what they confirmed (R004)
	Step   string          `json:"step" enum:"review,sign"` // sign: the supervising leader's sign-off (R034)
}

// An Attachment is a file that belongs to an item.
type Attachment struct {
	ID       uuid.UUID `json:"id"`
	Name     string    `json:"name"`
	Summary  string    `json:"summary"`
	FileName string    `json:"file_name"`
	Size     int64     `json:"size"`
	Type     string    `json:"type"`
	Gone     bool      `json:"gone"` // it was taken off the item later: there is no file any more
}

// A Line is an item as a list shows it.
type Line struct {
	ID             uuid.UUID  `json:"id"`
	ColumnID       uuid.UUID  `json:"column_id"`
	ColumnName     string     `json:"column_name"`
	Kind           string     `json:"kind" enum:"news,notice,announcement,briefing"`
	State          string     `json:"state" enum:"draft,review,approved,published,withdrawn"`
	Title          string     `json:"title"`
	Drafter        Person     `json:"drafter"`
	Publisher      *Person    `json:"publisher"`
	DepartmentID   *uuid.UUID `json:"department_id"`
	DepartmentName string     `json:"department_name"`
	Revision       int        `json:"revision"`
	CreatedAt      time.Time  `json:"created_at"`
	SubmittedAt    *time.Time `json:"submitted_at"`
	PublishedAt    *time.Time `json:"published_at"`
	WithdrawnAt    *time.Time `json:"withdrawn_at"`
	Cover          *Cover     `json:"cover"`
	Audience       string     `json:"audience" enum:"readers,departments,all"` // readers: everybody who may read its column
	EventDate      *string    `json:"event_date"`                              // YYYY-MM-DD, when it happened
	ValidUntil     *string    `json:"valid_until"`                             // YYYY-MM-DD, the last day
	Expired        bool       `json:"expired"`                                 // that day is over: no reading list has it any more
	Read           bool       `json:"read"`
	ReadCount      int        `json:"read_count"`
	May            []string   `json:"may" enum:"edit,submit,recall,publish,schedule,unschedule,copy,withdraw,report,delete"`
	Version        int        `json:"version"`
}

// An Item is an item in full.
type Item struct {
	Line
	BodyHTML        string       `json:"body_html"`
	Source          string       `json:"source"`
	Editor          *Person      `json:"editor"`
	Reviewers       []Reviewer   `json:"reviewers"`
	ContentHash     string       `json:"content_hash"`
	CaseID          *uuid.UUID   `json:"case_id"`
	WithdrawnBy     *Person      `json:"withdrawn_by"`
	NoticedAt       *time.Time   `json:"noticed_at"`
	WithdrawReason  string       `json:"withdraw_reason"`
	WithdrawMinutes *int         `json:"withdraw_minutes"`
	Attachments     []Attachment `json:"attachments"`
	Departments     []Person     `json:"audience_departments"` // it is meant for them and all below them
	Origin          *Person      `json:"origin"`               // the item it was copied from and what that was called; to those who answer for it
	Schedule        *Schedule    `json:"schedule"`             // of an item that has passed
	Superseded      bool         `json:"superseded"`           // what the actor once decided on; the item has been changed since
	Revisions       bool         `json:"revisions"`            // the actor may look into what it has been
}

// A row is an item as the database has it, with what decides who may do what.
type row struct {
	ID              uuid.UUID               `db:"id"`
	ColumnID        uuid.UUID               `db:"column_id"`
	ColumnName      string                  `db:"column_name"`
	ColumnPath      tenant.IDs              `db:"column_path"`
	ColumnState     string                  `db:"column_state"`
	ColumnUnit      *uuid.UUID              `db:"column_unit"`   // the department whose column it is
	ColumnLevels    int                     `db:"column_levels"` // of review
	Kind            string                  `db:"kind"`
	State           string                  `db:"state"`
	Title           string                  `db:"title"`
	BodyHTML        string                  `db:"body_html"`
	Source          string                  `db:"source"`
	DrafterID       uuid.UUID               `db:"drafter_id"`
	DrafterAccount  uuid.UUID               `db:"drafter_account"`
	DrafterName     string                  `db:"drafter_name"`
	EditorID        *uuid.UUID              `db:"editor_id"`
	EditorName      string                  `db:"editor_name"`
	PublisherID     *uuid.UUID              `db:"publisher_id"`
	PublisherName   string                  `db:"publisher_name"`
	DepartmentID    *uuid.UUID              `db:"department_id"`
	DepartmentName  string                  `db:"department_name"`
	Revision        int                     `db:"revision"`
	ContentHash     string                  `db:"content_hash"`
	ApprovedHash    *string                 `db:"approved_hash"`
	CaseID          *uuid.UUID              `db:"case_id"`
	DeedID          *uuid.UUID              `db:"deed_id"`
	DeedUnit        *uuid.UUID              `db:"deed_unit"`
	DeedUnitKind    string                  `db:"deed_unit_kind"`
	CreatedAt       time.Time               `db:"created_at"`
	SubmittedAt     *time.Time              `db:"submitted_at"`
	PublishedAt     *time.Time              `db:"published_at"`
	WithdrawnID     *uuid.UUID              `db:"withdrawn_id"`
	WithdrawnName   string                  `db:"withdrawn_name"`
	WithdrawnAt     *time.Time              `db:"withdrawn_at"`
	NoticedAt       *time.Time              `db:"noticed_at"`
	WithdrawReason  string                  `db:"withdraw_reason"`
	WithdrawMinutes *int                    `db:"withdraw_minutes"`
	Version         int                     `db:"version"`
	Touched         touched                 `db:"touched"`
	ChangedBy       string                  `db:"changed_by"`
	ChangedAt       time.Time               `db:"changed_at"`
	Read            bool                    `db:"read"`
	ReadCount       int                     `db:"read_count"`
	Own             bool                    `db:"own"`   // the actor belongs to the item's department
	Meant           bool                    `db:"meant"` // it is meant for the actor
	Expired         bool                    `db:"expired"`
	Names           tenant.Rows[Person]     `db:"audience_names"`
	OriginID        *uuid.UUID              `db:"origin_id"`
	OriginTitle     string                  `db:"origin_title"`
	Scheduled       tenant.Rows[Schedule]   `db:"scheduled"` // the last one, at most
	Attachments     tenant.Rows[attached]   `db:"attachments"`
	Reviewers       tenant.Rows[reviewedBy] `db:"reviewers"`

	WrittenID    *uuid.UUID `db:"written_id"` // who wrote what it says now; null: its drafter
	WrittenName  string     `db:"written_name"`
	WrittenFrom  *time.Time `db:"written_from"`
	WrittenAt    *time.Time `db:"written_at"`
	RestoredFrom *int       `db:"restored_from"`

	fields

	bringing   *int // the revision that a change brings back
	judged     bool // the actor sees it only because they decided on it
	superseded bool // and it says something else now
}

// attached is an attachment as a query builds it.
type attached struct {
	Attachment
	FileID uuid.UUID `json:"file_id"`
	SHA256 string    `json:"sha256"`
}

// reviewedBy is a review as a query builds it.
type reviewedBy struct {
	ID     uuid.UUID `json:"id"`
	Name   string    `json:"name"`
	Level  int       `json:"level"`
	At     time.Time `json:"at"`
	Checks []string  `json:"checks"`
	Step   string    `json:"step"`
}

// lineColumns are what a list needs of an item i in column c, for reader $1.
const lineColumns = `
	i.id, i.column_id, c.name as column_name, c.path as column_path, c.state as column_state, i.kind, i.state, i.title,
	i.drafter_id, i.drafter_account, i.drafter_name, i.publisher_id, i.publisher_name, i.department_id, i.department_name,
	i.revision, i.created_at, i.submitted_at, i.published_at, i.withdrawn_at, i.version,
	exists (select from item_reads r where r.item_id = i.id and r.member_id = $1) as read,
	coalesce((select n.reads from item_counts n where n.item_id = i.id), 0) as read_count,
	coalesce(i.department_id = any (array(select s.department_id from subjects s where s.member_id = $1)), false) as own,
	` + fieldColumns + `, ` + Meant + ` as meant, not ` + Current + ` as expired`

// attachmentsOf are the attachments of an item i.
const attachmentsOf = `
	coalesce((select jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'summary', a.summary, 'file_id', a.file_id,
	                   'file_name', f.name, 'size', f.size, 'type', f.type, 'sha256', encode(f.sha256, 'hex')) order by a.id)
	            from item_attachments a join files f on f.id = a.file_id where a.item_id = i.id), '[]')`

const itemColumns = lineColumns + `,
	c.department_id as column_unit, c.review_levels as column_levels, i.body_html, i.source, i.editor_id, i.editor_name, i.content_hash, i.approved_hash, i.case_id,
	i.deed_id, i.deed_unit, i.deed_unit_kind, i.withdrawn_id, i.withdrawn_name, i.noticed_at, i.withdraw_reason,
	i.withdraw_minutes, i.touched, i.changed_by, i.changed_at,
	i.written_id, i.written_name, i.written_from, i.written_at, i.restored_from, i.origin_id, i.origin_title,
	` + coverDigest + `, ` + audienceNames + `, ` + scheduleOf + `,
	` + attachmentsOf + ` as attachments,
	coalesce((select jsonb_agg(jsonb_build_object('id', v.member_id, 'name', v.name, 'level', v.level,
	                   'at', v.at, 'checks', v.checks, 'step', v.step) order by v.level)
	            from item_reviews v where v.item_id = i.id and v.case_id = i.case_id
	             and i.state in ('approved', 'published', 'withdrawn')), '[]') as reviewers`

// load returns an item of the tenant whoever may see it, or ErrNotFound.
func load(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (*row, error) {
	var r row
	err := tx.Get(ctx, &r, `select `+itemColumns+` from items i join columns c on c.id = i.column_id where i.id = $2`,
		tx.Actor.Member, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return nil, ErrNotFound
	}
	return &r, err
}

// find returns an item the actor may see. To everybody else it does not exist.
func find(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (*row, error) {
	r, err := load(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if !r.visible(ctx, tx.Actor.Member) {
		return nil, ErrNotFound
	}
	return r, nil
}

// visible reports whether the actor may see the item. A draft is its drafter's
// and its editor's; while it is under way also those see it who pass and
// publish in its column; published, everyone who reads the column and for whom it is meant; withdrawn,
// only who answered for it (R015). Whoever inspects sees all (R001).
func (r *row) visible(ctx context.Context, me uuid.UUID) bool {
	if may(ctx, Inspect) || r.DrafterID == me || r.PublisherID != nil && *r.PublisherID == me {
		return true
	}
	handles := on(ctx, Review, r.ColumnPath) || on(ctx, Sign, r.ColumnPath) || on(ctx, Publish, r.ColumnPath)
	edits := r.EditorID != nil && *r.EditorID == me
	switch r.State {
	case "draft":
		return edits
	case "review", "approved":
		return edits || handles
	case "published":
		return edits || handles || r.Meant && on(ctx, Read, r.ColumnPath)
	}
	return false
}

// may lists what the actor may do with the item now.
func (r *row) may(ctx context.Context, me uuid.UUID) []string {
	if r.judged {
		return []string{}
	}
	mine, open := r.DrafterID == me, r.ColumnState == "active"
	rules := []struct {
		name string
		ok   bool
	}{
		{"edit", mine && slices.Contains(editable, r.State) && on(ctx, Draft, r.ColumnPath)},
		{"submit", mine && r.State == "draft" && open && on(ctx, Draft, r.ColumnPath)},
		{"recall", mine && r.State == "review"},
		{"publish", r.State == "approved" && open && on(ctx, Publish, r.ColumnPath)},
		{"schedule", r.State == "approved" && open && on(ctx, Publish, r.ColumnPath)},
		{"unschedule", r.waits() && r.unschedulable(ctx, me)},
		{"copy", rbac.From(ctx).Has(Draft)},
		{"withdraw", r.State == "published" && r.withdrawable(ctx, me)},
		{"report", r.State == "published" && rbac.From(ctx).Has("exchange.report")},
		{"delete", mine && r.State == "draft"},
	}
	can := []string{}
	for _, rule := range rules {
		if rule.ok {
			can = append(can, rule.name)
		}
	}
	return can
}

// editable are the states in which content may change. In all but the first
// that takes it back to the first.
var editable = []string{"draft", "review", "approved"}

// withdrawable reports whether the actor may take the item down (R012): the
// drafter, the publisher, whoever publishes for its department in its column,
// and the Office.
func (r *row) withdrawable(ctx context.Context, me uuid.UUID) bool {
	return r.DrafterID == me || r.PublisherID != nil && *r.PublisherID == me ||
		r.Own && on(ctx, Publish, r.ColumnPath) || may(ctx, Manage)
}

func (r *row) line(ctx context.Context, me uuid.UUID) Line {
	return Line{
		ID: r.ID, ColumnID: r.ColumnID, ColumnName: r.ColumnName, Kind: r.Kind, State: r.State, Title: r.Title,
		Drafter: Person{r.DrafterID, r.DrafterName}, Publisher: person(r.PublisherID, r.PublisherName),
		DepartmentID: r.DepartmentID, DepartmentName: r.DepartmentName, Revision: r.Revision,
		CreatedAt: r.CreatedAt, SubmittedAt: r.SubmittedAt, PublishedAt: r.PublishedAt, WithdrawnAt: r.WithdrawnAt,
		Cover: r.cover(), Audience: or(r.Audience, "readers"), EventDate: r.EventDate, ValidUntil: r.ValidUntil, Expired: r.Expired,
		Read: r.Read, ReadCount: r.ReadCount, May: r.may(ctx, me), Version: r.Version,
	}
}

func (r *row) item(ctx context.Context, me uuid.UUID) Item {
	it := Item{
		Line: r.line(ctx, me), BodyHTML: r.BodyHTML, Source: r.Source, Editor: person(r.EditorID, r.EditorName),
		Reviewers: []Reviewer{}, ContentHash: r.ContentHash, CaseID: r.CaseID,
		WithdrawnBy: person(r.WithdrawnID, r.WithdrawnName), NoticedAt: r.NoticedAt,
		WithdrawReason: r.WithdrawReason, WithdrawMinutes: r.WithdrawMinutes, Attachments: []Attachment{}, Superseded: r.superseded, Revisions: r.revisable(ctx, me),
		Departments: []Person{}, Origin: r.origin(ctx, me), Schedule: r.schedule(),
	}
	it.Departments = append(it.Departments, r.Names...)
	for _, v := range r.Reviewers {
		checks := map[string]bool{}
		for _, c := range v.Checks {
			checks[c] = true
		}
		it.Reviewers = append(it.Reviewers, Reviewer{v.ID, v.Name, v.Level, v.At, checks, v.Step})
	}
	for _, a := range r.Attachments {
		it.Attachments = append(it.Attachments, a.Attachment)
	}
	return it
}

func person(id *uuid.UUID, name string) *Person {
	if id == nil {
		return nil
	}
	return &Person{*id, name}
}

// stale tells the loser of a race what became of the item since they read it.
func (r *row) stale(read int) error {
	return ErrStale.With("version", r.Version).With("changed_by", r.ChangedBy).
		With("changed_at", r.ChangedAt).With("changed", r.Touched.since(read))
}
