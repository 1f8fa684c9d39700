package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Only loopback, only with the password.
const hba = `# Written by hetu at every start.
host all all 127.0.0.1/32 scram-sha-256
`

// Settings that hold for every cluster. The rest is PostgreSQL's own default.
const settings = `# Written by hetu at every start: changes are lost.
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
password_encryption = 'scram-sha-256'
shared_buffers = '128MB'
effective_cache_size = '1GB'
work_mem = '16MB'
maintenance_work_mem = '128MB'
random_page_cost = 1.1
jit = off
checkpoint_timeout = '15min'
dynamic_shared_memory_type = posix
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_line_prefix = '%m [%p] %q%u@%d '
log_min_duration_statement = '1s'
logging_collector = off
`

// A power failure may cost the last transactions or the whole cluster.
const fastSettings = `max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
max_wal_size = '2GB'
`

const safeSettings = `fsync = on
synchronous_commit = on
full_page_writes = on
`

func (c *Cluster) configFile() string { return filepath.Join(c.Dir, "postgresql.conf") }
func (c *Cluster) hbaFile() string    { return filepath.Join(c.Dir, "pg_hba.conf") }

// writeConfig writes what the next start will read. It lies outside the data,
// so that root never writes where the server's user could have put a link.
func (c *Cluster) writeConfig(ctx context.Context, o Options) error {
	var b strings.Builder
	b.WriteString(settings)
	fmt.Fprintf(&b, "wal_compression = %s\n", c.compression(ctx))
	if o.Fast {
		b.WriteString(fastSettings)
	} else {
		b.WriteString(safeSettings)
	}
	if o.Buffers != "" {
		fmt.Fprintf(&b, "shared_buffers = '%s'\n", o.Buffers)
	}
	fmt.Fprintf(&b, "port = %d\n", c.Port)
	return errors.Join(writeFile(c.configFile(), b.String()), writeFile(c.hbaFile(), hba))
}

// compression is how whole pages are packed in the log: lz4 takes a fraction of
// the time of PostgreSQL's own, but need not have been built in.
func (c *Cluster) compression(ctx context.Context) string {
	asked := exec.CommandContext(ctx, c.bin.path("postgres"), "-C", "wal_compression", "-c", "wal_compression=lz4", "-D", c.data(), "-c", "config_file=/dev/null")
	asked.Env = environment()
	if said, err := asked.Output(); err == nil && strings.TrimSpace(string(said)) == "lz4" {
		return "lz4"
	}
	return "on"
}

// writeFile replaces a file whole. There is no secret in it, and the server's
// user has to read it.
func writeFile(name, text string) error {
	next := name + ".new"
	err := os.WriteFile(next, []byte(text), 0o644)
	if err != nil {
		return err
	}
	if err := os.Chmod(next, 0o644); err != nil {
		return err
	}
	return os.Rename(next, name)
}
