package feature

// A Page is the part of a list a client wants; embed it in an input.
type Page struct {
	After string `json:"-" query:"after"` // the cursor a list ended with; empty for its beginning
	Limit int    `json:"-" query:"limit"` // 1 to 200; 20 if zero
}

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
