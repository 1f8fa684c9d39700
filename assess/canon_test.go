package assess

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// R310: what was written by encoding/json comes out the same, to the byte.
func TestCanonicalIsPlainJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("甲乙<>&\"\\\n\x00\x7f\u2028\u2029\ufffd"))),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		fields := []any{text, rapid.Int().Draw(t, "n"), uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")),
			points("0").Add(points("-12.5000")).Shift(int32(rapid.IntRange(-9, 9).Draw(t, "shift")))}
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(fields); err != nil {
			t.Fatal(err)
		}
		if got := string(appendLine(nil, fields...)); got != want.String() {
			t.Fatalf("%q, want %q", got, want.String())
		}
		l := Entry{&Spec{Code: text}, Line{Part: text, N: fields[1].(int), Before: points("12.50"), Points: points("-0.125"), Formula: text}} //nolint:errcheck,forcetypeassert // drawn above
		line := string(appendLine(nil, "entry", text, text, l.N, l.Before, l.Points, text))
		if got := string(l.text(nil, true)); got != line {
			t.Fatalf("%q, want %q", got, line)
		}
	})
}
