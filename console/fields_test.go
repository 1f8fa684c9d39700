package console

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// What the database holds of addresses, and what sign-in names have always been.
var (
	slugForm  = regexp.MustCompile(`^[a-z][a-z0-9-]{1,30}[a-z0-9]$`)
	loginForm = regexp.MustCompile(`^[a-z][a-z0-9._-]{1,31}$`)
)

// Each way in which an address or a sign-in name can be wrong has a code of its
// own, at its field (UI3).
func TestFieldFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		slug, login string
		want        error
	}{
		"all well":                     {"ling-hai9", "zhou.ming", nil},
		"shortest":                     {"abc", "ab", nil},
		"longest":                      {"a" + strings.Repeat("b", 31), "a" + strings.Repeat("b", 31), nil},
		"slug empty":                   {"", "ab", ErrSlugShort},
		"slug too short":               {"ab", "ab", ErrSlugShort},
		"slug too long":                {"a" + strings.Repeat("b", 32), "ab", ErrSlugLong},
		"slug with a space":            {"new river", "ab", ErrSlugChars},
		"slug with a capital":          {"River", "ab", ErrSlugChars},
		"slug in Chinese":              {"新河集团", "ab", ErrSlugChars},
		"slug with a line break":       {"abc\n", "ab", ErrSlugChars},
		"slug begins with a digit":     {"9river", "ab", ErrSlugEnds},
		"slug ends with a dash":        {"river-", "ab", ErrSlugEnds},
		"slug is the system's":         {"console", "ab", ErrSlugReserved},
		"login empty":                  {"abc", "", ErrLoginShort},
		"login too short":              {"abc", "a", ErrLoginShort},
		"login too long":               {"abc", "a" + strings.Repeat("b", 32), ErrLoginLong},
		"login with a space":           {"abc", "zhou ming", ErrLoginChars},
		"login does not begin so":      {"abc", ".zhou", ErrLoginStart},
		"login with what slugs cannot": {"abc", "zhou_ming-1.2", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(uuid.New(), uuid.Nil)
			n.Slug, n.AdminLogin = tt.slug, tt.login
			err := n.Validate()
			if !errors.Is(err, tt.want) {
				t.Fatalf("Validate = %v, want %v", err, tt.want)
			}
			field := "slug"
			if strings.HasPrefix(name, "login") {
				field = "admin_login"
			}
			if err != nil && fault.Of(err).Field != field {
				t.Errorf("on %q, want %q", fault.Of(err).Field, field)
			}
			if err == nil && (!slugForm.MatchString(n.Slug) || !loginForm.MatchString(n.AdminLogin)) {
				t.Error("the database would refuse it")
			}
		})
	}
}

// All fields that are wrong are named at once (UI3).
func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	n := newTenant(uuid.New(), uuid.Nil)
	n.Name, n.Slug, n.AdminLogin = " ", "x", "周"
	err := n.Validate()
	f := fault.Of(err)
	if !errors.Is(err, feature.ErrMissing) || f.Field != "name" {
		t.Errorf("the first = %v on %q", err, f.Field)
	}
	const want = `[{"field":"name","code":"request.missing"},{"field":"slug","code":"console.slug_short"},{"field":"admin_login","code":"console.login_chars"}]`
	if got := tenant.JSON(f.Meta["errors"]); got != want {
		t.Errorf("errors = %s, want %s", got, want)
	}
}
