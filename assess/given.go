package assess

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/tenant"
)

// A Given is all that the result of a round depends on. Whoever has it works
// the round out, with no database and on whatever machine (AS-02).
type Given struct {
	Version  Version
	From, To string // the days of the period, both included
	Facts    facts
	Adjusted []Adjusted
	Edition  Edition
	Bare     bool // its result says nothing of the deeds its lines rest on
}

// An Adjusted is what two people decided about a unit's score beside what the
// rules give: it counts as a line of its own, and the lines of the rules stay
// as they are.
type Adjusted struct {
	ID        uuid.UUID        `json:"id"`
	Type      string           `json:"type"` // "correction", "bonus", "penalty" or "veto"
	UnitKind  string           `json:"unit_kind"`
	UnitID    uuid.UUID        `json:"unit_id"`
	Rule      string           `json:"rule"` // the rule a correction is of; else that of events
	Name      string           `json:"name"`
	Points    decimal.Decimal  `json:"points"`
	System    *decimal.Decimal `json:"system,omitempty"`    // of a correction: what the rules gave
	Corrected *decimal.Decimal `json:"corrected,omitempty"` // and what it is to be instead
	Effect    string           `json:"effect,omitempty"`    // of a veto
	Formula   string           `json:"formula"`
	Reason    string           `json:"reason"`
	Proof     []Evidence       `json:"proof"`
	By        string           `json:"by"`
	Confirmed string           `json:"confirmed_by"`
	Day       string           `json:"day"` // on which it was confirmed
	Tenant    uuid.UUID        `json:"tenant"`
	Deed      uuid.UUID        `json:"deed"`
	Reverses  *uuid.UUID       `json:"reverses,omitempty"` // the one it takes back
}

// An Evidence is what shows that something was so: an address, or a file by its
// digest.
type Evidence struct {
	Name   string `json:"name"`
	URL    string `json:"url,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// work works the round out.
func (g Given) work() Result {
	res := workBy(g.Edition.known(), g.Version, g.From, g.To, g.Facts)
	res.adjust(g.Adjusted)
	res.Bare = g.Bare
	return res
}

// adjust adds a line for every adjustment, in the order they were made, and
// ranks anew.
func (r *Result) adjust(all []Adjusted) {
	if len(all) == 0 {
		return
	}
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(a, b Adjusted) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	for _, a := range sorted {
		i := slices.IndexFunc(r.Scores, func(s Score) bool { return s.Unit.Kind == a.UnitKind && s.Unit.ID == a.UnitID })
		if i < 0 {
			continue
		}
		s := &r.Scores[i]
		s.Lines = append(s.Lines, a.entry())
		s.Exact = s.Exact.Add(a.Points)
		s.Effects = a.effects(s.Effects)
	}
	r.rank()
}

// effects adds what a veto does to the grade, or takes it away again.
func (a Adjusted) effects(had []string) []string {
	if a.Type != veto {
		return had
	}
	if a.Reverses == nil {
		return append(had, a.Effect)
	}
	if i := slices.Index(had, a.Effect); i >= 0 {
		return slices.Delete(had, i, i+1)
	}
	return had
}

func (a Adjusted) entry() Entry {
	share := Share{Tenant: a.Tenant, Deed: a.Deed, Points: a.Points}
	if a.Reverses != nil {
		share.Note = Reversal
	}
	return Entry{
		Rule: &Spec{Code: a.Rule, Name: a.Name},
		Line: Line{Part: a.Type + ":" + a.ID.String(), Before: a.Points, Points: a.Points, Formula: a.Formula, Shares: []Share{share}},
	}
}

// gather reads what a round depends on, as it was at the end of the day asOf;
// as it is now, if that is empty.
func gather(ctx context.Context, tx *tenant.Tx, r Round, asOf string) (g Given, err error) {
	g = Given{From: r.From, To: r.To, Edition: r.Edition, Bare: r.Rolled}
	if g.Version, err = r.versionOf(ctx, tx); err != nil {
		return g, err
	}
	if asOf != "" {
		g.To = min(g.To, asOf)
	}
	if g.Facts, err = load(ctx, tx, g.Version, g.From, g.To); err != nil {
		return g, err
	}
	g.Adjusted, err = adjustedOf(ctx, tx, r.ID, asOf)
	return g, err
}

// A factLine is a fact in a package: whose, of what kind, and the fact.
type factLine struct {
	Unit int    `json:"unit"` // by its place among the units of the version
	Kind string `json:"kind"`
	Fact Fact   `json:"fact"`
}

// each calls fn with every fact in an order that depends on nothing but the
// facts, and with times as UTC has them.
func (fs facts) each(fn func(factLine) error) error {
	for i, byKind := range fs {
		kinds := make([]string, 0, len(byKind))
		for k := range byKind {
			kinds = append(kinds, k)
		}
		slices.Sort(kinds)
		for _, k := range kinds {
			sorted := slices.Clone(byKind[k])
			slices.SortFunc(sorted, func(a, b Fact) int {
				return cmp.Or(a.At.Compare(b.At), bytes.Compare(a.Tenant[:], b.Tenant[:]), bytes.Compare(a.ID[:], b.ID[:]))
			})
			for _, f := range sorted {
				f.At = f.At.UTC()
				if err := fn(factLine{i, k, f}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
