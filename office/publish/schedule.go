package publish

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/fault"
	"hetu/job"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// What can go wrong with publishing later.
var (
	ErrScheduleTime = fault.New(fault.Invalid, "publish.schedule_time").On("at") // past, or more than a year away
	ErrNoSchedule   = fault.New(fault.Conflict, "publish.not_scheduled")
	ErrPublisher    = fault.New(fault.Forbidden, "publish.publisher_gone") // who scheduled it is no member any more
)

// maxAhead is how far ahead an item may be scheduled.
const maxAhead = 366 * 24 * time.Hour

// scheduledWork publishes what was scheduled.
const scheduledWork = "publish.scheduled"

// A Schedule says when an item that has passed shall be published, and by whom.
type Schedule struct {
	ID     uuid.UUID `json:"id"`
	At     time.Time `json:"at"`
	By     Person    `json:"by"`
	State  string    `json:"state" enum:"waiting,failed"`
	Reason string    `json:"reason"` // of a failure: the code of the fault
}

// scheduleOf is the last schedule of an item i that has passed.
const scheduleOf = `coalesce(case when i.state = 'approved' then (
	select jsonb_agg(jsonb_build_object('id', s.id, 'at', s.at, 'by', jsonb_build_object('id', s.publisher_id, 'name', s.publisher_name),
	                                    'state', s.state, 'reason', s.reason))
	  from (select * from item_schedules s where s.item_id = i.id and s.case_id = i.case_id order by s.id desc limit 1) s) end, '[]') as scheduled`

// schedule returns what was decided on when to publish the item: nil if
// nothing, or if that was cancelled.
func (r *row) schedule() *Schedule {
	if len(r.Scheduled) == 0 || r.Scheduled[0].State != "waiting" && r.Scheduled[0].State != "failed" {
		return nil
	}
	return &r.Scheduled[0]
}

// waits reports whether the item waits for its time.
func (r *row) waits() bool { return len(r.Scheduled) > 0 && r.Scheduled[0].State == "waiting" }

// unschedulable reports whether the actor may call it off: who scheduled it,
// and whoever publishes in its column.
func (r *row) unschedulable(ctx context.Context, me uuid.UUID) bool {
	return r.Scheduled[0].By.ID == me || on(ctx, Publish, r.ColumnPath)
}

type scheduling struct {
	ID      uuid.UUID `json:"-" path:"id"`
	At      time.Time `json:"at"`
	Version int       `json:"version" minimum:"1"`
}

// setSchedule has an item published later, as the actor's act: who may publish
// it now, and will have to be allowed to then. Another time replaces the one
// before.
func (d *Desk) setSchedule(ctx context.Context, tx *tenant.Tx, in scheduling) (Item, error) {
	// Nobody publishes it, changes it or sets another time meanwhile; what becomes of it afterwards fails the schedule.
	if _, err := tx.Exec(ctx, `select from items where id = $1 for no key update`, in.ID); err != nil {
		return Item{}, err
	}
	r, err := d.publishable(ctx, tx, in.ID, in.Version)
	if err != nil {
		return Item{}, err
	}
	at := in.At.Truncate(time.Second)
	if !at.After(tx.Now) || at.After(tx.Now.Add(maxAhead)) {
		return Item{}, ErrScheduleTime
	}
	if err := r.holds(calendar.DateOf(at)); err != nil {
		return Item{}, ErrValidPast.On("at")
	}
	if err := endSchedule(ctx, tx, r.ID, "cancelled"); err != nil {
		return Item{}, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into item_schedules (id, item_id, at, case_id, content_hash, publisher_id, publisher_account, publisher_name, set_at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id, r.ID, at, r.CaseID, r.ContentHash, tx.Actor.Member, tx.Actor.Account, tx.Actor.Name, tx.Now)
	if err != nil {
		return Item{}, err
	}
	if err := job.Later(ctx, tx, scheduledWork, dueItem{id}, at); err != nil {
		return Item{}, err
	}
	tx.Audit("publish.scheduled", objectOf(r.ID), map[string]any{"at": at, "hash": r.ContentHash, "schedule": id})
	return d.answer(ctx, tx, r.ID)
}

// endSchedule ends what the item waits for, if it does.
func endSchedule(ctx context.Context, tx *tenant.Tx, item uuid.UUID, state string) error {
	_, err := tx.Exec(ctx, `update item_schedules set state = $2, ended_at = $3, ended_name = $4 where item_id = $1 and state = 'waiting'`,
		item, state, tx.Now, tx.Actor.Name)
	return err
}

// dropSchedule calls off what is to be published later.
func (d *Desk) dropSchedule(ctx context.Context, tx *tenant.Tx, in ref) (Item, error) {
	r, err := find(ctx, tx, in.ID)
	if err != nil {
		return Item{}, err
	}
	var s struct {
		ID uuid.UUID `db:"id"`
		By uuid.UUID `db:"publisher_id"`
	}
	err = tx.Get(ctx, &s, `select id, publisher_id from item_schedules where item_id = $1 and state = 'waiting' for update`, r.ID)
	none := errors.Is(err, tenant.ErrNoRows)
	switch {
	case err != nil && !none:
		return Item{}, err
	case (none || s.By != tx.Actor.Member) && !on(ctx, Publish, r.ColumnPath):
		return Item{}, rbac.ErrDenied
	case none:
		return Item{}, ErrNoSchedule
	}
	if err := endSchedule(ctx, tx, r.ID, "cancelled"); err != nil {
		return Item{}, err
	}
	tx.Audit("publish.unscheduled", objectOf(r.ID), map[string]any{"schedule": s.ID})
	if err := tell(ctx, tx, r, "publish.unscheduled", []uuid.UUID{s.By}); err != nil {
		return Item{}, err
	}
	return d.answer(ctx, tx, r.ID)
}

// dueItem is what the queue holds of a schedule.
type dueItem struct {
	ID uuid.UUID `json:"id"`
}

// A planned is a schedule as the work reads it.
type planned struct {
	Item    uuid.UUID `db:"item_id"`
	At      time.Time `db:"at"`
	Case    uuid.UUID `db:"case_id"`
	Hash    string    `db:"content_hash"`
	Member  uuid.UUID `db:"publisher_id"`
	Account uuid.UUID `db:"publisher_account"`
	Name    string    `db:"name"`
	State   string    `db:"state"`
	Active  bool      `db:"active"`
}

const plannedColumns = `
	select s.item_id, s.at, s.case_id, s.content_hash, s.publisher_id, s.publisher_account, s.state, m.name,
	       m.state = 'active' and m.account_id = s.publisher_account as active
	  from item_schedules s join members m on m.id = s.publisher_id
	 where s.id = $1`

// publishDue publishes what was scheduled, when its time has come, as the act
// of who scheduled it: with the rights they have then. If anything stands in
// the way that would stand in theirs, nothing is published, and they and the
// drafter are told. Doing it again has no further effect.
func (d *Desk) publishDue(ctx context.Context, db *tenant.DB, args json.RawMessage) error {
	var q dueItem
	if err := json.Unmarshal(args, &q); err != nil {
		return err
	}
	var p planned
	err := db.Read(ctx, func(tx *tenant.Tx) error { return tx.Get(ctx, &p, plannedColumns, q.ID) })
	if errors.Is(err, tenant.ErrNoRows) || err == nil && p.State != "waiting" {
		return nil // called off, done, or its draft was deleted
	}
	if err != nil {
		return err
	}
	acting, err := p.acting(ctx, db)
	if err == nil {
		err = db.Write(acting, func(tx *tenant.Tx) error { return d.publishPlanned(acting, tx, q.ID) })
	}
	if err == nil || !refusal(err) {
		return err
	}
	code := fault.Of(err).Code
	slog.InfoContext(ctx, "scheduled item not published", "schedule", q.ID, "code", code)
	return db.Write(ctx, func(tx *tenant.Tx) error { return failed(ctx, tx, q.ID, code) })
}

// refusal reports whether an error would be the same however often one tries.
func refusal(err error) bool {
	return slices.Contains([]fault.Kind{fault.Invalid, fault.Forbidden, fault.NotFound, fault.Conflict}, fault.Of(err).Kind)
}

// acting returns the context in which who scheduled the item acts, with the
// rights they have now: as the database has them, and no memory of it.
func (p planned) acting(ctx context.Context, db *tenant.DB) (context.Context, error) {
	if !p.Active {
		return nil, ErrPublisher
	}
	actor, err := tenant.From(ctx)
	if err != nil {
		return nil, err
	}
	actor.Member, actor.Account, actor.Name = p.Member, p.Account, p.Name
	ctx = tenant.As(ctx, actor)
	guard, err := rbac.NewGuard(db, 1)
	if err != nil {
		return nil, err
	}
	rights, err := guard.Rights(ctx)
	if err != nil {
		return nil, err
	}
	return rbac.With(ctx, rights), nil
}

// publishPlanned publishes one item on its time.
func (d *Desk) publishPlanned(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	var p planned
	if err := tx.Get(ctx, &p, plannedColumns+` for update of s`, id); err != nil {
		return err
	}
	if p.State != "waiting" {
		return nil // called off meanwhile
	}
	if p.At.After(tx.Now) { // the queue's clock is not the database's
		return job.Later(ctx, tx, scheduledWork, dueItem{id}, p.At)
	}
	if !p.Active {
		return ErrPublisher
	}
	now, err := load(ctx, tx, p.Item)
	switch {
	case err != nil:
		return err
	case now.State != "approved" || now.CaseID == nil || *now.CaseID != p.Case || now.ContentHash != p.Hash:
		return ErrContentChanged
	}
	r, err := d.publishable(ctx, tx, p.Item, now.Version)
	if err != nil {
		return err
	}
	var confirmed int
	if err := tx.Get(ctx, &confirmed, `select coalesce(words_version, 0) from items where id = $1`, r.ID); err != nil {
		return err
	}
	if _, err := r.worded(ctx, tx, confirmed); err != nil {
		return err
	}
	if err := show(ctx, tx, r); err != nil {
		return err
	}
	tx.Audit("publish.on_schedule", objectOf(r.ID), map[string]any{"schedule": id, "at": p.At})
	return tell(ctx, tx, r, Published, []uuid.UUID{r.DrafterID})
}

// failed writes down why an item was not published on its time, and tells who
// scheduled it and who drafted it.
func failed(ctx context.Context, tx *tenant.Tx, id uuid.UUID, code string) error {
	var told struct {
		Item    uuid.UUID `db:"item_id"`
		Title   string    `db:"title"`
		Column  string    `db:"column_name"`
		By      uuid.UUID `db:"publisher_id"`
		Drafter uuid.UUID `db:"drafter_id"`
	}
	err := tx.Get(ctx, &told, `
		with ended as (
		  update item_schedules set state = 'failed', reason = $2, ended_at = $3, ended_name = publisher_name
		   where id = $1 and state = 'waiting' returning item_id, publisher_id)
		select e.item_id, e.publisher_id, i.drafter_id, i.title, c.name as column_name
		  from ended e join items i on i.id = e.item_id join columns c on c.id = i.column_id`, id, code, tx.Now)
	if errors.Is(err, tenant.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	tx.Audit("publish.schedule_failed", objectOf(told.Item), map[string]any{"schedule": id, "code": code})
	var present []uuid.UUID
	err = tx.Select(ctx, &present, `select id from members where id in ($1, $2) and state = 'active'`, told.By, told.Drafter)
	if err != nil || len(present) == 0 {
		return err
	}
	return message.Send(ctx, tx, message.Notice{
		To: present, Code: "publish.schedule_failed", Href: "/publish/items/" + told.Item.String(),
		Params: map[string]string{"title": told.Title, "column": told.Column, "reason": code},
	})
}
