package calendar

import (
	"encoding/json"
	"testing"
	"time"
)

func TestHoursValidate(t *testing.T) {
	t.Parallel()
	many := Hours{}
	for i := range Clock(MaxRanges + 1) {
		many = append(many, Range{i * 60, i*60 + 30})
	}
	tests := map[string]struct {
		hours Hours
		want  error
		field string
	}{
		"default":         {DefaultHours(), nil, ""},
		"all day":         {Hours{{0, Midnight}}, nil, ""},
		"without a break": {Hours{{540, 600}, {600, 660}}, nil, ""},
		"as many as may":  {many[:MaxRanges], nil, ""},
		"none":            {Hours{}, ErrHoursEmpty, "ranges"},
		"too many":        {many, ErrHoursMany, "ranges"},
		"empty range":     {Hours{{540, 540}}, ErrHoursOrder, "ranges[0]"},
		"backwards":       {Hours{{540, 600}, {720, 700}}, ErrHoursOrder, "ranges[1]"},
		"overlap":         {Hours{{540, 600}, {599, 660}}, ErrHoursOverlap, "ranges[1]"},
		"later one first": {Hours{{840, 900}, {540, 600}}, ErrHoursOverlap, "ranges[1]"},
		"after midnight":  {Hours{{540, Midnight + 1}}, ErrClock, "ranges[0]"},
		"before the day":  {Hours{{-1, 600}}, ErrClock, "ranges[0]"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFault(t, tt.hours.Validate(), tt.want, tt.field)
		})
	}
}

func TestPerDay(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		hours Hours
		want  time.Duration
	}{
		"default":       {DefaultHours(), 7*time.Hour + 30*time.Minute},
		"zero value":    {nil, 7*time.Hour + 30*time.Minute},
		"an hour":       {Hours{{0, 60}}, time.Hour},
		"not validated": {Hours{{60, 0}}, 7*time.Hour + 30*time.Minute},
	}
	for name, tt := range tests {
		if got := tt.hours.PerDay(); got != tt.want {
			t.Errorf("%s: PerDay() = %v, want %v", name, got, tt.want)
		}
	}
}

func TestParseClock(t *testing.T) {
	t.Parallel()
	good := map[string]Clock{"00:00": 0, "08:30": 510, "23:59": 1439, "24:00": Midnight}
	for s, want := range good {
		got, err := ParseClock(s)
		if err != nil || got != want || got.String() != s {
			t.Errorf("ParseClock(%q) = %v, %v, want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "8:30", "08:60", "24:01", "25:00", "-1:00", "08.30", "0830", "08:3x", "08:30:00", "０８:30"} {
		if got, err := ParseClock(s); err == nil {
			t.Errorf("ParseClock(%q) = %v, want an error", s, got)
		}
	}
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "2026-2-1", "2026-02-30", "0000-01-01", "2026-01-01T00:00:00Z", "20260101", "2026-13-01"} {
		if got, err := ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %v, want an error", s, got)
		}
	}
	got, err := ParseDate("2024-02-29")
	if err != nil || got != On(2024, 2, 29) || got.IsZero() {
		t.Errorf("ParseDate = %v, %v", got, err)
	}
	if !(Date{}).IsZero() {
		t.Error("the zero date is a day")
	}
}

// The form the browser reads and writes.
func TestJSON(t *testing.T) {
	t.Parallel()
	v := struct {
		Day   Day   `json:"day"`
		Hours Hours `json:"hours"`
	}{Day{On(2026, 1, 4), false, "元旦"}, DefaultHours()}
	const want = `{"day":{"date":"2026-01-04","off":false,"name":"元旦"},` +
		`"hours":[{"from":"08:30","to":"12:00"},{"from":"14:00","to":"18:00"}]}`
	got, err := json.Marshal(v)
	if err != nil || string(got) != want {
		t.Fatalf("Marshal = %s, %v, want %s", got, err, want)
	}
	back := v
	back.Day, back.Hours = Day{}, nil
	if err := json.Unmarshal(got, &back); err != nil || back.Day != v.Day || len(back.Hours) != 2 || back.Hours[1] != v.Hours[1] {
		t.Errorf("Unmarshal = %+v, %v, want %+v", back, err, v)
	}
}
