package main

import (
	"context"
	"errors"
	"log/slog"
	"os"

	"hetu/demo"
)

type demoCmd struct {
	Case   string `help:"What to show: province, or one of two published score tables." enum:"province,t1,t2" default:"province"`
	Store  string `help:"Where files are kept." enum:"fs,minio" default:"fs"`
	Dir    string `help:"Where everything is kept." default:"data" type:"path"`
	Listen string `help:"Loopback address to serve on." default:"127.0.0.1:8080"`
}

// Run serves the demonstration until it is asked to stop.
func (d demoCmd) Run(ctx context.Context) error {
	// What a visitor reads is the greeting; only trouble interrupts it.
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	err := demo.Run(ctx, demo.Options{Dir: d.Dir, Case: d.Case, Store: d.Store, Listen: d.Listen})
	if errors.Is(err, demo.ErrInterrupted) {
		return nil // whoever pressed Ctrl-C has been told
	}
	return err
}
