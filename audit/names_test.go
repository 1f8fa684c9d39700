package audit

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// The ids an entry mentions are named from what the audit itself recorded of
// them, and never from another tenant's (R265, R267).
func TestNames(t *testing.T) {
	t.Parallel()
	d, other := newDiary(t), newDiary(t)
	department, column, stranger, nobody := tenant.NewID(), tenant.NewID(), tenant.NewID(), tenant.NewID()
	write := func(d diary, action, object string, detail any) {
		t.Helper()
		err := d.db.Write(d.ctx, func(tx *tenant.Tx) error { tx.Audit(action, object, detail); return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	write(d, "org.department_made", "org/department/"+department.String(), map[string]string{"name": "规划处"})
	write(d, "org.department_changed", "org/department/"+department.String(), map[string]any{"to": map[string]string{"name": "规划计划处"}})
	write(d, "org.department_changed", "org/department/"+department.String(), 7)
	write(d, "publish.column_opened", "publish/column/"+column.String(), map[string]string{"name": "水情"})
	write(d, "test.private", "test/private/"+nobody.String(), map[string]string{"name": "没有类别的"})
	write(other, "org.department_made", "org/department/"+stranger.String(), map[string]string{"name": "别家的处室"})
	write(d, "test.all", "publish/column/"+column.String(), map[string]any{
		"department": department, "again": department, "people": []uuid.UUID{stranger}, "nobody": nobody, "by": actor(t, d),
	})
	ask := func(d diary, entry uuid.UUID) []Name {
		t.Helper()
		var l feature.List[Name]
		err := d.db.Read(d.ctx, func(tx *tenant.Tx) (err error) { l, err = names(d.ctx, tx, nameQuery{Entry: entry}); return err })
		if err != nil {
			t.Fatal(err)
		}
		return l.Items
	}
	by := actor(t, d)
	var entry uuid.UUID
	err := d.db.Read(d.ctx, func(tx *tenant.Tx) error {
		return tx.Get(d.ctx, &entry, `select id from audit_entries where action = 'test.all'`)
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[uuid.UUID]string{}
	for _, n := range ask(d, entry) {
		got[n.ID] = n.Name
	}
	if len(got) != 3 || got[department] != "规划计划处" || got[column] != "水情" || got[by] == "" {
		t.Errorf("names = %v, want those of the department, the column and the person", got)
	}
	for name, entry := range map[string]uuid.UUID{"another tenant's entry": entry, "no entry": nobody} {
		if l := ask(other, entry); len(l) != 0 {
			t.Errorf("%s = %v, want none", name, l)
		}
	}
	if err := (&nameQuery{}).Validate(); !errors.Is(err, feature.ErrMissing) {
		t.Errorf("without an entry = %v, want ErrMissing", err)
	}
}

// However many ids an entry mentions, a bounded number is looked up, each once.
func TestIDsIn(t *testing.T) {
	t.Parallel()
	text, want := "", tenant.IDs{}
	for range mostNames + 10 {
		id := tenant.NewID()
		text += id.String() + `","` + id.String() + `" ABCDEF01-`
		want = append(want, id)
	}
	if got := idsIn(text); !slices.Equal(got, want[:mostNames]) {
		t.Errorf("%d ids, want the first %d", len(got), mostNames)
	}
}

// actor is who writes the diary.
func actor(t *testing.T, d diary) (id uuid.UUID) {
	t.Helper()
	err := d.db.Read(d.ctx, func(tx *tenant.Tx) error { id = tx.Actor.Member; return nil })
	if err != nil {
		t.Fatal(err)
	}
	return id
}
