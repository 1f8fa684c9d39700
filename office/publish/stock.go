package publish

import (
	"context"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/tenant"
	"hetu/wordcheck"
)

// Stock is what is published, for the word check to look at again when the
// dictionary has changed (R031).
var Stock = wordcheck.Source{Kind: Kind, Page: stock}

// stockPage is how many items are read at a time: a page is one transaction.
const stockPage = 100

// stock pages through the published items in the order of their ids.
func stock(ctx context.Context, tx *tenant.Tx, after string) (docs []wordcheck.Doc, next string, err error) {
	from, err := uuid.Nil, error(nil)
	if after != "" {
		if from, err = uuid.Parse(after); err != nil {
			return nil, "", feature.ErrMalformed.On("after")
		}
	}
	var rows []struct {
		ID    uuid.UUID    `db:"id"`
		Title string       `db:"title"`
		Body  string       `db:"body_html"`
		Files tenant.Texts `db:"files"` // names and summaries in turn
		Cover string       `db:"cover_alt"`
		From  string       `db:"source"`
		Named tenant.Texts `db:"named"` // what the files themselves are called
	}
	err = tx.Select(ctx, &rows, `
		select i.id, i.title, i.body_html, i.cover_alt, i.source,
		       array(select f.name from item_attachments a join files f on f.id = a.file_id where a.item_id = i.id order by a.id) as named,
		       array(select u.t from item_attachments a, unnest(array[a.name, a.summary]) with ordinality as u (t, n)
		              where a.item_id = i.id order by a.id, u.n) as files
		  from items i
		 where i.state = 'published' and i.id > $1
		 order by i.id
		 limit $2`, from, stockPage+1)
	if err != nil {
		return nil, "", err
	}
	if len(rows) > stockPage {
		rows = rows[:stockPage]
		next = rows[stockPage-1].ID.String()
	}
	for _, r := range rows {
		parts := Parts(r.Title, r.Body, r.Files...)
		if r.Cover != "" {
			parts = append(parts, wordcheck.Part{Name: "cover", Text: r.Cover})
		}
		if r.From != "" {
			parts = append(parts, wordcheck.Part{Name: "source", Text: r.From})
		}
		for _, name := range r.Named {
			parts = append(parts, wordcheck.Part{Name: "attachment.file", Text: name})
		}
		docs = append(docs, wordcheck.Doc{ID: r.ID, Title: r.Title, Href: "/publish/items/" + r.ID.String(), Parts: parts})
	}
	return docs, next, nil
}

// Parts are the texts of an item that the word check looks at: its title, its
// body and the texts of its pictures, and the name and summary of each
// attachment in turn.
func Parts(title, body string, files ...string) []wordcheck.Part {
	parts := append([]wordcheck.Part{{Name: "title", Text: title}}, wordcheck.HTML("body_html", body)...)
	for i, text := range files {
		name := "attachment.name"
		if i%2 == 1 {
			name = "attachment.summary"
		}
		parts = append(parts, wordcheck.Part{Name: name, Text: text})
	}
	return parts
}
