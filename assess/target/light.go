package target

import (
	"fmt"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"hetu/calendar"
)

// The lights of a target (亮灯).
const (
	none   = "none"   // nobody has accepted it yet
	green  = "green"  // on time
	yellow = "yellow" // a report is due within a week
	red    = "red"    // a report is overdue, or a milestone was not reached
)

// soon is for how many days before a report is due the light is yellow, and
// when its reporter is reminded.
const soon = 7

// A standing is what the light of a target is told by.
type standing struct {
	Next    *string          `db:"next_due"`   // day of the first report that is owed
	EndsOn  *string          `db:"last_ends"`  // end of the period reported last
	Value   *decimal.Decimal `db:"last_value"` // reported then
	Reached *bool            `db:"last_reached"`
	Period  *string          `db:"last_period"`
}

// light tells how a target that has been accepted stands on a day.
func (s standing) light(spec Spec, today calendar.Date) string {
	if s.Next != nil && *s.Next < today.String() || s.behind(spec) {
		return red
	}
	if s.Next != nil && *s.Next <= today.Add(soon).String() {
		return yellow
	}
	return green
}

// behind reports whether the last report missed a milestone that was due by the
// end of its period.
func (s standing) behind(spec Spec) bool {
	if s.EndsOn == nil {
		return false
	}
	end, err := calendar.ParseDate(*s.EndsOn)
	if err != nil {
		return false
	}
	for _, m := range spec.Milestones {
		if quarterEnd(end.Year, m.Quarter).Compare(end) > 0 {
			continue
		}
		if m.Value == nil {
			if s.Reached == nil || !*s.Reached {
				return true
			}
			continue
		}
		if s.Value == nil || s.Value.LessThan(*m.Value) {
			return true
		}
	}
	return false
}

func quarterEnd(year, quarter int) calendar.Date {
	return calendar.On(year, time.Month(3*quarter+1), 0)
}

// A period is a month or a quarter a report is asked about.
type period struct {
	key        string // 2026-03, 2026-Q1
	start, end calendar.Date
}

// periods are those of a year that have not ended before a day.
func periods(year int, cadence string, from calendar.Date) (ps []period) {
	months := 1
	if cadence == "quarter" {
		months = 3
	}
	for m := 1; m <= 12; m += months {
		p := period{start: calendar.On(year, time.Month(m), 1), end: calendar.On(year, time.Month(m+months), 0)}
		p.key = fmt.Sprintf("%d-%02d", year, m)
		if months == 3 {
			p.key = strconv.Itoa(year) + "-Q" + strconv.Itoa((m+2)/3)
		}
		if p.end.Compare(from) >= 0 {
			ps = append(ps, p)
		}
	}
	return ps
}

// dueOn is when a report about a period that ends on a day is due: on a day of
// the month after it, or the next working day.
func dueOn(c calendar.Calendar, end calendar.Date, day int) (due calendar.Date, provisional bool) {
	return c.AddWorkdays(calendar.On(end.Year, end.Month+1, day), 0)
}
