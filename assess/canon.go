package assess

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// appendLine appends a JSON array and the end of the line, as encoding/json
// writes them without escaping HTML.
func appendLine(b []byte, fields ...any) []byte {
	b = append(b, '[')
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
	return append(b, ']', '\n')
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
