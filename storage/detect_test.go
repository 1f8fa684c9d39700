package storage_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"hetu/storage"
	"hetu/storage/storagetest"
)

// archive makes a zip of names and contents, in order.
func archive(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		h := &zip.FileHeader{Name: files[i], Method: zip.Deflate}
		if files[i] == "mimetype" {
			h.Method = zip.Store
		}
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = io.WriteString(f, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func docx(t testing.TB, more ...string) []byte {
	return archive(t, append([]string{"[Content_Types].xml", "<Types/>", "word/document.xml", "<w:document/>"}, more...)...)
}

// openDocument has its type as its first file, stored and with its size before it.
func openDocument(t testing.TB, media string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(&zip.FileHeader{
		Name: "mimetype", CRC32: crc32.ChecksumIEEE([]byte(media)),
		CompressedSize64: uint64(len(media)), UncompressedSize64: uint64(len(media)),
	})
	if err == nil {
		_, err = io.WriteString(f, media)
	}
	if err == nil {
		f, err = w.Create("content.xml")
	}
	if err == nil {
		_, err = io.WriteString(f, "<office:document-content/>")
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// compound makes an OLE file whose directory holds these streams.
func compound(streams ...string) []byte {
	b := make([]byte, 512*4)
	copy(b, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	le := binary.LittleEndian
	le.PutUint16(b[26:], 3)
	le.PutUint32(b[48:], 1) // directory in sector 1
	le.PutUint32(b[76:], 0) // table in sector 0
	le.PutUint32(b[512:], 0xFFFFFFFD)
	le.PutUint32(b[516:], 2) // the directory goes on in sector 2
	le.PutUint32(b[520:], 0xFFFFFFFE)
	for i, name := range append([]string{"Root Entry", "a", "b", "c"}, streams...) {
		e := b[1024+128*i:]
		units := utf16.Encode([]rune(name))
		for j, u := range units {
			le.PutUint16(e[2*j:], u)
		}
		le.PutUint16(e[64:], uint16(2*len(units)+2))
		e[66] = 2
	}
	return b
}

func picture(t testing.TB, encode func(io.Writer, image.Image) error) []byte {
	t.Helper()
	var b bytes.Buffer
	m := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.Black, color.White})
	if err := encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB) []byte { return picture(t, png.Encode) }

func gifOf(t testing.TB) []byte {
	return picture(t, func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) })
}

func jpegOf(t testing.TB) []byte {
	return picture(t, func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) })
}

// pngSaying is a PNG whose header claims these dimensions.
func pngSaying(t testing.TB, w, h uint32) []byte {
	b := pngOf(t)
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

func webp(w, h int) []byte {
	b := []byte("RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00")
	b = append(b, byte(w-1), byte((w-1)>>8), byte((w-1)>>16), byte(h-1), byte((h-1)>>8), byte((h-1)>>16))
	return append(b, 0, 0)
}

// lossyWebp and losslessWebp are the two kinds without an extended header.
func lossyWebp(w, h int) []byte {
	b := append([]byte("RIFF\x16\x00\x00\x00WEBPVP8 \x0a\x00\x00\x00\x00\x00\x00\x9d\x01\x2a"), byte(w), byte(w>>8), byte(h), byte(h>>8))
	return append(b, 0, 0)
}

func losslessWebp(w, h int) []byte {
	b := []byte("RIFF\x16\x00\x00\x00WEBPVP8L\x0a\x00\x00\x00\x2f")
	b = binary.LittleEndian.AppendUint32(b, uint32(w-1)|uint32(h-1)<<14)
	return append(b, 0, 0, 0, 0, 0, 0)
}

const (
	pdf = "%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
	mp4 = "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2\x00\x00\x00\x08free"
	odt = "application/vnd.oasis.opendocument.text"
	ods = "application/vnd.oasis.opendocument.spreadsheet"
)

func check(p storage.Policy, name string, b []byte) (storage.Format, error) {
	return p.Check(name, bytes.NewReader(b), int64(len(b)))
}

// UP-01, R354: what we take, and what its name must say.
func TestCheckTakes(t *testing.T) {
	t.Parallel()
	for name, b := range map[string][]byte{
		"关于开展督查的通知.pdf": []byte(pdf),
		"a.png":         pngOf(t), "a.gif": gifOf(t), "a.jpg": jpegOf(t), "a.JPEG": jpegOf(t), "a.webp": webp(100, 100),
		"b.webp": lossyWebp(100, 100), "c.webp": losslessWebp(100, 100),
		"报告.v1.2.docx": docx(t),
		"表.xlsx":       archive(t, "[Content_Types].xml", "<Types/>", "xl/workbook.xml", "<workbook/>"),
		"a.pptx":       archive(t, "[Content_Types].xml", "<Types/>", "ppt/presentation.xml", "<p/>"),
		"a.ofd":        archive(t, "OFD.xml", "<ofd:OFD/>", "Doc_0/Document.xml", "<d/>"),
		"a.odt":        openDocument(t, odt), "a.ods": openDocument(t, ods),
		"a.doc": compound("WordDocument"), "a.xls": compound("Workbook"), "b.xls": compound("Book"),
		"a.ppt": compound("PowerPoint Document"),
		"a.txt": []byte("今天开会。\n"), "b.txt": []byte("\xFF\xFEa\x00b\x00\n\x00"), "c.txt": []byte("\xbd\xf1\xcc\xec\xbf\xaa\xbb\xe1\xa1\xa3\n"),
		"a.csv": []byte("姓名,部门\n甲,乙\n丙,丁\n"), "b.csv": []byte("only one line"), "d.txt": []byte("a,b\nc,d\n"),
		"a.mp4": []byte(mp4),
	} {
		f, err := check(storage.Policy{}, name, b)
		if err != nil {
			t.Errorf("Check(%s) = %v", name, err)
			continue
		}
		if ext := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:]); ext != f.Name && f.Name != "jpeg" {
			t.Errorf("Check(%s) = %s", name, f.Name)
		}
	}
}

// UP-01: what we do not take, whatever it is called.
func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	zipped := archive(t, "a.txt", "x")
	scriptGIF := append([]byte("GIF89a/*\x08\x00\x80\x00\x00"), "\x00\x00\x00\xff\xff\xff*/=1;alert(1);"...)
	for name, tt := range map[string]struct {
		file string
		b    []byte
		want error
	}{
		"empty":                  {"a.txt", nil, storage.ErrEmpty},
		"html":                   {"a.txt", []byte("<!DOCTYPE html><p>x"), storage.ErrRefused},
		"html as pdf":            {"a.pdf", []byte("<html><body>%PDF-1.7"), storage.ErrRefused},
		"html in UTF-16":         {"a.txt", []byte("\xFF\xFE<\x00s\x00c\x00r\x00i\x00p\x00t\x00>\x00"), storage.ErrRefused},
		"svg":                    {"a.png", []byte(`<svg xmlns="http://www.w3.org/2000/svg"></svg>`), storage.ErrRefused},
		"svg after a prologue":   {"a.txt", []byte(`<?xml version="1.0"?><svg onload="x"/>`), storage.ErrRefused},
		"xml":                    {"a.txt", []byte(`<?xml version="1.0"?><a/>`), storage.ErrRefused},
		"php":                    {"a.txt", []byte(`x <?php system("id");`), storage.ErrRefused},
		"jsp":                    {"a.txt", []byte(`<%@ page import="java.io.*"%>`), storage.ErrRefused},
		"shell":                  {"a.txt", []byte("#!/bin/sh\nid\n"), storage.ErrRefused},
		"shell after a mark":     {"a.txt", []byte("\xEF\xBB\xBF#!/bin/sh\nid\n"), storage.ErrRefused},
		"windows program":        {"a.pdf", append([]byte("MZ\x90\x00\x03\x00\x00\x00"), make([]byte, 200)...), storage.ErrRefused},
		"linux program":          {"a.doc", append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 200)...), storage.ErrRefused},
		"shortcut":               {"a.txt", append([]byte("L\x00\x00\x00\x01\x14\x02\x00"), make([]byte, 100)...), storage.ErrRefused},
		"test virus":             {"a.txt", []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-` + `ANTIVIRUS-TEST-FILE!$H+H*`), storage.ErrRefused},
		"binary as text":         {"a.txt", []byte("a\x00b"), storage.ErrRefused},
		"gif that is a script":   {"a.gif", scriptGIF, storage.ErrRefused},
		"gif with markup":        {"a.gif", append(gifOf(t), "<ScRiPt>alert(1)</script>"...), storage.ErrRefused},
		"pdf with markup":        {"a.pdf", []byte("%PDF-1.7\n<script>alert(1)</script>" + pdf), storage.ErrRefused},
		"pdf with an archive":    {"a.pdf", append([]byte(pdf), zipped...), storage.ErrRefused},
		"png with an archive":    {"a.png", append(pngOf(t), zipped...), storage.ErrRefused},
		"gif with a jar":         {"a.gif", append(gifOf(t), archive(t, "A.class", "x")...), storage.ErrRefused},
		"archive, then markup":   {"a.docx", append(docx(t), "<html><script>x</script>"...), storage.ErrRefused},
		"archive, then anything": {"a.docx", append(docx(t), 'x'), storage.ErrRefused},
		"something, then docx":   {"a.docx", append([]byte("PK\x03\x04 and more"), docx(t)...), storage.ErrRefused},
		"pdf not at its start":   {"a.pdf", []byte("x\n" + pdf), storage.ErrRefused},
		"broken png":             {"a.png", pngOf(t)[:20], storage.ErrRefused},
		"broken jpeg":            {"a.jpg", []byte("\xFF\xD8\xFF\xE0rubbish"), storage.ErrRefused},
		"broken webp":            {"a.webp", []byte("RIFF\x04\x00\x00\x00WEBP"), storage.ErrRefused},
		"installer":              {"a.doc", compound("SummaryInformation"), storage.ErrRefused},
		"two documents in one":   {"a.doc", compound("WordDocument", "Workbook"), storage.ErrRefused},
		"cut compound file":      {"a.doc", compound("WordDocument")[:600], storage.ErrRefused},
		"zip":                    {"a.zip", zipped, storage.ErrRefused},
		"zip as docx":            {"a.docx", zipped, storage.ErrRefused},
		"macros":                 {"a.docx", docx(t, "word/vbaProject.bin", "x"), storage.ErrRefused},
		"jar with a document":    {"a.docx", docx(t, "META-INF/MANIFEST.MF", "x"), storage.ErrRefused},
		"docx and xlsx":          {"a.docx", docx(t, "xl/workbook.xml", "x"), storage.ErrRefused},
		"docx without its types": {"a.docx", archive(t, "word/document.xml", "x"), storage.ErrRefused},
	} {
		if _, err := check(storage.Policy{}, tt.file, tt.b); !errors.Is(err, tt.want) {
			t.Errorf("%s: Check = %v, want %v", name, err, tt.want)
		}
	}
	if f, err := check(storage.Policy{Zip: true}, "a.zip", zipped); err != nil || f.Name != "zip" {
		t.Errorf("zip where it is allowed: Check = %v, %v", f.Name, err)
	}
}

// UP-01: content we take, under a name that says something else.
func TestCheckMismatch(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		file string
		b    []byte
		want error
	}{
		"png called pdf":   {"a.pdf", pngOf(t), storage.ErrMismatch},
		"docx called xlsx": {"a.xlsx", docx(t), storage.ErrMismatch},
		"doc called xls":   {"a.xls", compound("WordDocument"), storage.ErrMismatch},
		"text called jsp":  {"a.jsp", []byte("text"), storage.ErrMismatch},
		"text called html": {"a.html", []byte("text"), storage.ErrMismatch},
		"no extension":     {"a", []byte(pdf), storage.ErrMismatch},
		"jsp in the name":  {"a.jsp.pdf", []byte(pdf), storage.ErrName},
	} {
		if _, err := check(storage.Policy{}, tt.file, tt.b); !errors.Is(err, tt.want) {
			t.Errorf("%s: Check = %v, want %v", name, err, tt.want)
		}
	}
}

// lie changes what the directory says of its n-th entry: its unfolded size.
func lie(b []byte, n int, size uint32) []byte { return lieAt(b, n, 24, size) }

func lieAt(b []byte, n, field int, size uint32) []byte {
	at := bytes.Index(b, []byte("PK\x01\x02"))
	for range n {
		at += 4 + bytes.Index(b[at+4:], []byte("PK\x01\x02"))
	}
	binary.LittleEndian.PutUint32(b[at+field:], size)
	return b
}

// UP-04, UP-02: bombs and names that lead away are refused quickly and cheaply.
func TestCheckBombs(t *testing.T) {
	t.Parallel()
	zeros := strings.Repeat("\x00", 30<<20)
	var many []string
	for i := range 10_001 {
		many = append(many, fmt.Sprintf("word/%d.xml", i), "")
	}
	mixed := string(bytes.Repeat([]byte("the quick brown fox "), 3<<16))
	for name, tt := range map[string]struct {
		file string
		b    []byte
		want error
	}{
		"ratio 1000":          {"a.docx", docx(t, "word/big.xml", zeros), storage.ErrBomb},
		"ratio that lies":     {"a.docx", lie(docx(t, "word/big.xml", zeros), 2, 20_000), storage.ErrBomb},
		"small lie":           {"a.docx", lie(docx(t, "word/big.xml", mixed), 2, 20_000), storage.ErrBomb},
		"10,001 entries":      {"a.docx", docx(t, many...), storage.ErrBomb},
		"gigabytes announced": {"a.docx", lie(docx(t, "word/big.xml", "x"), 2, 2<<30), storage.ErrBomb},
		"bytes shared":        {"a.docx", lieAt(docx(t, "word/big.xml", "x"), 2, 20, 1<<20), storage.ErrBomb},
		"gigabyte, ratio 90":  {"a.docx", lie(docx(t, "word/big.bin", string(storagetest.Bytes(12<<20, 1)), "word/b", "x"), 3, 1<<30), storage.ErrBomb},
		"64-bit sizes":        {"a.docx", lie(docx(t, "word/big.xml", "x"), 2, 0xFFFFFFFF), storage.ErrBomb},
		"climbing name":       {"a.docx", docx(t, "../../etc/x", "x"), storage.ErrRefused},
		"climbing inside":     {"a.docx", docx(t, "word/../../x", "x"), storage.ErrRefused},
		"absolute name":       {"a.docx", docx(t, "/etc/x", "x"), storage.ErrRefused},
		"backslash name":      {"a.docx", docx(t, `..\x`, "x"), storage.ErrRefused},
		"drive name":          {"a.docx", docx(t, `C:x`, "x"), storage.ErrRefused},
		"NUL name":            {"a.docx", docx(t, "a\x00b", "x"), storage.ErrRefused},
		"300 levels":          {"a.docx", docx(t, strings.Repeat("a/", 300)+"x", "x"), storage.ErrRefused},
		"4 KiB name":          {"a.docx", docx(t, strings.Repeat("a", 4096), "x"), storage.ErrRefused},
		"same name twice":     {"a.docx", docx(t, "word/document.xml", "other"), storage.ErrRefused},
		"60,000 x 60,000 png": {"a.png", pngSaying(t, 60_000, 60_000), storage.ErrBomb},
		"100 megapixels":      {"a.png", pngSaying(t, 10_000, 10_000), nil},
		"a line more":         {"a.png", pngSaying(t, 10_000, 10_001), storage.ErrBomb},
		"webp":                {"a.webp", webp(16_384, 16_384), storage.ErrBomb},
		"lossy webp":          {"a.webp", lossyWebp(16_383, 16_383), storage.ErrBomb},
		"lossless webp":       {"a.webp", losslessWebp(16_384, 16_384), storage.ErrBomb},
		"webp at the limit":   {"a.webp", losslessWebp(10_000, 10_000), nil},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := check(storage.Policy{Zip: true}, tt.file, tt.b)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if want := tt.want; !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%s: Check = %v, want %v", name, err, want)
		}
		if took > 2*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
		if grown := int64(after.Sys) - int64(before.Sys); grown > 128<<20 {
			t.Errorf("%s: took %d MiB", name, grown>>20)
		}
	}
	// Honest documents compress well, too.
	if _, err := check(storage.Policy{}, "a.docx", docx(t, "word/big.xml", zeros[:1<<20-1<<10])); err != nil {
		t.Errorf("small and repetitive: Check = %v", err)
	}
}

// A file that is shorter than it says is no file we take; a disk that fails is
// no fault of the file.
func TestDetectReads(t *testing.T) {
	t.Parallel()
	if _, err := storage.Detect(strings.NewReader(pdf), 1<<20); !errors.Is(err, storage.ErrRefused) {
		t.Errorf("shorter than it says: Detect = %v, want %v", err, storage.ErrRefused)
	}
	if _, err := storage.Detect(brokenDisk{}, 100); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("broken disk: Detect = %v, want %v", err, storage.ErrUnavailable)
	}
}

type brokenDisk struct{}

func (brokenDisk) ReadAt([]byte, int64) (int, error) { return 0, errBroken }

// No bytes make it panic or take long.
func FuzzDetect(f *testing.F) {
	for _, seed := range [][]byte{
		[]byte(pdf), []byte(mp4), pngOf(f), gifOf(f), jpegOf(f), webp(1, 1), docx(f), openDocument(f, odt), compound("Book"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		format, err := storage.Detect(bytes.NewReader(b), int64(len(b)))
		if (err == nil) != (format.Name != "") && err == nil {
			t.Errorf("Detect = %+v, %v", format, err)
		}
	})
}
