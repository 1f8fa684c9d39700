package calendar

import (
	"embed"
	"io/fs"
)

// One file per year, in the form Import reads. The dates are those of the State
// Council's yearly notice; a year without a notice has no file.
//
//go:embed data/*.json
var data embed.FS

var builtin = load(data)

// load panics on a table that is not valid: it is compiled in, and a test reads
// every one.
func load(files fs.FS) map[int]Year {
	names, err := fs.Glob(files, "data/*.json")
	if err != nil {
		panic("calendar: " + err.Error())
	}
	years := make(map[int]Year, len(names))
	for _, name := range names {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			panic("calendar: " + err.Error())
		}
		y, err := Import(b)
		if err != nil {
			panic("calendar: " + name + ": " + err.Error())
		}
		years[y.Year] = y
	}
	return years
}
