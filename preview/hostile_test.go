package preview

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"go/build"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// endless is a text again and again.
func endless(s string) io.Reader { return &again{s: s} }

type again struct {
	s  string
	at int
}

func (a *again) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		m := copy(b[n:], a.s[a.at:])
		n, a.at = n+m, (a.at+m)%len(a.s)
	}
	return n, nil
}

type part struct {
	name string
	body io.Reader
}

func archive(t *testing.T, parts ...part) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, p := range parts {
		w, err := z.Create(p.name)
		must(t, err)
		_, err = io.Copy(w, p.body)
		must(t, err)
	}
	must(t, z.Close())
	return b.Bytes()
}

// filled is a part of n bytes: a beginning and then the same again and again.
func filled(name, head, again string, n int64) part {
	return part{name, io.MultiReader(strings.NewReader(head), io.LimitReader(endless(again), n))}
}

const (
	bookXML  = `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>`
	bookRel  = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`
	typesXML = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`
	mainRel  = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	laughs   = `<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>`
)

func bookOf(t *testing.T, parts ...part) []byte {
	t.Helper()
	return archive(t, append([]part{{"[Content_Types].xml", strings.NewReader(typesXML)}, {"_rels/.rels", strings.NewReader(mainRel)}, {"xl/workbook.xml", strings.NewReader(bookXML)},
		{"xl/_rels/workbook.xml.rels", strings.NewReader(bookRel)}}, parts...)...)
}

// manyEntries says that it holds n files.
func manyEntries(n uint16) []byte {
	end := make([]byte, 22)
	copy(end, "PK\x05\x06")
	binary.LittleEndian.PutUint16(end[10:], n)
	return append([]byte("PK\x03\x04"), end...)
}

// vast is a PNG that says that it is so large.
func vast(w, h uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x00\x00\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00")
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

// TestBombs: a file that unfolds to more than it is costs no more than any other
// (UP-04). Not all of them are refused: of some, the beginning can be shown.
func TestBombs(t *testing.T) {
	const huge = 40 << 20
	sheet := func(cells string) part {
		return part{"xl/worksheets/sheet1.xml", strings.NewReader(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + cells + `</sheetData></worksheet>`)}
	}
	one := sheet(`<row r="1"><c r="A1" t="s"><v>0</v></c></row>`)
	for name, tt := range map[string]struct {
		kind string
		body []byte
		want string // how it is shown, or why it is not
	}{
		"zeros in a document":       {docxType, archive(t, part{"word/document.xml", io.LimitReader(endless("\x00"), huge)}), "large"},
		"one long text":             {docxType, archive(t, filled("word/document.xml", "<w:document><w:body><w:p><w:r><w:t>", "ha", huge)), "large"},
		"paragraphs without end":    {docxType, archive(t, filled("word/document.xml", "<w:document><w:body>", "<w:p><w:r><w:t>a</w:t></w:r></w:p>", huge)), "document"},
		"elements in elements":      {docxType, archive(t, filled("word/document.xml", "", "<a>", huge)), "large"},
		"tables in tables":          {docxType, docxOf(t, strings.Repeat("<w:tbl><w:tr><w:tc>", 2000)), "large"},
		"cells without end":         {docxType, docxOf(t, "<w:tbl><w:tr>"+strings.Repeat(`<w:tc><w:tcPr><w:gridSpan w:val="63"/></w:tcPr></w:tc>`, 100_000)+"</w:tr></w:tbl>"), "document"},
		"styles of each other":      {docxType, docxOf(t, p("a"), "word/styles.xml", `<w:styles><w:style w:type="paragraph" w:styleId="1"><w:basedOn w:val="1"/></w:style></w:styles>`), "document"},
		"laughs":                    {docxType, zipped(t, "word/document.xml", laughs+"<w:document>&c;</w:document>"), "damaged"},
		"no end":                    {docxType, zipped(t, "word/document.xml", "<w:document><w:body><w:p>"), "damaged"},
		"more ends than beginnings": {docxType, zipped(t, "word/document.xml", "</w:document></w:body>"), "damaged"},
		"nothing":                   {docxType, zipped(t, "a", "b"), "damaged"},
		"65,535 entries":            {docxType, manyEntries(65_535), "large"},
		"another's bytes":           {docxType, []byte("%PDF-1.7"), "damaged"},
		"one attribute":             {docxType, archive(t, part{"word/document.xml", io.MultiReader(strings.NewReader(`<w:document a="`), io.LimitReader(endless("a"), 15<<20), strings.NewReader(`"/>`))}), "large"},
		"attributes":                {docxType, archive(t, filled("word/document.xml", "<w:document", ` a="b"`, 15<<20)), "large"},
		"slides without end":        {pptxType, archive(t, filled("ppt/presentation.xml", "<p:presentation><p:sldIdLst>", `<p:sldId id="1" r:id="a"/>`, huge)), "slides"},
		"the last cell":             {xlsxType, bookOf(t, sheet(`<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>`)), "sheets"},
		"rows without end":          {xlsxType, bookOf(t, filled("xl/worksheets/sheet1.xml", "<worksheet><sheetData>", "<row><c><v>1</v></c></row>", huge)), "sheets"},
		"a row without end":         {xlsxType, bookOf(t, filled("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row>", "<c><v>1</v></c>", huge)), "sheets"},
		"a sheet in a sheet":        {xlsxType, bookOf(t, filled("xl/worksheets/sheet1.xml", "", "<a>", huge)), "damaged"},
		"texts without end":         {xlsxType, bookOf(t, one, filled("xl/sharedStrings.xml", "<sst>", "<si><t>a</t></si>", huge)), "large"},
		"as many texts as may be":   {xlsxType, bookOf(t, one, part{"xl/sharedStrings.xml", io.MultiReader(strings.NewReader(`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`), io.LimitReader(endless("<si><t>abcdefghijklmnopqrst</t></si>"), 36*60_000), strings.NewReader("</sst>"))}), "sheets"},
		"styles without end":        {xlsxType, bookOf(t, one, filled("xl/styles.xml", "<styleSheet><fonts>", "<font/>", huge)), "large"},
		"laughing sheets":           {xlsxType, bookOf(t, sheet(""), part{"xl/sharedStrings.xml", strings.NewReader(laughs + "<sst>&c;</sst>")}), "damaged"},
		"60,000 x 60,000 points":    {"image/png", vast(60_000, 60_000), "large"},
		"one long line":             {"text/csv", bytes.Repeat([]byte("a"), MaxFile), "sheets"},
		"one long quotation":        {"text/csv", append([]byte(`"`), bytes.Repeat([]byte("a,\n"), MaxFile/3-1)...), "sheets"},
	} {
		p := peak()
		began := time.Now()
		v := view(t, tt.kind, tt.body)
		took, grown := time.Since(began), p.grown()
		slow := raced && v.Why == "large" && took > MaxTime
		if v.Kind != tt.want && v.Why != tt.want && !slow {
			t.Errorf("%s (%d bytes): %s %s, want %s", name, len(tt.body), v.Kind, v.Why, tt.want)
		}
		if out, err := json.Marshal(v); err != nil || len(out) > 2<<20 {
			t.Errorf("%s: an answer of %d bytes, %v", name, len(out), err)
		}
		if took > 2*time.Second || grown > 128<<20 {
			t.Errorf("%s: took %v and %d MiB", name, took, grown>>20)
		}
		t.Logf("%-26s %8d bytes: %8s %7s after %4d ms, %3d MiB", name, len(tt.body), v.Kind, v.Why, took.Milliseconds(), grown>>20)
	}
}

// A watch looks how large the heap gets.
type watch struct {
	before uint64
	most   atomic.Uint64
	stop   chan struct{}
	ended  chan struct{}
}

func peak() *watch {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	w := &watch{before: m.HeapInuse, stop: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-w.stop:
				return
			case <-tick.C:
				runtime.ReadMemStats(&m)
				w.most.Store(max(w.most.Load(), m.HeapInuse))
			}
		}
	}()
	return w
}

func (w *watch) grown() int64 {
	close(w.stop)
	<-w.ended
	return int64(max(w.most.Load(), w.before) - w.before) //nolint:gosec // bytes of this machine
}

// TestReachesNothing: nothing that a file names is fetched, opened or run: no
// address, no file of the server's, no macro, no object (UP-08).
func TestReachesNothing(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer trap.Close()
	secret := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(secret, []byte("CANARY-OF-THE-SERVER"), 0o600))
	rels := func(base string) string {
		var b strings.Builder
		b.WriteString(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
		for i, target := range []string{trap.URL + "/a", "http://169.254.169.254/latest/", "file://" + secret, secret, "../../../../../.." + secret, `\\127.0.0.1\share\a`} {
			for j, kind := range []string{"attachedTemplate", "image", "oleObject", "externalLink", "slide", "worksheet", "styles", "hyperlink", "frame"} {
				for k, mode := range []string{"", ` TargetMode="External"`} {
					fmt.Fprintf(&b, `<Relationship Id="x%d%d%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s"%s/>`, i, j, k, kind, target, mode)
				}
			}
		}
		return b.String() + base + `</Relationships>`
	}
	field := func(s string) string {
		return `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>` + s + `</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>`
	}
	document := docxOf(t, p("见")+field(`INCLUDETEXT "`+secret+`"`)+field(`INCLUDEPICTURE "`+trap.URL+`/b"`)+field(`DDEAUTO c:\\windows\\system32\\cmd.exe "/k calc"`)+
		`<w:altChunk r:id="x000"/><w:subDoc r:id="x200"/><w:p><w:r><w:object><o:OLEObject r:id="x220"/></w:object></w:r></w:p><w:p><w:hyperlink r:id="x071"><w:r><w:t>此</w:t></w:r></w:hyperlink></w:p>`,
		"word/_rels/document.xml.rels", rels(""), "word/settings.xml", `<w:settings><w:attachedTemplate r:id="x001"/></w:settings>`, "word/_rels/settings.xml.rels", rels(""),
		"word/vbaProject.bin", "Sub AutoOpen()", "word/embeddings/oleObject1.bin", "\xD0\xCF\x11\xE0", "customXml/item1.xml", laughs)
	book := zipped(t, "[Content_Types].xml", typesXML, "_rels/.rels", mainRel, "xl/workbook.xml", strings.Replace(bookXML, "<sheets>", `<externalReferences><externalReference r:id="x031"/></externalReferences><definedNames><definedName name="a">WEBSERVICE("`+trap.URL+`")</definedName></definedNames><sheets>`, 1),
		"xl/_rels/workbook.xml.rels", rels(strings.TrimSuffix(bookRel[strings.Index(bookRel, "<Relationship "):], "</Relationships>")), "xl/vbaProject.bin", "Sub Auto_Open()",
		"xl/externalLinks/externalLink1.xml", `<externalLink/>`, "xl/externalLinks/_rels/externalLink1.xml.rels", rels(""), "xl/connections.xml", `<connections><connection id="1" odcFile="`+trap.URL+`"/></connections>`,
		"xl/worksheets/_rels/sheet1.xml.rels", rels(""),
		"xl/worksheets/sheet1.xml", `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="str"><f>WEBSERVICE("`+trap.URL+`/c")</f><v>见</v></c></row></sheetData><oleObjects/></worksheet>`)
	deck := zipped(t, "ppt/presentation.xml", `<p:presentation><p:sldIdLst><p:sldId r:id="x040"/><p:sldId r:id="x140"/><p:sldId r:id="x240"/><p:sldId r:id="x340"/><p:sldId r:id="x440"/><p:sldId r:id="s"/></p:sldIdLst></p:presentation>`,
		"ppt/_rels/presentation.xml.rels", rels(`<Relationship Id="s" Target="slides/slide1.xml"/>`), "ppt/slides/_rels/slide1.xml.rels", rels(""),
		"ppt/slides/slide1.xml", `<p:sld><p:sp><p:txBody><a:p><a:r><a:rPr><a:hlinkClick r:id="x071" action="ppaction://program"/></a:rPr><a:t>见</a:t></a:r></a:p></p:txBody></p:sp><p:pic><a:videoFile r:link="x001"/></p:pic></p:sld>`)
	for kind, body := range map[string][]byte{docxType: document, xlsxType: book, pptxType: deck} {
		v := view(t, kind, body)
		out, err := json.Marshal(v)
		must(t, err)
		if v.Kind == "none" || !strings.Contains(string(out), "见") {
			t.Errorf("%s is not shown: %s", kind, out)
		}
		for _, never := range []string{"CANARY", "127.0.0.1", "169.254", "INCLUDE", "DDEAUTO", "Auto", secret} {
			if strings.Contains(string(out), never) {
				t.Errorf("%s: %s in %s", kind, never, out)
			}
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d requests went out", n)
	}
}

// TestHasNoWayOut: the package cannot reach the network, files or programs,
// because it imports nothing that does (UP-08).
func TestHasNoWayOut(t *testing.T) {
	t.Parallel()
	own, err := build.ImportDir(".", 0)
	must(t, err)
	for _, imp := range own.Imports {
		switch imp {
		case "os", "os/exec", "net", "net/http", "syscall", "plugin", "unsafe", "html/template", "io/ioutil":
			t.Errorf("preview imports %s", imp)
		}
	}
}

// TestNothingWritten: no part of a file becomes one of the server's (UP-02).
func TestNothingWritten(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	body := bookOf(t, filled("xl/worksheets/sheet1.xml", "<worksheet><sheetData>", "<row><c><v>1</v></c></row>", 40<<20),
		part{"xl/sharedStrings.xml", io.MultiReader(strings.NewReader(`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`), io.LimitReader(endless("<si><t>"+strings.Repeat("a", 1000)+"</t></si>"), 1016*5000), strings.NewReader("</sst>"))})
	for _, name := range []string{"../../etc/cron.d/a", "xl/worksheets/../../../a.xml", `xl\worksheets\..\a.xml`, "/etc/a"} {
		if v := view(t, xlsxType, bookOf(t, part{name, strings.NewReader("<a/>")})); v.Why != "damaged" {
			t.Errorf("with %s in it: %s %s", name, v.Kind, v.Why)
		}
	}
	v := view(t, xlsxType, body)
	left, err := os.ReadDir(dir)
	must(t, err)
	if v.Kind != "sheets" || len(left) > 0 {
		t.Errorf("%s %s, left behind: %v", v.Kind, v.Why, left)
	}
}

// TestAtOnce: however many people ask, only a few files are in memory.
func TestAtOnce(t *testing.T) {
	for range atOnce {
		turns <- struct{}{}
	}
	release := func() {
		for range atOnce {
			<-turns
		}
	}
	before := patience
	patience = 10 * time.Millisecond
	_, err := Of(content("text/plain", []byte("a")))(t.Context())
	patience = before
	release()
	if err == nil || err.Error() != ErrBusy.Error() {
		t.Errorf("= %v", err)
	}
	if v := view(t, "text/plain", []byte("a")); v.Text != "a" {
		t.Errorf("%+v", v)
	}
}

// FuzzReaders: whatever the bytes are, a reader returns, within its limits.
func FuzzReaders(f *testing.F) {
	f.Add("word/document.xml", []byte(`<w:document><w:p><w:r><w:t>a</w:t></w:r></w:p><w:tbl><w:tr><w:tc/></w:tr></w:tbl></w:document>`))
	f.Add("xl/worksheets/sheet1.xml", []byte(`<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>`))
	f.Add("xl/sharedStrings.xml", []byte(`<sst><si><t>a</t></si></sst>`))
	f.Add("ppt/slides/slide1.xml", []byte(`<p:sld><p:sp><a:p><a:r><a:t>a</a:t></a:r></a:p></p:sp></p:sld>`))
	f.Add("word/numbering.xml", []byte(numbered))
	seed := make([]byte, 64)
	for i := range seed {
		seed[i] = byte(rand.Uint32()) //nolint:gosec // any will do
	}
	f.Add("a", seed)
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		whole := map[string]string{"[Content_Types].xml": typesXML, "word/document.xml": "<w:document>" + item("7", "0", "a") + "</w:document>",
			"_rels/.rels": mainRel, "xl/workbook.xml": bookXML, "xl/_rels/workbook.xml.rels": bookRel, "ppt/presentation.xml": `<p:presentation><p:sldIdLst><p:sldId r:id="s"/></p:sldIdLst></p:presentation>`,
			"ppt/_rels/presentation.xml.rels": `<Relationships><Relationship Id="s" Target="slides/slide1.xml"/></Relationships>`}
		whole[name] = string(body)
		var parts []string
		for n, b := range whole {
			parts = append(parts, n, b)
		}
		file := zipped(t, parts...)
		for kind, read := range readers {
			for _, b := range [][]byte{body, file} {
				if _, err := read(t.Context(), b); err != nil && t.Context().Err() != nil {
					t.Errorf("%s: %v after %s", kind, err, strconv.Itoa(len(b)))
				}
			}
		}
	})
}
