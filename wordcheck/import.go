package wordcheck

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// reported is how many rows of each kind a report lists.
const reported = 100

// A Report is what an import would do, or did.
type Report struct {
	Rows       int      `json:"rows"` // with a word in them
	Added      int      `json:"added"`
	Changed    int      `json:"changed"`
	Same       int      `json:"same"` // as they are in the dictionary
	Bad        []BadRow `json:"bad"`
	BadCount   int      `json:"bad_count"`
	Twice      []Twice  `json:"twice"`
	TwiceCount int      `json:"twice_count"`
	Applied    bool     `json:"applied"`
	Version    int      `json:"version"` // of the dictionary now
}

// A BadRow is a row of the file that cannot be taken.
type BadRow struct {
	Row   int    `json:"row"`
	Field string `json:"field" enum:"word,class,level,advice"`
	Value string `json:"value"`
}

// Twice is a row whose word stood in the file before; the first counts.
type Twice struct {
	Row  int    `json:"row"`
	Of   int    `json:"of"`
	Word string `json:"word"`
}

type importing struct {
	DryRun bool `json:"-" query:"dry_run"`
}

// receive takes a file of words. With dry_run it only says what would happen;
// without, it takes the file whole or not at all. The same file sent again
// changes nothing, and makes no version.
func receive(ctx context.Context, db *tenant.DB, in importing, r io.Reader) (rep Report, err error) {
	content, err := feature.ReadAll(r)
	if err != nil {
		return rep, err
	}
	rows, err := rowsOf(content)
	if err != nil {
		return rep, err
	}
	run := db.Write
	if in.DryRun {
		run = db.Read
	}
	err = run(ctx, func(tx *tenant.Tx) error {
		p := plan{report: Report{Bad: []BadRow{}, Twice: []Twice{}}}
		if err := p.read(ctx, tx, rows); err != nil {
			return err
		}
		if rep = p.report; in.DryRun {
			return nil
		}
		if rep.BadCount > 0 {
			return ErrRows.With("bad", rep.BadCount)
		}
		rep.Applied = true
		if rep.Added+rep.Changed == 0 {
			return nil
		}
		rep.Version, err = p.apply(ctx, tx)
		return err
	})
	return rep, err
}

// A plan is what an import does to the dictionary.
type plan struct {
	report Report
	drafts []Draft // to be added or changed
	norms  []string
	acts   []change
}

// read compares the rows with the dictionary.
func (p *plan) read(ctx context.Context, tx *tenant.Tx, rows []row) error {
	var words []Word
	if err := tx.Select(ctx, &words, wordRows); err != nil {
		return err
	}
	if err := tx.Get(ctx, &p.report.Version, `select coalesce(max(version), 0) from word_states`); err != nil {
		return err
	}
	known := make(map[string]Word, len(words))
	for _, w := range words {
		known[w.Norm] = w
	}
	seen := map[string]int{}
	for i, r := range rows {
		if len(r.cells) == 0 || blank(r.cells) || i == 0 && headings[norm(r.cells[0])] {
			continue
		}
		p.report.Rows++
		p.row(r, known, seen)
	}
	if len(words)+p.report.Added > MaxWords {
		return ErrFull.With("max", MaxWords)
	}
	return nil
}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

func (p *plan) row(r row, known map[string]Word, seen map[string]int) {
	d, n, wrong := draftOf(r.cells)
	if wrong != "" {
		p.bad(r, wrong)
		return
	}
	if of, twice := seen[n]; twice {
		if p.report.TwiceCount++; len(p.report.Twice) < reported {
			p.report.Twice = append(p.report.Twice, Twice{r.n, of, d.Word})
		}
		return
	}
	seen[n] = r.n
	act := "added"
	if w, ok := known[n]; ok {
		if w.Word == d.Word && w.Class == d.Class && w.Level == d.Level && w.Advice == d.Advice {
			p.report.Same++
			return
		}
		act = "changed"
		p.report.Changed++
	} else {
		p.report.Added++
	}
	p.drafts, p.norms, p.acts = append(p.drafts, d), append(p.norms, n), append(p.acts, change{"word", act, Entry(d)})
}

func (p *plan) bad(r row, wrong string) {
	if p.report.BadCount++; len(p.report.Bad) >= reported {
		return
	}
	column := map[string]int{"word": 0, "class": 1, "level": 2, "advice": 3}[wrong]
	var value string
	if column < len(r.cells) {
		value = r.cells[column]
		if v := []rune(value); len(v) > 60 {
			value = string(v[:60]) + "…"
		}
	}
	p.report.Bad = append(p.report.Bad, BadRow{r.n, wrong, value})
}

// apply makes a version out of the plan.
func (p *plan) apply(ctx context.Context, tx *tenant.Tx) (version int, err error) {
	if version, err = renew(ctx, tx, "imported", p.acts); err != nil {
		return 0, err
	}
	return version, upsert(ctx, tx, p.drafts, p.norms, &tx.Actor.Member)
}

// upsert puts words into the dictionary, in the place of those that count as
// the same. By is nil for those a tenant begins with.
func upsert(ctx context.Context, tx *tenant.Tx, drafts []Draft, norms []string, by *uuid.UUID) error {
	var ids []uuid.UUID
	var words, classes, levels, advices []string
	for _, d := range drafts {
		ids, words = append(ids, tenant.NewID()), append(words, d.Word)
		classes, levels, advices = append(classes, d.Class), append(levels, d.Level), append(advices, d.Advice)
	}
	_, err := tx.Exec(ctx, `
		insert into words as w (id, word, norm, class, level, advice, changed_by, changed_at)
		select n.id, n.word, n.norm, n.class, n.level, n.advice, $7, $8
		  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) as n (id, word, norm, class, level, advice)
		on conflict on constraint words_norm_uq do update
		   set word = excluded.word, class = excluded.class, level = excluded.level, advice = excluded.advice,
		       version = w.version + 1, changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
		tenant.Array(ids), tenant.Array(words), tenant.Array(norms), tenant.Array(classes), tenant.Array(levels), tenant.Array(advices),
		by, tx.Now)
	if err != nil {
		return fmt.Errorf("wordcheck: %w", err)
	}
	return nil
}
