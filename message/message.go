// Package message tells people what concerns them: a notice to a person, written
// in the transaction of what it tells about, listed on their desktop until read.
package message

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
)

// What can go wrong here.
var (
	ErrNotFound = fault.New(fault.NotFound, "message.notice_not_found")
	ErrAfter    = fault.New(fault.Invalid, "request.malformed").On("after")
)

// A Notice is what to tell, and whom. The web app words it in the reader's
// language from the code and the parameters, so both are stable; parameters are
// names and titles and never content.
type Notice struct {
	To     []uuid.UUID // members of the tenant; one who stands twice is told once
	Code   string      // "approval.task_arrived"
	Params Params
	Href   string // the page that shows it, "/approval/tasks/<id>"; empty if none does
}

// A Received is a notice as the person who got it sees it.
type Received struct {
	ID     uuid.UUID  `db:"id" json:"id"`
	Code   string     `db:"code" json:"code"`
	Params Params     `db:"params" json:"params"`
	Href   string     `db:"href" json:"href"`
	At     time.Time  `db:"at" json:"at"`
	ReadAt *time.Time `db:"read_at" json:"read_at"`
}

// Params are what a notice names: the title, who did it, by when.
type Params map[string]string

// Scan implements sql.Scanner.
func (p *Params) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("message: parameters are %T, not JSON", src)
	}
	return json.Unmarshal(b, p)
}
