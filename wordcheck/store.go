package wordcheck

import (
	"context"
	"errors"
	"sync"

	"github.com/google/uuid"
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"hetu/tenant"
)

// Check finds the words of the tenant's dictionary in the parts.
func Check(ctx context.Context, tx *tenant.Tx, parts []Part) (Result, error) {
	d, err := Load(ctx, tx)
	if err != nil {
		return Result{}, err
	}
	return d.Check(parts), nil
}

// Load returns the dictionary of the tx's tenant as it is now; one that the
// tenant does not have is empty and of version 0. Who checks many texts in one
// transaction loads it once.
func Load(ctx context.Context, tx *tenant.Tx) (*Dictionary, error) {
	var stamp uuid.UUID
	err := tx.Get(ctx, &stamp, `select stamp from word_states`)
	if errors.Is(err, tenant.ErrNoRows) {
		return NewDictionary(0, nil, nil), nil
	}
	if err != nil {
		return nil, err
	}
	if d, ok := loaded.get(stamp); ok {
		return d, nil
	}
	d, stamp, err := read(ctx, tx)
	if err != nil {
		return nil, err
	}
	loaded.add(stamp, d)
	return d, nil
}

// read reads the whole dictionary in one statement, so that what it read is one
// state with its stamp.
func read(ctx context.Context, tx *tenant.Tx) (d *Dictionary, stamp uuid.UUID, err error) {
	var version int
	var words []Entry
	var allowed []string
	err = tx.Each(ctx, func(row tenant.Row) error {
		var e Entry
		var kind string
		if err := row.Scan(&version, &stamp, &kind, &e.Word, &e.Class, &e.Level, &e.Advice); err != nil {
			return err
		}
		switch kind {
		case "word":
			words = append(words, e)
		case "phrase":
			allowed = append(allowed, e.Word)
		}
		return nil
	}, `
		select s.version, s.stamp, coalesce(w.kind, ''), coalesce(w.word, ''), coalesce(w.class, ''), coalesce(w.level, ''), coalesce(w.advice, '')
		  from word_states s
		  left join (
		    select 'word' as kind, norm, word, class, level, advice from words
		    union all
		    select 'phrase', norm, phrase, '', '', '' from word_phrases) w on true
		 order by w.kind, w.norm`)
	return NewDictionary(version, words, allowed), stamp, err
}

// roomMost is how much memory the dictionaries in memory may take, in bytes:
// some thirty of 20,000 words, or thousands of the usual size.
const roomMost = 256 << 20

// A cupboard keeps dictionaries by the stamp of their state, the least used of
// them going when it is full. Nothing read in a transaction that was rolled
// back can be taken for what came after it, because a stamp is never given to
// two dictionaries that differ.
type cupboard struct {
	mu   sync.Mutex
	lru  *simplelru.LRU[uuid.UUID, *Dictionary]
	used int
	most int
}

var loaded = newCupboard(roomMost)

func newCupboard(most int) *cupboard {
	c := &cupboard{most: most}
	var err error
	c.lru, err = simplelru.NewLRU(1<<14, func(_ uuid.UUID, d *Dictionary) { c.used -= d.weight() })
	if err != nil {
		panic("wordcheck: " + err.Error()) // only for a size that is not positive
	}
	return c
}

func (c *cupboard) get(stamp uuid.UUID) (*Dictionary, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lru.Get(stamp)
}

func (c *cupboard) add(stamp uuid.UUID, d *Dictionary) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lru.Contains(stamp) {
		return
	}
	c.lru.Add(stamp, d)
	for c.used += d.weight(); c.used > c.most && c.lru.Len() > 1; {
		c.lru.RemoveOldest()
	}
}

// weight is how much memory a dictionary takes, in bytes, roughly.
func (d *Dictionary) weight() int { return d.auto.weight() + 120*len(d.entries) + 1024 }

// A change is what a new version of the dictionary does to one word or phrase.
type change struct {
	kind, act string
	Entry
}

// renew makes a new version of the dictionary out of the changes. It takes the
// tenant's dictionary for this transaction, so it comes before the changes
// themselves.
func renew(ctx context.Context, tx *tenant.Tx, action string, changes []change) (version int, err error) {
	stamp := tenant.NewID()
	if action == "seeded" {
		stamp = seedStamp(changes)
	}
	err = tx.Get(ctx, &version, `
		insert into word_states as s (version, stamp) values (1, $1)
		on conflict on constraint word_states_pkey do update set version = s.version + 1, stamp = excluded.stamp
		returning version`, stamp)
	if err != nil {
		return 0, err
	}
	by := tenant.Optional(tx.Actor.Member)
	if action == "seeded" {
		by = nil // whoever opened the tenant did not choose the words
	}
	count := map[string]int{}
	var kinds, acts, words, classes, levels, advices []string
	for _, c := range changes {
		count[c.act]++
		kinds, acts, words = append(kinds, c.kind), append(acts, c.act), append(words, c.Word)
		classes, levels, advices = append(classes, c.Class), append(levels, c.Level), append(advices, c.Advice)
	}
	if _, err := tx.Exec(ctx, `
		insert into word_versions (version, at, member_id, action, added, changed, removed) values ($1, $2, $3, $4, $5, $6, $7)`,
		version, tx.Now, by, action, count["added"], count["changed"], count["removed"]); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `
		insert into word_changes (version, n, kind, act, word, class, level, advice)
		select $1, c.n, c.kind, c.act, c.word, c.class, c.level, c.advice
		  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
		       with ordinality as c (kind, act, word, class, level, advice, n)`,
		version, tenant.Array(kinds), tenant.Array(acts), tenant.Array(words), tenant.Array(classes), tenant.Array(levels), tenant.Array(advices))
	tx.Audit("wordcheck."+action, "wordcheck/dictionary", map[string]int{
		"version": version, "added": count["added"], "changed": count["changed"], "removed": count["removed"]})
	return version, err
}
