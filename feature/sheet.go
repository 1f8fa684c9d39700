package feature

import (
	"context"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"hetu/tenant"
)

// MostRows is how many rows of a list an export holds. Where there are more, its
// last row says so.
const MostRows = 10000

// A Sheet is how a list looks as a workbook (UI4). A route that declares one with
// Route.Sheet answers ?format=xlsx with everything its list would show under the
// same filters, in the same order and with the same rights.
type Sheet struct {
	Name    Text // of the sheet and the file, without date and ending
	Columns []Column
}

// A Text is something in the two languages of the system.
type Text struct{ ZH, EN string }

// A Column of a sheet.
type Column struct {
	Head Text
	// Path leads to the value in the JSON of a list item: "drafter.name". Through
	// an array it leads to the values of all, which stand in one cell.
	Path string
	Kind Kind
	// Words are what codes are called; a code that is not among them stands as it
	// is. Booleans are the codes "true" and "false".
	Words map[string]Text
}

// A Kind is what a column's cells are.
type Kind uint8

// The kinds of cells. Whatever is not a number or a time is text and stays text,
// even if it begins like a formula (IN-03).
const (
	Texts   Kind = iota
	Numbers      // a JSON number, or a decimal in a string
	Times        // to the minute, in China's time
	Dates
)

// Sheet returns the route of a list as one that can be exported.
func (r Route) Sheet(s Sheet) Route {
	r.Endpoint.sheet = &s
	return r
}

// ErrFormat means a format a list cannot be had in.
var ErrFormat = ErrChoice.On("format").With("choices", []string{"xlsx"})

// pages fetches a list page by page: the items after a cursor, and the next one.
type pages func(after string) (items reflect.Value, next string, err error)

// fill writes every row the pages have, up to MostRows.
func (b *workbook) fill(fetch pages) error {
	for after := ""; ; {
		items, next, err := fetch(after)
		if err != nil {
			return err
		}
		for i := range items.Len() {
			if b.rows == MostRows {
				return b.more()
			}
			if err := b.add(items.Index(i).Interface()); err != nil {
				return err
			}
		}
		if after = next; next == "" {
			return nil
		}
	}
}

// export answers a request for a list as a workbook. Taking a list out of the
// system in bulk is audited: no audit, no workbook.
func export[In, Out any](c *fiber.Ctx, p *plan, s *Sheet, look, note run, fn func(context.Context, *tenant.Tx, In) (Out, error)) error {
	if c.Query("format") != "xlsx" {
		return ErrFormat
	}
	var input In
	if err := p.decode(c, nil, &input); err != nil {
		return err
	}
	p.put(&input, "limit", "200")
	english := prefersEnglish(c.Get(fiber.HeaderAcceptLanguage))
	if lang := c.Query("lang"); lang == "zh" || lang == "en" { // a link cannot set a header
		english = lang == "en"
	}
	var b *workbook
	var now time.Time
	err := look(c.UserContext(), func(tx *tenant.Tx) (err error) {
		now = tx.Now
		if b, err = newWorkbook(s, english); err != nil {
			return err
		}
		return b.fill(func(after string) (reflect.Value, string, error) {
			p.put(&input, "after", after)
			out, err := fn(c.UserContext(), tx, input)
			v := reflect.ValueOf(out)
			next, _ := v.FieldByName("Next").Interface().(string)
			return v.FieldByName("Items"), next, err
		})
	})
	if err != nil {
		return err
	}
	body, err := b.bytes()
	if err != nil {
		return err
	}
	err = note(c.UserContext(), func(tx *tenant.Tx) error {
		object := strings.TrimPrefix(c.Route().Path, "/api/")
		name, _, _ := strings.Cut(object, "/")
		tx.Audit(name+".exported", object, map[string]any{"rows": b.rows, "filter": p.filter(c)})
		return nil
	})
	if err != nil {
		return err
	}
	file := s.Name.in(english) + " " + now.In(china).Format(time.DateOnly) + ".xlsx"
	c.Set(fiber.HeaderContentType, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="export.xlsx"; filename*=UTF-8''`+url.PathEscape(file))
	return c.Send(body)
}

// prefersEnglish reports whether a header Accept-Language wants English more
// than Chinese, which is what we speak to whoever wants neither.
func prefersEnglish(header string) bool {
	best := map[string]float64{}
	for _, part := range strings.Split(header, ",") {
		tag, q, weighed := strings.Cut(strings.TrimSpace(part), ";q=")
		weight := 1.0
		if n, err := strconv.ParseFloat(q, 64); weighed && err == nil {
			weight = n
		}
		lang, _, _ := strings.Cut(strings.ToLower(tag), "-")
		best[lang] = max(best[lang], weight)
	}
	return best["en"] > best["zh"]
}

// put sets a parameter of the input, if it has it.
func (p *plan) put(input any, name, text string) {
	for _, q := range p.params {
		if q.query && q.name == name {
			f := reflect.ValueOf(input).Elem().FieldByIndex(q.index)
			if f.Kind() == reflect.Int {
				n, _ := strconv.ParseInt(text, 10, 32)
				f.SetInt(n)
			} else {
				f.SetString(text)
			}
		}
	}
}

// filter is what a list was narrowed by, for the audit: codes and ids as they
// are, and of free text only that there was some.
func (p *plan) filter(c *fiber.Ctx) map[string]string {
	by := map[string]string{}
	for _, q := range p.params {
		text := c.Query(q.name)
		if !q.query || text == "" || q.name == "after" || q.name == "limit" {
			continue
		}
		if q.name == "q" || !code.MatchString(text) {
			text = "…"
		}
		by[q.name] = text
	}
	return by
}

var code = regexp.MustCompile(`^[\w.:+-]{1,40}$`)

func (t Text) in(english bool) string {
	if english {
		return t.EN
	}
	return t.ZH
}

// check reports what is wrong with the sheet of an endpoint.
func (s *Sheet) check(e Endpoint) error {
	if s == nil {
		return nil
	}
	if e.export == nil || e.Out.Kind() != reflect.Struct {
		return fmt.Errorf("only a list can be a sheet")
	}
	items, ok := e.Out.FieldByName("Items")
	if !ok || items.Type.Kind() != reflect.Slice {
		return fmt.Errorf("%s has no items to put in a sheet", e.Out)
	}
	if s.Name.ZH == "" || s.Name.EN == "" || len(s.Columns) == 0 || strings.ContainsAny(s.Name.ZH+s.Name.EN, `:\/?*[]'`) {
		return fmt.Errorf("the sheet %q lacks a name or columns, or its name is none for a file", s.Name.ZH)
	}
	for _, c := range s.Columns {
		if c.Head.ZH == "" || c.Head.EN == "" {
			return fmt.Errorf("the column %s of the sheet %s lacks a head", c.Path, s.Name.ZH)
		}
		if !leads(items.Type.Elem(), strings.Split(c.Path, ".")) {
			return fmt.Errorf("the sheet %s: an item has no %s", s.Name.ZH, c.Path)
		}
	}
	return nil
}

// leads reports whether the JSON of a type has a value at a path.
func leads(t reflect.Type, path []string) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if len(path) == 0 || t.Kind() == reflect.Map || t.Kind() == reflect.Interface {
		return true
	}
	if t.Kind() != reflect.Struct {
		return len(path) == 0
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" && leads(f.Type, path) || name == path[0] && leads(f.Type, path[1:]) {
			return true
		}
	}
	return false
}
