package demo

import (
	"strings"
	"testing"
	"time"
)

// Whenever the demonstration is made, what is asked is asked before it is due
// and before it is answered, one bureau is late, and one call still runs.
func TestCalls(t *testing.T) {
	t.Parallel()
	for _, now := range []string{"2026-11-23 01:30", "2026-04-20 09:00", "2027-02-03 11:00", "2026-10-04 12:00"} {
		m := planner(now)
		calls, titles, late := m.calls(), map[string]bool{}, 0
		for _, c := range calls {
			if !c.at.After(m.begin) || !c.at.Before(c.due) || !c.at.Before(c.urged) || !c.urged.Before(m.end) {
				t.Errorf("%s: %q is asked at %v, urged at %v, due at %v", now, c.title, c.at, c.urged, c.due)
			}
			for _, a := range c.answers {
				if !a.at.After(c.at) || !a.at.Before(m.end) || titles[a.title] {
					t.Errorf("%s: %q is begun at %v", now, a.title, a.at)
				}
				if titles[a.title] = true; a.at.After(c.due) {
					late++
				}
			}
		}
		if late != 1 {
			t.Errorf("%s: %d are late", now, late)
		}
		if last := calls[len(calls)-1]; last.due.Before(m.end.Add(72 * time.Hour)) {
			t.Errorf("%s: what runs is due at %v already", now, last.due)
		}
	}
}

// The group beside the province has people of its own, with names for what they
// do that no government uses.
func TestCompanies(t *testing.T) {
	t.Parallel()
	m := planner("2026-11-23 01:30")
	kinds := map[string]int{}
	for _, u := range companies() {
		kinds[u.kind]++
		h := m.house(u)
		for _, p := range append(h.members, h.admin) {
			if !loginForm.MatchString(p.login) {
				t.Errorf("login %q of %s", p.login, p.name)
			}
			for _, word := range []string{"局", "处", "厅", "科长"} {
				if strings.Contains(p.title+p.department+u.name, word) {
					t.Errorf("%s is %s of %s in %s", p.name, p.title, p.department, u.name)
				}
			}
		}
	}
	if kinds["hq"] != 1 || kinds["subsidiary"] != 2 || len(kinds) != 2 {
		t.Errorf("the group is %v", kinds)
	}
}
