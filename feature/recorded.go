package feature

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"hetu/tenant"
)

// Recorded returns the route as one whose every reading is an audit row of this
// action: for what is sensitive enough that who saw it matters (R265, AU-04). What
// was asked for is recorded like that of an export: codes and ids, of free text
// only that there was some. A reading that cannot be recorded is none.
func (r Route) Recorded(action string) Route {
	r.Endpoint.recorded = action
	return r
}

// record writes down that the request was answered, before the answer leaves.
func (e Endpoint) record(c *fiber.Ctx, d Deps) error {
	return d.DB.Write(c.UserContext(), func(tx *tenant.Tx) error {
		tx.Audit(e.recorded, strings.TrimPrefix(c.Path(), "/api/"), map[string]any{"filter": e.plan.filter(c), "further": c.Query("after") != ""})
		return nil
	})
}

// Deliver makes an endpoint that sends bytes which are made first: the function
// opens its own transactions and has ended before the first byte is read.
func Deliver[In any](fn func(context.Context, *tenant.DB, In) (Content, error)) Endpoint {
	p := planFor[In]()
	return Endpoint{In: p.typ, Streams: true, gathers: true, plan: p, serve: func(c *fiber.Ctx, d Deps) error {
		var input In
		if err := p.decode(c, nil, &input); err != nil {
			return err
		}
		content, err := fn(c.UserContext(), d.DB, input)
		if err != nil {
			return err
		}
		return content.send(c)
	}}
}

// Workbook makes a workbook of what each gives to add, one row after the other.
func Workbook(s Sheet, english bool, each func(add func(item any) error) error) ([]byte, error) {
	b, err := newWorkbook(&s, english)
	if err != nil {
		return nil, err
	}
	if err := each(b.add); err != nil {
		_ = b.file.Close()
		return nil, err
	}
	return b.bytes()
}
