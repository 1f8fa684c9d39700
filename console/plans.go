package console

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/console/plan"
	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// What can be wrong with a plan or a domain.
var (
	ErrModule      = fault.New(fault.Invalid, "console.no_such_module")
	ErrDomain      = fault.New(fault.Invalid, "console.domain_malformed")
	ErrDomainTaken = fault.New(fault.Conflict, "console.domain_taken")
	ErrPlanStale   = fault.New(fault.Conflict, "console.plan_stale")
)

// A Plan is what a tenant may use, beside what it held when it was last measured.
type Plan struct {
	Modules   []string     `db:"-" json:"modules"` // all there are
	Off       tenant.Texts `db:"off" json:"off"`   // those it may not use
	Seats     *int         `db:"seats" json:"seats"`
	Bytes     *int64       `db:"bytes" json:"bytes"`
	ExpiresOn string       `db:"expires_on" json:"expires_on"` // its last day; empty: no end
	Note      string       `db:"note" json:"note"`             // for the operators
	Members   int          `db:"members" json:"members"`
	Used      int64        `db:"used" json:"used"` // bytes
	Version   int          `db:"version" json:"version"`
	ChangedBy string       `db:"changed_by" json:"changed_by"`
	ChangedAt *time.Time   `db:"changed_at" json:"changed_at"` // none: nothing was ever limited
}

func showPlan(ctx context.Context, tx *tenant.Tx, in byID) (p Plan, err error) {
	err = tx.Get(ctx, &p, `
		select coalesce(p.off, '{}') as off, p.seats, p.bytes, coalesce(p.expires_on::text, '') as expires_on, coalesce(p.note, '') as note,
		       coalesce(u.members, 0) as members, coalesce(u.bytes, 0) as used,
		       coalesce(p.version, 0) as version, coalesce(p.changed_by, '') as changed_by, p.changed_at
		  from platform.tenants t
		  left join platform.plans p on p.tenant_id = t.id
		  left join lateral (select members, bytes from platform.tenant_usage u where u.tenant_id = t.id order by u.day desc limit 1) u on true
		 where t.id = $1`, in.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		return p, ErrNoTenant
	}
	for _, m := range plan.Modules {
		p.Modules = append(p.Modules, m.Code)
	}
	return p, err
}

// Limits are what a plan says; null and empty is no limit.
type Limits struct {
	Off       []string `json:"off" maxItems:"20"`
	Seats     *int     `json:"seats" nullable:"true" minimum:"1" maximum:"1000000"`
	Bytes     *int64   `json:"bytes" nullable:"true" minimum:"1"`
	ExpiresOn string   `json:"expires_on" maxLength:"10"`
	Note      string   `json:"note" maxLength:"500"`
}

func (l *Limits) check() error {
	l.Off = slices.Compact(slices.Sorted(slices.Values(l.Off)))
	for _, m := range l.Off {
		if !plan.Known(m) {
			return ErrModule.On("off")
		}
	}
	if _, err := calendar.ParseDate(l.ExpiresOn); l.ExpiresOn != "" && err != nil {
		return feature.ErrMalformed.On("expires_on")
	}
	return nil
}

func (l *Limits) lastDay() *string {
	if l.ExpiresOn == "" {
		return nil
	}
	return &l.ExpiresOn
}

type planEdit struct {
	ID uuid.UUID `json:"-" path:"id"`
	Limits
	Version int `json:"version" minimum:"0"` // 0: there is none yet
}

// Validate returns the first thing wrong with the plan.
func (e *planEdit) Validate() error { return e.check() }

// setPlan replaces a tenant's plan. What is there beyond it stays; it can only
// not become more.
func setPlan(ctx context.Context, tx *tenant.Tx, e planEdit) (p Plan, err error) {
	if _, err := find(ctx, tx, e.ID); err != nil {
		return p, err
	}
	stmt := `
		insert into platform.plans (tenant_id, off, seats, bytes, expires_on, note, changed_by, changed_at)
		     values ($1, $2, $3, $4, $5::date, $6, $7, $8) on conflict on constraint plans_pkey do nothing`
	p8 := []any{e.ID, tenant.Array(append([]string{}, e.Off...)), e.Seats, e.Bytes, e.lastDay(), strings.TrimSpace(e.Note), tx.Actor.Name, tx.Now}
	if e.Version > 0 {
		stmt = `
		update platform.plans set off = $2, seats = $3, bytes = $4, expires_on = $5::date, note = $6, changed_by = $7, changed_at = $8, version = version + 1
		 where tenant_id = $1 and version = $9`
		p8 = append(p8, e.Version)
	}
	n, err := tx.Exec(ctx, stmt, p8...)
	if err != nil {
		return p, err
	}
	if p, err = showPlan(ctx, tx, byID{e.ID}); err != nil {
		return p, err
	}
	if n == 0 {
		return p, ErrPlanStale.With("version", p.Version).With("changed_by", p.ChangedBy).With("changed_at", p.ChangedAt).With("changed", []string{"plan"})
	}
	tx.Audit("console.plan_set", object(e.ID), e.Limits)
	return p, nil
}

type domainEdit struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Domain  string    `json:"domain" maxLength:"120"` // empty: none any more
	Version int       `json:"version" minimum:"1"`
}

var domainForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)

// Validate returns the first thing wrong with the domain.
func (e *domainEdit) Validate() error {
	e.Domain = strings.ToLower(strings.TrimSpace(e.Domain))
	return checkDomain(e.Domain)
}

// checkDomain returns what is wrong with a host name; addresses are none.
func checkDomain(name string) error {
	if name != "" && (len(name) > 120 || !domainForm.MatchString(name) || strings.Trim(name, "0123456789.") == "") {
		return ErrDomain.On("domain")
	}
	return nil
}

// setDomain gives a tenant a host name of its own: from now on the server
// answers to it, and the sign-in page there is the tenant's.
func setDomain(ctx context.Context, tx *tenant.Tx, e domainEdit) (t Tenant, err error) {
	n, err := tx.Exec(ctx, `
		update platform.tenants set domain = nullif($3, ''), version = version + 1 where id = $1 and version = $2`, e.ID, e.Version, e.Domain)
	if tenant.Constraint(err) == "tenants_domain_uq" {
		return t, ErrDomainTaken.On("domain")
	}
	if err != nil {
		return t, err
	}
	if t, err = find(ctx, tx, e.ID); err != nil {
		return t, err
	}
	if n == 0 {
		return t, stale(ctx, tx, t)
	}
	tx.Audit("console.domain_set", object(e.ID), map[string]string{"domain": e.Domain})
	return t, nil
}
