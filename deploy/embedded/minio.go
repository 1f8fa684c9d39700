package embedded

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
	"time"
)

// MinIOOptions say which MinIO to run, where, and under whose credentials.
type MinIOOptions struct {
	Binary            string // path of the program
	Dir               string // its own directory; made if it is missing
	AccessKey, Secret string // of its root user
}

// A MinIO is a running object store on loopback. It ends with Stop, or with the
// process that started it, however that ends.
type MinIO struct {
	Endpoint string // host:port

	server *server
	lock   *os.File
}

// StartMinIO starts an object store with its files in o.Dir and returns when it
// takes requests. It does not run as root where it need not: if the user of the
// clusters can reach the program and the directory, it runs as that user. ctx
// bounds the start and not the life of the store.
func StartMinIO(ctx context.Context, o MinIOOptions) (_ *MinIO, err error) {
	if o.Binary == "" {
		return nil, errors.New("embedded: HETU_MINIO names no MinIO binary: export HETU_MINIO=$(scripts/minio)")
	}
	dir, err := resolve(o.Dir)
	if err != nil {
		return nil, err
	}
	m := &MinIO{}
	if m.lock, err = lock(filepath.Join(dir, "lock")); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, release(m.lock))
		}
	}()
	user, err := storeAccount(dir, o.Binary)
	if err != nil {
		return nil, err
	}
	if m.Endpoint, err = vacant(); err != nil {
		return nil, err
	}
	console, err := vacant()
	if err != nil {
		return nil, err
	}
	log, _, err := openLog(filepath.Join(dir, "minio.log"))
	if err != nil {
		return nil, fmt.Errorf("embedded: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(o.Binary, "server", "--quiet", "--address", m.Endpoint, "--console-address", console, filepath.Join(dir, "drive")) //nolint:gosec // whose program it is, its user says
	cmd.SysProcAttr = user.attributes()
	endWithParent(cmd.SysProcAttr)
	cmd.Dir, cmd.Stdout, cmd.Stderr = "/", log, log
	cmd.Env = append(environment(), "HOME="+dir, "MINIO_ROOT_USER="+o.AccessKey, "MINIO_ROOT_PASSWORD="+o.Secret,
		"MINIO_BROWSER=off", "MINIO_UPDATE=off")
	if m.server, err = launch(cmd); err != nil {
		return nil, fmt.Errorf("embedded: start MinIO: %w", err)
	}
	return m, m.awake(ctx, log.Name())
}

// storeAccount returns the user to run the store as and gives it the drive.
func storeAccount(dir, binary string) (account, error) {
	drive := filepath.Join(dir, "drive")
	if err := os.MkdirAll(drive, 0o700); err != nil {
		return account{}, fmt.Errorf("embedded: %w", err)
	}
	user, err := serverAccount()
	if err != nil {
		return account{}, nil // there is nobody but root
	}
	info, err := os.Stat(binary)
	if err != nil {
		return account{}, fmt.Errorf("embedded: %w", err)
	}
	if err := user.admit(dir); err != nil {
		return account{}, err
	}
	if user.reach(dir) != nil || user.reach(filepath.Dir(binary)) != nil || !user.enters(info) {
		return account{}, nil
	}
	return user, filepath.WalkDir(drive, func(name string, _ os.DirEntry, err error) error {
		return errors.Join(err, user.own(name))
	})
}

// vacant returns an address of loopback that nobody listens on.
func vacant() (string, error) {
	port, err := listenable(0)
	if err != nil {
		return "", fmt.Errorf("embedded: no free port: %w", err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), nil
}

// awake waits until the store can write.
func (m *MinIO) awake(ctx context.Context, log string) error {
	client := &http.Client{Timeout: 2 * time.Second}
	err := await(ctx, func() bool {
		if m.server.ended() {
			return true
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m.Endpoint+"/minio/health/cluster", nil)
		if err != nil {
			return false
		}
		res, err := client.Do(req)
		return err == nil && errors.Join(res.Body.Close()) == nil && res.StatusCode == http.StatusOK
	})
	if err == nil && m.server.ended() {
		err = fmt.Errorf("it ended (%w); see %s", m.server.err, log)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("embedded: start MinIO: %w", err), m.server.stop(ctx))
	}
	return nil
}

// Stop ends the store. Stopping twice does nothing.
func (m *MinIO) Stop(ctx context.Context) error {
	return errors.Join(m.server.stop(ctx), release(m.lock))
}
