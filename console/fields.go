package console

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"hetu/fault"
	"hetu/feature"
)

// What can be wrong with the address of a group or a tenant, and with a sign-in
// name. Each is said at its field, so that a form can tell what to change.
var (
	ErrSlugShort    = fault.New(fault.Invalid, "console.slug_short")    // fewer than 3
	ErrSlugLong     = fault.New(fault.Invalid, "console.slug_long")     // more than 32
	ErrSlugChars    = fault.New(fault.Invalid, "console.slug_chars")    // not a-z, 0-9 or -
	ErrSlugEnds     = fault.New(fault.Invalid, "console.slug_ends")     // begins with no letter, or ends with -
	ErrSlugReserved = fault.New(fault.Invalid, "console.slug_reserved") // the system's own
	ErrLoginShort   = fault.New(fault.Invalid, "console.login_short")   // fewer than 2
	ErrLoginLong    = fault.New(fault.Invalid, "console.login_long")    // more than 32
	ErrLoginChars   = fault.New(fault.Invalid, "console.login_chars")   // not a-z, 0-9, . _ or -
	ErrLoginStart   = fault.New(fault.Invalid, "console.login_start")   // begins with no letter
)

// reserved are the addresses no customer gets: what stands in the system's own
// addresses, and what people would take for the platform's own.
var reserved = []string{
	"activate", "admin", "api", "app", "assess", "assets", "audit", "console", "demo", "hetu", "help", "join", "livez",
	"login", "official", "operator", "platform", "readyz", "root", "sign-in", "static", "support", "system", "test", "www",
}

var (
	slugChars  = regexp.MustCompile(`^[a-z0-9-]*$`)
	loginChars = regexp.MustCompile(`^[a-z0-9._-]*$`)
)

func letter(b byte) bool { return b >= 'a' && b <= 'z' }

// checkSlug returns the first thing wrong with an address, on field.
func checkSlug(slug, field string) error {
	switch {
	case !slugChars.MatchString(slug):
		return ErrSlugChars.On(field)
	case len(slug) < 3:
		return ErrSlugShort.On(field)
	case len(slug) > 32:
		return ErrSlugLong.On(field)
	case !letter(slug[0]) || slug[len(slug)-1] == '-':
		return ErrSlugEnds.On(field)
	case slices.Contains(reserved, slug):
		return ErrSlugReserved.On(field)
	}
	return nil
}

// checkLogin returns the first thing wrong with a sign-in name, on field.
func checkLogin(login, field string) error {
	switch {
	case !loginChars.MatchString(login):
		return ErrLoginChars.On(field)
	case len(login) < 2:
		return ErrLoginShort.On(field)
	case len(login) > 32:
		return ErrLoginLong.On(field)
	case !letter(login[0]):
		return ErrLoginStart.On(field)
	}
	return nil
}

// together returns the first of the faults with all of them in its meta, so
// that a form can mark every field at once; nil if there are none.
func together(errs ...error) error {
	type each struct {
		Field string `json:"field"`
		Code  string `json:"code"`
	}
	var first *fault.Error
	var all []each
	for _, err := range errs {
		if err == nil {
			continue
		}
		f := fault.Of(err)
		if first == nil {
			first = f
		}
		all = append(all, each{f.Field, f.Code})
	}
	switch {
	case first == nil:
		return nil
	case len(all) == 1:
		return first
	}
	return first.With("errors", all)
}

// args collects the parameters of a statement that is put together.
type args []any

// add adds one and returns what stands for it.
func (a *args) add(v any) string {
	*a = append(*a, v)
	return "$" + strconv.Itoa(len(*a))
}

// words is part of a name or an address that is looked for.
type words struct {
	Q string `json:"-" query:"q"`
}

func (w *words) check() error {
	w.Q = strings.TrimSpace(w.Q)
	if len(w.Q) > 300 {
		return feature.ErrLong.On("q")
	}
	return nil
}
