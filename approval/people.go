package approval

import (
	"slices"

	"github.com/google/uuid"
)

// A route is a definition and who of its people can be asked at all: present in
// the tenant, and not the author.
type route struct {
	Definition
	able map[uuid.UUID]bool
}

// ask returns the people that step (the first is 1) is put to, when the given
// members have approved the steps before. Nobody is asked twice in a case
// unless the definition says so, and nobody is asked whose approval would leave
// a later step without anyone; a step that has nobody left is ErrNoReviewer.
func (r route) ask(step int, approved []uuid.UUID) ([]uuid.UUID, error) {
	free := r.free(step, approved)
	if missing := unmatched(free, r.Repeat); missing >= 0 {
		s := r.Steps[step-1+missing]
		return nil, ErrNoReviewer.With("step", step+missing).With("step_name", s.Name)
	}
	people := free[0]
	if r.Repeat || r.Steps[step-1].Mode == All {
		return people, nil
	}
	return slices.DeleteFunc(people, func(p uuid.UUID) bool {
		return unmatched(r.free(step+1, append(slices.Clone(approved), p)), false) >= 0
	}), nil
}

// free returns, for the step and each after it, who can still be asked. Where
// everyone has to approve, everyone will have, so later steps need others.
func (r route) free(step int, approved []uuid.UUID) [][]uuid.UUID {
	taken := map[uuid.UUID]bool{}
	if !r.Repeat {
		for _, p := range approved {
			taken[p] = true
		}
	}
	free := make([][]uuid.UUID, 0, len(r.Steps))
	for _, s := range r.Steps[min(step-1, len(r.Steps)):] {
		people := []uuid.UUID{}
		for _, p := range s.People {
			if r.able[p] && !taken[p] && !slices.Contains(people, p) {
				people = append(people, p)
			}
		}
		free = append(free, people)
		if s.Mode == All && !r.Repeat {
			for _, p := range people {
				taken[p] = true
			}
		}
	}
	return free
}

// unmatched returns the first step that cannot have a person of its own when
// all before it have theirs, or -1: a matching of steps to people, made longer
// step by step. With repeat, one person may stand for several steps.
func unmatched(free [][]uuid.UUID, repeat bool) int {
	stands := map[uuid.UUID]int{} // person → step
	var place func(step int, seen map[uuid.UUID]bool) bool
	place = func(step int, seen map[uuid.UUID]bool) bool {
		for _, p := range free[step] {
			if seen[p] {
				continue
			}
			seen[p] = true
			if other, busy := stands[p]; !busy || place(other, seen) {
				stands[p] = step
				return true
			}
		}
		return false
	}
	for step := range free {
		if repeat && len(free[step]) > 0 {
			continue
		}
		if !place(step, map[uuid.UUID]bool{}) {
			return step
		}
	}
	return -1
}
