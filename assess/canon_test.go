package assess

import (
	"bufio"
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
		var want, got bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(false)
		if err := e.Encode(fields); err != nil {
			t.Fatal(err)
		}
		c := canon{out: bufio.NewWriter(&got)}
		c.put(fields...)
		if err := c.out.Flush(); err != nil || got.String() != want.String() {
			t.Fatalf("%q %v, want %q", got.String(), err, want.String())
		}
	})
}
