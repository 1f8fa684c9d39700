package publish

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/tenant"
)

// keptHealth is how much a node remembers of how columns stand, in bytes.
const keptHealth = 8 << 20

type healthOf struct {
	tenant uuid.UUID
	weeks  int
}

// health shows how the columns stand: all of them to who inspects or manages
// them, to everybody else those of their departments.
func (d *Desk) health(ctx context.Context, tx *tenant.Tx, q healthQuery) (h Health, err error) {
	if h, err = d.wholeHealth(ctx, tx, q.Weeks); err != nil || oversees(ctx) {
		return h, err
	}
	mine, err := departmentsOf(ctx, tx)
	if err != nil {
		return h, err
	}
	h.All, h.json = false, nil
	h.Columns = slices.DeleteFunc(slices.Clone(h.Columns), func(c ColumnHealth) bool {
		return c.DepartmentID == nil || !slices.Contains(mine, *c.DepartmentID)
	})
	h.Departments = slices.DeleteFunc(slices.Clone(h.Departments), func(r Responsible) bool { return !slices.Contains(mine, r.ID) })
	return h, nil
}

// wholeHealth returns how all columns stand, from memory if that still holds.
// Nobody may change what it returns.
func (d *Desk) wholeHealth(ctx context.Context, tx *tenant.Tx, weeks int) (h Health, err error) {
	key := healthOf{tx.Actor.Tenant, weeks}
	state, err := stateOf(ctx, tx)
	if err != nil {
		return h, err
	}
	if e, ok := d.healths.find(key, tx.Now); ok && e.state == state {
		return e.value, nil
	}
	if h, err = healthOfAll(ctx, tx, weeks); err != nil {
		return h, err
	}
	until, err := rightsUntil(ctx, tx)
	if err != nil {
		return h, err
	}
	if h.json, err = json.Marshal(h); err == nil { // its rows take some four times as much
		d.healths.put(key, entry[Health]{state, tx.Now, until, 5 * len(h.json), h}, keptHealth)
	}
	return h, err
}

// rightsUntil is when what was read now stops to hold by itself, also as rights
// run out.
func rightsUntil(ctx context.Context, tx *tenant.Tx) (time.Time, error) {
	until := keptUntil(tx.Now)
	var ends *time.Time
	err := tx.Get(ctx, &ends, `select min(until) from grants where until > $1`, tx.Now)
	if ends != nil && ends.Before(until) {
		until = *ends
	}
	return until, err
}
