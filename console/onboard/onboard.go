// Package onboard brings new units in: the head of one files a plan through the
// unit above (R339), the operators accept it and have three working days to
// prepare (R340), by steps they set and the unit only reads (R342); the new unit
// builds its structure (R346), names its three administrators (R343) and goes
// live with a notice that says where to sign in and whom to ask (R344, R345).
//
// This is the tenants' side. The operators' is part of the console.
package onboard

import (
	"context"
	"embed"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/job"
	"hetu/rbac"
	"hetu/tenant"
)

//go:embed migrations
var files embed.FS

// What people may do here.
const (
	File rbac.Permission = "onboard.file" // file a plan for a new unit
	Own  rbac.Permission = "onboard.own"  // do the new unit's own steps
)

// What can go wrong here.
var (
	ErrNotFound = fault.New(fault.NotFound, "onboard.not_found")
	ErrState    = fault.New(fault.Conflict, "onboard.wrong_state") // meta: state
	ErrMember   = fault.New(fault.Invalid, "onboard.no_such_member")
	ErrDay      = fault.New(fault.Invalid, "onboard.day_past")
)

// Days is how many working days the operators have, from filing on (R340).
const Days = 3

// Ready is the deed of a unit that was made ready, late or not (I54).
const Ready = "onboard.ready"

// A Step is a part of the plan of an onboarding.
type Step struct {
	Code   string     `json:"code"` // environment, training, structure, administrators, or own1 to own9
	Text   string     `json:"text"` // of a step of the operators' own
	DoneAt *time.Time `json:"done_at"`
	DoneBy string     `json:"done_by"`
}

// Theirs reports whether the new unit does the step and not the operators.
func (s Step) Theirs() bool { return s.Code == "structure" || s.Code == "administrators" }

// A Notice says that a unit has gone live, to all its people (R344).
type Notice struct {
	Address   string `json:"address"`   // where to sign in (R345)
	Functions string `json:"functions"` // what there is
	Guide     string `json:"guide"`     // where to read how
	Contacts  string `json:"contacts"`  // whom to ask
}

// Scan reads the notice from jsonb.
func (n *Notice) Scan(src any) error {
	type plain Notice
	var d tenant.Doc[plain]
	err := d.Scan(src)
	*n = Notice(d.V)
	return err
}

// An Application is a plan that was filed, and what became of it.
type Application struct {
	ID          uuid.UUID         `db:"id" json:"id"`
	FiledBy     string            `db:"filed_by" json:"filed_by"`
	Name        string            `db:"name" json:"name"`
	ShortName   string            `db:"short_name" json:"short_name"`
	Kind        string            `db:"kind" json:"kind" enum:"bureau,subsidiary,department"`
	Slug        string            `db:"slug" json:"slug"`
	People      int               `db:"people" json:"people"`
	HeadName    string            `db:"head_name" json:"head_name"`
	HeadContact string            `db:"head_contact" json:"head_contact"`
	AdminName   string            `db:"admin_name" json:"admin_name"`
	AdminLogin  string            `db:"admin_login" json:"admin_login"`
	FittingOn   *string           `db:"fitting_on" json:"fitting_on"`
	Cabling     string            `db:"cabling" json:"cabling"`
	WantedOn    *string           `db:"wanted_on" json:"wanted_on"`
	Note        string            `db:"note" json:"note"`
	FiledAt     time.Time         `db:"filed_at" json:"filed_at"`
	DueOn       string            `db:"due_on" json:"due_on"` // the last of the three working days
	Provisional bool              `db:"provisional" json:"provisional"`
	State       string            `db:"state" json:"state" enum:"filed,withdrawn,declined,accepted,ready,live"`
	Reason      string            `db:"reason" json:"reason"`
	DecidedAt   *time.Time        `db:"decided_at" json:"decided_at"`
	DecidedBy   string            `db:"decided_by" json:"decided_by"`
	Steps       tenant.Rows[Step] `db:"steps" json:"steps"`
	ReadyAt     *time.Time        `db:"ready_at" json:"ready_at"`
	Late        bool              `db:"late" json:"late"` // made ready after the third day
	Notice      Notice            `db:"notice" json:"notice"`
	LiveAt      *time.Time        `db:"live_at" json:"live_at"`
	LoginSlug   string            `db:"login_slug" json:"login_slug"` // of the unit once it was made
	Version     int               `db:"version" json:"version"`
}

// Columns are those of an Application, of a table or function o that has them.
const Columns = `o.id, o.filed_by, o.name, o.short_name, o.kind, o.slug, o.people, o.head_name, o.head_contact, o.admin_name, o.admin_login,
	o.fitting_on::text as fitting_on, o.cabling, o.wanted_on::text as wanted_on, o.note, o.filed_at, o.due_on::text as due_on, o.provisional, o.state,
	o.reason, o.decided_at, o.decided_by, o.steps, o.ready_at, o.late, o.notice, o.live_at, o.version`

const seen = `select ` + Columns + `, o.login_slug from platform.onboarding_seen() o`

// Feature is the tenants' side of onboarding.
func Feature() feature.Feature {
	const plans = "/onboard/applications"
	return feature.Feature{
		Name: "onboard",
		Rights: []rbac.Right{
			{Permission: File, Roles: []rbac.Role{rbac.Admin, rbac.Office, rbac.Head}},
			{Permission: Own, Roles: []rbac.Role{rbac.Admin}},
		},
		Routes: []feature.Route{
			feature.GET(plans, File, feature.Read(list)),
			feature.POST(plans, File, feature.Write(file)),
			feature.GET(plans+"/{id}", File, feature.Read(show)),
			feature.POST(plans+"/{id}/withdraw", File, feature.Write(withdraw)),
			feature.GET("/onboard/mine", Own, feature.Read(mine)),
			feature.PUT("/onboard/administrators", Own, feature.Write(name)),
			feature.GET("/onboard/notice", rbac.Member, feature.Read(notice)),
		},
		Rounds:     []job.Round{{Name: "onboard.tell", Every: time.Minute, Run: Tell}},
		Indicators: []feature.Indicator{{Kind: Ready, Name: "新单位三日内开通", Good: true}},
		Migrations: files,
	}
}

var order = feature.NewOrder("-filed_at", "o.id", func(a Application) uuid.UUID { return a.ID },
	feature.ByTime("filed_at", "o.filed_at", func(a Application) time.Time { return a.FiledAt }),
	feature.ByText("name", "o.name", func(a Application) string { return a.Name }))

type query struct{ feature.Page }

// Sorts are by what applications may be sorted.
func (query) Sorts() []string { return order.Names() }

// list lists what was filed here.
func list(ctx context.Context, tx *tenant.Tx, q query) (l feature.List[Application], err error) {
	at, err := order.Read(q.Page)
	if err != nil {
		return l, err
	}
	args := feature.Args{}
	var rows []Application
	err = tx.Select(ctx, &rows, seen+` where not o.own and `+at.After(args.Add)+` order by `+at.By()+` limit `+q.Rows(), args...)
	return feature.Cut(rows, q.Size(), at.Cursor), err
}

type byID struct {
	ID uuid.UUID `json:"-" path:"id"`
}

func show(ctx context.Context, tx *tenant.Tx, in byID) (a Application, err error) {
	err = tx.Get(ctx, &a, seen+` where not o.own and o.id = $1`, in.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		return a, ErrNotFound
	}
	return a, err
}

// A Draft is a plan to be filed (R339, R341).
type Draft struct {
	Name        string `json:"name" minLength:"1" maxLength:"100"`
	ShortName   string `json:"short_name" minLength:"1" maxLength:"30"`
	Kind        string `json:"kind" enum:"bureau,subsidiary,department"`
	Slug        string `json:"slug" minLength:"3" maxLength:"32" pattern:"^[a-z][a-z0-9-]*[a-z0-9]$"` // the address that is wished for
	People      int    `json:"people" minimum:"1" maximum:"1000000"`
	HeadName    string `json:"head_name" minLength:"1" maxLength:"50"`
	HeadContact string `json:"head_contact" minLength:"1" maxLength:"100"`
	AdminName   string `json:"admin_name" minLength:"1" maxLength:"50"`
	AdminLogin  string `json:"admin_login" minLength:"2" maxLength:"32" pattern:"^[a-z][a-z0-9._-]+$"`
	FittingOn   string `json:"fitting_on,omitempty" maxLength:"10"` // YYYY-MM-DD
	Cabling     string `json:"cabling,omitempty" maxLength:"500"`
	WantedOn    string `json:"wanted_on,omitempty" maxLength:"10"`
	Note        string `json:"note,omitempty" maxLength:"1000"`
}

// Validate returns the first thing wrong with the plan.
func (d *Draft) Validate() error {
	for _, day := range []struct{ at, field string }{{d.FittingOn, "fitting_on"}, {d.WantedOn, "wanted_on"}} {
		if _, err := calendar.ParseDate(day.at); day.at != "" && err != nil {
			return feature.ErrMalformed.On(day.field)
		}
	}
	d.Cabling, d.Note = strings.TrimSpace(d.Cabling), strings.TrimSpace(d.Note)
	for _, f := range []struct {
		of    *string
		field string
		most  int
	}{{&d.Name, "name", 100}, {&d.ShortName, "short_name", 30}, {&d.HeadName, "head_name", 50}, {&d.HeadContact, "head_contact", 100}, {&d.AdminName, "admin_name", 50}} {
		if err := feature.Trim(f.of, f.field, f.most); err != nil {
			return err
		}
	}
	return nil
}

// filed is a draft with who filed it.
type filed struct {
	Draft
	ID         uuid.UUID  `json:"id"`
	Member     uuid.UUID  `json:"member_id"`
	Department *uuid.UUID `json:"department_id"`
	FiledBy    string     `json:"filed_by"`
	FittingOn  *string    `json:"fitting_on"`
	WantedOn   *string    `json:"wanted_on"`
}

func optional(day string) *string {
	if day == "" {
		return nil
	}
	return &day
}

// file files a plan. The three working days run from now, by the calendar of
// the unit that files it.
func file(ctx context.Context, tx *tenant.Tx, d Draft) (a Application, err error) {
	if today := calendar.DateOf(tx.Now).String(); d.WantedOn != "" && d.WantedOn < today {
		return a, ErrDay.On("wanted_on")
	}
	cal, err := calendar.Load(ctx, tx)
	if err != nil {
		return a, err
	}
	due, unsure := cal.AddWorkdays(calendar.DateOf(tx.Now), Days)
	f := filed{Draft: d, ID: tenant.NewID(), Member: tx.Actor.Member, FiledBy: tx.Actor.Name, FittingOn: optional(d.FittingOn), WantedOn: optional(d.WantedOn)}
	err = tx.Get(ctx, &f.Department, `select (select department_id from posts where member_id = $1 and main)`, tx.Actor.Member)
	if err != nil {
		return a, err
	}
	if _, err := tx.Exec(ctx, `select platform.onboarding_file($1, $2::date, $3)`, tenant.JSON(f), due.String(), unsure); err != nil {
		return a, err
	}
	tx.Audit("onboard.filed", object(f.ID), map[string]string{"name": d.Name, "due": due.String()})
	return show(ctx, tx, byID{f.ID})
}

func object(id uuid.UUID) string { return "onboard/application/" + id.String() }

type withdrawal struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version" minimum:"1"`
}

// withdraw takes a plan back that nobody has decided on.
func withdraw(ctx context.Context, tx *tenant.Tx, in withdrawal) (a Application, err error) {
	var done bool
	if err := tx.Get(ctx, &done, `select platform.onboarding_withdraw($1, $2)`, in.ID, in.Version); err != nil {
		return a, err
	}
	if a, err = show(ctx, tx, byID{in.ID}); err != nil {
		return a, err
	}
	if !done {
		return a, ErrState.With("state", a.State).With("version", a.Version)
	}
	tx.Audit("onboard.withdrawn", object(in.ID), map[string]string{"name": a.Name})
	return a, nil
}

// find returns how the tenant of tx came in; nil if not by a plan.
func find(ctx context.Context, tx *tenant.Tx) (*Application, error) {
	var a Application
	err := tx.Get(ctx, &a, seen+` where o.own`)
	if errors.Is(err, tenant.ErrNoRows) {
		return nil, nil
	}
	return &a, err
}

func notice(ctx context.Context, tx *tenant.Tx, _ feature.None) (n Notice, err error) {
	a, err := find(ctx, tx)
	switch {
	case err != nil:
		return n, err
	case a == nil || a.State != "live":
		return n, ErrNotFound
	}
	return a.Notice, nil
}

// stepOf returns a step of the plan by its code; nil if it has none.
func (a *Application) stepOf(code string) *Step {
	i := slices.IndexFunc(a.Steps, func(s Step) bool { return s.Code == code })
	if i < 0 {
		return nil
	}
	return &a.Steps[i]
}
