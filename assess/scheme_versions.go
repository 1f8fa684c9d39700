package assess

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A SchemeVersion is one version of a scheme, by what it holds.
type SchemeVersion struct {
	Version int       `db:"version" json:"version"`
	Name    string    `db:"name" json:"name"`
	Units   int       `db:"units" json:"units"`
	Rules   int       `db:"rules" json:"rules"`
	Rounds  int       `db:"rounds" json:"rounds"` // that are worked out by it
	ByName  string    `db:"by_name" json:"by_name"`
	At      time.Time `db:"at" json:"at"`
}

type versionList struct {
	feature.Page
	ID uuid.UUID `json:"-" path:"id"`
}

// Validate checks that a page goes on after a version.
func (q versionList) Validate() error {
	if _, err := strconv.Atoi(q.After); q.After != "" && (err != nil || len(q.After) > 9) {
		return feature.ErrMalformed.On("after")
	}
	return nil
}

// versions lists the versions of a scheme, the latest first.
func (schemes) versions(ctx context.Context, tx *tenant.Tx, q versionList) (l feature.List[SchemeVersion], err error) {
	if _, _, err := findScheme(ctx, tx, q.ID, 0); err != nil {
		return l, err
	}
	var all []SchemeVersion
	err = tx.Select(ctx, &all, `
		select v.version, v.name, jsonb_array_length(v.units) as units, jsonb_array_length(v.rules) as rules, v.by_name, v.at,
		       (select count(*) from assess_rounds r where r.scheme_id = v.scheme_id and r.scheme_version = v.version) as rounds
		  from assess_scheme_versions v
		 where v.scheme_id = $1 and ($2 = '' or v.version < nullif($2, '')::int)
		 order by v.version desc limit $3`, q.ID, q.After, q.Size()+1)
	return feature.Cut(all, q.Size(), func(v SchemeVersion) string { return strconv.Itoa(v.Version) }), err
}

type diffQuery struct {
	ID          uuid.UUID  `json:"-" path:"id"`
	Version     int        `json:"-" query:"version"`      // as it is now, if zero
	With        *uuid.UUID `json:"-" query:"with"`         // another scheme; the same one, if missing
	WithVersion int        `json:"-" query:"with_version"` // the one before, if zero and the same scheme
}

// A SchemeDiff says what one version of a scheme has different from another.
type SchemeDiff struct {
	Is      DiffSide       `json:"is"`
	Was     DiffSide       `json:"was"`
	Changes []SchemeChange `json:"changes"`
}

// A DiffSide names one of two versions.
type DiffSide struct {
	Scheme  uuid.UUID `json:"scheme"`
	Name    string    `json:"name"`
	Year    int       `json:"year"`
	Version int       `json:"version"`
}

// A SchemeChange is one thing that was added, removed, or has other fields.
type SchemeChange struct {
	Part   string        `json:"part" enum:"scheme,rules,headings,classes,grades,units"`
	Code   string        `json:"code"` // empty for the scheme itself
	Name   string        `json:"name"`
	Kind   string        `json:"kind" enum:"added,removed,changed"`
	Fields []FieldChange `json:"fields"` // what it has, or has not any more, too
}

// A FieldChange is a field by its name in the scheme, and what it says: one of
// a few words by its code, and anything else as a workbook has it.
type FieldChange struct {
	Field string `json:"field"`
	Title string `json:"title"` // of the column in the workbook
	Is    string `json:"is"`
	Was   string `json:"was"`
}

// differ lays two versions side by side.
func (schemes) differ(ctx context.Context, tx *tenant.Tx, q diffQuery) (d SchemeDiff, err error) {
	is, _, err := findScheme(ctx, tx, q.ID, q.Version)
	if err != nil {
		return d, err
	}
	with, version := q.ID, q.WithVersion
	if q.With != nil {
		with = *q.With
	} else if version == 0 {
		version = max(is.Version-1, 1)
	}
	was, _, err := findScheme(ctx, tx, with, version)
	if errors.Is(err, ErrSchemeNotFound) {
		return d, ErrSchemeNotFound.On("with")
	}
	if err != nil {
		return d, err
	}
	return difference(is, was), nil
}

// difference lists what is has different from was: the parts in the order of
// the sheets, what was removed last in each.
func difference(is, was Scheme) SchemeDiff {
	d := SchemeDiff{Is: DiffSide{is.ID, is.Name, is.Year, is.Version}, Was: DiffSide{was.ID, was.Name, was.Year, was.Version}, Changes: []SchemeChange{}}
	a, b := is.file(), was.file()
	d.Changes = append(d.Changes, changesOf("scheme", schemeSheet, []schemeFile{a}, []schemeFile{b}, func(schemeFile) (string, string) { return "", is.Name })...)
	d.Changes = append(d.Changes, changesOf("rules", ruleSheet, a.Rules, b.Rules, func(s Spec) (string, string) { return s.Code, s.Name })...)
	d.Changes = append(d.Changes, changesOf("headings", headingSheet, a.Plan.Headings, b.Plan.Headings, func(h Heading) (string, string) { return h.Code, h.Name })...)
	d.Changes = append(d.Changes, changesOf("classes", classSheet, a.Plan.Classes, b.Plan.Classes, func(c Class) (string, string) { return c.Code, c.Name })...)
	d.Changes = append(d.Changes, changesOf("grades", gradeSheet, a.Plan.Grades, b.Plan.Grades, func(g GradeLine) (string, string) { return g.Name, g.Name })...)
	d.Changes = append(d.Changes, changesOf("units", unitSheet, a.Units, b.Units, func(u fileUnit) (string, string) { return u.Kind + " " + u.Name, u.Name })...)
	return d
}

// schemeSheet is what a scheme says of itself; no workbook has it.
var schemeSheet = sheetOf[schemeFile]{"方案", "", []column[schemeFile]{
	{title: "名称", field: "name", get: func(f *schemeFile) string { return f.Name }},
	{title: "年度", field: "year", get: func(f *schemeFile) string { return strconv.Itoa(f.Year) }},
	{title: "总分", field: "sum", get: func(f *schemeFile) string { return f.Plan.sum().String() }},
	{title: "总分折算", field: "norm", get: func(f *schemeFile) string { return normColumn.get(&Spec{Norm: f.Plan.Norm}) }},
}}

// changesOf compares two lists of things of one kind, which are known by key.
func changesOf[T any](part string, s sheetOf[T], is, was []T, key func(T) (code, name string)) (all []SchemeChange) {
	find := func(in []T, code string) *T {
		i := slices.IndexFunc(in, func(v T) bool { c, _ := key(v); return c == code })
		if i < 0 {
			return nil
		}
		return &in[i]
	}
	for i := range is {
		code, name := key(is[i])
		c := SchemeChange{Part: part, Code: code, Name: name, Kind: "changed"}
		old := find(was, code)
		if old == nil {
			c.Kind, old = "added", new(T)
		}
		if c.Fields = s.fields(part, &is[i], old); len(c.Fields) > 0 {
			all = append(all, c)
		}
	}
	for i := range was {
		if code, name := key(was[i]); find(is, code) == nil {
			all = append(all, SchemeChange{Part: part, Code: code, Name: name, Kind: "removed", Fields: s.fields(part, new(T), &was[i])})
		}
	}
	return all
}

// fields lists the columns in which two things are written differently.
func (s sheetOf[T]) fields(part string, is, was *T) []FieldChange {
	all := []FieldChange{}
	for _, c := range s.columns {
		if a, b := c.get(is), c.get(was); a != b {
			all = append(all, FieldChange{c.field, c.title, coded(part, c.field, a), coded(part, c.field, b)})
		}
	}
	return all
}

// fieldWords are the fields that are one of a few words.
var fieldWords = map[string]map[string]string{"rules.type": typeWords, "rules.every": everyWords, "rules.shortfall": shortWords,
	"rules.measure": measureWords, "rules.pick": pickWords, "rules.effect": effectWords, "headings.kind": kindWords, "units.kind": kindNames}

// coded returns the code of a word, which a reader of any language is told in
// his own; any other text as it is.
func coded(part, field, text string) string {
	if code, ok := codeOf(fieldWords[part+"."+field], text); ok {
		return code
	}
	return text
}
