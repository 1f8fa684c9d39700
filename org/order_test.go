package org

import (
	"context"
	"fmt"
	"testing"

	"hetu/feature"
	"hetu/tenant"
)

// TestMembersSorted holds that members come in the order asked for, whole over
// all pages (UI4).
func TestMembersSorted(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	for i := range 4 {
		b.member(t, fmt.Sprintf("m%d", i), b.desk)
	}
	list := func(sort string, few int) (logins []string) {
		q := memberList{memberQuery{Page: feature.Page{Sort: sort, Limit: few}}}
		for range 10 {
			b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
				l, err := listMembers(ctx, tx, q)
				for _, m := range l.Items {
					logins = append(logins, m.Login)
				}
				q.After = l.Next
				return err
			})
			if q.After == "" {
				break
			}
		}
		return logins
	}
	for sort, want := range map[string]string{
		"":       "[admin m0 m1 m2 m3]",
		"-login": "[m3 m2 m1 m0 admin]",
		"name":   "[admin m0 m1 m2 m3]", // guǎn before rén
		"-name":  "[m3 m2 m1 m0 admin]",
	} {
		if got := fmt.Sprint(list(sort, 2)); got != want {
			t.Errorf("by %q: %s, want %s", sort, got, want)
		}
	}
	for _, key := range memberOrder.Names() {
		if few, one := list("-"+key, 1), list("-"+key, 200); fmt.Sprint(few) != fmt.Sprint(one) || len(one) != 5 {
			t.Errorf("by %s: in pages %v, at once %v", key, few, one)
		}
	}
}
