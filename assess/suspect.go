package assess

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/tenant"
)

type suspectQuery struct {
	ID   uuid.UUID `json:"-" path:"id"`
	From string    `json:"-" query:"from"` // a day of the round; its first, or 31 days before to if it is one of very many deeds
	To   string    `json:"-" query:"to"`   // its last day if empty
}

// Validate checks the days.
func (q suspectQuery) Validate() error {
	for field, day := range map[string]string{"from": q.From, "to": q.To} {
		if _, err := calendar.ParseDate(day); day != "" && err != nil {
			return ErrDay.On(field)
		}
	}
	if q.From != "" && q.To != "" && q.To < q.From {
		return ErrPeriod.On("to")
	}
	return nil
}

// Suspects are groups of deeds an evaluator should look at (AS-03). Nothing is
// taken off for them: what counts twice and should not, two people correct.
type Suspects struct {
	From  string    `json:"from" format:"date"`
	To    string    `json:"to" format:"date"`
	Items []Suspect `json:"items"`
	More  bool      `json:"more"` // there are others: ask for fewer days
}

// A Suspect is one group.
type Suspect struct {
	Reason string        `json:"reason" enum:"copied,split"` // units put out the same; a unit put out pieces of one thing
	Title  string        `json:"title"`                      // of the first of them
	N      int           `json:"n"`
	Deeds  []SuspectDeed `json:"deeds"` // at most twenty, the first ones
}

// A SuspectDeed is one deed of a group, with a line of the unit's score in which
// its kind counts.
type SuspectDeed struct {
	Unit  Unit       `json:"unit"`
	Entry *uuid.UUID `json:"entry_id"` // null if no line counts it
	Deed  Deed       `json:"deed"`
}

const (
	mostSuspects = 100
	mostOfOne    = 20
)

// suspects lists what looks as if one thing had been made to count more than
// once: the same content put out by several units, and at least three items of
// one unit within a week whose titles differ in nothing but numbers and words
// such as 上、下、续.
func suspects(ctx context.Context, tx *tenant.Tx, q suspectQuery) (out Suspects, err error) {
	r, err := findRound(ctx, tx, q.ID)
	if err != nil {
		return out, err
	}
	v, err := r.versionOf(ctx, tx)
	if err != nil {
		return out, err
	}
	out = Suspects{From: r.From, To: min(r.To, tx.Now.In(shanghai).Format(time.DateOnly)), Items: []Suspect{}}
	if q.To != "" {
		out.To = min(q.To, r.To)
	}
	if q.From != "" {
		out.From = max(q.From, r.From)
	}
	if first, err := time.Parse(time.DateOnly, out.To); err == nil && r.Rolled {
		out.From = max(out.From, first.AddDate(0, 0, -30).Format(time.DateOnly))
	}
	var rows []suspectRow
	err = tx.Select(ctx, &rows, suspectSQL, tenant.Array(newAccounts(tx.Actor.Tenant, v.Units).tenants), tenant.Array(v.kinds()),
		out.From, out.To, r.ID, mostSuspects+1, mostOfOne)
	if err != nil {
		return out, err
	}
	return out, out.fill(ctx, tx, rows, v)
}

type suspectRow struct {
	deedRow
	Reason   string     `db:"reason"`
	Group    int        `db:"nr"`
	Count    int        `db:"n"`
	UnitKind string     `db:"unit_kind"`
	UnitID   uuid.UUID  `db:"unit_id"`
	Entry    *uuid.UUID `db:"entry_id"`
}

// fill puts the rows together, group by group.
func (s *Suspects) fill(ctx context.Context, tx *tenant.Tx, rows []suspectRow, v Version) error {
	units := map[Unit]Unit{}
	for _, u := range v.Units {
		units[u.key()] = u
	}
	plain, deeds := make([]deedRow, len(rows)), make([]Deed, len(rows))
	for i, r := range rows {
		plain[i], deeds[i] = r.deedRow, r.deed()
	}
	if err := here(ctx, tx, plain, deeds); err != nil {
		return err
	}
	for i, r := range rows {
		if r.Group > mostSuspects {
			s.More = true
			break
		}
		if r.Group > len(s.Items) {
			s.Items = append(s.Items, Suspect{Reason: r.Reason, Title: r.Title, N: r.Count, Deeds: []SuspectDeed{}})
		}
		g := &s.Items[len(s.Items)-1]
		g.Deeds = append(g.Deeds, SuspectDeed{units[Unit{Kind: r.UnitKind, ID: r.UnitID}], r.Entry, deeds[i]})
	}
	return nil
}

// stem is a title without what pieces of one thing differ in.
var stem = `regexp_replace(d.title, '[0-9０-９〇零一二三四五六七八九十百两第期次号篇章节回部分之上中下续终完（）()【】\[\]〔〕、，,.．:：;；\s—_-]+', '', 'g')`

// The account of a deed is as load has it. Own deeds that credit units which are
// not scored, and deeds by which units credit those below them, are none's.
var suspectSQL = strings.ReplaceAll(`
	with d as (
	  select d.tenant_id, d.id, d.kind, d.at, d.day, d.item, d.title, d.level, d.content, d.member_id,
	         case when d.tenant_id = app_tenant() then d.unit_kind else 'tenant' end as unit_kind,
	         case when d.tenant_id = app_tenant() then d.unit_id else d.tenant_id end as unit_id, {stem} as stem
	    from deeds d
	   where d.tenant_id = any ($1::uuid[]) and d.kind = any ($2::text[]) and d.day between $3::date and $4::date and d.reverses is null and not d.trial
	     and (d.tenant_id = app_tenant() or d.unit_kind <> 'tenant') and d.kind <> 'assess.recorded'
	     and not exists (select from deeds b where b.tenant_id = d.tenant_id and b.reverses = d.id)),
	s as (
	  select d.* from d join assess_scores s on s.round_id = $5 and s.unit_kind = d.unit_kind and s.unit_id = d.unit_id),
	g as (
	  select 'copied' as reason, content as key, null::text as unit_kind, null::uuid as unit_id, null::text as kind, null::date as week, min(at) as first, count(*) as n
	    from s where content <> '' group by content having count(distinct (unit_kind, unit_id)) > 1
	  union all
	  select 'split', stem, unit_kind, unit_id, kind, date_trunc('week', day)::date, min(at), count(*)
	    from s where length(stem) >= 4 group by stem, unit_kind, unit_id, kind, date_trunc('week', day)::date
	  having count(*) > 2 and count(distinct content) = count(*)),
	n as (select *, row_number() over (order by reason, first desc, key, unit_id) as nr from g order by nr limit $6),
	m as (
	  select n.nr, n.reason, n.n, s.* from n join s on s.content = n.key where n.reason = 'copied'
	  union all
	  select n.nr, n.reason, n.n, s.* from n join s on s.stem = n.key and s.unit_kind = n.unit_kind and s.unit_id = n.unit_id and s.kind = n.kind
	     and date_trunc('week', s.day)::date = n.week where n.reason = 'split'),
	x as (select m.*, row_number() over (partition by m.nr order by m.at, m.id) as at_nr from m)
	select x.nr, x.reason, x.n, x.at_nr as seq, x.id, x.kind, x.at, x.item, x.title, x.tenant_id as tenant, coalesce(m.name, '') as by_name, x.level,
	       0::numeric as points, '' as note, x.unit_kind, x.unit_id,
	       (select e.id from assess_entries e
	         where e.round_id = $5 and e.unit_kind = x.unit_kind and e.unit_id = x.unit_id and e.rule_code in (
	           select r->>'code' from assess_rounds o join assess_scheme_versions v on v.scheme_id = o.scheme_id and v.version = o.scheme_version,
	                  jsonb_array_elements(v.rules) r where o.id = $5 and r->>'deed_kind' = x.kind)
	         order by e.seq limit 1) as entry_id
	  from x left join members m on m.tenant_id = x.tenant_id and m.id = x.member_id
	 where x.at_nr <= $7
	 order by x.nr, x.at_nr`, "{stem}", stem)
