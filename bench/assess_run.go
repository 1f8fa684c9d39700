package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/assess"
)

// An assessed is what the rounds of a year cost.
type assessed struct {
	deeds, units int
	disk         float64 // MiB of deeds
	rollup       float64 // MiB of the roll-up
	entries      int
	runs         []worked
	pages        []result
	fresh, most  float64 // MiB resident before and at most while working
}

// A worked is one working out of a round.
type worked struct {
	name string
	took time.Duration // from being asked for to being done
	work time.Duration // of that, in the transactions it is done in
	sql  time.Duration // of that, in the database
	cpu  usage         // what it cost meanwhile, waiting aside
}

// yearPages are what is looked at when it is done.
var yearPages = []struct{ name, path string }{
	{"排名页（全部单位）", "/ranking"}, {"一个单位的得分", ""}, {"一行得分背后的信息", ""},
}

// assess fills a year, works its rounds out and looks at them.
func (b *bench) assess(ctx context.Context, deeds int) (a assessed, err error) {
	if len(b.houses) == 0 {
		if err := b.fill(ctx, 1); err != nil {
			return a, err
		}
	}
	y := newYear(b.houses[0], deeds, b.o.units)
	if err := y.fill(ctx, b); err != nil {
		return a, err
	}
	a.deeds, a.units, a.disk = deeds, len(y.units), y.disk
	if b.product != nil { // else either of the two might do the work
		if err := b.product.stop(); err != nil {
			return a, err
		}
		b.product = nil
	}
	s, err := b.serve(ctx, 4)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if a.fresh, _, err = resident(s.cmd.Process.Pid); err != nil {
		return a, err
	}
	if err := a.rounds(ctx, b, s, y); err != nil {
		return a, err
	}
	if _, a.most, err = resident(s.cmd.Process.Pid); err != nil {
		return a, err
	}
	if err := b.admin.QueryRowContext(ctx, `select pg_total_relation_size('assess_rollups') / 1048576.0, (select count(*) from assess_entries where round_id = $1)`,
		y.rounds[0]).Scan(&a.rollup, &a.entries); err != nil {
		return a, err
	}
	return a, a.look(ctx, b, s, y)
}

// rounds works out the first round, which builds the roll-up; the second, which
// finds it; the second again with nothing new; and then has it follow some deeds
// by itself, with nothing shown to the units and with all they may see.
func (a *assessed) rounds(ctx context.Context, b *bench, s *side, y *year) error {
	run := func(name string, work func() (worked, error)) error {
		w, err := work()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		w.name = name
		b.say("%s: %.2f s, %.2f s at work, %.2f s in the database; CPU %.2f + %.2f s", name, w.took.Seconds(), w.work.Seconds(), w.sql.Seconds(),
			w.cpu.server.Seconds(), w.cpu.database.Seconds())
		a.runs = append(a.runs, w)
		return nil
	}
	asked := func(round int) func() (worked, error) {
		return func() (worked, error) { return y.recompute(ctx, b, s, round) }
	}
	if err := run("首次（从行为建立日汇总）", asked(0)); err != nil {
		return err
	}
	for _, q := range []string{`update assess_rounds set state = 'published' where id = '` + y.rounds[0].String() + `'`, // it does not follow
		`vacuum analyze assess_rollups, assess_entries`} {
		if _, err := b.admin.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	if err := run("另一轮次（从日汇总，全部行新写）", asked(1)); err != nil {
		return err
	}
	if err := run("再算（没有新的行为）", asked(1)); err != nil {
		return err
	}
	for i := range 2 * turns {
		name := "一个行为之后，自动"
		if i >= turns {
			name = "同上，各单位可见进行中的得分与名次"
		}
		if i == turns {
			if err := y.show(ctx, b, s); err != nil {
				return err
			}
		}
		if err := run(name, func() (worked, error) { return y.followed(ctx, b, s, i) }); err != nil {
			return err
		}
		select { // a round rests after it has followed, and what is measured is one deed
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second + 5*a.runs[len(a.runs)-1].took):
		}
	}
	return nil
}

// turns is how many deeds a round follows, each by itself.
const turns = 3

// show lets the units see how they stand in the second round. All of it is written
// once; that takes longer than a request does on a busy machine.
func (y *year) show(ctx context.Context, b *bench, s *side) error {
	if _, err := b.admin.ExecContext(ctx, `update assess_rounds set live = 'ranking' where id = $1`, y.rounds[1]); err != nil {
		return err
	}
	w, err := y.recompute(ctx, b, s, 1)
	b.say("shown to all units: %.2f s", w.took.Seconds())
	return err
}

// followed has a unit do one more thing and waits until the second round says so
// by itself.
func (y *year) followed(ctx context.Context, b *bench, s *side, n int) (worked, error) {
	digest := func() (d string, err error) {
		err = b.admin.QueryRowContext(ctx, `select digest from assess_rounds where id = $1`, y.rounds[1]).Scan(&d)
		return d, err
	}
	was, err := digest()
	if err != nil {
		return worked{}, err
	}
	return b.watched(ctx, s, func() error { return y.deed(ctx, b, n) }, func() (bool, error) {
		is, err := digest()
		return is != was, err
	})
}

// recompute has a round worked out and waits for it.
func (y *year) recompute(ctx context.Context, b *bench, s *side, round int) (worked, error) {
	c := b.worker(s)
	defer c.client.CloseIdleConnections()
	var begun assess.Started
	return b.watched(ctx, s, func() error {
		return c.post(y.path(round, "/recompute"), y.hq.boss, struct{}{}, &begun)
	}, func() (bool, error) { return b.ended(ctx, begun.WorkID) })
}

// watched measures from when something is asked for until it is done, whatever
// does it.
func (b *bench) watched(ctx context.Context, s *side, ask func() error, done func() (bool, error)) (w worked, err error) {
	log := filepath.Join(b.cluster.Dir, "postgres.log")
	for _, q := range []string{`alter system set log_min_duration_statement = 0`, `alter system set log_parameter_max_length = 0`, `select pg_reload_conf()`} {
		if _, err := b.admin.ExecContext(ctx, q); err != nil {
			return w, err
		}
	}
	at, err := size(log)
	if err != nil {
		return w, err
	}
	was, err := b.spent(s)
	if err != nil {
		return w, err
	}
	began := time.Now()
	if err := ask(); err != nil {
		return w, err
	}
	if err := until(ctx, done); err != nil {
		return w, err
	}
	w.took = time.Since(began)
	now, err := b.spent(s)
	if err != nil {
		return w, err
	}
	w.cpu = now.since(was)
	if _, err := b.admin.ExecContext(ctx, `alter system reset log_min_duration_statement`); err != nil {
		return w, err
	}
	if _, err := b.admin.ExecContext(ctx, `select pg_reload_conf()`); err != nil {
		return w, err
	}
	w.work, w.sql, err = transactions(log, at)
	return w, err
}

// ended reports whether a work is done.
func (b *bench) ended(ctx context.Context, work uuid.UUID) (bool, error) {
	var state, code string
	err := b.admin.QueryRowContext(ctx, `select state, code from works where id = $1`, work).Scan(&state, &code)
	if err == nil && state == "failed" {
		err = fmt.Errorf("the work failed: %s", code)
	}
	return state == "done", err
}

// until asks again and again whether something is done.
func until(ctx context.Context, done func() (bool, error)) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		is, err := done()
		if err != nil || is {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func size(name string) (int64, error) {
	s, err := os.Stat(name)
	if err != nil {
		return 0, err
	}
	return s.Size(), nil
}

var logged = regexp.MustCompile(`^(\S+ \S+) UTC \[(\d+)\] hetu_app@\S* LOG:  duration: ([0-9.]+) ms  (.*)`)

// A spell is one transaction of a connection, as the log has it.
type spell struct {
	began time.Time
	sql   time.Duration
	ours  bool // it read the roll-up, or wrote entries
}

// transactions adds up how long the transactions took that a round was worked
// out in, and how long their statements.
func transactions(name string, from int64) (work, sql time.Duration, err error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return 0, 0, err
	}
	open := map[string]*spell{}
	var pid string
	for line := range strings.Lines(string(b[min(from, int64(len(b))):])) {
		m := logged.FindStringSubmatch(line)
		var at time.Time
		if m != nil {
			pid = m[2]
			ms, _ := strconv.ParseFloat(m[3], 64)
			took := time.Duration(ms * float64(time.Millisecond))
			if at, err = time.Parse("2006-01-02 15:04:05.000", m[1]); err != nil {
				return 0, 0, err
			}
			if open[pid] == nil || strings.Contains(m[4], "begin;") {
				open[pid] = &spell{began: at.Add(-took)}
			}
			open[pid].sql += took
		}
		s := open[pid]
		if s == nil {
			continue
		}
		s.ours = s.ours || strings.Contains(line, "assess_roll") || strings.Contains(line, "assess_entries")
		if m != nil && strings.Contains(m[4], "COMMIT") {
			if s.ours {
				work, sql = work+at.Sub(s.began), sql+s.sql
			}
			delete(open, pid)
		}
	}
	return work, sql, nil
}

// look asks for the pages of the second round, one at a time.
func (a *assessed) look(ctx context.Context, b *bench, s *side, y *year) error {
	c := b.worker(s)
	defer c.client.CloseIdleConnections()
	paths := make([]string, len(y.units))
	var entries []string
	for i, u := range y.units {
		paths[i] = y.path(1, "/units/", u.ID.String())
	}
	for _, path := range paths[:min(10, len(paths))] {
		body, err := c.send("GET", path, y.hq.boss, "", nil)
		if err != nil {
			return err
		}
		var score assess.UnitScore
		if err := json.Unmarshal(body, &score); err != nil {
			return err
		}
		for _, e := range score.Entries {
			if e.N > 0 {
				entries = append(entries, y.path(1, "/entries/", e.ID.String(), "/deeds"))
			}
		}
	}
	for i, p := range yearPages {
		unit := func(w *worker) error {
			switch i {
			case 0:
				return w.get(y.path(1, p.path), y.hq.boss)
			case 1:
				return w.get(paths[w.rnd.IntN(len(paths))], y.hq.boss)
			}
			return w.get(entries[w.rnd.IntN(len(entries))], y.hq.boss)
		}
		for _, d := range []time.Duration{time.Second, 6 * time.Second} { // the first is not counted
			r, err := b.load(ctx, s, 1, d, unit)
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			if d > time.Second {
				b.say("%s: p50 %.0f ms, p95 %.0f ms", p.name, r.p50.Seconds()*1000, r.p95.Seconds()*1000)
				a.pages = append(a.pages, r)
			}
		}
	}
	return nil
}

// markdown is the part of the report about the assessment.
func (a assessed) markdown(t *strings.Builder) {
	if a.deeds == 0 {
		return
	}
	fmt.Fprintf(t, "\n## 考核：%d 个单位 × %d 项指标，%d 个行为\n\n", a.units, indicators, a.deeds)
	t.WriteString("| 计算一个轮次 | 从提出到算完 s | 其中事务 s | 其中语句 s | 事务 ÷ 语句 | CPU s（服务器＋数据库） | 目标 |\n|---|---|---|---|---|---|---|\n")
	for i, w := range a.runs {
		if i+2*turns >= len(a.runs) {
			break
		}
		aim := ""
		if strings.HasPrefix(w.name, "另一") {
			aim = "≤ 1.5 倍"
		}
		w.row(t, aim)
	}
	for after := range slices.Chunk(a.runs[max(len(a.runs)-2*turns, 0):], turns) {
		slices.SortFunc(after, func(x, y worked) int { return int(x.took - y.took) })
		w := after[len(after)/2]
		w.name += fmt.Sprintf("（%d 次的中位数；最慢 %.2f s）", len(after), after[len(after)-1].took.Seconds())
		w.row(t, "≤ 2 s")
	}
	t.WriteString("\n| 页面（1 个连接） | p50 ms | p95 ms | p99 ms | CPU ms/次（服务器＋数据库） | 目标 |\n|---|---|---|---|---|---|\n")
	for i, r := range a.pages {
		aim := ""
		if i == 0 {
			aim = "p95 ≤ 200 ms"
		}
		fmt.Fprintf(t, "| %s | %.0f | %.0f | %.0f | %.1f（%.1f＋%.1f） | %s |\n", yearPages[i].name, r.p50.Seconds()*1000, r.p95.Seconds()*1000,
			r.p99.Seconds()*1000, r.total(), r.server, r.database, aim)
	}
	fmt.Fprintf(t, "\n%d 行得分；行为占盘 %.0f MiB（含索引），日汇总 %.0f MiB；产品常驻内存：刚启动 %.0f MiB，全程最高 %.0f MiB。\n",
		a.entries, a.disk, a.rollup, a.fresh, a.most)
}

func (w worked) row(t *strings.Builder, aim string) {
	fmt.Fprintf(t, "| %s | %.2f | %.2f | %.2f | %.2f | %.2f＋%.2f | %s |\n", w.name, w.took.Seconds(), w.work.Seconds(), w.sql.Seconds(), w.work.Seconds()/w.sql.Seconds(),
		w.cpu.server.Seconds(), w.cpu.database.Seconds(), aim)
}
