package staff

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"hetu/feature"
	"hetu/storage"
	"hetu/tenant"
)

// Bounds of a list.
const (
	maxFile = 4 << 20 // bytes
	MaxRows = 2000    // people and departments in one list
)

// heads are the columns of a list as people write them.
var heads = []string{"部门", "姓名", "登录名", "职务", "负责人", "类别", "使用期限"}

// A line is one row of a list, with its number as the person sees it.
type line struct {
	Row        int
	Department []string // from the top down
	Name       string
	Login      string
	Title      string
	Head       bool
	Kind       string
	Until      string
}

// A Fault is what is wrong with one cell of a list.
type Fault struct {
	Row    int    `json:"row"`
	Column string `json:"column"` // as it is headed
	Code   string `json:"code" enum:"missing,form,taken,twice,head_taken,head_twice,unknown,too_long,too_deep,past"`
	Value  string `json:"value"`
}

// linesOf reads a list: XLSX, its first sheet, the first row the headings in any
// order. What is wrong with single cells it returns as faults.
func linesOf(content []byte, now time.Time) (ls []line, faults []Fault, err error) {
	rows, err := rowsOf(content)
	if err != nil {
		return nil, nil, err
	}
	if len(rows) == 0 {
		return nil, nil, ErrFile.With("why", "empty")
	}
	at := map[string]int{}
	for i, h := range rows[0] {
		at[strings.TrimSpace(h)] = i
	}
	if _, ok := at["部门"]; !ok {
		return nil, nil, ErrFile.With("why", "heads")
	}
	for n, cells := range rows[1:] {
		cell := func(head string) string {
			i, ok := at[head]
			if !ok || i >= len(cells) {
				return ""
			}
			return strings.TrimSpace(cells[i])
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		l, wrong := lineOf(n+2, cell, now)
		ls, faults = append(ls, l), append(faults, wrong...)
	}
	if len(ls) == 0 {
		return nil, nil, ErrFile.With("why", "empty")
	}
	return ls, faults, nil
}

func lineOf(row int, cell func(string) string, now time.Time) (l line, faults []Fault) {
	wrong := func(column, code string) {
		faults = append(faults, Fault{row, column, code, clip(cell(column))})
	}
	l = line{Row: row, Name: cell("姓名"), Login: strings.ToLower(cell("登录名")), Title: cell("职务"), Kind: "staff"}
	for _, part := range strings.FieldsFunc(cell("部门"), func(r rune) bool { return strings.ContainsRune("/／>＞\\", r) }) {
		if part = strings.TrimSpace(part); part != "" {
			l.Department = append(l.Department, part)
		}
		if utf8.RuneCountInString(part) > 100 {
			wrong("部门", "too_long")
		}
	}
	if len(l.Department) == 0 {
		wrong("部门", "missing")
	}
	for column, most := range map[string]int{"姓名": 50, "职务": 50} {
		if utf8.RuneCountInString(cell(column)) > most {
			wrong(column, "too_long")
		}
	}
	switch strings.ToLower(cell("负责人")) {
	case "是", "y", "yes", "√", "1":
		l.Head = true
	case "", "否", "n", "no", "0":
	default:
		wrong("负责人", "unknown")
	}
	switch cell("类别") {
	case "", "职员", "工作人员", "在编":
	case "其他", "其他人员", "外部人员", "外聘":
		l.Kind = "external"
	default:
		wrong("类别", "unknown")
	}
	if l.Until = cell("使用期限"); l.Until != "" {
		day, err := dayOf(l.Until)
		switch {
		case err != nil:
			wrong("使用期限", "form")
		case l.Kind != "external":
			wrong("使用期限", "unknown")
		case day.Format(time.DateOnly) < now.In(shanghai).Format(time.DateOnly): // the last day is one of theirs
			wrong("使用期限", "past")
		}
		l.Until = day.Format(time.DateOnly)
	}
	if l.Name == "" && (l.Login != "" || l.Title != "" || l.Head) {
		wrong("姓名", "missing")
	}
	return l, faults
}

// dayOf reads a day as people and spreadsheets write it.
func dayOf(cell string) (day time.Time, err error) {
	for _, form := range []string{time.DateOnly, "2006/1/2", "2006-1-2", "2006.1.2", "2006年1月2日"} {
		if day, err = time.ParseInLocation(form, cell, shanghai); err == nil {
			return day, nil
		}
	}
	return day, err
}

func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// rowsOf reads the first sheet of a workbook, after a look whether it unfolds to
// more than it should (UP-04).
func rowsOf(content []byte) (rows [][]string, err error) {
	f, err := storage.Detect(bytes.NewReader(content), int64(len(content)))
	if err != nil || f.Name != "xlsx" {
		return nil, ErrFile.With("why", "type")
	}
	const room = 64 << 20
	file, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{UnzipSizeLimit: room, UnzipXMLSizeLimit: room})
	if err != nil {
		return nil, ErrFile.With("why", "type")
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	it, err := file.Rows(file.GetSheetName(0))
	if err != nil {
		return nil, ErrFile.With("why", "type")
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for it.Next() {
		cells, err := it.Columns()
		if err != nil || len(rows) > MaxRows { // the first holds the headings
			return nil, ErrFile.With("why", "rows")
		}
		rows = append(rows, cells)
	}
	return rows, it.Error()
}

// example is what an empty list shows, to be written over.
var example = [][]any{
	{"办公室/秘书科", "张三", "", "科长", "是", "", ""},
	{"办公室/秘书科", "李四", "", "科员", "", "", ""},
	{"信息中心", "王五", "wangwu", "驻场工程师", "", "其他人员", "2027-12-31"},
}

// template is an empty list with its headings.
func template(_ context.Context, _ *tenant.Tx, _ feature.None) (c feature.Content, err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	sheet := book.GetSheetName(0)
	row := make([]any, len(heads))
	for i, h := range heads {
		row[i] = h
	}
	for i, r := range append([][]any{row}, example...) {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return c, err
		}
		if err := book.SetSheetRow(sheet, cell, &r); err != nil {
			return c, err
		}
	}
	if err := book.SetColWidth(sheet, "A", "A", 26); err != nil {
		return c, err
	}
	var b bytes.Buffer
	err = book.Write(&b)
	return feature.Made("人员名单.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b.Bytes()), err
}
