package storage_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"testing"

	"github.com/google/uuid"

	"hetu/storage"
	"hetu/storage/storagetest"
)

func BenchmarkFS(b *testing.B) {
	for _, mib := range []int{1, 100} {
		content := storagetest.Bytes(mib<<20, 1)
		o := storage.PutOptions{Size: int64(len(content)), SHA256: sha256.Sum256(content)}
		s, tenant := openFS(b, b.TempDir()), uuid.New()
		b.Run(fmt.Sprintf("upload %d MiB", mib), func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				put, err := s.Put(b.Context(), tenant, bytes.NewReader(content), o)
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer() // the disk is not to fill up
				if err := s.Delete(b.Context(), put.Ref); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
		kept := storagetest.Put(b, s, tenant, content, storage.PutOptions{})
		b.Run(fmt.Sprintf("download %d MiB", mib), func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				r, err := s.Open(b.Context(), kept.Ref, kept.Want())
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, r); n != kept.Size || err != nil {
					b.Fatalf("%d bytes, %v", n, err)
				}
				r.Close() //nolint:errcheck // a test is over
			}
		})
	}
}
