package outward

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/job"
	"hetu/message"
	"hetu/tenant"
)

// A Setting is a channel as those who look after the unit see it.
type Setting struct {
	Channel     string       `db:"-" json:"channel"`
	SetUp       bool         `db:"-" json:"set_up"` // there is somewhere to send to
	On          bool         `db:"is_on" json:"on"`
	Wording     string       `db:"wording" json:"wording" enum:"title,kind"`
	Kinds       tenant.Texts `db:"kinds" json:"kinds"`
	AllKinds    []string     `db:"-" json:"all_kinds"`
	PausedUntil *time.Time   `db:"paused_until" json:"paused_until"`
	PausedFor   string       `db:"paused_for" json:"paused_for"`
	Version     int          `db:"version" json:"version"`
	Counts      Counts       `db:"-" json:"counts"` // of the last thirty days
}

// Counts are how many notices came to which end.
type Counts struct {
	Waiting  int `db:"waiting" json:"waiting"`
	Sent     int `db:"sent" json:"sent"`
	Failed   int `db:"failed" json:"failed"`
	Skipped  int `db:"skipped" json:"skipped"`
	Unlinked int `db:"unlinked" json:"unlinked"` // of those skipped: nobody knew where to
}

func (h *House) listSettings(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Setting], err error) {
	l.Items = []Setting{}
	for _, c := range h.Channels {
		s, err := h.setting(ctx, tx, c)
		if err != nil {
			return l, err
		}
		l.Items = append(l.Items, s)
	}
	return l, nil
}

func (h *House) setting(ctx context.Context, tx *tenant.Tx, c Channel) (s Setting, err error) {
	err = tx.Get(ctx, &s, `
		select is_on, wording, kinds, case when paused_until > $2 then paused_until end as paused_until,
		       case when paused_until > $2 then paused_for else '' end as paused_for, version
		  from outward_channels where channel = $1`, c.Name(), tx.Now)
	if errors.Is(err, tenant.ErrNoRows) {
		s, err = Setting{Wording: "title", Kinds: tenant.Texts{}}, nil
	}
	if err != nil {
		return s, err
	}
	line, err := c.Open(ctx, tx)
	if err != nil {
		return s, err
	}
	s.Channel, s.SetUp, s.AllKinds = c.Name(), line != nil, h.AllKinds()
	return s, tx.Get(ctx, &s.Counts, `
		select count(*) filter (where d.state in ('waiting', 'packed')) as waiting, count(*) filter (where d.state = 'sent') as sent,
		       count(*) filter (where d.state = 'failed') as failed, count(*) filter (where d.state = 'skipped') as skipped,
		       count(*) filter (where d.state = 'skipped' and d.reason = 'unlinked') as unlinked
		  from outward_deliveries d join notices n on n.id = d.notice_id
		 where d.channel = $1 and n.at > $2::timestamptz - interval '30 days'`, c.Name(), tx.Now)
}

// A Change says what goes out by a channel from now on.
type Change struct {
	Channel string   `json:"-" path:"channel"`
	On      bool     `json:"on"`
	Wording string   `json:"wording" enum:"title,kind"`
	Kinds   []string `json:"kinds" maxItems:"40"`
	Version int      `json:"version" minimum:"0"`
}

// set replaces the setting of a channel. A rest the channel was taking is over: who
// has just mended it wants to see whether it works.
func (h *House) set(ctx context.Context, tx *tenant.Tx, in Change) (s Setting, err error) {
	c, err := h.channel(in.Channel)
	if err != nil {
		return s, err
	}
	in.Kinds = slices.Compact(append([]string{}, slices.Sorted(slices.Values(in.Kinds))...)) // never nil
	all := h.AllKinds()
	if slices.ContainsFunc(in.Kinds, func(k string) bool { return !slices.Contains(all, k) }) {
		return s, ErrKind
	}
	line, err := c.Open(ctx, tx)
	if err != nil {
		return s, err
	}
	if in.On && line == nil {
		return s, ErrNotSetUp
	}
	was, err := h.setting(ctx, tx, c)
	if err != nil {
		return s, err
	}
	n, err := tx.Exec(ctx, `
		insert into outward_channels as c (channel, is_on, wording, kinds, changed_by, changed_at, changed)
		select $1, $2, $3, $4, $5, $6, $7 where $8 = 0
		on conflict on constraint outward_channels_pkey do nothing`,
		in.Channel, in.On, in.Wording, tenant.Array(in.Kinds), tx.Actor.Name, tx.Now, tenant.Array(was.differs(in)), in.Version)
	if err == nil && n == 0 {
		n, err = tx.Exec(ctx, `
			update outward_channels
			   set is_on = $2, wording = $3, kinds = $4, changed_by = $5, changed_at = $6, changed = $7,
			       version = version + 1, paused_until = null, paused_for = ''
			 where channel = $1 and version = $8`,
			in.Channel, in.On, in.Wording, tenant.Array(in.Kinds), tx.Actor.Name, tx.Now, tenant.Array(was.differs(in)), in.Version)
	}
	if err == nil && n == 0 {
		err = stale(ctx, tx, in.Channel)
	}
	if err != nil {
		return s, err
	}
	tx.Audit("outward.set", "outward/channel/"+in.Channel, map[string]any{"on": in.On, "wording": in.Wording, "kinds": in.Kinds})
	if err := job.Later(ctx, tx, message.Deliver, nil, time.Time{}); err != nil {
		return s, err
	}
	return h.setting(ctx, tx, c)
}

// differs returns the names of the fields a change is about.
func (s Setting) differs(in Change) []string {
	changed := []string{}
	if s.On != in.On {
		changed = append(changed, "on")
	}
	if s.Wording != in.Wording {
		changed = append(changed, "wording")
	}
	if !slices.Equal(s.Kinds, in.Kinds) {
		changed = append(changed, "kinds")
	}
	return changed
}

// stale is what the second of two who change a channel is told.
func stale(ctx context.Context, tx *tenant.Tx, channel string) error {
	var now struct {
		Version int          `db:"version"`
		By      string       `db:"changed_by"`
		At      time.Time    `db:"changed_at"`
		Changed tenant.Texts `db:"changed"`
	}
	err := tx.Get(ctx, &now, `select version, changed_by, changed_at, changed from outward_channels where channel = $1`, channel)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrStale.With("version", 0)
	}
	if err != nil {
		return err
	}
	return ErrStale.With("version", now.Version).With("changed_by", now.By).With("changed_at", now.At).With("changed", now.Changed)
}

type byChannel struct {
	Channel string `json:"-" path:"channel"`
}

// Tested says that a test went out.
type Tested struct {
	OK bool `json:"ok"`
}

// test sends the actor a notice that says it is a test. Of an answer that is no yes
// it tells the kind and nothing else (IN-04).
func (h *House) test(ctx context.Context, d feature.Deps, _ *feature.Client, in byChannel) (t Tested, err error) {
	c, err := h.channel(in.Channel)
	if err != nil {
		return t, err
	}
	var line Line
	var address string
	var p Parcel
	err = d.DB.Write(ctx, func(tx *tenant.Tx) (err error) {
		if line, err = c.Open(ctx, tx); err != nil {
			return err
		}
		if line == nil {
			return ErrNotSetUp
		}
		s, err := stand(ctx, tx, in.Channel)
		if err != nil {
			return err
		}
		to, err := line.Addresses(ctx, tx, []uuid.UUID{tx.Actor.Member})
		if err != nil {
			return err
		}
		if address = to[tx.Actor.Member]; address == "" {
			return ErrNoLink
		}
		p = Parcel{Title: h.Kinds["test"], Body: h.Words["test"] + "\n" + tx.Now.In(shanghai).Format(time.DateTime), Link: h.link(s.Slug, ""), To: []string{address}}
		tx.Audit("outward.tested", "outward/channel/"+in.Channel, nil)
		return nil
	})
	if err != nil {
		return t, err
	}
	receipt, err := line.Send(ctx, p)
	if err != nil {
		return t, ErrTest.With("reason", failureOf(err).Reason)
	}
	if reason, refused := receipt.Refused[address]; refused {
		return t, ErrTest.With("reason", reason)
	}
	return Tested{OK: true}, nil
}
