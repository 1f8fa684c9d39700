package app

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"hetu/console/plan"
	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/org/factor"
	apitoken "hetu/org/token"
	"hetu/rbac"
	"hetu/tenant"
)

// What a request is refused for before it reaches a feature.
var (
	errEncoding   = fault.New(fault.Unsupported, "request.content_encoding")
	errMediaType  = fault.New(fault.Unsupported, "request.content_type")
	errFraming    = fault.New(fault.Invalid, "request.framing")
	errHost       = fault.New(fault.NotFound, "request.unknown_host")
	errCSRF       = fault.New(fault.Forbidden, "request.csrf")
	errCrossSite  = fault.New(fault.Forbidden, "request.cross_site")
	errMustChange = fault.New(fault.Forbidden, "org.must_change_password")
)

// open begins every request: an id of our own, safe headers, and a panic
// becomes a plain 500 whose text only the log sees.
func open(c *fiber.Ctx) (err error) {
	id := tenant.NewID().String()
	c.Locals(requestIDLocal, id)
	c.Set("X-Request-Id", id)
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Referrer-Policy", "same-origin")
	c.Set("X-Frame-Options", "DENY")
	c.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	c.Set("Content-Security-Policy", policy)
	c.Set("Cache-Control", "private, no-store")
	defer func() {
		if p := recover(); p != nil {
			slog.ErrorContext(c.UserContext(), "panic", "route", c.Route().Path, "request_id", id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = errors.New("panic")
		}
	}()
	return c.Next()
}

const policy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

// refuse turns away what no honest client sends: compressed bodies, a host that
// is not ours.
func refuse(hosts []string, tenants *plan.Book) fiber.Handler {
	return func(c *fiber.Ctx) error {
		h := &c.Request().Header
		if enc := h.Peek(fiber.HeaderContentEncoding); len(enc) > 0 && !bytes.EqualFold(enc, []byte("identity")) {
			return errEncoding
		}
		host := string(h.Host())
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		host = strings.ToLower(host)
		if len(h.PeekAll(fiber.HeaderHost)) > 1 || !slices.Contains(hosts, host) && !tenants.Host(c.UserContext(), host) {
			c.Context().SetConnectionClose()
			return errHost
		}
		return c.Next()
	}
}

// Identity is who a session token belongs to.
type Identity = org.Identity

// An Identifier knows the sessions of one kind of user.
type Identifier interface {
	// Identify returns whose token it is, or an error that is a fault of kind
	// Unauthenticated if it is nobody's.
	Identify(ctx context.Context, token string) (Identity, error)
}

// A forgetter is an Identifier that remembers, and is told when the session with
// a token, or another of the same person, has just begun, changed or ended.
type forgetter interface{ Forget(token string) }

// gate lets a request through to a route if whoever asks may use it.
type gate struct {
	members, operators Identifier
	tokens             Identifier // of programs that act for members; nil: there are none
	second, opSecond   *factor.Desk
	guard              *rbac.Guard
	plans              *plan.Book
	db                 *tenant.DB
	requests, exports  *Turns
	bodies             *Turns // of each member, that are long enough to keep others waiting
	door, opDoor       *Turns // of whoever is nobody yet
}

// exempt routes serve people who must change their password first.
var exempt = map[string]bool{"/api/org/me": true, "/api/org/password": true, "/api/org/sign-out": true,
	"/api/console/me": true, "/api/console/password": true, "/api/console/sign-out": true}

// keeping are the routes that change nothing but one's own session or keep others
// out of one's own account, those that let operators look or shut them out, and
// those by which a unit answers another about a person of both (R249): it changes
// nothing of its own by that. Whoever may only read uses them too.
var keeping = map[string]bool{"/api/org/sign-out": true, "/api/org/password": true, "/api/org/switch": true, "/api/org/sessions/:id": true,
	"/api/org/stolen": true, "/api/token/mine/:id": true,
	"/api/glass/requests/:id/answer": true, "/api/glass/requests/:id/close": true,
	"/api/org/consents/:id/give": true, "/api/org/consents/:id/refuse": true, "/api/factor/consents/:id/give": true, "/api/factor/consents/:id/refuse": true}

func (g gate) check(of string, r feature.Route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := sameSite(c, r); err != nil {
			return err
		}
		if r.Endpoint.Changes {
			if err := mediaType(c, r.Endpoint); err != nil {
				return err
			}
		}
		cookie, users := feature.SessionCookie, g.members
		if r.Needs == rbac.Operator || strings.HasPrefix(r.Path, "/console/") { // the operators' door, from both sides
			cookie, users = feature.OperatorCookie, g.operators
		}
		token := c.Cookies(cookie)
		program, isProgram := bearer(c)
		if isProgram = isProgram && g.tokens != nil && cookie == feature.SessionCookie && r.Needs != rbac.Anyone; isProgram {
			token, users = program, g.tokens
		}
		c.Locals(feature.TokenLocal, token)
		if f, ok := users.(forgetter); ok && r.Endpoint.Enters() {
			defer f.Forget(token)
		}
		anonymous := tenant.Actor{Request: requestID(c), IP: c.IP()}
		c.SetUserContext(tenant.As(c.UserContext(), anonymous))
		if r.Needs == rbac.Anyone {
			return g.queue(c, r, cookie)
		}
		who, err := users.Identify(c.UserContext(), token)
		if err != nil {
			return err
		}
		who.Actor.Request, who.Actor.IP = anonymous.Request, anonymous.IP
		c.SetUserContext(tenant.As(c.UserContext(), who.Actor))
		if r.Endpoint.Changes && !isProgram && subtle.ConstantTimeCompare([]byte(c.Get("X-CSRF-Token")), []byte(who.CSRF)) != 1 {
			return errCSRF
		}
		if who.MustChange && !exempt[c.Route().Path] {
			return errMustChange
		}
		if r.Needs == rbac.Operator {
			if err := lacks(c, g.opSecond, who, nil); err != nil {
				return err
			}
			return c.Next()
		}
		if err := g.plans.Allow(c.UserContext(), of, r.Endpoint.Changes && !keeping[c.Route().Path] && !settingUp(c.Route().Path)); err != nil {
			return err
		}
		if err := g.fetch(c, r, who.Actor.Member); err != nil {
			return err
		}
		back, err := g.turns(c, r).Take(c.UserContext(), who.Actor.Tenant, who.Actor.Member)
		if err != nil {
			return err
		}
		defer back()
		return g.permit(c, r, who)
	}
}

// queue has whoever is nobody yet wait at the door before anything of theirs
// reaches the database: however many come, those who are in find it free
// (DO-05). Who only looks stands in a line of their own, and whom another house
// has to recognise in none, or all would wait for that house.
func (g gate) queue(c *fiber.Ctx, r feature.Route, cookie string) error {
	if r.Endpoint.Streams || strings.HasPrefix(r.Path, "/identity/") {
		return c.Next()
	}
	if err := g.fetch(c, r, uuid.NewSHA1(uuid.Nil, []byte(c.IP()))); err != nil {
		return err
	}
	door, line := g.door, uuid.Nil
	if cookie == feature.OperatorCookie {
		door = g.opDoor
	}
	if r.Endpoint.Changes {
		line[0] = 1
	}
	back, err := door.Take(c.UserContext(), line, uuid.Nil)
	if err != nil {
		return org.ErrBusy.With("retry_after", 2)
	}
	defer back()
	return c.Next()
}

// fetch reads a body that has not come yet before it is the request's turn: a
// client that sends it slowly would keep the turn from its colleagues (DO-02).
// Each member sends so many at a time, which bounds what they take of memory.
func (g gate) fetch(c *fiber.Ctx, r feature.Route, member uuid.UUID) error {
	if n := c.Request().Header.ContentLength(); !r.Endpoint.Changes || r.Endpoint.Streams || n >= 0 && n <= atOnce {
		return nil
	}
	back, err := g.bodies.Take(c.UserContext(), member, uuid.Nil)
	if err != nil {
		return err
	}
	defer back()
	feature.Fetch(c)
	return nil
}

// atOnce is how much of a body the server has read before it asks us.
const atOnce = 8 << 10

// turns are whose turn a request has to wait for. Bytes that stream wait for
// none: they go at the pace of the client, outside transactions. Those that are
// made first wait like a list as a workbook.
func (g gate) turns(c *fiber.Ctx, r feature.Route) *Turns {
	switch {
	case r.Endpoint.Gathers(c):
		return g.exports
	case r.Endpoint.Streams:
		return nil
	}
	return g.requests
}

func (g gate) permit(c *fiber.Ctx, r feature.Route, who Identity) error {
	rights, err := g.guard.Rights(c.UserContext())
	if err != nil {
		// Fail closed, but do not say that it is forbidden: whoever tries again
		// when the database is back may well be allowed.
		return errors.Join(tenant.ErrUnavailable, err)
	}
	if err := lacks(c, g.second, who, rights); err != nil {
		return err
	}
	if who.Limits != nil {
		rights = rights.Only(who.Limits.Permissions)
	}
	c.SetUserContext(rbac.With(c.UserContext(), rights))
	beyond := apitoken.Permit(who.Limits, r)
	switch {
	case beyond != nil:
		err = beyond
	case r.Needs != rbac.Member && !rights.Has(r.Needs):
		err = rights.Denial(r.Needs)
	case rights.Frozen() != nil && r.Endpoint.Changes && !personal(r.Path):
		err = rights.Denial(r.Needs)
	default:
		err = c.Next()
	}
	if err != nil && r.Endpoint.Changes && (fault.Of(err).Kind == fault.Forbidden || slices.Contains(r.Endpoint.RefusedCodes, fault.Of(err).Code)) {
		g.refused(c, r, err)
	}
	return err
}

// personal reports whether a route is about one's own account and messages,
// which stay with whoever may do nothing else for a time (R270).
func personal(path string) bool {
	return strings.HasPrefix(path, "/org/") || strings.HasPrefix(path, "/message/") || strings.HasPrefix(path, "/factor/mine")
}

// refused records an attempt at what somebody may not do (R024).
func (g gate) refused(c *fiber.Ctx, r feature.Route, why error) {
	err := g.db.Write(c.UserContext(), func(tx *tenant.Tx) error {
		if record := r.Endpoint.Refused; record != nil {
			return record(c.UserContext(), tx, feature.Refusal{Route: r.Method + " " + r.Path, Path: c.Path(), Code: fault.Of(why).Code,
				Param: func(name string) string { return c.Params(name) }})
		}
		tx.Audit("refused", c.Path(), map[string]string{"route": r.Method + " " + r.Path, "code": fault.Of(why).Code})
		return nil
	})
	if err != nil {
		slog.ErrorContext(c.UserContext(), "a refusal could not be audited", "err", err)
	}
}

// sameSite refuses a request that changes something and was started by a page
// of another site.
func sameSite(c *fiber.Ctx, r feature.Route) error {
	if !r.Endpoint.Changes {
		return nil
	}
	if site := c.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return errCrossSite
	}
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		return nil
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || !strings.EqualFold(u.Host, string(c.Request().Header.Host())) {
		return errCrossSite
	}
	return nil
}

// mediaType refuses a body in a type that a plain HTML form could send.
func mediaType(c *fiber.Ctx, e feature.Endpoint) error {
	if c.Request().Header.ContentLength() == 0 {
		return nil
	}
	want := fiber.MIMEApplicationJSON
	if e.Streams {
		want = fiber.MIMEOctetStream
	}
	got, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";")
	if !strings.EqualFold(strings.TrimSpace(got), want) {
		return errMediaType
	}
	return nil
}
