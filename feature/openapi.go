package feature

import (
	"fmt"
	"math"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
)

// settings of huma are global; they are made once, before the first schema.
var settings sync.Once

// NewRegistry returns an empty registry of schemas that names each type after
// its package, so that two features may use the same word.
func NewRegistry() huma.Registry {
	settings.Do(func() { huma.DefaultArrayNullable, huma.ValidateStrictCasing = false, true })
	r := huma.NewMapRegistry("#/components/schemas/", func(t reflect.Type, hint string) string {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		name := huma.DefaultSchemaNamer(t, hint)
		if t.Name() == "" {
			return name
		}
		if generic, of, ok := strings.Cut(t.Name(), "["); ok { // a list of one package's units is not one of another's
			name = generic
			for _, word := range typeName.FindAllStringSubmatch(of, -1) {
				name += title(word[1]) + title(word[2])
			}
		}
		return title(path.Base(t.PkgPath())) + title(name)
	})
	r.RegisterTypeAlias(reflect.TypeFor[uuid.UUID](), reflect.TypeFor[textID]())
	return r
}

// typeName finds the types in the brackets of a generic one: of
// hetu/office/publish.Line the last words of the package and the type.
var typeName = regexp.MustCompile(`(?:([\w-]+)\.)?(\w+)(?:·\d+)?(?:[][,]|$)`)

// textID is how an id looks in JSON.
type textID string

// Schema makes an id that is not a UUID a fault at its field.
func (textID) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "uuid"}
}

// whole is how a whole number looks in a body: no larger than a column of the
// type integer takes, as in a parameter of a path or a query.
type whole int

// Schema makes a larger number a fault at its field.
func (whole) Schema(huma.Registry) *huma.Schema {
	least, most := float64(math.MinInt32), float64(math.MaxInt32)
	return &huma.Schema{Type: huma.TypeInteger, Format: "int32", Minimum: &least, Maximum: &most}
}

func title(s string) string {
	rs := []rune(strings.ReplaceAll(s, "-", "_"))
	if len(rs) > 0 {
		rs[0] = unicode.ToUpper(rs[0])
	}
	return string(rs)
}

// visible reports an embedded struct that a schema would leave out although
// encoding/json does not: one whose type is not exported and that has fields
// in JSON. The schema would then refuse, or hide, what the code takes or says.
func visible(t reflect.Type, seen []reflect.Type) error {
	for t != nil && (t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map) {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct || slices.Contains(seen, t) {
		return nil
	}
	seen = append(seen, t)
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && !f.IsExported() && f.Type.Kind() == reflect.Struct && spoken(f.Type) {
			return fmt.Errorf("%s embeds %s, whose fields no schema shows: export it", t, f.Type)
		}
		if f.IsExported() || f.Anonymous {
			if err := visible(f.Type, seen); err != nil {
				return err
			}
		}
	}
	return nil
}

// spoken reports whether a struct has fields in JSON.
func spoken(t reflect.Type) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.IsExported() && f.Tag.Get("json") != "-" && (!f.Anonymous || f.Type.Kind() != reflect.Struct || spoken(f.Type)) {
			return true
		}
	}
	return false
}

// A Problem is what a client is told when a request fails (RFC 9457).
type Problem struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Code      string         `json:"code"`
	Field     string         `json:"field,omitempty"`
	RequestID string         `json:"request_id"`
	Meta      map[string]any `json:"meta,omitempty"`
}

// OpenAPI describes the routes of the features as an OpenAPI 3.1 document.
func OpenAPI(version string, features ...Feature) *huma.OpenAPI {
	r := NewRegistry()
	doc := &huma.OpenAPI{
		OpenAPI:    "3.1.0",
		Info:       &huma.Info{Title: "Hetu", Version: version},
		Paths:      map[string]*huma.PathItem{},
		Components: &huma.Components{Schemas: r},
	}
	problem := r.Schema(reflect.TypeFor[Problem](), true, "")
	for _, f := range features {
		for _, route := range f.Routes {
			item := doc.Paths["/api"+route.Path]
			if item == nil {
				item = &huma.PathItem{}
				doc.Paths["/api"+route.Path] = item
			}
			op := operation(r, f, route, problem)
			switch route.Method {
			case "GET":
				item.Get = op
			case "POST":
				item.Post = op
			case "PUT":
				item.Put = op
			case "PATCH":
				item.Patch = op
			case "DELETE":
				item.Delete = op
			}
		}
	}
	for name, s := range r.Map() {
		nullable(s, r.TypeFromRef("#/components/schemas/"+name))
	}
	return doc
}

// nullable says of the fields of a struct that are null where there is nothing
// that they may be: a schema names such a field's type and forgets the pointer.
func nullable(s *huma.Schema, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for _, f := range reflect.VisibleFields(t) {
		name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
		of := s.Properties[name]
		if f.Type.Kind() == reflect.Pointer && of != nil && of.Ref != "" && !strings.Contains(rest, "omitempty") {
			s.Properties[name] = &huma.Schema{OneOf: []*huma.Schema{of, {Type: "null"}}, Description: of.Description}
		}
	}
}

func operation(r huma.Registry, f Feature, route Route, problem *huma.Schema) *huma.Operation {
	e := route.Endpoint
	op := &huma.Operation{
		OperationID: strings.ToLower(route.Method) + strings.NewReplacer("/", "_", "{", "", "}", "", "-", "_").Replace(route.Path),
		Tags:        []string{f.Name},
		Description: "Needs " + string(route.Needs) + ".",
		Responses: map[string]*huma.Response{
			"default": {Description: "A problem", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: problem}}},
		},
	}
	for _, p := range e.plan.params {
		in, required := "path", true
		if p.query {
			in, required = "query", false
		}
		typ := p.typ
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if s, ok := reflect.New(e.In).Interface().(sorted); ok && p.name == "sort" {
			if keys := s.Sorts(); len(keys) > 0 {
				op.Parameters = append(op.Parameters, choice("sort", "By what; - before it for the largest first.", bothWays(keys)))
			}
			continue
		}
		op.Parameters = append(op.Parameters, &huma.Param{Name: p.name, In: in, Required: required, Schema: r.Schema(typ, false, p.name)})
	}
	if e.Changes {
		least, most := 8, 64
		op.Parameters = append(op.Parameters, &huma.Param{Name: "Idempotency-Key", In: "header", Required: true,
			Schema: &huma.Schema{Type: "string", MinLength: &least, MaxLength: &most}})
	}
	if e.sheet != nil {
		op.Parameters = append(op.Parameters, choice("format", "xlsx: all of the list in its order, as a workbook of up to 10,000 rows.", []any{"xlsx"}),
			choice("lang", "In which language the workbook speaks; that of Accept-Language if not given.", []any{"zh", "en"}))
	}
	bytes := map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
	switch {
	case e.Changes && e.Streams:
		op.RequestBody = &huma.RequestBody{Required: true, Content: bytes}
	case e.plan.body:
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: r.Schema(e.In, true, "")}}}
	}
	ok := &huma.Response{Description: "Done"}
	if e.Out == nil {
		ok.Content = bytes
	} else {
		ok.Content = map[string]*huma.MediaType{"application/json": {Schema: r.Schema(e.Out, true, "")}}
	}
	op.Responses["200"] = ok
	return op
}

func choice(name, what string, of []any) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: what, Schema: &huma.Schema{Type: huma.TypeString, Enum: of}}
}

func bothWays(keys []string) []any {
	var all []any
	for _, k := range keys {
		all = append(all, k, "-"+k)
	}
	return all
}
