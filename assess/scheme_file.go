package assess

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// fileFormat names how a scheme is laid out in a file.
const fileFormat = "hetu-assess-scheme/1"

// A schemeFile is a scheme outside the system. Units are named by what they are
// called: a file may come from another tenant.
type schemeFile struct {
	Format string     `json:"format"`
	Year   int        `json:"year"`
	Name   string     `json:"name"`
	Units  []fileUnit `json:"units"`
	Plan   Plan       `json:"plan"` // without members
	Rules  []Spec     `json:"rules"`
}

type fileUnit struct {
	Kind   string   `json:"kind"`
	Name   string   `json:"name"`
	Class  string   `json:"class,omitempty"`
	Staff  int      `json:"staff,omitempty"`
	Exempt []string `json:"exempt,omitempty"`
}

// among finds the unit by its kind and name. Of several departments of one name
// it is the next of those the draft has that was not taken yet.
func (f fileUnit) among(known, draft, taken []Unit) (u Unit, wrong *fault.Error) {
	var same, free []Unit
	for _, k := range known {
		if k.Kind != f.Kind || k.Name != f.Name {
			continue
		}
		same = append(same, k)
		if !slices.ContainsFunc(taken, func(o Unit) bool { return o.ID == k.ID }) {
			free = append(free, k)
		}
	}
	switch {
	case len(same) == 0:
		return u, errNoUnitNamed
	case len(free) == 0:
		return u, ErrUnitTwice
	case len(same) == 1:
		return same[0], nil
	}
	for _, d := range draft {
		if i := slices.IndexFunc(free, func(o Unit) bool { return o.ID == d.ID }); i >= 0 {
			return free[i], nil
		}
	}
	return u, errUnitsNamed
}

func (s Scheme) file() schemeFile {
	f := schemeFile{Format: fileFormat, Year: s.Year, Name: s.Name, Units: []fileUnit{}, Plan: s.Plan, Rules: s.Rules}
	members := s.Plan.members()
	for _, u := range s.Units {
		m := members[u.ID]
		f.Units = append(f.Units, fileUnit{u.Kind, u.Name, m.Class, m.Staff, m.Exempt})
	}
	f.Plan.Members = nil
	return f
}

type fileQuery struct {
	ID     uuid.UUID `json:"-" path:"id"`
	Format string    `json:"-" query:"format"` // json; XLSX if empty
}

// Validate checks the format.
func (q fileQuery) Validate() error {
	if q.Format != "" && q.Format != "json" && q.Format != "xlsx" {
		return feature.ErrMalformed.On("format")
	}
	return nil
}

// schemeOut sends a scheme as a file that can be taken in again.
func schemeOut(ctx context.Context, tx *tenant.Tx, q fileQuery) (c feature.Content, err error) {
	s, _, err := findScheme(ctx, tx, q.ID, 0)
	if err != nil {
		return c, err
	}
	file, ext, kind := s.file().workbook, "xlsx", workbookType
	if q.Format == "json" {
		file, ext, kind = s.file().document, "json", "application/json"
	}
	body, err := file()
	return feature.Made(s.Name+"."+ext, kind, body), err
}

func (f schemeFile) document() ([]byte, error) {
	b, err := json.MarshalIndent(f, "", "  ")
	return append(b, '\n'), err
}

// workbook writes a sheet for each part of the scheme.
func (f schemeFile) workbook() ([]byte, error) {
	x := excelize.NewFile()
	defer func() { _ = x.Close() }() // it has no temporary files
	b := book{file: x}
	put(&b, ruleSheet, f.Rules)
	put(&b, headingSheet, f.Plan.Headings)
	put(&b, planSheet, []Plan{f.Plan})
	put(&b, classSheet, f.Plan.Classes)
	put(&b, gradeSheet, f.Plan.Grades)
	put(&b, unitSheet, f.Units)
	if b.err != nil {
		return nil, fmt.Errorf("assess: workbook of a scheme: %w", b.err)
	}
	buf, err := x.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("assess: workbook of a scheme: %w", err)
	}
	return buf.Bytes(), nil
}

// put writes the rows of one kind to a sheet of their own.
func put[T any](b *book, s sheetOf[T], rows []T) {
	b.sheet(s.name)
	head := make([]any, len(s.columns))
	for i, c := range s.columns {
		head[i] = c.title
	}
	b.row(head...)
	for i := range rows {
		cells := make([]any, len(s.columns))
		for j, c := range s.columns {
			if v := c.get(&rows[i]); v != "" {
				cells[j] = v
			}
		}
		b.row(cells...)
	}
}
