package audit

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"

	"hetu/vault"
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

// LoadKey reads the key from a file, and makes both if there is no file yet:
// see vault.File.
func LoadKey(file string) (Key, error) {
	text, err := vault.File(file)
	if err != nil {
		return Key{}, err
	}
	return ParseKey(text)
}

// domain keeps a signature of one kind of text from passing for that of
// another.
func domain(kind string, text []byte) []byte { return append([]byte("hetu "+kind+"\n"), text...) }

// Sign signs a text of a kind; a signature of one kind is none of another.
func (k Key) Sign(kind string, text []byte) string {
	return base64.StdEncoding.EncodeToString(ed25519.Sign(k.private, domain(kind, text)))
}

// Signed reports whether the signature of a text of a kind was made by the key
// whose public half, in base64, is given.
func Signed(public, kind string, text []byte, signature string) bool {
	p, err := base64.StdEncoding.DecodeString(public)
	if err != nil || len(p) != ed25519.PublicKeySize {
		return false
	}
	s, err := base64.StdEncoding.DecodeString(signature)
	return err == nil && ed25519.Verify(p, domain(kind, text), s)
}
