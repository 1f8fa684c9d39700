package storage

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"
)

var (
	keyForm     = regexp.MustCompile(`^[0-9a-f]{32}/[0-9a-f]{64}$`)
	versionForm = regexp.MustCompile(`^[A-Za-z0-9_.+=~-]{1,180}$`)
	typeForm    = regexp.MustCompile(`^[a-z]{1,20}/[a-z0-9][a-z0-9.+-]{0,100}$`)
)

// prefix is the part of a key that says whose it is.
func prefix(tenant uuid.UUID) string { return hex.EncodeToString(tenant[:]) }

// newKey makes a key nobody can guess. It owes nothing to the content: the
// same bytes put twice, by one tenant or by two, are two objects.
func newKey(tenant uuid.UUID) string { return prefix(tenant) + "/" + random(32) }

// random returns n random bytes in hex.
func random(n int) string {
	b := make([]byte, n)
	rand.Read(b) //nolint:errcheck // never fails: it ends the process instead
	return hex.EncodeToString(b)
}

// check reports a Ref that cannot name an object of its tenant. It is what
// keeps a key from becoming a path to somewhere else.
func (r Ref) check() error {
	mine := strings.HasPrefix(r.Key, prefix(r.Tenant)+"/")
	if r.Tenant == uuid.Nil || !mine || !keyForm.MatchString(r.Key) ||
		!versionForm.MatchString(r.Version) || r.Version == "null" {
		return ErrNotFound
	}
	return nil
}

// A Digest is a SHA-256. Its zero value means that none is known.
type Digest [sha256.Size]byte

// ParseDigest reads 64 hex digits.
func ParseDigest(s string) (d Digest, err error) {
	if hex.DecodedLen(len(s)) != len(d) {
		return d, ErrHash
	}
	if _, err := hex.Decode(d[:], []byte(s)); err != nil {
		return Digest{}, ErrHash
	}
	return d, nil
}

// String returns the digest as 64 hex digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// IsZero reports whether no digest is known.
func (d Digest) IsZero() bool { return d == Digest{} }

// MarshalText writes 64 hex digits.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads 64 hex digits.
func (d *Digest) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDigest(string(b))
	return err
}

// Value stores the digest as a bytea of 32 bytes, and none as null.
func (d Digest) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d[:], nil
}

// Scan reads what Value stores.
func (d *Digest) Scan(v any) error {
	switch b := v.(type) {
	case nil:
		*d = Digest{}
		return nil
	case []byte:
		if len(b) == len(d) {
			copy(d[:], b)
			return nil
		}
	}
	return fmt.Errorf("storage: cannot read a digest from %T", v)
}
