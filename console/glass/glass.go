// Package glass lets operators look into a tenant in an emergency, behind glass
// that three people have to break: one operator asks and says why, another
// seconds, the tenant consents (TI-14). It is open for an hour at most, shows how
// the tenant is set up and what happened, never what it wrote, changes nothing,
// and each look stands in the tenant's own audit.
package glass

import (
	"context"
	"embed"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

//go:embed migrations
var files embed.FS

// Consent is the permission to let operators look, or not.
const Consent rbac.Permission = "glass.consent"

// What can go wrong here.
var (
	ErrNotFound = fault.New(fault.NotFound, "glass.not_found")
	ErrNoTenant = fault.New(fault.NotFound, "glass.tenant_not_found")
	ErrState    = fault.New(fault.Conflict, "glass.wrong_state") // meta: state, version
	ErrSame     = fault.New(fault.Forbidden, "glass.same_operator")
	ErrNotOpen  = fault.New(fault.Forbidden, "glass.not_open")
	ErrNotYours = fault.New(fault.Forbidden, "glass.not_yours")
	ErrUnderWay = fault.New(fault.Conflict, "glass.under_way")
)

// A Request is one time the glass was to be broken.
type Request struct {
	ID         uuid.UUID  `db:"id" json:"id"`
	AskedBy    string     `db:"asked_name" json:"asked_by"`
	Reason     string     `db:"reason" json:"reason"`
	Minutes    int        `db:"minutes" json:"minutes"` // for how many it is to be open
	State      string     `db:"state" json:"state" enum:"asked,seconded,open,refused,ended"`
	AskedAt    time.Time  `db:"asked_at" json:"asked_at"`
	SecondBy   string     `db:"second_name" json:"seconded_by"`
	SecondedAt *time.Time `db:"seconded_at" json:"seconded_at"`
	AnsweredBy string     `db:"answered_by" json:"answered_by"`
	AnsweredAt *time.Time `db:"answered_at" json:"answered_at"`
	Until      *time.Time `db:"until" json:"until"` // when it closes, or closed, by itself
	EndedBy    string     `db:"ended_by" json:"ended_by"`
	EndedAt    *time.Time `db:"ended_at" json:"ended_at"`
	Looks      int        `db:"looks" json:"looks"` // how often somebody looked
	Version    int        `db:"version" json:"version"`
}

const columns = `g.id, g.asked_name, g.reason, g.minutes, g.state, g.asked_at, g.second_name, g.seconded_at, g.answered_by, g.answered_at, g.until,
	g.ended_by, g.ended_at, g.looks, g.version`

// Feature is the tenant's side.
func Feature() feature.Feature {
	const requests = "/glass/requests"
	return feature.Feature{
		Name:   "glass",
		Rights: []rbac.Right{{Permission: Consent, Roles: []rbac.Role{rbac.Admin}}},
		Routes: []feature.Route{
			feature.GET(requests, Consent, feature.Read(list)),
			feature.POST(requests+"/{id}/answer", Consent, feature.Write(answer)),
			feature.POST(requests+"/{id}/close", Consent, feature.Write(shut)),
		},
		Migrations: files,
	}
}

var order = feature.NewOrder("-asked_at", "g.id", func(r Request) uuid.UUID { return r.ID },
	feature.ByTime("asked_at", "g.asked_at", func(r Request) time.Time { return r.AskedAt }))

type query struct{ feature.Page }

// Sorts are by what requests may be sorted.
func (query) Sorts() []string { return order.Names() }

func list(ctx context.Context, tx *tenant.Tx, q query) (l feature.List[Request], err error) {
	at, err := order.Read(q.Page)
	if err != nil {
		return l, err
	}
	args := feature.Args{}
	var rows []Request
	err = tx.Select(ctx, &rows, `select `+columns+` from platform.glass_seen() g where `+at.After(args.Add)+` order by `+at.By()+
		` limit `+q.Rows(), args...)
	return feature.Cut(rows, q.Size(), at.Cursor), err
}

func find(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (r Request, err error) {
	err = tx.Get(ctx, &r, `select `+columns+` from platform.glass_seen() g where g.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return r, ErrNotFound
	}
	return r, err
}

type reply struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Yes     bool      `json:"yes"`
	Version int       `json:"version" minimum:"1"`
}

// answer consents or refuses. Consent opens the glass from now on.
func answer(ctx context.Context, tx *tenant.Tx, in reply) (r Request, err error) {
	var done bool
	if err := tx.Get(ctx, &done, `select platform.glass_answer($1, $2, $3, $4)`, in.ID, in.Version, in.Yes, tx.Actor.Name); err != nil {
		return r, err
	}
	if r, err = find(ctx, tx, in.ID); err != nil {
		return r, err
	}
	if !done {
		return r, ErrState.With("state", r.State).With("version", r.Version)
	}
	act := "glass.refused"
	if in.Yes {
		act = "glass.opened"
	}
	tx.Audit(act, object(in.ID), map[string]any{"reason": r.Reason, "operators": []string{r.AskedBy, r.SecondBy}, "minutes": r.Minutes, "until": r.Until})
	return r, nil
}

func object(id uuid.UUID) string { return "glass/request/" + id.String() }

type byID struct {
	ID uuid.UUID `json:"-" path:"id"`
}

// shut closes what is open before its time.
func shut(ctx context.Context, tx *tenant.Tx, in byID) (r Request, err error) {
	var done bool
	if err := tx.Get(ctx, &done, `select platform.glass_close($1, $2)`, in.ID, tx.Actor.Name); err != nil {
		return r, err
	}
	if r, err = find(ctx, tx, in.ID); err != nil {
		return r, err
	}
	if !done {
		return r, ErrState.With("state", r.State).With("version", r.Version)
	}
	tx.Audit("glass.closed", object(in.ID), map[string]any{"looks": r.Looks})
	return r, nil
}

// ToAnswer counts the requests that wait for the actor's answer.
func ToAnswer(ctx context.Context, tx *tenant.Tx) (n int, href string, err error) {
	if !rbac.From(ctx).Has(Consent) {
		return 0, "", nil
	}
	err = tx.Get(ctx, &n, `select count(*) from platform.glass_seen() where state = 'seconded'`)
	return n, "", err
}

// consenters are who may answer in the tenant of tx.
func consenters(ctx context.Context, tx *tenant.Tx) ([]uuid.UUID, error) {
	return rbac.Holders(ctx, tx, Consent, nil)
}

// tell asks them, when two operators have agreed.
func tell(ctx context.Context, tx *tenant.Tx, id uuid.UUID, reason string, minutes int, operators []string) error {
	people, err := consenters(ctx, tx)
	if err != nil {
		return err
	}
	tx.Audit("glass.asked", object(id), map[string]any{"reason": reason, "operators": operators, "minutes": minutes})
	return message.Send(ctx, tx, message.Notice{To: people, Code: "glass.asked", Params: message.Params{"reason": reason}, Href: "/settings/support"})
}
