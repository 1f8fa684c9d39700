package identity

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/org"
	"hetu/tenant"
)

// A Link is what its member sees of it.
type Link struct {
	ID        uuid.UUID  `db:"id" json:"id"`
	Provider  uuid.UUID  `db:"provider_id" json:"provider_id"`
	Name      string     `db:"provider_name" json:"provider_name"`
	Kind      string     `db:"kind" json:"kind"`
	Enabled   bool       `db:"enabled" json:"enabled"`
	Label     string     `db:"label" json:"label"`
	Made      string     `db:"made" json:"made" enum:"self,admin,match"`
	CreatedAt time.Time  `db:"created_at" json:"created_at"`
	UsedAt    *time.Time `db:"used_at" json:"used_at"`
}

const mineRows = `
	select l.id, l.provider_id, p.name as provider_name, p.kind, p.enabled, l.label, l.made, l.created_at, l.used_at
	  from identity_links l join identity_providers p on p.id = l.provider_id`

// An Offer is a provider that somebody may come in by.
type Offer struct {
	ID   uuid.UUID `db:"id" json:"id"`
	Name string    `db:"name" json:"name"`
	Kind string    `db:"kind" json:"kind"`
	Form string    `db:"-" json:"form" enum:"redirect,password"`
}

// offers returns the providers that are on.
func (h *House) offers(ctx context.Context, tx *tenant.Tx) ([]Offer, error) {
	var all []Offer
	err := tx.Select(ctx, &all, `select id, name, kind from identity_providers where enabled order by created_at, id`)
	out := make([]Offer, 0, len(all))
	for _, o := range all {
		if k, ok := h.kinds[o.Kind]; ok {
			o.Form = k.About().Form
			out = append(out, o)
		}
	}
	return out, err
}

// Mine are the links of a member, and what else they could link.
type Mine struct {
	Items  []Link  `json:"items"`
	Offers []Offer `json:"offers"`
}

func (h *House) mine(ctx context.Context, tx *tenant.Tx, _ feature.None) (m Mine, err error) {
	m.Items = []Link{}
	if err := tx.Select(ctx, &m.Items, mineRows+` where l.member_id = $1 order by l.created_at, l.id`, tx.Actor.Member); err != nil {
		return m, err
	}
	m.Offers, err = h.offers(ctx, tx)
	return m, err
}

// A bond is a link to be made.
type bond struct {
	provider Provider
	member   uuid.UUID
	person   Person
	made     string // "self", "admin", "match"
}

// tie makes a link. Whoever makes a link of their own gives up the one they had
// with that provider. A subject that belonged to somebody who has left is free.
// ErrSubject, ErrLinked.
func tie(ctx context.Context, tx *tenant.Tx, b bond) (id uuid.UUID, err error) {
	if _, err := tx.Exec(ctx, `
		delete from identity_links l using members m
		 where m.id = l.member_id and l.provider_id = $1
		   and (l.subject = $2 and m.state = 'left' or $4 and l.member_id = $3)`,
		b.provider.ID, b.person.Subject, b.member, b.made == "self"); err != nil {
		return id, err
	}
	id = tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into identity_links (id, provider_id, member_id, subject, label, made, made_by, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, b.provider.ID, b.member, b.person.Subject, clip(b.person.Label, 120), b.made, tenant.Optional(tx.Actor.Member), tx.Now)
	switch tenant.Constraint(err) {
	case "identity_links_subject_uq":
		return id, ErrSubject
	case "identity_links_member_uq":
		return id, ErrLinked
	case "identity_links_provider_fkey":
		return id, ErrNoProvider
	}
	if err != nil {
		return id, err
	}
	tx.Audit("identity.linked", "org/member/"+b.member.String(), map[string]string{
		"provider": b.provider.Name, "label": clip(b.person.Label, 120), "made": b.made})
	return id, nil
}

func clip(s string, most int) string {
	r := []rune(strings.TrimSpace(s))
	if len(r) > most {
		r = r[:most]
	}
	return string(r)
}

// unlinkMine removes a link of the actor's own, unless they could not come in any
// more.
func (h *House) unlinkMine(ctx context.Context, tx *tenant.Tx, in byID) (none feature.None, err error) {
	me := tx.Actor.Member
	if err := cut(ctx, tx, in.ID, &me); err != nil {
		return none, err
	}
	off, err := h.NoPassword(ctx, tx, me)
	if err != nil || !off {
		return none, err
	}
	var left bool
	err = tx.Get(ctx, &left, `
		select exists (select from identity_links l join identity_providers p on p.id = l.provider_id and p.enabled where l.member_id = $1)`, me)
	if err == nil && !left {
		err = ErrLastWay
	}
	return none, err
}

// cut removes a link, of a member if one is named, and ends the sessions that
// began by it.
func cut(ctx context.Context, tx *tenant.Tx, id uuid.UUID, of *uuid.UUID) error {
	var gone struct {
		Provider uuid.UUID `db:"provider_id"`
		Name     string    `db:"name"`
		Member   uuid.UUID `db:"member_id"`
		Label    string    `db:"label"`
	}
	err := tx.Get(ctx, &gone, `
		delete from identity_links l using identity_providers p
		 where p.id = l.provider_id and l.id = $1 and ($2::uuid is null or l.member_id = $2)
		returning l.provider_id, p.name, l.member_id, l.label`, id, of)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrNoLink
	}
	if err != nil {
		return err
	}
	tx.Audit("identity.unlinked", "org/member/"+gone.Member.String(), map[string]string{"provider": gone.Name, "label": gone.Label})
	return endSessions(ctx, tx, gone.Provider, gone.Member)
}

// Known is a link as administrators see it.
type Known struct {
	ID        uuid.UUID  `db:"id" json:"id"`
	Member    uuid.UUID  `db:"member_id" json:"member_id"`
	Name      string     `db:"member_name" json:"member_name"`
	Login     string     `db:"login" json:"login"`
	State     string     `db:"state" json:"state"`
	Subject   string     `db:"subject" json:"subject"`
	Label     string     `db:"label" json:"label"`
	Made      string     `db:"made" json:"made" enum:"self,admin,match"`
	CreatedAt time.Time  `db:"created_at" json:"created_at"`
	UsedAt    *time.Time `db:"used_at" json:"used_at"`
}

const knownRows = `
	select l.id, l.member_id, m.name as member_name, m.login, m.state, l.subject, l.label, l.made, l.created_at, l.used_at
	  from identity_links l join members m on m.id = l.member_id`

type linksOf struct {
	feature.Page
	ID uuid.UUID `json:"-" path:"id"`
	Q  string    `json:"-" query:"q"`
}

func listLinks(ctx context.Context, tx *tenant.Tx, in linksOf) (l feature.List[Known], err error) {
	var after *uuid.UUID
	if in.After != "" {
		id, err := uuid.Parse(in.After)
		if err != nil {
			return l, feature.ErrMalformed.On("after")
		}
		after = &id
	}
	var there bool
	if err := tx.Get(ctx, &there, `select exists (select from identity_providers where id = $1)`, in.ID); err != nil {
		return l, err
	}
	if !there {
		return l, ErrNoProvider
	}
	var ls []Known
	err = tx.Select(ctx, &ls, knownRows+`
		 where l.provider_id = $1 and ($2::uuid is null or l.id > $2)
		   and ($3 = '' or strpos(m.name, $3) > 0 or strpos(m.login, lower($3)) > 0 or strpos(lower(l.label), lower($3)) > 0)
		 order by l.id limit $4`, in.ID, after, in.Q, in.Size()+1)
	return feature.Cut(ls, in.Size(), func(k Known) string { return k.ID.String() }), err
}

type newLink struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Member  uuid.UUID `json:"member_id"`
	Subject string    `json:"subject" minLength:"1" maxLength:"255"`
	Label   string    `json:"label,omitempty" maxLength:"120"`
}

// Validate returns the first thing wrong with the link.
func (n *newLink) Validate() error {
	if len(n.Subject) > 255 {
		return feature.ErrLong.On("subject")
	}
	return feature.Trim(&n.Subject, "subject", 255)
}

// addLink links a subject that an administrator names to a member, who is told.
// Nobody does so for themself, and nobody for who administers: that would make
// one administrator of two.
func (h *House) addLink(ctx context.Context, tx *tenant.Tx, in newLink) (k Known, err error) {
	p, err := h.provider(ctx, tx, in.ID, false)
	if err != nil {
		return k, err
	}
	var state string
	err = tx.Get(ctx, &state, `select state from members where id = $1`, in.Member)
	if errors.Is(err, tenant.ErrNoRows) {
		return k, org.ErrNoMember.On("member_id")
	}
	if err == nil && state != "active" && state != "invited" {
		err = org.ErrState.On("member_id").With("state", state)
	}
	if err != nil {
		return k, err
	}
	administers, err := org.Administers(ctx, tx, in.Member)
	if err != nil {
		return k, err
	}
	if administers || in.Member == tx.Actor.Member {
		return k, ErrOwnOnly
	}
	if names, ok := h.kinds[p.Kind].(Naming); ok {
		if in.Subject, err = names.Subject(in.Subject); err != nil {
			return k, err
		}
	}
	id, err := tie(ctx, tx, bond{provider: p, member: in.Member, person: Person{Subject: in.Subject, Label: in.Label}, made: "admin"})
	if err != nil {
		return k, err
	}
	if h.Tell != nil {
		if err := h.Tell(ctx, tx, []uuid.UUID{in.Member}, "identity.linked", "/org/identities", map[string]string{"provider": p.Name, "label": clip(in.Label, 120), "by": tx.Actor.Name}); err != nil {
			return k, err
		}
	}
	return k, tx.Get(ctx, &k, knownRows+` where l.id = $1`, id)
}

func dropLink(ctx context.Context, tx *tenant.Tx, in byID) (feature.None, error) {
	return feature.None{}, cut(ctx, tx, in.ID, nil)
}
