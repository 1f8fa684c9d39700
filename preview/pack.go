package preview

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"
)

// What an Office file may be. The store has judged it before; this holds should
// it have been put there by somebody else.
const (
	maxEntries   = 10_000
	maxDirectory = 4 << 20  // bytes
	maxPart      = 16 << 20 // bytes of one part, unfolded
	maxDepth     = 120      // elements within each other
)

// A pack is an Office file: parts in an archive.
type pack struct {
	ctx   context.Context
	files map[string]*zip.File // by name in lower case
	left  int64                // bytes that may still be unfolded
}

// unpack looks at the directory of an Office file and unfolds nothing.
func unpack(ctx context.Context, body []byte) (*pack, error) {
	at := bytes.LastIndex(body, []byte("PK\x05\x06"))
	if at < 0 || len(body)-at < 22 {
		return nil, errDamaged
	}
	le := binary.LittleEndian
	if le.Uint16(body[at+10:]) > maxEntries || le.Uint32(body[at+12:]) > maxDirectory {
		return nil, errLarge
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, errDamaged
	}
	if len(z.File) > maxEntries {
		return nil, errLarge
	}
	k := pack{ctx: ctx, files: make(map[string]*zip.File, len(z.File)), left: 2 * maxPart}
	for _, f := range z.File {
		if strings.Contains(f.Name, "..") || strings.HasPrefix(f.Name, "/") || strings.Contains(f.Name, `\`) {
			return nil, errDamaged // it would lead out of where it is unpacked (UP-02)
		}
		k.files[strings.ToLower(f.Name)] = f
	}
	return &k, nil
}

// open begins to unfold a part; there is none if it is nil. It fails when more
// than limit bytes come out of it, or more than the file may cost as a whole.
func (k *pack) open(name string, limit int64) (io.ReadCloser, error) {
	f := k.files[strings.ToLower(name)]
	if f == nil {
		return nil, nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, errDamaged
	}
	return &unfolding{pack: k, ReadCloser: r, left: limit}, nil
}

type unfolding struct {
	*pack
	io.ReadCloser
	left int64
}

func (u *unfolding) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := u.ReadCloser.Read(b)
	u.left, u.pack.left = u.left-int64(n), u.pack.left-int64(n)
	if u.left < 0 || u.pack.left < 0 {
		return 0, errLarge
	}
	return n, err
}

// walk reads a part as XML. A part that is not there is not read.
func (k *pack) walk(name string, fn func(*walker) error) error {
	r, err := k.open(name, maxPart)
	if err != nil || r == nil {
		return err
	}
	defer func() { _ = r.Close() }() // only read
	err = fn(newWalker(r))
	if u, ok := r.(*unfolding); ok && err != nil && (u.left < 0 || k.left < 0 || k.ctx.Err() != nil) {
		return errLarge // whatever the reader made of the end
	}
	return err
}

// related returns the parts that a part names, by the id it names them with.
// What lies outside the file is none.
func (k *pack) related(part string) (map[string]string, error) {
	dir, base := path.Split(part)
	to := map[string]string{}
	err := k.walk(dir+"_rels/"+base+".rels", func(w *walker) error {
		return w.each(func(xml.StartElement) error {
			return w.each(func(el xml.StartElement) error {
				if target := attr(el, "Target"); !strings.EqualFold(attr(el, "TargetMode"), "External") && len(to) < maxEntries {
					if !strings.HasPrefix(target, "/") {
						target = dir + target
					}
					to[attr(el, "Id")] = strings.TrimPrefix(path.Clean("/"+target), "/")
				}
				return w.skip()
			})
		})
	})
	return to, err
}

// A walker goes through XML without keeping it. It knows nothing of entities and
// takes no document type, and elements only so deep within each other.
type walker struct {
	d     *xml.Decoder
	depth int
}

func newWalker(r io.Reader) *walker {
	d := xml.NewDecoder(&tags{r: r})
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errDamaged }
	return &walker{d: d}
}

func (w *walker) next() (xml.Token, error) {
	t, err := w.d.RawToken()
	if err != nil {
		return nil, err
	}
	switch t.(type) {
	case xml.StartElement:
		if w.depth++; w.depth > maxDepth {
			return nil, errLarge
		}
	case xml.EndElement:
		if w.depth--; w.depth < 0 {
			return nil, errDamaged
		}
	case xml.Directive:
		return nil, errDamaged
	}
	return t, nil
}

// each calls fn for the elements in the present one, up to its end. fn goes
// through its element to the end, by each, skip or chars.
func (w *walker) each(fn func(xml.StartElement) error) error {
	depth := w.depth
	for {
		t, err := w.next()
		if errors.Is(err, io.EOF) && depth == 0 {
			return nil
		}
		if err != nil {
			return ended(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			if err := fn(t); err != nil {
				return err
			}
		case xml.EndElement:
			if w.depth < depth {
				return nil
			}
		}
	}
}

// skip goes to the end of the present element.
func (w *walker) skip() error {
	for depth := w.depth; w.depth >= depth; {
		if _, err := w.next(); err != nil {
			return ended(err)
		}
	}
	return nil
}

// chars returns the text in the present element.
func (w *walker) chars() (string, error) {
	var b strings.Builder
	for depth := w.depth; w.depth >= depth; {
		t, err := w.next()
		if err != nil {
			return "", ended(err)
		}
		if c, ok := t.(xml.CharData); ok && b.Len() < maxText {
			b.Write(c)
		}
	}
	return b.String(), nil
}

// ended says of a file that ends too early that it is damaged.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return errDamaged
	}
	return err
}

// maxTag is how long a tag may be: each of its attributes costs far more memory
// than its bytes.
const maxTag = 64 << 10

// tags ends what it reads with errLarge where a tag is too long.
type tags struct {
	r     io.Reader
	n     int  // bytes of the present tag
	in    bool // one
	quote byte // in a value of it
}

func (t *tags) Read(b []byte) (int, error) {
	n, err := t.r.Read(b)
	for _, c := range b[:n] {
		switch {
		case !t.in:
			t.in, t.n = c == '<', 0
			continue
		case t.n == 0 && (c == '!' || c == '?'): // a comment or an instruction, in which a quotation mark is none
			t.in = false
			continue
		case t.quote != 0:
			if c == t.quote {
				t.quote = 0
			}
		case c == '"' || c == '\'':
			t.quote = c
		case c == '>':
			t.in = false
		}
		if t.n++; t.n > maxTag {
			return 0, errLarge
		}
	}
	return n, err
}

// attr returns an attribute, whatever its namespace is called.
func attr(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
