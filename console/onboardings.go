package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/console/onboard"
	"hetu/console/template"
	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// What can go wrong with an onboarding.
var (
	ErrNoOnboarding    = fault.New(fault.NotFound, "console.onboarding_not_found")
	ErrOnboardingState = fault.New(fault.Conflict, "console.onboarding_wrong_state") // meta: state, version
	ErrStepsOpen       = fault.New(fault.Conflict, "console.onboarding_steps_open")  // meta: steps
	ErrNoStep          = fault.New(fault.Invalid, "console.onboarding_no_such_step")
)

// An Onboarding is a plan for a new unit as the operators see it.
type Onboarding struct {
	onboard.Application
	FromID   uuid.UUID  `db:"from_tenant" json:"from_id"`
	FromName string     `db:"from_name" json:"from_name"`
	GroupID  uuid.UUID  `db:"group_id" json:"group_id"`
	TenantID *uuid.UUID `db:"tenant_id" json:"tenant_id"`
	DaysLeft int        `db:"days_left" json:"days_left"` // until the third working day has ended; negative: late by so many days
	Host     string     `db:"domain" json:"domain"`       // of the unit once it was made; empty: none of its own
}

const onboardingRows = `
	select ` + onboard.Columns + `, coalesce(u.slug, '') as login_slug, o.from_tenant, f.name as from_name, f.group_id, o.tenant_id, coalesce(u.domain, '') as domain,
	       (o.due_on - (coalesce(o.ready_at, now()) at time zone 'Asia/Shanghai')::date) as days_left
	  from platform.onboardings o
	  join platform.tenants f on f.id = o.from_tenant
	  left join platform.tenants u on u.id = o.tenant_id`

func onboardingRoutes() []feature.Route {
	const at = "/console/onboardings"
	return []feature.Route{
		feature.GET(at, rbac.Operator, feature.OperatorRead(listOnboardings)).Sheet(onboardingSheet),
		feature.GET(at+"/{id}", rbac.Operator, feature.OperatorRead(showOnboarding)),
		feature.POST(at+"/{id}/accept", rbac.Operator, feature.Door(acceptOnboarding)),
		feature.POST(at+"/{id}/decline", rbac.Operator, feature.OperatorWrite(declineOnboarding)),
		feature.POST(at+"/{id}/step", rbac.Operator, feature.OperatorWrite(tickStep)),
		feature.POST(at+"/{id}/ready", rbac.Operator, feature.OperatorWrite(readyOnboarding)),
		feature.POST(at+"/{id}/live", rbac.Operator, feature.OperatorWrite(goLive)),
	}
}

var onboardingOrder = feature.NewOrder("due_on", "o.id", func(o Onboarding) uuid.UUID { return o.ID },
	feature.ByWord("due_on", "o.due_on::text", func(o Onboarding) string { return o.DueOn }),
	feature.ByTime("filed_at", "o.filed_at", func(o Onboarding) time.Time { return o.FiledAt }),
	feature.ByText("name", "o.name", func(o Onboarding) string { return o.Name }))

type onboardingQuery struct {
	feature.Page
	words
	State string `json:"-" query:"state"` // open: not yet live and not turned down
}

// Sorts are by what onboardings may be sorted.
func (onboardingQuery) Sorts() []string { return onboardingOrder.Names() }

// Validate returns the first thing wrong with the query.
func (q *onboardingQuery) Validate() error {
	if !slices.Contains([]string{"", "open", "filed", "withdrawn", "declined", "accepted", "ready", "live"}, q.State) {
		return feature.ErrChoice.On("state")
	}
	return q.check()
}

func listOnboardings(ctx context.Context, tx *tenant.Tx, in onboardingQuery) (l feature.List[Onboarding], err error) {
	at, err := onboardingOrder.Read(in.Page)
	if err != nil {
		return l, err
	}
	p := args{in.Size() + 1, in.Q, in.State}
	var rows []Onboarding
	err = tx.Select(ctx, &rows, onboardingRows+`
		 where ($2 = '' or position(lower($2) in lower(o.name)) > 0 or position(lower($2) in lower(f.name)) > 0)
		   and ($3 = '' or o.state = $3 or $3 = 'open' and o.state in ('filed', 'accepted', 'ready'))
		   and `+at.After(p.add)+`
		 order by `+at.By()+` limit $1`, p...)
	return feature.Cut(rows, in.Size(), at.Cursor), err
}

func showOnboarding(ctx context.Context, tx *tenant.Tx, in byID) (o Onboarding, err error) {
	err = tx.Get(ctx, &o, onboardingRows+` where o.id = $1`, in.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		return o, ErrNoOnboarding
	}
	return o, err
}

func onboardingObject(id uuid.UUID) string { return "console/onboarding/" + id.String() }

// acceptance accepts a plan and sets what is to be done for it (R342).
type acceptance struct {
	ID       uuid.UUID  `json:"-" path:"id"`
	Slug     string     `json:"slug" maxLength:"100"`
	Template *uuid.UUID `json:"template_id,omitempty" nullable:"true"`
	Steps    []string   `json:"steps" maxItems:"9"` // besides those every unit needs
	Version  int        `json:"version" minimum:"1"`
}

// Validate returns the first thing wrong with the acceptance.
func (a *acceptance) Validate() error {
	for i := range a.Steps {
		if err := feature.Trim(&a.Steps[i], "steps", 100); err != nil {
			return err
		}
	}
	return checkSlug(a.Slug, "slug")
}

type accepted struct {
	Onboarding Onboarding `json:"onboarding"`
	Token      string     `json:"link_token"` // of the new unit's first administrator
}

// acceptOnboarding makes the unit that a plan asks for, below the one that filed
// it, and sets the steps. A door, because its answer holds the token of a link.
func acceptOnboarding(ctx context.Context, d feature.Deps, _ *feature.Client, in acceptance) (out accepted, err error) {
	err = d.Operators.Operate(ctx, func(tx *tenant.Tx) error {
		o, err := showOnboarding(ctx, tx, byID{in.ID})
		if err != nil {
			return err
		}
		if o.State != "filed" || o.Version != in.Version { // else its code would seem to be somebody else's
			return ErrOnboardingState.With("state", o.State).With("version", o.Version)
		}
		if in.Template != nil {
			if err := template.Usable(ctx, tx, o.GroupID, *in.Template); err != nil {
				return err
			}
		}
		t, token, err := addTenant(ctx, tx, NewTenant{GroupID: o.GroupID, ParentID: &o.FromID, Slug: in.Slug, Name: o.Name, ShortName: o.ShortName, Kind: o.Kind,
			AdminName: o.AdminName, AdminLogin: o.AdminLogin})
		if err != nil {
			return err
		}
		if in.Template != nil {
			if err := useTemplate(ctx, tx, t.ID, *in.Template); err != nil {
				return err
			}
		}
		n, err := tx.Exec(ctx, `
			update platform.onboardings set state = 'accepted', slug = $4, tenant_id = $3, steps = $5, decided_at = $6, decided_by = $7, version = version + 1
			 where id = $1 and version = $2 and state = 'filed'`,
			in.ID, in.Version, t.ID, in.Slug, tenant.JSON(in.plan(tx)), tx.Now, tx.Actor.Name)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrOnboardingState.With("state", o.State).With("version", o.Version)
		}
		tx.Audit("console.onboarding_accepted", onboardingObject(in.ID), map[string]any{"name": o.Name, "tenant": t.ID, "steps": len(in.Steps)})
		out.Token = token
		out.Onboarding, err = showOnboarding(ctx, tx, byID{in.ID})
		return err
	})
	return out, err
}

// plan are the steps of an onboarding: the environment is there as soon as the
// unit is made; training is the operators'; structure and administrators are the
// new unit's own.
func (a acceptance) plan(tx *tenant.Tx) []onboard.Step {
	steps := []onboard.Step{{Code: "environment", DoneAt: &tx.Now, DoneBy: tx.Actor.Name}, {Code: "training"}}
	for i, text := range a.Steps {
		steps = append(steps, onboard.Step{Code: fmt.Sprintf("own%d", i+1), Text: text})
	}
	return append(steps, onboard.Step{Code: "structure"}, onboard.Step{Code: "administrators"})
}

// declineOnboarding turns a plan down, with the reason.
func declineOnboarding(ctx context.Context, tx *tenant.Tx, in suspension) (Onboarding, error) {
	return turnOnboarding(ctx, tx, in.ID, in.Version, "declined", `state = 'declined', reason = $3, decided_at = now(), decided_by = $4`, `state = 'filed'`,
		in.Reason, tx.Actor.Name)
}

// turnOnboarding changes a plan that nobody else has changed and that from holds for.
func turnOnboarding(ctx context.Context, tx *tenant.Tx, id uuid.UUID, version int, act, set, from string, values ...any) (o Onboarding, err error) {
	n, err := tx.Exec(ctx, `
		update platform.onboardings set `+set+`, version = version + 1 where id = $1 and version = $2 and `+from, append([]any{id, version}, values...)...)
	if err != nil {
		return o, err
	}
	if o, err = showOnboarding(ctx, tx, byID{id}); err != nil {
		return o, err
	}
	if n == 0 {
		return o, ErrOnboardingState.With("state", o.State).With("version", o.Version)
	}
	tx.Audit("console.onboarding_"+act, onboardingObject(id), map[string]any{"name": o.Name, "reason": o.Reason})
	return o, nil
}

type tick struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Code    string    `json:"code" maxLength:"20"`
	Done    bool      `json:"done"`
	Version int       `json:"version" minimum:"1"`
}

// tickStep says that a step of the operators is done, or after all is not.
func tickStep(ctx context.Context, tx *tenant.Tx, in tick) (o Onboarding, err error) {
	if o, err = showOnboarding(ctx, tx, byID{in.ID}); err != nil {
		return o, err
	}
	i := slices.IndexFunc(o.Steps, func(s onboard.Step) bool { return s.Code == in.Code && !s.Theirs() && s.Code != "environment" })
	if i < 0 {
		return o, ErrNoStep.On("code")
	}
	o.Steps[i].DoneAt, o.Steps[i].DoneBy = nil, ""
	if in.Done {
		o.Steps[i].DoneAt, o.Steps[i].DoneBy = &tx.Now, tx.Actor.Name
	}
	return turnOnboarding(ctx, tx, in.ID, in.Version, "step", `steps = $3`, `state = 'accepted'`, tenant.JSON(o.Steps))
}

// readyOnboarding says that the operators have prepared all they had to. Whether
// that was within the three working days is worked out here (R340).
func readyOnboarding(ctx context.Context, tx *tenant.Tx, in byVersion) (o Onboarding, err error) {
	if o, err = showOnboarding(ctx, tx, byID{in.ID}); err != nil {
		return o, err
	}
	if err := stepsDone(o.Steps, false); err != nil && o.State == "accepted" {
		return o, err
	}
	return turnOnboarding(ctx, tx, in.ID, in.Version, "ready",
		`state = 'ready', ready_at = $3::timestamptz, late = ($3::timestamptz at time zone 'Asia/Shanghai')::date > due_on`, `state = 'accepted'`, tx.Now)
}

func stepsDone(steps []onboard.Step, theirs bool) error {
	var open []string
	for _, s := range steps {
		if s.Theirs() == theirs && s.DoneAt == nil {
			open = append(open, s.Code)
		}
	}
	if len(open) > 0 {
		return ErrStepsOpen.With("steps", open)
	}
	return nil
}

type launch struct {
	ID uuid.UUID `json:"-" path:"id"`
	onboard.Notice
	Version int `json:"version" minimum:"1"`
}

// Validate returns the first thing wrong with the notice: each of its parts must
// be there (R344, R345).
func (l *launch) Validate() error {
	if l.Address = strings.TrimSpace(l.Address); l.Address != "" && !strings.HasPrefix(l.Address, "https://") && !strings.HasPrefix(l.Address, "http://") {
		return feature.ErrMalformed.On("address")
	}
	return together(feature.Trim(&l.Address, "address", 300), feature.Trim(&l.Functions, "functions", 500),
		feature.Trim(&l.Guide, "guide", 300), feature.Trim(&l.Contacts, "contacts", 300))
}

// goLive puts a unit that is ready, has its structure (R346) and its three
// administrators (R343) to work. All its people are told.
func goLive(ctx context.Context, tx *tenant.Tx, in launch) (o Onboarding, err error) {
	if o, err = showOnboarding(ctx, tx, byID{in.ID}); err != nil {
		return o, err
	}
	if err := stepsDone(o.Steps, true); err != nil && o.State == "ready" {
		return o, err
	}
	return turnOnboarding(ctx, tx, in.ID, in.Version, "live", `state = 'live', live_at = $3, notice = $4`, `state = 'ready'`, tx.Now, tenant.JSON(in.Notice))
}

// useTemplate has a tenant opened with a template.
func useTemplate(ctx context.Context, tx *tenant.Tx, id, template uuid.UUID) error {
	_, err := tx.Exec(ctx, `update platform.tenants set template_id = $2 where id = $1 and opened_at is null`, id, template)
	return err
}

var onboardingStates = map[string]feature.Text{"filed": {ZH: "待审批", EN: "Filed"}, "withdrawn": {ZH: "已撤回", EN: "Withdrawn"}, "declined": {ZH: "未同意", EN: "Declined"},
	"accepted": {ZH: "准备中", EN: "Being prepared"}, "ready": {ZH: "已备妥", EN: "Ready"}, "live": {ZH: "已上线", EN: "Live"}}

var onboardingSheet = feature.Sheet{
	Name: feature.Text{ZH: "新单位接入", EN: "Onboarding"},
	Columns: []feature.Column{
		{Head: feature.Text{ZH: "单位", EN: "Unit"}, Path: "name"}, {Head: feature.Text{ZH: "申报单位", EN: "Filed through"}, Path: "from_name"},
		{Head: feature.Text{ZH: "负责人", EN: "Head"}, Path: "head_name"}, {Head: feature.Text{ZH: "人数", EN: "People"}, Path: "people", Kind: feature.Numbers},
		{Head: feature.Text{ZH: "状态", EN: "State"}, Path: "state", Words: onboardingStates},
		{Head: feature.Text{ZH: "申报时间", EN: "Filed"}, Path: "filed_at", Kind: feature.Times}, {Head: feature.Text{ZH: "备妥期限", EN: "Due"}, Path: "due_on"},
		{Head: feature.Text{ZH: "备妥时间", EN: "Ready"}, Path: "ready_at", Kind: feature.Times}, {Head: feature.Text{ZH: "上线时间", EN: "Live"}, Path: "live_at", Kind: feature.Times},
		{Head: feature.Text{ZH: "装修日期", EN: "Fitting-out"}, Path: "fitting_on"}, {Head: feature.Text{ZH: "布线需求", EN: "Cabling"}, Path: "cabling"},
	},
}
