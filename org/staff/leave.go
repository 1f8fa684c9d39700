package staff

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/org"
	"hetu/tenant"
)

// A Line is how much of one sort of things lies with a member.
type Line struct {
	Kind string `json:"kind"`
	N    int    `json:"n"`
	Last bool   `json:"last"` // passed on only when they leave
}

// An Open is what a member would have to hand over.
type Open struct {
	Member person      `json:"member"`
	Lines  []Line      `json:"lines"`
	Leads  []Led       `json:"leads"`  // departments they are the head of
	Grants int         `json:"grants"` // rights that are their own, which end when they leave
	Alone  []Alone     `json:"alone"`  // where nobody has such a right beside them
	Done   []Handed    `json:"done"`   // what has been handed over before
	Posts  []uuid.UUID `json:"posts"`
}

// An Alone is a column in which only the member may do something. Rights are not
// inherited: somebody else has to be given that one.
type Alone struct {
	Column string `json:"column"`
	Right  string `json:"right" enum:"review,publish"`
}

// A Led is a department a member leads.
type Led struct {
	ID   uuid.UUID `db:"id" json:"id"`
	Name string    `db:"name" json:"name"`
}

// A Passed is what became of one sort of things.
type Passed struct {
	Kind   string `json:"kind"`
	Passed int    `json:"passed"`
	Left   int    `json:"left"` // what the successor may not decide, or takes up only later
}

// A Handed is one hand-over.
type Handed struct {
	ID        uuid.UUID           `db:"id" json:"id"`
	Act       string              `db:"act" json:"act" enum:"leave,transfer,handover"`
	Member    string              `db:"member_name" json:"member"`
	Successor string              `db:"successor_name" json:"successor"`
	Reason    string              `db:"reason" json:"reason"`
	Lines     tenant.Rows[Passed] `db:"lines" json:"lines"`
	At        time.Time           `db:"at" json:"at"`
	By        string              `db:"by_name" json:"by"`
}

const handedRows = `select id, act, member_name, successor_name, reason, lines, at, by_name from staff_handovers`

// open counts what lies with a member, sort by sort.
func (s *Staff) open(ctx context.Context, tx *tenant.Tx, member uuid.UUID) ([]Line, error) {
	lines := make([]Line, 0, len(s.Estates))
	for _, e := range s.Estates {
		n, err := e.Open(ctx, tx, member)
		if err != nil {
			return nil, err
		}
		lines = append(lines, Line{e.Kind, n, e.Last})
	}
	return lines, nil
}

func (s *Staff) showOpen(ctx context.Context, tx *tenant.Tx, in byID) (o Open, err error) {
	if err := org.Manages(ctx, tx, in.ID); err != nil {
		return o, err
	}
	if o.Member, err = personOf(ctx, tx, in.ID); err != nil {
		return o, err
	}
	if o.Lines, err = s.open(ctx, tx, in.ID); err != nil {
		return o, err
	}
	o.Leads, o.Done, o.Posts, o.Alone = []Led{}, []Handed{}, []uuid.UUID{}, []Alone{}
	if s.Parts.Alone != nil {
		if o.Alone, err = s.Parts.Alone(ctx, tx, in.ID); err != nil {
			return o, err
		}
	}
	for _, q := range []struct {
		into  any
		query string
	}{
		{&o.Leads, `select d.id, d.name from posts p join departments d on d.id = p.department_id where p.member_id = $1 and p.head order by d.sort, d.id`},
		{&o.Done, handedRows + ` where member_id = $1 order by id desc limit 20`},
		{&o.Posts, `select id from posts where member_id = $1`},
	} {
		if err := tx.Select(ctx, q.into, q.query, in.ID); err != nil {
			return o, err
		}
	}
	return o, tx.Get(ctx, &o.Grants, `select count(*) from grants where subject_kind = 'member' and subject_id = $1`, in.ID)
}

// going is a member's leave: to whom goes what only they could go on with.
type going struct {
	ID        uuid.UUID  `json:"-" path:"id"`
	Reason    string     `json:"reason" minLength:"1" maxLength:"200"`
	Successor *uuid.UUID `json:"successor_id,omitempty"`
	Inherits  bool       `json:"inherits,omitempty"` // the successor leads the departments they led
}

// Validate returns the first thing wrong with the leave.
func (g *going) Validate() error {
	if g.Inherits && g.Successor == nil {
		return feature.ErrMissing.On("successor_id")
	}
	return feature.Trim(&g.Reason, "reason", 200)
}

// leave lets a member go for good in one act (R231, W25): what waits for them
// goes to the successor, their sessions, posts and rights end, and their drafts
// become the successor's. Without a successor it is refused as long as anything
// is open.
func (s *Staff) leave(ctx context.Context, tx *tenant.Tx, in going) (h Handed, err error) {
	if err := org.Manages(ctx, tx, in.ID); err != nil {
		return h, err
	}
	return s.depart(ctx, tx, in)
}

// depart lets a member go, whoever asks.
func (s *Staff) depart(ctx context.Context, tx *tenant.Tx, in going) (h Handed, err error) {
	who, err := personOf(ctx, tx, in.ID)
	switch {
	case err != nil:
		return h, err
	case who.State == "left":
		return h, org.ErrState.With("state", who.State)
	}
	if in.Successor == nil {
		if err := s.Leaving(ctx, tx, in.ID); err != nil {
			return h, err
		}
	}
	act := handing{act: "leave", member: who, reason: in.Reason}
	if err := s.begin(ctx, tx, &act, in.Successor, false); err != nil {
		return h, err
	}
	if in.Inherits {
		if _, err := org.Inherit(ctx, tx, in.ID, act.successor.ID); err != nil {
			return h, err
		}
	}
	if err := endAll(ctx, tx, in.ID); err != nil {
		return h, err
	}
	if err := org.Leave(ctx, tx, in.ID, in.Reason); err != nil {
		return h, err
	}
	if err := s.pass(ctx, tx, &act, true); err != nil {
		return h, err
	}
	return s.end(ctx, tx, act)
}

// moving is a member's transfer.
type moving struct {
	ID         uuid.UUID   `json:"-" path:"id"`
	Department uuid.UUID   `json:"department_id"`
	Title      string      `json:"title" maxLength:"50"`
	Head       bool        `json:"head,omitempty"`
	End        []uuid.UUID `json:"end,omitempty" maxItems:"20"` // the posts that end
	Successor  *uuid.UUID  `json:"successor_id,omitempty"`      // who goes on with what waits; nobody: they take it along
	Reason     string      `json:"reason" minLength:"1" maxLength:"200"`
}

// Validate returns the first thing wrong with the transfer.
func (m *moving) Validate() error { return feature.Trim(&m.Reason, "reason", 200) }

// transfer gives a member another main post, ends old ones and hands over, in one
// act. What they wrote stays theirs.
func (s *Staff) transfer(ctx context.Context, tx *tenant.Tx, in moving) (h Handed, err error) {
	if err := org.Manages(ctx, tx, in.ID); err != nil {
		return h, err
	}
	who, err := personOf(ctx, tx, in.ID)
	if err != nil {
		return h, err
	}
	err = org.ManagesIn(ctx, tx, &in.Department)
	if errors.Is(err, org.ErrNoDepartment) {
		return h, org.ErrNoSubject.On("department_id")
	}
	if err != nil {
		return h, err
	}
	act := handing{act: "transfer", member: who, reason: in.Reason}
	if err := s.begin(ctx, tx, &act, in.Successor, false); err != nil {
		return h, err
	}
	if err := org.Move(ctx, tx, in.ID, org.Seat{DepartmentID: in.Department, Title: in.Title, Head: in.Head}, in.End); err != nil {
		return h, err
	}
	return s.end(ctx, tx, act)
}

// yielding is a hand-over by itself: before a long absence, or of what somebody
// left behind who is gone.
type yielding struct {
	ID        uuid.UUID `json:"-" path:"id"`
	Successor uuid.UUID `json:"successor_id"`
	Reason    string    `json:"reason" minLength:"1" maxLength:"200"`
}

// Validate returns the first thing wrong with the hand-over.
func (y *yielding) Validate() error { return feature.Trim(&y.Reason, "reason", 200) }

func (s *Staff) handOver(ctx context.Context, tx *tenant.Tx, in yielding) (h Handed, err error) {
	if err := org.Manages(ctx, tx, in.ID); err != nil {
		return h, err
	}
	who, err := personOf(ctx, tx, in.ID)
	if err != nil {
		return h, err
	}
	act := handing{act: "handover", member: who, reason: in.Reason}
	if err := s.begin(ctx, tx, &act, &in.Successor, who.State == "left"); err != nil {
		return h, err
	}
	return s.end(ctx, tx, act)
}

// A handing is a hand-over under way.
type handing struct {
	act       string
	member    person
	successor person // nobody, if its id is nil
	reason    string
	lines     []Passed
}

// begin finds the successor and passes on what can be while the member is here;
// with last also what can be only afterwards.
func (s *Staff) begin(ctx context.Context, tx *tenant.Tx, h *handing, successor *uuid.UUID, last bool) (err error) {
	if successor == nil {
		return nil
	}
	if h.successor, err = personOf(ctx, tx, *successor); errors.Is(err, org.ErrNoMember) || err == nil &&
		(h.successor.ID == h.member.ID || h.successor.State != "active") {
		return ErrSuccessor.On("successor_id")
	}
	if err != nil {
		return err
	}
	if err := s.pass(ctx, tx, h, false); err != nil || !last {
		return err
	}
	return s.pass(ctx, tx, h, true)
}

// pass passes on the sorts that can be now, and counts what stays.
func (s *Staff) pass(ctx context.Context, tx *tenant.Tx, h *handing, last bool) error {
	if h.successor.ID == uuid.Nil {
		return nil
	}
	for _, e := range s.Estates {
		if e.Last != last {
			continue
		}
		n, err := e.Pass(ctx, tx, h.member.ID, h.successor.ID)
		if err != nil {
			return err
		}
		left, err := e.Open(ctx, tx, h.member.ID)
		if err != nil {
			return err
		}
		h.lines = append(h.lines, Passed{e.Kind, n, left})
	}
	return nil
}

// end writes the hand-over down and tells the successor.
func (s *Staff) end(ctx context.Context, tx *tenant.Tx, h handing) (out Handed, err error) {
	if h.lines == nil {
		h.lines = []Passed{}
	}
	id := tenant.NewID()
	if err := tx.Get(ctx, &out, `
		insert into staff_handovers (id, act, member_id, member_name, successor_id, successor_name, reason, lines, at, by_name)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		returning id, act, member_name, successor_name, reason, lines, at, by_name`,
		id, h.act, h.member.ID, h.member.Name, tenant.Optional(h.successor.ID), h.successor.Name, h.reason, tenant.JSON(h.lines),
		tx.Now, tx.Actor.Name); err != nil {
		return out, err
	}
	tx.Audit("staff.handed_over", "org/member/"+h.member.ID.String(), map[string]any{
		"act": h.act, "successor": tenant.Optional(h.successor.ID), "lines": h.lines})
	return out, s.tell(ctx, tx, []uuid.UUID{h.successor.ID}, "staff.handed_over", "/approval", map[string]string{
		"name": h.member.Name, "act": h.act, "by": tx.Actor.Name})
}

type handoverQuery struct{ feature.Page }

// listHandovers lists who handed over to whom, the last first: the record of
// leavers and transfers.
func listHandovers(ctx context.Context, tx *tenant.Tx, in handoverQuery) (l feature.List[Handed], err error) {
	after, err := cursor(in.After)
	if err != nil {
		return l, err
	}
	var rows []Handed
	err = tx.Select(ctx, &rows, handedRows+` where $1::uuid is null or id < $1 order by id desc limit $2`, after, in.Size()+1)
	return feature.Cut(rows, in.Size(), func(h Handed) string { return h.ID.String() }), err
}

var handoverSheet = feature.Sheet{
	Name: feature.Text{ZH: "交接记录", EN: "Hand-overs"},
	Columns: []feature.Column{
		{Head: feature.Text{ZH: "时间", EN: "At"}, Path: "at", Kind: feature.Times},
		{Head: feature.Text{ZH: "事由", EN: "Act"}, Path: "act", Words: map[string]feature.Text{
			"leave": {ZH: "离开", EN: "Left"}, "transfer": {ZH: "调动", EN: "Transferred"}, "handover": {ZH: "移交", EN: "Handed over"}}},
		{Head: feature.Text{ZH: "姓名", EN: "Who"}, Path: "member"},
		{Head: feature.Text{ZH: "接手人", EN: "To whom"}, Path: "successor"},
		{Head: feature.Text{ZH: "原因", EN: "Reason"}, Path: "reason"},
		{Head: feature.Text{ZH: "办理人", EN: "By"}, Path: "by"},
	},
}
