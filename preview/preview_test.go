package preview

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"hetu/feature"
	"hetu/storage"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// content is what a download of body would send.
func content(kind string, body []byte) feature.Content {
	return feature.Content{Size: int64(len(body)), Headers: storage.Headers(storage.Object{Type: kind}, "a"),
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }}
}

func view(t *testing.T, kind string, body []byte) View {
	t.Helper()
	v, err := Of(content(kind, body))(t.Context())
	must(t, err)
	return v
}

// zipped is an archive of names and texts in turn.
func zipped(t *testing.T, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		must(t, err)
		_, err = io.WriteString(w, parts[i+1])
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

const (
	docxType = ooxml + "wordprocessingml.document"
	xlsxType = ooxml + "spreadsheetml.sheet"
	pptxType = ooxml + "presentationml.presentation"
)

func docxOf(t *testing.T, body string, more ...string) []byte {
	t.Helper()
	return zipped(t, append([]string{"[Content_Types].xml", "<Types/>", "word/document.xml",
		`<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="w" xmlns:mc="mc"><w:body>` + body + `</w:body></w:document>`}, more...)...)
}

// lines are the blocks of a view, one a line, in short.
func lines(v View) string {
	var out []string
	for _, p := range v.Parts {
		if p.Title != "" {
			out = append(out, "== "+p.Title)
		}
		for _, b := range p.Blocks {
			out = append(out, short(b))
		}
	}
	return strings.Join(out, "\n")
}

func short(b Block) string {
	s := map[string]string{"heading": strings.Repeat("#", b.Level) + " ", "item": strings.Repeat("  ", b.Level) + b.Label + " ", "picture": "[picture]"}[b.Kind]
	if b.Align != "" {
		s += "<" + b.Align + ">"
	}
	s += runs(b.Runs)
	for _, r := range b.Rows {
		var cells []string
		for _, c := range r.Cells {
			n := runs(c.Runs)
			if c.Across > 1 {
				n += ">" + string(rune('0'+c.Across))
			}
			if c.Down > 1 {
				n += "v" + string(rune('0'+c.Down))
			}
			cells = append(cells, n)
		}
		s += "|" + strings.Join(cells, "|") + "|"
	}
	return s
}

func runs(rs []Run) (s string) {
	for _, r := range rs {
		text := r.Text
		if r.Bold {
			text = "*" + text + "*"
		}
		if r.Italic {
			text = "/" + text + "/"
		}
		if r.Underline {
			text = "_" + text + "_"
		}
		s += text
	}
	return s
}

const styled = `<w:styles xmlns:w="w"><w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/></w:style>` +
	`<w:style w:type="paragraph" w:styleId="2"><w:name w:val="我的标题"/><w:basedOn w:val="1"/><w:pPr><w:jc w:val="center"/></w:pPr></w:style>` +
	`<w:style w:type="paragraph" w:styleId="3"><w:name w:val="列"/><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="7"/></w:numPr></w:pPr></w:style></w:styles>`

const numbered = `<w:numbering xmlns:w="w"><w:abstractNum w:abstractNumId="0">` +
	`<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>` +
	`<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:isLgl/><w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum>` +
	`<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="x"/></w:lvl></w:abstractNum>` +
	`<w:num w:numId="7"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="8"><w:abstractNumId w:val="1"/></w:num></w:numbering>`

func p(text string) string {
	return `<w:p><w:r><w:t xml:space="preserve">` + text + `</w:t></w:r></w:p>`
}

func item(num, level, text string) string {
	return `<w:p><w:pPr><w:numPr><w:ilvl w:val="` + level + `"/><w:numId w:val="` + num + `"/></w:numPr></w:pPr><w:r><w:t>` + text + `</w:t></w:r></w:p>`
}

// TestDocument reads what a person would read in a document.
func TestDocument(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ body, want string }{
		"plain":                       {p("关于 防汛 &lt;工作&gt; &amp; 安排"), "关于 防汛 <工作> & 安排"},
		"looks":                       {`<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>粗</w:t></w:r><w:r><w:rPr><w:i/><w:b w:val="0"/></w:rPr><w:t>斜</w:t></w:r><w:r><w:rPr><w:u w:val="single"/></w:rPr><w:t>线</w:t></w:r></w:p>`, "*粗*/斜/_线_"},
		"the same look":               {`<w:p><w:r><w:t>一</w:t></w:r><w:proofErr/><w:r><w:t>二</w:t></w:r></w:p>`, "一二"},
		"headings":                    {`<w:p><w:pPr><w:pStyle w:val="1"/></w:pPr><w:r><w:t>一章</w:t></w:r></w:p><w:p><w:pPr><w:outlineLvl w:val="1"/></w:pPr><w:r><w:t>一节</w:t></w:r></w:p>`, "# 一章\n## 一节"},
		"a style's style":             {`<w:p><w:pPr><w:pStyle w:val="2"/></w:pPr><w:r><w:t>正标题</w:t></w:r></w:p>`, "# <center>正标题"},
		"lists":                       {item("7", "0", "甲") + item("7", "1", "乙") + item("7", "1", "丙") + item("7", "0", "丁") + item("7", "1", "戊") + item("8", "0", "己"), "一、 甲\n  1.1 乙\n  1.2 丙\n二、 丁\n  2.1 戊\n• 己"},
		"a list by style":             {`<w:p><w:pPr><w:pStyle w:val="3"/></w:pPr><w:r><w:t>甲</w:t></w:r></w:p>`, "  1.1 甲"},
		"right":                       {`<w:p><w:pPr><w:jc w:val="right"/></w:pPr><w:r><w:t>办公室</w:t></w:r></w:p>`, "<right>办公室"},
		"breaks and tabs":             {`<w:p><w:r><w:t>一</w:t><w:br/><w:t>二</w:t><w:tab/><w:t>三</w:t></w:r></w:p>`, "一\n二\t三"},
		"struck out":                  {`<w:p><w:del><w:r><w:delText>旧</w:delText></w:r></w:del><w:ins><w:r><w:t>新</w:t></w:r></w:ins></w:p>`, "新"},
		"hidden":                      {`<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r><w:r><w:t>见</w:t></w:r></w:p>`, "见"},
		"a link":                      {`<w:p><w:hyperlink r:id="r9"><w:r><w:t>网址</w:t></w:r></w:hyperlink></w:p>`, "网址"},
		"a field":                     {`<w:p><w:r><w:fldChar w:fldCharType="begin"/><w:instrText> INCLUDETEXT "/etc/passwd" </w:instrText><w:t>值</w:t></w:r></w:p>`, "值"},
		"a form's control":            {`<w:sdt><w:sdtPr><w:alias w:val="x"/></w:sdtPr><w:sdtContent>` + p("填的") + `</w:sdtContent></w:sdt>`, "填的"},
		"a picture":                   {`<w:p><w:r><w:drawing><wp:inline><a:blip r:embed="r1"/></wp:inline></w:drawing></w:r></w:p>`, "[picture]"},
		"a box of text":               {`<w:p><w:r><w:t>外</w:t><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx><w:txbxContent>` + p("里") + `</w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>` + p("里") + `</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>`, "外\n里"},
		"no more than one empty line": {p("一") + "<w:p/><w:p/><w:p/>" + p("二"), "一\n\n二"},
		"a table": {`<w:tbl><w:tblPr/><w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>` + p("甲") + p("乙") + `</w:tc></w:tr><w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr>` + p("丙") +
			`</w:tc><w:tc>` + p("丁") + `</w:tc></w:tr><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc>` + p("戊") + `</w:tc></w:tr></w:tbl>`, "|甲\n乙>2||丙v2|丁||戊|"},
		"a table in a table": {`<w:tbl><w:tr><w:tc>` + p("外") + `<w:tbl><w:tr><w:tc>` + p("里") + `</w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>`, "|外\n里|"},
		"turned text":        {p("a\u202Efdp.exe\u2066"), "afdp.exe"},
		"markup is text":     {p("&lt;script&gt;alert(1)&lt;/script&gt;"), "<script>alert(1)</script>"},
	} {
		v := view(t, docxType, docxOf(t, tt.body, "word/styles.xml", styled, "word/numbering.xml", numbered))
		if got := lines(v); v.Kind != "document" || got != tt.want {
			t.Errorf("%s: %s %s\n%s\nwant\n%s", name, v.Kind, v.Why, got, tt.want)
		}
	}
}

// TestSlides reads slides in the order they are shown in.
func TestSlides(t *testing.T) {
	t.Parallel()
	sp := func(kind, paragraphs string) string {
		return `<p:sp><p:nvSpPr><p:nvPr><p:ph type="` + kind + `"/></p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>` + paragraphs + `</p:txBody></p:sp>`
	}
	para := func(props, text string) string {
		return `<a:p><a:pPr ` + props + `</a:pPr><a:r><a:rPr b="1"/><a:t>` + text + `</a:t></a:r></a:p>`
	}
	slide := func(shapes string) string {
		return `<p:sld xmlns:p="p" xmlns:a="a"><p:cSld><p:spTree>` + shapes + `</p:spTree></p:cSld></p:sld>`
	}
	body := zipped(t, "[Content_Types].xml", "<Types/>",
		"ppt/presentation.xml", `<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst><p:sldId id="256" r:id="b"/><p:sldId id="257" r:id="a"/><p:sldId id="258" r:id="out"/></p:sldIdLst></p:presentation>`,
		"ppt/_rels/presentation.xml.rels", `<Relationships><Relationship Id="a" Target="slides/slide1.xml"/><Relationship Id="b" Target="/ppt/slides/slide2.xml"/><Relationship Id="out" Target="http://127.0.0.1/x" TargetMode="External"/></Relationships>`,
		"ppt/slides/slide1.xml", slide(sp("body", para(`lvl="1"><a:buChar char="x"/`+">", "细项")+para(`><a:buAutoNum type="a"/`+">", "先")+para(`><a:buAutoNum type="a"/`+">", "后"))+`<p:pic/>`+sp("sldNum", para(">", "9"))),
		"ppt/slides/slide2.xml", slide(sp("ctrTitle", para(">", "防汛部署"))+`<p:graphicFrame><a:tbl><a:tr><a:tc gridSpan="2"><a:txBody>`+para(">", "表头")+`</a:txBody></a:tc><a:tc hMerge="1"><a:txBody><a:p/></a:txBody></a:tc></a:tr></a:tbl></p:graphicFrame>`))
	want := "== 防汛部署\n|*表头*>2|\n  • *细项*\n1. *先*\n2. *后*\n[picture]"
	if v := view(t, pptxType, body); v.Kind != "slides" || len(v.Parts) != 2 || lines(v) != want {
		t.Errorf("%s %s, %d parts:\n%s\nwant\n%s", v.Kind, v.Why, len(v.Parts), lines(v), want)
	}
}

// TestSheets reads what cells show, of as many rows and columns as may be.
func TestSheets(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	must(t, f.SetSheetName("Sheet1", "汇总"))
	must(t, f.SetSheetRow("汇总", "A1", &[]any{"单位", "篇数", "比例"}))
	must(t, f.SetSheetRow("汇总", "A2", &[]any{"=cmd|' /C calc'!A0", 12, 0.25}))
	percent, err := f.NewStyle(&excelize.Style{NumFmt: 9})
	must(t, err)
	must(t, f.SetCellStyle("汇总", "C2", "C2", percent))
	for _, name := range []string{"暗", "长"} {
		_, err = f.NewSheet(name)
		must(t, err)
	}
	must(t, f.SetCellValue("暗", "A1", "看不见"))
	must(t, f.SetSheetVisible("暗", false))
	for i := range 400 {
		must(t, f.SetCellInt("长", "A"+itoa(i+1), int64(i)))
	}
	must(t, f.SetCellInt("长", "BZ1", 1))
	var b bytes.Buffer
	must(t, f.Write(&b))
	v := view(t, xlsxType, b.Bytes())
	if v.Kind != "sheets" || len(v.Parts) != 2 || !v.Cut || v.Parts[0].Cut || !v.Parts[1].Cut {
		t.Fatalf("%+v", v)
	}
	if got := short(v.Parts[0].Blocks[0]); v.Parts[0].Title != "汇总" || got != "|单位|篇数|比例||=cmd|' /C calc'!A0|12|25%|" {
		t.Errorf("%s: %s", v.Parts[0].Title, got)
	}
	rows := v.Parts[1].Blocks[0].Rows
	if len(rows) != maxRows || len(rows[0].Cells) != maxColumns || rows[299].Cells[0].Runs[0].Text != "299" {
		t.Errorf("%d rows, %d columns", len(rows), len(rows[0].Cells))
	}
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

// TestText reads text as it was written, whatever wrote it.
func TestText(t *testing.T) {
	t.Parallel()
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("今年汛期")
	must(t, err)
	for name, tt := range map[string]struct{ body, want string }{
		"UTF-8":          {"今年\r\n汛期", "今年\n汛期"},
		"with a mark":    {"\xEF\xBB\xBF今年汛期", "今年汛期"},
		"UTF-16":         {"\xFF\xFE\xCA\x4E\x74\x5E", "今年"},
		"GB 18030":       {gb, "今年汛期"},
		"markup is text": {"<b>&amp;</b>", "<b>&amp;</b>"},
		"turned":         {"a\u202Eb\x00\x1bc", "abc"},
	} {
		if v := view(t, "text/plain", []byte(tt.body)); v.Kind != "text" || v.Text != tt.want || v.Cut {
			t.Errorf("%s: %+v, want %q", name, v, tt.want)
		}
	}
	if v := view(t, "text/plain", []byte(strings.Repeat("长", 1<<20))); !v.Cut || len(v.Text) > maxText || strings.Trim(v.Text, "长") != "" {
		t.Errorf("a long text: %d bytes, cut %v, %q", len(v.Text), v.Cut, strings.Trim(v.Text, "长"))
	}
	v := view(t, "text/csv", []byte("单位\t数\t\n二〇二六年十月重点断面水质监测\n一处\t3\n合计\n"))
	if got := short(v.Parts[0].Blocks[0]); got != "|单位|数|||二〇二六年十月重点断面水质监测>3||一处|3||合计|" {
		t.Errorf("a long text alone in its row: %s", got)
	}
	v = view(t, "text/csv", []byte("单位\t\"篇\n数\"\n一处\t3\n"))
	if got := short(v.Parts[0].Blocks[0]); v.Kind != "sheets" || got != "|单位|篇\n数||一处|3|" {
		t.Errorf("%s %s", v.Kind, got)
	}
}

// TestPicture says how large a picture is; what is shown is the picture itself.
func TestPicture(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	must(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 3))))
	if v := view(t, "image/png", b.Bytes()); v.Kind != "image" || v.Width != 4 || v.Height != 3 {
		t.Errorf("%+v", v)
	}
	if v := view(t, "image/png", []byte("<svg onload=alert(1)>")); v.Why != "damaged" {
		t.Errorf("%+v", v)
	}
}

// TestNone: what cannot be shown says why, without being read.
func TestNone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind string
		size int64
		want View
	}{
		"doc":         {"application/msword", 9, none("legacy")},
		"xls":         {"application/vnd.ms-excel", 9, none("legacy")},
		"ppt":         {"application/vnd.ms-powerpoint", 9, none("legacy")},
		"an archive":  {"application/zip", 9, none("type")},
		"a page":      {"text/html", 9, none("type")},
		"PDF":         {"application/pdf", MaxPDF, View{Kind: "pdf", Parts: []Part{}}},
		"a long PDF":  {"application/pdf", MaxPDF + 1, none("large")},
		"a long DOCX": {docxType, MaxFile + 1, none("large")},
		"a long text": {"text/plain", MaxFile + 1, none("large")},
	} {
		c := feature.Content{Size: tt.size, Headers: storage.Headers(storage.Object{Type: tt.kind}, "a"),
			Open: func(context.Context) (io.ReadCloser, error) { return nil, errors.New("it was read") }}
		if v, err := Of(c)(t.Context()); err != nil || !reflect.DeepEqual(v, tt.want) {
			t.Errorf("%s: %+v, %v, want %+v", name, v, err, tt.want)
		}
	}
}

// TestStore: what the store says is wrong is wrong, and no view is made of bytes
// that are not those that were uploaded.
func TestStore(t *testing.T) {
	t.Parallel()
	broken := errors.New("not the bytes that were put")
	c := content("text/plain", []byte("abc"))
	c.Open = func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("abc"), failing{broken})), nil
	}
	if _, err := Of(c)(t.Context()); !errors.Is(err, broken) {
		t.Errorf("= %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Of(content("text/plain", []byte("abc")))(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("after its reader has gone: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestLimits: a long document is shown as far as there is room, and says so.
func TestLimits(t *testing.T) {
	t.Parallel()
	v := view(t, docxType, docxOf(t, strings.Repeat(p("一段话"), 2*maxBlocks)))
	if !v.Cut || !v.Parts[0].Cut || len(v.Parts[0].Blocks) != maxBlocks {
		t.Errorf("cut %v after %d blocks", v.Cut, len(v.Parts[0].Blocks))
	}
	v = view(t, docxType, docxOf(t, "<w:tbl>"+strings.Repeat("<w:tr><w:tc>"+p("格")+"</w:tc></w:tr>", 2*maxRows)+"</w:tbl>"))
	if !v.Cut || len(v.Parts[0].Blocks[0].Rows) != maxRows {
		t.Errorf("cut %v", v.Cut)
	}
}
