package feature

import (
	"context"

	"hetu/tenant"
)

// A Refusal is a request to change something that was refused, because whoever
// sent it may not do that.
type Refusal struct {
	Route string // "POST /publish/columns/{id}/disable"
	Path  string // as it was asked for
	Code  string // of the fault it was answered with

	Param func(name string) string // of the path, as it came: "" if there is none
}

// Refused returns the route as one whose refusals are recorded by fn instead of
// by an audit row each. It runs after the refusal, in a transaction of its own
// in the name of whoever was refused; what it says there is all that is kept.
// Faults with one of the codes are refusals too, of whatever kind they are.
func (r Route) Refused(fn func(context.Context, *tenant.Tx, Refusal) error, codes ...string) Route {
	r.Endpoint.Refused, r.Endpoint.RefusedCodes = fn, codes
	return r
}
