package wordcheck

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func entries(words ...string) (es []Entry) {
	for _, w := range words {
		es = append(es, Entry{Word: w, Class: "other", Level: Warn})
	}
	return es
}

// marked shows a text with its hits in brackets.
func marked(text string, hits []Hit) string {
	runes, b, at := []rune(text), strings.Builder{}, 0
	for _, h := range hits {
		fmt.Fprintf(&b, "%s[%s]", string(runes[at:h.From]), string(runes[h.From:h.To]))
		at = h.To
	}
	return b.String() + string(runes[at:])
}

// TestCheck is the table of what counts as a hit (R031).
func TestCheck(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		words, allowed []string
		text, want     string
	}{
		"none":                                  {[]string{"部份"}, nil, "大部分单位", "大部分单位"},
		"one":                                   {[]string{"部份"}, nil, "大部份单位", "大[部份]单位"},
		"twice":                                 {[]string{"部份"}, nil, "部份，又是部份", "[部份]，又是[部份]"},
		"at both ends":                          {[]string{"甲", "乙"}, nil, "甲丙乙", "[甲]丙[乙]"},
		"the longest of an overlap":             {[]string{"截止", "截止目前", "目前"}, nil, "截止目前为止", "[截止目前]为止"},
		"the longest, though it begins later":   {[]string{"甲乙", "乙丙丁"}, nil, "甲乙丙丁", "甲[乙丙丁]"},
		"of equal ones the first":               {[]string{"甲乙", "乙丙"}, nil, "甲乙丙", "[甲乙]丙"},
		"what the longest leaves":               {[]string{"甲乙", "乙丙丁", "丁戊己庚", "乙"}, nil, "甲乙丙丁戊己庚", "[甲乙]丙[丁戊己庚]"},
		"a word in a word":                      {[]string{"水利", "利"}, nil, "水利、利水", "[水利]、[利]水"},
		"full width":                            {[]string{"covid-19"}, nil, "ＣＯＶＩＤ－１９疫情", "[ＣＯＶＩＤ－１９]疫情"},
		"upper case":                            {[]string{"Email"}, nil, "EMAIL地址", "[EMAIL]地址"},
		"spaces between":                        {[]string{"部份"}, nil, "部 　份", "[部 　份]"},
		"points between":                        {[]string{"登陆系统"}, nil, "登·陆*系-统", "[登·陆*系-统]"},
		"zero width between":                    {[]string{"部份"}, nil, "部\u200b份", "[部\u200b份]"},
		"separators around are not of it":       {[]string{"部份"}, nil, "· 部份 ·", "· [部份] ·"},
		"a line break ends a word":              {[]string{"部份"}, nil, "部\n份", "部\n份"},
		"punctuation ends a word":               {[]string{"部份"}, nil, "部，份", "部，份"},
		"separators in the word":                {[]string{"部·份"}, nil, "部份", "[部份]"},
		"traditional is another":                {[]string{"部份"}, nil, "登錄部分", "登錄部分"},
		"Latin stands alone":                    {[]string{"ai"}, nil, "mail said AI，ai技术", "mail said [AI]，[ai]技术"},
		"spaced Latin":                          {[]string{"ai"}, nil, "A I 技术", "[A I] 技术"},
		"half of a spaced one":                  {[]string{"ai"}, nil, "a iron", "a iron"},
		"a number is not another":               {[]string{"110"}, nil, "拨打110，电话1101、1.10、1 10", "拨打[110]，电话1101、1.10、1 10"},
		"beyond the basic plane":                {[]string{"𠮷野"}, nil, "𠮷𠮷野家", "𠮷[𠮷野]家"},
		"allowed":                               {[]string{"截止"}, []string{"截止日期"}, "截止日期与截止目前", "截止日期与[截止]目前"},
		"allowed, written wide":                 {[]string{"截止"}, []string{"截止日期"}, "截 止 日 期", "截 止 日 期"},
		"only partly inside":                    {[]string{"日期表"}, []string{"截止日期"}, "截止日期表", "截止[日期表]"},
		"an allowed one frees the shorter":      {[]string{"部份人", "人口"}, []string{"大部份人"}, "大部份人口", "大部份[人口]"},
		"one allowed phrase inside another":     {[]string{"丙"}, []string{"甲乙丙丁", "乙"}, "甲乙丙丁丙", "甲乙丙丁[丙]"},
		"a phrase that is a word allows nobody": {[]string{"部份"}, []string{"部份"}, "部份", "[部份]"},
		"the first of two the same":             {[]string{"ＡＢ", "ab"}, nil, "ab", "[ab]"},
		"nothing is left of the word":           {[]string{"· ·", "甲"}, nil, "· ·甲", "· ·[甲]"},
		"too long":                              {[]string{strings.Repeat("长", MaxRunes+1), "甲"}, nil, strings.Repeat("长", MaxRunes+1) + "甲", strings.Repeat("长", MaxRunes+1) + "[甲]"},
		"no words":                              {nil, []string{"甲"}, "甲乙", "甲乙"},
		"bad text":                              {[]string{"甲"}, nil, "\xff甲\xfe", "\ufffd[甲]\ufffd"},
	} {
		r := NewDictionary(3, entries(tt.words...), tt.allowed).Check([]Part{{"body", tt.text}})
		if got := marked(tt.text, r.Hits); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
		if r.Version != 3 || r.Warns != len(r.Hits) || r.Hits == nil {
			t.Errorf("%s: result = %+v", name, r)
		}
	}
}

// naive finds the same hits by looking for every word at every place.
func naive(words, allowed []string, text string) (hits []match) {
	t := normalise(text)
	at := func(w string, from int) bool {
		r := []rune(norm(w))
		return len(r) > 0 && from+len(r) <= len(t.runes) && slices.Equal(t.runes[from:from+len(r)], r) && t.whole(from, from+len(r))
	}
	var all, free []match
	for from := range t.runes {
		for _, p := range allowed {
			if at(p, from) && !slices.ContainsFunc(words, func(w string) bool { return norm(w) == norm(p) }) {
				free = append(free, match{from, from + len([]rune(norm(p))), 0})
			}
		}
		for i, w := range words {
			if at(w, from) && !slices.ContainsFunc(words[:i], func(v string) bool { return norm(v) == norm(w) }) {
				all = append(all, match{from, from + len([]rune(norm(w))), i})
			}
		}
	}
	all = slices.DeleteFunc(all, func(m match) bool {
		return slices.ContainsFunc(free, func(f match) bool { return f.from <= m.from && m.to <= f.to })
	})
	for len(all) > 0 {
		best := slices.MinFunc(all, func(x, y match) int {
			return cmp.Or(cmp.Compare(y.to-y.from, x.to-x.from), cmp.Compare(x.from, y.from))
		})
		hits = append(hits, best)
		all = slices.DeleteFunc(all, func(m match) bool { return m.from < best.to && best.from < m.to })
	}
	slices.SortFunc(hits, func(x, y match) int { return cmp.Compare(x.from, y.from) })
	return hits
}

// Property: the automaton finds what looking for every word at every place
// finds, in whatever dictionary and text.
func TestCheckAsNaive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		chars := rapid.SampledFrom([]rune("甲乙丙aB1２ ·\n，𠮷"))
		word := rapid.StringOfN(chars, 1, 5, -1)
		words := rapid.SliceOfN(word, 0, 8).Draw(t, "words")
		allowed := rapid.SliceOfN(word, 0, 4).Draw(t, "allowed")
		text := rapid.StringOfN(chars, 0, 60, -1).Draw(t, "text")
		n := normalise(text)
		var want []Hit
		for _, m := range naive(words, allowed, text) {
			want = append(want, Hit{Part: "p", From: int(n.at[m.from]), To: int(n.at[m.to-1]) + 1, Word: words[m.word], Class: "other", Level: Warn})
		}
		got := NewDictionary(1, entries(words...), allowed).Check([]Part{{"p", text}}).Hits
		if !slices.Equal(got, want) {
			t.Fatalf("%s\nwant %s", marked(text, got), marked(text, want))
		}
	})
}

// A text made of nothing but words is weighed in stretches; its hits still do
// not overlap and cover it.
func TestCheckDense(t *testing.T) {
	t.Parallel()
	words := make([]string, MaxRunes)
	for i := range words {
		words[i] = strings.Repeat("甲", i+1)
	}
	n := 30_000
	d := NewDictionary(1, entries(words...), nil)
	covered, last := 0, 0
	d.find(normalise(strings.Repeat("甲", n)), func(m match) {
		if m.from < last {
			t.Fatalf("a hit at %d overlaps the one before", m.from)
		}
		covered, last = covered+m.to-m.from, m.to
	})
	if covered < n*9/10 {
		t.Errorf("%d of %d characters are covered", covered, n)
	}
}

// What blocks is listed though a thousand hints stand before it.
func TestResultListsTheWeightiest(t *testing.T) {
	t.Parallel()
	d := NewDictionary(7, []Entry{{Word: "轻", Level: Hint}, {Word: "重", Level: Block}, {Word: "中", Level: Warn}}, nil)
	r := d.Check([]Part{{"title", "好"}, {"body", strings.Repeat("轻", 1000) + "中重"}})
	if r.Hints != 1000 || r.Warns != 1 || r.Blocks != 1 || len(r.Hits) != MaxHits || r.Hits[MaxHits-1].Word != "重" || r.Hits[MaxHits-2].Word != "中" {
		t.Errorf("%d, %d, %d hits, %d listed, the last %+v", r.Hints, r.Warns, r.Blocks, len(r.Hits), r.Hits[len(r.Hits)-1])
	}
	if err := r.Refuse(); err == nil || !strings.Contains(fmt.Sprintf("%#v", err), `Field:"body"`) {
		t.Errorf("Refuse = %#v", err)
	}
	if err := r.Confirm(6); err == nil {
		t.Error("what warns passed unseen")
	}
	if err := r.Confirm(7); err != nil {
		t.Errorf("Confirm = %v", err)
	}
	if (Result{Hints: 3}).Refuse() != nil || (Result{Hints: 3}).Confirm(0) != nil {
		t.Error("a hint stands in the way")
	}
}

func TestHTML(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]Part{
		``:                               {{"body", ""}},
		`<p>部<b>份</b></p><p>单位</p>`:      {{"body", "\n部份\n\n单位\n"}},
		`a &lt;b&gt; &amp; c`:            {{"body", "a <b> & c"}},
		`<img src="x" alt="照>片&quot;">文`: {{"body", "\n文"}, {"alt", `照>片"`}},
		`<a title="a>b" href='c'>链</a>接`: {{"body", "链接"}},
		`1 < 2`:                          {{"body", "1 \n"}}, // what is no tag is not text we clean to
		`<`:                              {{"body", "\n"}},
	} {
		if got := HTML("body", body); !slices.Equal(got, want) {
			t.Errorf("%q = %q, want %q", body, got, want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("部份\n登陆系统", "大部份", "大 部·份，登陆系统，ＡＩ")
	f.Add("a\nab\nabc", "xabc", "xabc abc a.b.c \x00\xff")
	f.Fuzz(func(t *testing.T, words, allowed, text string) {
		d := NewDictionary(1, entries(strings.Split(words, "\n")...), strings.Split(allowed, "\n"))
		runes, last := []rune(text), 0
		for _, h := range d.Check([]Part{{"p", text}}).Hits {
			if h.From < last || h.To <= h.From || h.To > len(runes) {
				t.Fatalf("hit %+v in a text of %d, after %d", h, len(runes), last)
			}
			if got := norm(string(runes[h.From:h.To])); got != norm(h.Word) {
				t.Fatalf("hit %q for %q", got, norm(h.Word))
			}
			last = h.To
		}
	})
}

// chinese returns n characters of text that is no word of words by chance only,
// with one of them every 500 characters.
func chinese(r *rand.Rand, n int, words []string) string {
	var b strings.Builder
	for i := range n {
		switch {
		case i%500 == 0:
			b.WriteString(words[r.IntN(len(words))])
		case i%17 == 0:
			b.WriteRune('，')
		default:
			b.WriteRune(rune(0x4e00 + r.IntN(3500)))
		}
	}
	return b.String()
}

func dictionary(r *rand.Rand, n int) []string {
	words := make([]string, n)
	for i := range words {
		w := make([]rune, 2+r.IntN(5))
		for j := range w {
			w[j] = rune(0x4e00 + r.IntN(3500))
		}
		words[i] = string(w)
	}
	return words
}

// The goals: 20,000 words are built in 200 ms, and 1 MB of Chinese text is
// checked against them in 50 ms.
func BenchmarkCheck(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	words := dictionary(r, 20_000)
	es := entries(words...)
	b.Run("build 20,000 words", func(b *testing.B) {
		for b.Loop() {
			NewDictionary(1, es, nil)
		}
	})
	d := NewDictionary(1, es, nil)
	text := chinese(r, 1<<20/3, words)
	b.Run("check 1 MB", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if r := d.Check([]Part{{"body", text}}); r.Warns < 600 {
				b.Fatalf("%d hits", r.Warns)
			}
		}
	})
}
