package demo

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"hetu/calendar"
)

// A place is where a unit's items play: invented names of rivers, reservoirs,
// counties and towns.
type place struct {
	unit                                string
	rivers, reservoirs, counties, towns []string
	leaders                             []string // "副厅长李某"
}

// A writer writes the items of one unit, no two under the same title.
type writer struct {
	place
	rnd    *rand.Rand
	titles map[string]bool
}

func newWriter(p place, rnd *rand.Rand) *writer { return &writer{p, rnd, map[string]bool{}} }

// write returns an item about one of the topics of the month.
func (w *writer) write(topics []topic, at time.Time) (title, body string) {
	month := int(at.In(calendar.Location).Month())
	var open []topic
	for _, t := range topics {
		if t.from == 0 || t.from <= month && month <= t.to {
			open = append(open, t)
		}
	}
	t := open[w.rnd.IntN(len(open))]
	fill := w.filler(month)
	title = w.title(t, fill, at)
	lines := []string{fill(pick(w.rnd, t.first))}
	some := w.rnd.Perm(len(t.then))[:2+w.rnd.IntN(min(3, len(t.then)-1))]
	slices.Sort(some) // what follows reads in the order in which it was thought of
	points := false
	for n, i := range some {
		line, is := numbered(fill(t.then[i]), n)
		points = points || is
		lines = append(lines, line)
	}
	lines = append(lines, fill(pick(w.rnd, t.last)))
	cut := 1 + w.rnd.IntN(2)
	if points {
		return title, "<p>" + strings.Join(lines, "</p><p>") + "</p>"
	}
	return title, "<p>" + lines[0] + "</p><p>" + strings.Join(lines[1:1+cut], "") + "</p><p>" + strings.Join(lines[1+cut:], "") + "</p>"
}

// numbered returns a line that bears a number as the nth of its text, counted
// from zero, and whether it bears one.
func numbered(line string, n int) (string, bool) {
	at := strings.Index(line, "、")
	if at <= 0 || !strings.Contains(numerals, line[:at]) {
		return line, false
	}
	return string([]rune(numerals)[n]) + line[at:], true
}

const numerals = "一二三四五六七八九"

// title finds one that has not been used; what recurs is told apart by its date.
func (w *writer) title(t topic, fill func(string) string, at time.Time) string {
	var title string
	for range 12 {
		title = fill(pick(w.rnd, t.titles))
		if !w.titles[title] {
			w.titles[title] = true
			return title
		}
	}
	day := at.In(calendar.Location)
	for n := 0; ; n++ {
		next := fmt.Sprintf("%s（%d月%d日）", title, day.Month(), day.Day()-n)
		if !w.titles[next] {
			w.titles[next] = true
			return next
		}
	}
}

var slot = regexp.MustCompile(`\{(a(\d+)-(\d+)|[a-z])\}`)

// filler fills the slots of one item: the same river throughout, numbers anew.
func (w *writer) filler(month int) func(string) string {
	names := map[string]string{
		"{d}": w.unit, "{r}": pick(w.rnd, w.rivers), "{k}": pick(w.rnd, w.reservoirs), "{c}": pick(w.rnd, w.counties),
		"{z}": pick(w.rnd, w.towns), "{m}": strconv.Itoa(month) + "月", "{w}": pick(w.rnd, w.leaders),
	}
	return func(s string) string {
		s = strings.ReplaceAll(s, "{m}月", "{m}")
		return slot.ReplaceAllStringFunc(s, func(at string) string {
			m := slot.FindStringSubmatch(at)
			if m[2] == "" {
				return names[at]
			}
			from, _ := strconv.Atoi(m[2]) // digits, by the expression
			to, _ := strconv.Atoi(m[3])
			return strconv.Itoa(from + w.rnd.IntN(to-from+1))
		})
	}
}

func pick[T any](rnd *rand.Rand, of []T) T { return of[rnd.IntN(len(of))] }
