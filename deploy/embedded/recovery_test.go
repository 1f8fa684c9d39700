package embedded

import (
	"bufio"
	"context"
	"fmt"
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

// helperDir makes the test program itself into the hetu that gets killed.
const helperDir = "HETU_EMBEDDED_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperDir); dir != "" {
		c, err := Start(context.Background(), Options{Dir: dir})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(c.server.pid, c.AdminURL)
		select {} // until it is killed
	}
	os.Exit(m.Run())
}

// kill -9 of hetu: its server does not run on for ever, and the next start has
// what was committed and not what was not.
func TestHetuKilled(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	helper := exec.Command(os.Args[0])
	helper.Env = append(os.Environ(), helperDir+"="+dir)
	helper.Stderr = os.Stderr
	out, err := helper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the helper said %q: %v", line, err)
	}
	_, url, _ := strings.Cut(strings.TrimSpace(line), " ")
	exec1(t, url, "create table kept as select 1 as n", "insert into kept values (2)")
	open := psql(url, "begin", "insert into kept values (100)", "select pg_sleep(600)")
	if err := open.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool {
		return query(t, url, "select count(*) from pg_stat_activity where query = 'select pg_sleep(600)'") == "1"
	})

	if err := helper.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = helper.Wait() // killed: an error by nature
	data := filepath.Join(dir, "data")
	waitFor(t, func() bool { return len(holders(data)) == 0 }) // it ends with hetu
	_ = open.Wait()                                            // its server has gone

	c := start(t, dir, false)
	if got := query(t, c.AdminURL, "select sum(n) from kept"); got != "3" {
		t.Errorf("kept = %q, want the 3 that was committed", got)
	}
}

// The server itself is killed: Done tells, and the next start recovers.
func TestServerKilled(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	c := start(t, dir, false)
	exec1(t, c.AdminURL, "create table kept as select generate_series(1, 1000) as n")
	if err := syscall.Kill(c.server.pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("Done is not closed")
	}
	stop(t, c)
	again := start(t, dir, false)
	if got := query(t, again.AdminURL, "select count(*) from kept"); got != "1000" {
		t.Errorf("kept = %q", got)
	}
	if !strings.Contains(read(t, filepath.Join(dir, "postgres.log")), "automatic recovery in progress") {
		t.Error("this was no recovery: the test proves nothing")
	}
}

// A server that still runs for a hetu that has gone is stopped before the new
// one starts, whatever it is doing.
func TestServerLeftBehind(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	c := start(t, dir, false)
	exec1(t, c.AdminURL, "create table kept as select 5 as n")
	old := c.server
	if err := release(c.lock); err != nil { // what the kernel does when a process ends
		t.Fatal(err)
	}
	again := start(t, dir, false)
	if !old.ended() || again.server.pid == old.pid {
		t.Error("the old server still runs")
	}
	if got := query(t, again.AdminURL, "select n from kept"); got != "5" {
		t.Errorf("kept = %q", got)
	}
}

// After a crash of the machine the number in the pid file may be any program's,
// even one of the same user, beside which PostgreSQL alone would not start.
func TestStalePidFile(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	c := start(t, dir, true)
	stop(t, c)
	bystander := exec.Command("tail", "-f", "/dev/null")
	bystander.SysProcAttr = c.account.attributes()
	bystander.Dir = c.data()
	if err := bystander.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = bystander.Process.Kill() // at the test's end in any case
		_ = bystander.Wait()
	}()
	stale := fmt.Sprintf("%d\n%s\n1700000000\n%d\n\n127.0.0.1\n\nready\n", bystander.Process.Pid, c.data(), c.Port)
	name := filepath.Join(c.data(), "postmaster.pid")
	if err := os.WriteFile(name, []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.account.own(name); err != nil {
		t.Fatal(err)
	}
	again := start(t, dir, true)
	if got := query(t, again.AdminURL, "select 1"); got != "1" {
		t.Error("no answer")
	}
	if err := syscall.Kill(bystander.Process.Pid, 0); err != nil {
		t.Errorf("the bystander was harmed: %v", err)
	}
}

// Killed while it made the cluster: the half is thrown away.
func TestInitInterrupted(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	half := filepath.Join(dir, "data.new", "base")
	if err := os.MkdirAll(half, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Join(half, "1"), filepath.Join(dir, "password.new")} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := start(t, dir, true)
	if got := query(t, c.AdminURL, "select 1"); got != "1" {
		t.Error("no answer")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".new") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

// What cannot start says why, and leaves the directory free.
func TestStartFails(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	c := start(t, dir, true)
	stop(t, c)
	control := filepath.Join(c.data(), "global", "pg_control")
	good := read(t, control)
	if err := os.Remove(control); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := Start(t.Context(), Options{Dir: dir, Fast: true})
		if err == nil || !strings.Contains(err.Error(), "pg_control") {
			t.Fatalf("Start = %v, want what the server said", err)
		}
	}
	if err := os.WriteFile(control, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.account.own(control); err != nil {
		t.Fatal(err)
	}
	start(t, dir, true)
}

func TestLogIsPutAside(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(name, make([]byte, maxLog+1), 0o600); err != nil {
		t.Fatal(err)
	}
	f, at, err := openLog(name)
	if err != nil || at != 0 {
		t.Fatalf("openLog at %d, %v", at, err)
	}
	defer f.Close()
	if got := len(read(t, name+".1")); got != maxLog+1 {
		t.Errorf("put aside %d bytes", got)
	}
}

func TestPlaces(t *testing.T) {
	if got := places("/opt/pg", "/nowhere/*"); !slices.Equal(got, []string{"/opt/pg"}) {
		t.Errorf("chosen: %v", got)
	}
	root := t.TempDir()
	for _, major := range []int{9, 15, 17} {
		if err := os.MkdirAll(filepath.Join(root, strconv.Itoa(major), "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", "")
	want := []string{root + "/17/bin", root + "/15/bin", root + "/9/bin"}
	if got := places("", root+"/*/bin"); !slices.Equal(got, want) {
		t.Errorf("installed: %v, want %v", got, want)
	}
	inPath := filepath.Join(root, "path")
	program(t, inPath, "initdb", "")
	t.Setenv("PATH", inPath)
	if got := places("", root+"/*/bin"); !slices.Equal(got, append([]string{inPath}, want...)) {
		t.Errorf("in PATH: %v", got)
	}
}

// A machine without PostgreSQL is told what to install; one with another
// version than the data's, which.
func TestFind(t *testing.T) {
	tests := map[string]struct {
		version  string // of the binaries; none if empty
		major    int
		want     int
		contains string
	}{
		"no binaries":      {"", 0, 0, "HETU_PG_BIN"},
		"too old":          {"postgres (PostgreSQL) 14.9", 0, 0, "apt-get install postgresql"},
		"new enough":       {"postgres (PostgreSQL) 15.18 (Debian)", 0, 15, ""},
		"not yet released": {"postgres (PostgreSQL) 19devel", 0, 19, ""},
		"of the data":      {"postgres (PostgreSQL) 16.1", 16, 16, ""},
		"not of the data":  {"postgres (PostgreSQL) 17.1", 15, 0, "postgresql-15"},
		"something else":   {"mysqld 8.0", 0, 0, "version"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("HETU_PG_BIN", dir)
			if tt.version != "" {
				program(t, dir, "initdb", "")
				program(t, dir, "psql", "")
				program(t, dir, "postgres", tt.version)
			}
			b, err := find(tt.major)
			if b.major != tt.want || (err == nil) != (tt.contains == "") {
				t.Fatalf("find(%d) = %+v, %v, want %d", tt.major, b, err, tt.want)
			}
			if err != nil && !strings.Contains(err.Error(), tt.contains) {
				t.Errorf("find(%d) = %v, want it to name %s", tt.major, err, tt.contains)
			}
		})
	}
}

// A closed directory above the data is named, before anything is made.
func TestReach(t *testing.T) {
	t.Parallel()
	closed := filepath.Join(clusterDir(t), "closed")
	inside := filepath.Join(closed, "data", "postgres")
	if err := os.MkdirAll(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	stranger := account{name: "somebody", uid: uint32(os.Geteuid() + 1), gid: uint32(os.Getegid() + 1), other: true}
	if err := os.Chmod(filepath.Dir(closed), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := stranger.reach(inside); err == nil || !strings.Contains(err.Error(), closed+" ") {
		t.Errorf("reach = %v, want it to name %s", err, closed)
	}
	if err := (account{}).reach(inside); err != nil {
		t.Errorf("as oneself: %v", err)
	}
	if err := os.Chmod(closed, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := stranger.reach(inside); err != nil {
		t.Errorf("opened: %v", err)
	}
	if err := Reachable(filepath.Join(filepath.Dir(closed), "not", "yet")); err != nil {
		t.Errorf("Reachable = %v", err)
	}
}

// program writes an executable that prints one line.
func program(t *testing.T, dir, name, line string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\necho '" + line + "'\n"
	if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
