package staff

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// The last day of somebody who is here for a time is one of theirs, from its
// first minute in China to its last (R240).
func TestLastDayOfAList(t *testing.T) {
	t.Parallel()
	for _, clock := range []string{"00:00:30", "07:59:00", "08:00:30", "23:59:30"} {
		now, err := time.ParseInLocation(time.DateTime, "2026-11-23 "+clock, shanghai)
		if err != nil {
			t.Fatal(err)
		}
		for until, past := range map[string]bool{"2026-11-22": true, "2026-11-23": false, "2026/11/24": false, "0000-01-01": true} {
			_, faults, err := linesOf(sheet(t, titles, []any{"信息中心", "驻场一", "", "", "", "其他人员", until}), now.UTC())
			if err != nil {
				t.Fatal(err)
			}
			if got := len(faults) == 1 && faults[0].Code == "past"; got != past || len(faults) > 1 {
				t.Errorf("at %s, until %s: %v, want past: %v", clock, until, faults, past)
			}
		}
	}
}

// Nobody is asked for until a day that is over.
func TestAskForATimeThatIsOver(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	for _, until := range []string{"2020-01-01", "0000-01-01"} {
		err := b.write(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := b.ask(ctx, tx, asking{Act: "open", Person: "张三", Department: &b.office, Kind: "external", Until: until, Reason: "驻场"})
			return err
		})
		if !errors.Is(err, org.ErrUntil) || fault.Of(err).Field != "until" {
			t.Errorf("until %s = %v, want ErrUntil", until, err)
		}
	}
}

// A list that is too long says so, also where its length was not said before.
func TestListTooLong(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	_, err := receive(b.ctx, tenanttest.DB(t), importing{}, iotest.ErrReader(feature.ErrTooLarge))
	if f := fault.Of(err); f.Kind != fault.TooLarge {
		t.Errorf("too long = %v, want %v", err, feature.ErrTooLarge)
	}
}

// Whoever has to begin again because another transaction was in the way hands out
// each link once, and only those that work.
func TestSlipsBegunAgain(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	rep, err := b.takes(t, false, []any{"办公室", "甲一"}, []any{"办公室", "乙二"})
	if err != nil {
		t.Fatal(err)
	}
	hand := func() (feature.List[Slip], error) {
		return slips(b.ctx, feature.Deps{DB: tenanttest.DB(t)}, nil, byID{*rep.Import})
	}
	if _, err := hand(); err != nil { // so that there are links to be in the way of
		t.Fatal(err)
	}
	member := func(name string) (id uuid.UUID) {
		b.read(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
			return tx.Get(ctx, &id, `select id from members where name = $1`, name)
		})
		return id
	}
	first, second := member("甲一"), member("乙二")
	const touch = `update platform.activations set expires_at = expires_at where member_id = $1`
	other, err := tenanttest.Admin(t).Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Rollback() }()
	if _, err := other.Exec(touch, second); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	var l feature.List[Slip]
	go func() {
		var err error
		l, err = hand()
		done <- err
	}()
	waiting(t, other, done)
	if _, err := other.Exec(touch, first); err != nil { // each waits for the other
		t.Fatal(err)
	}
	if err := other.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil || len(l.Items) != 2 {
		t.Errorf("slips = %+v %v, want two", l.Items, err)
	}
}

// Of two who are named principal at the same moment one is, and the other is told.
func TestTwoPrincipalsAtOnce(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	boss, _ := b.member(t, "boss", b.office, true)
	other, err := tenanttest.Admin(t).Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Rollback() }()
	if _, err := other.Exec(`
		insert into staff_offices (tenant_id, id, office, member_id, member_name, state, named_by, named_by_id, named_at)
		values ($1, $2, 'principal', $3, '管小理', 'approved', '管小理', $3, now())`, b.admin.Tenant, tenant.NewID(), b.admin.Member); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		done <- b.write(t, b.ctx, func(ctx context.Context, tx *tenant.Tx) error {
			_, err := b.name(ctx, tx, naming{Office: "principal", Member: boss.Member, Basis: "青盐人〔2026〕3号"})
			return err
		})
	}()
	waiting(t, other, done)
	if err := other.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; !errors.Is(err, ErrNamed) {
		t.Errorf("the second = %v, want ErrNamed", err)
	}
}

// waiting returns when somebody waits for a transaction, or when done is.
func waiting(t *testing.T, of *sql.Tx, done chan error) {
	t.Helper()
	for waits := false; !waits && len(done) == 0; {
		if err := of.QueryRow(`select exists (select from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid)))`).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
}

// A list has as many rows as it is said it may have, and not one more.
func TestRowsOfAList(t *testing.T) {
	t.Parallel()
	row := []any{"信息中心", "张三", "", "", "", "", ""}
	for n, long := range map[int]bool{MaxRows: false, MaxRows + 1: true} {
		rows := [][]any{titles}
		for range n {
			rows = append(rows, row)
		}
		ls, _, err := linesOf(sheet(t, rows...), time.Now())
		if got := errors.Is(err, ErrFile); got != long || !long && len(ls) != n {
			t.Errorf("%d rows: %d lines, %v; want too long: %v", n, len(ls), err, long)
		}
	}
}
