package approval

import (
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
)

// ErrAfter means a cursor did not come from the list it was sent to.
var ErrAfter = fault.New(fault.Invalid, "request.malformed").On("after")

// A mark is a place in a list ordered by a time and an id. Its zero value is
// the beginning.
type mark struct {
	At *time.Time
	ID uuid.UUID
}

func (m mark) String() string {
	return strconv.FormatInt(m.At.UnixMicro(), 36) + "." + m.ID.String()
}

func parseMark(s string) (m mark, err error) {
	if s == "" {
		return m, nil
	}
	micros, id, ok := strings.Cut(s, ".")
	n, err := strconv.ParseInt(micros, 36, 64)
	if !ok || err != nil || n < 0 || n > 1<<52 {
		return m, ErrAfter
	}
	if m.ID, err = uuid.Parse(id); err != nil {
		return m, ErrAfter
	}
	at := time.UnixMicro(n)
	m.At = &at
	return m, nil
}
