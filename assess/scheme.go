package assess

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// schemes are the endpoints of schemes; they know the kinds of deeds on offer.
type schemes struct {
	kinds func() []feature.Indicator
}

type ref struct {
	ID uuid.UUID `json:"-" path:"id"`
}

type newScheme struct {
	Year int    `json:"year" minimum:"2000" maximum:"2100"`
	Name string `json:"name" minLength:"1" maxLength:"80"`

	Template string     `json:"template,omitempty" maxLength:"32"` // begins with its rules
	From     *uuid.UUID `json:"from,omitempty"`                    // begins as another scheme is now, of last year for instance
	Offer    *uuid.UUID `json:"offer,omitempty"`                   // begins with what is offered from above
}

// Validate refuses a name of nothing but spaces.
func (in *newScheme) Validate() error { return feature.Trim(&in.Name, "name", 80) }

// create makes a draft: empty, of a template, of an offer, or as another scheme is. Units
// there no longer are, are left out of the copy.
func (e schemes) create(ctx context.Context, tx *tenant.Tx, in newScheme) (Scheme, error) {
	s := Scheme{ID: tenant.NewID(), Year: in.Year, Name: in.Name, State: "draft", Version: 1, Units: []Unit{}, Rules: []Spec{}}
	if err := e.begin(ctx, tx, in, &s); err != nil {
		return s, err
	}
	_, err := tx.Exec(ctx, `insert into assess_schemes (id, year, name) values ($1, $2, $3)`, s.ID, s.Year, s.Name)
	if tenant.Constraint(err) == "assess_schemes_name_uq" {
		return s, ErrNameTaken.On("name")
	}
	if err != nil {
		return s, err
	}
	tx.Audit("assess.scheme_created", "assess/scheme/"+s.ID.String(), map[string]any{"year": s.Year, "name": s.Name, "template": in.Template, "from": in.From, "offer": in.Offer})
	return s, keep(ctx, tx, s)
}

// keep writes down what the scheme says at its version.
func keep(ctx context.Context, tx *tenant.Tx, s Scheme) error {
	_, err := tx.Exec(ctx, `
		insert into assess_scheme_versions (scheme_id, version, year, name, units, rules, plan, by_name, at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		s.ID, s.Version, s.Year, s.Name, tenant.JSON(s.Units), tenant.JSON(s.Rules), tenant.JSON(s.Plan), tx.Actor.Name, tx.Now)
	return err
}

type schemeRow struct {
	ID      uuid.UUID `json:"id"`
	Year    int       `json:"year"`
	Name    string    `json:"name"`
	State   string    `json:"state" enum:"draft,active,closed"`
	Version int       `json:"version"`
}

type schemeList struct{ feature.Page }

func (q schemeList) Validate() error { return cursor(q.Page) }

func (schemes) list(ctx context.Context, tx *tenant.Tx, q schemeList) (l feature.List[schemeRow], err error) {
	var rows []schemeRow
	err = tx.Select(ctx, &rows, `
		select id, year, name, state, version
		  from assess_schemes
		 where $1 = '' or id < nullif($1, '')::uuid
		 order by id desc limit $2`, q.After, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(r schemeRow) string { return r.ID.String() }), err
}

// cursor checks that a page goes on after an id.
func cursor(p feature.Page) error {
	if p.After == "" {
		return nil
	}
	if _, err := uuid.Parse(p.After); err != nil {
		return feature.ErrMalformed.On("after")
	}
	return nil
}

func (schemes) get(ctx context.Context, tx *tenant.Tx, q ref) (Scheme, error) {
	s, _, err := findScheme(ctx, tx, q.ID, 0)
	return s, err
}

type saved struct {
	ByName string    `db:"by_name"`
	At     time.Time `db:"at"`
}

// findScheme returns a scheme as it stood at a version, as it is now if zero.
func findScheme(ctx context.Context, tx *tenant.Tx, id uuid.UUID, version int) (s Scheme, by saved, err error) {
	var row struct {
		schemeRow
		saved
		Units doc[[]Unit] `db:"units"`
		Rules doc[[]Spec] `db:"rules"`
		Plan  doc[Plan]   `db:"plan"`
	}
	err = tx.Get(ctx, &row, `
		select s.id, v.year, v.name, s.state, v.version, v.by_name, v.at, v.units, v.rules, v.plan
		  from assess_schemes s
		  join assess_scheme_versions v on v.scheme_id = s.id and v.version = coalesce(nullif($2, 0), s.version)
		 where s.id = $1`, id, version)
	if errors.Is(err, tenant.ErrNoRows) {
		return s, by, ErrSchemeNotFound
	}
	r := row.schemeRow
	return Scheme{r.ID, r.Year, r.Name, r.State, r.Version, row.Units.V, row.Rules.V, row.Plan.V}, row.saved, err
}

// unitRef names a unit. What it is called is looked up; a name that comes with
// it, as one does when a scheme is sent back, is not used.
type unitRef struct {
	Kind string    `json:"kind" enum:"tenant,department"`
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name,omitempty"`
}

type schemeEdit struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Name    string    `json:"name" minLength:"1" maxLength:"80"`
	Year    int       `json:"year" minimum:"2000" maximum:"2100"`
	Version int       `json:"version"`
	Units   []unitRef `json:"units" maxItems:"5000"`
	Rules   []Spec    `json:"rules" maxItems:"300"`
	Plan    Plan      `json:"plan,omitzero"`
}

// Validate refuses a name of nothing but spaces.
func (in *schemeEdit) Validate() error { return feature.Trim(&in.Name, "name", 80) }

// edit makes a new version of a scheme. Rounds that exist keep theirs.
func (e schemes) edit(ctx context.Context, tx *tenant.Tx, in schemeEdit) (Scheme, error) {
	if err := checkRules(in.Rules, in.Plan, e.offered()); err != nil {
		return Scheme{}, err
	}
	units, err := e.named(ctx, tx, in.Units)
	if err != nil {
		return Scheme{}, err
	}
	if err := in.Plan.check(units); err != nil {
		return Scheme{}, err
	}
	s := Scheme{ID: in.ID, Year: in.Year, Name: in.Name, Units: units, Rules: []Spec{}, Plan: in.Plan}
	for _, r := range in.Rules {
		s.Rules = append(s.Rules, r.normal())
	}
	err = tx.Get(ctx, &s, `
		   update assess_schemes
		      set year = $3, name = $4, version = version + 1
		    where id = $1 and version = $2 and state <> 'closed'
		returning state, version`, in.ID, in.Version, in.Year, in.Name)
	switch {
	case tenant.Constraint(err) == "assess_schemes_name_uq":
		return s, ErrNameTaken.On("name")
	case errors.Is(err, tenant.ErrNoRows):
		return s, refusal(ctx, tx, in.ID, in.Version)
	case err != nil:
		return s, err
	case s.State == "active":
		if err := s.complete(); err != nil {
			return s, err
		}
		if err := s.conforms(ctx, tx); err != nil {
			return s, err
		}
	}
	tx.Audit("assess.scheme_changed", "assess/scheme/"+s.ID.String(),
		map[string]any{"version": s.Version, "units": len(s.Units), "rules": len(s.Rules)})
	return s, keep(ctx, tx, s)
}

// refusal says why a scheme could not be changed by somebody who knew it at a
// version: it is not there, it is closed, or it has been changed since.
func refusal(ctx context.Context, tx *tenant.Tx, id uuid.UUID, version int) error {
	now, by, err := findScheme(ctx, tx, id, 0)
	switch {
	case err != nil:
		return err
	case now.State == "closed":
		return ErrSchemeClosed
	case now.Version == version:
		return ErrNotDraft
	}
	stale := ErrStale.With("version", now.Version).With("changed_by", by.ByName).With("changed_at", by.At)
	was, _, err := findScheme(ctx, tx, id, version)
	if errors.Is(err, ErrSchemeNotFound) { // a version there never was
		return stale.With("changed", []string{"name", "year", "units", "rules"})
	}
	if err != nil {
		return err
	}
	return stale.With("changed", differences(was, now))
}

func differences(a, b Scheme) []string {
	changed := []string{}
	for _, f := range []struct {
		name string
		same bool
	}{
		{"name", a.Name == b.Name},
		{"year", a.Year == b.Year},
		{"units", reflect.DeepEqual(a.Units, b.Units)},
		{"rules", tenant.JSON(a.Rules) == tenant.JSON(b.Rules)}, // 5 and 5.0 are the same points
		{"plan", tenant.JSON(a.Plan) == tenant.JSON(b.Plan)},
	} {
		if !f.same {
			changed = append(changed, f.name)
		}
	}
	return changed
}

type schemeAct struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version"`
}

// activate lets rounds be made of a scheme.
func (schemes) activate(ctx context.Context, tx *tenant.Tx, in schemeAct) (Scheme, error) {
	n, err := tx.Exec(ctx, `
		update assess_schemes set state = 'active' where id = $1 and version = $2 and state = 'draft'`, in.ID, in.Version)
	if err != nil {
		return Scheme{}, err
	}
	if n == 0 {
		return Scheme{}, refusal(ctx, tx, in.ID, in.Version)
	}
	s, _, err := findScheme(ctx, tx, in.ID, 0)
	if err != nil {
		return s, err
	}
	tx.Audit("assess.scheme_activated", "assess/scheme/"+s.ID.String(), map[string]any{"version": s.Version})
	if err := s.complete(); err != nil {
		return s, err
	}
	return s, s.conforms(ctx, tx)
}

// complete returns what an active scheme lacks.
func (s Scheme) complete() error {
	switch {
	case len(s.Units) == 0:
		return ErrNoUnits.On("units")
	case len(s.Rules) == 0:
		return ErrNoRules.On("rules")
	}
	return s.Plan.complete(s.Rules)
}

// close ends a scheme: it can be changed no more and no round be made of it.
func (schemes) close(ctx context.Context, tx *tenant.Tx, in schemeAct) (Scheme, error) {
	n, err := tx.Exec(ctx, `
		update assess_schemes set state = 'closed' where id = $1 and version = $2 and state = 'active'`, in.ID, in.Version)
	if err != nil {
		return Scheme{}, err
	}
	s, _, err := findScheme(ctx, tx, in.ID, 0)
	switch {
	case err != nil:
		return s, err
	case n == 0 && s.State == "draft":
		return s, ErrNotActive
	case n == 0:
		return s, refusal(ctx, tx, in.ID, in.Version)
	}
	tx.Audit("assess.scheme_closed", "assess/scheme/"+s.ID.String(), map[string]any{"version": s.Version})
	return s, nil
}

// candidates lists who can be scored: the tenant's departments and the tenants
// below it.
func (schemes) candidates(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Unit], err error) {
	l.Items = []Unit{}
	err = tx.Select(ctx, &l.Items, `
		select unit_kind, unit_id, unit_name
		  from (select 'department' as unit_kind, id as unit_id, name as unit_name, array[sort] as place from departments
		        union all
		        select 'tenant', id, name, array[depth] from platform.kin() where relation = 'descendant') u
		 order by unit_kind, place, unit_name, unit_id`)
	return l, err
}

// named gives the units the names they have, and refuses what is no unit.
func (e schemes) named(ctx context.Context, tx *tenant.Tx, refs []unitRef) ([]Unit, error) {
	known, err := e.candidates(ctx, tx, feature.None{})
	if err != nil {
		return nil, err
	}
	names := make(map[Unit]string, len(known.Items))
	for _, u := range known.Items {
		names[Unit{Kind: u.Kind, ID: u.ID}] = u.Name
	}
	units := make([]Unit, 0, len(refs))
	seen := make(map[Unit]bool, len(refs))
	for i, r := range refs {
		u := Unit{Kind: r.Kind, ID: r.ID}
		name, ok := names[u]
		switch {
		case !ok:
			return nil, ErrUnitUnknown.On(fmt.Sprintf("units[%d]", i))
		case seen[u]:
			return nil, ErrUnitTwice.On(fmt.Sprintf("units[%d]", i))
		}
		seen[u] = true
		u.Name = name
		units = append(units, u)
	}
	return units, nil
}

type deedKind struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
	Good bool   `json:"good"`
	Note string `json:"note"` // what somebody should know before they score it
}

func (e schemes) deedKinds(context.Context, *tenant.Tx, feature.None) (feature.List[deedKind], error) {
	l := feature.List[deedKind]{Items: []deedKind{}}
	for _, k := range e.kinds() {
		l.Items = append(l.Items, deedKind(k))
	}
	slices.SortFunc(l.Items, func(a, b deedKind) int { return strings.Compare(a.Kind, b.Kind) })
	return l, nil
}

func (e schemes) offered() map[string]feature.Indicator {
	m := map[string]feature.Indicator{}
	for _, k := range e.kinds() {
		m[k.Kind] = k
	}
	return m
}
