package publish

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// A block is a piece of a formatted text that stands on lines of its own.
type block struct {
	kind  string
	text  string   // without its formatting
	html  string   // with it, to tell whether that has changed
	words []string // its words, without spaces
}

func (b block) as(op string) Block {
	span := op
	if op == "format" {
		span = "same"
	}
	spans := []Span{}
	if b.text != "" {
		spans = append(spans, Span{span, b.text})
	}
	return Block{op, b.kind, spans}
}

// kinds are what blocks the elements begin. Within a row of a table nothing
// else does.
var kinds = map[string]string{
	"p": "text", "h1": "h1", "h2": "h2", "h3": "h3", "h4": "h4", "li": "point", "tr": "row", "caption": "text", "blockquote": "quote",
}

// A cutter cuts a formatted text into blocks, in a time that grows with the text
// and not with how deep its elements stand in one another.
type cutter struct {
	out        []block
	open       []element      // those with a kind that are open
	many       map[string]int // of each there are among them
	cells      int            // of the row so far
	within     map[string]int // elements that are open in the row and begin no block; "table": those in its cells
	text, html strings.Builder
}

// An element that is open, and what a block within it is.
type element struct{ name, kind string }

// cutUp returns the blocks of a formatted text. It takes any text for one.
func cutUp(body string) []block {
	c := cutter{many: map[string]int{}, within: map[string]int{}}
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			c.end()
			return c.out
		case html.TextToken:
			text := string(z.Text())
			c.text.WriteString(text)
			c.html.WriteString(text)
		case html.StartTagToken, html.SelfClosingTagToken:
			c.start(z.Token())
		case html.EndTagToken:
			c.close(z.Token())
		}
	}
}

func (c *cutter) start(t html.Token) {
	switch {
	case t.Data == "td" || t.Data == "th":
		if c.cells++; c.cells > 1 {
			c.text.WriteByte('\t')
		}
		c.html.WriteString(t.String())
	case t.Data == "br":
		c.text.WriteByte(' ')
		c.html.WriteString("<br>")
	case t.Data == "hr":
		c.end()
		c.out = append(c.out, block{kind: "rule", html: "<hr>"})
	case kinds[t.Data] == "":
		c.html.WriteString(t.String())
		if t.Data == "table" && c.many["tr"] > 0 {
			c.within["table"]++
		}
	case c.many["tr"] > 0:
		c.text.WriteByte(' ')
		if t.Type == html.StartTagToken && (t.Data != "tr" || c.within["table"] > 0) {
			c.within[t.Data]++
		}
	default:
		c.end()
		e := element{t.Data, kinds[t.Data]}
		if t.Data == "p" { // a paragraph is what it stands in
			e.kind = c.kind()
		}
		c.many[t.Data]++
		c.open, c.cells = append(c.open, e), 0
	}
}

func (c *cutter) close(t html.Token) {
	if c.within[t.Data] > 0 { // not the one that the row stands in, or the row itself
		if c.within[t.Data]--; t.Data == "table" && c.within["table"] == 0 {
			c.within["tr"] = 0
		}
	} else if kinds[t.Data] != "" && c.many[t.Data] > 0 {
		c.end()
		c.leave(t.Data)
	}
	if kinds[t.Data] == "" {
		c.html.WriteString(t.String())
	}
}

// leave closes the innermost element of the name, and all that stand in it.
func (c *cutter) leave(name string) {
	for i, e := range slices.Backward(c.open) {
		c.open = c.open[:i]
		c.many[e.name]--
		if c.many["tr"] == 0 {
			clear(c.within)
		}
		if e.name == name {
			return
		}
	}
}

// end ends the block that is being read, if there is anything in it.
func (c *cutter) end() {
	cells := strings.Split(c.text.String(), "\t")
	for i, cell := range cells {
		cells[i] = line(cell)
	}
	text, code := strings.Join(cells, "\t"), line(c.html.String())
	c.text.Reset()
	c.html.Reset()
	if strings.TrimSpace(text) == "" {
		return
	}
	c.out = append(c.out, block{kind: c.kind(), text: text, html: code, words: slices.DeleteFunc(tokens(text), func(w string) bool { return strings.TrimSpace(w) == "" })})
}

// kind is what the block that is being read is: the innermost element says so.
func (c *cutter) kind() string {
	if len(c.open) == 0 {
		return "text"
	}
	return c.open[len(c.open)-1].kind
}

// joined is a text as a single block.
func joined(bs []block) []block {
	var text []string
	one := block{kind: "text"}
	for _, b := range bs {
		text = append(text, b.text)
	}
	one.text = strings.Join(text, " ")
	one.html = one.text
	one.words = tokens(one.text)
	if one.text == "" {
		return nil
	}
	return []block{one}
}
