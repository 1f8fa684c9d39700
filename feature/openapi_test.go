package feature

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"hetu/rbac"
	"hetu/tenant"
)

type orderly struct{ Page }

func (orderly) Sorts() []string { return papers.Names() }

// TestOpenAPISaysHowAListIsHad holds that the document knows by what a list is
// sorted and that it can be had as a workbook, and says nothing of either of a
// list that is not (UI4).
func TestOpenAPISaysHowAListIsHad(t *testing.T) {
	t.Parallel()
	doc := OpenAPI("1", Feature{Name: "x", Routes: []Route{
		GET("/x/plain", rbac.Member, Read(func(context.Context, *tenant.Tx, Page) (List[entry], error) { return List[entry]{}, nil })),
		GET("/x/rich", rbac.Member, Read(func(context.Context, *tenant.Tx, orderly) (List[entry], error) { return List[entry]{}, nil })).Sheet(sheet),
	}})
	for path, want := range map[string][]string{
		"/api/x/plain": {"after", "limit"},
		"/api/x/rich":  {"after", "limit", "sort", "format", "lang"},
	} {
		var got []string
		for _, p := range doc.Paths[path].Get.Parameters {
			got = append(got, p.Name)
			if p.Name == "sort" && (len(p.Schema.Enum) != 10 || !slices.Contains(p.Schema.Enum, any("-made"))) {
				t.Errorf("sort is one of %v", p.Schema.Enum)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", path, got, want)
		}
	}
}

type pair[A, B any] struct {
	A A `json:"a"`
	B B `json:"b"`
}

// TestSchemasAreNamedAfterWhatTheyHold holds that lists of things of the same
// name in two packages are two schemas.
func TestSchemasAreNamedAfterWhatTheyHold(t *testing.T) {
	t.Parallel()
	r := NewRegistry()
	for want, typ := range map[string]reflect.Type{
		"FeatureListFeatureEntry":            reflect.TypeFor[List[entry]](),
		"FeatureListTenantActor":             reflect.TypeFor[List[tenant.Actor]](),
		"FeatureListString":                  reflect.TypeFor[List[string]](),
		"FeaturePairFeatureEntryTenantActor": reflect.TypeFor[pair[entry, tenant.Actor]](),
		"FeatureListFeatureListFeatureEntry": reflect.TypeFor[List[List[entry]]](),
		"FeatureEntry":                       reflect.TypeFor[entry](),
	} {
		if got := r.Schema(typ, true, "").Ref; got != "#/components/schemas/"+want {
			t.Errorf("%s is called %s, want %s", typ, got, want)
		}
	}
}

type bearer struct {
	Inner
	By     *entry  `json:"by"`
	Maybe  *entry  `json:"maybe,omitempty"`
	Always entry   `json:"always"`
	Step   *int    `json:"step"`
	All    []entry `json:"all"`
}

// Inner is what a bearer embeds.
type Inner struct {
	Within *entry `json:"within"`
}

// TestWhatMayBeNullSaysSo holds that a client learns from the document which
// fields are null where there is nothing, things as well as numbers.
func TestWhatMayBeNullSaysSo(t *testing.T) {
	t.Parallel()
	doc := OpenAPI("1", Feature{Name: "x", Routes: []Route{
		GET("/x", rbac.Member, Read(func(context.Context, *tenant.Tx, None) (bearer, error) { return bearer{}, nil })),
	}})
	raw, err := json.Marshal(doc.Components.Schemas.Map()["FeatureBearer"])
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Properties map[string]struct {
			Type  any
			OneOf []struct {
				Ref  string `json:"$ref"`
				Type string
			}
		}
	}
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"by": true, "within": true, "step": true, "maybe": false, "always": false, "all": false} {
		p := got.Properties[name]
		types, _ := p.Type.([]any)
		null := slices.Contains(types, any("null")) || len(p.OneOf) == 2 && p.OneOf[0].Ref == "#/components/schemas/FeatureEntry" && p.OneOf[1].Type == "null"
		if null != want {
			t.Errorf("%s may be null: %v, want %v (%s)", name, null, want, raw)
		}
	}
}
