package wordcheck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/uuid"
	"github.com/xuri/excelize/v2"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

func write1(t *testing.T, ctx context.Context, fn func(tx *tenant.Tx) error) error {
	t.Helper()
	return tenanttest.DB(t).Write(ctx, fn)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// do runs a writing endpoint's function.
func do[In, Out any](t *testing.T, ctx context.Context, fn func(context.Context, *tenant.Tx, In) (Out, error), in In) (out Out, err error) {
	t.Helper()
	err = write1(t, ctx, func(tx *tenant.Tx) (err error) {
		out, err = fn(ctx, tx, in)
		return err
	})
	return out, err
}

func check(t *testing.T, ctx context.Context, text string) (r Result) {
	t.Helper()
	must(t, tenanttest.DB(t).Read(ctx, func(tx *tenant.Tx) (err error) {
		r, err = Check(ctx, tx, []Part{{"body", text}})
		return err
	}))
	return r
}

func state(t *testing.T, ctx context.Context) State {
	t.Helper()
	s, err := do(t, ctx, showState, feature.None{})
	must(t, err)
	return s
}

// A tenant's words are its own: what they find is of their newest version, at
// once and for nobody else (R031).
func TestWords(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	other, _ := tenanttest.Actor(t)
	if r := check(t, ctx, "部份"); r.Version != 0 || len(r.Hits) != 0 {
		t.Errorf("without a dictionary = %+v", r)
	}
	w, err := do(t, ctx, addWord, Draft{"部份", "typo", Warn, "部分"})
	must(t, err)
	r := check(t, ctx, "大部份")
	want := Hit{"body", 1, 3, "部份", "typo", Warn, "部分"}
	if r.Version != 1 || !slices.Equal(r.Hits, []Hit{want}) {
		t.Errorf("= %+v", r)
	}
	for name, try := range map[string]struct {
		as   context.Context
		do   func(ctx context.Context) error
		want *fault.Error
	}{
		"another tenant changes": {other, func(ctx context.Context) error {
			_, err := do(t, ctx, changeWord, rewording{w.ID, Draft{"x", "typo", Warn, ""}, 1})
			return err
		}, ErrNotFound},
		"another tenant removes": {other, func(ctx context.Context) error {
			_, err := do(t, ctx, removeWord, removal{w.ID, 1})
			return err
		}, ErrNotFound},
		"the same, written wide": {ctx, func(ctx context.Context) error {
			_, err := do(t, ctx, addWord, Draft{" 部 份 ", "typo", Warn, ""})
			return err
		}, ErrTaken},
		"nothing is left": {ctx, func(ctx context.Context) error {
			_, err := do(t, ctx, addWord, Draft{"·*", "typo", Warn, ""})
			return err
		}, ErrWord},
		"two lines": {ctx, func(ctx context.Context) error {
			_, err := do(t, ctx, addWord, Draft{"甲\n乙", "typo", Warn, ""})
			return err
		}, ErrWord},
		"too long": {ctx, func(ctx context.Context) error {
			_, err := do(t, ctx, addWord, Draft{strings.Repeat("长", 41), "typo", Warn, ""})
			return err
		}, ErrWord},
		"an old state": {ctx, func(ctx context.Context) error {
			_, err := do(t, ctx, changeWord, rewording{w.ID, Draft{"x", "typo", Warn, ""}, 9})
			return err
		}, ErrStale},
		"an old state removed": {ctx, func(ctx context.Context) error {
			_, err := do(t, ctx, removeWord, removal{w.ID, 9})
			return err
		}, ErrStale},
		"no such phrase": {ctx, func(ctx context.Context) error {
			_, err := do(t, ctx, removePhrase, ref{uuid.New()})
			return err
		}, ErrNotFound},
		"an empty phrase": {ctx, func(ctx context.Context) error { _, err := do(t, ctx, addPhrase, newPhrase{" "}); return err }, ErrWord},
	} {
		if err := try.do(try.as); !errors.Is(err, try.want) {
			t.Errorf("%s = %v, want %v", name, err, try.want)
		}
	}
	if s := state(t, ctx); s.Version != 1 || s.Words != 1 {
		t.Errorf("what was refused made a version: %+v", s)
	}
	if r := check(t, other, "大部份"); r.Version != 0 || len(r.Hits) != 0 {
		t.Errorf("another tenant's text = %+v", r)
	}
	w, err = do(t, ctx, changeWord, rewording{w.ID, Draft{"部份", "typo", Block, ""}, 1})
	must(t, err)
	if r := check(t, ctx, "大部份"); r.Version != 2 || r.Blocks != 1 || w.Version != 2 {
		t.Errorf("after a change = %+v", r)
	}
	p, err := do(t, ctx, addPhrase, newPhrase{"大部份"})
	must(t, err)
	if _, err := do(t, ctx, addPhrase, newPhrase{"大 部份"}); !errors.Is(err, ErrTaken) {
		t.Errorf("the same phrase = %v", err)
	}
	if r := check(t, ctx, "大部份，部份"); r.Version != 3 || r.Blocks != 1 || r.Hits[0].From != 4 {
		t.Errorf("with a phrase = %+v", r)
	}
	_, err = do(t, ctx, removePhrase, ref{p.ID})
	must(t, err)
	_, err = do(t, ctx, removeWord, removal{w.ID, 2})
	must(t, err)
	if r := check(t, ctx, "部份"); r.Version != 5 || len(r.Hits) != 0 {
		t.Errorf("after the removal = %+v", r)
	}
	versions(t, ctx)
}

// versions: every change has made one, and says what it changed.
func versions(t *testing.T, ctx context.Context) {
	t.Helper()
	l, err := do(t, ctx, listVersions, feature.Page{Limit: 3})
	must(t, err)
	rest, err := do(t, ctx, listVersions, feature.Page{After: l.Next})
	must(t, err)
	var said []string
	for _, v := range append(l.Items, rest.Items...) {
		said = append(said, fmt.Sprintf("%d %s %d%d%d", v.Version, v.Action, v.Added, v.Changed, v.Removed))
	}
	if want := []string{"5 word_removed 001", "4 phrase_removed 001", "3 phrase_added 100", "2 word_changed 010", "1 word_added 100"}; !slices.Equal(said, want) {
		t.Errorf("versions = %q", said)
	}
	c, err := do(t, ctx, listChanges, versionQuery{Version: 2})
	must(t, err)
	if len(c.Items) != 1 || c.Items[0] != (EditionChange{1, "word", "changed", "部份", "typo", Block, ""}) {
		t.Errorf("changes = %+v", c.Items)
	}
	if _, err := do(t, ctx, listChanges, versionQuery{Version: 6}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a version there is none of = %v", err)
	}
}

// What a transaction saw that was rolled back is forgotten with it.
func TestRolledBack(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	undone := errors.New("undone")
	err := write1(t, ctx, func(tx *tenant.Tx) error {
		if _, err := addWord(ctx, tx, Draft{"部份", "typo", Warn, ""}); err != nil {
			return err
		}
		if r, err := Check(ctx, tx, []Part{{"body", "部份"}}); err != nil || r.Warns != 1 {
			t.Errorf("inside = %+v, %v", r, err)
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	if r := check(t, ctx, "部份"); r.Version != 0 || r.Warns != 0 {
		t.Errorf("afterwards = %+v", r)
	}
	_, err = do(t, ctx, addWord, Draft{"目睹", "wording", Hint, ""})
	must(t, err)
	if r := check(t, ctx, "部份目睹"); r.Version != 1 || r.Warns != 0 || r.Hints != 1 {
		t.Errorf("the version after = %+v", r)
	}
}

// Lists page by the words as they are compared, and filter.
func TestListWords(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	for i := range 7 {
		_, err := do(t, ctx, addWord, Draft{fmt.Sprintf("词%c", 'A'+i), Classes[i%7], Levels[i%3], ""})
		must(t, err)
	}
	for name, tt := range map[string]struct {
		q    wordQuery
		want int
	}{
		"all": {wordQuery{}, 7}, "a part, in upper case": {wordQuery{Q: "词 Ｃ"}, 1}, "a class": {wordQuery{Class: "typo"}, 1},
		"a level": {wordQuery{Level: Block}, 3}, "both": {wordQuery{Class: "political", Level: Block}, 1}, "a pattern is text": {wordQuery{Q: "%"}, 0},
	} {
		var got []string
		tt.q.Limit = 2
		for more := true; more; more = tt.q.After != "" {
			l, err := do(t, ctx, listWords, tt.q)
			must(t, err)
			for _, w := range l.Items {
				got = append(got, w.Norm)
			}
			tt.q.After = l.Next
		}
		if len(got) != tt.want || !slices.IsSorted(got) {
			t.Errorf("%s = %q, want %d", name, got, tt.want)
		}
	}
}

func load(t *testing.T, ctx context.Context, dry bool, content []byte) (Report, error) {
	t.Helper()
	return receive(ctx, tenanttest.DB(t), importing{dry}, bytes.NewReader(content))
}

// An import says what it would do, names what is wrong by row, is taken whole
// or not at all, and taken twice changes nothing.
func TestImport(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	_, err := do(t, ctx, addWord, Draft{"部份", "typo", Warn, "部分"})
	must(t, err)
	file := []byte("\ufeff词,类别,级别,建议\n部份,错别字,警告,部分\n登陆系统,错别字,拦截,登录系统\n\n亲眼目睹,规范用语,hint\n部 份,typo\n帐号\n")
	want := Report{Rows: 5, Added: 3, Same: 1, TwiceCount: 1, Twice: []Twice{{6, 2, "部 份"}}, Bad: []BadRow{}, Version: 1}
	for i, dry := range []bool{true, false, false, true} {
		switch i {
		case 1:
			want.Applied, want.Version = true, 2
		case 2:
			want.Added, want.Same = 0, 4
		case 3:
			want.Applied = false
		}
		got, err := load(t, ctx, dry, file)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d: %+v, %v, want %+v", i, got, err, want)
		}
	}
	if s := state(t, ctx); s.Version != 2 || s.Words != 4 {
		t.Errorf("state = %+v", s)
	}
	if r := check(t, ctx, "登 陆系统帐号"); r.Blocks != 1 || r.Warns != 1 {
		t.Errorf("= %+v", r)
	}
	bad := []byte("好词\t其他\t提示\n···\n坏类\t什么\n坏级\ttypo\t很重\n" + "坏议\t\t\t" + strings.Repeat("长", 101) + "\n" + strings.Repeat("长", 41))
	rep, err := load(t, ctx, true, bad)
	must(t, err)
	var rows []string
	for _, b := range rep.Bad {
		rows = append(rows, fmt.Sprint(b.Row, b.Field))
	}
	if w := []string{"2word", "3class", "4level", "5advice", "6word"}; !slices.Equal(rows, w) && !slices.Equal(rows, []string{"2 word", "3 class", "4 level", "5 advice", "6 word"}) {
		t.Errorf("bad rows = %q", rows)
	}
	if _, err := load(t, ctx, false, bad); !errors.Is(err, ErrRows) {
		t.Errorf("with bad rows = %v", err)
	}
	if s := state(t, ctx); s.Version != 2 || s.Words != 4 {
		t.Errorf("a refused import left %+v", s)
	}
}

func TestImportSheet(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	book := excelize.NewFile()
	for cell, v := range map[string]string{"A1": "词语", "B1": "类别", "A2": "部份", "B2": "错别字", "C2": "提示", "D2": "部分", "A4": "帐号"} {
		must(t, book.SetCellStr("Sheet1", cell, v))
	}
	var buf bytes.Buffer
	must(t, book.Write(&buf))
	rep, err := load(t, ctx, false, buf.Bytes())
	if err != nil || rep.Added != 2 || rep.Rows != 2 {
		t.Errorf("= %+v, %v", rep, err)
	}
	for name, content := range map[string][]byte{
		"no archive": []byte("PK\x03\x04nonsense"), "not UTF-8": {0xb2, 0xbf, 0xb7, 0xdd}, "a program": {'M', 'Z', 0, 0}, "cut off": buf.Bytes()[:buf.Len()/2],
	} {
		if _, err := load(t, ctx, true, content); !errors.Is(err, ErrFile) {
			t.Errorf("%s = %v, want %v", name, err, ErrFile)
		}
	}
	if rep, err := load(t, ctx, true, nil); err != nil || rep.Rows != 0 {
		t.Errorf("an empty file = %+v, %v", rep, err)
	}
}

// The first words are about a hundred, each with a better wording that is none
// of them, once, and seeding twice changes nothing.
func TestSeed(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	for range 2 {
		must(t, write1(t, ctx, func(tx *tenant.Tx) error { return seed(ctx, tx) }))
	}
	if s := state(t, ctx); s.Version != 1 || s.Words < 90 || s.Phrases < 10 {
		t.Errorf("state = %+v", s)
	}
	drafts, norms, _ := first()
	d := NewDictionary(1, nil, nil)
	for i, w := range drafts {
		if w.Advice == "" || slices.Contains(norms[:i], norms[i]) || w.Level == Block {
			t.Errorf("%+v", w)
		}
		d.entries = append(d.entries, Entry(w))
	}
	d = NewDictionary(1, d.entries, firstPhrases())
	for _, w := range drafts {
		if r := d.Check([]Part{{"p", w.Advice}}); len(r.Hits) > 0 {
			t.Errorf("the advice %s is itself wrong: %+v", w.Advice, r.Hits)
		}
	}
	for text, want := range map[string]string{
		"截止目前，各单位已登陆系统填报": "[截止目前]，各单位已[登陆系统]填报", "按排名先后，自己经手": "按排名先后，自己经手",
		"大部份群众们己经撤离": "大[部份][群众们][己经]撤离",
	} {
		if got := marked(text, d.Check([]Part{{"p", text}}).Hits); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// A cupboard lets go of the least used when it is full, and keeps one however
// large.
func TestCupboard(t *testing.T) {
	t.Parallel()
	d := NewDictionary(1, entries("甲乙", "丙丁"), nil)
	c := newCupboard(3 * d.weight())
	ids := make([]uuid.UUID, 5)
	for i := range ids {
		ids[i] = uuid.New()
		c.add(ids[i], d)
		c.add(ids[i], d)
		c.get(ids[0])
	}
	for i, want := range []bool{true, false, false, true, true} {
		if _, ok := c.get(ids[i]); ok != want {
			t.Errorf("dictionary %d is there: %v", i, ok)
		}
	}
	small := newCupboard(1)
	small.add(ids[0], d)
	if _, ok := small.get(ids[0]); !ok || small.used != d.weight() {
		t.Error("the only one was let go")
	}
}

// A file that turns out too long while it arrives is too long (413), and
// one that breaks off is malformed.
func TestImportTooLong(t *testing.T) {
	t.Parallel()
	ctx, _ := tenanttest.Actor(t)
	for sent, want := range map[error]*fault.Error{feature.ErrTooLarge: feature.ErrTooLarge, io.ErrUnexpectedEOF: feature.ErrMalformed} {
		if _, err := receive(ctx, tenanttest.DB(t), importing{}, iotest.ErrReader(sent)); fault.Of(err).Code != want.Code || fault.Of(err).Kind != want.Kind {
			t.Errorf("%v is answered with %v, want %v", sent, fault.Of(err), want)
		}
	}
}
