package storage_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"hetu/storage"
	"hetu/storage/storagetest"
)

// AR-02: for every way a reader may deliver, right bytes come through whole and
// wrong ones never do.
func TestVerifier(t *testing.T) {
	t.Parallel()
	readers := map[string]func(io.Reader) io.Reader{
		"plain":                    func(r io.Reader) io.Reader { return r },
		"byte a time":              iotest.OneByteReader,
		"halves":                   iotest.HalfReader,
		"data and io.EOF together": iotest.DataErrReader,
	}
	for _, n := range []int{0, 1, 1000, 32<<10 - 1, 32 << 10, 32<<10 + 1, 64 << 10, 100_000} {
		right := storagetest.Bytes(n, 1)
		want := storage.Want{SHA256: sha256.Sum256(right), Size: int64(n)}
		flipped := bytes.Clone(right)
		if n > 0 {
			flipped[n-1] ^= 1
		}
		for kind, wrap := range readers {
			got, err := io.ReadAll(storage.Verified(wrap(bytes.NewReader(right)), want))
			if err != nil || !bytes.Equal(got, right) {
				t.Errorf("%s, %d bytes: got %d, %v", kind, n, len(got), err)
			}
			for name, wrong := range map[string][]byte{
				"flipped": flipped, "short": right[:max(0, n-1)], "long": append(bytes.Clone(right), 'x'),
			} {
				if bytes.Equal(wrong, right) {
					continue // nothing to be wrong with in an empty file
				}
				got, err := io.ReadAll(storage.Verified(wrap(bytes.NewReader(wrong)), want))
				if !errors.Is(err, storage.ErrIntegrity) || n > 0 && len(got) >= n {
					t.Errorf("%s, %s, %d bytes: got %d, %v", kind, name, n, len(got), err)
				}
			}
		}
	}
}

// A reader that failed is no proof of damage, and its error stays.
func TestVerifierSourceFails(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{errors.New("reset"), io.ErrUnexpectedEOF} {
		r := storage.Verified(io.MultiReader(strings.NewReader("half"), iotest.ErrReader(cause)), storage.Want{Size: 8})
		for range 2 {
			if _, err := io.ReadAll(r); !errors.Is(err, cause) || errors.Is(err, storage.ErrIntegrity) {
				t.Errorf("Read = %v, want %v", err, cause)
			}
		}
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	d := storage.Digest(sha256.Sum256([]byte("x")))
	var fromText, fromColumn storage.Digest
	b, err := json.Marshal(d)
	if err == nil {
		err = json.Unmarshal(b, &fromText)
	}
	if err != nil || fromText != d || string(b) != `"`+d.String()+`"` {
		t.Errorf("JSON of %s = %s, back %s, %v", d, b, fromText, err)
	}
	v, err := d.Value()
	if err == nil {
		err = fromColumn.Scan(v)
	}
	if err != nil || fromColumn != d {
		t.Errorf("column of %s, back %s, %v", d, fromColumn, err)
	}
	if v, err := (storage.Digest{}).Value(); v != nil || err != nil {
		t.Errorf("Value of none = %v, %v, want null", v, err)
	}
	if err := fromColumn.Scan(nil); err != nil || !fromColumn.IsZero() {
		t.Errorf("Scan(null) = %s, %v", fromColumn, err)
	}
	for _, bad := range []string{"", "00", strings.Repeat("g", 64), strings.Repeat("0", 66)} {
		if _, err := storage.ParseDigest(bad); !errors.Is(err, storage.ErrHash) {
			t.Errorf("ParseDigest(%q) = %v, want %v", bad, err, storage.ErrHash)
		}
	}
	if err := fromColumn.Scan([]byte("short")); err == nil {
		t.Error("Scan of five bytes succeeded")
	}
}
