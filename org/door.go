package org

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net/netip"
	"time"

	"hetu/fault"
	"hetu/tenant"
)

// How often sign-ins may fail from one address, whichever accounts they try
// (AN-03). A single account is locked by its fifth failure; this is for whoever
// tries one password on many.
//
// A whole office sits behind one address, and on a Monday morning every tenth
// person mistypes: sixty failures at once, and six more each minute after that,
// are what five hundred people need and what lets a sprayer try no more than
// one password on nine thousand accounts a day. Then the address is refused,
// for ten seconds at most until the next try. Successes do not count in its
// favour, or one account of one's own would buy guesses at the others; but
// accounts that have come in from the address before, in the last thirty days,
// are let through to their own lock: nobody can shut an office out of its own
// desks.
const (
	addressCost = "10 seconds" // until one failure is forgotten
	addressRoom = "10 minutes" // how much may be remembered: sixty failures
)

// A Threshold counts the sign-ins that fail from addresses: in the database,
// for all nodes and for both doors at once.
type Threshold struct{ wait, count string }

// The thresholds of the doors: the same counts, reached with the rights of each.
var (
	Members = Threshold{
		`select ceil(extract(epoch from coalesce(platform.address_wait($1, $2::interval), '0')))::int`,
		`select ceil(extract(epoch from platform.address_failed($1, $3::interval, $2::interval)))::int`}
	Operators = Threshold{
		`select ceil(extract(epoch from coalesce(platform.doorstep_wait($1, $2::interval), '0')))::int`,
		`select ceil(extract(epoch from platform.doorstep_count($1, $3::interval, $2::interval)))::int`}
)

// Wait returns for how many seconds sign-ins from an address are refused; none
// if they are not.
func (t Threshold) Wait(ctx context.Context, db *tenant.DB, ip string) (seconds int, err error) {
	address := doorstep(ip)
	if address == "" {
		return 0, nil
	}
	err = db.Public(ctx, func(tx *tenant.Tx) error { return tx.Get(ctx, &seconds, t.wait, address, addressRoom) })
	return max(seconds, 0), err
}

// Failed counts a sign-in from an address that failed, and reports whether the
// next is refused.
func (t Threshold) Failed(ctx context.Context, tx *tenant.Tx, ip string) (full bool, err error) {
	address := doorstep(ip)
	if address == "" {
		return false, nil
	}
	var seconds int
	err = tx.Get(ctx, &seconds, t.count, address, addressRoom, addressCost)
	if seconds > 0 {
		slog.WarnContext(ctx, "sign-ins from an address fail too often", "address", address)
	}
	return seconds > 0, err
}

// alarm tells those who watch over security that sign-ins from the actor's
// address fail so often that it is refused: once an hour for an address (AN-03).
func (h *house) alarm(ctx context.Context, tx *tenant.Tx) error {
	address := doorstep(tx.Actor.IP)
	var told bool
	err := tx.Get(ctx, &told, `
		select exists (select from audit_entries where action = 'org.alarm' and detail ->> 'address' = $1 and at > $2)`,
		address, tx.Now.Add(-time.Hour))
	if err != nil || told {
		return err
	}
	tx.Audit("org.alarm", "org/address", map[string]string{"address": address})
	if h.Alarm == nil {
		return nil
	}
	return h.Alarm(ctx, tx, address)
}

// doorstep returns what failures are counted under: an IPv4 address, or the
// network of an IPv6 one, of which everybody has more than they could use up.
// It is empty for what says nothing about who is there: no address, and the
// machine itself, which is a proxy nobody has named in HETU_PROXIES; refusing it
// would refuse everybody.
func doorstep(ip string) string {
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	if a.IsLoopback() || a.IsUnspecified() {
		return ""
	}
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return ""
	}
	return p.String()
}

// Away is the answer to a sign-in from an address that is refused.
func Away(seconds int) error { return ErrAddress.With("retry_after", seconds) }

// LoginHash is what failures are counted under of a login nobody has: somebody
// may have typed a password there.
func LoginHash(login string) []byte {
	h := sha256.Sum256([]byte(login))
	return h[:]
}

// Prove reports whether hash is of password. While a login is locked the answer
// is no, whatever the password.
func (p *Passwords) Prove(ctx context.Context, password, hash string, locked *time.Time) (bool, error) {
	if locked != nil {
		return false, nil
	}
	return p.Verify(ctx, password, hash)
}

// Missed returns what to answer to a sign-in that failed: locked until when, or
// that login and password do not belong together.
func Missed(until *time.Time, locked, credentials *fault.Error) error {
	if until != nil {
		return locked.With("until", until)
	}
	return credentials
}
