package embedded

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// An account is the system user the server runs as. Its zero value is the user
// of this process.
type account struct {
	name     string
	uid, gid uint32
	other    bool // not the user of this process
}

// serverAccount returns the user to run PostgreSQL as: this one, or if that is
// root, postgres or nobody.
func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
		gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(errUID, errGID); err != nil {
			return account{}, fmt.Errorf("embedded: user %s: %w", name, err)
		}
		return account{name: name, uid: uint32(uid), gid: uint32(gid), other: true}, nil
	}
	return account{}, errors.New("embedded: PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")
}

// Reachable returns an error that says what is in the way if a cluster in dir,
// which need not exist yet, could not be entered by the user its server will
// run as.
func Reachable(dir string) error {
	a, err := serverAccount()
	if err != nil {
		return err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("embedded: %w", err)
	}
	for {
		path, err := filepath.EvalSymlinks(dir)
		if err == nil {
			return a.reach(path)
		}
		if !errors.Is(err, os.ErrNotExist) || dir == filepath.Dir(dir) {
			return fmt.Errorf("embedded: %w", err)
		}
		dir = filepath.Dir(dir)
	}
}

// reach returns an error if the account may not enter dir or one above it.
func (a account) reach(dir string) error {
	if !a.other {
		return nil
	}
	for {
		info, err := os.Stat(dir)
		if err != nil {
			return fmt.Errorf("embedded: %w", err)
		}
		if !a.enters(info) {
			return fmt.Errorf("embedded: PostgreSQL refuses to run as root, and the user %s may not enter %s (%v): "+
				"choose a data directory outside it, or run hetu as an ordinary user", a.name, dir, info.Mode())
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

// admit lets the account enter dir, which is the cluster's own, but not list it.
func (a account) admit(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && a.other && !a.enters(info) {
		err = os.Chmod(dir, info.Mode().Perm()|0o001)
	}
	if err != nil {
		return fmt.Errorf("embedded: %w", err)
	}
	return nil
}

func (a account) enters(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true // not a file system that tells; the server will
	}
	switch {
	case st.Uid == a.uid:
		return info.Mode()&0o100 != 0
	case st.Gid == a.gid:
		return info.Mode()&0o010 != 0
	}
	return info.Mode()&0o001 != 0
}

// own gives a file or directory to the account.
func (a account) own(name string) error {
	if !a.other {
		return nil
	}
	return os.Lchown(name, int(a.uid), int(a.gid))
}

// attributes makes a child run as the account, and in a process group of its
// own: Ctrl-C is for hetu, which then stops its server in order.
func (a account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.other {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attr
}
