package identity

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/tenant"
)

type bySlug struct {
	Slug string `json:"-" path:"slug"`
}

// Ways are how the people of a tenant come in: what its sign-in page shows.
type Ways struct {
	Passwords string  `json:"passwords" enum:"all,admins"`
	Items     []Offer `json:"items"`
}

// at returns a context in the tenant with a slug, which is one that people may
// come into. org.ErrNoTenant, org.ErrSuspended.
func at(ctx context.Context, db *tenant.DB, ip, slug string) (context.Context, error) {
	var t struct {
		ID    uuid.UUID `db:"id"`
		State string    `db:"state"`
	}
	err := db.Public(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &t, `select id, state from platform.tenant_by_slug($1)`, strings.ToLower(strings.TrimSpace(slug)))
	})
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return ctx, org.ErrNoTenant
	case err != nil:
		return ctx, err
	case t.State != "active":
		return ctx, org.ErrSuspended
	}
	return tenant.As(ctx, tenant.Actor{Tenant: t.ID, IP: ip, Request: tenant.Request(ctx)}), nil
}

// ways lists what one tenant offers: names and ids of its own providers that are
// on, and nothing of their settings.
func (h *House) ways(ctx context.Context, d feature.Deps, cl *feature.Client, in bySlug) (w Ways, err error) {
	w = Ways{Passwords: "all", Items: []Offer{}}
	ctx, err = at(ctx, d.DB, cl.IP, in.Slug)
	if errors.Is(err, org.ErrSuspended) {
		return w, nil // the sign-in page says that there
	}
	if err != nil {
		return w, err
	}
	return w, d.DB.Read(ctx, func(tx *tenant.Tx) (err error) {
		if w.Items, err = h.offers(ctx, tx); err != nil {
			return err
		}
		return tx.Get(ctx, &w.Passwords, `select coalesce((select passwords from identity_rules), 'all')`)
	})
}

// WayIn is by which provider of which tenant somebody wants in.
type WayIn struct {
	Tenant   string    `json:"tenant" minLength:"1" maxLength:"64"`
	Provider uuid.UUID `json:"provider"`
}

// Begun is where the browser goes.
type Begun struct {
	URL string `json:"url"`
}

func (h *House) beginSignIn(ctx context.Context, d feature.Deps, cl *feature.Client, in WayIn) (b Begun, err error) {
	ctx, err = at(ctx, d.DB, cl.IP, in.Tenant)
	if err != nil {
		return b, err
	}
	p, err := h.enabled(ctx, d.DB, in.Provider)
	if err != nil {
		return b, err
	}
	b.URL, err = h.depart(ctx, d, cl, p, tenant.Actor{})
	return b, err
}

func (h *House) enabled(ctx context.Context, db *tenant.DB, id uuid.UUID) (p Provider, err error) {
	err = db.Read(ctx, func(tx *tenant.Tx) (err error) {
		p, err = h.provider(ctx, tx, id, true)
		return err
	})
	return p, err
}

func (h *House) finishSignIn(ctx context.Context, d feature.Deps, cl *feature.Client, in back) (org.Me, error) {
	v, ours, err := h.arrive(ctx, d, cl, in)
	if !ours {
		return org.Me{}, errors.Join(err, h.door.Lost(ctx, d, cl))
	}
	there := tenant.As(ctx, tenant.Actor{Tenant: v.Tenant, IP: cl.IP, Request: tenant.Request(ctx)})
	p, known := h.enabled(there, d.DB, v.Provider)
	if known != nil && err == nil {
		err = known
	}
	if err == nil && v.Member != uuid.Nil {
		err = errOther
	}
	var person Person
	if err == nil {
		person, err = h.ask(ctx, p, v, in)
	}
	if p.Tenant == uuid.Nil {
		p.Tenant = v.Tenant
	}
	return h.enter(ctx, d, cl, p, person, "", err)
}

// ask asks the house of a voyage who has come back from it.
func (h *House) ask(ctx context.Context, p Provider, v voyage, in back) (Person, error) {
	kind, ok := h.kinds[p.Kind].(Redirecting)
	switch {
	case !ok:
		return Person{}, ErrNotThatForm
	case in.Error != "":
		return Person{}, Refuse("declined")
	case in.Code == "":
		return Person{}, Refuse("no_code")
	}
	return checked(kind.Finish(ctx, p, v.Flow, Return{Code: in.Code, Issuer: in.Iss}))
}

// checked holds a kind to what it promises of a person.
func checked(p Person, err error) (Person, error) {
	if err == nil && (p.Subject == "" || len(p.Subject) > 255 || strings.ContainsRune(p.Subject, 0)) {
		err = Refuse("no_subject")
	}
	p.Label = clip(strings.ReplaceAll(p.Label, "\x00", ""), 120)
	return p, err
}

// enter lets a person in whom a provider has recognised, or counts and records
// that it has not.
func (h *House) enter(ctx context.Context, d feature.Deps, cl *feature.Client, p Provider, person Person, login string, err error) (me org.Me, _ error) {
	var member uuid.UUID
	if err == nil {
		member, err = h.find(ctx, d, cl, p, person)
	}
	if err == nil {
		me, err = h.door.Admit(ctx, d, cl, org.Arrival{Tenant: p.Tenant, Member: member, How: p.Kind, Provider: p.ID, Name: p.Name, Login: login})
	}
	if err == nil || errors.Is(err, org.ErrSecond) || errors.Is(err, ErrUnreachable) {
		return me, err
	}
	if k := fault.Of(err).Kind; k == fault.Internal || k == fault.Unavailable {
		return me, err
	}
	answer := h.door.Missed(ctx, d, cl, org.Try{Tenant: p.Tenant, Member: member, Login: login, Provider: p.Name, Why: why(err)})
	switch {
	case fault.Of(answer).Kind != fault.Unauthenticated, errors.Is(answer, org.ErrLocked):
		return me, answer
	case login != "" && errors.Is(err, errRefused):
		return me, answer // a wrong password, or nobody's login: not told apart
	}
	return me, err
}

// find returns the member that a person is: by the link of their subject, or, if
// the provider is set so, by their login for whoever has no link yet. Who
// administers is never matched.
func (h *House) find(ctx context.Context, d feature.Deps, cl *feature.Client, p Provider, person Person) (member uuid.UUID, err error) {
	ctx = tenant.As(ctx, tenant.Actor{Tenant: p.Tenant, IP: cl.IP, Request: tenant.Request(ctx)})
	err = d.DB.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &member, `select member_id from identity_links where provider_id = $1 and subject = $2`, p.ID, person.Subject)
	})
	if !errors.Is(err, tenant.ErrNoRows) {
		return member, err
	}
	if !p.Match || person.Login == "" {
		return uuid.Nil, ErrStranger
	}
	err = d.DB.Write(ctx, func(tx *tenant.Tx) error {
		err := tx.Get(ctx, &member, `
			select m.id from members m
			 where m.login = $2 and m.state in ('active', 'invited')
			   and not exists (select from identity_links l where l.provider_id = $1 and l.member_id = m.id)`, p.ID, strings.ToLower(person.Login))
		if err != nil {
			return err
		}
		administers, err := org.Administers(ctx, tx, member)
		if err != nil {
			return err
		}
		if administers {
			return ErrOwnLink
		}
		_, err = tie(ctx, tx, bond{provider: p, member: member, person: person, made: "match"})
		return err
	})
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrStranger
	}
	return member, err
}

// Typed is what somebody types who has a login at a house.
type Typed struct {
	Login    string `json:"login" minLength:"1" maxLength:"128"`
	Password string `json:"password" minLength:"1" maxLength:"256"`
}

type typedIn struct {
	WayIn
	Typed
}

// counted is under what the failures of a login at a provider are counted.
func counted(p Provider, login string) string {
	return "identity/" + p.ID.String() + "/" + strings.ToLower(strings.TrimSpace(login))
}

func (h *House) askSignIn(ctx context.Context, d feature.Deps, cl *feature.Client, in typedIn) (me org.Me, err error) {
	there, err := at(ctx, d.DB, cl.IP, in.Tenant)
	if err != nil {
		return me, err
	}
	p, err := h.enabled(there, d.DB, in.Provider)
	if err != nil {
		return me, err
	}
	kind, ok := h.kinds[p.Kind].(Asking)
	if !ok {
		return me, ErrNotThatForm
	}
	try := org.Try{Tenant: p.Tenant, Login: counted(p, in.Login), Provider: p.Name}
	if try.Member, err = labelled(there, d.DB, p, in.Login); err != nil {
		return me, err
	}
	if err := h.door.Free(ctx, d, cl, try); err != nil {
		return me, err
	}
	person, err := checked(kind.Prove(ctx, p, in.Login, in.Password))
	return h.enter(ctx, d, cl, p, person, try.Login, err)
}

// labelled returns who is linked under a login of a provider; the nil id if
// nobody is.
func labelled(ctx context.Context, db *tenant.DB, p Provider, login string) (member uuid.UUID, err error) {
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &member, `
			select coalesce((select member_id from identity_links where provider_id = $1 and lower(label) = lower($2) limit 1), $3)`,
			p.ID, strings.TrimSpace(login), uuid.Nil)
	})
	return member, err
}
