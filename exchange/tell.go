package exchange

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// tell notifies the people of one tenant of what another tenant did to its
// envelopes: whoever may receive of what came in, whoever sent it (or, if they
// have left, whoever may report) of what became of it. It runs as the tenant of those people, because nobody writes a
// notice into another tenant.
func tell(ctx context.Context, db *tenant.DB) error {
	var waiting bool
	err := db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &waiting, `
			select exists (select from envelopes where untold) or exists (select from envelopes where files_news <> '') or exists (select from asked where untold)
			    or exists (select from bulletins where untold) or exists (select from pushed where untold)`)
	})
	if err != nil || !waiting {
		return err
	}
	return db.Write(ctx, func(tx *tenant.Tx) error {
		for _, tell := range []func(context.Context, *tenant.Tx) error{tellEnvelopes, tellFiles, tellAsked, tellBulletins, tellPushed} {
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
	PeerID    uuid.UUID  `db:"peer_id"`
	SentBy    *uuid.UUID `db:"sent_by"`
}

func tellEnvelopes(ctx context.Context, tx *tenant.Tx) error {
	var news []untold
	err := tx.Select(ctx, &news, `
		   update envelopes set untold = false
		    where id in (select id from envelopes where untold order by id limit 500 for update skip locked)
		returning id, direction, state, news, title, peer_name, (select m.id from members m where m.id = sent_by and m.state <> 'left') as sent_by`)
	if err != nil {
		return err
	}
	return tellSides(ctx, tx, news, untold.code)
}

// tellFiles notifies of attachments that nobody brings any more, and of those
// that came after all. Of what was recalled nobody waits for them.
func tellFiles(ctx context.Context, tx *tenant.Tx) error {
	var news []untold
	err := tx.Select(ctx, &news, `
		     with told as (select id, files_news from envelopes where files_news <> '' order by id limit 500 for update skip locked)
		   update envelopes e set files_news = '' from told
		    where e.id = told.id
		returning e.id, e.direction, e.state, told.files_news as news, e.title, e.peer_name,
		          (select m.id from members m where m.id = e.sent_by and m.state <> 'left') as sent_by`)
	if err != nil {
		return err
	}
	news = slices.DeleteFunc(news, func(n untold) bool { return n.State == Recalled })
	return tellSides(ctx, tx, news, func(n untold) string { return "exchange.files_" + n.News })
}

// tellSides notifies, in the words of code, whoever may receive of each of news
// that came in, and whoever sent it of the others.
func tellSides(ctx context.Context, tx *tenant.Tx, news []untold, code func(untold) string) error {
	if len(news) == 0 {
		return nil
	}
	clerks, err := rbac.Holders(ctx, tx, Receive, []uuid.UUID{})
	if err != nil {
		return err
	}
	reporters, err := rbac.Holders(ctx, tx, Report, []uuid.UUID{})
	if err != nil {
		return err
	}
	notices := make([]message.Notice, len(news))
	for i, n := range news {
		to := clerks
		switch {
		case n.Direction == Out && n.SentBy != nil:
			to = []uuid.UUID{*n.SentBy}
		case n.Direction == Out:
			to = reporters
		}
		notices[i] = n.notice(code(n), "/exchange/envelopes/", to)
	}
	return message.Send(ctx, tx, notices...)
}

// notice tells of n on the page that has its id.
func (n untold) notice(code, page string, to []uuid.UUID) message.Notice {
	return message.Notice{To: to, Code: code, Href: page + n.ID.String(), Params: map[string]string{"title": n.Title, "peer": n.Peer}}
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

// tellReporters notifies whoever may report of each of news, in the words of code.
func tellReporters(ctx context.Context, tx *tenant.Tx, news []untold, page string, code func(untold) string) error {
	if len(news) == 0 {
		return nil
	}
	to, err := rbac.Holders(ctx, tx, Report, []uuid.UUID{})
	if err != nil {
		return err
	}
	notices := make([]message.Notice, len(news))
	for i, n := range news {
		notices[i] = n.notice(code(n), page, to)
	}
	return message.Send(ctx, tx, notices...)
}

// tellAsked notifies of what is asked of the tenant.
func tellAsked(ctx context.Context, tx *tenant.Tx) error {
	var news []untold
	err := tx.Select(ctx, &news, `
		   update asked set untold = false
		    where id in (select id from asked where untold order by id limit 500 for update skip locked)
		returning id, news, title, peer_name`)
	if err != nil {
		return err
	}
	return tellReporters(ctx, tx, news, "/exchange/asked/", func(n untold) string { return askedCodes[n.News] })
}

// tellBulletins notifies of bulletins that were issued.
func tellBulletins(ctx context.Context, tx *tenant.Tx) error {
	var news []untold
	err := tx.Select(ctx, &news, `
		   update bulletins set untold = false
		    where id in (select id from bulletins where untold order by id limit 500 for update skip locked)
		returning id, title, peer_name`)
	if err != nil {
		return err
	}
	return tellReporters(ctx, tx, news, "/exchange/bulletins/", func(untold) string { return "exchange.bulletin" })
}

// tellPushed begins the count of what came from above, and notifies of it.
func tellPushed(ctx context.Context, tx *tenant.Tx) error {
	var news []untold
	err := tx.Select(ctx, &news, `
		   update pushed set untold = false
		    where id in (select id from pushed where untold order by id limit 500 for update skip locked)
		returning id, title, peer_id, peer_name`)
	if err != nil {
		return err
	}
	for _, n := range news {
		if err := count(ctx, tx, n.ID, n.PeerID, 0); err != nil {
			return err
		}
	}
	return tellReporters(ctx, tx, news, "/exchange/pushed/", func(untold) string { return "exchange.pushed" })
}
