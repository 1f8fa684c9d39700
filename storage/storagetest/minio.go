package storagetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"hetu/storage"
)

// A Server is a MinIO of this test process.
type Server struct {
	storage.Config        // with a bucket that nobody else uses
	Drive          string // where it keeps its files
}

var server = sync.OnceValues(start)

// MinIO returns the MinIO server of this test process with a new bucket name,
// and starts the server on first use: on loopback, with random credentials and
// files of its own, all of which end with the process. It runs the binary that
// HETU_MINIO names and fails the test if there is none.
func MinIO(t testing.TB) Server {
	t.Helper()
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	s.Bucket = "hetu-" + secret(8)
	s.StagingDir = t.TempDir()
	return s
}

// keeper runs the server until standard input ends, which it does when the
// test process has ended, however it did.
const keeper = `"$0" server --quiet --address "$1" --console-address "$2" "$3/drive" >"$3/log" 2>&1 &
pid=$!
cat >/dev/null
kill -9 $pid
wait $pid
rm -rf "$3"`

func start() (s Server, err error) {
	binary := os.Getenv("HETU_MINIO")
	if binary == "" {
		return s, errors.New("storagetest: HETU_MINIO names no MinIO binary: export HETU_MINIO=$(scripts/minio)")
	}
	dir, err := os.MkdirTemp("", "hetu-minio-")
	if err != nil {
		return s, err
	}
	api, console, err := freePorts()
	if err != nil {
		return s, err
	}
	s = Server{
		Config: storage.Config{Driver: "s3", Endpoint: api, AccessKey: "test" + secret(8), SecretKey: secret(24)},
		Drive:  filepath.Join(dir, "drive"),
	}
	cmd := exec.Command("/bin/sh", "-c", keeper, binary, api, console, dir) //nolint:gosec // a test runs what it is told to
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}                   // an interrupt is for us; it cleans up after us
	cmd.Env = append(os.Environ(),
		"MINIO_ROOT_USER="+s.AccessKey, "MINIO_ROOT_PASSWORD="+s.SecretKey, "MINIO_BROWSER=off", "MINIO_UPDATE=off")
	if _, err := cmd.StdinPipe(); err != nil {
		return s, err
	}
	if err := cmd.Start(); err != nil {
		return s, fmt.Errorf("storagetest: %w", err)
	}
	// Waiting holds the pipe, unwritten, so that only the end of this process
	// closes it.
	go cmd.Wait() //nolint:errcheck // it is killed
	return s, awake(s, dir)
}

// awake waits until the server can be used, which is a while after it answers.
func awake(s Server, dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ask := time.NewTicker(50 * time.Millisecond)
	defer ask.Stop()
	s.Bucket = "hetu-awake"
	for {
		_, err := storage.Open(ctx, s.Config)
		if !errors.Is(err, storage.ErrUnavailable) {
			return err
		}
		select {
		case <-ask.C:
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(dir, "log")) //nolint:errcheck // it is only to help
			return fmt.Errorf("storagetest: MinIO does not come up: %w\n%s", err, log)
		}
	}
}

// freePorts finds two ports that are free, held at the same time so that they
// differ.
func freePorts() (a, b string, err error) {
	one, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	defer one.Close() //nolint:errcheck // it was only to be free
	two, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	defer two.Close() //nolint:errcheck // it was only to be free
	return one.Addr().String(), two.Addr().String(), nil
}

func secret(n int) string {
	b := make([]byte, n)
	rand.Read(b) //nolint:errcheck // never fails
	return hex.EncodeToString(b)
}
