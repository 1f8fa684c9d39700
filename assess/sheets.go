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
}).Parse(sheetsText))

// A list is the ranking of the units of one kind, or of one class of them.
type list struct {
	Kind   string
	Class  string // what it is called; empty where there are no classes
	Scores []Score
}

// writeSheets writes a result for paper: the lists they are ranked in, and a
// sheet of A4 for each unit. The document needs nothing but itself.
func writeSheets(w io.Writer, m Manifest, res Result) error {
	var lists []list
	for _, s := range res.Scores { // they are in the order of the lists
		class := res.Version.Plan.className(s.Class)
		if n := len(lists); n == 0 || lists[n-1].Kind != s.Unit.Kind || lists[n-1].Class != class {
			lists = append(lists, list{Kind: s.Unit.Kind, Class: class})
		}
		l := &lists[len(lists)-1]
		l.Scores = append(l.Scores, s)
	}
	return sheets.Execute(w, struct {
		M     Manifest
		R     Result
		At    string
		Lists []list
	}{m, res, m.At.In(shanghai).Format("2006-01-02 15:04"), lists})
}

// lineName is what a line is called.
func lineName(l Entry) string {
	if l.Part == "bonus" {
		return l.Rule.Name + "（超额加分）"
	}
	return l.Rule.Name
}
