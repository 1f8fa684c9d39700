package embedded

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// endWithParent has the kernel ask the server to shut down when hetu is gone,
// even by kill -9.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }

// holders returns the PostgreSQL processes at work in the data directory: each
// of them has it as its working directory.
func holders(data string) (pids []int) {
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		return nil // the pattern is a constant
	}
	for _, link := range links {
		dir := filepath.Dir(link)
		if cwd, err := os.Readlink(link); err != nil || cwd != data {
			continue // gone, or another user's, and then not of this cluster
		}
		name, err := os.ReadFile(filepath.Join(dir, "comm"))
		if err != nil || !strings.HasPrefix(string(name), "postgres") {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(dir)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
