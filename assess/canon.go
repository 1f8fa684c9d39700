package assess

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// A canon writes JSON arrays, one to a line, as encoding/json does without
// escaping HTML. It is made for very many short ones; the error of the writer
// comes with the flush.
type canon struct {
	out *bufio.Writer
	buf []byte
}

func (c *canon) put(fields ...any) {
	b := append(c.buf[:0], '[')
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		switch f := f.(type) {
		case string:
			b = appendString(b, f)
		case int:
			b = strconv.AppendInt(b, int64(f), 10)
		case uuid.UUID:
			b = append(append(append(b, '"'), f.String()...), '"')
		case decimal.Decimal:
			b = append(append(append(b, '"'), f.String()...), '"')
		default:
			b = append(b, "null"...) // there is no such field
		}
	}
	c.buf = append(b, ']', '\n')
	_, _ = c.out.Write(c.buf) // kept until the flush
}

// appendString appends a string as JSON has it. Most need no escapes.
func appendString(to []byte, s string) []byte {
	if plainText(s) {
		return append(append(append(to, '"'), s...), '"')
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can be
	return append(to, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

func plainText(s string) bool {
	for _, r := range s {
		if r < ' ' || r == '"' || r == '\\' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == utf8.RuneError {
			return false
		}
	}
	return true
}
