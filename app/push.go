package app

import (
	"context"

	"github.com/google/uuid"

	"hetu/exchange"
	"hetu/progress"
	"hetu/tenant"
)

// pushKind is the kind of work that gives an item to the tenants below.
const pushKind = "exchange.push"

type pushArgs struct {
	Push uuid.UUID `json:"push"`
}

// pushes has pushes delivered as long works.
type pushes struct{ works *progress.Works }

// Start has a push delivered after tx commits.
func (p pushes) Start(ctx context.Context, tx *tenant.Tx, push uuid.UUID, title string) (uuid.UUID, error) {
	return p.works.Start(ctx, tx, progress.Order{Kind: pushKind, Title: title, Subject: "exchange/push/" + push.String(),
		Args: pushArgs{push}, Alone: true})
}

// offer makes letters' pushes a kind of work.
func (p pushes) offer(letters *exchange.Exchange) {
	p.works.Offer(progress.Kind{Name: pushKind, Run: func(ctx context.Context, db *tenant.DB, t *progress.Task) error {
		var args pushArgs
		if err := t.Args(&args); err != nil {
			return err
		}
		return letters.Deliver(ctx, db, args.Push, exchange.Course{
			Step: func(ctx context.Context, done, total int) error { return t.Step(ctx, db, done, total) },
			End: func(ctx context.Context, tx *tenant.Tx, href string, facts map[string]string) error {
				return t.Done(ctx, tx, href, facts)
			},
		})
	}})
}
