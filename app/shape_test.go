package app_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/app"
	"hetu/feature"
)

// shapes makes request bodies that fit the description of a route.
type shapes struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]*shape `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	RequestBody *struct {
		Content map[string]struct {
			Schema *shape `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

type shape struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Format     string            `json:"format"`
	Enum       []any             `json:"enum"`
	MinLength  int               `json:"minLength"`
	MinItems   int               `json:"minItems"`
	Minimum    float64           `json:"minimum"`
	Properties map[string]*shape `json:"properties"`
	Required   []string          `json:"required"`
	Items      *shape            `json:"items"`
}

func describe(t *testing.T, features []feature.Feature) shapes {
	t.Helper()
	raw, err := json.Marshal(feature.OpenAPI(app.Version, features...))
	must(t, err)
	var s shapes
	must(t, json.Unmarshal(raw, &s))
	return s
}

// body returns a body for the route: text as its text, ids from pick.
func (s shapes) body(r feature.Route, text string, pick func() string) any {
	op := s.Paths["/api"+r.Path][strings.ToLower(r.Method)]
	if op.RequestBody == nil {
		return nil
	}
	if r.Endpoint.Streams {
		return []byte(text)
	}
	for _, c := range op.RequestBody.Content {
		return s.value(c.Schema, text, pick)
	}
	return nil
}

func (s shapes) value(sh *shape, text string, pick func() string) any {
	if sh == nil {
		return nil
	}
	if sh.Ref != "" {
		return s.value(s.Components.Schemas[sh.Ref[strings.LastIndex(sh.Ref, "/")+1:]], text, pick)
	}
	if len(sh.Enum) > 0 {
		return sh.Enum[rand.IntN(len(sh.Enum))]
	}
	kind, _ := sh.Type.(string)
	if list, ok := sh.Type.([]any); ok && len(list) > 0 {
		kind, _ = list[0].(string)
	}
	switch kind {
	case "object":
		m := map[string]any{}
		for name, p := range sh.Properties {
			m[name] = s.value(p, text, pick)
		}
		return m
	case "array":
		list := []any{}
		for range sh.MinItems {
			list = append(list, s.value(sh.Items, text, pick))
		}
		return list
	case "string":
		switch sh.Format {
		case "uuid":
			return pick()
		case "date-time":
			return "2026-06-01T09:00:00+08:00"
		case "date":
			return "2026-06-01"
		}
		return text + strings.Repeat("一", max(0, sh.MinLength-len(text)))
	case "integer", "number":
		return max(1, int(sh.Minimum))
	case "boolean":
		return true
	}
	return nil
}

// fill puts ids in the place of the parameters of a path, by the path before
// each. It returns false if one is not known.
func fill(path string, known func(prefix string) (string, bool)) (string, bool) {
	parts, done := strings.Split(path, "/"), ""
	for i, p := range parts {
		if i == 0 {
			continue
		}
		if !strings.HasPrefix(p, "{") {
			done += "/" + p
			continue
		}
		id, ok := known(strings.Join(parts[:i], "/"))
		if !ok {
			return "", false
		}
		done += "/" + id
	}
	return done, true
}

func random() string { return uuid.Must(uuid.NewV7()).String() }
