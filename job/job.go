// Package job does work later: what a transaction asked for, once it has
// committed, and what comes round again for every tenant. River keeps the
// queue; its rows name a tenant and ids and never hold content.
package job

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"

	"hetu/tenant"
)

// A Work is something a feature does later. Run is called at least once, as the
// tenant that asked and without a member; doing it again must have no further
// effect. It opens transactions as short as it can.
type Work struct {
	Name string // "exchange.copy"
	Run  func(ctx context.Context, db *tenant.DB, args json.RawMessage) error
}

// A Round is work that comes round for every active tenant in turn.
type Round struct {
	Name  string
	Every time.Duration
	Run   func(ctx context.Context, db *tenant.DB) error
}

// task is what a row of the queue holds.
type task struct {
	Tenant uuid.UUID       `json:"tenant"`
	Name   string          `json:"name"`
	Args   json.RawMessage `json:"args"`
}

func (task) Kind() string { return "work" }

// round is the periodic job that visits the tenants.
type round struct {
	Name string `json:"name"`
}

func (round) Kind() string { return "round" }

// Later makes the work called name run for the tx's tenant after tx commits,
// not before at (at once if at is zero). args must marshal to JSON and should
// hold ids only.
func Later(ctx context.Context, tx *tenant.Tx, name string, args any, at time.Time) error {
	client, err := river.NewClient(riverdatabasesql.New(nil), &river.Config{Schema: "river"})
	if err != nil {
		return fmt.Errorf("job: %w", err)
	}
	t := task{Tenant: tx.Actor.Tenant, Name: name, Args: json.RawMessage(tenant.JSON(args))}
	_, err = client.InsertTx(ctx, tx.Std(), t, &river.InsertOpts{ScheduledAt: at, MaxAttempts: 20})
	if err != nil {
		return fmt.Errorf("job: %s: %w", name, err)
	}
	return nil
}

// A Runner works the queue off on this node.
type Runner struct {
	client *river.Client[*sql.Tx]
	pool   *sql.DB
	watch  *watching
}

// ErrUnknown means the queue holds work of a feature this node does not have.
var ErrUnknown = errors.New("job: unknown work")

// Start begins to work off the queue, with at most workers pieces at a time, and
// to watch. queueURL connects as the application's role; it is used for the
// queue's own tables only.
func Start(ctx context.Context, queueURL string, db *tenant.DB, workers int, works []Work, rounds []Round, watches ...Watch) (*Runner, error) {
	pool, err := sql.Open("postgres", queueURL)
	if err != nil {
		return nil, fmt.Errorf("job: %w", err)
	}
	pool.SetMaxOpenConns(4)
	h := hands{db: db, works: map[string]Work{}, rounds: map[string]Round{}}
	var periodic []*river.PeriodicJob
	for _, w := range works {
		h.works[w.Name] = w
	}
	for _, r := range rounds {
		h.rounds[r.Name] = r
		periodic = append(periodic, river.NewPeriodicJob(river.PeriodicInterval(r.Every),
			func() (river.JobArgs, *river.InsertOpts) {
				return round{r.Name}, &river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: r.Every}}
			}, &river.PeriodicJobOpts{RunOnStart: true}))
	}
	ws := river.NewWorkers()
	river.AddWorker(ws, &workHand{hands: h})
	river.AddWorker(ws, &roundHand{hands: h})
	client, err := river.NewClient(riverdatabasesql.New(pool), &river.Config{
		Schema: "river", Workers: ws, PeriodicJobs: periodic, FetchPollInterval: 200 * time.Millisecond,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
		Logger: slog.New(slog.DiscardHandler), JobTimeout: 5 * time.Minute,
		ErrorHandler: reporter{},
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("job: %w", err), pool.Close())
	}
	if err := client.Start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("job: %w", err), pool.Close())
	}
	return &Runner{client, pool, watch(ctx, db, watches)}, nil
}

// Stop lets what is running end and gives up after the context is done.
func (r *Runner) Stop(ctx context.Context) error {
	r.watch.end()
	return errors.Join(r.client.Stop(ctx), r.pool.Close())
}

// A Waiting is work that has been asked for and not been done.
type Waiting struct {
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"`
	At   time.Time       `json:"at"` // not before
}

// unfinished are the states of work that is still to be done.
const unfinished = `kind = 'work' and state in ('available', 'pending', 'retryable', 'running', 'scheduled') and args ->> 'tenant' = $1`

// Pending returns the work of a tenant that is still to be done, in the order
// it was asked for. Only the owner of the queue may ask.
func Pending(ctx context.Context, tx *tenant.Tx, of uuid.UUID) (ws []Waiting, err error) {
	err = tx.Each(ctx, func(r tenant.Row) error {
		var t task
		var args []byte
		var w Waiting
		if err := r.Scan(&args, &w.At); err != nil {
			return err
		}
		if err := json.Unmarshal(args, &t); err != nil {
			return err
		}
		w.Name, w.Args = t.Name, t.Args
		ws = append(ws, w)
		return nil
	}, `select args, scheduled_at from river.river_job where `+unfinished+` order by id`, of.String())
	return ws, err
}

// Unfinished returns the arguments of the tx's tenant's works called name that are
// still to be done. What is not among them was done, or was given up.
func Unfinished(ctx context.Context, tx *tenant.Tx, name string) (args []json.RawMessage, err error) {
	of := tx.Actor.Tenant.String()
	err = tx.Each(ctx, func(r tenant.Row) error {
		var a []byte
		if err := r.Scan(&a); err != nil {
			return err
		}
		args = append(args, slices.Clone(a))
		return nil
	}, `select args -> 'args' from river.river_job where `+unfinished+` and args @> jsonb_build_object('tenant', $1::text, 'name', $2::text)`, of, name)
	return args, err
}

// Forget removes every trace of a tenant's work from the queue: its tasks, which
// it counts, and what rounds say of their failures with it. Only the owner of
// the queue may.
func Forget(ctx context.Context, tx *tenant.Tx, of uuid.UUID) (int64, error) {
	n, err := tx.Exec(ctx, `delete from river.river_job where args ->> 'tenant' = $1`, of.String())
	if err != nil {
		return n, err
	}
	_, err = tx.Exec(ctx, `
		update river.river_job set errors = (select array_agg(e order by n) from unnest(errors) with ordinality f (e, n) where strpos(e::text, $1) = 0)
		 where strpos(errors::text, $1) > 0`, of.String())
	return n, err
}
