package publish

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/fault"
	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// What can be wrong with a search.
var (
	ErrSearchEmpty = fault.New(fault.Invalid, "publish.search_empty").On("q") // no letter, number or character in it
	ErrSearchShort = fault.New(fault.Invalid, "publish.search_short").On("q") // one letter or digit alone
	ErrSearchLong  = fault.New(fault.Invalid, "publish.search_long").On("q")  // meta: max, words
)

const (
	maxSearch      = 100 // characters of a search
	maxSearchWords = 10
)

// A Search asks for published items the actor may read, newest first, that have
// every word of it in their title, their text or the names of their
// attachments. Words are parted by spaces; quotation marks hold a phrase
// together. Neither case, nor width, nor spaces beside a Chinese character matter.
type Search struct {
	feature.Page
	Text       string     `json:"-" query:"q"`
	In         string     `json:"-" query:"in"` // all (if empty) or title
	Column     *uuid.UUID `json:"-" query:"column"`
	Department *uuid.UUID `json:"-" query:"department"` // the drafter's, or one above it
	Kind       string     `json:"-" query:"kind"`       // news, notice, announcement or briefing
	From       string     `json:"-" query:"from"`       // published on this day or later
	To         string     `json:"-" query:"to"`         // published on this day or earlier
	Expired    bool       `json:"-" query:"expired"`    // also what does not hold any more
}

// Validate refuses a search for nothing, for what stands everywhere and for too
// much, and filters there are not.
func (q *Search) Validate() error {
	if utf8.RuneCountInString(q.Text) > maxSearch {
		return ErrSearchLong.With("max", maxSearch).With("words", maxSearchWords)
	}
	ws := searchWords(q.Text)
	switch {
	case len(ws) == 0:
		return ErrSearchEmpty
	case len(ws) > maxSearchWords:
		return ErrSearchLong.With("max", maxSearch).With("words", maxSearchWords)
	case slices.ContainsFunc(ws, tooShort):
		return ErrSearchShort
	case q.In != "" && q.In != "all" && q.In != "title":
		return feature.ErrChoice.On("in")
	case q.Kind != "" && !slices.Contains(allKinds, q.Kind):
		return feature.ErrChoice.On("kind")
	}
	return checkDays(q.From, q.To)
}

// tooShort reports whether a word is a single letter or digit: almost every text has it.
func tooShort(word []rune) bool {
	n := 0
	for _, r := range word {
		if unicode.Is(unicode.Han, r) {
			return false
		}
		if worded(r) {
			n++
		}
	}
	return n < 2
}

// A Found is an item that a search found, with where it did. Marks are in
// characters of the text they belong to.
type Found struct {
	Line
	TitleMarks []Mark `json:"title_marks"`
	Hit        Hit    `json:"hit"`
}

// A Hit is the part of an item's text around the first word found in it; if
// none was, the attachment with one in its name, or else how the text begins.
type Hit struct {
	Where string `json:"where" enum:"text,attachment"`
	Text  string `json:"text"`
	Marks []Mark `json:"marks"`
}

// A Mark is a word found: the characters from (inclusive) to (exclusive).
type Mark struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// foundOrder is newest first, and nothing else.
var foundOrder = feature.NewOrder("-published_at", "i.id", func(r foundRow) uuid.UUID { return r.ID },
	feature.ByTime("published_at", "i.published_at", func(r foundRow) time.Time { return *r.PublishedAt }))

// foundRow is a candidate: an item with all the terms.
type foundRow struct {
	row
	BodyText string       `db:"body_text"`
	Names    tenant.Texts `db:"names"` // of its attachments
}

// A lastSeen is the candidate after which a search goes on.
type lastSeen struct {
	at *time.Time
	id *uuid.UUID
}

// batches is how many candidates it looks at, one batch after the other, for
// one page. The terms promise a little too much (甲乙丙 may have 甲乙 and 乙丙 in
// two places), so most often the first is enough. After the last, the page is
// as full as it is and the next one goes on from there.
var batches = []int{1, 3, 10}

// Find answers a search.
func Find(ctx context.Context, tx *tenant.Tx, q Search) (l feature.List[Found], err error) {
	l.Items = []Found{}
	if err := q.Validate(); err != nil {
		return l, err
	}
	at, err := foundOrder.Read(q.Page)
	if err != nil {
		return l, err
	}
	s, err := q.begin(ctx, tx, at)
	if err != nil {
		return l, err
	}
	for _, times := range batches {
		most := min((q.Size()+1)*times, 500)
		rows, err := s.candidates(ctx, tx, most)
		if err != nil {
			return l, err
		}
		for i := range rows {
			f, ok := s.check(ctx, tx.Actor.Member, &rows[i])
			if ok && len(l.Items) == q.Size() {
				return l, nil
			}
			if ok {
				l.Items = append(l.Items, f)
			}
			l.Next = at.Cursor(rows[i])
		}
		if s.done {
			l.Next = ""
			return l, nil
		}
		l.Next = at.Cursor(foundRow{row: row{ID: *s.last.id, PublishedAt: s.last.at}})
	}
	return l, nil
}

// A hunt is a search on its way.
type hunt struct {
	q       Search
	words   [][]rune
	terms   []string
	columns any // uuid[], or nil for all
	under   any // departments, likewise
	last    lastSeen
	done    bool // there are no more candidates
}

// begin makes a hunt of a search: the columns are those the actor reads, and of
// them those at or below the one asked for.
func (q Search) begin(ctx context.Context, tx *tenant.Tx, at feature.Place[foundRow]) (*hunt, error) {
	s := &hunt{q: q, words: searchWords(q.Text)}
	mark := ""
	if q.In == "title" {
		mark = inTitle
	}
	for _, w := range s.words {
		s.terms = append(s.terms, wantedTerms(mark, w)...)
	}
	slices.Sort(s.terms)
	s.terms = slices.Compact(s.terms)
	if t, id, ok := at.Last(); ok {
		when := t.(time.Time)
		s.last = lastSeen{&when, &id}
	}
	r := rbac.From(ctx)
	if all := r.Everywhere(Read); !all || q.Column != nil {
		var ids []uuid.UUID
		if err := tx.Select(ctx, &ids, `
			select c.id from columns c where ($1::bool or c.path && $2::uuid[]) and ($3::uuid is null or $3 = any (c.path))`,
			all, tenant.Array(r.Scopes(Read)), q.Column); err != nil {
			return nil, err
		}
		s.columns = tenant.IDs(ids)
	}
	if q.Department != nil {
		var ids []uuid.UUID
		if err := tx.Select(ctx, &ids, `select d.id from departments d where $1 = any (d.path)`, *q.Department); err != nil {
			return nil, err
		}
		s.under = tenant.IDs(ids)
	}
	return s, nil
}

// candidates returns the next items that have all the terms, newest first, and
// remembers where it stopped. That they stand before the actor is checked once
// more, as in every list of what is to be read.
func (s *hunt) candidates(ctx context.Context, tx *tenant.Tx, most int) (rows []foundRow, err error) {
	var kind *string
	if s.q.Kind != "" {
		kind = &s.q.Kind
	}
	var since, till *time.Time
	if d, err := calendar.ParseDate(s.q.From); err == nil {
		t := d.At(0)
		since = &t
	}
	if d, err := calendar.ParseDate(s.q.To); err == nil {
		t := d.Add(1).At(0)
		till = &t
	}
	var found []struct {
		ID uuid.UUID `db:"item_id"`
		At time.Time `db:"published_at"`
	}
	err = tx.Select(ctx, &found, `select item_id, published_at from platform.item_search($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		tenant.Array(s.terms), s.columns, s.under, kind, since, till, s.last.at, s.last.id, most)
	if err != nil || len(found) == 0 {
		s.done = true
		return nil, err
	}
	last := found[len(found)-1]
	s.last, s.done = lastSeen{&last.At, &last.ID}, len(found) < most
	ids := make([]uuid.UUID, len(found))
	for i, f := range found {
		ids[i] = f.ID
	}
	c := &search{args: feature.Args{tx.Actor.Member}}
	c.add(`i.id = any (?)`, tenant.Array(ids))
	if err := c.view(ctx, "reading"); err != nil {
		return nil, err
	}
	if !s.q.Expired {
		c.add(Current)
	}
	err = tx.Select(ctx, &rows, `select `+lineColumns+`, i.body_text,
		array(select a.name from item_attachments a where a.item_id = i.id order by a.id) as names
		from items i join columns c on c.id = i.column_id where `+strings.Join(c.where, " and ")+` order by i.published_at desc, i.id desc`, c.args...)
	return rows, err
}

// attachmentNames are what the item's attachments are called.
func (r *row) attachmentNames() (names []string) {
	for _, a := range r.Attachments {
		names = append(names, a.Name)
	}
	return names
}

// index writes down by what an item is found.
func index(ctx context.Context, tx *tenant.Tx, id uuid.UUID, terms []string) error {
	var done bool
	return tx.Get(ctx, &done, `select platform.item_indexed($1, $2)`, id, tenant.Array(terms))
}

// unindexed is how many items the round takes in one transaction.
const unindexed = 100

// indexRest makes the terms of what was published before there were any, and of
// what else has none.
func indexRest(ctx context.Context, db *tenant.DB) error {
	for more := true; more; {
		err := db.Write(ctx, func(tx *tenant.Tx) error {
			var rows []struct {
				ID    uuid.UUID    `db:"id"`
				Title string       `db:"title"`
				Text  string       `db:"body_text"`
				Names tenant.Texts `db:"names"`
			}
			err := tx.Select(ctx, &rows, `
				select i.id, i.title, i.body_text, array(select a.name from item_attachments a where a.item_id = i.id order by a.id) as names
				  from items i where i.id in (select platform.items_unindexed($1))`, unindexed)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if err := index(ctx, tx, r.ID, Terms(r.Title, r.Text, r.Names)); err != nil {
					return err
				}
			}
			more = len(rows) == unindexed
			if len(rows) > 0 {
				tx.Audit("publish.indexed", "publish/items", map[string]string{"items": strconv.Itoa(len(rows))})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
