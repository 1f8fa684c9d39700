package exchange

import (
	"fmt"
	"testing"

	"hetu/feature"
)

// TestBoxesSorted holds that envelopes come in the order asked for, those that
// nobody has received last, whole over all pages (UI4).
func TestBoxesSorted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := map[string]Envelope{}
	for _, title := range []string{"值班", "安全", "防汛", "防汛"} {
		_, in[title] = w.send(t, title)
	}
	got, err := do(w.db, w.hq, receive, Versioned{ref{in["安全"].ID}, in["安全"].Version})
	must(t, got, err)
	list := func(sort string, few int) (titles []string) {
		b := box{Page: feature.Page{Sort: sort, Limit: few}}
		for range 10 {
			l, err := do(w.db, w.hq, inbox, b)
			for _, e := range must(t, l, err).Items {
				titles = append(titles, e.Title)
			}
			if b.After = l.Next; l.Next == "" {
				break
			}
		}
		return titles
	}
	for sort, want := range map[string]string{
		"":             "[防汛 防汛 安全 值班]",
		"title":        "[安全 防汛 防汛 值班]",
		"-title":       "[值班 防汛 防汛 安全]",
		"received_at":  "[安全 值班 防汛 防汛]",
		"-received_at": "[安全 防汛 防汛 值班]",
	} {
		if got := fmt.Sprint(list(sort, 2)); got != want {
			t.Errorf("by %q: %s, want %s", sort, got, want)
		}
	}
	for _, key := range order.Names() {
		if few, one := list("-"+key, 1), list("-"+key, 200); fmt.Sprint(few) != fmt.Sprint(one) || len(one) != 4 {
			t.Errorf("by %s: in pages %v, at once %v", key, few, one)
		}
	}
}
