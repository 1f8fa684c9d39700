package demo

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"hetu/calendar"
	"hetu/storage"
)

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.Location)
	if err != nil {
		panic(err)
	}
	return t
}

func planner(now string) *maker {
	m := &maker{diary: diary{calendar.Default()}, houses: map[string]*house{}, password: "x"}
	m.begin, m.end = m.span(at(now))
	return m
}

// The story is of the year that is running, once there is something to tell of
// it, and ends with the last minute people worked.
func TestSpan(t *testing.T) {
	t.Parallel()
	for now, want := range map[string][2]string{
		"2026-11-23 01:30": {"2026-01-04 08:31", "2026-11-20 17:59"}, // a Monday before work
		"2026-11-20 10:00": {"2026-01-04 08:31", "2026-11-20 09:59"},
		"2026-10-04 12:00": {"2026-01-04 08:31", "2026-09-30 17:59"}, // within a holiday
		"2027-02-03 11:00": {"2026-01-04 08:31", "2027-02-03 10:59"}, // too early for the new year
		"2026-04-20 09:00": {"2026-01-04 08:31", "2026-04-20 08:59"},
	} {
		m := planner(now)
		if got := [2]string{m.begin.Format("2006-01-02 15:04"), m.end.Format("2006-01-02 15:04")}; got != want {
			t.Errorf("%s: %v, want %v", now, got, want)
		}
	}
}

// A quarter is published once it is over and people have had time to look.
func TestQuarters(t *testing.T) {
	t.Parallel()
	for now, want := range map[string]int{"2026-11-23 01:30": 4, "2026-04-20 09:00": 2, "2027-02-03 11:00": 4} {
		qs := planner(now).quarters()
		if len(qs) != want || qs[0].name != "2026年第一季度" || qs[0].from != "2026-01-01" || qs[0].to != "2026-03-31" {
			t.Errorf("%s: %+v, want %d of 2026", now, qs, want)
		}
		if got := qs[0].over.Format(time.DateOnly); got < "2026-04-01" || got > "2026-04-10" {
			t.Errorf("the first quarter is worked out on %s", got)
		}
	}
}

var loginForm = regexp.MustCompile(`^[a-z][a-z0-9._-]{1,31}$`)

// The province is as large as it says, the same every time, and what happens in
// it happens in order, while people work, and not in the future.
func TestProvince(t *testing.T) {
	t.Parallel()
	first, people, items := rehearse(t)
	again, _, _ := rehearse(t)
	if first != again {
		t.Error("the story is another one the second time")
	}
	if people < 115 || people > 130 {
		t.Errorf("%d people, want about 120", people)
	}
	if items < 350 || items > 460 {
		t.Errorf("%d items, want about 400", items)
	}
}

// rehearse plans the year of every unit without a server.
func rehearse(t *testing.T) (story string, people, items int) {
	t.Helper()
	m := planner("2026-11-23 01:30")
	var b strings.Builder
	for i, u := range append([]unit{headquarters()}, bureaus()...) {
		h := m.house(u)
		people += len(h.members) + 1
		logins, titles := map[string]bool{}, map[string]bool{}
		for _, p := range append(h.members, h.admin) {
			if logins[p.login] || !loginForm.MatchString(p.login) {
				t.Errorf("login %q of %s", p.login, p.name)
			}
			logins[p.login] = true
			fmt.Fprintln(&b, p.name, p.login)
		}
		desks, reports := bureauDesks, true
		if i == 0 {
			desks, reports = func(h *house, _ int) []desk { return headquartersDesks(h) }, false
		}
		for _, d := range desks(h, 34-2*i) {
			for _, x := range m.beginnings(h, d) {
				p := m.piece(h, d, x.at)
				items++
				fmt.Fprintln(&b, p.title, p.body)
				checkText(t, p)
				if titles[p.title] {
					t.Errorf("%s: %q twice", h.slug, p.title)
				}
				titles[p.title] = true
				way, _ := m.course(h, p, x.at, x.fate)
				checkWay(t, m, way)
			}
			if _, err := m.pieces(h, d, reports); err != nil {
				t.Error(err)
			}
		}
	}
	return b.String(), people, items
}

func checkText(t *testing.T, p *piece) {
	t.Helper()
	if n := utf8.RuneCountInString(p.title); n < 4 || n > 80 || strings.ContainsAny(p.title+p.body, "{}") || strings.Contains(p.title+p.body, "月月") {
		t.Errorf("%q: %s", p.title, p.body)
	}
	if n := strings.Count(p.body, "。"); n < 2 {
		t.Errorf("%q has %d sentences: %s", p.title, n, p.body)
	}
}

func checkWay(t *testing.T, m *maker, way []step) {
	t.Helper()
	for i, s := range way {
		if i > 0 && !s.at.After(way[i-1].at) || s.at.Before(m.begin) || !m.diary.cal.IsWorkday(calendar.DateOf(s.at)) {
			t.Errorf("step %d at %v", i, s.at)
		}
		if h := s.at.In(calendar.Location).Hour(); h < 8 || h > 18 {
			t.Errorf("step %d at %v", i, s.at)
		}
	}
	if rest := m.untilNow(way); len(rest) > 0 && rest[len(rest)-1].at.After(m.end) {
		t.Error("something happens in the future")
	}
}

// What is attached is what it says it is, to whoever looks at the bytes.
func TestPapers(t *testing.T) {
	t.Parallel()
	rnd, seen := planner("2026-11-23 01:30").random("papers"), map[string]bool{}
	for range 40 {
		p, err := paperFor(rnd, "关于开展水利工程安全检查的通报 <&>")
		if err != nil {
			t.Fatal(err)
		}
		f, err := storage.Policy{}.Check(p.file, bytes.NewReader(p.content), int64(len(p.content)))
		if err != nil {
			t.Errorf("%s: %v", p.file, err)
		}
		seen[f.Name] = true
	}
	for _, kind := range []string{"pdf", "png", "docx", "csv"} {
		if !seen[kind] {
			t.Errorf("no %s among %v", kind, seen)
		}
	}
}

// Every column of the greeting begins below its heading, although Chinese
// characters are twice as wide.
func TestGreet(t *testing.T) {
	t.Parallel()
	var out screen
	Options{Out: &out}.greet("http://127.0.0.1:8080", state{SignIns: []SignIn{
		{"/console", "平台运维", "河图平台", "yunwei", "secret-1"},
		{"/sign-in?t=x", "处室负责人（审核）", "青川省水务厅 水旱灾害防御处 某某", "moumou", "secret-1"},
	}}, 1500*time.Millisecond)
	var starts []int
	for _, l := range strings.Split(out.String(), "\n") {
		if i := strings.Index(l, "http://127.0.0.1:8080/"); i >= 0 {
			starts = append(starts, columns(l[:i]))
		}
		if i := strings.Index(l, "入口"); i >= 0 {
			starts = append(starts, columns(l[:i]))
		}
	}
	if len(starts) != 3 || starts[0] != starts[1] || starts[1] != starts[2] || !strings.Contains(out.String(), "1.5 秒") {
		t.Errorf("%v\n%s", starts, &out)
	}
}

// What is numbered counts from one and leaves nothing out, whichever of its
// points were chosen.
func TestNumbered(t *testing.T) {
	t.Parallel()
	w := newWriter(place{unit: "厅", rivers: []string{"河"}, reservoirs: []string{"库"}, counties: []string{"县"}, towns: []string{"镇"}, leaders: []string{"长"}},
		planner("2026-11-20 10:00").random("numbers"))
	point := regexp.MustCompile(`<p>([一二三四五六七八九])、`)
	for range 60 {
		_, body := w.write([]topic{briefTopic, noticeTopic, publicTopic, studyTopic}, at("2026-05-20 10:00"))
		found := point.FindAllStringSubmatch(body, -1)
		if len(found) < 2 {
			t.Fatalf("no points in %s", body)
		}
		for i, m := range found {
			if want := string([]rune(numerals)[i]); m[1] != want {
				t.Errorf("point %d bears %s in %s", i+1, m[1], body)
			}
		}
	}
}
