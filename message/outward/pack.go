package outward

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/job"
	"hetu/message"
	"hetu/tenant"
)

// many is how many rows are packed in one transaction.
const many = 1000

// A standing is how a channel of a tenant is set just now.
type standing struct {
	On          bool         `db:"is_on"`
	Wording     string       `db:"wording"`
	Kinds       tenant.Texts `db:"kinds"`
	PausedUntil *time.Time   `db:"paused_until"`
	Active      bool         `db:"active"` // the tenant is not suspended
	Slug        string       `db:"slug"`   // of the tenant
}

func stand(ctx context.Context, tx *tenant.Tx, channel string) (s standing, err error) {
	err = tx.Get(ctx, &s, `
		select coalesce(c.is_on, false) as is_on, coalesce(c.wording, 'kind') as wording, coalesce(c.kinds, '{}') as kinds, c.paused_until,
		       k.state = 'active' as active, k.slug
		  from platform.kin() k left join outward_channels c on c.channel = $1
		 where k.relation = 'self'`, channel)
	if errors.Is(err, tenant.ErrNoRows) {
		err = nil // a tenant on no list sends nothing
	}
	return s, err
}

// rests returns until when nothing goes out: the zero time if it may now.
func (s standing) rests(now time.Time) time.Time {
	if s.PausedUntil != nil && s.PausedUntil.After(now) {
		return *s.PausedUntil
	}
	return time.Time{}
}

// A candidate is a row that waits, with all that decides about it.
type candidate struct {
	Notice uuid.UUID      `db:"notice_id"`
	Member uuid.UUID      `db:"member_id"`
	Code   string         `db:"code"`
	Params message.Params `db:"params"`
	Text   string         `db:"text"` // the parameters as they are stored
	Href   string         `db:"href"`
	At     time.Time      `db:"at"`
	Due    time.Time      `db:"due_at"`
	Read   bool           `db:"read"`
	There  bool           `db:"there"`
	Mode   string         `db:"mode"`
	Quiet  bool           `db:"quiet"`
	Lately int            `db:"lately"` // what the person got in the last minute, or is about to
}

// A verdict is what becomes of a row: it goes out with a parcel, waits, or is left.
type verdict struct {
	State, Reason string
	Due           time.Time
	Parcel        *uuid.UUID
}

// pack puts rows that are due into parcels, and returns how many rows it saw. What
// is to wait it asks to be looked at again when its time has come.
func (h *House) pack(ctx context.Context, db *tenant.DB, c Channel) (seen int, err error) {
	err = db.Write(ctx, func(tx *tenant.Tx) error {
		seen = 0
		s, err := stand(ctx, tx, c.Name())
		if err != nil || !s.Active || !s.rests(tx.Now).IsZero() {
			return err
		}
		all, err := waiting(ctx, tx, c.Name())
		if err != nil || len(all) == 0 {
			return err
		}
		seen = len(all)
		verdicts, err := h.judge(ctx, tx, c, s, all)
		if err == nil {
			err = h.wrap(ctx, tx, c, s, all, verdicts)
		}
		if err == nil {
			err = settle(ctx, tx, c.Name(), all, verdicts)
		}
		return err
	})
	return seen, err
}

// waiting takes the rows that are due; another node takes others.
func waiting(ctx context.Context, tx *tenant.Tx, channel string) (all []candidate, err error) {
	err = tx.Select(ctx, &all, `
		select d.notice_id, d.member_id, d.code, n.params, n.params::text as text, n.href, n.at, d.due_at, n.read_at is not null as read,
		       m.state = 'active' as there, coalesce(w.mode, 'all') as mode, coalesce(w.quiet, true) as quiet,
		       (select count(*) from outward_deliveries r where r.member_id = d.member_id and r.channel = d.channel
		           and (r.state = 'packed' or r.state = 'sent' and r.sent_at > $2::timestamptz - interval '1 minute')) as lately
		  from outward_deliveries d
		  join notices n on n.id = d.notice_id
		  join members m on m.id = d.member_id
		  left join outward_wishes w on w.member_id = d.member_id and w.channel = d.channel
		 where d.channel = $1 and d.state = 'waiting' and d.due_at <= $2
		 order by d.due_at, d.notice_id
		 limit $3
		   for update of d skip locked`, channel, tx.Now, many)
	return all, err
}

// judge decides about each row: in this order, so that a row that is left says the
// reason that would hold whatever else did.
func (h *House) judge(ctx context.Context, tx *tenant.Tx, c Channel, s standing, all []candidate) ([]verdict, error) {
	refs := make([]Ref, len(all))
	members := make([]uuid.UUID, len(all))
	for i, r := range all {
		refs[i], members[i] = Ref{r.Code, r.Href, r.At}, r.Member
	}
	over, err := h.Over(ctx, tx, refs)
	if err != nil {
		return nil, err
	}
	opens, err := h.Opens(ctx, tx, tx.Now)
	if err != nil {
		return nil, err
	}
	var addresses map[uuid.UUID]string
	line, err := c.Open(ctx, tx)
	if err == nil && line != nil {
		addresses, err = line.Addresses(ctx, tx, members)
	}
	if err != nil {
		return nil, err
	}
	lately := map[uuid.UUID]int{}
	verdicts := make([]verdict, len(all))
	for i, r := range all {
		urgent := h.Urgent(r.Code)
		v := &verdicts[i]
		switch {
		case !s.On || line == nil || !slices.Contains(s.Kinds, kindOf(r.Code)):
			*v = verdict{State: "skipped", Reason: "off"}
		case over[i]:
			*v = verdict{State: "skipped", Reason: "over"}
		case !r.There:
			*v = verdict{State: "skipped", Reason: "gone"}
		case r.Read:
			*v = verdict{State: "skipped", Reason: "read"}
		case r.Mode == "none" || r.Mode == "urgent" && !urgent:
			*v = verdict{State: "skipped", Reason: "unwanted"}
		case addresses[r.Member] == "":
			*v = verdict{State: "skipped", Reason: "unlinked"}
		case tx.Now.Sub(r.Due) > tooLate: // a holiday it waited for does not count
			*v = verdict{State: "skipped", Reason: "late"}
		case r.Quiet && !urgent && opens.After(tx.Now):
			*v = verdict{State: "waiting", Due: opens}
		case r.Lately+lately[r.Member] >= perMinute:
			*v = verdict{State: "waiting", Due: tx.Now.Add(time.Minute)}
		default:
			lately[r.Member]++
			*v = verdict{State: "packed", Reason: addresses[r.Member]}
		}
	}
	return verdicts, nil
}

// A box is a parcel while it is being filled.
type box struct {
	ID        uuid.UUID   `json:"id"`
	Title     string      `json:"title"`
	Body      string      `json:"body"`
	Href      string      `json:"href"`
	Addresses []string    `json:"addresses"`
	Members   []uuid.UUID `json:"members"`
}

// wrap makes parcels of the rows that go out: one for all to whom the same is said.
func (h *House) wrap(ctx context.Context, tx *tenant.Tx, c Channel, s standing, all []candidate, verdicts []verdict) error {
	open := map[string]*box{}
	var boxes []*box
	for i, r := range all {
		v := &verdicts[i]
		if v.State != "packed" {
			continue
		}
		key := fmt.Sprintf("%s\x00%s\x00%s\x00%d", r.Code, r.Text, r.Href, r.At.Unix()/60)
		b := open[key]
		if b == nil || len(b.Addresses) == c.Batch() {
			b = &box{ID: tenant.NewID(), Href: r.Href}
			b.Title, b.Body = h.word(s.Wording, r.Code, r.Params, r.At)
			open[key], boxes = b, append(boxes, b)
		}
		b.Addresses, b.Members = append(b.Addresses, v.Reason), append(b.Members, r.Member)
		v.Reason, v.Parcel = "", &b.ID
	}
	if len(boxes) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		insert into outward_parcels (id, channel, title, body, href, addresses, members, next_at, created_at)
		select p.id, $1, p.title, p.body, p.href, p.addresses, p.members, $3, $3
		  from jsonb_to_recordset($2::jsonb) as p (id uuid, title text, body text, href text, addresses text[], members uuid[])`,
		c.Name(), tenant.JSON(boxes), tx.Now)
	return err
}

// settle writes the verdicts down and asks to be called when the next row is due,
// unless somebody has asked for that moment before: what waits for the morning all
// waits for the same.
func settle(ctx context.Context, tx *tenant.Tx, channel string, all []candidate, verdicts []verdict) error {
	type row struct {
		Notice uuid.UUID  `json:"notice"`
		State  string     `json:"state"`
		Reason string     `json:"reason"`
		Due    *time.Time `json:"due"`
		Parcel *uuid.UUID `json:"parcel"`
	}
	rows := make([]row, len(all))
	var next time.Time
	for i, v := range verdicts {
		rows[i] = row{Notice: all[i].Notice, State: v.State, Reason: v.Reason, Parcel: v.Parcel}
		if v.Due.IsZero() {
			continue
		}
		rows[i].Due = &v.Due
		if next.IsZero() || v.Due.Before(next) {
			next = v.Due
		}
	}
	var asked bool
	if !next.IsZero() {
		err := tx.Get(ctx, &asked, `select exists (select from outward_deliveries where channel = $1 and state = 'waiting' and due_at = $2)`, channel, next)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `
		update outward_deliveries d
		   set state = v.state, reason = v.reason, due_at = coalesce(v.due, d.due_at), parcel_id = v.parcel
		  from jsonb_to_recordset($2::jsonb) as v (notice uuid, state text, reason text, due timestamptz, parcel uuid)
		 where d.notice_id = v.notice and d.channel = $1 and d.state = 'waiting'`, channel, tenant.JSON(rows))
	if err == nil && !next.IsZero() && !asked {
		err = job.Later(ctx, tx, message.Deliver, nil, next)
	}
	return err
}
