package publish

import (
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func shown(spans []Span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(map[string]string{"same": s.Text, "added": "+" + s.Text + "+", "removed": "-" + s.Text + "-"}[s.Op])
	}
	return b.String()
}

func side(spans []Span, without string) string {
	var b strings.Builder
	for _, s := range spans {
		if s.Op != without {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

func TestDiffOfText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ a, b, want string }{
		"the same":            {"防汛工作", "防汛工作", "防汛工作"},
		"nothing":             {"", "", ""},
		"new":                 {"", "防汛", "+防汛+"},
		"gone":                {"防汛", "", "-防汛-"},
		"Chinese characters":  {"全市开展汛前检查", "全市开展汛后检查", "全市开展汛-前-+后+检查"},
		"words are whole":     {"the flood season", "the flooded season", "the -flood-+flooded+ season"},
		"numbers are whole":   {"共检查 128 处", "共检查 1280 处", "共检查 -128-+1280+ 处"},
		"mixed":               {"水位 3.2m，正常", "水位 3.2m，超警", "水位 3.2m，-正常-+超警+"},
		"letters of nobody's": {"\U000F0000甲", "\U000F0001甲", "-\U000F0000-+\U000F0001+甲"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := shown(newDiffer().text(c.a, c.b)); got != c.want {
				t.Errorf("%q → %q: %s, want %s", c.a, c.b, got, c.want)
			}
		})
	}
}

// Whatever is compared, both texts can be read in what comes out.
func TestDiffLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("甲乙丙丁 ab1，。\U000F0000é")), 0, 60, -1)
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		spans := newDiffer().text(a, b)
		if side(spans, "added") != a || side(spans, "removed") != b {
			t.Fatalf("%q → %q: %v", a, b, spans)
		}
		paragraphs := rapid.SliceOfN(text, 0, 12)
		x, y := paragraphs.Draw(t, "x"), paragraphs.Draw(t, "y")
		body := func(ps []string) string { return "<p>" + strings.Join(ps, "</p><p>") + "</p>" }
		var from, to []string
		for _, blk := range newDiffer().blocks(cutUp(body(x)), cutUp(body(y))) {
			if blk.Op != "added" {
				from = append(from, side(blk.Spans, "added"))
			}
			if blk.Op != "removed" {
				to = append(to, side(blk.Spans, "removed"))
			}
		}
		if got, want := strings.Join(from, "|"), lines(x); got != want {
			t.Fatalf("before: %q, want %q", got, want)
		}
		if got, want := strings.Join(to, "|"), lines(y); got != want {
			t.Fatalf("after: %q, want %q", got, want)
		}
	})
}

func lines(ps []string) string {
	var list []string
	for _, p := range ps {
		if l := line(p); l != "" {
			list = append(list, l)
		}
	}
	return strings.Join(list, "|")
}

func TestDiffOfBlocks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ a, b, want string }{
		"a paragraph between": {"<p>第一段</p><p>第二段</p>", "<p>第一段</p><p>新的一段文字</p><p>第二段</p>", "same text 第一段|added text +新的一段文字+|same text 第二段"},
		"a word in one":       {"<p>各单位立即行动。</p>", "<p>各单位迅速行动。</p>", "changed text 各单位-立即-+迅速+行动。"},
		"only its look":       {"<p>各单位立即行动</p>", "<p>各单位<strong>立即</strong>行动</p>", "format text 各单位立即行动"},
		"a heading of it":     {"<p>总体要求</p>", "<h2>总体要求</h2>", "format h2 总体要求"},
		"where a link leads":  {`<p><a href="https://a.example/">看</a></p>`, `<p><a href="https://b.example/">看</a></p>`, "format text 看"},
		"points":              {"<ul><li><p>一是排查</p></li><li><p>二是整改</p></li></ul>", "<ul><li><p>一是排查</p></li></ul>", "same point 一是排查|removed point -二是整改-"},
		"a row": {"<table><tbody><tr><th><p>站名</p></th><th><p>水位</p></th></tr><tr><td><p></p></td><td><p>3.1</p></td></tr></tbody></table>",
			"<table><tbody><tr><th><p>站名</p></th><th><p>流量</p></th></tr><tr><td><p></p></td><td><p>3.1</p></td></tr></tbody></table>",
			"changed row 站名\t-水位-+流量+|same row \t3.1"},
		"a list in a row in a list": {"<ul><li><p>外</p><table><tr><td><ul><li><p>内</p></li></ul></td><td><p>值</p></td></tr></table></li><li><p>后</p></li></ul>",
			"<ul><li><p>外</p><table><tr><td><ul><li><p>内</p></li></ul></td><td><p>数</p></td></tr></table></li><li><p>后</p></li></ul>",
			"same point 外|changed row 内\t-值-+数+|same point 后"},
		"a table in a row": {"<table><tr><td>甲<table><tr><td>乙</td></tr></table></td><td>丙</td></tr></table><p>丁</p>",
			"<table><tr><td>甲<table><tr><td>乙</td></tr></table></td><td>戊</td></tr></table><p>丁</p>", "changed row 甲\t乙\t-丙-+戊+|same text 丁"},
		"another text":    {"<p>关于防汛工作的通知</p>", "<p>Annual report 2026</p>", "removed text -关于防汛工作的通知-|added text +Annual report 2026+"},
		"a rule":          {"<p>上</p><p>下</p>", "<p>上</p><hr/><p>下</p>", "same text 上|added rule |same text 下"},
		"what is no HTML": {"<p>3 &lt; 4 &amp; <script>x", "<p>3 &lt; 5 &amp; <script>x", "changed text 3 < -4-+5+ & x"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, b := range newDiffer().blocks(cutUp(c.a), cutUp(c.b)) {
				got = append(got, b.Op+" "+b.Kind+" "+shown(b.Spans))
			}
			if s := strings.Join(got, "|"); s != c.want {
				t.Errorf("%s\n want %s", s, c.want)
			}
		})
	}
}

// used is the time the processor gave this thread so far.
func used(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// A comparison ends, whatever is compared: texts as long as an item can be, and
// the same characters over and over. The time is the processor's, which no other
// load makes longer: that of the comparison and as much for cutting and tidying.
func TestDiffIsBounded(t *testing.T) {
	t.Parallel()
	const most = 200_000
	limit := 2 * diffTime
	if slowed {
		limit *= 5
	}
	fill := func(s string, n int) string { return strings.Repeat(s, n/len([]rune(s))) }
	for name, c := range map[string]struct{ a, b string }{
		"one long paragraph":   {"<p>" + fill("河道巡查记录一二三四五", most) + "</p>", "<p>" + fill("水库检查情况六七八九十", most) + "</p>"},
		"one letter":           {"<p>" + fill("一", most) + "</p>", "<p>" + fill("一", most/2) + "</p>"},
		"many paragraphs":      {fill("<p>河</p>", most), fill("<p>水</p>", most)},
		"paragraphs by halves": {fill("<p>河道一</p><p>河道二</p>", most), fill("<p>河道二</p><p>河道三</p>", most)},
		"nested":               {strings.Repeat("<blockquote>", most/12), strings.Repeat("<ul><li>", most/8)},
		"nested paragraphs":    {strings.Repeat("<p>河", most/4), strings.Repeat("<p>水", most/4)},
		"closed and never open": {strings.Repeat("<blockquote>", most/20) + strings.Repeat("</td></li>", most/20),
			strings.Repeat("<p>", most/20) + strings.Repeat("</h1>水", most/20)},
		"some of each alike":  {strings.Repeat(fill("<p>河道一二三四五六七八九十</p>", 400)+"<p>甲</p>", most/600), strings.Repeat(fill("<p>水库一二三四五六七八九十</p>", 400)+"<p>甲</p>", most/600)},
		"middling paragraphs": {fill("<p>"+fill("甲乙丙丁", 4000)+"</p>", most), fill("<p>"+fill("丁丙乙甲", 4000)+"</p>", most)},
	} {
		t.Run(name, func(t *testing.T) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			start := used(t)
			newDiffer().blocks(cutUp(c.a), cutUp(c.b))
			if took := used(t) - start; took > limit {
				t.Errorf("took %v", took)
			} else {
				t.Log(took)
			}
		})
	}
}
