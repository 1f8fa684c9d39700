package approval

import (
	"context"
	"fmt"
	"testing"

	"hetu/feature"
	"hetu/tenant"
)

// TestTasksSorted holds that every order of tasks, to do and done, goes through
// all of them once, page by page (UI4).
func TestTasksSorted(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 1)
	for _, at := range []string{"2025-03-05 09:00:00", "2025-03-03 09:00:00", "2025-03-04 09:00:00", "2025-03-03 09:00:00"} {
		o.startAt(at, o.step(Any, 0))
	}
	list := func(state, sort string, few int) (all []Task) {
		q := tasksQuery{feature.Page{Sort: sort, Limit: few}, state}
		for range 10 {
			var l feature.List[Task]
			o.must(o.people[0], func(ctx context.Context, tx *tenant.Tx) (err error) {
				l, err = o.engine.tasks(ctx, tx, q)
				return err
			})
			all = append(all, l.Items...)
			if q.After = l.Next; l.Next == "" {
				break
			}
		}
		return all
	}
	whole := func(state string, n int) {
		for _, key := range todoOrder.Names() {
			for _, sort := range []string{key, "-" + key} {
				few, one := list(state, sort, 1), list(state, sort, 200)
				if len(one) != n || fmt.Sprint(ids(few)) != fmt.Sprint(ids(one)) {
					t.Errorf("%s by %s: in pages %v, at once %v", state, sort, ids(few), ids(one))
				}
			}
		}
	}
	whole("todo", 4)
	last := list("todo", "-arrived_at", 200)
	for i := range last[1:] {
		if last[i].ArrivedAt.Before(last[i+1].ArrivedAt) {
			t.Errorf("what arrived last does not come first: %v", last)
		}
	}
	for _, task := range last[:3] {
		wantErr(t, o.approve(0, task.ID), nil)
	}
	whole("done", 3)
	err := o.try(o.people[0], func(ctx context.Context, tx *tenant.Tx) error {
		_, err := o.engine.tasks(ctx, tx, tasksQuery{Page: feature.Page{Sort: "member_id"}})
		return err
	})
	wantErr(t, err, feature.ErrChoice)
}

func ids(ts []Task) (all []string) {
	for _, t := range ts {
		all = append(all, t.ID.String())
	}
	return all
}
