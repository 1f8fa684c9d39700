package app_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"hetu/app"
	"hetu/feature"
	"hetu/org"
	"hetu/org/factor"
	"hetu/rbac"
	"hetu/tenant/tenanttest"
)

type recognised struct {
	Tenant uuid.UUID `json:"tenant"`
	Member uuid.UUID `json:"member"`
	Second string    `json:"second,omitempty"`
}

// TestArrival: whoever another house has recognised comes in by the same door as
// everybody: not who is locked (AN-06), and past the same second factor, unless
// that house has seen one.
func TestArrival(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tl := tools(t)
	tl.Factor.Demand = factor.Admins
	o := tl.Factor
	o.Admin = org.Powers
	door := org.NewDoor(org.Parts{Passwords: tl.Passwords, Sessions: tl.Sessions, Guard: tl.Guard, Second: factor.Members(o)})
	probe := feature.Feature{Name: "probe", Routes: []feature.Route{
		feature.POST("/probe/arrive", rbac.Anyone, feature.Door(func(ctx context.Context, d feature.Deps, cl *feature.Client, in recognised) (org.Me, error) {
			return door.Admit(ctx, d, cl, org.Arrival{Tenant: in.Tenant, Member: in.Member, How: "oidc", Second: in.Second})
		})),
	}}
	base, _ := serve(t, tl, append(app.Features(tl), probe))
	arrive := func() *person { return &person{base: base, name: "arrival"} }
	const path = "/api/probe/arrive"
	plain := recognised{Tenant: w.a.id, Member: w.a.plain.member}
	arrive().fails(t, "POST "+path, recognised{Tenant: w.b.id, Member: w.a.plain.member}, 401, "org.credentials")
	arrive().fails(t, "POST "+path, recognised{Tenant: w.a.id, Member: uuid.New()}, 401, "org.credentials")
	first := arrive()
	first.enter(t, path, plain)
	first.does(t, "GET /api/approval/counts", nil)

	admin := arrive()
	admin.enter(t, path, recognised{Tenant: w.a.id, Member: w.a.admin.member})
	admin.fails(t, "GET /api/org/members", nil, 403, "org.second_factor_needed")
	strong := arrive()
	strong.enter(t, path, recognised{Tenant: w.a.id, Member: w.a.admin.member, Second: "oidc"})
	strong.does(t, "GET /api/org/members", nil)

	a := first.arms(t, "/api/factor/mine")
	res, body := arrive().send(t, "POST", path, plain, nil)
	ticket := ticketOf(t, res, body)
	arrive().fails(t, "POST /api/org/sign-in/second", fields{"ticket": ticket, "way": "recovery", "code": "no-such-code"}, 401, "org.second_wrong")
	second := arrive()
	second.enter(t, "/api/org/sign-in/second", fields{"ticket": ticket, "way": "recovery", "code": a.recovery[0]})
	second.does(t, "GET /api/org/me", nil)

	if _, err := tenanttest.Admin(t).Exec(`update platform.memberships set active = false where member_id = $1`, w.a.plain.member); err != nil {
		t.Fatal(err)
	}
	arrive().fails(t, "POST "+path, plain, 401, "org.credentials") // AN-06: no other way in brings them back
}
