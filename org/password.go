package org

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
)

// Strength is what one hash of a password costs: 32 MiB and two passes, about
// 60 ms of one core of a small server. Each hash under way holds its memory, so
// Passwords bounds how many there are.
var Strength = argon2id.Params{Memory: 32 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// Passwords hashes and compares passwords, a few at a time: at most one per
// core, and no more than a bounded number of callers wait. It is safe for
// concurrent use.
type Passwords struct {
	params  argon2id.Params
	running chan struct{}
	queue   int64 // callers that may wait or run
	callers atomic.Int64
	nobody  string // the hash that is compared when there is no such user
}

// NewPasswords returns Passwords of the given strength with one worker per core
// and room for queue callers that wait.
func NewPasswords(params argon2id.Params, queue int) *Passwords {
	n := runtime.GOMAXPROCS(0)
	return &Passwords{params: params, running: make(chan struct{}, n), queue: int64(n + queue), nobody: unknown(params)}
}

// unknown returns what looks like the hash of a password and is of none: it
// costs nothing to make, and as much as any other to compare with.
func unknown(params argon2id.Params) string {
	random := func(n uint32) string {
		b := make([]byte, n)
		_, _ = rand.Read(b) // it never fails
		return base64.RawStdEncoding.EncodeToString(b)
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2Version, params.Memory, params.Iterations, params.Parallelism,
		random(params.SaltLength), random(params.KeyLength))
}

// argon2Version is 1.3 (RFC 9106), as argon2id writes it.
const argon2Version = 0x13

// Hash returns what to store for a password, or ErrBusy if too many are asking.
func (p *Passwords) Hash(ctx context.Context, password string) (hash string, err error) {
	err = p.do(ctx, func() error {
		hash, err = argon2id.CreateHash(password, &p.params)
		return err
	})
	return hash, err
}

// Verify reports whether hash is of password. An empty hash is nobody's: the
// answer is no and takes as long as any other (AN-04).
func (p *Passwords) Verify(ctx context.Context, password, hash string) (ok bool, err error) {
	known := hash != ""
	if !known {
		hash = p.nobody
	}
	err = p.do(ctx, func() error {
		ok, err = argon2id.ComparePasswordAndHash(password, hash)
		return err
	})
	return ok && known, err
}

func (p *Passwords) do(ctx context.Context, work func() error) error {
	defer p.callers.Add(-1)
	if p.callers.Add(1) > p.queue {
		return ErrBusy.With("retry_after", 2)
	}
	select {
	case p.running <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
	}
	defer func() { <-p.running }()
	if err := work(); err != nil {
		return fmt.Errorf("org: password: %w", err)
	}
	return nil
}

// Hash hashes a password at full strength, for commands and demonstrations
// that no crowd can call.
func Hash(password string) (string, error) {
	h, err := argon2id.CreateHash(password, &Strength)
	if err != nil {
		return "", fmt.Errorf("org: %w", err)
	}
	return h, nil
}

// MinPassword is how many characters a password has at least; MaxPassword is
// how many are taken.
const (
	MinPassword = 8
	MaxPassword = 128
)

// CheckPassword returns ErrWeakPassword unless the password has eight
// characters or more, letters, digits and special characters among them (R248),
// and does not contain the login.
func CheckPassword(password, login string) error {
	var letter, digit, special bool
	for _, r := range password {
		switch {
		case unicode.IsLetter(r):
			letter = true
		case unicode.IsNumber(r):
			digit = true
		case !unicode.IsSpace(r):
			special = true
		}
	}
	n := utf8.RuneCountInString(password)
	weak := !letter || !digit || !special || n < MinPassword || n > MaxPassword ||
		login != "" && strings.Contains(strings.ToLower(password), strings.ToLower(login))
	if weak {
		return ErrWeakPassword
	}
	return nil
}

// unambiguous are the characters of one-time passwords: no two look alike.
const unambiguous = "abcdefghjkmnpqrstuvwxyz23456789"

// OneTime returns a random password to be told to a person and changed by them:
// four groups of four characters, 79 bits.
func OneTime() string {
	for {
		var b strings.Builder
		for i := range 16 {
			if i > 0 && i%4 == 0 {
				b.WriteByte('-')
			}
			b.WriteByte(pick())
		}
		if s := b.String(); CheckPassword(s, "") == nil {
			return s
		}
	}
}

// pick returns one character of the alphabet, each as likely as another.
func pick() byte {
	for {
		var b [1]byte
		_, _ = rand.Read(b[:]) // never fails
		if i := int(b[0]) & 31; i < len(unambiguous) {
			return unambiguous[i]
		}
	}
}
