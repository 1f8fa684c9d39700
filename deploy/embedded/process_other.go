//go:build unix && !linux

package embedded

import "syscall"

// endWithParent does nothing here: the server left behind is stopped at the
// next start.
func endWithParent(*syscall.SysProcAttr) {}

// holders returns the process of the pid file if one of that number lives.
func holders(data string) []int {
	pid, ok := postmaster(data)
	if !ok || syscall.Kill(pid, 0) != nil {
		return nil
	}
	return []int{pid}
}
