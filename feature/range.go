package feature

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"hetu/fault"
)

// ErrPart means a request wanted bytes that the content does not have; the
// answer says how many it has.
var ErrPart = fault.New(fault.Range, "request.part")

// part returns which bytes of the content a request wants: [from, to). All of
// them, unless it asks for one range by bytes and has no older state of the
// content in mind. A list of ranges and what is not understood are ignored, as
// RFC 9110 §14.2 allows.
func (content Content) part(c *fiber.Ctx) (from, to int64, err error) {
	all := content.Size
	spec, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(c.Get(fiber.HeaderRange))), "bytes=")
	if !ok || content.ETag == "" || all < 0 || strings.Contains(spec, ",") {
		return 0, all, nil
	}
	if state := c.Get(fiber.HeaderIfRange); state != "" && state != content.ETag {
		return 0, all, nil
	}
	first, last, ok := strings.Cut(spec, "-")
	if !ok {
		return 0, all, nil
	}
	if first == "" { // the last so many
		n, bad := digits(last)
		switch {
		case bad:
			return 0, all, nil
		case n == 0 || all == 0:
			return 0, 0, ErrPart
		}
		return max(0, all-n), all, nil
	}
	from, bad := digits(first)
	to = all
	if last != "" {
		end, worse := digits(last)
		bad = bad || worse || end < from
		to = min(all, end+1)
	}
	switch {
	case bad:
		return 0, all, nil
	case from >= all:
		return 0, 0, ErrPart
	}
	return from, to, nil
}

// digits reads a number of at most 18 digits.
func digits(s string) (n int64, bad bool) {
	if s == "" || len(s) > 18 || strings.Trim(s, "0123456789") != "" {
		return 0, true
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err != nil
}

// sendPart sends [from, to) of body, which it closes.
func (content Content) sendPart(c *fiber.Ctx, body io.ReadCloser, from, to int64) error {
	c.Set(fiber.HeaderContentRange, fmt.Sprintf("bytes %d-%d/%d", from, to-1, content.Size))
	c.Status(fiber.StatusPartialContent)
	return c.SendStream(flowing(c, &section{body: body, skip: from, left: to - from}), int(to-from))
}

// held is how much a section withholds until the whole content has been read.
const held = 32 << 10

// A section reads part of a content. The content is checked as a whole at its
// end, so the end of the part is given only when that has come.
type section struct {
	body       io.ReadCloser
	skip, left int64
	tail       []byte // the end of the part, once the whole is known to be right
	err        error
}

func (s *section) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	if s.skip > 0 {
		n, err := io.CopyN(io.Discard, s.body, s.skip)
		if s.skip -= n; err != nil {
			return 0, s.fail(err)
		}
	}
	if s.left > held {
		n, err := s.body.Read(p[:min(int64(len(p)), s.left-held)])
		s.left -= int64(n)
		if err != nil {
			return n, s.fail(err)
		}
		return n, nil
	}
	if s.left > 0 {
		if err := s.finish(); err != nil {
			return 0, s.fail(err)
		}
	}
	if len(s.tail) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.tail)
	s.tail = s.tail[n:]
	return n, nil
}

// finish reads the rest of the part, and then the rest of the content.
func (s *section) finish() error {
	tail := make([]byte, s.left)
	if _, err := io.ReadFull(s.body, tail); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, s.body); err != nil {
		return err
	}
	s.tail, s.left = tail, 0
	return nil
}

// fail keeps an error; a content that ends too early must not look whole.
func (s *section) fail(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	s.err = err
	return err
}

// Close closes the content.
func (s *section) Close() error { return s.body.Close() }
