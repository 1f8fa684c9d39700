package storage

import (
	"bytes"
	"errors"
	"io"
	"slices"

	"github.com/gabriel-vasile/mimetype"

	"hetu/fault"
)

// What can be wrong with an uploaded file.
var (
	ErrRefused  = fault.New(fault.Invalid, "storage.type_refused")  // not a kind of file we take
	ErrMismatch = fault.New(fault.Invalid, "storage.type_mismatch") // its name says another kind than its content
	ErrBomb     = fault.New(fault.Invalid, "storage.bomb")          // it would unfold to far more than it is
	ErrEmpty    = fault.New(fault.Invalid, "storage.empty")         // no content at all
)

// A Format is a kind of file that people may upload.
type Format struct {
	Name string   // short: "pdf"
	Type string   // media type
	Exts []string // extensions its files may bear
}

const (
	ooxml = "application/vnd.openxmlformats-officedocument."
	odf   = "application/vnd.oasis.opendocument."
)

// formats is the whole allow-list (UP-01).
var formats = []Format{
	{"pdf", "application/pdf", []string{"pdf"}},
	{"png", "image/png", []string{"png"}},
	{"jpeg", "image/jpeg", []string{"jpg", "jpeg"}},
	{"gif", "image/gif", []string{"gif"}},
	{"webp", "image/webp", []string{"webp"}},
	{"docx", ooxml + "wordprocessingml.document", []string{"docx"}},
	{"xlsx", ooxml + "spreadsheetml.sheet", []string{"xlsx"}},
	{"pptx", ooxml + "presentationml.presentation", []string{"pptx"}},
	{"doc", "application/msword", []string{"doc"}},
	{"xls", "application/vnd.ms-excel", []string{"xls"}},
	{"ppt", "application/vnd.ms-powerpoint", []string{"ppt"}},
	{"odt", odf + "text", []string{"odt"}},
	{"ods", odf + "spreadsheet", []string{"ods"}},
	{"ofd", "application/ofd", []string{"ofd"}},
	{"txt", "text/plain", []string{"txt"}},
	{"csv", "text/csv", []string{"csv"}},
	{"zip", "application/zip", []string{"zip"}},
	{"mp4", "video/mp4", []string{"mp4"}},
}

func format(name string) Format {
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}
	}
	return formats[i]
}

// known reports whether a media type is on the allow-list.
func known(media string) bool {
	return slices.ContainsFunc(formats, func(f Format) bool { return f.Type == media })
}

// A Policy says what is taken beyond the ordinary.
type Policy struct {
	Zip bool // plain archives, whose content nobody looked at
}

// Check judges an upload by its name and its content and returns what it is.
// It fails with ErrName, ErrEmpty, ErrRefused, ErrMismatch or ErrBomb. It
// reads little: the head, the tail, and of an archive the directory and at
// most inflateBudget bytes. It never writes.
func (p Policy) Check(name string, r io.ReaderAt, size int64) (Format, error) {
	if err := CleanName(name); err != nil {
		return Format{}, err
	}
	f, err := Detect(r, size)
	if err != nil {
		return Format{}, err
	}
	ext := extension(name)
	if f.Name == "csv" && ext == "txt" || f.Name == "txt" && ext == "csv" {
		f = format(ext) // text is text: whether it is a list is a guess
	}
	switch {
	case f.Name == "zip" && !p.Zip:
		return Format{}, ErrRefused
	case !slices.Contains(f.Exts, ext):
		return Format{}, ErrMismatch
	}
	return f, nil
}

const (
	headSize = 8 << 10
	tailSize = 66 << 10 // an archive's end and the longest comment after it
)

// Detect tells the kind of a file by its bytes alone, and refuses what is not
// on the allow-list, is two things at once, or unfolds to far more than it is
// (UP-01, UP-04).
func Detect(r io.ReaderAt, size int64) (Format, error) {
	if size <= 0 {
		return Format{}, ErrEmpty
	}
	head, err := slice(r, 0, min(size, headSize))
	if err != nil {
		return Format{}, err
	}
	from := max(0, size-tailSize)
	tail, err := slice(r, from, size-from)
	if err != nil {
		return Format{}, err
	}
	switch {
	case carriesMarkup(head), carriesMarkup(tail[max(0, len(tail)-1024):]):
		return Format{}, ErrRefused
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return detectZip(r, size, head, tail)
	case hidesZip(tail):
		return Format{}, ErrRefused
	case bytes.HasPrefix(head, cfbMagic):
		return detectCFB(r, size, head)
	}
	return detectPlain(r, size, head)
}

// slice reads n bytes at off. Content shorter than its size has changed under
// our hands, and is no upload.
func slice(r io.ReaderAt, off, n int64) ([]byte, error) {
	if n < 0 || off < 0 {
		return nil, ErrRefused
	}
	b := make([]byte, n)
	if m, err := r.ReadAt(b, off); int64(m) < n {
		if errors.Is(err, io.EOF) {
			return nil, ErrRefused
		}
		return nil, unavailable(err)
	}
	return b, nil
}

// detectPlain judges what is neither an archive nor a compound file.
func detectPlain(r io.ReaderAt, size int64, head []byte) (Format, error) {
	m := mimetype.Detect(head)
	for _, name := range []string{"pdf", "png", "jpeg", "gif", "webp", "mp4", "csv", "txt"} {
		f := format(name)
		if !m.Is(f.Type) {
			continue
		}
		switch name {
		case "png", "jpeg", "gif", "webp":
			return f, checkImage(name, r, size, head)
		case "pdf":
			if !bytes.HasPrefix(head, []byte("%PDF-")) {
				return Format{}, ErrRefused
			}
		case "txt", "csv":
			return f, checkText(head)
		}
		return f, nil
	}
	if m.Is("text/tab-separated-values") || m.Is("application/json") {
		return format("txt"), checkText(head)
	}
	return Format{}, ErrRefused
}

// checkText refuses what a person would not call text: bytes of zero outside
// UTF-16, a script's first line, and the file every scanner is tested with.
func checkText(head []byte) error {
	utf16 := bytes.HasPrefix(head, []byte{0xFF, 0xFE}) || bytes.HasPrefix(head, []byte{0xFE, 0xFF})
	switch {
	case !utf16 && bytes.IndexByte(head, 0) >= 0,
		bytes.HasPrefix(head, []byte("#!")), bytes.HasPrefix(head, []byte("\xEF\xBB\xBF#!")),
		bytes.Contains(head, []byte("EICAR-STANDARD-"+"ANTIVIRUS-TEST-FILE")):
		return ErrRefused
	}
	return nil
}

// markup is what makes a browser that guesses, or a web server that executes,
// take a file for something else. Each is long enough not to occur by chance.
var markup = [][]byte{
	[]byte("<script"), []byte("<html"), []byte("<!doctype html"), []byte("<?php"), []byte("<iframe"),
	[]byte("<body"), []byte("<svg "), []byte("<svg>"), []byte("<%@page"), []byte("<%@ page"), []byte("<jsp:"),
}

func carriesMarkup(b []byte) bool {
	low := bytes.ToLower(b)
	wide := bytes.ReplaceAll(low, []byte{0}, nil) // the same in UTF-16
	return slices.ContainsFunc(markup, func(m []byte) bool {
		return bytes.Contains(low, m) || bytes.Contains(wide, m)
	})
}
