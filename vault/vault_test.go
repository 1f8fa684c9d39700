package vault_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"hetu/vault"
)

func TestSeal(t *testing.T) {
	t.Parallel()
	key := vault.Fresh()
	plain := []byte("JBSWY3DPEHPK3PXP")
	sealed, err := key.Seal(plain, "account/1")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, plain) {
		t.Fatal("what is sealed can be read")
	}
	bent := bytes.Clone(sealed)
	bent[len(bent)-1] ^= 1
	for name, tt := range map[string]struct {
		key    vault.Key
		sealed []byte
		about  string
		want   error
	}{
		"another key":          {vault.Fresh(), sealed, "account/1", vault.ErrSeal},
		"in another's place":   {key, sealed, "account/2", vault.ErrSeal},
		"one bit changed":      {key, bent, "account/1", vault.ErrSeal},
		"cut short":            {key, sealed[:5], "account/1", vault.ErrSeal},
		"nothing":              {key, nil, "account/1", vault.ErrSeal},
		"no key":               {vault.Key{}, sealed, "account/1", vault.ErrKey},
		"as it was sealed":     {key, sealed, "account/1", nil},
		"as it was, once more": {key, sealed, "account/1", nil},
	} {
		got, err := tt.key.Open(tt.sealed, tt.about)
		if !errors.Is(err, tt.want) || err == nil && !bytes.Equal(got, plain) {
			t.Errorf("%s: %q %v, want %v", name, got, err, tt.want)
		}
	}
	again, err := key.Seal(plain, "account/1")
	if err != nil || bytes.Equal(again, sealed) {
		t.Errorf("the same sealed twice is the same, %v", err)
	}
	if _, err := (vault.Key{}).Seal(plain, ""); !errors.Is(err, vault.ErrKey) {
		t.Errorf("sealed without a key: %v", err)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keys", "secret.key")
	one, err := vault.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	two, err := vault.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := one.Seal([]byte("x"), "a")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := two.Open(sealed, "a"); err != nil || string(got) != "x" {
		t.Errorf("the key read back opens %q, %v", got, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file has mode %v, %v", info.Mode(), err)
	}
	bad := filepath.Join(t.TempDir(), "bad.key")
	if err := os.WriteFile(bad, []byte("c2hvcnQ="), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Load(bad); !errors.Is(err, vault.ErrKey) {
		t.Errorf("a short key = %v, want ErrKey", err)
	}
}
