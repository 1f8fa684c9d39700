package app_test

import "testing"

// helper has the Office let somebody look into its department's reading, and
// returns the grant.
func (w *world) helper(t *testing.T) string {
	t.Helper()
	l := w.a.chief.does(t, "POST /api/publish/department-reading/helpers", fields{"department_id": w.a.office.String(), "member_id": w.a.plain.member})
	for _, d := range at(t, l, "items").([]any) {
		if helpers := at(t, d, "helpers").([]any); len(helpers) > 0 {
			return text(t, helpers[0], "id")
		}
	}
	t.Fatalf("nobody was let look: %v", l)
	return ""
}

// TestHelperStory: who was let look into a department's reading sees it
// within two seconds, and no more once that is taken back (R037).
func TestHelperStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := w.a.plain
	path := "/api/publish/department-reading?department=" + w.a.office.String()
	tries(t,
		try{w.nobody(), "GET " + path, nil, 401, "tenant.no_actor"},
		try{plain, "GET " + path, nil, 403, "publish.not_head"},
		try{plain, "POST /api/publish/department-reading/helpers", fields{"department_id": w.a.office.String(), "member_id": plain.member}, 403, "publish.not_head"},
		try{w.b.chief, "POST /api/publish/department-reading/helpers", fields{"department_id": w.a.office.String(), "member_id": w.b.plain.member}, 422, "publish.department_unknown"},
	)
	grant := w.helper(t)
	soon(t, "who was let look may", func() bool { return plain.status(t, "GET "+path) == 200 })
	tries(t,
		try{w.b.chief, "DELETE /api/publish/department-reading/helpers/" + grant, nil, 404, "rbac.grant_not_found"},
		try{w.a.chief, "DELETE /api/publish/department-reading/helpers/" + grant, nil, 200, ""},
		try{w.a.chief, "DELETE /api/publish/department-reading/helpers/" + grant, nil, 404, "rbac.grant_not_found"},
	)
	soon(t, "they may no more", func() bool { return plain.status(t, "GET "+path) == 403 })
}
