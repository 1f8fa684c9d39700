package calendar

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func in[T any](t *testing.T, ctx context.Context, fn func(*tenant.Tx) (T, error)) T {
	t.Helper()
	var v T
	err := tenanttest.DB(t).Read(ctx, func(tx *tenant.Tx) (err error) {
		v, err = fn(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func put(t *testing.T, ctx context.Context, y YearChange) error {
	t.Helper()
	return tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
		_, err := changes(nil).putYear(ctx, tx, y)
		return err
	})
}

func loading(ctx context.Context) func(*tenant.Tx) (Calendar, error) {
	return func(tx *tenant.Tx) (Calendar, error) { return Load(ctx, tx) }
}

func TestFeature(t *testing.T) {
	t.Parallel()
	f := Feature()
	if err := feature.Check(f); err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(feature.OpenAPI("1", f).Components.Schemas)
	if err != nil {
		t.Fatal(err)
	}
	var schemas map[string]struct {
		Properties map[string]struct{ Type string }
	}
	if err := json.Unmarshal(doc, &schemas); err != nil {
		t.Fatal(err)
	}
	if d, c := schemas["CalendarDay"].Properties["date"].Type, schemas["CalendarRange"].Properties["from"].Type; d != "string" || c != "string" {
		t.Errorf("dates are %q and clocks %q in JSON, want strings", d, c)
	}
}

// R064: a tenant's own days decide, and no other tenant's.
func TestLoadIsTheTenantsOwn(t *testing.T) {
	t.Parallel()
	mine, _ := tenanttest.Actor(t)
	theirs, _ := tenanttest.Actor(t)
	if c := in(t, mine, loading(mine)); !reflect.DeepEqual(c, Default()) {
		t.Fatalf("before any change: %+v", c)
	}
	days := []Day{{On(2027, 1, 1), true, "元旦"}, {On(2026, 12, 31), true, "元旦"}}
	if err := put(t, mine, YearChange{2027, days, 0}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time from memory
		c := in(t, mine, loading(mine))
		if c.Version != 1 || !c.Known(2027) || c.IsWorkday(On(2027, 1, 1)) || c.IsWorkday(On(2026, 12, 31)) {
			t.Errorf("mine: version %d, known %v", c.Version, c.Known(2027))
		}
		if c.IsWorkday(On(2026, 10, 1)) {
			t.Error("the built-in year was lost")
		}
	}
	if c := in(t, theirs, loading(theirs)); c.Known(2027) || c.Version != 0 {
		t.Errorf("another tenant got version %d", c.Version)
	}
	if err := put(t, mine, YearChange{2027, nil, 1}); err != nil {
		t.Fatal(err)
	}
	if c := in(t, mine, loading(mine)); !c.Known(2027) || !c.IsWorkday(On(2027, 1, 1)) || c.Version != 2 {
		t.Error("an empty table is a table: every day follows the week")
	}
}

func TestYearRoute(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	tenanttest.Member(t, ctx, "何思齐")
	show := func() Table {
		return in(t, ctx, func(tx *tenant.Tx) (Table, error) { return showYear(ctx, tx, yearRef{2026}) })
	}
	if y := show(); !y.Known || y.Version != 0 || len(y.Days) != 39 {
		t.Errorf("built in: %d days, %+v", len(y.Days), y)
	}
	one := []Day{{On(2026, 7, 1), true, "本单位"}}
	steps := []struct {
		name   string
		change YearChange
		want   error
	}{
		{"no such year", YearChange{1999, nil, 0}, ErrYear},
		{"a day of another year", YearChange{2026, []Day{{On(2025, 7, 1), true, ""}}, 0}, ErrDayOutside},
		{"a version nobody has seen", YearChange{2026, one, 7}, ErrStale},
		{"ok", YearChange{2026, one, 0}, nil},
		{"stale", YearChange{2026, nil, 0}, ErrStale},
		{"again", YearChange{2026, one, 1}, nil},
	}
	for _, s := range steps {
		err := s.change.Validate()
		if err == nil {
			err = put(t, ctx, s.change)
		}
		if !errors.Is(err, s.want) {
			t.Errorf("%s: %v, want %v", s.name, err, s.want)
		}
		if f := fault.Of(err); s.name == "stale" && (f.Meta["changed_by"] != "何思齐" || f.Meta["version"] != 1) {
			t.Errorf("stale says %v", f.Meta)
		}
	}
	if y := show(); y.Version != 2 || !reflect.DeepEqual(y.Days, one) {
		t.Errorf("after it: %+v", y)
	}
}

func TestHoursRoute(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	tenanttest.Member(t, ctx, "何思齐")
	nine := Hours{{9 * 60, 12 * 60}, {13 * 60, 17 * 60}}
	set := func(o OfficeChange, hooks ...Hook) error {
		return tenanttest.DB(t).Write(ctx, func(tx *tenant.Tx) error {
			_, err := changes(hooks).putHours(ctx, tx, o)
			return err
		})
	}
	show := func() Office {
		return in(t, ctx, func(tx *tenant.Tx) (Office, error) { return showHours(ctx, tx, feature.None{}) })
	}
	if o := show(); o.Version != 0 || !reflect.DeepEqual(o.Ranges, DefaultHours()) {
		t.Errorf("built in: %+v", o)
	}
	if err := (OfficeChange{Hours{{720, 600}}, 0}).Validate(); !errors.Is(err, ErrHoursOrder) {
		t.Errorf("backwards: %v", err)
	}
	boom := errors.New("boom")
	seen := int64(-1)
	hook := func(ctx context.Context, tx *tenant.Tx) error {
		c, err := Load(ctx, tx)
		seen = c.Version
		return errors.Join(err, boom)
	}
	if err := set(OfficeChange{Hours{{0, 1440}}, 0}, hook); !errors.Is(err, boom) || seen != 1 {
		t.Errorf("a hook that fails: %v, saw version %d", err, seen)
	}
	// What a hook loaded in a transaction that was rolled back must not be remembered.
	if c := in(t, ctx, loading(ctx)); c.Version != 0 || !reflect.DeepEqual(c.Hours, DefaultHours()) {
		t.Errorf("after a rollback: %+v", c.Hours)
	}
	if err := set(OfficeChange{nine, 0}); err != nil {
		t.Fatal(err)
	}
	if c := in(t, ctx, loading(ctx)); c.Version != 1 || !reflect.DeepEqual(c.Hours, nine) {
		t.Errorf("after the change: version %d, %+v", c.Version, c.Hours)
	}
	if err := set(OfficeChange{nine, 0}); !errors.Is(err, ErrStale) {
		t.Errorf("stale: %v", err)
	}
	if o := show(); o.Version != 1 || !reflect.DeepEqual(o.Ranges, nine) {
		t.Errorf("after it: %+v", o)
	}
}

// R063, R064: due times follow the tenant's hours and days.
func TestDueAndUsed(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	due := func(from string, work time.Duration) (string, int64) {
		c := in(t, ctx, func(tx *tenant.Tx) (Calendar, error) { return Load(ctx, tx) })
		d, _ := c.AddWorkTime(at(t, from), work)
		return d.Format("2006-01-02 15:04"), c.Version
	}
	if d, v := due("2026-03-06 15:00", 4*time.Hour); d != "2026-03-09 09:30" || v != 0 {
		t.Errorf("over a weekend: %s by version %d", d, v)
	}
	if d, _ := due("2026-03-09 09:30", -30*time.Minute); d != "2026-03-09 09:00" {
		t.Errorf("half an hour before: %s", d)
	}
	if err := put(t, ctx, YearChange{2026, []Day{{On(2026, 3, 9), true, "停电"}}, 0}); err != nil {
		t.Fatal(err)
	}
	if d, v := due("2026-03-06 15:00", 4*time.Hour); d != "2026-03-10 09:30" || v != 1 {
		t.Errorf("with Monday off: %s by version %d", d, v)
	}
	used := in(t, ctx, func(tx *tenant.Tx) ([]int, error) {
		return Used(ctx, tx, at(t, "2026-03-06 15:00"), at(t, "2026-03-10 09:30"), at(t, "2026-03-06 14:00"), at(t, "2026-03-07 10:00"))
	})
	if !reflect.DeepEqual(used, []int{240, -60, 180}) {
		t.Errorf("used = %v", used)
	}
}

// Of several who change the same version at once, one does.
func TestChangesAtOnce(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	tenanttest.Member(t, ctx, "何思齐")
	errs := make([]error, 6)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = put(t, ctx, YearChange{2027, nil, 0}) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, ErrStale):
			t.Errorf("a loser got %v", err)
		}
	}
	if c := in(t, ctx, loading(ctx)); won != 1 || c.Version != 1 {
		t.Errorf("%d won, version %d; want 1 and 1", won, c.Version)
	}
}
