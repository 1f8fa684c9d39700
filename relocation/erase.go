package relocation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/job"
	"hetu/org"
	"hetu/storage"
	"hetu/tenant"
)

// An Operator is somebody who proves to be one.
type Operator struct{ Login, Password string }

// A Removal is what was removed from the database.
type Removal struct {
	Tenant   Unit           `json:"tenant"`
	At       time.Time      `json:"at"`
	By       []string       `json:"by"` // the two operators
	Reason   string         `json:"reason"`
	Parcel   string         `json:"parcel"` // SHA-256 of the manifest of the parcel that holds what was removed
	Rows     map[string]int `json:"rows"`   // of each table
	Accounts int            `json:"accounts"`
	Jobs     int64          `json:"jobs"`
	Stored   Objects        `json:"stored"` // what lay in the object store
	Held     map[string]int `json:"held"`   // rows of other tenants that name it: what it had sent them, or they wrote about it
}

// A Certificate says that nothing of a tenant is left.
type Certificate struct {
	Removal
	Objects   int        `json:"objects"` // that are removed, however often it was gone on with
	Bytes     int64      `json:"bytes"`
	Kept      []Retained `json:"kept,omitempty"` // objects that the law keeps; Finish removes them when their time is over
	Checked   time.Time  `json:"checked_at"`     // when database and store were searched, and nothing was found
	PublicKey string     `json:"public_key,omitempty"`
	Signature string     `json:"signature,omitempty"` // over the certificate without it
}

// A Retained is an object that cannot be deleted yet.
type Retained struct {
	Key    string         `json:"key"`
	SHA256 storage.Digest `json:"sha256"`
	Until  *time.Time     `json:"until,omitempty"` // none: until a hold is taken back
}

// A Warrant is what it takes to remove a tenant.
type Warrant struct {
	Slug   string
	Parcel *Parcel // made here, of the tenant as it is now
	First  Operator
	Second Operator
	Reason string
}

// Erase removes a suspended tenant that has no tenants below it: all its rows
// and objects, accounts that belonged to no other tenant, its work in the
// queue, its sessions. It takes two operators (AR-04), and a parcel that holds
// exactly what is removed: one row more, and it returns ErrChanged. What other
// tenants have received from it is theirs and stays. It ends by searching for
// what is left; see Finish for objects the law keeps.
func (h House) Erase(ctx context.Context, w Warrant) (c Certificate, err error) {
	by, err := h.two(ctx, w)
	if err != nil {
		return c, err
	}
	err = h.Owner.Public(ctx, func(tx *tenant.Tx) error {
		r, err := h.remove(ctx, tx, w, by)
		c.Removal = r
		return err
	})
	if err != nil {
		return c, err
	}
	return h.clear(ctx, c.Removal)
}

// Finish goes on with a removal that was interrupted, or whose objects had to
// be kept, and returns the new certificate. It returns ErrPresent if the tenant
// has come back since: what lies in the store is its own again.
func (h House) Finish(ctx context.Context, slug string) (c Certificate, err error) {
	var r Removal
	err = h.Owner.Public(ctx, func(tx *tenant.Tx) error {
		var record []byte
		if err := tx.Get(ctx, &record, `select record from platform.removals where slug = $1`, slug); err != nil {
			return err
		}
		if err := json.Unmarshal(record, &r); err != nil {
			return err
		}
		var back bool
		err := tx.Get(ctx, &back, `select exists (select from platform.tenants where id = $1)`, r.Tenant.ID)
		if err == nil && back {
			err = ErrPresent
		}
		return err
	})
	if errors.Is(err, tenant.ErrNoRows) {
		return c, ErrNoTenant
	}
	if err != nil {
		return c, err
	}
	return h.clear(ctx, r)
}

// two proves both operators, who must be two people.
func (h House) two(ctx context.Context, w Warrant) (names []string, err error) {
	passwords := org.NewPasswords(org.Strength, 4)
	ids := map[uuid.UUID]bool{}
	for _, o := range []Operator{w.First, w.Second} {
		var p struct {
			ID   uuid.UUID `db:"id"`
			Name string    `db:"name"`
			Hash string    `db:"password_hash"`
		}
		err := h.Owner.Public(ctx, func(tx *tenant.Tx) error {
			return tx.Get(ctx, &p, `select id, name, password_hash from platform.operators where login = $1 and coalesce(locked_until <= now(), true)`, strings.ToLower(o.Login))
		})
		if err != nil && !errors.Is(err, tenant.ErrNoRows) {
			return nil, err
		}
		ok, err := passwords.Verify(ctx, o.Password, p.Hash)
		if err != nil {
			return nil, err
		}
		if !ok || ids[p.ID] {
			return nil, ErrOperators
		}
		ids[p.ID] = true
		names = append(names, p.Name)
	}
	return names, nil
}

// remove takes everything out of the database in one transaction.
func (h House) remove(ctx context.Context, tx *tenant.Tx, w Warrant, by []string) (r Removal, err error) {
	var m Manifest
	if _, err := tx.Exec(ctx, `set local session_replication_role = replica`); err != nil {
		return r, err
	}
	ts, err := inventory(ctx, tx, w.Slug, &m)
	if err != nil {
		return r, err
	}
	if err := h.may(ctx, tx, m.Tenant, w.Parcel.Manifest, ts); err != nil {
		return r, err
	}
	manifest, err := w.Parcel.whole(manifestEntry)
	if err != nil {
		return r, err
	}
	r = Removal{Tenant: m.Tenant, At: tx.Now.UTC(), By: by, Reason: w.Reason, Parcel: digest(manifest), Rows: map[string]int{}, Stored: w.Parcel.Manifest.Objects}
	if r.Accounts, err = depart(ctx, tx, m.Tenant.ID); err != nil {
		return r, err
	}
	if r.Jobs, err = job.Forget(ctx, tx, m.Tenant.ID); err != nil {
		return r, err
	}
	all, err := tables(ctx, tx)
	if err != nil {
		return r, err
	}
	for _, t := range all {
		n, err := tx.Exec(ctx, fmt.Sprintf(`delete from %s where %s = $1`, t.Quoted, t.Whose), m.Tenant.ID)
		if err != nil {
			return r, fmt.Errorf("relocation: %s: %w", t.Name, err)
		}
		if n > 0 {
			r.Rows[t.Name] = int(n)
		}
	}
	if err := unfound(ctx, tx, m.Tenant.ID); err != nil {
		return r, err
	}
	if r.Held, err = traces(ctx, tx, m.Tenant.ID); err != nil {
		return r, err
	}
	return r, r.note(ctx, tx)
}

// may returns why the tenant cannot be removed. It is locked.
func (h House) may(ctx context.Context, tx *tenant.Tx, u Unit, m Manifest, ts []stored) error {
	var below int
	err := tx.Get(ctx, &below, `
		select (select count(*) from platform.tenants b where b.parent_id = t.id) as below from platform.tenants t where t.id = $1 for update of t`, u.ID)
	switch {
	case err != nil:
		return err
	case u.State == "active":
		return ErrActive
	case below > 0:
		return ErrBelow.With("tenants", below)
	case m.Tenant.ID != u.ID:
		return ErrChanged.With("table", "platform.tenants")
	}
	ps, err := objects(ctx, h.Store, u.ID)
	if err != nil {
		return err
	}
	if objectsOf(ps) != m.Objects {
		return ErrChanged.With("table", objectsEntry)
	}
	now, err := measure(ctx, tx, u.ID, ts, ps)
	if err != nil {
		return err
	}
	if t := differing(m.Tables, now); t != "" {
		return ErrChanged.With("table", t)
	}
	return nil
}

// depart removes the accounts that belong to no other tenant, with all that is
// kept of an account, and has every node forget whose sessions end.
func depart(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (n int, err error) {
	if _, err := tx.Exec(ctx, `
		insert into platform.changes (kind, subject)
		select 'account', account_id from platform.memberships where tenant_id = $1 union all select 'tenant', $1 union all select 'rights', $1`, id); err != nil {
		return 0, err
	}
	var only []uuid.UUID
	err = tx.Select(ctx, &only, `
		select distinct m.account_id from platform.memberships m
		 where m.tenant_id = $1 and not exists (select from platform.memberships o where o.account_id = m.account_id and o.tenant_id <> $1)`, id)
	if err != nil {
		return 0, err
	}
	var owned []string
	err = tx.Select(ctx, &owned, `
		select quote_ident(n.nspname) || '.' || quote_ident(c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
		 where n.nspname = 'platform' and c.relkind = 'r'
		   and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'account_id' and not a.attisdropped) order by 1`)
	if err != nil {
		return 0, err
	}
	for _, t := range owned {
		if _, err := tx.Exec(ctx, `delete from `+t+` where account_id = any ($1::uuid[])`, tenant.Array(texts(only))); err != nil {
			return 0, err
		}
	}
	gone, err := tx.Exec(ctx, `delete from platform.accounts where id = any ($1::uuid[])`, tenant.Array(texts(only)))
	return int(gone), err
}

// unfound removes the tenant itself, and what the platform keeps about it in
// rows that name it otherwise than by tenant_id.
func unfound(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	var named []struct {
		Table  string `db:"tab"`
		Column string `db:"col"`
	}
	err := tx.Select(ctx, &named, `
		select k.conrelid::regclass::text as tab, quote_ident(a.attname) as col
		  from pg_constraint k join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
		 where k.contype = 'f' and k.confrelid = 'platform.tenants'::regclass and k.conrelid <> k.confrelid order by 1, 2`)
	if err != nil {
		return err
	}
	for _, n := range named {
		if _, err := tx.Exec(ctx, fmt.Sprintf(`delete from %s where %s = $1`, n.Table, n.Column), id); err != nil {
			return err
		}
	}
	// Of the operators' list it came from stays that there was a row, and its address.
	if _, err := tx.Exec(ctx, `
		update platform.lists l
		   set rows = (select jsonb_agg(case when e.v->>'id' <> $1::text then e.v else jsonb_build_object('row', e.v->'row', 'id', gen_random_uuid(),
		                                       'slug', e.v->'slug', 'off', '[]'::jsonb, 'faults', '[]'::jsonb) end order by e.n)
		                 from jsonb_array_elements(l.rows) with ordinality e (v, n))
		 where l.rows @> jsonb_build_array(jsonb_build_object('id', $1::text))`, id.String()); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `delete from platform.tenants where id = $1`, id)
	return err
}

func texts(ids []uuid.UUID) []string {
	s := make([]string, len(ids))
	for i, id := range ids {
		s[i] = id.String()
	}
	return s
}

// traces returns how many rows of others still name the tenant, by table and
// column. A row that is its own is ErrLeft.
func traces(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (held map[string]int, err error) {
	var columns []struct {
		Table  string `db:"tab"`
		Column string `db:"col"`
		Own    bool   `db:"own"`
	}
	err = tx.Select(ctx, &columns, `
		select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as tab, quote_ident(a.attname) as col,
		       a.attname = 'tenant_id' or c.oid = 'platform.tenants'::regclass as own
		  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
		 where n.nspname in ('public', 'platform') and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and a.atttypid = 'uuid'::regtype
		   and c.oid not in ('platform.removals'::regclass, 'platform.changes'::regclass)
		 order by 1, 2`)
	if err != nil {
		return nil, err
	}
	held = map[string]int{}
	for _, c := range columns {
		var n int
		if err := tx.Get(ctx, &n, fmt.Sprintf(`select count(*) from %s where %s = $1`, c.Table, c.Column), id); err != nil {
			return nil, err
		}
		switch {
		case n > 0 && c.Own:
			return nil, ErrLeft.With("table", c.Table).With("rows", n)
		case n > 0:
			held[c.Table+"."+c.Column] = n
		}
	}
	return held, nil
}

// note keeps the record of the removal, and says it in the operators' audit.
func (r Removal) note(ctx context.Context, tx *tenant.Tx) error {
	_, err := tx.Exec(ctx, `
		insert into platform.removals (tenant_id, slug, name, record) values ($1, $2, $3, $4)
		on conflict on constraint removals_pkey do update set record = excluded.record, at = now(), certificate = null`,
		r.Tenant.ID, r.Tenant.Slug, r.Tenant.Name, tenant.JSON(r))
	if err != nil {
		return err
	}
	return acted(ctx, tx, strings.Join(r.By, "、"), "relocation.erased", r.Tenant, map[string]any{"reason": r.Reason, "parcel": r.Parcel})
}

// clear empties the object store, searches everywhere, and certifies it.
func (h House) clear(ctx context.Context, r Removal) (c Certificate, err error) {
	c.Removal = r
	ps, err := objects(ctx, h.Store, r.Tenant.ID)
	if err != nil {
		return c, err
	}
	var kept int64
	for _, p := range ps {
		err := h.Store.Delete(ctx, storage.Ref{Tenant: r.Tenant.ID, Key: p.Key, Version: p.Version})
		switch {
		case errors.Is(err, storage.ErrRetained) || errors.Is(err, storage.ErrHeld):
			c.Kept = append(c.Kept, Retained{p.Key, p.SHA256, p.RetainUntil})
			kept += p.Size
		case err != nil:
			return c, err
		default:
			c.Objects, c.Bytes = c.Objects+1, c.Bytes+p.Size
		}
	}
	if r.Stored.SHA256 != "" { // an earlier run may have removed some
		c.Objects, c.Bytes = r.Stored.Count-len(c.Kept), r.Stored.Bytes-kept
	}
	if err := h.Staging.Forget(r.Tenant.ID); err != nil {
		return c, err
	}
	left, err := objects(ctx, h.Store, r.Tenant.ID)
	if err != nil {
		return c, err
	}
	if len(left) != len(c.Kept) {
		return c, ErrLeft.With("table", objectsEntry).With("rows", len(left))
	}
	slices.SortFunc(c.Kept, func(a, b Retained) int { return strings.Compare(a.Key, b.Key) })
	err = h.certify(ctx, &c)
	return c, err
}

// certify searches the database once more, signs the certificate and keeps it.
func (h House) certify(ctx context.Context, c *Certificate) error {
	return h.Owner.Public(ctx, func(tx *tenant.Tx) error {
		if _, err := traces(ctx, tx, c.Tenant.ID); err != nil {
			return err
		}
		c.Checked, c.PublicKey, c.Signature = tx.Now.UTC(), h.Key.Public(), ""
		c.Signature = h.Key.Sign(certifiedAs, []byte(tenant.JSON(c)))
		_, err := tx.Exec(ctx, `update platform.removals set certificate = $2 where tenant_id = $1`, c.Tenant.ID, tenant.JSON(c))
		return err
	})
}
