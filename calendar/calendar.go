// Package calendar reckons in working days and working time: which days a unit
// works, when a deadline of so many working days or hours falls, and how much
// working time lies between two moments. China moves working days onto weekends
// by a notice every autumn, so a year is a table and never a formula; a result
// that rests on a year without a table is provisional and has to be worked out
// again when the table arrives.
package calendar

import (
	"maps"

	"hetu/fault"
)

// What can go wrong here.
var (
	ErrDate         = fault.New(fault.Invalid, "calendar.date_invalid")
	ErrClock        = fault.New(fault.Invalid, "calendar.clock_invalid")
	ErrYear         = fault.New(fault.Invalid, "calendar.year_invalid")
	ErrDayOutside   = fault.New(fault.Invalid, "calendar.day_outside_year")
	ErrDayTwice     = fault.New(fault.Invalid, "calendar.day_twice")
	ErrDayName      = fault.New(fault.Invalid, "calendar.day_name_invalid")
	ErrHoursEmpty   = fault.New(fault.Invalid, "calendar.hours_empty")
	ErrHoursMany    = fault.New(fault.Invalid, "calendar.hours_many")
	ErrHoursOrder   = fault.New(fault.Invalid, "calendar.hours_order")
	ErrHoursOverlap = fault.New(fault.Invalid, "calendar.hours_overlap")
	ErrImport       = fault.New(fault.Invalid, "calendar.import_malformed")
	ErrImportEmpty  = fault.New(fault.Invalid, "calendar.import_empty")
)

// A Calendar is the working time of one unit. Its zero value knows no year and
// keeps DefaultHours, so that every answer about days is provisional. A Calendar
// is not changed once made and may be used by many goroutines.
type Calendar struct {
	Years   map[int]Year // by year; a year that is missing follows the week alone
	Hours   Hours
	Version int64 // stored beside each deadline it gave, to find what to work out again
}

// Default returns the calendar that is built in: the years whose notices were
// known when it was made, DefaultHours, version 0.
func Default() Calendar {
	return Calendar{Years: maps.Clone(builtin), Hours: DefaultHours()}
}

// With returns c with y in place of what it knew of that year.
func (c Calendar) With(y Year) Calendar {
	years := maps.Clone(c.Years)
	if years == nil {
		years = map[int]Year{}
	}
	years[y.Year] = y
	c.Years = years
	return c
}

// Validate returns the first thing wrong with the years and the hours.
func (c Calendar) Validate() error {
	for n, y := range c.Years {
		if n != y.Year {
			return ErrYear.On("year")
		}
		if err := y.Validate(); err != nil {
			return err
		}
	}
	return c.Hours.Validate()
}

// Known reports whether c has the table of year.
func (c Calendar) Known(year int) bool {
	_, ok := c.Years[year]
	return ok
}

// IsWorkday reports whether d is worked. Of a year that is not Known it answers
// by the week alone.
func (c Calendar) IsWorkday(d Date) bool {
	if day, ok := c.Day(d); ok {
		return !day.Off
	}
	return !d.weekend()
}

// Day returns the entry that decides d, and false if d follows the week.
func (c Calendar) Day(d Date) (Day, bool) {
	if day, ok := c.Years[d.Year+1].day(d); ok {
		return day, true
	}
	return c.Years[d.Year].day(d)
}
