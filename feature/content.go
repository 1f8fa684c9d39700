package feature

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/gofiber/fiber/v2"

	"hetu/fault"
	"hetu/storage"
	"hetu/tenant"
)

// ErrTooLarge means a body is longer than the route takes.
var ErrTooLarge = fault.New(fault.TooLarge, "request.too_large")

// Content is bytes to send: how big, under which headers, and how to get them.
type Content struct {
	Size    int64 // -1 if unknown
	Headers map[string]string
	ETag    string // quoted; names these very bytes. With it and a Size, parts are sent on request
	Open    func(context.Context) (io.ReadCloser, error)
}

// Document is a file that write makes, once the transaction has ended, under the
// name it is saved as. No browser runs it, guesses its type or keeps it (IN-06).
func Document(name, mediaType string, write func(io.Writer) error) Content {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, name)
	headers := storage.Headers(storage.Object{}, name)
	headers["Content-Type"] = mediaType
	return Content{Size: -1, Headers: headers, Open: func(context.Context) (io.ReadCloser, error) {
		var b bytes.Buffer
		err := write(&b)
		return io.NopCloser(&b), err
	}}
}

// Made is a Document whose bytes are there already.
func Made(name, mediaType string, body []byte) Content {
	c := Document(name, mediaType, func(w io.Writer) error { _, err := w.Write(body); return err })
	c.Size = int64(len(body))
	return c
}

// Stream makes an endpoint that sends bytes. The function runs in a read-only
// transaction, which has ended before the first byte is read.
func Stream[In any](fn func(context.Context, *tenant.Tx, In) (Content, error)) Endpoint {
	p := planFor[In]()
	return Endpoint{In: p.typ, Streams: true, plan: p, serve: func(c *fiber.Ctx, d Deps) error {
		var input In
		if err := p.decode(c, nil, &input); err != nil {
			return err
		}
		var content Content
		err := d.DB.Read(c.UserContext(), func(tx *tenant.Tx) (err error) {
			content, err = fn(c.UserContext(), tx, input)
			return err
		})
		if err != nil {
			return err
		}
		return content.send(c)
	}}
}

func (content Content) send(c *fiber.Ctx) error {
	from, to, err := content.part(c)
	if err != nil {
		c.Set(fiber.HeaderContentRange, fmt.Sprintf("bytes */%d", content.Size))
		return err
	}
	body, err := content.Open(c.UserContext())
	if err != nil {
		return err
	}
	for k, v := range content.Headers {
		c.Set(k, v)
	}
	if content.ETag != "" && content.Size >= 0 {
		c.Set(fiber.HeaderETag, content.ETag)
		c.Set(fiber.HeaderAcceptRanges, "bytes")
	}
	if to-from < content.Size {
		return content.sendPart(c, body, from, to)
	}
	return c.SendStream(flowing(c, body), int(content.Size)) // closes it
}

// Receive makes an endpoint that takes bytes as its body. The function reads
// them while they arrive and opens its own transactions, never around a read.
// Sending the same bytes to the same offset again must have no effect.
func Receive[In, Out any](limit int64, fn func(context.Context, *tenant.DB, In, io.Reader) (Out, error)) Endpoint {
	p := planFor[In]()
	return Endpoint{In: p.typ, Out: reflect.TypeFor[Out](), Changes: true, Streams: true, plan: p, serve: func(c *fiber.Ctx, d Deps) error {
		return receive(c, d.DB, p, limit, fn)
	}}
}

func receive[In, Out any](c *fiber.Ctx, db *tenant.DB, p *plan, limit int64, fn func(context.Context, *tenant.DB, In, io.Reader) (Out, error)) error {
	if _, err := idempotencyKey(c); err != nil {
		return err
	}
	if int64(c.Request().Header.ContentLength()) > limit {
		return ErrTooLarge
	}
	var input In
	if err := p.decode(c, nil, &input); err != nil {
		return err
	}
	in := &capped{r: stream(c), left: limit}
	out, err := fn(c.UserContext(), db, input, in)
	if err != nil {
		return err
	}
	c.Locals(WholeLocal, in.ended)
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return answer(c, fiber.StatusOK, body)
}

// OperatorReceive is Receive for the platform's operators.
func OperatorReceive[In, Out any](limit int64, fn func(context.Context, *tenant.DB, In, io.Reader) (Out, error)) Endpoint {
	p := planFor[In]()
	return Endpoint{In: p.typ, Out: reflect.TypeFor[Out](), Changes: true, Streams: true, operator: true, plan: p, serve: func(c *fiber.Ctx, d Deps) error {
		return receive(c, d.Operators, p, limit, fn)
	}}
}

// stream returns the body as it arrives; a short one is in memory already.
func stream(c *fiber.Ctx) io.Reader {
	if s := c.Context().RequestBodyStream(); s != nil {
		return s
	}
	return &memory{b: c.Request().Body()}
}

type memory struct{ b []byte }

func (m *memory) Read(p []byte) (int, error) {
	if len(m.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, m.b)
	m.b = m.b[n:]
	return n, nil
}

// capped reads at most left bytes and then fails with ErrTooLarge, where an
// io.LimitReader would pretend that the body had ended.
type capped struct {
	r     io.Reader
	left  int64
	ended bool // nothing of it is left
}

func (l *capped) Read(p []byte) (int, error) {
	if l.left <= 0 {
		var one [1]byte
		if n, err := l.r.Read(one[:]); n == 0 {
			l.ended = errors.Is(err, io.EOF)
			return 0, err
		}
		return 0, ErrTooLarge
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	l.ended = errors.Is(err, io.EOF)
	return n, err
}

// WholeLocal is where an endpoint leaves that it has read the request's body to
// its end: whatever it has not read, the next request must not begin with.
const WholeLocal = "hetu-whole"

// Fetch reads a JSON body while nobody waits for whoever sends it, for Body to
// find: how long that takes is up to the client.
func Fetch(c *fiber.Ctx) {
	b, err := Body(c, MaxBody)
	c.Locals(fetchedLocal, fetched{b, err})
}

const fetchedLocal = "hetu-fetched"

type fetched struct {
	b   []byte
	err error
}

// Body reads the whole body, which must be at most limit bytes long.
func Body(c *fiber.Ctx, limit int64) ([]byte, error) {
	if f, ok := c.Locals(fetchedLocal).(fetched); ok {
		if int64(len(f.b)) > limit {
			return nil, ErrTooLarge
		}
		return f.b, f.err
	}
	if int64(c.Request().Header.ContentLength()) > limit {
		return nil, ErrTooLarge
	}
	b, err := ReadAll(&capped{r: stream(c), left: limit})
	if err != nil {
		return nil, err
	}
	c.Locals(WholeLocal, true)
	return b, nil
}

// ReadAll reads what an endpoint made by Receive gets to its end. More than the
// route takes is ErrTooLarge, and what breaks off ErrMalformed.
func ReadAll(body io.Reader) ([]byte, error) {
	b, err := io.ReadAll(body)
	switch {
	case errors.Is(err, ErrTooLarge):
		return nil, ErrTooLarge
	case err != nil:
		return nil, errors.Join(ErrMalformed, err)
	}
	return b, nil
}
