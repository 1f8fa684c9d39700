package app

import (
	"bytes"
	"strings"

	"github.com/gofiber/fiber/v2"

	"hetu/feature"
)

// framing turns away what two readers may take for different requests. Whoever
// stands before the server could see one request where it sees two, and the
// second would be answered to somebody else (AN-11). A connection on which
// anything of a body is left unread ends with its answer, for the same reason.
func framing(c *fiber.Ctx) error {
	h := &c.Request().Header
	if !plain(h.RawHeaders(), h.IsHTTP11()) || !named(h.Host(), c.Request().URI().Host()) {
		c.Context().SetConnectionClose()
		return errFraming
	}
	err := c.Next()
	if whole, _ := c.Locals(feature.WholeLocal).(bool); !whole && c.Context().RequestBodyStream() != nil {
		c.Context().SetConnectionClose()
	}
	return err
}

// plain reports whether every line of the headers ends as it should, none goes
// on in the next, and one thing at most says how long the body is: a length, or
// since HTTP/1.1 that it comes in chunks.
func plain(raw []byte, chunks bool) bool {
	said := 0
	for len(raw) > 0 {
		end := bytes.IndexByte(raw, '\n')
		if end < 1 || raw[end-1] != '\r' || raw[0] == ' ' || raw[0] == '\t' {
			return false
		}
		name, value, _ := bytes.Cut(raw[:end-1], []byte(":"))
		switch {
		case bytes.EqualFold(name, []byte(fiber.HeaderContentLength)):
			said++
		case bytes.EqualFold(name, []byte(fiber.HeaderTransferEncoding)):
			if said++; !chunks || !bytes.EqualFold(bytes.TrimSpace(value), []byte("chunked")) {
				return false
			}
		}
		raw = raw[end+1:]
	}
	return said < 2
}

// named reports whether a host is a name or an address and perhaps a port, and
// the target of the request, where it names one too, the same.
func named(host, target []byte) bool {
	for _, b := range host {
		if (b < 'a' || b > 'z') && (b < 'A' || b > 'Z') && (b < '0' || b > '9') && !strings.ContainsRune("-._:[]", rune(b)) {
			return false
		}
	}
	return bytes.EqualFold(host, target)
}
