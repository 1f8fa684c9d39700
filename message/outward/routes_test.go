package outward_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/message"
	"hetu/message/outward"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

var errAway = errors.New("it is called off")

func sendIn(u *unit, tx *tenant.Tx) error {
	return message.Send(u.ctx, tx, message.Notice{To: []uuid.UUID{u.people[0].Member}, Code: "approval.urged", Params: map[string]string{"title": "一"}})
}

func kindOf(err error) fault.Kind {
	if err == nil {
		return fault.Internal
	}
	return fault.Of(err).Kind
}

// What leaves the house is set by whoever may, from the version they saw.
func TestSet(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	u.plant(`delete from outward_channels where tenant_id = $1`)
	change := func(c outward.Change) (s outward.Setting, err error) {
		err = tenanttest.DB(t).Write(u.ctx, func(tx *tenant.Tx) (err error) { s, err = u.house.Set(u.ctx, tx, c); return err })
		return s, err
	}
	good := outward.Change{Channel: "wecom", On: true, Wording: "title", Kinds: []string{"approval", "approval"}}
	for _, tt := range []struct {
		name string
		edit func(*outward.Change)
		want error
	}{
		{"no such channel", func(c *outward.Change) { c.Channel = "pigeon" }, outward.ErrNoChannel},
		{"no such kind", func(c *outward.Change) { c.Kinds = []string{"gossip"} }, outward.ErrKind},
		{"of a later version", func(c *outward.Change) { c.Version = 3 }, outward.ErrStale},
		{"as it should be", func(*outward.Change) {}, nil},
		{"the first again", func(*outward.Change) {}, outward.ErrStale},
		{"the second", func(c *outward.Change) { c.Version, c.Wording = 1, "kind" }, nil},
	} {
		c := good
		tt.edit(&c)
		if _, err := change(c); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	u.way.absent.Store(true)
	if _, err := change(outward.Change{Channel: "wecom", On: true, Wording: "title", Version: 2}); !errors.Is(err, outward.ErrNotSetUp) {
		t.Errorf("turned on without being set up: %v", err)
	}
	s, err := change(outward.Change{Channel: "wecom", Wording: "kind", Version: 2})
	if err != nil || s.On || s.SetUp || s.Version != 3 || len(s.Kinds) != 0 {
		t.Errorf("turned off: %+v, %v", s, err)
	}
}

// An administrator sees how it went, not what it said; and has it tried again.
func TestLogAndRetry(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	u.wecom.Employ("linzhiyuan", false)
	u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0, 1, 2)
	u.deliver()
	var all []outward.Delivery
	if err := tenanttest.DB(t).Read(u.ctx, func(tx *tenant.Tx) error {
		l, err := u.house.Log(u.ctx, tx, outward.LogQuery{})
		all = l.Items
		return err
	}); err != nil || len(all) != 3 {
		t.Fatalf("%d deliveries, %v, want 3", len(all), err)
	}
	var failed uuid.UUID
	for _, d := range all {
		want := map[string]string{"林知远": "failed/not_visible", "周清和": "sent/", "沈若水": "skipped/unlinked"}[d.Person]
		if d.State+"/"+d.Reason != want || d.Kind != "approval" {
			t.Errorf("%+v, want %s", d, want)
		}
		if d.State == "failed" {
			failed = d.ID
		}
	}
	stranger, _ := tenanttest.Actor(t)
	u.wecom.Employ("linzhiyuan", true)
	for _, tt := range []struct {
		name string
		as   context.Context
		id   uuid.UUID
		want fault.Kind
	}{
		{"from another tenant", stranger, failed, fault.NotFound},
		{"what never was", u.ctx, tenant.NewID(), fault.NotFound},
		{"what failed", u.ctx, failed, fault.Internal},
		{"again", u.ctx, failed, fault.NotFound},
	} {
		err := tenanttest.DB(t).Write(tt.as, func(tx *tenant.Tx) error { return outward.Retry(tt.as, tx, tt.id) })
		if kindOf(err) != tt.want || (err == nil) != (tt.want == fault.Internal) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	u.deliver()
	u.stand(map[string]int{"sent": 2, "skipped/unlinked": 1})
	if n := len(u.wecom.Got("linzhiyuan")); n != 1 {
		t.Errorf("%d arrived after all, want 1", n)
	}
}

// A member says what they want, and nobody else's wish is touched.
func TestWish(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	wish := func(mode string, quiet bool, version int) (w outward.Wish, err error) {
		err = tenanttest.DB(t).Write(u.ctx, func(tx *tenant.Tx) (err error) {
			w, err = u.house.Wish(u.ctx, tx, "wecom", mode, quiet, version)
			return err
		})
		return w, err
	}
	w, err := wish("urgent", false, 0)
	if err != nil || w.Mode != "urgent" || w.Quiet || !w.On || !w.Linked || w.Version != 1 {
		t.Errorf("the first wish: %+v, %v", w, err)
	}
	if _, err := wish("all", true, 0); !errors.Is(err, outward.ErrStale) {
		t.Errorf("over somebody's head: %v", err)
	}
	if w, err = wish("none", true, 1); err != nil || w.Version != 2 {
		t.Errorf("the second wish: %+v, %v", w, err)
	}
	u.tell("approval.urged", map[string]string{"title": "一"}, 0, 1)
	u.deliver()
	u.stand(map[string]int{"sent": 1, "skipped/unwanted": 1})
}
