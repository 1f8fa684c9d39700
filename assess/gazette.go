package assess

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/attachment"
	"hetu/fault"
	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/storage"
	"hetu/tenant"
)

// What can go wrong with showing bulletins.
var (
	ErrGazetteNotFound = fault.New(fault.NotFound, "assess.gazette_not_found")
	ErrBulletinDraft   = fault.New(fault.Conflict, "assess.bulletin_draft")
	ErrBulletinShown   = fault.New(fault.Conflict, "assess.bulletin_shown")
	ErrBulletinHidden  = fault.New(fault.Conflict, "assess.bulletin_not_shown")
)

// A Gazette is a bulletin that was issued, as it is shown to the tenants whose
// scores it is about, and to the departments of one's own (R306, R308).
type Gazette struct {
	ID       uuid.UUID `db:"id" json:"id"`
	Issuer   string    `db:"issuer_name" json:"issuer"`
	Scheme   string    `db:"scheme_name" json:"scheme_name"`
	Round    string    `db:"round_name" json:"round_name"`
	Title    string    `db:"title" json:"title"`
	Digest   string    `db:"digest" json:"digest"` // SHA-256 of its blocks
	IssuedAt time.Time `db:"issued_at" json:"issued_at"`
	At       time.Time `db:"at" json:"at"` // when it was shown
}

const gazetteColumns = `g.id, g.issuer_name, g.scheme_name, g.round_name, g.title, g.digest, g.issued_at, g.at`

// A GazettePage is a gazette with what it says.
type GazettePage struct {
	Gazette
	Blocks []Block `json:"blocks"`
}

// Reach says to how many tenants a bulletin is shown, and since when.
type Reach struct {
	ShownTo int        `db:"shown_to" json:"shown_to"`
	ShownBy string     `db:"shown_by" json:"shown_by"`
	ShownAt *time.Time `db:"shown_at" json:"shown_at"` // null: it is not shown
}

const reachColumns = `coalesce(cardinality(g.subjects), 0) as shown_to, coalesce(g.by_name, '') as shown_by, g.at as shown_at`

// ofBulletin joins the showing that stands of bulletin b.
const ofBulletin = ` left join assess_gazettes g on g.tenant_id = app_tenant() and g.bulletin_id = b.id and g.taken_at is null`

// reveal shows an issued bulletin to the tenants below whose scores it is about,
// and to the departments of one's own.
// It is an act of its own, on record with who is shown it.
func reveal(ctx context.Context, tx *tenant.Tx, q ref) (p BulletinPage, err error) {
	b, err := findBulletin(ctx, tx, q.ID)
	switch {
	case err != nil:
		return p, err
	case b.State != "issued":
		return p, ErrBulletinDraft
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into assess_gazettes (id, bulletin_id, issuer_name, scheme_name, round_name, title, blocks, digest, issued_at,
		       docx_name, docx_size, docx_type, docx_sha256, docx_key, docx_version, pdf_name, pdf_size, pdf_type, pdf_sha256, pdf_key, pdf_version,
		       subjects, by_id, by_name, at)
		select $1, b.id, (select name from platform.kin() where relation = 'self'), v.name, r.name, b.title, b.blocks, b.digest, b.issued_at,
		       d.name, d.size, d.type, encode(d.sha256, 'hex'), d.key, d.version, p.name, p.size, p.type, encode(p.sha256, 'hex'), p.key, p.version,
		       s.units, $3, $4, $5
		  from assess_bulletins b
		  join assess_rounds r on r.id = b.round_id
		  join assess_scheme_versions v on v.scheme_id = r.scheme_id and v.version = r.scheme_version
		  join files d on d.id = b.docx_id
		  join files p on p.id = b.pdf_id
		 cross join lateral (select coalesce(array_agg(distinct c.unit_id), '{}') as units from assess_scores c where c.round_id = r.id and c.unit_kind = 'tenant') s
		 where b.id = $2`, id, b.ID, tx.Actor.Member, tx.Actor.Name, tx.Now)
	switch {
	case tenant.Constraint(err) == "assess_gazettes_shown_uq":
		return p, ErrBulletinShown
	case err != nil:
		return p, err
	}
	p, err = bulletin(ctx, tx, q)
	tx.Audit("assess.bulletin_shown", bulletinOf(b.ID), map[string]any{"gazette": id, "tenants": p.ShownTo, "digest": b.Digest})
	return p, err
}

// conceal takes back that a bulletin is shown, with a reason.
func conceal(ctx context.Context, tx *tenant.Tx, in reasoned) (p BulletinPage, err error) {
	if _, err := findBulletin(ctx, tx, in.ID); err != nil {
		return p, err
	}
	n, err := tx.Exec(ctx, `
		update assess_gazettes set taken_at = $2, taken_by = $3, taken_why = $4
		 where bulletin_id = $1 and tenant_id = app_tenant() and taken_at is null`, in.ID, tx.Now, tx.Actor.Name, in.Reason)
	if err == nil && n == 0 {
		err = ErrBulletinHidden
	}
	if err != nil {
		return p, err
	}
	tx.Audit("assess.bulletin_taken_back", bulletinOf(in.ID), map[string]any{"reason": in.Reason})
	return bulletin(ctx, tx, ref{in.ID})
}

type gazetteList struct{ feature.Page }

// Validate checks the cursor.
func (q gazetteList) Validate() error { return cursor(q.Page) }

// gazettes lists what those above show the reader's tenant, and what it shows
// itself: its own departments read that.
func gazettes(ctx context.Context, tx *tenant.Tx, q gazetteList) (l feature.List[Gazette], err error) {
	var rows []Gazette
	err = tx.Select(ctx, &rows, `
		select `+gazetteColumns+` from assess_gazettes g
		 where g.taken_at is null and ($1 = '' or g.id < nullif($1, '')::uuid) order by g.id desc limit $2`, q.After, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(g Gazette) string { return g.ID.String() }), err
}

func gazette(ctx context.Context, tx *tenant.Tx, q ref) (p GazettePage, err error) {
	var row struct {
		Gazette
		Blocks doc[[]Block] `db:"blocks"`
	}
	err = tx.Get(ctx, &row, `select `+gazetteColumns+`, g.blocks from assess_gazettes g where g.id = $1 and g.taken_at is null`, q.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrGazetteNotFound
	}
	return GazettePage{row.Gazette, row.Blocks.V}, err
}

// gazetteFile sends a document of a bulletin that is shown. It lies where it
// was issued.
func (p press) gazetteFile(ctx context.Context, tx *tenant.Tx, q bulletinFile) (c feature.Content, err error) {
	var is struct {
		Tenant  uuid.UUID `db:"tenant_id"`
		Name    string    `db:"name"`
		Size    int64     `db:"size"`
		Type    string    `db:"type"`
		SHA256  string    `db:"sha256"`
		Key     string    `db:"key"`
		Version string    `db:"version"`
	}
	columns := `docx_name as name, docx_size as size, docx_type as type, docx_sha256 as sha256, docx_key as key, docx_version as version`
	if q.As == "pdf" {
		columns = `pdf_name as name, pdf_size as size, pdf_type as type, pdf_sha256 as sha256, pdf_key as key, pdf_version as version`
	}
	err = tx.Get(ctx, &is, `select tenant_id, `+columns+` from assess_gazettes where id = $1 and taken_at is null`, q.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrGazetteNotFound
	}
	if err != nil {
		return c, err
	}
	digest, err := storage.ParseDigest(is.SHA256)
	f := attachment.File{Name: is.Name, Size: is.Size, Type: is.Type, SHA256: digest, Key: is.Key, Version: is.Version}
	return p.files.Content(attachment.Of(is.Tenant, f), f.Name), err
}

// tellGazettes tells the people of one tenant, once, what those above show it.
func tellGazettes(ctx context.Context, db *tenant.DB) error {
	const fresh = `
		select g.id, g.title, g.issuer_name from assess_gazettes g
		 where g.tenant_id <> app_tenant() and g.taken_at is null
		   and not exists (select from assess_told o where o.about = 'gazette ' || g.id)
		 order by g.id limit 100`
	type news struct {
		ID     uuid.UUID `db:"id"`
		Title  string    `db:"title"`
		Issuer string    `db:"issuer_name"`
	}
	var there bool
	err := db.Read(ctx, func(tx *tenant.Tx) error { return tx.Get(ctx, &there, `select exists (`+fresh+`)`) })
	if err != nil || !there {
		return err
	}
	return db.Write(ctx, func(tx *tenant.Tx) error {
		var all []news
		if err := tx.Select(ctx, &all, fresh); err != nil {
			return err
		}
		to, err := rbac.Holders(ctx, tx, Own, nil)
		if err != nil {
			return err
		}
		for _, n := range all {
			k, err := tx.Exec(ctx, `insert into assess_told (about, at) values ('gazette ' || $1::uuid, $2) on conflict on constraint assess_told_pkey do nothing`, n.ID, tx.Now)
			if err == nil && k == 1 {
				err = message.Send(ctx, tx, message.Notice{To: to, Code: "assess.gazette_shown", Href: "/assess/gazettes/" + n.ID.String(),
					Params: message.Params{"title": n.Title, "by": n.Issuer}})
				tx.Audit("assess.told", "assess/gazette/"+n.ID.String(), map[string]any{"people": len(to)})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
