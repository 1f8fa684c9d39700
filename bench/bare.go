package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"hetu/storage"
)

const bareCommand = "bare-server"

// A bare server runs the product's SQL on the product's tables under the same
// row security, with its statements prepared once per connection, and answers
// in the same JSON. It asks nobody who they are, checks no right, remembers no
// request, writes no audit and cleans no text: it is what is left when all that
// Hetu adds is taken away.
type bare struct {
	db    *sqlx.DB
	stmts sync.Map // query → *sqlx.Stmt
	store storage.Store
}

func serveBare() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	db, err := sqlx.Open("postgres", os.Getenv("BENCH_DATABASE")+"&binary_parameters=yes&timezone=Asia/Shanghai")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	b := &bare{db: db}
	if b.store, err = storage.Open(ctx, storage.Config{Driver: "fs", Dir: os.Getenv("BENCH_FILES")}); err != nil {
		return err
	}
	app := fiber.New(fiber.Config{DisableStartupMessage: true, StreamRequestBody: true, BodyLimit: 1 << 20})
	app.Get("/livez", func(c *fiber.Ctx) error { return c.SendString("ok") })
	app.Get("/list", b.in(list))
	app.Get("/item", b.in(item))
	app.Get("/todo", b.in(todo))
	app.Post("/create", b.in(create))
	app.Post("/submit", b.in(submit))
	app.Post("/approve", b.in(approve))
	app.Post("/publish", b.in(release))
	app.Post("/files", b.upload)
	app.Get("/files", b.download)
	failed := make(chan error, 1)
	go func() { failed <- app.Listen(os.Getenv("BENCH_LISTEN")) }()
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = app.ShutdownWithTimeout(5 * time.Second)
	}
	return errors.Join(err, db.Close())
}

// A call is one request inside its transaction.
type call struct {
	b                       *bare
	c                       *fiber.Ctx
	tx                      *sqlx.Tx
	tenant, member, account uuid.UUID
	now                     time.Time
	err                     error // the first thing that failed; nothing runs after it
}

// background is a context that cannot end, like the product's: with another,
// lib/pq would watch over every statement with a goroutine of its own.
var background = context.Background()

// in opens the transaction of the tenant that the request names and answers
// with what fn returns.
func (b *bare) in(fn func(*call) any) fiber.Handler {
	return func(c *fiber.Ctx) error {
		k := &call{b: b, c: c, tenant: uuid.MustParse(c.Query("t")), member: uuid.MustParse(c.Query("m")), account: uuid.MustParse(c.Query("a")), now: time.Now()}
		var err error
		if k.tx, err = b.db.BeginTxx(background, nil); err != nil {
			return err
		}
		defer func() { _ = k.tx.Rollback() }() // no effect once committed
		if _, err := k.tx.ExecContext(background, "set local app.tenant_id = '"+k.tenant.String()+"'"); err != nil {
			return err
		}
		out := fn(k)
		if k.err != nil {
			return k.err
		}
		if err := k.tx.Commit(); err != nil {
			return err
		}
		return c.JSON(out)
	}
}

// stmt returns the statement for a query, prepared on this connection.
func (k *call) stmt(query string) *sqlx.Stmt {
	s, ok := k.b.stmts.Load(query)
	if !ok {
		fresh, err := k.b.db.Preparex(query)
		if err != nil {
			k.err = fmt.Errorf("%w: %s", err, query)
			return nil
		}
		s, _ = k.b.stmts.LoadOrStore(query, fresh)
	}
	return k.tx.StmtxContext(background, s.(*sqlx.Stmt))
}

// run runs one statement unless something has failed before.
func (k *call) run(query string, fn func(*sqlx.Stmt) error) {
	if k.err != nil {
		return
	}
	if s := k.stmt(query); s != nil {
		if err := fn(s); err != nil {
			k.err = fmt.Errorf("%w: %s", err, query)
		}
	}
}

func (k *call) get(dst any, query string, args ...any) {
	k.run(query, func(s *sqlx.Stmt) error { return s.GetContext(background, dst, args...) })
}

// try is get for what need not be there.
func (k *call) try(dst any, query string, args ...any) {
	k.run(query, func(s *sqlx.Stmt) error {
		err := s.GetContext(background, dst, args...)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
}

func (k *call) all(dst any, query string, args ...any) {
	k.run(query, func(s *sqlx.Stmt) error { return s.SelectContext(background, dst, args...) })
}

func (k *call) exec(query string, args ...any) {
	k.run(query, func(s *sqlx.Stmt) error {
		_, err := s.ExecContext(background, args...)
		return err
	})
}

func (k *call) body(into any) {
	if b := k.c.Context().RequestBodyStream(); b != nil {
		k.err = json.NewDecoder(b).Decode(into)
		return
	}
	k.err = json.Unmarshal(k.c.Body(), into)
}

func (k *call) id() uuid.UUID { return uuid.MustParse(k.c.Query("id")) }
