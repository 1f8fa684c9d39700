// Command hetu is the one binary of Hetu: the server, its demonstration, and
// what an operator does from a shell.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"hetu/app"
)

type cli struct {
	Serve    serveCmd    `cmd:"" help:"Run the server with the configuration of the environment."`
	Demo     demoCmd     `cmd:"" help:"Run a demonstration organisation on a private PostgreSQL."`
	Migrate  migrateCmd  `cmd:"" help:"Make the database roles and bring the schema up to date."`
	Operator operatorCmd `cmd:"" help:"Operators of the platform."`
	Tenant   tenantCmd   `cmd:"" help:"Tenants."`
	Doctor   doctorCmd   `cmd:"" help:"Check an installation."`
	Config   configCmd   `cmd:"" help:"Print the configuration as it was understood, without secrets."`
	OpenAPI  openapiCmd  `cmd:"" name:"openapi" help:"Print the OpenAPI 3.1 description of the HTTP interface."`
	Version  kong.VersionFlag
}

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	var c cli
	k := kong.Parse(&c, kong.Name("hetu"), kong.Description("河图 Hetu: the office platform of group organisations."),
		kong.UsageOnError(), kong.Vars{"version": app.Version})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	k.BindTo(ctx, (*context.Context)(nil))
	err := k.Run()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "hetu:", err)
		os.Exit(1)
	}
}
