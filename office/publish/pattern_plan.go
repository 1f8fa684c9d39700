package publish

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"hetu/tenant"
)

// A PatternStep is a column of a pattern beside the one in its place here.
//
//	new      there is none, and nothing was decided
//	left     there is none: it was left out, or deleted since
//	same     there is one, and all the same holds in it
//	differs  there is one in which something else holds, and nothing was decided on this
//	own      the same, and here it was decided so
//	ended    it is not in the pattern any more
type PatternStep struct {
	State        string        `json:"state" enum:"new,left,same,differs,own,ended"`
	Theirs       PatternColumn `json:"theirs"` // if ended: as it last was
	TheirsParent string        `json:"theirs_parent"`
	Ours         *OwnColumn    `json:"ours"`
	OursParent   string        `json:"ours_parent"`
	Differs      []string      `json:"differs" enum:"name,parent,kind,purpose,review_levels,max_interval_days,kinds,sign,named_from,comments,receipts,all_staff"`
	ChangedAbove []string      `json:"changed_above"` // which of them the issuer changed since it was decided upon here
	Decided      int           `json:"decided"`       // the version last decided upon; 0: none
}

// An OwnColumn is a column of the tenant's own, told as a pattern would.
type OwnColumn struct {
	PatternColumn
	State   string `db:"state" json:"state" enum:"active,disabled"`
	Version int    `db:"version" json:"version"`
}

// A PatternPlan is what adopting a pattern would do: a dry run.
type PatternPlan struct {
	Pattern Pattern       `json:"pattern"`
	Adopted int           `json:"adopted"` // the newest version of its issuer that was adopted here; 0: none
	Items   []PatternStep `json:"items"`   // those above before those below
	Next    string        `json:"next"`    // always empty
}

// differs names what holds in one and not in the other.
func (c PatternColumn) differs(o PatternColumn) []string {
	d := []string{}
	for _, f := range []struct {
		name string
		not  bool
	}{
		{"name", c.Name != o.Name}, {"parent", !same(c.ParentKey, o.ParentKey)}, {"kind", c.Kind != o.Kind}, {"purpose", c.Purpose != o.Purpose},
		{"review_levels", c.ReviewLevels != o.ReviewLevels}, {"max_interval_days", !same(c.MaxIntervalDays, o.MaxIntervalDays)},
		{"kinds", !slices.Equal(c.Kinds, o.Kinds)}, {"sign", !same(c.Sign, o.Sign)}, {"named_from", !same(c.NamedFrom, o.NamedFrom)},
		{"comments", !same(c.Comments, o.Comments)}, {"receipts", !same(c.Receipts, o.Receipts)}, {"all_staff", !same(c.AllStaff, o.AllStaff)},
	} {
		if f.not {
			d = append(d, f.name)
		}
	}
	return d
}

// A patternLink is what was decided here on a column of a pattern.
type patternLink struct {
	Key      uuid.UUID  `db:"key" json:"key"`
	ColumnID *uuid.UUID `db:"column_id" json:"column_id"`
	Version  int        `db:"version" json:"version"`
}

// A planner knows what is here and what was decided.
type planner struct {
	own    map[uuid.UUID]*OwnColumn
	named  map[place]*OwnColumn
	links  map[uuid.UUID]patternLink
	linked map[uuid.UUID]bool                  // columns in the place of one of the issuer's
	bases  map[int]map[uuid.UUID]PatternColumn // the versions that were decided upon
	theirs map[uuid.UUID]PatternColumn         // of the version that is planned
	here   map[uuid.UUID]*OwnColumn            // by the issuer's key
}

// A place is a name below a column; below none if it is the zero id.
type place struct {
	parent uuid.UUID
	name   string
}

func placeOf(parent *uuid.UUID, name string) place {
	if parent == nil {
		return place{name: name}
	}
	return place{*parent, name}
}

func planPattern(ctx context.Context, tx *tenant.Tx, in ref) (p PatternPlan, err error) {
	page, err := showPattern(ctx, tx, in)
	if err != nil {
		return p, err
	}
	if page.Own {
		return p, ErrPatternNotFound
	}
	p.Pattern, p.Items = page.Pattern, []PatternStep{}
	err = tx.Get(ctx, &p.Adopted, `
		select coalesce(max(version), 0) from pattern_adoptions where issuer_id = $1 and unit_id = app_tenant()`, page.Issuer.ID)
	if err != nil {
		return p, err
	}
	w := planner{theirs: map[uuid.UUID]PatternColumn{}, here: map[uuid.UUID]*OwnColumn{}}
	if err := w.load(ctx, tx, page.Issuer.ID); err != nil {
		return p, err
	}
	for _, c := range page.Items {
		w.theirs[c.Key] = c
	}
	for _, c := range page.Items {
		p.Items = append(p.Items, w.step(c))
	}
	p.Items = append(p.Items, w.ended()...)
	return p, nil
}

// load reads the columns here and what was decided on the issuer's.
func (w *planner) load(ctx context.Context, tx *tenant.Tx, issuer uuid.UUID) error {
	var own []OwnColumn
	if err := tx.Select(ctx, &own, `select `+ruleColumns+`, c.state, c.version from columns c`); err != nil {
		return err
	}
	w.own, w.named = map[uuid.UUID]*OwnColumn{}, map[place]*OwnColumn{}
	for i, c := range own {
		w.own[c.Key], w.named[placeOf(c.ParentKey, c.Name)] = &own[i], &own[i]
	}
	var links []patternLink
	if err := tx.Select(ctx, &links, `select key, column_id, version from pattern_links where issuer_id = $1 order by key`, issuer); err != nil {
		return err
	}
	w.links, w.linked = map[uuid.UUID]patternLink{}, map[uuid.UUID]bool{}
	for _, l := range links {
		if w.links[l.Key] = l; l.ColumnID != nil {
			w.linked[*l.ColumnID] = true
		}
	}
	var bases []struct {
		Version int                        `db:"version"`
		Items   tenant.Rows[PatternColumn] `db:"items"`
	}
	err := tx.Select(ctx, &bases, `
		select p.version, p.columns as items from column_patterns p
		 where p.issuer_id = $1 and p.version in (select l.version from pattern_links l where l.issuer_id = $1)`, issuer)
	w.bases = map[int]map[uuid.UUID]PatternColumn{}
	for _, b := range bases {
		w.bases[b.Version] = map[uuid.UUID]PatternColumn{}
		for _, c := range b.Items {
			w.bases[b.Version][c.Key] = c
		}
	}
	return err
}

// find returns the column in the place of one of the issuer's: the one linked
// to it, else the one that has its name in its place.
func (w *planner) find(c PatternColumn) *OwnColumn {
	if l := w.links[c.Key]; l.ColumnID != nil {
		return w.own[*l.ColumnID]
	}
	at := place{name: c.Name}
	if c.ParentKey != nil {
		above := w.here[*c.ParentKey]
		if above == nil {
			return nil
		}
		at.parent = above.Key
	}
	if o := w.named[at]; o != nil && !w.linked[o.Key] {
		return o
	}
	return nil
}

// step works out one column. The one above it must have been worked out before.
func (w *planner) step(c PatternColumn) PatternStep {
	link, decided := w.links[c.Key]
	s := PatternStep{State: "new", Theirs: c, Differs: []string{}, ChangedAbove: []string{}, Decided: link.Version}
	if c.ParentKey != nil {
		s.TheirsParent = w.theirs[*c.ParentKey].Name
	}
	o := w.find(c)
	if o == nil {
		if decided {
			s.State = "left"
		}
		return s
	}
	w.here[c.Key] = o
	s.Ours, s.OursParent = o, w.parentName(o)
	s.Differs = w.translated(c).differs(o.PatternColumn)
	if decided {
		s.ChangedAbove = both(s.Differs, c.differs(w.bases[link.Version][c.Key]))
	}
	switch {
	case len(s.Differs) == 0:
		s.State = "same"
	case decided && len(s.ChangedAbove) == 0:
		s.State = "own"
	default:
		s.State = "differs"
	}
	return s
}

// translated is the issuer's column as it would stand here: below the column
// that stands in its parent's place. A parent that is not here is nobody's.
func (w *planner) translated(c PatternColumn) PatternColumn {
	if c.ParentKey == nil {
		return c
	}
	c.ParentKey = &uuid.UUID{}
	if above := w.here[w.theirs[c.Key].parent()]; above != nil {
		c.ParentKey = &above.Key
	}
	return c
}

func (c PatternColumn) parent() uuid.UUID {
	if c.ParentKey == nil {
		return uuid.Nil
	}
	return *c.ParentKey
}

func (w *planner) parentName(o *OwnColumn) string {
	if up := w.own[o.parent()]; up != nil {
		return up.Name
	}
	return ""
}

// ended are the columns here that stand in the place of what is not in the
// pattern any more.
func (w *planner) ended() (steps []PatternStep) {
	for key, l := range w.links {
		was, known := w.bases[l.Version][key]
		if _, still := w.theirs[key]; still || !known || l.ColumnID == nil {
			continue
		}
		o := w.own[*l.ColumnID]
		steps = append(steps, PatternStep{State: "ended", Theirs: was, Ours: o, OursParent: w.parentName(o),
			Differs: []string{}, ChangedAbove: []string{}, Decided: l.Version})
	}
	slices.SortFunc(steps, func(a, b PatternStep) int { return slices.Compare(a.Theirs.Key[:], b.Theirs.Key[:]) })
	return steps
}

func both(a, b []string) []string {
	in := []string{}
	for _, x := range a {
		if slices.Contains(b, x) {
			in = append(in, x)
		}
	}
	return in
}
