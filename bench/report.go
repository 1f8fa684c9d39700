package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A scale is what was measured with one number of tenants: by case, the
// product's results and the bare server's, one per round.
type scale struct {
	tenants int
	sides   map[string][2][]result
}

// A report is everything that was measured.
type report struct {
	scales []scale
	memory footprint
	files  transfer

	readings []reading
	delivery delivery

	assessed assessed

	corpus int // items searched in
	asked  []question
	found  []result
	took   time.Duration
}

// middle returns the result of the middle round, by what it cost.
func middle(rs []result) result {
	sorted := slices.SortedFunc(slices.Values(rs), func(a, b result) int { return cmp.Compare(a.total(), b.total()) })
	return sorted[len(sorted)/2]
}

// ratio is the middle of the ratios of each round: both sides of a round ran
// within seconds of each other.
func ratio(sides [2][]result) float64 {
	var rs []float64
	for i := range min(len(sides[0]), len(sides[1])) {
		rs = append(rs, sides[0][i].total()/sides[1][i].total())
	}
	if len(rs) == 0 {
		return 0
	}
	slices.Sort(rs)
	return rs[len(rs)/2]
}

func (r report) markdown(o options) string {
	var t strings.Builder
	fmt.Fprintf(&t, "# 压力测试结果\n\n由 `make bench` 写成，%s，历时 %.0f 秒。怎样读、怎样运行、目标与剖析见 [README.md](README.md)。\n\n", time.Now().Format("2006-01-02 15:04"), r.took.Seconds())
	t.WriteString(machine())
	if r.corpus > 0 {
		r.searches(&t)
		return t.String()
	}
	fmt.Fprintf(&t, "\n每轮 %.1f 秒，至多 %d 轮（忙时较少）取中位数，%d 个连接；产品与裸服务器轮流运行。CPU 是服务器进程加数据库全部进程的用户态与内核态时间。\n", o.seconds.Seconds(), o.rounds, o.conns)
	for _, s := range r.scales {
		fmt.Fprintf(&t, "\n## %d 个租户\n\n", s.tenants)
		s.table(&t)
	}
	r.growth(&t)
	r.rest(&t)
	r.large(&t)
	r.assessed.markdown(&t)
	return t.String()
}

func (s scale) table(t *strings.Builder) {
	t.WriteString("| 场景 | 产品 次/秒 | p50 ms | p99 ms | CPU ms/次（服务器＋数据库） | 裸 次/秒 | p50 ms | p99 ms | CPU ms/次（服务器＋数据库） | CPU 之比 | 目标 |\n|---|---|---|---|---|---|---|---|---|---|---|\n")
	var flow [2]float64
	for _, k := range works {
		sides := s.sides[k.key]
		if len(sides[0]) == 0 {
			continue
		}
		fmt.Fprintf(t, "| %s | %s |", k.name, cells(middle(sides[0])))
		if len(sides[1]) == 0 {
			t.WriteString(" – | – | – | – | – | – |\n")
			continue
		}
		fmt.Fprintf(t, " %s | %.2f | %s |\n", cells(middle(sides[1])), ratio(sides), aim(k.aim))
		if strings.HasPrefix(k.name, "流程") {
			flow[0], flow[1] = flow[0]+middle(sides[0]).total(), flow[1]+middle(sides[1]).total()
		}
	}
	if flow[1] > 0 {
		fmt.Fprintf(t, "| 流程：三步合计 | | | | %.2f | | | | %.2f | %.2f | ≤ 1.4 |\n", flow[0], flow[1], flow[0]/flow[1])
	}
}

func (r report) searches(t *strings.Builder) {
	fmt.Fprintf(t, "\n## 检索：一个租户 %d 条已发布信息，2 个连接\n\n| 查什么 | 次/秒 | p50 ms | p95 ms | p99 ms | CPU ms/次（服务器＋数据库） | 目标 |\n|---|---|---|---|---|---|---|\n", r.corpus)
	for i, f := range r.found {
		fmt.Fprintf(t, "| %s | %.0f | %.1f | %.1f | %.1f | %.2f（%.2f＋%.2f） | ≤ %.0f |\n", r.asked[i].name, f.rate(),
			f.p50.Seconds()*1000, f.p95.Seconds()*1000, f.p99.Seconds()*1000, f.total(), f.server, f.database, r.asked[i].aim())
	}
}

func cells(r result) string {
	return fmt.Sprintf("%.0f | %.1f | %.1f | %.2f（%.2f＋%.2f）", r.rate(), r.p50.Seconds()*1000, r.p99.Seconds()*1000, r.total(), r.server, r.database)
}

func aim(f float64) string {
	if f == 0 {
		return ""
	}
	return fmt.Sprintf("≤ %.1f", f)
}

// growth compares the ratios of the first scale with those of the last.
func (r report) growth(t *strings.Builder) {
	if len(r.scales) < 2 {
		return
	}
	first, last := r.scales[0], r.scales[len(r.scales)-1]
	fmt.Fprintf(t, "\n## 从 %d 个租户到 %d 个\n\n| 场景 | 之比 %d | 之比 %d | 变化（目标 ±10 %%） |\n|---|---|---|---|\n", first.tenants, last.tenants, first.tenants, last.tenants)
	for _, k := range works {
		if a, z := ratio(first.sides[k.key]), ratio(last.sides[k.key]); a > 0 && z > 0 {
			fmt.Fprintf(t, "| %s | %.2f | %.2f | %+.0f %% |\n", k.name, a, z, (z/a-1)*100)
		}
	}
}

func (r report) rest(t *strings.Builder) {
	m := r.memory
	if m.tenants > 0 {
		fmt.Fprintf(t, "\n## 内存与空闲\n\n| 项目 | 结果 | 目标 |\n|---|---|---|\n| 刚启动的常驻内存 | %.0f MiB | |\n| 访问过 %d 个租户（列表、一条、待办各一次）后的最高常驻内存 | %.0f MiB | ≤ 120 |\n| 承受上述全部负载的服务器的最高常驻内存 | %.0f MiB | |\n| 空闲时每秒 CPU（作业与巡检照常运行） | %.1f＋%.1f ms | |\n",
			m.fresh, m.tenants, m.most, m.loaded, m.idleServer, m.idleDatabase)
	}
	if len(r.files.up[0]) == 0 {
		return
	}
	t.WriteString("\n## 8 MiB 文件（2 个连接）\n\n| 场景 | 产品 MiB/秒 | p50 ms | CPU ms/个 | 裸代理 MiB/秒 | p50 ms | CPU ms/个 | CPU 之比 | 时间之比 | 目标 |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, d := range []struct {
		name  string
		sides [2][]result
	}{{"上传", r.files.up}, {"下载", r.files.down}} {
		p, b := middle(d.sides[0]), middle(d.sides[1])
		fmt.Fprintf(t, "| %s | %.0f | %.0f | %.1f | %.0f | %.0f | %.1f | %.2f | %.2f | ≤ 1.2 |\n", d.name,
			p.rate()*8, p.p50.Seconds()*1000, p.total(), b.rate()*8, b.p50.Seconds()*1000, b.total(), ratio(d.sides), b.rate()/p.rate())
	}
}

// machine describes where this ran.
func machine() string {
	cpu := "未知"
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, ok := strings.CutPrefix(line, "model name"); ok {
				cpu = strings.TrimSpace(strings.TrimLeft(name, "\t :"))
				break
			}
		}
	}
	load := "未知"
	if b, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = strings.Join(strings.Fields(string(b))[:3], " ")
	}
	commit := "未知"
	if b, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output(); err == nil {
		commit = strings.TrimSpace(string(b))
	}
	return fmt.Sprintf("机器：%s，%d 核；%s；提交 %s；结束时的系统负载 %s。\n", cpu, runtime.NumCPU(), runtime.Version(), commit, load)
}
