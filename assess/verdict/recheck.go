package verdict

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/calendar"
	"hetu/tenant"
)

// terms are what grades are proposed by.
type terms struct {
	Share   int            `json:"share"`
	Heading string         `json:"heading"`
	Lines   []Line         `json:"lines"`
	Edition assess.Edition `json:"edition,omitempty"` // zero: from before there were editions
}

// terms are those by which grades are proposed now.
func (c Calendar) terms() terms {
	return terms{c.Share, c.Heading, append([]Line{}, c.Lines...), assess.Severest}
}

func (t terms) edition() assess.Edition { return max(t.Edition, assess.InTurn) }

// same reports whether grades would be proposed by the same.
func (t terms) same(o terms) bool {
	return t.Share == o.Share && t.Heading == o.Heading && t.edition() == o.edition() &&
		slices.EqualFunc(t.Lines, o.Lines, func(a, b Line) bool { return a.Name == b.Name && a.AtLeast.Equal(b.AtLeast) })
}

// strayedNotice is the first notice whose text is not the one its digest is of,
// or that shows another list than the result it is about has.
func (r record) strayedNotice(p assess.Packed) string {
	if len(r.Notices) == 0 {
		return "there was no notice"
	}
	for i, n := range r.Notices {
		at := fmt.Sprintf("notices[%d]: ", i)
		if is := digestOf([]byte(n.Text)); is != n.Digest {
			return fmt.Sprintf("%sthe SHA-256 of its text is %s, recorded is %s", at, is, n.Digest)
		}
		rows, err := posted(n.Text)
		if err != nil {
			return at + err.Error()
		}
		if n.Result != p.Digest { // of a result before this one
			continue
		}
		units := p.Stand("", r.Grading.Terms.V.edition())
		if len(units) != len(rows) {
			return fmt.Sprintf("%sit shows %d units, the result has %d", at, len(rows), len(units))
		}
		for j, u := range units {
			s := rows[j]
			if s.Kind != u.Unit.Kind || s.Class != u.ClassName || s.Rank != u.Rank || s.Unit != u.Unit.Name || !s.Total.Equal(u.Total) {
				return fmt.Sprintf("%sit shows %s in place %d with %s, the result has %s in place %d with %s", at, s.Unit, s.Rank, s.Total, u.Unit.Name, u.Rank, u.Total)
			}
		}
	}
	return ""
}

// strayedAppeal is the first appeal that is not at its end, was answered by who
// answered it before, or was accepted with nothing in the result for it.
func (r record) strayedAppeal(p assess.Packed) string {
	decided := calendar.DateOf(r.decision().At).String() // one raised afterwards changes nothing any more
	for i, a := range r.Appeals {
		at := fmt.Sprintf("appeals[%d]: ", i)
		counted := func(b assess.Adjusted) bool { return a.Adjustment != nil && b.ID == *a.Adjustment }
		of := slices.IndexFunc(r.Appeals, func(b recordAppeal) bool { return a.First != nil && b.ID == *a.First })
		switch {
		case !slices.ContainsFunc(r.Notices, func(n recordNotice) bool { return n.ID == a.Notice }):
			return at + "it is against no notice of the round"
		case a.Outcome == "" && a.Withdrawn == nil && a.RaisedOn < decided:
			return at + "nobody has answered it"
		case a.Outcome == "":
		case a.Level == 2 && of < 0:
			return at + "it follows no first one"
		case a.Level == 2 && r.Appeals[of].AnswererID != nil && a.AnswererID != nil && *a.AnswererID == *r.Appeals[of].AnswererID:
			return at + "the person who answered the first one answered it"
		case a.Outcome == "accepted" && a.Adjustment != nil && !slices.ContainsFunc(p.Adjusted, counted) && !r.met(a, p):
			return at + "it was accepted, and nothing in the result comes of it"
		}
	}
	return ""
}

// met reports whether another confirmed adjustment of the line stands for what
// was proposed when an appeal was accepted.
func (r record) met(a recordAppeal, p assess.Packed) bool {
	return slices.ContainsFunc(p.Adjusted, func(b assess.Adjusted) bool {
		return b.UnitKind == a.UnitKind && b.UnitID == a.UnitID && b.Rule == a.Rule
	})
}

// strayedGrading works the grading out again by its terms, with the choices
// among equals that were made.
func (r record) strayedGrading(p assess.Packed) string {
	g := r.Grading
	if g.Result != p.Digest {
		return fmt.Sprintf("grading: it is of the result %s, the package's is %s", g.Result, p.Digest)
	}
	by := g.Terms.V
	units := placedBy(p.Stand(by.Heading, by.edition()), p.Result.Version.Plan.Grades, by)
	if len(units) == 0 {
		return "grading: the result has no units"
	}
	picks := chosen(g.Rows, units[0].names[0])
	rows, ties, used := quota(units, by.Share, picks)
	if len(ties) > 0 || used != len(picks) {
		return "grading: the choices among equals are not those the result asks for"
	}
	if len(rows) != len(g.Rows) {
		return fmt.Sprintf("grading: %d units, worked out %d", len(g.Rows), len(rows))
	}
	for i, row := range rows {
		if was, is := tenant.JSON(g.Rows[i]), tenant.JSON(row); was != is {
			return fmt.Sprintf("grading, row %d: recorded %s, worked out %s", i+1, was, is)
		}
	}
	return ""
}

// chosen are the choices among equals that a grading was proposed with: who got
// the first grade by choice, class by class.
func chosen(rows []GradeRow, first string) (picks []Pick) {
	type key struct{ kind, class string }
	at := map[key]int{}
	for _, r := range rows {
		if r.Why != "chosen" {
			continue
		}
		k := key{r.Unit.Kind, r.Class}
		if _, ok := at[k]; !ok {
			at[k] = len(picks)
			picks = append(picks, Pick{Units: []uuid.UUID{}, Reason: r.Reason})
		}
		if r.Grade == first {
			picks[at[k]].Units = append(picks[at[k]].Units, r.Unit.ID)
		}
	}
	return picks
}

// strayedDecision checks that the decision is what another person than who
// proposed wrote down of the grading, and differs from it only as a meeting may.
func (r record) strayedDecision(p assess.Packed) string {
	d, names := r.decision(), gradesIn(p.Result.Version.Plan.Grades, r.Grading.Terms.V.Lines)
	switch is := digestOf([]byte(tenant.JSON(d.Rows))); {
	case is != d.Digest:
		return fmt.Sprintf("decision: the SHA-256 of its rows is %s, recorded is %s", is, d.Digest)
	case d.Result != p.Digest:
		return fmt.Sprintf("decision: it is on the result %s, the package's is %s", d.Result, p.Digest)
	case d.Grading != r.Grading.ID, len(d.Rows) != len(r.Grading.Rows):
		return "decision: it is on another grading"
	case d.ByAcc == r.Grading.ByAcc:
		return "decision: the person who proposed the grades wrote it down"
	}
	for i, row := range d.Rows {
		was := r.Grading.Rows[i]
		if tenant.JSON(row) == tenant.JSON(was) {
			continue
		}
		at := fmt.Sprintf("decision, row %d: ", i+1)
		to := slices.Index(names, row.Grade)
		switch grade, why, reason := row.Grade, row.Why, row.Reason; {
		case why != "changed" || reason == "" || to < 0 || grade == was.Grade:
			return at + "it differs from the grading and says no change"
		case to < slices.Index(names, was.ByLine):
			return at + "the grade is above the line of the total"
		}
		row.Grade, row.Why, row.Reason = was.Grade, was.Why, was.Reason
		if tenant.JSON(row) != tenant.JSON(was) {
			return at + "more than the grade was changed"
		}
	}
	if err := within(d.Rows, names[0], r.Grading.Terms.V.Share); err != nil {
		return "decision: more units have the first grade than there are places"
	}
	return ""
}
