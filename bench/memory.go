package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// A footprint is what the product holds and uses when it has nothing to do.
type footprint struct {
	tenants      int
	fresh        float64 // MiB resident before anybody came
	now, most    float64 // after every tenant had been there
	loaded       float64 // the most that the server which took the whole load held
	idleServer   float64 // CPU ms a second with nothing to do, jobs and rounds running
	idleDatabase float64
}

// idle is how long the product is watched doing nothing, and before that left to
// itself: its first minute goes by with what it does for every tenant at a start.
const idle = time.Minute

// memory starts the product afresh as an operator would, jobs and all, goes
// through every tenant once and looks at what it holds.
func (b *bench) memory(ctx context.Context) (f footprint, err error) {
	f.tenants = len(b.houses)
	if _, f.loaded, err = resident(b.product.cmd.Process.Pid); err != nil {
		return f, err
	}
	if err := b.product.stop(); err != nil {
		return f, err
	}
	if b.product, err = b.serve(ctx, 4); err != nil {
		return f, err
	}
	pid := b.product.cmd.Process.Pid
	if f.fresh, _, err = resident(pid); err != nil {
		return f, err
	}
	b.say("touching %d tenants", f.tenants)
	if err := b.touch(ctx, b.product, listProduct, itemProduct, todoProduct); err != nil {
		return f, err
	}
	if f.now, f.most, err = resident(pid); err != nil {
		return f, err
	}
	if err := sleep(ctx, idle); err != nil {
		return f, err
	}
	was, err := b.spent(b.product)
	if err != nil {
		return f, err
	}
	if err := sleep(ctx, idle); err != nil {
		return f, err
	}
	now, err := b.spent(b.product)
	used := now.since(was)
	f.idleServer, f.idleDatabase = used.server.Seconds()*1000/idle.Seconds(), used.database.Seconds()*1000/idle.Seconds()
	b.say("resident: %.0f MiB fresh, %.0f MiB after every tenant, %.0f MiB under load; idle %.1f + %.1f ms/s",
		f.fresh, f.most, f.loaded, f.idleServer, f.idleDatabase)
	return f, err
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// fetch saves what an address answers in a file.
func fetch(ctx context.Context, address, name string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	client := http.Client{Timeout: time.Minute}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("profile: %s", res.Status)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(name, body, 0o644)
}
