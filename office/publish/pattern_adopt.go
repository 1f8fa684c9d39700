package publish

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/tenant"
)

// A patternChoice says what shall become here of a column of a pattern: make
// one, take over what the issuer set in it, or keep what is here as it is (of a
// column that is not here: leave it out).
type patternChoice struct {
	Key     uuid.UUID `json:"key"`
	Take    string    `json:"take" enum:"make,take,keep"`
	Version int       `json:"version,omitempty" minimum:"0"` // of the column here, to take over
}

// An adoption adopts a version. Columns on which nothing is chosen stay as they
// are, undecided.
type adoption struct {
	ID      uuid.UUID       `json:"-" path:"id"`
	Choices []patternChoice `json:"choices" maxItems:"1000"`
}

// choosable are the states in which a choice can be made.
var choosable = map[string]map[string]bool{
	"make": {"new": true, "left": true},
	"take": {"differs": true, "own": true},
	"keep": {"new": true, "left": true, "differs": true, "own": true},
}

// adoptPattern makes and changes what the Office chose, column by column, and
// nothing else. The columns are the tenant's own from then on; who answers for
// them it decides itself. A version that was followed by another is not
// adopted any more.
func adoptPattern(ctx context.Context, tx *tenant.Tx, in adoption) (p PatternPlan, err error) {
	if err := lockTree(ctx, tx); err != nil {
		return p, err
	}
	if p, err = planPattern(ctx, tx, ref{ID: in.ID}); err != nil {
		return p, err
	}
	if !p.Pattern.Newest {
		var newest int
		err := tx.Get(ctx, &newest, `select max(version) from column_patterns where issuer_id = $1`, p.Pattern.Issuer.ID)
		if err != nil {
			return p, err
		}
		return p, ErrPatternOld.With("version", newest)
	}
	choices, err := in.chosen(p)
	if err != nil {
		return p, err
	}
	a := adopting{here: map[uuid.UUID]uuid.UUID{}, count: map[string]int{}, version: p.Pattern.Version}
	for _, s := range p.Items {
		if s.Ours != nil && s.State != "ended" {
			a.here[s.Theirs.Key] = s.Ours.Key
		}
	}
	for _, s := range p.Items {
		if err := a.step(ctx, tx, s, choices[s.Theirs.Key]); err != nil {
			return p, err
		}
	}
	if err := a.note(ctx, tx, p.Pattern); err != nil {
		return p, err
	}
	return planPattern(ctx, tx, ref{ID: in.ID})
}

// chosen returns the choices by column, or what is wrong with one.
func (in adoption) chosen(p PatternPlan) (map[uuid.UUID]patternChoice, error) {
	steps := map[uuid.UUID]PatternStep{}
	for _, s := range p.Items {
		steps[s.Theirs.Key] = s
	}
	chosen := map[uuid.UUID]patternChoice{}
	for _, c := range in.Choices {
		s, there := steps[c.Key]
		if _, twice := chosen[c.Key]; twice || !there {
			return nil, ErrPatternColumn
		}
		if !choosable[c.Take][s.State] {
			return nil, ErrPatternChoice.With("name", s.Theirs.Name)
		}
		chosen[c.Key] = c
	}
	return chosen, nil
}

// adopting is an adoption under way.
type adopting struct {
	version int
	here    map[uuid.UUID]uuid.UUID // the columns here by the issuer's key
	links   []patternLink
	count   map[string]int // of what was done
}

// step does what was chosen for one column. What is the same is linked without
// being asked: nothing changes by it.
func (a *adopting) step(ctx context.Context, tx *tenant.Tx, s PatternStep, c patternChoice) error {
	switch c.Take {
	case "make":
		parent, err := a.parent(s.Theirs)
		if err != nil {
			return err
		}
		made, err := openColumn(ctx, tx, s.Theirs.opened(parent))
		if err != nil {
			return s.taken(err)
		}
		a.here[s.Theirs.Key] = made.ID
	case "take":
		change := s.Theirs.changed(s.Ours.Key, c.Version)
		if parent, err := a.parent(s.Theirs); err == nil {
			change.ParentID = &parent
		}
		if _, err := changeColumn(ctx, tx, change); err != nil {
			return s.taken(err)
		}
	case "keep":
	default:
		if s.State != "same" {
			return nil
		}
		c.Take = "same"
	}
	a.count[c.Take]++
	l := patternLink{Key: s.Theirs.Key, Version: a.version}
	if id, there := a.here[l.Key]; there {
		l.ColumnID = &id
	}
	a.links = append(a.links, l)
	return nil
}

// taken says of which column it is that a sister has its name.
func (s PatternStep) taken(err error) error {
	if errors.Is(err, ErrColumnTaken) {
		return ErrPatternTaken.With("name", s.Theirs.Name)
	}
	return err
}

// parent returns the column here below which the issuer's stands: the zero id
// if it stands below none.
func (a *adopting) parent(c PatternColumn) (uuid.UUID, error) {
	if c.ParentKey == nil {
		return uuid.Nil, nil
	}
	id, there := a.here[*c.ParentKey]
	if !there {
		return id, ErrPatternParent.With("name", c.Name)
	}
	return id, nil
}

// note writes down what was decided, and that the version was adopted.
func (a *adopting) note(ctx context.Context, tx *tenant.Tx, p Pattern) error {
	_, err := tx.Exec(ctx, `
		insert into pattern_links as l (issuer_id, key, column_id, version)
		     select $1, d.key, d.column_id, d.version from jsonb_to_recordset($2::jsonb) as d (key uuid, column_id uuid, version int)
		on conflict on constraint pattern_links_pkey do update set column_id = excluded.column_id, version = excluded.version`,
		p.Issuer.ID, tenant.JSON(append([]patternLink{}, a.links...)))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into pattern_adoptions (id, issuer_id, pattern_id, version, at) values ($1, $2, $3, $4, $5)
		on conflict on constraint pattern_adoptions_once_uq do nothing`, tenant.NewID(), p.Issuer.ID, p.ID, p.Version, tx.Now)
	if err != nil {
		return err
	}
	tx.Audit("publish.pattern_adopted", patternObject(p.ID), map[string]any{"issuer": p.Issuer.Name, "version": p.Version,
		"made": a.count["make"], "taken": a.count["take"], "kept": a.count["keep"], "same": a.count["same"]})
	return nil
}

// opened is the column as one that is opened below parent.
func (c PatternColumn) opened(parent uuid.UUID) newColumn {
	return newColumn{ParentID: &parent, Name: c.Name, Kind: c.Kind, ReviewLevels: c.ReviewLevels, Sort: c.Sort, Interval: c.MaxIntervalDays,
		Purpose: c.Purpose, Rules: c.spec()}
}

// changed makes all that holds in the issuer's column hold in one here. Its
// department, its place among its sisters and its people stay; so does the
// column above it if the issuer's is not here.
func (c PatternColumn) changed(id uuid.UUID, version int) columnChange {
	inherited := -1
	days := c.MaxIntervalDays
	if days == nil {
		days = &inherited
	}
	return columnChange{ID: id, Name: &c.Name, Kind: &c.Kind, ReviewLevels: &c.ReviewLevels, Interval: days,
		Purpose: &c.Purpose, Rules: c.spec(), Version: version}
}

func (c PatternColumn) spec() *ruleSpec {
	s := &ruleSpec{Kinds: c.Kinds, Sign: turned(c.Sign), Comments: turned(c.Comments), Receipts: turned(c.Receipts), AllStaff: turned(c.AllStaff)}
	if c.NamedFrom != nil {
		s.NamedFrom = *c.NamedFrom
	}
	return s
}

// turned is the word that switched reads.
func turned(on *bool) string {
	switch {
	case on == nil:
		return "inherit"
	case *on:
		return "on"
	}
	return "off"
}
