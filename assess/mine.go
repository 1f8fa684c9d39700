package assess

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/feature"
	"hetu/tenant"
)

// Mine is what was published about one of the reader's own units.
type Mine struct {
	Round    Published       `json:"round"`
	Unit     Unit            `json:"unit"`
	Rank     *int            `json:"rank"`     // null if the ranking was not published
	Units    int             `json:"units"`    // how many were ranked
	Movement *int            `json:"movement"` // places won since the round before; null if unknown
	Total    decimal.Decimal `json:"total"`
	Entries  []UnitLine      `json:"entries,omitempty"` // only where one round is asked for
	Ranking  []Standing      `json:"ranking,omitempty"` // likewise, and if it was published
}

// Published is a round as those see it to whom its results were shown.
type Published struct {
	ID          uuid.UUID `db:"round_id" json:"id"`
	SchemeID    uuid.UUID `db:"scheme_id" json:"scheme_id"`
	SchemeName  string    `db:"scheme_name" json:"scheme_name"`
	Name        string    `db:"round_name" json:"name"`
	From        string    `db:"from_day" json:"from" format:"date"`
	To          string    `db:"to_day" json:"to" format:"date"`
	State       string    `db:"state" json:"state" enum:"published"`
	PublishedAt time.Time `db:"published_at" json:"published_at"`
}

// A Standing is a unit's place in a published ranking.
type Standing struct {
	Rank  int             `json:"rank"`
	Unit  Unit            `json:"unit"`
	Total decimal.Decimal `json:"total"`
}

type mineRow struct {
	UnitKind string    `db:"unit_kind"`
	UnitID   uuid.UUID `db:"unit_id"`
	UnitName string    `db:"unit_name"`
	Published
	Rank     *int            `db:"rank"`
	Units    int             `db:"units"`
	Movement *int            `db:"movement"`
	Total    decimal.Decimal `db:"total"`
	Entries  doc[[]UnitLine] `db:"entries"`
	Ranking  doc[[]Standing] `db:"ranking"`
}

func (r mineRow) mine() Mine {
	return Mine{r.Published, Unit{r.UnitKind, r.UnitID, r.UnitName}, r.Rank, r.Units, r.Movement, r.Total, r.Entries.V, r.Ranking.V}
}

const mineColumns = `unit_kind, unit_id, unit_name, round_id, scheme_id, scheme_name, round_name,
	to_char(from_day, 'YYYY-MM-DD') as from_day, to_char(to_day, 'YYYY-MM-DD') as to_day, 'published' as state,
	published_at, rank, units, movement, total`

// mineOnly is which results are about the reader's own unit: their tenant, as
// a tenant above it scored it, and the departments they hold a post in.
const mineOnly = `subject_tenant_id = app_tenant()
	and (unit_kind = 'tenant' or unit_id in (select department_id from posts where member_id = $1))`

type mineList struct{ feature.Page }

// Validate checks the cursor.
func (q mineList) Validate() error {
	if q.After == "" {
		return nil
	}
	round, unit, _ := strings.Cut(q.After, ".")
	for _, id := range []string{round, unit} {
		if _, err := uuid.Parse(id); err != nil {
			return feature.ErrMalformed.On("after")
		}
	}
	return nil
}

// mine lists what was published about the reader's units, newest round first.
func mine(ctx context.Context, tx *tenant.Tx, q mineList) (l feature.List[Mine], err error) {
	round, unit, _ := strings.Cut(q.After, ".")
	var rows []mineRow
	err = tx.Select(ctx, &rows, `
		select `+mineColumns+`, '[]'::jsonb as entries, '[]'::jsonb as ranking
		  from assess_results
		 where `+mineOnly+`
		   and ($2 = '' or (round_id, unit_id) < (nullif($2, '')::uuid, nullif($3, '')::uuid))
		 order by round_id desc, unit_id desc limit $4`, tx.Actor.Member, round, unit, q.Size()+1)
	if err != nil {
		return l, err
	}
	return feature.Cut(about(rows), q.Size(), func(m Mine) string { return m.Round.ID.String() + "." + m.Unit.ID.String() }), nil
}

// mineIn returns what one published round says about the reader's units.
func mineIn(ctx context.Context, tx *tenant.Tx, q ref) (l feature.List[Mine], err error) {
	var rows []mineRow
	err = tx.Select(ctx, &rows, `
		select `+mineColumns+`, entries,
		       coalesce((select l.standings from assess_shown l where l.tenant_id = assess_results.tenant_id and l.round_id = assess_results.round_id
		                    and not l.live and l.unit_kind = assess_results.unit_kind and l.class = assess_results.shown), ranking) as ranking
		  from assess_results
		 where `+mineOnly+` and round_id = $2
		 order by unit_name, unit_id`, tx.Actor.Member, q.ID)
	if err == nil && len(rows) == 0 {
		err = ErrRoundNotFound
	}
	return feature.List[Mine]{Items: about(rows)}, err
}

func about(rows []mineRow) []Mine {
	ms := make([]Mine, len(rows))
	for i, r := range rows {
		ms[i] = r.mine()
	}
	return ms
}
