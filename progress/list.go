package progress

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/job"
	"hetu/rbac"
	"hetu/storage"
	"hetu/tenant"
)

// Feature is what long work adds to the system.
func (w *Works) Feature() feature.Feature {
	return feature.Feature{
		Name: "progress",
		Routes: []feature.Route{
			// Any member, and each only their own: what may be asked for is
			// decided where it is asked for.
			feature.GET("/progress/works", rbac.Member, feature.Read(list)),
			feature.GET("/progress/works/{id}", rbac.Member, feature.Read(look)),
			feature.POST("/progress/works/{id}/stop", rbac.Member, feature.Write(stop)),
			feature.GET("/progress/works/{id}/content", rbac.Member, feature.Stream(w.content)),
		},
		Works: []job.Work{{Name: runWork, Run: w.run}},
		Rounds: []job.Round{
			{Name: "progress.wake", Every: time.Minute, Run: w.wake},
			{Name: "progress.tidy", Every: time.Hour, Run: w.tidy},
		},
		Migrations: files,
	}
}

const columns = `id, kind, title, subject, state, done, total, stop and state in ('queued', 'running') as stop, href, facts, code,
	file_name, file_size, file_until, created_at, started_at, ended_at`

type row struct {
	Work
	Name  string     `db:"file_name"`
	Size  int64      `db:"file_size"`
	Until *time.Time `db:"file_until"`
}

func (r row) work(now time.Time) Work {
	if r.State == Done && r.Until != nil && now.Before(*r.Until) {
		r.File = &File{r.Name, r.Size, *r.Until}
	}
	return r.Work
}

// A Query asks for the actor's works.
type Query struct {
	feature.Page
	Subject string `json:"-" query:"subject"` // only those about it; all if empty
	State   string `json:"-" query:"state"`   // "open": those under way; all if empty
}

// Validate refuses a cursor that did not come from a list of works.
func (q Query) Validate() error {
	if q.State != "" && q.State != "open" {
		return ErrState.On("state")
	}
	if _, err := uuid.Parse(q.After); q.After != "" && err != nil {
		return feature.ErrMalformed.On("after")
	}
	return nil
}

// list returns the actor's works, newest first.
func list(ctx context.Context, tx *tenant.Tx, q Query) (l feature.List[Work], err error) {
	var rows []row
	err = tx.Select(ctx, &rows, `
		select `+columns+`
		  from works
		 where member_id = $1 and ($2 = '' or id < nullif($2, '')::uuid) and ($3 = '' or subject = $3)
		   and ($4 = '' or state in ('queued', 'running'))
		 order by id desc limit $5`, tx.Actor.Member, q.After, q.Subject, q.State, q.Size()+1)
	works := make([]Work, len(rows))
	for i, r := range rows {
		works[i] = r.work(tx.Now)
	}
	return feature.Cut(works, q.Size(), func(w Work) string { return w.ID.String() }), err
}

type ref struct {
	ID uuid.UUID `json:"-" path:"id"`
}

func look(ctx context.Context, tx *tenant.Tx, q ref) (Work, error) {
	var r row
	err := tx.Get(ctx, &r, `select `+columns+` from works where id = $1 and member_id = $2`, q.ID, tx.Actor.Member)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrNotFound
	}
	return r.work(tx.Now), err
}

// stop ends a work that waits, and asks one that runs to stop at its next step.
func stop(ctx context.Context, tx *tenant.Tx, q ref) (Work, error) {
	var r row
	err := tx.Get(ctx, &r, `
		   update works
		      set stop = true, state = case state when 'queued' then 'stopped' else state end,
		          ended_at = case state when 'queued' then $3::timestamptz end
		    where id = $1 and member_id = $2 and state in ('queued', 'running')
		returning `+columns, q.ID, tx.Actor.Member, tx.Now)
	if errors.Is(err, tenant.ErrNoRows) {
		if _, err := look(ctx, tx, q); err != nil {
			return Work{}, err
		}
		return Work{}, ErrEnded
	}
	tx.Audit("progress.stop_asked", object(q.ID), map[string]string{"kind": r.Kind})
	return r.work(tx.Now), err
}

// content sends the file that a work made.
func (w *Works) content(ctx context.Context, tx *tenant.Tx, q ref) (c feature.Content, err error) {
	if _, err := look(ctx, tx, q); err != nil {
		return c, err
	}
	var s stored
	err = tx.Get(ctx, &s, `
		select id, file_name, file_type, file_size, file_sha256, file_key, file_version
		  from works where id = $1 and state = 'done' and file_key <> '' and file_until > $2`, q.ID, tx.Now)
	if errors.Is(err, tenant.ErrNoRows) {
		return c, ErrFileGone
	}
	o := storage.Object{Ref: s.ref(tx.Actor.Tenant), Size: s.Size, SHA256: s.SHA256, Type: s.Type}
	return feature.Content{
		Size: s.Size, Headers: storage.Headers(o, s.Name),
		Open: func(ctx context.Context) (io.ReadCloser, error) { return w.store.Open(ctx, o.Ref, o.Want()) },
	}, err
}

// tidy removes files whose time is over, and works that ended long ago.
func (w *Works) tidy(ctx context.Context, db *tenant.DB) error {
	actor, err := tenant.From(ctx)
	if err != nil {
		return err
	}
	var old []stored
	err = db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Select(ctx, &old, `
			select id, file_name, file_type, file_size, file_sha256, file_key, file_version
			  from works where file_key <> '' and file_until <= $1 and state in ('done', 'failed', 'stopped') limit 1000`, tx.Now)
	})
	if err != nil {
		return err
	}
	for _, s := range old {
		if err := w.store.Delete(ctx, s.ref(actor.Tenant)); err != nil {
			return err
		}
		err := db.Write(ctx, func(tx *tenant.Tx) error {
			_, err := tx.Exec(ctx, `update works set file_key = '', file_version = '', file_sha256 = null, file_until = null where id = $1`, s.ID)
			tx.Audit("progress.file_removed", object(s.ID), nil)
			return err
		})
		if err != nil {
			return err
		}
	}
	return db.Write(ctx, func(tx *tenant.Tx) error {
		n, err := tx.Exec(ctx, `delete from works where ended_at < $1 and file_key = ''`, tx.Now.Add(-shown))
		if n > 0 {
			tx.Audit("progress.tidied", "progress/works", map[string]int64{"n": n})
		}
		return err
	})
}
