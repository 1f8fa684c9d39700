package calendar

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"hetu/fault"
)

// The notices' own count of working days, and their dates off and worked.
func TestBuiltinYears(t *testing.T) {
	t.Parallel()
	tests := map[int]struct{ work, off, makeUp int }{
		2025: {248, 28, 5},
		2026: {248, 33, 6},
	}
	c := Default()
	if len(c.Years) != len(tests) {
		t.Errorf("%d years are built in, want %d", len(c.Years), len(tests))
	}
	for year, want := range tests {
		work := 0
		for d := On(year, time.January, 1); d.Year == year; d = d.Add(1) {
			if c.IsWorkday(d) {
				work++
			}
		}
		off, makeUp := 0, 0
		for _, d := range c.Years[year].Days {
			switch {
			case d.Off:
				off++
			case d.Date.weekend():
				makeUp++
			default:
				t.Errorf("%v is worked anyway", d.Date)
			}
			if d.Name == "" {
				t.Errorf("%v has no name", d.Date)
			}
		}
		if work != want.work || off != want.off || makeUp != want.makeUp {
			t.Errorf("%d: %d worked, %d off, %d made up, want %+v", year, work, off, makeUp, want)
		}
	}
	if err := c.Validate(); err != nil {
		t.Errorf("Default().Validate() = %v", err)
	}
}

// R064, A08: holidays and make-up days of the notices.
func TestIsWorkday(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		date Date
		want bool
	}{
		"a Monday":                       {On(2026, 3, 2), true},
		"a Sunday":                       {On(2026, 3, 1), false},
		"a Saturday made up":             {On(2026, 2, 14), true},
		"a Sunday made up":               {On(2026, 1, 4), true},
		"a Tuesday off":                  {On(2026, 2, 17), false},
		"the day after the holiday":      {On(2026, 2, 24), true},
		"Mid-Autumn":                     {On(2026, 9, 25), false},
		"2025, last day of October's":    {On(2025, 10, 8), false},
		"2025, made up":                  {On(2025, 9, 28), true},
		"unknown year, a Thursday":       {On(2027, 2, 4), true},
		"unknown year, a Saturday":       {On(2024, 2, 4), false},
		"unknown year, its May holidays": {On(2024, 5, 1), true},
	}
	for name, tt := range tests {
		if got := Default().IsWorkday(tt.date); got != tt.want {
			t.Errorf("%s: IsWorkday(%v) = %v, want %v", name, tt.date, got, tt.want)
		}
	}
}

// A notice of the next year may speak of this December, and then decides.
func TestDecemberOfTheYearBefore(t *testing.T) {
	t.Parallel()
	y := Year{2027, []Day{
		{Date: On(2026, 12, 31), Off: true, Name: "元旦"},
		{Date: On(2027, 1, 1), Off: true, Name: "元旦"},
		{Date: On(2026, 12, 26), Off: false, Name: "元旦"},
	}}
	if err := y.Validate(); err != nil {
		t.Fatal(err)
	}
	old, c := Default(), Default().With(y)
	if !old.IsWorkday(On(2026, 12, 31)) || c.IsWorkday(On(2026, 12, 31)) {
		t.Error("31 December is off only by the table of 2027")
	}
	if !c.IsWorkday(On(2026, 12, 26)) {
		t.Error("26 December is made up by the table of 2027")
	}
	if old.Known(2027) || !c.Known(2027) {
		t.Error("With changed the calendar it was called on")
	}
	if d, ok := c.Day(On(2026, 12, 31)); !ok || d.Name != "元旦" {
		t.Errorf("Day = %+v, %v", d, ok)
	}
}

// UTC+8 the whole year and on every server.
func TestDateOf(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 7, 1, 16, 0, 0, 0, time.UTC)
	if got := DateOf(at); got != On(2026, 7, 2) {
		t.Errorf("DateOf(%v) = %v, want the day after in Shanghai", at, got)
	}
	for d := On(2025, 1, 1); d.Year < 2028; d = d.Add(1) {
		if _, offset := d.At(0).Zone(); offset != 8*3600 {
			t.Fatalf("%v is %d s east of UTC", d, offset)
		}
	}
}

func TestYearValidate(t *testing.T) {
	t.Parallel()
	day := Day{Date: On(2026, 1, 1), Off: true, Name: "元旦"}
	tests := map[string]struct {
		year  Year
		want  error
		field string
	}{
		"ok":                   {Year{2026, []Day{day}}, nil, ""},
		"no day":               {Year{2026, nil}, nil, ""},
		"first year":           {Year{FirstYear, nil}, nil, ""},
		"last year":            {Year{LastYear, nil}, nil, ""},
		"before the first":     {Year{FirstYear - 1, nil}, ErrYear, "year"},
		"after the last":       {Year{LastYear + 1, nil}, ErrYear, "year"},
		"twice":                {Year{2026, []Day{day, day}}, ErrDayTwice, "days[1].date"},
		"another year":         {Year{2027, []Day{day}}, ErrDayOutside, "days[0].date"},
		"December before":      {Year{2027, []Day{{Date: On(2026, 12, 31)}}}, nil, ""},
		"November before":      {Year{2027, []Day{{Date: On(2026, 11, 30)}}}, ErrDayOutside, "days[0].date"},
		"January after":        {Year{2025, []Day{day}}, ErrDayOutside, "days[0].date"},
		"no such day":          {Year{2026, []Day{{Date: Date{2026, 2, 30}}}}, ErrDate, "days[0].date"},
		"no date":              {Year{2026, []Day{{Off: true}}}, ErrDate, "days[0].date"},
		"name at the limit":    {Year{2026, []Day{{Date: day.Date, Name: strings.Repeat("节", MaxDayName)}}}, nil, ""},
		"name too long":        {Year{2026, []Day{{Date: day.Date, Name: strings.Repeat("节", MaxDayName+1)}}}, ErrDayName, "days[0].name"},
		"name with a break":    {Year{2026, []Day{{Date: day.Date, Name: "春\n节"}}}, ErrDayName, "days[0].name"},
		"name reversed":        {Year{2026, []Day{{Date: day.Date, Name: "春\u202e节"}}}, ErrDayName, "days[0].name"},
		"name that is no text": {Year{2026, []Day{{Date: day.Date, Name: "\xff"}}}, ErrDayName, "days[0].name"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantFault(t, tt.year.Validate(), tt.want, tt.field)
		})
	}
}

func TestImport(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		json  string
		want  error
		field string
	}{
		"ok":            {`{"year":2026,"papers":["http://example.org"],"days":[{"name":"元旦","date":"2026-01-01","isOffDay":true}]}`, nil, ""},
		"empty shell":   {`{"year":2027,"papers":[],"days":[]}`, ErrImportEmpty, "days"},
		"nothing":       {``, ErrImport, ""},
		"not JSON":      {`year=2026`, ErrImport, ""},
		"an array":      {`[]`, ErrImport, ""},
		"null":          {`null`, ErrImportEmpty, "days"},
		"more after it": {`{"year":2026,"days":[{"date":"2026-01-01","isOffDay":true}]} {}`, ErrImport, ""},
		"no isOffDay":   {`{"year":2026,"days":[{"date":"2026-01-01"}]}`, ErrImport, "days[0]"},
		"no date":       {`{"year":2026,"days":[{"isOffDay":true}]}`, ErrImport, "days[0]"},
		"no year":       {`{"days":[{"date":"2026-01-01","isOffDay":true}]}`, ErrYear, "year"},
		"30 February":   {`{"year":2026,"days":[{"date":"2026-02-30","isOffDay":true}]}`, ErrDate, "days"},
		"date is 1":     {`{"year":2026,"days":[{"date":1,"isOffDay":true}]}`, ErrImport, ""},
		"twice":         {`{"year":2026,"days":[{"date":"2026-01-01","isOffDay":true},{"date":"2026-01-01","isOffDay":false}]}`, ErrDayTwice, "days[1].date"},
		"other year":    {`{"year":2026,"days":[{"date":"2028-01-01","isOffDay":true}]}`, ErrDayOutside, "days[0].date"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Import([]byte(tt.json))
			wantFault(t, err, tt.want, tt.field)
		})
	}
}

// The table comes back whole and in order, whatever order the file has.
func TestImportOrders(t *testing.T) {
	t.Parallel()
	y, err := Import([]byte(`{"year":2026,"days":[
		{"date":"2026-01-04","name":"元旦","isOffDay":false},
		{"date":"2026-01-01","name":"元旦","isOffDay":true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if len(y.Days) != 2 || y.Year != 2026 ||
		y.Days[0] != (Day{On(2026, 1, 1), true, "元旦"}) || y.Days[1] != (Day{On(2026, 1, 4), false, "元旦"}) {
		t.Errorf("Import = %+v", y)
	}
}

// Whatever is uploaded, Import answers with a valid table or with a fault.
func FuzzImport(f *testing.F) {
	for _, year := range []string{"2025", "2026"} {
		b, err := os.ReadFile("data/" + year + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"year":2027,"days":[]}`))
	f.Add([]byte(`{"year":2026,"days":[{"date":"2026-02-30","isOffDay":null}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		y, err := Import(b)
		if err != nil {
			if fault.Of(err).Kind != fault.Invalid {
				t.Fatalf("Import(%q) = %v, which is no fault of the input", b, err)
			}
			return
		}
		if err := y.Validate(); err != nil {
			t.Fatalf("Import(%q) gave an invalid table: %v", b, err)
		}
		for i, d := range y.Days {
			if i > 0 && d.Date.Compare(y.Days[i-1].Date) <= 0 {
				t.Fatalf("Import(%q) gave %v after %v", b, d.Date, y.Days[i-1].Date)
			}
		}
	})
}

func wantFault(t *testing.T, got, want error, field string) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("error = %v, want %v", got, want)
	}
	if want != nil && fault.Of(got).Field != field {
		t.Errorf("field = %q, want %q", fault.Of(got).Field, field)
	}
}
