package console

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"hetu/console/plan"
	"hetu/fault"
	"hetu/feature"
	"hetu/storage"
	"hetu/tenant"
)

// mostEntries bounds a list; it is kept and answered as one document (DO-04).
const mostEntries = 2000

// maxList is how long the file of a list may be, in bytes.
const maxList = 8 << 20

// What can be wrong with a list or one of its rows.
var (
	ErrListFile   = fault.New(fault.Invalid, "console.list_unreadable")     // meta: why
	ErrListHead   = fault.New(fault.Invalid, "console.list_column_missing") // meta: column
	ErrListEmpty  = fault.New(fault.Invalid, "console.list_empty")
	errTwice      = fault.New(fault.Invalid, "console.list_twice")          // the same further up in the list
	errParentLate = fault.New(fault.Invalid, "console.list_parent_unknown") // neither there nor further up
	errNumber     = fault.New(fault.Invalid, "console.list_number")
	errDay        = fault.New(fault.Invalid, "console.list_day")
)

// An Entry is a row of a list: a tenant to be made.
type Entry struct {
	Row        int         `json:"row"` // as the person sees it in the file
	ID         uuid.UUID   `json:"id"`  // of the tenant it becomes
	Slug       string      `json:"slug"`
	Name       string      `json:"name"`
	ShortName  string      `json:"short_name"`
	Kind       string      `json:"kind"`
	ParentSlug string      `json:"parent_slug"` // empty: the top of the group
	ParentID   *uuid.UUID  `json:"parent_id"`
	AdminName  string      `json:"admin_name"`
	AdminLogin string      `json:"admin_login"`
	Domain     string      `json:"domain"`
	Seats      *int        `json:"seats"`
	Bytes      *int64      `json:"bytes"`
	ExpiresOn  string      `json:"expires_on"`
	Off        []string    `json:"off"`
	Faults     []cellFault `json:"faults"`
}

// cellFault is what is wrong with one cell of a row.
type cellFault struct {
	Field string `json:"field"`
	Code  string `json:"code"`
}

func (e *Entry) fault(err error, field string) {
	if err == nil {
		return
	}
	f := fault.Of(err)
	if f.Field != "" {
		field = f.Field
	}
	e.Faults = append(e.Faults, cellFault{field, f.Code})
}

// heads are the columns of a list and how people head them. Those with a star
// must be there.
var heads = []struct {
	field string
	must  bool
	names []string
}{
	{"name", true, []string{"全称", "单位名称", "name"}},
	{"short_name", true, []string{"简称", "short name"}},
	{"slug", true, []string{"代码", "code"}},
	{"kind", true, []string{"类别", "kind"}},
	{"parent_slug", false, []string{"上级代码", "上级单位代码", "code above"}},
	{"admin_name", true, []string{"管理员姓名", "administrator"}},
	{"admin_login", true, []string{"管理员账号", "login"}},
	{"seats", false, []string{"人数上限", "seats"}},
	{"bytes", false, []string{"空间(gb)", "空间（gb）", "space (gb)"}},
	{"expires_on", false, []string{"到期日", "last day"}},
	{"off", false, []string{"停用模块", "modules off"}},
	{"domain", false, []string{"域名", "domain"}},
}

// spokenKinds and spokenModules are what people write in a cell.
var (
	spokenKinds = map[string]string{"总部": "hq", "厅": "hq", "分支机构": "bureau", "局": "bureau", "厅局": "bureau", "子公司": "subsidiary", "部门": "department",
		"hq": "hq", "bureau": "bureau", "subsidiary": "subsidiary", "department": "department"}
	spokenModules = map[string]string{"信息发布": "publish", "单位间往来": "exchange", "考核": "assess", "词语检查": "wordcheck", "试运行": "trial"}
)

// readList reads a file into entries, each with what is wrong with it by itself.
// A file that is no list at all is refused.
func readList(content []byte) ([]Entry, error) {
	rows, err := sheetRows(content)
	if err != nil {
		return nil, err
	}
	top := slices.IndexFunc(rows, func(cells []string) bool { return !blank(cells) })
	if top < 0 {
		return nil, ErrListEmpty
	}
	at, err := headsOf(rows[top])
	if err != nil {
		return nil, err
	}
	var all []Entry
	for i, cells := range rows[top+1:] {
		if !blank(cells) {
			all = append(all, entryOf(top+i+2, func(field string) string {
				if n, ok := at[field]; ok && n < len(cells) {
					return strings.TrimSpace(cells[n])
				}
				return ""
			}))
		}
	}
	if len(all) == 0 {
		return nil, ErrListEmpty
	}
	return all, nil
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// headsOf says in which column each field stands.
func headsOf(cells []string) (map[string]int, error) {
	at := map[string]int{}
	for i, c := range cells {
		c = strings.ToLower(strings.TrimSuffix(strings.Join(strings.Fields(strings.TrimSpace(c)), " "), "*"))
		for _, h := range heads {
			for _, n := range h.names {
				if _, there := at[h.field]; !there && strings.TrimSpace(c) == n {
					at[h.field] = i
				}
			}
		}
	}
	for _, h := range heads {
		if _, there := at[h.field]; h.must && !there {
			return nil, ErrListHead.With("column", h.names[0])
		}
	}
	return at, nil
}

func entryOf(row int, cell func(string) string) Entry {
	e := Entry{Row: row, ID: tenant.NewID(), Slug: strings.ToLower(cell("slug")), Name: cell("name"), ShortName: cell("short_name"), Kind: cell("kind"),
		ParentSlug: strings.ToLower(cell("parent_slug")), AdminName: cell("admin_name"), AdminLogin: strings.ToLower(cell("admin_login")),
		Domain: strings.ToLower(cell("domain")), ExpiresOn: cell("expires_on"), Off: []string{}, Faults: []cellFault{}}
	e.fault(feature.Trim(&e.Name, "name", 100), "name")
	e.fault(feature.Trim(&e.ShortName, "short_name", 30), "short_name")
	e.fault(checkSlug(e.Slug, "slug"), "slug")
	e.fault(feature.Trim(&e.AdminName, "admin_name", 50), "admin_name")
	e.fault(checkLogin(e.AdminLogin, "admin_login"), "admin_login")
	e.fault(checkDomain(e.Domain), "domain")
	if kind, ok := spokenKinds[strings.ToLower(e.Kind)]; ok {
		e.Kind = kind
	} else {
		e.fault(feature.ErrChoice, "kind")
	}
	e.limits(cell("seats"), cell("bytes"), cell("off"))
	return e
}

// limits reads what the row says of the plan.
func (e *Entry) limits(seats, space, off string) {
	if seats != "" {
		n, err := strconv.Atoi(seats)
		if e.Seats = &n; err != nil || n < 1 || n > 1_000_000 {
			e.Seats = nil
			e.fault(errNumber, "seats")
		}
	}
	if space != "" {
		gb, err := strconv.Atoi(space)
		if b := int64(gb) << 30; err != nil || gb < 1 || gb > 1_000_000 {
			e.fault(errNumber, "bytes")
		} else {
			e.Bytes = &b
		}
	}
	if e.ExpiresOn != "" {
		day, ok := dayOf(e.ExpiresOn)
		if e.ExpiresOn = day; !ok {
			e.fault(errDay, "expires_on")
		}
	}
	for _, m := range strings.FieldsFunc(off, func(r rune) bool { return strings.ContainsRune("、,，;； \t", r) }) {
		if code, ok := spokenModules[m]; ok {
			m = code
		}
		if !plan.Known(m) {
			e.fault(ErrModule, "off")
			continue
		}
		e.Off = append(e.Off, m)
	}
}

// dayOf reads a day as people write it, or as a workbook counts it.
func dayOf(cell string) (string, bool) {
	for _, form := range []string{time.DateOnly, "2006/1/2", "2006.1.2", "2006年1月2日", "2006-1-2"} {
		if d, err := time.Parse(form, cell); err == nil && d.Year() > 0 {
			return d.Format(time.DateOnly), true
		}
	}
	if n, err := strconv.ParseFloat(cell, 64); err == nil && n > 20000 && n < 80000 {
		if d, err := excelize.ExcelDateToTime(n, false); err == nil {
			return d.Format(time.DateOnly), true
		}
	}
	return cell, false
}

// sheetRows are the rows of a workbook's first sheet, or of text in columns.
// What it is, is decided by its content.
func sheetRows(content []byte) (rows [][]string, err error) {
	if !bytes.HasPrefix(content, []byte("PK")) {
		return textRows(content)
	}
	f, err := storage.Detect(bytes.NewReader(content), int64(len(content)))
	if err != nil || f.Name != "xlsx" {
		return nil, ErrListFile.With("why", "type")
	}
	const room = 64 << 20 // unfolded (UP-04)
	book, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{UnzipSizeLimit: room, UnzipXMLSizeLimit: room, RawCellValue: true})
	if err != nil {
		return nil, ErrListFile.With("why", "type")
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	it, err := book.Rows(book.GetSheetName(0))
	if err != nil {
		return nil, ErrListFile.With("why", "type")
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for it.Next() {
		cells, err := it.Columns()
		if err != nil || len(rows) > mostEntries {
			return nil, ErrListFile.With("why", "rows").With("most", mostEntries)
		}
		if strings.ContainsRune(strings.Join(cells, ""), 0) { // a workbook has a way to write it; the database has none
			return nil, ErrListFile.With("why", "encoding")
		}
		rows = append(rows, cells)
	}
	return rows, it.Error()
}

func textRows(content []byte) (rows [][]string, err error) {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0 {
		return nil, ErrListFile.With("why", "encoding")
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	if bytes.IndexByte(content, '\t') >= 0 {
		r.Comma = '\t'
	}
	next := 1 // the line of the next row, unless empty ones come first: they are rows, too
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		line := next
		if err == nil {
			line, _ = r.FieldPos(0)
		}
		empty := max(line-next, 0)
		if err != nil || len(rows)+empty > mostEntries {
			return nil, ErrListFile.With("why", "rows").With("most", mostEntries)
		}
		rows = append(append(rows, make([][]string, empty)...), cells)
		next = line + 1 + strings.Count(strings.Join(cells, ""), "\n")
	}
}

// checkEntries adds what is wrong with entries beside each other and beside what
// is there, and finds the tenant above each: one of the group, or one further up
// in the list.
func checkEntries(ctx context.Context, tx *tenant.Tx, group uuid.UUID, all []Entry) error {
	var slugs, domains []string
	for _, e := range all {
		slugs, domains = append(slugs, e.Slug, e.ParentSlug), append(domains, e.Domain)
	}
	var there []struct {
		ID     uuid.UUID `db:"id"`
		Group  uuid.UUID `db:"group_id"`
		Slug   string    `db:"slug"`
		Domain string    `db:"domain"`
	}
	err := tx.Select(ctx, &there, `
		select id, group_id, slug, coalesce(domain, '') as domain from platform.tenants where slug = any ($1) or domain = any ($2)`,
		tenant.Array(slugs), tenant.Array(domains))
	if err != nil {
		return err
	}
	taken, known, hosts, above := map[string]bool{}, map[string]bool{}, map[string]bool{"": true}, map[string]uuid.UUID{}
	var gone []string // whose addresses nobody gets again
	if err := tx.Select(ctx, &gone, `select slug from platform.removals where slug = any ($1)`, tenant.Array(slugs)); err != nil {
		return err
	}
	for _, slug := range gone {
		taken[slug] = true
	}
	for _, t := range there {
		taken[t.Slug] = true
		if t.Domain != "" {
			hosts[t.Domain] = true
		}
		if t.Group == group {
			above[t.Slug] = t.ID
		}
	}
	for i := range all {
		e := &all[i]
		switch {
		case taken[e.Slug]:
			e.fault(ErrGroupSlug, "slug")
		case known[e.Slug]:
			e.fault(errTwice, "slug")
		}
		if hosts[e.Domain] && e.Domain != "" {
			e.fault(ErrDomainTaken, "domain")
		}
		if id, ok := above[e.ParentSlug]; ok {
			e.ParentID = &id
		} else if e.ParentSlug != "" {
			e.fault(errParentLate, "parent_slug")
		}
		hosts[e.Domain], known[e.Slug] = true, true
		if _, ok := above[e.Slug]; !ok {
			above[e.Slug] = e.ID
		}
	}
	return nil
}
