// Package identity lets people in who are recognised elsewhere: by a provider of
// identities that their own tenant has (OpenID Connect, a directory, WeCom).
//
// A provider recognises a subject; a link says which member that is; the door of
// org lets the member in, or not, as after a password. What the kinds of
// providers have in common is here; how one of them recognises people is in a
// package of its own below this one, which touches no table.
package identity

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"

	"github.com/google/uuid"

	"hetu/fault"
)

// What can go wrong with providers and links.
var (
	ErrNoProvider  = fault.New(fault.NotFound, "identity.provider_not_found")
	ErrName        = fault.New(fault.Conflict, "identity.name_taken").On("name")
	ErrStale       = fault.New(fault.Conflict, "identity.stale")
	ErrMany        = fault.New(fault.Conflict, "identity.too_many")
	ErrState       = fault.New(fault.Conflict, "identity.wrong_state")
	ErrSetting     = fault.New(fault.Invalid, "identity.setting_wrong")
	ErrUnknown     = fault.New(fault.Invalid, "identity.setting_unknown")
	ErrAddress     = fault.New(fault.Invalid, "identity.address_refused")
	ErrNoLink      = fault.New(fault.NotFound, "identity.link_not_found")
	ErrSubject     = fault.New(fault.Conflict, "identity.subject_taken").On("subject")
	ErrLinked      = fault.New(fault.Conflict, "identity.member_linked").On("member_id")
	ErrOwnOnly     = fault.New(fault.Conflict, "identity.own_link_only").On("member_id")
	ErrLastWay     = fault.New(fault.Conflict, "identity.last_way")
	ErrNoWay       = fault.New(fault.Conflict, "identity.no_provider_enabled").On("passwords")
	ErrNotThatForm = fault.New(fault.Invalid, "identity.other_form").On("provider")
)

// What can go wrong at the door.
var (
	// ErrUnreachable means that the house did not answer in time, or not as a house
	// of its kind. Nobody's failure is counted for it.
	ErrUnreachable = fault.New(fault.Unavailable, "identity.unreachable")
	// ErrBegin means that what came back does not belong to what this browser began:
	// it is too old, was used before, or was never begun here.
	ErrBegin = fault.New(fault.Unauthenticated, "identity.begin_again")
	// ErrStranger means that the house knows the person and the tenant does not.
	ErrStranger = fault.New(fault.Unauthenticated, "identity.no_member")

	errRefused = fault.New(fault.Unauthenticated, "identity.refused")
)

// A refusal is a house's no, or ours to what it said.
type refusal struct{ why string }

func (r refusal) Error() string { return "identity: refused: " + r.why }
func (r refusal) Unwrap() error { return errRefused }

var whyForm = regexp.MustCompile(`^[a-z0-9_]{1,40}$`)

// Refuse returns the fault "identity.refused". Why is a short code that the audit
// keeps and the browser does not see, of small letters, digits and underscores.
func Refuse(why string) error {
	if !whyForm.MatchString(why) {
		why = "other"
	}
	return refusal{why}
}

// Ways of asking who somebody is.
const (
	Redirect = "redirect" // the browser goes to the house and comes back with a code
	Password = "password" // what the person types is shown to the house
)

// A Kind is one kind of house that recognises people. It keeps nothing that
// another node would need, and is safe for concurrent use. It is Redirecting or
// Asking besides.
type Kind interface {
	About() About
	// Check returns the settings as they are kept, trimmed and with defaults, or a
	// fault at "settings.<name>" or "secret". Secret is the one that is going to be
	// in force.
	Check(s Settings, secret string) (Settings, error)
	// Realm names the house whose subjects these are. When it changes, the links of
	// the provider are removed: a subject is worth nothing elsewhere.
	Realm(s Settings) string
	// Test asks the house whether it would do, without anybody signing in. It gives
	// nothing away of what the house said.
	Test(ctx context.Context, p Provider) error
}

// A Redirecting kind sends the browser to the house.
type Redirecting interface {
	Kind
	// Begin returns where the browser goes.
	Begin(ctx context.Context, p Provider, f Flow) (url string, err error)
	// Finish returns who came back. State, browser, age, single use, provider and
	// tenant have been checked. Errors: Refuse, ErrUnreachable.
	Finish(ctx context.Context, p Provider, f Flow, r Return) (Person, error)
}

// An Asking kind is asked with what the person has typed.
type Asking interface {
	Kind
	// Prove returns whose login and password these are. Errors: Refuse,
	// ErrUnreachable.
	Prove(ctx context.Context, p Provider, login, password string) (Person, error)
}

// A Naming kind knows several ways to write one subject.
type Naming interface {
	// Subject returns a subject that somebody has typed as Finish would return it.
	Subject(typed string) (string, error)
}

// About is what an administrator is asked for by a kind, from which the form is
// made.
type About struct {
	Name   string  `json:"kind"`
	Form   string  `json:"form" enum:"redirect,password"`
	Secret string  `json:"secret" enum:"required,optional,none"`
	Fields []Field `json:"fields"`
}

// A Field is one setting of a kind.
type Field struct {
	Name     string   `json:"name"`
	Type     string   `json:"type" enum:"text,url,number,switch,choice,lines"` // a switch is "true" or "false"
	Required bool     `json:"required"`
	Default  string   `json:"default"`
	Choices  []string `json:"choices"`
	Max      int      `json:"max"` // characters; 500 if zero
}

// Settings are what an administrator has filled in, by the names of the fields.
type Settings map[string]string

// A Provider is a house of a tenant. Its secret is open: it is in memory only,
// and does not show when a Provider is printed or logged.
type Provider struct {
	ID, Tenant uuid.UUID
	Kind, Name string
	Settings   Settings
	Secret     string
	Match      bool // whoever is not linked may be known by their login there
	Version    int
}

func (p Provider) String() string { return fmt.Sprintf("identity provider %s (%s)", p.ID, p.Kind) }

// GoString is String: %#v shows no secret either.
func (p Provider) GoString() string { return p.String() }

// LogValue is what a log gets of a provider.
func (p Provider) LogValue() slog.Value { return slog.StringValue(p.String()) }

// A Flow is one way of a browser to a house and back.
type Flow struct {
	State       string // 64 characters, a-f and 0-9
	Nonce       string
	Verifier    string // of PKCE
	RedirectURI string // exactly where the browser comes back to
	Agent       string `json:"-"` // what the browser calls itself, when it sets out; unknown when it comes back
}

// A Return is what the browser brought back.
type Return struct {
	Code   string
	Issuer string // the "iss" of RFC 9207, if the house sends one
}

// A Person is who a house has recognised.
type Person struct {
	Subject string // what the house calls them for good: at most 255 bytes, compared exactly
	Label   string // what they are called there, for people to read
	Login   string // their login there, for providers with Match; empty: they cannot be matched
}
