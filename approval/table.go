package approval

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/tenant"
)

// An operation is what can be done to a case. There are no others: each has its
// own entry point, and none comes in as text.
type operation uint8

const (
	start operation = iota
	approve
	giveBack // 驳回到发起人
	withdraw // 撤回
	urge     // 催办
	annul    // the content changed
	reckon   // the calendar changed, and with it the due times
	pass     // 移交: somebody goes on in the place of a handler
)

// names are what operations are called in events; their order is that of the
// constants.
var names = [...]string{"start", "approve", "return", "withdraw", "urge", "void", "recompute", "pass"}

func (o operation) String() string { return names[o] }

// Scan implements sql.Scanner.
func (o *operation) Scan(src any) error {
	text := fmt.Sprintf("%s", src)
	for op := start; op <= pass; op++ {
		if op.String() == text {
			*o = op
			return nil
		}
	}
	return fmt.Errorf("approval: an event says %q", text)
}

// A party is whose move an operation is.
type party uint8

const (
	system  party = iota // called by a feature or a job, never by a route
	handler              // whoever has an open task of the step
	starter
)

// An audience is who is told, as a set.
type audience uint8

const (
	toStarter audience = 1 << iota
	toHandlers
	toApprovers // those who have approved a step
)

// A guard is a condition of a move besides whose move it is.
type guard func(context.Context, *tenant.Tx, *Engine, Case, move) error

// A rule says what an operation does to a case in one state.
type rule struct {
	by     party
	needs  []guard
	to     State // the state it leads to; empty if the steps decide
	audit  string
	tell   audience // once it has led to its state
	notice string
}

// rules is the whole behaviour: operation × state. What is missing here cannot
// be done, and is answered with ErrOver. When a case leaves a step or ends, its
// tasks that are still open are closed.
var rules = map[operation]map[State]rule{
	start: {
		"": {by: system, to: Open, audit: "approval.started"},
	},
	approve: {
		Open: {by: handler, needs: []guard{confirmed, unchanged}, audit: "approval.approved", tell: toStarter, notice: "approval.approved"},
	},
	giveBack: {
		Open: {by: handler, to: Returned, audit: "approval.returned", tell: toStarter, notice: "approval.returned"},
	},
	withdraw: {
		Open: {by: starter, to: Withdrawn, audit: "approval.withdrawn", tell: toHandlers, notice: "approval.withdrawn"},
	},
	urge: {
		Open: {by: starter, needs: []guard{notUrged}, to: Open, audit: "approval.urged", tell: toHandlers, notice: "approval.urged"},
	},
	annul: {
		Open:     {by: system, to: Void, audit: "approval.voided", tell: toHandlers | toApprovers, notice: "approval.voided"},
		Approved: {by: system, to: Void, audit: "approval.voided", tell: toApprovers, notice: "approval.voided"},
	},
	reckon: {
		Open: {by: system, to: Open},
	},
	pass: {
		Open: {by: system, to: Open, audit: "approval.passed_on"},
	},
}

// An event is one thing that happened to a case.
type event struct {
	Seq     int                     `db:"seq"`
	At      time.Time               `db:"at"`
	Member  *uuid.UUID              `db:"member_id"`
	Action  operation               `db:"action"`
	Step    int                     `db:"step"`
	Task    *uuid.UUID              `db:"task_id"`
	Opinion string                  `db:"opinion"`
	Reason  string                  `db:"reason"`
	Checks  tenant.Doc[[]string]    `db:"checks"`
	Opened  tenant.Doc[[]uuid.UUID] `db:"opened"` // the people of the step it opened
}

// A standing is what the events of a case add up to.
type standing struct {
	state  State
	step   int
	asked  []uuid.UUID // at this step
	passed []feature.Passed
}

// fold adds the events up.
func fold(steps []Step, events []event) (s standing, err error) {
	for _, e := range events {
		if s, err = s.after(steps, e); err != nil {
			return s, err
		}
	}
	return s, nil
}

// after returns the standing once e has happened too. An error means that it
// cannot have: the log contradicts the table.
func (s standing) after(steps []Step, e event) (standing, error) {
	r, ok := rules[e.Action][s.state]
	if !ok || e.Action != start && e.Step != s.step {
		return s, fmt.Errorf("approval: %s at step %d of a case that is %q at step %d", e.Action, e.Step, s.state, s.step)
	}
	if r.to != "" {
		s.state = r.to
	}
	switch e.Action {
	case start:
		s.step, s.asked = 1, e.Opened.V
	case pass:
		s.asked = e.Opened.V
	case approve:
		if e.Member == nil {
			return s, fmt.Errorf("approval: nobody approved at event %d", e.Seq)
		}
		s.passed = append(slices.Clone(s.passed), feature.Passed{Step: s.step, Member: *e.Member, Checks: e.Checks.V})
		if !s.complete(steps) {
			break
		}
		if s.step == len(steps) {
			s.state = Approved
			break
		}
		s.step, s.asked = s.step+1, e.Opened.V
	}
	return s, nil
}

// complete reports whether the current step has passed.
func (s standing) complete(steps []Step) bool {
	if steps[s.step-1].Mode == Any {
		return s.agreed(s.step) > 0
	}
	return s.agreed(s.step) == len(s.asked)
}

func (s standing) agreed(step int) (n int) {
	for _, p := range s.passed {
		if p.Step == step {
			n++
		}
	}
	return n
}

// waitsFor reports whether the member still has to act at the current step.
func (s standing) waitsFor(member uuid.UUID) bool {
	return slices.Contains(s.asked, member) && !slices.ContainsFunc(s.passed, func(p feature.Passed) bool {
		return p.Step == s.step && p.Member == member
	})
}

// approvers returns who has approved a step.
func (s standing) approvers() []uuid.UUID {
	ids := make([]uuid.UUID, len(s.passed))
	for i, p := range s.passed {
		ids[i] = p.Member
	}
	return ids
}

// A move is an operation somebody asks for.
type move struct {
	op      operation
	task    *task // the handler's
	opinion string
	reason  string
	checks  map[string]bool
	hash    string // of the content the person saw
}

// confirmed holds the handler to every declaration the kind asks for (R004, R016).
func confirmed(_ context.Context, _ *tenant.Tx, e *Engine, c Case, m move) error {
	declared := e.kinds[c.Kind].Checks
	for _, name := range declared {
		if !m.checks[name] {
			return ErrCheck.On("checks." + name)
		}
	}
	for name := range m.checks {
		if !slices.Contains(declared, name) {
			return feature.ErrUnknown.On("checks." + strings.Map(printable, name))
		}
	}
	return nil
}

func printable(r rune) rune {
	if r < ' ' {
		return -1
	}
	return r
}

// unchanged binds an approval to the content the person saw, which must be what
// was submitted and what there is now (WF-03).
func unchanged(ctx context.Context, tx *tenant.Tx, e *Engine, c Case, m move) error {
	now, err := e.kinds[c.Kind].Current(ctx, tx, c.Subject)
	if fault.Of(err).Kind == fault.NotFound {
		return ErrContent.With("content_hash", c.Hash)
	}
	if err != nil {
		return err
	}
	if m.hash != c.Hash || now != c.Hash {
		return ErrContent.With("content_hash", c.Hash)
	}
	return nil
}

// urgeEvery is how long a starter waits before urging again.
const urgeEvery = time.Hour

func notUrged(_ context.Context, tx *tenant.Tx, _ *Engine, c Case, _ move) error {
	if c.UrgedAt != nil && tx.Now.Before(c.UrgedAt.Add(urgeEvery)) {
		return ErrUrged.With("until", c.UrgedAt.Add(urgeEvery))
	}
	return nil
}
