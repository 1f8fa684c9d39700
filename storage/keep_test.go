package storage

import (
	"errors"
	"testing"

	"github.com/minio/minio-go/v7"
)

// What stores say of a version that they have to keep, and of what they refuse
// for other reasons.
func TestLocked(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		want bool
	}{
		"MinIO":                {minio.ErrorResponse{Code: "InvalidRequest", Message: "Object is WORM protected and cannot be overwritten"}, true},
		"S3":                   {minio.ErrorResponse{Code: "AccessDenied", Message: "Access Denied because object protected by object lock."}, true},
		"not allowed":          {minio.ErrorResponse{Code: "AccessDenied", Message: "Access Denied."}, false},
		"nothing a store said": {errors.New("connection refused"), false},
	} {
		if got := locked(tt.err); got != tt.want {
			t.Errorf("%s: locked = %v, want %v", name, got, tt.want)
		}
	}
}
