package wordcheck

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A shelf is a source of published things, two a page.
type shelf struct {
	kind  string
	docs  []Doc
	pages int
	fail  error
}

func (s *shelf) source() Source {
	return Source{Kind: s.kind, Page: func(_ context.Context, _ *tenant.Tx, after string) ([]Doc, string, error) {
		s.pages++
		if s.fail != nil && s.pages == 2 {
			return nil, "", s.fail
		}
		at, _ := strconv.Atoi(after)
		end := min(at+2, len(s.docs))
		if end == len(s.docs) {
			return s.docs[at:], "", nil
		}
		return s.docs[at:end], strconv.Itoa(end), nil
	}}
}

func (s *shelf) put(texts ...string) {
	for _, text := range texts {
		s.docs = append(s.docs, Doc{ID: uuid.New(), Title: text, Href: "/x/" + text, Parts: []Part{{"title", text}}})
	}
}

func found(t *testing.T, ctx context.Context, q findingQuery) (said []string, all []StockFinding) {
	t.Helper()
	q.Limit = 2
	for {
		l, err := do(t, ctx, listFindings, q)
		must(t, err)
		for _, f := range l.Items {
			said = append(said, fmt.Sprintf("%s %s %d%d%d v%d %s", f.Title, f.State, f.Blocks, f.Warns, f.Hints, f.Dictionary, f.Words))
		}
		all = append(all, l.Items...)
		if q.After = l.Next; l.Next == "" {
			slices.Sort(said)
			return said, all
		}
	}
}

// TestStock: when the dictionary has changed, all that is published is checked
// again, from every source; what is found can be ignored, is found again when
// it is worse, and is fixed when it is gone.
func TestStock(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	other, _ := tenanttest.Actor(t)
	a, b, none := &shelf{kind: "x.a"}, &shelf{kind: "x.b"}, &shelf{kind: "x.none"}
	a.put("部份甲", "好", "好好", "部份乙", "目睹丙")
	b.put("部份丁")
	k := New(func() []Source { return []Source{a.source(), none.source(), b.source()} })
	db := tenanttest.DB(t)
	pass := func() { must(t, k.work(ctx, db, json.RawMessage(`{}`))) }
	want := func(step string, want ...string) {
		t.Helper()
		if got, _ := found(t, ctx, findingQuery{}); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", step, got, want)
		}
	}

	pass() // no dictionary yet
	want("no dictionary")
	w, err := do(t, ctx, addWord, Draft{"部份", "typo", Warn, ""})
	must(t, err)
	pass()
	want("a first word", "部份丁 open 010 v1 [部份]", "部份乙 open 010 v1 [部份]", "部份甲 open 010 v1 [部份]")
	s := state(t, ctx)
	if s.CheckedVersion != 1 || s.Checking || s.CheckedItems != 6 || s.Open != 3 || s.CheckedAt == nil {
		t.Errorf("state = %+v", s)
	}
	seen := a.pages
	pass()
	if a.pages != seen {
		t.Error("checked again though nothing had changed")
	}

	_, all := found(t, ctx, findingQuery{State: "open", Level: Warn})
	i := slices.IndexFunc(all, func(f StockFinding) bool { return f.Title == "部份乙" })
	refusals(t, ctx, other, all[i])
	f, err := do(t, ctx, settle, settling{all[i].ID, "ignored", all[i].Version})
	if err != nil || f.State != "ignored" {
		t.Errorf("settle = %+v, %v", f, err)
	}
	_, err = do(t, ctx, addWord, Draft{"目睹", "wording", Hint, ""})
	must(t, err)
	a.docs = a.docs[1:] // the first has been taken down
	pass()
	want("one ignored, one gone", "目睹丙 open 001 v2 [目睹]", "部份丁 open 010 v2 [部份]", "部份乙 ignored 010 v2 [部份]", "部份甲 fixed 010 v1 [部份]")

	_, err = do(t, ctx, changeWord, rewording{w.ID, Draft{"部份", "typo", Block, ""}, 1})
	must(t, err)
	pass()
	want("worse than what was ignored", "目睹丙 open 001 v3 [目睹]", "部份丁 open 100 v3 [部份]", "部份乙 open 100 v3 [部份]", "部份甲 fixed 010 v1 [部份]")
	if got, _ := found(t, other, findingQuery{}); len(got) != 0 {
		t.Errorf("another tenant sees %q", got)
	}
}

// refusals: another tenant's, an old version, and what is wrong.
func refusals(t *testing.T, ctx, other context.Context, f StockFinding) {
	t.Helper()
	for name, tt := range map[string]struct {
		as   context.Context
		in   settling
		want *fault.Error
	}{
		"another tenant's": {other, settling{f.ID, "ignored", f.Version}, ErrNotFound},
		"none":             {ctx, settling{uuid.New(), "ignored", 1}, ErrNotFound},
		"an old state":     {ctx, settling{f.ID, "ignored", f.Version + 1}, ErrStale},
	} {
		if _, err := do(t, tt.as, settle, tt.in); !errors.Is(err, tt.want) {
			t.Errorf("%s = %v, want %v", name, err, tt.want)
		}
	}
	for _, q := range []findingQuery{{State: "x"}, {Level: "x"}, {Page: feature.Page{After: "x"}}} {
		if q.Validate() == nil {
			t.Errorf("%+v is taken", q)
		}
	}
}

// A pass that was cut short goes on where it stopped; one under way when the
// dictionary changes begins anew.
func TestStockGoesOn(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	broken := errors.New("the database went away")
	a := &shelf{kind: "x.a", fail: broken}
	a.put("部份一", "部份二", "部份三", "部份四", "部份五")
	k := New(func() []Source { return []Source{a.source()} })
	db := tenanttest.DB(t)
	_, err := do(t, ctx, addWord, Draft{"部份", "typo", Warn, ""})
	must(t, err)
	if err := k.pass(ctx, db); !errors.Is(err, broken) {
		t.Fatalf("pass = %v", err)
	}
	if s := state(t, ctx); !s.Checking || s.CheckedItems != 2 || s.Open != 2 {
		t.Errorf("cut short: %+v", s)
	}
	must(t, k.nightly(ctx, db)) // at whatever hour: it is under way
	if s := state(t, ctx); s.Checking || s.CheckedItems != 5 || s.Open != 5 || a.pages != 4 {
		t.Errorf("gone on: %+v after %d pages", s, a.pages)
	}
	a.pages = 0 // breaks again at its second page
	_, err = do(t, ctx, addWord, Draft{"一", "other", Hint, ""})
	must(t, err)
	if err := k.pass(ctx, db); !errors.Is(err, broken) {
		t.Fatalf("pass = %v", err)
	}
	_, err = do(t, ctx, addWord, Draft{"五", "other", Block, ""})
	must(t, err)
	must(t, k.pass(ctx, db))
	if s := state(t, ctx); s.CheckedVersion != 3 || s.CheckedItems != 5 {
		t.Errorf("begun anew: %+v", s)
	}
	if got, _ := found(t, ctx, findingQuery{Level: Block}); !slices.Equal(got, []string{"部份五 open 110 v3 [五 部份]"}) {
		t.Errorf("= %q", got)
	}
}

// Asked for, a pass looks also at what was published since the last one.
func TestRecheck(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	a := &shelf{kind: "x.a"}
	a.put("部份一")
	k := New(func() []Source { return []Source{a.source()} })
	db := tenanttest.DB(t)
	_, err := do(t, ctx, addWord, Draft{"部份", "typo", Warn, ""})
	must(t, err)
	must(t, k.pass(ctx, db))
	a.put("部份二")
	if b, err := do(t, ctx, recheck, feature.None{}); err != nil || b.Version != 1 {
		t.Fatalf("recheck = %+v, %v", b, err)
	}
	must(t, k.work(ctx, db, nil))
	if s := state(t, ctx); s.Open != 2 || s.CheckedVersion != 1 {
		t.Errorf("state = %+v", s)
	}
}

// A tenant that was opened before there were dictionaries gets its first one from
// the round, once, and one of its own is left alone (R031).
func TestLateDictionary(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	k := New(func() []Source { return nil })
	words := func() (n, versions int) {
		if err := tenanttest.DB(t).Read(ctx, func(tx *tenant.Tx) error {
			if err := tx.Get(ctx, &n, `select count(*) from words`); err != nil {
				return err
			}
			return tx.Get(ctx, &versions, `select count(*) from word_versions`)
		}); err != nil {
			t.Fatal(err)
		}
		return n, versions
	}
	if n, _ := words(); n != 0 {
		t.Fatalf("%d words before the round", n)
	}
	for range 2 {
		if err := k.nightly(ctx, tenanttest.DB(t)); err != nil {
			t.Fatal(err)
		}
		if n, versions := words(); n < 50 || versions != 1 {
			t.Errorf("%d words in %d versions", n, versions)
		}
	}
}
