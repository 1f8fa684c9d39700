package embedded

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The object store starts, is not root's where it need not be, keeps its files
// over a restart, and is gone after Stop.
func TestMinIO(t *testing.T) {
	t.Parallel()
	binary := os.Getenv("HETU_MINIO")
	if binary == "" {
		t.Fatal("HETU_MINIO names no MinIO binary: export HETU_MINIO=$(scripts/minio)")
	}
	dir := clusterDir(t)
	o := MinIOOptions{Binary: binary, Dir: filepath.Join(dir, "minio"), AccessKey: "somebody", Secret: "something-long"}
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		m, err := StartMinIO(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(m.Endpoint, "127.0.0.1:") {
			t.Errorf("it listens on %s", m.Endpoint)
		}
		want, err := storeAccount(o.Dir, binary)
		if err != nil {
			t.Fatal(err)
		}
		proc, err := os.Stat("/proc/" + strconv.Itoa(m.server.pid))
		if err != nil || want.other && proc.Sys().(*syscall.Stat_t).Uid != want.uid {
			t.Errorf("the store's process: %+v, %v", proc, err)
		}
		if _, err := StartMinIO(ctx, o); err == nil {
			t.Error("a second one runs on the same files")
		}
		if err := m.Stop(ctx); err != nil {
			t.Error(err)
		}
		if err := m.Stop(ctx); err != nil {
			t.Errorf("stopping twice: %v", err)
		}
		client := &http.Client{Timeout: time.Second}
		if res, err := client.Get("http://" + m.Endpoint + "/minio/health/live"); err == nil {
			_ = res.Body.Close()
			t.Error("it still answers")
		}
		cancel()
	}
}

// A program that does not run says so, with where to look.
func TestMinIODoesNotStart(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	dir := clusterDir(t)
	for name, binary := range map[string]string{"none": "", "missing": filepath.Join(dir, "minio"), "not one": "/bin/false"} {
		if _, err := StartMinIO(ctx, MinIOOptions{Binary: binary, Dir: dir, AccessKey: "somebody", Secret: "something-long"}); err == nil {
			t.Errorf("%s: it started", name)
		}
	}
}
