package preview

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"hetu/storage"
)

// What the pictures of a document or a deck may be. The browser unfolds each
// point to four bytes, so all of them together cost it no more than one large
// photograph does.
const (
	maxPictures = 100        // different ones
	maxPicture  = 3 << 20    // bytes of one
	maxGallery  = 6 << 20    // bytes of all
	maxPoints   = 60_000_000 // of all
	maxAlt      = 300        // bytes of what one says to who cannot see it
)

// A Picture is one that stands in a document or on slides. What it is, is
// decided by its bytes, whatever the file calls it, and by the same rules as for
// one that is uploaded alone.
type Picture struct {
	Type string `json:"type,omitempty" enum:"image/png,image/jpeg,image/gif,image/webp"`
	Data []byte `json:"data,omitempty"`
	Why  string `json:"why,omitempty" enum:"large,type"` // it is not shown: there are no data
}

// A Drawing is where a picture stands. One of which the file has only an address
// is no picture of it, and is not fetched.
type Drawing struct {
	Picture int    `json:"picture"`         // which of the view's, from 1; 0: none
	Alt     string `json:"alt,omitempty"`   // what it says to who cannot see it
	Width   int    `json:"width,omitempty"` // in per cent of the page's; 0: as it is
}

// A gallery is what pictures a file shows, in the order of their first places.
type gallery struct {
	parts []string
	at    map[string]int // in parts, from 1
	wide  int            // of the page, as the file counts
}

// number returns which picture a part is, 0 if it is one too many.
func (g *gallery) number(part string) int {
	if n := g.at[part]; n > 0 || part == "" || len(g.parts) >= maxPictures {
		return n
	}
	if g.at == nil {
		g.at = map[string]int{}
	}
	g.parts = append(g.parts, part)
	g.at[part] = len(g.parts)
	return len(g.parts)
}

// share returns how wide a drawing stands, in per cent of the page.
func (g *gallery) share(wide string) int {
	n, err := strconv.Atoi(wide)
	if err != nil || n <= 0 || g.wide <= 0 {
		return 0
	}
	return int(max(1, min(100, int64(n)*100/int64(g.wide))))
}

// load unfolds the pictures once the text has been read, which has its budget
// for itself.
func (g *gallery) load(k *pack) []Picture {
	k.left = 2 * maxGallery // also for what turns out not to be shown
	all, room, points := []Picture{}, int64(maxGallery), int64(maxPoints)
	for _, name := range g.parts {
		p := k.picture(name, &room, &points)
		all = append(all, p)
	}
	return all
}

// picture unfolds one of at most so many bytes and points, and takes off what it
// has of both.
func (k *pack) picture(name string, room, points *int64) Picture {
	r, err := k.open(name, maxPicture)
	if err != nil || r == nil {
		return Picture{Why: "type"}
	}
	defer func() { _ = r.Close() }() // only read
	if size := k.files[strings.ToLower(name)].UncompressedSize64; size > maxPicture || int64(size) > min(*room, k.left) {
		return Picture{Why: "large"}
	}
	body, err := io.ReadAll(r)
	if errors.Is(err, errLarge) || k.ctx.Err() != nil || int64(len(body)) > *room {
		return Picture{Why: "large"} // whatever its directory said
	}
	kind, wrong := storage.Detect(bytes.NewReader(body), int64(len(body)))
	if err != nil || wrong != nil || !slices.Contains(rasters, kind.Type) {
		return Picture{Why: "type"}
	}
	w, h, err := storage.Dimensions(body)
	if n := int64(w) * int64(h); err != nil || n > *points {
		return Picture{Why: "large"}
	}
	*room, *points = *room-int64(len(body)), *points-int64(w)*int64(h)
	return Picture{Type: kind.Type, Data: body}
}

// rasters are the pictures a browser draws without doing anything else.
var rasters = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// A sketch is a drawing that is being read.
type sketch struct {
	alt, wide string
	drawn     []*Drawing
}

// hang marks where the picture stands whose part the present one names by an id.
func (p *paragraph) hang(id string) {
	if p.blocks++; !p.room() {
		p.cut = true
		return
	}
	d := &Drawing{Picture: p.gallery.number(p.target(id))}
	p.sketch.drawn = append(p.sketch.drawn, d)
	p.more = append(p.more, Block{Kind: "picture", Drawing: d})
}

// drawing reads a drawing: pictures and boxes of text. If it has neither, it is
// marked where that is wanted: of what a newer program shows instead, most are
// lines and frames.
func (p *paragraph) drawing(w *walker, mark bool) error {
	before, outer := len(p.more), p.sketch
	s := &sketch{}
	p.sketch = s
	err := p.read(w)
	p.sketch = outer
	if err != nil {
		return err
	}
	if mark && len(p.more) == before && p.room() {
		p.blocks++
		p.more = append(p.more, Block{Kind: "picture"})
	}
	for _, d := range s.drawn {
		d.Alt = p.take(s.alt[:min(len(s.alt), maxAlt)])
		if len(s.drawn) == 1 { // how wide each of a group is, is not said beside it
			d.Width = p.gallery.share(s.wide)
		}
	}
	return nil
}

// inDrawing reads what a drawing says of itself, and reports whether the element
// was of that kind.
func (p *paragraph) inDrawing(w *walker, el xml.StartElement) (bool, error) {
	if p.sketch == nil {
		return false, nil
	}
	switch el.Name.Local {
	case "blip":
		p.hang(attr(el, "embed"))
	case "imagedata":
		p.hang(attr(el, "id"))
	case "docPr", "cNvPr":
		if p.sketch.alt == "" {
			p.sketch.alt = attr(el, "descr")
		}
	case "extent", "ext":
		if p.sketch.wide == "" {
			p.sketch.wide = attr(el, "cx")
		}
	default:
		return false, nil
	}
	return true, w.skip()
}

// target returns the part that the present one names by an id.
func (d *docx) target(id string) string {
	if d.rels == nil && d.pack != nil {
		d.rels = map[string]string{}
		if to, err := d.pack.related(d.part); err == nil {
			d.rels = to
		}
	}
	return d.rels[id]
}
