// Package exchange carries envelopes from one tenant to those above it, and
// what those above ask, say and give to those below.
//
// An envelope is a copy: the sender's transaction writes its own row and has
// the database write the receiver's, with the content as it was, under a hash
// both can work out again. Nothing is shared afterwards. What the receiver does
// with its copy (receives, adopts, declines) goes back to the sender's row with
// a receipt. What a tenant asks of those below it, tells them and gives them
// goes the other way in the same manner. Only functions of the migrations cross
// from tenant to tenant; they take ids of the caller's own rows and no content.
package exchange

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// What members may do here.
const (
	Report  rbac.Permission = "exchange.report"  // send what the tenant published to those above
	Receive rbac.Permission = "exchange.receive" // receive, adopt and decline what came from below
	Manage  rbac.Permission = "exchange.manage"  // keep the list of journals
	Inspect rbac.Permission = "exchange.inspect" // read every envelope: where a score leads to
	Give    rbac.Permission = "exchange.push"    // give what is published here to those below
	Solicit rbac.Permission = "exchange.solicit" // ask those below for reports
)

// What can go wrong here.
var (
	ErrNotFound       = fault.New(fault.NotFound, "exchange.not_found")
	ErrNotATarget     = fault.New(fault.Invalid, "exchange.not_a_target")     // no active tenant above this one
	ErrNoTarget       = fault.New(fault.Conflict, "exchange.no_target")       // nobody stands above this tenant
	ErrSent           = fault.New(fault.Conflict, "exchange.already_sent")    // the same content, to the same receiver
	ErrTooLarge       = fault.New(fault.TooLarge, "exchange.too_large")       // more than MaxContent
	ErrStale          = fault.New(fault.Conflict, "exchange.stale")           // meta: version, changed_by, changed_at, changed
	ErrState          = fault.New(fault.Conflict, "exchange.wrong_state")     // meta: state
	ErrTampered       = fault.New(fault.Conflict, "exchange.tampered")        // the copy is not what was sent
	ErrNoJournal      = fault.New(fault.Invalid, "exchange.no_such_journal")  //
	ErrAdopted        = fault.New(fault.Conflict, "exchange.already_adopted") // in this journal
	ErrJournalTaken   = fault.New(fault.Conflict, "exchange.journal_taken")   // a journal has this name
	ErrNoColumns      = fault.New(fault.Invalid, "exchange.column_not_offered")
	ErrNobodyBelow    = fault.New(fault.Conflict, "exchange.nobody_below")         // no active tenant stands below this one
	ErrNotBelow       = fault.New(fault.Invalid, "exchange.not_below")             // not all of them are active tenants below
	ErrDuePast        = fault.New(fault.Invalid, "exchange.due_past")              // due before it was asked
	ErrSameWords      = fault.New(fault.Invalid, "exchange.instruction_same")      // the correction changes nothing
	ErrReckoned       = fault.New(fault.Conflict, "exchange.instruction_reckoned") // a bulletin counted it
	ErrDayAhead       = fault.New(fault.Invalid, "exchange.day_ahead")             // a day that has not come
	ErrUrged          = fault.New(fault.Conflict, "exchange.urged_recently")       // meta: urged_at
	ErrNobodyOwes     = fault.New(fault.Conflict, "exchange.nobody_owes")          // all have answered
	ErrNoSolicitation = fault.New(fault.NotFound, "exchange.no_solicitation")      //
	ErrNoBulletin     = fault.New(fault.NotFound, "exchange.no_bulletin")
	ErrNoPush         = fault.New(fault.NotFound, "exchange.no_push")
	ErrPushed         = fault.New(fault.Conflict, "exchange.pushed_already")         // all of them have it
	ErrNotWaited      = fault.New(fault.Invalid, "exchange.not_waited_for")          // nobody asked for it
	ErrAnswered       = fault.New(fault.Conflict, "exchange.answered")               // or withdrawn meanwhile
	ErrFilesFailed    = fault.New(fault.Conflict, "exchange.attachments_failed")     // nobody brings them
	ErrFilesNotFailed = fault.New(fault.Conflict, "exchange.attachments_not_failed") // none of them
	ErrFilesNotReady  = fault.New(fault.Conflict, "exchange.attachments_not_ready")  // meta: state
)

// MaxContent is how long the content of an envelope may be, in bytes of JSON,
// without the bytes of its attachments.
const MaxContent = 1 << 20

// Content is what an envelope carries: an item as it was published.
type Content struct {
	Kind        string       `json:"kind"` // "news", "notice", …
	Subject     uuid.UUID    `json:"subject"`
	Title       string       `json:"title"`
	BodyHTML    string       `json:"body_html"` // sanitised by who sends it
	PlainText   string       `json:"plain_text"`
	Source      string       `json:"source"`
	Drafter     string       `json:"drafter"`
	Reviewers   []string     `json:"reviewers"`
	Publisher   string       `json:"publisher"`
	PublishedAt time.Time    `json:"published_at"`
	Unit        string       `json:"unit"`         // name of the department it is published by
	UnitID      uuid.UUID    `json:"-"`            // that department; stays with the sender. Nil: the actor's main one
	ContentHash string       `json:"content_hash"` // of the item, as its owner works it out
	Attachments []Attachment `json:"attachments"`
	EventDate   string       `json:"event_date,omitempty"` // YYYY-MM-DD, when it happened; empty: it does not say
	Cover       *Cover       `json:"cover,omitempty"`
}

// A Cover says which of the attachments is the picture of an item, and what it
// says to who cannot see it.
type Cover struct {
	Attachment uuid.UUID `json:"attachment"`
	Alt        string    `json:"alt"`
}

// An Attachment is a file that goes along. Key and Version say where its bytes
// lie in the store of the tenant that holds the row; they never travel.
type Attachment struct {
	ID       uuid.UUID `json:"id"`
	Name     string    `json:"name"`
	Summary  string    `json:"summary"`
	FileName string    `json:"file_name"`
	Size     int64     `json:"size"`
	Type     string    `json:"type"`
	SHA256   string    `json:"sha256"` // 64 hex digits
	Key      string    `json:"-"`
	Version  string    `json:"-"`
}

// A Source gives away what may be sent. Sendable returns the content of a
// published item and its own not-found or wrong-state fault for any other; it
// locks the item until the transaction ends, so that it cannot be withdrawn
// while it is being sent.
type Source interface {
	Sendable(ctx context.Context, tx *tenant.Tx, item uuid.UUID) (Content, error)
}

// A Sink takes adopted content into one of the receiver's columns and returns
// the id of the new item, or its own fault if the actor may not put one there.
// The keys of the attachments are the receiver's own.
type Sink interface {
	Adopt(ctx context.Context, tx *tenant.Tx, c Content, column uuid.UUID) (uuid.UUID, error)
}

// A Copier moves the bytes of attachments. None of its methods is called
// inside a transaction.
type Copier interface {
	// Copy puts the bytes tenant from keeps as a under a new key of tenant to,
	// after checking that they are those a.SHA256 and a.Size name.
	Copy(ctx context.Context, from uuid.UUID, a Attachment, to uuid.UUID) (key, version string, err error)
	// Drop removes a copy that nobody recorded.
	Drop(ctx context.Context, owner uuid.UUID, key, version string) error
	// Content streams what owner keeps as a.
	Content(owner uuid.UUID, a Attachment) feature.Content
}

// An Exchange is the feature with what it works on.
type Exchange struct {
	source  Source
	copier  Copier
	sink    Sink
	starter Starter
}

// New returns an Exchange that sends what source gives away and copies
// attachments with copier. A nil sink means that adopted content is not taken
// into columns. What is given to those below is delivered by works of starter.
func New(source Source, copier Copier, sink Sink, starter Starter) *Exchange {
	return &Exchange{source: source, copier: copier, sink: sink, starter: starter}
}
