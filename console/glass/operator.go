package glass

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// Asked is a request as the operators see it.
type Asked struct {
	Request
	TenantID   uuid.UUID  `db:"tenant_id" json:"tenant_id"`
	TenantName string     `db:"tenant_name" json:"tenant_name"`
	Mine       bool       `db:"mine" json:"mine"` // the operator asked or seconded it
	AskedID    uuid.UUID  `db:"asked_by" json:"-"`
	SecondID   *uuid.UUID `db:"second_by" json:"-"`
	First      bool       `db:"first" json:"first"` // the operator asked it, and so cannot second it
}

// living tells whether a request g can still lead to anything: two days to be
// seconded, a day to be answered, and then its time.
const living = `(g.state = 'asked' and g.asked_at > now() - interval '2 days' or g.state = 'seconded' and g.seconded_at > now() - interval '1 day'
	or g.state = 'open' and g.until > now())`

const askedRows = `
	select g.id, g.asked_name, g.reason, g.minutes, case when g.state in ('asked', 'seconded', 'open') and not ` + living + ` then 'ended' else g.state end as state,
	       g.asked_at, g.second_name, g.seconded_at, g.answered_by, g.answered_at, g.until, g.ended_by, g.ended_at, g.looks, g.version,
	       g.tenant_id, t.name as tenant_name, g.asked_by, g.second_by, (g.asked_by = $1 or coalesce(g.second_by = $1, false)) as mine, g.asked_by = $1 as first
	  from platform.glass g join platform.tenants t on t.id = g.tenant_id`

// Routes are the operators' side, below /console.
func Routes() []feature.Route {
	const at = "/console/glass"
	return []feature.Route{
		feature.GET(at, rbac.Operator, feature.OperatorRead(listAsked)),
		feature.POST(at, rbac.Operator, feature.OperatorWrite(ask)),
		feature.POST(at+"/{id}/second", rbac.Operator, feature.Door(second)),
		feature.POST(at+"/{id}/end", rbac.Operator, feature.Door(end)),
		feature.GET(at+"/{id}/members", rbac.Operator, feature.Look(lookAt("members", peopleRows))),
		feature.GET(at+"/{id}/audit", rbac.Operator, feature.Look(lookAt("audit", auditRows))),
		feature.GET(at+"/{id}/works", rbac.Operator, feature.Look(lookAt("works", workRows))),
	}
}

var askedOrder = feature.NewOrder("-asked_at", "g.id", func(r Asked) uuid.UUID { return r.ID },
	feature.ByTime("asked_at", "g.asked_at", func(r Asked) time.Time { return r.AskedAt }))

type askedQuery struct {
	feature.Page
	Tenant *uuid.UUID `json:"-" query:"tenant"`
}

// Sorts are by what requests may be sorted.
func (askedQuery) Sorts() []string { return askedOrder.Names() }

func listAsked(ctx context.Context, tx *tenant.Tx, q askedQuery) (l feature.List[Asked], err error) {
	at, err := askedOrder.Read(q.Page)
	if err != nil {
		return l, err
	}
	args := feature.Args{tx.Actor.Operator, q.Tenant}
	var rows []Asked
	err = tx.Select(ctx, &rows, askedRows+` where ($2::uuid is null or g.tenant_id = $2) and `+at.After(args.Add)+` order by `+at.By()+
		` limit `+q.Rows(), args...)
	return feature.Cut(rows, q.Size(), at.Cursor), err
}

func findAsked(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (r Asked, err error) {
	err = tx.Get(ctx, &r, askedRows+` where g.id = $2`, tx.Actor.Operator, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return r, ErrNotFound
	}
	return r, err
}

type question struct {
	Tenant  uuid.UUID `json:"tenant_id"`
	Reason  string    `json:"reason" minLength:"1" maxLength:"300"`
	Minutes int       `json:"minutes" minimum:"1" maximum:"60"`
}

// Validate returns the first thing wrong with the question.
func (q *question) Validate() error { return feature.Trim(&q.Reason, "reason", 300) }

// ask asks for a look, one at a time for a tenant.
func ask(ctx context.Context, tx *tenant.Tx, q question) (r Asked, err error) {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended($1, 0))`, "glass/"+q.Tenant.String()); err != nil {
		return r, err
	}
	var there bool
	err = tx.Get(ctx, &there, `select exists (select from platform.glass g where g.tenant_id = $1 and `+living+`)`, q.Tenant)
	switch {
	case err != nil:
		return r, err
	case there:
		return r, ErrUnderWay
	}
	id := tenant.NewID()
	n, err := tx.Exec(ctx, `
		insert into platform.glass (id, tenant_id, asked_by, asked_name, reason, minutes, asked_at)
		select $1, t.id, $3, $4, $5, $6, $7 from platform.tenants t where t.id = $2`,
		id, q.Tenant, tx.Actor.Operator, tx.Actor.Name, q.Reason, q.Minutes, tx.Now)
	if err != nil {
		return r, err
	}
	if n == 0 {
		return r, ErrNoTenant
	}
	tx.Audit("console.glass_asked", "console/tenant/"+q.Tenant.String(), map[string]any{"request": id, "reason": q.Reason, "minutes": q.Minutes})
	return findAsked(ctx, tx, id)
}

type byVersion struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version" minimum:"1"`
}

// second is another operator's yes. With it the tenant is asked.
func second(ctx context.Context, d feature.Deps, cl *feature.Client, in byVersion) (r Asked, err error) {
	err = d.Operators.Operate(ctx, func(tx *tenant.Tx) error {
		if r, err = findAsked(ctx, tx, in.ID); err != nil {
			return err
		}
		if r.First {
			return ErrSame
		}
		n, err := tx.Exec(ctx, `
			update platform.glass set state = 'seconded', second_by = $3, second_name = $4, seconded_at = $5, version = version + 1
			 where id = $1 and version = $2 and state = 'asked' and asked_at > now() - interval '2 days' and asked_by <> $3`,
			in.ID, in.Version, tx.Actor.Operator, tx.Actor.Name, tx.Now)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrState.With("state", r.State).With("version", r.Version)
		}
		tx.Audit("console.glass_seconded", "console/tenant/"+r.TenantID.String(), map[string]any{"request": in.ID})
		r, err = findAsked(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return r, err
	}
	// The tenant sees the request in any case; this only tells it.
	inside := within(ctx, r, cl)
	return r, d.DB.Write(inside, func(tx *tenant.Tx) error {
		return tell(inside, tx, r.ID, r.Reason, r.Minutes, []string{r.AskedBy, r.SecondBy})
	})
}

// within is a context in which the operator acts in the tenant that let them
// look, as nobody of the tenant. Besides telling and looking, nothing uses it.
func within(ctx context.Context, r Asked, cl *feature.Client) context.Context {
	op, err := tenant.Operating(ctx)
	if err != nil {
		return ctx
	}
	return tenant.As(ctx, tenant.Actor{Tenant: r.TenantID, Name: "平台运维 " + op.Name, Request: tenant.Request(ctx), IP: cl.IP})
}

// end closes what is open, or takes back what was asked.
func end(ctx context.Context, d feature.Deps, cl *feature.Client, in byVersion) (r Asked, err error) {
	was := ""
	err = d.Operators.Operate(ctx, func(tx *tenant.Tx) error {
		if r, err = findAsked(ctx, tx, in.ID); err != nil {
			return err
		}
		if !r.Mine {
			return ErrNotYours
		}
		was = r.State
		n, err := tx.Exec(ctx, `
			update platform.glass g set state = 'ended', ended_by = $3, ended_at = $4, version = version + 1
			 where g.id = $1 and g.version = $2 and `+living, in.ID, in.Version, tx.Actor.Name, tx.Now)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrState.With("state", r.State).With("version", r.Version)
		}
		tx.Audit("console.glass_ended", "console/tenant/"+r.TenantID.String(), map[string]any{"request": in.ID, "looks": r.Looks})
		r, err = findAsked(ctx, tx, in.ID)
		return err
	})
	if err != nil || was != "open" {
		return r, err
	}
	inside := within(ctx, r, cl)
	return r, d.DB.Write(inside, func(tx *tenant.Tx) error {
		tx.Audit("glass.closed", object(r.ID), map[string]any{"looks": r.Looks})
		return nil
	})
}

// A Sight is what a look shows: rows of words, the newest first, at most a
// hundred.
type Sight struct {
	Columns []string            `json:"columns"`
	Rows    []map[string]string `json:"rows"`
	Until   *time.Time          `json:"until"`
}

// A view is one thing that can be looked at: names, states and times, never
// content.
type view struct {
	columns []string
	query   string // gives a row as one JSON object of texts
}

var (
	peopleRows = view{[]string{"name", "login", "state", "roles"}, `
		select jsonb_build_object('name', m.name, 'login', m.login, 'state', m.state,
		         'roles', coalesce((select string_agg(distinct r.name, '、') from grants g join roles r on r.id = g.role_id
		                             where g.subject_kind = 'member' and g.subject_id = m.id), ''))
		  from members m order by m.id desc limit 100`}
	auditRows = view{[]string{"at", "actor", "action", "object"}, `
		select jsonb_build_object('at', to_char(e.at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS'), 'actor', e.actor_name, 'action', e.action, 'object', e.object)
		  from audit_entries e order by e.at desc, e.id desc limit 100`}
	workRows = view{[]string{"at", "kind", "state", "code"}, `
		select jsonb_build_object('at', to_char(w.created_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS'), 'kind', w.kind, 'state', w.state, 'code', w.code)
		  from works w order by w.id desc limit 100`}
)

// lookAt shows one thing of a tenant, while the glass is open, to the two who
// broke it. The look is written down on both sides before anything is shown.
func lookAt(what string, v view) func(context.Context, feature.Deps, *feature.Client, byID) (Sight, error) {
	return func(ctx context.Context, d feature.Deps, cl *feature.Client, in byID) (s Sight, err error) {
		var r Asked
		err = d.Operators.Operate(ctx, func(tx *tenant.Tx) error {
			if r, err = findAsked(ctx, tx, in.ID); err != nil {
				return err
			}
			if !r.Mine {
				return ErrNotYours
			}
			n, err := tx.Exec(ctx, `update platform.glass set looks = looks + 1 where id = $1 and state = 'open' and until > now()`, in.ID)
			if err == nil && n == 0 {
				err = ErrNotOpen
			}
			tx.Audit("console.glass_looked", "console/tenant/"+r.TenantID.String(), map[string]any{"request": in.ID, "what": what})
			return err
		})
		if err != nil {
			return s, err
		}
		s.Columns, s.Until = v.columns, r.Until
		inside := within(ctx, r, cl)
		err = d.DB.Write(inside, func(tx *tenant.Tx) error {
			tx.Audit("glass.looked", object(r.ID), map[string]string{"what": what, "reason": r.Reason})
			var rows []tenant.Doc[map[string]string]
			err := tx.Select(inside, &rows, v.query)
			s.Rows = make([]map[string]string, len(rows))
			for i, row := range rows {
				s.Rows[i] = row.V
			}
			return err
		})
		return s, err
	}
}
