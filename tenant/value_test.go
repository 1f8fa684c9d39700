package tenant_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// TestIDsComeBack holds that ids are read as they were written, however the
// database writes them.
func TestIDsComeBack(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	a, b, c := tenant.NewID(), tenant.NewID(), uuid.Nil
	for name, want := range map[string]tenant.IDs{"none": {}, "one": {a}, "three": {a, b, c}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got tenant.IDs
			err := tenanttest.DB(t).Read(ctx, func(tx *tenant.Tx) error { return tx.Get(ctx, &got, `select $1::uuid[]`, want) })
			if err != nil || got == nil || !slices.Equal(got, want) {
				t.Errorf("got %v, %v; want %v", got, err, want)
			}
		})
	}
}

func TestIDsRefuse(t *testing.T) {
	t.Parallel()
	id := uuid.NewString()
	for name, text := range map[string]string{
		"empty": "", "half": "{" + id[:20] + "}", "no braces": id, "open": "{" + id, "another character": "{" + strings.Replace(id, "-", "+", 1) + "}",
		"wrong separator": "{" + id + ";" + id + "}", "nested": "{{" + id + "}}", "a comma too many": "{" + id + ",}", "a brace inside": "{" + id + "}" + id + "}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got tenant.IDs
			if err := got.Scan([]byte(text)); err == nil {
				t.Errorf("%q was read as %v", text, got)
			}
		})
	}
}
