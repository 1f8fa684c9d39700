// Package progress shows long work to the person who asked for it: how far it
// is, that it can be left and found again, and how it ended.
//
// A feature offers a kind of work. Whoever asks for one gets its id at once;
// the work is done after that transaction has committed, at least once, by
// whichever node is free, and goes on elsewhere if that node dies. Its end is
// written in the transaction of its last act, so that it takes effect once.
package progress

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/storage"
	"hetu/tenant"
)

//go:embed migrations
var files embed.FS

// What can go wrong here.
var (
	ErrNotFound = fault.New(fault.NotFound, "progress.work_not_found")
	ErrFileGone = fault.New(fault.NotFound, "progress.file_gone") // it was kept for its time, or never was
	ErrRunning  = fault.New(fault.Conflict, "progress.running")   // the same is under way; meta: work_id, if it is the asker's own
	ErrEnded    = fault.New(fault.Conflict, "progress.ended")
	ErrState    = fault.New(fault.Invalid, "progress.state_unknown")

	// ErrStopped is what Step returns of a work that was asked to stop. The
	// work returns it, and ends as stopped.
	ErrStopped = fault.New(fault.Conflict, "progress.stopped")

	// ErrLost is what a work gets whose turn is over because it was silent for
	// too long: another is at it, or it has ended. It returns the error.
	ErrLost = fault.New(fault.Conflict, "progress.lost")

	// ErrGaveUp is why a work failed that was tried several times.
	ErrGaveUp = fault.New(fault.Unavailable, "progress.gave_up")
)

const (
	attempts = 5                   // how often a work is begun before it has failed
	silence  = 3 * time.Minute     // without a beat, after which another takes over
	kept     = 7 * 24 * time.Hour  // how long the file of a work can be downloaded
	shown    = 90 * 24 * time.Hour // how long a work that has ended is listed
)

// A Kind is a kind of long work that a feature offers.
//
// Run does one work, on behalf of the member who asked for it. Nothing it does
// may have an effect twice: it ends with Task.Done in the transaction of its
// last act, and what it does before must bear being done again. A fault that
// trying again cannot cure (Invalid, Forbidden, NotFound, Conflict) ends the
// work as failed with that fault's code; any other error has it tried again.
type Kind struct {
	Name string // "assess.recompute"
	Run  func(ctx context.Context, db *tenant.DB, t *Task) error
}

// An Order is a work to be done.
type Order struct {
	Kind    string
	Title   string // how the person knows it: the name of the round
	Subject string // what it is about: "assess/round/<id>"; the page of that finds the work by it
	Args    any    // ids only; JSON
	Alone   bool   // not twice at a time for a subject, whoever asks; else not twice for a member
}

// Works are the long works of the system.
type Works struct {
	store storage.Store
	kinds map[string]Kind
}

// New returns Works that keep their files in store.
func New(store storage.Store) *Works { return &Works{store, map[string]Kind{}} }

// Offer adds kinds of works. It panics if one is offered twice, which is a
// mistake in the program.
func (w *Works) Offer(kinds ...Kind) {
	for _, k := range kinds {
		if _, there := w.kinds[k.Name]; there {
			panic("progress: " + k.Name + " is offered twice")
		}
		w.kinds[k.Name] = k
	}
}

// A State is where a work stands.
type State string

// The states of a work.
const (
	Queued  State = "queued"
	Running State = "running"
	Done    State = "done"
	Failed  State = "failed"
	Stopped State = "stopped"
)

// A Work is a long work as the person who asked for it sees it.
type Work struct {
	ID        uuid.UUID  `db:"id" json:"id"`
	Kind      string     `db:"kind" json:"kind"`
	Title     string     `db:"title" json:"title"`
	Subject   string     `db:"subject" json:"subject"`
	State     State      `db:"state" json:"state" enum:"queued,running,done,failed,stopped"`
	Done      int        `db:"done" json:"done"`
	Total     int        `db:"total" json:"total"` // zero if not known yet
	Stopping  bool       `db:"stop" json:"stopping"`
	Href      string     `db:"href" json:"href"` // the page that shows the result; empty if none does
	Facts     Facts      `db:"facts" json:"facts"`
	Code      string     `db:"code" json:"code"` // why it failed
	File      *File      `db:"-" json:"file"`    // null if it made none, or it is gone
	CreatedAt time.Time  `db:"created_at" json:"created_at"`
	StartedAt *time.Time `db:"started_at" json:"started_at"`
	EndedAt   *time.Time `db:"ended_at" json:"ended_at"`
}

// A File is what a work made, to be downloaded until its time.
type File struct {
	Name  string    `json:"name"`
	Size  int64     `json:"size"` // bytes
	Until time.Time `json:"until"`
}

// Facts are what came out of a work: counts and digests by name.
type Facts map[string]string

// Scan implements sql.Scanner.
func (f *Facts) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("progress: facts are %T, not JSON", src)
	}
	return json.Unmarshal(b, f)
}

func object(id uuid.UUID) string { return "progress/works/" + id.String() }
