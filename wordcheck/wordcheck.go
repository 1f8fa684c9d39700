// Package wordcheck finds the words of a tenant's dictionary in texts before
// they are sent for review, and in what has been published (R031).
//
// A dictionary is the tenant's own: words with a class, a level and a better
// wording, and phrases that are allowed although a word stands in them. Every
// change makes a new version of it, and every result says which version it is
// of. Whoever submits texts calls Check; what a result means for the submitter
// is Result.Refuse and Result.Confirm.
package wordcheck

import (
	"hetu/fault"
)

// What can go wrong here.
var (
	ErrNotFound    = fault.New(fault.NotFound, "wordcheck.not_found")
	ErrStale       = fault.New(fault.Conflict, "wordcheck.stale")       // meta: version, changed_by, changed_at, changed
	ErrState       = fault.New(fault.Conflict, "wordcheck.wrong_state") // meta: state; a finding that is fixed
	ErrTaken       = fault.New(fault.Conflict, "wordcheck.taken")       // the same word, however it is written
	ErrWord        = fault.New(fault.Invalid, "wordcheck.word").On("word")
	ErrFull        = fault.New(fault.Invalid, "wordcheck.full") // meta: max
	ErrFile        = fault.New(fault.Invalid, "wordcheck.file_unreadable")
	ErrRows        = fault.New(fault.Invalid, "wordcheck.rows_bad")     // meta: bad, the number of them
	ErrBlocked     = fault.New(fault.Invalid, "wordcheck.blocked")      // meta: version, hits; field: the first part
	ErrUnconfirmed = fault.New(fault.Conflict, "wordcheck.unconfirmed") // meta: version, hits
)

// The levels a word may have: what it does to a text that holds it.
const (
	Block = "block" // it cannot be submitted
	Warn  = "warn"  // the submitter must confirm it
	Hint  = "hint"  // the writer is told
)

// Levels and Classes are all there are, in the order in which they are shown.
var (
	Levels  = []string{Block, Warn, Hint}
	Classes = []string{"political", "secret", "vulgar", "advert", "typo", "wording", "other"}
)

// MaxWords is how many words, and how many allowed phrases, a dictionary holds.
const MaxWords = 50_000

// MaxRunes is how long a word or phrase may be, in characters.
const MaxRunes = 40

// MaxHits is how many hits a Result lists; the counts go on.
const MaxHits = 500

// A Part is one named text of what is checked: "title", "body", "alt",
// "attachment.name". The name comes back in the hits, and as the field of a
// refusal.
type Part struct {
	Name string
	Text string // without markup: see HTML
}

// A Hit is a place where a word of the dictionary stands. From and To count
// characters (code points) of the part's text as it was given.
type Hit struct {
	Part   string `json:"part"`
	From   int    `json:"from"`
	To     int    `json:"to"`
	Word   string `json:"word"` // as the dictionary writes it
	Class  string `json:"class"`
	Level  string `json:"level"`
	Advice string `json:"advice"` // better wording; may be empty
}

// A Result is what a check found. Its zero value is that of an empty dictionary.
type Result struct {
	Version int   `json:"version"` // of the dictionary; 0: there is none
	Hits    []Hit `json:"hits"`    // by part and place, MaxHits at most
	Blocks  int   `json:"blocks"`  // how many of each level there are
	Warns   int   `json:"warns"`
	Hints   int   `json:"hints"`
}

// Refuse returns ErrBlocked, at the first part that a person has to change, if
// the texts hold a word that blocks. Its meta lists the hits that do.
func (r Result) Refuse() error {
	if r.Blocks == 0 {
		return nil
	}
	hits := r.of(Block)
	f := ErrBlocked.With("version", r.Version).With("hits", hits)
	if len(hits) > 0 {
		f = f.On(hits[0].Part)
	}
	return f
}

// Confirm returns ErrUnconfirmed if the texts hold a word that warns, unless
// the submitter has seen what this version of the dictionary says: confirmed is
// the version of the result they were shown.
func (r Result) Confirm(confirmed int) error {
	if r.Warns == 0 || confirmed == r.Version {
		return nil
	}
	return ErrUnconfirmed.With("version", r.Version).With("hits", r.of(Warn))
}

func (r Result) of(level string) []Hit {
	hits := []Hit{}
	for _, h := range r.Hits {
		if h.Level == level {
			hits = append(hits, h)
		}
	}
	return hits
}
