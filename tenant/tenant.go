// Package tenant knows whose data a piece of work may touch, and makes sure it
// touches no other.
//
// There are two halves. An Actor, carried by the context, says who is working
// and for which tenant. A DB runs transactions in which PostgreSQL shows only
// that tenant's rows. A feature never sees the connection pool, so it cannot
// write a query that escapes its tenant; it need not mention tenants at all.
package tenant

import (
	"context"

	"github.com/google/uuid"

	"hetu/fault"
)

// An Actor is somebody at work for a tenant. The actor of a job has a tenant
// and no member.
type Actor struct {
	Tenant  uuid.UUID // whose data the work may touch
	Member  uuid.UUID // the person, as known in that tenant
	Account uuid.UUID // the natural person, the same in every tenant
	Session uuid.UUID // the sign-in this work belongs to

	// Operator is set instead of Tenant, Member and Account for an operator of
	// the platform, who has no way to a tenant's tables.
	Operator uuid.UUID

	Name    string // as shown to others
	Request string // request id, for audit and logs
	IP      string // where the request came from, for audit
}

// ErrNoActor means work began before anyone was identified.
var ErrNoActor = fault.New(fault.Unauthenticated, "tenant.no_actor")

type actorKey struct{}

// From returns the actor of ctx, or ErrNoActor.
func From(ctx context.Context) (Actor, error) {
	a, ok := ctx.Value(actorKey{}).(Actor)
	if !ok || a.Tenant == uuid.Nil {
		return Actor{}, ErrNoActor
	}
	return a, nil
}

// Operating returns the operator of ctx, or ErrNoActor.
func Operating(ctx context.Context) (Actor, error) {
	a, ok := ctx.Value(actorKey{}).(Actor)
	if !ok || a.Operator == uuid.Nil {
		return Actor{}, ErrNoActor
	}
	return a, nil
}

// Request returns the id of the request that ctx belongs to, whoever sent it;
// empty if it belongs to none.
func Request(ctx context.Context) string {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a.Request
}

// As returns a context in which a is the actor. It is impersonation: besides
// tests, only the session middleware and the job runner call it.
func As(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// NewID returns a UUIDv7: ids sort by time, cannot be guessed by counting, and
// survive moving a tenant to another cluster.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }
