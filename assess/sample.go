package assess

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

type newSample struct {
	Entry uuid.UUID `json:"entry_id"`
	Deed  uuid.UUID `json:"deed_id"`
}

// A Sampled is what a tenant below published, as it stands before its readers,
// with everybody who answers for it.
type Sampled struct {
	Title       string       `json:"title"`
	Kind        string       `json:"kind" enum:"news,notice,announcement,briefing"`
	ColumnName  string       `json:"column_name"`
	BodyHTML    string       `json:"body_html"`
	Source      string       `json:"source"`
	Drafter     string       `json:"drafter"`
	Reviewers   []string     `json:"reviewers"` // by level
	Publisher   string       `json:"publisher"`
	Editor      string       `json:"editor"` // empty if it has none
	Department  string       `json:"department"`
	PublishedAt time.Time    `json:"published_at"`
	EventDate   string       `json:"event_date"` // YYYY-MM-DD; empty: it does not say
	CoverAlt    string       `json:"cover_alt"`  // what its picture shows; empty: it has none
	Attachments []SampleFile `json:"attachments"`
	SampledAt   time.Time    `json:"sampled_at"`
}

// A SampleFile says what is attached to a sampled item. Its bytes stay where
// they are.
type SampleFile struct {
	Name    string `json:"name"`
	Summary string `json:"summary"`
}

type copied struct {
	Title       string                  `db:"title"`
	Kind        string                  `db:"kind"`
	ColumnName  string                  `db:"column_name"`
	BodyHTML    string                  `db:"body_html"`
	Source      string                  `db:"source"`
	Drafter     string                  `db:"drafter_name"`
	Reviewers   tenant.Texts            `db:"reviewers"`
	Publisher   string                  `db:"publisher_name"`
	Editor      string                  `db:"editor_name"`
	Department  string                  `db:"department_name"`
	PublishedAt time.Time               `db:"published_at"`
	EventDate   string                  `db:"event_date"`
	CoverAlt    string                  `db:"cover_alt"`
	Attachments tenant.Rows[SampleFile] `db:"attachments"`
}

// sample shows an item of a tenant below that an entry rests on. It leaves a
// record that tenant can read: nobody above looks into a unit unseen.
func sample(ctx context.Context, tx *tenant.Tx, in newSample) (out Sampled, err error) {
	subject, item, err := rests(ctx, tx, in)
	if err != nil {
		return out, err
	}
	return open(ctx, tx, subject, in, item)
}

// open shows an item that a tenant below published, and leaves the record.
func open(ctx context.Context, tx *tenant.Tx, subject uuid.UUID, in newSample, item Item) (out Sampled, err error) {
	var c copied
	err = tx.Get(ctx, &c, `
		select title, kind, column_name, body_html, source, drafter_name, reviewers, publisher_name, editor_name, department_name,
		       published_at, attachments, coalesce(event_date::text, '') as event_date, cover_alt
		  from published_copies where tenant_id = $1 and item_id = $2`, subject, item.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		return out, ErrSampleGone
	}
	if err != nil {
		return out, err
	}
	id, name := tenant.NewID(), item.Kind+"/"+item.ID.String()
	_, err = tx.Exec(ctx, `
		insert into assess_samples (id, subject_tenant_id, deed_id, item, title, by_id, by_name, at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, subject, in.Deed, name, c.Title, tx.Actor.Member, tx.Actor.Name, tx.Now)
	tx.Audit("assess.sampled", name, map[string]any{"tenant": subject, "entry": in.Entry, "deed": in.Deed, "sample": id})
	return Sampled{
		Title: c.Title, Kind: c.Kind, ColumnName: c.ColumnName, BodyHTML: c.BodyHTML, Source: c.Source, Drafter: c.Drafter,
		Reviewers: append([]string{}, c.Reviewers...), Publisher: c.Publisher, Editor: c.Editor, Department: c.Department,
		PublishedAt: c.PublishedAt, EventDate: c.EventDate, CoverAlt: c.CoverAlt, Attachments: c.Attachments, SampledAt: tx.Now,
	}, err
}

// rests returns the tenant below whose deed it is, on which the entry rests,
// and the published item it was done to.
func rests(ctx context.Context, tx *tenant.Tx, in newSample) (subject uuid.UUID, item Item, err error) {
	b, err := openEntry(ctx, tx, nil, in.Entry)
	if err != nil {
		return subject, item, err
	}
	if subject, err = b.whose(ctx, tx, in.Deed); err != nil {
		return subject, item, err
	}
	var d struct {
		Item  string `db:"item"`
		Title string `db:"title"`
	}
	err = tx.Get(ctx, &d, `select item, title from deeds where tenant_id = $1 and id = $2`, subject, in.Deed)
	if errors.Is(err, tenant.ErrNoRows) {
		return subject, item, ErrDeedNotFound
	}
	if item = itemOf(d.Item, d.Title); err == nil && item.Kind != "publish/item" {
		err = ErrSampleGone
	}
	return subject, item, err
}

// whose returns the tenant below whose deed it is, on which the line rests.
func (b behind) whose(ctx context.Context, tx *tenant.Tx, deed uuid.UUID) (of uuid.UUID, err error) {
	if b.named {
		err = tx.Get(ctx, &of, `
			select x.tenant from assess_entries e, unnest(e.deed_tenants, e.deeds) as x (tenant, deed)
			 where e.id = $1 and x.deed = $2 and x.tenant <> app_tenant()`, b.entry, deed)
		if errors.Is(err, tenant.ErrNoRows) {
			err = ErrDeedNotFound
		}
		return of, err
	}
	all, err := b.shares(ctx, tx)
	if err != nil {
		return of, err
	}
	for _, s := range all {
		if s.Deed == deed && s.Tenant != tx.Actor.Tenant {
			return s.Tenant, nil
		}
	}
	return of, ErrDeedNotFound
}

type sampleList struct{ feature.Page }

// Validate checks the cursor.
func (q sampleList) Validate() error {
	if q.After == "" {
		return nil
	}
	if _, err := uuid.Parse(q.After); err != nil {
		return feature.ErrMalformed.On("after")
	}
	return nil
}

// A Sample says that somebody above looked into an item of this tenant.
type Sample struct {
	ID         uuid.UUID  `json:"id"`
	TenantName string     `json:"tenant_name"` // of the tenant above
	ByName     string     `json:"by_name"`
	At         time.Time  `json:"at"`
	Item       Item       `json:"item"`
	NoticedAt  *time.Time `json:"noticed_at"` // when somebody of this tenant took note; null: nobody has
	NoticedBy  string     `json:"noticed_by"`
}

type sampleRow struct {
	ID         uuid.UUID  `db:"id"`
	TenantName string     `db:"tenant_name"`
	ByName     string     `db:"by_name"`
	At         time.Time  `db:"at"`
	Item       string     `db:"item"`
	Title      string     `db:"title"`
	NoticedAt  *time.Time `db:"noticed_at"`
	NoticedBy  string     `db:"noticed_by"`
}

func (r sampleRow) sample() Sample {
	return Sample{r.ID, r.TenantName, r.ByName, r.At, itemOf(r.Item, r.Title), r.NoticedAt, r.NoticedBy}
}

const sampleQuery = `
	select s.id, coalesce(k.name, '') as tenant_name, s.by_name, s.at, s.item, s.title, n.at as noticed_at,
	       coalesce(n.by_name, '') as noticed_by
	  from assess_samples s
	  left join platform.kin() k on k.id = s.tenant_id
	  left join assess_noticed n on n.sample_id = s.id
	 where s.subject_tenant_id = app_tenant()`

// samples lists who above looked into what of this tenant, newest first.
func samples(ctx context.Context, tx *tenant.Tx, q sampleList) (l feature.List[Sample], err error) {
	var rows []sampleRow
	err = tx.Select(ctx, &rows, sampleQuery+`
		   and ($1 = '' or s.id < nullif($1, '')::uuid)
		 order by s.id desc limit $2`, q.After, q.Size()+1)
	found := make([]Sample, len(rows))
	for i, r := range rows {
		found[i] = r.sample()
	}
	return feature.Cut(found, q.Size(), func(s Sample) string { return s.ID.String() }), err
}

// notice says that somebody of this tenant has taken note of a look into its
// item; the first to do so counts.
func notice(ctx context.Context, tx *tenant.Tx, q ref) (Sample, error) {
	_, err := tx.Exec(ctx, `
		insert into assess_noticed (sample_id, by_id, by_name, at)
		     select id, $2, $3, $4 from assess_samples where id = $1 and subject_tenant_id = app_tenant()
		         on conflict on constraint assess_noticed_pkey do nothing`, q.ID, tx.Actor.Member, tx.Actor.Name, tx.Now)
	if err != nil {
		return Sample{}, err
	}
	var r sampleRow
	err = tx.Get(ctx, &r, sampleQuery+` and s.id = $1`, q.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		return Sample{}, ErrSampleNotFound
	}
	tx.Audit("assess.sample_noticed", r.Item, map[string]any{"sample": r.ID})
	return r.sample(), err
}
