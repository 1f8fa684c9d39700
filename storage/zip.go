package storage

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// What an archive may unfold to (UP-04).
const (
	maxEntries    = 10_000
	maxUnfolded   = 1 << 30   // bytes, all entries together
	maxRatio      = 100       // unfolded to packed, once it matters
	ratioMatters  = 1 << 20   // bytes unfolded below which the ratio is left alone
	maxDirBytes   = 4 << 20   // of central directory
	inflateBudget = 128 << 20 // bytes we unfold at most to see whether sizes are true
)

const (
	endLength   = 22
	entryLength = 46
	localLength = 30
)

// A zipEntry is what the directory of an archive says of one file.
type zipEntry struct {
	name             string
	method           uint16
	packed, unfolded uint64
	offset           int64
}

// detectZip judges an archive by its directory, which has to be all there is:
// nothing before the first file, nothing after the end, no comment. So no other
// reader can find another archive in it.
func detectZip(r io.ReaderAt, size int64, head, tail []byte) (Format, error) {
	entries, err := readDirectory(r, size, tail)
	if err != nil {
		return Format{}, err
	}
	if err := checkEntries(entries, size); err != nil {
		return Format{}, err
	}
	if err := checkSizes(r, size, entries); err != nil {
		return Format{}, err
	}
	name, err := zipKind(entries, head)
	return format(name), err
}

// readDirectory reads the central directory, no more than it may be.
func readDirectory(r io.ReaderAt, size int64, tail []byte) ([]zipEntry, error) {
	le := binary.LittleEndian
	if len(tail) < endLength {
		return nil, ErrRefused
	}
	end := tail[len(tail)-endLength:]
	if string(end[:4]) != "PK\x05\x06" || le.Uint16(end[20:]) != 0 {
		return nil, ErrRefused // cut off, or something follows
	}
	count, length, offset := int64(le.Uint16(end[10:])), int64(le.Uint32(end[12:])), int64(le.Uint32(end[16:]))
	switch {
	case count > maxEntries, length > maxDirBytes:
		return nil, ErrBomb // this is also what the 64-bit form looks like from here
	case le.Uint16(end[4:]) != 0, le.Uint16(end[8:]) != uint16(count), offset+length != size-endLength: //nolint:gosec // it was 16 bits
		return nil, ErrRefused // in several volumes, or not where it says
	}
	dir, err := slice(r, offset, length)
	if err != nil {
		return nil, err
	}
	entries := make([]zipEntry, 0, count)
	for len(dir) > 0 {
		e, n, err := parseEntry(dir)
		if err != nil {
			return nil, err
		}
		entries, dir = append(entries, e), dir[n:]
	}
	if int64(len(entries)) != count || count == 0 {
		return nil, ErrRefused
	}
	return entries, nil
}

func parseEntry(b []byte) (e zipEntry, n int, err error) {
	le := binary.LittleEndian
	if len(b) < entryLength || string(b[:4]) != "PK\x01\x02" {
		return e, 0, ErrRefused
	}
	name, extra, comment := int(le.Uint16(b[28:])), int(le.Uint16(b[30:])), int(le.Uint16(b[32:]))
	n = entryLength + name + extra + comment
	if len(b) < n {
		return e, 0, ErrRefused
	}
	e = zipEntry{
		name: string(b[entryLength : entryLength+name]), method: le.Uint16(b[10:]),
		packed: uint64(le.Uint32(b[20:])), unfolded: uint64(le.Uint32(b[24:])), offset: int64(le.Uint32(b[42:])),
	}
	unix := le.Uint32(b[38:]) >> 16 & 0o170000
	switch {
	case le.Uint16(b[8:])&1 != 0, unix == 0o120000:
		return e, 0, ErrRefused // encrypted: nobody can look; or a symbolic link
	case e.packed == 0xFFFFFFFF, e.unfolded == 0xFFFFFFFF, e.offset == 0xFFFFFFFF:
		return e, 0, ErrBomb // 64-bit sizes
	}
	return e, n, nil
}

// checkEntries judges what the directory says.
func checkEntries(entries []zipEntry, size int64) error {
	var packed, unfolded uint64
	seen := make(map[string]bool, len(entries))
	for _, e := range entries {
		packed, unfolded = packed+e.packed, unfolded+e.unfolded
		switch {
		case unfolded > maxUnfolded, packed > uint64(size): //nolint:gosec // size is positive
			return ErrBomb // the second: files that share their bytes
		case !safeEntry(e.name), seen[e.name],
			e.method != 0 && e.method != 8, e.method == 0 && e.packed != e.unfolded:
			return ErrRefused
		}
		seen[e.name] = true
	}
	if unfolded > ratioMatters && unfolded > maxRatio*uint64(size) { //nolint:gosec // size is positive
		return ErrBomb
	}
	return nil
}

// safeEntry refuses a name that leads out of where it is unpacked (UP-02).
func safeEntry(name string) bool {
	if name == "" || len(name) > 512 || strings.ContainsAny(name, "\\\x00") || name[0] == '/' ||
		len(name) > 1 && name[1] == ':' {
		return false
	}
	if utf8.ValidString(name) && strings.ContainsFunc(name, func(r rune) bool { return r == 0x202E || r < ' ' }) {
		return false
	}
	parts := strings.Split(name, "/")
	return len(parts) <= 32 && !slices.Contains(parts, "..")
}

// checkSizes unfolds the largest entries as far as they may go, biggest first,
// within a budget: a bomb that lies about its sizes needs room to lie in.
func checkSizes(r io.ReaderAt, size int64, entries []zipEntry) error {
	big := slices.Clone(entries)
	slices.SortFunc(big, func(a, b zipEntry) int { return int(int64(b.packed) - int64(a.packed)) }) //nolint:gosec // 32 bits each
	budget := int64(inflateBudget)
	unfold := flate.NewReader(bytes.NewReader(nil))
	for _, e := range big {
		body, err := entryBody(r, size, e)
		if err != nil {
			return err
		}
		if e.method == 0 || budget <= 0 {
			continue
		}
		if err := unfold.(flate.Resetter).Reset(body, nil); err != nil {
			return err
		}
		n, err := io.Copy(io.Discard, io.LimitReader(unfold, min(budget, int64(e.unfolded)+1))) //nolint:gosec // 32 bits
		budget -= n
		var corrupt flate.CorruptInputError
		switch {
		case n > int64(e.unfolded): //nolint:gosec // 32 bits
			return ErrBomb
		case errors.As(err, &corrupt), errors.Is(err, io.ErrUnexpectedEOF):
			return ErrRefused
		case err != nil:
			return err
		}
	}
	return nil
}

// entryBody finds the packed bytes of an entry, whose own header has to agree
// with the directory about its name.
func entryBody(r io.ReaderAt, size int64, e zipEntry) (io.Reader, error) {
	head, err := slice(r, e.offset, min(int64(localLength+len(e.name)), size-e.offset))
	if err != nil {
		return nil, err
	}
	if len(head) < localLength+len(e.name) || string(head[:4]) != "PK\x03\x04" ||
		string(head[localLength:]) != e.name || int(binary.LittleEndian.Uint16(head[26:])) != len(e.name) {
		return nil, ErrRefused
	}
	from := e.offset + int64(len(head)) + int64(binary.LittleEndian.Uint16(head[28:]))
	if from+int64(e.packed) > size { //nolint:gosec // 32 bits
		return nil, ErrRefused
	}
	return io.NewSectionReader(r, from, int64(e.packed)), nil //nolint:gosec // 32 bits
}

// zipKind tells documents by what they must contain. One with a macro project,
// or two main parts, is not what its extension says.
func zipKind(entries []zipEntry, head []byte) (string, error) {
	main := map[string]string{
		"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx", "OFD.xml": "ofd",
	}
	has, kinds := map[string]bool{}, map[string]bool{}
	for _, e := range entries {
		has[e.name] = true
		if k := main[e.name]; k != "" {
			kinds[k] = true
		}
		if strings.EqualFold(e.name[strings.LastIndexByte(e.name, '/')+1:], "vbaProject.bin") {
			return "", ErrRefused
		}
	}
	if k := odfKind(head); k != "" {
		kinds[k] = true
	}
	switch {
	case len(kinds) > 1, has["META-INF/MANIFEST.MF"], has["AndroidManifest.xml"]:
		return "", ErrRefused
	case len(kinds) == 0:
		return "zip", nil
	}
	for k := range kinds {
		if slices.Contains([]string{"docx", "xlsx", "pptx"}, k) && !has["[Content_Types].xml"] {
			return "", ErrRefused
		}
		return k, nil
	}
	return "zip", nil
}

// odfKind reads the first file of an OpenDocument: its media type, as it is.
func odfKind(head []byte) string {
	if len(head) < localLength+8 || string(head[localLength:localLength+8]) != "mimetype" {
		return ""
	}
	n := int(binary.LittleEndian.Uint32(head[18:]))
	from := localLength + 8 + int(binary.LittleEndian.Uint16(head[28:]))
	if n > 100 || from+n > len(head) {
		return ""
	}
	switch string(bytes.TrimSpace(head[from : from+n])) {
	case format("odt").Type:
		return "odt"
	case format("ods").Type:
		return "ods"
	}
	return ""
}

// hidesZip reports whether an archive ends in the tail of something else: an
// end record with, where it says, the directory before it.
func hidesZip(tail []byte) bool {
	for at := bytes.LastIndex(tail, []byte("PK\x05\x06")); at >= 0; at = bytes.LastIndex(tail[:at], []byte("PK\x05\x06")) {
		if len(tail)-at < endLength {
			continue
		}
		length := int64(binary.LittleEndian.Uint32(tail[at+12:]))
		start := int64(at) - length
		if length >= entryLength && (start < 0 || bytes.HasPrefix(tail[start:], []byte("PK\x01\x02"))) {
			return true
		}
	}
	return false
}
