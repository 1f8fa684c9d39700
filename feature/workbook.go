package feature

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// china is the time zone of dates in workbooks; it has no summer time.
var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// A workbook is a sheet being written, row after row.
type workbook struct {
	sheet   *Sheet
	english bool
	file    *excelize.File
	out     *excelize.StreamWriter
	styles  map[Kind]int
	rows    int // without the head
}

var widths = map[Kind]float64{Texts: 24, Numbers: 12, Times: 18, Dates: 13}

// newWorkbook begins a workbook: its head stays in sight, and every column is
// wide enough for what it usually holds.
func newWorkbook(s *Sheet, english bool) (*workbook, error) {
	b := &workbook{sheet: s, english: english, file: excelize.NewFile(), styles: map[Kind]int{}}
	name := s.Name.in(english)
	if err := b.file.SetSheetName("Sheet1", name); err != nil {
		return nil, err
	}
	minute, day := "yyyy-mm-dd hh:mm", "yyyy-mm-dd"
	for kind, style := range map[Kind]*excelize.Style{
		Texts: {}, Numbers: {Alignment: &excelize.Alignment{Horizontal: "right"}}, Times: {CustomNumFmt: &minute}, Dates: {CustomNumFmt: &day},
	} {
		id, err := b.file.NewStyle(style)
		if err != nil {
			return nil, err
		}
		b.styles[kind] = id
	}
	bold, err := b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return nil, err
	}
	if b.out, err = b.file.NewStreamWriter(name); err != nil {
		return nil, err
	}
	head := make([]any, len(s.Columns))
	for i, c := range s.Columns {
		head[i] = excelize.Cell{StyleID: bold, Value: c.Head.in(english)}
		if err := b.out.SetColWidth(i+1, i+1, widths[c.Kind]); err != nil {
			return nil, err
		}
	}
	if err := b.out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	return b, b.out.SetRow("A1", head)
}

// add writes one item of the list.
func (b *workbook) add(item any) error {
	raw, err := json.Marshal(item)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return err
	}
	cells := make([]any, len(b.sheet.Columns))
	for i, c := range b.sheet.Columns {
		v := b.cell(c, dig(tree, strings.Split(c.Path, ".")))
		cells[i] = excelize.Cell{StyleID: b.styles[c.Kind], Value: v}
		if _, text := v.(string); text && c.Kind != Texts {
			cells[i] = excelize.Cell{Value: v} // what it should have been, it is not
		}
	}
	b.rows++
	return b.out.SetRow("A"+strconv.Itoa(b.rows+1), cells)
}

// more writes that the list goes on.
func (b *workbook) more() error {
	says := Text{
		fmt.Sprintf("列表还有更多内容，这里只有前 %d 行。请缩小筛选范围后再导出。", MostRows),
		fmt.Sprintf("The list goes on: these are its first %d rows. Narrow the filter and export again.", MostRows),
	}
	return b.out.SetRow("A"+strconv.Itoa(b.rows+2), []any{says.in(b.english)})
}

func (b *workbook) bytes() ([]byte, error) {
	defer func() { _ = b.file.Close() }() // only frees what it kept on disk
	if err := b.out.Flush(); err != nil {
		return nil, err
	}
	buf, err := b.file.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// dig returns the values at a path, all of them where it goes through arrays.
func dig(v any, path []string) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		var all []any
		for _, x := range v {
			all = append(all, dig(x, path)...)
		}
		return all
	case map[string]any:
		if len(path) > 0 {
			return dig(v[path[0]], path[1:])
		}
	}
	if len(path) > 0 {
		return nil
	}
	return []any{v}
}

// cell is what stands in a column: a number, a time, or text.
func (b *workbook) cell(c Column, values []any) any {
	if len(values) == 1 && c.Words == nil {
		if v := exact(c.Kind, values[0]); v != nil {
			return v
		}
	}
	var words []string
	for _, v := range values {
		word := fmt.Sprint(v)
		if w, ok := c.Words[word]; ok {
			word = w.in(b.english)
		}
		if word != "" {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		return nil
	}
	if b.english {
		return strings.Join(words, ", ")
	}
	return strings.Join(words, "、")
}

// decimal is a number that a workbook keeps to its last digit.
var decimal = regexp.MustCompile(`^-?\d{1,11}(\.\d{1,4})?$`)

// exact is a value as the kind it should be; nil if it is not.
func exact(kind Kind, v any) any {
	text := fmt.Sprint(v)
	switch kind {
	case Numbers:
		if f, err := strconv.ParseFloat(text, 64); err == nil && decimal.MatchString(text) {
			return f
		}
	case Times:
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
			return wall(at)
		}
	case Dates:
		if day, err := time.Parse(time.DateOnly, text); err == nil {
			return day
		}
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
			at = wall(at)
			return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
		}
	}
	return nil
}

// wall is what a clock in China shows: a workbook knows no time zones.
func wall(at time.Time) time.Time {
	at = at.In(china)
	return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
}
