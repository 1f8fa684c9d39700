package org

import (
	"context"

	"github.com/google/uuid"

	"hetu/tenant"
)

// nameDuties makes the titles a member has in their departments into posts that
// rights can be given to, those that are not yet.
func nameDuties(ctx context.Context, tx *tenant.Tx, member uuid.UUID) error {
	var fresh []struct {
		Department uuid.UUID `db:"department_id"`
		Title      string    `db:"title"`
	}
	err := tx.Select(ctx, &fresh, `
		select p.department_id, p.title from posts p
		 where p.member_id = $1 and p.title <> ''
		   and not exists (select from duties d where d.department_id = p.department_id and d.title = p.title)`, member)
	if err != nil {
		return err
	}
	for _, d := range fresh {
		if _, err := tx.Exec(ctx, `
			insert into duties (id, department_id, title) values ($1, $2, $3)
			on conflict on constraint duties_uq do nothing`, tenant.NewID(), d.Department, d.Title); err != nil {
			return err
		}
	}
	return nil
}

// titleCarriesNoGrant returns ErrOwnGrant if rights were given to whoever has the
// title in the department.
func titleCarriesNoGrant(ctx context.Context, tx *tenant.Tx, department uuid.UUID, title string) error {
	var carries bool
	err := tx.Get(ctx, &carries, `
		select exists (select from grants g join duties u on u.id = g.subject_id
		                where g.subject_kind = 'post' and u.department_id = $1 and u.title = $2)`, department, title)
	if err == nil && carries {
		err = ErrOwnGrant
	}
	return err
}

// NameDuty makes a title of a department into a post that rights can be given to,
// before anybody holds it, and reports whether it was not one yet; with dry set
// it only reports.
func NameDuty(ctx context.Context, tx *tenant.Tx, department uuid.UUID, title string, dry bool) (fresh bool, err error) {
	if dry {
		err = tx.Get(ctx, &fresh, `select not exists (select from duties where department_id = $1 and title = $2)`, department, title)
		return fresh, err
	}
	n, err := tx.Exec(ctx, `
		insert into duties (id, department_id, title) values ($1, $2, $3)
		on conflict on constraint duties_uq do nothing`, tenant.NewID(), department, title)
	return n > 0, err
}
