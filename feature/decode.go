package feature

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"hetu/fault"
)

// What is wrong with a request before any feature has looked at it.
var (
	ErrMalformed = fault.New(fault.Invalid, "request.malformed")
	ErrUnknown   = fault.New(fault.Invalid, "request.unknown_field")
	ErrTwice     = fault.New(fault.Invalid, "request.field_twice")
	ErrMissing   = fault.New(fault.Invalid, "request.missing")
	ErrShort     = fault.New(fault.Invalid, "request.too_short")
	ErrLong      = fault.New(fault.Invalid, "request.too_long")
	ErrChoice    = fault.New(fault.Invalid, "request.not_a_choice")
	ErrRange     = fault.New(fault.Invalid, "request.out_of_range")
)

// A validator is an input that can refuse itself.
type validator interface{ Validate() error }

// A plan is how the input of an endpoint is put together from a request: where
// each field comes from, and what the body must look like.
type plan struct {
	typ    reflect.Type
	params []param
	body   bool // it has fields that come from the body

	once     sync.Once
	registry huma.Registry
	schema   *huma.Schema
}

type param struct {
	name  string
	query bool // else from the path
	index []int
	typ   reflect.Type
}

func planFor[In any]() *plan {
	p := &plan{typ: reflect.TypeFor[In]()}
	p.collect(p.typ, nil)
	return p
}

func (p *plan) collect(t reflect.Type, at []int) {
	if t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("feature: the input of an endpoint is a struct, not %s", t))
	}
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(append([]int(nil), at...), i)
		path, query := f.Tag.Get("path"), f.Tag.Get("query")
		switch {
		case path != "":
			p.params = append(p.params, param{path, false, index, f.Type})
		case query != "":
			p.params = append(p.params, param{query, true, index, f.Type})
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			p.collect(f.Type, index)
		case f.IsExported() && f.Tag.Get("json") != "-":
			p.body = true
		}
	}
}

// matches reports a parameter of the path that the input lacks, or the other
// way round.
func (p *plan) matches(path string) error {
	in := map[string]bool{}
	for _, m := range parameter.FindAllStringSubmatch(path, -1) {
		in[m[1]] = true
	}
	for _, q := range p.params {
		if !q.query && !in[q.name] {
			return fmt.Errorf("the path has no {%s}", q.name)
		}
		delete(in, q.name)
	}
	for name := range in {
		return fmt.Errorf("the input has no field for {%s}", name)
	}
	return nil
}

var parameter = regexp.MustCompile(`\{(\w+)\}`)

// decode fills the struct into points at and lets it refuse itself. Whatever is
// wrong is a fault at its field.
func (p *plan) decode(c *fiber.Ctx, raw []byte, into any) error {
	v := reflect.ValueOf(into).Elem()
	if p.body {
		if err := p.decodeBody(raw, into); err != nil {
			return err
		}
	} else if len(bytes.TrimSpace(raw)) > 0 && string(bytes.TrimSpace(raw)) != "{}" {
		return ErrUnknown
	}
	for _, q := range p.params {
		var text string
		if q.query {
			text = c.Query(q.name)
		} else {
			text = c.Params(q.name)
		}
		if text == "" && q.query {
			continue
		}
		if err := set(v.FieldByIndex(q.index), text); err != nil {
			return ErrMalformed.On(q.name)
		}
		if s, ok := into.(sorted); ok && q.name == "sort" && !slices.Contains(s.Sorts(), strings.TrimPrefix(text, "-")) {
			return ErrChoice.On(q.name).With("choices", append([]string{}, s.Sorts()...))
		}
	}
	if val, ok := into.(validator); ok {
		return val.Validate()
	}
	return nil
}

func set(f reflect.Value, text string) error {
	if !clean(text) || noYear.MatchString(text) {
		return errNotText
	}
	if f.Kind() == reflect.Pointer {
		f.Set(reflect.New(f.Type().Elem()))
		f = f.Elem()
	}
	if u, ok := f.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch f.Kind() {
	case reflect.String:
		f.SetString(text)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, 32)
		f.SetInt(n)
		return err
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		f.SetBool(b)
		return err
	default:
		return fmt.Errorf("feature: a parameter cannot be a %s", f.Type())
	}
	return nil
}

var errNotText = errors.New("not text")

// clean reports whether the database can store s as text.
func clean(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

func (p *plan) decodeBody(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	tree, err := parse(d, 0)
	if err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return ErrMalformed
	}
	p.once.Do(func() {
		p.registry = NewRegistry()
		p.registry.RegisterTypeAlias(reflect.TypeFor[int](), reflect.TypeFor[whole]())
		p.schema = p.registry.Schema(p.typ, false, "")
		p.schema.PrecomputeMessages()
	})
	var res huma.ValidateResult
	huma.Validate(p.registry, p.schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, numbers(tree), &res)
	if len(res.Errors) > 0 {
		return classify(res.Errors)
	}
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	if err := strict.Decode(into); err != nil {
		var t *json.UnmarshalTypeError
		if errors.As(err, &t) {
			return ErrMalformed.On(t.Field)
		}
		return errors.Join(ErrMalformed, err)
	}
	return nil
}

// maxDepth bounds how deeply a body may nest, maxList how long a list in it may
// be, whatever its schema says, and maxErrors what is said of all that is wrong.
const (
	maxDepth  = 32
	maxList   = 10000
	maxErrors = 50
)

// parse reads one value and refuses what encoding/json would let pass: a name
// that stands twice (in whatever case), text the database cannot store, a body
// nested so deeply that it can only be an attack.
func parse(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil || depth > maxDepth {
		return nil, ErrMalformed
	}
	switch t := t.(type) {
	case string:
		if !clean(t) {
			return nil, ErrMalformed
		}
		return t, nil
	case json.Delim:
		if t == '[' {
			return parseArray(d, depth)
		}
		if t == '{' {
			return parseObject(d, depth)
		}
		return nil, ErrMalformed
	}
	return t, nil
}

func parseArray(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := parse(d, depth+1)
		if err != nil {
			return nil, err
		}
		if list = append(list, v); len(list) > maxList {
			return nil, ErrLong
		}
	}
	_, err := d.Token()
	if err != nil {
		return nil, ErrMalformed
	}
	return list, nil
}

func parseObject(d *json.Decoder, depth int) (any, error) {
	obj, seen := map[string]any{}, map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok || !clean(name) {
			return nil, ErrMalformed
		}
		if folded := strings.ToLower(name); seen[folded] {
			return nil, ErrTwice.On(name)
		} else {
			seen[folded] = true
		}
		v, err := parse(d, depth+1)
		if err != nil {
			if f, ok := errors.AsType[*fault.Error](err); ok && f.Field == "" {
				return nil, f.On(name)
			}
			return nil, err
		}
		obj[name] = v
	}
	if _, err := d.Token(); err != nil {
		return nil, ErrMalformed
	}
	return obj, nil
}

// noYear finds days of the year nought, which Go counts and the database does not.
var noYear = regexp.MustCompile(`^0000-\d\d-\d\d`)

// numbers gives the schema the kind of number it knows, and no day of a year that
// there was not: its month, which is as long, there is not either.
func numbers(v any) any {
	switch v := v.(type) {
	case string:
		if noYear.MatchString(v) {
			return v[:len("0000-")] + "00" + v[len("0000-00"):]
		}
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return v.String()
		}
		return f
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = numbers(v[k])
		}
	}
	return v
}

// classify makes faults of what the schema found: the first is the error, and
// the others stand in its meta, so that a form can mark every field at once.
func classify(errs []error) error {
	type each struct {
		Field string `json:"field"`
		Code  string `json:"code"`
	}
	var first *fault.Error
	var all []each
	for _, e := range errs {
		var d *huma.ErrorDetail
		if !errors.As(e, &d) {
			continue
		}
		f := kind(d.Message).On(d.Location)
		if m := required.FindStringSubmatch(d.Message); m != nil {
			f = ErrMissing.On(strings.TrimPrefix(d.Location+"."+m[1], "."))
		}
		if first == nil {
			first = f
		}
		if len(all) < maxErrors {
			all = append(all, each{f.Field, f.Code})
		}
	}
	if first == nil {
		return ErrMalformed
	}
	if len(all) > 1 {
		return first.With("errors", all)
	}
	return first
}

var required = regexp.MustCompile(`^expected required property (\S+) to be present`)

func kind(message string) *fault.Error {
	for _, m := range []struct {
		prefix string
		fault  *fault.Error
	}{
		{"unexpected property", ErrUnknown},
		{"expected length >=", ErrShort},
		{"expected length <=", ErrLong},
		{"expected array length >=", ErrShort},
		{"expected array length <=", ErrLong},
		{"expected value to be one of", ErrChoice},
		{"expected number >", ErrRange},
		{"expected number <", ErrRange},
	} {
		if strings.HasPrefix(message, m.prefix) {
			return m.fault
		}
	}
	return ErrMalformed
}

// Trim takes the space around s away and refuses it on field if nothing or more
// than most characters are left.
func Trim(s *string, field string, most int) error {
	*s = strings.TrimSpace(*s)
	switch n := utf8.RuneCountInString(*s); {
	case n == 0:
		return ErrMissing.On(field)
	case n > most:
		return ErrLong.On(field)
	}
	return nil
}
