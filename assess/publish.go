package assess

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"hetu/tenant"
)

type publication struct {
	ID       uuid.UUID `json:"-" path:"id"`
	Audience string    `json:"audience,omitempty" enum:"ranking,own"` // ranking if empty
}

// publish shows each unit its score and, unless the audience is "own", the
// ranking of its kind (R306, R308). What was published before is replaced.
func publish(ctx context.Context, tx *tenant.Tx, in publication) (r Round, err error) {
	if in.Audience == "" {
		in.Audience = "ranking"
	}
	err = tx.Get(ctx, &r, `
		   update assess_rounds
		      set state = 'published', audience = $2, published_at = $3, version = version + 1
		    where id = $1 and state = 'open' and digest <> ''
		returning `+roundColumns, in.ID, in.Audience, tx.Now)
	if errors.Is(err, tenant.ErrNoRows) {
		return r, unpublishable(ctx, tx, in.ID)
	}
	if err != nil {
		return r, err
	}
	for _, live := range []bool{true, false} {
		if err := unshow(ctx, tx, r.ID, live); err != nil {
			return r, err
		}
	}
	if r.Audience == "ranking" {
		if err := lineUp(ctx, tx, r.ID, false); err != nil {
			return r, err
		}
	}
	var units []string
	if err := tx.Select(ctx, &units, `select unit_id::text from assess_scores where round_id = $1 order by unit_kind, place`, r.ID); err != nil {
		return r, err
	}
	var n int64
	for part := range slices.Chunk(units, standers) {
		some, err := tx.Exec(ctx, publishQuery, r.ID, r.Audience, tx.Now, tenant.Array(part))
		if err != nil {
			return r, err
		}
		n += some
	}
	tx.Audit("assess.round_published", "assess/round/"+r.ID.String(),
		map[string]any{"digest": r.Digest, "audience": r.Audience, "units": n})
	return r, err
}

// publishQuery writes what some units see. The lines of each are looked up by
// their index: a plan made for a small round must do for a large one too.
const publishQuery = `
	with c as (
	  select unit_kind, unit_id, unit_name, class, rank, total, count(*) over (partition by unit_kind, class) as units
	    from assess_scores where round_id = $1)
	insert into assess_results (round_id, subject_tenant_id, unit_kind, unit_id, unit_name, scheme_id, scheme_name, round_name,
	                            from_day, to_day, rank, units, movement, total, entries, ranking, shown, published_at)
	select r.id, case s.unit_kind when 'tenant' then s.unit_id else app_tenant() end, s.unit_kind, s.unit_id, s.unit_name,
	       v.scheme_id, v.name, r.name, r.from_day, r.to_day,
	       case when $2 = 'ranking' then s.rank end, s.units, case when $2 = 'ranking' then p.rank - s.rank end, s.total,
	       coalesce((select ` + entriesOf + `), '[]'), '[]', case when $2 = 'ranking' then s.class end, $3
	  from assess_rounds r
	  join assess_scheme_versions v on v.scheme_id = r.scheme_id and v.version = r.scheme_version
	  join c s on s.unit_id = any ($4::uuid[])
	  left join assess_scores p on p.unit_kind = s.unit_kind and p.unit_id = s.unit_id and p.round_id = (` + previousRound + `)
	 where r.id = $1`

// previousRound is the round of the same scheme that ended last before r did.
const previousRound = `
	select q.id from assess_rounds q
	 where q.scheme_id = r.scheme_id and q.to_day < r.to_day and q.digest <> ''
	 order by q.to_day desc, q.id desc limit 1`

func unpublishable(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	r, err := findRound(ctx, tx, id)
	switch {
	case err != nil:
		return err
	case r.State == "closed":
		return ErrRoundClosed
	case r.State == "published":
		return ErrPublished
	}
	return ErrNotComputed
}

// closeRound makes a published result final. The period must be over and the
// round must come out as recorded once more; from then on no later fact can
// change it.
func closeRound(ctx context.Context, tx *tenant.Tx, q ref) (r Round, err error) {
	// What is proposed or confirmed meanwhile waits, and finds it closed.
	if err := holdRound(ctx, tx, q.ID, true); err != nil {
		return r, err
	}
	if r, err = findRound(ctx, tx, q.ID); err != nil {
		return r, err
	}
	var over bool
	err = tx.Get(ctx, &over, `select ($1::timestamptz at time zone 'Asia/Shanghai')::date > $2::date`, tx.Now, r.To)
	switch {
	case err != nil:
		return r, err
	case r.State == "closed":
		return r, ErrRoundClosed
	case r.State == "open":
		return r, ErrNotPublished
	case !over:
		return r, ErrRunning
	}
	if err := settled(ctx, tx, r.ID); err != nil {
		return r, err
	}
	c, err := check(ctx, tx, q)
	if err != nil {
		return r, err
	}
	if !c.Same {
		return r, ErrChanged
	}
	err = tx.Get(ctx, &r, `
		   update assess_rounds set state = 'closed', closed_at = $3, version = version + 1
		    where id = $1 and version = $2 and state = 'published'
		returning `+roundColumns, r.ID, r.Version, tx.Now)
	if errors.Is(err, tenant.ErrNoRows) {
		return r, overtaken(ctx, tx, r)
	}
	if err == nil {
		err = forget(ctx, tx, r.ID)
	}
	tx.Audit("assess.round_closed", "assess/round/"+r.ID.String(), map[string]any{"digest": r.Digest})
	return r, err
}
