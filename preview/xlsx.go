package preview

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// What is handed on of a workbook.
const (
	maxSheets  = 20
	maxOfSheet = 1 << 20  // bytes of a sheet
	maxStrings = 6 << 20  // bytes of the texts that its cells name
	maxPlain   = 1 << 20  // bytes of every other part
	maxWords   = 250_000  // elements of the texts
	maxCells   = 60_000   // cells of all sheets together
	maxUnzip   = 64 << 20 // bytes the library may find in what we hand it; it will not
)

// sheets shows a workbook as tables of what its cells show.
//
// The library gets a workbook that we made of this one: the beginnings of its
// sheets, the texts, and the formats. Nothing else is in it that could cost or
// do anything: no macro, no object, no address.
func sheets(ctx context.Context, body []byte) (v View, err error) {
	k, err := unpack(ctx, body)
	if err != nil {
		return View{}, err
	}
	small, cut, err := k.workbook()
	if err != nil {
		return View{}, err
	}
	book, err := excelize.OpenReader(bytes.NewReader(small), excelize.Options{UnzipSizeLimit: maxUnzip, UnzipXMLSizeLimit: maxUnzip})
	if err != nil {
		return View{}, errDamaged
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	v.Kind, v.Cut = "sheets", cut
	all := page{ctx: ctx}
	for _, name := range book.GetSheetList() {
		if shown, err := book.GetSheetVisible(name); err != nil || !shown {
			continue
		}
		if len(v.Parts) >= maxSheets || !all.room() {
			v.Cut = true
			break
		}
		part, err := sheet(book, name, &all)
		if err != nil {
			return View{}, err
		}
		v.Parts, v.Cut = append(v.Parts, part), v.Cut || part.Cut
	}
	return v, nil
}

func sheet(book *excelize.File, name string, all *page) (part Part, err error) {
	t := table{page: all}
	rows, err := book.Rows(name)
	if err != nil {
		return t.part(clean(name)), nil // a chart
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := all.ctx.Err(); err != nil {
			return Part{}, err
		}
		cells, err := rows.Columns()
		if err != nil {
			return Part{}, errDamaged
		}
		if !t.add(cells) {
			break
		}
	}
	return t.part(clean(name)), nil
}

// workbook is a small workbook with what is shown of this one, and whether that
// is less than what would be shown of it otherwise.
func (k *pack) workbook() (small []byte, cut bool, err error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	cells, sheets := maxCells, 0
	for _, name := range k.names() {
		var part []byte
		switch {
		case name == "[content_types].xml", name == "_rels/.rels", name == "xl/workbook.xml", name == "xl/_rels/workbook.xml.rels", name == "xl/styles.xml":
			part, err = k.plain(name, maxPlain, maxWords)
		case name == "xl/sharedstrings.xml":
			part, err = k.plain(name, maxStrings, maxWords)
		case strings.HasPrefix(name, "xl/worksheets/") && strings.HasSuffix(name, ".xml"):
			if sheets++; sheets > maxSheets {
				cut = true
				continue
			}
			var short bool
			part, short, err = k.beginning(name, &cells)
			cut = cut || short
		default:
			continue
		}
		if err != nil {
			return nil, false, err
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: k.files[name].Name, Method: zip.Store})
		if err == nil {
			_, err = w.Write(part)
		}
		if err != nil {
			return nil, false, err
		}
	}
	err = z.Close() // writes the directory
	return out.Bytes(), cut, err
}

// names are the parts of a file, sheet2 before sheet10.
func (k *pack) names() []string {
	names := slices.Sorted(maps.Keys(k.files))
	slices.SortStableFunc(names, func(a, b string) int { return len(a) - len(b) })
	return names
}

// plain reads a whole part of no more than so many bytes and elements.
func (k *pack) plain(name string, limit int64, elements int) ([]byte, error) {
	r, err := k.open(name, limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }() // only read
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	s := scan{b: b}
	for s.next() {
		if elements -= 1; elements < 0 {
			return nil, errLarge
		}
	}
	return b, s.err
}

// beginning reads the rows of a sheet that are shown and one more, as far as
// there is room, and leaves the rest of it folded.
func (k *pack) beginning(name string, cells *int) (part []byte, short bool, err error) {
	r, err := k.open(name, maxOfSheet+1)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = r.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(r, maxOfSheet))
	if err != nil {
		return nil, false, err
	}
	s := scan{b: b}
	rows, row := 0, 0
	for s.next() {
		switch {
		case s.closing && s.name == "sheetData":
			return b[:s.at], false, nil
		case s.closing:
		case s.name == "row":
			if row = s.from; rows > maxRows {
				return b[:row], false, nil
			}
			rows++
		case s.name == "c":
			if *cells -= 1; *cells < 0 {
				return b[:row], true, nil
			}
		}
	}
	if s.err != nil || len(b) < maxOfSheet {
		return b, false, s.err
	}
	return b[:row], true, nil
}
