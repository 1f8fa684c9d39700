package relocation

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"hetu/tenant"
)

// leftOut are the tables with rows of tenants that do not go along, and why.
var leftOut = map[string]string{
	"public.idempotency_keys":   "answers kept for a day, in case a request to this installation comes again",
	"public.uploads":            "uploads that are not finished lie beside this server",
	"public.item_locks":         "who has a page open just now",
	"public.login_misses":       "failed sign-ins at this door",
	"public.identity_providers": "houses that send people back to this address, with secrets that only this installation's key opens",
	"public.identity_links":     "who is who at those houses",
	"public.identity_spent":     "ways to those houses that were used up",
	"public.identity_rules":     "who may come in with a password, where there are such houses",
	"public.outward_channels":   "what leaves the house by houses that do not go along",
	"public.outward_deliveries": "what left this installation, and what is about to: another must not send it again",
	"public.outward_parcels":    "see public.outward_deliveries",
	"public.wecom_tokens":       "tokens that only this installation's key opens",
	"platform.sessions":         "who is signed in here",
	"platform.activations":      "one-time links to this address",
	"platform.resets":           "what units of this installation ask each other for a person of both",
	"platform.consents":         "see platform.resets",
	"platform.tokens":           "tokens of programs that know this address",
	"platform.tenant_usage":     "what the operator metered",
	"platform.plans":            "what was agreed with this operator",
	"platform.removals":         "who was removed from this installation",
	"platform.onboardings":      "how it came to this operator",
	"platform.glass":            "what operators of this installation asked to see",
	"platform.doings":           "what nodes of this installation tell each other",
	"platform.followed":         "made anew: see afterwards",
	"platform.column_notes":     "which transactions of this database changed what its servers remember",
}

// carried are the tables outside of the tenants' schema that go along.
var carried = map[string]bool{"platform.memberships": true, "platform.item_terms": true, "platform.templates": true}

// afterwards are the statements that make anew, for the tenant $1, what rows of
// this installation follow from rows that came along.
var afterwards = []string{
	`insert into platform.followed (round_id, tenant_id) select id, tenant_id from assess_rounds where tenant_id = $1 and state = 'open' and digest <> ''`,
}

// A stored is a table that has rows of tenants. Its names are quoted where SQL
// needs that.
type stored struct {
	Name    string `db:"name"` // schema.table, as a person writes it
	Schema  string `db:"schema"`
	Quoted  string `db:"quoted"`
	Columns string `db:"columns"` // that are not generated, in order
	Key     string `db:"key"`     // columns of the primary key
	Whose   string `db:"whose"`   // the column that names the tenant
}

// goes reports whether the table goes along, or that nobody has decided that.
func (s stored) goes() (bool, error) {
	_, stays := leftOut[s.Name]
	switch {
	case stays:
		return false, nil
	case s.Schema == "public" || carried[s.Name]:
		return true, nil
	}
	return false, ErrUndecided.With("table", s.Name)
}

// tables returns every table with rows of tenants, by name.
func tables(ctx context.Context, tx *tenant.Tx) (all []stored, err error) {
	err = tx.Select(ctx, &all, `
		select n.nspname || '.' || c.relname as name, n.nspname as schema, quote_ident(n.nspname) || '.' || quote_ident(c.relname) as quoted,
		       (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
		         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
		       (select coalesce(string_agg(quote_ident(a.attname), ', ' order by k.n), '') from pg_index i
		          cross join lateral unnest(i.indkey) with ordinality as k (attnum, n)
		          join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
		         where i.indrelid = c.oid and i.indisprimary) as key,
		       w.attname as whose
		  from pg_class c join pg_namespace n on n.oid = c.relnamespace
		  join pg_attribute w on w.attrelid = c.oid and not w.attisdropped
		   and w.attname = case when c.oid = 'platform.templates'::regclass then 'source_id' else 'tenant_id' end
		 where n.nspname in ('public', 'platform') and c.relkind = 'r'
		 order by n.nspname, c.relname`)
	return all, err
}

// moving returns the tables that go along.
func moving(ctx context.Context, tx *tenant.Tx) (ts []stored, err error) {
	all, err := tables(ctx, tx)
	for _, t := range all {
		goes, e := t.goes()
		if e != nil {
			return nil, e
		}
		if goes {
			ts = append(ts, t)
		}
	}
	return ts, err
}

// schema returns a digest of the migrations that were applied.
func schema(ctx context.Context, tx *tenant.Tx) (sum string, err error) {
	err = tx.Get(ctx, &sum, `
		select encode(sha256(convert_to(coalesce(string_agg(line || '/' || file || ' ' || sum, E'\n' order by line, file), ''), 'UTF8')), 'hex')
		  from migrations.checksums`)
	return sum, err
}

// unit finds a tenant by its address.
func unit(ctx context.Context, tx *tenant.Tx, slug string) (u Unit, err error) {
	err = tx.Get(ctx, &u, `
		select t.id, t.slug, t.name, t.short_name, t.kind, t.state, t.reason, t.read_only, t.opened_at, t.created_at,
		       g.slug as group_slug, g.name as group_name, p.slug as parent
		  from platform.tenants t
		  join platform.groups g on g.id = t.group_id
		  left join platform.tenants p on p.id = t.parent_id
		 where t.slug = $1`, slug)
	if errors.Is(err, tenant.ErrNoRows) {
		return u, ErrNoTenant
	}
	return u, err
}

// A reference is a foreign key between rows of tenants.
type reference struct {
	Name string `db:"conname"`
	From string `db:"child"`
	To   string `db:"parent"`
	Same string `db:"same"` // the condition that p is the row c names
	Set  string `db:"set"`  // the condition that c names any
}

// unresolved returns the first foreign key that rows of the tenant break. What
// PostgreSQL would have checked row by row is checked here once, table by table.
func unresolved(ctx context.Context, tx *tenant.Tx, id uuid.UUID, ts []stored) error {
	for _, t := range ts {
		var refs []reference
		err := tx.Select(ctx, &refs, `
			select k.conname, k.conrelid::regclass::text as child, k.confrelid::regclass::text as parent,
			       string_agg(format('p.%I = c.%I', b.attname, a.attname), ' and ') as same,
			       string_agg(format('c.%I is not null', a.attname), ' and ') as set
			  from pg_constraint k
			 cross join lateral unnest(k.conkey, k.confkey) as o (c, p)
			  join pg_attribute a on a.attrelid = k.conrelid and a.attnum = o.c
			  join pg_attribute b on b.attrelid = k.confrelid and b.attnum = o.p
			 where k.contype = 'f' and k.conrelid = $1::regclass group by 1, 2, 3 order by 1`, t.Quoted)
		if err != nil {
			return err
		}
		for _, r := range refs {
			if err := r.check(ctx, tx, id, t.Whose); err != nil {
				return err
			}
		}
	}
	return nil
}

// check looks at the rows of the tenant that whose names.
func (r reference) check(ctx context.Context, tx *tenant.Tx, id uuid.UUID, whose string) error {
	var broken int
	err := tx.Get(ctx, &broken, fmt.Sprintf(`select count(*) from %s c where c.%s = $1 and %s and not exists (select from %s p where %s)`,
		r.From, whose, r.Set, r.To, r.Same), id)
	if err == nil && broken > 0 {
		err = ErrReferences.With("constraint", r.Name).With("rows", broken)
	}
	return err
}
