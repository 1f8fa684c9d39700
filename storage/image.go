package storage

import (
	"bytes"
	"encoding/binary"
	"image"
	_ "image/gif"  // to read a header
	_ "image/jpeg" // to read a header
	_ "image/png"  // to read a header
	"io"
)

// MaxPixels is the largest picture we take: beyond it, showing one costs more
// than half a gigabyte.
const MaxPixels = 100_000_000

// checkImage reads the dimensions a picture declares, and nothing of the
// picture itself.
func checkImage(name string, r io.ReaderAt, size int64, head []byte) error {
	var w, h int
	switch name {
	case "webp":
		w, h = webpSize(head)
	default:
		c, kind, err := image.DecodeConfig(io.NewSectionReader(r, 0, size))
		if err != nil || kind != name {
			return ErrRefused
		}
		w, h = c.Width, c.Height
	}
	switch {
	case w <= 0 || h <= 0:
		return ErrRefused
	case int64(w)*int64(h) > MaxPixels:
		return ErrBomb
	case name == "gif" && bytes.HasPrefix(head[6:], []byte("/*")):
		return ErrRefused // its width opens a comment: a script that looks like a picture
	}
	return nil
}

// webpSize reads the canvas of the three kinds of WebP; 0, 0 if it is none.
func webpSize(head []byte) (w, h int) {
	if len(head) < 30 {
		return 0, 0
	}
	le := binary.LittleEndian
	switch string(head[12:16]) {
	case "VP8X":
		return 1 + (int(head[24]) | int(head[25])<<8 | int(head[26])<<16),
			1 + (int(head[27]) | int(head[28])<<8 | int(head[29])<<16)
	case "VP8L":
		bits := le.Uint32(head[21:])
		return int(bits&0x3FFF) + 1, int(bits>>14&0x3FFF) + 1
	case "VP8 ":
		return int(le.Uint16(head[26:]) & 0x3FFF), int(le.Uint16(head[28:]) & 0x3FFF)
	}
	return 0, 0
}

// Dimensions returns the width and height that a picture of a kind we take
// declares, in points. It fails with ErrBomb where they are more than MaxPixels,
// and with ErrRefused where it is no picture.
func Dimensions(picture []byte) (w, h int, err error) {
	if bytes.HasPrefix(picture, []byte("RIFF")) && len(picture) >= 12 && string(picture[8:12]) == "WEBP" {
		w, h = webpSize(picture[:min(len(picture), headSize)])
	} else {
		c, _, err := image.DecodeConfig(bytes.NewReader(picture))
		if err != nil {
			return 0, 0, ErrRefused
		}
		w, h = c.Width, c.Height
	}
	switch {
	case w <= 0 || h <= 0:
		return 0, 0, ErrRefused
	case int64(w)*int64(h) > MaxPixels:
		return 0, 0, ErrBomb
	}
	return w, h, nil
}
