package approval

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

var persons = func() (ids [6]uuid.UUID) {
	for i := range ids {
		ids[i] = uuid.UUID{15: byte(i + 1)}
	}
	return ids
}()

// routeOf makes a route from steps written as "any 012" or "all 34".
func routeOf(repeat bool, able string, steps ...string) route {
	r := route{able: map[uuid.UUID]bool{}}
	r.Repeat = repeat
	for _, p := range able {
		r.able[persons[p-'0']] = true
	}
	for _, s := range steps {
		step := Step{Mode: Mode(s[:3])}
		for _, p := range s[4:] {
			step.People = append(step.People, persons[p-'0'])
		}
		r.Steps = append(r.Steps, step)
	}
	return r
}

func letters(ids []uuid.UUID) (s string) {
	for _, id := range ids {
		s += string(rune('0' + slices.Index(persons[:], id)))
	}
	return s
}

func TestAsk(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		r       route
		step    int
		passed  string
		want    string
		missing any // the step that has nobody
	}{
		"everyone of the step":               {routeOf(false, "012345", "any 012", "any 345"), 1, "", "012", nil},
		"twice in the list":                  {routeOf(false, "012345", "any 0120"), 1, "", "012", nil},
		"not who cannot":                     {routeOf(false, "02", "any 012"), 1, "", "02", nil},
		"not who is needed later":            {routeOf(false, "01", "any 01", "any 0"), 1, "", "1", nil},
		"not who is needed much later":       {routeOf(false, "012", "any 012", "any 01", "any 1"), 1, "", "2", nil},
		"not who has approved":               {routeOf(false, "012", "any 012", "any 012"), 2, "0", "12", nil},
		"one for two steps":                  {routeOf(false, "01", "any 0", "any 0"), 1, "", "", 2},
		"two for three steps":                {routeOf(false, "01", "any 01", "any 01", "any 01"), 1, "", "", 3},
		"all of a countersign":               {routeOf(false, "0123", "all 012", "any 3"), 1, "", "012", nil},
		"nobody after a countersign":         {routeOf(false, "012", "all 012", "any 0"), 1, "", "", 2},
		"the rest of a countersign":          {routeOf(false, "012", "any 0", "all 012"), 2, "0", "12", nil},
		"a countersign of one":               {routeOf(false, "0", "any 0", "all 0"), 1, "", "", 2},
		"nobody":                             {routeOf(false, "", "any 0"), 1, "", "", 1},
		"repeat: the same again":             {routeOf(true, "0", "any 0", "any 0"), 2, "0", "0", nil},
		"repeat: a later step has nobody":    {routeOf(true, "0", "any 0", "any 1"), 1, "", "", 2},
		"who left after step one was passed": {routeOf(false, "0", "any 0", "any 1"), 2, "0", "", 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var passed []uuid.UUID
			for _, p := range tt.passed {
				passed = append(passed, persons[p-'0'])
			}
			got, err := tt.r.ask(tt.step, passed)
			if (err != nil) != (tt.missing != nil) || metaOf(err, "step") != tt.missing || letters(got) != tt.want {
				t.Errorf("ask = %q, %v (step %v), want %q, step %v", letters(got), err, metaOf(err, "step"), tt.want, tt.missing)
			}
		})
	}
}

// Whoever is asked may approve, in whatever order, and the case never gets
// stuck for want of people; and ask refuses only what cannot be done.
func TestAskNeverLeadsNowhere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var steps []string
		for range rapid.IntRange(1, 4).Draw(rt, "steps") {
			mode := rapid.SampledFrom([]string{"any ", "all "}).Draw(rt, "mode")
			people := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"0", "1", "2", "3", "4"}), 0, 5, rapid.ID[string]).Draw(rt, "people")
			for _, p := range people {
				mode += p
			}
			steps = append(steps, mode)
		}
		r := routeOf(false, "01234", steps...)
		_, err := r.ask(1, nil)
		if can := r.possible(1, nil); can != (err == nil) {
			rt.Fatalf("%v: possible %v, ask says %v", steps, can, err)
		}
		if err != nil {
			return
		}
		var passed []uuid.UUID
		for step := 1; step <= len(r.Steps); step++ {
			asked, err := r.ask(step, passed)
			if err != nil || len(asked) == 0 {
				rt.Fatalf("%v: step %d after %s: %v", steps, step, letters(passed), err)
			}
			if r.Steps[step-1].Mode == All {
				passed = append(passed, asked...)
				continue
			}
			passed = append(passed, rapid.SampledFrom(asked).Draw(rt, "approver"))
		}
	})
}

// possible tries every way through the steps.
func (r route) possible(step int, passed []uuid.UUID) bool {
	if step > len(r.Steps) {
		return true
	}
	var left []uuid.UUID
	for _, p := range r.Steps[step-1].People {
		if r.able[p] && !slices.Contains(passed, p) {
			left = append(left, p)
		}
	}
	if r.Steps[step-1].Mode == All {
		return len(left) > 0 && r.possible(step+1, append(slices.Clone(passed), left...))
	}
	return slices.ContainsFunc(left, func(p uuid.UUID) bool {
		return r.possible(step+1, append(slices.Clone(passed), p))
	})
}
