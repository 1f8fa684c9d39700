package assess

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

func points(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func limit(s string) *decimal.Decimal {
	d := points(s)
	return &d
}

// id makes the n-th of some ids, always the same.
func id(n int) uuid.UUID { return uuid.NewSHA1(uuid.NameSpaceOID, []byte(fmt.Sprint(n))) }

// many makes n facts of different items at a level.
func many(n int, level string) []Fact {
	fs := make([]Fact, n)
	for i := range fs {
		name := fmt.Sprint(level, i)
		fs[i] = Fact{ID: uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)), Item: name, Content: name, Level: level, N: 1, At: time.Unix(int64(i), 0)}
	}
	return fs
}

// The two kinds of unit are ranked apart, each from 1 (R302), and what a unit
// got is the sum of its entries, rounded once.
func TestWorkRanksApart(t *testing.T) {
	t.Parallel()
	v := Version{Rules: []Spec{{Code: "a", Name: "采用", Type: perItem, DeedKind: "k", Levels: []LevelPoints{{Level: "own", Points: points("0.0025")}}},
		{Code: "b", Name: "再计", Type: perItem, DeedKind: "k", Levels: []LevelPoints{{Level: "own", Points: points("0.0025")}}}}}
	var did facts
	for i, n := range []int{1, 2, 3, 2, 4} {
		v.Units = append(v.Units, Unit{[]string{"tenant", "department"}[i%2], id(i), fmt.Sprint("单位", i)})
		did = append(did, map[string][]Fact{"k": many(n, "own")})
	}
	var got []string
	for _, s := range work(v, "2026-01-01", "2026-03-31", did).Scores {
		got = append(got, fmt.Sprint(s.Unit.Kind, s.Unit.Name, " ", s.Place, s.Rank, " ", s.Exact, " ", s.Total))
	}
	want := []string{"department单位1 1 1 0.01 0.01", "department单位3 2 1 0.01 0.01", // 0.0025 four times: no entry is rounded
		"tenant单位2 1 1 0.015 0.02", "tenant单位4 2 1 0.02 0.02", "tenant单位0 3 3 0.005 0.01"} // 0.015 and 0.02 are equals once rounded
	if !slices.Equal(got, want) {
		t.Errorf("scores =\n%q, want\n%q", got, want)
	}
}
