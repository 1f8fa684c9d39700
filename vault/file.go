package vault

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// File returns what stands in a file that holds a key: 32 random bytes in
// base64, with the end of the line. If there is no file yet it makes one; of
// several who do that at once all read the same. Nobody but the server's user
// may read it.
func File(name string) (string, error) {
	for range 2 {
		b, err := os.ReadFile(name)
		if err == nil {
			return string(b), nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		if err := create(name); err != nil && !errors.Is(err, os.ErrExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("vault: %s comes and goes", name)
}

// create writes a new key beside the file and gives it its name.
func create(name string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".key-*") // 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(fresh() + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), name)
}
