package wordcheck

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"hetu/storage"
)

// maxFile is how long a file of words may be, in bytes.
const maxFile = 8 << 20

// A row is one of a file, with its number as the person sees it.
type row struct {
	n     int
	cells []string
}

// rowsOf reads a file of words: XLSX (its first sheet), or text of UTF-8 with
// one word a line, in columns parted by commas or tabs. What it is, is decided
// by its content.
func rowsOf(content []byte) ([]row, error) {
	if bytes.HasPrefix(content, []byte("PK")) {
		return sheetRows(content)
	}
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0 {
		return nil, ErrFile.With("why", "encoding")
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	if bytes.IndexByte(content, '\t') >= 0 {
		r.Comma = '\t'
	}
	var rows []row
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil || len(rows) > MaxWords+1 {
			return nil, ErrFile.With("why", "rows")
		}
		n, _ := r.FieldPos(0)
		rows = append(rows, row{n, cells})
	}
}

// sheetRows reads the first sheet, after a look whether it unfolds to more than
// it should (UP-04).
func sheetRows(content []byte) (rows []row, err error) {
	f, err := storage.Detect(bytes.NewReader(content), int64(len(content)))
	if err != nil || f.Name != "xlsx" {
		return nil, ErrFile.With("why", "type")
	}
	const room = 64 << 20
	book, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{UnzipSizeLimit: room, UnzipXMLSizeLimit: room, RawCellValue: true})
	if err != nil {
		return nil, ErrFile.With("why", "type")
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	it, err := book.Rows(book.GetSheetName(0))
	if err != nil {
		return nil, ErrFile.With("why", "type")
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for n := 1; it.Next(); n++ {
		cells, err := it.Columns()
		if err != nil || n > MaxWords+1 {
			return nil, ErrFile.With("why", "rows")
		}
		rows = append(rows, row{n, cells})
	}
	return rows, it.Error()
}

// spoken are the names of classes and levels as people write them in a file.
var spoken = map[string]string{
	"政治": "political", "涉密": "secret", "粗口": "vulgar", "脏话": "vulgar", "广告": "advert", "错别字": "typo", "错字": "typo",
	"规范用语": "wording", "用语": "wording", "其他": "other", "其它": "other",
	"禁止": Block, "拦截": Block, "禁用": Block, "警告": Warn, "提醒": Warn, "提示": Hint,
}

// said returns the code of a class or level, or otherwise if nothing is said.
func said(cell, otherwise string, known []string) (string, bool) {
	cell = strings.ToLower(strings.TrimSpace(cell))
	if cell == "" {
		return otherwise, true
	}
	if code, ok := spoken[cell]; ok {
		cell = code
	}
	for _, k := range known {
		if k == cell {
			return cell, true
		}
	}
	return "", false
}

// headings are the first cells that say that the row is none of words.
var headings = map[string]bool{"词": true, "词语": true, "词汇": true, "敏感词": true, "word": true}

// draftOf reads a row: word, class, level, advice. What is wrong with it is the
// name of the column.
func draftOf(cells []string) (d Draft, n, wrong string) {
	cell := func(i int) string {
		if i < len(cells) {
			return strings.TrimSpace(cells[i])
		}
		return ""
	}
	d = Draft{Word: cell(0), Advice: cell(3)}
	var ok bool
	if d.Class, ok = said(cell(1), "other", Classes); !ok {
		return d, "", "class"
	}
	if d.Level, ok = said(cell(2), Warn, Levels); !ok {
		return d, "", "level"
	}
	if utf8.RuneCountInString(d.Advice) > 100 {
		return d, "", "advice"
	}
	n, err := d.settle()
	if err != nil {
		return d, "", "word"
	}
	return d, n, ""
}
