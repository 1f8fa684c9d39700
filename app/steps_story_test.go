package app_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/app"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A try is a request and how it must be answered: with 200 if code is empty.
type try struct {
	who    *person
	call   string
	in     any
	status int
	code   string
}

// tries makes requests in order. A story tells them so: who is not signed in,
// who may not, who belongs to another tenant, who says it wrong, who says it
// right, and who says it again.
func tries(t *testing.T, all ...try) {
	t.Helper()
	for _, x := range all {
		if x.code == "" {
			x.who.does(t, x.call, x.in)
			continue
		}
		x.who.fails(t, x.call, x.in, x.status, x.code)
	}
}

// fields are a body.
type fields = map[string]any

// TestStories tells the stories of every feature over HTTP, in one world.
func TestStories(t *testing.T) {
	t.Parallel()
	w := newListener(t)
	for _, s := range []struct {
		name string
		tell func(*world, *testing.T)
	}{
		{"org: a new member", (*world).newMemberStory},
		{"org: a door that locks", (*world).lockStory},
		{"org: one account, two tenants", (*world).joinStory},
		{"org: rights", (*world).grantStory},
		{"org: departments and posts", (*world).departmentStory},
		{"publish: columns", (*world).columnStory},
		{"publish: drafts", (*world).draftStory},
		{"publish: review and publication", (*world).publicationStory},
		{"publish: a withdrawal", (*world).withdrawalStory},
		{"attachment: what is taken", (*world).uploadStory},
		{"attachment: whose it is", (*world).claimStory},
		{"attachment: what stands in it", (*world).previewStory},
		{"approval: tasks", (*world).taskStory},
		{"approval: cases", (*world).caseStory},
		{"exchange: a report", (*world).reportStory},
		{"exchange: journals", (*world).journalStory},
		{"assess: a round", (*world).assessStory},
		{"calendar: days and hours", (*world).calendarStory},
		{"message and portal", (*world).deskStory},
		{"console: a tenant comes and goes", (*world).consoleStory},
		{"plan: what a tenant may use", (*world).planStory},
		{"onboard: a new unit", (*world).onboardingStory},
	} {
		t.Run(s.name, func(t *testing.T) { s.tell(w, t) })
	}
}

// newListener is a world whose server hears of changes as they happen, as every
// real one does.
func newListener(t *testing.T) *world {
	t.Helper()
	tl := tools(t)
	w := &world{features: app.Features(tl)}
	w.base, _ = serve(t, tl, w.features)
	must(t, tenant.Listen(t.Context(), tenanttest.URL(t, "hetu_app"), map[string]func(string){
		"hetu_rights":   func(string) { tl.Guard.Drop(uuid.Nil) },
		"hetu_sessions": func(string) { tl.Sessions.Hear(); tl.Operators.Hear() },
	}))
	w.populate(t)
	return w
}

// soon waits until something that takes a moment to get around is so: no
// longer than a change of rights may take (G12).
func soon(t *testing.T, what string, so func() bool) {
	t.Helper()
	beat := time.NewTicker(10 * time.Millisecond)
	defer beat.Stop()
	for end := time.Now().Add(2 * time.Second); !so(); <-beat.C {
		if time.Now().After(end) {
			t.Fatalf("two seconds on, it is not so that %s", what)
		}
	}
}

// nobody is somebody who is not signed in.
func (w *world) nobody() *person { return &person{base: w.base, name: "nobody"} }

// hire makes a member of the unit who has changed the password they were given.
func (w *world) hire(t *testing.T, u unit, login string) *person {
	t.Helper()
	made := u.admin.does(t, "POST /api/org/members", fields{"name": "新人" + login, "login": login, "department_id": u.office, "title": "科员", "head": false})
	p := w.nobody()
	p.name = u.slug + "/" + login
	p.enter(t, "/api/org/sign-in", fields{"tenant": u.slug, "login": login, "password": made["one_time_password"]})
	p.renew(t, "POST", "/api/org/password", fields{"old": made["one_time_password"], "new": password, "agreed": true})
	must(t, p.member.UnmarshalText([]byte(text(t, made, "member", "id"))))
	return p
}

// renew does what gives the browser another session, and keeps it.
func (p *person) renew(t *testing.T, method, path string, in any) map[string]any {
	t.Helper()
	res, body := p.send(t, method, path, in, nil)
	if res.StatusCode != 200 {
		t.Fatalf("%s: %s %s = %d %s", p.name, method, path, res.StatusCode, body)
	}
	for _, c := range res.Cookies() {
		p.cookie = c.Name + "=" + c.Value
	}
	me := p.does(t, "GET /api/org/me", nil)
	p.csrf = text(t, me, "csrf")
	return me
}
