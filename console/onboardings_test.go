package console

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"hetu/console/onboard"
	"hetu/console/template"
	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// plan plants a plan that was filed through a tenant, due on a day.
func filed(t *testing.T, from uuid.UUID, due string) uuid.UUID {
	t.Helper()
	id := tenant.NewID()
	if _, err := tenanttest.Admin(t).Exec(`
		insert into platform.onboardings (id, from_tenant, member_id, filed_by, name, short_name, kind, slug, people, head_name, head_contact, admin_name, admin_login, due_on)
		     values ($1, $2, $1, '周明', '水文站', '水文站', 'department', $4, 12, '李强', '8012', '张敏', 'zhangmin', $3)`, id, from, due, slug()); err != nil {
		t.Fatal(err)
	}
	return id
}

func accepting(t *testing.T, ctx context.Context, in acceptance) (Onboarding, error) {
	t.Helper()
	if err := in.Validate(); err != nil {
		return Onboarding{}, err
	}
	out, err := acceptOnboarding(ctx, feature.Deps{Operators: tenanttest.Operators(t)}, nil, in)
	if err == nil && !found(t, out.Token) {
		t.Error("the link of the first administrator leads nowhere")
	}
	return out.Onboarding, err
}

// R340, R342, R343, R344, W33: a plan is accepted once, with the steps that the
// operators set; the unit is ready when theirs are done and live when its own are
// too, and whether that was within the three days is written down.
func TestOnboardingPlan(t *testing.T) {
	t.Parallel()
	ctx, _ := operator(t)
	hq, _ := made(t, group(t).ID, uuid.Nil)
	id := filed(t, hq.ID, "2099-12-31")
	s := slug()
	for name, tt := range map[string]struct {
		in   acceptance
		want error
	}{
		"no such plan":      {acceptance{ID: uuid.New(), Slug: s, Version: 1}, ErrNoOnboarding},
		"the code is taken": {acceptance{ID: id, Slug: hq.Slug, Version: 1}, ErrGroupSlug},
		"no such template":  {acceptance{ID: id, Slug: s, Template: ptr(uuid.New()), Version: 1}, template.ErrUnusable},
		"an old version":    {acceptance{ID: id, Slug: s, Version: 7}, ErrOnboardingState},
		"an empty step":     {acceptance{ID: id, Slug: s, Steps: []string{" "}, Version: 1}, feature.ErrMissing},
	} {
		if _, err := accepting(t, ctx, tt.in); !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", name, err, tt.want)
		}
	}
	o, err := accepting(t, ctx, acceptance{ID: id, Slug: s, Template: &template.Standard, Steps: []string{"安装客户端"}, Version: 1})
	if err != nil || o.State != "accepted" || o.LoginSlug != s || len(o.Steps) != 5 || o.Steps[0].DoneAt == nil {
		t.Fatalf("accepted = %+v %v", o, err)
	}
	for what, in := range map[string]acceptance{
		"accepted twice": {ID: id, Slug: slug(), Version: o.Version}, "accepted by two at once": {ID: id, Slug: s, Version: 1},
	} {
		if _, err := accepting(t, ctx, in); !errors.Is(err, ErrOnboardingState) {
			t.Errorf("%s = %v", what, err)
		}
	}
	ready := func() (Onboarding, error) {
		return operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Onboarding, error) {
			return readyOnboarding(ctx, tx, byVersion{id, o.Version})
		})
	}
	step := func(code string, done bool) (Onboarding, error) {
		return operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Onboarding, error) {
			return tickStep(ctx, tx, tick{id, code, done, o.Version})
		})
	}
	live := func() (Onboarding, error) {
		in := launch{ID: id, Notice: onboard.Notice{Address: "https://oa.example.org", Functions: "信息发布", Guide: "帮助中心", Contacts: "8000"}, Version: o.Version}
		if err := in.Validate(); err != nil {
			return o, err
		}
		return operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Onboarding, error) { return goLive(ctx, tx, in) })
	}
	if _, err := ready(); !errors.Is(err, ErrStepsOpen) || fmt.Sprint(fault.Of(err).Meta["steps"]) != "[training own1]" {
		t.Errorf("ready before it is = %v %v", err, fault.Of(err).Meta)
	}
	for _, code := range []string{"structure", "administrators", "environment", "own9"} {
		if _, err := step(code, true); !errors.Is(err, ErrNoStep) {
			t.Errorf("the operators tick %s = %v, want ErrNoStep", code, err)
		}
	}
	for _, code := range []string{"training", "own1"} {
		if o, err = step(code, true); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := live(); !errors.Is(err, ErrOnboardingState) {
		t.Errorf("live before it is ready = %v", err)
	}
	if o, err = ready(); err != nil || o.State != "ready" || o.Late {
		t.Fatalf("ready = %+v %v", o, err)
	}
	if _, err := live(); !errors.Is(err, ErrStepsOpen) || fmt.Sprint(fault.Of(err).Meta["steps"]) != "[structure administrators]" {
		t.Errorf("live without its administrators (R343) = %v", err)
	}
	if _, err := tenanttest.Admin(t).Exec(`
		update platform.onboardings set steps = (select jsonb_agg(s || '{"done_at": "2026-01-01T00:00:00Z"}') from jsonb_array_elements(steps) s) where id = $1`, id); err != nil {
		t.Fatal(err)
	}
	if o, err = live(); err != nil || o.State != "live" || o.Notice.Contacts != "8000" || o.LiveAt == nil {
		t.Errorf("live = %+v %v", o, err)
	}
	if err := (&launch{Notice: onboard.Notice{Address: "javascript:alert(1)", Functions: "a", Guide: "b", Contacts: "c"}}).Validate(); !errors.Is(err, feature.ErrMalformed) {
		t.Errorf("an address that is none = %v", err)
	}
}

// A plan that is not ready on its third day is late; the list puts what is due
// first on top (R340).
func TestOnboardingLate(t *testing.T) {
	t.Parallel()
	ctx, _ := operator(t)
	hq, _ := made(t, group(t).ID, uuid.Nil)
	late, later := filed(t, hq.ID, "2020-01-06"), filed(t, hq.ID, "2098-01-06")
	l, err := operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (feature.List[Onboarding], error) {
		return listOnboardings(ctx, tx, onboardingQuery{State: "open", Page: feature.Page{Limit: 200}})
	})
	at := map[uuid.UUID]int{}
	for i, o := range l.Items {
		at[o.ID] = i + 1
		if o.ID == late && o.DaysLeft >= 0 {
			t.Errorf("%d days are left of 2020", o.DaysLeft)
		}
	}
	if err != nil || at[late] == 0 || at[later] != 0 && at[later] < at[late] {
		t.Errorf("late at %d, later at %d, %v", at[late], at[later], err)
	}
	o, err := accepting(t, ctx, acceptance{ID: late, Slug: slug(), Version: 1})
	if err != nil {
		t.Fatal(err)
	}
	o, err = operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Onboarding, error) {
		if o, err = tickStep(ctx, tx, tick{late, "training", true, o.Version}); err != nil {
			return o, err
		}
		return readyOnboarding(ctx, tx, byVersion{late, o.Version})
	})
	if err != nil || !o.Late {
		t.Errorf("ready = %+v %v, want late", o, err)
	}
	no, err := operate(t, ctx, func(ctx context.Context, tx *tenant.Tx) (Onboarding, error) {
		return declineOnboarding(ctx, tx, suspension{ID: later, Reason: "编制未批", Version: 1})
	})
	if err != nil || no.State != "declined" || no.Reason != "编制未批" {
		t.Errorf("declined = %+v %v", no, err)
	}
}
