package publish

import (
	"fmt"
	"slices"
	"testing"
)

// TestRareWordsAreFoundHoweverOld holds that what was published long ago is found
// however much stands in the newest days that a search looks at first: one word
// or several, rare or common, and in the order of their days (R015).
func TestRareWordsAreFoundHoweverOld(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]int{"little is new": 10, "much is new": 90} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			h.copies(h.named(h.column, "题 0", "x"), h.column, fresh+5)
			age := func(i int) int { return max(0, i-fresh+1) * 300 }
			h.listed(age, func(i int) string {
				if i < fresh {
					return fmt.Sprint("防汛检查 ", i)
				}
				return fmt.Sprint("防汛 旱情，墒情第", 1000+i-fresh, "号")
			})
			old := func(ns ...int) (titles []string) {
				for _, n := range ns {
					titles = append(titles, fmt.Sprint("防汛 旱情，墒情第", 1000+n, "号"))
				}
				return titles
			}
			for text, want := range map[string][]string{
				"旱情":        old(0, 1, 2, 3, 4), // one rare word
				"旱情 墒情":     old(0, 1, 2, 3, 4), // two
				"防汛 墒情":     old(0, 1, 2, 3, 4), // one that everything has, and a rare one
				"墒情第1003号":  old(3),
				"旱情 检查":     nil,
				"第1004号 防汛": old(4),
			} {
				if got := h.finds(h.reader, Search{Text: text}); !slices.Equal(got, want) {
					t.Errorf("%s finds %v, want %v", text, got, want)
				}
			}
			if got := h.finds(h.reader, Search{Text: "旱情 墒情", In: "title", From: "2020-01-01"}); len(got) != 5 {
				t.Errorf("in titles, since a day: %v", got)
			}
		})
	}
}
