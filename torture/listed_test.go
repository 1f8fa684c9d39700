package torture

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// A listing is what web/openapi.json says that the server answers to: every
// route with its parameters and what its body is made of.
type listing struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Parameters []struct {
		Name   string  `json:"name"`
		In     string  `json:"in"`
		Schema *schema `json:"schema"`
	} `json:"parameters"`
	RequestBody *struct {
		Content map[string]struct {
			Schema *schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

type schema struct {
	Ref        string             `json:"$ref"`
	Type       any                `json:"type"`
	Format     string             `json:"format"`
	Enum       []any              `json:"enum"`
	MinLength  int                `json:"minLength"`
	Minimum    float64            `json:"minimum"`
	Properties map[string]*schema `json:"properties"`
	Items      *schema            `json:"items"`
}

// list reads the listing.
func list(t *testing.T) listing {
	t.Helper()
	b, err := os.ReadFile("../web/openapi.json")
	must(t, err)
	var l listing
	must(t, json.Unmarshal(b, &l))
	return l
}

// A route is one operation of the listing.
type route struct {
	method, path string
	op           operation
	streams      bool // its body is bytes
}

func (r route) String() string { return r.method + " " + r.path }

// part is the feature a route belongs to.
func (r route) part() string { return strings.Split(r.path, "/")[2] }

// routes are all of them, in an order that is always the same.
func (l listing) routes() (rs []route) {
	for path, ops := range l.Paths {
		for method, op := range ops {
			r := route{method: strings.ToUpper(method), path: path, op: op}
			if op.RequestBody != nil {
				_, r.streams = op.RequestBody.Content["application/octet-stream"]
			}
			if strings.Count(path, "/") > 2 {
				rs = append(rs, r)
			}
		}
	}
	slices.SortFunc(rs, func(a, b route) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	return rs
}

// at is what a schema refers to.
func (l listing) at(s *schema) *schema {
	for s != nil && s.Ref != "" {
		s = l.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	return s
}

// kind is what a value of a schema is: "string" only if any text may stand
// there.
func (l listing) kind(s *schema) string {
	s = l.at(s)
	if s == nil {
		return "string"
	}
	kind, _ := s.Type.(string)
	if several, ok := s.Type.([]any); ok && len(several) > 0 {
		kind, _ = several[0].(string)
	}
	switch {
	case len(s.Enum) > 0:
		return "enum"
	case kind == "string" && s.Format != "" && s.Format != "password":
		return s.Format
	}
	return kind
}

// body is the schema of a route's JSON; nil if it takes none.
func (l listing) body(r route) *schema {
	if r.op.RequestBody == nil || r.streams {
		return nil
	}
	for _, c := range r.op.RequestBody.Content {
		return c.Schema
	}
	return nil
}

// sample is a value that fits a schema: what known says of its name, or else
// what the schema takes.
func (l listing) sample(s *schema, name string, known func(name, kind string) (value any, leave bool)) any {
	if s = l.at(s); s == nil {
		return nil
	}
	kind := l.kind(s)
	if kind != "object" && kind != "array" {
		if v, _ := known(name, kind); v != nil {
			return v
		}
	}
	switch kind {
	case "object":
		m := map[string]any{}
		for n, p := range s.Properties {
			if _, leave := known(n, l.kind(p)); !leave {
				m[n] = l.sample(p, n, known)
			}
		}
		return m
	case "array":
		return []any{l.sample(s.Items, strings.TrimSuffix(name, "s"), known)}
	case "enum":
		return s.Enum[0]
	case "date-time":
		return "2026-06-01T09:00:00+08:00"
	case "date":
		return "2026-06-01"
	case "integer", "number":
		return max(1, int(s.Minimum))
	case "boolean":
		return true
	case "uuid":
		return "01980000-0000-7000-8000-000000000001"
	}
	return "一" + strings.Repeat("一", max(0, s.MinLength-1))
}
