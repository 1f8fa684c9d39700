package exchange

import (
	"context"

	"github.com/google/uuid"

	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// tell notifies the people of one tenant of what another tenant did to its
// envelopes: whoever may receive of what came in, whoever sent it of what
// became of it. It runs as the tenant of those people, because nobody writes a
// notice into another tenant.
func tell(ctx context.Context, db *tenant.DB) error {
	var waiting bool
	err := db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &waiting, `select exists (select from envelopes where untold)`)
	})
	if err != nil || !waiting {
		return err
	}
	return db.Write(ctx, func(tx *tenant.Tx) error { return tellAll(ctx, tx) })
}

// untold is an envelope of which somebody has to be notified.
type untold struct {
	ID        uuid.UUID  `db:"id"`
	Direction string     `db:"direction"`
	State     string     `db:"state"`
	Title     string     `db:"title"`
	Peer      string     `db:"peer_name"`
	SentBy    *uuid.UUID `db:"sent_by"`
}

func tellAll(ctx context.Context, tx *tenant.Tx) error {
	var news []untold
	err := tx.Select(ctx, &news, `
		   update envelopes set untold = false
		    where id in (select id from envelopes where untold order by id limit 500 for update skip locked)
		returning id, direction, state, title, peer_name, sent_by`)
	if err != nil {
		return err
	}
	clerks, err := rbac.Holders(ctx, tx, Receive, []uuid.UUID{})
	if err != nil {
		return err
	}
	for _, n := range news {
		to := clerks
		if n.Direction == Out && n.SentBy != nil {
			to = []uuid.UUID{*n.SentBy}
		}
		err := message.Send(ctx, tx, message.Notice{To: to, Code: n.code(), Href: "/exchange/envelopes/" + n.ID.String(),
			Params: map[string]string{"title": n.Title, "peer": n.Peer}})
		if err != nil {
			return err
		}
	}
	return nil
}

// code is "exchange.arrived" for what came in, and the state otherwise.
func (n untold) code() string {
	if n.Direction == In && n.State == Sent {
		return "exchange.arrived"
	}
	return "exchange." + n.State
}
