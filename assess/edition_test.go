package assess

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/assess/rule"
	"hetu/tenant"
)

// vetoed are three units with the same two vetoes: two by events that two people
// confirmed, in either order, and one by rules.
func vetoed() Given {
	v := Version{Scheme: id(9), Version: 2, Year: 2026, Name: "2026年度考核", Plan: Plan{Grades: []GradeLine{
		{"优秀", points("90")}, {"良好", points("80")}, {"合格", points("60")}, {"不合格", points("0")}}},
		Rules: []Spec{plain("a", ""), {Code: "b", Name: "信访", Type: vetoing, DeedKind: "b", Effect: rule.GradeDown},
			{Code: "c", Name: "泄密", Type: vetoing, DeedKind: "c", Effect: rule.NoExcellent}}}
	g := Given{From: "2026-01-01", To: "2026-12-31", Facts: facts{did(95), did(95), did(95, 1, 1)}}
	for i, name := range []string{"甲", "乙", "丙"} {
		v.Units = append(v.Units, Unit{"tenant", id(i + 1), name})
	}
	g.Version = v
	for n, effect := range []string{rule.NoExcellent, rule.GradeDown, rule.GradeDown, rule.NoExcellent} {
		g.Adjusted = append(g.Adjusted, Adjusted{ID: uuid.UUID{15: byte(n)}, Type: veto, UnitKind: "tenant", UnitID: v.Units[n/2].ID, Rule: eventRule,
			Name: "一票否决", Effect: effect, Formula: effectNames[effect], Reason: "查实", Proof: []Evidence{}, Tenant: id(3), Deed: id(50 + n), Day: "2026-04-01"})
	}
	return g
}

func gradesIn(r Result) string {
	var all []string
	for _, s := range r.Scores {
		all = append(all, s.Unit.Name+s.Grade)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func bookless(w io.Writer) error { _, err := w.Write([]byte("PK")); return err }

// Several vetoes of different effect lower a grade as far as any order of them
// would, whatever order they come in.
func TestTheOrderOfVetoesDoesNotMatter(t *testing.T) {
	t.Parallel()
	if got := gradesIn(vetoed().work()); got != "丙合格 乙合格 甲合格" {
		t.Errorf("grades = %s, want the same for all", got)
	}
	rnd := rand.New(rand.NewPCG(25, 1))
	kinds := []string{rule.NoExcellent, rule.GradeDown, rule.Fail}
	for range 300 {
		effects := make([]string, rnd.IntN(5))
		for i := range effects {
			effects[i] = kinds[rnd.IntN(3)]
		}
		before := slices.Clone(effects)
		at := rnd.IntN(4)
		is := present.Lowered(at, 3, effects)
		if !slices.Equal(effects, before) {
			t.Fatal("what it is given comes out in another order")
		}
		for range 8 {
			rnd.Shuffle(len(effects), func(i, j int) { effects[i], effects[j] = effects[j], effects[i] })
			if again := present.Lowered(at, 3, effects); again != is || InTurn.Lowered(at, 3, effects) > is {
				t.Fatalf("%v leaves %d of %d, and %d in another order; one after the other %d", effects, is, at, again, InTurn.Lowered(at, 3, effects))
			}
		}
	}
}

// R310: a package that was frozen before is worked out as it was then, and one
// that is frozen now says by which edition.
func TestAPackageKeepsItsEdition(t *testing.T) {
	t.Parallel()
	old, err := os.ReadFile("testdata/package-1.zip")
	if err != nil {
		t.Fatal(err)
	}
	const was = "02df83256cf079f10714316737b756a003cd7c52b45fe118e7943497d43fcf53"
	if c := recheckBytes(t, old); c.Format != firstFormat || c.Difference != "" || c.Again != was || c.Digest != was {
		t.Errorf("of the first format: %s %q, %s", c.Format, c.Difference, c.Again)
	}
	for edition, want := range map[Edition]string{InTurn: "丙良好 乙良好 甲合格", Severest: "丙合格 乙合格 甲合格"} {
		g := vetoed()
		g.Edition = edition
		var b bytes.Buffer
		m, err := pack(&b, Manifest{Round: id(7), Name: "全年"}, g, along{book: bookless})
		if err != nil {
			t.Fatal(err)
		}
		if c := recheckBytes(t, b.Bytes()); c.Format != packFormat || c.Difference != "" || c.Again != m.Digest {
			t.Errorf("edition %d: %s %q", edition, c.Format, c.Difference)
		}
		if got := gradesIn(g.work()); got != want || edition == InTurn && m.Digest != was {
			t.Errorf("edition %d: %s, digest %s; want %s", edition, got, m.Digest, want)
		}
	}
	g := vetoed()
	g.Edition = 9
	var b bytes.Buffer
	if _, err := pack(&b, Manifest{Round: id(7)}, g, along{book: bookless}); err != nil {
		t.Fatal(err)
	}
	if _, err := Recheck(bytes.NewReader(b.Bytes()), int64(b.Len())); err == nil {
		t.Error("one of an edition to come is read")
	}
}

// R310: a round that was worked out by the first edition is checked, closed and
// frozen by that; worked out anew, it is of the present one, and an open one is
// so by itself.
func TestARoundKeepsItsEdition(t *testing.T) {
	t.Parallel()
	p := found(t, "甲", "乙")
	l, _ := p.longWorksIn()
	p.known()
	p.adopt("甲", 2, "own")
	sc := p.revise(p.scheme(adoption("5", "10")), func(e *schemeEdit) {
		e.Plan.Grades = []GradeLine{{"优秀", points("9")}, {"良好", points("7")}, {"合格", points("3")}, {"不合格", points("0")}}
	})
	frozen := p.round(sc, "一")
	p.yesterday(frozen)
	p.adopt("甲", 2, "own")
	frozen, open := must(p, findRound, frozen.ID), p.round(sc, "二")
	for _, r := range []Round{frozen, open} {
		must(p, recompute, ref{r.ID})
		for i, effect := range []string{rule.GradeDown, rule.NoExcellent} {
			in := p.event(r, "甲", veto, "")
			in.Effect, in.Title = effect, []string{"信访", "泄密"}[i]
			must(p.second(), confirm, ref{must(p, propose, in).ID})
		}
		p.write(p.ctx, func(tx *tenant.Tx) error { // as it was done before
			r := must(p, findRound, r.ID)
			was := r
			was.Edition = InTurn
			res, err := workOut(p.ctx, tx, was, "", false, still)
			if err == nil {
				_, err = replace(p.ctx, tx, r, res, still)
			}
			return err
		})
	}
	is := func(r Round) string {
		r = must(p, findRound, r.ID)
		return fmt.Sprintf("%d %s %t", r.Edition, must(p, unitScore, unitQuery{r.ID, p.unit["甲"].ID}).Grade, must(p, check, ref{r.ID}).Same)
	}
	if got := is(open); got != "1 良好 true" {
		t.Errorf("an open round of the first edition = %s", got)
	}
	must(p, publish, publication{ID: frozen.ID})
	must(p, closeRound, ref{frozen.ID})
	p.node().turn()
	if got := is(open); got != "2 合格 true" {
		t.Errorf("when it was looked at = %s", got)
	}
	if got := is(frozen); got != "1 良好 true" {
		t.Errorf("a closed one = %s", got)
	}
	_, b := p.frozen(l, frozen)
	if c := recheckBytes(t, b); c.Difference != "" {
		t.Error(c.Difference)
	}
	if given := read(t, member(t, b, givenFile)); !bytes.Contains(given, []byte(`"edition":1`)) {
		t.Errorf("the package does not say that it is of the first edition: %s", given)
	}
}

// What was taken off is all of it: base points that are missing for a task, or
// for events, and corrections of those, and penalties.
func TestDeductionsAreAllThatWasTakenOff(t *testing.T) {
	t.Parallel()
	rules := []Spec{
		{Code: "task", Type: baseTask, BasePoints: limit("50"), Shortfall: "deduct", ShortPoints: limit("0.5")},
		{Code: "half", Type: baseTask, BasePoints: limit("50"), Shortfall: "proportional"},
		{Code: "late", Type: deduction, BasePoints: limit("20")},
		{Code: "bare", Type: deduction}, {Code: "item", Type: perItem},
	}
	line := func(code, part, before, is string) standing { return standing{code, part, points(before), points(is)} }
	for name, tt := range map[string]struct {
		lines     []standing
		want, was string
	}{
		"nothing":                          {[]standing{line("task", "base", "50", "50"), line("late", "deduction", "20", "20")}, "0", "0"},
		"a task not met":                   {[]standing{line("task", "base", "32", "32")}, "18", "0"},
		"and its bonus is none":            {[]standing{line("task", "base", "50", "50"), line("task", "bonus", "3", "3")}, "0", "0"},
		"part of a task is not taken off":  {[]standing{line("half", "base", "10", "10")}, "0", "0"},
		"events from base points":          {[]standing{line("late", "deduction", "14", "14")}, "6", "0"},
		"events with no base":              {[]standing{line("bare", "deduction", "-4", "-4")}, "4", "4"},
		"no lower than the floor":          {[]standing{line("late", "deduction", "-10", "0")}, "20", "0"},
		"a cap takes nothing off":          {[]standing{line("task", "base", "50", "40")}, "0", "0"},
		"under a cap":                      {[]standing{line("task", "base", "45", "40")}, "5", "0"},
		"corrected":                        {[]standing{line("late", "deduction", "14", "14"), line("late", "correction:x", "2", "2")}, "4", "0"},
		"corrected to more than there was": {[]standing{line("late", "deduction", "14", "14"), line("late", "correction:x", "9", "9")}, "0", "0"},
		"corrected down":                   {[]standing{line("late", "deduction", "20", "20"), line("late", "correction:x", "-2", "-2")}, "2", "0"},
		"another line corrected":           {[]standing{line("item", "items", "30", "30"), line("item", "correction:x", "-5", "-5")}, "0", "0"},
		"a penalty, and one taken back":    {[]standing{line(eventRule, "penalty:x", "-3", "-3"), line(eventRule, "penalty:y", "-2", "-2"), line(eventRule, "penalty:z", "2", "2")}, "3", "3"},
		"a limit is none":                  {[]standing{line("A", "limit", "-7", "-7"), line("_norm", "norm", "-8", "-8")}, "0", "0"},
	} {
		var now, then Standpoint
		now.weigh(rules, Plan{}, tt.lines, "", Severest)
		then.weigh(rules, Plan{}, tt.lines, "", InTurn)
		if !now.Deductions.Equal(decimal.RequireFromString(tt.want)) || !then.Deductions.Equal(decimal.RequireFromString(tt.was)) {
			t.Errorf("%s: %s, by the first edition %s; want %s and %s", name, now.Deductions, then.Deductions, tt.want, tt.was)
		}
	}
}
