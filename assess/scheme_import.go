package assess

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"hetu/assess/rule"
	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// maxSchemeFile is how large a file of a scheme may be.
const maxSchemeFile = 2 << 20

// How much a scheme may have of each, in a file as in a form.
const (
	mostRules    = 300
	mostHeadings = 200
	mostClasses  = 20
	mostGrades   = 10
	mostUnits    = 5000
)

// listedRows is how many bad rows a report names.
const listedRows = 100

// What can go wrong with a file of a scheme.
var (
	ErrSchemeFile  = fault.New(fault.Invalid, "assess.file_unreadable")
	ErrSchemeRows  = fault.New(fault.Invalid, "assess.file_rows")
	errCell        = fault.New(fault.Invalid, "assess.cell_malformed")
	errNoUnitNamed = fault.New(fault.Invalid, "assess.unit_name_unknown")
	errUnitsNamed  = fault.New(fault.Invalid, "assess.unit_name_several") // and the draft does not say which
)

// An ImportReport is what taking a file in would do, or did.
type ImportReport struct {
	Rules    int         `json:"rules"`
	Headings int         `json:"headings"`
	Units    int         `json:"units"`
	Bad      []BadImport `json:"bad"`
	BadCount int         `json:"bad_count"`
	Applied  bool        `json:"applied"`
	Version  int         `json:"version"` // of the scheme now
}

// A BadImport is a row of the file that cannot be taken.
type BadImport struct {
	Sheet string `json:"sheet"` // 规则, 考核项目, …
	Row   int    `json:"row"`   // in the sheet; in a JSON file the place in the list, from 1
	Field string `json:"field"`
	Value string `json:"value"`
	Code  string `json:"code"` // of the fault
}

type schemeIn struct {
	ID      uuid.UUID `json:"-" path:"id"`
	DryRun  bool      `json:"-" query:"dry_run"`
	Version int       `json:"-" query:"version"`
}

// An intake is a file as far as it could be read.
type intake struct {
	file   schemeFile
	silent bool             // of the totals: what the draft says of them stays
	rows   map[string][]int // the row of each thing, by the path of its list
	report ImportReport
}

// takeIn takes a file in as the new version of a draft. With dry_run it only
// says what is wrong with it; without, it takes it whole or not at all.
func (e schemes) takeIn(ctx context.Context, db *tenant.DB, in schemeIn, r io.Reader) (rep ImportReport, err error) {
	content, err := feature.ReadAll(r)
	if err != nil {
		return rep, err
	}
	x, err := readIn(content)
	if err != nil {
		return rep, err
	}
	run := db.Write
	if in.DryRun {
		run = db.Read
	}
	err = run(ctx, func(tx *tenant.Tx) (err error) { rep, err = e.apply(ctx, tx, in, x); return err })
	return rep, err
}

func (e schemes) apply(ctx context.Context, tx *tenant.Tx, in schemeIn, x *intake) (ImportReport, error) {
	s, _, err := findScheme(ctx, tx, in.ID, 0)
	switch {
	case err != nil:
		return x.report, err
	case s.State != "draft":
		return x.report, ErrNotDraft
	}
	if x.silent {
		x.file.Plan.Sum, x.file.Plan.Norm = s.Plan.Sum, s.Plan.Norm
	}
	units, err := e.matched(ctx, tx, x, s.Units)
	if err != nil {
		return x.report, err
	}
	x.check(e.offered(), units)
	if err := x.demanded(ctx, tx, s.Year, units); err != nil {
		return x.report, err
	}
	rep := x.report
	rep.Rules, rep.Headings, rep.Units, rep.Version = len(x.file.Rules), len(x.file.Plan.Headings), len(units), s.Version
	if in.DryRun {
		return rep, nil
	}
	if rep.BadCount > 0 {
		return rep, ErrSchemeRows.With("bad", rep.BadCount)
	}
	edit := schemeEdit{ID: s.ID, Name: s.Name, Year: s.Year, Version: in.Version, Rules: x.file.Rules, Plan: x.file.Plan}
	for _, u := range units {
		edit.Units = append(edit.Units, unitRef{Kind: u.Kind, ID: u.ID})
	}
	saved, err := e.edit(ctx, tx, edit)
	rep.Version, rep.Applied = saved.Version, err == nil
	return rep, err
}

// matched finds the units of the file by their names, and makes members of the
// plan of what the file says of them.
func (e schemes) matched(ctx context.Context, tx *tenant.Tx, x *intake, draft []Unit) ([]Unit, error) {
	known, err := e.candidates(ctx, tx, feature.None{})
	if err != nil {
		return nil, err
	}
	var units []Unit
	for i, f := range x.file.Units {
		u, wrong := f.among(known.Items, draft, units)
		if wrong != nil {
			x.bad(unitSheet.name, x.row("units", i), "name", f.Name, wrong)
			continue
		}
		units = append(units, u)
		if m := (Member{Unit: u.ID, Class: f.Class, Staff: f.Staff, Exempt: f.Exempt}); f.Class != "" || f.Staff != 0 || len(f.Exempt) > 0 {
			x.rows["plan.members"] = append(x.rows["plan.members"], x.row("units", i))
			x.file.Plan.Members = append(x.file.Plan.Members, m)
		}
	}
	return units, nil
}

// check names what is wrong with each rule, and the first thing wrong with the
// plan.
func (x *intake) check(kinds map[string]feature.Indicator, units []Unit) {
	for i, r := range x.file.Rules {
		if field := r.unfit(); field != "" {
			x.bad(ruleSheet.name, x.row("rules", i), field, "", errCell)
		}
	}
	x.unfit()
	for err := range wrongRules(x.file.Rules, x.file.Plan, kinds) {
		x.fault(err)
	}
	if err := x.file.Plan.check(units); err != nil {
		x.fault(err)
	}
}

// demanded names what the file lacks of what has to be kept from above.
func (x *intake) demanded(ctx context.Context, tx *tenant.Tx, year int, units []Unit) error {
	s := Scheme{Year: year, Units: units, Rules: x.file.Rules, Plan: x.file.Plan}
	if !s.forDepartments() {
		return nil
	}
	all, err := demands(ctx, tx, year)
	for _, d := range all {
		names, codes := d.lacks(s)
		for i := range names {
			if d.Binding == required {
				x.bad(ruleSheet.name, 0, codes[i], names[i], ErrRequired)
			}
		}
	}
	return err
}

// sized reports whether a text has as many characters as one may have.
func sized(v string, from, to int) bool {
	n := utf8.RuneCountInString(v)
	return n >= from && n <= to
}

// unfit returns the field that is empty, too long, or a word nobody knows: what
// a form refuses by itself, a file may say.
func (s Spec) unfit() string {
	switch {
	case !sized(s.Code, 1, 32):
		return "code"
	case !sized(s.Name, 1, 40):
		return "name"
	case typeWords[s.Type] == "":
		return "type"
	case s.Task < 0 || s.Task > 100_000:
		return "task"
	case s.Norm != nil && normWords[s.Norm.Method] == "":
		return "norm"
	}
	for _, w := range []struct {
		field, is string
		words     map[string]string
	}{{"every", s.Every, everyWords}, {"shortfall", s.Shortfall, shortWords}, {"measure", s.Measure, measureWords},
		{"pick", s.Pick, pickWords}, {"effect", s.Effect, effectWords}} {
		if w.is != "" && w.words[w.is] == "" {
			return w.field
		}
	}
	for _, l := range []struct {
		field   string
		n, most int
	}{{"levels", len(s.Levels), 20}, {"table", len(s.Table), 50}, {"grades", len(s.Grades), 20}, {"of", len(s.Of), 100}, {"by_class", len(s.ByClass), 20}} {
		if l.n > l.most {
			return l.field
		}
	}
	if slices.ContainsFunc(s.Levels, func(l LevelPoints) bool { return !sized(l.Level, 0, 20) }) {
		return "levels"
	}
	if slices.ContainsFunc(s.Grades, func(g rule.GradeFactor) bool { return !sized(g.Grade, 1, 20) }) {
		return "grades"
	}
	return ""
}

// unfit names what of the plan is empty, too long, or a word nobody knows.
func (x *intake) unfit() {
	p := x.file.Plan
	for i, h := range p.Headings {
		field := ""
		switch {
		case !sized(h.Code, 1, 32):
			field = "code"
		case !sized(h.Name, 1, 60):
			field = "name"
		case h.Kind != "" && kindWords[h.Kind] == "":
			field = "kind"
		case !sized(h.Leader, 0, 40) || !sized(h.Department, 0, 60) || !sized(h.Assisting, 0, 120):
			field = "leader"
		case slices.ContainsFunc(h.Milestones, func(m Milestone) bool { return !sized(m.Text, 1, 120) }):
			field = "milestones"
		}
		if field != "" {
			x.bad(headingSheet.name, x.row("plan.headings", i), field, "", errCell)
		}
	}
	for i, c := range p.Classes {
		if !sized(c.Code, 1, 32) || !sized(c.Name, 1, 40) {
			x.bad(classSheet.name, x.row("plan.classes", i), "code", "", errCell)
		}
	}
	for i, g := range p.Grades {
		if !sized(g.Name, 1, 20) {
			x.bad(gradeSheet.name, x.row("plan.grades", i), "name", "", errCell)
		}
	}
	for i, u := range x.file.Units {
		if u.Staff < 0 || u.Staff > 1_000_000 {
			x.bad(unitSheet.name, x.row("units", i), "staff", "", errCell)
		}
	}
	if p.Norm != nil && normWords[p.Norm.Method] == "" {
		x.bad("", 0, "plan.norm", p.Norm.Method, errCell)
	}
}

// faultPlace is where a fault is: a list, a place in it, and what of it.
var faultPlace = regexp.MustCompile(`^(rules|plan\.\w+)\[(\d+)\]\.(.+)$`)

var sheetNames = map[string]string{"rules": ruleSheet.name, "plan.headings": headingSheet.name, "plan.classes": classSheet.name,
	"plan.grades": gradeSheet.name, "plan.members": unitSheet.name}

// fault adds what is wrong with a row to the report.
func (x *intake) fault(err error) {
	f := fault.Of(err)
	m := faultPlace.FindStringSubmatch(f.Field)
	if m == nil {
		x.bad("", 0, f.Field, "", f)
		return
	}
	i, _ := strconv.Atoi(m[2])
	x.bad(sheetNames[m[1]], x.row(m[1], i), m[3], "", f)
}

// row returns where the i-th thing of a list stands in the file.
func (x *intake) row(path string, i int) int {
	if rows := x.rows[path]; i < len(rows) {
		return rows[i]
	}
	return i + 1
}

func (x *intake) bad(sheet string, row int, field, value string, f *fault.Error) {
	if slices.ContainsFunc(x.report.Bad, func(b BadImport) bool { return b.Sheet == sheet && b.Row == row && row > 0 }) {
		return // one thing at a time
	}
	if x.report.BadCount++; len(x.report.Bad) < listedRows {
		if v := []rune(value); len(v) > 60 {
			value = string(v[:60]) + "…"
		}
		x.report.Bad = append(x.report.Bad, BadImport{sheet, row, field, value, f.Code})
	}
}

// readIn reads a file: JSON, or else a workbook.
func readIn(content []byte) (*intake, error) {
	x := &intake{rows: map[string][]int{}, report: ImportReport{Bad: []BadImport{}}}
	if b := bytes.TrimLeft(content, " \t\r\n\ufeff"); len(b) > 0 && b[0] == '{' {
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err := d.Decode(&x.file); err != nil || x.file.Format != fileFormat {
			return nil, ErrSchemeFile.With("why", "json")
		}
		x.file.Plan.Members = nil
		if f := x.file; len(f.Rules) > mostRules || len(f.Plan.Headings) > mostHeadings || len(f.Plan.Classes) > mostClasses ||
			len(f.Plan.Grades) > mostGrades || len(f.Units) > mostUnits {
			return nil, ErrSchemeFile.With("why", "rows")
		}
		return x, nil
	}
	const room = 32 << 20
	f, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{UnzipSizeLimit: room, UnzipXMLSizeLimit: room, RawCellValue: true})
	if err != nil {
		return nil, ErrSchemeFile.With("why", "type")
	}
	defer func() { _ = f.Close() }() // it was only read
	var totals []Plan
	for _, err := range []error{get(f, x, planSheet, &totals, 1), get(f, x, ruleSheet, &x.file.Rules, mostRules), get(f, x, headingSheet, &x.file.Plan.Headings, mostHeadings),
		get(f, x, classSheet, &x.file.Plan.Classes, mostClasses), get(f, x, gradeSheet, &x.file.Plan.Grades, mostGrades), get(f, x, unitSheet, &x.file.Units, mostUnits)} {
		if err != nil {
			return nil, err
		}
	}
	x.silent = len(totals) == 0
	for _, p := range totals {
		x.file.Plan.Sum, x.file.Plan.Norm = p.Sum, p.Norm
	}
	if len(x.file.Rules) == 0 && x.report.BadCount == 0 {
		return nil, ErrSchemeFile.With("why", "rules")
	}
	return x, nil
}

// get reads a sheet. Its columns are found by their titles; those it does not
// know are left alone, and so is a sheet that is not there.
func get[T any](f *excelize.File, x *intake, s sheetOf[T], all *[]T, limit int) error {
	rows, err := f.GetRows(s.name)
	if err != nil || len(rows) == 0 {
		return nil //nolint:nilerr // a scheme need not have every part
	}
	at := map[string]int{}
	for i, title := range rows[0] {
		at[strings.TrimSpace(title)] = i
	}
	for n, cells := range rows[1:] {
		if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			continue
		}
		if len(*all) == limit {
			return ErrSchemeFile.With("why", "rows")
		}
		var v T
		for _, c := range s.columns {
			cell := ""
			if i, ok := at[c.title]; ok && i < len(cells) {
				cell = strings.TrimSpace(cells[i])
			}
			if !c.set(&v, cell) {
				x.bad(s.name, n+2, c.field, cell, errCell)
			}
		}
		*all, x.rows[s.path] = append(*all, v), append(x.rows[s.path], n+2)
	}
	return nil
}

// String names a bad row for logs and tests.
func (b BadImport) String() string {
	return fmt.Sprintf("%s:%d.%s %s", b.Sheet, b.Row, b.Field, b.Code)
}
