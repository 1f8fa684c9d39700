package assess

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

const docxType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// What a document has beside its text. The names of the typefaces are those an
// office asks for; the machine that opens it supplies them.
var docxParts = []struct{ name, content string }{
	{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/></Types>`},
	{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`},
	{"word/_rels/document.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer1.xml"/></Relationships>`},
	{"word/footer1.xml", `<w:ftr xmlns:w="` + wordSpace + `"><w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:t xml:space="preserve">— </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>`},
}

const (
	wordSpace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
	xmlHead   = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	// A4 with the margins of a paper of an office (GB/T 9704-2012).
	wordEnd = `<w:sectPr xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:footerReference w:type="default" r:id="rId1"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1588" w:header="851" w:footer="1304" w:gutter="0"/><w:docGrid w:type="lines" w:linePitch="579"/></w:sectPr>`
)

// writeDocx writes the blocks of a bulletin as a document people go on editing.
// The same blocks make the same bytes.
func writeDocx(w io.Writer, _ string, blocks []Block) error {
	z := zip.NewWriter(w)
	var body strings.Builder
	body.WriteString(`<w:document xmlns:w="` + wordSpace + `"><w:body>`)
	for _, b := range blocks {
		b.word(&body)
	}
	body.WriteString(wordEnd + `</w:body></w:document>`)
	for _, p := range append(docxParts[:len(docxParts):len(docxParts)], struct{ name, content string }{"word/document.xml", body.String()}) {
		f, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate})
		if err != nil {
			return fmt.Errorf("assess: docx: %w", err)
		}
		if _, err := io.WriteString(f, xmlHead+p.content); err != nil {
			return fmt.Errorf("assess: docx: %w", err)
		}
	}
	return z.Close()
}

// A wordStyle is how a kind of block looks: typeface, half points, alignment,
// indent in hundredths of a character.
type wordStyle struct {
	font   string
	size   int
	how    string
	indent int
}

var wordStyles = map[string]wordStyle{
	"title":    {"方正小标宋简体", 44, "center", 0},
	"subtitle": {"楷体_GB2312", 32, "center", 0},
	"heading":  {"黑体", 32, "left", 200},
	"text":     {"仿宋_GB2312", 32, "both", 200},
	"right":    {"仿宋_GB2312", 32, "right", 0},
	"cell":     {"仿宋_GB2312", 24, "center", 0},
	"head":     {"黑体", 24, "center", 0},
}

func (b Block) word(w *strings.Builder) {
	if b.Kind != "table" {
		wordStyles[b.Kind].paragraph(w, b.Text)
		return
	}
	w.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:jc w:val="center"/><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		fmt.Fprintf(w, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="000000"/>`, side)
	}
	w.WriteString(`</w:tblBorders></w:tblPr><w:tblGrid>` + strings.Repeat(`<w:gridCol/>`, len(b.Head)) + `</w:tblGrid>`)
	wordRow(w, `<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>`, "head", b.Head)
	for _, r := range b.Rows {
		wordRow(w, `<w:trPr><w:cantSplit/></w:trPr>`, "cell", r)
	}
	w.WriteString(`</w:tbl>`)
	wordStyles["cell"].paragraph(w, "")
}

func wordRow(w *strings.Builder, properties, style string, cells []string) {
	w.WriteString(`<w:tr>` + properties)
	for _, c := range cells {
		w.WriteString(`<w:tc><w:tcPr><w:vAlign w:val="center"/></w:tcPr>`)
		wordStyles[style].paragraph(w, c)
		w.WriteString(`</w:tc>`)
	}
	w.WriteString(`</w:tr>`)
}

func (s wordStyle) paragraph(w *strings.Builder, text string) {
	fmt.Fprintf(w, `<w:p><w:pPr><w:ind w:firstLineChars="%d"/><w:jc w:val="%s"/></w:pPr>`, s.indent, s.how)
	if text != "" {
		fmt.Fprintf(w, `<w:r><w:rPr><w:rFonts w:ascii="%[1]s" w:hAnsi="%[1]s" w:eastAsia="%[1]s"/><w:sz w:val="%[2]d"/><w:szCs w:val="%[2]d"/></w:rPr><w:t xml:space="preserve">`, s.font, s.size)
		var b bytes.Buffer
		_ = xml.EscapeText(&b, []byte(text)) // a buffer takes everything
		w.WriteString(b.String() + `</w:t></w:r>`)
	}
	w.WriteString(`</w:p>`)
}
