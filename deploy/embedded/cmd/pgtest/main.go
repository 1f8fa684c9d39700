// Command pgtest runs a command beside a private PostgreSQL made for it and
// thrown away after it, and ends with the command's exit status:
//
//	pgtest -- go test ./...
//
// The command finds the superuser's address in HETU_TEST_ADMIN_URL.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"hetu/deploy/embedded"
)

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: pgtest -- COMMAND [ARGUMENT…]")
		os.Exit(2)
	}
	status, err := run(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		if status == 0 {
			status = 1
		}
	}
	os.Exit(status)
}

// run returns the command's exit status, and an error for what went wrong
// around it.
func run(args []string) (status int, err error) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	dir, err := os.MkdirTemp("", "hetu-pgtest-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cluster, err := embedded.Start(ctx, embedded.Options{Dir: dir, Fast: true})
	if err != nil {
		return 0, err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		err = errors.Join(err, cluster.Stop(ctx))
	}()
	return command(args, cluster.AdminURL, signals)
}

// command runs to its end. Ctrl-C reaches it from the terminal already; a
// SIGTERM is passed on.
func command(args []string, adminURL string, signals <-chan os.Signal) (int, error) {
	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec // running it is what we are for
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "HETU_TEST_ADMIN_URL="+adminURL)
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			if s == syscall.SIGTERM {
				_ = cmd.Process.Signal(s) // it may have ended this moment; done tells
			}
		case err := <-done:
			if exit, ok := errors.AsType[*exec.ExitError](err); ok {
				return exitStatus(exit), nil
			}
			return 0, err
		}
	}
}

// exitStatus is what a shell would report, also of a command that was killed.
func exitStatus(e *exec.ExitError) int {
	if ws, ok := e.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return e.ExitCode()
}
