package app_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hetu/audit"
	"hetu/org"
)

// TestPowers holds that what org keeps apart is what the audit declares (AU-05).
func TestPowers(t *testing.T) {
	t.Parallel()
	if !slices.Contains(org.Powers, audit.Read) || len(org.Powers) != 3 {
		t.Errorf("powers = %v, want %s among three", org.Powers, audit.Read)
	}
}

// TestAccessOnTwoNodes tells a right from asking for it to losing it: the basic
// sets (R257, R258, R259), a request agreed to and approved (R262), in effect on both
// nodes, explained and recorded (R265); then a freeze, which is felt on both within
// two seconds (R270), and what of it the audit shows (AU-04).
func TestAccessOnTwoNodes(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	plain, far := c.a.plain, c.a.plain.on(c.nodes[1])
	tries(t,
		try{c.nobody(), "GET /api/access/mine", nil, 401, "tenant.no_actor"},
		try{plain, "GET /api/access/explain?permission=org.manage", nil, 403, "rbac.denied"},
		try{c.b.chief, "GET /api/access/explain?permission=org.manage&member=" + plain.member.String(), nil, 422, "access.no_such_member"},
		try{c.a.chief, "GET /api/access/explain?permission=x.y", nil, 422, "rbac.no_such_permission"},
		try{plain, "POST /api/access/requests", fields{"permission": "access.view", "reason": "x"}, 409, "access.no_head"},
		try{c.a.chief, "GET /api/audit/statistics?by=x", nil, 422, "request.not_a_choice"},
	)
	c.sets(t)
	c.wantsAndGets(t, plain)
	for _, at := range []*person{plain, far} {
		soon(t, "who asked has the right", func() bool { return at.status(t, "GET /api/access/restrictions") == 200 })
	}
	why := c.a.chief.does(t, "GET /api/access/explain?permission=access.view&member="+plain.member.String(), nil)
	if at(t, why, "items", 0, "may") != true || at(t, why, "items", 0, "reasons", 0, "case_id") == nil {
		t.Errorf("explanation = %v, want: may, by an approval", why)
	}
	held := c.a.chief.does(t, "POST /api/access/restrictions", fields{"member_id": plain.member, "permissions": []string{}, "reason": "违规",
		"basis": "处理决定3号", "ends_at": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)})
	for _, at := range []*person{plain, far} {
		soon(t, "a freeze is felt on every node", func() bool { return at.status(t, "GET /api/access/restrictions") == 403 })
		at.fails(t, "GET /api/access/restrictions", nil, 403, "rbac.frozen")
		at.fails(t, "POST /api/access/requests", fields{"permission": "publish.draft", "reason": "x"}, 403, "rbac.frozen")
		at.does(t, "POST /api/message/notices/read-all", fields{})
		at.does(t, "GET /api/org/me", nil)
	}
	c.a.chief.does(t, "POST /api/access/restrictions/"+text(t, held, "id")+"/lift", fields{"reason": "复核"})
	soon(t, "what was lifted is lifted everywhere", func() bool {
		return far.status(t, "GET /api/access/restrictions") == 200 && plain.status(t, "GET /api/access/restrictions") == 200
	})
	c.auditRead(t)
}

// sets begins a role of the unit's own with a basic set.
func (w *cluster) sets(t *testing.T) {
	t.Helper()
	var codes []string
	for _, s := range at(t, w.a.admin.does(t, "GET /api/org/role-sets", nil), "items").([]any) {
		codes = append(codes, text(t, s, "code"))
		has := func(p string) bool { return slices.Contains(at(t, s, "permissions").([]any), any(p)) }
		if has("org.grant") || has("audit.read") || has("org.manage") || has("access.freeze") {
			t.Errorf("%v makes an administrator", s)
		}
		made := w.a.admin.does(t, "POST /api/org/roles", fields{"name": "权限组" + text(t, s, "code"), "permissions": at(t, s, "permissions")})
		if len(at(t, made, "permissions").([]any)) != len(at(t, s, "permissions").([]any)) {
			t.Errorf("the role is %v, want what the set has (R257)", made)
		}
	}
	if want := []string{"full", "initiation", "ordinary", "clerk"}; !slices.Equal(codes, want) {
		t.Errorf("sets = %v, want %v (R257, R258)", codes, want)
	}
}

// wantsAndGets has somebody ask, the head of the office agree and another approve.
func (w *cluster) wantsAndGets(t *testing.T, who *person) {
	t.Helper()
	post := at(t, w.a.admin.does(t, "GET /api/org/members?q=chief", nil), "items", 0, "posts", 0)
	w.a.admin.does(t, "PATCH /api/org/posts/"+text(t, post, "id"), fields{"title": "主任", "main": true, "head": true, "version": at(t, post, "version")})
	asked := who.does(t, "POST /api/access/requests", fields{"permission": "access.view", "reason": "协助权限管理"})
	for _, by := range []*person{w.a.chief, w.a.second} {
		for _, task := range at(t, by.does(t, "GET /api/approval/tasks?state=todo", nil), "items").([]any) {
			if at(t, task, "case_id") != asked["case_id"] {
				continue
			}
			path := "/api/approval/tasks/" + text(t, task, "id")
			hash := at(t, by.does(t, "GET "+path, nil), "case", "content_hash")
			by.fails(t, "POST "+path+"/approve", fields{"checks": fields{}, "content_hash": hash}, 422, "approval.check_missing")
			by.does(t, "POST "+path+"/approve", fields{"checks": fields{"needed": true}, "content_hash": hash})
		}
	}
	if got := who.does(t, "GET /api/access/requests/"+text(t, asked, "id"), nil); got["state"] != "applied" {
		t.Fatalf("request = %v, want applied (R262)", got)
	}
}

// auditRead looks into the audit, which is recorded, and takes a part of it out,
// which is signed.
func (w *cluster) auditRead(t *testing.T) {
	t.Helper()
	chief := w.a.chief
	readings := func() int {
		return len(at(t, chief.does(t, "GET /api/audit/entries?action=audit.looked&limit=200", nil), "items").([]any))
	}
	before := readings()
	chief.does(t, "GET /api/audit/entries?q=x", nil)
	chief.does(t, "GET /api/audit/statistics?by=action", nil)
	if after := readings(); after != before+3 {
		t.Errorf("%d readings of the audit are recorded, want %d (AU-04)", after, before+3)
	}
	explained := at(t, chief.does(t, "GET /api/audit/entries?action=access.looked", nil), "items").([]any)
	if len(explained) == 0 {
		t.Error("who looked up who may do what is not recorded (R265)")
	}
	w.a.plain.fails(t, "GET /api/audit/export?format=json", nil, 403, "rbac.denied")
	chief.fails(t, "GET /api/audit/export?format=csv", nil, 422, "request.not_a_choice")
	res, body := chief.send(t, "GET", "/api/audit/export?format=json&action=rbac", nil, nil)
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "application/zip" {
		t.Fatalf("export = %d %s", res.StatusCode, body)
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	must(t, err)
	f, err := z.Open("manifest.json")
	must(t, err)
	var m struct {
		PublicKey string `json:"public_key"`
		Manifest  string `json:"manifest"`
	}
	must(t, json.NewDecoder(f).Decode(&m))
	file := filepath.Join(t.TempDir(), "audit.zip")
	must(t, os.WriteFile(file, body, 0o600))
	e, err := audit.CheckExport(file, m.PublicKey)
	if err != nil || e.Records < 3 || e.Tenant != w.a.id || !strings.Contains(m.Manifest, "rbac") {
		t.Errorf("export = %+v %v", e, err)
	}
}
