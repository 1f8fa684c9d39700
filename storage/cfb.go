package storage

import (
	"encoding/binary"
	"io"
	"unicode/utf16"
)

// cfbMagic begins a compound file, the container of doc, xls and ppt (MS-CFB).
var cfbMagic = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}

// maxDirectory is how many sectors of directory we read: far more than the
// first levels of any document need.
const maxDirectory = 256

// cfbStreams names the stream that only one kind of document has.
var cfbStreams = map[string]string{
	"WordDocument": "doc", "Workbook": "xls", "Book": "xls", "PowerPoint Document": "ppt",
}

// detectCFB looks for the stream that makes a compound file one of the kinds we
// take. A container with two of them is refused, like one with none: an
// installer, a mail, a drawing.
func detectCFB(r io.ReaderAt, size int64, head []byte) (Format, error) {
	if len(head) < 512 {
		return Format{}, ErrRefused
	}
	c := cfb{r: r, size: size, head: head[:512], sector: 512}
	if binary.LittleEndian.Uint16(head[26:]) == 4 {
		c.sector = 4096
	}
	found := map[string]bool{}
	at := binary.LittleEndian.Uint32(head[48:])
	for n := 0; at < 0xFFFFFFFA && n < maxDirectory; n++ {
		dir, err := c.read(at)
		if err != nil {
			return Format{}, err
		}
		for e := dir; len(e) >= 128; e = e[128:] {
			if kind := cfbStreams[entryName(e)]; kind != "" {
				found[kind] = true
			}
		}
		if at, err = c.next(at); err != nil {
			return Format{}, err
		}
	}
	if len(found) != 1 {
		return Format{}, ErrRefused
	}
	for kind := range found {
		return format(kind), nil
	}
	return Format{}, ErrRefused
}

// entryName decodes a directory entry's name; "" if it is no stream.
func entryName(e []byte) string {
	n := int(binary.LittleEndian.Uint16(e[64:]))
	if e[66] != 2 || n < 2 || n > 64 {
		return ""
	}
	name := make([]uint16, n/2-1)
	for i := range name {
		name[i] = binary.LittleEndian.Uint16(e[2*i:])
	}
	return string(utf16.Decode(name))
}

type cfb struct {
	r            io.ReaderAt
	size, sector int64
	head         []byte
}

// read returns a sector. The last one of a file may be cut short.
func (c cfb) read(id uint32) ([]byte, error) {
	off := (int64(id) + 1) * c.sector
	n := min(c.sector, c.size-off)
	if n <= 0 {
		return nil, ErrRefused
	}
	return slice(c.r, off, n)
}

// next follows the allocation table from one sector to the one after it. Its
// first 109 sectors are listed in the header; a directory whose table lies
// beyond ends here.
func (c cfb) next(id uint32) (uint32, error) {
	const end = 0xFFFFFFFE
	per := uint32(c.sector / 4) //nolint:gosec // 128 or 1024
	if id/per >= 109 {
		return end, nil
	}
	table, err := c.read(binary.LittleEndian.Uint32(c.head[76+4*(id/per):]))
	if err != nil {
		return end, err
	}
	at := 4 * (id % per)
	if int(at)+4 > len(table) {
		return end, ErrRefused
	}
	return binary.LittleEndian.Uint32(table[at:]), nil
}
