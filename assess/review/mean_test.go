package review

import (
	"testing"

	"github.com/shopspring/decimal"
)

func amounts(all ...string) (ds []decimal.Decimal) {
	for _, s := range all {
		ds = append(ds, amount(s))
	}
	return ds
}

// Weighted means are worked out exactly and rounded once, half up; the worked
// cases were reckoned by hand.
func TestWeighted(t *testing.T) {
	t.Parallel()
	three := []Group{{Code: "mutual", Weight: amount("30"), Drop: 1}, {Code: "leaders", Weight: amount("50")}, {Code: "panel", Weight: amount("20")}}
	for name, tt := range map[string]struct {
		groups []Group
		marks  map[string][]decimal.Decimal
		want   string
	}{
		// (90+92)/2 × 0.3 + (88+95)/2 × 0.5 + 100 × 0.2 = 27.3 + 45.75 + 20
		"one highest and one lowest are left out": {three, map[string][]decimal.Decimal{"mutual": amounts("60", "90", "92", "100"), "leaders": amounts("88", "95"), "panel": amounts("100")}, "93.05"},
		// (91.5 × 50 + 100 × 20) ÷ 70 = 93.928571…
		"a group that gave nothing has no part": {three, map[string][]decimal.Decimal{"leaders": amounts("88", "95"), "panel": amounts("100")}, "93.93"},
		"of two none is left out":               {three[:1], map[string][]decimal.Decimal{"mutual": amounts("80", "90")}, "85"},
		"of one none is left out":               {three[:1], map[string][]decimal.Decimal{"mutual": amounts("80")}, "80"},
		"of three one is left":                  {three[:1], map[string][]decimal.Decimal{"mutual": amounts("10", "80", "100")}, "80"},
		// (1 + 2 + 2) ÷ 3 = 1.666…
		"thirds":         {[]Group{{Code: "a", Weight: amount("100")}}, map[string][]decimal.Decimal{"a": amounts("1", "2", "2")}, "1.67"},
		"half goes up":   {[]Group{{Code: "a", Weight: amount("100")}}, map[string][]decimal.Decimal{"a": amounts("90.00", "90.01")}, "90.01"},
		"below half":     {[]Group{{Code: "a", Weight: amount("100")}}, map[string][]decimal.Decimal{"a": amounts("90", "90", "90.01")}, "90"},
		"zero is a mark": {[]Group{{Code: "a", Weight: amount("100")}}, map[string][]decimal.Decimal{"a": amounts("0", "0")}, "0"},
	} {
		got, ok := weighted(tt.groups, tt.marks)
		if !ok || !got.Equal(amount(tt.want)) {
			t.Errorf("%s = %s, %v, want %s", name, got, ok, tt.want)
		}
	}
	if _, ok := weighted(three, nil); ok {
		t.Error("nobody gave anything, and it came to something")
	}
}

// The order in which marks come does not matter.
func TestWeightedTakesNoOrder(t *testing.T) {
	t.Parallel()
	g := []Group{{Code: "a", Weight: amount("60"), Drop: 1}, {Code: "b", Weight: amount("40"), Drop: 2}}
	up, down := amounts("71.5", "80", "80", "93.33", "99"), amounts("99", "93.33", "80", "80", "71.5")
	x, _ := weighted(g, map[string][]decimal.Decimal{"a": up, "b": down})
	y, _ := weighted(g, map[string][]decimal.Decimal{"a": down, "b": up})
	if !x.Equal(y) {
		t.Errorf("%s and %s", x, y)
	}
}
