package app_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// composed are the actions that are put together or handed on before they are
// written: every value the expression has.
var composed = map[string][]string{
	`"assess.adjustment_" + state`:    {"assess.adjustment_confirmed", "assess.adjustment_rejected", "assess.adjustment_withdrawn"},
	`"access." + state`:               {"access.applied", "access.returned", "access.withdrawn"},
	`e.recorded`:                      {"access.looked", "audit.looked"},
	`"exchange.push_" + state`:        {"exchange.push_failed", "exchange.push_done"},
	`"publish." + c.Outcome`:          {"publish.returned", "publish.withdrawn"},
	`"publish.application_" + state`:  {"publish.application_refused", "publish.application_withdrawn", "publish.application_consented"},
	`"publish.column_" + to`:          {"publish.column_active", "publish.column_disabled"},
	`"publish.finding_" + to`:         {"publish.finding_accepted", "publish.finding_objected", "publish.finding_corrected", "publish.finding_upheld", "publish.finding_dropped", "publish.finding_confirmed"},
	`"publish.inspection_" + state`:   {"publish.inspection_closed", "publish.inspection_cancelled"},
	`"publish.takedown_" + state`:     {"publish.takedown_refused", "publish.takedown_cancelled"},
	`"wordcheck." + action`:           {"wordcheck.seeded", "wordcheck.imported", "wordcheck.word_added", "wordcheck.word_changed", "wordcheck.word_removed", "wordcheck.phrase_added", "wordcheck.phrase_removed"},
	`"wordcheck.finding_" + in.State`: {"wordcheck.finding_open", "wordcheck.finding_ignored"},
	`name + ".exported"`:              nil, // of every feature with a list that can be exported: see below
	`d.realm.acts + what`:             {"factor.totp_set", "factor.totp_removed", "factor.passkey_added", "factor.passkey_removed", "factor.recovery_renewed", "factor.recovery_used"},
	`Published`:                       {"publish.published"},
	`sealed`:                          {"audit.sealed"},
	`noting`:                          {"audit.noted"},
	`how`:                             {"org.signed_in", "org.password_changed", "org.session_renewed"},
	`r.audit`:                         {"approval.approved", "approval.returned", "approval.withdrawn", "approval.urged", "approval.voided"},
	`"outward." + state`:              {"outward.sent", "outward.failed", "outward.dropped"},
	`"staff.office_" + state`:         {"staff.office_approved", "staff.office_refused"},
	`"staff.request_" + state`:        {"staff.request_done", "staff.request_returned", "staff.request_withdrawn"},
	`rules[pass][Open].audit`:         {"approval.passed_on"},
	`rules[start][""].audit`:          {"approval.started"},
}

// TestAuditWords compares every action that the code writes into a tenant's audit
// with the words of both languages: the audit page and its workbook show words.
func TestAuditWords(t *testing.T) {
	t.Parallel()
	words := map[string]map[string]string{}
	for _, locale := range []string{"zh-CN", "en"} {
		flat := map[string]string{}
		if err := json.Unmarshal([]byte(contents(t, "web/src/i18n/"+locale+".json")), &flat); err != nil {
			t.Fatal(err)
		}
		words[locale] = flat
	}
	written := actionsOf(t)
	if len(written) < 120 {
		t.Fatalf("%d actions: the code is not read any more", len(written))
	}
	for _, action := range written {
		for locale, flat := range words {
			if flat["audit.action."+action] == "" {
				t.Errorf("%s: no word for %s", locale, action)
			}
		}
	}
}

// actionsOf reads the actions out of the code and the migrations. The console
// keeps an audit of its own, and words of its own for it.
func actionsOf(t *testing.T) (all []string) {
	t.Helper()
	sql := regexp.MustCompile(`(?:exchange_note|exchange_log|consent_log)\((?:called|''), '([^']+)'`)
	exported := regexp.MustCompile(`"/([a-z]+)/[^"]*", [^\n]*\.Sheet\(`)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{"web", "console", "demo", "bench", "torture", ".git", "node_modules"}, d.Name()):
			return fs.SkipDir
		case strings.HasSuffix(path, "_test.go"):
		case strings.HasSuffix(path, ".sql"):
			for _, m := range sql.FindAllStringSubmatch(contents(t, strings.TrimPrefix(path, "../")), -1) {
				if m[1] == "exchange." { // what the units are told of a solicitation
					all = append(all, "exchange.asked", "exchange.urged", "exchange.reminded", "exchange.withdrawn")
					continue
				}
				all = append(all, m[1])
			}
		case strings.HasSuffix(path, ".go"):
			for _, m := range exported.FindAllStringSubmatch(contents(t, strings.TrimPrefix(path, "../")), -1) {
				all = append(all, m[1]+".exported")
			}
			all = append(all, actionsIn(t, path)...)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func actionsIn(t *testing.T, path string) (all []string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 3 {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || sel.Sel.Name != "Audit" {
			return true
		}
		if lit, ok := call.Args[0].(*ast.BasicLit); ok {
			action, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, action)
			return true
		}
		var text strings.Builder
		if err := printer.Fprint(&text, set, call.Args[0]); err != nil {
			t.Fatal(err)
		}
		values, known := composed[text.String()]
		if !known {
			t.Errorf("%s: what actions is %s?", path, text.String())
		}
		all = append(all, values...)
		return true
	})
	return all
}
