package progress

import (
	"context"

	"hetu/feature"
	"hetu/tenant"
)

// The endpoints, for tests from outside.
var (
	List = list
	Look = look
	Stop = stop
)

// A Ref names a work.
type Ref = ref

// Content is the endpoint of a work's file.
func (w *Works) Content(ctx context.Context, tx *tenant.Tx, q Ref) (feature.Content, error) {
	return w.content(ctx, tx, q)
}
