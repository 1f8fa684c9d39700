package exchange

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A Journal is what an envelope may be adopted into. Its level says what an
// adoption is worth: the tenant's own, or one of a tenant above.
type Journal struct {
	ID      uuid.UUID `db:"id" json:"id"`
	Name    string    `db:"name" json:"name"`
	Level   string    `db:"level" json:"level" enum:"own,upper"`
	Kind    string    `db:"kind" json:"kind"`
	Version int       `db:"version" json:"version"`
}

const journalColumns = `id, name, level, kind, version`

func journals(ctx context.Context, tx *tenant.Tx, _ feature.None) (feature.List[Journal], error) {
	var js []Journal
	err := tx.Select(ctx, &js, `select `+journalColumns+` from journals order by level, name`)
	return feature.Cut(js, len(js), nil), err
}

type journalDraft struct {
	Name  string `json:"name" minLength:"1" maxLength:"80"`
	Level string `json:"level" enum:"own,upper"`
	Kind  string `json:"kind,omitempty" maxLength:"40"`
}

// Validate refuses a name of nothing but spaces.
func (d journalDraft) Validate() error {
	if strings.TrimSpace(d.Name) == "" {
		return feature.ErrShort.On("name")
	}
	return nil
}

func openJournal(ctx context.Context, tx *tenant.Tx, d journalDraft) (j Journal, err error) {
	err = tx.Get(ctx, &j, `
		insert into journals (id, name, level, kind, changed_by, changed_at)
		     values          ($1, $2,   $3,    $4,   $5,         $6)
		  returning `+journalColumns,
		tenant.NewID(), strings.TrimSpace(d.Name), d.Level, d.Kind, tx.Actor.Name, tx.Now)
	if tenant.Constraint(err) == "journals_name_uq" {
		return j, ErrJournalTaken.On("name")
	}
	tx.Audit("exchange.journal_opened", "exchange/journal/"+j.ID.String(), j)
	return j, err
}

// A journalChange changes what is given. Adoptions keep the name and the level
// the journal had when they were made.
type journalChange struct {
	ref
	Name    *string `json:"name,omitempty" minLength:"1" maxLength:"80"`
	Level   *string `json:"level,omitempty" enum:"own,upper"`
	Kind    *string `json:"kind,omitempty" maxLength:"40"`
	Version *int    `json:"version,omitempty" minimum:"1"` // as seen; not compared if left out
}

// Validate refuses a name of nothing but spaces.
func (c journalChange) Validate() error {
	if c.Name != nil && strings.TrimSpace(*c.Name) == "" {
		return feature.ErrShort.On("name")
	}
	return nil
}

func changeJournal(ctx context.Context, tx *tenant.Tx, c journalChange) (j Journal, err error) {
	err = tx.Get(ctx, &j, `
		   update journals
		      set name = coalesce(btrim($2), name), level = coalesce($3, level), kind = coalesce($4, kind),
		          version = version + 1, changed_by = $6, changed_at = $7
		    where id = $1 and ($5::int is null or version = $5)
		returning `+journalColumns,
		c.ID, c.Name, c.Level, c.Kind, c.Version, tx.Actor.Name, tx.Now)
	if tenant.Constraint(err) == "journals_name_uq" {
		return j, ErrJournalTaken.On("name")
	}
	if errors.Is(err, tenant.ErrNoRows) {
		return j, staleJournal(ctx, tx, c.ID)
	}
	tx.Audit("exchange.journal_changed", "exchange/journal/"+j.ID.String(), j)
	return j, err
}

func staleJournal(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	var now struct {
		Version int       `db:"version"`
		By      string    `db:"changed_by"`
		At      time.Time `db:"changed_at"`
	}
	if err := tx.Get(ctx, &now, `select version, changed_by, changed_at from journals where id = $1`, id); err != nil {
		return missing(err, ErrNotFound)
	}
	return ErrStale.With("version", now.Version).With("changed_by", now.By).With("changed_at", now.At).
		With("changed", []string{"name", "level", "kind"})
}

// missing returns instead in place of ErrNoRows.
func missing(err, instead error) error {
	if errors.Is(err, tenant.ErrNoRows) {
		return instead
	}
	return err
}

// seed gives a new tenant a journal of each level.
func seed(ctx context.Context, tx *tenant.Tx) error {
	for _, j := range []journalDraft{{"本级信息", "own", "信息"}, {"上级采用", "upper", "信息"}} {
		if _, err := tx.Exec(ctx, `
			insert into journals (id, name, level, kind) values ($1, $2, $3, $4)
			on conflict on constraint journals_name_uq do nothing`, tenant.NewID(), j.Name, j.Level, j.Kind); err != nil {
			return err
		}
	}
	return nil
}
