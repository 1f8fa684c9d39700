package approval

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/message"
	"hetu/tenant"
)

// Deps are what the engine needs of other features.
type Deps struct {
	// Calendar returns the calendar of the tx's tenant, by which due times and
	// the working time that was used are reckoned.
	Calendar func(context.Context, *tenant.Tx) (calendar.Calendar, error)

	// Notify tells people.
	Notify func(context.Context, *tenant.Tx, ...message.Notice) error
}

// An Engine runs the cases of every kind. Call Kinds before it serves anything.
type Engine struct {
	deps  Deps
	kinds map[string]feature.Approval
}

// New returns an Engine that knows no kind yet.
func New(d Deps) *Engine { return &Engine{deps: d, kinds: map[string]feature.Approval{}} }

// Kinds tells the engine what can be submitted: the approvals of the features.
// Features are made with the engine, so they can only be named afterwards.
func (e *Engine) Kinds(features ...feature.Feature) {
	for _, f := range features {
		for _, a := range f.Approvals {
			e.kinds[a.Kind] = a
		}
	}
}

// Start submits s in the actor's name and asks the people of its first step. If
// any step would have nobody to ask it is ErrNoReviewer, with the step; if the
// subject is in a case already, ErrAlreadyOpen.
func (e *Engine) Start(ctx context.Context, tx *tenant.Tx, s Submission) (c Case, err error) {
	if _, ok := e.kinds[s.Kind]; !ok {
		return c, fmt.Errorf("approval: no feature has the kind %q", s.Kind)
	}
	if s.Definition, err = s.Definition.complete(); err != nil {
		return c, err
	}
	c = Case{
		ID: s.Case, Kind: s.Kind, Subject: s.Subject, Title: s.Title, Hash: s.Hash, Unit: s.Unit,
		Definition: s.Definition, StartedBy: tx.Actor.Member, StartedAt: tx.Now,
	}
	if c.ID == uuid.Nil {
		c.ID = tenant.NewID()
	}
	for _, a := range append(slices.Clone(s.ExcludeAccounts), tx.Actor.Account) {
		if a != uuid.Nil && !slices.Contains(c.excluded, a) {
			c.excluded = append(c.excluded, a)
		}
	}
	people, err := c.ask(ctx, tx, 1, nil)
	if err != nil {
		return c, err
	}
	if c.Version, err = version(ctx, tx, c.Kind, c.Definition); err != nil {
		return c, err
	}
	ev := event{Seq: 1, At: tx.Now, Member: tenant.Optional(tx.Actor.Member), Action: start, Opened: tenant.Doc[[]uuid.UUID]{V: people}}
	now, err := standing{}.after(c.Definition.Steps, ev)
	if err != nil {
		return c, err
	}
	c.State, c.Step, c.seq = now.state, now.step, ev.Seq
	if err := c.insert(ctx, tx); err != nil {
		return c, err
	}
	if err := c.append(ctx, tx, ev); err != nil {
		return c, err
	}
	tx.Audit(rules[start][""].audit, c.object(), c.detail(move{op: start}))
	return c, e.open(ctx, tx, c, people)
}

// Void ends every case of the subject that is open or was approved, because the
// content it was about is no more. A subject without one is not an error. Call
// it before changing the subject's own row: an approval takes the case first and
// the subject second, and two that take them crosswise wait for each other.
func (e *Engine) Void(ctx context.Context, tx *tenant.Tx, kind string, subject uuid.UUID, reason string) error {
	var ids []uuid.UUID
	err := tx.Select(ctx, &ids, `
		select id from approval_cases
		 where kind = $1 and subject_id = $2
		   and state in ('open', 'approved')
		 order by id`, kind, subject)
	if err != nil {
		return err
	}
	for _, id := range ids {
		_, _, err := e.move(ctx, tx, id, move{op: annul, reason: reason})
		if errors.Is(err, ErrOver) { // it was returned or withdrawn meanwhile
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Find returns a case of the tenant, or ErrCaseNotFound.
func (e *Engine) Find(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (Case, error) {
	return find(ctx, tx, id, "")
}

// ask returns the people to put a step to.
func (c Case) ask(ctx context.Context, tx *tenant.Tx, step int, approved []uuid.UUID) ([]uuid.UUID, error) {
	var all []uuid.UUID
	for _, s := range c.Definition.Steps[step-1:] {
		all = append(all, s.People...)
	}
	var able []uuid.UUID
	err := tx.Select(ctx, &able, `
		select id from members
		 where id = any ($1)
		   and state in ('active', 'invited')
		   and (account_id is null or account_id <> all ($2))`,
		tenant.Array(all), tenant.Array(c.excluded))
	if err != nil {
		return nil, err
	}
	r := route{c.Definition, map[uuid.UUID]bool{}}
	for _, id := range able {
		r.able[id] = true
	}
	return r.ask(step, approved)
}

// version returns the version of a definition, writing it down if it is new.
func version(ctx context.Context, tx *tenant.Tx, kind string, d Definition) (v int, err error) {
	body := tenant.JSON(d)
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	const known = `select version from approval_definitions where kind = $1 and hash = $2`
	if err = tx.Get(ctx, &v, known, kind, hash); !errors.Is(err, tenant.ErrNoRows) {
		return v, err
	}
	// New versions of a kind are numbered one after the other.
	if _, err = tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('approval ' || app_tenant()::text || $1::text, 0))`, kind); err != nil {
		return 0, err
	}
	if err = tx.Get(ctx, &v, known, kind, hash); !errors.Is(err, tenant.ErrNoRows) {
		return v, err
	}
	err = tx.Get(ctx, &v, `
		insert into approval_definitions (kind, version, hash, body)
		select $1, coalesce(max(version), 0) + 1, $2, $3
		  from approval_definitions
		 where kind = $1
		returning version`, kind, hash, body)
	return v, err
}
