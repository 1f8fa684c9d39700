package publish

import (
	"context"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
	"hetu/wordcheck"
)

// parts are the texts of the item that the word check looks at (R031): what
// Parts says, where it is from, and what its files are called.
func (r *row) parts() []wordcheck.Part {
	var files []string
	for _, a := range r.Attachments {
		files = append(files, a.Name, a.Summary)
	}
	parts := append(Parts(r.Title, r.BodyHTML, files...), wordcheck.Part{Name: "source", Text: r.Source})
	if r.CoverFile != nil {
		parts = append(parts, wordcheck.Part{Name: "cover", Text: r.CoverAlt})
	}
	for _, a := range r.Attachments {
		parts = append(parts, wordcheck.Part{Name: "attachment.file", Text: a.FileName})
	}
	return parts
}

// worded returns what the dictionary says of the item, or why that keeps it
// from being handed in: a word blocks, or one warns and the drafter has not
// confirmed having seen what this version of the dictionary says.
func (r *row) worded(ctx context.Context, tx *tenant.Tx, confirmed int) (wordcheck.Result, error) {
	found, err := wordcheck.Check(ctx, tx, r.parts())
	if err != nil {
		return found, err
	}
	if err := found.Refuse(); err != nil {
		return found, err
	}
	return found, found.Confirm(confirmed)
}

// A WordText is a text of an item in which words of the dictionary stand.
type WordText struct {
	Part string          `json:"part"`
	Text string          `json:"text"`
	Hits []wordcheck.Hit `json:"hits"`
}

// ItemWords is what the dictionary, as it is now, says of an item.
type ItemWords struct {
	Version   int        `json:"version"` // of the dictionary; 0: there is none
	Blocks    int        `json:"blocks"`  // how many hits of each level there are
	Warns     int        `json:"warns"`
	Hints     int        `json:"hints"`
	Texts     []WordText `json:"texts"`
	Submitted *int       `json:"submitted"` // the version it was handed in with; null: it is a draft
}

// lookWords shows what the dictionary says of an item to those who answer for
// it and those who review or publish it, so that they see what its drafter saw.
func (d *Desk) lookWords(ctx context.Context, tx *tenant.Tx, in ref) (w ItemWords, err error) {
	r, err := d.seen(ctx, tx, in.ID)
	if err != nil {
		return w, err
	}
	if handled, err := r.handled(ctx, tx); err != nil || !handled {
		return w, orDenied(err)
	}
	dict, err := wordcheck.Load(ctx, tx)
	if err != nil {
		return w, err
	}
	w.Version, w.Texts = dict.Version, []WordText{}
	for _, p := range r.parts() {
		found := dict.Check([]wordcheck.Part{p})
		w.Blocks, w.Warns, w.Hints = w.Blocks+found.Blocks, w.Warns+found.Warns, w.Hints+found.Hints
		if len(found.Hits) > 0 {
			w.Texts = append(w.Texts, WordText{p.Name, p.Text, found.Hits})
		}
	}
	err = tx.Get(ctx, &w.Submitted, `select case when state <> 'draft' then words_version end from items where id = $1`, r.ID)
	return w, err
}

// handled reports whether the item is the actor's business beyond reading it:
// by right, by what they did with it, or because it waits for their decision,
// which may have been somebody else's (R231).
func (r *row) handled(ctx context.Context, tx *tenant.Tx) (bool, error) {
	me := tx.Actor.Member
	if r.judged || may(ctx, Inspect) || r.DrafterID == me || r.EditorID != nil && *r.EditorID == me ||
		r.PublisherID != nil && *r.PublisherID == me || on(ctx, Review, r.ColumnPath) || on(ctx, Sign, r.ColumnPath) || on(ctx, Publish, r.ColumnPath) {
		return true, nil
	}
	return r.asks(ctx, tx)
}

// orDenied is err, or that the actor may not if there is none.
func orDenied(err error) error {
	if err == nil {
		return rbac.ErrDenied
	}
	return err
}

// reviewing are the routes around reviews: what the dictionary says, what must
// not be put online, and what was returned.
func (d *Desk) reviewing() []feature.Route {
	const offline = "/publish/offline"
	return []feature.Route{
		feature.GET("/publish/items/{id}/words", rbac.Member, feature.Read(d.lookWords)),
		feature.GET("/publish/returns", Inspect, feature.Read(listReturns)).Sheet(returnsSheet),
		feature.GET("/publish/items/{id}/offline", rbac.Member, feature.Read(d.itemOffline)),
		feature.GET(offline, rbac.Member, feature.Read(listOffline)).Sheet(offlineSheet), // all to who inspects, else one's own
		feature.POST(offline, rbac.Member, feature.Write(d.markOffline)),
		feature.POST(offline+"/{id}/lift", Manage, feature.Write(liftOffline)), // the Office's alone (W04)
	}
}
