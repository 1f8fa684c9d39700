package relocation

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"

	"hetu/audit"
	"hetu/job"
	"hetu/storage"
	"hetu/tenant"
)

// An account is a person of the tenant as the platform knows them.
type account struct {
	ID         uuid.UUID  `json:"id" db:"id"`
	Name       string     `json:"name" db:"name"`
	CreatedAt  time.Time  `json:"created_at" db:"created_at"`
	Hash       string     `json:"password_hash,omitempty" db:"password_hash"`
	MustChange bool       `json:"must_change" db:"must_change"`
	PasswordAt *time.Time `json:"password_at,omitempty" db:"password_at"`
}

// An Order says what is to be put into a parcel, who asks for it and why.
type Order struct {
	Slug      string
	By        string // who, as the tenant's audit names them
	Reason    string
	Passwords bool // hashes of passwords, too: people go on with the ones they have
}

// Export writes a parcel of a tenant to w: its rows as they were at one instant,
// all its objects, and the work that is still to be done. That it was made
// stands in the tenant's own audit, and in the parcel.
func (h House) Export(ctx context.Context, o Order, w io.Writer) (m Manifest, err error) {
	id, err := h.announce(ctx, o)
	if err != nil {
		return m, err
	}
	var ps []place
	p := &pack{zip: zip.NewWriter(w)}
	err = h.Owner.Snapshot(ctx, func(tx *tenant.Tx) error {
		m, ps, err = h.rows(ctx, tx, o, p)
		return err
	})
	if err != nil {
		return m, err
	}
	if err := h.pour(ctx, p, id, ps); err != nil {
		return m, err
	}
	m.Entries = p.entries
	return m, p.seal(m, h.Key)
}

// announce says in the tenant's audit that it is going to be exported, and
// seals that, so that what is exported is what lies here afterwards.
func (h House) announce(ctx context.Context, o Order) (id uuid.UUID, err error) {
	var u Unit
	err = h.Owner.Public(ctx, func(tx *tenant.Tx) error {
		u, err = unit(ctx, tx, o.Slug)
		return err
	})
	if err != nil {
		return id, err
	}
	as := tenant.As(ctx, tenant.Actor{Tenant: u.ID, Name: o.By, Request: "command"})
	err = h.DB.Write(as, func(tx *tenant.Tx) error {
		tx.Audit("relocation.exported", "relocation/tenant/"+u.ID.String(), map[string]any{"reason": o.Reason, "passwords": o.Passwords})
		return nil
	})
	if err == nil {
		err = audit.Seal(as, h.DB)
	}
	return u.ID, err
}

// rows writes everything that lies in the database, and returns what lies in
// the store at that instant.
func (h House) rows(ctx context.Context, tx *tenant.Tx, o Order, p *pack) (m Manifest, ps []place, err error) {
	m = Manifest{Format: Format, Version: h.Version, At: tx.Now.UTC(), By: o.By, Passwords: o.Passwords, LeftOut: leftOut}
	ts, err := inventory(ctx, tx, o.Slug, &m)
	if err != nil {
		return m, nil, err
	}
	if ps, err = objects(ctx, h.Store, m.Tenant.ID); err != nil {
		return m, nil, err
	}
	m.Objects = objectsOf(ps)
	err = p.file(readmeEntry, zip.Deflate, func(w io.Writer) error { _, err := io.WriteString(w, readme); return err })
	if err != nil {
		return m, nil, err
	}
	g := newGauge(ps)
	for _, t := range ts {
		if err := export(ctx, tx, p, g, t, m.Tenant.ID); err != nil {
			return m, nil, err
		}
		m.Tables = append(m.Tables, g.take(t.Name))
	}
	people, err := accounts(ctx, tx, m.Tenant.ID, o.Passwords)
	if err != nil {
		return m, nil, err
	}
	waiting, err := job.Pending(ctx, tx, m.Tenant.ID)
	if err != nil {
		return m, nil, err
	}
	m.Accounts, m.Jobs = len(people), len(waiting)
	return m, ps, errors.Join(lines(p, accountsEntry, people), lines(p, jobsEntry, waiting))
}

// inventory begins the manifest: the tenant, the schema, and which tables go
// along. Times are read in UTC from here on.
func inventory(ctx context.Context, tx *tenant.Tx, slug string, m *Manifest) (ts []stored, err error) {
	if _, err := tx.Exec(ctx, `set local timezone = 'UTC'`); err != nil {
		return nil, err
	}
	if m.Tenant, err = unit(ctx, tx, slug); err != nil {
		return nil, err
	}
	if m.Schema, err = schema(ctx, tx); err != nil {
		return nil, err
	}
	return moving(ctx, tx)
}

func tableEntry(name string) string { return "tables/" + name + ".jsonl" }

func export(ctx context.Context, tx *tenant.Tx, p *pack, g *gauge, t stored, id uuid.UUID) error {
	return p.file(tableEntry(t.Name), zip.Deflate, func(w io.Writer) error {
		return rows(ctx, tx, t, id, func(row string) error {
			g.add(row)
			_, err := io.WriteString(w, row+"\n")
			return err
		})
	})
}

func accounts(ctx context.Context, tx *tenant.Tx, id uuid.UUID, passwords bool) (all []account, err error) {
	err = tx.Select(ctx, &all, `
		select a.id, a.name, a.created_at, case when $2 then a.password_hash else '' end as password_hash,
		       a.must_change, a.password_at
		  from platform.accounts a
		 where exists (select from platform.memberships m where m.account_id = a.id and m.tenant_id = $1) order by a.id`, id, passwords)
	return all, err
}

// pour writes the objects and where they lay. One whose bytes are not what was
// written ends the export.
func (h House) pour(ctx context.Context, p *pack, id uuid.UUID, ps []place) error {
	for i := range ps {
		ps[i].Entry = fmt.Sprintf("objects/%07d", i+1)
		err := p.file(ps[i].Entry, zip.Store, func(w io.Writer) error {
			r, err := h.Store.Open(ctx, storage.Ref{Tenant: id, Key: ps[i].Key, Version: ps[i].Version},
				storage.Want{SHA256: ps[i].SHA256, Size: ps[i].Size})
			if err != nil {
				return err
			}
			_, err = io.Copy(w, r)
			return errors.Join(err, r.Close())
		})
		if err != nil {
			return err
		}
	}
	return lines(p, objectsEntry, ps)
}
