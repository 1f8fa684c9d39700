package assess

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// A Finding is something to see to before a scheme is put into force.
type Finding struct {
	Level string         `json:"level" enum:"must,look"` // it cannot be activated, or somebody should look
	Code  string         `json:"code"`
	Field string         `json:"field"` // where it is: rules[2].target; empty for the scheme
	About string         `json:"about"` // the rule, heading, unit or person it is about
	Meta  map[string]any `json:"meta"`
}

// What there may be to look at.
const (
	lookYear       = "year_in_name"      // a name, text or formula speaks of another year
	lookPerson     = "leader_unknown"    // nobody here is called that
	lookDepartment = "department_gone"   // no department is
	lookUnit       = "unit_gone"         // it is no unit any more
	lookNew        = "unit_new"          // it is one, and not in the scheme
	lookRenamed    = "unit_renamed"      // with now
	lookEmpty      = "heading_empty"     // no rule stands under it
	lookLoose      = "rule_loose"        // it stands under no heading, while others do
	lookClass      = "unit_unclassed"    // while others have a class
	lookKind       = "kind_gone"         // what it counts is not recorded any more
	lookMuch       = "more_than_weight"  // the full points of its rules exceed the weight
	lookOffer      = "recommended_lacks" // with from and missing
)

// checks goes through a scheme before it is put into force: one copied from
// last year above all. It changes nothing.
func (e schemes) checks(ctx context.Context, tx *tenant.Tx, q ref) (l feature.List[Finding], err error) {
	s, _, err := findScheme(ctx, tx, q.ID, 0)
	if err != nil {
		return l, err
	}
	c := checklist{scheme: s}
	for _, check := range []func(context.Context, *tenant.Tx) error{c.faults, e.kindsOf(&c), e.unitsOf(&c), c.people, c.offers} {
		if err := check(ctx, tx); err != nil {
			return l, err
		}
	}
	c.years()
	c.tree()
	l.Items = append([]Finding{}, c.found...)
	slices.SortStableFunc(l.Items, func(a, b Finding) int { return levelOf(a) - levelOf(b) })
	return l, nil
}

func levelOf(f Finding) int {
	if f.Level == "must" {
		return 0
	}
	return 1
}

type checklist struct {
	scheme Scheme
	found  []Finding
}

func (c *checklist) look(code, field, about string, meta map[string]any) {
	if meta == nil {
		meta = map[string]any{}
	}
	c.found = append(c.found, Finding{"look", code, field, about, meta})
}

// faults adds what keeps the scheme from being activated.
func (c *checklist) faults(context.Context, *tenant.Tx) error {
	for _, err := range []error{c.scheme.complete(), c.scheme.Plan.check(c.scheme.Units)} {
		if err != nil {
			f := fault.Of(err)
			meta := f.Meta
			if meta == nil {
				meta = map[string]any{}
			}
			c.found = append(c.found, Finding{"must", f.Code, f.Field, "", meta})
		}
	}
	return nil
}

// kindsOf checks the rules as they would be checked when saved.
func (e schemes) kindsOf(c *checklist) func(context.Context, *tenant.Tx) error {
	return func(context.Context, *tenant.Tx) error {
		at := map[string]int{}
		for i, r := range c.scheme.Rules {
			at[fmt.Sprintf("rules[%d]", i)] = i
			if r.DeedKind != "" && e.offered()[r.DeedKind].Kind == "" {
				c.found = append(c.found, Finding{"must", "assess." + lookKind, fmt.Sprintf("rules[%d].deed_kind", i), r.Name, map[string]any{"kind": r.DeedKind}})
			}
		}
		for err := range wrongRules(c.scheme.Rules, c.scheme.Plan, e.offered()) {
			f := fault.Of(err)
			if f.Code == ErrKindUnknown.Code {
				continue
			}
			about := ""
			if i, ok := at[listPlace.FindString(f.Field)]; ok {
				about = c.scheme.Rules[i].Name
			}
			c.found = append(c.found, Finding{"must", f.Code, f.Field, about, map[string]any{}})
		}
		return nil
	}
}

var listPlace = regexp.MustCompile(`^\w+\[\d+\]`)

// unitsOf looks at who is scored, and who could be.
func (e schemes) unitsOf(c *checklist) func(context.Context, *tenant.Tx) error {
	return func(ctx context.Context, tx *tenant.Tx) error {
		known, err := e.candidates(ctx, tx, feature.None{})
		if err != nil {
			return err
		}
		now, kinds := map[uuid.UUID]string{}, map[string]bool{}
		for _, u := range known.Items {
			now[u.ID] = u.Name
		}
		members, in := c.scheme.Plan.members(), map[uuid.UUID]bool{}
		for i, u := range c.scheme.Units {
			in[u.ID], kinds[u.Kind] = true, true
			field := fmt.Sprintf("units[%d]", i)
			switch name, ok := now[u.ID]; {
			case !ok:
				c.look(lookUnit, field, u.Name, nil)
			case name != u.Name:
				c.look(lookRenamed, field, u.Name, map[string]any{"now": name})
			}
			if len(c.scheme.Plan.Classes) > 0 && members[u.ID].Class == "" {
				c.look(lookClass, field, u.Name, nil)
			}
		}
		for _, u := range known.Items {
			if kinds[u.Kind] && !in[u.ID] {
				c.look(lookNew, "units", u.Name, nil)
			}
		}
		return nil
	}
}

// people looks at who is to answer for the headings: by name, as the plan has
// them.
func (c *checklist) people(ctx context.Context, tx *tenant.Tx) error {
	var leaders, departments []string
	for _, h := range c.scheme.Plan.Headings {
		leaders, departments = append(leaders, h.Leader), append(departments, h.Department)
	}
	var unknown []string
	err := tx.Select(ctx, &unknown, `
		select 'p' || n from unnest($1::text[]) n where n <> '' and not exists (select from members m where m.name = n and m.state = 'active')
		union
		select 'd' || n from unnest($2::text[]) n where n <> '' and not exists (select from departments d where d.name = n)`,
		tenant.Array(leaders), tenant.Array(departments))
	for i, h := range c.scheme.Plan.Headings {
		if slices.Contains(unknown, "p"+h.Leader) {
			c.look(lookPerson, fmt.Sprintf("plan.headings[%d].leader", i), h.Leader, map[string]any{"heading": h.Name})
		}
		if slices.Contains(unknown, "d"+h.Department) {
			c.look(lookDepartment, fmt.Sprintf("plan.headings[%d].department", i), h.Department, map[string]any{"heading": h.Name})
		}
	}
	return err
}

// offers looks at what is asked for from above.
func (c *checklist) offers(ctx context.Context, tx *tenant.Tx) error {
	if !c.scheme.forDepartments() {
		return nil
	}
	all, err := demands(ctx, tx, c.scheme.Year)
	for _, d := range all {
		names, _ := d.lacks(c.scheme)
		switch meta := map[string]any{"from": d.From, "missing": names}; {
		case len(names) == 0:
		case d.Binding == required:
			c.found = append(c.found, Finding{"must", ErrRequired.Code, "rules", d.From, meta})
		default:
			c.look(lookOffer, "rules", d.From, meta)
		}
	}
	return err
}

var someYear = regexp.MustCompile(`20\d\d`)

// years looks for another year in what people wrote, as a copy has it.
func (c *checklist) years() {
	is := strconv.Itoa(c.scheme.Year)
	say := func(field, text string) {
		if y := someYear.FindString(text); y != "" && !slices.Contains(someYear.FindAllString(text, -1), is) {
			c.look(lookYear, field, text, map[string]any{"year": y})
		}
	}
	say("name", c.scheme.Name)
	for i, r := range c.scheme.Rules {
		say(fmt.Sprintf("rules[%d].name", i), r.Name)
	}
	for i, h := range c.scheme.Plan.Headings {
		say(fmt.Sprintf("plan.headings[%d].name", i), h.Name)
		for j, m := range h.Milestones {
			say(fmt.Sprintf("plan.headings[%d].milestones[%d].text", i, j), m.Text)
		}
	}
}

// tree looks at how rules and headings fit together.
func (c *checklist) tree() {
	p, rules := c.scheme.Plan, c.scheme.Rules
	for i, h := range p.Headings {
		if !slices.ContainsFunc(rules, func(r Spec) bool { return p.under(r.Heading, h.Code) }) {
			c.look(lookEmpty, fmt.Sprintf("plan.headings[%d]", i), h.Name, nil)
		}
	}
	if len(p.Headings) == 0 {
		return
	}
	for i, r := range rules {
		if r.Heading == "" && r.Type != vetoing && r.Type != multiplier && r.Type != category {
			c.look(lookLoose, fmt.Sprintf("rules[%d].heading", i), r.Name, nil)
		}
	}
	for i, h := range p.Headings {
		if full, ok := p.full(h, rules); ok && h.basic() && h.Cap == nil && positive(h.Weight) && full.GreaterThan(*h.Weight) {
			c.look(lookMuch, fmt.Sprintf("plan.headings[%d].weight", i), h.Name, map[string]any{"full": full.String(), "weight": h.Weight.String()})
		}
	}
}

// full returns what the rules under a heading bring at most, where each of them
// says so.
func (p Plan) full(h Heading, rules []Spec) (sum decimal.Decimal, ok bool) {
	for _, r := range rules {
		if !p.under(r.Heading, h.Code) {
			continue
		}
		switch {
		case r.Cap != nil:
			sum = sum.Add(*r.Cap)
		case r.BasePoints != nil && r.BonusPoints == nil && (r.Type == baseTask || r.Type == deduction || r.Type == graded || r.Type == ranked):
			sum = sum.Add(*r.BasePoints)
		default:
			return sum, false
		}
		ok = true
	}
	return sum, ok
}
