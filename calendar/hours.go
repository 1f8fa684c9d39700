package calendar

import (
	"fmt"
	"time"
)

// A Clock is a time of day in whole minutes after midnight, 0 to 1440 (24:00).
type Clock int

// Midnight ends a day: 24:00.
const Midnight Clock = 24 * 60

// ParseClock reads HH:MM, 00:00 to 24:00. Anything else is ErrClock.
func ParseClock(s string) (Clock, error) {
	if len(s) != 5 || s[2] != ':' {
		return 0, ErrClock
	}
	h, okH := twoDigits(s[:2])
	m, okM := twoDigits(s[3:])
	c := Clock(h*60 + m)
	if !okH || !okM || m > 59 || c > Midnight {
		return 0, ErrClock
	}
	return c, nil
}

func twoDigits(s string) (int, bool) {
	a, b := s[0]-'0', s[1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}

// String returns c as HH:MM.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", int(c)/60, int(c)%60) }

// MarshalText writes c as HH:MM.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText writes; the error is ErrClock.
func (c *Clock) UnmarshalText(b []byte) (err error) {
	*c, err = ParseClock(string(b))
	return err
}

// A Range is a stretch of working time within a day, from From up to To.
type Range struct {
	From Clock `json:"from"`
	To   Clock `json:"to"`
}

// Hours are the ranges of a working day during which time counts, the earlier
// before the later. Empty Hours stand for DefaultHours.
type Hours []Range

// MaxRanges is how many ranges a day may have.
const MaxRanges = 8

// DefaultHours returns the usual office hours, 08:30–12:00 and 14:00–18:00.
func DefaultHours() Hours {
	return Hours{{8*60 + 30, 12 * 60}, {14 * 60, 18 * 60}}
}

// Validate returns the first thing wrong with the hours a person entered. No
// range at all is ErrHoursEmpty: it would be a day without an end.
func (h Hours) Validate() error {
	if len(h) == 0 {
		return ErrHoursEmpty.On("ranges")
	}
	if len(h) > MaxRanges {
		return ErrHoursMany.On("ranges")
	}
	for i, r := range h {
		field := fmt.Sprintf("ranges[%d]", i)
		switch {
		case r.From < 0 || r.To > Midnight:
			return ErrClock.On(field)
		case r.From >= r.To:
			return ErrHoursOrder.On(field)
		case i > 0 && r.From < h[i-1].To:
			return ErrHoursOverlap.On(field)
		}
	}
	return nil
}

// PerDay returns how much of a working day counts.
func (h Hours) PerDay() (sum time.Duration) {
	for _, r := range h.orDefault() {
		sum += time.Duration(r.To-r.From) * time.Minute
	}
	return sum
}

// orDefault keeps the arithmetic from running for ever: hours that are empty
// or were never validated would make no day count.
func (h Hours) orDefault() Hours {
	if h.Validate() != nil {
		return DefaultHours()
	}
	return h
}
