package app

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// asset is one file of the browser app, held in memory: nothing a client says
// ever becomes a path on disk.
type asset struct {
	plain, zipped []byte
	kind, tag     string
}

// Static serves the browser app. Any other path that a browser navigates to
// gets the app's page, which finds its own way.
func Static(dist fs.FS) (fiber.Handler, error) {
	files := map[string]asset{}
	err := fs.WalkDir(dist, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(dist, name)
		if err != nil {
			return err
		}
		files["/"+name], err = pack(name, body)
		return err
	})
	if err != nil {
		return nil, err
	}
	index, built := files["/index.html"]
	return func(c *fiber.Ctx) error {
		if c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
			return errNoRoute
		}
		if a, ok := files[c.Path()]; ok && c.Path() != "/index.html" {
			if strings.HasPrefix(c.Path(), "/assets/") { // named after their content
				c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
			}
			return a.send(c)
		}
		if !built || path.Ext(c.Path()) != "" || !strings.Contains(c.Get(fiber.HeaderAccept), "text/html") {
			return errNoRoute
		}
		c.Set(fiber.HeaderCacheControl, "no-cache")
		return index.send(c)
	}, nil
}

func pack(name string, body []byte) (asset, error) {
	sum := sha256.Sum256(body)
	a := asset{plain: body, kind: mime.TypeByExtension(path.Ext(name)), tag: `"` + hex.EncodeToString(sum[:12]) + `"`}
	if a.kind == "" {
		a.kind = fiber.MIMEOctetStream
	}
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return a, err
	}
	if _, err := w.Write(body); err != nil {
		return a, err
	}
	if err := w.Close(); err != nil {
		return a, err
	}
	if buf.Len() < len(body)*9/10 {
		a.zipped = buf.Bytes()
	}
	return a, nil
}

func (a asset) send(c *fiber.Ctx) error {
	c.Set(fiber.HeaderETag, a.tag)
	c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
	if c.Get(fiber.HeaderIfNoneMatch) == a.tag {
		return c.SendStatus(fiber.StatusNotModified)
	}
	c.Set(fiber.HeaderContentType, a.kind)
	if a.zipped != nil && strings.Contains(c.Get(fiber.HeaderAcceptEncoding), "gzip") {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(a.zipped)
	}
	return c.Send(a.plain)
}
