package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestMission holds docs/mission.md to its word: the screens it names are
// routes of the web app, and each test it names speaks of the row it stands for.
func TestMission(t *testing.T) {
	t.Parallel()
	page := contents(t, "docs/mission.md")
	router := contents(t, "web/src/app/router.tsx")
	quoted := regexp.MustCompile("`([^`]+)`")
	var rows []string
	for line := range strings.Lines(page) {
		cells := strings.Split(line, "|")
		if len(cells) < 6 || !regexp.MustCompile(`^ [RWI]\d{2,3} $`).MatchString(cells[1]) {
			continue
		}
		row := strings.TrimSpace(cells[1])
		rows = append(rows, row)
		for _, m := range quoted.FindAllStringSubmatch(cells[3], -1) {
			if !strings.Contains(router, "'"+m[1]+"'") {
				t.Errorf("%s: there is no screen %s", row, m[1])
			}
		}
		for _, m := range quoted.FindAllStringSubmatch(cells[4], -1) {
			if !strings.Contains(contents(t, m[1]), row) {
				t.Errorf("%s: %s does not speak of it", row, m[1])
			}
		}
	}
	if len(rows) < 30 {
		t.Fatalf("%d rows: the page is not read any more", len(rows))
	}
	if sorted := slices.Compact(slices.Sorted(slices.Values(rows))); len(sorted) != len(rows) {
		t.Error("a row stands there twice")
	}
}

func contents(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
