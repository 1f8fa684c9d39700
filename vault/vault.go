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
	"os"
	"path/filepath"
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

// Load reads the key from a file, and makes both if there is no file yet.
// Nobody but the server's user may read it.
func Load(file string) (Key, error) {
	for range 2 {
		b, err := os.ReadFile(file)
		if err == nil {
			return Parse(string(b))
		}
		if !errors.Is(err, os.ErrNotExist) {
			return Key{}, err
		}
		if err := create(file); err != nil && !errors.Is(err, os.ErrExist) {
			return Key{}, err
		}
	}
	return Key{}, fmt.Errorf("vault: %s comes and goes", file)
}

// create writes a new key beside the file and gives it its name, so that of two
// who do it at once both read the same.
func create(file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".vault-*") // 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(fresh() + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), file)
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
