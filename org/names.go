package org

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/tenant"
)

// A Place is the department somebody works in.
type Place struct {
	ID    uuid.UUID `db:"id" json:"id"`
	Name  string    `db:"name" json:"name"`
	Path  Path      `db:"path" json:"-"`
	Title string    `db:"title" json:"-"` // the person's there
}

// MainDepartment returns where a member has their main post, or
// ErrNoDepartment if they have none.
func MainDepartment(ctx context.Context, tx *tenant.Tx, member uuid.UUID) (p Place, err error) {
	err = tx.Get(ctx, &p, `
		select d.id, d.name, d.path, p.title
		  from posts p join departments d on d.id = p.department_id
		 where p.member_id = $1 and p.main`, member)
	if errors.Is(err, tenant.ErrNoRows) {
		return p, ErrNoDepartment
	}
	return p, err
}

// Names returns the names of members by their ids; of an id that is nobody's
// there is none.
func Names(ctx context.Context, tx *tenant.Tx, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	names := make(map[uuid.UUID]string, len(ids))
	if len(ids) == 0 {
		return names, nil
	}
	var rows []Ref
	if err := tx.Select(ctx, &rows, `select id, name from members where id = any ($1)`, tenant.Array(ids)); err != nil {
		return nil, err
	}
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, nil
}

// A Ref names something by its id.
type Ref struct {
	ID   uuid.UUID `db:"id" json:"id"`
	Name string    `db:"name" json:"name"`
}

// A Relative is a tenant of the same group as the transaction's: itself, one
// above or one below.
type Relative struct {
	ID        uuid.UUID  `db:"id" json:"id"`
	ParentID  *uuid.UUID `db:"parent_id" json:"parent_id"`
	Slug      string     `db:"slug" json:"slug"`
	Name      string     `db:"name" json:"name"`
	ShortName string     `db:"short_name" json:"short_name"`
	Kind      string     `db:"kind" json:"kind"`
	State     string     `db:"state" json:"state"`
	Depth     int        `db:"depth" json:"depth"`
	Relation  string     `db:"relation" json:"relation"` // "self", "ancestor" or "descendant"
}

// Kin returns the transaction's tenant, those above it and those below it, each
// after the one above it.
func Kin(ctx context.Context, tx *tenant.Tx) (ks []Relative, err error) {
	err = tx.Select(ctx, &ks, `
		select id, parent_id, slug, name, short_name, kind, state, depth, relation from platform.kin()`)
	return ks, err
}
