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
	return r, stand(ctx, tx, r.ID, nil)
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
// nothing, unless the round is open and shows itself. changed are the units of
// which a line is other than it was; nil: nobody knows which.
func stand(ctx context.Context, tx *tenant.Tx, round uuid.UUID, changed []uuid.UUID) error {
	var had struct {
		N      int `db:"n"`
		Ranked int `db:"ranked"`
		Units  int `db:"units"`
	}
	err := tx.Get(ctx, &had, `
		select count(*) as n, count(rank) as ranked, (select count(*) from assess_scores where round_id = $1) as units
		  from assess_standings where round_id = $1`, round)
	if err != nil {
		return err
	}
	r, err := findRound(ctx, tx, round)
	if err != nil {
		return err
	}
	open := r.State == "open" && r.Live != "" && r.Digest != ""
	if !open && had.N == 0 {
		return nil
	}
	as := map[string]int{"own": 0, "ranking": had.N}[r.Live] // how many know their rank
	if !open || had.N != had.Units || had.Ranked != as {
		changed = nil
	}
	if changed == nil {
		if err := unshow(ctx, tx, round, true); err != nil || !open {
			return err
		}
	}
	return r.stand(ctx, tx, changed)
}

// unshow removes what the units may see of a round: of how it is running, or of
// what was published.
func unshow(ctx context.Context, tx *tenant.Tx, round uuid.UUID, live bool) error {
	from := `delete from assess_results where round_id = $1`
	if live {
		from = `delete from assess_standings where round_id = $1`
	}
	if _, err := tx.Exec(ctx, from, round); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `delete from assess_shown where round_id = $1 and live = $2`, round, live)
	return err
}

// stand writes how the units stand whose lines have changed, or all; and of the
// others what changes with them.
func (r Round) stand(ctx context.Context, tx *tenant.Tx, changed []uuid.UUID) error {
	s, _, err := findScheme(ctx, tx, r.SchemeID, r.SchemeVersion)
	if err != nil {
		return err
	}
	if r.Live == "ranking" {
		if err := lineUp(ctx, tx, r.ID, true); err != nil {
			return err
		}
	}
	names := map[string]string{}
	for _, c := range s.Plan.Classes {
		names[c.Code] = c.Name
	}
	todo := changed
	if changed == nil {
		for _, u := range s.Units {
			todo = append(todo, u.ID)
		}
	}
	for part := range slices.Chunk(todo, standers) {
		next, err := aheadIn(ctx, tx, r, s, part)
		if err != nil {
			return err
		}
		if changed != nil {
			if _, err := tx.Exec(ctx, `delete from assess_standings where round_id = $1 and unit_id = any ($2::uuid[])`, r.ID, textsOf(part)); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, standQuery, r.ID, r.Live, tenant.JSON(next), tenant.JSON(names)); err != nil {
			return err
		}
	}
	if changed == nil {
		return nil
	}
	_, err = tx.Exec(ctx, moveQuery, r.ID, r.Live, tenant.JSON(names))
	return err
}

func textsOf(ids []uuid.UUID) any {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return tenant.Array(texts)
}

// lineUp keeps the order of every class of a round, for those in it who may see
// it while the round is running, or when it is published.
func lineUp(ctx context.Context, tx *tenant.Tx, round uuid.UUID, live bool) error {
	_, err := tx.Exec(ctx, `
		insert into assess_shown as o (round_id, live, unit_kind, class, standings)
		select $1, $2, unit_kind, class, jsonb_agg(jsonb_build_object('rank', rank, 'unit', jsonb_build_object('kind', unit_kind, 'id', unit_id,
		         'name', unit_name), 'total', total::text) order by place)
		  from assess_scores where round_id = $1 group by unit_kind, class
		on conflict on constraint assess_shown_pkey do update set standings = excluded.standings where o.standings <> excluded.standings`, round, live)
	return err
}

// standers is how many units one statement writes: it must end well within the
// statement time-out.
const standers = 100

const standQuery = `
	with c as (
	  select unit_kind, unit_id, unit_name, class, grade, rank, total, count(*) over (partition by unit_kind, class) as units
	    from assess_scores where round_id = $1),
	n as materialized (
	  select c.*, j.value as ahead from jsonb_each($3::jsonb) j join c on c.unit_id = j.key::uuid)
	insert into assess_standings (round_id, subject_tenant_id, unit_kind, unit_id, unit_name, scheme_name, round_name, from_day, to_day,
	                              rank, units, class, grade, total, entries, ahead, disputed, peers, shown, computed_at)
	select r.id, case s.unit_kind when 'tenant' then s.unit_id else app_tenant() end, s.unit_kind, s.unit_id, s.unit_name,
	       v.name, r.name, r.from_day, r.to_day, case when $2 = 'ranking' then s.rank end, s.units,
	       coalesce($4::jsonb ->> s.class, s.class), s.grade, s.total, coalesce((select ` + entriesOf + `), '[]'),
	       s.ahead, coalesce((select ` + disputedOf + ` from assess_adjustments a
	                              where a.round_id = $1 and a.unit_kind = s.unit_kind and a.unit_id = s.unit_id and ` + disputing + `), '[]'),
	       '[]', case when $2 = 'ranking' then s.class end, r.computed_at
	  from assess_rounds r
	  join assess_scheme_versions v on v.scheme_id = r.scheme_id and v.version = r.scheme_version
	  join n s on true
	 where r.id = $1`

// moveQuery writes what changes of units of which no line does: their place, and
// what rests on it.
const moveQuery = `
	update assess_standings o
	   set rank = case when $2 = 'ranking' then s.rank end, units = s.units, class = coalesce($3::jsonb ->> s.class, s.class), grade = s.grade,
	       total = s.total, shown = case when $2 = 'ranking' then s.class end, computed_at = r.computed_at,
	       scheme_name = v.name, round_name = r.name, from_day = r.from_day, to_day = r.to_day
	  from assess_rounds r
	  join assess_scheme_versions v on v.scheme_id = r.scheme_id and v.version = r.scheme_version
	  join (select unit_kind, unit_id, class, grade, rank, total, count(*) over (partition by unit_kind, class) as units
	          from assess_scores where round_id = $1) s on true
	 where r.id = $1 and o.round_id = $1 and o.unit_kind = s.unit_kind and o.unit_id = s.unit_id`

// entriesOf looks the lines of one unit up by their index: a plan made before a
// round was worked out knows nothing of how many there are.
const entriesOf = `jsonb_agg(jsonb_build_object('id', e.id, 'rule_code', e.rule_code, 'rule_name', e.rule_name, 'formula', e.formula,
	           'n', e.n, 'points_before', e.points_before::text, 'points', e.points::text, 'rule_version', e.rule_version) order by e.seq)
	          from assess_entries e where e.round_id = $1 and e.unit_kind = s.unit_kind and e.unit_id = s.unit_id`

const (
	disputing  = `type = 'correction' and reverses is null and state = 'proposed'`
	disputedOf = `jsonb_agg(jsonb_build_object('rule', rule_code, 'name', title, 'since', at) order by at)`
)

// dispute says anew which lines of a unit are disputed, where that is shown. The
// row is held first: who waits for it counts what the other has proposed, too.
// That nobody makes it anew meanwhile is seen to by holdRound.
func dispute(ctx context.Context, tx *tenant.Tx, a adjustmentRow) error {
	_, err := tx.Exec(ctx, `select from assess_standings where round_id = $1 and unit_kind = $2 and unit_id = $3 for update`,
		a.RoundID, a.UnitKind, a.UnitID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		update assess_standings
		   set disputed = coalesce((select `+disputedOf+` from assess_adjustments
		                             where round_id = $1 and unit_kind = $2 and unit_id = $3 and `+disputing+`), '[]')
		 where round_id = $1 and unit_kind = $2 and unit_id = $3`, a.RoundID, a.UnitKind, a.UnitID)
	return err
}

// aheadIn works out what lies ahead of some units of a round, by unit.
func aheadIn(ctx context.Context, tx *tenant.Tx, r Round, s Scheme, units []uuid.UUID) (map[uuid.UUID][]Ahead, error) {
	lines := map[uuid.UUID][]shortLine{}
	err := tx.Each(ctx, func(row tenant.Row) error {
		var unit uuid.UUID
		var l shortLine
		if err := row.Scan(&unit, &l.Code, &l.Part, &l.N, &l.Before, &l.Points); err != nil {
			return err
		}
		lines[unit] = append(lines[unit], l)
		return nil
	}, `select unit_id, rule_code, part, n, points_before, points from assess_entries where round_id = $1 and unit_id = any ($2::uuid[])`, r.ID, textsOf(units))
	v := Version{Scheme: s.ID, Version: s.Version, Year: s.Year, Name: s.Name, Units: s.Units, Rules: s.Rules, Plan: s.Plan}
	members, all := s.Plan.members(), make(map[uuid.UUID][]Ahead, len(units))
	for _, id := range units {
		all[id] = aheadOf(v, members[id], lines[id])
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
	Order      doc[[]Standing] `db:"standings"` // of its class, if it may see it
	ComputedAt time.Time       `db:"computed_at"`
	DaysLeft   int             `db:"days_left"`
}

func (r standingRow) standing() NowStanding {
	if len(r.Order.V) > 0 {
		r.Peers.V = near(r.Order.V, r.UnitID)
	}
	return NowStanding{
		Round: NowRound{r.Round, r.Scheme, r.Name, r.From, r.To}, Unit: Unit{r.UnitKind, r.UnitID, r.UnitName}, Rank: r.Rank, Units: r.Units,
		Class: r.Class, Grade: r.Grade, Total: r.Total, ComputedAt: r.ComputedAt, DaysLeft: r.DaysLeft,
		Entries: r.Entries.V, Ahead: r.Ahead.V, Disputed: r.Disputed.V, Peers: r.Peers.V,
	}
}

// near returns of a class of more than thirty the first ten and the five above
// and below a unit.
func near(all []Standing, unit uuid.UUID) []Standing {
	at := slices.IndexFunc(all, func(s Standing) bool { return s.Unit.ID == unit })
	if len(all) <= 30 || at < 0 {
		return all
	}
	var some []Standing
	for i, s := range all {
		if i < 10 || i >= at-5 && i <= at+5 {
			some = append(some, s)
		}
	}
	return some
}

// standings says how the reader's own units stand in the rounds that are still
// running, what ends first first.
func standings(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[NowStanding], err error) {
	l.Items = []NowStanding{}
	var rows []standingRow
	err = tx.Select(ctx, &rows, `
		select unit_kind, unit_id, unit_name, round_id, scheme_name, round_name, to_char(from_day, 'YYYY-MM-DD') as from_day,
		       to_char(to_day, 'YYYY-MM-DD') as to_day, rank, units, class, grade, total, entries, ahead, disputed, peers, computed_at,
		       coalesce((select l.standings from assess_shown l where l.tenant_id = assess_standings.tenant_id and l.round_id = assess_standings.round_id
		                    and l.live and l.unit_kind = assess_standings.unit_kind and l.class = assess_standings.shown), '[]') as standings,
		       greatest(to_day - ($2::timestamptz at time zone 'Asia/Shanghai')::date + 1, 0) as days_left
		  from assess_standings
		 where `+mineOnly+`
		 order by assess_standings.to_day, unit_kind, unit_name, unit_id limit 50`, tx.Actor.Member, tx.Now)
	for _, r := range rows {
		l.Items = append(l.Items, r.standing())
	}
	return l, err
}
