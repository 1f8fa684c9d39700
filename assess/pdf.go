package assess

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/signintech/gopdf"
	"github.com/signintech/gopdf/fontmaker/core"
)

const (
	fontName = "wqy-microhei"
	unknown  = '〓' // stands for a character the typeface does not have
	perPoint = 25.4 / 72
)

// A face measures characters and writes them.
type face struct {
	fonts  *gopdf.FontContainer
	chars  map[int]uint
	widths []uint
	em     uint
}

var typeface = sync.OnceValues(func() (*face, error) {
	data, err := readTypeface()
	if err != nil {
		return nil, err
	}
	var p core.TTFParser
	if err := p.ParseFontData(data); err != nil {
		return nil, fmt.Errorf("assess: the typeface: %w", err)
	}
	f := &face{fonts: &gopdf.FontContainer{}, chars: p.Chars(), widths: p.Widths(), em: p.UnitsPerEm()}
	err = f.fonts.AddTTFFontDataWithOption(fontName, data, gopdf.TtfOption{OnGlyphNotFoundSubstitute: func(rune) rune { return unknown }})
	return f, err
})

// width returns how wide a text is, in millimetres.
func (f *face) width(s string, size float64) float64 {
	var units uint
	for _, r := range s {
		glyph, ok := f.chars[int(r)]
		if !ok || glyph >= uint(len(f.widths)) {
			glyph = f.chars[unknown]
		}
		units += f.widths[glyph]
	}
	return float64(units) / float64(f.em) * size * perPoint
}

// wrap breaks a text into lines no wider than width, in millimetres. Words of
// letters and digits stay whole where they fit, and no line begins with what
// closes something.
func (f *face) wrap(s string, size, width float64) []string {
	var lines []string
	for part := range strings.SplitSeq(s, "\n") {
		var line string
		for _, piece := range pieces(part) {
			switch {
			case f.width(line+piece, size) <= width:
				line += piece
			case line == "" || f.width(piece, size) > width:
				for _, r := range piece { // nothing helps: it is cut
					if line != "" && f.width(line+string(r), size) > width {
						lines, line = append(lines, line), ""
					}
					line += string(r)
				}
			default:
				lines, line = append(lines, strings.TrimRight(line, " ")), strings.TrimLeft(piece, " ")
			}
		}
		lines = append(lines, line)
	}
	return lines
}

const (
	closing = "，。、；：？！）》”’」』】〕％%)]},.;:!?"
	opening = "（《“‘「『【〔([{"
)

// pieces cuts a text where a line may end.
func pieces(s string) []string {
	var all []string
	var last rune
	for _, r := range s {
		joined := len(all) > 0 && (strings.ContainsRune(closing, r) || strings.ContainsRune(opening, last) || wordy(r) && wordy(last))
		if joined {
			all[len(all)-1] += string(r)
		} else {
			all = append(all, string(r))
		}
		last = r
	}
	return all
}

func wordy(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '.' || r == '-' || r == '_' || r == '/'
}

// A mark is something that stands on a page: a text on its baseline, a line, or
// a shaded box.
type mark struct {
	kind       byte    // 't', 'l' or 'b'
	x, y       float64 // millimetres from the upper left
	x2, y2     float64 // the end of a line; the size of a box
	size, gray float64 // of a text, in points; 0 is black
	text       string
}

// A leaf is a page.
type leaf struct {
	w, h  float64
	marks []mark
}

// A printing is a document being laid out on pages of one size.
type printing struct {
	face   *face
	title  string
	foot   string // stands at the foot of every page
	w, h   float64
	margin struct{ top, right, bottom, left float64 }
	leaves []leaf
	y      float64
}

// newPrinting begins a document of pages of w by h millimetres.
func newPrinting(title string, w, h, top, right, bottom, left float64) (*printing, error) {
	f, err := typeface()
	if err != nil {
		return nil, err
	}
	p := &printing{face: f, title: title, w: w, h: h}
	p.margin.top, p.margin.right, p.margin.bottom, p.margin.left = top, right, bottom, left
	return p, nil
}

func (p *printing) inner() float64 { return p.w - p.margin.left - p.margin.right }

// page begins a new page.
func (p *printing) page() {
	p.leaves = append(p.leaves, leaf{w: p.w, h: p.h})
	p.y = p.margin.top
}

// need begins a new page if there are less than so many millimetres left.
func (p *printing) need(height float64) {
	if len(p.leaves) == 0 || p.y+height > p.h-p.margin.bottom {
		p.page()
	}
}

func (p *printing) put(m mark) {
	l := &p.leaves[len(p.leaves)-1]
	l.marks = append(l.marks, m)
}

// How a text stands in its place.
const (
	toLeft = iota
	centred
	toRight
)

// line writes one line of text into a place of some width, its baseline at y.
func (p *printing) line(s string, x, y, width, size float64, how int, gray float64) {
	switch free := width - p.face.width(s, size); how {
	case centred:
		x += free / 2
	case toRight:
		x += free
	}
	if s != "" {
		p.put(mark{kind: 't', x: x, y: y, size: size, gray: gray, text: s})
	}
}

// para writes a text over the width of the page.
func (p *printing) para(s string, size float64, how int, gray float64) {
	height := size * perPoint * 1.6
	for _, l := range p.face.wrap(s, size, p.inner()) {
		p.need(height)
		p.line(l, p.margin.left, p.y+height*0.72, p.inner(), size, how, gray)
		p.y += height
	}
}

// skip leaves some millimetres free.
func (p *printing) skip(height float64) { p.y += height }

// number puts the page numbers and the foot on all pages.
func (p *printing) number() {
	for i := range p.leaves {
		l, size := &p.leaves[i], 9.0
		n := fmt.Sprintf("— %d / %d —", i+1, len(p.leaves))
		y := p.h - p.margin.bottom/2
		l.marks = append(l.marks, mark{kind: 't', x: (p.w - p.face.width(n, size)) / 2, y: y, size: size, text: n})
		if p.foot != "" {
			l.marks = append(l.marks, mark{kind: 't', x: p.margin.left, y: p.h - p.margin.bottom + 5, size: 7, gray: 0.45, text: p.foot})
		}
	}
}

// pdf writes the document. The same document makes the same bytes.
func (p *printing) pdf(w io.Writer) error {
	if len(p.leaves) == 0 {
		p.page()
	}
	var g gopdf.GoPdf
	g.Start(gopdf.Config{Unit: gopdf.UnitMM, PageSize: gopdf.Rect{W: p.w, H: p.h}})
	g.SetInfo(gopdf.PdfInfo{Title: p.title, Creator: "Hetu"})
	if err := g.AddTTFFontFromFontContainer(fontName, p.face.fonts); err != nil {
		return fmt.Errorf("assess: pdf: %w", err)
	}
	for _, l := range p.leaves {
		g.AddPageWithOption(gopdf.PageOption{PageSize: &gopdf.Rect{W: l.w, H: l.h}})
		for _, m := range l.marks {
			if err := m.draw(&g); err != nil {
				return fmt.Errorf("assess: pdf: %w", err)
			}
		}
	}
	_, err := g.WriteTo(w)
	return err
}

func (m mark) draw(g *gopdf.GoPdf) error {
	switch m.kind {
	case 'l':
		g.SetLineWidth(0.2)
		g.Line(m.x, m.y, m.x2, m.y2)
	case 'b':
		g.SetGrayFill(1 - m.gray)
		g.RectFromUpperLeftWithStyle(m.x, m.y, m.x2, m.y2, "F")
	default:
		if err := g.SetFont(fontName, "", m.size); err != nil {
			return err
		}
		g.SetGrayFill(m.gray)
		g.SetXY(m.x, m.y)
		return g.Text(m.text)
	}
	return nil
}

// dump writes where everything stands, for people and tests.
func (p *printing) dump(w io.Writer) {
	for i, l := range p.leaves {
		fmt.Fprintf(w, "page %d: %g × %g mm\n", i+1, l.w, l.h) //nolint:errcheck // a buffer
		for _, m := range l.marks {
			if m.kind == 't' {
				fmt.Fprintf(w, "%7.2f %7.2f %4.1fpt %s\n", m.x, m.y, m.size, m.text) //nolint:errcheck // a buffer
			}
		}
	}
}
