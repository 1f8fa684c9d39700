package torture

import (
	"math/rand/v2"
	"testing"

	"hetu/tenant/tenanttest"
)

const workers = 8

// deaths kills the server n times, each time after some answers, or until
// enough has happened.
func (s *server) deaths(t *testing.T, l *load, n int, enough func() bool) int {
	t.Helper()
	for i := range n {
		if enough() {
			return i
		}
		l.answers(t, 1+rand.IntN(60))
		s.kill(t)
		s.start(t)
	}
	return n
}

func never() bool { return false }

// TestServerKilled kills the server again and again while people publish and
// send again what got no answer: what was acknowledged is there, once, and the
// audit is whole (F01, G4).
func TestServerKilled(t *testing.T) {
	s := serve(t)
	l := work(t, settle(t, s.base), workers, false)
	n := s.deaths(t, l, size(5, 200), never)
	l.stop()
	t.Logf("killed %d times", n)
	l.holds(t, n)
	s.hetu(t, "doctor", "audit")
}

// TestDatabaseKilled does the same to PostgreSQL, postmaster and backends, and
// lets the server that lives on find its way back (F04, G5).
func TestDatabaseKilled(t *testing.T) {
	s := serve(t)
	l := work(t, settle(t, s.base), workers, false)
	n := size(2, 20)
	for range n {
		l.answers(t, 20+rand.IntN(100))
		crash(t)
	}
	l.answers(t, 50)
	l.stop()
	t.Logf("killed %d times", n)
	l.holds(t, n)
	s.hetu(t, "doctor", "audit")
}

// TestAnswersLost breaks the connection between the commit and the answer of
// every third write: the one who sends it again is told what has been done
// (F02, F06).
func TestAnswersLost(t *testing.T) {
	s := serve(t)
	g := &gateway{to: s.base}
	h := settle(t, g.open(t))
	g.loses = true
	l := work(t, h, workers, false)
	l.answers(t, size(200, 5000))
	l.stop()
	if g.lost.Load() < 10 || l.replays.Load() < g.lost.Load()/3 { // an answer may be lost more than once
		t.Errorf("%d answers were lost and %d given again", g.lost.Load(), l.replays.Load())
	}
	l.holds(t, 5)
}

// The negative controls: what would have to fail if the server did not keep its
// promises does fail when somebody does not.

// TestControlNoKey is the mutant whose clients send again under another key.
func TestControlNoKey(t *testing.T) {
	t.Run("answers lost", func(t *testing.T) {
		s := serve(t)
		g := &gateway{to: s.base}
		h := settle(t, g.open(t))
		g.loses = true
		l := work(t, h, workers, true)
		l.answers(t, 100)
		l.stop()
		c := l.count(t)
		if c.doubled == 0 {
			t.Errorf("%d answers lost, nothing doubled: the harness sees nothing", g.lost.Load())
		}
		t.Logf("%d answers lost, %d items doubled", g.lost.Load(), c.doubled)
	})
	if !whole {
		return
	}
	t.Run("server killed", func(t *testing.T) {
		s := serve(t)
		l := work(t, settle(t, s.base), workers, true)
		n := s.deaths(t, l, 400, func() bool { return doubled(t, l) > 2 })
		l.stop()
		if c := l.count(t); c.doubled == 0 {
			t.Errorf("killed %d times, nothing doubled: the harness sees nothing", n)
		} else {
			t.Logf("killed %d times: %d items doubled", n, c.doubled)
		}
	})
}

// doubled counts, while people work, the titles that are there twice.
func doubled(t *testing.T, l *load) (n int) {
	t.Helper()
	must(t, l.db.QueryRow(`select count(*) from (select title from items where tenant_id = $1 group by 1 having count(*) > 1) x`,
		l.house.id).Scan(&n))
	return n
}

// TestControlEarlyAnswer is the mutant that acknowledges before the commit.
func TestControlEarlyAnswer(t *testing.T) {
	s := serve(t)
	g := &gateway{to: s.base}
	h := settle(t, g.open(t))
	g.hurries = true
	l := work(t, h, workers, false)
	n := s.deaths(t, l, size(20, 100), func() bool { return lost(t, l) > size(0, 20) })
	l.stop()
	c := l.count(t)
	if c.lost == 0 {
		t.Errorf("killed %d times, nothing lost: the harness sees nothing", n)
	}
	t.Logf("killed %d times: %d of %d acknowledged items lost", n, c.lost, c.acknowledged)
}

// lost counts, while people work, what was acknowledged before the last kill
// and is not there. What is still under way to the server ends with it, so
// that nothing is counted that may yet come.
func lost(t *testing.T, l *load) (n int) {
	t.Helper()
	l.mu.Lock()
	said := append([]string(nil), l.acknowledged...)
	l.mu.Unlock()
	for _, title := range said[:max(0, len(said)-workers)] {
		var there bool
		must(t, l.db.QueryRow(`select exists (select 1 from items where tenant_id = $1 and title = $2 and state = 'published')`,
			l.house.id, title).Scan(&there))
		if !there {
			n++
		}
	}
	return n
}

// TestControlLazyCommit is the mutant whose database says that it has committed
// before it has: with the one setting changed, TestDatabaseKilled must fail.
func TestControlLazyCommit(t *testing.T) {
	if !whole {
		return
	}
	set := func(lazy string, delay string) {
		for _, q := range []string{"alter role hetu_app set synchronous_commit = " + lazy, "alter system set wal_writer_delay = " + delay, "select pg_reload_conf()"} {
			_, err := tenanttest.Admin(t).Exec(q)
			must(t, err)
		}
	}
	set("off", "'10s'") // what the log's writer would save within a fifth of a second, it does not
	defer set("on", "default")
	s := serve(t)
	l := work(t, settle(t, s.base), workers, false)
	n := 0
	for ; n < 40 && lost(t, l) <= 3; n++ {
		l.answers(t, 50+rand.IntN(100))
		crash(t)
	}
	l.stop()
	c := l.count(t)
	if c.lost == 0 {
		t.Errorf("killed %d times, nothing lost: the harness sees nothing", n)
	}
	t.Logf("killed %d times: %d of %d acknowledged items lost", n, c.lost, c.acknowledged)
}
