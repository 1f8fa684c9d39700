package audit

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A Key signs what leaves the installation as evidence. Its zero value signs
// nothing: see Valid.
type Key struct{ private ed25519.PrivateKey }

// Valid reports whether there is a key.
func (k Key) Valid() bool { return len(k.private) == ed25519.PrivateKeySize }

// Public is the half that others check signatures with, in base64.
func (k Key) Public() string {
	return base64.StdEncoding.EncodeToString(k.private.Public().(ed25519.PublicKey))
}

// ErrKey means that what was given as a key is none.
var ErrKey = errors.New("audit: the key is not 32 bytes in base64")

// ParseKey reads a key as LoadKey writes it: 32 bytes in base64.
func ParseKey(text string) (Key, error) {
	seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(seed) != ed25519.SeedSize {
		return Key{}, ErrKey
	}
	return Key{ed25519.NewKeyFromSeed(seed)}, nil
}

// LoadKey reads the key from a file, and makes both if there is no file yet.
// Nobody but the server's user may read it.
func LoadKey(file string) (Key, error) {
	for range 2 {
		b, err := os.ReadFile(file)
		if err == nil {
			return ParseKey(string(b))
		}
		if !errors.Is(err, os.ErrNotExist) {
			return Key{}, err
		}
		if err := makeKey(file); err != nil && !errors.Is(err, os.ErrExist) {
			return Key{}, err
		}
	}
	return Key{}, fmt.Errorf("audit: %s comes and goes", file)
}

// makeKey writes a new key beside the file and gives it its name, so that of
// two who do it at once both read the same.
func makeKey(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := rand.Read(seed); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".key-*") // 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(seed) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), file)
}

// domain keeps a signature of one kind of text from passing for that of
// another.
func domain(kind string, text []byte) []byte { return append([]byte("hetu "+kind+"\n"), text...) }

func (k Key) sign(kind string, text []byte) string {
	return base64.StdEncoding.EncodeToString(ed25519.Sign(k.private, domain(kind, text)))
}

// signed reports whether the half public signed the text.
func signed(public, kind string, text []byte, signature string) bool {
	p, err := base64.StdEncoding.DecodeString(public)
	if err != nil || len(p) != ed25519.PublicKeySize {
		return false
	}
	s, err := base64.StdEncoding.DecodeString(signature)
	return err == nil && ed25519.Verify(p, domain(kind, text), s)
}
