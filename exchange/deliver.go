package exchange

import (
	"context"
	"errors"
	"strconv"

	"github.com/google/uuid"

	"hetu/tenant"
)

// A Course is how a long work says how far it is and that it has ended.
type Course struct {
	Step func(ctx context.Context, done, total int) error
	End  func(ctx context.Context, tx *tenant.Tx, href string, facts map[string]string) error
}

// parcel is a push on its way.
type parcel struct {
	id    uuid.UUID
	from  uuid.UUID
	total int
	units []uuid.UUID // that do not have all of it
	files map[uuid.UUID]Attachment
}

// Deliver gives a push to its units, one after the other, with the bytes of its
// attachments. It goes on where it ended before; done again, nothing more
// happens. A unit that cannot have it any more, because it was suspended, or that
// cannot have it now keeps nobody else from it. What is withdrawn meanwhile goes
// no further.
func (x *Exchange) Deliver(ctx context.Context, db *tenant.DB, push uuid.UUID, course Course) error {
	var p parcel
	err := db.Read(ctx, func(tx *tenant.Tx) (err error) {
		p, err = packed(ctx, tx, push)
		return err
	})
	if err != nil {
		return err
	}
	done := p.total - len(p.units)
	var failures []error
	for _, unit := range p.units {
		if err := x.deliverTo(ctx, db, p, unit); err != nil {
			if ctx.Err() != nil {
				return err
			}
			failures = append(failures, err)
			continue
		}
		done++
		if err := course.Step(ctx, done, p.total); err != nil {
			return err
		}
	}
	if len(failures) > 0 {
		return errors.Join(failures...)
	}
	return db.Write(ctx, func(tx *tenant.Tx) error {
		page, err := findPush(ctx, tx, push)
		if err != nil {
			return err
		}
		tx.Audit("exchange.push_ended", pushing(push), map[string]any{"units": page.Units, "arrived": page.Arrived})
		return course.End(ctx, tx, "/exchange/pushes/"+push.String(), map[string]string{"units": strconv.Itoa(page.Units), "arrived": strconv.Itoa(page.Arrived)})
	})
}

func packed(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (p parcel, err error) {
	p = parcel{id: id, from: tx.Actor.Tenant, files: map[uuid.UUID]Attachment{}}
	var row struct {
		Content tenant.Doc[Content] `db:"content"`
		Total   int                 `db:"total"`
	}
	err = tx.Get(ctx, &row, `select content, (select count(*) from push_units u where u.push_id = p.id) as total from pushes p where p.id = $1`, id)
	if err != nil {
		return p, missing(err, ErrNoPush)
	}
	p.total = row.Total
	var files []struct {
		ID      uuid.UUID `db:"id"`
		Key     string    `db:"key"`
		Version string    `db:"version"`
	}
	if err := tx.Select(ctx, &files, `select id, key, version from push_files where push_id = $1`, id); err != nil {
		return p, err
	}
	for _, a := range row.Content.V.Attachments {
		for _, f := range files {
			if f.ID == a.ID {
				a.Key, a.Version = f.Key, f.Version
			}
		}
		p.files[a.ID] = a
	}
	err = tx.Select(ctx, &p.units, `select unit_id from push_units where push_id = $1 and state in ('waiting', 'sent') order by unit_name, unit_id`, id)
	return p, err
}

// deliverTo gives a push to one unit.
func (x *Exchange) deliverTo(ctx context.Context, db *tenant.DB, p parcel, unit uuid.UUID) error {
	var lacking tenant.IDs
	err := db.Write(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &lacking, `select exchange_push($1, $2)`, p.id, unit)
	})
	switch tenant.Constraint(err) {
	case "exchange_not_below":
		return p.mark(ctx, db, unit, "failed")
	case "exchange_not_live": // withdrawn meanwhile, or another work has delivered it
		return nil
	}
	if err != nil {
		return err
	}
	for _, id := range lacking {
		if err := x.hand(ctx, db, p, unit, p.files[id]); err != nil {
			return err
		}
	}
	return p.mark(ctx, db, unit, "done")
}

// mark says how the delivery to one unit ended. One that has a copy already does
// not fail: what it lacks of it can still be brought.
func (p parcel) mark(ctx context.Context, db *tenant.DB, unit uuid.UUID, state string) error {
	return db.Write(ctx, func(tx *tenant.Tx) error {
		n, err := tx.Exec(ctx, `
			update push_units set state = $3
			 where push_id = $1 and unit_id = $2 and (state = 'waiting' or state = 'sent' and $3 = 'done')`, p.id, unit, state)
		if n > 0 {
			tx.Audit("exchange.push_"+state, pushing(p.id), map[string]any{"unit": unit})
		}
		return err
	})
}

// hand copies one attachment to a unit. Bytes that are gone or are not what they
// were will never be copied, and the unit is told so.
func (x *Exchange) hand(ctx context.Context, db *tenant.DB, p parcel, unit uuid.UUID, f Attachment) error {
	key, version, err := x.copier.Copy(ctx, p.from, f, unit)
	if err != nil && !hopeless(err) {
		return err
	}
	if err != nil {
		key, version = "", ""
	}
	var taken bool
	err = db.Write(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &taken, `select exchange_push_file($1, $2, $3, $4, $5)`, p.id, unit, f.ID, key, version)
	})
	if errors.Is(err, tenant.ErrUnsure) || key == "" || err == nil && taken {
		return err
	}
	return errors.Join(err, x.copier.Drop(ctx, unit, key, version))
}
