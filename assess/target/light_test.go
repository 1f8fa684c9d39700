package target

import (
	"context"
	"slices"
	"testing"

	"hetu/calendar"
	"hetu/feature"
	"hetu/tenant"
)

func on(t *testing.T, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, cadence, from string
		first, last         string
		n                   int
	}{
		{"months of the whole year", "month", "2026-01-01", "2026-01", "2026-12", 12},
		{"accepted on the last day of March", "month", "2026-03-31", "2026-03", "2026-12", 10},
		{"accepted on the first of April", "month", "2026-04-01", "2026-04", "2026-12", 9},
		{"accepted the year before", "month", "2025-12-20", "2026-01", "2026-12", 12},
		{"quarters", "quarter", "2026-03-31", "2026-Q1", "2026-Q4", 4},
		{"quarters from April", "quarter", "2026-04-01", "2026-Q2", "2026-Q4", 3},
		{"when the year is over", "month", "2027-01-01", "", "", 0},
	} {
		ps := periods(2026, tt.cadence, on(t, tt.from))
		if len(ps) != tt.n || tt.n > 0 && (ps[0].key != tt.first || ps[tt.n-1].key != tt.last || ps[tt.n-1].end.String() != "2026-12-31") {
			t.Errorf("%s = %v", tt.name, ps)
		}
	}
}

// A report is due on the 5th of the month after, or the next working day.
func TestDueOnWorkingDay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		end         string
		day         int
		due         string
		provisional bool
	}{
		{"2026-01-31", 5, "2026-02-05", false},
		{"2026-03-31", 5, "2026-04-07", false},  // Qingming, then a Monday off
		{"2026-04-30", 5, "2026-05-06", false},  // the May holiday
		{"2026-08-31", 20, "2026-09-20", false}, // a Sunday that is worked
		{"2026-09-30", 5, "2026-10-08", false},  // the National Day holiday
		{"2026-12-31", 5, "2027-01-05", true},
	} {
		due, provisional := dueOn(calendar.Default(), on(t, tt.end), tt.day)
		if due.String() != tt.due || provisional != tt.provisional {
			t.Errorf("of %s on the %dth = %s %v, want %s %v", tt.end, tt.day, due, provisional, tt.due, tt.provisional)
		}
	}
}

// Green on time, yellow seven days before, red when overdue or behind.
func TestLight(t *testing.T) {
	t.Parallel()
	spec := Spec{Draft: Draft{Measure: quantity, Milestones: []Milestone{{Quarter: 1, Text: "开工"}, {Quarter: 2, Text: "过半", Value: some2("60")}}}}
	text := func(s string) *string { return &s }
	yes, no := true, false
	for _, tt := range []struct {
		name string
		s    standing
		want string
	}{
		{"nothing is owed", standing{}, green},
		{"due in eight days", standing{Next: text("2026-06-09")}, green},
		{"due in seven days", standing{Next: text("2026-06-08")}, yellow},
		{"due today", standing{Next: text("2026-06-01")}, yellow},
		{"was due yesterday", standing{Next: text("2026-05-31")}, red},
		{"the milestone of a quarter that ended was not reached", standing{EndsOn: text("2026-03-31"), Reached: &no}, red},
		{"it was", standing{EndsOn: text("2026-03-31"), Reached: &yes}, green},
		{"before its quarter ended", standing{EndsOn: text("2026-02-28"), Reached: &no}, green},
		{"below the value of the half year", standing{EndsOn: text("2026-06-30"), Reached: &yes, Value: some2("59.9999")}, red},
		{"just that value", standing{EndsOn: text("2026-06-30"), Reached: &yes, Value: some2("60")}, green},
		{"reached later", standing{EndsOn: text("2026-04-30"), Reached: &yes, Value: some2("1")}, green},
	} {
		if got := tt.s.light(spec, on(t, "2026-06-01")); got != tt.want {
			t.Errorf("%s = %s, want %s", tt.name, got, tt.want)
		}
	}
}

// A change of the tenant's calendar moves what is still owed, and says so once.
func TestRecompute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.taken("按日历")
	due := p.Periods[0].DueOn
	year := on(t, due).Year
	change := func() {
		t.Helper()
		if err := w.db.Write(w.chief, func(tx *tenant.Tx) error { return Recompute(w.chief, tx) }); err != nil {
			t.Fatal(err)
		}
	}
	change()
	if n := w.count(`select count(*) from audit_entries where tenant_id = $1 and action = 'target.dues_recomputed'`, w.unit); n != 0 {
		t.Error("nothing changed, and it was said that something did")
	}
	days := slices.Clone(yearOf(t, year).Days)
	days = slices.DeleteFunc(days, func(d calendar.Day) bool { return d.Date.String() == due })
	days = append(days, calendar.Day{Date: on(t, due), Off: true, Name: "台风停工"})
	slices.SortFunc(days, func(a, b calendar.Day) int { return a.Date.Compare(b.Date) })
	err := w.db.Write(w.chief, func(tx *tenant.Tx) error {
		return calendar.SetYear(w.chief, tx, calendar.YearChange{Year: year, Days: days}, Recompute)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := must(w, w.setter, show, ref{p.ID}).Periods[0].DueOn; got <= due {
		t.Errorf("due on %s, a day off; headquarters sees %s", due, got)
	}
	if n := w.count(`select count(*) from audit_entries where tenant_id = $1 and action = 'target.dues_recomputed'`, w.unit); n != 1 {
		t.Errorf("said %d times, want once", n)
	}
}

func yearOf(t *testing.T, year int) calendar.Year {
	t.Helper()
	y := calendar.Year{Year: year}
	for d := calendar.On(year, 1, 1); d.Year == year; d = d.Add(1) {
		if day, ok := calendar.Default().Day(d); ok {
			y.Days = append(y.Days, day)
		}
	}
	return y
}

func TestFeatureIsConsistent(t *testing.T) {
	t.Parallel()
	if err := feature.Check(Feature(nil)); err != nil {
		t.Fatal(err)
	}
	var _ calendar.Hook = func(ctx context.Context, tx *tenant.Tx) error { return Recompute(ctx, tx) }
}
