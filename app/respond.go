package app

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"hetu/fault"
	"hetu/feature"
)

var status = map[fault.Kind]int{
	fault.Internal:        fiber.StatusInternalServerError,
	fault.Invalid:         fiber.StatusUnprocessableEntity,
	fault.Unauthenticated: fiber.StatusUnauthorized,
	fault.Forbidden:       fiber.StatusForbidden,
	fault.NotFound:        fiber.StatusNotFound,
	fault.Conflict:        fiber.StatusConflict,
	fault.Unavailable:     fiber.StatusServiceUnavailable,
	fault.TooLarge:        fiber.StatusRequestEntityTooLarge,
	fault.Unsupported:     fiber.StatusUnsupportedMediaType,
	fault.TooMany:         fiber.StatusTooManyRequests,
	fault.Range:           fiber.StatusRequestedRangeNotSatisfiable,
}

// What the router itself answers.
var (
	errNoRoute    = fault.New(fault.NotFound, "request.no_such_route")
	errBadRequest = fault.New(fault.Invalid, "request.malformed")

	// Nothing came on a connection that a browser had opened in advance. It
	// must be the status it knows: if its first request meets this answer
	// half-way, it asks again by itself.
	errSilent = fault.New(fault.Unavailable, "request.silent")
)

// respond is the one place where an error becomes a response. The text of an
// error is never sent: it may hold SQL.
func respond(c *fiber.Ctx, err error) error {
	f := classify(err)
	code := status[f.Kind]
	if f.Code == errSilent.Code {
		code = fiber.StatusRequestTimeout
		c.Context().SetConnectionClose()
	}
	switch f.Kind {
	case fault.Internal:
		slog.ErrorContext(c.UserContext(), "request failed", "method", c.Method(), "route", c.Route().Path,
			"request_id", requestID(c), "err", err)
	case fault.Unavailable:
		if code == fiber.StatusRequestTimeout {
			break
		}
		slog.WarnContext(c.UserContext(), "request refused", "route", c.Route().Path, "request_id", requestID(c), "err", err)
	}
	if retry, ok := f.Meta["retry_after"]; ok {
		if s, err := json.Marshal(retry); err == nil {
			c.Set(fiber.HeaderRetryAfter, string(s))
		}
	}
	if c.Context().RequestBodyStream() != nil {
		c.Context().SetConnectionClose() // what was not read must not be taken for the next request
	}
	body, err := json.Marshal(feature.Problem{
		Type: "urn:hetu:problem:" + f.Code, Title: http.StatusText(code), Status: code,
		Code: f.Code, Field: f.Field, RequestID: requestID(c), Meta: f.Meta,
	})
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/problem+json")
	return c.Status(code).Send(body)
}

func classify(err error) *fault.Error {
	var e *fiber.Error
	if !errors.As(err, &e) {
		return fault.Of(err)
	}
	switch e.Code {
	case fiber.StatusRequestTimeout:
		return errSilent
	case fiber.StatusNotFound, fiber.StatusMethodNotAllowed:
		return errNoRoute
	case fiber.StatusRequestEntityTooLarge:
		return feature.ErrTooLarge
	default:
		return errBadRequest
	}
}

const requestIDLocal = "hetu-request"

func requestID(c *fiber.Ctx) string {
	s, _ := c.Locals(requestIDLocal).(string)
	return s
}
