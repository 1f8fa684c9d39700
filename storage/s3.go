package storage

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// A bucket keeps objects in one bucket of an S3 store. Versions and object lock
// are on, so that the store itself enforces retention. Every object is sent in
// one piece with its digest announced and signed, and read by version.
type bucket struct {
	core   minio.Core
	name   string
	region string
	spool  string // where content of unknown size or digest waits to be measured
}

// sumHeader carries the digest of an object. The store keeps it as metadata.
const sumHeader = "Hetu-Sha256"

func openS3(ctx context.Context, c Config) (*bucket, error) {
	if c.Endpoint == "" || c.Bucket == "" || c.AccessKey == "" || c.SecretKey == "" {
		return nil, errors.New("storage: s3 needs endpoint, bucket, access key and secret key")
	}
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	if c.StagingDir != "" {
		if err := private(c.StagingDir); err != nil {
			return nil, err
		}
	}
	core, err := minio.NewCore(c.Endpoint, &minio.Options{
		Creds:        credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""),
		Secure:       c.TLS,
		Region:       c.Region,
		BucketLookup: minio.BucketLookupPath,
		Transport:    transport(),
		MaxRetries:   2,
	})
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	b := &bucket{core: *core, name: c.Bucket, region: c.Region, spool: c.StagingDir}
	return b, b.ready(ctx)
}

// transport goes straight to the store: no proxy, no decompression, and a store
// that accepts a connection but says nothing is given up.
func transport() *http.Transport {
	return &http.Transport{
		DialContext:           (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       time.Minute,
		MaxIdleConns:          64,
		MaxIdleConnsPerHost:   64,
		DisableCompression:    true,
	}
}

// ready makes the bucket if it is missing, and refuses one that cannot keep
// what it is given.
func (b *bucket) ready(ctx context.Context) error {
	exists, err := b.core.BucketExists(ctx, b.name)
	if err != nil {
		return b.classify(err)
	}
	if !exists {
		err := b.core.MakeBucket(ctx, b.name, minio.MakeBucketOptions{Region: b.region, ObjectLocking: true})
		if code := minio.ToErrorResponse(err).Code; err != nil && code != minio.BucketAlreadyOwnedByYou {
			return b.classify(err)
		}
	}
	lock, _, _, _, err := b.core.GetObjectLockConfig(ctx, b.name)
	if err != nil && minio.ToErrorResponse(err).StatusCode != http.StatusNotFound {
		return b.classify(err)
	}
	if lock != "Enabled" {
		return fmt.Errorf("storage: bucket %s has no object lock: make it anew with object lock", b.name)
	}
	return nil
}

// Put sends content of known size and digest as it comes, other content after
// measuring it in a local file: the store is told the digest before the first
// byte, and no client decides how long a request to the store stays open.
func (b *bucket) Put(ctx context.Context, tenant uuid.UUID, r io.Reader, o PutOptions) (Object, error) {
	if tenant == uuid.Nil {
		return Object{}, errors.New("storage: put without a tenant")
	}
	if err := o.settle(time.Now()); err != nil {
		return Object{}, err
	}
	if o.Size >= 0 && !o.SHA256.IsZero() {
		return b.send(ctx, tenant, r, o)
	}
	f, err := os.CreateTemp(b.spool, "put-*")
	if err != nil {
		return Object{}, wrote(err)
	}
	defer f.Close()                             //nolint:errcheck // it is gone then
	if err := os.Remove(f.Name()); err != nil { // it lives as long as we hold it, and no longer
		return Object{}, unavailable(err)
	}
	in := newIntake(ctx, r, o)
	_, err = io.Copy(f, in)
	if broken := in.broken(); broken != nil {
		return Object{}, broken
	}
	if err != nil {
		return Object{}, wrote(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return Object{}, unavailable(err)
	}
	o.Size, o.SHA256 = in.n, in.digest()
	return b.send(ctx, tenant, f, o)
}

// send puts content of known size and digest. The end of it is withheld until
// it has proved right, so that the store never has wrong bytes complete.
func (b *bucket) send(ctx context.Context, tenant uuid.UUID, r io.Reader, o PutOptions) (Object, error) {
	in := newIntake(ctx, r, o)
	same := func(err error) error { return err }
	body := newVerifier(in, Want{SHA256: o.SHA256, Size: o.Size}, same, same)
	opts := minio.PutObjectOptions{ContentType: o.Type, UserMetadata: map[string]string{
		sumHeader:               o.SHA256.String(),
		"X-Amz-Checksum-Sha256": base64.StdEncoding.EncodeToString(o.SHA256[:]),
	}}
	if !o.RetainUntil.IsZero() {
		opts.Mode, opts.RetainUntilDate = minio.Compliance, o.RetainUntil
	}
	if o.LegalHold {
		opts.LegalHold = minio.LegalHoldEnabled
	}
	key := newKey(tenant)
	info, err := b.core.PutObject(ctx, b.name, key, body, o.Size, "", o.SHA256.String(), opts)
	if broken := in.broken(); broken != nil {
		return Object{}, broken
	}
	if err != nil {
		return Object{}, b.classify(err)
	}
	ref := Ref{Tenant: tenant, Key: key, Version: info.VersionID}
	if err := ref.check(); err != nil {
		return Object{}, fmt.Errorf("storage: bucket %s keeps no versions", b.name)
	}
	return Object{
		Ref: ref, Size: o.Size, SHA256: o.SHA256, Type: o.Type, RetainUntil: o.RetainUntil,
		LegalHold: o.LegalHold, CreatedAt: time.Now().UTC(),
	}, nil
}

func (b *bucket) Stat(ctx context.Context, ref Ref) (Object, error) {
	if err := ref.check(); err != nil {
		return Object{}, err
	}
	info, err := b.core.StatObject(ctx, b.name, ref.Key, minio.StatObjectOptions{VersionID: ref.Version})
	if err != nil {
		return Object{}, b.classify(err)
	}
	sum, err := ParseDigest(info.UserMetadata[sumHeader])
	if err != nil {
		return Object{}, damaged(ref)(errors.New("no digest beside the object"))
	}
	o := Object{
		Ref: ref, Size: info.Size, SHA256: sum, Type: info.ContentType, CreatedAt: info.LastModified.UTC(),
		LegalHold: info.Metadata.Get("X-Amz-Object-Lock-Legal-Hold") == "ON",
	}
	if s := info.Metadata.Get("X-Amz-Object-Lock-Retain-Until-Date"); s != "" {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return Object{}, damaged(ref)(err)
		}
		o.RetainUntil = t.UTC()
	}
	return o, nil
}

func (b *bucket) Open(ctx context.Context, ref Ref, want Want) (io.ReadCloser, error) {
	if err := ref.check(); err != nil {
		return nil, err
	}
	if want.SHA256.IsZero() {
		return nil, fmt.Errorf("storage: open %s: no digest to check against", ref.Key)
	}
	body, info, _, err := b.core.GetObject(ctx, b.name, ref.Key, minio.GetObjectOptions{VersionID: ref.Version})
	if err != nil {
		return nil, b.unreadable(ctx, ref, err)
	}
	if info.Size != want.Size {
		body.Close() //nolint:errcheck // there is no more to say
		return nil, damaged(ref)(fmt.Errorf("%d bytes, want %d", info.Size, want.Size))
	}
	v := newVerifier(body, want, damaged(ref), nil)
	v.broke = func(cause error) error { return b.cut(ctx, ref, v.n, want.Size, cause) }
	return content{v, body}, nil
}

// unreadable tells a store that cannot read one object, because it found the
// damage before us, from one that cannot read any (F11): MinIO says the same
// of both. One damaged object must not look like a store that is down.
func (b *bucket) unreadable(ctx context.Context, ref Ref, err error) error {
	if minio.ToErrorResponse(err).Code == "SlowDownRead" && b.Ping(ctx) == nil {
		return damaged(ref)(err)
	}
	return b.classify(err)
}

// again is how much more we ask for after content ended too early: more than a
// store reads and checks at a time.
const again = 4 << 20

// cut explains content that ended too early at a byte, by asking for what
// follows. If that comes, only the connection was lost; if it does not, from a
// store that otherwise answers, the object is damaged there.
func (b *bucket) cut(ctx context.Context, ref Ref, at, size int64, cause error) error {
	if ctx.Err() != nil || b.reads(ctx, ref, at, min(at+again, size)-1) || b.Ping(ctx) != nil {
		return unavailable(cause)
	}
	return damaged(ref)(cause)
}

// reads reports whether the store delivers these bytes of an object.
func (b *bucket) reads(ctx context.Context, ref Ref, from, to int64) bool {
	o := minio.GetObjectOptions{VersionID: ref.Version}
	if err := o.SetRange(from, to); err != nil {
		return true // nothing is left to read
	}
	body, _, _, err := b.core.GetObject(ctx, b.name, ref.Key, o)
	if err != nil {
		return false
	}
	defer body.Close() //nolint:errcheck // there is no more to say
	_, err = io.Copy(io.Discard, body)
	return err == nil
}

// classify turns what the store said into one of our faults. What it did not
// understand of us is no fault of a caller: that stays internal.
func (b *bucket) classify(err error) error {
	if err == nil {
		return nil
	}
	said := minio.ToErrorResponse(err)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case said.Code == minio.NoSuchKey, said.Code == minio.NoSuchVersion, said.Code == minio.MethodNotAllowed,
		strings.Contains(said.Message, "Invalid version id"), said.StatusCode == http.StatusNotFound && said.Code != minio.NoSuchBucket:
		return ErrNotFound
	case said.Code == "XMinioStorageFull", said.StatusCode == http.StatusInsufficientStorage:
		return fmt.Errorf("%w: %w", ErrFull, err)
	case said.StatusCode == 0, said.StatusCode >= 500, said.StatusCode == http.StatusTooManyRequests,
		said.Code == minio.NoSuchBucket:
		return unavailable(err)
	}
	return fmt.Errorf("storage: bucket %s: %w", b.name, err)
}
