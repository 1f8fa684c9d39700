package calendar

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"hetu/fault"
)

// The years a table can be kept for.
const (
	FirstYear = 2000
	LastYear  = 2100
)

// MaxDayName is how many characters the name of a day may have.
const MaxDayName = 40

// A Day says of one date that it is off, or worked, whatever weekday it is.
type Day struct {
	Date Date   `json:"date"`
	Off  bool   `json:"off"`
	Name string `json:"name"` // 春节; may be empty
}

// A Year is the table of the dates of one year that do not simply follow the
// week: holidays on weekdays and working days on weekends. A day off on a
// weekend may stand in it too, so that a screen can name it. The order does not
// matter. The last days of December may stand in the table of the year after,
// as the State Council's notices have it; the later table decides.
type Year struct {
	Year int   `json:"year"`
	Days []Day `json:"days"`
}

// Validate returns the first thing wrong with the table.
func (y Year) Validate() error {
	if y.Year < FirstYear || y.Year > LastYear {
		return ErrYear.On("year")
	}
	seen := make(map[Date]bool, len(y.Days))
	for i, d := range y.Days {
		if err := d.validate(y.Year); err != nil {
			return err.On(fmt.Sprintf("days[%d].%s", i, err.Field))
		}
		if seen[d.Date] {
			return ErrDayTwice.On(fmt.Sprintf("days[%d].date", i))
		}
		seen[d.Date] = true
	}
	return nil
}

// validate returns what is wrong with one day of year, at its own field.
func (d Day) validate(year int) *fault.Error {
	inYear := d.Date.Year == year || d.Date.Year == year-1 && d.Date.Month == time.December
	switch {
	case On(d.Date.Year, d.Date.Month, d.Date.Day) != d.Date:
		return ErrDate.On("date")
	case !inYear:
		return ErrDayOutside.On("date")
	case !utf8.ValidString(d.Name) || utf8.RuneCountInString(d.Name) > MaxDayName:
		return ErrDayName.On("name")
	}
	for _, r := range d.Name {
		if !unicode.IsPrint(r) {
			return ErrDayName.On("name")
		}
	}
	return nil
}

// day returns what the table says of a date.
func (y Year) day(d Date) (Day, bool) {
	i := slices.IndexFunc(y.Days, func(day Day) bool { return day.Date == d })
	if i < 0 {
		return Day{}, false
	}
	return y.Days[i], true
}

// Import reads a year from holiday JSON of the form
//
//	{"year": 2026, "days": [{"date": "2026-01-01", "name": "元旦", "isOffDay": true}, …]}
//
// and ignores what else the document holds. The days come back in order. JSON
// of another form is ErrImport, a table without a single day (as published
// before the notice is) ErrImportEmpty, and otherwise what Validate says.
func Import(data []byte) (Year, error) {
	var doc struct {
		Year int `json:"year"`
		Days []struct {
			Date Date   `json:"date"`
			Name string `json:"name"`
			Off  *bool  `json:"isOffDay"`
		} `json:"days"`
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, ErrDate) {
			return Year{}, ErrDate.On("days")
		}
		return Year{}, ErrImport
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Year{}, ErrImport
	}
	if len(doc.Days) == 0 {
		return Year{}, ErrImportEmpty.On("days")
	}
	y := Year{Year: doc.Year}
	for i, d := range doc.Days {
		if d.Off == nil || d.Date.IsZero() {
			return Year{}, ErrImport.On(fmt.Sprintf("days[%d]", i))
		}
		y.Days = append(y.Days, Day{Date: d.Date, Off: *d.Off, Name: d.Name})
	}
	if err := y.Validate(); err != nil {
		return Year{}, err
	}
	slices.SortFunc(y.Days, func(a, b Day) int { return a.Date.Compare(b.Date) })
	return y, nil
}
