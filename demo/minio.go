package demo

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"hetu/app"
	"hetu/deploy/embedded"
)

// minio starts the MinIO of HETU_MINIO beside the data, with credentials made
// at random, and has cfg keep its files there.
func (o Options) minio(ctx context.Context, cfg *app.Config) (halt func() error, err error) {
	none := func() error { return nil }
	access, err := o.secret("minio-user")
	if err != nil {
		return none, err
	}
	secret, err := o.secret("minio-password")
	if err != nil {
		return none, err
	}
	start, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	m, err := embedded.StartMinIO(start, embedded.MinIOOptions{
		Binary: os.Getenv("HETU_MINIO"), Dir: filepath.Join(o.Dir, "minio"), AccessKey: access[:20], Secret: secret[:40],
	})
	if err != nil {
		return none, err
	}
	cfg.Store, cfg.S3Endpoint, cfg.S3TLS = "s3", m.Endpoint, false
	cfg.S3AccessKey, cfg.S3SecretKey, cfg.S3Bucket, cfg.S3Region = access[:20], secret[:40], "hetu", "us-east-1"
	return func() error { return stop(m.Stop) }, nil
}
