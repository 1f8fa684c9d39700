package portal

import (
	"context"
	"errors"
	"slices"
	"testing"

	"hetu/approval"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// UI5: what waits beside approvals is listed where there is something, with the
// page of it; a list that cannot be counted is named.
func TestWaiting(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	list := func(code string, n int, href string, err error) List {
		return List{Code: code, Href: "/" + code, Count: func(context.Context, *tenant.Tx) (int, string, error) { return n, href, err }}
	}
	load := func(lists ...List) (l Load, err error) {
		err = tenanttest.DB(t).Read(o.ctx, func(tx *tenant.Tx) (err error) {
			l, err = desk{approval.New(approval.Deps{}), lists}.load(o.ctx, tx, feature.None{})
			return err
		})
		return l, err
	}
	got, err := load(list("none", 0, "", nil), list("one", 1, "/one/7", nil), list("many", 12, "", nil))
	if want := []Waiting{{"one", "/one/7", 1}, {"many", "/many", 12}}; err != nil || !slices.Equal(got.Waiting, want) {
		t.Errorf("waiting = %+v %v, want %+v", got.Waiting, err, want)
	}
	if got, err := load(); err != nil || got.Waiting == nil {
		t.Errorf("with no lists: %+v %v, want an empty list", got, err)
	}
	broken := errors.New("no such table")
	if _, err := load(list("one", 1, "", nil), list("broken", 0, "", broken)); !errors.Is(err, broken) {
		t.Errorf("a list that cannot be counted = %v", err)
	}
}
