package feature

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/rbac"
	"hetu/tenant"
)

type byID struct {
	ID uuid.UUID `json:"-" path:"id"`
}

func look(context.Context, *tenant.Tx, byID) (None, error) { return None{}, nil }

type part struct {
	N int `json:"n"`
}

func hidden(context.Context, *tenant.Tx, struct{ part }) (None, error) { return None{}, nil }

func TestCheckRefusesContradictions(t *testing.T) {
	t.Parallel()
	const see rbac.Permission = "x.see"
	right := []rbac.Right{{Permission: see}}
	get := GET("/x/{id}", see, Read(look))
	tests := map[string]struct {
		features []Feature
		want     string // part of the error; none if empty
	}{
		"ok":                     {[]Feature{{Name: "x", Rights: right, Routes: []Route{get}}}, ""},
		"two of a name":          {[]Feature{{Name: "x"}, {Name: "x"}}, "claimed by"},
		"no name":                {[]Feature{{}}, "without a name"},
		"undeclared permission":  {[]Feature{{Name: "x", Routes: []Route{get}}}, "undeclared"},
		"no permission":          {[]Feature{{Name: "x", Routes: []Route{GET("/x/{id}", "", Read(look))}}}, "undeclared"},
		"another's path":         {[]Feature{{Name: "x", Rights: right, Routes: []Route{GET("/y/{id}", see, Read(look))}}}, "prefix"},
		"a path that only looks": {[]Feature{{Name: "x", Rights: right, Routes: []Route{GET("/xy/{id}", see, Read(look))}}}, "prefix"},
		"route twice":            {[]Feature{{Name: "x", Rights: right, Routes: []Route{get, get}}}, "claimed by"},
		"GET that writes":        {[]Feature{{Name: "x", Rights: right, Routes: []Route{GET("/x/{id}", see, Write(look))}}}, "disagree"},
		"POST that reads":        {[]Feature{{Name: "x", Rights: right, Routes: []Route{POST("/x/{id}", see, Read(look))}}}, "disagree"},
		"parameter unread":       {[]Feature{{Name: "x", Rights: right, Routes: []Route{GET("/x/{id}/{two}", see, Read(look))}}}, "no field for {two}"},
		"parameter missing":      {[]Feature{{Name: "x", Rights: right, Routes: []Route{GET("/x", see, Read(look))}}}, "no {id}"},
		"leads nowhere":          {[]Feature{{Name: "x", Rights: right, Routes: []Route{{Method: "GET", Path: "/x", Needs: see}}}}, "nowhere"},
		"a body no schema shows": {[]Feature{{Name: "x", Rights: right, Routes: []Route{POST("/x", see, Write(hidden))}}}, "export it"},
		"operator and member":    {[]Feature{{Name: "x", Routes: []Route{GET("/x/{id}", rbac.Operator, Read(look))}}}, "do not share"},
		"foreign permission":     {[]Feature{{Name: "x", Rights: []rbac.Right{{Permission: "y.see"}}}}, "prefix"},
		"unknown role":           {[]Feature{{Name: "x", Rights: []rbac.Right{{Permission: see, Roles: []rbac.Role{"king"}}}}}, "unknown role"},
		"foreign deed":           {[]Feature{{Name: "x", Indicators: []Indicator{{Kind: "y.did"}}}}, "prefix"},
		"approval without end":   {[]Feature{{Name: "x", Approvals: []Approval{{Kind: "x.item"}}}}, "what becomes of it"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := Check(tt.features...)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("Check = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestOpenAPIDescribesRoutes(t *testing.T) {
	t.Parallel()
	doc := OpenAPI("1", Feature{Name: "x", Routes: []Route{
		GET("/x/{id}", rbac.Member, Read(look)),
		POST("/x/{id}", rbac.Member, Write(func(context.Context, *tenant.Tx, probe) (List[byID], error) { return List[byID]{}, nil })),
	}})
	item := doc.Paths["/api/x/{id}"]
	if item == nil || item.Get == nil || item.Post == nil {
		t.Fatalf("paths = %v", doc.Paths)
	}
	if item.Post.RequestBody == nil || len(item.Post.Parameters) != 2 {
		t.Errorf("the POST lacks its body or its Idempotency-Key: %+v", item.Post)
	}
	if item.Get.RequestBody != nil || len(item.Get.Parameters) != 1 {
		t.Errorf("the GET has what it should not: %+v", item.Get)
	}
}
