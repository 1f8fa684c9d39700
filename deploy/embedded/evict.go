package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// evict stops a server that was left behind in data by a process that is no
// longer there (the caller holds the lock), gently first, and clears away the
// pid file of one that has gone. The number in that file alone proves nothing:
// it may be another program's by now, which PostgreSQL would refuse to start
// beside.
func evict(ctx context.Context, data string) error {
	signals := []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL}
	for _, sig := range signals {
		pids := holders(data)
		if len(pids) == 0 {
			break
		}
		if first, ok := postmaster(data); ok && slices.Contains(pids, first) && sig != syscall.SIGKILL {
			pids = []int{first} // it sees to its own
		}
		for _, pid := range pids {
			if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("embedded: stop the server left behind (process %d): %w", pid, err)
			}
		}
		patience, cancel := context.WithTimeout(ctx, 10*time.Second)
		_ = await(patience, func() bool { return len(holders(data)) == 0 }) // if not, the next signal
		cancel()
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("embedded: waiting for the server left behind: %w", err)
		}
	}
	if pids := holders(data); len(pids) > 0 {
		return fmt.Errorf("embedded: the server left behind in %s does not end (processes %v)", data, pids)
	}
	err := os.Remove(filepath.Join(data, "postmaster.pid"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("embedded: %w", err)
	}
	return nil
}

// postmaster returns the process number in the pid file.
func postmaster(data string) (int, bool) {
	lines := pidFile(data)
	if len(lines) == 0 {
		return 0, false
	}
	pid, err := strconv.Atoi(lines[0])
	return pid, err == nil && pid > 1
}
