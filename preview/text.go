package preview

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// How much of a list is shown.
const (
	maxRows    = 300
	maxColumns = 50
	maxCell    = 2_000 // bytes of one cell
)

// text shows the beginning of a text.
func text(ctx context.Context, body []byte) (View, error) {
	s, cut := decoded(body)
	p := page{ctx: ctx}
	s = p.take(strings.ReplaceAll(s, "\r\n", "\n"))
	return View{Kind: "text", Text: s, Cut: cut || p.full}, nil
}

// decoded returns the beginning of a text: UTF-8, UTF-16 if it says so, and
// otherwise what Chinese programs write.
func decoded(body []byte) (s string, cut bool) {
	if len(body) > 2*maxText {
		body, cut = body[:2*maxText&^1], true // UTF-16 has two bytes for what UTF-8 has one or three
	}
	switch {
	case bytes.HasPrefix(body, []byte{0xFF, 0xFE}), bytes.HasPrefix(body, []byte{0xFE, 0xFF}):
		b, _ := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(body) // never fails
		return string(b), cut
	case utf8.Valid(body[:whole(body)]):
		return string(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))), cut
	}
	b, _ := simplifiedchinese.GB18030.NewDecoder().Bytes(body) // replaces what it does not know
	return string(b), cut
}

// whole is how much of b is left without a letter that was cut at its end.
func whole(b []byte) int {
	for n := len(b); n > 0 && n > len(b)-utf8.UTFMax; n-- {
		if utf8.RuneStart(b[n-1]) {
			if utf8.FullRune(b[n-1:]) {
				break
			}
			return n - 1
		}
	}
	return len(b)
}

// list shows a text of rows as a table.
func list(ctx context.Context, body []byte) (View, error) {
	s, cut := decoded(body)
	r := csv.NewReader(strings.NewReader(s))
	r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = -1, true, true
	if first, _, _ := strings.Cut(s, "\n"); strings.Count(first, "\t") > strings.Count(first, ",") {
		r.Comma = '\t'
	} else if strings.Count(first, ";") > strings.Count(first, ",") {
		r.Comma = ';'
	}
	t := table{page: &page{ctx: ctx}}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return text(ctx, body)
		}
		if !t.add(cells) {
			break
		}
	}
	return View{Kind: "sheets", Parts: []Part{t.part("")}, Cut: cut || t.cut}, nil
}

// A table is rows of cells without formatting.
type table struct {
	*page
	rows []Row
	cut  bool
}

// add reports whether it took the row.
func (t *table) add(cells []string) bool {
	if len(t.rows) >= maxRows || !t.room() || t.ctx.Err() != nil {
		t.cut = true
		return false
	}
	t.blocks++
	if len(cells) > maxColumns {
		cells, t.cut = cells[:maxColumns], true
	}
	row := Row{Cells: make([]Cell, len(cells))}
	for i, c := range cells {
		if len(c) > maxCell {
			c, t.cut = c[:maxCell]+"…", true
		}
		if c = t.take(c); c != "" {
			row.Cells[i].Runs = []Run{{Text: c}}
		}
	}
	t.rows = append(t.rows, row)
	return true
}

// part is the table without the empty rows at its end.
func (t *table) part(title string) Part {
	n := len(t.rows)
	for n > 0 && blank(t.rows[n-1]) {
		n--
	}
	p := Part{Title: title, Blocks: []Block{}, Cut: t.cut}
	if n > 0 {
		spill(t.rows[:n])
		p.Blocks = append(p.Blocks, Block{Kind: "table", Rows: t.rows[:n]})
	}
	return p
}

// narrow is how many characters stand in a cell without making its column wide.
const narrow = 12

// spill lets a long text that stands alone in a row, such as a title, reach over
// the row, as it does in a sheet: it does not make its own column wide.
func spill(rows []Row) {
	wide := 0
	for _, r := range rows {
		wide = max(wide, len(r.Cells))
	}
	for _, r := range rows {
		n := len(r.Cells)
		if n == 0 || n == wide || !blank(Row{r.Cells[:n-1]}) || blank(r) {
			continue
		}
		if last := &r.Cells[n-1]; utf8.RuneCountInString(last.Runs[0].Text) > narrow {
			last.Across = wide - n + 1
		}
	}
}

func blank(r Row) bool {
	for _, c := range r.Cells {
		if len(c.Runs) > 0 {
			return false
		}
	}
	return true
}
