package publish

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"hetu/tenant"
)

// A FieldChange is a field that two revisions say differently.
type FieldChange struct {
	Name string `json:"name"`
	From Field  `json:"from"`
	To   Field  `json:"to"`
}

// A FileChange is an attachment of either revision. Reworded: its name or its
// summary is another.
type FileChange struct {
	Op      string `json:"op" enum:"same,added,removed,reworded"`
	Name    []Span `json:"name"`
	Summary []Span `json:"summary"`
	File    string `json:"file"` // its name where it came from
	Size    int64  `json:"size"`
}

// A Comparison says what became of one revision in another: as text and
// nothing else, which no browser runs (IN-02).
type Comparison struct {
	From        RevisionRow   `json:"from"`
	To          RevisionRow   `json:"to"`
	Fields      []string      `json:"fields"` // that differ; empty: both say the same
	Title       []Span        `json:"title"`
	Blocks      []Block       `json:"blocks"`
	Values      []FieldChange `json:"values"`
	Attachments []FileChange  `json:"attachments"`
}

type comparing struct {
	revisionRef
	Since int `json:"-" query:"since"` // the other revision; the one before if absent
}

// compare shows what became of one revision in another. It takes a bounded time
// however long the texts are: what there is no time for is shown as replaced.
func (d *Desk) compare(ctx context.Context, tx *tenant.Tx, in comparing) (c Comparison, err error) {
	r, err := revised(ctx, tx, in.ID)
	if err != nil {
		return c, err
	}
	to, err := r.at(ctx, tx, in.Number)
	if err != nil {
		return c, err
	}
	if in.Since == 0 {
		if in.Since, err = before(ctx, tx, r, in.Number); err != nil {
			return c, err
		}
	}
	from, err := r.at(ctx, tx, in.Since)
	if err != nil {
		return c, err
	}
	rows, err := rowsOf(ctx, tx, r, []kept{from, to})
	if err != nil {
		return c, err
	}
	a, b, diff := from.Content.V, to.Content.V, newDiffer()
	c = Comparison{From: rows[0], To: rows[1], Fields: b.since(a), Title: diff.text(a.Title, b.Title),
		Blocks: diff.blocks(cutUp(a.BodyHTML), cutUp(b.BodyHTML)), Values: []FieldChange{}, Attachments: diff.files(a, b)}
	for _, name := range fieldsOf(a, b) {
		if was, is := a.field(name), b.field(name); was.Value != is.Value {
			c.Values = append(c.Values, FieldChange{name, was, is})
		}
	}
	return c, nil
}

// before is the revision before another; of the first, itself.
func before(ctx context.Context, tx *tenant.Tx, r *row, number int) (n int, err error) {
	err = tx.Get(ctx, &n, `select coalesce(max(v.number), $2) from item_revisions v where v.item_id = $1 and v.number < $2`, r.ID, number)
	return n, err
}

// files compares the attachments, those taken off last.
func (d differ) files(a, b content) []FileChange {
	out := []FileChange{}
	find := func(c content, id uuid.UUID) (f attached, ok bool) {
		i := slices.IndexFunc(c.Attachments, func(f attached) bool { return f.ID == id })
		if i < 0 {
			return f, false
		}
		return c.Attachments[i], true
	}
	for _, f := range b.Attachments {
		switch was, ok := find(a, f.ID); {
		case !ok:
			out = append(out, f.change("added"))
		case was.Name == f.Name && was.Summary == f.Summary:
			out = append(out, f.change("same"))
		default:
			out = append(out, FileChange{"reworded", d.text(was.Name, f.Name), d.text(was.Summary, f.Summary), f.FileName, f.Size})
		}
	}
	for _, f := range a.Attachments {
		if _, ok := find(b, f.ID); !ok {
			out = append(out, f.change("removed"))
		}
	}
	return out
}

func (a attached) change(op string) FileChange {
	return FileChange{op, []Span{{op, a.Name}}, []Span{{op, a.Summary}}, a.FileName, a.Size}
}
