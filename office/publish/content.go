package publish

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// A content is what an item says at one time, as a revision keeps it. Revisions
// know of a field what stands here and nothing else: one that hash takes in has
// a line in content, so that it is kept and compared, and one in bring, so that
// it comes back with an older revision.
type content struct {
	Title       string     `json:"title"`
	BodyHTML    string     `json:"body_html"`
	Fields      []Field    `json:"fields"`
	Attachments []attached `json:"attachments"`
	Cover       *coverKept `json:"cover,omitempty"` // what the field cover says, with its file
}

// A Field is what else an item says of itself, besides title, text and files.
type Field struct {
	Name  string `json:"name"`  // what the item calls it
	Value string `json:"value"` // empty: it says nothing
	Text  string `json:"text"`  // the value as people read it, where the value is an id
}

// content returns what the item says.
func (r *row) content() content {
	editor := ""
	if r.EditorID != nil {
		editor = r.EditorID.String()
	}
	return content{
		Title: r.Title, BodyHTML: r.BodyHTML, Attachments: r.Attachments, Cover: r.kept(),
		Fields: []Field{
			{"column_id", r.ColumnID.String(), r.ColumnName},
			{"kind", r.Kind, ""},
			{"source", r.Source, ""},
			{"editor_id", editor, r.EditorName},
			r.audienceField(),
			{"event_date", said(r.EventDate), ""},
			{"valid_until", said(r.ValidUntil), ""},
			{"cover", strings.TrimSpace(r.CoverSHA + " " + r.CoverAlt), r.CoverAlt},
		},
	}
}

// bring returns the change that makes an item say what c says. Attachments are
// not in it: the files of those taken off are gone. Nor is the column: where an
// item stands is decided now. The picture comes by bringCover.
func (c content) bring() revision {
	kind, source, editor := c.field("kind").Value, c.field("source").Value, uuid.Nil
	if id, err := uuid.Parse(c.field("editor_id").Value); err == nil {
		editor = id
	}
	return revision{Title: &c.Title, BodyHTML: &c.BodyHTML, Kind: &kind, Source: &source, EditorID: &editor, FieldSpec: c.fieldSpec()}
}

// field is what c says in a field; empty if it did not have it yet.
func (c content) field(name string) Field {
	i := slices.IndexFunc(c.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{Name: name}
	}
	return c.Fields[i]
}

// since names the fields in which c differs from an earlier content.
func (c content) since(old content) []string {
	fields := []string{}
	if c.Title != old.Title {
		fields = append(fields, "title")
	}
	if c.BodyHTML != old.BodyHTML {
		fields = append(fields, "body_html")
	}
	for _, f := range fieldsOf(old, c) {
		if old.field(f).Value != c.field(f).Value {
			fields = append(fields, f)
		}
	}
	same := func(a, b attached) bool { return a.ID == b.ID && a.Name == b.Name && a.Summary == b.Summary }
	if !slices.EqualFunc(old.Attachments, c.Attachments, same) {
		fields = append(fields, "attachments")
	}
	return fields
}

// fieldsOf names the fields that contents have, in the order of the last.
func fieldsOf(contents ...content) (names []string) {
	for _, c := range slices.Backward(contents) {
		for _, f := range c.Fields {
			if !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
		}
	}
	return names
}
