// Package embedded runs a private PostgreSQL beside one Hetu: for `hetu demo`,
// `make run` and the tests, where nobody has set up a server. It uses the
// binaries of an installed PostgreSQL and never the cluster a distribution may
// have made with them: its own lies under a directory the caller names and
// answers on loopback only, under a password made at random.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Admin is the name of the superuser.
const Admin = "hetu_admin"

// ErrInUse says that another process has a cluster running in the directory.
var ErrInUse = errors.New("embedded: another hetu is running in this directory")

// Options say where and how to run the cluster.
type Options struct {
	Dir  string // the cluster's own directory; made if it is missing
	Fast bool   // gives up durability for speed; for tests only

	// Buffers is the memory it keeps of its tables, as deploy/postgres/postgresql.conf
	// sets it for a server of its own ("1GB"). Empty: 128MB, for a machine that is
	// mostly there for something else.
	Buffers string
}

// A Cluster is a running server. It ends with Stop, or soon after the process
// that started it, however that ends.
type Cluster struct {
	AdminURL string // of the superuser, database postgres
	Dir      string
	Port     int

	bin      binaries
	account  account
	password string
	lock     *os.File
	server   *server
}

// Start makes the cluster in o.Dir if there is none, starts it and returns when
// it takes connections. A server left over in the directory by a process that
// was killed is stopped first, and what was committed is recovered. The port is
// the one of the last time unless somebody has taken it. ctx bounds the start
// and not the life of the server.
//
// PostgreSQL refuses to run as root; then the server runs as the user postgres,
// or else nobody, and every directory above o.Dir must let that user through.
func Start(ctx context.Context, o Options) (_ *Cluster, err error) {
	c, err := open(o.Dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, release(c.lock))
		}
	}()
	if err := evict(ctx, c.data()); err != nil {
		return nil, err
	}
	if err := c.init(ctx, o.Fast); err != nil {
		return nil, err
	}
	if err := c.run(ctx, o); err != nil {
		return nil, err
	}
	c.AdminURL = c.URL("postgres")
	return c, nil
}

// open prepares the directory and takes hold of it.
func open(dir string) (*Cluster, error) {
	dir, err := resolve(dir)
	if err != nil {
		return nil, err
	}
	c := &Cluster{Dir: dir}
	if c.account, err = serverAccount(); err != nil {
		return nil, err
	}
	if err := errors.Join(c.account.admit(dir), c.account.reach(dir)); err != nil {
		return nil, err
	}
	major, err := dataMajor(c.data())
	if err != nil {
		return nil, err
	}
	if c.bin, err = find(major); err != nil {
		return nil, err
	}
	c.lock, err = lock(filepath.Join(dir, "lock"))
	return c, err
}

// resolve makes the directory and returns its true path, which is what the
// kernel says of the processes that stand in it.
func resolve(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("embedded: no directory given")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("embedded: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("embedded: %w", err)
	}
	dir, err = filepath.EvalSymlinks(dir)
	if err != nil {
		return "", fmt.Errorf("embedded: %w", err)
	}
	return dir, nil
}

// lock takes the directory for this process; the kernel gives it back when the
// process ends.
func lock(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(fmt.Errorf("%w: %s", ErrInUse, filepath.Dir(name)), f.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("embedded: lock %s: %w", name, err), f.Close())
	}
	return f, nil
}

// release gives the directory back; a second time does nothing. Closing the
// file would not be enough: a program that is just being started has it open
// too until it is running.
func release(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
	if closed := f.Close(); !errors.Is(closed, fs.ErrClosed) {
		return errors.Join(err, closed)
	}
	return nil
}

// URL returns the superuser's address of a database.
func (c *Cluster) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(Admin, c.password),
		Host:     "127.0.0.1:" + strconv.Itoa(c.Port),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Done is closed when the server has ended, asked to or not.
func (c *Cluster) Done() <-chan struct{} { return c.server.done }

// Stop shuts the server down: connections are closed, what is committed is
// kept. When ctx ends first the server is stopped without a checkpoint, and
// recovers at the next start. Stopping twice does nothing.
func (c *Cluster) Stop(ctx context.Context) error {
	return errors.Join(c.server.stop(ctx), release(c.lock))
}

func (c *Cluster) data() string { return filepath.Join(c.Dir, "data") }

// dataMajor returns the major version that made the data, 0 if there is none.
func dataMajor(data string) (int, error) {
	b, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("embedded: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0, fmt.Errorf("embedded: PG_VERSION: %w", err)
	}
	return major, nil
}

// await asks every few milliseconds until yes is true or ctx ends.
func await(ctx context.Context, yes func() bool) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !yes() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
