package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/job"
	"hetu/tenant"
)

// A Solicitation asks tenants below for a report (约稿), as its asker's list
// shows it.
type Solicitation struct {
	ID      uuid.UUID  `db:"id" json:"id"`
	Title   string     `db:"title" json:"title"`
	Kind    string     `db:"kind" json:"kind"`
	DueAt   time.Time  `db:"due_at" json:"due_at"`
	State   string     `db:"state" json:"state" enum:"open,withdrawn"`
	By      string     `db:"by_name" json:"by"`
	SentAt  time.Time  `db:"sent_at" json:"sent_at"`
	Urges   int        `db:"urges" json:"urges"`
	UrgedAt *time.Time `db:"urged_at" json:"urged_at"`
	Units   int        `db:"units" json:"units"`
	OnTime  int        `db:"on_time" json:"on_time"`
	Late    int        `db:"late" json:"late"`
	Waiting int        `db:"waiting" json:"waiting"` // have not answered
	Version int        `db:"version" json:"version"`
}

const solicitationColumns = `s.id, s.title, s.kind, s.due_at, s.state, s.by_name, s.sent_at, s.urges, s.urged_at, s.version,
	(select count(*) from solicited d where d.solicitation_id = s.id) as units,
	(select count(*) from solicited d where d.solicitation_id = s.id and d.envelope_id is not null and not d.late) as on_time,
	(select count(*) from solicited d where d.solicitation_id = s.id and d.late) as late,
	(select count(*) from solicited d where d.solicitation_id = s.id and d.envelope_id is null) as waiting`

var askOrder = feature.NewOrder("-sent_at", "s.id", func(s Solicitation) uuid.UUID { return s.ID },
	feature.ByTime("sent_at", "s.sent_at", func(s Solicitation) time.Time { return s.SentAt }),
	feature.ByTime("due_at", "s.due_at", func(s Solicitation) time.Time { return s.DueAt }),
	feature.ByText("title", "s.title", func(s Solicitation) string { return s.Title }),
	feature.ByWord("state", "s.state", func(s Solicitation) string { return s.State }),
)

type askQuery struct {
	feature.Page
	State string `json:"-" query:"state"` // open or withdrawn; all if empty
	Q     string `json:"-" query:"q"`     // only those with this in their titles
}

// Validate refuses a state there is not.
func (q askQuery) Validate() error {
	switch q.State {
	case "", "open", "withdrawn":
		return nil
	}
	return feature.ErrChoice.On("state")
}

// Sorts are what solicitations may be sorted by.
func (askQuery) Sorts() []string { return askOrder.Names() }

func solicitations(ctx context.Context, tx *tenant.Tx, q askQuery) (l feature.List[Solicitation], err error) {
	at, err := askOrder.Read(q.Page)
	if err != nil {
		return l, err
	}
	args := feature.Args{q.State, q.Q}
	query := `
		select ` + solicitationColumns + `
		  from solicitations s
		 where ($1 = '' or s.state = $1)
		   and ($2 = '' or position(lower($2) in lower(s.title)) > 0)
		   and ` + at.After(args.Add) + ` order by ` + at.By() + ` limit ` + q.Rows()
	var rows []Solicitation
	err = tx.Select(ctx, &rows, query, args...)
	return feature.Cut(rows, q.Size(), at.Cursor), err
}

var askSheet = feature.Sheet{Name: feature.Text{ZH: "约稿", EN: "Solicitations"}, Columns: []feature.Column{
	{Head: feature.Text{ZH: "主题", EN: "Topic"}, Path: "title"},
	{Head: feature.Text{ZH: "类别", EN: "Kind"}, Path: "kind"},
	{Head: feature.Text{ZH: "状态", EN: "State"}, Path: "state", Words: map[string]feature.Text{
		"open": {ZH: "征集中", EN: "Open"}, "withdrawn": {ZH: "已撤销", EN: "Withdrawn"},
	}},
	{Head: feature.Text{ZH: "发出时间", EN: "Sent"}, Path: "sent_at", Kind: feature.Times},
	{Head: feature.Text{ZH: "截止时间", EN: "Due"}, Path: "due_at", Kind: feature.Times},
	{Head: feature.Text{ZH: "约稿单位数", EN: "Units"}, Path: "units", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "按时报送", EN: "On time"}, Path: "on_time", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "迟报", EN: "Late"}, Path: "late", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "未报", EN: "Not yet"}, Path: "waiting", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "催报次数", EN: "Urged"}, Path: "urges", Kind: feature.Numbers},
}}

// A Solicited is one unit that was asked, and what came of it.
type Solicited struct {
	Unit       Peer       `db:"unit" json:"unit"`
	State      string     `db:"state" json:"state" enum:"waiting,overdue,on_time,late"`
	EnvelopeID *uuid.UUID `db:"envelope_id" json:"envelope_id"`
	Title      string     `db:"title" json:"title"` // of the report
	AnsweredAt *time.Time `db:"answered_at" json:"answered_at"`
}

// A SolicitationPage is a solicitation with whom it asks.
type SolicitationPage struct {
	Solicitation
	Text       string      `json:"text"`
	Reason     string      `json:"reason"`
	ReminderAt *time.Time  `json:"reminder_at"` // when the units still owing are reminded; null if that is over or too late
	Answers    []Solicited `json:"answers"`
	May        []string    `json:"may" enum:"urge,withdraw"`
}

func findSolicitation(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (p SolicitationPage, err error) {
	var row struct {
		Solicitation
		Body     string     `db:"body"`
		Reason   string     `db:"reason"`
		Reminded *time.Time `db:"reminded_at"`
	}
	err = tx.Get(ctx, &row, `select `+solicitationColumns+`, s.body, s.reason, s.reminded_at from solicitations s where s.id = $1`, id)
	if err != nil {
		return p, missing(err, ErrNoSolicitation)
	}
	p = SolicitationPage{Solicitation: row.Solicitation, Text: row.Body, Reason: row.Reason, Answers: []Solicited{}, May: []string{}}
	if at := row.DueAt.Add(-ahead); row.State == "open" && row.Reminded == nil && at.After(tx.Now) {
		p.ReminderAt = &at
	}
	if row.State == "open" {
		if row.Waiting > 0 {
			p.May = append(p.May, "urge")
		}
		p.May = append(p.May, "withdraw")
	}
	return p, nil
}

func solicitation(ctx context.Context, tx *tenant.Tx, q ref) (SolicitationPage, error) {
	p, err := findSolicitation(ctx, tx, q.ID)
	if err != nil {
		return p, err
	}
	err = tx.Select(ctx, &p.Answers, `
		select d.unit_id as "unit.id", d.unit_name as "unit.name", d.envelope_id, coalesce(e.title, '') as title, d.answered_at,
		       case when d.late then 'late' when d.envelope_id is not null then 'on_time' when s.due_at < $2 then 'overdue' else 'waiting' end as state
		  from solicited d
		  join solicitations s on s.id = d.solicitation_id
		  left join envelopes e on e.id = d.envelope_id
		 where d.solicitation_id = $1
		 order by d.envelope_id is not null, d.late desc, d.unit_name, d.unit_id`, q.ID, tx.Now)
	return p, err
}

// ahead is how long before it is due the units still owing are reminded.
const ahead = 24 * time.Hour

// between is the least time from one urge to the next.
const between = time.Hour

type newSolicitation struct {
	Audience
	Title string    `json:"title" minLength:"1" maxLength:"120"`
	Text  string    `json:"text,omitempty" maxLength:"4000"`
	Kind  string    `json:"kind,omitempty" maxLength:"40"`
	DueAt time.Time `json:"due_at"`
}

// Validate refuses a title of nothing but spaces, and nobody to ask.
func (n *newSolicitation) Validate() error {
	if err := feature.Trim(&n.Title, "title", 120); err != nil {
		return err
	}
	return n.Audience.Validate()
}

func solicit(ctx context.Context, tx *tenant.Tx, n newSolicitation) (p SolicitationPage, err error) {
	if !n.DueAt.After(tx.Now) {
		return p, ErrDuePast.On("due_at")
	}
	us, err := n.among(ctx, tx)
	if err != nil {
		return p, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into solicitations (id, title, body, kind, due_at, by_id, by_name, sent_at, changed_by, changed_at)
		     values               ($1, $2,    $3,   $4,   $5,     $6,    $7,      $8,      $7,         $8)`,
		id, n.Title, n.Text, n.Kind, n.DueAt, tenant.Optional(tx.Actor.Member), tx.Actor.Name, tx.Now)
	if err != nil {
		return p, err
	}
	ids, names, copies := make([]uuid.UUID, len(us)), make([]string, len(us)), make([]uuid.UUID, len(us))
	for i, u := range us {
		ids[i], names[i], copies[i] = u.ID, u.Name, tenant.NewID()
	}
	_, err = tx.Exec(ctx, `
		insert into solicited (solicitation_id, unit_id, unit_name, copy_id)
		     select $1, u.id, u.name, u.copy from unnest($2::uuid[], $3::text[], $4::uuid[]) as u (id, name, copy)`,
		id, tenant.Array(ids), tenant.Array(names), tenant.Array(copies))
	if err != nil {
		return p, err
	}
	if _, err := tx.Exec(ctx, `select exchange_ask($1, $2)`, id, tenant.Array(ids)); err != nil {
		return p, notBelow(err)
	}
	if at := n.DueAt.Add(-ahead); at.After(tx.Now) {
		if err := job.Later(ctx, tx, remindWork, remindArgs{id}, at); err != nil {
			return p, err
		}
	}
	tx.Audit("exchange.solicited", asking(id), map[string]any{"title": n.Title, "due_at": n.DueAt, "units": ids})
	return solicitation(ctx, tx, ref{id})
}

func notBelow(err error) error {
	if tenant.Constraint(err) == "exchange_not_below" {
		return ErrNotBelow.On("targets")
	}
	return err
}

// tellUnits changes what the units are told of a solicitation that is open, and
// carries it to those that still owe a report, or to all. A unit that was
// removed since, or stands below no longer, is not told.
func tellUnits(ctx context.Context, tx *tenant.Tx, id uuid.UUID, all bool) (n int, err error) {
	var owing []uuid.UUID
	err = tx.Select(ctx, &owing, `
		select unit_id from solicited
		 where solicitation_id = $1 and ($2 or envelope_id is null)
		   and unit_id in (select k.id from platform.kin() k where k.relation = 'descendant')`, id, all)
	if err != nil || len(owing) == 0 {
		return 0, err
	}
	_, err = tx.Exec(ctx, `select exchange_ask($1, $2)`, id, tenant.Array(owing))
	return len(owing), err
}

// urge reminds the units that still owe a report, at most once an hour.
func urge(ctx context.Context, tx *tenant.Tx, q ref) (p SolicitationPage, err error) {
	n, err := tx.Exec(ctx, `
		update solicitations
		   set news = 'urged', urges = urges + 1, urged_at = $2, version = version + 1, changed_by = $3, changed_at = $2
		 where id = $1 and state = 'open' and (urged_at is null or urged_at <= $4)`, q.ID, tx.Now, tx.Actor.Name, tx.Now.Add(-between))
	if err != nil {
		return p, err
	}
	if n == 0 {
		p, err = findSolicitation(ctx, tx, q.ID)
		switch {
		case err != nil:
			return p, err
		case p.State != "open":
			return p, ErrState.With("state", p.State)
		}
		return p, ErrUrged.With("urged_at", p.UrgedAt)
	}
	told, err := tellUnits(ctx, tx, q.ID, false)
	if err != nil {
		return p, err
	}
	if told == 0 {
		return p, ErrNobodyOwes
	}
	tx.Audit("exchange.urged", asking(q.ID), map[string]any{"units": told})
	return solicitation(ctx, tx, q)
}

// withdrawSolicitation takes back what was asked. Reports that came stay.
func withdrawSolicitation(ctx context.Context, tx *tenant.Tx, q refusal) (p SolicitationPage, err error) {
	n, err := tx.Exec(ctx, `
		update solicitations set state = 'withdrawn', news = 'withdrawn', reason = $3, version = version + 1, changed_by = $4, changed_at = $5
		 where id = $1 and version = $2 and state = 'open'`, q.ID, q.Version, q.Reason, tx.Actor.Name, tx.Now)
	if err != nil {
		return p, err
	}
	if n == 0 {
		return p, lostSolicitation(ctx, tx, q.ID, q.Version)
	}
	if _, err := tellUnits(ctx, tx, q.ID, true); err != nil {
		return p, err
	}
	tx.Audit("exchange.solicitation_withdrawn", asking(q.ID), nil)
	return solicitation(ctx, tx, q.ref)
}

func lostSolicitation(ctx context.Context, tx *tenant.Tx, id uuid.UUID, seen int) error {
	var now struct {
		State   string    `db:"state"`
		Version int       `db:"version"`
		By      string    `db:"changed_by"`
		At      time.Time `db:"changed_at"`
	}
	err := tx.Get(ctx, &now, `select state, version, changed_by, changed_at from solicitations where id = $1`, id)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return ErrNoSolicitation
	case err != nil:
		return err
	case now.Version != seen:
		return ErrStale.With("version", now.Version).With("changed_by", now.By).With("changed_at", now.At).With("changed", []string{"state"})
	}
	return ErrState.With("state", now.State)
}

// remindWork is the name of the work that reminds units of what is due.
const remindWork = "exchange.remind"

type remindArgs struct {
	Solicitation uuid.UUID `json:"solicitation"`
}

// remind tells the units that still owe a report that it will soon be due.
// Done twice, it reminds them once.
func remind(ctx context.Context, db *tenant.DB, raw json.RawMessage) error {
	var args remindArgs
	if err := json.Unmarshal(raw, &args); err != nil {
		return fmt.Errorf("exchange: remind: %w", err)
	}
	return db.Write(ctx, func(tx *tenant.Tx) error {
		n, err := tx.Exec(ctx, `
			update solicitations set news = 'reminded', reminded_at = $2
			 where id = $1 and state = 'open' and reminded_at is null and due_at > $2`, args.Solicitation, tx.Now)
		if err != nil || n == 0 {
			return err
		}
		told, err := tellUnits(ctx, tx, args.Solicitation, false)
		tx.Audit("exchange.reminded", asking(args.Solicitation), map[string]any{"units": told})
		return err
	})
}

func asking(id uuid.UUID) string { return "exchange/solicitation/" + id.String() }
