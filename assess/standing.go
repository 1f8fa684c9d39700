package assess

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/feature"
	"hetu/tenant"
)

// A NowStanding is how one of the reader's own units stands in a round that is
// still running, as the tenant that scores it lets it see.
type NowStanding struct {
	Round      NowRound        `json:"round"`
	Unit       Unit            `json:"unit"`
	Rank       *int            `json:"rank"`  // null if it may only see its own score
	Units      int             `json:"units"` // how many are ranked with it
	Class      string          `json:"class"` // what its class is called; empty without classes
	Grade      string          `json:"grade"`
	Total      decimal.Decimal `json:"total"`
	ComputedAt time.Time       `json:"computed_at"`
	DaysLeft   int             `json:"days_left"` // today included; zero once the period is over
	Entries    []UnitLine      `json:"entries"`
	Ahead      []Ahead         `json:"ahead"`
	Disputed   []Disputed      `json:"disputed"`
	Peers      []Standing      `json:"peers"` // those ranked with it, if it may see them; of many, the first and those near it
}

// A NowRound is a running round as those see it who are scored by it.
type NowRound struct {
	ID         uuid.UUID `json:"id"`
	SchemeName string    `json:"scheme_name"`
	Name       string    `json:"name"`
	From       string    `json:"from" format:"date"`
	To         string    `json:"to" format:"date"`
}

// A Disputed is a line of a score that somebody wants corrected, and nobody has
// decided about yet. It does not say who.
type Disputed struct {
	Rule  string    `json:"rule"` // its code
	Name  string    `json:"name"`
	Since time.Time `json:"since"`
}

type showing struct {
	ID   uuid.UUID `json:"-" path:"id"`
	Live string    `json:"live" enum:",own,ranking"` // what the units may see; nothing if empty
}

// show lets the units of a running round see how they stand, each its own score
// or the others of its class as well, or nothing (R306). What the result shows
// once it is published is decided then.
func show(ctx context.Context, tx *tenant.Tx, in showing) (r Round, err error) {
	err = tx.Get(ctx, &r, `
		   update assess_rounds set live = $2
		    where id = $1 and state = 'open'
		returning `+roundColumns, in.ID, in.Live)
	if err != nil {
		return r, unshowable(ctx, tx, in.ID, err)
	}
	tx.Audit("assess.round_shown", subjectOf(r.ID), map[string]any{"live": in.Live})
	return r, stand(ctx, tx, r.ID)
}

func unshowable(ctx context.Context, tx *tenant.Tx, id uuid.UUID, err error) error {
	if !errors.Is(err, tenant.ErrNoRows) {
		return err
	}
	r, err := findRound(ctx, tx, id)
	switch {
	case err != nil:
		return err
	case r.State == "closed":
		return ErrRoundClosed
	}
	return ErrPublished
}

// stand replaces what the units of a round may see of it while it is running:
// nothing, unless the round is open and shows itself.
func stand(ctx context.Context, tx *tenant.Tx, round uuid.UUID) error {
	var had bool
	if err := tx.Get(ctx, &had, `select exists (select from assess_standings where round_id = $1)`, round); err != nil {
		return err
	}
	if had {
		if _, err := tx.Exec(ctx, `delete from assess_standings where round_id = $1`, round); err != nil {
			return err
		}
	}
	r, err := findRound(ctx, tx, round)
	if err != nil || r.State != "open" || r.Live == "" || r.Digest == "" {
		return err
	}
	s, _, err := findScheme(ctx, tx, r.SchemeID, r.SchemeVersion)
	if err != nil {
		return err
	}
	next, err := aheadIn(ctx, tx, r, s)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, c := range s.Plan.Classes {
		names[c.Code] = c.Name
	}
	for part := range slices.Chunk(s.Units, standers) {
		mine := make(map[uuid.UUID][]Ahead, len(part))
		for _, u := range part {
			mine[u.ID] = next[u.ID]
		}
		if _, err := tx.Exec(ctx, standQuery, r.ID, r.Live, tenant.JSON(mine), tenant.JSON(names)); err != nil {
			return err
		}
	}
	return nil
}

// standers is how many units one statement writes: it must end well within the
// statement time-out.
const standers = 100

// Of a class of more than thirty, a unit sees the first ten and the five above
// and below it: what is shown to all grows with them, and not with their square.
const standQuery = `
	with c as (
	  select unit_kind, unit_id, unit_name, class, grade, rank, total,
	         row_number() over (partition by unit_kind, class order by place) as pos,
	         count(*) over (partition by unit_kind, class) as units
	    from assess_scores where round_id = $1),
	n as materialized (
	  select c.*, j.value as ahead from jsonb_each($3::jsonb) j join c on c.unit_id = j.key::uuid)
	insert into assess_standings (round_id, subject_tenant_id, unit_kind, unit_id, unit_name, scheme_name, round_name, from_day, to_day,
	                              rank, units, class, grade, total, entries, ahead, disputed, peers, computed_at)
	select r.id, case s.unit_kind when 'tenant' then s.unit_id else app_tenant() end, s.unit_kind, s.unit_id, s.unit_name,
	       v.name, r.name, r.from_day, r.to_day, case when $2 = 'ranking' then s.rank end, s.units,
	       coalesce($4::jsonb ->> s.class, s.class), s.grade, s.total, coalesce((select ` + entriesOf + `), '[]'),
	       s.ahead, coalesce((select ` + disputedOf + ` from assess_adjustments a
	                              where a.round_id = $1 and a.unit_kind = s.unit_kind and a.unit_id = s.unit_id and ` + disputing + `), '[]'),
	       case when $2 = 'ranking' then
	         (select jsonb_agg(jsonb_build_object('rank', o.rank, 'unit', jsonb_build_object('kind', o.unit_kind, 'id', o.unit_id,
	                   'name', o.unit_name), 'total', o.total::text) order by o.pos)
	            from c o
	           where o.unit_kind = s.unit_kind and o.class = s.class
	             and (s.units <= 30 or o.pos <= 10 or o.pos between s.pos - 5 and s.pos + 5)) else '[]' end, r.computed_at
	  from assess_rounds r
	  join assess_scheme_versions v on v.scheme_id = r.scheme_id and v.version = r.scheme_version
	  join n s on true
	 where r.id = $1`

// entriesOf looks the lines of one unit up by their index: a plan made before a
// round was worked out knows nothing of how many there are.
const entriesOf = `jsonb_agg(jsonb_build_object('id', e.id, 'rule_code', e.rule_code, 'rule_name', e.rule_name, 'formula', e.formula,
	           'n', e.n, 'points_before', e.points_before::text, 'points', e.points::text, 'rule_version', e.rule_version) order by e.seq)
	          from assess_entries e where e.round_id = $1 and e.unit_kind = s.unit_kind and e.unit_id = s.unit_id`

const (
	disputing  = `type = 'correction' and reverses is null and state = 'proposed'`
	disputedOf = `jsonb_agg(jsonb_build_object('rule', rule_code, 'name', title, 'since', at) order by at)`
)

// dispute says anew which lines of a unit are disputed, where that is shown.
func dispute(ctx context.Context, tx *tenant.Tx, a adjustmentRow) error {
	_, err := tx.Exec(ctx, `
		update assess_standings
		   set disputed = coalesce((select `+disputedOf+` from assess_adjustments
		                             where round_id = $1 and unit_kind = $2 and unit_id = $3 and `+disputing+`), '[]')
		 where round_id = $1 and unit_kind = $2 and unit_id = $3`, a.RoundID, a.UnitKind, a.UnitID)
	return err
}

// aheadIn works out what lies ahead of every unit of a round, by unit.
func aheadIn(ctx context.Context, tx *tenant.Tx, r Round, s Scheme) (map[uuid.UUID][]Ahead, error) {
	lines := map[uuid.UUID][]shortLine{}
	err := tx.Each(ctx, func(row tenant.Row) error {
		var unit uuid.UUID
		var l shortLine
		if err := row.Scan(&unit, &l.Code, &l.Part, &l.N, &l.Before, &l.Points); err != nil {
			return err
		}
		lines[unit] = append(lines[unit], l)
		return nil
	}, `select unit_id, rule_code, part, n, points_before, points from assess_entries where round_id = $1`, r.ID)
	v := Version{Scheme: s.ID, Version: s.Version, Year: s.Year, Name: s.Name, Units: s.Units, Rules: s.Rules, Plan: s.Plan}
	members, all := s.Plan.members(), make(map[uuid.UUID][]Ahead, len(s.Units))
	for _, u := range s.Units {
		all[u.ID] = aheadOf(v, members[u.ID], lines[u.ID])
	}
	return all, err
}

type standingRow struct {
	UnitKind   string          `db:"unit_kind"`
	UnitID     uuid.UUID       `db:"unit_id"`
	UnitName   string          `db:"unit_name"`
	Round      uuid.UUID       `db:"round_id"`
	Scheme     string          `db:"scheme_name"`
	Name       string          `db:"round_name"`
	From       string          `db:"from_day"`
	To         string          `db:"to_day"`
	Rank       *int            `db:"rank"`
	Units      int             `db:"units"`
	Class      string          `db:"class"`
	Grade      string          `db:"grade"`
	Total      decimal.Decimal `db:"total"`
	Entries    doc[[]UnitLine] `db:"entries"`
	Ahead      doc[[]Ahead]    `db:"ahead"`
	Disputed   doc[[]Disputed] `db:"disputed"`
	Peers      doc[[]Standing] `db:"peers"`
	ComputedAt time.Time       `db:"computed_at"`
	DaysLeft   int             `db:"days_left"`
}

func (r standingRow) standing() NowStanding {
	return NowStanding{
		Round: NowRound{r.Round, r.Scheme, r.Name, r.From, r.To}, Unit: Unit{r.UnitKind, r.UnitID, r.UnitName}, Rank: r.Rank, Units: r.Units,
		Class: r.Class, Grade: r.Grade, Total: r.Total, ComputedAt: r.ComputedAt, DaysLeft: r.DaysLeft,
		Entries: r.Entries.V, Ahead: r.Ahead.V, Disputed: r.Disputed.V, Peers: r.Peers.V,
	}
}

// standings says how the reader's own units stand in the rounds that are still
// running, what ends first first.
func standings(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[NowStanding], err error) {
	l.Items = []NowStanding{}
	var rows []standingRow
	err = tx.Select(ctx, &rows, `
		select unit_kind, unit_id, unit_name, round_id, scheme_name, round_name, to_char(from_day, 'YYYY-MM-DD') as from_day,
		       to_char(to_day, 'YYYY-MM-DD') as to_day, rank, units, class, grade, total, entries, ahead, disputed, peers, computed_at,
		       greatest(to_day - ($2::timestamptz at time zone 'Asia/Shanghai')::date + 1, 0) as days_left
		  from assess_standings
		 where `+mineOnly+`
		 order by assess_standings.to_day, unit_kind, unit_name, unit_id limit 50`, tx.Actor.Member, tx.Now)
	for _, r := range rows {
		l.Items = append(l.Items, r.standing())
	}
	return l, err
}
