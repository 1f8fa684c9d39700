package publish

import (
	"context"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
)

// A ColumnHealth is how a column stands today, and how it stood week by week.
type ColumnHealth struct {
	ID             uuid.UUID  `json:"id"`
	Name           string     `json:"name"`
	ParentName     string     `json:"parent_name"` // empty for a column of the top
	DepartmentID   *uuid.UUID `json:"department_id"`
	DepartmentName string     `json:"department_name"`
	LastDay        string     `json:"last_day" format:"date"` // of the newest item; empty if it never had one
	Days           int        `json:"days"`                   // calendar days since then, or since the column was opened
	IntervalDays   *int       `json:"interval_days"`          // how many it may have; null: no rule
	Inherited      bool       `json:"inherited"`              // the rule is that of a column above
	Share          int        `json:"share"`                  // of its interval used up, in per cent
	State          string     `json:"state" enum:"fresh,half,due,stale,blank,free"`
	Counts         []int      `json:"counts"`      // items published, by week
	StaleWeeks     []int      `json:"stale_weeks"` // the weeks, counted from 0, at whose end it was over its present interval
}

// A Health is the health of the columns the actor looks after (R001, R005,
// R006, R020).
type Health struct {
	Day         string         `json:"day" format:"date"`
	Weeks       []string       `json:"weeks"` // the Monday each begins with, oldest first
	Columns     []ColumnHealth `json:"columns"`
	Departments []Responsible  `json:"departments"`
	All         bool           `json:"all"` // every column, not only those of the actor's departments

	json []byte // of it; nil: still to be made
}

// JSON returns it as it is answered, if that has been made before.
func (h Health) JSON() []byte { return h.json }

type healthQuery struct {
	Weeks int `json:"-" query:"weeks"` // how many to look back, 1 to 104; 26 if zero
}

// Validate refuses what would be no picture.
func (q *healthQuery) Validate() error {
	if q.Weeks == 0 {
		q.Weeks = 26
	}
	if q.Weeks < 1 || q.Weeks > 104 {
		return feature.ErrRange.On("weeks")
	}
	return nil
}

// oversees reports whether the actor looks after every column.
func oversees(ctx context.Context) bool { return may(ctx, Inspect) || may(ctx, Manage) }

// healthOfAll works out how all columns stand that take news.
func healthOfAll(ctx context.Context, tx *tenant.Tx, weeks int) (h Health, err error) {
	ps, err := pulses(ctx, tx)
	if err != nil {
		return h, err
	}
	today := calendar.DateOf(tx.Now)
	h.All, h.Day = true, today.String()
	first := today.Add(-(int(today.Weekday())+6)%7 - 7*(weeks-1))
	for w := range weeks {
		h.Weeks = append(h.Weeks, first.Add(7*w).String())
	}
	past, err := history(ctx, tx, ps, first, weeks)
	if err != nil {
		return h, err
	}
	h.Columns = make([]ColumnHealth, len(ps))
	for i, p := range ps {
		h.Columns[i] = p.health(tx, first, past[p.ID])
	}
	h.Departments, err = responsible(ctx, tx)
	return h, err
}

// departmentsOf returns the departments the actor belongs to.
func departmentsOf(ctx context.Context, tx *tenant.Tx) (ids tenant.IDs, err error) {
	err = tx.Select(ctx, (*[]uuid.UUID)(&ids), `select department_id from subjects where member_id = $1`, tx.Actor.Member)
	return ids, err
}

// A span is what was published in a column in one week, or before the first.
type span struct {
	Week int // -1: before the first
	N    int
	Last int // day of the newest item, counted from the first day
}

// health works out how the column stands now, and how it stood in the weeks
// since first, whose spans come in order.
func (p pulse) health(tx *tenant.Tx, first calendar.Date, spans []span) ColumnHealth {
	today := calendar.DateOf(tx.Now)
	h := ColumnHealth{
		ID: p.ID, Name: p.Name, ParentName: p.ParentName, DepartmentID: p.DepartmentID, DepartmentName: p.DepartmentName,
		Days: p.silent(tx.Now), IntervalDays: p.Interval, Inherited: p.Interval != nil && p.Own == nil,
		Share: p.share(tx.Now), State: p.state(tx.Now), Counts: []int{}, StaleWeeks: []int{},
	}
	if p.LastAt != nil {
		h.LastDay = calendar.DateOf(*p.LastAt).String()
	}
	end := daysBetween(first, today)
	last := daysBetween(first, calendar.DateOf(p.CreatedAt)) // a column is not silent before it is there
	again := daysBetween(first, calendar.DateOf(p.since()))
	for week, next := 0, 0; week*7 <= end; week++ {
		n := 0
		for ; next < len(spans) && spans[next].Week <= week; next++ {
			last = max(last, spans[next].Last)
			if spans[next].Week == week {
				n = spans[next].N
			}
		}
		h.Counts = append(h.Counts, n)
		if again <= min(7*week+6, end) {
			last = max(last, again)
		}
		if p.Interval != nil && min(7*week+6, end)-last > *p.Interval {
			h.StaleWeeks = append(h.StaleWeeks, week)
		}
	}
	return h
}
