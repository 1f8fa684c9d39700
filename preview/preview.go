// Package preview tells what stands in an attached file, so that it can be read
// in the page: pictures and PDF by what the browser does with them, text and
// Office files as paragraphs, tables and pictures without any of their own
// formatting.
//
// What it returns is data and never a page: no markup of a file's reaches the
// browser, so nothing in a file can run there. It follows no address that a file
// names, unfolds only the parts it shows, and keeps to a budget of time and
// memory whatever the file is (UP-03, UP-04, UP-08).
//
// A preview is made of the content a download would have sent. So whoever may
// not download cannot preview either.
package preview

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"hetu/fault"
	"hetu/feature"
	"hetu/storage"
)

// ErrBusy means that as many previews are being made as may be at a time.
var ErrBusy = fault.New(fault.Unavailable, "preview.busy")

// The budget of one preview. What would need more is not previewed, or only its
// beginning is.
const (
	MaxFile = 24 << 20                // bytes of a file that the server reads
	MaxPDF  = 64 << 20                // bytes of a PDF, which the browser reads
	MaxTime = 1500 * time.Millisecond // to make sense of a file, once it is read

	atOnce  = 2                // previews being made
	reading = 15 * time.Second // to read the file from the store

	maxText   = 300_000 // bytes of text shown, all parts together
	maxBlocks = 4_000   // paragraphs and rows shown, all parts together
)

// A View is what can be shown of a file.
type View struct {
	Kind   string `json:"kind" enum:"image,pdf,text,document,sheets,slides,none"` // image, pdf: the browser shows the content itself
	Why    string `json:"why,omitempty" enum:"legacy,type,large,damaged"`         // there is none
	Width  int    `json:"width,omitempty"`                                        // of an image, in points
	Height int    `json:"height,omitempty"`
	Text   string `json:"text,omitempty"` // of kind text
	Parts  []Part `json:"parts"`          // of the others: one of a document, one per sheet, one per slide
	Cut    bool   `json:"cut"`            // there is more in the file than is shown

	Pictures []Picture `json:"pictures,omitempty"` // of a document or of slides
}

// A Part is a document, a sheet or a slide.
type Part struct {
	Title  string  `json:"title"`
	Blocks []Block `json:"blocks"`
	Cut    bool    `json:"cut"` // there is more of it
}

// A Block is a paragraph, a table or a picture; of one without a drawing only
// its place is known.
type Block struct {
	Kind  string `json:"kind" enum:"heading,paragraph,item,table,picture"`
	Level int    `json:"level,omitempty"` // of a heading 1 to 6, of an item from 0
	Label string `json:"label,omitempty"` // before an item: "1.", "（一）", "•"
	Align string `json:"align,omitempty" enum:"center,right"`
	Runs  []Run  `json:"runs,omitempty"`
	Rows  []Row  `json:"rows,omitempty"`

	Drawing *Drawing `json:"drawing,omitempty"`
}

// A Run is text that looks the same from end to end. It may hold line breaks.
type Run struct {
	Text      string `json:"text"`
	Bold      bool   `json:"bold,omitempty"`
	Italic    bool   `json:"italic,omitempty"`
	Underline bool   `json:"underline,omitempty"`
}

// A Row is one of a table.
type Row struct {
	Cells []Cell `json:"cells"`
}

// A Cell of a table reaches over so many columns and rows, one if none is said.
type Cell struct {
	Runs   []Run `json:"runs,omitempty"`
	Across int   `json:"across,omitempty"`
	Down   int   `json:"down,omitempty"`

	Drawings []Drawing `json:"drawings,omitempty"` // after the text
}

// Why a file is not previewed.
var (
	errLarge   = errors.New("preview: more than the budget allows")
	errDamaged = errors.New("preview: not what its type says")
	errEnough  = errors.New("preview: as much as is shown has been read") // ends reading; no failure
)

func none(why string) View { return View{Kind: "none", Why: why, Parts: []Part{}} }

var (
	turns    = make(chan struct{}, atOnce)
	patience = 5 * time.Second // to wait for one's turn
)

// readers make a view of a file's bytes, by media type.
var readers = map[string]func(context.Context, []byte) (View, error){
	"image/png": picture, "image/jpeg": picture, "image/gif": picture, "image/webp": picture,
	"text/plain": text, "text/csv": list,
	ooxml + "wordprocessingml.document":   document,
	ooxml + "spreadsheetml.sheet":         sheets,
	ooxml + "presentationml.presentation": slides,
}

const ooxml = "application/vnd.openxmlformats-officedocument."

var legacy = map[string]bool{"application/msword": true, "application/vnd.ms-excel": true, "application/vnd.ms-powerpoint": true}

// Of returns what makes a view of content, which is what a download would send.
// It reads from the store, so it is called when no transaction is open. It fails
// with ErrBusy, or as reading the content does; a file that cannot be shown is no
// failure but a view that says why.
func Of(content feature.Content) func(context.Context) (View, error) {
	return func(ctx context.Context) (View, error) {
		kind := content.Headers["Content-Type"]
		read := readers[kind]
		switch {
		case legacy[kind]:
			return none("legacy"), nil
		case kind == "application/pdf" && content.Size <= MaxPDF:
			return View{Kind: "pdf", Parts: []Part{}}, nil
		case kind == "application/pdf", read != nil && content.Size > MaxFile:
			return none("large"), nil
		case read == nil:
			return none("type"), nil
		}
		return inTurn(ctx, content, read)
	}
}

// inTurn waits for one of the few turns, so that memory is bounded however many
// people ask.
func inTurn(ctx context.Context, content feature.Content, read func(context.Context, []byte) (View, error)) (View, error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case turns <- struct{}{}:
	case <-ctx.Done():
		return View{}, ctx.Err()
	case <-timer.C:
		return View{}, ErrBusy
	}
	defer func() { <-turns }()
	body, err := fetch(ctx, content)
	if err != nil {
		return View{}, err
	}
	return made(ctx, body, read)
}

func fetch(ctx context.Context, content feature.Content) (body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, reading)
	defer cancel()
	r, err := content.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	b := bytes.NewBuffer(make([]byte, 0, content.Size+bytes.MinRead)) // grows no further
	_, err = io.Copy(b, io.LimitReader(r, MaxFile+1))                 // to its end, where the store says whether it is whole
	return b.Bytes(), err
}

// made reads a file within the budget. A reader that a file takes by surprise
// means that the file is damaged, and never that the server is.
func made(ctx context.Context, body []byte, read func(context.Context, []byte) (View, error)) (v View, err error) {
	limited, cancel := context.WithTimeout(ctx, MaxTime)
	defer cancel()
	defer func() {
		if recover() != nil {
			v, err = none("damaged"), nil
		}
	}()
	v, err = read(limited, body)
	switch {
	case ctx.Err() != nil:
		return View{}, ctx.Err()
	case errors.Is(err, errLarge), errors.Is(err, context.DeadlineExceeded):
		return none("large"), nil
	case err != nil:
		return none("damaged"), nil
	}
	if v.Parts == nil {
		v.Parts = []Part{}
	}
	return v, nil
}

// A page collects what is shown, as much as may be.
type page struct {
	ctx    context.Context
	text   int // bytes so far
	blocks int
	full   bool // no more is taken
	cut    bool // something was left out though there was room
}

// room reports whether another block may be shown.
func (p *page) room() bool {
	if p.text >= maxText || p.blocks >= maxBlocks {
		p.full = true
	}
	return !p.full
}

// take returns as much of s as there is room for, without what is no text.
func (p *page) take(s string) string {
	if len(s) > maxText-p.text {
		s, p.full = s[:max(0, maxText-p.text)], true
	}
	p.text += len(s)
	return clean(s)
}

// clean removes what turns the direction of text and what no one can see, and
// bytes that are no text.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < ' ', r >= 0x7F && r < 0xA0, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0xFEFF, r == 0xFFFE, r == 0xFFFF:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// picture says how large a picture is, and that it is one.
func picture(_ context.Context, body []byte) (View, error) {
	w, h, err := storage.Dimensions(body)
	switch {
	case errors.Is(err, storage.ErrBomb):
		return View{}, errLarge
	case err != nil:
		return View{}, errDamaged
	}
	return View{Kind: "image", Width: w, Height: h}, nil
}
