package feature

import (
	"io"
	"net"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
)

// pieces are what content is sent by: large, because every one of them is a
// call to read and a call to write.
var pieces = sync.Pool{New: func() any { return new([128 << 10]byte) }}

// A flow is content on its way to a client. Each piece has the server's time to
// be taken, rather than all of them together: a large file may take a slow line
// as long as it needs, a client that stops taking is cut off all the same.
type flow struct {
	io.ReadCloser
	conn     net.Conn
	patience time.Duration // 0: without end
}

func flowing(c *fiber.Ctx, body io.ReadCloser) *flow {
	return &flow{ReadCloser: body, conn: c.Context().Conn(), patience: c.App().Config().WriteTimeout}
}

// Read is for content of unknown size.
func (f *flow) Read(p []byte) (int, error) {
	n, err := f.ReadCloser.Read(p)
	if err == nil {
		err = f.extend()
	}
	return n, err
}

// WriteTo implements io.WriterTo, by which the server sends what it knows the
// size of.
func (f *flow) WriteTo(w io.Writer) (int64, error) {
	piece := pieces.Get().(*[128 << 10]byte) //nolint:forcetypeassert // nothing else is put there
	defer pieces.Put(piece)
	return io.CopyBuffer(onward{f, w}, onlyReader{f.ReadCloser}, piece[:])
}

func (f *flow) extend() error {
	if f.patience == 0 {
		return nil
	}
	return f.conn.SetWriteDeadline(time.Now().Add(f.patience))
}

// onward and onlyReader keep io.CopyBuffer to its buffer.
type onward struct {
	flow *flow
	w    io.Writer
}

func (o onward) Write(p []byte) (int, error) {
	if err := o.flow.extend(); err != nil {
		return 0, err
	}
	return o.w.Write(p)
}

type onlyReader struct{ io.Reader }
