package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"hetu/demo"
	"hetu/deploy/embedded"
)

type demoCmd struct {
	Case   string `help:"What to show: province, or one of two published score tables." enum:"province,t1,t2" default:"province"`
	Store  string `help:"Where files are kept." enum:"fs,minio" default:"fs"`
	Dir    string `help:"Where everything is kept; ./data, or a directory below /var/lib if PostgreSQL's user could not get into that." type:"path"`
	Listen string `help:"Loopback address to serve on." default:"127.0.0.1:8080"`
}

// Run serves the demonstration until it is asked to stop.
func (d demoCmd) Run(ctx context.Context) error {
	// What a visitor reads is the greeting; only trouble interrupts it.
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if d.Dir == "" {
		var err error
		if d.Dir, err = dataDir("/var/lib"); err != nil {
			return err
		}
	}
	err := demo.Run(ctx, demo.Options{Dir: d.Dir, Case: d.Case, Store: d.Store, Listen: d.Listen})
	if errors.Is(err, demo.ErrInterrupted) {
		return nil // whoever pressed Ctrl-C has been told
	}
	return err
}

// dataDir is where a demonstration keeps everything if nobody says: ./data. Run
// by root in a directory that nobody else may enter, such as root's own, it is
// one of its own for this place below others: PostgreSQL does not run as root.
func dataDir(others string) (string, error) {
	here, err := filepath.Abs("data")
	if err != nil || embedded.Reachable(here) == nil {
		return here, err
	}
	sum := sha256.Sum256([]byte(here))
	there := filepath.Join(others, "hetu-demo-"+hex.EncodeToString(sum[:4]))
	if embedded.Reachable(there) != nil {
		return here, nil // which says what is in the way
	}
	fmt.Fprintf(os.Stderr, "PostgreSQL 不以 root 运行，它的用户进不了 %s，数据改放在 %s（--dir 可另选）\n"+
		"PostgreSQL does not run as root, and its user may not enter %s: keeping everything in %s (--dir chooses another)\n",
		filepath.Dir(here), there, filepath.Dir(here), there)
	return there, nil
}
