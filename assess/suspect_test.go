package assess

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"hetu/tenant"
)

// put has a unit put out an item.
func (p *place) put(ctx context.Context, office Unit, title, content string) {
	p.t.Helper()
	p.write(ctx, func(tx *tenant.Tx) error {
		d := deed(office, content)
		d.Title = title
		tx.Deed(d)
		return nil
	})
}

// AS-03: what was copied from another unit, and what was put out in pieces, is
// shown to who scores; what is like others only in passing is not.
func TestAS03CopiedAndSplitItemsAreShown(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙", "丙")
	office := p.department("办公室")
	a, b := p.as("甲"), p.as("乙")
	p.put(a, office, "黄河下游调水调沙", "x")
	p.put(b, office, "我市调水调沙", "x")
	for i, title := range []string{"汛前检查情况（上）", "汛前检查情况（中）", "汛前检查情况之三"} {
		p.put(a, office, title, string(rune('p'+i)))
	}
	p.put(b, office, "汛前检查情况", "q1") // like those of 甲, but by another unit
	p.put(b, office, "第1期", "q2")    // too little of a title
	p.put(b, office, "第2期", "q3")
	p.put(b, office, "第3期", "q4")
	r := p.round(p.scheme(publishing()), "一")
	if _, err := do(a, p.db, suspects, suspectQuery{ID: r.ID}); !errors.Is(err, ErrRoundNotFound) {
		t.Errorf("another tenant = %v, want ErrRoundNotFound", err)
	}
	wantFault(t, suspectQuery{From: "5月1日"}.Validate(), ErrDay, "from")
	wantFault(t, suspectQuery{From: "2026-05-02", To: "2026-05-01"}.Validate(), ErrPeriod, "to")
	must(p, recompute, ref{r.ID})
	got := must(p, suspects, suspectQuery{ID: r.ID})
	if len(got.Items) != 2 || got.More || got.From != r.From {
		t.Fatalf("suspects = %+v, want two groups", got)
	}
	same, pieces := got.Items[0], got.Items[1]
	if same.Reason != "copied" || same.N != 2 || same.Deeds[0].Unit.Name == same.Deeds[1].Unit.Name || same.Title != "黄河下游调水调沙" {
		t.Errorf("copied = %+v", same)
	}
	if pieces.Reason != "split" || pieces.N != 3 || pieces.Deeds[2].Unit.Name != "甲" || pieces.Deeds[2].Deed.Item.Title != "汛前检查情况之三" {
		t.Errorf("split = %+v", pieces)
	}
	e := pieces.Deeds[0].Entry
	if e == nil {
		t.Fatal("no line is named in which it counts")
	}
	behind := must(p, entryDeeds, deedQuery{ID: r.ID, Entry: *e}).Items
	if !slices.ContainsFunc(behind, func(d Deed) bool { return d.ID == pieces.Deeds[0].Deed.ID }) {
		t.Errorf("behind that line = %+v, want the deed", behind)
	}
	none := must(p, suspects, suspectQuery{ID: r.ID, From: today().AddDate(0, 0, 3).Format(time.DateOnly)})
	if len(none.Items) != 0 {
		t.Errorf("of other days = %+v", none)
	}
}
