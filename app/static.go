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
	"sync"

	"github.com/gofiber/fiber/v2"
)

// asset is one file of the browser app: nothing a client says ever becomes a
// path on disk. It is made ready when it is first asked for, and held in memory
// only compressed: most of a node's clients never ask for most of it.
type asset struct {
	dist fs.FS
	name string
	kind string

	ready  sync.Once
	err    error
	tag    string
	size   int
	zipped []byte // nil if that would save little
}

// Static serves the browser app. Any other path that a browser navigates to
// gets the app's page, which finds its own way.
func Static(dist fs.FS) (fiber.Handler, error) {
	files := map[string]*asset{}
	err := fs.WalkDir(dist, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		a := &asset{dist: dist, name: name, kind: mime.TypeByExtension(path.Ext(name))}
		if a.kind == "" {
			a.kind = fiber.MIMEOctetStream
		}
		files["/"+name] = a
		return nil
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

// pack makes the asset ready to be sent.
func (a *asset) pack() error {
	body, err := fs.ReadFile(a.dist, a.name)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	a.tag, a.size = `"`+hex.EncodeToString(sum[:12])+`"`, len(body)
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(body); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if buf.Len() < len(body)*9/10 {
		a.zipped = bytes.Clone(buf.Bytes())
	}
	return nil
}

func (a *asset) send(c *fiber.Ctx) error {
	a.ready.Do(func() { a.err = a.pack() })
	if a.err != nil {
		return a.err
	}
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
	f, err := a.dist.Open(a.name)
	if err != nil {
		return err
	}
	return c.SendStream(f, a.size) // which closes it
}
