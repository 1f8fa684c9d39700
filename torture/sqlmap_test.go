package torture

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// How far sqlmap goes. Level 2 and risk 2 are its payloads for every kind of
// parameter without those that may change every row of a table.
var thorough = []string{"--batch", "--disable-coloring", "--flush-session", "--dbms=PostgreSQL", "--technique=BEUST", "--time-sec=3",
	"--level=2", "--risk=2", "--threads=1", "--timeout=20", "--retries=1", "--skip-waf", "--ignore-code=*"}

// foreign is where a tool is that we do not bring along.
func foreign(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: scripts/attackers installs it", name)
	}
	return path
}

// TestSqlmap lets sqlmap loose on one place of each class of all the requests
// there are, and on every place where any text may stand. It must find the
// leaks, each by the technique it is open to, and nothing else (IN-01).
func TestSqlmap(t *testing.T) {
	if !whole {
		return // TestInjection does, without a foreign tool
	}
	program := foreign(t, "sqlmap")
	s, at := stage(t, true)
	s.survey(t, s.places)
	began := time.Now()
	for path, technique := range wholes {
		found := sqlmap(t, program, []string{at + path})
		if len(found) != 1 || !strings.Contains(found[0], technique) {
			t.Errorf("%s is open to %s, and was found: %v", path, technique, found)
		}
		t.Logf("control: %v", found)
	}
	shares := make([][]string, 2)
	for i, p := range s.places {
		shares[i%2] = append(shares[i%2], at+s.address(i)+url.QueryEscape(p.good))
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var suspects []string
	for _, share := range shares {
		wg.Go(func() {
			found := sqlmap(t, program, share)
			mu.Lock()
			defer mu.Unlock()
			suspects = append(suspects, found...)
		})
	}
	wg.Wait()
	confirmed := 0
	for _, line := range suspects { // a busy machine may have been slow at the wrong moment
		target, _, _ := strings.Cut(line, " ")
		if again := sqlmap(t, program, []string{target}); len(again) > 0 {
			confirmed++
			t.Errorf("sqlmap found %v at %s", again, s.name(target))
		}
	}
	s.judge(t)
	t.Logf("sqlmap: %d places in %v, %d suspected, %d confirmed; %s", len(s.places), time.Since(began).Round(time.Second), len(suspects), confirmed, s.figures())
}

// name is what stands at an address of the stand.
func (s *stand) name(address string) string {
	var i int
	if u, err := url.Parse(address); err == nil {
		if n, _ := fmt.Sscanf(u.Path, "/place/%d/", &i); n == 1 && i < len(s.places) {
			return s.places[i].String()
		}
	}
	return address
}

// sqlmap returns the addresses that it found open, each with how.
func sqlmap(t *testing.T, program string, targets []string) (found []string) {
	dir, err := os.MkdirTemp(ground.dir, "sqlmap-")
	if err != nil {
		t.Error(err)
		return nil
	}
	list, results := filepath.Join(dir, "targets"), filepath.Join(dir, "results.csv")
	if err := os.WriteFile(list, []byte(strings.Join(targets, "\n")+"\n"), 0o600); err != nil {
		t.Error(err)
		return nil
	}
	cmd := exec.Command(program, append([]string{"-m", list, "--results-file=" + results, "--output-dir=" + filepath.Join(dir, "out")}, thorough...)...)
	said := speak(t, cmd, filepath.Join(dir, "said"))
	if n := strings.Count(said, "testing URL"); n < len(targets) {
		t.Errorf("sqlmap tried %d of %d addresses: %s", n, len(targets), tail(said))
	}
	b, err := os.ReadFile(results)
	if err != nil {
		t.Errorf("sqlmap wrote no results: %v: %s", err, tail(said))
		return nil
	}
	rows := csv.NewReader(bytes.NewReader(b))
	rows.FieldsPerRecord = -1
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Error(err)
			return found
		}
		if len(row) > 4 && row[3] != "" && row[0] != "Target URL" && !strings.Contains(row[4], "false positive") { // address, place, parameter, techniques, notes
			found = append(found, row[0]+" "+row[3])
		}
	}
}

// speak runs a tool to its end and returns what it said, which can be read in a
// file meanwhile.
func speak(t *testing.T, cmd *exec.Cmd, file string) string {
	f, err := os.Create(file)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer func() { _ = f.Close() }()
	cmd.Stdout, cmd.Stderr, cmd.Stdin = f, f, strings.NewReader("")
	err = cmd.Run()
	said, _ := os.ReadFile(file) // it is for whoever looks why
	if err != nil {
		t.Errorf("%s: %v: %s", cmd.Path, err, tail(string(said)))
	}
	return string(said)
}

func tail(s string) string { return s[max(0, len(s)-3000):] }
