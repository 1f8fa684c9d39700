package preview

import "bytes"

// maxNested is how deep elements of a workbook may lie in each other.
const maxNested = 64

// A scan goes through the tags of XML that somebody else will make sense of, to
// see that it costs them no more than it may.
type scan struct {
	b        []byte
	at       int // after the tag
	from     int // where it begins
	name     string
	closing  bool // it ends an element
	depth    int
	err      error
	finished bool // there is no tag left that was begun and not ended
}

// next goes to the next tag, if there is one.
func (s *scan) next() bool {
	for s.err == nil {
		i := bytes.IndexByte(s.b[s.at:], '<')
		if i < 0 {
			s.finished = true
			return false
		}
		s.from = s.at + i
		rest := s.b[s.from:]
		switch {
		case bytes.HasPrefix(rest, []byte("<?")):
			if !s.past(rest, "?>") {
				return false
			}
		case bytes.HasPrefix(rest, []byte("<!--")):
			if !s.past(rest, "-->") {
				return false
			}
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			if !s.past(rest, "]]>") {
				return false
			}
		case bytes.HasPrefix(rest, []byte("<!")):
			s.err = errDamaged // a document type
		default:
			return s.tag(rest)
		}
	}
	return false
}

func (s *scan) past(rest []byte, end string) bool {
	i := bytes.Index(rest, []byte(end))
	s.at = s.from + max(0, i) + len(end)
	return i >= 0
}

// tag reads a tag to its end, which is no ">" in a value.
func (s *scan) tag(rest []byte) bool {
	end := 1
	for ; end < len(rest) && rest[end] != '>'; end++ {
		if q := rest[end]; q == '"' || q == '\'' {
			i := bytes.IndexByte(rest[end+1:], q)
			if i < 0 {
				return false
			}
			end += i + 1
		}
	}
	if end >= len(rest) {
		return false
	}
	s.at = s.from + end + 1
	inside := rest[1:end]
	s.closing = bytes.HasPrefix(inside, []byte("/"))
	empty := bytes.HasSuffix(inside, []byte("/"))
	switch {
	case s.closing:
		s.depth--
	case !empty:
		s.depth++
	}
	if s.depth < 0 || s.depth > maxNested {
		s.err = errDamaged
		return false
	}
	s.name = local(bytes.TrimPrefix(inside, []byte("/")))
	return true
}

// local is the name of an element without what stands for its namespace.
func local(inside []byte) string {
	if i := bytes.IndexAny(inside, " \t\r\n/"); i >= 0 {
		inside = inside[:i]
	}
	return string(inside[bytes.IndexByte(inside, ':')+1:])
}
