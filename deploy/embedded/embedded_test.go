package embedded

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A cluster is made, answers on loopback with its password only, keeps its
// data, its port and its settings over a restart, and is up again within 2 s.
func TestStartStopStart(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	c := start(t, dir, false)
	for setting, want := range map[string]string{
		"listen_addresses":        "127.0.0.1",
		"unix_socket_directories": "",
		"data_checksums":          "on",
		"fsync":                   "on",
		"full_page_writes":        "on",
		"wal_compression":         "lz4", // as Debian builds it
		"password_encryption":     "scram-sha-256",
		"server_encoding":         "UTF8",
		"lc_collate":              "C.UTF-8",
		"max_connections":         "100",
		"shared_buffers":          "128MB",
		"TimeZone":                "UTC",
	} {
		if got := query(t, c.AdminURL, "show "+setting); got != want {
			t.Errorf("%s = %q, want %q", setting, got, want)
		}
	}
	if got := query(t, c.AdminURL, "select current_user || rolsuper from pg_roles where rolname = current_user"); got != Admin+"true" {
		t.Errorf("signed in as %s", got)
	}
	exec1(t, c.AdminURL, "create table kept (n int)", "insert into kept values (41), (1)")
	stop(t, c)
	if holders(c.data()) != nil {
		t.Fatal("the server outlived Stop")
	}

	began := time.Now()
	again := start(t, dir, false)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the second start took %v", took)
	}
	if again.AdminURL != c.AdminURL || again.Port != c.Port {
		t.Errorf("the address changed from port %d to %d", c.Port, again.Port)
	}
	if got := query(t, again.AdminURL, "select sum(n) from kept"); got != "42" {
		t.Errorf("kept = %q, want 42", got)
	}
}

// Nobody gets in without the password, which only its owner can read, and the
// server is not root.
func TestGuarded(t *testing.T) {
	t.Parallel()
	c := start(t, clusterDir(t), true)
	u, err := url.Parse(c.AdminURL)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.password) < 26 {
		t.Errorf("the password has %d characters", len(c.password))
	}
	for name, user := range map[string]*url.Userinfo{
		"wrong password": url.UserPassword(Admin, "wrong"),
		"no password":    url.User(Admin),
	} {
		u.User = user
		out, err := psql(u.String(), "select 1").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "password") {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
	info, err := os.Stat(filepath.Join(c.data(), passwordFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("password file: %v, %v", info.Mode(), err)
	}
	proc, err := os.Stat("/proc/" + strconv.Itoa(c.server.pid))
	if err != nil || proc.Sys().(*syscall.Stat_t).Uid == 0 {
		t.Errorf("the server's process: %+v, %v", proc, err)
	}
	out, err := os.ReadFile("/proc/" + strconv.Itoa(c.server.pid) + "/environ")
	if err != nil || strings.Contains(string(out), c.password) || strings.Contains(string(out), "HOME=") {
		t.Errorf("the server's environment: %q, %v", out, err)
	}
}

// Fast is for tests: it gives durability up, and a start without it takes it
// back.
func TestFast(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	for _, fast := range []bool{true, false} {
		c := start(t, dir, fast)
		want := map[bool]string{true: "off", false: "on"}[fast]
		for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
			if got := query(t, c.AdminURL, "show "+setting); got != want {
				t.Errorf("fast %v: %s = %s", fast, setting, got)
			}
		}
		stop(t, c)
	}
}

// How much it keeps in memory is said at each start, and not remembered.
func TestBuffers(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	for _, tc := range []struct{ asked, want string }{{"256MB", "256MB"}, {"", "128MB"}} {
		c := startWith(t, Options{Dir: dir, Fast: true, Buffers: tc.asked})
		if got := query(t, c.AdminURL, "show shared_buffers"); got != tc.want {
			t.Errorf("asked for %q: %s, want %s", tc.asked, got, tc.want)
		}
		stop(t, c)
	}
}

func TestEnsureDatabase(t *testing.T) {
	t.Parallel()
	c := start(t, clusterDir(t), true)
	errs := make(chan error)
	for range 4 { // at once, and again
		go func() {
			errs <- errors.Join(c.EnsureDatabase(t.Context(), "hetu"), c.EnsureDatabase(t.Context(), "hetu"))
		}()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	got := query(t, c.URL("hetu"), "select current_database() || ' ' || getdatabaseencoding()")
	if got != "hetu UTF8" {
		t.Errorf("database = %q", got)
	}
	for _, name := range []string{"", "Hetu", "1hetu", `he"tu`, "he'tu", "河图", strings.Repeat("a", 64)} {
		if err := c.EnsureDatabase(t.Context(), name); err == nil {
			t.Errorf("EnsureDatabase(%q) made one", name)
		}
	}
}

// A dropped database is gone with all that was connected to it; one that is
// not there is dropped as well.
func TestDropDatabase(t *testing.T) {
	t.Parallel()
	c := start(t, clusterDir(t), true)
	if err := c.EnsureDatabase(t.Context(), "hetu"); err != nil {
		t.Fatal(err)
	}
	exec1(t, c.URL("hetu"), "create table kept (n int)")
	busy := psql(c.URL("hetu"), "select pg_sleep(600)")
	if err := busy.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool {
		return query(t, c.AdminURL, "select count(*) from pg_stat_activity where query = 'select pg_sleep(600)'") == "1"
	})
	for range 2 {
		if err := c.DropDatabase(t.Context(), "hetu"); err != nil {
			t.Fatal(err)
		}
	}
	if err := busy.Wait(); err == nil {
		t.Error("somebody is still connected")
	}
	if err := c.EnsureDatabase(t.Context(), "hetu"); err != nil {
		t.Fatal(err)
	}
	if got := query(t, c.URL("hetu"), "select count(*) from pg_tables where schemaname = 'public'"); got != "0" {
		t.Errorf("%s tables are still there", got)
	}
	if err := c.DropDatabase(t.Context(), `he"tu`); err == nil {
		t.Error("a name that is none was taken")
	}
}

// The port is kept; when somebody else has it, another is chosen and kept.
func TestPortTaken(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	c := start(t, dir, true)
	old := c.Port
	stop(t, c)
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(old)))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c = start(t, dir, true)
	if c.Port == old {
		t.Fatalf("port %d is used twice", old)
	}
	if got := query(t, c.AdminURL, "show port"); got != strconv.Itoa(c.Port) {
		t.Errorf("the server is at %s, the cluster says %d", got, c.Port)
	}
	b, err := os.ReadFile(c.portFile())
	if err != nil || strings.TrimSpace(string(b)) != strconv.Itoa(c.Port) {
		t.Errorf("port file = %q, %v, want %d", b, err, c.Port)
	}
}

// Two at once would write over each other.
func TestInUse(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	c := start(t, dir, true)
	if _, err := Start(t.Context(), Options{Dir: dir}); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("second Start = %v, want ErrInUse and the directory", err)
	}
	if got := query(t, c.AdminURL, "select 1"); got != "1" {
		t.Error("the second Start disturbed the first")
	}
	stop(t, c)
	stop(t, c) // twice does nothing
	start(t, dir, true)
}

func TestStopEndsConnections(t *testing.T) {
	t.Parallel()
	c := start(t, clusterDir(t), true)
	busy := psql(c.AdminURL, "select pg_sleep(600)")
	if err := busy.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool {
		return query(t, c.AdminURL, "select count(*) from pg_stat_activity where query = 'select pg_sleep(600)'") == "1"
	})
	stop(t, c)
	if err := busy.Wait(); err == nil {
		t.Error("the statement ran to its end")
	}
}

// A context that has ended stops the server all the same, the hard way.
func TestStopWithoutPatience(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	c := start(t, dir, false)
	exec1(t, c.AdminURL, "create table kept as select 7 as n")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Stop(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	<-c.Done()
	waitFor(t, func() bool { return len(holders(c.data())) == 0 })
	if got := query(t, start(t, dir, false).AdminURL, "select n from kept"); got != "7" {
		t.Errorf("kept = %q", got)
	}
}

// clusterDir is a directory the server's user can enter, as t.TempDir is not
// when root runs the tests.
func clusterDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "hetu-embedded-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func start(t *testing.T, dir string, fast bool) *Cluster {
	t.Helper()
	return startWith(t, Options{Dir: dir, Fast: fast})
}

func startWith(t *testing.T, o Options) *Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, c) })
	return c
}

func stop(t *testing.T, c *Cluster) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := c.Stop(ctx); err != nil {
		t.Error(err)
	}
}

// waitFor ends the test if yes stays false for 20 s.
func waitFor(t *testing.T, yes func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := await(ctx, yes); err != nil {
		t.Fatal("this never came true")
	}
}

// psql goes through the URL, as every client of the cluster does.
func psql(url string, statements ...string) *exec.Cmd {
	bin, err := find(0)
	if err != nil {
		panic(err) // the clusters of these tests have found it
	}
	args := []string{"-XqAtw", "-v", "ON_ERROR_STOP=1", url}
	for _, s := range statements {
		args = append(args, "-c", s)
	}
	return exec.Command(bin.path("psql"), args...)
}

func query(t *testing.T, url, statement string) string {
	t.Helper()
	out, err := psql(url, statement).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", statement, err, out)
	}
	return strings.TrimSpace(string(out))
}

func exec1(t *testing.T, url string, statements ...string) {
	t.Helper()
	if out, err := psql(url, statements...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", slices.Concat(statements), err, out)
	}
}
