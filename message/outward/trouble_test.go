package outward_test

import (
	"sync"
	"testing"
	"time"

	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// What is wrong for a while is tried again, with rests; what is wrong for good is not.
func TestTrouble(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil  func(*unit)
		state  string
		reason string        // of the rest
		rest   time.Duration // at least
		after  string        // how it stands when the trouble is over and the rest, too
	}{
		"busy":             {func(u *unit) { u.wecom.Fail(send, -1) }, "packed", "busy", 20 * time.Second, "sent"},
		"too often":        {func(u *unit) { u.wecom.Fail(send, 45009) }, "packed", "too_often", 4 * time.Minute, "sent"},
		"the wrong secret": {func(u *unit) { u.wecom.Fail("/cgi-bin/gettoken", 40001) }, "packed", "secret", 9 * time.Minute, "sent"},
		"not WeCom at all": {func(u *unit) { u.wecom.Answer(send, "<html>") }, "packed", "unreachable", 20 * time.Second, "sent"},
		"nobody there":     {func(u *unit) { u.wecom.Employ("linzhiyuan", false) }, "failed/not_visible", "", 0, "failed/not_visible"},
		"something else":   {func(u *unit) { u.wecom.Fail(send, 40008) }, "failed/errcode_40008", "", 0, "failed/errcode_40008"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUnit(t)
			tt.spoil(u)
			u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0)
			u.deliver()
			u.deliver() // in its rest nothing is tried
			u.stand(map[string]int{tt.state: 1})
			var rest float64
			var reason string
			err := u.admin().QueryRow(`select coalesce(extract(epoch from paused_until - now()), 0), paused_for from outward_channels where tenant_id = $1`, u.id).Scan(&rest, &reason)
			if err != nil || reason != tt.reason || rest < tt.rest.Seconds() {
				t.Errorf("rests for %s %.0f s, %v; want %s %v", reason, rest, err, tt.reason, tt.rest)
			}
			u.wecom.Answer(send, "")
			u.wecom.Employ("linzhiyuan", true)
			u.later()
			u.deliver()
			u.stand(map[string]int{tt.after: 1})
			if n := len(u.wecom.Got("linzhiyuan")); (n == 1) != (tt.after == "sent") || n > 1 {
				t.Errorf("%d arrived", n)
			}
		})
	}
}

// Of several addressees one who is not there is told apart.
func TestRefusedOne(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	u.wecom.Employ("zhouqinghe", false)
	u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0, 1)
	u.deliver()
	u.stand(map[string]int{"sent": 1, "failed/not_visible": 1})
}

// After the last attempt it is over.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0)
	for range 9 {
		u.wecom.Fail(send, -1)
		u.later()
		u.deliver()
	}
	u.stand(map[string]int{"failed/busy": 1})
	if n := u.wecom.Calls(send); n != 8 {
		t.Errorf("%d attempts, want 8", n)
	}
}

// dies delivers on a node that is killed after WeCom has taken the parcel and before
// it is written down.
func (u *unit) dies() {
	u.t.Helper()
	u.way.dies.Store(true)
	done := make(chan struct{})
	go func() { defer close(done); u.deliver() }()
	<-done
}

// Killed in the middle: another node hands the same parcel over again, and nobody
// gets it twice.
func TestKilled(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0, 1)
	u.dies()
	u.stand(map[string]int{"packed": 2})
	u.deliver() // whoever died may still be at it
	if n := u.wecom.Calls(send); n != 1 {
		t.Errorf("%d calls while the parcel is held, want 1", n)
	}
	u.later()
	u.deliver()
	u.stand(map[string]int{"sent": 2})
	if n := u.wecom.Everybody(); n["linzhiyuan"] != 1 || n["zhouqinghe"] != 1 || u.wecom.Calls(send) != 2 {
		t.Errorf("arrived %v in %d calls, want once each in 2", n, u.wecom.Calls(send))
	}
}

// When the other side would not recognise it any more, nothing is handed over again
// by itself: an administrator sees that nobody knows.
func TestUnsure(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0)
	u.dies()
	u.plant(`update outward_parcels set tried_at = now() - interval '5 hours' where tenant_id = $1`)
	u.later()
	u.deliver()
	u.stand(map[string]int{"failed/unsure": 1})
	if n := u.wecom.Calls(send); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// A parcel that may have arrived is not packed anew because one in it is reached
// elsewhere by now: the other side would not recognise it, and whoever got it would
// get it twice. An administrator sees that nobody knows. Who is reached elsewhere is
// told there.
func TestUnsureAndMoved(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0, 1)
	u.dies()
	u.wecom.Employ("lin.zhiyuan", true)
	u.way.known[u.people[0].Member] = "lin.zhiyuan"
	u.later()
	u.deliver()
	u.later()
	u.deliver()
	u.stand(map[string]int{"failed/unsure": 1, "sent": 1})
	if n := u.wecom.Everybody(); n["linzhiyuan"] != 1 || n["zhouqinghe"] != 1 || n["lin.zhiyuan"] != 1 {
		t.Errorf("arrived %v, want once at each address", n)
	}
}

// Many nodes at once: everybody gets everything once.
func TestManyNodes(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	for range 15 {
		u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0, 1)
	}
	var nodes sync.WaitGroup
	for range 8 {
		nodes.Go(u.deliver)
	}
	nodes.Wait()
	u.deliver()
	u.stand(map[string]int{"sent": 30})
	if n := u.wecom.Everybody(); n["linzhiyuan"] != 15 || n["zhouqinghe"] != 15 {
		t.Errorf("arrived %v, want 15 each", n)
	}
}

// Sending is part of the act: what does not commit tells nobody.
func TestRolledBack(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	_ = tenanttest.DB(t).Write(u.ctx, func(tx *tenant.Tx) error {
		if err := sendIn(u, tx); err != nil {
			t.Error(err)
		}
		return errAway
	})
	u.deliver()
	u.stand(map[string]int{})
}

// planned is how many times the work is going to be called later than now.
func (u *unit) planned() (n int) {
	u.t.Helper()
	err := u.admin().QueryRow(`select count(*) from river.river_job where args ->> 'tenant' = $1 and scheduled_at > now() + interval '5 seconds'`, u.id.String()).Scan(&n)
	if err != nil {
		u.t.Fatal(err)
	}
	return n
}

// What waits asks for one call and not for one each, and a rest does not fill the queue.
func TestQueueStaysShort(t *testing.T) {
	t.Parallel()
	u := newUnit(t)
	morning := time.Now().Add(9 * time.Hour).Truncate(time.Second)
	u.rules.opens = func(time.Time) time.Time { return morning }
	for range 5 {
		u.tell("approval.task_arrived", map[string]string{"title": "一"}, 0, 1)
		u.deliver()
	}
	if n := u.planned(); n != 1 {
		t.Errorf("%d calls planned for one morning, want 1", n)
	}
	u.wecom.Fail(send, 45009)
	u.tell("approval.urged", map[string]string{"title": "二"}, 0)
	u.deliver()
	before := u.planned()
	for range 5 {
		u.deliver()
	}
	if n := u.planned(); n != before || n > 3 {
		t.Errorf("%d calls planned, %d after five more in its rest", before, n)
	}
}
