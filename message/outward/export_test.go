package outward

import (
	"context"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// Set, Log, Wish and Retry are what the routes do.

func (h *House) Set(ctx context.Context, tx *tenant.Tx, in Change) (Setting, error) {
	return h.set(ctx, tx, in)
}

func (h *House) Log(ctx context.Context, tx *tenant.Tx, q LogQuery) (feature.List[Delivery], error) {
	return h.log(ctx, tx, q)
}

func (h *House) Wish(ctx context.Context, tx *tenant.Tx, channel, mode string, quiet bool, version int) (Wish, error) {
	return h.wish(ctx, tx, newWish{channel, mode, quiet, version})
}

func Retry(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	_, err := retry(ctx, tx, byID{id})
	return err
}
