// Package plan says what a tenant may use of the platform: which modules, for
// how many people, for how many bytes of files, until when; and whether it may
// change anything at all. The operators write plans; everything else here is
// the tenant's side of them.
//
// A plan never takes anything away: what is there stays and can be read. A
// module that is off is closed to everybody of the tenant; seats and bytes
// refuse what would be one too many; after its last day, and while the
// operators have made it so, a tenant is read and not changed.
package plan

import (
	"context"
	"embed"
	"slices"
	"time"

	"hetu/fault"
	"hetu/tenant"
)

//go:embed migrations
var files embed.FS

// What a plan does not allow.
var (
	ErrOff      = fault.New(fault.Forbidden, "plan.module_off")  // meta: module
	ErrReadOnly = fault.New(fault.Forbidden, "plan.read_only")   // meta: reason
	ErrExpired  = fault.New(fault.Forbidden, "plan.expired")     // meta: expires_on
	ErrStorage  = fault.New(fault.Conflict, "plan.storage_full") // meta: limit, used
	// ErrSeats is what the database says of one person too many; meta: seats.
	ErrSeats = fault.New(fault.Conflict, "plan.seats_full")
)

// A Module is what can be on or off as a whole: the features behind it. What is
// in no module (people, rights, messages, approvals, files, the audit) is always on.
type Module struct {
	Code     string   `json:"code"`
	Features []string `json:"-"`
}

// Modules are all there are.
var Modules = []Module{
	{"publish", []string{"publish"}},
	{"exchange", []string{"exchange"}},
	{"assess", []string{"assess", "target", "review", "verdict"}},
	{"wordcheck", []string{"wordcheck"}},
	{"trial", []string{"trial"}},
}

// Known reports whether there is a module of this code.
func Known(code string) bool {
	return slices.ContainsFunc(Modules, func(m Module) bool { return m.Code == code })
}

// moduleOf are the modules by their features.
var moduleOf = func() map[string]string {
	by := map[string]string{}
	for _, m := range Modules {
		for _, f := range m.Features {
			by[f] = m.Code
		}
	}
	return by
}()

// A Standing is what holds for a tenant now. The zero value allows everything.
type Standing struct {
	ReadOnly  bool         `db:"read_only"`
	Reason    string       `db:"reason"` // of its being suspended, in whatever way
	Off       tenant.Texts `db:"off"`
	Seats     *int         `db:"seats"`      // nil: any number
	Bytes     *int64       `db:"bytes"`      // nil: any number
	ExpiresOn *time.Time   `db:"expires_on"` // its last day; nil: none
	Expired   bool         `db:"expired"`
}

// Allows returns why somebody of the tenant may not call a route of a feature;
// nil if they may.
func (s Standing) Allows(feature string, changes bool) error {
	if m, ok := moduleOf[feature]; ok && slices.Contains(s.Off, m) {
		return ErrOff.With("module", m)
	}
	switch {
	case !changes:
		return nil
	case s.ReadOnly:
		return ErrReadOnly.With("reason", s.Reason)
	case s.Expired:
		return ErrExpired.With("expires_on", day(s.ExpiresOn))
	}
	return nil
}

func day(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.DateOnly)
}

// load reads what holds for the tenant of tx.
func load(ctx context.Context, tx *tenant.Tx) (s Standing, err error) {
	err = tx.Get(ctx, &s, `
		select read_only, reason, off, seats, bytes, expires_on, expired from platform.tenant_standing()`)
	return s, err
}

// used is how much of what is limited a tenant has.
type used struct {
	Members int   `db:"members"` // who have not left
	Bytes   int64 `db:"bytes"`   // of its files, and of what is being uploaded
}

const bytesUsed = `
	(select coalesce(sum(size), 0)::bigint from files where not borrowed)
	+ (select coalesce(sum(size), 0)::bigint from uploads where state in ('open', 'scanning', 'ready'))`

// Quota refuses an upload of size bytes that the tenant has no room for. Those
// that begin at the same time take turns.
func Quota(ctx context.Context, tx *tenant.Tx, size int64) error {
	s, err := load(ctx, tx)
	if err != nil || s.Bytes == nil {
		return ignoreMissing(err)
	}
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('plan/bytes' || app_tenant()::text, 0))`); err != nil {
		return err
	}
	var there int64
	if err := tx.Get(ctx, &there, `select `+bytesUsed); err != nil {
		return err
	}
	if there+size > *s.Bytes {
		return ErrStorage.With("limit", *s.Bytes).With("used", there)
	}
	return nil
}

// ignoreMissing takes a tenant that is on no list for one without limits.
func ignoreMissing(err error) error {
	if fault.Of(err).Code == tenant.ErrNoRows.Code {
		return nil
	}
	return err
}
