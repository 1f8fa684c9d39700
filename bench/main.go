// Command bench measures what a request costs in Hetu: requests a second, how
// long they take, and the CPU time of server and database together, beside a
// bare handler that runs the same SQL under the same row security and does
// nothing else. Both run in the same minutes on the same database, in turns, so
// that their ratio means something on a machine that is doing other work too.
//
// It starts a private PostgreSQL, fills it, starts the product (`hetu serve`)
// and the bare server as processes of their own, and is itself the browser.
// Nothing listens but on loopback, and nothing is left behind but the report.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type options struct {
	tenants []int         // how many there are, one scale after the other
	seconds time.Duration // that one side of one case runs at a time
	rounds  int           // how often each side of a case has its turn
	limit   time.Duration // after which no more rounds are begun, but for three
	conns   int
	out     string // the report; empty: standard output only
	hetu    string // a built binary; empty: it is built
	profile string // directory for profiles of the product; empty: none are taken
	cases   string // comma-separated; empty: all
	search  int    // items of one tenant to search in; 0: none
	assess  int    // deeds of the year that is assessed; 0: none
	units   int    // that are assessed; 0: one for a thousand deeds
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == bareCommand {
		exit(serveBare())
	}
	o, err := parse(os.Args[1:])
	if err != nil {
		exit(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("bench", flag.ExitOnError)
	sizes := f.String("tenants", "10,1000", "numbers of tenants to measure with, growing")
	seconds := f.Float64("seconds", 0.4, "how long each side of a case runs at a time")
	f.IntVar(&o.rounds, "rounds", 10, "how often at most each side has its turn; medians are reported")
	f.DurationVar(&o.limit, "limit", 5*time.Minute, "leave out rounds (but for three) rather than take longer than this, memory and files aside")
	f.IntVar(&o.conns, "conns", 8, "connections of the load")
	f.StringVar(&o.out, "out", "", "file for the report")
	f.StringVar(&o.hetu, "hetu", "", "the hetu binary; built if empty")
	f.StringVar(&o.profile, "profile", "", "directory for CPU profiles of the product")
	f.StringVar(&o.cases, "cases", "", "only these cases; assess, pages: only these")
	f.IntVar(&o.search, "search", 0, "measure only searches, in one tenant with so many items")
	f.IntVar(&o.assess, "assess", 300_000, "deeds of the year that is assessed, the last thing that is measured; ten million take some ten minutes and 9 GiB; 0: none")
	f.IntVar(&o.units, "units", 0, "units that are assessed; 0: one for a thousand deeds, at most a thousand")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	o.seconds = time.Duration(*seconds * float64(time.Second))
	for text := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 || len(o.tenants) > 0 && n <= o.tenants[len(o.tenants)-1] {
			return o, fmt.Errorf("-tenants %q: growing numbers, please", *sizes)
		}
		o.tenants = append(o.tenants, n)
	}
	if o.rounds < 1 || o.conns < 1 || o.seconds <= 0 {
		return o, errors.New("-rounds, -conns and -seconds are positive")
	}
	return o, nil
}

// run measures everything once.
func run(ctx context.Context, o options) (err error) {
	dir, err := os.MkdirTemp("", "hetu-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { // PostgreSQL runs as a user of its own
		return err
	}
	b := &bench{o: o, dir: dir, began: time.Now()}
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.open(ctx); err != nil {
		return err
	}
	var r report
	if o.search > 0 {
		r.corpus = o.search
		if r.asked, r.found, err = b.searches(ctx, o.search); err != nil {
			return err
		}
		return r.write(o, time.Since(b.began))
	}
	if o.cases == "assess" {
		if r.assessed, err = b.assess(ctx, o.assess); err != nil {
			return err
		}
		return r.write(o, time.Since(b.began))
	}
	if o.cases == "pages" {
		if r.readings, err = b.pages(ctx); err != nil {
			return err
		}
		return r.write(o, time.Since(b.began))
	}
	for i, n := range o.tenants {
		s, err := b.scale(ctx, n, b.began.Add(o.limit*time.Duration(i+1)/time.Duration(len(o.tenants))))
		if err != nil {
			return fmt.Errorf("%d tenants: %w", n, err)
		}
		r.scales = append(r.scales, s)
	}
	if r.memory, err = b.memory(ctx); err != nil {
		return err
	}
	if o.cases == "" {
		if r.readings, err = b.readings(ctx); err != nil {
			return err
		}
		if r.delivery, err = b.deliveries(ctx); err != nil {
			return err
		}
	}
	if r.files, err = b.transfers(ctx); err != nil {
		return err
	}
	if o.assess > 0 && o.cases == "" {
		if r.assessed, err = b.assess(ctx, o.assess); err != nil {
			return err
		}
	}
	return r.write(o, time.Since(b.began))
}

// write prints the report and puts it where it was wanted.
func (r report) write(o options, took time.Duration) error {
	r.took = took
	fmt.Print(r.markdown(o))
	if o.out == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(o.out), 0o755); err != nil {
		return err
	}
	return os.WriteFile(o.out, []byte(r.markdown(o)), 0o644)
}

// say tells on standard error how far it has come.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%5.0fs  %s\n", time.Since(b.began).Seconds(), fmt.Sprintf(format, args...))
}
