package assess

// A pdfColumn is a column of a table on paper.
type pdfColumn struct {
	head  string
	width float64 // millimetres; zero: what is left, shared by all that say so
	how   int     // how its cells stand; heads are centred
}

// A pdfTable is a table on paper. Its head stands on every page it goes over.
type pdfTable struct {
	columns []pdfColumn
	size    float64 // of the text, in points
	rows    [][]string
	last    bool // the last row is a sum: its cells but the last are one
}

const cellPad = 1.1 // millimetres

// table writes a table over the width of the page.
func (p *printing) table(t pdfTable) {
	widths := p.share(t.columns)
	heads, hows := make([]string, len(t.columns)), make([]int, len(t.columns))
	middle := make([]int, len(t.columns))
	for i, c := range t.columns {
		heads[i], hows[i], middle[i] = c.head, c.how, centred
	}
	head := p.cells(heads, widths, t.size)
	for i, r := range t.rows {
		cells, w, how := r, widths, hows
		if t.last && i == len(t.rows)-1 {
			cells, w, how = []string{r[0], r[len(r)-1]}, []float64{p.inner() - widths[len(widths)-1], widths[len(widths)-1]}, []int{centred, hows[len(hows)-1]}
		}
		lines := p.cells(cells, w, t.size)
		height := p.height(lines, t.size)
		over := i > 0 && p.y+height > p.h-p.margin.bottom
		if i == 0 {
			p.need(p.height(head, t.size) + height)
		}
		if over {
			p.page()
		}
		if i == 0 || over {
			p.row(head, widths, middle, t.size, true)
		}
		p.row(lines, w, how, t.size, false)
	}
}

// share gives every column its width.
func (p *printing) share(columns []pdfColumn) []float64 {
	left, takers := p.inner(), 0
	for _, c := range columns {
		if left -= c.width; c.width == 0 {
			takers++
		}
	}
	widths := make([]float64, len(columns))
	for i, c := range columns {
		if widths[i] = c.width; c.width == 0 {
			widths[i] = left / float64(takers)
		}
	}
	return widths
}

// cells breaks the texts of a row into the lines of their cells.
func (p *printing) cells(texts []string, widths []float64, size float64) [][]string {
	all := make([][]string, len(texts))
	for i, s := range texts {
		all[i] = p.face.wrap(s, size, widths[i]-2*cellPad)
	}
	return all
}

func lineHeight(size float64) float64 { return size * perPoint * 1.35 }

func (p *printing) height(cells [][]string, size float64) float64 {
	most := 1
	for _, c := range cells {
		most = max(most, len(c))
	}
	return float64(most)*lineHeight(size) + 2*cellPad
}

// row writes a row with its borders.
func (p *printing) row(cells [][]string, widths []float64, hows []int, size float64, shaded bool) {
	height := p.height(cells, size)
	x, right := p.margin.left, p.margin.left+p.inner()
	if shaded {
		p.put(mark{kind: 'b', x: x, y: p.y, x2: p.inner(), y2: height, gray: 0.08})
		p.put(mark{kind: 'l', x: x, y: p.y, x2: right, y2: p.y})
	}
	for i, lines := range cells {
		p.put(mark{kind: 'l', x: x, y: p.y, x2: x, y2: p.y + height})
		y := p.y + (height-float64(len(lines))*lineHeight(size))/2
		for _, l := range lines {
			y += lineHeight(size)
			p.line(l, x+cellPad, y-lineHeight(size)*0.27, widths[i]-2*cellPad, size, hows[i], 0)
		}
		x += widths[i]
	}
	p.put(mark{kind: 'l', x: right, y: p.y, x2: right, y2: p.y + height})
	p.put(mark{kind: 'l', x: p.margin.left, y: p.y + height, x2: right, y2: p.y + height})
	p.y += height
}
