package torture

import (
	"fmt"
	"testing"
)

// A count is what the database says of what a load was told.
type count struct {
	acknowledged, lost, doubled int
	torn                        []string // items of which some rows say this and others that
}

// written is one row per item and what else was written of it.
const written = `
	select i.title, i.state,
	  (select count(*) from deeds d where d.tenant_id = i.tenant_id and d.item = 'publish/item/' || i.id and d.kind = 'publish.published'),
	  (select count(*) from audit_entries a where a.tenant_id = i.tenant_id and a.object = 'publish/item/' || i.id and a.action = 'publish.published'),
	  (select count(*) from audit_entries a where a.tenant_id = i.tenant_id and a.object = 'publish/item/' || i.id and a.action = 'publish.drafted'),
	  (select count(*) from item_counts n where n.tenant_id = i.tenant_id and n.item_id = i.id),
	  (select count(*) from approval_events e where e.tenant_id = i.tenant_id and e.case_id = i.case_id and e.action = 'approve')
	  from items i where i.tenant_id = $1 and starts_with(i.title, $2)`

// count compares what was acknowledged with what there is (G4, G5, I1, I2, I6).
func (l *load) count(t *testing.T) (c count) {
	t.Helper()
	rows, err := l.db.Query(written, l.house.id, l.token)
	must(t, err)
	defer func() { _ = rows.Close() }()
	published, items := map[string]int{}, map[string]int{}
	for rows.Next() {
		var title, state string
		var deeds, entries, drafts, counts, approvals int
		must(t, rows.Scan(&title, &state, &deeds, &entries, &drafts, &counts, &approvals))
		items[title]++
		want := 0
		if state == "published" {
			want = 1
			published[title]++
		}
		if deeds != want || entries != want || counts != want || drafts != 1 || approvals < want || approvals > 1 {
			c.torn = append(c.torn, title+" is "+state)
		}
	}
	must(t, rows.Err())
	c.acknowledged = len(l.acknowledged)
	for _, title := range l.acknowledged {
		if published[title] == 0 {
			c.lost++
		}
	}
	total := 0
	for title, n := range items {
		if n > 1 || published[title] > 1 {
			c.doubled++
		}
		total += published[title]
	}
	var said int
	must(t, l.db.QueryRow(`select item_count from columns where tenant_id = $1 and id = $2`, l.house.id, l.house.column).Scan(&said))
	if said != total {
		c.torn = append(c.torn, fmt.Sprintf("the column counts %d items, there are %d", said, total))
	}
	return c
}

// holds fails unless everything that was acknowledged is there, once.
func (l *load) holds(t *testing.T, least int) {
	t.Helper()
	c := l.count(t)
	if c.lost > 0 || c.doubled > 0 || len(c.torn) > 0 || len(l.broken) > 0 {
		t.Errorf("%d acknowledged: %d lost, %d doubled; torn: %v; broken: %v", c.acknowledged, c.lost, c.doubled, c.torn, l.broken)
	}
	if c.acknowledged < least || l.retries.Load() == 0 {
		t.Errorf("%d acknowledged, %d requests sent again: it proves nothing", c.acknowledged, l.retries.Load())
	}
	t.Logf("%d acknowledged, 0 lost, 0 doubled wanted; %d requests sent again, %d of them answered from memory", c.acknowledged, l.retries.Load(), l.replays.Load())
}
