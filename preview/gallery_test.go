package preview

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

func pngOf(t *testing.T, w, h int) string {
	t.Helper()
	var b bytes.Buffer
	must(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))))
	return b.String()
}

// drawn is a paragraph with a picture of the part that r names by the id.
func drawn(id string) string {
	return `<w:p><w:r><w:drawing><wp:inline><wp:extent cx="2637155" cy="9"/><wp:docPr id="1" name="x" descr="汛情图"/><a:graphic><pic:pic><pic:blipFill><a:blip r:embed="` + id +
		`"><a:extLst><a:ext><asvg:svgBlip r:embed="svg"/></a:ext></a:extLst></a:blip></pic:blipFill><pic:spPr><a:xfrm><a:ext cx="9" cy="9"/></a:xfrm></pic:spPr></pic:pic></a:graphic></wp:inline></w:drawing></w:r></w:p>`
}

// named are relations: an id and a target in turn. One with an address of its
// own is outside of the file.
func named(idsAndTargets ...string) string {
	var b strings.Builder
	b.WriteString(`<Relationships>`)
	for i := 0; i < len(idsAndTargets); i += 2 {
		mode := ""
		if strings.Contains(idsAndTargets[i+1], "://") {
			mode = ` TargetMode="External"`
		}
		b.WriteString(`<Relationship Id="` + idsAndTargets[i] + `" Target="` + idsAndTargets[i+1] + `"` + mode + `/>`)
	}
	return b.String() + `</Relationships>`
}

// TestPictures shows the pictures of a document where they stand: those that
// lie in the file, and of the four kinds that a browser only draws. What a file
// calls them does not matter (UP-01, UP-08).
func TestPictures(t *testing.T) {
	t.Parallel()
	var jpg, gi bytes.Buffer
	gray := image.NewGray(image.Rect(0, 0, 4, 3))
	must(t, jpeg.Encode(&jpg, gray, nil))
	must(t, gif.Encode(&gi, image.NewPaletted(gray.Rect, color.Palette{color.Black}), nil))
	small := pngOf(t, 4, 3)
	for name, tt := range map[string]struct {
		target, content string
		want            Picture
	}{
		"PNG":                        {"media/image1.png", small, Picture{Type: "image/png", Data: []byte(small)}},
		"JPEG":                       {"media/image1.jpeg", jpg.String(), Picture{Type: "image/jpeg", Data: jpg.Bytes()}},
		"GIF":                        {"media/image1.gif", gi.String(), Picture{Type: "image/gif", Data: gi.Bytes()}},
		"from the top of the file":   {"/word/media/image1.png", small, Picture{Type: "image/png", Data: []byte(small)}},
		"called something else":      {"media/image1.emf", small, Picture{Type: "image/png", Data: []byte(small)}},
		"a drawing that can run":     {"media/image1.png", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, Picture{Why: "type"}},
		"a page":                     {"media/image1.png", "<html><script>alert(1)</script></html>", Picture{Why: "type"}},
		"a page behind a picture":    {"media/image1.png", small + "<script>alert(1)</script>", Picture{Why: "type"}},
		"an archive behind it":       {"media/image1.png", small + string(zipped(t, "a", "b")), Picture{Why: "type"}},
		"a script that is a GIF":     {"media/image1.gif", "GIF89a/*\x01\x00\x00\x00\x00*/=1;alert(1)//" + strings.Repeat("\x00", 99), Picture{Why: "type"}},
		"a metafile":                 {"media/image1.wmf", "\xD7\xCD\xC6\x9A\x00\x00", Picture{Why: "type"}},
		"a text":                     {"media/image1.txt", "甲", Picture{Why: "type"}},
		"half a picture":             {"media/image1.png", small[:20], Picture{Why: "type"}},
		"more points than are shown": {"media/image1.png", string(vast(9_000, 9_000)), Picture{Why: "large"}},
		"more bytes than are shown":  {"media/image1.png", small + strings.Repeat("a", maxPicture), Picture{Why: "large"}},
	} {
		v := view(t, docxType, docxOf(t, p("前")+drawn("r1")+p("后"), "word/_rels/document.xml.rels", named("r1", tt.target),
			"word/media/"+tt.target[strings.LastIndex(tt.target, "/")+1:], tt.content))
		if !reflect.DeepEqual(v.Pictures, []Picture{tt.want}) || len(v.Parts) != 1 || lines(v) != "前\n[picture]\n后" {
			t.Errorf("%s: %s %q\n%+v", name, v.Why, lines(v), v.Pictures)
			continue
		}
		if got := v.Parts[0].Blocks[1].Drawing; *got != (Drawing{Picture: 1, Alt: "汛情图", Width: 50}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for name, target := range map[string]string{"outside of the file": "http://127.0.0.1/a.png", "a file of the server's": "file:///etc/hostname", "not there": "media/none.png"} {
		v := view(t, docxType, docxOf(t, drawn("r1"), "word/_rels/document.xml.rels", named("r1", target)))
		if n := len(v.Pictures); lines(v) != "[picture]" || n > 0 && v.Pictures[0].Why != "type" {
			t.Errorf("%s: %q %+v", name, lines(v), v.Pictures)
		}
	}
}

// TestPicturePlaces finds pictures wherever they may stand.
func TestPicturePlaces(t *testing.T) {
	t.Parallel()
	media := []string{"word/_rels/document.xml.rels", named("r1", "media/1.png", "r2", "media/2.png"), "word/media/1.png", pngOf(t, 4, 3), "word/media/2.png", pngOf(t, 5, 5)}
	for name, tt := range map[string]struct {
		body string
		want string // the numbers of the pictures in the order of their places
		n    int    // different ones
	}{
		"twice the same":  {drawn("r1") + drawn("r1"), "1 1", 1},
		"two":             {drawn("r2") + drawn("r1"), "1 2", 2},
		"two in a group":  {`<w:p><w:r><w:drawing><wpg:wgp><pic:pic><a:blip r:embed="r1"/></pic:pic><pic:pic><a:blip r:embed="r2"/></pic:pic></wpg:wgp></w:drawing></w:r></w:p>`, "1 2", 2},
		"an older one":    {`<w:p><w:r><w:pict><v:shape id="x"><v:imagedata r:id="r2" o:title=""/></v:shape></w:pict></w:r></w:p>`, "1", 1},
		"in a table":      {`<w:tbl><w:tr><w:tc>` + p("照片") + drawn("r1") + `</w:tc></w:tr></w:tbl>`, "1", 1},
		"in a box":        {`<w:p><w:r><w:drawing><wps:txbx><w:txbxContent>` + drawn("r1") + `</w:txbxContent></wps:txbx></w:drawing></w:r></w:p>`, "1", 1},
		"what stands in":  {`<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><a:blip r:embed="r1"/></w:drawing></mc:Choice><mc:Fallback><w:pict><v:imagedata r:id="r2"/></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>`, "1", 1},
		"a line":          {`<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:wsp/></w:drawing></mc:Choice></mc:AlternateContent></w:r></w:p>`, "", 0},
		"struck out":      {`<w:p><w:del><w:r><w:drawing><a:blip r:embed="r1"/></w:drawing></w:r></w:del></w:p>`, "", 0},
		"one of no name":  {drawn("r9"), "0", 0},
		"a chart, say":    {`<w:p><w:r><w:drawing><c:chart r:id="r1"/></w:drawing></w:r></w:p>`, "-", 0},
		"hundreds of one": {strings.Repeat(drawn("r1"), 300), strings.TrimSpace(strings.Repeat("1 ", 300)), 1},
	} {
		v := view(t, docxType, docxOf(t, tt.body, media...))
		if got := strings.Join(placed(v), " "); got != tt.want || len(v.Pictures) != tt.n {
			t.Errorf("%s: at %q, want %q; %d pictures, want %d", name, got, tt.want, len(v.Pictures), tt.n)
		}
	}
	deck := zipped(t, "ppt/presentation.xml", `<p:presentation><p:sldIdLst><p:sldId r:id="a"/><p:sldId r:id="b"/></p:sldIdLst><p:sldSz cx="1000" cy="500"/></p:presentation>`,
		"ppt/_rels/presentation.xml.rels", named("a", "slides/slide1.xml", "b", "slides/slide2.xml"),
		"ppt/slides/slide1.xml", `<p:sld><p:cSld><p:spTree><p:pic><p:nvPicPr><p:cNvPr descr="图一"/></p:nvPicPr><p:blipFill><a:blip r:embed="r1"/></p:blipFill><p:spPr><a:xfrm><a:ext cx="250" cy="9"/></a:xfrm></p:spPr></p:pic></p:spTree></p:cSld></p:sld>`,
		"ppt/slides/slide2.xml", `<p:sld><p:cSld><p:spTree><p:grpSp><p:pic><p:blipFill><a:blip r:embed="r1"/></p:blipFill></p:pic></p:grpSp></p:spTree></p:cSld></p:sld>`,
		"ppt/slides/_rels/slide1.xml.rels", named("r1", "../media/1.png"), "ppt/slides/_rels/slide2.xml.rels", named("r1", "../media/2.png"),
		"ppt/media/1.png", pngOf(t, 4, 3), "ppt/media/2.png", pngOf(t, 5, 5))
	v := view(t, pptxType, deck)
	if got := strings.Join(placed(v), " "); got != "1 2" || len(v.Pictures) != 2 || v.Pictures[0].Data == nil || v.Pictures[1].Data == nil {
		t.Fatalf("slides: %q %s %+v", got, v.Why, v.Pictures)
	}
	if d := v.Parts[0].Blocks[0].Drawing; d.Alt != "图一" || d.Width != 25 {
		t.Errorf("slides: %+v", d)
	}
}

// placed are the numbers of the pictures, one for each place; "-" is one of
// which nothing is known.
func placed(v View) (ns []string) {
	for _, part := range v.Parts {
		for _, b := range part.Blocks {
			for _, r := range b.Rows {
				for _, c := range r.Cells {
					for _, d := range c.Drawings {
						ns = append(ns, strconv.Itoa(d.Picture))
					}
				}
			}
			switch {
			case b.Drawing != nil:
				ns = append(ns, strconv.Itoa(b.Drawing.Picture))
			case b.Kind == "picture":
				ns = append(ns, "-")
			}
		}
	}
	return ns
}

// TestPictureBombs: pictures cost no more than they may, however many there are
// and whatever they unfold to, and the text is shown all the same (UP-04).
func TestPictureBombs(t *testing.T) {
	const places = 3000
	many := func(content func(int) string, n int) []byte {
		var body, rels strings.Builder
		parts := []part{}
		rels.WriteString("<Relationships>")
		for i := range places {
			id := "r" + strconv.Itoa(i%n)
			body.WriteString(drawn(id))
			if i < n {
				rels.WriteString(`<Relationship Id="` + id + `" Target="media/` + id + `.png"/>`)
				parts = append(parts, part{"word/media/" + id + ".png", strings.NewReader(content(i))})
			}
		}
		return archive(t, append([]part{{"word/document.xml", strings.NewReader("<w:document>" + p("见") + body.String() + "</w:document>")},
			{"word/_rels/document.xml.rels", strings.NewReader(rels.String() + "</Relationships>")}}, parts...)...)
	}
	endlessly := func(head, one, tail string) []byte {
		return archive(t, part{"word/document.xml", strings.NewReader("<w:document>" + head + strings.Repeat(one, 10<<20/len(one)) + tail + "</w:document>")})
	}
	small, noise := pngOf(t, 4, 3), make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(rand.Uint32()) //nolint:gosec // any will do
	}
	large := pngOf(t, 4_000, 4_000)
	for name, tt := range map[string]struct {
		body  []byte
		shown int
	}{
		"very many":              {many(func(int) string { return small }, 2000), maxPictures},
		"half of each text":      {many(func(int) string { return small + strings.Repeat("\x00", maxPicture/2) }, 20), 3},
		"all of them zeros":      {many(func(int) string { return strings.Repeat("\x00", maxPicture-1) }, 50), 0},
		"a little too many":      {many(func(int) string { return small + strings.Repeat("\x00", 4*maxPicture) }, 12), 0},
		"noise":                  {many(func(int) string { return small + string(noise) }, 12), 5},
		"16,000,000 points each": {many(func(int) string { return large }, 12), 3},
		"one after the other":    {endlessly("<w:p>", `<w:r><w:drawing><a:blip r:embed="a"/></w:drawing></w:r>`, "</w:p>"), 0},
		"in one cell":            {endlessly("<w:tbl><w:tr><w:tc><w:p>", `<w:r><w:drawing><a:blip r:embed="a"/></w:drawing></w:r>`, "</w:p></w:tc></w:tr></w:tbl>"), 0},
		"marks":                  {endlessly("<w:p>", "<w:r><w:drawing/></w:r>", "</w:p>"), 0},
	} {
		p := peak()
		began := time.Now()
		v := view(t, docxType, tt.body)
		took, grown := time.Since(began), p.grown()
		n, bytes := 0, 0
		for _, p := range v.Pictures {
			if n, bytes = n+min(1, len(p.Data)), bytes+len(p.Data); (p.Data == nil) == (p.Why == "") || (p.Data == nil) != (p.Type == "") {
				t.Errorf("%s: %d bytes, type %q, why %q", name, len(p.Data), p.Type, p.Why)
			}
		}
		if v.Kind == "document" && (n != tt.shown || bytes > maxGallery || len(v.Pictures) > maxPictures) || v.Kind != "document" && (tt.shown > 0 || v.Why == "type") {
			t.Errorf("%s: %s %s, %d of %d pictures shown, %d bytes", name, v.Kind, v.Why, n, len(v.Pictures), bytes)
		}
		if len(placed(v)) > maxBlocks {
			t.Errorf("%s: %d places", name, len(placed(v)))
		}
		if out, err := json.Marshal(v); err != nil || len(out) > maxGallery*3/2+2<<20 {
			t.Errorf("%s: an answer of %d bytes, %v", name, len(out), err)
		}
		if took > 2*time.Second || grown > 128<<20 {
			t.Errorf("%s: took %v and %d MiB", name, took, grown>>20)
		}
		t.Logf("%-24s %8d bytes: %8s %6s, %3d of %3d after %4d ms, %3d MiB", name, len(tt.body), v.Kind, v.Why, n, len(v.Pictures), took.Milliseconds(), grown>>20)
	}
}

// A picture for which there is no time left is not shown, and what else there is
// stays.
func TestPictureOutOfTime(t *testing.T) {
	t.Parallel()
	body := docxOf(t, p("见")+drawn("r1"), "word/_rels/document.xml.rels", named("r1", "media/1.png"), "word/media/1.png", pngOf(t, 4, 3))
	ctx, cancel := context.WithCancel(t.Context())
	k, err := unpack(ctx, body)
	must(t, err)
	g := gallery{}
	g.number("word/media/1.png")
	if all := g.load(k); len(all) != 1 || all[0].Data == nil {
		t.Fatalf("%+v", all)
	}
	cancel()
	if all := g.load(k); len(all) != 1 || all[0].Data != nil || all[0].Why != "large" {
		t.Errorf("with no time left: %+v", all)
	}
}
