package torture

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// A place is where an attacker may put a text of their own into a request:
// a part of a path, a value of a query, of a body, of a header.
type place struct {
	route
	in, name, kind string
	good           string // stands there in a request that means well
	url, body      string // with mark where the text goes
}

const mark = "@@@"

func (p place) String() string { return fmt.Sprintf("%s %s %s", p.route, p.in, p.name) }

// class is what places have in common that one function reads: the feature, the
// name, what may stand there. Where any text may stand, each route is its own.
func (p place) class() string {
	if p.kind == "string" && p.name != "after" {
		return p.String()
	}
	return strings.Join([]string{p.part(), p.in, p.name, p.kind}, " ")
}

// request is one with a text in the place. Nobody has signed it yet.
func (p place) request(base, text string) (*http.Request, error) {
	target, body := p.url, p.body
	switch p.in {
	case "path":
		target = strings.Replace(target, mark, url.PathEscape(text), 1)
	case "query":
		target = strings.Replace(target, mark, url.QueryEscape(text), 1)
	case "body":
		body = strings.Replace(body, `"`+mark+`"`, asJSON(text, p.kind), 1)
	}
	req, err := http.NewRequest(p.method, base+target, bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, err
	}
	req.GetBody = nil
	if p.method != http.MethodGet {
		req.Header.Set("Idempotency-Key", uuid.NewString())
		req.Header.Set("Content-Type", "application/json")
		if p.streams {
			req.Header.Set("Content-Type", "application/octet-stream")
		}
	}
	if p.in == "header" {
		req.Header.Set(p.name, clean(text))
	}
	return req, nil
}

// asJSON is a text as a value of the kind if it can be one, and else as a text.
func asJSON(text, kind string) string {
	var v any
	if kind != "string" && kind != "uuid" && json.Unmarshal([]byte(text), &v) == nil {
		return text
	}
	b, _ := json.Marshal(text) // a text always can be
	return string(b)
}

// clean is a text as a client can send it in a header.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return ' '
		}
		return r
	}, s)
}

// places are all the places of a route. things says what its parameters lead
// to.
func (l listing) places(r route, th *things) (ps []place) {
	path, body := th.fill(r.path), ""
	var value any
	if s := l.body(r); s != nil {
		value = l.sample(s, "", th.known)
		b, _ := json.Marshal(value) // it came from JSON
		body = string(b)
	}
	add := func(in, name, kind, good, to, body string) {
		ps = append(ps, place{r, in, name, kind, good, to, body})
	}
	for _, p := range r.op.Parameters {
		kind := l.kind(p.Schema)
		good := fmt.Sprint(l.sample(p.Schema, p.Name, th.known))
		switch p.In {
		case "path":
			parts := strings.Split(r.path, "/")
			at := slices.Index(parts, "{"+p.Name+"}")
			filled := strings.Split(path, "/")
			good = filled[at]
			filled[at] = mark
			add("path", p.Name, kind, good, strings.Join(filled, "/"), body)
		case "query":
			if p.Name == "format" || p.Name == "lang" { // lists as files: the same query again, at another price
				continue
			}
			if p.Name == "after" {
				good = ""
			}
			add("query", p.Name, kind, good, path+"?"+p.Name+"="+mark, body)
		}
	}
	for _, lf := range leaves("", value) {
		lf.put(mark)
		b, _ := json.Marshal(value) // it came from JSON
		lf.put(lf.value)
		kind := "string"
		if _, ok := lf.value.(string); !ok {
			kind = "number"
		} else if uuid.Validate(lf.value.(string)) == nil {
			kind = "uuid"
		}
		add("body", lf.name, kind, fmt.Sprint(lf.value), path, string(b))
	}
	return ps
}

// A leaf is one value of a body that is neither a list nor an object.
type leaf struct {
	name  string
	value any
	put   func(any)
}

func leaves(name string, v any) (ls []leaf) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if _, deep := v[k].(map[string]any); !deep && v[k] != nil {
				if _, deep := v[k].([]any); !deep {
					ls = append(ls, leaf{k, v[k], func(n any) { v[k] = n }})
				}
			}
			ls = append(ls, leaves(k, v[k])...)
		}
	case []any:
		for i := range v {
			if _, deep := v[i].(map[string]any); !deep && v[i] != nil {
				ls = append(ls, leaf{name, v[i], func(n any) { v[i] = n }})
			}
			ls = append(ls, leaves(name, v[i])...)
		}
	}
	return ls
}
