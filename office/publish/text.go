package publish

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	markup "golang.org/x/net/html"
)

// rich is the formatted text we take: what the editor of the web app writes,
// and nothing that runs, loads or looks like something else (IN-02).
var rich = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h1", "h2", "h3", "h4", "strong", "b", "em", "i", "u", "s", "sub", "sup",
		"blockquote", "ul", "li", "table", "thead", "tbody", "tfoot", "tr", "caption")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowElements("ol", "td", "th")
	p.AllowAttrs("colspan", "rowspan").Matching(regexp.MustCompile(`^[1-9][0-9]?$`)).OnElements("td", "th")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(false)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}()

// clean returns formatted text with everything else taken out. Cleaning what is
// clean changes nothing.
func clean(body string) string {
	body = strings.Map(printable, body)
	for range 8 {
		next := strings.TrimSpace(strings.Map(printable, rich.Sanitize(body))) // again: it reads what was written as &#1;
		if next == body {
			return body
		}
		body = next
	}
	return html.EscapeString(plain(body)) // it does not settle: that is no text anybody wrote
}

// plain returns clean formatted text without its markup, in one line: nothing is
// left in it whose content is not text, so tags are all there is to take out.
func plain(body string) string {
	var b strings.Builder
	b.Grow(len(body))
	for z := markup.NewTokenizer(strings.NewReader(body)); ; {
		switch z.Next() {
		case markup.ErrorToken:
			return line(b.String())
		case markup.TextToken:
			b.Write(z.Text())
		default:
			b.WriteByte(' ')
		}
	}
}

// line returns text as one line without spaces around it.
func line(s string) string { return strings.Join(strings.Fields(strings.Map(printable, s)), " ") }

// printable drops what is neither seen nor a space, and what turns the
// direction of what is seen (IN-06, UP-01).
func printable(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return r
	case unicode.IsControl(r), r == '\uFFFD', r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069':
		return -1
	}
	return r
}

// cut keeps the first n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
