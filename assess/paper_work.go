package assess

import (
	"context"
	"errors"
	"io"
	"strconv"

	"hetu/progress"
	"hetu/tenant"
)

const sheetsWork = "assess.sheets"

// sheets has a document made of the score sheets of all units of a round, to be
// downloaded when it is done: of very many units it takes its time.
func (p press) sheets(ctx context.Context, tx *tenant.Tx, q ref) (s Started, err error) {
	r, err := findRound(ctx, tx, q.ID)
	if err != nil {
		return s, err
	}
	if r.Digest == "" {
		return s, ErrNotComputed
	}
	return p.start(ctx, tx, r, progress.Order{Kind: sheetsWork})
}

// doSheets lays the sheets out a unit at a time, and keeps the document.
func doSheets(ctx context.Context, db *tenant.DB, t *progress.Task) error {
	var o order
	if err := t.Args(&o); err != nil {
		return err
	}
	var doc paper
	err := db.Read(ctx, func(tx *tenant.Tx) error {
		r, err := findRound(ctx, tx, o.Round)
		if err == nil {
			doc, err = recorded(ctx, tx, r, nil)
		}
		return err
	})
	if err != nil {
		return err
	}
	n := len(doc.res.Scores)
	d, err := doc.layEach("sheets", func(done int) error { return t.Step(ctx, db, done, n+1) })
	if err != nil {
		return err
	}
	out, in := io.Pipe()
	go func() { in.CloseWithError(d.pdf(in)) }()
	if err := errors.Join(t.Keep(ctx, db, doc.called("sheets"), pdfType, out), out.Close()); err != nil {
		return err
	}
	return db.Write(ctx, func(tx *tenant.Tx) error { return t.Done(ctx, tx, "", progress.Facts{"units": strconv.Itoa(n)}) })
}

// called is what the document is called.
func (p paper) called(of string) string {
	return p.res.Version.Name + " " + p.name + map[string]string{"league": " 成绩总表.pdf", "sheets": " 得分表.pdf"}[of]
}
