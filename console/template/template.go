// Package template keeps how units are set up, so that another can be opened with
// it, or take it over and keep it as its own (R025, R346): departments and posts,
// roles, columns with their steps of review. A tenant issues its own set for the
// units below it, version by version; the operators have one that is built in.
package template

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/office/publish"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

//go:embed migrations
var files embed.FS

// What people may do here.
const (
	View  rbac.Permission = "template.view"
	Issue rbac.Permission = "template.issue" // for the units below
	Adopt rbac.Permission = "template.adopt" // in one's own, each part with the right it needs anyway
)

// What can go wrong here.
var (
	ErrNotFound = fault.New(fault.NotFound, "template.not_found")
	ErrPart     = fault.New(fault.Invalid, "template.no_such_part")
	ErrNoPart   = fault.New(fault.Invalid, "template.nothing_chosen")
	ErrOwn      = fault.New(fault.Conflict, "template.own")
	ErrDenied   = fault.New(fault.Forbidden, "template.part_denied") // meta: permission
)

// needs are the rights that making each part takes.
var needs = map[string]rbac.Permission{"departments": org.Manage, "roles": org.Grant, "columns": publish.Manage}

type templates struct{ rights func() []rbac.Right }

// Feature is templates for tenants. rights are all that the system has.
func Feature(rights func() []rbac.Right) feature.Feature {
	t := &templates{rights}
	const sets = "/template/sets"
	return feature.Feature{
		Name: "template",
		Rights: []rbac.Right{
			{Permission: View, Roles: []rbac.Role{rbac.Admin, rbac.Office}},
			{Permission: Issue, Roles: []rbac.Role{rbac.Office}},
			{Permission: Adopt, Roles: []rbac.Role{rbac.Admin, rbac.Office}},
		},
		Routes: []feature.Route{
			feature.GET(sets, View, feature.Read(list)),
			feature.POST(sets, Issue, feature.Write(issue)),
			feature.GET(sets+"/{id}", View, feature.Read(t.show)),
			feature.POST(sets+"/{id}/adopt", Adopt, feature.Write(t.adopt)),
		},
		Seed:       t.open,
		Migrations: files,
	}
}

// A Template is a set as it was issued.
type Template struct {
	ID        uuid.UUID  `db:"id" json:"id"`
	Own       bool       `db:"own" json:"own"`
	Source    string     `db:"source_name" json:"source"`
	Name      string     `db:"name" json:"name"`
	Version   int        `db:"version" json:"version"`
	Newest    bool       `db:"newest" json:"newest"`
	Note      string     `db:"note" json:"note"`
	Counts    counts     `db:"-" json:"counts"`
	MadeBy    string     `db:"made_by" json:"made_by"`
	MadeAt    time.Time  `db:"made_at" json:"made_at"`
	AdoptedAt *time.Time `db:"adopted_at" json:"adopted_at"` // when something of it was last taken over here

	Body tenant.Doc[Set] `db:"body" json:"-"`
}

type counts struct {
	Departments int `json:"departments"`
	Posts       int `json:"posts"`
	Roles       int `json:"roles"`
	Columns     int `json:"columns"`
}

func (s Set) counts() (c counts) {
	for _, d := range s.Departments {
		c.Posts += len(d.Titles)
	}
	c.Departments, c.Roles, c.Columns = len(s.Departments), len(s.Roles), len(s.Columns)
	return c
}

const rows = `
	select t.id, t.own, t.source_name, t.name, t.version, t.newest, t.note, t.body, t.made_by, t.made_at,
	       (select max(a.at) from template_adoptions a where a.template_id = t.id) as adopted_at
	  from platform.templates_seen() t`

var order = feature.NewOrder("-made_at", "t.id", func(t Template) uuid.UUID { return t.ID },
	feature.ByTime("made_at", "t.made_at", func(t Template) time.Time { return t.MadeAt }))

type query struct{ feature.Page }

// Sorts are by what templates may be sorted.
func (query) Sorts() []string { return order.Names() }

// list lists the newest version of every template the tenant may use.
func list(ctx context.Context, tx *tenant.Tx, q query) (l feature.List[Template], err error) {
	at, err := order.Read(q.Page)
	if err != nil {
		return l, err
	}
	args := feature.Args{}
	var ts []Template
	err = tx.Select(ctx, &ts, rows+` where t.newest and `+at.After(args.Add)+` order by `+at.By()+` limit `+q.Rows(), args...)
	for i := range ts {
		ts[i].Counts = ts[i].Body.V.counts()
	}
	return feature.Cut(ts, q.Size(), at.Cursor), err
}

func find(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (t Template, err error) {
	err = tx.Get(ctx, &t, rows+` where t.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return t, ErrNotFound
	}
	t.Counts = t.Body.V.counts()
	return t, err
}

// A Page is a template beside what is here: what taking it over would make.
type Page struct {
	Template
	Lines []Line `json:"lines"`
	Next  string `json:"next"` // always empty: a set is bounded by what a unit may have
}

type byID struct {
	ID uuid.UUID `json:"-" path:"id"`
}

func (t *templates) show(ctx context.Context, tx *tenant.Tx, in byID) (p Page, err error) {
	if p.Template, err = find(ctx, tx, in.ID); err != nil {
		return p, err
	}
	p.Lines, _, err = t.establish(ctx, tx, p.Body.V, Parts, true)
	return p, err
}

type issued struct {
	Name string `json:"name" minLength:"1" maxLength:"50"`
	Note string `json:"note" maxLength:"500"`
}

// Validate returns the first thing wrong with it.
func (i *issued) Validate() error { return feature.Trim(&i.Name, "name", 50) }

// issue keeps how the tenant is set up now as the next version under a name.
func issue(ctx context.Context, tx *tenant.Tx, in issued) (t Template, err error) {
	s, err := take(ctx, tx)
	if err != nil {
		return t, err
	}
	id := tenant.NewID()
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('template/' || app_tenant()::text, 0))`); err != nil {
		return t, err
	}
	if _, err := tx.Exec(ctx, `select platform.template_issue($1, $2, $3, $4, $5)`, id, in.Name, in.Note, tenant.JSON(s), tx.Actor.Name); err != nil {
		return t, err
	}
	tx.Audit("template.issued", object(id), map[string]any{"name": in.Name, "counts": s.counts()})
	return find(ctx, tx, id)
}

func object(id uuid.UUID) string { return "template/set/" + id.String() }

type adoption struct {
	ID    uuid.UUID `json:"-" path:"id"`
	Parts []string  `json:"parts" maxItems:"3"`
}

// adopt makes what of the chosen parts is not here. It is the tenant's own from
// then on; nothing that is here changes, and nothing follows the template later.
func (t *templates) adopt(ctx context.Context, tx *tenant.Tx, in adoption) (p Page, err error) {
	if len(in.Parts) == 0 {
		return p, ErrNoPart.On("parts")
	}
	for _, part := range in.Parts {
		need, known := needs[part]
		switch {
		case !known:
			return p, ErrPart.On("parts")
		case !rbac.From(ctx).Everywhere(need):
			return p, ErrDenied.On("parts").With("permission", string(need))
		}
	}
	if p.Template, err = find(ctx, tx, in.ID); err != nil {
		return p, err
	}
	if p.Own {
		return p, ErrOwn
	}
	_, made, err := t.establish(ctx, tx, p.Body.V, in.Parts, false)
	if err != nil {
		return p, err
	}
	slices.Sort(in.Parts)
	_, err = tx.Exec(ctx, `
		insert into template_adoptions (id, template_id, source_name, name, version, parts, made, made_by, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		tenant.NewID(), p.ID, p.Source, p.Name, p.Version, tenant.Array(slices.Compact(in.Parts)), made, tx.Actor.Name, tx.Now)
	if err != nil {
		return p, err
	}
	tx.Audit("template.adopted", object(in.ID), map[string]any{"name": p.Name, "version": p.Version, "parts": in.Parts, "made": made})
	return t.show(ctx, tx, byID{in.ID})
}

// open sets a new tenant up with the template its operators chose, or without
// one if that does not exist any more.
func (t *templates) open(ctx context.Context, tx *tenant.Tx) error {
	var chosen struct {
		ID   uuid.UUID `db:"id"`
		Body *string   `db:"body"`
	}
	err := tx.Get(ctx, &chosen, `select id, body::text as body from platform.tenant_template()`)
	if errors.Is(err, tenant.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	set, there := builtin(chosen.ID)
	if chosen.Body != nil {
		if err := json.Unmarshal([]byte(*chosen.Body), &set); err != nil {
			return err
		}
		there = true
	}
	if !there { // it went with the tenant that had issued it
		tx.Audit("template.opened_with", object(chosen.ID), map[string]any{"made": 0, "gone": true})
		return nil
	}
	_, made, err := t.establish(ctx, tx, set, Parts, false)
	if err != nil {
		return err
	}
	tx.Audit("template.opened_with", object(chosen.ID), map[string]int{"made": made})
	return nil
}
