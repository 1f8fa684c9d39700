// Package factor is the second factor of signing in: codes of an authenticator
// app (TOTP), passkeys and security keys (WebAuthn), and recovery codes for the
// day when neither is at hand.
//
// What a person has set up is one sealed record (see hetu/vault), replaced as a
// whole under the version that was read. Between password and second factor there
// is a ticket: sealed, good for five minutes and one sign-in, kept nowhere but in
// the browser. The same code serves members and operators; a realm says where
// their records lie.
package factor

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
	"github.com/google/uuid"

	"hetu/fault"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/vault"
)

// What can go wrong here. At the door the faults are those of org.
var (
	ErrCode      = fault.New(fault.Invalid, "factor.code_wrong").On("code")
	ErrPasskey   = fault.New(fault.Invalid, "factor.passkey_refused")
	ErrNoPasskey = fault.New(fault.NotFound, "factor.passkey_not_found")
	ErrNone      = fault.New(fault.Conflict, "factor.not_set_up")
	ErrLast      = fault.New(fault.Conflict, "factor.last_one")
	ErrMany      = fault.New(fault.Conflict, "factor.too_many")
	ErrBegin     = fault.New(fault.Conflict, "factor.begin_again")
)

// A Demand says who must show a second factor; others may.
type Demand string

// The demands. The zero value is Off.
const (
	Off    Demand = "off"
	Admins Demand = "admins" // operators, and members who administer
	All    Demand = "all"
)

// Options are what second factors are made with.
type Options struct {
	Key    vault.Key
	Demand Demand
	Site   string            // the address people come to: passkeys are bound to its name
	Admin  []rbac.Permission // whoever has one of them administers
}

// A Desk sets up and checks the second factors of one kind of people. It is safe
// for concurrent use.
type Desk struct {
	Options
	realm realm
	site  *webauthn.WebAuthn // nil: passkeys are not offered
}

// A realm says where the records of one kind of people lie and who they are.
type realm struct {
	name            string // what tickets and records are sealed for
	acts            string // the prefix of what the audit calls what they do
	look, take, put string
	operators       bool
}

// Members returns the desk of tenants' members.
func Members(o Options) *Desk {
	return newDesk(o, realm{name: "account", acts: "factor.",
		look: `select ways, state, version from platform.second_look($1)`,
		take: `select ways, state, version from platform.second_take($1)`,
		put:  `select platform.second_put($1, $2, $3, $4)`})
}

// Operators returns the desk of the platform's operators.
func Operators(o Options) *Desk {
	return newDesk(o, realm{name: "operator", acts: "console.factor_", operators: true,
		look: `select ways, state, version from platform.operator_second_look($1)`,
		take: `select ways, state, version from platform.operator_second_take($1)`,
		put:  `select platform.operator_second_put($1, $2, $3, $4)`})
}

func newDesk(o Options, r realm) *Desk {
	d := &Desk{Options: o, realm: r}
	name, origin, ok := relying(o.Site)
	if !ok {
		return d
	}
	site, err := webauthn.New(&webauthn.Config{
		RPID: name, RPDisplayName: "Hetu", RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementDiscouraged, UserVerification: protocol.VerificationPreferred},
	})
	if err == nil {
		d.site = site
	}
	return d
}

// relying returns the name that passkeys are bound to at an address, and its
// origin. An authenticator knows names and no numbers: this machine has one,
// others that are addressed by number have no passkeys.
func relying(site string) (name, origin string, ok bool) {
	u, err := url.Parse(site)
	if err != nil || u.Hostname() == "" {
		return "", "", false
	}
	name, host := u.Hostname(), u.Host
	if ip, err := netip.ParseAddr(name); err == nil {
		if !ip.IsLoopback() {
			return "", "", false
		}
		name, host = "localhost", "localhost"
		if u.Port() != "" {
			host += ":" + u.Port()
		}
	}
	return name, u.Scheme + "://" + host, true
}

// Demands reports whether a member with these rights is let in with a second
// factor only.
func (d *Desk) Demands(r *rbac.Rights) bool {
	switch d.Demand {
	case All:
		return true
	case Admins:
		return d.realm.operators || slices.ContainsFunc(d.Admin, r.Has)
	}
	return false
}

// Ask returns nil if whoever a claim is of has no second factor, and else
// org.ErrSecond with the ticket to show it by.
func (d *Desk) Ask(ctx context.Context, db *tenant.DB, c org.Claim) error {
	read := db.Read
	if d.realm.operators {
		read = db.Public
	}
	var asked error
	err := read(ctx, func(tx *tenant.Tx) error {
		s, err := d.look(ctx, tx, c.Account)
		if err == nil && len(s.ways()) > 0 {
			asked, err = d.ask(c, s, tx.Now)
		}
		return err
	})
	return errors.Join(err, asked)
}

// Check uses a proof up and returns the way it was made in. See org.Second.
func (d *Desk) Check(ctx context.Context, tx *tenant.Tx, c org.Claim, p org.Proof) (way string, err error) {
	t, err := d.open(p.Ticket)
	if err != nil || t.Claim.Account != c.Account || t.over(tx.Now) {
		return "", org.ErrTicket
	}
	s, err := d.take(ctx, tx, c.Account)
	if err != nil {
		return "", err
	}
	if !s.spend(t, tx.Now) {
		return "", org.ErrTicket
	}
	switch p.Way {
	case "totp":
		err = s.checkTOTP(p.Code, tx.Now)
	case "passkey":
		err = d.checkPasskey(s, t, p.Passkey, tx.Now)
	case "recovery":
		err = s.checkRecovery(p.Code)
	default:
		err = org.ErrSecondWrong
	}
	if err != nil {
		return "", err
	}
	if p.Way == "recovery" {
		d.audit(tx, "recovery_used", map[string]int{"left": len(s.Recovery)})
	}
	return p.Way, d.put(ctx, tx, s)
}

// audit records what somebody did with their own second factor.
func (d *Desk) audit(tx *tenant.Tx, what string, detail any) {
	about := "org/member/" + tx.Actor.Member.String()
	if d.realm.operators {
		about = "console/operator/" + tx.Actor.Operator.String()
	}
	tx.Audit(d.realm.acts+what, about, detail)
}

// holder is whose record an actor's is.
func (d *Desk) holder(a tenant.Actor) uuid.UUID {
	if d.realm.operators {
		return a.Operator
	}
	return a.Account
}
