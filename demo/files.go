package demo

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"strings"
	"unicode/utf16"
)

// A paper is a file to attach: what it is called, what is in it, and its bytes.
type paper struct {
	file, name, summary string
	content             []byte
}

// paperFor makes a file that goes with an item.
func paperFor(rnd *rand.Rand, title string) (paper, error) {
	switch rnd.IntN(4) {
	case 0:
		return paper{"统计图.png", "情况统计图", "各县（区）进展情况柱状图", chart(rnd)}, nil
	case 1:
		b, err := docx(title, []string{"一、基本情况", "二、主要做法", "三、下一步打算"})
		return paper{"情况说明.docx", "情况说明", "对正文所述工作的背景和做法的补充说明", b}, err
	case 2:
		return paper{"明细表.csv", "工作明细表", "按县（区）列出的完成数量", sheet(rnd)}, nil
	}
	return paper{"通报全文.pdf", "通报全文", "印发的通报全文，含问题清单", pdf(title)}, nil
}

// pdf returns one page with one line, in a font every reader has for Chinese.
func pdf(line string) []byte {
	var hex strings.Builder
	for _, u := range utf16.Encode([]rune(line)) {
		fmt.Fprintf(&hex, "%04X", u)
	}
	page := "BT /F1 16 Tf 60 760 Td <" + hex.String() + "> Tj ET"
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(page), page),
		"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
		"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 /FontDescriptor 7 0 R >>",
		"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	at := make([]int, len(objects))
	for i, o := range objects {
		at[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return b.Bytes()
}

// chart draws bars.
func chart(rnd *rand.Rand) []byte {
	img := image.NewPaletted(image.Rect(0, 0, 640, 320), color.Palette{color.White, color.RGBA{0x1F, 0x5F, 0xA8, 0xFF}, color.Gray{0x99}})
	for bar := range 8 {
		height := 60 + rnd.IntN(220)
		for x := 40 + bar*72; x < 80+bar*72; x++ {
			for y := 300 - height; y < 300; y++ {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	for x := 20; x < 620; x++ {
		img.SetColorIndex(x, 300, 2)
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img) // a buffer takes everything
	return b.Bytes()
}

// sheet is a list that any spreadsheet opens.
func sheet(rnd *rand.Rand) []byte {
	var b strings.Builder
	b.WriteString("序号,县（区）,任务数,完成数\r\n")
	for i, c := range []string{"平溪县", "南浦区", "安澜县", "北渡区", "云陂县", "柳堰县"} {
		n := 10 + rnd.IntN(60)
		fmt.Fprintf(&b, "%d,%s,%d,%d\r\n", i+1, c, n, n-rnd.IntN(8))
	}
	return []byte(b.String())
}

// docx returns a document of a heading and paragraphs.
func docx(heading string, paragraphs []string) ([]byte, error) {
	const w = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`
	var text strings.Builder
	for _, p := range append([]string{heading}, paragraphs...) {
		text.WriteString("<w:p><w:r><w:t>")
		if err := xml.EscapeText(&text, []byte(p)); err != nil {
			return nil, err
		}
		text.WriteString("</w:t></w:r></w:p>")
	}
	parts := []struct{ name, body string }{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
			`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/document.xml", `<w:document ` + w + `><w:body>` + text.String() + `</w:body></w:document>`},
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		f, err := z.Create(p.name)
		if err != nil {
			return nil, err
		}
		if _, err := f.Write([]byte(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n" + p.body)); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
