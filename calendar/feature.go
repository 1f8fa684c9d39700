package calendar

import (
	"context"
	"embed"
	"slices"
	"strconv"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// Manage is the right to change the tenant's working days and office hours.
const Manage rbac.Permission = "calendar.manage"

//go:embed migrations
var files embed.FS

// A Hook is told, in the transaction of the change, that the tenant's calendar
// has changed: whoever keeps due times works them out again. An error undoes
// the change.
type Hook func(context.Context, *tenant.Tx) error

// Feature is what the calendar adds to the system. The hooks are called in
// order after every change.
func Feature(hooks ...Hook) feature.Feature {
	f := changes(hooks)
	return feature.Feature{
		Name:   "calendar",
		Rights: []rbac.Right{{Permission: Manage, Roles: []rbac.Role{rbac.Office}}},
		Routes: []feature.Route{
			feature.GET("/calendar/years/{year}", rbac.Member, feature.Read(showYear)),
			feature.PUT("/calendar/years/{year}", Manage, feature.Write(f.putYear)),
			feature.GET("/calendar/hours", rbac.Member, feature.Read(showHours)),
			feature.PUT("/calendar/hours", Manage, feature.Write(f.putHours)),
		},
		Migrations: files,
	}
}

type changes []Hook

func (hooks changes) tell(ctx context.Context, tx *tenant.Tx) error {
	for _, h := range hooks {
		if err := h(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// A Table is a year as a screen shows it.
type Table struct {
	Year    int   `json:"year"`
	Known   bool  `json:"known"`   // false: nobody has said which days are off; deadlines in it are provisional
	Version int   `json:"version"` // 0 while it is as built in
	Days    []Day `json:"days"`
}

type yearRef struct {
	Year int `json:"-" path:"year"`
}

// Validate refuses a year no table can be kept for.
func (q yearRef) Validate() error { return Year{Year: q.Year}.Validate() }

func showYear(ctx context.Context, tx *tenant.Tx, q yearRef) (t Table, err error) {
	c, err := Load(ctx, tx)
	if err != nil {
		return t, err
	}
	t = Table{Year: q.Year, Known: c.Known(q.Year), Days: slices.Clone(c.Years[q.Year].Days)}
	if t.Days == nil {
		t.Days = []Day{}
	}
	t.Version, err = versionOf(ctx, tx, strconv.Itoa(q.Year))
	return t, err
}

// A YearChange replaces the table of a year.
type YearChange struct {
	Year    int   `json:"-" path:"year"`
	Days    []Day `json:"days" maxItems:"400"`
	Version int   `json:"version" minimum:"0"`
}

// Validate returns the first thing wrong with the table.
func (y YearChange) Validate() error { return Year{y.Year, y.Days}.Validate() }

func (hooks changes) putYear(ctx context.Context, tx *tenant.Tx, y YearChange) (t Table, err error) {
	if err := SetYear(ctx, tx, y, hooks...); err != nil {
		return t, err
	}
	return showYear(ctx, tx, yearRef{y.Year})
}

// SetYear replaces the tenant's table of a valid year, audits it and calls the
// hooks. Somebody else's change meanwhile is ErrStale.
func SetYear(ctx context.Context, tx *tenant.Tx, y YearChange, hooks ...Hook) error {
	if err := bump(ctx, tx, strconv.Itoa(y.Year), y.Version, "days"); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `delete from calendar_days where year = $1`, y.Year); err != nil {
		return err
	}
	days, off, names := make([]string, len(y.Days)), make([]bool, len(y.Days)), make([]string, len(y.Days))
	for i, d := range y.Days {
		days[i], off[i], names[i] = d.Date.String(), d.Off, d.Name
	}
	if _, err := tx.Exec(ctx, `
		insert into calendar_days (year, day, off, name)
		select $1, d.day, d.off, d.name from unnest($2::date[], $3::bool[], $4::text[]) as d (day, off, name)`,
		y.Year, tenant.Array(days), tenant.Array(off), tenant.Array(names)); err != nil {
		return err
	}
	tx.Audit("calendar.year_changed", "calendar/year/"+strconv.Itoa(y.Year), map[string]int{"days": len(y.Days), "version": y.Version + 1})
	return changes(hooks).tell(ctx, tx)
}

// An Office is the office hours as a screen shows them.
type Office struct {
	Ranges  Hours `json:"ranges"`
	Version int   `json:"version"` // 0 while they are as built in
}

func showHours(ctx context.Context, tx *tenant.Tx, _ feature.None) (o Office, err error) {
	c, err := Load(ctx, tx)
	if err != nil {
		return o, err
	}
	o.Ranges = c.Hours.orDefault()
	o.Version, err = versionOf(ctx, tx, hours)
	return o, err
}

// An OfficeChange replaces the office hours.
type OfficeChange struct {
	Ranges  Hours `json:"ranges" minItems:"1" maxItems:"8"`
	Version int   `json:"version" minimum:"0"`
}

// Validate returns the first thing wrong with the hours.
func (o OfficeChange) Validate() error { return o.Ranges.Validate() }

func (hooks changes) putHours(ctx context.Context, tx *tenant.Tx, o OfficeChange) (was Office, err error) {
	if err := bump(ctx, tx, hours, o.Version, "ranges"); err != nil {
		return was, err
	}
	if _, err := tx.Exec(ctx, `delete from calendar_hours`); err != nil {
		return was, err
	}
	from, to := make([]int64, len(o.Ranges)), make([]int64, len(o.Ranges))
	for i, r := range o.Ranges {
		from[i], to[i] = int64(r.From), int64(r.To)
	}
	if _, err := tx.Exec(ctx, `
		insert into calendar_hours (from_minute, to_minute)
		select h.f, h.t from unnest($1::int[], $2::int[]) as h (f, t)`, tenant.Array(from), tenant.Array(to)); err != nil {
		return was, err
	}
	tx.Audit("calendar.hours_changed", "calendar/hours", map[string]any{"ranges": o.Ranges, "version": o.Version + 1})
	if err := hooks.tell(ctx, tx); err != nil {
		return was, err
	}
	return showHours(ctx, tx, feature.None{})
}
