package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"hetu/audit"
	"hetu/console"
	"hetu/console/plan"
	"hetu/feature"
	"hetu/job"
	"hetu/migrate"
	"hetu/org"
	"hetu/org/factor"
	"hetu/org/identity/wecom"
	"hetu/org/token"
	"hetu/rbac"
	"hetu/storage"
	"hetu/tenant"
	"hetu/vault"
	"hetu/web"
)

// Version is the version of the build.
var Version = "0.1.0"

// A Node is one server with all it holds open.
type Node struct {
	Config   Config
	DB       *tenant.DB
	Operator *tenant.DB
	Store    storage.Store
	Guard    *rbac.Guard
	Notary   *audit.Notary
	Features []feature.Feature
	Server   *fiber.App

	metrics *Metrics
	tools   Tools
	queue   *job.Runner
	closers []func() error
}

// NewNode opens everything a server needs and refuses what is unsafe: a
// database role with powers, features that contradict themselves. Nothing is
// listening and no job runs until Serve.
func NewNode(ctx context.Context, cfg Config) (*Node, error) {
	n := &Node{Config: cfg, metrics: NewMetrics()}
	if err := n.build(ctx); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

func (n *Node) build(ctx context.Context) (err error) {
	cfg := n.Config
	if n.DB, err = n.open(ctx, cfg.DatabaseURL, cfg.Conns); err != nil {
		return fmt.Errorf("HETU_DATABASE_URL: %w", err)
	}
	if n.Operator, err = n.open(ctx, cfg.OperatorURL, 4); err != nil {
		return fmt.Errorf("HETU_OPERATOR_URL: %w", err)
	}
	if err := n.migrated(ctx); err != nil {
		return err
	}
	if err := n.equip(ctx); err != nil {
		return err
	}
	n.Features = Features(n.tools)
	page, err := Static(web.Dist())
	if err != nil {
		return err
	}
	n.Server, err = NewServer(Parts{
		Deps: feature.Deps{DB: n.DB, Operators: n.Operator}, Guard: n.Guard, Plans: n.tools.Plans,
		Members: n.tools.Sessions, Operators: n.tools.Operators, Tokens: n.tools.Programs, Factor: n.tools.Factor,
		Features: n.Features, Hosts: cfg.HostNames(), Proxies: cfg.Proxies, Version: Version,
		Ready: n.ready, Metrics: n.metrics, Web: page,
		Requests: &Turns{Most: max(2, cfg.Conns/4), Waiting: 200, Patience: 5 * time.Second},
		Exports:  &Turns{Most: 2, Waiting: 20, Patience: 30 * time.Second},
		Bodies:   &Turns{Most: 8, Waiting: 24, Patience: 5 * time.Second},
		// At the doors one looks up while the others are hashed. Many wait, and a
		// flood waits too: to refuse it at once is what costs the most (DO-05).
		Door:   &Turns{Most: runtime.GOMAXPROCS(0) + 1, Waiting: 1000, Patience: 5 * time.Second},
		OpDoor: &Turns{Most: 2, Waiting: 100, Patience: 5 * time.Second},
	})
	return err
}

func (n *Node) open(ctx context.Context, url string, conns int) (*tenant.DB, error) {
	db, err := tenant.Open(ctx, url, tenant.Limits{Conns: conns})
	if err != nil {
		return nil, err
	}
	n.closers = append(n.closers, db.Close)
	return db, errors.Join(db.CheckRole(ctx), db.CheckClock(ctx, time.Now()))
}

// migrated returns an error unless everything this program brings for the
// schema has been applied to its end (OP-01).
func (n *Node) migrated(ctx context.Context) error {
	var applied []string
	err := n.DB.Public(ctx, func(tx *tenant.Tx) error { return tx.Select(ctx, &applied, `select migrations.applied()`) })
	if err != nil {
		return fmt.Errorf("the schema is older than this program; run `hetu migrate`: %w", err)
	}
	file, err := migrate.Missing(applied, Lines()...)
	if err == nil && file != "" {
		err = fmt.Errorf("the schema lacks %s; run `hetu migrate`", file)
	}
	return err
}

func (n *Node) equip(ctx context.Context) (err error) {
	cfg := n.Config.Storage()
	if n.Store, err = storage.Open(ctx, cfg); err != nil {
		return err
	}
	t := &n.tools
	t.Store = n.Store
	if t.Staging, err = cfg.Staging(); err != nil {
		return err
	}
	t.Scanner = cfg.Scanner()
	key, err := n.Config.auditKey()
	if err != nil {
		return fmt.Errorf("HETU_AUDIT_KEY: %w", err)
	}
	n.Notary = &audit.Notary{Store: n.Store, Key: key, Trusted: n.Config.AuditKeys}
	t.Notary = n.Notary
	if t.Factor, err = n.Config.factor(); err != nil {
		return fmt.Errorf("HETU_SECRET_KEY: %w", err)
	}
	if t.Networks, err = n.Config.networks(); err != nil {
		return err
	}
	t.WeCom = wecom.NewTokens(n.DB, t.Factor.Key)
	if t.Programs, err = org.SessionsOf(token.Find(n.DB), 5000); err != nil {
		return err
	}
	t.Passwords = org.NewPasswords(org.Strength, 64)
	if t.Sessions, err = org.NewSessions(n.DB, 20000); err != nil {
		return err
	}
	if t.Operators, err = console.NewSessions(n.Operator, 1000); err != nil {
		return err
	}
	n.Guard, err = rbac.NewGuard(n.DB, n.Config.Tenants)
	if err != nil {
		return err
	}
	t.Guard = n.Guard
	if t.Plans, err = plan.NewBook(n.DB, n.Config.Tenants); err != nil {
		return err
	}
	n.DB.Committed(func(c tenant.Change) {
		if c.Kind == "rights" {
			n.Guard.Drop(c.Subject)
		}
	})
	return nil
}

// auditKey reads the key that signs how far the audit goes. Nodes that do not
// share a data directory have to be given one.
func (c Config) auditKey() (audit.Key, error) {
	if c.AuditKey != "" {
		return audit.ParseKey(c.AuditKey)
	}
	return audit.LoadKey(filepath.Join(c.DataDir, "audit.key"))
}

// factor reads the key that second factors are sealed with, and who has to show
// one. Nodes that do not share a data directory have to be given the key.
func (c Config) factor() (o factor.Options, err error) {
	o = factor.Options{Site: c.BaseURL, Demand: c.SecondFactor}
	if c.SecretKey != "" {
		o.Key, err = vault.Parse(c.SecretKey)
	} else {
		o.Key, err = vault.Load(filepath.Join(c.DataDir, "secret.key"))
	}
	return o, err
}

// Storage says where the objects are kept.
func (c Config) Storage() storage.Config {
	return storage.Config{
		Driver: c.Store, Dir: filepath.Join(c.DataDir, "objects"), StagingDir: filepath.Join(c.DataDir, "staging"),
		Endpoint: c.S3Endpoint, AccessKey: c.S3AccessKey, SecretKey: c.S3SecretKey, Bucket: c.S3Bucket, Region: c.S3Region, TLS: c.S3TLS,
		ClamdAddr: c.ClamdAddress,
	}
}

func (n *Node) ready(ctx context.Context) error {
	return errors.Join(n.DB.Ping(ctx), n.Operator.Ping(ctx), n.Store.Ping(ctx))
}

// Start hears what other nodes say and begins to work off the queue.
func (n *Node) Start(ctx context.Context) error {
	err := tenant.Listen(ctx, n.Config.DatabaseURL, map[string]func(string){
		"hetu_rights":   func(p string) { id, _ := uuid.Parse(p); n.Guard.Drop(id) }, // nil drops everything
		"hetu_sessions": func(string) { n.tools.Sessions.Hear(); n.tools.Operators.Hear(); n.tools.Programs.Hear() },
	})
	if err != nil {
		return err
	}
	go n.sweep(ctx)
	if n.Config.Workers == 0 {
		return nil
	}
	go console.WorkLists(ctx, n.Operator)
	dsn, err := tenant.DSN(n.Config.DatabaseURL, tenant.Limits{Statement: time.Minute})
	if err != nil {
		return err
	}
	works, rounds := work(n.Features)
	n.queue, err = job.Start(ctx, dsn, n.DB, n.Config.Workers, works, rounds, watches(n.Features)...)
	return err
}

// sweep removes, once an hour, what writes that were cut short have left in the
// store.
func (n *Node) sweep(ctx context.Context) {
	hour := time.NewTicker(time.Hour)
	defer hour.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hour.C:
			if _, err := n.Store.Sweep(ctx); err != nil {
				slog.WarnContext(ctx, "the object store could not be swept", "err", err)
			}
		}
	}
}

// Serve answers on ln, and on the admin listener if there is one, until ctx is
// done; then it lets what is under way end.
func (n *Node) Serve(ctx context.Context, ln net.Listener) error {
	failed := make(chan error, 2)
	go func() { failed <- n.Server.Listener(ln) }()
	admin := &http.Server{Addr: n.Config.AdminListen, Handler: n.metrics.AdminHandler(), ReadHeaderTimeout: 5 * time.Second}
	if n.Config.AdminListen != "" {
		go func() {
			if err := admin.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("admin listener: %w", err)
			}
		}()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	slog.InfoContext(ctx, "stopping")
	stop, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	err = errors.Join(err, n.Server.ShutdownWithTimeout(10*time.Second), admin.Shutdown(stop))
	if n.queue != nil {
		err = errors.Join(err, n.queue.Stop(stop))
	}
	return err
}

// Close lets go of what NewNode opened.
func (n *Node) Close() error {
	var errs []error
	for i := len(n.closers) - 1; i >= 0; i-- {
		errs = append(errs, n.closers[i]())
	}
	return errors.Join(errs...)
}

// Seed gives a tenant what every feature of this node needs from the start.
func (n *Node) Seed(ctx context.Context, tx *tenant.Tx) error { return Seed(ctx, tx, n.Features) }
