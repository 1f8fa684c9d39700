package org

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"hetu/fault"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		password, login string
		want            error
	}{
		"letters, digits, special (R248)": {"abcdef1!", "lina", nil},
		"Chinese letters":                 {"盐城海风一号1!", "lina", nil},
		"seven characters":                {"abcde1!", "lina", ErrWeakPassword},
		"no letters":                      {"1234567!", "lina", ErrWeakPassword},
		"no digits":                       {"abcdefg!", "lina", ErrWeakPassword},
		"nothing special":                 {"abcdefg1", "lina", ErrWeakPassword},
		"a space is not special":          {"abcdef 12", "lina", ErrWeakPassword},
		"contains the login":              {"xLina2026!", "lina", ErrWeakPassword},
		"as long as may be":               {strings.Repeat("a1!x", 32), "lina", nil},
		"too long":                        {strings.Repeat("a1!x", 32) + "y", "lina", ErrWeakPassword},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := CheckPassword(tt.password, tt.login); !errors.Is(err, tt.want) {
				t.Errorf("CheckPassword(%q) = %v, want %v", tt.password, err, tt.want)
			}
		})
	}
}

func TestOneTime(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 500 {
		s := OneTime()
		if err := CheckPassword(s, ""); err != nil {
			t.Fatalf("OneTime() = %q, which is weak (R248)", s)
		}
		if seen[s] || len(s) != 19 || strings.ContainsAny(s, "0O1lIio") {
			t.Fatalf("OneTime() = %q: repeated, of another length, or ambiguous", s)
		}
		seen[s] = true
	}
}

func TestPasswordsAreBounded(t *testing.T) {
	t.Parallel()
	p := NewPasswords(quick, 1)
	workers := runtime.GOMAXPROCS(0)
	began, end, done := make(chan struct{}), make(chan struct{}), make(chan error)
	for range workers {
		go func() { done <- p.do(context.Background(), func() error { began <- struct{}{}; <-end; return nil }) }()
		<-began
	}
	ctx, cancel := context.WithCancel(context.Background())
	waiting := make(chan error)
	go func() { waiting <- p.do(ctx, func() error { return nil }) }()
	for p.callers.Load() < int64(workers)+1 {
		runtime.Gosched()
	}
	err := p.do(context.Background(), func() error { return nil })
	if f := fault.Of(err); f.Kind != fault.TooMany || f.Meta["retry_after"] == nil {
		t.Errorf("one caller too many = %v, want TooMany that says when to come back", err)
	}
	cancel()
	if err := <-waiting; !errors.Is(err, ErrBusy) {
		t.Errorf("a caller who gave up waiting = %v, want ErrBusy", err)
	}
	close(end)
	for range workers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if _, err := p.Hash(context.Background(), good); err != nil {
		t.Errorf("after the crowd has gone: %v", err)
	}
}

// Nobody's hash takes as long as anybody's (AN-04): the quickest of several
// comparisons, taken in turns, must not take less than half.
func TestNobodyTakesAsLong(t *testing.T) {
	t.Parallel()
	p := NewPasswords(argon2id.Params{Memory: 8 << 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}, 100)
	hash, err := p.Hash(context.Background(), good)
	if err != nil {
		t.Fatal(err)
	}
	quickest := map[string]time.Duration{hash: time.Hour, "": time.Hour}
	for range 15 {
		for of := range quickest {
			began := time.Now()
			ok, err := p.Verify(context.Background(), "wrong", of)
			if ok || err != nil {
				t.Fatalf("Verify = %v %v", ok, err)
			}
			quickest[of] = min(quickest[of], time.Since(began))
		}
	}
	if quickest[""] < quickest[hash]/2 {
		t.Errorf("nobody is answered after %v, somebody after %v", quickest[""], quickest[hash])
	}
	if ok, err := p.Verify(context.Background(), good, hash); !ok || err != nil {
		t.Errorf("the right password: %v %v", ok, err)
	}
}
