// Package outward carries notices out of the house, by the channels a tenant has
// opened: what it lets out, in the words it allows, when the person wants it, once.
//
// A notice that may go out has a row from the transaction that sent it (see
// message.Send). The work packs rows that say the same into parcels, hands each
// parcel over outside of any transaction, and writes down what became of it. A
// parcel does not change while it is not known to have arrived, so that the other
// side recognises it when it comes a second time.
package outward

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/tenant"
)

// What can go wrong here.
var (
	ErrNoChannel = fault.New(fault.NotFound, "outward.channel_not_found")
	ErrNotSetUp  = fault.New(fault.Conflict, "outward.not_set_up") // nothing can be turned on that leads nowhere
	ErrNoLink    = fault.New(fault.Conflict, "outward.no_link")    // nobody knows where to reach the actor
	ErrKind      = fault.New(fault.Invalid, "outward.kind_unknown").On("kinds")
	ErrNoFailed  = fault.New(fault.NotFound, "outward.not_failed")
	ErrTest      = fault.New(fault.Conflict, "outward.test_failed") // meta: reason
	ErrStale     = fault.New(fault.Conflict, "outward.stale")
)

// A Channel is a way out of the house. It is safe for concurrent use.
type Channel interface {
	Name() string // "wecom": ^[a-z]{2,20}$
	// Batch is to how many one parcel may be addressed.
	Batch() int
	// Memory is how long the other side recognises a parcel that is handed over again.
	Memory() time.Duration
	// Open reads, in a transaction, what a Line needs: nil if the tenant has not set
	// the channel up.
	Open(ctx context.Context, tx *tenant.Tx) (Line, error)
}

// A Line is a channel as one tenant has set it up. It holds credentials and is
// kept no longer than one piece of work.
type Line interface {
	// Addresses returns where members are reached; who has no address is missing.
	Addresses(ctx context.Context, tx *tenant.Tx, members []uuid.UUID) (map[uuid.UUID]string, error)
	// Send hands a parcel over, outside of any transaction. A *Failure says what to do
	// about it; any other error is taken for one after which nothing is known.
	Send(ctx context.Context, p Parcel) (Receipt, error)
}

// A Parcel is one text to one or more addresses.
type Parcel struct {
	Title, Body string // plain text; a Line escapes what its other side would read as more
	Link        string // the page it is about
	To          []string
}

// A Receipt says what became of a parcel that was taken.
type Receipt struct {
	Refused map[string]string // why an address does not get it
}

// A Failure is why a parcel was not taken.
type Failure struct {
	Reason string        // ^[a-z0-9_]{1,40}$, worded by the web app: outward.reason.<reason>
	Again  bool          // it may be tried again
	Sure   bool          // the other side has said so: it has not arrived
	Rest   time.Duration // how long to leave the other side alone; zero: as usual
}

func (f *Failure) Error() string { return "outward: " + f.Reason }

// A Ref is a notice by what decides whether it is still true.
type Ref struct {
	Code, Href string
	At         time.Time
}

// Options are what notices are carried out with. Words and Kinds are in the
// language of the tenants; the app on the other side has no other.
type Options struct {
	Channels []Channel
	Words    map[string]string // what a notice says, by its code: "《{title}》等待您办理"
	Kinds    map[string]string // what a kind of notice is called, by the first word of its codes
	Site     string            // the address people come to

	// Urgent reports whether a notice does not wait for working time.
	Urgent func(code string) bool
	// Opens returns the moment at if the unit works then, and else when it next does.
	Opens func(ctx context.Context, tx *tenant.Tx, at time.Time) (time.Time, error)
	// Over returns which notices are about something that is done or has been taken
	// back: they do not go out any more.
	Over func(ctx context.Context, tx *tenant.Tx, notices []Ref) ([]bool, error)
}

// A House carries notices out. It is safe for concurrent use.
type House struct{ Options }

// New returns a House.
func New(o Options) *House { return &House{o} }

func (h *House) channel(name string) (Channel, error) {
	for _, c := range h.Channels {
		if c.Name() == name {
			return c, nil
		}
	}
	return nil, ErrNoChannel
}

const (
	// tooLate is how long after it was due a notice is not worth sending any more.
	tooLate = 72 * time.Hour
	// perMinute is how many notices one person gets in a minute. WeCom drops what is
	// beyond thirty without a word.
	perMinute = 20
	// attempts is how often a parcel is handed over.
	attempts = 8
	// held is how long one node has for handing a parcel over.
	held = time.Minute
)

// backoff is how long to wait after the n-th attempt that failed, from 1.
func backoff(n int) time.Duration {
	return min(15*time.Second<<min(n, 10), 30*time.Minute)
}
