package calendar

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"hetu/fault"
	"hetu/tenant"
)

// ErrStale means the table was changed by somebody else meanwhile; meta says
// by whom and when.
var ErrStale = fault.New(fault.Conflict, "calendar.stale")

// The parts of a calendar that are changed, each with a version of its own. A
// year is a part by its number.
const (
	whole = ""
	hours = "hours"
)

// loaded keeps calendars by the stamp of their state, which is never given
// twice, so that nothing read in a transaction that is rolled back can be
// taken for what came after it.
var loaded = newCache()

func newCache() *lru.Cache[uuid.UUID, Calendar] {
	c, err := lru.New[uuid.UUID, Calendar](1024)
	if err != nil {
		panic("calendar: " + err.Error()) // only for a size that is not positive
	}
	return c
}

// Load returns the calendar of the tx's tenant: Default with the years and the
// hours the tenant keeps itself. Its version goes up with every change; what is
// open has to be worked out again then.
func Load(ctx context.Context, tx *tenant.Tx) (Calendar, error) {
	var at struct {
		Version int64     `db:"version"`
		Stamp   uuid.UUID `db:"stamp"`
	}
	err := tx.Get(ctx, &at, `select version, stamp from calendar_versions where part = ''`)
	if errors.Is(err, tenant.ErrNoRows) {
		return Default(), nil
	}
	if err != nil {
		return Calendar{}, fmt.Errorf("calendar: load: %w", err)
	}
	if c, ok := loaded.Get(at.Stamp); ok {
		return c, nil
	}
	c, stamp, err := build(ctx, tx)
	if err != nil {
		return Calendar{}, fmt.Errorf("calendar: load: %w", err)
	}
	loaded.Add(stamp, c)
	return c, nil
}

// build reads the whole calendar in one statement, so that what it read is one
// state with its stamp.
func build(ctx context.Context, tx *tenant.Tx) (c Calendar, stamp uuid.UUID, err error) {
	var rows []struct {
		Part    string     `db:"part"`
		Version int64      `db:"version"`
		Stamp   uuid.UUID  `db:"stamp"`
		Day     *time.Time `db:"day"`
		Off     bool       `db:"off"`
		Name    string     `db:"name"`
		From    int        `db:"from_minute"`
		To      int        `db:"to_minute"`
	}
	err = tx.Select(ctx, &rows, `
		select v.part, v.version, v.stamp, d.day, coalesce(d.off, false) as off, coalesce(d.name, '') as name,
		       coalesce(h.from_minute, 0) as from_minute, coalesce(h.to_minute, 0) as to_minute
		  from calendar_versions v
		  left join calendar_days d on d.year::text = v.part
		  left join calendar_hours h on v.part = 'hours'
		 order by v.part, d.day, h.from_minute`)
	if err != nil {
		return c, stamp, err
	}
	c = Default()
	own := map[int]Year{}
	var ranges Hours
	for _, r := range rows {
		switch r.Part {
		case whole:
			c.Version, stamp = r.Version, r.Stamp
		case hours:
			ranges = append(ranges, Range{Clock(r.From), Clock(r.To)})
		default:
			n, err := strconv.Atoi(r.Part)
			if err != nil {
				return c, stamp, err
			}
			y := own[n]
			y.Year = n
			if r.Day != nil {
				y.Days = append(y.Days, Day{dateOf(*r.Day), r.Off, r.Name})
			}
			own[n] = y
		}
	}
	for _, y := range own {
		c = c.With(y)
	}
	if len(ranges) > 0 {
		c.Hours = ranges
	}
	return c, stamp, nil
}

// Used returns, for each moment of until, how many whole working minutes lie
// between from and it in the calendar of the tx's tenant; negative if it is the
// earlier.
func Used(ctx context.Context, tx *tenant.Tx, from time.Time, until ...time.Time) ([]int, error) {
	c, err := Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	minutes := make([]int, len(until))
	for i, t := range until {
		minutes[i] = int(c.WorkTime(from, t) / time.Minute)
	}
	return minutes, nil
}

// versionOf returns the version of a part: 0 if it is as built in.
func versionOf(ctx context.Context, tx *tenant.Tx, part string) (v int, err error) {
	err = tx.Get(ctx, &v, `select coalesce((select version from calendar_versions where part = $1), 0)`, part)
	return v, err
}

// bump makes part one version newer, if it is still at the given one, and with
// it the whole calendar. The row of the whole is taken first, so that changes
// of a tenant's calendar come one after the other.
func bump(ctx context.Context, tx *tenant.Tx, part string, version int, field string) error {
	if _, err := tx.Exec(ctx, `
		insert into calendar_versions as v (part, version, stamp, changed_by, changed_at)
		     values ('', 1, $1, $2, $3)
		on conflict on constraint calendar_versions_pkey do update
		   set version = v.version + 1, stamp = excluded.stamp,
		       changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
		tenant.NewID(), tx.Actor.Member, tx.Now); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
		insert into calendar_versions as v (part, version, stamp, changed_by, changed_at)
		select $1, 1, $2, $3, $4
		 where $5 = 0 or exists (select from calendar_versions where part = $1)
		on conflict on constraint calendar_versions_pkey do update
		   set version = v.version + 1, stamp = excluded.stamp,
		       changed_by = excluded.changed_by, changed_at = excluded.changed_at
		 where v.version = $5`,
		part, tenant.NewID(), tx.Actor.Member, tx.Now, version)
	if err != nil || n == 1 {
		return err
	}
	return stale(ctx, tx, part, field)
}

// stale says what stands where somebody meant to change something older.
func stale(ctx context.Context, tx *tenant.Tx, part, field string) error {
	var now struct {
		Version int       `db:"version"`
		By      string    `db:"by"`
		At      time.Time `db:"changed_at"`
	}
	err := tx.Get(ctx, &now, `
		select v.version, coalesce(m.name, '') as by, v.changed_at
		  from calendar_versions v
		  left join members m on m.id = v.changed_by
		 where v.part = $1`, part)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrStale.With("version", 0).With("changed", []string{field})
	}
	if err != nil {
		return err
	}
	return ErrStale.With("version", now.Version).With("changed_by", now.By).
		With("changed_at", now.At).With("changed", []string{field})
}
