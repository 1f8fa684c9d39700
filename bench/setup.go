package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	_ "github.com/lib/pq" // the superuser's connection

	"hetu/app"
	"hetu/deploy/embedded"
	"hetu/migrate"
)

const database = "hetu_bench"

// buffers is what deploy/postgres/postgresql.conf gives PostgreSQL: what is
// measured is the size of an installation, not that of a first look.
const buffers = "1GB"

// A bench is everything a run has open.
type bench struct {
	o     options
	dir   string
	began time.Time

	cluster   *embedded.Cluster
	admin     *sql.DB // as the superuser: to fill the tables
	passwords string  // of the database roles
	hetu      string  // the binary
	hash      string  // of everybody's password

	product, bare *side
	houses        []*house
}

// open starts the database and the two servers.
func (b *bench) open(ctx context.Context) (err error) {
	b.say("starting a private PostgreSQL, fsync on")
	if b.cluster, err = embedded.Start(ctx, embedded.Options{Dir: filepath.Join(b.dir, "postgres"), Buffers: buffers}); err != nil {
		return err
	}
	if err := b.cluster.EnsureDatabase(ctx, database); err != nil {
		return err
	}
	b.passwords = rand.Text()
	roles := migrate.Roles{App: b.passwords, Operator: b.passwords, Backup: b.passwords}
	if err := migrate.Up(ctx, b.cluster.URL(database), roles, app.Lines()...); err != nil {
		return err
	}
	if b.admin, err = sql.Open("postgres", b.cluster.URL(database)); err != nil {
		return err
	}
	b.admin.SetMaxOpenConns(1) // temporary tables live on it
	if b.hetu = b.o.hetu; b.hetu == "" {
		b.say("building hetu")
		b.hetu = filepath.Join(b.dir, "hetu")
		build := exec.CommandContext(ctx, "go", "build", "-o", b.hetu, "./cmd/hetu")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("go build: %w: %s", err, out)
		}
	}
	return b.prepare(ctx)
}

// start starts both servers. The product works off no jobs: what its rounds
// cost would be counted to whichever side is being measured.
func (b *bench) start(ctx context.Context) (err error) {
	if b.product, err = b.serve(ctx, 0); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	b.bare, err = launch(ctx, "bare", []string{self, bareCommand}, func(port string) []string {
		return []string{"BENCH_LISTEN=127.0.0.1:" + port, "BENCH_DATABASE=" + b.roleURL("hetu_app"), "BENCH_FILES=" + filepath.Join(b.dir, "bare")}
	}, "/livez")
	return err
}

// serve starts the product, as an operator would, with the given number of
// workers for jobs.
func (b *bench) serve(ctx context.Context, workers int) (*side, error) {
	admin, err := freePort()
	if err != nil {
		return nil, err
	}
	s, err := launch(ctx, "product", []string{b.hetu, "serve"}, func(port string) []string {
		return []string{
			"HETU_LISTEN=127.0.0.1:" + port, "HETU_BASE_URL=http://127.0.0.1:" + port, "HETU_ADMIN_LISTEN=127.0.0.1:" + admin,
			"HETU_DATABASE_URL=" + b.roleURL("hetu_app"), "HETU_OPERATOR_URL=" + b.roleURL("hetu_operator"),
			"HETU_DATA_DIR=" + filepath.Join(b.dir, "data"), fmt.Sprintf("HETU_WORKERS=%d", workers), "HETU_SECOND_FACTOR=off",
		}
	}, "/readyz")
	if err == nil {
		s.admin = "http://127.0.0.1:" + admin
	}
	return s, err
}

func (b *bench) roleURL(role string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, b.passwords), Path: "/" + database,
		Host: fmt.Sprintf("127.0.0.1:%d", b.cluster.Port), RawQuery: "sslmode=disable"}
	return u.String()
}

func (b *bench) close() (err error) {
	for _, s := range []*side{b.product, b.bare} {
		if s != nil {
			err = errors.Join(err, s.stop())
		}
	}
	if b.admin != nil {
		err = errors.Join(err, b.admin.Close())
	}
	if b.cluster != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		err = errors.Join(err, b.cluster.Stop(ctx))
	}
	return err
}

// A side is one of the two servers.
type side struct {
	name    string
	address string // host:port
	admin   string // where profiles are; the product's only
	cmd     *exec.Cmd
	ended   chan struct{}

	workers                     []*worker // the connections of the load
	drafts, submitted, approved stock     // what the cases of writing hand on to each other
}

// launch starts a server on a free port and waits until it answers.
func launch(ctx context.Context, name string, args []string, env func(port string) []string, ready string) (*side, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &side{name: name, address: "127.0.0.1:" + port, ended: make(chan struct{})}
	s.cmd = exec.Command(args[0], args[1:]...) //nolint:gosec // ourselves, or the binary we built
	s.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env(port)...)
	var log strings.Builder
	s.cmd.Stderr = &log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us: we stop it
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = s.cmd.Wait(); close(s.ended) }()
	client := http.Client{Timeout: 5 * time.Second}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		res, err := client.Get("http://" + s.address + ready)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return s, nil
			}
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), s.stop())
		case <-s.ended:
			return nil, fmt.Errorf("%s ended: %s", name, log.String())
		case <-tick.C:
		}
	}
	return nil, errors.Join(fmt.Errorf("%s does not answer", name), s.stop())
}

// stop asks the server to end and waits for it.
func (s *side) stop() error {
	select {
	case <-s.ended:
		return nil
	default:
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-s.ended:
		return nil
	case <-time.After(25 * time.Second):
		return s.cmd.Process.Kill()
	}
}

func freePort() (string, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port, l.Close()
}
