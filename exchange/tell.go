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
		return tx.Get(ctx, &waiting, `
			select exists (select from envelopes where untold) or exists (select from asked where untold)
			    or exists (select from bulletins where untold) or exists (select from pushed where untold)`)
	})
	if err != nil || !waiting {
		return err
	}
	return db.Write(ctx, func(tx *tenant.Tx) error {
		for _, tell := range []func(context.Context, *tenant.Tx) error{tellEnvelopes, tellAsked, tellBulletins, tellPushed} {
			if err := tell(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// untold is an envelope of which somebody has to be notified.
type untold struct {
	ID        uuid.UUID  `db:"id"`
	Direction string     `db:"direction"`
	State     string     `db:"state"`
	News      string     `db:"news"`
	Title     string     `db:"title"`
	Peer      string     `db:"peer_name"`
	SentBy    *uuid.UUID `db:"sent_by"`
}

func tellEnvelopes(ctx context.Context, tx *tenant.Tx) error {
	var news []untold
	err := tx.Select(ctx, &news, `
		   update envelopes set untold = false
		    where id in (select id from envelopes where untold order by id limit 500 for update skip locked)
		returning id, direction, state, news, title, peer_name, sent_by`)
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
	switch {
	case n.Direction == In && n.State == Sent:
		return "exchange.arrived"
	case n.News != "":
		return "exchange." + n.News
	}
	return "exchange." + n.State
}

// askedCodes are the codes of what tenants above say about what they ask.
var askedCodes = map[string]string{"asked": "exchange.solicited", "urged": "exchange.solicitation_urged",
	"reminded": "exchange.solicitation_due", "withdrawn": "exchange.solicitation_withdrawn"}

// tellAsked notifies whoever may report of what is asked of them.
func tellAsked(ctx context.Context, tx *tenant.Tx) error {
	var news []untold
	err := tx.Select(ctx, &news, `
		   update asked set untold = false
		    where id in (select id from asked where untold order by id limit 500 for update skip locked)
		returning id, news, title, peer_name`)
	if err != nil || len(news) == 0 {
		return err
	}
	to, err := rbac.Holders(ctx, tx, Report, []uuid.UUID{})
	if err != nil {
		return err
	}
	for _, n := range news {
		err := message.Send(ctx, tx, message.Notice{To: to, Code: askedCodes[n.News], Href: "/exchange/asked/" + n.ID.String(),
			Params: map[string]string{"title": n.Title, "peer": n.Peer}})
		if err != nil {
			return err
		}
	}
	return nil
}

// tellBulletins notifies whoever may report of a bulletin that was issued.
func tellBulletins(ctx context.Context, tx *tenant.Tx) error {
	var news []untold
	err := tx.Select(ctx, &news, `
		   update bulletins set untold = false
		    where id in (select id from bulletins where untold order by id limit 500 for update skip locked)
		returning id, title, peer_name`)
	if err != nil || len(news) == 0 {
		return err
	}
	to, err := rbac.Holders(ctx, tx, Report, []uuid.UUID{})
	if err != nil {
		return err
	}
	for _, n := range news {
		err := message.Send(ctx, tx, message.Notice{To: to, Code: "exchange.bulletin", Href: "/exchange/bulletins/" + n.ID.String(),
			Params: map[string]string{"title": n.Title, "peer": n.Peer}})
		if err != nil {
			return err
		}
	}
	return nil
}
