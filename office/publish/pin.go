package publish

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// What can go wrong with pins.
var (
	ErrPinsFull = fault.New(fault.Conflict, "publish.pins_full")            // meta: max
	ErrPinUntil = fault.New(fault.Invalid, "publish.pin_until").On("until") // over already, or more than a year away
	ErrNoPin    = fault.New(fault.Conflict, "publish.not_pinned")
)

// maxPins is how many items stand first in a column.
const maxPins = 3

// maxPinDays is how long an item may stand first.
const maxPinDays = 366

// pinnable reports whether the actor keeps the order of the item's column: who
// publishes in it, and the Office.
func (r *row) pinnable(ctx context.Context) bool {
	return on(ctx, Publish, r.ColumnPath) || may(ctx, Manage)
}

// arranges reports whether the actor decides what stands first where the item
// stands: in its column, or in the one that goes on in that one's place.
func (r *row) arranges(ctx context.Context, tx *tenant.Tx) (bool, error) {
	if r.pinnable(ctx) {
		return true, nil
	}
	var path tenant.IDs
	err := tx.Get(ctx, &path, `select m.path from columns c join columns m on m.id = c.merged_into where c.id = $1`, r.ColumnID)
	if errors.Is(err, tenant.ErrNoRows) {
		return false, nil
	}
	return err == nil && on(ctx, Publish, path), err
}

// firstIn takes the column in which the items of a column stand first for this
// transaction, and returns it: the column itself or, if it was merged, the one
// that goes on. One pins at a time, or two fourth ones would both find three.
func firstIn(ctx context.Context, tx *tenant.Tx, column uuid.UUID) (uuid.UUID, error) {
	const take = `select merged_into from columns where id = $1 for no key update`
	var into *uuid.UUID
	if err := tx.Get(ctx, &into, take, column); err != nil || into == nil {
		return column, err
	}
	return *into, tx.Get(ctx, new(*uuid.UUID), take, *into)
}

// leave takes those pins off the items of a column that is merged into another
// for which the other has no room: its own stay, and of those that come along
// the ones that were pinned last. It returns whose were taken off. Both columns
// are taken.
func leave(ctx context.Context, tx *tenant.Tx, c, to Column) (off []uuid.UUID, err error) {
	err = tx.Select(ctx, &off, `
		with live as (
		  select p.item_id, p.at, $1 in (c.id, coalesce(c.merged_into, c.id)) as comes
		    from column_pins p join items i on i.id = p.item_id join columns c on c.id = i.column_id
		   where (c.id in ($1, $2) or c.merged_into in ($1, $2)) and i.state = 'published' and p.until >= $3::date
		), gone as (
		  select item_id, row_number() over (order by comes, at desc, item_id) as place, comes from live)
		delete from column_pins p using gone g where g.item_id = p.item_id and g.comes and g.place > $4
		returning p.item_id`, c.ID, to.ID, calendar.DateOf(tx.Now).String(), maxPins)
	for _, id := range off {
		tx.Audit("publish.unpinned", objectOf(id), map[string]any{"column": c.ID, "into": to.ID})
	}
	return off, err
}

type pinning struct {
	ID    uuid.UUID `json:"-" path:"id"`
	Until string    `json:"until" format:"date"` // the last day
}

// Validate refuses what is no day.
func (p *pinning) Validate() error {
	if _, err := calendar.ParseDate(p.Until); err != nil {
		return ErrPinUntil
	}
	return nil
}

// A Pin says how long an item stands first in its column.
type Pin struct {
	Until string `json:"until" format:"date"` // the last day
}

// pin has an item stand first in its column, and in the one that goes on in that
// one's place, until the end of a day; pinning it
// again moves the day.
func pin(ctx context.Context, tx *tenant.Tx, in pinning) (p Pin, err error) {
	r, err := arranged(ctx, tx, in.ID)
	if err != nil {
		return p, err
	}
	if r.State != "published" {
		return p, ErrState.With("state", r.State)
	}
	today := calendar.DateOf(tx.Now)
	if until, err := calendar.ParseDate(in.Until); err != nil || until.Compare(today) < 0 || until.Compare(today.Add(maxPinDays)) > 0 {
		return p, ErrPinUntil
	}
	at, err := firstIn(ctx, tx, r.ColumnID)
	if err != nil {
		return p, err
	}
	var others int
	err = tx.Get(ctx, &others, `
		select count(*) from column_pins p join items i on i.id = p.item_id join columns c on c.id = i.column_id
		 where $1 in (c.id, c.merged_into) and i.id <> $2 and i.state = 'published' and p.until >= $3::date`, at, r.ID, today.String())
	if err != nil {
		return p, err
	}
	if others >= maxPins {
		return p, ErrPinsFull.With("max", maxPins)
	}
	_, err = tx.Exec(ctx, `
		insert into column_pins (item_id, until, by_name, at) values ($1, $2::date, $3, $4)
		on conflict on constraint column_pins_pkey do update set until = excluded.until, by_name = excluded.by_name, at = excluded.at`,
		r.ID, in.Until, tx.Actor.Name, tx.Now)
	tx.Audit("publish.pinned", objectOf(r.ID), map[string]any{"column": r.ColumnID, "until": in.Until})
	return Pin{in.Until}, err
}

// arranged returns an item whose place in its column the actor decides.
func arranged(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (*row, error) {
	r, err := find(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if ok, err := r.arranges(ctx, tx); err != nil || !ok {
		return nil, orDenied(err)
	}
	return r, nil
}

// unpin puts an item back in its order.
func unpin(ctx context.Context, tx *tenant.Tx, in ref) (none feature.None, err error) {
	r, err := arranged(ctx, tx, in.ID)
	if err != nil {
		return none, err
	}
	n, err := tx.Exec(ctx, `delete from column_pins where item_id = $1`, r.ID)
	if err != nil {
		return none, err
	}
	if n == 0 {
		return none, ErrNoPin
	}
	tx.Audit("publish.unpinned", objectOf(r.ID), map[string]any{"column": r.ColumnID})
	return none, nil
}

// listPins lists what stands first in a column now, what was pinned last first:
// of its own and of those merged into it, as far as the actor reads them.
func listPins(ctx context.Context, tx *tenant.Tx, in ref) (l feature.List[Line], err error) {
	c, err := columnOf(ctx, tx, in.ID)
	if err != nil {
		return l, err
	}
	l.Items = []Line{}
	if !on(ctx, Read, c.Path) && !may(ctx, Inspect) {
		return l, rbac.ErrDenied
	}
	s := &search{args: feature.Args{tx.Actor.Member, c.ID, calendar.DateOf(tx.Now).String()}}
	s.add(`$2 in (c.id, c.merged_into)`)
	if !may(ctx, Inspect) {
		s.within(ctx, Read)
	}
	var rows []row
	err = tx.Select(ctx, &rows, `select `+lineColumns+` from items i join columns c on c.id = i.column_id
		  join column_pins p on p.item_id = i.id
		 where `+strings.Join(s.where, " and ")+` and i.state = 'published' and p.until >= $3::date and `+MeantOrOwn+` and `+Current+`
		 order by p.at desc, i.id limit `+strconv.Itoa(maxPins), s.args...)
	for i := range rows {
		l.Items = append(l.Items, rows[i].line(ctx, tx.Actor.Member))
	}
	return l, err
}
