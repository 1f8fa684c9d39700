package demo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/tenant"
)

// A clock lets a year pass in a minute. While the demonstration is being made,
// its server asks the database for the time like any other, but is answered
// with the time of the story, which each tenant has for itself. So everything
// that follows from a time (hashes, receipts, deadlines, deeds) is true of the
// time the story gives. Only the audit keeps the real one. When the story has
// been told, the clock is taken out of the database.
type clock struct {
	owner *tenant.DB
	now   time.Time // the real one when the story began
}

// plant is what puts the clock in place. A function of the schema demo is found
// before PostgreSQL's own by who has it first in the search path: the one
// server that tells the story.
var plant = []string{
	`create schema demo`,
	`create unlogged table demo.clock (tenant uuid primary key, at timestamptz not null)`,
	`create function demo.now() returns timestamptz language sql stable parallel safe as $$
	   select coalesce((select at from demo.clock where tenant = nullif(current_setting('app.tenant_id', true), '')::uuid),
	                   pg_catalog.now())
	 $$`,
	`grant usage on schema demo to hetu_app`,
	`grant select on demo.clock to hetu_app`,
	`grant execute on function demo.now() to hetu_app`,
	`alter table deeds alter column at set default demo.now(),
	                   alter column day set default (demo.now() at time zone 'Asia/Shanghai')::date`,
}

// uproot takes it away again.
var uproot = []string{
	`alter table deeds alter column at set default now(),
	                   alter column day set default (now() at time zone 'Asia/Shanghai')::date`,
	`drop function demo.now()`,
	`drop table demo.clock`,
	`drop schema demo`,
}

func newClock(ctx context.Context, ownerURL string) (*clock, error) {
	// The owner of the tables and nobody's tenant: for this one purpose.
	db, err := tenant.Open(ctx, ownerURL, tenant.Limits{Conns: 4, Statement: time.Minute})
	if err != nil {
		return nil, err
	}
	c := &clock{owner: db}
	err = db.Public(ctx, func(tx *tenant.Tx) error {
		c.now = tx.Now
		return run(ctx, tx, plant)
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return c, nil
}

func run(ctx context.Context, tx *tenant.Tx, statements []string) error {
	for _, s := range statements {
		if _, err := tx.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// told is how the server that tells the story connects. What it writes need
// not survive a crash: a story half told is begun again.
func told(databaseURL string) (string, error) {
	u, err := url.Parse(databaseURL)
	if err != nil {
		return "", err
	}
	q := u.Query()
	q.Set("search_path", "demo, pg_catalog, public")
	q.Set("synchronous_commit", "off")
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// set makes it at in a tenant.
func (c *clock) set(ctx context.Context, id uuid.UUID, at time.Time) error {
	return c.owner.Public(ctx, func(tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into demo.clock (tenant, at) values ($1, $2) on conflict (tenant) do update set at = excluded.at`, id, at)
		return err
	})
}

// leave signs everybody out. The notices that another tenant's doing brought
// were written whenever the queue came round: they get the time of what they
// tell.
var leave = []string{
	`update notices n
	    set at = case n.code when 'exchange.arrived' then e.sent_at when 'exchange.received' then e.received_at else e.changed_at end
	   from envelopes e
	  where e.tenant_id = n.tenant_id and n.href = '/exchange/envelopes/' || e.id and n.code like 'exchange.%'`,
	`update notices n set at = d.pushed_at from pushed d where d.tenant_id = n.tenant_id and n.href = '/exchange/pushed/' || d.id`,
	`update notices n set at = a.sent_at from asked a where a.tenant_id = n.tenant_id and n.href = '/exchange/asked/' || a.id and n.code = 'exchange.asked'`,
	// A push is taken back by a function that knows no clock but the database's.
	`update pushes set withdrawn_at = pushed_at + interval '1 hour', changed_at = pushed_at + interval '1 hour' where state = 'withdrawn'`,
	`update pushed set withdrawn_at = pushed_at + interval '1 hour' where state = 'withdrawn'`,
	`update platform.sessions set ended_at = now() where ended_at is null`,
	`update platform.operator_sessions set ended_at = now() where ended_at is null`,
}

// past leaves what is older than a few days as people would have left it.
var past = []string{
	`update notices set read_at = at + interval '50 minutes' where read_at is null and at < $1`,
	`update envelopes set untold = false where untold and changed_at < $1`,
}

// founding is what was there before the story begins.
var founding = []string{
	`update platform.groups set created_at = $1`,
	`update platform.tenants set created_at = $1, opened_at = $1`,
	`update platform.accounts set created_at = $1`,
	`update departments set created_at = $1, changed_at = $1`,
	`update members set created_at = $1, changed_at = $1`,
	`update posts set created_at = $1`,
	`update columns set created_at = $1, changed_at = $1`,
	`update grants set granted_at = $1`,
}

// remove ends the story: from now on the time is the real one.
func (c *clock) remove(ctx context.Context, begin time.Time) error {
	err := c.owner.Public(ctx, func(tx *tenant.Tx) error {
		for _, s := range founding {
			if _, err := tx.Exec(ctx, s, begin); err != nil {
				return err
			}
		}
		if err := run(ctx, tx, leave); err != nil {
			return err
		}
		for _, s := range past {
			if _, err := tx.Exec(ctx, s, c.now.AddDate(0, 0, -5)); err != nil {
				return err
			}
		}
		return run(ctx, tx, uproot)
	})
	return errors.Join(err, c.owner.Close())
}

// copied waits until the files of every envelope are with its receiver: the
// queue brings them, in real time.
func (m *maker) copied(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ask := time.NewTicker(100 * time.Millisecond)
	defer ask.Stop()
	for {
		var waiting bool
		err := m.clock.owner.Public(ctx, func(tx *tenant.Tx) error {
			return tx.Get(ctx, &waiting, `select exists (select from envelope_files where state = 'copying')`)
		})
		if err != nil || !waiting {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the files of the envelopes are not copied: %w", ctx.Err())
		case <-ask.C:
		}
	}
}

// A diary finds times at which people work.
type diary struct{ cal calendar.Calendar }

// later returns the time when d of working time has passed since t.
func (d diary) later(t time.Time, work time.Duration) time.Time {
	at, _ := d.cal.AddWorkTime(t, work)
	return at
}

// days are the working days from a to b.
func (d diary) days(a, b time.Time) (ds []calendar.Date) {
	for day, last := calendar.DateOf(a), calendar.DateOf(b); day.Compare(last) <= 0; day = day.Add(1) {
		if d.cal.IsWorkday(day) {
			ds = append(ds, day)
		}
	}
	return ds
}
