package assess

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/job"
	"hetu/tenant"
)

// A following works open rounds out again by itself when something has been done
// that may count in them: within two seconds, unless that takes long. It keeps
// nothing that could be lost. What it looks for is what a round has not seen, and
// after a start every open round is looked at once; several nodes may do it at a
// time, and one of them does it.
//
// Only rounds that somebody has had worked out, and that are still open, follow.
type following struct {
	before gates
	upto   *string                 // transaction before which everything has been seen
	looked time.Time               // when that was
	said   map[uuid.UUID]string    // what the last look said, by tenant
	due    map[uuid.UUID]pending   // tenants in whose rounds something may count
	rest   map[uuid.UUID]time.Time // those whose rounds have just been worked out
}

// A pending is a tenant whose rounds are to be looked at.
type pending struct {
	after time.Time // not before, by this node's clock
	tries int
}

const (
	lookEvery = 400 * time.Millisecond
	gathers   = 200 * time.Millisecond // how long one waits for more of what has just come
	resting   = 4                      // times as long as it took, before the next time: a fifth of one processor
	mostRest  = time.Minute
	longAway  = 30 * time.Minute // half of how long the database keeps what was done
)

// follow is the watch that has open rounds follow what is done. The gates stand
// before it as before whoever asks for it.
func follow(before gates) job.Watch {
	f := newFollowing(before)
	return job.Watch{Name: "assess.following", Every: lookEvery, Run: f.run}
}

func newFollowing(before gates) *following {
	return &following{before: before, said: map[uuid.UUID]string{}, due: map[uuid.UUID]pending{}, rest: map[uuid.UUID]time.Time{}}
}

func (f *following) run(ctx context.Context, db *tenant.DB) error {
	if err := f.look(ctx, db); err != nil {
		return err
	}
	return f.work(ctx, db)
}

// look finds out in whose rounds something may count that has come since the
// last look.
func (f *following) look(ctx context.Context, db *tenant.DB) error {
	var rows []struct {
		Upto   string     `db:"upto"`
		Tenant *uuid.UUID `db:"tenant_id"`
		Said   *string    `db:"said"`
	}
	if time.Since(f.looked) > longAway {
		f.upto = nil
	}
	err := db.Public(ctx, func(tx *tenant.Tx) error {
		rows = nil
		return tx.Select(ctx, &rows, `select upto::text as upto, tenant_id, said from platform.assess_news($1::xid8)`, f.upto)
	})
	if err != nil {
		return err
	}
	now, said := time.Now(), map[uuid.UUID]string{}
	f.looked = now
	for _, r := range rows {
		f.upto = &r.Upto
		if r.Tenant == nil || r.Said == nil {
			continue
		}
		said[*r.Tenant] = *r.Said
		if _, there := f.due[*r.Tenant]; there || f.said[*r.Tenant] == *r.Said { // a long transaction keeps it in sight
			continue
		}
		after := now.Add(gathers)
		if until := f.rest[*r.Tenant]; until.After(after) {
			after = until
		}
		f.due[*r.Tenant] = pending{after: after}
	}
	f.said = said
	for id, until := range f.rest {
		if now.After(until) {
			delete(f.rest, id)
		}
	}
	return nil
}

// work looks at the rounds of those who are due. What fails is tried again, and
// keeps nobody else waiting.
func (f *following) work(ctx context.Context, db *tenant.DB) error {
	var failed []error
	for id, p := range f.due {
		if time.Now().Before(p.after) {
			continue
		}
		began := time.Now()
		err := f.rounds(tenant.As(ctx, tenant.Actor{Tenant: id, Name: "system", Request: "job:assess.following"}), db)
		took := time.Since(began)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			delete(f.due, id)
			f.rest[id] = time.Now().Add(min(resting*took, mostRest))
		case isBusy(err):
			f.due[id] = pending{time.Now().Add(lookEvery), p.tries}
		default:
			failed = append(failed, err)
			f.due[id] = pending{time.Now().Add(min(time.Second<<min(p.tries, 6), mostRest)), p.tries + 1}
		}
	}
	return errors.Join(failed...)
}

// rounds has the open rounds of a tenant follow.
func (f *following) rounds(ctx context.Context, db *tenant.DB) error {
	var ids []uuid.UUID
	err := db.Read(ctx, func(tx *tenant.Tx) error {
		ids = nil
		return tx.Select(ctx, &ids, `select id from assess_rounds where state = 'open' and digest <> '' order by to_day desc, id desc`)
	})
	if err != nil {
		return err
	}
	var failed, busy []error
	for _, id := range ids {
		switch err := db.Write(ctx, func(tx *tenant.Tx) error { return f.round(ctx, tx, id) }); {
		case err == nil:
		case isBusy(err):
			busy = append(busy, err)
		default:
			failed = append(failed, err)
		}
	}
	if len(failed) == 0 { // else one that is busy would hide them
		failed = busy
	}
	return errors.Join(failed...)
}

// isBusy reports whether another is at what could not be done.
func isBusy(err error) bool {
	return errors.Is(err, errBusy) || fault.Of(err).Kind == fault.Conflict
}

// round works a round out if something has come that may count in it, and writes
// down what is other than it was. A gate that refuses leaves it as it is.
func (f *following) round(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	r, err := findRound(ctx, tx, id)
	if err != nil || r.State != "open" || r.Digest == "" {
		return err
	}
	if err := f.before.pass(ctx, tx, id, "recompute"); err != nil {
		if fault.Of(err).Kind == fault.Conflict {
			err = nil
		}
		return err
	}
	was := r.Edition
	r.Edition = present
	res, err := effort{keep: true, news: was == present, step: still}.workOut(ctx, tx, r)
	if err != nil {
		if errors.Is(err, errNoNews) {
			err = nil
		}
		return err
	}
	made := res.prepare()
	if made.digest != r.Digest || res.Bare != r.Rolled {
		if err := f.before.hold(ctx, tx, id, "recompute"); err != nil { // decided on meanwhile: nothing of this is kept
			return err
		}
		return r.supplant(ctx, tx, res, made, 0, still)
	}
	n, err := tx.Exec(ctx, `
		update assess_rounds set seen = nullif($4, '')::pg_snapshot, edition = $5
		 where id = $1 and version = $2 and computed_at is not distinct from $3 and state = 'open'`, r.ID, r.Version, r.ComputedAt, res.Seen, res.Edition)
	if err == nil && n == 0 {
		err = overtaken(ctx, tx, r)
	}
	return err
}
