package app_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// abuses are the families of abuse cases, and how many there are of each.
var abuses = []struct {
	family string
	n      int
}{{"TI", 14}, {"AN", 11}, {"AZ", 8}, {"UP", 8}, {"IN", 8}, {"WF", 10}, {"NU", 4}, {"AR", 4}, {"AU", 5}, {"AS", 5}, {"DO", 6}, {"OP", 6}}

var (
	isAbuse = regexp.MustCompile(`^[A-Z]{2}-\d{2}$`)
	quotes  = regexp.MustCompile("`([^`]+)`")
)

// TestSecurity holds docs/security.md to its word: every number stands there
// once, what it names exists, and a test that is said to show an abuse case
// speaks of it.
func TestSecurity(t *testing.T) {
	t.Parallel()
	section, found := "", map[string][]string{}
	for line := range strings.Lines(contents(t, "docs/security.md")) {
		if s, ok := strings.CutPrefix(line, "## "); ok {
			section = strings.TrimSpace(s)
		}
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) < 4 || strings.HasPrefix(cells[1], "---") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		id := cells[1]
		if _, err := strconv.Atoi(id); err != nil && !isAbuse.MatchString(id) && !regexp.MustCompile(`^L\d+$`).MatchString(id) {
			continue // the head of a table
		}
		found[section] = append(found[section], id)
		for _, c := range cells[1 : len(cells)-1] {
			if c == "" {
				t.Errorf("%s %s has an empty cell", section, id)
			}
		}
		cites := quotes.FindAllStringSubmatch(line, -1)
		tests := 0
		for _, m := range cites {
			if cite(t, id, m[1]) {
				tests++
			}
		}
		if isAbuse.MatchString(id) {
			state := cells[3]
			if state != "已测" && state != "部分" && state != "不适用" || state != "不适用" && tests == 0 || state == "部分" && !strings.Contains(cells[4], "（") {
				t.Errorf("%s is %q with %d tests: %s", id, state, tests, cells[4])
			}
			continue
		}
		if section != "数据库检查" && len(cites) == 0 {
			t.Errorf("%s %s gives no evidence", section, id)
		}
	}
	numbers := func(prefix string, n int) (all []string) {
		for i := range n {
			all = append(all, prefix+strconv.Itoa(i+1))
		}
		return all
	}
	var ids []string
	for _, a := range abuses {
		for i := range a.n {
			ids = append(ids, fmt.Sprintf("%s-%02d", a.family, i+1))
		}
	}
	for section, want := range map[string][]string{
		"等级保护第三级：56 项": numbers("", 56), "攻击用例": ids, "数据库检查": numbers("L", 13), "默认设置": numbers("", 24)} {
		if !slices.Equal(found[section], want) {
			t.Errorf("%s: there stand %v, want %v", section, found[section], want)
		}
	}
	lint := contents(t, "app/schema_test.go")
	for _, id := range numbers("L", 13) {
		if !strings.Contains(lint, `"`+id+" ") {
			t.Errorf("nothing in the lint pack is called %s", id)
		}
	}
}

// cite checks one thing that the page names for an id, and reports whether it
// is a test. One that is named for an abuse case has to speak of it.
func cite(t *testing.T, id, what string) (test bool) {
	t.Helper()
	file, name, isFunc := strings.Cut(what, ":")
	switch {
	case isFunc && strings.HasSuffix(file, "_test.go"):
		text := function(t, file, name)
		if text == "" {
			t.Errorf("%s: there is no %s in %s", id, name, file)
		}
		spoken := strings.Contains(text, id) || strings.Contains(name, strings.ReplaceAll(id, "-", ""))
		if isAbuse.MatchString(id) && !spoken {
			t.Errorf("%s: %s does not speak of it", id, what)
		}
		return true
	case strings.HasSuffix(what, ".journey.ts"):
		if !strings.Contains(contents(t, what), id) {
			t.Errorf("%s: %s does not speak of it", id, what)
		}
		return true
	case strings.HasPrefix(what, "/"):
		if !strings.Contains(contents(t, "web/src/app/router.tsx"), "'"+what+"'") {
			t.Errorf("%s: there is no page %s", id, what)
		}
	case strings.HasPrefix(what, "make "):
		if !strings.Contains(contents(t, "Makefile"), "\n"+strings.TrimPrefix(what, "make ")+":") {
			t.Errorf("%s: there is no %s", id, what)
		}
	case strings.HasPrefix(what, "hetu "):
		if main := contents(t, "cmd/hetu/main.go"); !strings.Contains(strings.ToLower(main), strings.Fields(what)[1]) {
			t.Errorf("%s: there is no %s", id, what)
		}
	case strings.ContainsAny(what, "/.") || what == "rbac" || what == "relocation":
		if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(what))); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	return false
}

var parsed = map[string]map[string]string{}

// function returns the text of a function of a file, with its comment; nothing
// if there is none.
func function(t *testing.T, file, name string) string {
	t.Helper()
	if parsed[file] == nil {
		text := contents(t, file)
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, file, text, parser.ParseComments)
		must(t, err)
		parsed[file] = map[string]string{}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			from := fn.Pos()
			if fn.Doc != nil {
				from = fn.Doc.Pos()
			}
			parsed[file][fn.Name.Name] += text[fset.Position(from).Offset:fset.Position(fn.End()).Offset]
		}
	}
	return parsed[file][name]
}
