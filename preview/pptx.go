package preview

import (
	"context"
	"encoding/xml"
	"errors"
	"slices"
	"strconv"
	"strings"
)

const maxSlides = 200

// slides shows the text of a PPTX slide by slide: titles, paragraphs, tables.
func slides(ctx context.Context, body []byte) (View, error) {
	k, err := unpack(ctx, body)
	if err != nil {
		return View{}, err
	}
	show := &gallery{wide: slideWide}
	names, more, err := slideNames(k, show)
	if err != nil {
		return View{}, err
	}
	v := View{Kind: "slides", Cut: more}
	all := page{ctx: ctx}
	for _, name := range names {
		if !all.room() {
			v.Cut = true
			break
		}
		s := slide{docx: docx{page: all, pack: k, part: name, gallery: show}}
		if err := k.walk(name, s.shapes); err != nil && !errors.Is(err, errEnough) {
			return View{}, err
		}
		v.Cut = v.Cut || s.cut
		all = s.page
		all.cut = false
		if s.out == nil {
			s.out = []Block{}
		}
		v.Parts = append(v.Parts, Part{Title: s.title, Blocks: s.out, Cut: s.full || s.cut})
	}
	v.Cut, v.Pictures = v.Cut || all.full, show.load(k)
	return v, nil
}

// slideWide is how wide a slide is that does not say it.
const slideWide = 12_192_000

// slideNames returns the slides in the order they are shown in, and tells the
// gallery how wide they are. There may be more of them.
func slideNames(k *pack, show *gallery) (names []string, more bool, err error) {
	const main = "ppt/presentation.xml"
	to, err := k.related(main)
	if err != nil {
		return nil, false, err
	}
	found, count := false, 0
	err = k.walk(main, func(w *walker) error {
		found = true
		return w.each(func(xml.StartElement) error {
			return w.each(func(el xml.StartElement) error {
				if wide := number(attr(el, "cx")); el.Name.Local == "sldSz" && wide > 0 {
					show.wide = wide
				}
				if el.Name.Local != "sldIdLst" {
					return w.skip()
				}
				return w.each(func(el xml.StartElement) error {
					if count++; count > maxSlides {
						return errEnough
					}
					i := slices.IndexFunc(el.Attr, func(a xml.Attr) bool { return a.Name.Local == "id" && a.Name.Space != "" })
					if i >= 0 && to[el.Attr[i].Value] != "" {
						names = append(names, to[el.Attr[i].Value])
					}
					return w.skip()
				})
			})
		})
	})
	switch {
	case errors.Is(err, errEnough):
		return names, true, nil
	case err == nil && !found:
		err = errDamaged
	}
	return names, false, err
}

// A slide is being read.
type slide struct {
	docx
	title string
}

// shapes reads the shapes in the present element, however deep.
func (s *slide) shapes(w *walker) error {
	return w.each(func(el xml.StartElement) error {
		switch name := el.Name.Local; {
		case !s.room():
			return errEnough
		case name == "Fallback":
			return w.skip()
		case name == "sp":
			kind := ""
			return s.shape(w, &kind)
		case name == "pic":
			p := paragraph{docx: &s.docx}
			err := p.drawing(w, true)
			for _, b := range p.more {
				s.put(b)
			}
			return err
		case name == "tbl":
			g := grid{docx: &s.docx}
			err := g.read(w)
			s.put(g.block())
			return err
		}
		return s.shapes(w)
	})
}

// shape reads the text of a shape; that of a title is the slide's.
func (s *slide) shape(w *walker, kind *string) error {
	counted := 0
	return w.each(func(el xml.StartElement) error {
		switch name := el.Name.Local; {
		case name == "ph":
			*kind = attr(el, "type")
			return w.skip()
		case name == "spPr", name == "style", name == "bodyPr", name == "lstStyle":
			return w.skip()
		case !s.room():
			return errEnough
		case name != "p":
			return s.shape(w, kind)
		}
		p := paragraph{docx: &s.docx}
		if err := p.read(w); err != nil {
			return err
		}
		switch {
		case len(p.runs) == 0, *kind == "sldNum", *kind == "dt", *kind == "ftr":
		case (*kind == "title" || *kind == "ctrTitle") && len(s.title) < maxCell:
			s.title = strings.TrimSpace(s.title + " " + said(p.runs))
		default:
			s.put(p.onSlide(&counted))
		}
		return nil
	})
}

// onSlide is what a paragraph of a shape has become.
func (p *paragraph) onSlide(counted *int) Block {
	b := Block{Kind: "paragraph", Align: p.align, Runs: p.runs}
	switch {
	case p.mark == "1":
		*counted++
		b.Label = strconv.Itoa(*counted) + "."
	case p.mark != "":
		b.Label = p.mark
	}
	if b.Label != "" || number(p.level) > 0 {
		b.Kind, b.Level = "item", min(number(p.level), 8)
	}
	return b
}

func said(runs []Run) string {
	var b strings.Builder
	for _, r := range runs {
		b.WriteString(strings.ReplaceAll(r.Text, "\n", " "))
	}
	return b.String()
}
