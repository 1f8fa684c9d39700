package publish

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestTerms(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"Chinese goes by pairs and alone":   {"节水行动", []string{"节水", "节", "水行", "水", "行动", "行", "动"}},
		"signs end a word":                  {"节水，行动", []string{"节水", "节", "水", "行动", "行", "动"}},
		"letters and digits do too":         {"QC小组", []string{"qc", "c小", "小组", "小", "组"}},
		"double width is the usual one":     {"ＱＣ１", []string{"qc", "c1", "1"}},
		"a space beside Chinese is nothing": {"QC 小 组", []string{"qc", "c小", "小组", "小", "组"}},
		"a space between letters is one":    {"a b", []string{"a", "b"}},
		"a number is whole, too":            {"第１２号5", []string{"第1", "第", "#12", "12", "2号", "号5", "号", "5"}},
		"unless it is endless":              {strings.Repeat("7", maxDigits+1), []string{"77", "7"}},
		"nothing":                           {" ，。%", nil},
		"twice is once":                     {"水水水", []string{"水水", "水"}},
	} {
		if got := Terms("", tt.text, nil); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	if got, want := Terms("甲", "乙", []string{"丙"}), []string{"=甲", "甲", "丙", "乙"}; !slices.Equal(got, want) {
		t.Errorf("title, text and attachment = %q, want %q", got, want)
	}
	var endless strings.Builder
	for i := range 120_000 {
		endless.WriteRune(rune(0x4E00 + i*7919%20_000))
	}
	if got := len(Terms("题", endless.String(), nil)); got > maxTerms {
		t.Errorf("%d terms, want at most %d", got, maxTerms)
	}
}

// A number is looked up as a whole only where the word shows both of its ends.
func TestWantedTerms(t *testing.T) {
	t.Parallel()
	for word, want := range map[string][]string{
		"第123号":   {"第1", "#123", "3号"},
		"第123-4号": {"第1", "#123", "4号"},
		"〔2026〕":  {"#2026"},
		"123号":    {"12", "23", "3号"},
		"第123":    {"第1", "12", "23"},
		"第5号":     {"第5", "5号"},
		"12 34 5": {"12", "#34", "5*"},
	} {
		if got := wantedTerms("", []rune(word)); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

func TestSearchWords(t *testing.T) {
	t.Parallel()
	for query, want := range map[string][]string{
		"节水 行动":             {"节水", "行动"},
		"  ＱＣ　小组 ":          {"qc", "小组"},
		`"GB 50201" 标准`:     {"gb 50201", "标准"},
		"“节水 行动”":           {"节水行动"},
		"「节水":               {"节水"},
		`节水"行动"`:            {"节水", "行动"},
		"100%完成":            {"100%完成"},
		"%  _ ' \\ -- ; /*": nil,
		`""`:                nil,
		"' or 1=1; drop 表":  {"or", "1=1;", "drop", "表"},
		"节水 & !行动 | (甲:*)":  {"节水", "!行动", "(甲:*)"},
	} {
		var got []string
		for _, w := range searchWords(query) {
			got = append(got, string(w))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

// matches reports whether terms has all that is wanted.
func matches(terms, wanted []string) bool {
	for _, w := range wanted {
		begin, prefix := strings.CutSuffix(w, "*")
		if !slices.ContainsFunc(terms, func(s string) bool { return s == begin || prefix && strings.HasPrefix(s, begin) }) {
			return false
		}
	}
	return true
}

// Whatever stands in a text is found in it: by its terms, and then in the text
// itself, at its place.
func TestWhateverStandsInATextIsFound(t *testing.T) {
	t.Parallel()
	alphabet := rapid.SampledFrom([]rune("水利节行动工程防汛 Ab1２Ｃ3０45，。%'《》\u3000é"))
	rapid.Check(t, func(t *rapid.T) {
		runes := rapid.SliceOfN(alphabet, 1, 40).Draw(t, "text")
		from := rapid.IntRange(0, len(runes)-1).Draw(t, "from")
		to := rapid.IntRange(from+1, len(runes)).Draw(t, "to")
		text, part := string(runes), string(runes[from:to])
		terms := Terms(text, "", nil)
		for _, w := range searchWords(part) {
			if !matches(terms, wantedTerms("", w)) || !matches(terms, wantedTerms(inTitle, w)) {
				t.Fatalf("%q in %q is not found by %q among %q", string(w), text, wantedTerms("", w), terms)
			}
			found := fold(text).find(w, 20)
			if len(found) == 0 {
				t.Fatalf("%q is not in %q", string(w), text)
			}
			for _, s := range found {
				if got := fold(string(runes[s.from:s.to])).runes; string(got) != string(w) {
					t.Fatalf("the part found in %q is %q, want %q", text, string(got), string(w))
				}
			}
		}
	})
}

func TestHit(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("前", 200) + "节水行动" + strings.Repeat("后", 200)
	for name, tt := range map[string]struct {
		text, words, want string
	}{
		"the whole":            {"各单位开展节水行动。", "节水", "各单位开展[节水]行动。"},
		"words beside another": {"各单位开展节水行动。", "节水 行动", "各单位开展[节水行动]。"},
		"words in one another": {"各单位开展节水行动。", "水行 节水行动", "各单位开展[节水行动]。"},
		"in the midst":         {long, "水行", "…" + strings.Repeat("前", 29) + "节[水行]动" + strings.Repeat("后", hitLength-33) + "…"},
		"markup is text":       {"<b>节水</b>", "节水", "<b>[节水]</b>"},
		"case and width":       {"见 ＧＢ 50201 标准", "gb", "见 [ＧＢ] 50201 标准"},
		"nothing":              {long, "天气", strings.Repeat("前", hitLength) + "…"},
	} {
		var found []stretch
		for _, w := range searchWords(tt.words) {
			found = append(found, fold(tt.text).find(w, maxMarks)...)
		}
		h := hitIn(tt.text, found)
		if got := marked(t, h.Text, h.Marks); got != tt.want || h.Where != "text" {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// marked puts brackets around the marks of a text.
func marked(t testing.TB, text string, marks []Mark) string {
	t.Helper()
	all, at := []rune(text), 0
	var b strings.Builder
	for _, m := range marks {
		if m.From < at || m.To <= m.From || m.To > utf8.RuneCountInString(text) {
			t.Fatalf("marks = %v in %q", marks, text)
		}
		b.WriteString(string(all[at:m.From]) + "[" + string(all[m.From:m.To]) + "]")
		at = m.To
	}
	return b.String() + string(all[at:])
}
