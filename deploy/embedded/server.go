package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// What the server's log says when a start that failed may work the next time.
const (
	portTaken   = "could not create any TCP/IP sockets"
	stillClosed = "pre-existing shared memory block" // backends of a killed server are just leaving
)

// maxLog is how long the log may be at a start without being put aside.
const maxLog = 10 << 20

// run starts the server and waits until it takes connections.
func (c *Cluster) run(ctx context.Context, o Options) error {
	var err error
	for range 5 {
		if c.Port, err = c.port(); err != nil {
			return err
		}
		if err = c.writeConfig(ctx, o); err != nil {
			return fmt.Errorf("embedded: %w", err)
		}
		if err = c.attempt(ctx); err == nil {
			return writeFile(c.portFile(), strconv.Itoa(c.Port)+"\n")
		}
		if text := err.Error(); !strings.Contains(text, portTaken) && !strings.Contains(text, stillClosed) {
			break
		}
	}
	return fmt.Errorf("embedded: start PostgreSQL: %w", err)
}

// attempt is one start; the error of a server that ended holds what it logged.
func (c *Cluster) attempt(ctx context.Context) error {
	log, start, err := openLog(filepath.Join(c.Dir, "postgres.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(c.bin.path("postgres"), "-D", c.data(),
		"-c", "config_file="+c.configFile(), "-c", "hba_file="+c.hbaFile())
	cmd.SysProcAttr = c.account.attributes()
	endWithParent(cmd.SysProcAttr)
	cmd.Dir, cmd.Env = "/", environment()
	cmd.Stdout, cmd.Stderr = log, log
	if c.server, err = launch(cmd); err != nil {
		return err
	}
	err = await(ctx, func() bool { return c.server.ended() || c.ready() })
	switch {
	case err != nil:
		return errors.Join(err, c.server.stop(ctx))
	case c.server.ended():
		said, err := os.ReadFile(log.Name())
		if err != nil {
			return err
		}
		return fmt.Errorf("the server ended (%w): %s", c.server.err, strings.TrimSpace(string(said[start:])))
	}
	return nil
}

// ready reads the last line of the server's own pid file, as pg_ctl does.
func (c *Cluster) ready() bool {
	lines := pidFile(c.data())
	return len(lines) > 7 && lines[0] == strconv.Itoa(c.server.pid) && strings.TrimSpace(lines[7]) == "ready"
}

func pidFile(data string) []string {
	b, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return nil // not there, or just being written: the same to whoever asks
	}
	return strings.Split(string(b), "\n")
}

// port returns the port of the last start if it is free, and any other if not.
func (c *Cluster) port() (int, error) {
	if b, err := os.ReadFile(c.portFile()); err == nil {
		if port, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil {
			if port, err := listenable(port); err == nil {
				return port, nil
			}
		}
	}
	port, err := listenable(0)
	if err != nil {
		return 0, fmt.Errorf("embedded: no free port: %w", err)
	}
	return port, nil
}

// listenable takes a port of loopback for a moment, any free one if it is 0.
func listenable(port int) (int, error) {
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0, err
	}
	port = l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

func (c *Cluster) portFile() string { return filepath.Join(c.Dir, "port") }

// openLog opens the log for appending and tells where it ends now.
func openLog(name string) (*os.File, int64, error) {
	if info, err := os.Lstat(name); err == nil && info.Size() > maxLog {
		if err := os.Rename(name, name+".1"); err != nil {
			return nil, 0, err
		}
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// A server is a postmaster this process started.
type server struct {
	pid  int
	done chan struct{} // closed once it has ended
	err  error         // how it ended; to be read after done
}

// launch starts cmd on a thread of its own. The kernel sends the signal that
// ends the server with its parent when that thread ends, so the thread stays
// until the server has gone.
func launch(cmd *exec.Cmd) (*server, error) {
	s := &server{done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		s.pid = cmd.Process.Pid
		started <- nil
		s.err = cmd.Wait()
		close(s.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return s, nil
}

func (s *server) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// stop asks for a fast shutdown, for an immediate one when ctx ends, and kills
// the server if it does not obey that either.
func (s *server) stop(ctx context.Context) error {
	if s.ended() {
		return nil
	}
	if err := s.signal(syscall.SIGINT); err != nil {
		return err
	}
	if await(ctx, s.ended) == nil {
		return nil
	}
	if err := s.signal(syscall.SIGQUIT); err != nil {
		return err
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if await(patience, s.ended) == nil {
		return ctx.Err()
	}
	err := s.signal(syscall.SIGKILL)
	<-s.done
	return errors.Join(ctx.Err(), err)
}

// signal reaches the server only while its pid is still its own: it is not
// waited for before ended.
func (s *server) signal(sig syscall.Signal) error {
	if s.ended() {
		return nil
	}
	if err := syscall.Kill(s.pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("embedded: %v to the server: %w", sig, err)
	}
	return nil
}
