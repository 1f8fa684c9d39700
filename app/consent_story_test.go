package app_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/tenant/tenanttest"
)

// both hires somebody in one unit who joins another, and returns them, signed in
// to the first, with who they are in the second.
func (w *world) both(t *testing.T, one, two unit, login string) (p *person, there uuid.UUID) {
	t.Helper()
	p = w.hire(t, one, login)
	made := two.admin.does(t, "POST /api/org/members", fields{"name": "两家", "login": login, "department_id": two.office, "title": "", "head": false})
	must(t, there.UnmarshalText([]byte(text(t, made, "member", "id"))))
	token := text(t, two.admin.does(t, "POST /api/org/members/"+there.String()+"/link", nil), "token")
	p.renew(t, "POST", "/api/org/join", fields{"token": token})
	p.renew(t, "POST", "/api/org/switch", fields{"tenant_id": one.id})
	return p, there
}

// consented has the sibling ask the bureau about somebody of both, and returns
// what it is asked by the path before the parameter.
func (w *world) consented(t *testing.T) things {
	t.Helper()
	p, _ := w.both(t, w.b, w.a, "liangjiaren")
	p.arms(t, "/api/factor/mine")
	w.b.admin.does(t, "POST /api/org/members/"+p.member.String()+"/reset", fields{"how": "phone", "note": "内部来电"})
	w.b.admin.does(t, "POST /api/factor/resets", fields{"member_id": p.member, "reason": "内部遗失"})
	return things{"/org/consents": text(t, w.a.admin.does(t, "GET /api/org/consents", nil), "items", 0, "id"),
		"/factor/consents": text(t, w.a.admin.does(t, "GET /api/factor/consents", nil), "items", 0, "id")}
}

// TestConsentStory: somebody of two units forgot the password. One asks upon
// their request, the other consents having asked them itself, and only then is
// there a link, for the one (R249).
func TestConsentStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, there := w.both(t, w.a, w.b, "liangjia")
	reset := "POST /api/org/members/" + p.member.String() + "/reset"
	asked := w.a.admin.does(t, reset, fields{"how": "person", "note": "本人持证到场"})
	if text(t, asked, "token") != "" || at(t, asked, "consent", "units") != 1.0 {
		t.Fatalf("asked: %v", asked)
	}
	if n := waitingFor(t, w.b.admin, "org.consent"); n != 1 {
		t.Errorf("%d consents wait for the other unit's administrator, want 1", n)
	}
	item := at(t, w.b.admin.does(t, "GET /api/org/consents", nil), "items", 0)
	id := text(t, item, "id")
	if text(t, item, "member_id") != there.String() || text(t, item, "name") != "两家" || text(t, item, "note") != "本人持证到场" {
		t.Errorf("the other unit sees %v", item)
	}
	give, yes := "POST /api/org/consents/"+id+"/give", fields{"how": "phone", "note": "回拨本人，同意"}
	tries(t,
		try{w.nobody(), "GET /api/org/consents", nil, 401, "tenant.no_actor"},
		try{w.nobody(), give, yes, 401, "tenant.no_actor"},
		try{w.b.plain, "GET /api/org/consents", nil, 403, "rbac.denied"},
		try{w.b.plain, give, yes, 403, "rbac.denied"},
		try{w.a.admin, give, yes, 404, "org.consent_not_found"},
		try{w.stranger.chief, give, yes, 404, "org.consent_not_found"},
		try{w.b.admin, give, fields{"how": "phone", "note": " "}, 422, "request.missing"},
		try{w.b.admin, give, fields{"how": "page", "note": "x"}, 422, "request.not_a_choice"},
		try{w.a.admin, reset, fields{}, 409, "org.consents_open"},
		try{w.b.admin, give, yes, 200, ""},
		try{w.b.admin, give, yes, 409, "org.consent_answered"},
		try{w.b.admin, "POST /api/org/consents/" + id + "/refuse", fields{"reason": "x"}, 409, "org.consent_answered"},
	)
	if n := waitingFor(t, w.a.admin, "org.reset"); n != 1 {
		t.Errorf("%d resets are ready, want 1", n)
	}
	row := at(t, w.a.admin.does(t, "GET /api/org/requests?state=open", nil), "items", 0)
	if text(t, row, "consent", "state") != "ready" || at(t, row, "consent", "given") != 1.0 {
		t.Errorf("the request is %v", row)
	}
	token := text(t, w.a.admin.does(t, reset, fields{}), "token")
	w.nobody().does(t, "POST /api/org/reset", fields{"token": token, "password": "Another&Rain-27", "agreed": true})
	dies(t, p, "GET /api/org/me", "the password was replaced", time.Now())
	for _, u := range []unit{w.a, w.b} {
		w.nobody().does(t, "POST /api/org/sign-in", fields{"tenant": u.slug, "login": "liangjia", "password": "Another&Rain-27"})
	}
	// Refused the next time: who asked reads why, and whom it was asked of nowhere.
	w.a.admin.does(t, reset, fields{"how": "phone", "note": "又忘了"})
	id = text(t, w.b.admin.does(t, "GET /api/org/consents", nil), "items", 0, "id")
	w.b.admin.does(t, "POST /api/org/consents/"+id+"/refuse", fields{"reason": "联系不上本人"})
	row = at(t, w.a.admin.does(t, "GET /api/org/requests?state=open", nil), "items", 0)
	if text(t, row, "consent", "state") != "refused" || text(t, row, "consent", "reason") != "联系不上本人" {
		t.Errorf("the refused request is %v", row)
	}
}

// waitingFor returns how much waits for somebody in a list.
func waitingFor(t *testing.T, p *person, code string) (n int) {
	t.Helper()
	for _, box := range at(t, p.does(t, "GET /api/portal/counts", nil), "waiting").([]any) {
		if text(t, box, "code") == code {
			n = int(at(t, box, "n").(float64))
		}
	}
	return n
}

// TestSecondFactorConsent: the lost second factor of somebody of two units is
// taken away by two of the one, once the other has consented (R249).
func TestSecondFactorConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _ := w.both(t, w.a, w.b, "liangjia")
	p.arms(t, "/api/factor/mine")
	const resets, consents = "/api/factor/resets", "/api/factor/consents"
	ask := fields{"member_id": p.member, "reason": "手机遗失，已当面核实"}
	made := w.a.admin.does(t, "POST "+resets, ask)
	id := text(t, made, "id")
	if at(t, made, "units") != 1.0 || at(t, made, "given") != 0.0 {
		t.Errorf("asked: %v", made)
	}
	other := text(t, w.b.admin.does(t, "GET "+consents, nil), "items", 0, "id")
	give, yes := "POST "+consents+"/"+other+"/give", fields{"how": "person", "note": "本人到场"}
	tries(t,
		try{w.nobody(), give, yes, 401, "tenant.no_actor"},
		try{w.b.plain, give, yes, 403, "rbac.denied"},
		try{w.a.second, give, yes, 404, "org.consent_not_found"},
		try{w.b.admin, "POST /api/org/consents/" + other + "/give", yes, 404, "org.consent_not_found"}, // of another kind
		try{w.a.second, "POST " + resets + "/" + id + "/confirm", fields{}, 409, "org.consents_open"},
		try{w.b.admin, give, fields{"how": "person"}, 422, "request.missing"},
		try{w.b.admin, give, yes, 200, ""},
		try{w.b.admin, give, yes, 409, "org.consent_answered"},
		try{w.a.admin, "POST " + resets + "/" + id + "/confirm", fields{}, 403, "factor.another_decides"},
		try{w.a.second, "POST " + resets + "/" + id + "/confirm", fields{}, 200, ""},
		try{w.a.second, "POST " + resets + "/" + id + "/confirm", fields{}, 409, "factor.reset_decided"},
	)
	dies(t, p, "GET /api/org/me", "the second factor is gone", time.Now())
	back := w.nobody()
	back.enter(t, "/api/org/sign-in", fields{"tenant": w.b.slug, "login": "liangjia", "password": password})

	// Taken back here, it is over there; refused there, it is void here.
	back.arms(t, "/api/factor/mine")
	id = text(t, w.a.admin.does(t, "POST "+resets, ask), "id")
	w.a.admin.does(t, "POST "+resets+"/"+id+"/refuse", fields{})
	if state := text(t, w.b.admin.does(t, "GET "+consents, nil), "items", 0, "state"); state != "over" {
		t.Errorf("what was taken back is %s in the other unit", state)
	}
	id = text(t, w.a.admin.does(t, "POST "+resets, ask), "id")
	other = text(t, w.b.admin.does(t, "GET "+consents, nil), "items", 0, "id")
	w.b.admin.does(t, "POST "+consents+"/"+other+"/refuse", fields{"reason": "联系不上本人"})
	row := at(t, w.a.admin.does(t, "GET "+resets, nil), "items", 0)
	if text(t, row, "state") != "void" || text(t, row, "over") != "联系不上本人" {
		t.Errorf("after the refusal it is %v", row)
	}
	w.a.second.fails(t, "POST "+resets+"/"+id+"/confirm", fields{}, 409, "factor.reset_decided")
	w.a.admin.does(t, "POST "+resets, ask) // asked anew
	if _, err := tenanttest.Admin(t).Exec(`update platform.resets set asked_at = now() - interval '3 days' where member_id = $1`, p.member); err != nil {
		t.Fatal(err)
	}
	if row := at(t, w.a.admin.does(t, "GET "+resets, nil), "items", 0); text(t, row, "state") != "void" {
		t.Errorf("after three days it is %v", row)
	}
}
