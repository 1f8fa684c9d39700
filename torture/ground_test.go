package torture

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hetu/app"
	"hetu/deploy/embedded"
	"hetu/migrate"
	"hetu/tenant/tenanttest"
)

const database = "hetu_torture"

// whole says that this is `make torture`.
var whole = os.Getenv("HETU_TORTURE") != ""

// size is how much of something a run does.
func size(small, large int) int {
	if whole {
		return large
	}
	return small
}

// ground is what all tests stand on: a PostgreSQL of their own that keeps what
// it has committed, and the binary built from this tree.
var ground struct {
	dir, hetu string
	cluster   *embedded.Cluster
}

func TestMain(m *testing.M) {
	status, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		status = 1
	}
	os.Exit(status)
}

func run(m *testing.M) (status int, err error) {
	dir, err := os.MkdirTemp("", "hetu-torture-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o755); err != nil { // the database runs as another user
		return 1, err
	}
	ground.dir, ground.hetu = dir, filepath.Join(dir, "hetu")
	build := exec.Command("go", "build", "-o", ground.hetu, "./cmd/hetu")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("go build: %w: %s", err, out)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := power(ctx); err != nil {
		return 1, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		err = errors.Join(err, ground.cluster.Stop(ctx))
	}()
	if err := ground.cluster.EnsureDatabase(ctx, database); err != nil {
		return 1, err
	}
	const password = "hetu-test" // what tenanttest gives the roles
	if err := migrate.Up(ctx, ground.cluster.URL(database), migrate.Roles{App: password, Operator: password, Backup: password}, app.Lines()...); err != nil {
		return 1, err
	}
	err = errors.Join(os.Setenv("HETU_TEST_ADMIN_URL", ground.cluster.AdminURL), os.Setenv("HETU_TEST_DB", database))
	if err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// power starts the database, fsync on, where it was before.
func power(ctx context.Context) error {
	before := 0
	if ground.cluster != nil {
		before = ground.cluster.Port
	}
	c, err := embedded.Start(ctx, embedded.Options{Dir: filepath.Join(ground.dir, "postgres")})
	if err != nil {
		return err
	}
	ground.cluster = c
	if before != 0 && c.Port != before {
		return fmt.Errorf("somebody has taken the database's port %d", before)
	}
	return nil
}

// crash kills the whole of PostgreSQL, postmaster first, and starts it again.
func crash(t *testing.T) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(ground.dir, "postgres", "data", "postmaster.pid"))
	must(t, err)
	line, _, _ := strings.Cut(string(b), "\n")
	master, err := strconv.Atoi(line)
	must(t, err)
	backends := children(master)
	must(t, syscall.Kill(master, syscall.SIGKILL))
	for _, pid := range backends {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended with its master
	}
	<-ground.cluster.Done()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	must(t, ground.cluster.Stop(ctx)) // gives the directory back
	must(t, power(ctx))
}

// children are the processes a process has started.
func children(parent int) (pids []int) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", parent, parent))
	if err != nil {
		return nil // not this kernel: they end with their master anyway
	}
	for _, f := range strings.Fields(string(b)) {
		if pid, err := strconv.Atoi(f); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// A server is the real binary as a process of its own.
type server struct {
	base, port string
	admin      string // address of metrics and profiles
	env        []string
	cmd        *exec.Cmd
	ended      chan struct{}
	log        *os.File
}

// serve starts a server on a port that it keeps through all its deaths. All
// servers have the objects of the one database in common; more is what one is
// told besides.
func serve(t *testing.T, more ...string) *server {
	t.Helper()
	port, admin := freePort(t), freePort(t)
	s := &server{port: port, base: "http://127.0.0.1:" + port, admin: "http://127.0.0.1:" + admin}
	s.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "HETU_LISTEN=127.0.0.1:" + port, "HETU_BASE_URL=" + s.base,
		"HETU_ADMIN_LISTEN=127.0.0.1:" + admin, "HETU_DATABASE_URL=" + tenanttest.URL(t, "hetu_app"), "HETU_OPERATOR_URL=" + tenanttest.URL(t, "hetu_operator"),
		"HETU_DATA_DIR=" + filepath.Join(ground.dir, "data"), "HETU_WORKERS=2", "HETU_SECOND_FACTOR=off"}
	s.env = append(s.env, more...)
	var err error
	s.log, err = os.Create(filepath.Join(t.TempDir(), "log"))
	must(t, err)
	s.start(t)
	t.Cleanup(func() {
		s.kill(t)
		must(t, s.log.Close())
	})
	return s
}

// start returns when the server answers.
func (s *server) start(t *testing.T) {
	t.Helper()
	s.cmd = exec.Command(ground.hetu, "serve")
	s.cmd.Env, s.cmd.Stderr = s.env, s.log
	must(t, s.cmd.Start())
	ended := make(chan struct{})
	s.ended = ended
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait() // killed: an error by nature
		close(ended)
	}(s.cmd)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	patient := http.Client{Timeout: 5 * time.Second}
	for until := time.Now().Add(time.Minute); ; {
		res, err := patient.Get(s.base + "/readyz")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-tick.C:
			if time.Now().Before(until) {
				continue
			}
		case <-ended:
		}
		said, _ := os.ReadFile(s.log.Name())
		t.Fatalf("the server does not answer: %s", said)
	}
}

// kill ends it without a word, and at once.
func (s *server) kill(t *testing.T) {
	t.Helper()
	select {
	case <-s.ended:
	default:
		must(t, s.cmd.Process.Kill())
		<-s.ended
	}
}

// hetu runs a command of the binary beside the server.
func (s *server) hetu(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(ground.hetu, args...)
	cmd.Env = s.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("hetu %v: %v: %s", args, err, out)
	}
	return string(out)
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	must(t, l.Close())
	return port
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
