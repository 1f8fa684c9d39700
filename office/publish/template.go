package publish

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// What can go wrong with templates.
var (
	ErrTemplateNotFound = fault.New(fault.NotFound, "publish.template_not_found")
	ErrTemplateUnknown  = fault.New(fault.Invalid, "publish.template_not_found").On("template_id")
	ErrTemplateStale    = fault.New(fault.Conflict, "publish.template_stale")            // meta: version, changed_by, changed_at, changed
	ErrTemplateTaken    = fault.New(fault.Conflict, "publish.template_taken").On("name") // another has the name
	ErrTemplatesFull    = fault.New(fault.Conflict, "publish.templates_full")            // meta: max
)

// maxTemplates is how many templates a tenant keeps.
const maxTemplates = 200

// A Template is what an item of a kind may begin with, as the Office wrote it
// down. In its title, {年}, {月}, {日} and {部门} stand for the day and for the
// department of who begins with it.
type Template struct {
	ID         uuid.UUID  `db:"id" json:"id"`
	Name       string     `db:"name" json:"name"`
	ColumnID   *uuid.UUID `db:"column_id" json:"column_id"` // in it and all below it; null: everywhere
	ColumnName string     `db:"column_name" json:"column_name"`
	Kind       string     `db:"kind" json:"kind" enum:"news,notice,announcement,briefing"`
	Title      string     `db:"title" json:"title"`
	TitleNow   string     `db:"-" json:"title_now"` // as it would be for the actor today
	BodyHTML   string     `db:"body_html" json:"body_html"`
	ChangedBy  string     `db:"changed_by" json:"changed_by"`
	ChangedAt  time.Time  `db:"changed_at" json:"changed_at"`
	Version    int        `db:"version" json:"version"`
	Touched    touched    `db:"touched" json:"-"`
}

const templateColumns = `t.id, t.name, t.column_id, coalesce((select c.name from columns c where c.id = t.column_id), '') as column_name,
	t.kind, t.title, t.body_html, t.changed_by, t.changed_at, t.version, t.touched`

// templateRoutes: the Office keeps the templates, whoever drafts begins with them.
func templateRoutes() []feature.Route {
	const templates = "/publish/templates"
	return []feature.Route{
		feature.GET(templates, Draft, feature.Read(listTemplates)),
		feature.GET(templates+"/all", Manage, feature.Read(allTemplates)),
		feature.POST(templates, Manage, feature.Write(addTemplate)),
		feature.PATCH(templates+"/{id}", Manage, feature.Write(editTemplate)),
		feature.DELETE(templates+"/{id}", Manage, feature.Write(dropTemplate)),
	}
}

type templateQuery struct {
	Column uuid.UUID `json:"-" query:"column"`
}

// listTemplates lists what may begin an item in a column, what is for that
// column before what is for all.
func listTemplates(ctx context.Context, tx *tenant.Tx, q templateQuery) (l feature.List[Template], err error) {
	l.Items = []Template{}
	c, err := columnOf(ctx, tx, q.Column)
	if errors.Is(err, ErrColumnNotFound) {
		return l, ErrColumnUnknown.On("column")
	}
	if err != nil {
		return l, err
	}
	if !on(ctx, Draft, c.Path) {
		return l, nil
	}
	err = tx.Select(ctx, &l.Items, `
		select `+templateColumns+` from item_templates t
		 where (t.column_id is null or t.column_id = any ($1)) and t.kind = any ($2)
		 order by t.column_id is null, t.name`, tenant.Array(c.Path), c.Rules.Kinds)
	if err != nil {
		return l, err
	}
	return l, titled(ctx, tx, l.Items)
}

// allTemplates lists all there are, to who keeps them.
func allTemplates(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Template], err error) {
	l.Items = []Template{}
	err = tx.Select(ctx, &l.Items, `select `+templateColumns+` from item_templates t order by t.name, t.id`)
	return l, err
}

// A TemplateSpec is what the Office writes down of a template.
type TemplateSpec struct {
	Name     string     `json:"name" maxLength:"40"`
	ColumnID *uuid.UUID `json:"column_id,omitempty"`
	Kind     string     `json:"kind" enum:"news,notice,announcement,briefing"`
	Title    string     `json:"title,omitempty" maxLength:"80"`
	BodyHTML string     `json:"body_html,omitempty" maxLength:"200000"`
}

// Validate refuses a template without a name, and titles no item could have.
func (s *TemplateSpec) Validate() error {
	s.Name, s.Title, s.ColumnID = line(s.Name), line(s.Title), given(s.ColumnID)
	switch {
	case s.Name == "":
		return ErrNameMissing
	case utf8.RuneCountInString(s.Title) > maxTitle:
		return ErrTitleLong.With("max", maxTitle)
	}
	return nil
}

// placed returns what is wrong with the column it is for.
func (s TemplateSpec) placed(ctx context.Context, tx *tenant.Tx) error {
	if s.ColumnID == nil {
		return nil
	}
	c, err := columnOf(ctx, tx, *s.ColumnID)
	if errors.Is(err, ErrColumnNotFound) {
		return ErrColumnUnknown.On("column_id")
	}
	if err != nil {
		return err
	}
	return c.Rules.takes(s.Kind)
}

func addTemplate(ctx context.Context, tx *tenant.Tx, in TemplateSpec) (t Template, err error) {
	if err := in.placed(ctx, tx); err != nil {
		return t, err
	}
	var n int
	if err := tx.Get(ctx, &n, `select count(*) from item_templates`); err != nil {
		return t, err
	}
	if n >= maxTemplates {
		return t, ErrTemplatesFull.With("max", maxTemplates)
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into item_templates (id, name, column_id, kind, title, body_html, changed_by, changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, in.Name, in.ColumnID, in.Kind, in.Title, clean(in.BodyHTML), tx.Actor.Name, tx.Now)
	if tenant.Constraint(err) == "item_templates_name_uq" {
		return t, ErrTemplateTaken
	}
	if err != nil {
		return t, err
	}
	tx.Audit("publish.template_added", "publish/template/"+id.String(), map[string]any{"name": in.Name, "column": in.ColumnID})
	return templateOf(ctx, tx, id)
}

func templateOf(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (t Template, err error) {
	err = tx.Get(ctx, &t, `select `+templateColumns+` from item_templates t where t.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return t, ErrTemplateNotFound
	}
	return t, err
}

// A templateEdit is all a template shall say from now on.
type templateEdit struct {
	ID uuid.UUID `json:"-" path:"id"`
	TemplateSpec
	Version int `json:"version" minimum:"1"`
}

func editTemplate(ctx context.Context, tx *tenant.Tx, in templateEdit) (t Template, err error) {
	if t, err = templateOf(ctx, tx, in.ID); err != nil {
		return t, err
	}
	if t.Version != in.Version {
		return t, t.stale(in.Version)
	}
	if err := in.placed(ctx, tx); err != nil {
		return t, err
	}
	fields := []string{}
	for _, f := range []struct {
		name string
		not  bool
	}{{"name", t.Name != in.Name}, {"column_id", !same(t.ColumnID, in.ColumnID)}, {"kind", t.Kind != in.Kind},
		{"title", t.Title != in.Title}, {"body_html", t.BodyHTML != clean(in.BodyHTML)}} {
		if f.not {
			fields = append(fields, f.name)
		}
	}
	n, err := tx.Exec(ctx, `
		update item_templates
		   set name = $3, column_id = $4, kind = $5, title = $6, body_html = $7, version = version + 1,
		       touched = touched || $8, changed_by = $9, changed_at = $10
		 where id = $1 and version = $2`,
		in.ID, in.Version, in.Name, in.ColumnID, in.Kind, in.Title, clean(in.BodyHTML), marks(fields, in.Version+1), tx.Actor.Name, tx.Now)
	switch {
	case tenant.Constraint(err) == "item_templates_name_uq":
		return t, ErrTemplateTaken
	case err != nil:
		return t, err
	case n == 0:
		return t, racedTemplate(ctx, tx, in.ID, in.Version)
	}
	tx.Audit("publish.template_changed", "publish/template/"+in.ID.String(), map[string]any{"fields": fields})
	return templateOf(ctx, tx, in.ID)
}

func dropTemplate(ctx context.Context, tx *tenant.Tx, in versionedQuery) (none feature.None, err error) {
	n, err := tx.Exec(ctx, `delete from item_templates where id = $1 and version = $2`, in.ID, in.Version)
	if err != nil {
		return none, err
	}
	if n == 0 {
		return none, racedTemplate(ctx, tx, in.ID, in.Version)
	}
	tx.Audit("publish.template_dropped", "publish/template/"+in.ID.String(), nil)
	return none, nil
}

func racedTemplate(ctx context.Context, tx *tenant.Tx, id uuid.UUID, read int) error {
	now, err := templateOf(ctx, tx, id)
	if err != nil {
		return err
	}
	return now.stale(read)
}

func (t Template) stale(read int) error {
	return ErrTemplateStale.With("version", t.Version).With("changed_by", t.ChangedBy).
		With("changed_at", t.ChangedAt).With("changed", t.Touched.since(read))
}

// titled fills in what the titles are today for the actor.
func titled(ctx context.Context, tx *tenant.Tx, ts []Template) error {
	var department string
	err := tx.Get(ctx, &department, `
		select d.name from posts p join departments d on d.id = p.department_id where p.member_id = $1 and p.main`, tx.Actor.Member)
	if err != nil && !errors.Is(err, tenant.ErrNoRows) {
		return err
	}
	day := calendar.DateOf(tx.Now)
	now := strings.NewReplacer("{年}", strconv.Itoa(day.Year), "{月}", strconv.Itoa(int(day.Month)), "{日}", strconv.Itoa(day.Day), "{部门}", department)
	for i := range ts {
		ts[i].TitleNow = cut(line(now.Replace(ts[i].Title)), maxTitle)
	}
	return nil
}

// begun takes over the fields of a new draft, and what its template says where
// the draft says nothing.
func (r *row) begun(ctx context.Context, tx *tenant.Tx, in draft) error {
	if given(in.TemplateID) != nil {
		t, err := templateOf(ctx, tx, *in.TemplateID)
		if errors.Is(err, ErrTemplateNotFound) || err == nil && t.ColumnID != nil && !slices.Contains(r.ColumnPath, *t.ColumnID) {
			return ErrTemplateUnknown
		}
		if err != nil {
			return err
		}
		if r.BodyHTML == "" {
			r.BodyHTML = t.BodyHTML
		}
	}
	changed, err := r.take(in.FieldSpec)
	if err != nil {
		return err
	}
	return r.sayable(ctx, tx, changed)
}
