package audit

import (
	"context"
	"strconv"
	"time"

	"hetu/feature"
	"hetu/tenant"
)

// longest is over how many days entries are counted at once.
const longest = 366

// A statQuery asks how much was done, by whom, what, or when.
type statQuery struct {
	query
	By string `json:"-" query:"by"` // "person", "action", "day" or "address"
}

// Validate returns the first thing wrong with the query.
func (q *statQuery) Validate() error {
	switch q.By {
	case "person", "action", "day", "address":
	case "":
		return feature.ErrMissing.On("by")
	default:
		return feature.ErrChoice.On("by")
	}
	if err := q.query.Validate(); err != nil {
		return err
	}
	if q.From == "" || q.To == "" {
		return nil
	}
	if days := int(day(q.To).Sub(day(q.From)).Hours()/24) + 1; days < 1 || days > longest {
		return feature.ErrMalformed.On("to")
	}
	return nil
}

// day is a day that Validate has read, or the database has made.
func day(text string) time.Time {
	at, _ := time.Parse(time.DateOnly, text)
	return at
}

// A Tally is how often somebody did something, or something was done.
type Tally struct {
	Key   string    `db:"key" json:"key"`   // member's id, action, day or address; empty for the system
	Name  string    `db:"name" json:"name"` // of the person, as recorded
	N     int       `db:"n" json:"n"`
	First time.Time `db:"first" json:"first"`
	Last  time.Time `db:"last" json:"last"`
}

// Statistics are what was done within a time.
type Statistics struct {
	By    string  `json:"by" enum:"person,action,day,address"`
	From  string  `json:"from"` // the first day
	To    string  `json:"to"`   // the last one
	Total int     `json:"total"`
	Kinds int     `json:"kinds"` // how many persons, actions, days or addresses there are; Items are the first of them
	Items []Tally `json:"items"`
}

// counted are what entries are counted by, and in which order.
var counted = map[string][3]string{
	"person":  {`coalesce(member_id::text, '')`, `max(actor_name)`, `n desc, 1`},
	"action":  {`action`, `''`, `n desc, 1`},
	"address": {`ip`, `''`, `n desc, 1`},
	"day":     {`to_char(at at time zone 'Asia/Shanghai', 'YYYY-MM-DD')`, `''`, `1 desc`},
}

// mostTallies is how many rows statistics have.
const mostTallies = 366

// statistics counts entries: those of the last thirty days if no time is asked for.
func statistics(ctx context.Context, tx *tenant.Tx, q statQuery) (s Statistics, err error) {
	s = Statistics{By: q.By, Items: []Tally{}}
	if err := tx.Get(ctx, &s.To, `select coalesce(nullif($1, ''), to_char(now() at time zone 'Asia/Shanghai', 'YYYY-MM-DD'))`, q.To); err != nil {
		return s, err
	}
	if err := tx.Get(ctx, &s.From, `select coalesce(nullif($1, ''), ($2::date - 29)::text)`, q.From, s.To); err != nil {
		return s, err
	}
	q.From, q.To = s.From, s.To
	if first, last := day(s.From), day(s.To); last.Sub(first) >= longest*24*time.Hour {
		return s, feature.ErrMalformed.On("from") // the last day is today if it was not said
	}
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	by := counted[q.By]
	where := q.where(arg)
	var rows []struct {
		Tally
		Total int `db:"total"`
		Kinds int `db:"kinds"`
	}
	err = tx.Select(ctx, &rows, `
		select key, name, n, first, last, (sum(n) over ())::bigint as total, count(*) over () as kinds from (
		  select `+by[0]+` as key, `+by[1]+` as name, count(*) as n, min(at) as first, max(at) as last
		    from audit_entries
		   where `+where+`
		   group by 1) t
		 order by `+by[2]+` limit `+strconv.Itoa(mostTallies), args...)
	for _, r := range rows {
		s.Items = append(s.Items, r.Tally)
		s.Total, s.Kinds = r.Total, r.Kinds
	}
	return s, err
}
