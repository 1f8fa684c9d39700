package wordcheck

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// A Word is a word of the dictionary as its keeper sees it.
type Word struct {
	ID        uuid.UUID `db:"id" json:"id"`
	Word      string    `db:"word" json:"word"`
	Class     string    `db:"class" json:"class" enum:"political,secret,vulgar,advert,typo,wording,other"`
	Level     string    `db:"level" json:"level" enum:"block,warn,hint"`
	Advice    string    `db:"advice" json:"advice"`
	Version   int       `db:"version" json:"version"`
	ChangedBy string    `db:"changed_by" json:"changed_by"` // a name; empty for a word of the beginning
	ChangedAt time.Time `db:"changed_at" json:"changed_at"`

	Norm string `db:"norm" json:"-"`
}

const wordRows = `
	select w.id, w.word, w.norm, w.class, w.level, w.advice, w.version, coalesce(m.name, '') as changed_by, w.changed_at
	  from words w
	  left join members m on m.id = w.changed_by`

type wordQuery struct {
	feature.Page
	Q     string `json:"-" query:"q"`
	Class string `json:"-" query:"class"`
	Level string `json:"-" query:"level"`
}

// listWords pages in the order of the words as they are compared.
func listWords(ctx context.Context, tx *tenant.Tx, q wordQuery) (l feature.List[Word], err error) {
	var rows []Word
	err = tx.Select(ctx, &rows, wordRows+`
		 where ($1 = '' or position($1 in w.norm) > 0)
		   and ($2 = '' or w.class = $2)
		   and ($3 = '' or w.level = $3)
		   and w.norm > $4
		 order by w.norm
		 limit $5`, norm(q.Q), q.Class, q.Level, q.After, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(w Word) string { return w.Norm }), err
}

// A Draft is what a word is to be.
type Draft struct {
	Word   string `json:"word" minLength:"1" maxLength:"80"`
	Class  string `json:"class" enum:"political,secret,vulgar,advert,typo,wording,other"`
	Level  string `json:"level" enum:"block,warn,hint"`
	Advice string `json:"advice,omitempty" maxLength:"100"`
}

// settle trims the draft and returns how the word is compared.
func (d *Draft) settle() (string, error) {
	d.Word, d.Advice = strings.TrimSpace(d.Word), strings.TrimSpace(d.Advice)
	return compared(d.Word)
}

// compared returns how a word or phrase is compared, or ErrWord if it cannot
// be: nothing is left of it, it is too long, or it has several lines.
func compared(word string) (string, error) {
	n := norm(word)
	if n == "" || utf8.RuneCountInString(n) > MaxRunes || strings.ContainsFunc(word, unicode.IsControl) {
		return "", ErrWord
	}
	return n, nil
}

func addWord(ctx context.Context, tx *tenant.Tx, in Draft) (w Word, err error) {
	n, err := in.settle()
	if err != nil {
		return w, err
	}
	if err := room(ctx, tx, "words", 1); err != nil {
		return w, err
	}
	if _, err := renew(ctx, tx, "word_added", []change{{"word", "added", Entry(in)}}); err != nil {
		return w, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into words (id, word, norm, class, level, advice, changed_by, changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		id, in.Word, n, in.Class, in.Level, in.Advice, tx.Actor.Member, tx.Now)
	if err != nil {
		return w, taken(err)
	}
	return wordByID(ctx, tx, id)
}

// taken tells that a word or phrase is there already.
func taken(err error) error {
	switch tenant.Constraint(err) {
	case "words_norm_uq":
		return ErrTaken.On("word")
	case "word_phrases_norm_uq":
		return ErrTaken.On("phrase")
	}
	return err
}

// room refuses more rows than a dictionary holds.
func room(ctx context.Context, tx *tenant.Tx, table string, more int) error {
	var n int
	if err := tx.Get(ctx, &n, `select count(*) from `+table); err != nil {
		return err
	}
	if n+more > MaxWords {
		return ErrFull.With("max", MaxWords)
	}
	return nil
}

func wordByID(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (w Word, err error) {
	err = tx.Get(ctx, &w, wordRows+` where w.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return w, ErrNotFound
	}
	return w, err
}

type rewording struct {
	ID uuid.UUID `json:"-" path:"id"`
	Draft
	Version int `json:"version" minimum:"1"`
}

func changeWord(ctx context.Context, tx *tenant.Tx, in rewording) (w Word, err error) {
	n, err := in.settle()
	if err != nil {
		return w, err
	}
	if _, err := wordByID(ctx, tx, in.ID); err != nil {
		return w, err
	}
	if _, err := renew(ctx, tx, "word_changed", []change{{"word", "changed", Entry(in.Draft)}}); err != nil {
		return w, err
	}
	changed, err := tx.Exec(ctx, `
		update words set word = $3, norm = $4, class = $5, level = $6, advice = $7,
		       version = version + 1, changed_by = $8, changed_at = $9
		 where id = $1 and version = $2`,
		in.ID, in.Version, in.Word, n, in.Class, in.Level, in.Advice, tx.Actor.Member, tx.Now)
	if err != nil {
		return w, taken(err)
	}
	if w, err = wordByID(ctx, tx, in.ID); err != nil || changed == 1 {
		return w, err
	}
	return w, stale(w, "word", "class", "level", "advice")
}

func stale(w Word, fields ...string) error {
	return ErrStale.With("version", w.Version).With("changed_by", w.ChangedBy).With("changed_at", w.ChangedAt).With("changed", fields)
}

type removal struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"-" query:"version"`
}

func removeWord(ctx context.Context, tx *tenant.Tx, in removal) (none feature.None, err error) {
	w, err := wordByID(ctx, tx, in.ID)
	if err != nil {
		return none, err
	}
	if _, err := renew(ctx, tx, "word_removed", []change{{"word", "removed", Entry{w.Word, w.Class, w.Level, w.Advice}}}); err != nil {
		return none, err
	}
	n, err := tx.Exec(ctx, `delete from words where id = $1 and version = $2`, in.ID, in.Version)
	if err != nil || n == 1 {
		return none, err
	}
	if w, err = wordByID(ctx, tx, in.ID); err != nil {
		return none, err
	}
	return none, stale(w, "word")
}

// A Phrase is an allowed one: a word inside it does not count.
type Phrase struct {
	ID        uuid.UUID `db:"id" json:"id"`
	Phrase    string    `db:"phrase" json:"phrase"`
	ChangedBy string    `db:"changed_by" json:"changed_by"`
	ChangedAt time.Time `db:"changed_at" json:"changed_at"`

	Norm string `db:"norm" json:"-"`
}

const phraseRows = `
	select p.id, p.phrase, p.norm, coalesce(m.name, '') as changed_by, p.changed_at
	  from word_phrases p
	  left join members m on m.id = p.changed_by`

type phraseQuery struct {
	feature.Page
	Q string `json:"-" query:"q"`
}

func listPhrases(ctx context.Context, tx *tenant.Tx, q phraseQuery) (l feature.List[Phrase], err error) {
	var rows []Phrase
	err = tx.Select(ctx, &rows, phraseRows+`
		 where ($1 = '' or position($1 in p.norm) > 0) and p.norm > $2 order by p.norm limit $3`, norm(q.Q), q.After, q.Size()+1)
	return feature.Cut(rows, q.Size(), func(p Phrase) string { return p.Norm }), err
}

type newPhrase struct {
	Phrase string `json:"phrase" minLength:"1" maxLength:"80"`
}

func addPhrase(ctx context.Context, tx *tenant.Tx, in newPhrase) (p Phrase, err error) {
	in.Phrase = strings.TrimSpace(in.Phrase)
	n, err := compared(in.Phrase)
	if err != nil {
		return p, ErrWord.On("phrase")
	}
	if err := room(ctx, tx, "word_phrases", 1); err != nil {
		return p, err
	}
	if _, err := renew(ctx, tx, "phrase_added", []change{{"phrase", "added", Entry{Word: in.Phrase}}}); err != nil {
		return p, err
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `insert into word_phrases (id, phrase, norm, changed_by, changed_at) values ($1, $2, $3, $4, $5)`,
		id, in.Phrase, n, tx.Actor.Member, tx.Now)
	if err != nil {
		return p, taken(err)
	}
	err = tx.Get(ctx, &p, phraseRows+` where p.id = $1`, id)
	return p, err
}

type ref struct {
	ID uuid.UUID `json:"-" path:"id"`
}

func removePhrase(ctx context.Context, tx *tenant.Tx, in ref) (none feature.None, err error) {
	var phrase string
	err = tx.Get(ctx, &phrase, `delete from word_phrases where id = $1 returning phrase`, in.ID)
	if errors.Is(err, tenant.ErrNoRows) {
		return none, ErrNotFound
	}
	if err != nil {
		return none, err
	}
	_, err = renew(ctx, tx, "phrase_removed", []change{{"phrase", "removed", Entry{Word: phrase}}})
	return none, err
}
