package wordcheck

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant/tenanttest"
)

// R031: a finding that the pass merely met again is settled with what was read
// of it before; one that it changed is not, and the refusal says what it
// changed; one that is fixed is settled by nobody, which is no matter of versions.
func TestSettleAfterPass(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	a := &shelf{kind: "x.a"}
	a.put("部份甲", "部份目睹")
	k := New(func() []Source { return []Source{a.source()} })
	db := tenanttest.DB(t)
	one := func(id uuid.UUID) StockFinding {
		t.Helper()
		_, all := found(t, ctx, findingQuery{})
		return all[slices.IndexFunc(all, func(f StockFinding) bool { return f.ItemID == id })]
	}
	refused := func(step string, in settling, want *fault.Error, changed ...string) {
		t.Helper()
		_, err := do(t, ctx, settle, in)
		got, _ := fault.Of(err).Meta["changed"].([]string)
		slices.Sort(got)
		if !errors.Is(err, want) || !slices.Equal(got, changed) {
			t.Errorf("%s: %v with %v, want %v with %v", step, err, got, want, changed)
		}
	}
	_, err := do(t, ctx, addWord, Draft{"部份", "typo", Warn, ""})
	must(t, err)
	must(t, k.pass(ctx, db))
	first, second := one(a.docs[0].ID), one(a.docs[1].ID)

	_, err = do(t, ctx, addWord, Draft{"目睹", "wording", Hint, ""})
	must(t, err)
	must(t, k.pass(ctx, db))
	f, err := do(t, ctx, settle, settling{first.ID, "ignored", first.Version})
	if err != nil || f.State != "ignored" || f.Dictionary != 2 {
		t.Errorf("met again, as it was: %+v, %v", f, err)
	}
	refused("it has another word now", settling{second.ID, "ignored", second.Version}, ErrStale, "words")
	if now := one(second.ItemID); now.ChangedBy != "" || !now.ChangedAt.After(second.ChangedAt) {
		t.Errorf("changed by %q at %v, want the pass", now.ChangedBy, now.ChangedAt)
	}

	_, err = do(t, ctx, addWord, Draft{"甲", "other", Block, ""})
	must(t, err)
	must(t, k.pass(ctx, db))
	refused("worse than what was ignored", settling{f.ID, "open", f.Version}, ErrStale, "state", "words")
	read := one(second.ItemID)
	a.docs = a.docs[:1]
	_, err = do(t, ctx, recheck, feature.None{})
	must(t, err)
	must(t, k.pass(ctx, db))
	refused("fixed meanwhile", settling{read.ID, "ignored", read.Version}, ErrStale, "state")
	refused("fixed, and known to be", settling{read.ID, "ignored", one(read.ItemID).Version}, ErrState)
}
