// Package publish lets a tenant publish items in columns: drafted by one
// person, passed by others, made visible by a publisher, withdrawn when it was
// a mistake, and read.
//
// Nothing becomes visible but through show, and the database itself refuses an
// item that has not passed every level of review its column asks for, or whose
// content is not what passed (R032, R033).
package publish

import (
	"context"
	"embed"
	"time"

	"github.com/google/uuid"

	"hetu/approval"
	"hetu/attachment"
	"hetu/fault"
	"hetu/rbac"
)

// What members may do here. All but the last two can be held on a column, and
// then hold below it.
const (
	Read    rbac.Permission = "publish.read"
	Draft   rbac.Permission = "publish.draft"
	Review  rbac.Permission = "publish.review"
	Publish rbac.Permission = "publish.publish"
	Sign    rbac.Permission = "publish.sign"    // sign off for the leadership, where a column asks for it (R034)
	Manage  rbac.Permission = "publish.manage"  // the columns: the Office's alone (R022)
	Readers rbac.Permission = "publish.readers" // who of a department has read what (R037)
	Inspect rbac.Permission = "publish.inspect" // every item in every state (R001)
)

// What can go wrong here.
var (
	ErrNotFound       = fault.New(fault.NotFound, "publish.not_found")
	ErrColumnNotFound = fault.New(fault.NotFound, "publish.column_not_found")
	ErrNotDrafter     = fault.New(fault.Forbidden, "publish.not_drafter")
	ErrStale          = fault.New(fault.Conflict, "publish.stale")            // meta: version, changed_by, changed_at, changed
	ErrState          = fault.New(fault.Conflict, "publish.wrong_state")      // meta: state
	ErrContentChanged = fault.New(fault.Conflict, "publish.content_changed")  // not what passed review
	ErrNotReviewed    = fault.New(fault.Conflict, "publish.not_reviewed")     // a level of review is missing
	ErrNotSigned      = fault.New(fault.Conflict, "publish.not_signed")       // the leader's sign-off is missing (R034)
	ErrColumnDisabled = fault.New(fault.Forbidden, "publish.column_disabled") // takes nothing new, whoever one is (AZ-08)
	ErrColumnUsed     = fault.New(fault.Conflict, "publish.column_used")      // it holds something, or did
	ErrColumnParent   = fault.New(fault.Conflict, "publish.column_has_columns")
	ErrKind           = fault.New(fault.Invalid, "publish.kind_not_here").On("kind")       // meta: kinds
	ErrEditorMissing  = fault.New(fault.Invalid, "publish.editor_missing").On("editor_id") // meta: since
	ErrColumnUnknown  = fault.New(fault.Invalid, "publish.column_unknown")                 // of an item, or a column's parent
	ErrColumnTaken    = fault.New(fault.Conflict, "publish.taken").On("name")              // a sister column has the name
	ErrColumnsFull    = fault.New(fault.Conflict, "publish.columns_full")                  // meta: most
	ErrColumnDeep     = fault.New(fault.Invalid, "publish.too_deep").On("parent_id")
	ErrColumnLoop     = fault.New(fault.Invalid, "publish.column_in_itself").On("parent_id")
	ErrDepartment     = fault.New(fault.Invalid, "publish.department_unknown").On("department_id")
	ErrSubject        = fault.New(fault.Invalid, "publish.subject_unknown").On("subject_id")
	ErrEditor         = fault.New(fault.Invalid, "publish.editor_unknown").On("editor_id")
	ErrTitleMissing   = fault.New(fault.Invalid, "publish.title_missing").On("title")
	ErrTitleLong      = fault.New(fault.Invalid, "publish.title_too_long").On("title") // meta: max
	ErrNameMissing    = fault.New(fault.Invalid, "publish.name_missing").On("name")
	ErrSummaryMissing = fault.New(fault.Invalid, "publish.summary_missing").On("summary")
	ErrBodyMissing    = fault.New(fault.Invalid, "publish.body_missing").On("body_html")
	ErrReasonMissing  = fault.New(fault.Invalid, "publish.reason_missing").On("reason")
	ErrNoticed        = fault.New(fault.Invalid, "publish.noticed_out_of_range").On("noticed_at")
	ErrOnline         = fault.New(fault.Invalid, "publish.online_not_confirmed").On("online_ok") // R016
	ErrTooManyFiles   = fault.New(fault.Conflict, "publish.too_many_attachments")                // meta: max
)

const (
	// Kind is what items are called where they are approved.
	Kind = "publish.item"

	// Published is the deed of publishing an item.
	Published = "publish.published"
)

// unreadFor is how long an item that somebody has not read counts as unread.
const unreadFor = 90 * 24 * time.Hour

// reviewMinutes is the working time a level of review has: four hours (R063).
const reviewMinutes = 240

// maxAttachments is how many files one item carries.
const maxAttachments = 20

// A Desk is the feature with what it works on.
type Desk struct {
	flow    *approval.Engine
	files   *attachment.Attachments
	offline []Offline
	healths memory[healthOf, Health]
}

// New returns a Desk that has items reviewed by flow and keeps their
// attachments in files.
func New(flow *approval.Engine, files *attachment.Attachments) *Desk {
	return &Desk{flow: flow, files: files}
}

//go:embed migrations
var files embed.FS

// on reports whether the actor has p on a column, given its path.
func on(ctx context.Context, p rbac.Permission, path []uuid.UUID) bool {
	return rbac.From(ctx).On(p, path)
}

// may reports whether the actor has p.
func may(ctx context.Context, p rbac.Permission) bool { return rbac.From(ctx).Everywhere(p) }

func objectOf(id interface{ String() string }) string { return "publish/item/" + id.String() }
