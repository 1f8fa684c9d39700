package embedded

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// passwordFile lies among the data, so that the one is never there without the
// other.
const passwordFile = "hetu_password"

// init makes the data, if there is none, and reads the superuser's password.
func (c *Cluster) init(ctx context.Context, fast bool) error {
	if _, err := os.Stat(c.data()); errors.Is(err, fs.ErrNotExist) {
		if err := c.create(ctx, fast); err != nil {
			return fmt.Errorf("embedded: make the cluster: %w", err)
		}
	} else if err != nil {
		return fmt.Errorf("embedded: %w", err)
	}
	b, err := os.ReadFile(filepath.Join(c.data(), passwordFile))
	if err != nil {
		return fmt.Errorf("embedded: %w", err)
	}
	c.password = strings.TrimSpace(string(b))
	return nil
}

// create makes the data beside its place and moves it there whole: a process
// killed half-way leaves nothing that looks like a cluster.
func (c *Cluster) create(ctx context.Context, fast bool) error {
	next, password := c.data()+".new", filepath.Join(c.Dir, "password.new")
	if err := errors.Join(os.RemoveAll(next), os.RemoveAll(password)); err != nil {
		return err
	}
	if err := os.Mkdir(next, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(password, []byte(rand.Text()+"\n"), 0o600); err != nil {
		return err
	}
	if err := errors.Join(c.account.own(next), c.account.own(password)); err != nil {
		return err
	}
	if err := c.initdb(ctx, next, password, fast); err != nil {
		return errors.Join(err, os.RemoveAll(next), os.RemoveAll(password))
	}
	if err := os.Rename(password, filepath.Join(next, passwordFile)); err != nil {
		return err
	}
	if err := os.Rename(next, c.data()); err != nil {
		return err
	}
	return syncDir(c.Dir)
}

func (c *Cluster) initdb(ctx context.Context, data, password string, fast bool) error {
	args := []string{
		"--pgdata=" + data, "--username=" + Admin, "--pwfile=" + password,
		"--auth=scram-sha-256", "--data-checksums",
		"--encoding=UTF8", "--locale=C.UTF-8", "--lc-messages=C",
	}
	if fast {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, c.bin.path("initdb"), args...)
	cmd.SysProcAttr = c.account.attributes()
	cmd.Dir, cmd.Env = "/", environment()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// environment is all a PostgreSQL program gets to see: none of the caller's
// PG* variables.
func environment() []string {
	env := []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	if path, ok := os.LookupEnv("LD_LIBRARY_PATH"); ok {
		env = append(env, "LD_LIBRARY_PATH="+path)
	}
	return env
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
