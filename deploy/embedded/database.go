package embedded

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

var databaseName = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// EnsureDatabase makes the database if it is missing; two callers at once are
// fine. The name must be of small letters, digits and underscores.
func (c *Cluster) EnsureDatabase(ctx context.Context, name string) error {
	if !databaseName.MatchString(name) {
		return fmt.Errorf("embedded: %q is no name for a database", name)
	}
	exists := "select 1 from pg_database where datname = '" + name + "'"
	found, err := c.psql(ctx, "postgres", exists)
	if err != nil || found != "" {
		return err
	}
	_, err = c.psql(ctx, "postgres", `create database "`+name+`" template template0 encoding 'UTF8'`)
	if err == nil {
		return nil
	}
	if found, e := c.psql(ctx, "postgres", exists); e == nil && found != "" {
		return nil // somebody else was faster
	}
	return err
}

// DropDatabase removes the database with all that is in it and ends every
// connection to it. One that is not there is no error.
func (c *Cluster) DropDatabase(ctx context.Context, name string) error {
	if !databaseName.MatchString(name) {
		return fmt.Errorf("embedded: %q is no name for a database", name)
	}
	_, err := c.psql(ctx, "postgres", `drop database if exists "`+name+`" with (force)`)
	return err
}

// psql runs one statement as the superuser and returns its bare output. The
// password travels in the environment, where only the same user could see it.
func (c *Cluster) psql(ctx context.Context, database, statement string) (string, error) {
	cmd := exec.CommandContext(ctx, c.bin.path("psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", statement)
	cmd.Env = append(environment(), "PGHOST=127.0.0.1", "PGPORT="+strconv.Itoa(c.Port), "PGUSER="+Admin,
		"PGPASSWORD="+c.password, "PGDATABASE="+database, "PGSSLMODE=disable", "PGCONNECT_TIMEOUT=10")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("embedded: psql: %w: %s", err, strings.TrimSpace(errs.String()))
	}
	return strings.TrimSpace(out.String()), nil
}
