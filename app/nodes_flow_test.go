package app_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// TestOneDecisionOnTwoNodes lets eight clients at two nodes approve and return
// the same task at once: it is decided once, and the others are told so (WF-01).
func TestOneDecisionOnTwoNodes(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	column := text(t, c.a.chief.does(t, "POST /api/publish/columns", map[string]any{"name": "简报", "review_levels": 1}), "id")
	for i := range 25 {
		item := c.a.chief.does(t, "POST /api/publish/items", map[string]any{
			"column_id": column, "kind": "briefing", "title": fmt.Sprintf("简报第%d期", i), "body_html": "<p>正文</p>"})
		item = c.a.chief.does(t, "POST /api/publish/items/"+text(t, item, "id")+"/submit", map[string]any{"online_ok": true, "version": item["version"]})
		task := text(t, c.a.second.does(t, "GET /api/approval/tasks?state=todo", nil), "items", 0, "id")
		hash := at(t, c.a.second.does(t, "GET /api/approval/tasks/"+task, nil), "case", "content_hash")
		var won, lost atomic.Int64
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				path, in := "/api/approval/tasks/"+task+"/approve", map[string]any{
					"content_hash": hash, "checks": map[string]bool{"true": true, "wording": true, "safe": true, "online": true}}
				if n%4 == 3 {
					path, in = "/api/approval/tasks/"+task+"/return", map[string]any{"reason_code": "wording", "opinion": "请修改"}
				}
				res, body := c.a.second.on(c.nodes[n%2]).send(t, "POST", path, in, nil)
				switch {
				case res.StatusCode == 200:
					won.Add(1)
				case res.StatusCode == 409 && strings.Contains(string(body), `"approval.already_decided"`):
					lost.Add(1)
				default:
					t.Errorf("POST %s = %d %s", path, res.StatusCode, body)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || lost.Load() != 7 {
			t.Errorf("the task was decided %d times, and %d were told that it was", won.Load(), lost.Load())
		}
		c.once(t, text(t, item, "case_id"))
	}
}

// once looks at what one decision left behind: one event, one entry in the
// audit, one deed, and an item that says the same as its case.
func (c *cluster) once(t *testing.T, id string) {
	t.Helper()
	var left string
	must(t, tenanttest.DB(t).Read(tenant.As(t.Context(), tenant.Actor{Tenant: c.a.id}), func(tx *tenant.Tx) error {
		return tx.Get(t.Context(), &left, `
			select concat_ws(' ',
			  (select count(*) from approval_events where case_id = c.id and action in ('approve', 'return')),
			  (select count(*) from audit_entries where object = 'approval/case/' || c.id and action in ('approval.approved', 'approval.returned')),
			  (select count(*) from deeds where kind = 'approval.decided' and item = 'publish/item/' || c.subject_id),
			  (select count(*) from approval_tasks where case_id = c.id and state = 'decided'),
			  case when c.state = 'approved' and i.state = 'approved' or c.state = 'returned' and i.state = 'draft' then 'agree' end)
			  from approval_cases c join items i on i.id = c.subject_id where c.id = $1::uuid`, id)
	}))
	if left != "1 1 1 1 agree" {
		t.Errorf("the decision left %q behind (events, audit, deeds, tasks, states), want 1 of each that agree", left)
	}
}
