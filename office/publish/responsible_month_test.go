package publish

import (
	"slices"
	"testing"

	"hetu/feature"

	"github.com/google/uuid"
)

// I14, I15, R311: once a month it counts to the account of the unit which
// departments have a head and a publisher, and whether it has rules of its own:
// a document its readers have, columns, and persons for all.
func TestI14I15OncePerMonth(t *testing.T) {
	t.Parallel()
	h, foreign := open(t), open(t)
	counted := func(kind string) int {
		return count(h, `select count(*) from deeds where kind = $1 and unit_id = $2 and unit_kind = 'tenant'`, kind, h.id)
	}
	rounds := func() {
		t.Helper()
		for _, err := range race(h.round, h.round) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	rounds()
	all := must[Health](t)(see(h, h.office, h.desk.health, healthQuery{Weeks: 4})).Departments
	named := len(slices.DeleteFunc(slices.Clone(all), func(r Responsible) bool { return !r.named() }))
	if named == 0 || named == len(all) {
		t.Fatalf("%d of %d departments: this proves nothing", named, len(all))
	}
	if counted(ResponsibleNamed) != named || counted(ResponsibleNobody) != len(all)-named || counted(OwnRules) != 0 {
		t.Errorf("named %d, missing %d, own rules %d; want %d, %d, 0", counted(ResponsibleNamed), counted(ResponsibleNobody), counted(OwnRules), named, len(all)-named)
	}

	draft, it := h.drafts(h.column), h.publishes(h.reviewed(h.column))
	_, err := do(h, h.office, nameRuleDocument, newRuleDocument{ItemID: foreign.publishes(foreign.reviewed(foreign.column)).ID})
	want(t, err, ErrNotFound, "another tenant's item")
	_, err = do(h, h.drafter, nameRuleDocument, newRuleDocument{ItemID: draft.ID})
	want(t, err, ErrState, "a draft")
	must[feature.List[RuleDocument]](t)(do(h, h.office, nameRuleDocument, newRuleDocument{ItemID: it.ID}))
	_, err = do(h, h.office, nameRuleDocument, newRuleDocument{ItemID: it.ID})
	want(t, err, ErrRuleDocument, "again")
	rounds()
	if counted(OwnRules) != 0 {
		t.Error("a second time in the same month")
	}

	for _, d := range all { // everybody heads a department of their own here; the publisher publishes for all
		if len(d.Publishers) == 0 {
			c := h.opens("栏目 "+d.Name, 1, &d.ID)
			h.may(h.publisher, "publish", c)
		}
	}
	h.admin(`delete from responsible_months where tenant_id = $1`, h.id) // the next month
	rounds()
	if counted(OwnRules) != 1 || counted(ResponsibleNamed) != named+len(all) {
		t.Errorf("in the next month: own rules %d, named %d, want 1 and %d", counted(OwnRules), counted(ResponsibleNamed), named+len(all))
	}
	_, err = do(h, h.office, dropRuleDocument, ref{uuid.New()})
	want(t, err, ErrNoDocument, "take back what was never named")
	if _, err := do(h, h.office, dropRuleDocument, ref{it.ID}); err != nil {
		t.Fatal(err)
	}
	if l := must[feature.List[RuleDocument]](t)(see(h, h.reader, ruleDocuments, feature.None{})); len(l.Items) != 0 {
		t.Errorf("documents: %+v", l.Items)
	}
}
