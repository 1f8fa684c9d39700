package publish

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
)

// Deeds of a column's day: whether its newest item was within its interval
// (I03, I04). A round writes at most one per column and day; a day on which
// the system stood still has none.
const (
	ColumnFresh = "publish.column_fresh"
	ColumnStale = "publish.column_stale"
)

// noRule is the interval a column sets that may go without news for as long as
// it likes, whatever holds above it.
const noRule = 0

// interval reads the interval of a request: nil for a column that takes over
// the one above it.
func interval(days *int) *int {
	if days == nil || *days < noRule {
		return nil
	}
	return days
}

// intervals are what columns may go without news, as far as is known from the
// top of the tree downward.
type intervals map[uuid.UUID]*int

// of returns the interval of a column in calendar days, nil if it has none:
// what it sets itself, else what holds above it. The column above must have
// been asked for before.
func (v intervals) of(id uuid.UUID, above *uuid.UUID, own *int) *int {
	if own == nil && above != nil {
		own = v[*above]
	}
	if v[id] = own; own == nil || *own == noRule {
		return nil
	}
	return own
}

// intervalDays is the same for one column c.
const intervalDays = `(select nullif(a.max_interval_days, 0) from columns a
	 where a.id = any (c.path) and a.max_interval_days is not null order by cardinality(a.path) desc limit 1) as interval_days`

// How a column stands.
const (
	fresh = "fresh"
	half  = "half"  // half of its interval is used up
	due   = "due"   // four fifths are
	stale = "stale" // it is longer without news than it may (R020)
	blank = "blank" // it never had any
	free  = "free"  // it has no interval
)

// levels are the shares of an interval, in per cent, at which people are told.
var levels = []int{50, 80, 100}

// A pulse is a column with what its health follows from.
type pulse struct {
	ID             uuid.UUID  `db:"id"`
	ParentID       *uuid.UUID `db:"parent_id"`
	Path           tenant.IDs `db:"path"`
	Name           string     `db:"name"`
	Active         bool       `db:"active"`
	Shelf          bool       `db:"shelf"` // it only holds other columns
	DepartmentID   *uuid.UUID `db:"department_id"`
	DepartmentName string     `db:"department_name"`
	LastAt         *time.Time `db:"last_published_at"`
	CreatedAt      time.Time  `db:"created_at"`
	ActiveSince    *time.Time `db:"active_since"` // when it was last enabled again
	Own            *int       `db:"max_interval_days"`
	Interval       *int       `db:"-"`
	ParentName     string     `db:"-"`
}

// pulses returns the columns that are to be kept fresh, from the top of the
// tree downward: those that take items, but for those that never held one and
// only hold other columns.
func pulses(ctx context.Context, tx *tenant.Tx) ([]pulse, error) {
	var all []pulse
	err := tx.Select(ctx, &all, `
		select c.id, c.parent_id, c.path, c.name, c.state = 'active' as active, c.department_id, coalesce(d.name, '') as department_name,
		       c.last_published_at, c.created_at, c.active_since, c.max_interval_days,
		       c.last_published_at is null and exists (select from columns b where b.parent_id = c.id and b.state = 'active') as shelf
		  from columns c left join departments d on d.id = c.department_id
		 order by cardinality(c.path), c.sort, c.name, c.id`)
	kept, within, names := []pulse{}, intervals{}, map[uuid.UUID]string{}
	for _, p := range all {
		p.Interval = within.of(p.ID, p.ParentID, p.Own)
		names[p.ID] = p.Name
		if p.ParentID != nil {
			p.ParentName = names[*p.ParentID]
		}
		if p.Active && !p.Shelf {
			kept = append(kept, p)
		}
	}
	return kept, err
}

// since is when the column's silence began. While it is disabled nothing is
// expected of it.
func (p pulse) since() time.Time {
	at := p.CreatedAt
	if p.LastAt != nil {
		at = *p.LastAt
	}
	if p.ActiveSince != nil && p.ActiveSince.After(at) {
		at = *p.ActiveSince
	}
	return at
}

// silent returns for how many calendar days the column has been silent.
func (p pulse) silent(now time.Time) int {
	return daysBetween(calendar.DateOf(p.since()), calendar.DateOf(now))
}

// share returns how much of its interval is used up, in per cent; 0 without one.
func (p pulse) share(now time.Time) int {
	if p.Interval == nil {
		return 0
	}
	return p.silent(now) * 100 / *p.Interval
}

// over reports whether the column is longer without news than it may.
func (p pulse) over(now time.Time) bool { return p.Interval != nil && p.silent(now) > *p.Interval }

func (p pulse) state(now time.Time) string {
	share := p.share(now)
	switch {
	case p.LastAt == nil:
		return blank
	case p.Interval == nil:
		return free
	case p.over(now):
		return stale
	case share >= 80:
		return due
	case share >= 50:
		return half
	}
	return fresh
}

// unit returns to whose account the column's days go.
func (p pulse) unit(whole uuid.UUID) (kind string, id uuid.UUID) {
	if p.DepartmentID == nil {
		return "tenant", whole
	}
	return "department", *p.DepartmentID
}

// daysBetween counts the days from a to b.
func daysBetween(a, b calendar.Date) int {
	return int(b.At(0).Sub(a.At(0)) / (24 * time.Hour)) // there is no summer time (calendar.Location)
}

// took returns how long it took to publish an item, in working minutes since
// its draft was begun (I05).
func took(ctx context.Context, tx *tenant.Tx, r *row) (int, error) {
	used, err := calendar.Used(ctx, tx, r.CreatedAt, tx.Now)
	if err != nil {
		return 0, err
	}
	return max(used[0], 0), nil
}

// checkDays refuses what is no day. No day is no limit.
func checkDays(from, to string) error {
	for field, day := range map[string]string{"from": from, "to": to} {
		if _, err := calendar.ParseDate(day); day != "" && err != nil {
			return feature.ErrMalformed.On(field)
		}
	}
	return nil
}

// published narrows to items published from a day to a day.
func (s *search) published(from, to string) {
	if d, err := calendar.ParseDate(from); err == nil {
		s.add(`i.published_at >= ?`, d.At(0))
	}
	if d, err := calendar.ParseDate(to); err == nil {
		s.add(`i.published_at < ?`, d.Add(1).At(0))
	}
}
