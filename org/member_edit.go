package org

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// memberEdit changes the name and, of somebody who is not staff, the last day.
type memberEdit struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Name    string    `json:"name" minLength:"1" maxLength:"50"`
	Until   *string   `json:"until,omitempty" maxLength:"10"` // YYYY-MM-DD; empty: without end; not said: as it was
	Version int       `json:"version" minimum:"1"`
}

// Validate returns the first thing wrong with the edit.
func (e *memberEdit) Validate() error {
	if e.Until != nil && *e.Until != "" {
		if _, err := time.Parse(time.DateOnly, *e.Until); err != nil {
			return feature.ErrMalformed.On("until")
		}
	}
	return feature.Trim(&e.Name, "name", 50)
}

func editMember(ctx context.Context, tx *tenant.Tx, e memberEdit) (m Member, err error) {
	if err := Manages(ctx, tx, e.ID); err != nil {
		return m, err
	}
	was, err := findMember(ctx, tx, e.ID)
	if err != nil {
		return m, err
	}
	until := e.until(was)
	if until != was.last() {
		if err := Ahead(tx, until); err != nil {
			return m, err
		}
	}
	var account *uuid.UUID
	err = tx.Get(ctx, &account, `
		update members
		   set name = $3, until = nullif($6, '')::date, version = version + 1, changed_by = $4, changed_at = $5,
		       changed = array_remove(array['name', case when $7 then 'until' end], null)
		 where id = $1 and version = $2
		returning account_id`, e.ID, e.Version, e.Name, tx.Actor.Name, tx.Now, until, until != was.last())
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return m, lost(ctx, tx, `select version, changed_by, changed_at, changed from members where id = $1`, e.ID)
	case tenant.Constraint(err) == "members_until_external":
		return m, ErrUntil.On("until")
	case err != nil:
		return m, err
	}
	if account != nil {
		if _, err := tx.Exec(ctx, `select platform.account_rename($1, $2)`, *account, e.Name); err != nil {
			return m, err
		}
	}
	if e.Name != was.Name || until == was.last() {
		tx.Audit("org.member_renamed", "org/member/"+e.ID.String(), map[string]string{"name": e.Name})
	}
	if until != was.last() {
		tx.Audit("org.member_until", "org/member/"+e.ID.String(), map[string]string{"was": was.last(), "until": until})
	}
	return findMember(ctx, tx, e.ID)
}

func (e memberEdit) until(was Member) string {
	if e.Until == nil {
		return was.last()
	}
	return *e.Until
}

// last is the member's last day, empty if there is none.
func (m Member) last() string {
	if m.Until == nil {
		return ""
	}
	return *m.Until
}
