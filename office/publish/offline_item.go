package publish

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// An ItemOffline says which marks 不上网 an item falls under as it stands, to
// those whose business it is beyond reading it (R017).
type ItemOffline struct {
	Marks []OfflineMark `json:"marks"` // those in force, 20 at most
	May   []string      `json:"may" enum:"mark"`
}

// itemOffline shows the marks of an item.
func (d *Desk) itemOffline(ctx context.Context, tx *tenant.Tx, in ref) (o ItemOffline, err error) {
	o = ItemOffline{Marks: []OfflineMark{}, May: []string{}}
	r, err := d.seen(ctx, tx, in.ID)
	if err != nil {
		return o, err
	}
	if handled, err := r.handled(ctx, tx); err != nil || !handled {
		return o, err
	}
	known := []string{}
	for _, k := range hashesOf(r) {
		known = append(known, k.hash)
	}
	var rows []markRow
	err = tx.Select(ctx, &rows, `select `+markColumns+`
		  from offline_marks m
		 where m.state = 'marked' and exists (select from offline_hashes h where h.mark_id = m.id and h.hash = any ($1))
		 order by m.id limit 20`, tenant.Array(known))
	for _, m := range rows {
		o.Marks = append(o.Marks, m.mark(ctx))
	}
	if len(o.Marks) == 0 && len(known) > 0 && mayMark(ctx) {
		o.May = append(o.May, "mark")
	}
	return o, err
}

// mayMark reports whether the actor may mark documents: whoever drafts or reviews,
// and the Office.
func mayMark(ctx context.Context) bool {
	mine := rbac.From(ctx)
	return mine.Has(Draft) || mine.Has(Review) || mine.Has(Manage)
}

// OfflineAttempt is the deed of trying to put online what is marked 不上网 (I12).
const OfflineAttempt = "publish.offline_attempt"

// offlineRefused records that somebody was refused who sent, attached or
// published something. If it was because it is marked 不上网 that is a deed, to
// the account of their main department: of one person with one item, once a
// day, however often they try (I12).
func offlineRefused(ctx context.Context, tx *tenant.Tx, r feature.Refusal) error {
	tx.Audit("refused", r.Path, map[string]string{"route": r.Route, "code": r.Code})
	id, err := uuid.Parse(r.Param("id"))
	if r.Code != ErrOffline.Code || err != nil {
		return nil
	}
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('publish.attempt ' || $1::text, 0))`, tx.Actor.Member); err != nil {
		return err
	}
	var at struct {
		Title   string     `db:"title"`
		Home    *uuid.UUID `db:"home"`
		Counted bool       `db:"counted"`
	}
	err = tx.Get(ctx, &at, `
		select i.title, (select p.department_id from posts p where p.member_id = $2 and p.main) as home,
		       exists (select from deeds d where d.kind = $3 and d.member_id = $2 and d.item = $4 and d.at > $5) as counted
		  from items i where i.id = $1`, id, tx.Actor.Member, OfflineAttempt, objectOf(id), tx.Now.Add(-24*time.Hour))
	if err != nil || at.Counted {
		return err
	}
	d := tenant.Deed{Kind: OfflineAttempt, Unit: tx.Actor.Tenant, UnitKind: "tenant", Item: objectOf(id), Title: at.Title}
	if at.Home != nil {
		d.Unit, d.UnitKind = *at.Home, "department"
	}
	tx.Deed(d)
	return nil
}
