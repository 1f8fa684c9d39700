package exchange

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"hetu/tenant"
)

// Figures are what a bulletin says, unit by unit.
type Figures struct {
	Lines []Line `json:"lines"`
	Total Line   `json:"total"`
}

// A Line is what one unit did in the days of a bulletin: each thing counts on
// the day it happened, an adoption therefore maybe in another month than its
// report.
type Line struct {
	Unit       Peer                   `db:"unit" json:"unit"`
	Sent       int                    `db:"sent" json:"sent"`         // and not recalled
	Received   int                    `db:"received" json:"received"` // signed for
	Adopted    int                    `db:"adopted" json:"adopted"`   // reports, each once whatever took it
	Rate       string                 `db:"-" json:"rate"`            // adopted for 100 sent, one decimal; empty if none was sent
	Own        int                    `db:"own" json:"own"`           // adoptions into journals of the issuer's
	Upper      int                    `db:"upper" json:"upper"`       // adoptions into journals above it
	Journals   tenant.Rows[InJournal] `db:"journals" json:"journals"`
	Declined   int                    `db:"declined" json:"declined"`
	Instructed int                    `db:"instructed" json:"instructed"` // reports a leader wrote on, each once
	Asked      int                    `db:"asked" json:"asked"`           // solicitations due in these days
	OnTime     int                    `db:"on_time" json:"on_time"`
	Late       int                    `db:"late" json:"late"`
	Owing      int                    `db:"owing" json:"owing"`
}

// An InJournal is how often a journal took something.
type InJournal struct {
	Name  string `json:"name"`
	Level string `json:"level" enum:"own,upper"`
	N     int    `json:"n"`
	Text  string `json:"text"` // "Name 2"
}

// shown completes figures that were read: no list is null.
func (f Figures) shown() Figures {
	if f.Lines == nil {
		f.Lines = []Line{}
	}
	return f
}

// figures counts what came from each unit below from first up to end, and what
// was made of it. Units that are suspended stand there if anything came.
func figures(ctx context.Context, tx *tenant.Tx, first, end time.Time) (f Figures, err error) {
	err = tx.Select(ctx, &f.Lines, `
		with sent as (
		  select peer_id as unit, count(*) as n from envelopes
		   where direction = 'in' and state <> 'recalled' and sent_at >= $1 and sent_at < $2 group by 1
		), received as (
		  select peer_id as unit, count(*) as n from envelopes
		   where direction = 'in' and state <> 'recalled' and received_at >= $1 and received_at < $2 group by 1
		), declined as (
		  select peer_id as unit, count(*) as n from envelopes
		   where direction = 'in' and state = 'declined' and changed_at >= $1 and changed_at < $2 group by 1
		), taken as (
		  select e.peer_id as unit, a.envelope_id, a.journal_id, a.journal_name, a.level
		    from adoptions a join envelopes e on e.id = a.envelope_id
		   where a.at >= $1 and a.at < $2
		), adopted as (
		  select unit, count(distinct envelope_id) as n, count(*) filter (where level = 'own') as own, count(*) filter (where level = 'upper') as upper
		    from taken group by 1
		), journals as (
		  select unit, jsonb_agg(jsonb_build_object('name', journal_name, 'level', level, 'n', n, 'text', journal_name || ' ' || n)
		                         order by level desc, n desc, journal_name) as list
		    from (select unit, journal_name, level, count(*) as n from taken group by 1, 2, 3) j group by 1
		), instructed as (
		  select e.peer_id as unit, count(distinct i.envelope_id) as n
		    from instructions i join envelopes e on e.id = i.envelope_id
		   where i.corrects is null and i.at >= $1 and i.at < $2 group by 1
		), asked as (
		  select d.unit_id as unit, count(*) as n, count(*) filter (where d.envelope_id is not null and not d.late) as on_time,
		         count(*) filter (where d.late) as late, count(*) filter (where d.envelope_id is null) as owing
		    from solicited d join solicitations s on s.id = d.solicitation_id
		   where s.due_at >= $1 and s.due_at < $2 and (s.state = 'open' or d.envelope_id is not null) group by 1
		)
		select k.id as "unit.id", k.name as "unit.name", coalesce(sent.n, 0) as sent, coalesce(received.n, 0) as received,
		       coalesce(adopted.n, 0) as adopted, coalesce(adopted.own, 0) as own, coalesce(adopted.upper, 0) as upper,
		       coalesce(journals.list, '[]') as journals, coalesce(declined.n, 0) as declined, coalesce(instructed.n, 0) as instructed,
		       coalesce(asked.n, 0) as asked, coalesce(asked.on_time, 0) as on_time, coalesce(asked.late, 0) as late, coalesce(asked.owing, 0) as owing
		  from platform.kin() k
		  left join sent on sent.unit = k.id left join received on received.unit = k.id left join declined on declined.unit = k.id
		  left join adopted on adopted.unit = k.id left join journals on journals.unit = k.id left join instructed on instructed.unit = k.id
		  left join asked on asked.unit = k.id
		 where k.relation = 'descendant'
		   and (k.state = 'active' or coalesce(sent.n, received.n, declined.n, adopted.n, instructed.n, asked.n) > 0)
		 order by k.name, k.id`, first, end)
	if err != nil {
		return f, err
	}
	f.Total.Journals = tenant.Rows[InJournal]{}
	for i := range f.Lines {
		f.Lines[i].Rate = rate(f.Lines[i].Adopted, f.Lines[i].Sent)
		f.Total.add(f.Lines[i])
	}
	f.Total.Rate = rate(f.Total.Adopted, f.Total.Sent)
	slices.SortFunc(f.Total.Journals, func(a, b InJournal) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name))
	})
	slices.SortStableFunc(f.Lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(b.Adopted, a.Adopted), cmp.Compare(b.Sent, a.Sent))
	})
	return f, nil
}

// add adds a unit's line to the total.
func (l *Line) add(u Line) {
	l.Sent, l.Received, l.Adopted, l.Own, l.Upper = l.Sent+u.Sent, l.Received+u.Received, l.Adopted+u.Adopted, l.Own+u.Own, l.Upper+u.Upper
	l.Declined, l.Instructed = l.Declined+u.Declined, l.Instructed+u.Instructed
	l.Asked, l.OnTime, l.Late, l.Owing = l.Asked+u.Asked, l.OnTime+u.OnTime, l.Late+u.Late, l.Owing+u.Owing
	for _, j := range u.Journals {
		l.count(j)
	}
}

func (l *Line) count(j InJournal) {
	for i, have := range l.Journals {
		if have.Name == j.Name && have.Level == j.Level {
			have.N += j.N
			have.Text = fmt.Sprintf("%s %d", have.Name, have.N)
			l.Journals[i] = have
			return
		}
	}
	l.Journals = append(l.Journals, j)
}

// rate is how many of a hundred, to one decimal, a half rounded up.
func rate(part, whole int) string {
	if whole == 0 {
		return ""
	}
	tenths := (part*2000 + whole) / (2 * whole)
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}
