package trial

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// ahead is how many days before its end those who lead a run are reminded.
const ahead = 3

// watch does what comes round: it reminds of a run that ends, of a backup that is
// due, of a training the day before, and of secrecy; and closes what was answered and not objected to.
func watch(ctx context.Context, db *tenant.DB) error {
	var due bool
	err := db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &due, `
			select not exists (select from trial_settings)
			    or exists (select from trial_settings where every_days > 0 and reminded_at + make_interval(days => every_days) <= now())
			    or exists (select from trial_runs where (now() at time zone 'Asia/Shanghai')::date >= case state when 'planned' then starts_on when 'running' then ends_on - $1::int end)
			    or exists (select from trial_trainings where state = 'announced' and starts_at between now() and now() + interval '1 day')
			    or exists (select from trial_feedback where state = 'answered')
			    or exists (select from trial_runs r where r.state = 'running' and r.backup_days > 0 and now() - make_interval(days => r.backup_days - 1)
			         >= coalesce((select max(b.taken_at) from trial_backups b where b.run_id = r.id), r.begun_at))`, ahead)
	})
	if err != nil || !due {
		return err
	}
	return db.Write(ctx, func(tx *tenant.Tx) error {
		for _, do := range []func(context.Context, *tenant.Tx) error{remindSecrecy, remindRuns, remindBackup, remindTrainings, closeAnswered} {
			if err := do(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// remindSecrecy reminds everybody of the secrecy of information, as often as the
// tenant says (R368); for the first time so long after it began to.
func remindSecrecy(ctx context.Context, tx *tenant.Tx) error {
	if err := keep(ctx, tx); err != nil {
		return err
	}
	var text []string
	err := tx.Select(ctx, &text, `
		update trial_settings set reminded_at = $1
		 where tenant_id = app_tenant() and every_days > 0 and reminded_at + make_interval(days => every_days) <= $1 returning reminder`, tx.Now)
	if err != nil || len(text) == 0 {
		return err
	}
	var all []uuid.UUID
	if err := tx.Select(ctx, &all, `select id from members where state = 'active' order by id`); err != nil {
		return err
	}
	code := "trial.secrecy"
	if text[0] != "" {
		code = "trial.secrecy_own"
	}
	tx.Audit("trial.secrecy_reminded", "trial/settings", map[string]any{"people": len(all)})
	return message.Send(ctx, tx, message.Notice{To: all, Code: code, Params: message.Params{"text": text[0]}, Href: "/trial/help"})
}

// once reports whether people have not been told of something yet, and notes
// that they are.
func once(ctx context.Context, tx *tenant.Tx, about string) (bool, error) {
	n, err := tx.Exec(ctx, `insert into trial_told (about, at) values ($1, $2) on conflict on constraint trial_told_pkey do nothing`, about, tx.Now)
	return n == 1, err
}

// remindRuns tells who manages runs that one should begin, or is about to end
// and wants an evaluation.
func remindRuns(ctx context.Context, tx *tenant.Tx) error {
	var runs []Run
	err := tx.Select(ctx, &runs, `
		select `+runColumns+` from trial_runs r
		 where r.state = 'planned' and r.starts_on <= $1::date or r.state = 'running' and r.ends_on <= $1::date + $2::int`, today(tx), ahead)
	if err != nil {
		return err
	}
	for _, r := range runs {
		code, day := "trial.run_ends", r.EndsOn
		if r.State == planned {
			code, day = "trial.run_begins", r.StartsOn
		}
		fresh, err := once(ctx, tx, code+" "+r.ID.String()+" "+day)
		if err != nil || !fresh {
			if err != nil {
				return err
			}
			continue
		}
		to, err := rbac.Holders(ctx, tx, Manage, nil)
		if err == nil {
			err = message.Send(ctx, tx, message.Notice{To: to, Code: code, Params: message.Params{"title": r.Name, "day": day}, Href: "/trial/runs/" + r.ID.String()})
		}
		if err != nil {
			return err
		}
		tx.Audit("trial.reminded", runOf(r.ID), map[string]any{"what": code, "people": len(to)})
	}
	return nil
}

func remindTrainings(ctx context.Context, tx *tenant.Tx) error {
	var soon []Training
	err := tx.Select(ctx, &soon, trainingQuery+` where g.state = 'announced' and g.starts_at between $2 and $3`, uuid.Nil, tx.Now, tx.Now.Add(24*time.Hour))
	if err != nil {
		return err
	}
	for _, g := range soon {
		fresh, err := once(ctx, tx, "training "+g.ID.String()+" "+g.StartsAt.UTC().Format(time.RFC3339))
		if err == nil && fresh {
			err = tellInvited(ctx, tx, g, "trial.training_soon")
			tx.Audit("trial.reminded", trainingOf(g.ID), map[string]any{"people": g.Invited})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// closeAnswered closes what was answered five working days ago and nobody said
// anything to since.
func closeAnswered(ctx context.Context, tx *tenant.Tx) error {
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return err
	}
	day, _ := c.AddWorkdays(calendar.DateOf(tx.Now), -lapse)
	var old []Feedback
	err = tx.Select(ctx, &old, feedbackQuery+` where f.state = 'answered' and f.answered_at < $2 order by f.id for update of f`,
		uuid.Nil, day.At(0))
	if err != nil {
		return err
	}
	for _, f := range old {
		if err := f.close(ctx, tx, "lapsed"); err != nil {
			return err
		}
	}
	return nil
}
