package assess

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"sync"

	"github.com/google/uuid"
)

// Canonical writes the result as bytes that are the same whenever and wherever
// the same facts are scored by the same version of a scheme: one JSON array
// per line, in the order of the lists. The second form, of a bare result, leaves
// out the deeds that the lines rest on.
func (r *Result) Canonical(w io.Writer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	_, _ = out.Write(r.head()) // errors are kept until the flush
	var b []byte
	for i := range r.Scores {
		b = r.Scores[i].head(b[:0])
		for j := range r.Scores[i].Lines {
			b = r.Scores[i].Lines[j].text(b, !r.Bare)
		}
		_, _ = out.Write(b)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("assess: canonical: %w", err)
	}
	return nil
}

// head is the first line of the canonical result.
func (r *Result) head() []byte {
	form := 1
	if r.Bare {
		form = 2
	}
	return appendLine(nil, "round", form, r.Version.Scheme, r.Version.Version, r.Version.Year, r.From, r.To)
}

// head appends the line of a score. A scheme that has neither classes nor grades
// comes out as ever.
func (s *Score) head(b []byte) []byte {
	if s.Class != "" || s.Grade != "" {
		return appendLine(b, "score", s.Unit.Kind, s.Unit.ID, s.Unit.Name, s.Rank, s.Total, s.Exact, s.Class, s.Grade)
	}
	return appendLine(b, "score", s.Unit.Kind, s.Unit.ID, s.Unit.Name, s.Rank, s.Total, s.Exact)
}

// text appends the line of an entry, with or without those of the deeds it rests
// on. It is what appendLine makes of it: there are very many.
func (l *Entry) text(b []byte, deeds bool) []byte {
	b = appendString(append(b, `["entry",`...), l.Rule.Code)
	b = appendString(append(b, ','), l.Part)
	b = strconv.AppendInt(append(b, ','), int64(l.N), 10)
	b = append(append(b, `,"`...), l.Before.String()...)
	b = append(append(b, `","`...), l.Points.String()...)
	b = appendString(append(b, `",`...), l.Formula)
	b = append(b, "]\n"...)
	if deeds {
		for _, d := range l.Shares {
			b = appendLine(b, "deed", d.Tenant, d.Deed, d.Points, d.Note)
		}
	}
	return b
}

// Digest returns the SHA-256 of the canonical result, in hexadecimal.
func (r *Result) Digest() (string, error) {
	h := sha256.New()
	if err := r.Canonical(h); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// A prepared is what is written of a result, made ready: what does not need the
// database is done side by side.
type prepared struct {
	digest string
	lists  map[string][]byte // what the list of each kind of unit shows
	marks  [][]byte          // by score: what stands for its lines, sixteen bytes each
}

// marked is how many bytes stand for a line.
const marked = 16

// prepare makes a result ready to be written: its digest, and marks of its lines.
func (r *Result) prepare() prepared {
	if r.made != nil {
		return *r.made
	}
	p := prepared{marks: make([][]byte, len(r.Scores))}
	var lists sync.WaitGroup
	lists.Go(func() { p.lists = r.lists() })
	h := sha256.New()
	_, _ = h.Write(r.head()) // a hash takes whatever it is given
	texts := make([][]byte, 64)
	for from := 0; from < len(r.Scores); from += len(texts) {
		part := r.Scores[from:min(from+len(texts), len(r.Scores))]
		sideBySide(len(part), func(i int) {
			texts[i], p.marks[from+i] = part[i].marks(texts[i][:0], r.Version.Version, r.Bare)
		})
		for i := range part {
			_, _ = h.Write(texts[i])
		}
	}
	p.digest = hex.EncodeToString(h.Sum(nil))
	lists.Wait()
	return p
}

// marks appends the canonical text of a score, and returns it with what stands
// for its lines: whatever a row of them says depends on nothing else.
func (s *Score) marks(b []byte, version int, bare bool) (text, marks []byte) {
	b = s.head(b)
	marks = make([]byte, 0, marked*len(s.Lines))
	var more []byte
	h := sha256.New()
	sum := make([]byte, 0, sha256.Size)
	for i := range s.Lines {
		l := &s.Lines[i]
		at := len(b)
		b = l.text(b, !bare)
		h.Reset()
		_, _ = h.Write(binary.AppendUvarint(more[:0], uint64(version))) //nolint:gosec // positive
		_, _ = h.Write(b[at:])
		if bare && len(l.Shares) > 0 {
			more = l.text(more[:0], true)
			_, _ = h.Write(more)
		}
		sum = h.Sum(sum[:0])
		marks = append(marks, sum[:marked]...)
	}
	return b, marks
}

// sideBySide calls fn for each of n numbers, some at a time.
func sideBySide(n int, fn func(int)) {
	var all sync.WaitGroup
	parts := runtime.GOMAXPROCS(0)
	for k := range parts {
		all.Go(func() {
			for i := n * k / parts; i < n*(k+1)/parts; i++ {
				fn(i)
			}
		})
	}
	all.Wait()
}

// entryID returns the id of an entry. It is made of what the entry is about, so
// that working a round out again leaves the addresses of its entries as they
// were.
func entryID(round uuid.UUID, s Score, l Entry) uuid.UUID {
	b := make([]byte, 0, 160)
	b = append(append(append(b, round[:]...), s.Unit.Kind...), 0)
	b = append(append(append(b, s.Unit.ID.String()...), 0), l.Rule.Code...)
	sum := sha256.Sum256(append(append(b, 0), l.Part...))
	id := uuid.UUID(sum[:16])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80 // version 8, of RFC 9562
	return id
}
