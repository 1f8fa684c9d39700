package app_test

import (
	"regexp"
	"slices"
	"testing"
)

var codeLike = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)*$`)

// TestAuditWorkbookHasWords: whoever reads the audit takes it as a workbook that
// says in their language what was done, and not by which code the system knows
// it; whoever does not is refused (UI4, R240).
func TestAuditWorkbookHasWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.a.publish(t, w.a.column(t, "平安水务", 1), "汛前检查")
	w.a.admin.does(t, "POST /api/org/departments", fields{"name": "监察科", "kind": "dept", "sort": 1, "parent_id": nil})
	const book = "/api/audit/entries?format=xlsx"
	tries(t,
		try{w.nobody(), "GET " + book, nil, 401, "tenant.no_actor"},
		try{w.a.plain, "GET " + book, nil, 403, "rbac.denied"},
	)
	for _, tt := range []struct {
		language, head string
		want           []string
	}{
		{"zh-CN", "操作", []string{"发布", "新建部门"}},
		{"en", "Action", []string{"Item published", "Department made"}},
	} {
		rows, _ := w.a.chief.workbook(t, book, tt.language)
		at := slices.Index(rows[0], tt.head)
		if at < 0 || len(rows) < 5 {
			t.Fatalf("%s: %d rows under %v", tt.language, len(rows), rows[0])
		}
		var said []string
		for _, r := range rows[1:] {
			if said = append(said, r[at]); codeLike.MatchString(r[at]) {
				t.Errorf("%s: the workbook shows the code %s", tt.language, r[at])
			}
		}
		for _, word := range tt.want {
			if !slices.Contains(said, word) {
				t.Errorf("%s: nothing is called %q in %q", tt.language, word, said)
			}
		}
	}
}
