package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// statements are the methods that send a statement, and which argument it is.
var statements = map[string]int{"Get": 2, "Select": 2, "Each": 2, "Exec": 1}

// TestStatementsAreOurs reads every statement of the product that is sent to
// the database: nearly all are constants, and the others are put together from
// parts of the program, never by printing values into them and never from a
// field of what somebody sent (IN-01). What names tables as the catalogue knows
// them - moving a tenant, finding objects nobody names - quotes them.
func TestStatementsAreOurs(t *testing.T) {
	t.Parallel()
	sent, constant := 0, 0
	fset := token.NewFileSet()
	sources(t, func(name, text string) {
		for _, other := range []string{"bench/", "demo/", "migrate/", "torture/", "deploy/", "relocation/", "tenant/tenanttest/", "attachment/orphans.go"} {
			if strings.HasPrefix(name, other) {
				return
			}
		}
		f, err := parser.ParseFile(fset, name, text, 0)
		must(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			fn, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			of, ok := fn.X.(*ast.Ident)
			at := statements[fn.Sel.Name]
			if !ok || of.Name != "tx" || at == 0 || len(call.Args) <= at {
				return true
			}
			sent++
			if _, ok := call.Args[at].(*ast.BasicLit); ok {
				constant++
			}
			for _, foul := range fouls(call.Args[at]) {
				t.Errorf("%s: the statement holds %s", fset.Position(call.Pos()), foul)
			}
			return true
		})
	}, ".go")
	if sent < 1000 || constant < sent*2/3 {
		t.Errorf("%d statements, %d of them constant: the source is not read any more", sent, constant)
	}
}

// fouls are the parts of a statement that are not the program's own: what is
// printed into it, and exported fields, which are what inputs have, that are
// not handed to something that makes a parameter of them.
func fouls(e ast.Expr) (found []string) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			fn, ok := n.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			switch of, _ := fn.X.(*ast.Ident); {
			case of != nil && of.Name == "fmt":
				found = append(found, "fmt."+fn.Sel.Name)
			case of != nil && of.Name == "strings":
				for _, a := range n.Args {
					found = append(found, fouls(a)...)
				}
			}
			return false // what a method is given becomes a parameter
		case *ast.SelectorExpr:
			if of, ok := n.X.(*ast.Ident); ok && n.Sel.IsExported() && !named[of.Name] {
				found = append(found, of.Name+"."+n.Sel.Name)
			}
		}
		return true
	})
	return found
}

// named are packages and lists of the program whose exported names are constant.
var named = map[string]bool{"publish": true, "rbac": true, "org": true, "feature": true, "tenant": true, "approval": true}
