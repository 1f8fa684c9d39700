package review

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/attachment"
	"hetu/feature"
	"hetu/tenant"
)

// A LineState is an indicator of a call with who reviews it.
type LineState struct {
	Line
	Assessors []Assessor `json:"assessors"`
	Suggested []Assessor `json:"suggested"` // people of the responsible department
}

// A UnitState is how a unit of a call stands.
type UnitState struct {
	ID        uuid.UUID   `json:"id"`
	Unit      assess.Unit `json:"unit"`
	State     string      `json:"state" enum:"waiting,returned,overdue,submitted"`
	Late      bool        `json:"late"`
	By        string      `json:"by_name"` // who submitted
	At        *time.Time  `json:"at"`
	Due       string      `json:"due_day" format:"date"`
	Permit    *string     `json:"permit_until"`
	Reason    string      `json:"return_reason"`
	Lines     int         `json:"lines"`
	Scored    int         `json:"scored"`   // lines everybody has scored
	Disputed  int         `json:"disputed"` // lines that wait for a decision
	Short     int         `json:"short"`    // lines that fewer than two may look at
	Version   int         `json:"version"`
	CallState string      `json:"call_state" enum:"open,reviewing,closing,closed,cancelled"`
}

// A Progress is how far an assessor has come.
type Progress struct {
	Assessor
	Done   int     `json:"done"`
	All    int     `json:"all"`
	Permit *string `json:"permit_until"`
}

// A Page is a call with everything about it.
type Page struct {
	Call
	Lines  []LineState `json:"lines"`
	Units  []UnitState `json:"units"`
	People []Progress  `json:"people"`
	May    []string    `json:"may" enum:"assign,start,cancel,permit,close"`
}

func callPage(ctx context.Context, tx *tenant.Tx, q ref) (p Page, err error) {
	r, err := load(ctx, tx, q.ID, nil)
	if err != nil {
		return p, err
	}
	near, err := suggested(ctx, tx)
	if err != nil {
		return p, err
	}
	p = Page{Call: r.call.Call, Lines: []LineState{}, Units: []UnitState{}, People: []Progress{}}
	if p.May, err = r.call.may(ctx, tx); err != nil {
		return p, err
	}
	for _, l := range r.call.Lines {
		s := LineState{Line: l, Assessors: []Assessor{}, Suggested: []Assessor{}}
		for _, a := range r.assessors {
			if a.Code == l.Code {
				s.Assessors = append(s.Assessors, a.Assessor)
			}
		}
		if l.Department != "" {
			s.Suggested = append(s.Suggested, near[l.Department]...)
		}
		p.Lines = append(p.Lines, s)
	}
	for _, u := range r.units {
		p.Units = append(p.Units, r.state(u, today(tx)))
	}
	p.People, err = r.people(ctx, tx)
	return p, err
}

// may lists what can be done about a call. One that is being closed can be
// closed again if whatever was closing it gave up.
func (c callRow) may(ctx context.Context, tx *tenant.Tx) ([]string, error) {
	switch c.State {
	case "open":
		return []string{"assign", "start", "cancel", "permit"}, nil
	case "reviewing":
		if over, err := c.over(ctx, tx); err != nil || over {
			return []string{"cancel"}, err
		}
		return []string{"assign", "permit", "close"}, nil
	case "closing":
		var alive bool
		err := tx.Get(ctx, &alive, `select exists (select from works where id = $1 and state in ('queued', 'running'))`, c.WorkID)
		if !alive {
			return []string{"close"}, err
		}
	}
	return []string{}, nil
}

// suggested are people by the name of their department, its head first.
func suggested(ctx context.Context, tx *tenant.Tx) (map[string][]Assessor, error) {
	var rows []Assessor
	err := tx.Select(ctx, &rows, `
		select m.id as member_id, m.name, d.name as department
		  from departments d join posts p on p.department_id = d.id join members m on m.id = p.member_id
		 where m.state = 'active' and m.account_id is not null
		 order by d.name, p.head desc, m.name`)
	near := map[string][]Assessor{}
	for _, a := range rows {
		if len(near[a.Department]) < 6 {
			near[a.Department] = append(near[a.Department], a)
		}
	}
	return near, err
}

// state says how a unit stands on a day.
func (r review) state(u unitRow, day string) UnitState {
	s := UnitState{ID: u.ID, Unit: u.unit(), State: u.stands(day), Due: u.Due, Permit: u.Permit, Reason: u.Because, Lines: len(u.Lines),
		Version: u.Version, CallState: r.call.State}
	if u.submitted() {
		s.Late, s.By, s.At, s.Reason = u.Late, u.By, u.At, ""
	}
	for _, l := range u.Lines {
		switch r.judge(u, l).State {
		case "short":
			s.Short++
		case "disputed":
			s.Scored++
			s.Disputed++
		case "agreed", "settled":
			s.Scored++
		}
	}
	return s
}

// people says how far everybody who reviews has come.
func (r review) people(ctx context.Context, tx *tenant.Tx) ([]Progress, error) {
	permits, err := permitsOf(ctx, tx, r.call.ID)
	if err != nil {
		return nil, err
	}
	at := map[uuid.UUID]int{}
	all := []Progress{}
	for _, a := range r.assessors {
		i, ok := at[a.ID]
		if !ok {
			i = len(all)
			at[a.ID] = i
			all = append(all, Progress{Assessor: a.Assessor, Permit: permits[a.ID]})
		}
		for _, u := range r.units {
			l, ok := find(u.Lines, a.Code)
			if !ok || r.interests.refuse(a, u, l) != nil {
				continue
			}
			all[i].All++
			if r.gave(u, l, a.ID) != nil {
				all[i].Done++
			}
		}
	}
	return all, nil
}

func (r review) gave(u unitRow, l Line, member uuid.UUID) *givenRow {
	for i, g := range r.given[cell{u.ID, l.Code}] {
		if g.Member == member {
			return &r.given[cell{u.ID, l.Code}][i]
		}
	}
	return nil
}

// permitsOf are the days until which people may review late.
func permitsOf(ctx context.Context, tx *tenant.Tx, call uuid.UUID) (map[uuid.UUID]*string, error) {
	var rows []struct {
		Member uuid.UUID `db:"member_id"`
		Until  string    `db:"until"`
	}
	err := tx.Select(ctx, &rows, `
		select member_id, to_char(max(until), 'YYYY-MM-DD') as until from review_permits
		 where tenant_id = app_tenant() and call_id = $1 and member_id is not null group by member_id`, call)
	all := map[uuid.UUID]*string{}
	for _, r := range rows {
		all[r.Member] = &r.Until
	}
	return all, err
}

// A UnitPage is a unit of a call, line by line.
type UnitPage struct {
	UnitState
	Call  Call        `json:"call"`
	Lines []Judgement `json:"judgements"`
}

func unitPage(ctx context.Context, tx *tenant.Tx, q ref) (p UnitPage, err error) {
	u, err := unitOf(ctx, tx, q.ID)
	if err != nil {
		return p, err
	}
	r, err := load(ctx, tx, u.Call, &u)
	if err != nil {
		return p, err
	}
	return r.sheet(u, today(tx)), nil
}

func (r review) sheet(u unitRow, day string) UnitPage {
	p := UnitPage{UnitState: r.state(u, day), Call: r.call.Call, Lines: []Judgement{}}
	for _, l := range u.Lines {
		p.Lines = append(p.Lines, r.judge(u, l))
	}
	return p
}

// handing are the endpoints that hand out files.
type handing struct{ files *attachment.Attachments }

// evidence sends a file a unit submitted to who reviews or manages the review.
func (h handing) evidence(ctx context.Context, tx *tenant.Tx, q fileRef) (c feature.Content, err error) {
	u, err := shownTo(ctx, tx, q.ID, q.File)
	if err != nil {
		return c, err
	}
	return u.content(h.files, q.File)
}
