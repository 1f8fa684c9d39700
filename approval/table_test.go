package approval

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
)

// The table, as a person would write it on a sheet of paper: every pair of
// operation and state, and where it leads.
func TestTable(t *testing.T) {
	t.Parallel()
	const no = State("cannot be done")
	states := []State{"", Open, Approved, Returned, Withdrawn, Void}
	want := map[operation][]State{
		//         ""    Open       Approved Returned Withdrawn Void
		start:    {Open, no, no, no, no, no},
		approve:  {no, "", no, no, no, no}, // the steps decide
		giveBack: {no, Returned, no, no, no, no},
		withdraw: {no, Withdrawn, no, no, no, no},
		urge:     {no, Open, no, no, no, no},
		annul:    {no, Void, Void, no, no, no},
		reckon:   {no, Open, no, no, no, no},
		pass:     {no, Open, no, no, no, no},
	}
	if len(want) != len(names) {
		t.Errorf("%d operations are on the sheet, there are %d", len(want), len(names))
	}
	for op, row := range want {
		for i, s := range states {
			r, ok := rules[op][s]
			got := r.to
			if !ok {
				got = no
			}
			if got != row[i] {
				t.Errorf("%s of a case that is %q: %q, want %q", op, s, got, row[i])
			}
			if ok && r.notice == "" && r.tell != 0 {
				t.Errorf("%s tells people nothing", op)
			}
		}
		var back operation
		if err := back.Scan(op.String()); err != nil || back != op {
			t.Errorf("%s reads back as %s, %v", op, back, err)
		}
	}
	var o operation
	if err := o.Scan("destroy"); err == nil {
		t.Error("an unknown operation was read from the log")
	}
}

// A log that cannot have come about is an error and not a state.
func TestFoldRefuses(t *testing.T) {
	t.Parallel()
	me := uuid.New()
	steps := []Step{{Mode: Any}, {Mode: Any}}
	begin := event{Action: start, Opened: tenant.Doc[[]uuid.UUID]{V: []uuid.UUID{me}}}
	pass := event{Action: approve, Step: 1, Member: &me}
	tests := map[string]struct {
		events []event
		ok     bool
	}{
		"ok":                          {[]event{begin, pass}, true},
		"begins with an approval":     {[]event{pass}, false},
		"begins twice":                {[]event{begin, begin}, false},
		"approved by nobody":          {[]event{begin, {Action: approve, Step: 1}}, false},
		"approved at another step":    {[]event{begin, {Action: approve, Step: 2, Member: &me}}, false},
		"something after the end":     {[]event{begin, {Action: giveBack, Step: 1, Member: &me}, pass}, false},
		"void after it was withdrawn": {[]event{begin, {Action: withdraw, Step: 1}, {Action: annul, Step: 1}}, false},
	}
	for name, tt := range tests {
		if _, err := fold(steps, tt.events); (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a feature is told when a case of its kind ends.
func TestDecision(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 3)
	ends := map[string]func(Case) error{
		"approved": func(c Case) error {
			if err := o.approve(0, o.task(c, 0)); err != nil {
				return err
			}
			return o.approve(1, o.task(c, 1))
		},
		"returned":  func(c Case) error { return o.giveBack(0, o.task(c, 0)) },
		"withdrawn": func(c Case) error { return o.withdraw(o.author, c) },
	}
	reasons := map[string]string{"approved": "", "returned": "wording", "withdrawn": "写错了"}
	for outcome, end := range ends {
		c := o.start(o.paper(), o.step(Any, 0), o.step(Any, 1))
		wantErr(t, end(c), nil)
		var told []tenant.Doc[feature.Decision]
		o.must(o.author, func(ctx context.Context, tx *tenant.Tx) error {
			return tx.Select(ctx, &told, `select detail from audit_entries where action = 'test.decided' and object = $1`,
				"test/paper/"+c.Subject.String())
		})
		if len(told) != 1 {
			t.Fatalf("%s: told %d times", outcome, len(told))
		}
		d := told[0].V
		passed := 0
		if outcome == "approved" {
			passed = 2
		}
		if d.Case != c.ID || d.Subject != c.Subject || d.Hash != "h1" || d.Outcome != outcome || d.Reason != reasons[outcome] || len(d.Passed) != passed {
			text, _ := json.Marshal(d)
			t.Errorf("%s: told %s", outcome, text)
		}
		if passed == 2 && (d.Passed[0].Step != 1 || d.Passed[0].Member != o.people[0].a.Member || d.Passed[1].Step != 2 || len(d.Passed[1].Checks) != 2) {
			t.Errorf("passed = %+v", d.Passed)
		}
	}
}
