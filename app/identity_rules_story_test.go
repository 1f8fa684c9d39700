package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hetu/org/factor"
	"hetu/org/identity/identitytest"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// comes lets a browser in by a provider, at a node, and returns it signed in.
func comes(t *testing.T, w *world, base string, u unit, i *identitytest.Issuer, provider, subject string) *person {
	t.Helper()
	v := sets(t, browserOf(w), goesOut, fields{"tenant": u.slug, "provider": provider})
	res, body := v.brings(t, base, comesIn, i.Recognise(t, v.url, subject, nil))
	if res.StatusCode != 200 {
		t.Fatalf("%s does not come in: %d %s", subject, res.StatusCode, body)
	}
	p := &person{base: base, name: subject, cookie: cookieOf(t, res, "__Host-hetu")}
	p.csrf = text(t, p.does(t, "GET /api/org/me", nil), "csrf")
	return p
}

// refusedIn is a browser that is turned away after a provider has recognised it.
func refusedIn(t *testing.T, w *world, u unit, i *identitytest.Issuer, provider, subject string, status int, code string) {
	t.Helper()
	v := sets(t, browserOf(w), goesOut, fields{"tenant": u.slug, "provider": provider})
	v.wants(t, w.base, comesIn, i.Recognise(t, v.url, subject, identitytest.Claims{"preferred_username": subject}), status, code)
}

// out returns whether somebody's session has ended.
func (p *person) out(t *testing.T) func() bool {
	return func() bool {
		res, _ := p.send(t, "GET", "/api/org/me", nil, nil)
		return res.StatusCode == 401
	}
}

// TestProviderIsNoWayAround (AN-06): whoever may not come in with a password may
// not come in by a provider, on either node, and what began by it ends with it.
func TestProviderIsNoWayAround(t *testing.T) {
	t.Parallel()
	w, other := bureaus(t, factor.Off)
	i := identitytest.NewIssuer(t, returns)
	id := provided(t, w.a, i, "统一认证")
	links(t, w.a.plain, i, id, "u-1")
	p := comes(t, w, other, w.a, i, id, "u-1")

	// The second factor is ours to ask for.
	a := p.arms(t, "/api/factor/mine")
	v := sets(t, browserOf(w), goesOut, fields{"tenant": w.a.slug, "provider": id})
	res, body := v.brings(t, w.base, comesIn, i.Recognise(t, v.url, "u-1", nil))
	ticket := wanted2(t, res, body)
	show := fields{"ticket": ticket, "way": "recovery", "code": a.recovery[0]}
	inside := &person{base: other, name: "with a second factor"}
	inside.enter(t, "/api/org/sign-in/second", show)
	(&person{base: w.base, name: "again"}).fails(t, "POST /api/org/sign-in/second", show, 401, "org.ticket_void")

	// A ticket is dead with the provider (AN-06), and so are its sessions, everywhere.
	v = sets(t, browserOf(w), goesOut, fields{"tenant": w.a.slug, "provider": id})
	res, body = v.brings(t, w.base, comesIn, i.Recognise(t, v.url, "u-1", nil))
	ticket = wanted2(t, res, body)
	version := at(t, w.a.admin.does(t, "GET /api/identity/providers", nil), "items", 0, "version")
	off := w.a.admin.does(t, "POST /api/identity/providers/"+id+"/disable", fields{"version": version})
	soon(t, "its session to end on the other node", inside.out(t))
	(&person{base: w.base, name: "late"}).fails(t, "POST /api/org/sign-in/second", fields{"ticket": ticket, "way": "recovery", "code": a.recovery[1]}, 401, "org.ticket_void")
	w.a.admin.does(t, "POST /api/identity/providers/"+id+"/enable", fields{"version": off["version"]})

	// A locked account, a member who is stopped, a tenant that is: none comes in.
	links(t, w.a.chief, i, id, "u-2")
	for range 5 {
		(&person{base: w.base}).send(t, "POST", "/api/org/sign-in", fields{"tenant": w.a.slug, "login": "chief", "password": "Wrong-2026!"}, nil)
	}
	refusedIn(t, w, w.a, i, id, "u-2", 401, "org.locked")
	w.a.admin.does(t, "POST /api/org/members/"+w.a.plain.member.String()+"/lock", fields{"reason": "休假"})
	refusedIn(t, w, w.a, i, id, "u-1", 401, "org.credentials")
	w.a.admin.does(t, "POST /api/org/members/"+w.a.plain.member.String()+"/unlock", fields{})
	refusedIn(t, w, w.a, i, id, "u-1", 401, "org.second_wanted")
	v = sets(t, browserOf(w), goesOut, fields{"tenant": w.a.slug, "provider": id})
	back := i.Recognise(t, v.url, "u-1", nil)
	suspend(t, w.a)
	v.wants(t, w.base, comesIn, back, 401, "org.second_wanted") // says nothing; the ticket opens nothing
	browserOf(w).fails(t, "POST "+goesOut, fields{"tenant": w.a.slug, "provider": id}, 403, "org.tenant_suspended")
}

// wanted2 returns the ticket of an answer that asks for the second factor.
func wanted2(t *testing.T, res *http.Response, body []byte) string {
	t.Helper()
	var said struct {
		Code string
		Meta struct{ Ticket string }
	}
	must(t, json.Unmarshal(body, &said))
	if res.StatusCode != 401 || said.Code != "org.second_wanted" || said.Meta.Ticket == "" || strings.Contains(fmt.Sprint(res.Cookies()), "__Host-hetu=") {
		t.Fatalf("recognised = %d %s", res.StatusCode, body)
	}
	return said.Meta.Ticket
}

// give makes an administrator of a member, and takeAll takes that back.
func give(t *testing.T, u unit, p *person, permission rbac.Permission) {
	t.Helper()
	ctx := tenant.As(t.Context(), tenant.Actor{Tenant: u.id, Member: u.admin.member, Name: "管理员", Request: "test"})
	must(t, tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
		_, err := rbac.Give(ctx, tx, rbac.NewGrant{SubjectKind: "member", SubjectID: p.member, Permission: permission})
		return err
	}))
}

func takeAll(t *testing.T, u unit, p *person) {
	t.Helper()
	_, err := tenanttest.Admin(t).Exec(`delete from grants where tenant_id = $1 and subject_kind = 'member' and subject_id = $2`, u.id, p.member)
	must(t, err)
}

func suspend(t *testing.T, u unit) {
	t.Helper()
	_, err := tenanttest.Admin(t).Exec(`update platform.tenants set state = 'suspended' where id = $1`, u.id)
	must(t, err)
}

// TestProviderOfOneTenant (TI-02): what one tenant's provider says of somebody
// opens no other tenant that knows the same account.
func TestProviderOfOneTenant(t *testing.T) {
	t.Parallel()
	w, other := bureaus(t, factor.Off)
	i := identitytest.NewIssuer(t, returns)
	id := provided(t, w.a, i, "统一认证")
	dept := at(t, w.b.admin.does(t, "GET /api/org/departments", nil), "items", 0, "id")
	invited := w.b.admin.does(t, "POST /api/org/members", fields{"name": "兼职", "login": "jianzhi", "department_id": dept, "title": "兼职", "head": false})
	token := w.b.admin.does(t, "POST /api/org/members/"+text(t, invited, "member", "id")+"/link", fields{})["token"]
	links(t, w.a.plain, i, id, "u-1")
	recognised := comes(t, w, other, w.a, i, id, "u-1")
	recognised.fails(t, "POST /api/org/join", fields{"token": token}, 403, "org.provider_elsewhere")
	w.a.plain.enter(t, "/api/org/join", fields{"token": token}) // with a password they may
	recognised = comes(t, w, other, w.a, i, id, "u-1")
	recognised.fails(t, "POST /api/org/switch", fields{"tenant_id": w.b.id}, 403, "org.provider_elsewhere")
	p := &person{base: w.base, name: "with a password"}
	p.enter(t, "/api/org/sign-in", fields{"tenant": w.a.slug, "login": "plain", "password": password})
	p.enter(t, "/api/org/switch", fields{"tenant_id": w.b.id})
}

// TestPasswordsOff: a tenant takes no passwords but of its administrators, who
// come in whatever a provider does; a right password is answered like a wrong one.
func TestPasswordsOff(t *testing.T) {
	t.Parallel()
	w, other := bureaus(t, factor.Off)
	i := identitytest.NewIssuer(t, returns)
	off := fields{"passwords": "admins", "version": 0}
	w.a.plain.fails(t, "PUT /api/identity/rules", off, 403, "rbac.denied")
	w.a.admin.fails(t, "PUT /api/identity/rules", off, 409, "identity.no_provider_enabled")
	id := provided(t, w.a, i, "统一认证")
	links(t, w.a.plain, i, id, "u-1")
	rules := w.a.admin.does(t, "PUT /api/identity/rules", off)
	if rules["unlinked"] != 3.0 || rules["members"] != 4.0 {
		t.Errorf("rules = %v", rules)
	}
	w.a.admin.fails(t, "PUT /api/identity/rules", off, 409, "identity.stale")

	enter := func(login, word string) (status int, code string) {
		res, body := (&person{base: other}).send(t, "POST", "/api/org/sign-in", fields{"tenant": w.a.slug, "login": login, "password": word}, nil)
		code, _, _ = strings.Cut(string(body)[strings.Index(string(body), `"code"`)+8:], `"`)
		return res.StatusCode, code
	}
	for _, try := range [][2]string{{"plain", password}, {"plain", "Wrong-2026!"}, {"nobody", password}} {
		if status, code := enter(try[0], try[1]); status != 403 || code != "org.password_off" {
			t.Errorf("%v = %d %s", try, status, code)
		}
	}
	if status, _ := enter("admin", password); status != 200 {
		t.Errorf("the administrator = %d", status)
	}
	p := comes(t, w, other, w.a, i, id, "u-1")
	mine := p.does(t, "GET /api/identity/mine", nil)
	p.fails(t, "DELETE /api/identity/mine/"+text(t, mine, "items", 0, "id"), nil, 409, "identity.last_way")

	// With the last provider off, passwords are taken again: nobody is locked out.
	v := at(t, w.a.admin.does(t, "GET /api/identity/providers", nil), "items", 0, "version")
	w.a.admin.does(t, "POST /api/identity/providers/"+id+"/disable", fields{"version": v})
	if status, code := enter("plain", password); status != 200 {
		t.Errorf("afterwards = %d %s", status, code)
	}
}

// TestLinksOfOthers: an administrator names who somebody is elsewhere, and they
// are told; a provider may know people by their login; neither makes an
// administrator of anybody (AU-05).
func TestLinksOfOthers(t *testing.T) {
	t.Parallel()
	w, other := bureaus(t, factor.Off)
	i := identitytest.NewIssuer(t, returns)
	id := provided(t, w.a, i, "统一认证")
	path := "/api/identity/providers/" + id
	in := fields{"member_id": w.a.plain.member, "subject": "u-7", "label": "u-7"}
	w.a.plain.fails(t, "POST "+path+"/links", in, 403, "rbac.denied")
	w.b.admin.fails(t, "POST "+path+"/links", in, 404, "identity.provider_not_found")
	w.a.admin.fails(t, "POST "+path+"/links", fields{"member_id": w.b.plain.member, "subject": "u-7"}, 404, "org.member_not_found")
	w.a.admin.fails(t, "POST "+path+"/links", fields{"member_id": w.a.chief.member, "subject": "u-7"}, 409, "identity.own_link_only")
	w.a.admin.fails(t, "POST "+path+"/links", fields{"member_id": w.a.admin.member, "subject": "u-7"}, 409, "identity.own_link_only")
	link := w.a.admin.does(t, "POST "+path+"/links", in)
	w.a.admin.fails(t, "POST "+path+"/links", fields{"member_id": w.a.plain.member, "subject": "u-8"}, 409, "identity.member_linked")
	if told := fmt.Sprint(w.a.plain.does(t, "GET /api/message/notices", nil)); !strings.Contains(told, "identity.linked") {
		t.Errorf("the member is told %s", told)
	}
	p := comes(t, w, other, w.a, i, id, "u-7")

	// Whoever becomes an administrator later comes in by a link of their own making.
	give(t, w.a, w.a.plain, "audit.read")
	refusedIn(t, w, w.a, i, id, "u-7", 401, "identity.own_link_needed")
	takeAll(t, w.a, w.a.plain)
	w.a.admin.does(t, "DELETE /api/identity/links/"+text(t, link, "id"), nil)
	soon(t, "the session to end with the link, on the other node", p.out(t))
	refusedIn(t, w, w.a, i, id, "u-7", 401, "identity.no_member")
	w.a.admin.fails(t, "DELETE /api/identity/links/"+text(t, link, "id"), nil, 404, "identity.link_not_found")

	// By their login, where the provider is set so: who does not administer.
	refusedIn(t, w, w.a, i, id, "plain", 401, "identity.no_member")
	edit := asProvider("统一认证", i.URL, i.Client, i.Secret)
	delete(edit, "kind")
	edit["match"], edit["version"] = true, at(t, w.a.admin.does(t, "GET /api/identity/providers", nil), "items", 0, "version")
	w.a.admin.does(t, "PATCH "+path, edit)
	refusedIn(t, w, w.a, i, id, "admin", 401, "identity.own_link_needed")
	refusedIn(t, w, w.a, i, id, "nobody", 401, "identity.no_member")
	v := sets(t, browserOf(w), goesOut, fields{"tenant": w.a.slug, "provider": id})
	v.wants(t, other, comesIn, i.Recognise(t, v.url, "u-5", identitytest.Claims{"preferred_username": "Plain"}), 200, "")
	refusedIn(t, w, w.a, i, id, "plain", 401, "identity.no_member") // their login with another subject: no more

	// Another client of the provider's is another house: its links are gone, and the
	// secret is not shown to it unasked.
	edit["settings"] = []fields{{"name": "issuer", "value": i.URL}, {"name": "client_id", "value": "other"}}
	edit["version"] = at(t, w.a.admin.does(t, "GET /api/identity/providers", nil), "items", 0, "version")
	delete(edit, "secret")
	w.a.admin.fails(t, "PATCH "+path, edit, 422, "identity.secret_again")
	edit["secret"] = "another"
	if moved := w.a.admin.does(t, "PATCH "+path, edit); moved["links"] != 0.0 {
		t.Errorf("moved = %v", moved)
	}
}

// TestLDAP is the story of a directory: its failures are counted like those of a
// password (AN-03), and do not tell who is in it (AN-04).
func TestLDAP(t *testing.T) {
	t.Parallel()
	w, other := bureaus(t, factor.Off)
	d := identitytest.NewDirectory(t, true,
		identitytest.Entry{DN: "cn=hetu,dc=example,dc=cn", Password: "search-word"},
		identitytest.Entry{DN: "uid=plain,dc=example,dc=cn", Password: "Directory-1!", Attributes: map[string]string{"uid": "plain", "entryUUID": "e-1"}},
		identitytest.Entry{DN: "uid=wang,dc=example,dc=cn", Password: "Directory-2!", Attributes: map[string]string{"uid": "wang", "entryUUID": "e-2"}})
	p := w.a.admin.does(t, "POST /api/identity/providers", fields{"kind": "ldap", "name": "单位目录", "match": false, "secret": "search-word", "settings": []fields{
		{"name": "address", "value": d.Address}, {"name": "bind_dn", "value": "cn=hetu,dc=example,dc=cn"}, {"name": "base_dn", "value": "dc=example,dc=cn"}, {"name": "roots", "value": d.Roots}}})
	id := text(t, p, "id")
	if tested := w.a.admin.does(t, "POST /api/identity/providers/"+id+"/test", nil); tested["ok"] != true {
		t.Errorf("test = %v", tested)
	}
	w.a.admin.does(t, "POST /api/identity/providers/"+id+"/enable", fields{"version": 1})
	const path = "/api/identity/sign-in/password"
	in := func(login, word string) fields {
		return fields{"tenant": w.a.slug, "provider": id, "login": login, "password": word}
	}
	browserOf(w).fails(t, "POST "+path, fields{"tenant": w.b.slug, "provider": id, "login": "plain", "password": "Directory-1!"}, 404, "identity.provider_not_found")
	browserOf(w).fails(t, "POST "+goesOut, fields{"tenant": w.a.slug, "provider": id}, 422, "identity.other_form")
	browserOf(w).fails(t, "POST "+path, in("plain", "wrong"), 401, "org.credentials")
	browserOf(w).fails(t, "POST "+path, in("nobody", "wrong"), 401, "org.credentials")
	browserOf(w).fails(t, "POST "+path, in("*", "Directory-1!"), 401, "org.credentials")
	browserOf(w).fails(t, "POST "+path, in("wang", "Directory-2!"), 401, "identity.no_member")
	link := fields{"provider": id, "login": "plain", "password": "wrong", "own_password": password}
	w.a.plain.fails(t, "POST /api/identity/mine/password", link, 422, "identity.password_wrong")
	link["password"], link["own_password"] = "Directory-1!", "wrong"
	w.a.plain.fails(t, "POST /api/identity/mine/password", link, 422, "org.password_wrong")
	link["own_password"] = password
	w.a.plain.does(t, "POST /api/identity/mine/password", link)
	for range 2 {
		(&person{base: other, name: "by the directory"}).enter(t, path, in("plain", "Directory-1!"))
	}
	for n := range 5 {
		code := "org.credentials"
		if n == 4 {
			code = "org.locked"
		}
		(&person{base: []string{w.base, other}[n%2]}).fails(t, "POST "+path, in("plain", "wrong"), 401, code)
	}
	browserOf(w).fails(t, "POST "+path, in("plain", "Directory-1!"), 401, "org.locked")
	said := len(d.Said())
	browserOf(w).fails(t, "POST "+path, in("PLAIN", "Directory-1!"), 401, "org.locked")
	if len(d.Said()) != said {
		t.Error("the directory is asked for a login that is locked")
	}
	(&person{base: w.base, name: "with the password of here"}).enter(t, "/api/org/sign-in", fields{"tenant": w.a.slug, "login": "plain", "password": password})
}
