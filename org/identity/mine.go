package identity

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/tenant"
)

// ToLink is what somebody gives who links themself.
type ToLink struct {
	Provider uuid.UUID `json:"provider"`
	Own      string    `json:"own_password" minLength:"1" maxLength:"128"` // of the account here
}

// beginLink sends the actor to a provider, to link who is recognised there to
// themself. They repeat their password: a browser left alone must not become
// another's way in.
func (h *House) beginLink(ctx context.Context, d feature.Deps, cl *feature.Client, in ToLink) (b Begun, err error) {
	actor, err := tenant.From(ctx)
	if err != nil {
		return b, err
	}
	p, err := h.enabled(ctx, d.DB, in.Provider)
	if err != nil {
		return b, err
	}
	if err := h.confirm(ctx, d, cl, in.Own); err != nil {
		return b, err
	}
	b.URL, err = h.depart(ctx, d, cl, p, actor)
	return b, err
}

func (h *House) confirm(ctx context.Context, d feature.Deps, cl *feature.Client, password string) error {
	err := h.door.Confirm(ctx, d, cl, password)
	if errors.Is(err, org.ErrOldPassword) {
		err = org.ErrOldPassword.On("own_password")
	}
	return err
}

// finishLink links who has come back to the actor, if it was they who set out, in
// this session.
func (h *House) finishLink(ctx context.Context, d feature.Deps, cl *feature.Client, in back) (l Link, err error) {
	actor, err := tenant.From(ctx)
	if err != nil {
		return l, err
	}
	v, ours, err := h.arrive(ctx, d, cl, in)
	if err == nil && (v.Tenant != actor.Tenant || v.Member != actor.Member || v.Session != actor.Session) {
		err = errOther
	}
	if !ours {
		return l, h.failed(ctx, d, cl, Provider{Tenant: actor.Tenant}, err)
	}
	var p Provider
	if err == nil {
		p, err = h.enabled(ctx, d.DB, v.Provider)
	}
	var person Person
	if err == nil {
		person, err = h.ask(ctx, p, v, in)
	}
	p.Tenant = actor.Tenant
	return h.own(ctx, d, cl, p, person, err)
}

type typedLink struct {
	ToLink
	Typed
}

// askLink links whose login and password at a provider these are to the actor.
func (h *House) askLink(ctx context.Context, d feature.Deps, cl *feature.Client, in typedLink) (l Link, err error) {
	p, err := h.enabled(ctx, d.DB, in.Provider)
	if err != nil {
		return l, err
	}
	kind, ok := h.kinds[p.Kind].(Asking)
	if !ok {
		return l, ErrNotThatForm
	}
	if err := h.confirm(ctx, d, cl, in.Own); err != nil {
		return l, err
	}
	actor, err := tenant.From(ctx)
	if err != nil {
		return l, err
	}
	try := org.Try{Tenant: p.Tenant, Member: actor.Member, Login: counted(p, in.Login), Provider: p.Name}
	if err := h.door.Free(ctx, d, cl, try); err != nil {
		return l, atPassword(err)
	}
	person, err := checked(kind.Prove(ctx, p, in.Login, in.Password))
	if errors.Is(err, errRefused) {
		try.Why = why(err)
		return l, atPassword(h.door.Missed(ctx, d, cl, try))
	}
	return h.own(ctx, d, cl, p, person, err)
}

// atPassword is the fault of a wrong password elsewhere, to somebody who is
// signed in here and stays so.
func atPassword(err error) error {
	if fault.Of(err).Kind == fault.Unauthenticated {
		return ErrTheirs.With("reason", fault.Of(err).Code)
	}
	return err
}

// ErrTheirs means that login and password at the house do not belong together, or
// that the login is locked for now.
var ErrTheirs = fault.New(fault.Invalid, "identity.password_wrong").On("password")

// own links a person to the actor, or counts and records that it came to nothing.
func (h *House) own(ctx context.Context, d feature.Deps, cl *feature.Client, p Provider, person Person, err error) (l Link, _ error) {
	if err != nil {
		return l, h.failed(ctx, d, cl, p, err)
	}
	err = d.DB.Write(ctx, func(tx *tenant.Tx) error {
		id, err := tie(ctx, tx, bond{provider: p, member: tx.Actor.Member, person: person, made: "self"})
		if err != nil {
			return err
		}
		return tx.Get(ctx, &l, mineRows+` where l.id = $1`, id)
	})
	return l, err
}

// failed counts and records a link that was not made. Who is signed in stays so:
// what the house refuses is a conflict here.
func (h *House) failed(ctx context.Context, d feature.Deps, cl *feature.Client, p Provider, err error) error {
	f := fault.Of(err)
	if f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		return err
	}
	actor, noActor := tenant.From(ctx)
	if noActor != nil {
		return noActor
	}
	answer := h.door.Missed(ctx, d, cl, org.Try{Tenant: p.Tenant, Member: actor.Member, Provider: p.Name, Why: why(err)})
	if k := fault.Of(answer).Kind; k != fault.Unauthenticated {
		return answer
	}
	if f.Kind == fault.Unauthenticated {
		return fault.New(fault.Conflict, f.Code)
	}
	return err
}
