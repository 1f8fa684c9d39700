package rule

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// BaseTask gives base points to a unit that brings Task items. With fewer it
// gives none, or its share if Proportional, or each one that is missing takes
// Short away; each item beyond the task earns Bonus. Levels do not matter, and
// the same content counts once. It goes below zero only down to a Floor that
// says so (R2, R4).
type BaseTask struct {
	Name         string
	Task         int // > 0
	Base         decimal.Decimal
	Proportional bool
	Short        decimal.Decimal  // zero: a missing item takes nothing away
	Floor        *decimal.Decimal // of the line for the task; nil: zero
	Bonus        decimal.Decimal  // zero: there is no bonus line
	BonusCap     *decimal.Decimal // of the bonus line; nil: none
	Cap          *decimal.Decimal // of both lines together; nil: none

	mute bool // it says nothing of how its points come about
	bare bool // its lines have no shares
}

// Score implements Rule with a line for the task and, if there is a bonus, one
// for what exceeds it.
func (r BaseTask) Score(facts []Fact) []Line {
	steps, n := steps(facts)
	base := r.base(steps, n)
	if r.Bonus.IsZero() {
		return []Line{base}
	}
	return []Line{base, r.bonus(steps, n, base.Points)}
}

// A step is a deed that changes the number of items, or one that does not.
type step struct {
	share Share
	n     int // by how many
}

// steps lists the deeds of the period: what brings items first, what takes
// them away after it, so that the count never falls below zero on the way if
// it does not end there.
func steps(facts []Fact) (all []step, n int) {
	var minus []step
	for _, g := range groups(facts) {
		then, now := first(g, Fact.stood), first(g, Fact.stands)
		for i, f := range g {
			took := f.Reversal != uuid.Nil
			switch d := f.N * (one(i == now) - one(i == then)); {
			case d < 0 && took:
				minus = append(minus, step{Share{f.Tenant, f.Reversal, decimal.Zero, Reversal}, d})
			case d < 0:
				minus = append(minus, step{Share{f.Tenant, f.ID, decimal.Zero, Duplicate}, d})
			case d > 0:
				all = append(all, step{Share{f.Tenant, f.ID, decimal.Zero, ""}, d})
			case took:
				if !f.Before {
					all = append(all, step{Share{f.Tenant, f.ID, decimal.Zero, Reversed}, 0})
				}
				minus = append(minus, step{Share{f.Tenant, f.Reversal, decimal.Zero, Reversal}, 0})
			case !f.Before:
				all = append(all, step{Share{f.Tenant, f.ID, decimal.Zero, Duplicate}, 0})
			}
		}
	}
	all = append(all, minus...)
	for _, s := range all {
		n += s.n
	}
	return all, max(n, 0)
}

// first returns the index of the fact of a group that counts: the one that
// counts for most, or the first of equals; -1 if none is in.
func first(g []Fact, in func(Fact) bool) int {
	best := -1
	for i, f := range g {
		if in(f) && (best < 0 || f.N > g[best].N) {
			best = i
		}
	}
	return best
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (r BaseTask) base(steps []step, n int) Line {
	if !r.Short.IsZero() {
		return r.short(steps, n)
	}
	full := r.Base
	if n < r.Task && !r.Proportional {
		full = decimal.Zero
	}
	// Sixteen places: a tie of the rounding to two is at least 1/(2·10⁴·task)
	// away from any other value, so that rounding here cannot move a total.
	upTo := func(c int) decimal.Decimal {
		return full.Mul(decimal.NewFromInt(int64(min(c, r.Task)))).DivRound(decimal.NewFromInt(int64(r.Task)), 16)
	}
	l := Line{Part: "base", N: n, Before: upTo(n)}
	l.Points = least(l.Before, r.Cap)
	l.Shares = r.spread(steps, upTo, func(from, to int) bool { return r.Bonus.IsZero() || min(from, to) < r.Task })
	if r.mute {
		return l
	}
	l.Formula = fmt.Sprintf("%s %d 条，", r.Name, n)
	switch {
	case n >= r.Task:
		l.Formula += fmt.Sprintf("完成任务 %d 条，得基本分 %s 分", r.Task, l.Before)
	case r.Proportional:
		l.Formula += fmt.Sprintf("任务 %d 条，按比例 %s × %d ÷ %d = %s 分", r.Task, r.Base, n, r.Task, l.Before)
	default:
		l.Formula += fmt.Sprintf("未完成任务 %d 条，得 0 分", r.Task)
	}
	l.Formula += capped(l, r.Cap)
	return l
}

// short is the line for the task where each missing item takes points away.
func (r BaseTask) short(steps []step, n int) Line {
	upTo := func(c int) decimal.Decimal { return r.Base.Sub(r.Short.Mul(whole(max(r.Task-c, 0)))) }
	l := Line{Part: "base", N: n, Before: upTo(n), Given: upTo(0)}
	l.Points = least(r.held(l.Before), r.Cap)
	l.Shares = r.spread(steps, upTo, func(from, to int) bool { return r.Bonus.IsZero() || min(from, to) < r.Task })
	if r.mute {
		return l
	}
	l.Formula = fmt.Sprintf("%s %d 条，", r.Name, n)
	if missing := r.Task - n; missing > 0 {
		l.Formula += fmt.Sprintf("任务 %d 条，少 %d 条：%s − %d × %s = %s 分", r.Task, missing, r.Base, missing, r.Short, l.Before)
	} else {
		l.Formula += fmt.Sprintf("完成任务 %d 条，得基本分 %s 分", r.Task, l.Before)
	}
	l.Formula += bounded(l)
	return l
}

// held returns points, or the floor of the line for the task.
func (r BaseTask) held(points decimal.Decimal) decimal.Decimal {
	if r.Floor == nil {
		return decimal.Max(points, decimal.Zero)
	}
	return most(points, r.Floor)
}

func (r BaseTask) bonus(steps []step, n int, base decimal.Decimal) Line {
	upTo := func(c int) decimal.Decimal { return r.Bonus.Mul(decimal.NewFromInt(int64(max(c-r.Task, 0)))) }
	l := Line{Part: "bonus", N: max(n-r.Task, 0), Before: upTo(n)}
	limit := r.BonusCap
	if r.Cap != nil {
		rest := least(r.Cap.Sub(base), r.BonusCap)
		limit = &rest
	}
	l.Points = least(l.Before, limit)
	l.Shares = r.spread(steps, upTo, func(from, to int) bool { return max(from, to) > r.Task || from == r.Task && to == r.Task })
	if r.mute {
		return l
	}
	l.Formula = fmt.Sprintf("超额 %d 条 × %s 分 = %s 分", l.N, r.Bonus, l.Before) + capped(l, limit)
	return l
}

// spread gives every step what it adds to the points of the count so far, so
// that the shares sum up to the points of the whole; it lists the steps that
// concern this line.
func (r BaseTask) spread(steps []step, upTo func(int) decimal.Decimal, concerns func(from, to int) bool) []Share {
	if r.bare {
		return nil
	}
	var shares []Share
	at, known, had := 0, 0, upTo(0)
	for _, s := range steps {
		from, to := max(at, 0), max(at+s.n, 0)
		at += s.n
		if !concerns(from, to) {
			continue
		}
		if known != from {
			had = upTo(from)
		}
		has := upTo(to)
		s.share.Points = has.Sub(had)
		known, had = to, has
		shares = append(shares, s.share)
	}
	return shares
}
