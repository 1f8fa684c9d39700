package calendar

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Published vectors: each must come out exactly and rest on known days only.
func TestAddWorkdaysVectors(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/workdays_2026.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows [][3]any
	if err := json.Unmarshal(b, &rows); err != nil || len(rows) < 8 {
		t.Fatalf("%d vectors, %v", len(rows), err)
	}
	for _, row := range rows {
		from, n, want := mustDate(t, row[0].(string)), int(row[1].(float64)), mustDate(t, row[2].(string))
		got, provisional := Default().AddWorkdays(from, n)
		if got != want || provisional {
			t.Errorf("AddWorkdays(%v, %d) = %v, provisional %v, want %v", from, n, got, provisional, want)
		}
	}
}

func TestAddWorkdays(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from        Date
		n           int
		want        Date
		provisional bool
	}{
		"into a year without a notice": {On(2026, 12, 31), 1, On(2027, 1, 1), true},
		"the last known day":           {On(2026, 12, 30), 1, On(2026, 12, 31), false},
		"from a year without, back in": {On(2024, 12, 30), 2, On(2025, 1, 2), true},
		"all in the unknown":           {On(2023, 9, 28), 1, On(2023, 9, 29), true},
		"zero on a working day":        {On(2026, 3, 2), 0, On(2026, 3, 2), false},
		"zero on a holiday moves on":   {On(2026, 2, 17), 0, On(2026, 2, 24), false},
		"back over Spring Festival":    {On(2026, 2, 24), -1, On(2026, 2, 14), false},
		"back from a Saturday":         {On(2026, 3, 7), -5, On(2026, 3, 2), false},
		"2025 into 2026":               {On(2025, 12, 31), 1, On(2026, 1, 4), false},
	}
	for name, tt := range tests {
		got, provisional := Default().AddWorkdays(tt.from, tt.n)
		if got != tt.want || provisional != tt.provisional {
			t.Errorf("%s: AddWorkdays(%v, %d) = %v, %v, want %v, %v",
				name, tt.from, tt.n, got, provisional, tt.want, tt.provisional)
		}
	}
}

// R064: a deadline counts the working hours of the unit's calendar only.
func TestAddWorkTime(t *testing.T) {
	t.Parallel()
	const four = 4 * time.Hour
	tests := map[string]struct {
		from        string
		d           time.Duration
		want        string
		provisional bool
	}{
		"over lunch":                    {"2026-03-02 10:00", four, "2026-03-02 16:00", false},
		"during lunch":                  {"2026-03-02 12:30", four, "2026-03-02 18:00", false},
		"ends with the day":             {"2026-03-02 14:00", four, "2026-03-02 18:00", false},
		"ends with the morning":         {"2026-03-02 08:30", 210 * time.Minute, "2026-03-02 12:00", false},
		"a minute more is afternoon":    {"2026-03-02 08:30", 211 * time.Minute, "2026-03-02 14:01", false},
		"before the office opens":       {"2026-03-02 06:00", four, "2026-03-02 14:30", false},
		"in the evening":                {"2026-03-02 20:00", four, "2026-03-03 14:30", false},
		"late in the afternoon":         {"2026-03-03 16:00", four, "2026-03-04 10:30", false},
		"Friday into Monday":            {"2026-03-06 16:00", four, "2026-03-09 10:30", false},
		"on a weekend":                  {"2026-03-07 10:00", four, "2026-03-09 14:30", false},
		"into a Saturday made up":       {"2026-02-13 17:00", four, "2026-02-14 11:30", false},
		"over Spring Festival":          {"2026-02-14 16:00", four, "2026-02-24 10:30", false},
		"on New Year's Eve of the moon": {"2026-02-16 09:00", four, "2026-02-24 14:30", false},
		"a clock change elsewhere":      {"2026-03-27 16:00", four, "2026-03-30 10:30", false},
		"into a year without a notice":  {"2026-12-31 16:00", four, "2027-01-01 10:30", true},
		"nothing":                       {"2026-03-07 10:00", 0, "2026-03-07 10:00", false},
		"a minute":                      {"2026-03-07 10:00", time.Minute, "2026-03-09 08:31", false},
		"two weeks":                     {"2026-03-02 08:30", 75 * time.Hour, "2026-03-13 18:00", false},
		"back over lunch":               {"2026-03-02 16:00", -four, "2026-03-02 10:00", false},
		"back over Spring Festival":     {"2026-02-24 10:30", -four, "2026-02-14 16:00", false},
		"back from a year without":      {"2027-01-01 10:30", -four, "2026-12-31 16:00", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, provisional := Default().AddWorkTime(at(t, tt.from), tt.d)
			if !got.Equal(at(t, tt.want)) || provisional != tt.provisional {
				t.Errorf("AddWorkTime(%s, %v) = %v, %v, want %s, %v", tt.from, tt.d, got, provisional, tt.want, tt.provisional)
			}
			if got.Location() != Location {
				t.Errorf("the moment is in %v", got.Location())
			}
		})
	}
}

// The moment given may be in any zone; the clock that counts is Shanghai's.
func TestAddWorkTimeFromAnotherZone(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"UTC", "America/New_York", "Pacific/Kiritimati", "Asia/Urumqi"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := Default().AddWorkTime(at(t, "2026-03-06 16:00").In(loc), 4*time.Hour)
		if want := at(t, "2026-03-09 10:30"); !got.Equal(want) {
			t.Errorf("from %s: %v, want %v", zone, got, want)
		}
	}
}

// A unit in the west works two hours later by the same clock.
func TestAddWorkTimeOtherHours(t *testing.T) {
	t.Parallel()
	c := Default()
	c.Hours = Hours{{10 * 60, 14 * 60}, {15*60 + 30, 19*60 + 30}}
	got, _ := c.AddWorkTime(at(t, "2026-03-02 13:00"), 4*time.Hour)
	if want := at(t, "2026-03-02 18:30"); !got.Equal(want) {
		t.Errorf("AddWorkTime = %v, want %v", got, want)
	}
	c.Hours = Hours{{0, Midnight}}
	got, _ = c.AddWorkTime(at(t, "2026-03-06 20:00"), 8*time.Hour)
	if want := at(t, "2026-03-09 04:00"); !got.Equal(want) {
		t.Errorf("round the clock: AddWorkTime = %v, want %v", got, want)
	}
}

func TestWorkTime(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		from, to string
		want     time.Duration
	}{
		"a morning":             {"2026-03-02 08:30", "2026-03-02 12:00", 210 * time.Minute},
		"a day":                 {"2026-03-02 00:00", "2026-03-03 00:00", 450 * time.Minute},
		"lunch":                 {"2026-03-02 12:00", "2026-03-02 14:00", 0},
		"a weekend":             {"2026-03-06 18:00", "2026-03-09 08:30", 0},
		"Spring Festival":       {"2026-02-14 17:00", "2026-02-24 09:30", 2 * time.Hour},
		"over two days":         {"2026-03-02 17:00", "2026-03-03 09:00", 90 * time.Minute},
		"backwards is negative": {"2026-03-02 12:00", "2026-03-02 11:00", -time.Hour},
		"no time":               {"2026-03-02 11:00", "2026-03-02 11:00", 0},
	}
	for name, tt := range tests {
		if got := Default().WorkTime(at(t, tt.from), at(t, tt.to)); got != tt.want {
			t.Errorf("%s: WorkTime(%s, %s) = %v, want %v", name, tt.from, tt.to, got, tt.want)
		}
	}
}

// A zero calendar still ends: every year unknown, the default hours.
func TestZeroCalendar(t *testing.T) {
	t.Parallel()
	got, provisional := Calendar{}.AddWorkTime(at(t, "2026-02-17 16:00"), 4*time.Hour)
	if want := at(t, "2026-02-18 10:30"); !got.Equal(want) || !provisional {
		t.Errorf("AddWorkTime = %v, %v, want %v, provisional", got, provisional, want)
	}
	c := Calendar{}.With(Year{Year: 2026})
	if !c.Known(2026) || c.Known(2025) {
		t.Error("With on a zero calendar lost its year")
	}
}

// What AddWorkTime adds is what WorkTime finds, no earlier moment has it, more
// time is never due sooner, a later start neither, and going back comes no
// further than the start.
func TestAddWorkTimeProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := calendars().Draw(rt, "calendar")
		from := moments().Draw(rt, "from")
		d := time.Duration(rapid.Int64Range(0, int64(300*time.Hour)).Draw(rt, "d"))
		due, _ := c.AddWorkTime(from, d)
		if got := c.WorkTime(from, due); got != d {
			rt.Fatalf("WorkTime(%v, %v) = %v, want %v", from, due, got, d)
		}
		if d > 0 && c.WorkTime(from, due.Add(-1)) >= d {
			rt.Fatalf("%v is not the earliest moment", due)
		}
		more, _ := c.AddWorkTime(from, d+time.Duration(rapid.Int64Range(0, int64(20*time.Hour)).Draw(rt, "more")))
		if more.Before(due) {
			rt.Fatalf("more time is due at %v, before %v", more, due)
		}
		later, _ := c.AddWorkTime(from.Add(time.Duration(rapid.Int64Range(0, int64(72*time.Hour)).Draw(rt, "later"))), d)
		if d > 0 && later.Before(due) {
			rt.Fatalf("a later start is due at %v, before %v", later, due)
		}
		back, _ := c.AddWorkTime(due, -d)
		if back.Before(from) {
			rt.Fatalf("back from %v is %v, before the start %v", due, back, from)
		}
		if got := c.WorkTime(back, due); got != d {
			rt.Fatalf("WorkTime(%v, %v) = %v, want %v", back, due, got, d)
		}
	})
}

// Counting n days on and back again stays within the same working days.
func TestAddWorkdaysProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := calendars().Draw(rt, "calendar")
		from := DateOf(moments().Draw(rt, "from"))
		n := rapid.IntRange(1, 120).Draw(rt, "n")
		due, _ := c.AddWorkdays(from, n)
		if !c.IsWorkday(due) || due.Compare(from) <= 0 {
			rt.Fatalf("AddWorkdays(%v, %d) = %v", from, n, due)
		}
		worked := 0
		for d := from.Add(1); d.Compare(due) <= 0; d = d.Add(1) {
			if c.IsWorkday(d) {
				worked++
			}
		}
		if worked != n {
			rt.Fatalf("%d working days after %v up to %v, want %d", worked, from, due, n)
		}
		start, _ := c.AddWorkdays(from, 0)
		if back, _ := c.AddWorkdays(due, -n); c.IsWorkday(from) && back != start {
			rt.Fatalf("%d back from %v is %v, want %v", n, due, back, start)
		}
	})
}

// calendars draws hours of any valid shape, with and without known years.
func calendars() *rapid.Generator[Calendar] {
	return rapid.Custom(func(t *rapid.T) Calendar {
		edges := rapid.SliceOfNDistinct(rapid.IntRange(0, int(Midnight)), 2, 2*MaxRanges, rapid.ID[int]).Draw(t, "edges")
		slices.Sort(edges)
		hours := Hours{}
		for pair := range slices.Chunk(edges, 2) {
			if len(pair) == 2 {
				hours = append(hours, Range{Clock(pair[0]), Clock(pair[1])})
			}
		}
		if rapid.Bool().Draw(t, "known") {
			c := Default()
			c.Hours = hours
			return c
		}
		return Calendar{Hours: hours}
	})
}

// moments draws any moment from before the first built-in year to after the last.
func moments() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		from, to := On(2024, 11, 1).At(0).UnixNano(), On(2027, 3, 1).At(0).UnixNano()
		return time.Unix(0, rapid.Int64Range(from, to).Draw(t, "ns"))
	})
}

func mustDate(t *testing.T, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return d
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	moment, err := time.ParseInLocation("2006-01-02 15:04", s, Location)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}
