package torture

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

const (
	mostCPU    = 2 * time.Second // of the server, for one file
	mostMemory = 128 << 20       // that it grows meanwhile, in bytes
)

// TestBombs sends files that unfold to far more than they are to the real
// server, as attachments and as lists to be imported, and looks at what it
// spends on them (UP-04). Where a file is harmless as long as nobody unfolds
// it, nobody does.
func TestBombs(t *testing.T) {
	s := serve(t)
	h := settle(t, s.base)
	h.upload(t, "warm.png", picture(1, 1)) // what only the first one costs
	huge := int64(size(300, 1200)) << 20
	zeros := func(n int64) io.Reader { return io.LimitReader(nothing{}, n) }
	noise := rand.NewChaCha8([32]byte{1})
	inner := archive(t, part{"a.xml", zeros(20 << 20)})
	sheet := func(cells string) []byte {
		return archive(t, part{"[Content_Types].xml", strings.NewReader(contentTypes)}, part{"_rels/.rels", strings.NewReader(relations)},
			part{"xl/workbook.xml", strings.NewReader(workbook)}, part{"xl/_rels/workbook.xml.rels", strings.NewReader(sheetRelations)},
			part{"xl/worksheets/sheet1.xml", strings.NewReader(cells)})
	}
	far := sheet(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>`)
	laughs := sheet(laughter())
	document := func(more ...part) []byte {
		return archive(t, append([]part{{"[Content_Types].xml", strings.NewReader("<Types/>")}, {"word/document.xml", strings.NewReader("<w:document/>")}}, more...)...)
	}
	var nested []part
	for i := range 10 {
		nested = append(nested, part{fmt.Sprintf("word/%d.zip", i), bytes.NewReader(inner)})
	}
	zeroSheet := archive(t, part{"[Content_Types].xml", strings.NewReader(contentTypes)}, part{"xl/workbook.xml", strings.NewReader(workbook)},
		part{"xl/worksheets/sheet1.xml", zeros(huge)})
	for name, tt := range map[string]struct {
		file   string // of an attachment; a list to import if empty
		body   []byte
		status int
		code   string
	}{
		"zeros in a document":          {"a.docx", document(part{"word/big.xml", zeros(huge)}), 422, "attachment.bomb"},
		"zeros in a sheet":             {"a.xlsx", zeroSheet, 422, "attachment.bomb"},
		"as much as may be":            {"a.docx", document(part{"word/noise", io.LimitReader(noise, huge/90)}, part{"word/big.xml", zeros(huge * 4 / 5)}), 200, ""},
		"an archive":                   {"a.zip", archive(t, part{"a", zeros(huge)}), 422, "attachment."},
		"a million entries":            {"a.docx", entries(size(70_000, 1_000_000)), 422, "attachment."},
		"archives in a document":       {"a.docx", document(nested...), 200, ""}, // nobody unfolds what is inside
		"60,000 x 60,000 points":       {"a.png", picture(60_000, 60_000), 422, "attachment.bomb"},
		"import: zeros":                {"", zeroSheet, 422, "wordcheck."},
		"import: the last cell":        {"", far, 422, "wordcheck."},
		"import: a billion laughs":     {"", laughs, 200, `"rows":0`}, // no entity is ever unfolded
		"import: an archive of those":  {"", document(nested...), 422, "wordcheck."},
		"the last cell, as a file":     {"a.xlsx", far, 200, ""},
		"a billion laughs, as a file":  {"a.xlsx", laughs, 200, ""},
		"a billion laughs, as a page":  {"a.xml", []byte(laughter()), 422, "attachment."},
		"a document that is no sheet":  {"a.xlsx", document(), 422, "attachment.type_mismatch"},
		"import: points and no words":  {"", picture(60_000, 60_000), 422, "wordcheck."},
		"import: an endless long line": {"", bytes.Repeat([]byte("长"), 2<<20), 200, `"bad_count":1`},
	} {
		p := s.measure(t)
		began := time.Now()
		status, body := h.writer.bring(t, tt.file, tt.body)
		took, cpu, grown := time.Since(began), p.cpu(t), p.grown(t)
		if status != tt.status || !strings.Contains(body, tt.code) {
			t.Errorf("%s (%d bytes) = %d %s, want %d %s", name, len(tt.body), status, body, tt.status, tt.code)
		}
		if cpu > mostCPU || grown > mostMemory || took > 10*mostCPU {
			t.Errorf("%s: took %v, %v of a processor, %d MiB", name, took, cpu, grown>>20)
		}
		t.Logf("%-30s %9d bytes: %d after %4d ms, %4d ms of a processor, %d MiB", name, len(tt.body), status, took.Milliseconds(), cpu.Milliseconds(), grown>>20)
	}
}

func (h *house) upload(t *testing.T, name string, body []byte) {
	t.Helper()
	if status, said := h.writer.bring(t, name, body); status != http.StatusOK {
		t.Fatalf("%s = %d %s", name, status, said)
	}
}

// bring uploads a file, or imports it as a list of words, and returns the last
// answer.
func (p *person) bring(t *testing.T, name string, body []byte) (int, string) {
	t.Helper()
	send := func(method, path string, in any) (int, []byte) {
		res, answer, err := p.once(method, path, uuid.NewString(), in)
		must(t, err)
		return res.StatusCode, answer
	}
	if name == "" {
		status, answer := send("POST", "/api/wordcheck/import?dry_run=true", body)
		return status, string(answer)
	}
	status, answer := send("POST", "/api/attachment/uploads", fields{"name": name, "size": len(body)})
	var up struct {
		ID    string
		Chunk int `json:"chunk_size"`
	}
	if status != http.StatusOK {
		return status, string(answer)
	}
	must(t, json.Unmarshal(answer, &up))
	for at := 0; at < len(body) && status == http.StatusOK; at += up.Chunk {
		status, answer = send("PUT", fmt.Sprintf("/api/attachment/uploads/%s?offset=%d", up.ID, at), body[at:min(at+up.Chunk, len(body))])
	}
	return status, string(answer)
}

// A spending is what a process had used when it was looked at.
type spending struct {
	pid    int
	before time.Duration
	memory int64
}

// measure begins to watch the server; the kernel forgets its former peak.
func (s *server) measure(t *testing.T) spending {
	t.Helper()
	p := spending{pid: s.cmd.Process.Pid}
	must(t, os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.pid), []byte("5"), 0))
	p.memory, p.before = p.status(t, "VmRSS"), p.used(t)
	return p
}

func (p spending) cpu(t *testing.T) time.Duration { t.Helper(); return p.used(t) - p.before }
func (p spending) grown(t *testing.T) int64       { t.Helper(); return p.status(t, "VmHWM") - p.memory }

// used is the time of processors the process has had.
func (p spending) used(t *testing.T) time.Duration {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.pid))
	must(t, err)
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')'):])) // its name may hold anything
	var ticks int64
	for _, n := range f[12:14] {
		v, err := strconv.ParseInt(n, 10, 64)
		must(t, err)
		ticks += v
	}
	return time.Duration(ticks) * 10 * time.Millisecond // of Linux, everywhere
}

func (p spending) status(t *testing.T, name string) int64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	must(t, err)
	_, rest, _ := strings.Cut(string(b), name+":")
	kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	must(t, err)
	return kb << 10
}

type nothing struct{}

func (nothing) Read(b []byte) (int, error) { clear(b); return len(b), nil }

type part struct {
	name string
	body io.Reader
}

func archive(t *testing.T, parts ...part) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for _, p := range parts {
		f, err := w.Create(p.name)
		must(t, err)
		_, err = io.Copy(f, p.body)
		must(t, err)
	}
	must(t, w.Close())
	return b.Bytes()
}

// entries is an archive of n empty files, written by hand: a library would
// need more memory than we allow the server.
func entries(n int) []byte {
	var local, directory []byte
	le := binary.LittleEndian
	for i := range n {
		name := strconv.Itoa(i)
		at := uint32(len(local)) //nolint:gosec // a hundred megabytes at most
		head := make([]byte, 30)
		copy(head, "PK\x03\x04\x14\x00")
		le.PutUint16(head[26:], uint16(len(name))) //nolint:gosec // seven digits
		local = append(append(local, head...), name...)
		head = make([]byte, 46)
		copy(head, "PK\x01\x02\x14\x00\x14\x00")
		le.PutUint16(head[28:], uint16(len(name))) //nolint:gosec // seven digits
		le.PutUint32(head[42:], at)
		directory = append(append(directory, head...), name...)
	}
	end := make([]byte, 22)
	copy(end, "PK\x05\x06")
	le.PutUint16(end[8:], 0xFFFF)
	le.PutUint16(end[10:], 0xFFFF)
	le.PutUint32(end[12:], uint32(len(directory))) //nolint:gosec // a hundred megabytes at most
	le.PutUint32(end[16:], uint32(len(local)))     //nolint:gosec // a hundred megabytes at most
	return append(append(local, directory...), end...)
}

// picture is a PNG of one point that says that it has as many.
func picture(w, h uint32) []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, 1, 1))) // into memory
	p := b.Bytes()
	binary.BigEndian.PutUint32(p[16:], w)
	binary.BigEndian.PutUint32(p[20:], h)
	binary.BigEndian.PutUint32(p[29:], crc32.ChecksumIEEE(p[12:29]))
	return p
}

// laughter is a sheet whose one text is a billion times "ha".
func laughter() string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY l0 "ha">`)
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&b, `<!ENTITY l%d "%s">`, i, strings.Repeat(fmt.Sprintf("&l%d;", i-1), 10))
	}
	b.WriteString(`]><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row></sheetData></worksheet>`)
	return b.String()
}

const (
	contentTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`
	relations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	workbook = `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">` +
		`<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>`
	sheetRelations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`
)
