package preview

import (
	"encoding/xml"
	"strings"
)

// A grid is a table of a document or a slide being read.
type grid struct {
	*docx
	rows  []Row
	rest  bool          // the rest of it is left out
	above map[int]*Cell // by column, the cell that reaches down to here
}

// read reads w:tbl, or a:tbl, which differ in how cells are joined.
func (g *grid) read(w *walker) error {
	g.above = map[int]*Cell{}
	return w.each(func(el xml.StartElement) error {
		switch name := el.Name.Local; {
		case aside[name], g.rest:
			return w.skip()
		case name == "tr":
			return g.row(w)
		}
		return g.inner(w)
	})
}

// inner finds rows that stand in something that wraps them.
func (g *grid) inner(w *walker) error {
	return w.each(func(el xml.StartElement) error {
		if el.Name.Local == "tr" && !g.rest {
			return g.row(w)
		}
		return w.skip()
	})
}

func (g *grid) row(w *walker) error {
	if len(g.rows) >= maxRows || g.blocks+len(g.rows) >= maxBlocks || !g.room() {
		g.rest, g.cut = true, true
		return w.skip()
	}
	row := Row{Cells: []Cell{}}
	at := 0
	var joined []int // columns of cells that belong to the one above
	err := g.cells(w, func(c Cell, up, left bool) {
		wide := max(1, c.Across)
		switch {
		case len(row.Cells) >= maxColumns:
			g.cut = true
		case left: // of the one before
			return
		case up && g.above[at] != nil:
			joined = append(joined, at)
		default:
			row.Cells = append(row.Cells, c)
			delete(g.above, at)
		}
		at += wide
	})
	g.rows = append(g.rows, row)
	cells := g.rows[len(g.rows)-1].Cells
	for _, col := range joined {
		g.above[col].Down = max(1, g.above[col].Down) + 1
	}
	for i, col := 0, 0; i < len(cells); i++ {
		for range joined { // columns taken from above stand between
			if contains(joined, col) {
				col += max(1, g.above[col].Across)
			}
		}
		g.above[col] = &cells[i]
		col += max(1, cells[i].Across)
	}
	return err
}

func contains(list []int, n int) bool {
	for _, v := range list {
		if v == n {
			return true
		}
	}
	return false
}

// cells calls fn for the cells of a row: joined to the one above, or to the one
// on the left.
func (g *grid) cells(w *walker, fn func(c Cell, up, left bool)) error {
	return w.each(func(el xml.StartElement) error {
		switch name := el.Name.Local; {
		case aside[name], name == "trPr":
			return w.skip()
		case name != "tc":
			return g.cells(w, fn)
		}
		c := Cell{Across: span(attr(el, "gridSpan"))}
		up, left := on(attr(el, "vMerge")), on(attr(el, "hMerge"))
		err := g.cell(w, &c, &up)
		fn(c, up, left)
		return err
	})
}

// cell reads the text of a cell, its paragraphs one a line.
func (g *grid) cell(w *walker, c *Cell, up *bool) error {
	return w.each(func(el xml.StartElement) error {
		switch name := el.Name.Local; {
		case name == "tcPr":
			return w.each(func(el xml.StartElement) error {
				switch el.Name.Local {
				case "gridSpan":
					c.Across = span(attr(el, "val"))
				case "vMerge":
					*up = attr(el, "val") != "restart"
				}
				return w.skip()
			})
		case aside[name], !g.room():
			return w.skip()
		case name == "p":
			p := paragraph{docx: g.docx}
			if err := p.read(w); err != nil {
				return err
			}
			c.add(p.block().Label, p.runs)
			for _, b := range p.more {
				c.add("", b.Runs)
				if b.Drawing != nil {
					c.Drawings = append(c.Drawings, *b.Drawing)
				}
			}
			return nil
		}
		return g.cell(w, c, up) // a table in the cell is its text, line by line
	})
}

// add puts a paragraph on a line of its own.
func (c *Cell) add(label string, runs []Run) {
	if len(runs) == 0 {
		return
	}
	if len(c.Runs) > 0 {
		c.Runs[len(c.Runs)-1].Text += "\n"
	}
	if label != "" {
		c.Runs = join(c.Runs, Run{Text: label + " "})
	}
	for _, r := range runs {
		c.Runs = join(c.Runs, r)
	}
}

// block is the table, if anything stands in it.
func (g *grid) block() Block {
	for _, r := range g.rows {
		if !blank(r) {
			return Block{Kind: "table", Rows: g.rows}
		}
	}
	return Block{Kind: "paragraph"}
}

// span is over how many columns a cell reaches; 0 is one.
func span(val string) int {
	if n := number(strings.TrimSpace(val)); n > 1 {
		return min(n, maxColumns)
	}
	return 0
}

func on(val string) bool { return val == "1" || val == "true" }
