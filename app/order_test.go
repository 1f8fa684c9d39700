package app_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"hetu/app"
)

// TestTestDatabaseHasTheLinesOfTheSystem holds that the tests' database is
// migrated by the same lines, in the same order, as an installation.
func TestTestDatabaseHasTheLinesOfTheSystem(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("../migrate/testdb/main.go")
	must(t, err)
	m := regexp.MustCompile(`(?s)var order = \[\]string\{(.*?)\}`).FindSubmatch(src)
	if m == nil {
		t.Fatal("the order was not found")
	}
	var have []string
	for _, q := range regexp.MustCompile(`"([^"]+)"`).FindAllSubmatch(m[1], -1) {
		name := string(q[1])
		have = append(have, name[strings.LastIndex(name, "/")+1:])
	}
	var want []string
	for _, l := range app.Lines() {
		want = append(want, l.Name)
	}
	if strings.Join(have, " ") != strings.Join(want, " ") {
		t.Errorf("testdb migrates %v, the system %v", have, want)
	}
}
