package console

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/job"
	"hetu/tenant"
)

// A Measurement is how much a tenant held on one day: counts, and nothing of
// what was counted.
type Measurement struct {
	Day      string `db:"day" json:"day"`         // YYYY-MM-DD; empty: never measured
	Members  int    `db:"members" json:"members"` // who have not left
	Items    int64  `db:"items" json:"items"`
	Files    int64  `db:"files" json:"files"`
	Bytes    int64  `db:"bytes" json:"bytes"`
	ActiveOn string `db:"active_on" json:"active_on"` // when one of its people last did something; empty: never
}

// Usage is what a tenant held when it was last measured.
type Usage struct {
	ID         uuid.UUID  `db:"id" json:"tenant_id"`
	Name       string     `db:"name" json:"name"`
	ShortName  string     `db:"short_name" json:"short_name"`
	State      string     `db:"state" json:"state" enum:"active,read_only,suspended"`
	MeasuredAt *time.Time `db:"measured_at" json:"measured_at"` // none: not yet
	Measurement
}

// MeasureRound has every tenant count what it holds, once an hour; the last
// count of a day stays.
func MeasureRound() job.Round {
	return job.Round{Name: "console.measure", Every: time.Hour, Run: Measure}
}

// Measure counts what the tenant of ctx holds and writes the numbers down where
// the operators may read them.
func Measure(ctx context.Context, db *tenant.DB) error {
	err := db.Write(ctx, func(tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `
			select platform.tenant_measured(
			  (select count(*) from members where state <> 'left')::int,
			  (select count(*) from items),
			  (select count(*) from files),
			  (select coalesce(sum(size), 0)::bigint from files where not borrowed),
			  (select (at at time zone 'Asia/Shanghai')::date from audit_entries
			    where member_id is not null order by audit_entries.at desc limit 1))`)
		return err
	})
	if err != nil {
		return fmt.Errorf("console: measure: %w", err)
	}
	return nil
}

var usageOrder = feature.NewOrder("-bytes", "id", func(u Usage) uuid.UUID { return u.ID },
	feature.ByText("name", "name", func(u Usage) string { return u.Name }),
	feature.ByNumber("members", "members", func(u Usage) int { return u.Members }),
	feature.ByNumber("items", "items", func(u Usage) int { return int(u.Items) }),
	feature.ByNumber("files", "files", func(u Usage) int { return int(u.Files) }),
	feature.ByNumber("bytes", "bytes", func(u Usage) int { return int(u.Bytes) }),
	feature.ByWord("active_on", "active_on", func(u Usage) string { return u.ActiveOn }))

type usageQuery struct {
	feature.Page
	words
	Group *uuid.UUID `json:"-" query:"group"`
}

// Sorts are by what usage may be sorted.
func (usageQuery) Sorts() []string { return usageOrder.Names() }

// Validate returns the first thing wrong with the query.
func (q *usageQuery) Validate() error { return q.check() }

// listUsage returns what each tenant held when it was last measured, who holds
// most first unless asked otherwise.
func listUsage(ctx context.Context, tx *tenant.Tx, in usageQuery) (l feature.List[Usage], err error) {
	at, err := usageOrder.Read(in.Page)
	if err != nil {
		return l, err
	}
	p := args{in.Size() + 1, in.Q, in.Group}
	var rows []Usage
	err = tx.Select(ctx, &rows, `
		with held as (
		  select t.id, t.name, t.short_name, t.slug, `+standing+` as state, t.group_id, u.measured_at,
		         coalesce(u.day::text, '') as day, coalesce(u.members, 0) as members, coalesce(u.items, 0) as items,
		         coalesce(u.files, 0) as files, coalesce(u.bytes, 0) as bytes, coalesce(u.active_on::text, '') as active_on
		    from platform.tenants t
		    left join lateral (select day, members, items, files, bytes, active_on, measured_at from platform.tenant_usage u
		                        where u.tenant_id = t.id order by u.day desc limit 1) u on true)
		select id, name, short_name, state, measured_at, day, members, items, files, bytes, active_on
		  from held
		 where ($2 = '' or position(lower($2) in lower(name)) > 0 or position(lower($2) in slug) > 0)
		   and ($3::uuid is null or group_id = $3)
		   and `+at.After(p.add)+`
		 order by `+at.By()+` limit $1`, p...)
	return feature.Cut(rows, in.Size(), at.Cursor), err
}

// history is what a tenant held on each of its last ninety days.
func history(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (ms []Measurement, err error) {
	ms = []Measurement{}
	err = tx.Select(ctx, &ms, `
		select day::text as day, members, items, files, bytes, coalesce(active_on::text, '') as active_on
		  from (select day, members, items, files, bytes, active_on from platform.tenant_usage
		         where tenant_id = $1 order by day desc limit 90) u
		 order by u.day`, id)
	return ms, err
}
