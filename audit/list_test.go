package audit

import (
	"errors"
	"slices"
	"testing"

	"hetu/feature"
	"hetu/tenant"
)

func TestQueryFaults(t *testing.T) {
	t.Parallel()
	for name, q := range map[string]query{
		"a day that is none":  {From: "2026-02-30"},
		"a time for a day":    {To: "2026-02-03T00:00:00Z"},
		"a very long search":  {Q: string(make([]byte, 301))},
		"a day in words":      {From: "昨天"},
		"a year beyond years": {To: "99999-01-01"},
	} {
		if err := q.Validate(); !errors.Is(err, feature.ErrMalformed) && !errors.Is(err, feature.ErrLong) {
			t.Errorf("%s = %v, want a refusal", name, err)
		}
	}
}

// A seal that is set while the chain is being checked is no fault of the chain.
func TestVerifyWhileSealing(t *testing.T) {
	t.Parallel()
	d := newDiary(t)
	d.write(t, 3)
	d.seal(t, 10)
	v := verifier{tenant: d.id, last: before(d.id)}
	if err := v.all(d.ctx, d.db); err != nil || v.report.First != nil {
		t.Fatalf("all = %+v %v", v.report, err)
	}
	d.write(t, 2)
	d.seal(t, 10)
	rest := func() error { return d.db.Read(d.ctx, func(tx *tenant.Tx) error { return v.rest(d.ctx, tx) }) }
	if err := rest(); !errors.Is(err, errGrown) || v.report.First != nil {
		t.Fatalf("rest = %+v %v, want errGrown", v.report.First, err)
	}
	if err := v.all(d.ctx, d.db); err != nil || rest() != nil || v.report.First != nil || v.report.Entries < 5 {
		t.Errorf("going on = %+v %v", v.report, err)
	}
	d.tamper(t, `delete from audit_seals where tenant_id = $1 and seq = (select max(seq) from audit_seals where tenant_id = $1)`)
	if r := d.verify(t); r.First == nil || r.First.Kind != Broken {
		t.Errorf("the newest seal is gone: %+v, want it missed", r)
	}
}

// The actions to choose from are those that happened here, each once.
func TestActions(t *testing.T) {
	t.Parallel()
	d, other := newDiary(t), newDiary(t)
	d.write(t, 3)
	other.write(t, 1)
	d.tamper(t, `insert into audit_entries (tenant_id, id, actor_name, action, object, detail, request, ip)
		values ($1, gen_random_uuid(), '', 'a.first', 'x', '{}', '', '')`)
	d.seal(t, 10)
	var l feature.List[Action]
	err := d.db.Read(d.ctx, func(tx *tenant.Tx) (err error) { l, err = actions(d.ctx, tx, feature.None{}); return err })
	if want := []Action{{"a.first"}, {"test.did"}}; err != nil || !slices.Equal(l.Items, want) {
		t.Errorf("actions = %v %v, want %v", l.Items, err, want)
	}
}

// The seals are listed in pages, the newest first, each with whether it names
// the one before it.
func TestSeals(t *testing.T) {
	t.Parallel()
	d, other := newDiary(t), newDiary(t)
	for range 3 {
		d.write(t, 2)
		d.seal(t, 10)
	}
	other.write(t, 2)
	other.seal(t, 10)
	list := func(p feature.Page) (l feature.List[Sealing], err error) {
		err = d.db.Read(d.ctx, func(tx *tenant.Tx) error { l, err = seals(d.ctx, tx, p); return err })
		return l, err
	}
	first, err := list(feature.Page{Limit: 2})
	if err != nil || len(first.Items) != 2 || first.Items[0].Seq <= first.Items[1].Seq || first.Next == "" {
		t.Fatalf("first page = %+v %v", first, err)
	}
	last := first
	all := slices.Clone(first.Items)
	for last.Next != "" {
		if last, err = list(feature.Page{Limit: 2, After: last.Next}); err != nil {
			t.Fatal(err)
		}
		all = append(all, last.Items...)
	}
	if len(all) < 3 || all[len(all)-1].Seq != 1 {
		t.Fatalf("seals = %+v, want down to the first", all)
	}
	if s := d.state(t); s.Head != all[0].Hash || s.Seals != all[0].Seq {
		t.Errorf("state = %+v, want the head %s", s, all[0].Hash)
	}
	for _, s := range all {
		if !s.Linked || s.N == 0 {
			t.Errorf("seal = %+v, want linked", s)
		}
	}
	d.tamper(t, `update audit_seals set hash = sha256('x') where tenant_id = $1 and seq = 2`)
	d.tamper(t, `update audit_seals set prev = sha256('x') where tenant_id = $1 and seq = 1`)
	broken, err := list(feature.Page{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range broken.Items {
		if want := s.Seq != 3 && s.Seq != 1; s.Linked != want {
			t.Errorf("seal %d linked = %v, want %v", s.Seq, s.Linked, want)
		}
	}
	if _, err := list(feature.Page{After: "x"}); !errors.Is(err, feature.ErrCursor) {
		t.Errorf("a cursor that is none = %v, want ErrCursor", err)
	}
}
