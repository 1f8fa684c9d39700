package factor

import (
	"context"
	"encoding/json"
	"time"

	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

// A House is what people come into: it knows their passwords and sessions.
type House interface {
	// Confirm returns nil if the password is that of the actor of ctx, and else a
	// fault on the field "password".
	Confirm(ctx context.Context, deps feature.Deps, cl *feature.Client, password string) error
	// Renew begins the actor's session anew as one in which a second factor was shown,
	// in one transaction with first; with alone it is the only one left.
	Renew(ctx context.Context, deps feature.Deps, cl *feature.Client, way string, alone bool, first func(context.Context, *tenant.Tx) error) (csrf string, err error)
}

// own are the endpoints of a person's own second factor.
type own struct {
	*Desk
	house House
}

// Routes are the routes under base by which people look after their own second
// factor. Needs is who they are.
func (d *Desk) Routes(base string, needs rbac.Permission, house House) []feature.Route {
	o := own{d, house}
	return []feature.Route{
		feature.GET(base, needs, feature.Look(o.show)),
		feature.POST(base+"/totp/begin", needs, feature.Door(o.beginTOTP)),
		feature.POST(base+"/totp", needs, feature.Door(o.setTOTP)),
		feature.POST(base+"/totp/remove", needs, feature.Door(o.removeTOTP)),
		feature.POST(base+"/passkeys/begin", needs, feature.Door(o.beginPasskey)),
		feature.POST(base+"/passkeys", needs, feature.Door(o.setPasskey)),
		feature.POST(base+"/passkeys/remove", needs, feature.Door(o.removePasskey)),
		feature.POST(base+"/recovery", needs, feature.Door(o.renewRecovery)),
	}
}

// Mine is what a person has set up.
type Mine struct {
	Demanded     bool       `json:"demanded"` // they are let in with a second factor only
	TOTP         bool       `json:"totp"`
	TOTPSince    *time.Time `json:"totp_since"`
	Passkeys     []Passkey  `json:"passkeys"`
	RecoveryLeft int        `json:"recovery_left"`
	Offered      bool       `json:"passkeys_offered"` // passkeys work at the address the server is known by
	Site         string     `json:"passkey_site"`     // that address's name
}

// Passkey is a passkey or security key of a person.
type Passkey struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	CreatedAt time.Time  `json:"created_at"`
	UsedAt    *time.Time `json:"used_at"`
}

func (o own) show(ctx context.Context, deps feature.Deps, cl *feature.Client, _ feature.None) (m Mine, err error) {
	err = o.run(deps)(ctx, func(tx *tenant.Tx) error {
		s, err := o.look(ctx, tx, o.holder(tx.Actor))
		if err != nil {
			return err
		}
		m = Mine{Demanded: o.Demands(cl.Rights), TOTP: s.TOTP != nil, Passkeys: []Passkey{}, RecoveryLeft: len(s.Recovery), Offered: o.site != nil}
		if s.TOTP != nil {
			m.TOTPSince = &s.TOTP.Since
		}
		if o.site != nil {
			m.Site = o.site.Config.RPID
		}
		for _, p := range s.Passkeys {
			m.Passkeys = append(m.Passkeys, Passkey{p.id(), p.Name, p.Created, p.Used})
		}
		return nil
	})
	return m, err
}

// run returns how the realm's people write.
func (o own) run(deps feature.Deps) func(context.Context, func(*tenant.Tx) error) error {
	if o.realm.operators {
		return deps.Operators.Operate
	}
	return deps.DB.Write
}

type password struct {
	Password string `json:"password" minLength:"1" maxLength:"128"`
}

// Begun is what an authenticator app is set up with.
type Begun struct {
	Secret  string `json:"secret"`  // in base32, for apps that are typed into
	Address string `json:"address"` // otpauth://…, as a QR code shows it
	Ticket  string `json:"ticket"`
}

const enrolment = "enrolment"

func (o own) beginTOTP(ctx context.Context, deps feature.Deps, cl *feature.Client, in password) (b Begun, err error) {
	if err := o.house.Confirm(ctx, deps, cl, in.Password); err != nil {
		return b, err
	}
	err = o.run(deps)(ctx, func(tx *tenant.Tx) (err error) {
		if b.Secret, b.Address, err = newTOTP(tx.Actor.Name); err != nil {
			return err
		}
		b.Ticket, err = o.enrol(tx, ticket{TOTP: b.Secret})
		return err
	})
	return b, err
}

// enrol returns a ticket to finish setting something up with.
func (o own) enrol(tx *tenant.Tx, t ticket) (string, error) {
	t.ID, t.Until, t.Claim = tenant.NewID(), tx.Now.Add(lives), org.Claim{Account: o.holder(tx.Actor)}
	return o.seal(t, enrolment)
}

// begun opens such a ticket: of the actor, and in time.
func (o own) begun(tx *tenant.Tx, text string) (ticket, error) {
	t, err := o.unseal(text, enrolment)
	if err != nil || t.Claim.Account != o.holder(tx.Actor) || t.over(tx.Now) {
		return t, ErrBegin
	}
	return t, nil
}

type setTOTP struct {
	Ticket string `json:"ticket" minLength:"1" maxLength:"8192"`
	Code   string `json:"code" minLength:"6" maxLength:"16"`
}

// Enrolled says that a way was added. Recovery are the recovery codes that came
// with the first one, shown this once.
type Enrolled struct {
	CSRF     string   `json:"csrf"`
	Recovery []string `json:"recovery"`
}

func (o own) setTOTP(ctx context.Context, deps feature.Deps, cl *feature.Client, in setTOTP) (Enrolled, error) {
	return o.add(ctx, deps, cl, "totp", in.Ticket, "totp_set", func(tx *tenant.Tx, s *record, t ticket) (any, error) {
		at, err := step(t.TOTP, in.Code, tx.Now)
		if err != nil || t.TOTP == "" || at == 0 {
			return nil, ErrCode
		}
		s.TOTP = &totpKey{Secret: t.TOTP, Last: at, Since: tx.Now}
		return nil, nil
	})
}

type asPasskey struct {
	Ticket     string `json:"ticket" minLength:"1" maxLength:"8192"`
	Name       string `json:"name" minLength:"1" maxLength:"40"`
	Credential string `json:"credential" minLength:"1" maxLength:"65536"` // the answer of the authenticator, as JSON
}

func (o own) setPasskey(ctx context.Context, deps feature.Deps, cl *feature.Client, in asPasskey) (Enrolled, error) {
	if err := feature.Trim(&in.Name, "name", 40); err != nil {
		return Enrolled{}, err
	}
	return o.add(ctx, deps, cl, "passkey", in.Ticket, "passkey_added", func(tx *tenant.Tx, s *record, t ticket) (any, error) {
		if len(s.Passkeys) >= maxPasskeys {
			return nil, ErrMany
		}
		return map[string]string{"name": in.Name}, o.addPasskey(s, t, in.Name, in.Credential, tx.Now)
	})
}

// add adds a way to the actor's record. The session goes on as one in which it
// was shown; with the first way every other session ends, as none of them has
// shown it.
func (o own) add(ctx context.Context, deps feature.Deps, cl *feature.Client, way, text, what string, fn func(*tenant.Tx, *record, ticket) (any, error)) (e Enrolled, err error) {
	var first bool
	err = o.run(deps)(ctx, func(tx *tenant.Tx) error {
		s, err := o.look(ctx, tx, o.holder(tx.Actor))
		first = err == nil && len(s.ways()) == 0
		return err
	})
	if err != nil {
		return e, err
	}
	e.CSRF, err = o.house.Renew(ctx, deps, cl, way, first, func(ctx context.Context, tx *tenant.Tx) error {
		t, err := o.begun(tx, text)
		if err != nil {
			return err
		}
		s, err := o.take(ctx, tx, o.holder(tx.Actor))
		if err != nil {
			return err
		}
		if (len(s.ways()) == 0) != first || !s.spend(t, tx.Now) {
			return ErrBegin
		}
		detail, err := fn(tx, s, t)
		if err != nil {
			return err
		}
		e.Recovery = []string{}
		if first {
			e.Recovery = s.newRecovery()
		}
		o.audit(tx, what, detail)
		return o.put(ctx, tx, s)
	})
	return e, err
}

// Asked is what a browser asks an authenticator for a new passkey.
type Asked struct {
	Options string `json:"options"` // PublicKeyCredentialCreationOptions, as JSON
	Ticket  string `json:"ticket"`
}

func (o own) beginPasskey(ctx context.Context, deps feature.Deps, cl *feature.Client, in password) (a Asked, err error) {
	if o.site == nil {
		return a, ErrPasskey
	}
	if err := o.house.Confirm(ctx, deps, cl, in.Password); err != nil {
		return a, err
	}
	err = o.run(deps)(ctx, func(tx *tenant.Tx) error {
		s, err := o.look(ctx, tx, o.holder(tx.Actor))
		if err != nil {
			return err
		}
		if len(s.Passkeys) >= maxPasskeys {
			return ErrMany
		}
		var options, remembered json.RawMessage
		if options, remembered, err = o.newPasskey(s, tx.Actor.Name); err != nil {
			return err
		}
		a.Options = string(options)
		a.Ticket, err = o.enrol(tx, ticket{Auth: remembered})
		return err
	})
	return a, err
}

func (o own) removeTOTP(ctx context.Context, deps feature.Deps, cl *feature.Client, in password) (feature.None, error) {
	return o.remove(ctx, deps, cl, in.Password, "totp_removed", func(s *record) (any, error) {
		if s.TOTP == nil {
			return nil, ErrNone
		}
		s.TOTP = nil
		return nil, nil
	})
}

type onePasskey struct {
	ID       string `json:"id" minLength:"1" maxLength:"1400"`
	Password string `json:"password" minLength:"1" maxLength:"128"`
}

func (o own) removePasskey(ctx context.Context, deps feature.Deps, cl *feature.Client, in onePasskey) (feature.None, error) {
	return o.remove(ctx, deps, cl, in.Password, "passkey_removed", func(s *record) (any, error) {
		name, ok := s.drop(in.ID)
		if !ok {
			return nil, ErrNoPasskey
		}
		return map[string]string{"name": name}, nil
	})
}

// remove takes a way away, unless it is the last of somebody who needs one.
func (o own) remove(ctx context.Context, deps feature.Deps, cl *feature.Client, password, what string, fn func(*record) (any, error)) (none feature.None, err error) {
	return none, o.change(ctx, deps, cl, password, func(tx *tenant.Tx, s *record) error {
		detail, err := fn(s)
		if err != nil {
			return err
		}
		if len(s.ways()) == 0 && o.Demands(cl.Rights) {
			return ErrLast
		}
		o.audit(tx, what, detail)
		return nil
	})
}

// change changes the actor's record for who repeats their password.
func (o own) change(ctx context.Context, deps feature.Deps, cl *feature.Client, password string, fn func(*tenant.Tx, *record) error) error {
	if err := o.house.Confirm(ctx, deps, cl, password); err != nil {
		return err
	}
	return o.run(deps)(ctx, func(tx *tenant.Tx) error {
		s, err := o.take(ctx, tx, o.holder(tx.Actor))
		if err != nil {
			return err
		}
		if err := fn(tx, s); err != nil {
			return err
		}
		return o.put(ctx, tx, s)
	})
}

// Codes are new recovery codes, shown this once.
type Codes struct {
	Recovery []string `json:"recovery"`
}

func (o own) renewRecovery(ctx context.Context, deps feature.Deps, cl *feature.Client, in password) (c Codes, err error) {
	return c, o.change(ctx, deps, cl, in.Password, func(tx *tenant.Tx, s *record) error {
		if len(s.ways()) == 0 {
			return ErrNone
		}
		c.Recovery = s.newRecovery()
		o.audit(tx, "recovery_renewed", nil)
		return nil
	})
}
