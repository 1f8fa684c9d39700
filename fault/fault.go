// Package fault is how every package says what went wrong.
//
// A fault has a Kind, which decides the HTTP status, and a Code, which the web
// app translates. Declare one per thing that can go wrong, as a variable beside
// the type it concerns, and return it; wrap it with fmt.Errorf("...: %w") to say
// where. Anything that is not a fault is Internal: its text goes to the log and
// never to a client.
package fault

import (
	"errors"
	"maps"
)

// A Kind is a class of failure. Its zero value is Internal, so an error nobody
// classified is never shown.
type Kind uint8

const (
	Internal        Kind = iota // a bug, or something broken behind us
	Invalid                     // the input is wrong; the caller can correct it
	Unauthenticated             // we do not know who is asking
	Forbidden                   // we know, and they may not
	NotFound                    // no such thing in this tenant
	Conflict                    // true input, wrong moment: taken, stale, already done
	Unavailable                 // try again later
	TooLarge                    // more bytes than we take
	Unsupported                 // an encoding or media type we do not take
	TooMany                     // too often; meta says when to come back
	Range                       // a part that the whole does not have
)

// An Error is a classified failure.
type Error struct {
	Kind  Kind
	Code  string         // stable and dotted: "notice.title_taken"
	Field string         // the input field it concerns, if it concerns one
	Meta  map[string]any // what a client may know besides: the newer version, until when
}

// New declares a fault.
func New(k Kind, code string) *Error { return &Error{Kind: k, Code: code} }

// On returns the fault as it applies to one input field.
func (e *Error) On(field string) *Error {
	return &Error{Kind: e.Kind, Code: e.Code, Field: field, Meta: e.Meta}
}

// With returns the fault with a value the client may be shown beside its code.
func (e *Error) With(key string, value any) *Error {
	meta := maps.Clone(e.Meta)
	if meta == nil {
		meta = map[string]any{}
	}
	meta[key] = value
	return &Error{Kind: e.Kind, Code: e.Code, Field: e.Field, Meta: meta}
}

func (e *Error) Error() string { return e.Code }

// Is reports whether target is the same fault, on whatever field.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Of returns the fault in err's tree, or an Internal one if it holds none.
func Of(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return internal
}

var internal = New(Internal, "internal")
