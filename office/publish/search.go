package publish

import (
	"context"
	"errors"
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
// characters of the text they belong to. The item itself says the rest.
type Found struct {
	ID             uuid.UUID  `json:"id"`
	ColumnID       uuid.UUID  `json:"column_id"`
	ColumnName     string     `json:"column_name"`
	Kind           string     `json:"kind" enum:"news,notice,announcement,briefing"`
	Title          string     `json:"title"`
	DepartmentID   *uuid.UUID `json:"department_id"`
	DepartmentName string     `json:"department_name"`
	PublishedAt    time.Time  `json:"published_at"`
	Expired        bool       `json:"expired"` // its last day is over: found only if asked for
	TitleMarks     []Mark     `json:"title_marks"`
	Hit            Hit        `json:"hit"`
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
	feature.ByTime("published_at", "i.published_at", func(r foundRow) time.Time { return r.PublishedAt }))

// foundRow is a candidate: an item with all the terms.
type foundRow struct {
	ID             uuid.UUID    `db:"id"`
	ColumnID       uuid.UUID    `db:"column_id"`
	ColumnName     string       `db:"column_name"`
	Kind           string       `db:"kind"`
	Title          string       `db:"title"`
	DepartmentID   *uuid.UUID   `db:"department_id"`
	DepartmentName string       `db:"department_name"`
	PublishedAt    time.Time    `db:"published_at"`
	Expired        bool         `db:"expired"`
	BodyText       string       `db:"body_text"`
	Names          tenant.Texts `db:"names"` // of its attachments
	searchEnd
}

// foundColumns are what a candidate i in column c is judged and shown by.
const foundColumns = `
	i.id, i.column_id, c.name as column_name, i.kind, i.title, i.department_id, i.department_name, i.published_at,
	not ` + Current + ` as expired, i.body_text,
	array(select a.name from item_attachments a where a.item_id = i.id order by a.id) as names`

// A searchEnd says how many candidates were found with one, and the last of them.
type searchEnd struct {
	Found int       `db:"found"`
	EndID uuid.UUID `db:"end_id"`
	EndAt time.Time `db:"end_at"`
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
	s := q.begin(at)
	for _, times := range batches {
		most := min((q.Size()+1)*times, 500)
		rows, err := s.candidates(ctx, tx, most)
		if err != nil {
			return l, err
		}
		for i := range rows {
			f, ok := s.check(&rows[i])
			if ok && len(l.Items) == q.Size() {
				l.Next = at.Cursor(s.after())
				return l, nil
			}
			if ok {
				l.Items = append(l.Items, f)
			}
			s.last = lastSeen{&rows[i].PublishedAt, &rows[i].ID}
		}
		if s.done {
			return l, nil
		}
		s.last = s.end
	}
	l.Next = at.Cursor(s.after())
	return l, nil
}

// A hunt is a search on its way.
type hunt struct {
	q     Search
	words [][]rune
	terms []string
	last  lastSeen // looked at
	end   lastSeen // of the candidates there are
	done  bool     // there are no more candidates

	title, text folded // of the candidate that is looked at
}

// after is a row for the cursor of what was looked at last.
func (s *hunt) after() foundRow { return foundRow{ID: *s.last.id, PublishedAt: *s.last.at} }

// begin makes a hunt of a search.
func (q Search) begin(at feature.Place[foundRow]) *hunt {
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
	return s
}

// from adds the function that looks the terms up to a statement: in the columns
// that the actor reads, and of them in those at or below the one asked for and
// those that were merged into one of these.
func (s *hunt) from(ctx context.Context, c *search, most int) string {
	columns, departments := "null::uuid[]", "null::uuid[]"
	r := rbac.From(ctx)
	if all := r.Everywhere(Read); !all || s.q.Column != nil {
		in := ``
		if s.q.Column != nil {
			at := c.args.Add(*s.q.Column) + `::uuid`
			in = ` and (` + at + ` = any (c.path) or exists (select from columns m where m.id = c.merged_into and ` + at + ` = any (m.path)))`
		}
		columns = `array(select c.id from columns c where (` + c.args.Add(all) + `::bool or c.path && ` + c.args.Add(tenant.Array(r.Scopes(Read))) + `::uuid[])` + in + `)`
	}
	if s.q.Department != nil {
		departments = `array(select d.id from departments d where ` + c.args.Add(*s.q.Department) + `::uuid = any (d.path))`
	}
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
	return `platform.item_search(` + c.args.Add(tenant.Array(s.terms)) + `, ` + columns + `, ` + departments + `, ` + c.args.Add(kind) + `, ` +
		c.args.Add(since) + `, ` + c.args.Add(till) + `, ` + c.args.Add(s.last.at) + `, ` + c.args.Add(s.last.id) + `, ` + c.args.Add(most) + `) s`
}

// candidates returns the next items that have all the terms, newest first, and
// remembers where they stopped. That they stand before the actor is checked once
// more, as in every list of what is to be read.
func (s *hunt) candidates(ctx context.Context, tx *tenant.Tx, most int) (rows []foundRow, err error) {
	c := &search{args: feature.Args{tx.Actor.Member}}
	from := s.from(ctx, c, most)
	if err := c.view(ctx, "reading"); err != nil {
		return nil, err
	}
	c.add(`$1::uuid is not null`) // whoever inspects is asked for nowhere else
	if !s.q.Expired {
		c.add(Current)
	}
	rows = make([]foundRow, 0, min(most, s.q.Size()+1))
	err = tx.Select(ctx, &rows, `select `+foundColumns+`, s.found, s.end_id, s.end_at
		from `+from+` join items i on i.id = s.item_id join columns c on c.id = i.column_id
		where `+strings.Join(c.where, " and ")+` order by s.published_at desc, s.item_id desc`, c.args...)
	if err != nil {
		return nil, err
	}
	var e searchEnd
	if len(rows) > 0 {
		e = rows[0].searchEnd
	} else { // nothing was found, or nothing of it stands before the actor
		c = &search{}
		if err := tx.Get(ctx, &e, `select s.found, s.end_id, s.end_at from `+s.from(ctx, c, most)+` limit 1`, c.args...); errors.Is(err, tenant.ErrNoRows) {
			s.done = true
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	s.end, s.done = lastSeen{&e.EndAt, &e.EndID}, e.Found < most
	return rows, nil
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
