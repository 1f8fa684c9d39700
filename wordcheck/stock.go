package wordcheck

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/job"
	"hetu/tenant"
)

// A Source is a feature whose published things are checked again when the
// dictionary has changed.
type Source struct {
	Kind string // "publish.item"; it stands in the findings

	// Page returns some things that follow the cursor after ("": from the
	// start) and the cursor to go on with, empty at the end. It reads in a
	// transaction of the tenant, without a member.
	Page func(ctx context.Context, tx *tenant.Tx, after string) (docs []Doc, next string, err error)
}

// A Doc is a published thing with its texts.
type Doc struct {
	ID    uuid.UUID
	Title string
	Href  string // the page that shows it: "/publish/items/<id>"
	Parts []Part
}

// A Keeper keeps what has been published checked.
type Keeper struct{ sources func() []Source }

// New returns a Keeper of the sources, which are asked for when they are
// needed: they may be made after the Keeper.
func New(sources func() []Source) *Keeper { return &Keeper{sources} }

const stockWork = "wordcheck.stock"

// zone is where the night is: there is one in the country.
var zone = time.FixedZone("UTC+8", 8*60*60)

// nightly begins a pass in the small hours if the dictionary has changed, and
// goes on with one that was cut short at any hour. A tenant that was opened
// before there were dictionaries gets its first one.
func (k *Keeper) nightly(ctx context.Context, db *tenant.DB) error {
	if err := seedLate(ctx, db); err != nil {
		return err
	}
	var due bool
	err := db.Read(ctx, func(tx *tenant.Tx) error {
		hour := tx.Now.In(zone).Hour()
		err := tx.Get(ctx, &due, `select pass_version > 0 or version <> checked_version and $1 from word_states`, hour < 6)
		if errors.Is(err, tenant.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil || !due {
		return err
	}
	return k.pass(ctx, db)
}

// work makes a pass that somebody asked for.
func (k *Keeper) work(ctx context.Context, db *tenant.DB, _ json.RawMessage) error {
	return k.pass(ctx, db)
}

// pass checks everything published against the dictionary, page by page, until
// that is done or the context ends; then another goes on.
func (k *Keeper) pass(ctx context.Context, db *tenant.DB) error {
	for {
		var more bool
		err := db.Write(ctx, func(tx *tenant.Tx) (err error) {
			more, err = k.step(ctx, tx)
			return err
		})
		if err != nil || !more {
			return err
		}
	}
}

// A standing is where a pass over the stock stands.
type standing struct {
	Version int    `db:"version"`
	Checked int    `db:"checked_version"`
	Pass    int    `db:"pass_version"`
	Kind    string `db:"pass_kind"`
	After   string `db:"pass_after"`
	Items   int    `db:"pass_items"`
}

// step checks one page. If the dictionary changed meanwhile, the pass begins
// anew: a finding is of one version.
func (k *Keeper) step(ctx context.Context, tx *tenant.Tx) (more bool, err error) {
	var s standing
	err = tx.Get(ctx, &s, `select version, checked_version, pass_version, pass_kind, pass_after, pass_items from word_states for update`)
	if errors.Is(err, tenant.ErrNoRows) || err == nil && s.Version == s.Checked {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	sources := k.sources()
	if s.Pass != s.Version {
		s.Pass, s.Kind, s.After, s.Items = s.Version, "", "", 0
		if _, err := tx.Exec(ctx, `update word_states set pass_started_at = $1`, tx.Now); err != nil {
			return false, err
		}
	}
	at := max(0, slices.IndexFunc(sources, func(x Source) bool { return x.Kind == s.Kind }))
	if at < len(sources) {
		docs, next, err := sources[at].Page(ctx, tx, s.After)
		if err != nil {
			return false, err
		}
		if err := examine(ctx, tx, sources[at].Kind, docs); err != nil {
			return false, err
		}
		s.Kind, s.After, s.Items = sources[at].Kind, next, s.Items+len(docs)
		if next == "" {
			at++
		}
	}
	if at >= len(sources) {
		return false, finish(ctx, tx, s)
	}
	s.Kind = sources[at].Kind
	_, err = tx.Exec(ctx, `update word_states set pass_version = $1, pass_kind = $2, pass_after = $3, pass_items = $4`, s.Pass, s.Kind, s.After, s.Items)
	return true, err
}

// finish ends a pass: what was found before and is not there any more has been
// put right, or taken down.
func finish(ctx context.Context, tx *tenant.Tx, s standing) error {
	fixed, err := tx.Exec(ctx, `
		update word_findings set state = 'fixed', version = version + 1, touched = touched || jsonb_build_object('state', version + 1), changed_by = null, changed_at = $1
		 where seen_at < (select pass_started_at from word_states) and state <> 'fixed'`, tx.Now)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		update word_states set checked_version = $1, checked_at = $2, pass_version = 0, pass_kind = '', pass_after = '', pass_items = $3`,
		s.Pass, tx.Now, s.Items)
	tx.Audit("wordcheck.stock_checked", "wordcheck/dictionary", map[string]any{"version": s.Pass, "items": s.Items, "fixed": fixed})
	return err
}

// examine checks things and writes down what is found in them.
func examine(ctx context.Context, tx *tenant.Tx, kind string, docs []Doc) error {
	d, err := Load(ctx, tx)
	if err != nil {
		return err
	}
	for _, doc := range docs {
		r := d.Check(doc.Parts)
		if len(r.Hits) == 0 {
			continue
		}
		if err := write(ctx, tx, kind, doc, r); err != nil {
			return err
		}
	}
	return nil
}

// named is how many words a finding names.
const named = 8

// write keeps a finding up to date. One that was ignored stays so while the
// words in it are the same. One that is met again as it was keeps its version:
// whoever read it before may still settle it.
func write(ctx context.Context, tx *tenant.Tx, kind string, doc Doc, r Result) error {
	var words []string
	for _, level := range Levels {
		for _, h := range r.Hits {
			if h.Level == level && !slices.Contains(words, h.Word) && len(words) < named {
				words = append(words, h.Word)
			}
		}
	}
	_, err := tx.Exec(ctx, `
		with old as (
		  select * from word_findings where kind = $2 and item_id = $3 for update
		), new as (
		  select *, case when state = 'ignored' and words @> $10::text[] and $7 <= blocks then 'ignored' else 'open' end as now from old
		), news as (
		  select n.now, jsonb_strip_nulls(jsonb_build_object(
		           'state', case when n.state <> n.now then n.version + 1 end,
		           'title', case when n.title <> $4 then n.version + 1 end,
		           'words', case when (n.words, n.blocks, n.warns, n.hints) is distinct from ($10::text[], $7, $8, $9) then n.version + 1 end)) as fields
		    from new n
		)
		insert into word_findings as f (id, kind, item_id, title, href, dictionary, blocks, warns, hints, words, state, found_at, seen_at, changed_at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', $11, $11, $11)
		on conflict on constraint word_findings_item_uq do update
		   set (title, href, dictionary, blocks, warns, hints, words, seen_at)
		         = (excluded.title, excluded.href, excluded.dictionary, excluded.blocks, excluded.warns, excluded.hints, excluded.words, excluded.seen_at),
		       (state, touched, version, changed_by, changed_at)
		         = (select news.now, f.touched || news.fields, f.version + (news.fields <> '{}')::int,
		                   case when news.fields = '{}' then f.changed_by end, case when news.fields = '{}' then f.changed_at else excluded.seen_at end
		              from news),
		       found_at = case when f.state = 'fixed' then excluded.found_at else f.found_at end`,
		tenant.NewID(), kind, doc.ID, doc.Title, doc.Href, r.Version, r.Blocks, r.Warns, r.Hints, tenant.Array(words), tx.Now)
	return err
}

// A Begun says that a pass has been asked for.
type Begun struct {
	Version int `json:"version"` // of the dictionary that the stock is checked against
}

// recheck asks for a pass now, rather than at night.
func recheck(ctx context.Context, tx *tenant.Tx, _ feature.None) (b Begun, err error) {
	s, err := showState(ctx, tx, feature.None{})
	if err != nil {
		return b, err
	}
	tx.Audit("wordcheck.recheck", "wordcheck/dictionary", map[string]int{"version": s.Version})
	// What was published since the last pass is looked at too.
	if _, err := tx.Exec(ctx, `update word_states set checked_version = 0`); err != nil {
		return b, err
	}
	return Begun{s.Version}, job.Later(ctx, tx, stockWork, struct{}{}, time.Time{})
}
