package assess

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The one typeface of the documents we make as PDF, as scripts/font got it from
// its package; the folder is empty if nobody ran that. It has every character of
// GB 2312 and the 20,902 of the first Unicode block; each document embeds the
// ones it uses, so that it looks alike wherever it is opened.
//
//go:embed all:fonts
var fonts embed.FS

// errTypeface means that the binary was built without the typeface, or with
// something else in its place.
var errTypeface = errors.New("assess: there is no typeface in this build: run scripts/font and build again")

// readTypeface returns the typeface as a TrueType file.
func readTypeface() ([]byte, error) {
	f, err := fonts.Open("fonts/wqy-microhei.ttc.gz")
	if err != nil {
		return nil, errTypeface
	}
	defer func() { _ = f.Close() }() // it is in memory
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errTypeface, err)
	}
	ttc, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errTypeface, err)
	}
	return firstFace(ttc)
}

// firstFace returns the first face of a TrueType collection as a file of its
// own: its table directory, and the tables one after the other (ISO/IEC
// 14496-22, 4.5 and 4.6).
func firstFace(ttc []byte) ([]byte, error) {
	const head, record = 12, 16
	if len(ttc) < head+4 || !bytes.HasPrefix(ttc, []byte("ttcf")) {
		return nil, errTypeface
	}
	at := uint64(binary.BigEndian.Uint32(ttc[head:]))
	if at+head > uint64(len(ttc)) {
		return nil, errTypeface
	}
	n := uint64(binary.BigEndian.Uint16(ttc[at+4:]))
	if at+head+n*record > uint64(len(ttc)) {
		return nil, errTypeface
	}
	face := bytes.Clone(ttc[at : at+head+n*record])
	for i := range n {
		r := face[head+i*record:][:record]
		from, size := uint64(binary.BigEndian.Uint32(r[8:])), uint64(binary.BigEndian.Uint32(r[12:]))
		if from+size > uint64(len(ttc)) {
			return nil, errTypeface
		}
		binary.BigEndian.PutUint32(r[8:], uint32(len(face))) //nolint:gosec // no longer than the collection, whose offsets are of 32 bits
		face = append(face, ttc[from:from+size]...)
		face = append(face, make([]byte, (4-size%4)%4)...)
	}
	return face, nil
}
