package wordcheck

import (
	"context"
	"strconv"
	"time"

	"hetu/feature"
	"hetu/tenant"
)

// A State is the dictionary as a whole.
type State struct {
	Version        int        `db:"version" json:"version"` // 0: there is none yet
	Words          int        `db:"words" json:"words"`
	Phrases        int        `db:"phrases" json:"phrases"`
	CheckedVersion int        `db:"checked_version" json:"checked_version"` // what was published has been checked against it
	CheckedAt      *time.Time `db:"checked_at" json:"checked_at"`
	Checking       bool       `db:"checking" json:"checking"` // a pass is under way
	CheckedItems   int        `db:"items" json:"checked_items"`
	Open           int        `db:"open" json:"open"` // findings nobody has settled
}

func showState(ctx context.Context, tx *tenant.Tx, _ feature.None) (s State, err error) {
	err = tx.Get(ctx, &s, `
		select coalesce(max(s.version), 0) as version, coalesce(max(s.checked_version), 0) as checked_version, max(s.checked_at) as checked_at,
		       coalesce(bool_or(s.pass_version > 0), false) as checking, coalesce(max(s.pass_items), 0) as items,
		       (select count(*) from words) as words, (select count(*) from word_phrases) as phrases,
		       (select count(*) from word_findings where state = 'open') as open
		  from word_states s`)
	return s, err
}

// An Edition is a state the dictionary has had.
type Edition struct {
	Version int       `db:"version" json:"version"`
	At      time.Time `db:"at" json:"at"`
	By      string    `db:"by" json:"by"` // a name; empty for the beginning
	Action  string    `db:"action" json:"action" enum:"seeded,word_added,word_changed,word_removed,imported,phrase_added,phrase_removed"`
	Added   int       `db:"added" json:"added"`
	Changed int       `db:"changed" json:"changed"`
	Removed int       `db:"removed" json:"removed"`
}

// before reads a cursor that counts down: the number of a version.
func before(after string) (int, error) {
	if after == "" {
		return 1 << 30, nil
	}
	n, err := strconv.Atoi(after)
	if err != nil || n < 0 || n > 1<<30 {
		return 0, feature.ErrMalformed.On("after")
	}
	return n, nil
}

func listVersions(ctx context.Context, tx *tenant.Tx, q feature.Page) (l feature.List[Edition], err error) {
	until, err := before(q.After)
	if err != nil {
		return l, err
	}
	var rows []Edition
	err = tx.Select(ctx, &rows, `
		select v.version, v.at, coalesce(m.name, '') as by, v.action, v.added, v.changed, v.removed
		  from word_versions v
		  left join members m on m.id = v.member_id
		 where v.version < $1 order by v.version desc limit $2`, until, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(v Edition) string { return strconv.Itoa(v.Version) }), err
}

// An EditionChange is what a version did to one word or phrase.
type EditionChange struct {
	N      int    `db:"n" json:"n"`
	Kind   string `db:"kind" json:"kind" enum:"word,phrase"`
	Act    string `db:"act" json:"act" enum:"added,changed,removed"`
	Word   string `db:"word" json:"word"`
	Class  string `db:"class" json:"class"`
	Level  string `db:"level" json:"level"`
	Advice string `db:"advice" json:"advice"`
}

type versionQuery struct {
	feature.Page
	Version int `json:"-" path:"version"`
}

func listChanges(ctx context.Context, tx *tenant.Tx, q versionQuery) (l feature.List[EditionChange], err error) {
	var there bool
	err = tx.Get(ctx, &there, `select exists (select from word_versions where version = $1)`, q.Version)
	if err != nil {
		return l, err
	}
	if !there {
		return l, ErrNotFound
	}
	n := 0
	if q.After != "" {
		if n, err = before(q.After); err != nil {
			return l, err
		}
	}
	var rows []EditionChange
	err = tx.Select(ctx, &rows, `
		select n, kind, act, word, class, level, advice from word_changes
		 where version = $1 and n > $2 order by n limit $3`, q.Version, n, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(c EditionChange) string { return strconv.Itoa(c.N) }), err
}
