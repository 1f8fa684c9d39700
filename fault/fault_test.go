package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"hetu/fault"
)

var errTaken = fault.New(fault.Conflict, "x.taken")

func TestOf(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err   error
		kind  fault.Kind
		code  string
		field string
	}{
		"a fault":              {errTaken, fault.Conflict, "x.taken", ""},
		"on a field":           {errTaken.On("code"), fault.Conflict, "x.taken", "code"},
		"wrapped":              {fmt.Errorf("store: %w", errTaken.On("code")), fault.Conflict, "x.taken", "code"},
		"joined":               {errors.Join(errors.New("first"), errTaken), fault.Conflict, "x.taken", ""},
		"nobody classified it": {errors.New("select secret"), fault.Internal, "internal", ""},
		"nothing":              {nil, fault.Internal, "internal", ""},
		"the zero fault":       {&fault.Error{Code: "x"}, fault.Internal, "x", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fault.Of(tt.err)
			if f.Kind != tt.kind || f.Code != tt.code || f.Field != tt.field {
				t.Errorf("Of = %+v, want %d %s %s", f, tt.kind, tt.code, tt.field)
			}
		})
	}
}

func TestSameFaultOnAnyField(t *testing.T) {
	t.Parallel()
	if !errors.Is(errTaken.On("a").With("k", 1), errTaken.On("b")) {
		t.Error("the same fault on another field is another fault")
	}
	if errors.Is(errTaken, fault.New(fault.Conflict, "x.other")) {
		t.Error("another code is the same fault")
	}
}

func TestWithLeavesTheOriginalAlone(t *testing.T) {
	t.Parallel()
	a := errTaken.With("version", 2)
	b := a.With("by", "张三")
	if errTaken.Meta != nil || len(a.Meta) != 1 || len(b.Meta) != 2 {
		t.Errorf("meta: original %v, first %v, second %v", errTaken.Meta, a.Meta, b.Meta)
	}
}
