package embedded

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// MinMajor is the oldest PostgreSQL that Hetu runs on.
const MinMajor = 15

// ErrNotInstalled says that the machine has no PostgreSQL to run.
var ErrNotInstalled = fmt.Errorf(
	"embedded: no PostgreSQL %d or later in HETU_PG_BIN, PATH or /usr/lib/postgresql: install it with `apt-get install postgresql`",
	MinMajor)

// installed is where Debian keeps the binaries of each major version.
const installed = "/usr/lib/postgresql/*/bin"

// binaries are the programs of one installed PostgreSQL.
type binaries struct {
	dir   string
	major int
}

func (b binaries) path(program string) string { return filepath.Join(b.dir, program) }

// find returns the binaries to use: of the given major version, which made the
// data, or of any that is new enough if major is 0. HETU_PG_BIN, where set, is
// the only place looked at.
func find(major int) (binaries, error) {
	var others []int
	for _, dir := range places(os.Getenv("HETU_PG_BIN"), installed) {
		b, err := probe(dir)
		if err != nil {
			if dir == os.Getenv("HETU_PG_BIN") {
				return binaries{}, fmt.Errorf("embedded: HETU_PG_BIN: %w", err)
			}
			continue
		}
		if b.major == major || major == 0 && b.major >= MinMajor {
			return b, nil
		}
		others = append(others, b.major)
	}
	if major != 0 {
		return binaries{}, fmt.Errorf(
			"embedded: the data was made by PostgreSQL %d and the binaries found are of %v: install postgresql-%d or set HETU_PG_BIN",
			major, others, major)
	}
	return binaries{}, ErrNotInstalled
}

// places lists the directories to look at, the newest installed version first.
func places(chosen, installed string) []string {
	if chosen != "" {
		return []string{chosen}
	}
	var dirs []string
	if initdb, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(initdb))
	}
	found, err := filepath.Glob(installed)
	if err != nil {
		return dirs // the pattern is a constant
	}
	slices.SortFunc(found, func(a, b string) int { return number(b) - number(a) })
	return append(dirs, found...)
}

// number reads 15 out of /usr/lib/postgresql/15/bin.
func number(dir string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	if err != nil {
		return 0
	}
	return n
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// probe looks whether dir holds all we need, and of which version.
func probe(dir string) (binaries, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return binaries{}, err
	}
	b := binaries{dir: dir}
	for _, program := range []string{"initdb", "postgres", "psql"} {
		if _, err := exec.LookPath(b.path(program)); err != nil {
			return b, err
		}
	}
	out, err := exec.Command(b.path("postgres"), "--version").Output()
	if err != nil {
		return b, err
	}
	m := versionLine.FindSubmatch(out)
	if m == nil {
		return b, errors.New(b.path("postgres") + " does not say its version")
	}
	b.major, err = strconv.Atoi(string(m[1]))
	return b, err
}
