package relocation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/audit"
	"hetu/job"
	"hetu/org"
	"hetu/storage"
	"hetu/tenant"
)

// An Arrival says where a parcel is to be put.
type Arrival struct {
	Parent string // address of the tenant above; empty: the root of the group the parcel names, which is made if there is none
	By     string
	Reason string
}

// Import puts the tenant of a parcel into this installation, completely or not
// at all, and reads it back before it is there for anybody: every table is
// compared with the manifest. Without the hashes of passwords nobody can sign
// in until a password is set (see Admit).
//
// Where this cluster counts its transactions from below what the parcel's audit
// has sealed, it raises its count; that is only done while no server is at work
// (audit.ErrWorking).
func (h House) Import(ctx context.Context, p *Parcel, a Arrival) (err error) {
	if err := h.vacant(ctx, p.Manifest); err != nil {
		return err
	}
	moved, err := h.fetch(ctx, p)
	if err != nil {
		return errors.Join(err, h.discard(moved))
	}
	err = h.Owner.Public(ctx, func(tx *tenant.Tx) error { return h.settle(ctx, tx, p, a, moved) })
	if err != nil {
		return errors.Join(err, h.discard(moved))
	}
	// It is here now: what goes wrong from here on is said, and keeps nothing else.
	m := p.Manifest
	return errors.Join(h.keep(ctx, moved), h.DB.Write(tenant.As(ctx, tenant.Actor{Tenant: m.Tenant.ID, Name: a.By, Request: "command"}), func(tx *tenant.Tx) error {
		tx.Audit("relocation.imported", "relocation/tenant/"+m.Tenant.ID.String(), map[string]any{"reason": a.Reason, "exported_at": m.At})
		return nil
	}))
}

// vacant returns why the tenant cannot come here. The address of one that was
// removed is nobody else's, as it is when a tenant is made (TI-11).
func (h House) vacant(ctx context.Context, m Manifest) error {
	return h.Owner.Public(ctx, func(tx *tenant.Tx) error {
		sum, err := schema(ctx, tx)
		if err != nil {
			return err
		}
		if sum != m.Schema {
			return ErrSchema
		}
		var here bool
		err = tx.Get(ctx, &here, `
			select exists (select from platform.tenants where id = $1 or slug = $2)
			    or exists (select from platform.removals where (slug = $2) <> (tenant_id = $1))`, m.Tenant.ID, m.Tenant.Slug)
		if err == nil && here {
			err = ErrPresent
		}
		return err
	})
}

// A move is an object that has come: where it lay and where it lies.
type move struct {
	from place
	to   storage.Object
}

// fetch puts the objects of the parcel into the store. How long they are kept
// is said when nothing can go wrong any more.
func (h House) fetch(ctx context.Context, p *Parcel) (moved []move, err error) {
	ps, err := decoded[place](p, objectsEntry)
	if err != nil {
		return nil, err
	}
	if objectsOf(ps) != p.Manifest.Objects {
		return nil, ErrFile.With("entry", objectsEntry)
	}
	for _, from := range ps {
		err := p.read(from.Entry, func(r io.Reader) error {
			o, err := h.Store.Put(ctx, p.Manifest.Tenant.ID, r, storage.PutOptions{Size: from.Size, SHA256: from.SHA256, Type: from.Type})
			if err == nil {
				moved = append(moved, move{from, o})
			}
			return err
		})
		if err != nil {
			return moved, fmt.Errorf("relocation: %s: %w", from.Entry, err)
		}
	}
	return moved, nil
}

func (h House) discard(moved []move) (err error) {
	for _, m := range moved {
		err = errors.Join(err, h.Store.Delete(context.Background(), m.to.Ref))
	}
	return err
}

// keep says of each object for how long it must stay, of all it can.
func (h House) keep(ctx context.Context, moved []move) (err error) {
	for _, m := range moved {
		if m.from.RetainUntil != nil && m.from.RetainUntil.After(time.Now()) { // the store's clock, not a business time
			err = errors.Join(err, h.Store.SetRetention(ctx, m.to.Ref, *m.from.RetainUntil))
		}
		if m.from.LegalHold {
			err = errors.Join(err, h.Store.SetLegalHold(ctx, m.to.Ref, true))
		}
	}
	return err
}

// settle writes all rows and checks them.
func (h House) settle(ctx context.Context, tx *tenant.Tx, p *Parcel, a Arrival, moved []move) error {
	// Triggers do what follows from an act; here all that followed comes along.
	for _, set := range []string{`set local session_replication_role = replica`, `set local timezone = 'UTC'`} {
		if _, err := tx.Exec(ctx, set); err != nil {
			return err
		}
	}
	m := p.Manifest
	if err := found(ctx, tx, m, a.Parent); err != nil {
		return err
	}
	if err := people(ctx, tx, p); err != nil {
		return err
	}
	ts, err := moving(ctx, tx)
	if err != nil {
		return err
	}
	at := map[string]move{}
	for _, one := range moved {
		at[one.from.Key] = one
	}
	for _, t := range ts {
		if err := load(ctx, tx, p, t, at); err != nil {
			return fmt.Errorf("relocation: %s: %w", t.Name, err)
		}
	}
	if err := unresolved(ctx, tx, m.Tenant.ID, ts); err != nil {
		return err
	}
	if err := same(ctx, tx, m, ts, moved); err != nil {
		return err
	}
	for _, statement := range afterwards {
		if _, err := tx.Exec(ctx, statement, m.Tenant.ID); err != nil {
			return err
		}
	}
	if err := resume(ctx, tx, p); err != nil {
		return err
	}
	return record(ctx, tx, m, a)
}

// found makes the tenant, below its parent or as the root of its group.
func found(ctx context.Context, tx *tenant.Tx, m Manifest, parent string) error {
	u := m.Tenant
	var place struct {
		Group  uuid.UUID  `db:"group_id"`
		Parent *uuid.UUID `db:"parent_id"`
	}
	var err error
	if parent != "" {
		err = tx.Get(ctx, &place, `select group_id, id as parent_id from platform.tenants where slug = $1`, parent)
		if errors.Is(err, tenant.ErrNoRows) {
			return ErrParent
		}
	} else {
		if _, err := tx.Exec(ctx, `insert into platform.groups (id, slug, name) values ($1, $2, $3) on conflict on constraint groups_slug_uq do nothing`,
			tenant.NewID(), u.Group, u.GroupName); err != nil {
			return err
		}
		err = tx.Get(ctx, &place, `select id as group_id, null::uuid as parent_id from platform.groups where slug = $1`, u.Group)
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		insert into platform.tenants (id, group_id, parent_id, path, slug, name, short_name, kind, state, reason, read_only, opened_at, created_at)
		values ($1, $2, $3, coalesce((select path from platform.tenants where id = $3), '{}') || $1::uuid, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		u.ID, place.Group, place.Parent, u.Slug, u.Name, u.ShortName, u.Kind, u.State, u.Reason, u.ReadOnly, u.OpenedAt, u.CreatedAt)
	return err
}

// people makes the accounts that are not here yet. Who has one here already,
// from another tenant, goes on with it.
func people(ctx context.Context, tx *tenant.Tx, p *Parcel) error {
	all, err := decoded[account](p, accountsEntry)
	if err != nil {
		return err
	}
	nobodys, err := org.Hash(org.OneTime() + org.OneTime())
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Hash == "" {
			a.Hash, a.MustChange = nobodys, true
		}
		_, err := tx.Exec(ctx, `
			insert into platform.accounts (id, name, password_hash, must_change, password_at, created_at)
			values ($1, $2, $3, $4, coalesce($5, now()), $6) on conflict on constraint accounts_pkey do nothing`,
			a.ID, a.Name, a.Hash, a.MustChange, a.PasswordAt, a.CreatedAt)
		if err != nil {
			return err
		}
	}
	return nil
}

// maxBatch is how many bytes of rows are sent at a time.
const maxBatch = 1 << 20

// load writes the rows of a table, their objects where they lie now.
func load(ctx context.Context, tx *tenant.Tx, p *Parcel, t stored, at map[string]move) error {
	put := fmt.Sprintf(`insert into %s (%s) select %s from jsonb_populate_recordset(null::%s, $1::jsonb)`, t.Quoted, t.Columns, t.Columns, t.Quoted)
	var batch []string
	size := 0
	send := func() error {
		if len(batch) == 0 {
			return nil
		}
		_, err := tx.Exec(ctx, put, "["+strings.Join(batch, ",")+"]")
		batch, size = batch[:0], 0
		return err
	}
	err := p.readLines(tableEntry(t.Name), func(line string) error {
		line = rename(line, func(key string) (from, other place, ok bool) {
			m, ok := at[key]
			return m.from, place{Key: m.to.Key, Version: m.to.Version}, ok
		})
		batch, size = append(batch, line), size+len(line)
		if size < maxBatch {
			return nil
		}
		return send()
	})
	return errors.Join(err, send())
}

// same reads everything back and compares it with the manifest.
func same(ctx context.Context, tx *tenant.Tx, m Manifest, ts []stored, moved []move) error {
	ps := make([]place, len(moved))
	for i, one := range moved {
		ps[i] = placeOf(one.to)
	}
	all, err := measure(ctx, tx, m.Tenant.ID, ts, ps)
	if err != nil {
		return err
	}
	if t := differing(m.Tables, all); t != "" {
		return ErrDifferent.With("table", t)
	}
	return nil
}

// resume asks for the work again that was still to be done.
func resume(ctx context.Context, tx *tenant.Tx, p *Parcel) error {
	waiting, err := decoded[job.Waiting](p, jobsEntry)
	if err != nil {
		return err
	}
	tx.Actor.Tenant = p.Manifest.Tenant.ID
	for _, w := range waiting {
		if err := job.Later(ctx, tx, w.Name, w.Args, w.At); err != nil {
			return err
		}
	}
	return nil
}

// record raises the count of transactions if it must be, and says in the
// operators' audit who came.
func record(ctx context.Context, tx *tenant.Tx, m Manifest, a Arrival) error {
	if err := audit.Outrun(ctx, tx, m.Tenant.ID); err != nil {
		return err
	}
	return acted(ctx, tx, a.By, "relocation.imported", m.Tenant, map[string]any{"reason": a.Reason, "exported_at": m.At, "rows": rowsOf(m.Tables), "objects": m.Objects.Count})
}

func rowsOf(ts []Table) (n int) {
	for _, t := range ts {
		n += t.Rows
	}
	return n
}

// acted writes a line into the operators' audit.
func acted(ctx context.Context, tx *tenant.Tx, by, action string, u Unit, detail map[string]any) error {
	detail["name"], detail["slug"] = u.Name, u.Slug
	_, err := tx.Exec(ctx, `
		insert into platform.operator_audit (id, operator_id, name, action, object, detail, request, ip) values ($1, $2, $3, $4, $5, $6, 'command', '')`,
		tenant.NewID(), uuid.Max, by, action, "console/tenant/"+u.ID.String(), tenant.JSON(detail))
	return err
}
