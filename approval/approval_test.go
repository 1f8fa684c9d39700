package approval

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/message"
	"hetu/tenant"
	"hetu/tenant/tenanttest"
)

// A desk is somebody at work in a test.
type desk struct {
	ctx  context.Context
	a    tenant.Actor
	unit uuid.UUID
}

// An office is a tenant with people, an engine, and papers to submit to it.
type office struct {
	t      *testing.T
	db     *tenant.DB
	engine *Engine
	author desk
	people []desk
	refuse error // what Decided answers
}

// newOffice makes a tenant with an author and n others.
func newOffice(t *testing.T, n int) *office {
	t.Helper()
	o := &office{t: t, db: tenanttest.DB(t)}
	o.engine = New(Deps{Calendar: calendar.Load, Notify: message.Send})
	o.engine.Kinds(feature.Feature{Approvals: []feature.Approval{{
		Kind: "test.paper", Checks: []string{"true", "wording"},
		Current: o.current,
		Decided: func(_ context.Context, tx *tenant.Tx, d feature.Decision) error {
			tx.Audit("test.decided", "test/paper/"+d.Subject.String(), d)
			return o.refuse
		},
	}}})
	id := uuid.New()
	o.author = o.seat(id, "作者")
	for i := range n {
		o.people = append(o.people, o.seat(id, string([]rune("甲乙丙丁戊己")[i])+"君"))
	}
	return o
}

func (o *office) seat(id uuid.UUID, name string) desk {
	o.t.Helper()
	ctx, a := tenanttest.As(o.t, id)
	return desk{ctx, a, tenanttest.Member(o.t, ctx, name)}
}

// current reads the content hash of a paper, which the tests keep as the name
// of a role, before its code: any tenant table with a text would do.
func (o *office) current(ctx context.Context, tx *tenant.Tx, subject uuid.UUID) (hash string, err error) {
	err = tx.Get(ctx, &hash, `select split_part(name, ' ', 1) from roles where id = $1`, subject)
	return hash, err
}

// paper writes a paper down and returns its id; its hash is "h1".
func (o *office) paper() uuid.UUID {
	o.t.Helper()
	id := tenant.NewID()
	o.must(o.author, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `insert into roles (id, code, name) values ($1, $2, 'h1 ' || $2)`, id, id.String())
		return err
	})
	return id
}

func (o *office) edit(paper uuid.UUID, hash string) {
	o.t.Helper()
	o.must(o.author, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update roles set name = $2 || ' ' || code where id = $1`, paper, hash)
		return err
	})
}

func (o *office) try(d desk, fn func(context.Context, *tenant.Tx) error) error {
	return o.db.Write(d.ctx, func(tx *tenant.Tx) error { return fn(d.ctx, tx) })
}

func (o *office) must(d desk, fn func(context.Context, *tenant.Tx) error) {
	o.t.Helper()
	if err := o.try(d, fn); err != nil {
		o.t.Fatal(err)
	}
}

// step makes a step of the people with these numbers.
func (o *office) step(mode Mode, people ...int) Step {
	s := Step{Name: "审核", Mode: mode}
	for _, p := range people {
		s.People = append(s.People, o.people[p].a.Member)
	}
	return s
}

func (o *office) submission(paper uuid.UUID, steps ...Step) Submission {
	return Submission{
		Kind: "test.paper", Subject: paper, Title: "关于测试的通知", Hash: "h1", Unit: o.author.unit,
		Definition: Definition{Steps: steps}, ExcludeAccounts: []uuid.UUID{o.author.a.Account},
	}
}

// start submits a paper through the steps.
func (o *office) start(paper uuid.UUID, steps ...Step) (c Case) {
	o.t.Helper()
	o.must(o.author, func(ctx context.Context, tx *tenant.Tx) (err error) {
		c, err = o.engine.Start(ctx, tx, o.submission(paper, steps...))
		return err
	})
	return c
}

// startAt submits a paper at a given time.
func (o *office) startAt(at string, steps ...Step) (c Case) {
	o.t.Helper()
	paper := o.paper()
	o.must(o.author, func(ctx context.Context, tx *tenant.Tx) (err error) {
		tx.Now = clock(o.t, at)
		c, err = o.engine.Start(ctx, tx, o.submission(paper, steps...))
		return err
	})
	return c
}

func clock(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05.999", s, calendar.Location)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// task returns the open task of a person in a case, or nil.
func (o *office) task(c Case, person int) (id uuid.UUID) {
	o.t.Helper()
	p := o.people[person]
	o.must(p, func(ctx context.Context, tx *tenant.Tx) error {
		err := tx.Get(ctx, &id, `
			select id from approval_tasks where case_id = $1 and member_id = $2 and state = 'open'`, c.ID, p.a.Member)
		if errors.Is(err, tenant.ErrNoRows) {
			return nil
		}
		return err
	})
	return id
}

var yes = map[string]bool{"true": true, "wording": true}

func (o *office) approve(person int, task uuid.UUID) error {
	return o.try(o.people[person], func(ctx context.Context, tx *tenant.Tx) error {
		_, err := o.engine.approve(ctx, tx, approval{ID: task, Checks: yes, ContentHash: "h1", Opinion: "同意"})
		return err
	})
}

func (o *office) giveBack(person int, task uuid.UUID) error {
	return o.try(o.people[person], func(ctx context.Context, tx *tenant.Tx) error {
		_, err := o.engine.giveBack(ctx, tx, giving{task, "wording", "标题不通顺"})
		return err
	})
}

func (o *office) withdraw(d desk, c Case) error {
	return o.try(d, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := o.engine.withdraw(ctx, tx, withdrawal{c.ID, "写错了"})
		return err
	})
}

func (o *office) void(paper uuid.UUID) error {
	return o.try(o.author, func(ctx context.Context, tx *tenant.Tx) error {
		return o.engine.Void(ctx, tx, "test.paper", paper, "内容已修改")
	})
}

// find returns the case as it is now, having checked that its row says what
// its events add up to and that its tasks fit.
func (o *office) find(c Case) (now Case) {
	o.t.Helper()
	o.must(o.author, func(ctx context.Context, tx *tenant.Tx) (err error) {
		if now, err = o.engine.Find(ctx, tx, c.ID); err != nil {
			return err
		}
		events, err := eventsOf(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		s, err := fold(now.Definition.Steps, events)
		if err != nil {
			return err
		}
		if s.state != now.State || s.step != now.Step || now.seq != len(events) {
			o.t.Errorf("the row says %s at %d after %d events, the events %s at %d after %d", now.State, now.Step, now.seq, s.state, s.step, len(events))
		}
		open, err := waiting(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		want := 0
		for _, m := range s.asked {
			if s.state == Open && s.waitsFor(m) {
				want++
			}
		}
		if len(open) != want {
			o.t.Errorf("%d open tasks in a case that is %s and waits for %d", len(open), s.state, want)
		}
		return nil
	})
	return now
}

// count returns what a query counts, as the author's tenant.
func (o *office) count(query string, args ...any) (n int) {
	o.t.Helper()
	o.must(o.author, func(ctx context.Context, tx *tenant.Tx) error { return tx.Get(ctx, &n, query, args...) })
	return n
}

func (o *office) notices(d desk, code string) int {
	o.t.Helper()
	return o.count(`select count(*) from notices where member_id = $1 and code = $2`, d.a.Member, code)
}

func TestFeature(t *testing.T) {
	t.Parallel()
	e := New(Deps{})
	all := []feature.Feature{e.Feature(), calendar.Feature(e.Recompute), message.Feature()}
	if err := feature.Check(all...); err != nil {
		t.Fatal(err)
	}
	if _, err := feature.OpenAPI("1", all...).MarshalJSON(); err != nil {
		t.Fatal(err)
	}
}

func TestStart(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 3)
	paper, other := o.paper(), o.paper()
	left := o.people[2]
	o.must(left, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update members set state = 'left' where id = $1`, left.a.Member)
		return err
	})
	me := Step{Name: "自审", People: []uuid.UUID{o.author.a.Member}}
	tests := []struct {
		name  string
		edit  func(*Submission)
		steps []Step
		want  error
		step  any // meta of ErrNoReviewer
	}{
		{"a kind nobody has", func(s *Submission) { s.Kind = "test.none" }, []Step{o.step(Any, 0)}, errAny, nil},
		{"no step", nil, nil, ErrDefinition, nil},
		{"a mode there is not", nil, []Step{o.step("most", 0)}, ErrDefinition, nil},
		{"less than no time", nil, []Step{{WorkMinutes: -1}}, ErrDefinition, nil},
		{"nobody to ask", nil, []Step{o.step(Any)}, ErrNoReviewer, 1},
		{"only the author (R007)", nil, []Step{me}, ErrNoReviewer, 1},
		{"only somebody who has left", nil, []Step{o.step(Any, 0), o.step(Any, 2)}, ErrNoReviewer, 2},
		{"only a stranger", nil, []Step{{People: []uuid.UUID{tenant.NewID()}}}, ErrNoReviewer, 1},
		{"only an excluded person", func(s *Submission) { s.ExcludeAccounts = []uuid.UUID{o.people[0].a.Account} }, []Step{o.step(Any, 0)}, ErrNoReviewer, 1},
		{"one person for two steps", nil, []Step{o.step(Any, 0), o.step(Any, 0)}, ErrNoReviewer, 2},
		{"one person for two steps, allowed", func(s *Submission) { s.Subject, s.Definition.Repeat = other, true }, []Step{o.step(Any, 0), o.step(Any, 0)}, nil, nil},
		{"ok", nil, []Step{o.step(Any, 0), o.step(Any, 0, 1)}, nil, nil},
		{"the same again", nil, []Step{o.step(Any, 0), o.step(Any, 0, 1)}, ErrAlreadyOpen, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := o.submission(paper, tt.steps...)
			if tt.edit != nil {
				tt.edit(&s)
			}
			err := o.try(o.author, func(ctx context.Context, tx *tenant.Tx) error {
				_, err := o.engine.Start(ctx, tx, s)
				return err
			})
			wantErr(t, err, tt.want)
			if got := metaOf(err, "step"); got != tt.step {
				t.Errorf("step %v, want %v", got, tt.step)
			}
		})
	}
	if n := o.notices(o.people[0], "approval.task_arrived"); n != 2 {
		t.Errorf("%d notices of arrival, want 2", n)
	}
	if n := o.count(`select count(*) from approval_definitions`); n != 2 {
		t.Errorf("%d definitions, want 2", n)
	}
}

// The same flow keeps its version; another gets the next.
func TestDefinitionVersions(t *testing.T) {
	t.Parallel()
	o := newOffice(t, 2)
	versions := []int{
		o.start(o.paper(), o.step(Any, 0)).Version,
		o.start(o.paper(), o.step(Any, 1)).Version,
		o.start(o.paper(), o.step(Any, 0)).Version,
		o.start(o.paper(), Step{Name: "审核", WorkMinutes: 240, People: []uuid.UUID{o.people[0].a.Member}}).Version,
	}
	for i, want := range []int{1, 2, 1, 1} {
		if versions[i] != want {
			t.Errorf("versions = %v, want [1 2 1 1]", versions)
			break
		}
	}
	err := o.try(o.author, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `update approval_definitions set body = '{}'`)
		return err
	})
	if err == nil {
		t.Error("a definition could be changed")
	}
	err = o.try(o.author, func(ctx context.Context, tx *tenant.Tx) error {
		_, err := tx.Exec(ctx, `delete from approval_events`)
		return err
	})
	if err == nil {
		t.Error("events could be deleted")
	}
}
