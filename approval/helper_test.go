package approval

import (
	"errors"
	"testing"

	"hetu/fault"
)

// errAny stands for an error that is no fault of the caller's.
var errAny = errors.New("any error")

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if errors.Is(want, errAny) {
		if got == nil || fault.Of(got).Kind != fault.Internal {
			t.Errorf("error = %v, want an internal one", got)
		}
		return
	}
	if !errors.Is(got, want) {
		t.Errorf("error = %v, want %v", got, want)
	}
}

func metaOf(err error, key string) any {
	if err == nil {
		return nil
	}
	return fault.Of(err).Meta[key]
}

func metaField(err error) string { return fault.Of(err).Field }
