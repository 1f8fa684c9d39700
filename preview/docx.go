package preview

import (
	"context"
	"encoding/xml"
	"errors"
	"strconv"
	"strings"
)

// document shows the text of a DOCX: headings, paragraphs, lists and tables.
// What was struck out or hidden in it is not shown, nor what it would fetch.
func document(ctx context.Context, body []byte) (View, error) {
	k, err := unpack(ctx, body)
	if err != nil {
		return View{}, err
	}
	d := docx{page: page{ctx: ctx}, pack: k, part: "word/document.xml", gallery: &gallery{wide: textWide}}
	if d.styles, err = readStyles(k); err != nil {
		return View{}, err
	}
	if d.lists, err = readLists(k); err != nil {
		return View{}, err
	}
	found := false
	err = k.walk(d.part, func(w *walker) error {
		found = true
		return d.blocksIn(w)
	})
	if err != nil && !errors.Is(err, errEnough) {
		return View{}, err
	}
	if !found {
		return View{}, errDamaged
	}
	return View{Kind: "document", Parts: []Part{{Blocks: d.out, Cut: d.full || d.cut}}, Pictures: d.gallery.load(k), Cut: d.full || d.cut}, nil
}

// textWide is how wide the text of an A4 page is between the usual margins, in
// the units of drawings: 360,000 a centimetre.
const textWide = 5_274_310

// A docx is a document on its way to blocks.
type docx struct {
	page
	pack    *pack
	part    string            // that is being read
	rels    map[string]string // the parts it names, once they are asked for
	gallery *gallery
	styles  map[string]style
	lists   lists
	out     []Block
}

// put adds a block that has something to say.
func (d *docx) put(b Block) {
	if b.Kind != "picture" && len(b.Rows) == 0 && len(b.Runs) == 0 {
		if n := len(d.out); n == 0 || d.out[n-1].Kind == "paragraph" && len(d.out[n-1].Runs) == 0 {
			return // one empty line is enough
		}
	}
	d.blocks += 1 + len(b.Rows)
	d.out = append(d.out, b)
}

// aside are elements whose text is no part of what one reads: what was struck
// out or moved away, the instructions of a field, what stands in for something
// a newer program shows, and sizes and numbers.
var aside = map[string]bool{
	"del": true, "moveFrom": true, "instrText": true, "delText": true, "delInstrText": true, "Fallback": true, "sectPr": true,
	"sdtPr": true, "tblPr": true, "tblGrid": true, "posOffset": true, "pctWidth": true, "pctHeight": true, "binData": true,
}

// blocksIn reads the paragraphs and tables in the present element, however deep.
func (d *docx) blocksIn(w *walker) error {
	return w.each(func(el xml.StartElement) error {
		switch name := el.Name.Local; {
		case !d.room():
			return errEnough
		case aside[name]:
			return w.skip()
		case name == "p":
			p := paragraph{docx: d}
			err := p.read(w)
			own := p.block()
			if len(p.runs) > 0 || len(p.more) == 0 { // one that only holds a picture is no line
				d.put(own)
			}
			for _, b := range p.more {
				if b.Kind == "picture" {
					b.Align = own.Align
				}
				d.put(b)
			}
			return err
		case name == "tbl":
			t := grid{docx: d}
			err := t.read(w)
			d.put(t.block())
			return err
		}
		return d.blocksIn(w)
	})
}

// A paragraph is being read.
type paragraph struct {
	*docx
	style      string
	align      string
	outline    int // 1 to 9; 0: as its style says
	num, level string
	mark       string // before an item of a slide; "1" if it is counted
	runs       []Run
	more       []Block // pictures and the text of boxes in it
	sketch     *sketch // the drawing it is in
}

func (p *paragraph) read(w *walker) error {
	return w.each(func(el xml.StartElement) error {
		if done, err := p.inDrawing(w, el); done {
			return err
		}
		switch name := el.Name.Local; {
		case aside[name]:
			return w.skip()
		case name == "pPr":
			return p.properties(w, el)
		case name == "r":
			return p.run(w)
		case name == "br": // of a slide
			p.runs = join(p.runs, Run{Text: "\n"})
			return w.skip()
		case name == "txbxContent":
			return p.box(w)
		case name == "drawing" && p.sketch == nil:
			return p.drawing(w, false)
		}
		return p.read(w) // a link, an insertion, a field, …
	})
}

// properties reads those of a document, which are elements, and those of a
// slide, which are mostly attributes.
func (p *paragraph) properties(w *walker, el xml.StartElement) error {
	p.level, p.align = attr(el, "lvl"), alignment(attr(el, "algn"))
	return w.each(func(el xml.StartElement) error {
		val := attr(el, "val")
		switch el.Name.Local {
		case "pStyle":
			p.style = val
		case "jc":
			p.align = alignment(val)
		case "outlineLvl":
			p.outline = outline(val)
		case "buChar":
			p.mark = "•"
		case "buNone":
			p.mark = ""
		case "buAutoNum":
			p.mark = "1"
		case "numPr":
			return w.each(func(el xml.StartElement) error {
				switch el.Name.Local {
				case "numId":
					p.num = attr(el, "val")
				case "ilvl":
					p.level = attr(el, "val")
				}
				return w.skip()
			})
		}
		return w.skip()
	})
}

func alignment(val string) string {
	switch val {
	case "center", "ctr":
		return "center"
	case "right", "end", "r":
		return "right"
	}
	return ""
}

// outline is the level of a heading, 1 to 9, or 0.
func outline(val string) int {
	n, err := strconv.Atoi(val)
	if err != nil || n < 0 || n > 8 {
		return 0
	}
	return n + 1
}

// run reads text of one look.
func (p *paragraph) run(w *walker) error {
	var r Run
	var b strings.Builder
	hidden := false
	err := w.each(func(el xml.StartElement) error {
		switch name := el.Name.Local; {
		case aside[name]:
			return w.skip()
		case name == "rPr":
			return looks(w, el, &r, &hidden)
		case name == "t":
			s, err := w.chars()
			b.WriteString(s)
			return err
		case name == "tab":
			b.WriteByte('\t')
		case name == "br", name == "cr":
			b.WriteByte('\n')
		case name == "noBreakHyphen":
			b.WriteByte('-')
		case name == "drawing", name == "pict", name == "object":
			return p.drawing(w, true)
		case name == "AlternateContent", name == "Choice":
			return p.read(w)
		}
		return w.skip()
	})
	if r.Text = b.String(); r.Text != "" && !hidden {
		r.Text = p.take(r.Text)
		p.runs = join(p.runs, r)
	}
	return err
}

// looks reads how a run looks, in a document or on a slide.
func looks(w *walker, el xml.StartElement, r *Run, hidden *bool) error {
	r.Bold, r.Italic = on(attr(el, "b")), on(attr(el, "i"))
	r.Underline = attr(el, "u") != "" && attr(el, "u") != "none"
	return w.each(func(el xml.StartElement) error {
		val := attr(el, "val")
		on := val != "0" && val != "false" && val != "off" && val != "none"
		switch el.Name.Local {
		case "b":
			r.Bold = on
		case "i":
			r.Italic = on
		case "u":
			r.Underline = on
		case "vanish":
			*hidden = on
		}
		return w.skip()
	})
}

// join adds a run, to the one before if they look the same.
func join(runs []Run, r Run) []Run {
	if n := len(runs); n > 0 && runs[n-1].Bold == r.Bold && runs[n-1].Italic == r.Italic && runs[n-1].Underline == r.Underline {
		runs[n-1].Text += r.Text
		return runs
	}
	return append(runs, r)
}

// box reads the text in a box, which stands after the paragraph it hangs on.
func (p *paragraph) box(w *walker) error {
	inner := docx{page: p.page, pack: p.pack, part: p.part, rels: p.rels, gallery: p.gallery, styles: p.styles, lists: p.lists}
	err := inner.blocksIn(w)
	p.page, p.rels = inner.page, inner.rels
	if inner.out == nil {
		inner.out = []Block{{Kind: "paragraph"}}
	}
	p.more = append(p.more, inner.out...)
	return err
}

// block is what the paragraph has become.
func (p *paragraph) block() Block {
	s := p.styles[p.style]
	b := Block{Kind: "paragraph", Align: p.align, Runs: p.runs}
	if b.Align == "" {
		b.Align = s.align
	}
	level := p.outline
	if level == 0 {
		level = s.outline
	}
	if p.num == "" {
		p.num, p.level = s.num, s.level
	}
	if len(p.runs) > 0 {
		b.Label = clean(p.lists.label(p.num, p.level))
	}
	switch {
	case level > 0 && len(p.runs) > 0:
		b.Kind, b.Level = "heading", min(level, 6)
	case b.Label != "":
		b.Kind, b.Level = "item", min(number(p.level), 8)
	}
	return b
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
