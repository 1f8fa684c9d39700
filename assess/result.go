package assess

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// A Version is what a scheme said at one version. It is never changed.
type Version struct {
	Scheme  uuid.UUID
	Version int
	Year    int
	Name    string
	Units   []Unit
	Rules   []Spec
}

// A Result is a round worked out: the scores of all units, in the order of the
// list of each kind.
type Result struct {
	Version  Version
	From, To string
	Scores   []Score
}

// A Score is what one unit got.
type Score struct {
	Unit  Unit
	Place int             // in the list of its kind, from 1
	Rank  int             // shared by equals; the next one counts them all
	Total decimal.Decimal // Exact, rounded once: two places, half up
	Exact decimal.Decimal // the sum of the entries
	Lines []Entry
}

// An Entry is a line of a score, with the rule it comes from.
type Entry struct {
	Rule Spec
	Line
}

// facts are the deeds of a period by the index of their unit and by kind.
type facts []map[string][]Fact

// work works a round out. It depends on nothing but its parameters, and not on
// the order of the facts (R310).
func work(v Version, from, to string, did facts) Result {
	res := Result{Version: v, From: from, To: to}
	rules := make([]Rule, len(v.Rules))
	for i, s := range v.Rules {
		rules[i] = s.Rule()
	}
	for i, u := range v.Units {
		s := Score{Unit: u}
		for j, r := range rules {
			for _, l := range r.Score(did[i][v.Rules[j].DeedKind]) {
				s.Lines = append(s.Lines, Entry{v.Rules[j], l})
				s.Exact = s.Exact.Add(l.Points)
			}
		}
		s.Total = s.Exact.Round(2) // half away from zero, which for scores is half up
		res.Scores = append(res.Scores, s)
	}
	res.rank()
	return res
}

// rank orders the scores: departments and tenants apart, the higher total
// first, equals by name; equals share a rank.
func (r *Result) rank() {
	slices.SortFunc(r.Scores, func(a, b Score) int {
		return cmp.Or(cmp.Compare(a.Unit.Kind, b.Unit.Kind), b.Total.Cmp(a.Total),
			cmp.Compare(a.Unit.Name, b.Unit.Name), bytes.Compare(a.Unit.ID[:], b.Unit.ID[:]))
	})
	for i := range r.Scores {
		s := &r.Scores[i]
		s.Place, s.Rank = 1, 1
		if i == 0 || r.Scores[i-1].Unit.Kind != s.Unit.Kind {
			continue
		}
		s.Place = r.Scores[i-1].Place + 1
		s.Rank = s.Place
		if s.Total.Equal(r.Scores[i-1].Total) {
			s.Rank = r.Scores[i-1].Rank
		}
	}
}

// Entries returns how many entries the result has.
func (r *Result) Entries() (n int) {
	for _, s := range r.Scores {
		n += len(s.Lines)
	}
	return n
}

// Canonical writes the result as bytes that are the same whenever and wherever
// the same facts are scored by the same version of a scheme: one JSON array
// per line, in the order of the lists.
func (r *Result) Canonical(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	put := func(fields ...any) error { return e.Encode(fields) }
	if err := put("round", 1, r.Version.Scheme, r.Version.Version, r.Version.Year, r.From, r.To); err != nil {
		return fmt.Errorf("assess: canonical: %w", err)
	}
	for _, s := range r.Scores {
		err := put("score", s.Unit.Kind, s.Unit.ID, s.Unit.Name, s.Rank, s.Total, s.Exact)
		for _, l := range s.Lines {
			if err == nil {
				err = put("entry", l.Rule.Code, l.Part, l.N, l.Before, l.Points, l.Formula)
			}
			for _, d := range l.Shares {
				if err == nil {
					err = put("deed", d.Tenant, d.Deed, d.Points, d.Note)
				}
			}
		}
		if err != nil {
			return fmt.Errorf("assess: canonical: %w", err)
		}
	}
	return nil
}

// Digest returns the SHA-256 of the canonical result, in hexadecimal.
func (r *Result) Digest() (string, error) {
	h := sha256.New()
	if err := r.Canonical(h); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// entryID returns the id of an entry. It is made of what the entry is about, so
// that working a round out again leaves the addresses of its entries as they
// were.
func entryID(round uuid.UUID, s Score, l Entry) uuid.UUID {
	name := fmt.Sprintf("%s\x00%s\x00%s\x00%s", s.Unit.Kind, s.Unit.ID, l.Rule.Code, l.Part)
	return uuid.NewHash(sha256.New(), round, []byte(name), 8)
}
