// Package vault seals what must not be read by whoever reads the database: the
// secrets of second factors, tickets that leave the house, credentials of other
// systems. The key belongs to the installation and lies outside the database.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// A Key seals and opens. Its zero value does neither. It is safe for concurrent
// use.
type Key struct{ aead cipher.AEAD }

// What can go wrong here.
var (
	ErrKey  = errors.New("vault: the key is not 32 bytes in base64")
	ErrSeal = errors.New("vault: not sealed with this key, for this, or no longer as it was")
)

const size = 32

// Parse reads a key as Load writes it: 32 bytes in base64.
func Parse(text string) (Key, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(raw) != size {
		return Key{}, ErrKey
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return Key{}, fmt.Errorf("vault: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return Key{}, fmt.Errorf("vault: %w", err)
	}
	return Key{aead}, nil
}

// Fresh returns a new key that is kept nowhere: for tests.
func Fresh() Key {
	k, _ := Parse(fresh()) // of the right length
	return k
}

func fresh() string {
	var raw [size]byte
	_, _ = rand.Read(raw[:]) // never fails
	return base64.StdEncoding.EncodeToString(raw[:])
}

// Load reads the key from a file, and makes both if there is no file yet: see
// File.
func Load(file string) (Key, error) {
	text, err := File(file)
	if err != nil {
		return Key{}, err
	}
	return Parse(text)
}

// Seal returns plain so that only Open with the same key and the same about gets
// it back. About says whose and what it is: a record that is put in the place of
// another does not open there.
func (k Key) Seal(plain []byte, about string) ([]byte, error) {
	if k.aead == nil {
		return nil, ErrKey
	}
	nonce := make([]byte, k.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	return k.aead.Seal(nonce, nonce, plain, []byte(about)), nil
}

// Open returns what was sealed, or ErrSeal.
func (k Key) Open(sealed []byte, about string) ([]byte, error) {
	if k.aead == nil {
		return nil, ErrKey
	}
	n := k.aead.NonceSize()
	if len(sealed) < n {
		return nil, ErrSeal
	}
	plain, err := k.aead.Open(nil, sealed[:n], sealed[n:], []byte(about))
	if err != nil {
		return nil, ErrSeal
	}
	return plain, nil
}
