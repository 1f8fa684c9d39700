package app

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"hetu/console/plan"
	"hetu/fault"
	"hetu/feature"
	"hetu/org/factor"
	"hetu/rbac"
)

// Parts are what a server is made of.
type Parts struct {
	Deps      feature.Deps
	Guard     *rbac.Guard
	Tokens    Identifier     // of programs that act for members; nil: there are none
	Factor    factor.Options // who has to show a second factor
	Plans     *plan.Book     // what tenants may use; nil: everything
	Members   Identifier
	Operators Identifier
	Features  []feature.Feature
	Hosts     []string // names the server answers to
	Proxies   []string // addresses whose X-Forwarded-For is believed
	Version   string
	Ready     func(context.Context) error // what /readyz asks
	Metrics   *Metrics                    // nil: not measured
	Web       fiber.Handler               // serves the browser app; nil: none
	Requests  *Turns                      // of each tenant's members; nil: no limit
	Exports   *Turns                      // of lists as workbooks; nil: no limit
	Bodies    *Turns                      // of each member, while they are being sent; nil: no limit
	Door      *Turns                      // of whoever is nobody yet; nil: no limit
	OpDoor    *Turns                      // the same at the operators' door
}

// NewServer returns the server. It refuses features that contradict themselves.
func NewServer(p Parts) (*fiber.App, error) {
	if err := feature.Check(p.Features...); err != nil {
		return nil, err
	}
	spec := sync.OnceValues(func() ([]byte, error) { return json.Marshal(feature.OpenAPI(p.Version, p.Features...)) })
	srv := fiber.New(fiber.Config{
		Immutable: true, // what a handler reads may outlive the request
		AppName:   "hetu", ErrorHandler: respond, DisableStartupMessage: true,
		StrictRouting: true, CaseSensitive: true,
		BodyLimit: feature.MaxBody, StreamRequestBody: true, // longer bodies are refused or streamed by the route
		DisablePreParseMultipartForm: true,
		ReadTimeout:                  10 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 60 * time.Second,
		ReadBufferSize:          8 << 10,
		EnableTrustedProxyCheck: true, TrustedProxies: p.Proxies, ProxyHeader: proxyHeader(p.Proxies), EnableIPValidation: true,
	})
	srv.Use(open, framing, sender(p.Proxies))
	if p.Metrics != nil {
		srv.Use(p.Metrics.observe)
	}
	srv.Get("/livez", func(c *fiber.Ctx) error { return c.SendString("ok") })
	srv.Get("/readyz", readiness(p.Ready))
	srv.Use(refuse(p.Hosts, p.Plans))
	srv.Get("/api/openapi.json", func(c *fiber.Ctx) error {
		text, err := spec()
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(text)
	})
	second, opSecond := desks(p.Factor)
	g := gate{members: p.Members, operators: p.Operators, tokens: p.Tokens, second: second, opSecond: opSecond, guard: p.Guard, plans: p.Plans, db: p.Deps.DB, requests: p.Requests, exports: p.Exports, bodies: p.Bodies,
		door: p.Door, opDoor: p.OpDoor}
	for _, f := range p.Features {
		for _, r := range f.Routes {
			srv.Add(r.Method, "/api"+fiberPath(r.Path), g.check(f.Name, r), func(c *fiber.Ctx) error {
				return r.Endpoint.Serve(c, p.Deps)
			})
		}
	}
	srv.Use("/api", func(*fiber.Ctx) error { return errNoRoute })
	if p.Web != nil {
		srv.Use(p.Web)
	}
	srv.Use(func(*fiber.Ctx) error { return errNoRoute })
	return srv, nil
}

func proxyHeader(proxies []string) string {
	if len(proxies) == 0 {
		return ""
	}
	return fiber.HeaderXForwardedFor
}

// fiberPath writes {id} as the router does.
func fiberPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

var errNotReady = fault.New(fault.Unavailable, "server.not_ready")

// readiness asks what the server depends on, at most once a second however many
// want to know: who asks meanwhile gets the same answer.
func readiness(ready func(context.Context) error) fiber.Handler {
	var mu sync.Mutex
	var asked time.Time
	var last error
	ask := func() error {
		mu.Lock()
		defer mu.Unlock()
		if asked.IsZero() || time.Since(asked) > time.Second {
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
			defer cancel()
			last = ready(ctx)
			asked = time.Now() // it may have taken long to answer
		}
		return last
	}
	return func(c *fiber.Ctx) error {
		if ask() != nil {
			return errNotReady
		}
		return c.SendString("ok")
	}
}
