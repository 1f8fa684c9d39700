// Command testdb makes a fresh database for tests: it drops the one it is
// named, creates it and migrates it from the files in the tree, so that it
// works while a feature does not compile.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"

	"github.com/lib/pq"

	"hetu/migrate"
)

// order is that of app.Features; a test of app compares the two.
var order = []string{"rbac", "org", "org/factor", "org/token", "org/identity", "org/identity/wecom", "calendar", "message", "audit", "wordcheck", "approval", "org/access", "attachment", "progress", "exchange",
	"office/publish", "message/outward", "org/staff", "office/trial", "portal", "assess", "assess/target", "assess/review", "assess/verdict", "assess/attend",
	"console/plan", "console/template", "console/glass", "console/onboard", "console", "relocation"}

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "testdb:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	admin := os.Getenv("HETU_TEST_ADMIN_URL")
	if len(args) != 1 || admin == "" {
		return fmt.Errorf("usage: HETU_TEST_ADMIN_URL=… testdb NAME")
	}
	name := "hetu_test_" + args[0]
	db, err := sql.Open("postgres", admin)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for _, s := range []string{"drop database if exists %s with (force)", "create database %s"} {
		// The name is quoted; DDL takes no parameters.
		if _, err := db.ExecContext(ctx, fmt.Sprintf(s, pq.QuoteIdentifier(name))); err != nil { //nolint:gosec // see above
			return err
		}
	}
	u, err := url.Parse(admin)
	if err != nil {
		return err
	}
	u.Path = "/" + name
	var lines []migrate.Line
	for _, dir := range order {
		if _, err := fs.Stat(os.DirFS("."), dir+"/migrations"); err == nil {
			lines = append(lines, migrate.Line{Name: path.Base(dir), Files: os.DirFS(dir)})
		}
	}
	const password = "hetu-test" // the private cluster of a test run, on loopback
	return migrate.Up(ctx, u.String(), migrate.Roles{App: password, Operator: password, Backup: password}, lines...)
}
