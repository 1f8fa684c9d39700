package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"runtime"

	"hetu/app"
	"hetu/feature"
	"hetu/migrate"
)

type serveCmd struct{}

// Run serves until it is asked to stop.
func (serveCmd) Run(ctx context.Context) (err error) {
	cfg, err := app.Load()
	if err != nil {
		return err
	}
	n, err := app.NewNode(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	ln, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return err
	}
	if err := n.Start(ctx); err != nil {
		return err
	}
	defer runtime.KeepAlive(make([]byte, headroom))
	slog.InfoContext(ctx, "serving", "address", cfg.BaseURL, "listen", cfg.Listen)
	return n.Serve(ctx, ln)
}

// headroom is memory that is taken and never touched, so it is not resident. What
// the server keeps is a few megabytes, and the collector would come round each
// time as much again has been used, many times a second; counted in, it comes
// when this much more has.
const headroom = 6 << 20

type migrateCmd struct{}

// Run makes the roles, with the passwords of the addresses the server will
// use, and applies what has not been applied.
func (migrateCmd) Run(ctx context.Context) error {
	cfg, err := app.Load()
	if err != nil {
		return err
	}
	if cfg.OwnerURL == "" {
		return errors.New("HETU_OWNER_URL is not set: the address of a role that may create roles")
	}
	return migrate.Up(ctx, cfg.OwnerURL, migrate.Roles{
		App: password(cfg.DatabaseURL), Operator: password(cfg.OperatorURL), Backup: cfg.BackupPassword,
	}, app.Lines()...)
}

func password(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	p, _ := u.User.Password()
	return p
}

type configCmd struct{}

// Run prints what was understood, and then what is wrong with it.
func (configCmd) Run() error {
	cfg, err := app.Load()
	for _, line := range cfg.Redacted() {
		fmt.Println(line)
	}
	return err
}

type openapiCmd struct{}

// Run prints the description.
func (openapiCmd) Run() error {
	features := app.Features(app.Tools{})
	if err := feature.Check(features...); err != nil {
		return err
	}
	doc, err := json.MarshalIndent(feature.OpenAPI(app.Version, features...), "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Println(string(doc))
	return err
}
