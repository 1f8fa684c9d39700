package assess

import (
	_ "embed"
	"html/template"
	"io"
)

//go:embed sheets/sheets.html
var sheetsText string

var sheets = template.Must(template.New("sheets").Funcs(template.FuncMap{
	"kind": func(k string) string { return kindNames[k] },
	"inc":  func(i int) int { return i + 1 },
	"rule": func(e Entry) string { return lineName(e) },
	"note": func() string { return decidedNote },
}).Parse(sheetsText))

// A list is the ranking of the units of one kind, or of one class of them.
type list struct {
	Kind   string
	Class  string // what it is called; empty where there are no classes
	Scores []Score
}

// writeSheets writes a result for paper: the lists they are ranked in, and a
// sheet of A4 for each unit. The document needs nothing but itself.
func writeSheets(w io.Writer, m Manifest, p paper) error {
	return sheets.Execute(w, struct {
		M     Manifest
		R     Result
		At    string
		Lists []list
		P     sheetGrades
	}{m, p.res, m.At.In(shanghai).Format("2006-01-02 15:04"), p.lists(), sheetGrades{p}})
}

// sheetGrades is what the sheets say of grades.
type sheetGrades struct{ p paper }

// Graded reports whether there are grades.
func (g sheetGrades) Graded() bool { return g.p.graded() }

// Changed reports whether a meeting decided another grade than the one by line.
func (g sheetGrades) Changed() bool { return len(g.p.byLine) > 0 }

// Of is a unit's grade with its mark.
func (g sheetGrades) Of(s Score) string { return g.p.grade(s) }

// ByLine is the grade by line of a unit for which another one was decided.
func (g sheetGrades) ByLine(s Score) string { return g.p.byLine[s.Unit.ID] }

// lineName is what a line is called.
func lineName(l Entry) string {
	if l.Part == "bonus" {
		return l.Rule.Name + "（超额加分）"
	}
	return l.Rule.Name
}
