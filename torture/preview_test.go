package torture

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// TestPreviewBombs has the real server preview what unfolds to far more than it
// is and was taken as an attachment nevertheless, and looks at what it spends
// (UP-04).
func TestPreviewBombs(t *testing.T) {
	s := serve(t)
	h := settle(t, s.base)
	item := h.writer.does(t, "POST /api/publish/items", fields{"column_id": h.column, "kind": "news", "title": "附件预览", "body_html": "<p>文</p>"})["id"].(string)
	repeat := func(head, again string, n int64) io.Reader {
		return io.MultiReader(strings.NewReader(head), strings.NewReader(strings.Repeat(again, int(n)/len(again))))
	}
	noise := func() io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{1}), 800<<10) } // so that the ratio does not stop them
	document := func(main io.Reader) []byte {
		return archive(t, part{"[Content_Types].xml", strings.NewReader("<Types/>")}, part{"word/document.xml", main}, part{"word/noise", noise()})
	}
	book := func(sheet io.Reader) []byte {
		return archive(t, part{"[Content_Types].xml", strings.NewReader(contentTypes)}, part{"_rels/.rels", strings.NewReader(relations)},
			part{"xl/workbook.xml", strings.NewReader(workbook)}, part{"xl/_rels/workbook.xml.rels", strings.NewReader(sheetRelations)}, part{"xl/worksheets/sheet1.xml", sheet}, part{"xl/media/noise", noise()})
	}
	const sheetData = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	for _, tt := range []struct {
		name, file string
		body       []byte
		want       string
	}{
		{"warm", "a.docx", document(strings.NewReader("<w:document/>")), `"document"`}, // what only the first one costs
		{"one text", "a.docx", document(repeat("<w:document><w:p><w:r><w:t>", "汛期", 60<<20)), `"large"`},
		{"paragraphs", "a.docx", document(repeat("<w:document>", "<w:p><w:r><w:t>汛</w:t></w:r></w:p>", 60<<20)), `"document"`},
		{"elements in elements", "a.docx", document(repeat("", "<a>", 60<<20)), `"large"`},
		{"attributes", "a.docx", document(repeat("<w:document", ` a="b"`, 60<<20)), `"large"`},
		{"the last cell", "a.xlsx", book(strings.NewReader(sheetData + `<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>`)), `"sheets"`},
		{"rows", "a.xlsx", book(repeat(sheetData, "<row><c><v>1</v></c></row>", 60<<20)), `"sheets"`},
		{"a row", "a.xlsx", book(repeat(sheetData+"<row>", "<c><v>1</v></c>", 60<<20)), `"sheets"`},
		{"a billion laughs", "a.xlsx", book(strings.NewReader(laughter())), `"damaged"`},
	} {
		status, said := h.writer.bring(t, tt.file, tt.body)
		if status == http.StatusUnprocessableEntity && strings.Contains(said, "attachment.bomb") {
			continue // it is refused where it comes in
		}
		var up struct{ ID string }
		must(t, json.Unmarshal([]byte(said), &up))
		made := h.writer.does(t, "POST /api/publish/items/"+item+"/attachments", fields{"upload_id": up.ID, "name": tt.name, "summary": "附"})
		list := made["attachments"].([]any)
		path := fmt.Sprintf("/api/publish/items/%s/attachments/%s/preview", item, list[len(list)-1].(map[string]any)["id"])
		p := s.measure(t)
		began := time.Now()
		res, body, err := h.writer.once("GET", path, uuid.NewString(), nil)
		must(t, err)
		took, cpu, grown := time.Since(began), p.cpu(t), p.grown(t)
		if res.StatusCode != http.StatusOK || !strings.Contains(string(body), tt.want) {
			t.Errorf("%s = %d %.200s, want %s", tt.name, res.StatusCode, body, tt.want)
		}
		if tt.name != "warm" && (cpu > mostCPU || grown > mostMemory || took > 10*mostCPU) {
			t.Errorf("%s: took %v, %v of a processor, %d MiB", tt.name, took, cpu, grown>>20)
		}
		t.Logf("%-22s %8d bytes: after %4d ms, %4d ms of a processor, %d MiB", tt.name, len(tt.body), took.Milliseconds(), cpu.Milliseconds(), grown>>20)
	}
}
