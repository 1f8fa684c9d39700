package publish

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// What can be wrong with what else an item says of itself.
var (
	ErrAudienceAll   = fault.New(fault.Invalid, "publish.audience_all").On("audience") // its column is not meant for all staff
	ErrAudienceEmpty = fault.New(fault.Invalid, "publish.audience_empty").On("audience_departments")
	ErrAudienceMany  = fault.New(fault.Invalid, "publish.audience_many").On("audience_departments") // meta: max
	ErrAudience      = fault.New(fault.Invalid, "publish.audience_unknown").On("audience_departments")
	ErrEventFuture   = fault.New(fault.Invalid, "publish.event_in_future").On("event_date") // news is of what has happened
	ErrValidPast     = fault.New(fault.Invalid, "publish.valid_past").On("valid_until")
)

// maxAudience is how many departments an item is meant for at most.
const maxAudience = 50

const (
	// Meant narrows items i to those that are meant for the member $1.
	Meant = `(i.audience <> 'departments' or exists (
		select from subjects a where a.member_id = $1 and a.department_id = any (i.audience_departments)))`

	// MeantOrOwn narrows items i to those that the member $1 reads, if they may
	// read their columns: what is meant for them, and what they had a part in.
	MeantOrOwn = `(` + Meant + ` or $1 in (i.drafter_id, i.editor_id, i.publisher_id))`

	// Current narrows items i to those that hold today, in China.
	Current = `(i.valid_until is null or i.valid_until >= (now() at time zone 'Asia/Shanghai')::date)`

	// meantFor narrows an audience m to those for whom the item $3 is meant.
	meantFor = `((select i.audience from items i where i.id = $3) <> 'departments' or exists (
		select from subjects a where a.member_id = m.id
		   and a.department_id = any ((select i.audience_departments from items i where i.id = $3)::uuid[])))`
)

// fields are what else an item says of itself; the zero value says nothing. All
// of it is content.
type fields struct {
	CoverFile   *uuid.UUID `db:"cover_file"` // of the picture
	CoverAlt    string     `db:"cover_alt"`
	CoverSHA    string     `db:"cover_sha256"`
	Audience    string     `db:"audience"` // readers (or empty), departments, all
	Departments tenant.IDs `db:"audience_departments"`
	EventDate   *string    `db:"event_date"`  // YYYY-MM-DD
	ValidUntil  *string    `db:"valid_until"` // the last day
}

// fieldColumns are the fields of an item i, or of what one said once, but the
// digest of the picture.
const fieldColumns = `i.cover_file, i.cover_alt, i.audience, i.audience_departments, i.event_date::text as event_date, i.valid_until::text as valid_until`

const coverDigest = `coalesce((select encode(f.sha256, 'hex') from files f where f.id = i.cover_file), '') as cover_sha256`

// audienceNames are the departments for which an item i is meant.
const audienceNames = `coalesce(case when i.audience = 'departments' then (
	select jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name) order by d.sort, d.id) from departments d where d.id = any (i.audience_departments)) end, '[]') as audience_names`

// digest adds the fields that are set to what is hashed. What is absent adds
// nothing: the hashes of items from before there were fields stay what they were.
func (f *fields) digest(d digest) {
	if f.CoverFile != nil {
		d.text("cover", f.CoverSHA, f.CoverAlt)
	}
	if f.Audience != "" && f.Audience != "readers" {
		d.text("audience", f.Audience, strconv.Itoa(len(f.Departments)))
		for _, id := range f.Departments {
			d.text(id.String())
		}
	}
	if f.EventDate != nil {
		d.text("event_date", *f.EventDate)
	}
	if f.ValidUntil != nil {
		d.text("valid_until", *f.ValidUntil)
	}
}

// set reports whether anything is.
func (f *fields) set() bool {
	return f.CoverFile != nil || f.Audience != "" && f.Audience != "readers" || f.EventDate != nil || f.ValidUntil != nil
}

// columns are the fields as parameters: cover_file, cover_alt, audience,
// audience_departments, event_date, valid_until.
func (f *fields) columns() []any {
	departments := f.Departments
	if departments == nil {
		departments = tenant.IDs{}
	}
	return []any{f.CoverFile, f.CoverAlt, or(f.Audience, "readers"), departments, f.EventDate, f.ValidUntil}
}

// A FieldSpec says what the fields shall be. What is absent stays; an empty day
// means that there shall be none. The departments come with the audience.
type FieldSpec struct {
	Audience    *string     `json:"audience,omitempty" enum:"readers,departments,all"`
	Departments []uuid.UUID `json:"audience_departments,omitempty"`
	EventDate   *string     `json:"event_date,omitempty" maxLength:"10"`  // YYYY-MM-DD, the day on which it happened
	ValidUntil  *string     `json:"valid_until,omitempty" maxLength:"10"` // YYYY-MM-DD, the last day
}

// take takes over what the spec says and returns the names of what changed.
func (f *fields) take(in FieldSpec) (changed []string, err error) {
	if in.Audience != nil {
		to, departments := or(*in.Audience, "readers"), tenant.IDs(nil)
		if to == "departments" {
			departments = slices.Clone(in.Departments)
			slices.SortFunc(departments, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
			departments = slices.Compact(departments)
			if len(departments) == 0 {
				return nil, ErrAudienceEmpty
			}
			if len(departments) > maxAudience {
				return nil, ErrAudienceMany.With("max", maxAudience)
			}
		}
		if to != or(f.Audience, "readers") || !slices.Equal(departments, f.Departments) {
			f.Audience, f.Departments = to, departments
			changed = append(changed, "audience")
		}
	}
	for _, day := range []struct {
		name string
		at   **string
		to   *string
	}{{"event_date", &f.EventDate, in.EventDate}, {"valid_until", &f.ValidUntil, in.ValidUntil}} {
		if day.to == nil {
			continue
		}
		d, err := calendar.ParseDate(*day.to)
		if *day.to != "" && (err != nil || d.Year < 1900 || d.Year > 2999) {
			return nil, feature.ErrMalformed.On(day.name)
		}
		to := day.to
		if *to == "" {
			to = nil
		}
		if !same(*day.at, to) {
			*day.at = to
			changed = append(changed, day.name)
		}
	}
	return changed, nil
}

// sayable returns what is wrong with the fields that changed, for an item of
// its kind in its column today.
func (r *row) sayable(ctx context.Context, tx *tenant.Tx, changed []string) error {
	moved := slices.Contains(changed, "column_id")
	if (moved || slices.Contains(changed, "audience")) && r.Audience != "" && r.Audience != "readers" {
		rules, err := rulesOf(ctx, tx, r.ColumnPath)
		if err != nil {
			return err
		}
		if err := r.addressed(ctx, tx, rules); err != nil {
			return err
		}
	}
	if slices.Contains(changed, "kind") || slices.Contains(changed, "event_date") {
		return r.happened(calendar.DateOf(tx.Now))
	}
	return nil
}

// addressed returns what keeps an item from being meant for whom it says, where
// the rules hold.
func (r *row) addressed(ctx context.Context, tx *tenant.Tx, rules Rules) error {
	switch r.Audience {
	case "all":
		if !rules.AllStaff {
			return ErrAudienceAll
		}
	case "departments":
		var n int
		err := tx.Get(ctx, &n, `select count(*) from departments where id = any ($1)`, r.Departments)
		if err != nil {
			return err
		}
		if n != len(r.Departments) {
			return ErrAudience
		}
	}
	return nil
}

// happened returns ErrEventFuture of news from tomorrow.
func (r *row) happened(today calendar.Date) error {
	if r.Kind == "news" && r.EventDate != nil && *r.EventDate > today.String() {
		return ErrEventFuture
	}
	return nil
}

// holds returns ErrValidPast if the item's validity is over on the day.
func (r *row) holds(day calendar.Date) error {
	if r.ValidUntil != nil && *r.ValidUntil < day.String() {
		return ErrValidPast
	}
	return nil
}

// filled returns what keeps the item from being handed in or published on the
// day, as far as its fields go.
func (r *row) filled(ctx context.Context, tx *tenant.Tx, rules Rules) error {
	today := calendar.DateOf(tx.Now)
	if err := r.addressed(ctx, tx, rules); err != nil {
		return err
	}
	if err := r.happened(today); err != nil {
		return err
	}
	return r.holds(today)
}

// audienceField is for whom the item is meant, as a revision keeps it: empty if
// for everybody who reads its column.
func (r *row) audienceField() Field {
	f := Field{Name: "audience"}
	if r.Audience == "" || r.Audience == "readers" {
		return f
	}
	f.Value = r.Audience
	for _, id := range r.Departments {
		f.Value += " " + id.String()
	}
	var names []string
	for _, d := range r.Names {
		names = append(names, d.Name)
	}
	f.Text = strings.Join(names, "、")
	return f
}

// fieldSpec brings back the fields of an older content, but for the picture.
func (c content) fieldSpec() (s FieldSpec) {
	event, valid, audience := c.field("event_date").Value, c.field("valid_until").Value, strings.Fields(c.field("audience").Value)
	to := "readers"
	if len(audience) > 0 {
		to = audience[0]
		for _, id := range audience[1:] {
			if d, err := uuid.Parse(id); err == nil {
				s.Departments = append(s.Departments, d)
			}
		}
	}
	s.Audience, s.EventDate, s.ValidUntil = &to, &event, &valid
	return s
}

func said(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
