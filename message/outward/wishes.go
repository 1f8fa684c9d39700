package outward

import (
	"context"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A Wish is what a member wants of a channel.
type Wish struct {
	Channel string `json:"channel"`
	On      bool   `json:"on"`     // the unit lets notices out by it
	Linked  bool   `json:"linked"` // it is known where to reach the member
	Mode    string `json:"mode" enum:"all,urgent,none"`
	Quiet   bool   `json:"quiet"` // what is not urgent waits for working time
	Version int    `json:"version"`
}

func (h *House) wishes(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Wish], err error) {
	l.Items = []Wish{}
	for _, c := range h.Channels {
		w, err := wishOf(ctx, tx, c)
		if err != nil {
			return l, err
		}
		l.Items = append(l.Items, w)
	}
	return l, nil
}

func wishOf(ctx context.Context, tx *tenant.Tx, c Channel) (Wish, error) {
	w := Wish{Channel: c.Name()}
	var row struct {
		Mode    string `db:"mode"`
		Quiet   bool   `db:"quiet"`
		Version int    `db:"version"`
		On      bool   `db:"is_on"`
	}
	err := tx.Get(ctx, &row, `
		select coalesce(w.mode, 'all') as mode, coalesce(w.quiet, true) as quiet, coalesce(w.version, 0) as version, coalesce(c.is_on, false) as is_on
		  from (select) as one
		  left join outward_wishes w on w.member_id = $1 and w.channel = $2
		  left join outward_channels c on c.channel = $2`, tx.Actor.Member, c.Name())
	if err != nil {
		return w, err
	}
	w.Mode, w.Quiet, w.Version = row.Mode, row.Quiet, row.Version
	line, err := c.Open(ctx, tx)
	if err != nil || line == nil {
		return w, err
	}
	w.On = row.On
	to, err := line.Addresses(ctx, tx, []uuid.UUID{tx.Actor.Member})
	w.Linked = to[tx.Actor.Member] != ""
	return w, err
}

type newWish struct {
	Channel string `json:"-" path:"channel"`
	Mode    string `json:"mode" enum:"all,urgent,none"`
	Quiet   bool   `json:"quiet"`
	Version int    `json:"version" minimum:"0"`
}

// wish replaces what the actor wants of a channel.
func (h *House) wish(ctx context.Context, tx *tenant.Tx, in newWish) (w Wish, err error) {
	c, err := h.channel(in.Channel)
	if err != nil {
		return w, err
	}
	n, err := tx.Exec(ctx, `
		insert into outward_wishes as w (member_id, channel, mode, quiet)
		select $1, $2, $3, $4 where $5 = 0
		on conflict on constraint outward_wishes_pkey do nothing`, tx.Actor.Member, in.Channel, in.Mode, in.Quiet, in.Version)
	if err == nil && n == 0 {
		n, err = tx.Exec(ctx, `
			update outward_wishes set mode = $3, quiet = $4, version = version + 1
			 where member_id = $1 and channel = $2 and version = $5`, tx.Actor.Member, in.Channel, in.Mode, in.Quiet, in.Version)
	}
	if err != nil {
		return w, err
	}
	if w, err = wishOf(ctx, tx, c); err == nil && n == 0 {
		err = ErrStale.With("version", w.Version)
	}
	tx.Audit("outward.wished", "org/member/"+tx.Actor.Member.String(), map[string]any{"channel": in.Channel, "mode": in.Mode, "quiet": in.Quiet})
	return w, err
}
