package wordcheck

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A StockFinding is a published thing in which words of the dictionary stand.
type StockFinding struct {
	ID         uuid.UUID    `db:"id" json:"id"`
	Kind       string       `db:"kind" json:"kind"`
	ItemID     uuid.UUID    `db:"item_id" json:"item_id"`
	Title      string       `db:"title" json:"title"`
	Href       string       `db:"href" json:"href"`
	Dictionary int          `db:"dictionary" json:"dictionary"` // the version it was last checked against
	Blocks     int          `db:"blocks" json:"blocks"`
	Warns      int          `db:"warns" json:"warns"`
	Hints      int          `db:"hints" json:"hints"`
	Words      tenant.Texts `db:"words" json:"words"` // a few of them, the weightiest first
	State      string       `db:"state" json:"state" enum:"open,ignored,fixed"`
	FoundAt    time.Time    `db:"found_at" json:"found_at"`
	ChangedBy  string       `db:"changed_by" json:"changed_by"` // a name; empty for the pass itself
	ChangedAt  time.Time    `db:"changed_at" json:"changed_at"`
	Version    int          `db:"version" json:"version"`

	Touched tenant.Doc[map[string]int] `db:"touched" json:"-"` // at which version each field last changed
}

const findingRows = `
	select f.id, f.kind, f.item_id, f.title, f.href, f.dictionary, f.blocks, f.warns, f.hints, f.words, f.state, f.found_at,
	       coalesce(m.name, '') as changed_by, f.changed_at, f.version, f.touched
	  from word_findings f
	  left join members m on m.id = f.changed_by`

type findingQuery struct {
	feature.Page
	State string `json:"-" query:"state"`
	Level string `json:"-" query:"level"`
}

// Validate refuses a state or level there is none of, and a cursor that did not
// come from this list.
func (q findingQuery) Validate() error {
	if _, err := uuid.Parse(q.After); q.After != "" && err != nil {
		return feature.ErrMalformed.On("after")
	}
	switch q.State {
	case "", "open", "ignored", "fixed":
	default:
		return feature.ErrChoice.On("state")
	}
	switch q.Level {
	case "", Block, Warn, Hint:
		return nil
	}
	return feature.ErrChoice.On("level")
}

// listFindings returns findings, the newest first.
func listFindings(ctx context.Context, tx *tenant.Tx, q findingQuery) (l feature.List[StockFinding], err error) {
	after := uuid.Max
	if q.After != "" {
		after = uuid.MustParse(q.After)
	}
	var rows []StockFinding
	err = tx.Select(ctx, &rows, findingRows+`
		 where ($1 = '' or f.state = $1)
		   and ($2 = '' or case $2 when 'block' then f.blocks when 'warn' then f.warns else f.hints end > 0)
		   and f.id < $3
		 order by f.id desc limit $4`, q.State, q.Level, after, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(f StockFinding) string { return f.ID.String() }), err
}

type settling struct {
	ID      uuid.UUID `json:"-" path:"id"`
	State   string    `json:"state" enum:"open,ignored"`
	Version int       `json:"version" minimum:"1"`
}

// settle says that a finding is none, or is one after all. Whoever read it
// before it became another learns what changed; one that is fixed is settled
// already.
func settle(ctx context.Context, tx *tenant.Tx, in settling) (f StockFinding, err error) {
	n, err := tx.Exec(ctx, `
		update word_findings
		   set state = $3, version = version + 1, touched = touched || jsonb_build_object('state', version + 1), changed_by = $4, changed_at = $5
		 where id = $1 and version = $2 and state <> 'fixed'`, in.ID, in.Version, in.State, tx.Actor.Member, tx.Now)
	if err != nil {
		return f, err
	}
	err = tx.Get(ctx, &f, findingRows+` where f.id = $1`, in.ID)
	switch {
	case errors.Is(err, tenant.ErrNoRows):
		return f, ErrNotFound
	case err != nil:
		return f, err
	case n == 0 && f.Version == in.Version:
		return f, ErrState.With("state", f.State)
	case n == 0:
		return f, ErrStale.With("version", f.Version).With("changed_by", f.ChangedBy).With("changed_at", f.ChangedAt).With("changed", f.since(in.Version))
	}
	tx.Audit("wordcheck.finding_"+in.State, "wordcheck/finding/"+f.ID.String(), map[string]any{"kind": f.Kind, "item": f.ItemID})
	return f, nil
}

// since returns what changed of the finding after version.
func (f StockFinding) since(version int) []string {
	fields := []string{}
	for field, at := range f.Touched.V {
		if at > version {
			fields = append(fields, field)
		}
	}
	return fields
}
