package feature

import "strconv"

// A Page is the part of a list a client wants; embed it in an input.
type Page struct {
	After string `json:"-" query:"after"` // the cursor a list ended with; empty for its beginning
	Limit int    `json:"-" query:"limit"` // 1 to 200; 20 if zero
	Sort  string `json:"-" query:"sort"`  // one of the list's keys, with a - before it if the largest comes first; empty for its usual order
}

// Sorts are the keys a list may be sorted by; any other is refused at "sort"
// before the list is asked. A list that has an Order says so in its own input:
//
//	func (query) Sorts() []string { return order.Names() }
func (Page) Sorts() []string { return nil }

// sorted is an input that knows by what its list may be sorted.
type sorted interface{ Sorts() []string }

// Size returns how many rows to return.
func (p Page) Size() int {
	switch {
	case p.Limit <= 0:
		return 20
	case p.Limit > 200:
		return 200
	}
	return p.Limit
}

// Rows is the limit of the statement that reads a page, to be written into it:
// at least one row more than Size, so that it shows whether there are more. As a
// parameter it would cost a new plan every time, often more than the rows:
// PostgreSQL keeps a plan only if it is as cheap without knowing the parameters.
// There are few of them, so that there are few statements.
func (p Page) Rows() string {
	for _, n := range []int{5, 10, 20, 50, 100} {
		if p.Size() <= n {
			return strconv.Itoa(n + 1)
		}
	}
	return "201"
}

// A List is part of a list. Next is the cursor to go on with; empty at its end.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// Cut makes a List of up to size+1 rows: one row too many means there are more.
func Cut[T any](rows []T, size int, cursor func(T) string) List[T] {
	l := List[T]{Items: rows}
	if len(rows) > size {
		l.Items = rows[:size]
		l.Next = cursor(rows[size-1])
	}
	if l.Items == nil {
		l.Items = []T{}
	}
	return l
}

// None is the input or the output of an endpoint that has none.
type None struct{}
