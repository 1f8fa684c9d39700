package assess

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess/rule"
)

// A Version is what a scheme said at one version. It is never changed.
type Version struct {
	Scheme  uuid.UUID
	Version int
	Year    int
	Name    string
	Units   []Unit
	Rules   []Spec
	Plan    Plan `json:",omitzero"`
}

// A Result is a round worked out: the scores of all units, in the order of the
// list of each kind.
type Result struct {
	Version  Version
	From, To string
	Scores   []Score
	Edition  Edition
	Bare     bool   // it does not say what its lines rest on; that is looked up
	Seen     string // among the deeds that were there then: a snapshot of the database

	made *prepared // what is written of it, if that has been made ready
}

// A Score is what one unit got.
type Score struct {
	Unit    Unit
	Class   string          // its code; empty where the scheme has no classes
	Place   int             // in the list of its kind, from 1
	Rank    int             // in its class, shared by equals; the next one counts them all
	Total   decimal.Decimal // Exact, rounded once: two places, half up
	Exact   decimal.Decimal // the sum of the entries
	Grade   string          // empty where the scheme has no grades
	Effects []string        // of vetoes, on the grade
	Lines   []Entry
}

// An Entry is a line of a score, with the rule it comes from, which nobody
// changes.
type Entry struct {
	Rule *Spec
	Line
}

// facts are the deeds of a period by the index of their unit and by kind.
type facts []map[string][]Fact

// work works a round out: what each unit did by itself, then what is compared
// among the units of a class, then what rests on all lines of a unit. It
// depends on nothing but its parameters, and not on the order of the facts
// (R310).
func work(v Version, from, to string, did facts) Result { return workBy(present, v, from, to, did) }

// workBy is work as an edition has it.
func workBy(e Edition, v Version, from, to string, did facts) Result {
	w := newWorking(v, from, to)
	w.Edition = e
	for i := range v.Units {
		w.score(i, did[i])
	}
	return w.finish()
}

// A working is a round being worked out: unit by unit, and then what needs all
// of them.
type working struct {
	Result
	bare    bool // nothing is kept of the deeds that lines rest on
	members map[uuid.UUID]Member
	made    map[string][]rule.Rule // by class
	later   []map[string][]Fact    // what is asked for again at the end, by unit
	places  map[*Spec]int          // of the rules
}

func newWorking(v Version, from, to string) *working { return begun(v, from, to, false) }

// begun begins to work a round out, with or without what its lines rest on.
func begun(v Version, from, to string, bare bool) *working {
	w := &working{bare: bare, Result: Result{Version: v, From: from, To: to, Scores: make([]Score, len(v.Units))},
		members: v.Plan.members(), made: map[string][]rule.Rule{}, later: make([]map[string][]Fact, len(v.Units)), places: make(map[*Spec]int, len(v.Rules))}
	for i := range v.Rules {
		w.places[&v.Rules[i]] = i
	}
	for _, u := range v.Units {
		if class := w.members[u.ID].Class; w.made[class] == nil {
			w.made[class] = v.rules(class, from, to)
			for i, r := range w.made[class] {
				if bare {
					w.made[class][i] = rule.Bare(r)
				}
			}
		}
	}
	return w
}

// score works out what one unit did by itself. Several units may be scored at
// the same time.
func (w *working) score(i int, did map[string][]Fact) {
	m := w.members[w.Version.Units[i].ID]
	s := Score{Unit: w.Version.Units[i], Class: m.Class, Lines: make([]Entry, 0, len(w.Version.Rules)+8)}
	w.later[i] = map[string][]Fact{}
	for j, r := range w.made[m.Class] {
		spec := &w.Version.Rules[j]
		if w.Version.Plan.exempts(m, spec.Heading) {
			continue
		}
		if isLater(r) {
			w.later[i][spec.DeedKind] = did[spec.DeedKind]
		}
		facts := did[spec.DeedKind]
		if spec.DeedKind == Recorded {
			facts = w.Version.factsOf(*spec, did)
		}
		for _, l := range r.Score(facts) {
			if w.bare {
				l.Shares = nil
			}
			s.add(r, Entry{spec, l})
		}
	}
	w.Scores[i] = s
}

// add adds a line that a rule gave, with the effect it has on the grade.
func (s *Score) add(r rule.Rule, l Entry) {
	if veto, ok := r.(rule.Veto); ok && veto.Holds(l.Line) {
		s.Effects = append(s.Effects, veto.Effect)
	}
	s.Lines = append(s.Lines, l)
}

// isLater reports whether a rule is asked again when all lines of a unit are
// there.
func isLater(r rule.Rule) bool {
	switch r.(type) {
	case rule.Adjusting, rule.Deriving:
		return true
	}
	return false
}

// finish does what needs all units, once each has been scored.
func (w *working) finish() Result {
	v := w.Version
	v.compare(w.Scores, w.made, w.members)
	for i := range w.Scores {
		s := &w.Scores[i]
		for _, l := range s.Lines {
			s.Exact = s.Exact.Add(l.Points)
		}
		v.Plan.settle(s, v.Rules, w.made[s.Class], w.members[s.Unit.ID], w.later[i], v)
		w.later[i] = nil
	}
	v.Plan.normalise(w.Scores)
	w.rank()
	w.Bare = w.bare
	return w.Result
}

// rules makes the rules of a class.
func (v Version) rules(class, from, to string) []rule.Rule {
	all := make([]rule.Rule, len(v.Rules))
	for i, s := range v.Rules {
		all[i] = s.in(class, from, to)
	}
	return all
}

// compare has the rules that measure units against one another do so, class by
// class.
func (v Version) compare(scores []Score, made map[string][]rule.Rule, members map[uuid.UUID]Member) {
	for _, class := range classesOf(scores) {
		for j, r := range made[class[0].Class] {
			c, ok := r.(rule.Comparing)
			if !ok {
				continue
			}
			var of []rule.Compared
			for _, s := range class {
				for i := range s.Lines {
					if s.Lines[i].Rule.Code == v.Rules[j].Code {
						of = append(of, rule.Compared{Line: &s.Lines[i].Line, Staff: members[s.Unit.ID].Staff})
					}
				}
			}
			c.Compare(of)
		}
	}
}

// factsOf returns what a rule counts of what a unit did.
func (v Version) factsOf(s Spec, did map[string][]Fact) []Fact {
	if s.DeedKind != Recorded {
		return did[s.DeedKind]
	}
	prefix := recordOf(v.Scheme, s.Code)
	var mine []Fact
	for _, f := range did[Recorded] {
		if strings.HasPrefix(f.Item, prefix) {
			mine = append(mine, f)
		}
	}
	return mine
}

// rank orders the scores: departments and tenants apart, class by class, the
// higher total first, equals by name; equals share a rank. Each class has ranks
// of its own. It rounds the totals, and grades by them.
func (r *Result) rank() {
	for i := range r.Scores {
		r.Scores[i].Total = r.Scores[i].Exact.Round(2) // half away from zero, which for scores is half up
	}
	r.Version.Plan.grade(r.Scores, r.Edition)
	slices.SortFunc(r.Scores, func(a, b Score) int {
		return cmp.Or(cmp.Compare(a.Unit.Kind, b.Unit.Kind), r.Version.Plan.order(a.Class, b.Class), b.Total.Cmp(a.Total),
			cmp.Compare(a.Unit.Name, b.Unit.Name), bytes.Compare(a.Unit.ID[:], b.Unit.ID[:]))
	})
	first := 0 // of the class
	for i := range r.Scores {
		s := &r.Scores[i]
		s.Place, s.Rank = 1, 1
		if i == 0 || r.Scores[i-1].Unit.Kind != s.Unit.Kind {
			first = i
			continue
		}
		last := r.Scores[i-1]
		if s.Place = last.Place + 1; last.Class != s.Class {
			first = i
			continue
		}
		s.Rank = i - first + 1
		if s.Total.Equal(last.Total) {
			s.Rank = last.Rank
		}
	}
}

// order is the order of two classes: as the plan has them, those without one
// last.
func (p Plan) order(a, b string) int {
	at := func(code string) int {
		if i := p.classAt(code); i >= 0 {
			return i
		}
		return len(p.Classes)
	}
	return at(a) - at(b)
}

// Entries returns how many entries the result has.
func (r *Result) Entries() (n int) {
	for _, s := range r.Scores {
		n += len(s.Lines)
	}
	return n
}
