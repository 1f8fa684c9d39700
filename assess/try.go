package assess

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/fault"
	"hetu/tenant"
)

// tryDeeds is how many deeds a trial reads at most: it answers while somebody
// waits, and keeps nothing.
const tryDeeds = 400_000

// What can be wrong with a trial.
var (
	ErrTryPeriod  = fault.New(fault.Invalid, "assess.try_period_missing") // and no round says it
	ErrTryMuch    = fault.New(fault.Invalid, "assess.try_too_much")       // with most
	ErrTryNothing = fault.New(fault.Invalid, "assess.try_nothing")        // no units or no rules
	ErrTryField   = fault.New(fault.Invalid, "assess.try_field_unknown")
	ErrTryValue   = fault.New(fault.Invalid, "assess.try_value_malformed")
)

// A tryQuery asks what a scheme would give for a period: a version of it, a
// draft too, by itself, or beside another version, or beside a round as it was,
// or as it would be with one thing changed.
type tryQuery struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"-" query:"version"` // as it is now, if zero
	From    string    `json:"-" query:"from"`    // the round's, if empty
	To      string    `json:"-" query:"to"`

	Round       *uuid.UUID `json:"-" query:"round"`        // what to lay it beside: a round that was worked out
	With        *uuid.UUID `json:"-" query:"with"`         // or a scheme
	WithVersion int        `json:"-" query:"with_version"` // or another version; of the same scheme if none is named

	Code  string `json:"-" query:"code"`  // what to change: a rule or a heading
	Field string `json:"-" query:"field"` // which field of it
	Value string `json:"-" query:"value"` // to what
}

// Validate checks the days.
func (q tryQuery) Validate() error {
	if q.From == "" && q.To == "" && q.Round != nil {
		return nil
	}
	if q.From == "" && q.To == "" {
		return ErrTryPeriod.On("from")
	}
	return newRound{From: q.From, To: q.To}.Validate()
}

// A Trial is what a scheme would give. Nothing of it is kept.
type Trial struct {
	Name    string      `json:"name"`
	Version int         `json:"version"`
	From    string      `json:"from"`
	To      string      `json:"to"`
	Beside  *TrialSide  `json:"beside"` // what it lies beside; null if nothing does
	Facts   int         `json:"facts"`  // how many deeds count for any unit
	Millis  int64       `json:"millis"` // how long it took
	Rows    []TrialRow  `json:"rows"`   // in the order of its lists
	Rules   []RuleShift `json:"rules"`  // which rules make the difference, those that move most first
	Gone    []Unit      `json:"gone"`   // units of the other side that it does not score
}

// A TrialSide is what a trial lies beside.
type TrialSide struct {
	Kind    string `json:"kind" enum:"round,version,change"`
	Name    string `json:"name"`
	Version int    `json:"version"`
}

// A TrialRow is one unit in a trial. What it was is empty where the other side
// does not have it.
type TrialRow struct {
	Unit  Unit              `json:"unit"`
	Class string            `json:"class,omitempty"` // what its class is called
	Total decimal.Decimal   `json:"total"`
	Rank  int               `json:"rank"`
	Grade string            `json:"grade,omitempty"`
	Was   *TrialWas         `json:"was"`
	By    []PartShift       `json:"by"` // what makes the difference, the most first
	parts map[string]amount // by the code of the rule
}

// A TrialWas is where a unit stands on the other side.
type TrialWas struct {
	Total  decimal.Decimal `json:"total"`
	Rank   int             `json:"rank"`
	Grade  string          `json:"grade,omitempty"`
	Change decimal.Decimal `json:"change"` // of the total
	Moved  int             `json:"moved"`  // places won
}

// A PartShift is what one rule brings a unit on both sides, exact.
type PartShift struct {
	Code   string          `json:"code"`
	Name   string          `json:"name"`
	Is     decimal.Decimal `json:"is"`
	Was    decimal.Decimal `json:"was"`
	Change decimal.Decimal `json:"change"`
}

// A RuleShift is what one rule changes among all units.
type RuleShift struct {
	Code   string          `json:"code"`
	Name   string          `json:"name"`
	Change decimal.Decimal `json:"change"` // in all
	Up     int             `json:"up"`     // units that gain by it
	Down   int             `json:"down"`
	moved  decimal.Decimal
}

type amount struct {
	name   string
	points decimal.Decimal
}

// A side is one result of two that are laid side by side.
type side struct {
	about TrialSide
	rows  []TrialRow
}

// try works a trial out.
func (e schemes) try(ctx context.Context, tx *tenant.Tx, q tryQuery) (t Trial, err error) {
	began := time.Now()
	p, err := e.prepare(ctx, tx, q)
	if err != nil {
		return t, err
	}
	did, n, err := p.read(ctx, tx)
	if err != nil {
		return t, err
	}
	is := p.side(p.version, did)
	t = Trial{Name: p.version.Name, Version: p.version.Version, From: p.from, To: p.to, Facts: n, Rows: is.rows, Rules: []RuleShift{}, Gone: []Unit{}}
	switch {
	case p.round != nil:
		var was side
		if was, err = roundSide(ctx, tx, *p.round); err != nil {
			return t, err
		}
		t.beside(was)
	case p.other != nil:
		was := p.side(*p.other, did)
		was.about = TrialSide{Kind: p.kind, Name: p.other.Name, Version: p.other.Version}
		t.beside(was)
	}
	for i := range t.Rows {
		if t.Rows[i].By == nil {
			t.Rows[i].By = []PartShift{}
		}
	}
	t.Millis = time.Since(began).Milliseconds()
	return t, nil
}

// A trial is what a tryQuery means.
type trial struct {
	version  Version
	other    *Version
	kind     string // of the other side
	round    *Round
	from, to string
	year     int // what counted already is looked for from its beginning, or that of the period
	adjusted []Adjusted
	known    map[string]remembered // what rules gave on the first side, by class and code
}

// prepare finds what a trial is about. Both versions are taken to be of the
// year of the period, or of the round's scheme where it is the round's period.
// What was entered by hand for the other scheme counts for the rules of the same
// codes.
func (e schemes) prepare(ctx context.Context, tx *tenant.Tx, q tryQuery) (p trial, err error) {
	p.known = map[string]remembered{}
	if p.version, err = versionOf(ctx, tx, q.ID, q.Version); err != nil {
		return p, err
	}
	p.from, p.to = q.From, q.To
	switch {
	case q.Round != nil:
		r, err := findRound(ctx, tx, *q.Round)
		if err != nil {
			return p, err
		}
		if r.Digest == "" {
			return p, ErrNotComputed.On("round")
		}
		if p.from == "" {
			p.from, p.to = r.From, r.To
		}
		v, err := r.versionOf(ctx, tx)
		if err != nil {
			return p, err
		}
		if p.from == r.From {
			p.year = v.Year
		}
		p.round, p.version.Scheme = &r, r.SchemeID
		if p.adjusted, err = adjustedOf(ctx, tx, r.ID, ""); err != nil {
			return p, err
		}
	case q.Code != "":
		was := p.version
		if p.version, err = was.changed(q.Code, q.Field, q.Value, e.offered()); err != nil {
			return p, err
		}
		p.other, p.kind = &was, "change"
	case q.With != nil, q.WithVersion != 0:
		with := q.ID
		if q.With != nil {
			with = *q.With
		}
		was, err := versionOf(ctx, tx, with, q.WithVersion)
		if err != nil {
			return p, err
		}
		p.other, p.kind, p.version.Scheme = &was, "version", was.Scheme
	}
	if p.year == 0 {
		p.year = yearOf(p.from)
	}
	if len(p.version.Units) == 0 || len(p.version.Rules) == 0 {
		return p, ErrTryNothing
	}
	return p, nil
}

// versionOf returns what a scheme said at a version, as it is now if zero.
func versionOf(ctx context.Context, tx *tenant.Tx, scheme uuid.UUID, version int) (Version, error) {
	s, _, err := findScheme(ctx, tx, scheme, version)
	return Version{Scheme: s.ID, Version: s.Version, Year: s.Year, Name: s.Name, Units: s.Units, Rules: s.Rules, Plan: s.Plan}, err
}

// read reads the deeds of both sides once, and returns them by unit with how
// many they are.
func (p trial) read(ctx context.Context, tx *tenant.Tx) (map[Unit]map[string][]Fact, int, error) {
	both := p.version
	if p.other != nil {
		both.Units, both.Rules = slices.Clone(both.Units), append(slices.Clone(both.Rules), p.other.Rules...)
		for _, u := range p.other.Units {
			if !slices.ContainsFunc(both.Units, func(o Unit) bool { return o.Kind == u.Kind && o.ID == u.ID }) {
				both.Units = append(both.Units, u)
			}
		}
	}
	both.Year = p.year
	if err := p.bounded(ctx, tx, both, tryDeeds); err != nil {
		return nil, 0, err
	}
	did, err := load(ctx, tx, both, p.from, p.to)
	if err != nil {
		return nil, 0, err
	}
	by, n := make(map[Unit]map[string][]Fact, len(both.Units)), 0
	for i, u := range both.Units {
		by[Unit{Kind: u.Kind, ID: u.ID}] = did[i]
		for _, fs := range did[i] {
			for _, f := range fs {
				if !f.Before && f.Reversal == uuid.Nil {
					n++
				}
			}
		}
	}
	return by, n, nil
}

// bounded refuses a trial that would read more than most deeds.
func (p trial) bounded(ctx context.Context, tx *tenant.Tx, v Version, most int) error {
	tenants, kinds := newAccounts(tx.Actor.Tenant, v.Units).tenants, map[string]bool{}
	for _, r := range v.Rules {
		kinds[r.DeedKind] = true
	}
	var n int
	err := tx.Get(ctx, &n, `
		select count(*) from (
		  select from deeds where tenant_id = any ($1::uuid[]) and kind = any ($2::text[]) and day between $3::date and $4::date and not trial limit $5) d`,
		tenant.Array(tenants), tenant.Array(slices.Sorted(maps.Keys(kinds))), begin(v, p.from), p.to, most+1)
	if err == nil && n > most {
		return ErrTryMuch.With("most", most).On("from")
	}
	return err
}

// side scores the deeds by a version.
func (p trial) side(v Version, by map[Unit]map[string][]Fact) side {
	did := make(facts, len(v.Units))
	for i, u := range v.Units {
		did[i] = by[Unit{Kind: u.Kind, ID: u.ID}]
	}
	v.Year = p.year
	w := newWorking(v, p.from, p.to)
	w.bare = true
	p.remember(w)
	for i := range v.Units {
		w.score(i, did[i])
	}
	res := w.finish()
	res.adjust(p.adjusted)
	s := side{rows: make([]TrialRow, len(res.Scores))}
	for i, sc := range res.Scores {
		row := TrialRow{Unit: sc.Unit, Class: v.Plan.className(sc.Class), Total: sc.Total, Rank: sc.Rank, Grade: sc.Grade, parts: map[string]amount{}}
		for _, l := range sc.Lines {
			a := row.parts[l.Rule.Code]
			row.parts[l.Rule.Code] = amount{l.Rule.Name, a.points.Add(l.Points)}
		}
		s.rows[i] = row
	}
	return s
}

// roundSide is a round as it was kept.
func roundSide(ctx context.Context, tx *tenant.Tx, r Round) (s side, err error) {
	s.about = TrialSide{Kind: "round", Name: r.Name, Version: r.SchemeVersion}
	for _, kind := range []string{"department", "tenant"} {
		list, err := rows(ctx, tx, r.ID, kind)
		if err != nil {
			return s, err
		}
		for _, row := range list {
			was := TrialRow{Unit: row.Unit, Total: row.Total, Rank: row.Rank, Grade: row.Grade, parts: map[string]amount{}}
			for _, p := range row.Parts {
				was.parts[p.Rule] = amount{points: p.Points}
			}
			s.rows = append(s.rows, was)
		}
	}
	return s, s.name(ctx, tx, r.ID)
}

// name gives the parts of a round the names their rules had in it.
func (s side) name(ctx context.Context, tx *tenant.Tx, round uuid.UUID) error {
	var names []struct {
		Code string `db:"rule_code"`
		Name string `db:"name"`
	}
	err := tx.Select(ctx, &names, `select rule_code, min(rule_name) as name from assess_entries where round_id = $1 group by rule_code`, round)
	for _, n := range names {
		for _, row := range s.rows {
			if a, ok := row.parts[n.Code]; ok {
				row.parts[n.Code] = amount{n.Name, a.points}
			}
		}
	}
	return err
}

// shownShifts is how many rules a row names.
const shownShifts = 8

// beside lays the trial beside another side: who gains, who loses, by which
// rule.
func (t *Trial) beside(was side) {
	t.Beside = &was.about
	before := make(map[Unit]TrialRow, len(was.rows))
	for _, r := range was.rows {
		before[Unit{Kind: r.Unit.Kind, ID: r.Unit.ID}] = r
	}
	rules := map[string]*RuleShift{}
	for i := range t.Rows {
		r := &t.Rows[i]
		key := Unit{Kind: r.Unit.Kind, ID: r.Unit.ID}
		b, ok := before[key]
		if !ok {
			continue
		}
		delete(before, key)
		r.Was = &TrialWas{Total: b.Total, Rank: b.Rank, Grade: b.Grade, Change: r.Total.Sub(b.Total), Moved: b.Rank - r.Rank}
		r.By = shifts(r.parts, b.parts)
		for _, s := range r.By {
			tally(rules, s)
		}
		r.By = r.By[:min(len(r.By), shownShifts)]
	}
	for _, r := range was.rows {
		if _, left := before[Unit{Kind: r.Unit.Kind, ID: r.Unit.ID}]; left {
			t.Gone = append(t.Gone, r.Unit)
		}
	}
	for _, s := range rules {
		t.Rules = append(t.Rules, *s)
	}
	slices.SortFunc(t.Rules, func(a, b RuleShift) int {
		if n := b.moved.Cmp(a.moved); n != 0 {
			return n
		}
		return strings.Compare(a.Code, b.Code)
	})
}
