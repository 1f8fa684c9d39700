package outward

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"hetu/message"
)

// shown are the parameters of notices that may leave the house: names, titles,
// dates and numbers. What a person has written - a reason, an answer, a remark -
// and what belongs to an account stays inside, and so does a parameter nobody
// has thought of (R357, R368).
var shown = []string{
	"title", "name", "unit", "department", "column", "into", "peer", "provider", "round", "line", "what", "step", "period", "place",
	"by", "from", "who", "person", "due", "until", "day", "at", "n", "days", "interval", "version",
}

// withheld stands for what is not said.
const withheld = "……"

// Shows reports whether a parameter of a notice may leave the house.
func Shows(param string) bool { return slices.Contains(shown, param) }

// kindOf is the first word of a code.
func kindOf(code string) string {
	kind, _, _ := strings.Cut(code, ".")
	return kind
}

// AllKinds are the kinds of notices there are words for, in order.
func (h *House) AllKinds() []string {
	kinds := []string{}
	for code := range h.Words {
		if kind, _, dotted := strings.Cut(code, "."); dotted && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// word is what a parcel about a notice says. With wording "kind" it says no more
// than that there is something; a text nobody knows words for says that, too.
func (h *House) word(wording, code string, params message.Params, at time.Time) (title, body string) {
	kind := h.Kinds[kindOf(code)]
	if kind == "" {
		kind = h.Kinds["unknown"]
	}
	when := at.In(shanghai).Format("2006-01-02 15:04")
	sentence, known := h.Words[code]
	if wording != "title" || !known {
		return kind, h.Words["unknown"] + "\n" + when
	}
	return kind, fill(sentence, params) + "\n" + when
}

// fill puts the parameters that may be shown into a sentence.
func fill(sentence string, params message.Params) string {
	var b strings.Builder
	for {
		before, rest, open := strings.Cut(sentence, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !open || !closed {
			b.WriteString(sentence)
			return b.String()
		}
		b.WriteString(before)
		switch value, given := params[name]; {
		case !Shows(name):
			b.WriteString(withheld)
		case given:
			b.WriteString(value)
		}
		sentence = after
	}
}

// link is the address of the page a notice is about: it names the unit, so that who
// is not signed in yet need not, and goes on from there.
func (h *House) link(slug, href string) string {
	if !strings.HasPrefix(href, "/") || strings.HasPrefix(href, "//") {
		href = "/notices"
	}
	return strings.TrimSuffix(h.Site, "/") + "/open?" + url.Values{"t": {slug}, "to": {href}}.Encode()
}

var shanghai = time.FixedZone("CST", 8*60*60)
