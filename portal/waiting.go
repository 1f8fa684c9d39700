package portal

import (
	"context"
	"fmt"

	"hetu/feature"
	"hetu/tenant"
)

// A List is one in which something may wait for a person beside the tasks of
// approvals. A feature of this ring, or one further out, counts it; app puts
// the lists together.
type List struct {
	Code string // "target.answer": what it is called, by its key
	Href string // the page that lists it

	// Count returns how much waits for the actor, and the page of it where that
	// is one thing; empty: that of the list. Everybody asks once a minute: who
	// cannot have anything in the list is told so by their rights alone.
	Count func(ctx context.Context, tx *tenant.Tx) (n int, href string, err error)
}

// A Waiting is a list in which something waits for the actor.
type Waiting struct {
	Code string `json:"code"`
	Href string `json:"href"`
	N    int    `json:"n"`
}

// A Load is how much there is for a person to do.
type Load struct {
	Boxes
	Waiting []Waiting `json:"waiting"` // beside the tasks of approvals, where there is something
}

// load counts all of it.
func (d desk) load(ctx context.Context, tx *tenant.Tx, _ feature.None) (l Load, err error) {
	if l.Boxes, err = d.boxes(ctx, tx, feature.None{}); err == nil {
		l.Waiting, err = d.waiting(ctx, tx)
	}
	return l, err
}

// waiting counts the lists, and leaves out those in which nothing waits.
func (d desk) waiting(ctx context.Context, tx *tenant.Tx) ([]Waiting, error) {
	all := []Waiting{}
	for _, l := range d.lists {
		n, href, err := l.Count(ctx, tx)
		if err != nil {
			return nil, fmt.Errorf("portal: %s: %w", l.Code, err)
		}
		if href == "" {
			href = l.Href
		}
		if n > 0 {
			all = append(all, Waiting{l.Code, href, n})
		}
	}
	return all, nil
}
