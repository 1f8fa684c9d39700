package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"hetu/tenant"
)

// hands do what the queue says, as the tenant it says.
type hands struct {
	db     *tenant.DB
	works  map[string]Work
	rounds map[string]Round
}

type workHand struct {
	river.WorkerDefaults[task]
	hands
}

func (h *workHand) Work(ctx context.Context, j *river.Job[task]) error {
	w, ok := h.works[j.Args.Name]
	if !ok {
		return fmt.Errorf("%w: %s", ErrUnknown, j.Args.Name)
	}
	return w.Run(as(ctx, j.Args.Tenant, w.Name), h.db, j.Args.Args)
}

type roundHand struct {
	river.WorkerDefaults[round]
	hands
}

// Work visits every active tenant, beginning with any of them: if its time is over
// before it is round, it is not always the same who were left out. One tenant's
// failure does not keep the others waiting; all failures are reported together.
func (h *roundHand) Work(ctx context.Context, j *river.Job[round]) error {
	r, ok := h.rounds[j.Args.Name]
	if !ok {
		return fmt.Errorf("%w: %s", ErrUnknown, j.Args.Name)
	}
	ids, err := Tenants(ctx, h.db)
	if err != nil {
		return err
	}
	var failed []error
	for i, id := range fromAny(ids) {
		if ctx.Err() != nil {
			failed = append(failed, fmt.Errorf("%d of %d tenants were not visited: %w", len(ids)-i, len(ids), ctx.Err()))
			break
		}
		if err := r.Run(as(ctx, id, r.Name), h.db); err != nil {
			failed = append(failed, fmt.Errorf("tenant %s: %w", id, err))
		}
	}
	return errors.Join(failed...)
}

// fromAny returns the same ids, beginning with any of them and going round.
func fromAny(ids []uuid.UUID) []uuid.UUID {
	if len(ids) == 0 {
		return nil
	}
	at := rand.IntN(len(ids)) //nolint:gosec // whose turn it is first is no secret
	return append(slices.Clone(ids[at:]), ids[:at]...)
}

// Tenants returns the ids of the active tenants.
func Tenants(ctx context.Context, db *tenant.DB) (ids []uuid.UUID, err error) {
	err = db.Public(ctx, func(tx *tenant.Tx) error {
		return tx.Select(ctx, &ids, `select id from platform.active_tenants() as id`)
	})
	return ids, err
}

func as(ctx context.Context, id uuid.UUID, name string) context.Context {
	return tenant.As(ctx, tenant.Actor{Tenant: id, Name: "system", Request: "job:" + name})
}

// reporter logs what went wrong; River tries again by itself.
type reporter struct{}

func (reporter) HandleError(ctx context.Context, j *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	slog.ErrorContext(ctx, "job failed", "kind", j.Kind, "id", j.ID, "attempt", j.Attempt, "err", err)
	return nil
}

func (reporter) HandlePanic(ctx context.Context, j *rivertype.JobRow, v any, trace string) *river.ErrorHandlerResult {
	slog.ErrorContext(ctx, "job panicked", "kind", j.Kind, "id", j.ID, "panic", v, "trace", trace)
	return nil
}
