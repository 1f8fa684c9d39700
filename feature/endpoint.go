package feature

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"net"
	"reflect"
	"strings"

	"github.com/gofiber/fiber/v2"

	"hetu/fault"
	"hetu/rbac"
	"hetu/tenant"
)

// MaxBody is the longest JSON body taken, in bytes.
const MaxBody = 1 << 20

// Deps are what endpoints work on.
type Deps struct {
	DB        *tenant.DB // as the application's role
	Operators *tenant.DB // as the operators' role; nil where the console is off
}

// An Endpoint serves one route. Its zero value serves nothing and is refused by
// Check.
type Endpoint struct {
	In, Out  reflect.Type // Out is nil for content
	Changes  bool         // it is not a GET
	Streams  bool         // its body or its answer is bytes, not JSON
	door     bool
	operator bool
	plan     *plan
	serve    func(*fiber.Ctx, Deps) error
	export   func(*fiber.Ctx, Deps, *Sheet) error // nil for what can be no sheet
	sheet    *Sheet                               // nil if its list cannot be had as one

	recorded string // the action of an audit row for each reading; empty: none
	gathers  bool   // its bytes are put together whole before the first one leaves

	Refused      func(context.Context, *tenant.Tx, Refusal) error // what records a refusal; nil: an audit row
	RefusedCodes []string                                         // of faults that are refusals besides a missing right
}

// Enters reports whether a session may begin, change or end with the request.
func (e Endpoint) Enters() bool { return e.door && e.Changes }

// Doors reports whether it is a door: made with Door or Look.
func (e Endpoint) Doors() bool { return e.door }

// Exports reports whether the request asks for a list as a workbook.
func (e Endpoint) Exports(c *fiber.Ctx) bool { return e.sheet != nil && c.Query("format") != "" }

// Gathers reports whether the answer is put together whole in memory before its
// first byte leaves, however long it is: a list as a workbook, a package of records.
func (e Endpoint) Gathers(c *fiber.Ctx) bool { return e.gathers || e.Exports(c) }

// Serve answers the request.
func (e Endpoint) Serve(c *fiber.Ctx, d Deps) error {
	if e.Exports(c) {
		return e.export(c, d, e.sheet)
	}
	if err := e.serve(c, d); err != nil || e.recorded == "" {
		return err
	}
	return e.record(c, d)
}

// ErrNoKey means a request that changes something came without an
// Idempotency-Key of 8 to 64 characters.
var ErrNoKey = fault.New(fault.Invalid, "request.idempotency_missing").On("Idempotency-Key")

// Read makes an endpoint of a function that only reads. The function sees
// decoded, valid input and a read-only transaction.
func Read[In, Out any](fn func(context.Context, *tenant.Tx, In) (Out, error)) Endpoint {
	p := planFor[In]()
	return Endpoint{In: p.typ, Out: reflect.TypeFor[Out](), plan: p, serve: func(c *fiber.Ctx, d Deps) error {
		return read(c, p, d.DB.Read, fn)
	}, export: func(c *fiber.Ctx, d Deps, s *Sheet) error {
		return export(c, p, s, d.DB.Read, d.DB.Write, fn)
	}}
}

// Afterwards makes an endpoint of a function that reads, and returns what is to be
// done once its transaction has ended: what waits for the object store or takes
// long. That alone makes the answer.
func Afterwards[In, Out any](fn func(context.Context, *tenant.Tx, In) (func(context.Context) (Out, error), error)) Endpoint {
	p := planFor[In]()
	return Endpoint{In: p.typ, Out: reflect.TypeFor[Out](), plan: p, serve: func(c *fiber.Ctx, d Deps) error {
		var input In
		if err := p.decode(c, nil, &input); err != nil {
			return err
		}
		var rest func(context.Context) (Out, error)
		err := d.DB.Read(c.UserContext(), func(tx *tenant.Tx) (err error) {
			rest, err = fn(c.UserContext(), tx, input)
			return err
		})
		if err != nil {
			return err
		}
		out, err := rest(c.UserContext())
		if err != nil {
			return err
		}
		body, err := json.Marshal(out)
		if err != nil {
			return err
		}
		return answer(c, fiber.StatusOK, body)
	}}
}

// Write makes an endpoint of a function that changes things. Its transaction
// commits if it returns no error, together with its audit rows, its deeds and
// the answer under the request's idempotency key. Sent again with the same key,
// it has no effect and the answer is the same.
func Write[In, Out any](fn func(context.Context, *tenant.Tx, In) (Out, error)) Endpoint {
	p := planFor[In]()
	return Endpoint{In: p.typ, Out: reflect.TypeFor[Out](), Changes: true, plan: p, serve: func(c *fiber.Ctx, d Deps) error {
		return write(c, p, d.DB.Write, fn)
	}}
}

// OperatorRead is Read for the platform's operators.
func OperatorRead[In, Out any](fn func(context.Context, *tenant.Tx, In) (Out, error)) Endpoint {
	p := planFor[In]()
	return Endpoint{In: p.typ, Out: reflect.TypeFor[Out](), operator: true, plan: p, serve: func(c *fiber.Ctx, d Deps) error {
		return read(c, p, d.Operators.Operate, fn)
	}, export: func(c *fiber.Ctx, d Deps, s *Sheet) error {
		return export(c, p, s, d.Operators.Operate, d.Operators.Operate, fn)
	}}
}

// OperatorWrite is Write for the platform's operators.
func OperatorWrite[In, Out any](fn func(context.Context, *tenant.Tx, In) (Out, error)) Endpoint {
	p := planFor[In]()
	return Endpoint{In: p.typ, Out: reflect.TypeFor[Out](), Changes: true, operator: true, plan: p, serve: func(c *fiber.Ctx, d Deps) error {
		return write(c, p, d.Operators.Operate, fn)
	}}
}

type run = func(context.Context, func(*tenant.Tx) error) error

func read[In, Out any](c *fiber.Ctx, p *plan, in run, fn func(context.Context, *tenant.Tx, In) (Out, error)) error {
	var input In
	if err := p.decode(c, nil, &input); err != nil {
		return err
	}
	var out Out
	err := in(c.UserContext(), func(tx *tenant.Tx) (err error) {
		out, err = fn(c.UserContext(), tx, input)
		return err
	})
	if err != nil {
		return err
	}
	body, err := written(out)
	if err != nil {
		return err
	}
	return answer(c, fiber.StatusOK, body)
}

// Written is what an answer may be besides data: its JSON, made before. Nil:
// that is still to be made.
type Written interface{ JSON() []byte }

func written(out any) ([]byte, error) {
	if w, ok := out.(Written); ok {
		if body := w.JSON(); body != nil {
			return body, nil
		}
	}
	return json.Marshal(out)
}

func write[In, Out any](c *fiber.Ctx, p *plan, in run, fn func(context.Context, *tenant.Tx, In) (Out, error)) error {
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	raw, err := Body(c, MaxBody)
	if err != nil {
		return err
	}
	var input In
	if err := p.decode(c, raw, &input); err != nil {
		return err
	}
	hash := requestHash(c, raw)
	var body []byte
	err = in(c.UserContext(), func(tx *tenant.Tx) error {
		out, err := fn(c.UserContext(), tx, input)
		if err != nil {
			return err
		}
		if body, err = json.Marshal(out); err != nil {
			return err
		}
		tx.Answer(c.Route().Path, key, hash, fiber.StatusOK, body)
		return nil
	})
	if err == nil {
		return answer(c, fiber.StatusOK, body)
	}
	return replay(c, in, key, hash, err)
}

// replay answers what the key's first request was answered; if there was none,
// the failure stands. Looking only after a failure saves a statement on every
// request that is not a repetition.
func replay(c *fiber.Ctx, in run, key string, hash []byte, failure error) error {
	if k := fault.Of(failure).Kind; !errors.Is(failure, tenant.ErrReplay) && (k == fault.Internal || k == fault.Unavailable) {
		return failure
	}
	var status int
	var body []byte
	err := in(c.UserContext(), func(tx *tenant.Tx) (err error) {
		status, body, err = tx.Replay(c.UserContext(), key, hash)
		return err
	})
	if errors.Is(err, tenant.ErrNoRows) {
		return failure
	}
	if err != nil {
		return err
	}
	c.Set("Idempotent-Replay", "true")
	return answer(c, status, body)
}

func answer(c *fiber.Ctx, status int, body []byte) error {
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Status(status).Send(body)
}

func idempotencyKey(c *fiber.Ctx) (string, error) {
	key := c.Get("Idempotency-Key")
	if len(key) < 8 || len(key) > 64 || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "", ErrNoKey
	}
	return key, nil
}

// requestHash tells one request from another that carries the same key.
func requestHash(c *fiber.Ctx, body []byte) []byte {
	h := sha256.New()
	_, _ = io.WriteString(h, c.Method()+" "+c.OriginalURL()+"\n")
	_, _ = h.Write(body)
	return h.Sum(nil)
}

// A Client is who a door opens to: somebody whose session begins, changes or
// ends with the request.
type Client struct {
	IP, UserAgent string
	Host          string // the name the server was asked under, in small letters, without the port
	Rights        *rbac.Rights
	Token         string // of the session the request came with, if any

	c *fiber.Ctx
}

// SetSession gives the browser a session token, or takes it away if token is
// empty. The cookie dies with the browser, is never read by a script and never
// sent in the clear.
func (cl *Client) SetSession(cookie, token string) {
	ck := &fiber.Cookie{Name: cookie, Value: token, Path: "/", HTTPOnly: true, Secure: true, SameSite: "Lax", SessionOnly: true}
	if token == "" {
		ck.MaxAge, ck.SessionOnly = -1, false
	}
	cl.c.Cookie(ck)
}

// Cookie returns what the browser sent under a name; empty if nothing.
func (cl *Client) Cookie(name string) string {
	if cl.c == nil {
		return ""
	}
	return strings.Clone(cl.c.Cookies(name))
}

// SessionCookie and OperatorCookie name the cookies of the two kinds of session.
const (
	SessionCookie  = "__Host-hetu"
	OperatorCookie = "__Host-hetu-op"
)

// Door makes an endpoint of a function that begins, changes or ends a session.
// It opens its own transactions and its answer is never kept: a token must not
// lie in a table.
func Door[In, Out any](fn func(context.Context, Deps, *Client, In) (Out, error)) Endpoint {
	p := planFor[In]()
	return Endpoint{In: p.typ, Out: reflect.TypeFor[Out](), Changes: true, door: true, plan: p, serve: func(c *fiber.Ctx, d Deps) error {
		if _, err := idempotencyKey(c); err != nil {
			return err
		}
		return door(c, d, p, fn)
	}}
}

// Look is a Door that changes nothing: a GET.
func Look[In, Out any](fn func(context.Context, Deps, *Client, In) (Out, error)) Endpoint {
	p := planFor[In]()
	return Endpoint{In: p.typ, Out: reflect.TypeFor[Out](), door: true, plan: p, serve: func(c *fiber.Ctx, d Deps) error {
		return door(c, d, p, fn)
	}}
}

func door[In, Out any](c *fiber.Ctx, d Deps, p *plan, fn func(context.Context, Deps, *Client, In) (Out, error)) error {
	raw, err := Body(c, MaxBody)
	if err != nil {
		return err
	}
	var input In
	if err := p.decode(c, raw, &input); err != nil {
		return err
	}
	cl := &Client{IP: c.IP(), UserAgent: c.Get(fiber.HeaderUserAgent), Host: hostOf(c), Rights: rbac.From(c.UserContext()), c: c}
	cl.Token, _ = c.Locals(TokenLocal).(string)
	out, err := fn(c.UserContext(), d, cl, input)
	if err != nil {
		return err
	}
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return answer(c, fiber.StatusOK, body)
}

// hostOf is what the Host header says: a name the server answers to, or the
// request would not have come so far.
func hostOf(c *fiber.Ctx) string {
	host := string(c.Request().Header.Host())
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(host)
}

// TokenLocal is where the session middleware leaves the token a request came with.
const TokenLocal = "hetu-token"
