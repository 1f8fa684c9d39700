package trial

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/feature"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// usualBackups is how many days lie between backups in a run whose plan does not
// say (R338).
const usualBackups = 7

// A Backup is a copy of the data that was taken while a run went on, as who took
// it wrote it down: the system does not take it and cannot vouch for it, so what
// it was, where it lies and whether it was tried stand in the record.
type Backup struct {
	ID      uuid.UUID `db:"id" json:"id"`
	TakenAt time.Time `db:"taken_at" json:"taken_at"`
	Covers  string    `db:"covers" json:"covers"`
	Kept    string    `db:"kept" json:"kept"`
	Digest  string    `db:"digest" json:"digest"` // SHA-256 of the file, in hexadecimal; empty if it was not said
	Checked string    `db:"checked" json:"checked" enum:"no,read,restored"`
	Note    string    `db:"note" json:"note"`
	ByName  string    `db:"by_name" json:"by_name"`
	At      time.Time `db:"at" json:"at"`
}

// Backups are those of a run, and when the next one is due.
type Backups struct {
	EveryDays int      `json:"every_days"` // 0: none is due
	DueOn     string   `json:"due_on"`     // empty if none is
	Overdue   bool     `json:"overdue"`
	Items     []Backup `json:"items"` // the newest first
}

// A dueBackup is a run and the day by which it wants its next backup.
type dueBackup struct {
	ID    uuid.UUID `db:"id"`
	Name  string    `db:"name"`
	Every int       `db:"backup_days"`
	DueOn string    `db:"due_on"`
}

// The day counts from the last backup, or from the beginning of the run.
const dueBackupQuery = `
	select r.id, r.name, r.backup_days,
	       case when r.state = 'running' and r.backup_days > 0 then
	         to_char((coalesce((select max(b.taken_at) from trial_backups b where b.run_id = r.id), r.begun_at) at time zone 'Asia/Shanghai')::date
	           + r.backup_days, 'YYYY-MM-DD') else '' end as due_on
	  from trial_runs r`

// nextBackup returns the run that goes on and wants a backup now; none, if its
// last one is recent enough.
func nextBackup(ctx context.Context, tx *tenant.Tx) (d dueBackup, due bool, err error) {
	err = tx.Get(ctx, &d, dueBackupQuery+` where r.state = 'running'`)
	if errors.Is(err, tenant.ErrNoRows) {
		return d, false, nil
	}
	return d, err == nil && d.DueOn != "" && d.DueOn <= today(tx), err
}

// backups lists those of a run, for whoever sees the run or takes them.
func backups(ctx context.Context, tx *tenant.Tx, q ref) (l Backups, err error) {
	if !rbac.From(ctx).Has(Support) {
		if err := sees(ctx, tx); err != nil {
			return l, err
		}
	}
	var d dueBackup
	if err := missing(tx.Get(ctx, &d, dueBackupQuery+` where r.id = $1`, q.ID), ErrNotFound); err != nil {
		return l, err
	}
	l = Backups{EveryDays: d.Every, DueOn: d.DueOn, Overdue: d.DueOn != "" && d.DueOn < today(tx), Items: []Backup{}}
	return l, tx.Select(ctx, &l.Items, `
		select id, taken_at, covers, kept, digest, checked, note, by_name, at
		  from trial_backups where run_id = $1 order by taken_at desc, id desc limit 200`, q.ID)
}

type newBackup struct {
	ID      uuid.UUID `json:"-" path:"id"` // of the run
	TakenAt time.Time `json:"taken_at"`
	Covers  string    `json:"covers" minLength:"1" maxLength:"200"`
	Kept    string    `json:"kept" minLength:"1" maxLength:"200"`
	Digest  string    `json:"digest,omitempty" maxLength:"80"`
	Checked string    `json:"checked" enum:"no,read,restored"`
	Note    string    `json:"note,omitempty" maxLength:"500"`
}

var sha256Form = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Validate refuses a copy of nothing in particular, and a digest that is none.
func (in *newBackup) Validate() error {
	in.Digest = strings.ToLower(strings.TrimSpace(in.Digest))
	if in.Digest != "" && !sha256Form.MatchString(in.Digest) {
		return ErrDigest.On("digest")
	}
	if err := feature.Trim(&in.Covers, "covers", 200); err != nil {
		return err
	}
	return feature.Trim(&in.Kept, "kept", 200)
}

// backUp writes down that a backup was taken while the run went on (R338). What
// is written stays.
func backUp(ctx context.Context, tx *tenant.Tx, in newBackup) (l Backups, err error) {
	r, err := findRun(ctx, tx, in.ID)
	if err == nil {
		err = r.in(running)
	}
	switch {
	case err != nil:
		return l, err
	case in.TakenAt.After(tx.Now):
		return l, ErrFuture.On("taken_at")
	case calendar.DateOf(in.TakenAt).Compare(calendar.DateOf(*r.BegunAt)) < 0:
		return l, ErrDays.On("taken_at")
	}
	id := tenant.NewID()
	_, err = tx.Exec(ctx, `
		insert into trial_backups (id, run_id, taken_at, covers, kept, digest, checked, note, by_name, at)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		id, r.ID, in.TakenAt, in.Covers, in.Kept, in.Digest, in.Checked, in.Note, tx.Actor.Name, tx.Now)
	if err != nil {
		return l, err
	}
	tx.Audit("trial.backed_up", runOf(r.ID), map[string]any{"backup": id, "taken_at": in.TakenAt, "digest": in.Digest, "checked": in.Checked})
	return backups(ctx, tx, ref{r.ID})
}

// ToBackUp counts the run whose next backup is due, for those who take them: a
// portal.List.
func ToBackUp(ctx context.Context, tx *tenant.Tx) (n int, href string, err error) {
	if !rbac.From(ctx).Has(Support) {
		return 0, "", nil
	}
	_, due, err := nextBackup(ctx, tx)
	if err == nil && due {
		n = 1
	}
	return n, "", err
}

// remindBackup tells those who support a run, once, that a backup is due.
func remindBackup(ctx context.Context, tx *tenant.Tx) error {
	d, due, err := nextBackup(ctx, tx)
	if err != nil || !due {
		return err
	}
	fresh, err := once(ctx, tx, "trial.backup_due "+d.ID.String()+" "+d.DueOn)
	if err != nil || !fresh {
		return err
	}
	to, err := rbac.Holders(ctx, tx, Support, nil)
	if err != nil {
		return err
	}
	tx.Audit("trial.reminded", runOf(d.ID), map[string]any{"what": "trial.backup_due", "people": len(to)})
	return message.Send(ctx, tx, message.Notice{To: to, Code: "trial.backup_due", Params: message.Params{"title": d.Name, "day": d.DueOn}, Href: "/trial"})
}
