package calendar

import (
	"cmp"
	"time"
	_ "time/tzdata" // the zone below must load on a machine that has no zone files
)

// Location is the one clock deadlines are kept by, Asia/Shanghai, wherever the
// server stands.
var Location = shanghai()

func shanghai() *time.Location {
	l, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic("calendar: " + err.Error()) // the zone is compiled in
	}
	return l
}

// A Date is a day of the calendar, without a clock. Its zero value is no day.
// It is comparable, and reads and writes itself as YYYY-MM-DD.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// On returns the given day. Like time.Date it carries over what does not
// exist: 31 April is 1 May.
func On(year int, month time.Month, day int) Date {
	return dateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DateOf returns the day it is in Asia/Shanghai at t.
func DateOf(t time.Time) Date { return dateOf(t.In(Location)) }

func dateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads YYYY-MM-DD. Anything else, and a day that does not exist, is
// ErrDate.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return Date{}, ErrDate
	}
	return dateOf(t), nil
}

// IsZero reports whether d is no day.
func (d Date) IsZero() bool { return d == Date{} }

// String returns d as YYYY-MM-DD.
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Add returns the day n days later, or earlier if n is negative.
func (d Date) Add(n int) Date { return On(d.Year, d.Month, d.Day+n) }

// At returns the moment the clock in Asia/Shanghai shows c on d.
func (d Date) At(c Clock) time.Time {
	return time.Date(d.Year, d.Month, d.Day, int(c)/60, int(c)%60, 0, 0, Location)
}

// Compare is negative if d is before e, positive if after, and 0 if they are
// the same day.
func (d Date) Compare(e Date) int {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month), cmp.Compare(d.Day, e.Day))
}

// MarshalText writes d as YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes; the error is ErrDate.
func (d *Date) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDate(string(b))
	return err
}

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

func (d Date) weekend() bool {
	w := d.Weekday()
	return w == time.Saturday || w == time.Sunday
}
