package review

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"hetu/assess"
	"hetu/fault"
	"hetu/tenant"
)

// end closes a review all of whose lines are agreed on or settled. Where the
// value is not the system's it becomes a correction of the round: of those who
// agreed, the first two stand for it; what was settled, the one who settled it
// and the actor, who is another. Each unit is shown what came of its lines, and
// the round is worked out.
func (c calls) end(ctx context.Context, tx *tenant.Tx, in act) (p Page, err error) {
	if err := hold(ctx, tx, in.ID, true); err != nil {
		return p, err
	}
	r, err := load(ctx, tx, in.ID, nil)
	if err != nil {
		return p, err
	}
	if err := r.call.at(in.Version, "reviewing"); err != nil {
		return p, err
	}
	if err := r.complete(); err != nil {
		return p, err
	}
	var kept, corrected int
	for _, u := range r.units {
		results := []Result{}
		for _, l := range u.Lines {
			j := r.judge(u, l)
			id, err := r.keep(ctx, tx, u, l, j)
			if err != nil {
				return p, err
			}
			if kept++; id != nil {
				corrected++
			}
			results = append(results, Result{l.Code, l.Name, j.Answer.Points, j.System, *j.Value, r.why(u, l, j)})
		}
		_, err = tx.Exec(ctx, `update review_units set state = 'closed', result = $2, version = version + 1 where id = $1`, u.ID, tenant.JSON(results))
		if err != nil {
			return p, err
		}
	}
	var work *uuid.UUID
	if corrected > 0 {
		id, err := assess.Recompute(ctx, tx, c.works, r.call.RoundID)
		if err != nil {
			return p, err
		}
		work = &id
	}
	if err := r.call.move(ctx, tx, `state = 'closed', closed_at = $4, work_id = $5`, work); err != nil {
		return p, err
	}
	tx.Audit("review.closed", object(r.call.ID), map[string]any{"round": r.call.RoundID, "lines": kept, "corrected": corrected})
	return callPage(ctx, tx, ref{in.ID})
}

// complete returns that lines are neither agreed on nor settled, and the first
// of them.
func (r review) complete() error {
	var open int
	var first *fault.Error
	for _, u := range r.units {
		for _, l := range u.Lines {
			if j := r.judge(u, l); j.Value == nil {
				if open++; open == 1 {
					first = ErrLinesOpen.With("unit", u.Name).With("line", l.Name)
				}
			}
		}
	}
	if first == nil {
		return nil
	}
	return first.With("n", open)
}

// keep writes the outcome of a line down, and what it changes in the round.
func (r review) keep(ctx context.Context, tx *tenant.Tx, u unitRow, l Line, j Judgement) (*uuid.UUID, error) {
	at := cell{u.ID, l.Code}
	v := assess.Reviewed{Round: r.call.RoundID, Unit: u.unit(), Rule: l.Code, RuleName: l.Name, Value: *j.Value, Reason: r.said(u, l, j),
		Proof: fmt.Sprintf("/assess/reviews/%s/units/%s", r.call.ID, u.ID)}
	me := assess.Judge{Member: tx.Actor.Member, Account: tx.Actor.Account, Name: tx.Actor.Name}
	o, settled := r.outcomes[at]
	if settled {
		v.First, v.Second = assess.Judge{Member: o.By, Account: o.Account, Name: o.Name}, me
		if o.By == me.Member || o.Account == me.Account {
			return nil, ErrSamePerson.With("unit", u.Name).With("line", l.Name)
		}
		if err := apart(ctx, tx, u, l); err != nil {
			return nil, err
		}
	} else {
		g := r.given[at]
		v.First, v.Second = g[0].judge(), g[1].judge()
	}
	id, err := v.Keep(ctx, tx)
	if err != nil {
		return nil, err
	}
	if settled {
		_, err = tx.Exec(ctx, `update review_outcomes set adjustment_id = $3 where unit_row = $1 and code = $2`, u.ID, l.Code, id)
		return id, err
	}
	_, err = tx.Exec(ctx, `
		insert into review_outcomes (unit_row, code, how, points, reason, by_id, by_account, by_name, at, adjustment_id)
		     values ($1, $2, 'agreed', $3, '', $4, $5, $6, $7, $8)`,
		u.ID, l.Code, *j.Value, v.First.Member, v.First.Account, v.First.Name, tx.Now, id)
	if tenant.Constraint(err) == "review_outcomes_pkey" {
		err = ErrDecided
	}
	return id, err
}

func (g givenRow) judge() assess.Judge {
	return assess.Judge{Member: g.Member, Account: g.Account, Name: g.Name}
}

// said reads 自评 9 分，复核 2 人（8、9），自评材料 1a2b…：图片不清.
func (r review) said(u unitRow, l Line, j Judgement) string {
	self := "未自评"
	if j.Answer.Points != nil {
		self = "自评 " + j.Answer.Points.String() + " 分"
	}
	var points []string
	for _, g := range j.Given {
		points = append(points, g.Points.String())
	}
	s := fmt.Sprintf("%s，%d 人复核（%s 分）", self, len(j.Given), strings.Join(points, "、"))
	if u.submitted() {
		s += "，自评材料校验值 " + u.Digest[:16]
	}
	if why := r.why(u, l, j); why != "" {
		s += "：" + why
	}
	return cut(s, 500)
}

// why is what a unit is told of the reasons: those given for the line, without
// who gave them.
func (r review) why(u unitRow, l Line, j Judgement) string {
	if j.Reason != "" {
		return j.Reason
	}
	var all []string
	for _, g := range r.given[cell{u.ID, l.Code}] {
		if g.Reason != "" {
			all = append(all, g.Reason)
		}
	}
	return strings.Join(all, "；")
}

// cut returns the first characters of a text.
func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
