package wordcheck

import (
	"html"
	"regexp"
	"strings"
)

// inline are the elements that do not end a line: a word may begin inside one
// and end outside it.
var inline = map[string]bool{
	"a": true, "b": true, "strong": true, "i": true, "em": true, "u": true, "s": true, "sub": true, "sup": true, "span": true,
	"code": true, "mark": true, "small": true, "font": true, "wbr": true, "del": true, "ins": true,
}

var (
	tagName = regexp.MustCompile(`^</?([a-zA-Z0-9]+)`)
	altText = regexp.MustCompile(`(?i)\balt\s*=\s*(?:"([^"]*)"|'([^']*)')`)
)

// HTML returns the parts of formatted text: what is read, under the name given,
// and what stands for its pictures, as "alt". The text must have been cleaned.
func HTML(name, body string) []Part {
	var text strings.Builder
	parts := make([]Part, 1)
	for body != "" {
		open := strings.IndexByte(body, '<')
		if open < 0 {
			open = len(body)
		}
		text.WriteString(html.UnescapeString(body[:open]))
		if body = body[open:]; body == "" {
			break
		}
		end := tagEnd(body)
		tag := body[:end]
		body = body[end:]
		m := tagName.FindStringSubmatch(tag)
		if m == nil || !inline[strings.ToLower(m[1])] {
			text.WriteByte('\n')
		}
		if alt := altText.FindStringSubmatch(tag); m != nil && strings.EqualFold(m[1], "img") && alt != nil {
			parts = append(parts, Part{"alt", html.UnescapeString(alt[1] + alt[2])})
		}
	}
	parts[0] = Part{name, text.String()}
	return parts
}

// tagEnd returns where the tag at the start of s ends: behind the first > that
// is not in quotes, or at the end of s.
func tagEnd(s string) int {
	var quote byte
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return len(s)
}
