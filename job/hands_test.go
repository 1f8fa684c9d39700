package job

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A round that is called off before it is round says so, and the next one begins
// with others: nobody is left out for ever.
func TestRoundCalledOff(t *testing.T) {
	t.Parallel()
	db := tenanttest.DB(t)
	for range 3 {
		tenanttest.Tenant(t, uuid.Nil, "轮到局")
	}
	first := map[uuid.UUID]bool{}
	for range 200 {
		ctx, stop := context.WithCancel(t.Context())
		visits := 0
		h := roundHand{hands: hands{db: db, rounds: map[string]Round{"test.some": {Name: "test.some", Run: func(ctx context.Context, _ *tenant.DB) error {
			a, err := tenant.From(ctx)
			first[a.Tenant] = true
			visits++
			stop()
			return err
		}}}}}
		if err := h.Work(ctx, &river.Job[round]{Args: round{"test.some"}}); !errors.Is(err, context.Canceled) || visits != 1 {
			t.Fatalf("called off after %d visits = %v, want that it is said", visits, err)
		}
	}
	if len(first) < 2 {
		t.Errorf("of 200 rounds each begins with %v", first)
	}
}

// It goes round to everybody, once.
func TestFromAny(t *testing.T) {
	t.Parallel()
	ids := []uuid.UUID{uuid.New(), uuid.New(), uuid.New(), uuid.New()}
	for range 50 {
		got := fromAny(ids)
		at := slices.Index(got, ids[0])
		if len(got) != len(ids) || !slices.Equal(append(slices.Clone(got[at:]), got[:at]...), ids) {
			t.Fatalf("%v is not once round %v", got, ids)
		}
	}
	if got := fromAny(nil); len(got) != 0 {
		t.Errorf("of nobody = %v", got)
	}
}
