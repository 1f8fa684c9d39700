package feature

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"

	"hetu/fault"
)

type probe struct {
	ID    uuid.UUID `json:"-" path:"id"`
	Title string    `json:"title" minLength:"1" maxLength:"5"`
	Kind  string    `json:"kind,omitempty" enum:"news,notice"`
	N     int       `json:"n,omitempty" minimum:"0" maximum:"9"`
	On    string    `json:"on,omitempty" format:"date"`
	Refs  []struct {
		ID uuid.UUID `json:"id"`
	} `json:"refs,omitempty" maxItems:"2"`
}

func TestDecodeBody(t *testing.T) {
	t.Parallel()
	const ok = "018f3a5e-0000-7000-8000-000000000001"
	tests := map[string]struct {
		body  string
		want  *fault.Error
		field string
	}{
		"ok":                        {`{"title":"一二三四五"}`, nil, ""},
		"ok with everything":        {`{"title":"a","kind":"news","n":9,"refs":[{"id":"` + ok + `"}]}`, nil, ""},
		"no body":                   {``, ErrMalformed, ""},
		"not JSON":                  {`{"title":`, ErrMalformed, "title"},
		"two values":                {`{"title":"a"}{}`, ErrMalformed, ""},
		"an array":                  {`[]`, ErrMalformed, ""},
		"missing":                   {`{}`, ErrMissing, "title"},
		"too short":                 {`{"title":""}`, ErrShort, "title"},
		"too long, in characters":   {`{"title":"一二三四五六"}`, ErrLong, "title"},
		"not a string":              {`{"title":7}`, ErrMalformed, "title"},
		"not a choice":              {`{"title":"a","kind":"x"}`, ErrChoice, "kind"},
		"below range":               {`{"title":"a","n":-1}`, ErrRange, "n"},
		"above range":               {`{"title":"a","n":10}`, ErrRange, "n"},
		"not an integer":            {`{"title":"a","n":1.5}`, ErrMalformed, "n"},
		"unknown field (AZ-02)":     {`{"title":"a","state":"published"}`, ErrUnknown, "state"},
		"tenant in the body":        {`{"title":"a","tenant_id":"` + ok + `"}`, ErrUnknown, "tenant_id"},
		"a path field in the body":  {`{"title":"a","ID":"` + ok + `"}`, ErrUnknown, "ID"},
		"twice (TI-01)":             {`{"title":"a","title":"b"}`, ErrTwice, "title"},
		"twice, in another case":    {`{"title":"a","TITLE":"b"}`, ErrTwice, "TITLE"},
		"in another case alone":     {`{"Title":"a"}`, ErrMissing, "title"},
		"unknown inside (AZ-02)":    {`{"title":"a","refs":[{"id":"` + ok + `","x":1}]}`, ErrUnknown, "refs[0].x"},
		"bad id inside":             {`{"title":"a","refs":[{"id":"zzz"}]}`, ErrMalformed, "refs[0].id"},
		"too many":                  {`{"title":"a","refs":[{"id":"` + ok + `"},{"id":"` + ok + `"},{"id":"` + ok + `"}]}`, ErrLong, "refs"},
		"NUL (IN-01)":               {`{"title":"a\u0000"}`, ErrMalformed, "title"},
		"nested without end":        {`{"title":` + strings.Repeat("[", 100000), ErrMalformed, "title"},
		"a number without end":      {`{"title":"a","n":1e999999}`, ErrMalformed, "n"},
		"invalid UTF-8 is replaced": {"{\"title\":\"\xff\"}", nil, ""},
		"the first year there was":  {`{"title":"a","on":"0001-01-01"}`, nil, ""},
		"a year there was not":      {`{"title":"a","on":"0000-01-01"}`, ErrMalformed, "on"}, // the database would not take it
		"a title like its month":    {`{"title":"0000-"}`, nil, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var in probe
			err := planFor[probe]().decodeBody([]byte(tt.body), &in)
			if tt.want == nil {
				if err != nil {
					t.Fatalf("err = %v, want none", err)
				}
				return
			}
			if !errors.Is(err, tt.want) {
				t.Fatalf("err = %v, want %v", err, tt.want)
			}
			if f := fault.Of(err).Field; f != tt.field {
				t.Errorf("field = %q, want %q", f, tt.field)
			}
		})
	}
}

// A day in a query is one that the database has, too; what is no day stays as it
// was typed.
func TestSetDays(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{"0000-01-01": false, "0001-01-01": true, "9999-12-31": true, "0000": true, "0000-1-1": true} {
		var into string
		if err := set(reflect.ValueOf(&into).Elem(), text); (err == nil) != ok || ok && into != text {
			t.Errorf("%s = %q %v, want it taken: %v", text, into, err, ok)
		}
	}
}

func TestDecodeNamesEveryField(t *testing.T) {
	t.Parallel()
	var in probe
	err := planFor[probe]().decodeBody([]byte(`{"kind":"x","n":99}`), &in)
	if m := fault.Of(err).Meta; m == nil || m["errors"] == nil {
		t.Errorf("meta = %v, want the list of all three errors (R028)", m)
	}
}

func FuzzDecodeBody(f *testing.F) {
	f.Add([]byte(`{"title":"a","refs":[{"id":"x"}]}`))
	f.Add([]byte(`[[[[`))
	p := planFor[probe]()
	f.Fuzz(func(t *testing.T, raw []byte) {
		var in probe
		if err := p.decodeBody(raw, &in); err != nil && fault.Of(err).Kind != fault.Invalid {
			t.Errorf("%q: %v is not a fault of the input (DO-06)", raw, err)
		}
	})
}

func TestCut(t *testing.T) {
	t.Parallel()
	name := func(n int) string { return strings.Repeat("i", n) }
	for n, want := range map[int]string{0: "", 1: "", 2: "", 3: "ii"} {
		rows := make([]int, 0, n)
		for i := range n {
			rows = append(rows, i+1)
		}
		l := Cut(rows, 2, name)
		if l.Next != want || len(l.Items) != min(n, 2) || l.Items == nil {
			t.Errorf("Cut of %d rows = %+v, want next %q", n, l, want)
		}
	}
}
