package calendar

import (
	"slices"
	"time"
)

// AddWorkdays returns the n-th working day after d, which itself does not
// count, as the day of receipt does not. With n = 0 it returns d if it is
// worked and else the next working day, which is where a term in calendar days
// that ends on a holiday ends; with n < 0 it counts back from d. The date is
// provisional if a day that was passed lies in a year c does not know.
func (c Calendar) AddWorkdays(d Date, n int) (due Date, provisional bool) {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	if n == 0 {
		d, n = d.Add(-1), 1
	}
	for n > 0 {
		d = d.Add(step)
		provisional = provisional || !c.Known(d.Year)
		if c.IsWorkday(d) {
			n--
		}
	}
	return d, provisional
}

// AddWorkTime returns the earliest moment by which d of working time has
// passed since t, or for a negative d the latest moment that had -d of it left
// before t; with d = 0 that is t itself. So eight hours end at 18:00 and not at
// 08:30 of the day after. The moment is in Asia/Shanghai and is provisional if a
// day that was passed lies in a year c does not know.
func (c Calendar) AddWorkTime(t time.Time, d time.Duration) (due time.Time, provisional bool) {
	t = t.In(Location)
	switch {
	case d > 0:
		return c.workTimeAfter(t, d)
	case d < 0:
		return c.workTimeBefore(t, d.Abs())
	}
	return t, false
}

func (c Calendar) workTimeAfter(t time.Time, left time.Duration) (due time.Time, provisional bool) {
	for day := DateOf(t); ; day = day.Add(1) {
		provisional = provisional || !c.Known(day.Year)
		for _, s := range c.spans(day) {
			s = s.after(t)
			if s.length() >= left {
				return s.from.Add(left), provisional
			}
			left -= s.length()
		}
	}
}

func (c Calendar) workTimeBefore(t time.Time, left time.Duration) (due time.Time, provisional bool) {
	for day := DateOf(t); ; day = day.Add(-1) {
		provisional = provisional || !c.Known(day.Year)
		for _, s := range slices.Backward(c.spans(day)) {
			s = s.before(t)
			if s.length() >= left {
				return s.to.Add(-left), provisional
			}
			left -= s.length()
		}
	}
}

// WorkTime returns how much working time lies from from to to, negative if to
// is the earlier.
func (c Calendar) WorkTime(from, to time.Time) time.Duration {
	if to.Before(from) {
		return -c.WorkTime(to, from)
	}
	var sum time.Duration
	for day, last := DateOf(from), DateOf(to); day.Compare(last) <= 0; day = day.Add(1) {
		for _, s := range c.spans(day) {
			sum += s.after(from).before(to).length()
		}
	}
	return sum
}

// spans returns the working time of a day in order, none if it is off.
func (c Calendar) spans(d Date) []span {
	if !c.IsWorkday(d) {
		return nil
	}
	hours := c.Hours.orDefault()
	spans := make([]span, len(hours))
	for i, r := range hours {
		spans[i] = span{d.At(r.From), d.At(r.To)}
	}
	return spans
}

// A span is working time in one piece; it is empty if from is not before to.
type span struct{ from, to time.Time }

func (s span) length() time.Duration { return max(0, s.to.Sub(s.from)) }

func (s span) after(t time.Time) span {
	if s.from.Before(t) {
		s.from = t
	}
	return s
}

func (s span) before(t time.Time) span {
	if s.to.After(t) {
		s.to = t
	}
	return s
}
