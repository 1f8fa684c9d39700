package assess

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// What can go wrong with offers.
var (
	ErrOfferNotFound = fault.New(fault.NotFound, "assess.offer_not_found")
	ErrOfferUnknown  = fault.New(fault.Invalid, "assess.offer_unknown") // not from above, or withdrawn
	ErrOffered       = fault.New(fault.Conflict, "assess.scheme_offered")
	ErrOfferGone     = fault.New(fault.Conflict, "assess.offer_withdrawn")
	ErrRequired      = fault.New(fault.Invalid, "assess.required_missing") // with from and missing
)

// required is the binding of an offer that has to be kept.
const required = "required"

// An Offer is a scheme shown to the tenants below as the model of the schemes
// they make for their departments. A required one has to be in each of them:
// they may add to it and take nothing away.
type Offer struct {
	ID            uuid.UUID  `db:"id" json:"id"`
	Issuer        string     `db:"issuer_name" json:"issuer"`
	Own           bool       `db:"own" json:"own"` // offered here
	SchemeID      uuid.UUID  `db:"scheme_id" json:"scheme_id"`
	SchemeVersion int        `db:"scheme_version" json:"scheme_version"`
	Year          int        `db:"year" json:"year"`
	Name          string     `db:"name" json:"name"`
	Note          string     `db:"note" json:"note"`
	Binding       string     `db:"binding" json:"binding" enum:"recommended,required"`
	Rules         int        `db:"rules" json:"rules"`
	Headings      int        `db:"headings" json:"headings"`
	OfferedAt     time.Time  `db:"offered_at" json:"offered_at"`
	WithdrawnAt   *time.Time `db:"withdrawn_at" json:"withdrawn_at"`
	Uses          int        `db:"uses" json:"uses"`   // of one's own: tenants below that have a scheme by it
	Units         int        `db:"units" json:"units"` // and how many there are below
}

const offerColumns = `o.id, o.issuer_name, o.issuer_id = app_tenant() as own, o.scheme_id, o.scheme_version, o.year, o.name, o.note, o.binding,
	jsonb_array_length(o.rules) as rules, jsonb_array_length(coalesce(o.plan -> 'headings', '[]')) as headings, o.offered_at, o.withdrawn_at,
	(select count(distinct u.unit_id) from assess_offer_uses u where u.issuer_id = app_tenant() and u.offer_id = o.id) as uses,
	case when o.issuer_id = app_tenant() then (select count(*) from platform.kin() where relation = 'descendant' and state = 'active') else 0 end as units`

type newOffer struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version"`
	Binding string    `json:"binding" enum:"recommended,required"`
	Note    string    `json:"note,omitempty" maxLength:"300"`
}

// offer shows a scheme, as it is at its version, to the tenants below.
func offer(ctx context.Context, tx *tenant.Tx, in newOffer) (o Offer, err error) {
	s, _, err := findScheme(ctx, tx, in.ID, 0)
	switch {
	case err != nil:
		return o, err
	case s.Version != in.Version:
		return o, refusal(ctx, tx, in.ID, in.Version)
	case len(s.Rules) == 0:
		return o, ErrNoRules.On("rules")
	}
	plan := s.Plan
	plan.Members = nil
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into assess_offers (id, issuer_name, scheme_id, scheme_version, year, name, note, binding, rules, plan, offered_at)
		     select $1, k.name, $2, $3, $4, $5, $6, $7, $8, $9, $10 from platform.kin() k where k.relation = 'self'`,
		id, s.ID, s.Version, s.Year, s.Name, strings.TrimSpace(in.Note), in.Binding, tenant.JSON(s.Rules), tenant.JSON(plan), tx.Now)
	if tenant.Constraint(err) == "assess_offers_once_uq" {
		return o, ErrOffered
	}
	if err != nil {
		return o, err
	}
	tx.Audit("assess.scheme_offered", offerObject(id), map[string]any{"scheme": s.ID, "version": s.Version, "binding": in.Binding})
	return findOffer(ctx, tx, id)
}

func offerObject(id uuid.UUID) string { return "assess/offer/" + id.String() }

func findOffer(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (o Offer, err error) {
	err = tx.Get(ctx, &o, `select `+offerColumns+` from assess_offers o where o.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return o, ErrOfferNotFound
	}
	return o, err
}

type offerList struct {
	feature.Page
	From string `json:"-" query:"from" enum:"above,here"` // above unless said
}

func (q offerList) Validate() error { return cursor(q.Page) }

// offers lists what the tenants above offer, or what is offered here.
func offers(ctx context.Context, tx *tenant.Tx, q offerList) (l feature.List[Offer], err error) {
	var all []Offer
	err = tx.Select(ctx, &all, `
		select `+offerColumns+` from assess_offers o
		 where (o.issuer_id = app_tenant()) = $1 and ($1 or o.withdrawn_at is null) and ($2 = '' or o.id < nullif($2, '')::uuid)
		 order by o.id desc limit $3`, q.From == "here", q.After, q.Size()+1)
	return feature.Cut(all, q.Size(), func(o Offer) string { return o.ID.String() }), err
}

// unoffer takes an offer back. Schemes that were made by it stay as they are.
func unoffer(ctx context.Context, tx *tenant.Tx, in ref) (Offer, error) {
	n, err := tx.Exec(ctx, `
		update assess_offers set withdrawn_at = $2 where id = $1 and issuer_id = app_tenant() and withdrawn_at is null`, in.ID, tx.Now)
	if err != nil {
		return Offer{}, err
	}
	o, err := findOffer(ctx, tx, in.ID)
	switch {
	case err != nil:
		return o, err
	case !o.Own:
		return o, ErrOfferNotFound // it is another's to withdraw
	case n == 0:
		return o, ErrOfferGone
	}
	tx.Audit("assess.scheme_unoffered", offerObject(in.ID), map[string]any{"scheme": o.SchemeID})
	return o, nil
}

// An OfferUse says that a tenant below put a scheme into force by an offer.
type OfferUse struct {
	Unit   string    `db:"unit" json:"unit"`
	Scheme string    `db:"scheme_name" json:"scheme"`
	Added  int       `db:"added" json:"added"` // rules of its own
	At     time.Time `db:"at" json:"at"`
}

// offerUses lists the tenants below that have a scheme by an offer.
func offerUses(ctx context.Context, tx *tenant.Tx, q ref) (l feature.List[OfferUse], err error) {
	o, err := findOffer(ctx, tx, q.ID)
	if err != nil {
		return l, err
	}
	if !o.Own {
		return l, ErrOfferNotFound
	}
	l.Items = []OfferUse{}
	err = tx.Select(ctx, &l.Items, `
		select distinct on (k.name, u.unit_id) k.name as unit, u.scheme_name, u.added, u.at
		  from assess_offer_uses u
		  join platform.kin() k on k.id = u.unit_id
		 where u.issuer_id = app_tenant() and u.offer_id = $1
		 order by k.name, u.unit_id, u.at desc`, q.ID)
	return l, err
}

// A demand is an offer from above with what it holds.
type demand struct {
	ID      uuid.UUID   `db:"id"`
	Issuer  uuid.UUID   `db:"issuer_id"`
	From    string      `db:"issuer_name"`
	Binding string      `db:"binding"`
	Rules   doc[[]Spec] `db:"rules"`
	Plan    doc[Plan]   `db:"plan"`
}

// demands returns what the tenants above offer for a year.
func demands(ctx context.Context, tx *tenant.Tx, year int) (all []demand, err error) {
	err = tx.Select(ctx, &all, `
		select id, issuer_id, issuer_name, binding, rules, plan from assess_offers
		 where issuer_id <> app_tenant() and year = $1 and withdrawn_at is null order by id`, year)
	return all, err
}

// takeOver begins a scheme with what is offered from above.
func takeOver(ctx context.Context, tx *tenant.Tx, offer uuid.UUID, s *Scheme) error {
	var d demand
	err := tx.Get(ctx, &d, `
		select id, issuer_id, issuer_name, binding, rules, plan from assess_offers
		 where id = $1 and issuer_id <> app_tenant() and withdrawn_at is null`, offer)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrOfferUnknown.On("offer")
	}
	s.Rules, s.Plan = append(s.Rules, d.Rules.V...), d.Plan.V
	return err
}

// lacks lists, by their names, the rules and headings of an offer that a scheme
// does not have as they are offered. What a class is asked for, and who answers
// for a heading by when, is the scheme's own.
func (d demand) lacks(s Scheme) (names []string, codes []string) {
	lack := func(code, name string) { names, codes = append(names, name), append(codes, code) }
	for _, h := range d.Plan.V.Headings {
		own := s.Plan.heading(h.Code)
		if own == nil || tenant.JSON(own.demanded()) != tenant.JSON(h.demanded()) {
			lack(h.Code, h.Name)
		}
	}
	for _, r := range d.Rules.V {
		i := slices.IndexFunc(s.Rules, func(o Spec) bool { return o.Code == r.Code })
		if i < 0 || tenant.JSON(s.Rules[i].demanded()) != tenant.JSON(r.demanded()) {
			lack(r.Code, r.Name)
		}
	}
	return names, codes
}

// demanded is what of a heading may not differ from an offer.
func (h Heading) demanded() Heading {
	kind := h.Kind
	if h.basic() {
		kind = ""
	}
	return Heading{Code: h.Code, Parent: h.Parent, Name: h.Name, Kind: kind, Weight: h.Weight, Cap: h.Cap, Floor: h.Floor}
}

// demanded is what of a rule may not differ from an offer.
func (s Spec) demanded() Spec {
	n := s.normal()
	n.ByClass = nil
	return n
}

// forDepartments reports whether a scheme scores departments of the tenant.
func (s Scheme) forDepartments() bool {
	return slices.ContainsFunc(s.Units, func(u Unit) bool { return u.Kind == "department" })
}

// conforms checks that a scheme for departments holds what has to be kept of
// the offers from above, when it is put into force or changed after.
func (s Scheme) conforms(ctx context.Context, tx *tenant.Tx) error {
	if !s.forDepartments() {
		return nil
	}
	all, err := demands(ctx, tx, s.Year)
	if err != nil {
		return err
	}
	for _, d := range all {
		names, _ := d.lacks(s)
		if d.Binding == required && len(names) > 0 {
			return ErrRequired.With("from", d.From).With("missing", strings.Join(names, "、")).On("rules")
		}
	}
	return s.tell(ctx, tx, all)
}

// tell lets those who offered something know of a scheme that holds all of it.
func (s Scheme) tell(ctx context.Context, tx *tenant.Tx, all []demand) error {
	for _, d := range all {
		if names, _ := d.lacks(s); len(names) > 0 {
			continue
		}
		_, err := tx.Exec(ctx, `
			insert into assess_offer_uses (id, issuer_id, offer_id, scheme_id, scheme_version, scheme_name, added, at)
			     values ($1, $2, $3, $4, $5, $6, $7, $8)
			on conflict on constraint assess_offer_uses_once_uq do nothing`,
			tenant.NewID(), d.Issuer, d.ID, s.ID, s.Version, s.Name, len(s.Rules)-len(d.Rules.V), tx.Now)
		if err != nil {
			return err
		}
	}
	return nil
}
