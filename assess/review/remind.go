package review

import (
	"context"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"hetu/calendar"
	"hetu/message"
	"hetu/rbac"
	"hetu/tenant"
)

// ahead is how many working days before something is due people are reminded.
const ahead = 2

// A word is something to be told once.
type word struct {
	subject uuid.UUID // what it is about
	what    string    // tells it from others about the same
	notice  message.Notice
}

// remind tells the people of one tenant what they are called to do, that it is
// soon due, and, once it is overdue, those who lead them. It runs as the tenant
// of those people. What was told is written down, so that it is told once.
func remind(ctx context.Context, db *tenant.DB) error {
	var waiting bool
	err := db.Read(ctx, func(tx *tenant.Tx) error {
		return tx.Get(ctx, &waiting, `
			select exists (select from review_units where subject_tenant_id = app_tenant() and state = 'open')
			    or exists (select from review_tickets where subject_tenant_id = app_tenant() and state = 'open')
			    or exists (select from review_calls where state in ('open', 'reviewing'))`)
	})
	if err != nil || !waiting {
		return err
	}
	return db.Write(ctx, func(tx *tenant.Tx) error {
		cal, err := calendar.Load(ctx, tx)
		if err != nil {
			return err
		}
		for _, find := range []func(context.Context, *tenant.Tx, calendar.Calendar) ([]word, error){toUnits, toRaters, toReviewers} {
			words, err := find(ctx, tx, cal)
			if err == nil {
				err = tell(ctx, tx, words)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// tell sends what has not been told yet.
func tell(ctx context.Context, tx *tenant.Tx, words []word) error {
	for _, w := range words {
		n, err := tx.Exec(ctx, `
			insert into review_told (subject, what, at) values ($1, $2, $3) on conflict on constraint review_told_pkey do nothing`,
			w.subject, w.what, tx.Now)
		if err == nil && n == 1 {
			err = message.Send(ctx, tx, w.notice)
			tx.Audit("review.reminded", "review/told/"+w.subject.String(), map[string]any{"what": w.what, "people": len(w.notice.To)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// soon reports whether a day on which something is due is near.
func soon(cal calendar.Calendar, day, due string) bool {
	d, err := calendar.ParseDate(due)
	if err != nil {
		return false
	}
	from, _ := cal.AddWorkdays(d, -ahead)
	return day >= from.String() && day <= due
}

// toUnits are words for the units of this tenant that have not submitted.
func toUnits(ctx context.Context, tx *tenant.Tx, cal calendar.Calendar) (words []word, err error) {
	var us []unitRow
	err = tx.Select(ctx, &us, unitQuery+` where u.subject_tenant_id = app_tenant() and u.state = 'open' and coalesce(s.n, 0) <= u.returned`)
	for _, u := range us {
		if err != nil {
			return nil, err
		}
		var to, above []uuid.UUID
		if to, above, err = answering(ctx, tx, u); err != nil {
			return nil, err
		}
		due := u.Due
		if u.Permit != nil {
			due = max(due, *u.Permit)
		}
		add := func(what, code string, to []uuid.UUID) {
			words = append(words, word{u.ID, what, message.Notice{To: to, Code: "review." + code, Href: "/assess/self/" + u.ID.String(),
				Params: message.Params{"name": u.CallName, "unit": u.Name, "due": due, "by": u.CalledBy}}})
		}
		switch day := today(tx); {
		case day > due:
			add("overdue."+due, "form_overdue", slices.Concat(to, above))
		case u.Returned > 0:
			add("returned."+strconv.Itoa(u.Returned), "form_returned", to)
		default:
			add("asked", "form_asked", to)
		}
		if soon(cal, today(tx), due) {
			add("soon."+due, "form_due", to)
		}
	}
	return words, err
}

// answering are who answers for a unit of this tenant, and who leads them: of a
// department its head, of the tenant whoever may fill in and submit; the heads
// of the leaders' departments above.
func answering(ctx context.Context, tx *tenant.Tx, u unitRow) (to, above []uuid.UUID, err error) {
	err = tx.Select(ctx, &above, `
		select p.member_id from posts p join departments d on d.id = p.department_id where d.kind = 'leaders' and p.head`)
	if err != nil {
		return nil, nil, err
	}
	if u.Kind == "department" {
		err = tx.Select(ctx, &to, `
			select member_id from posts where department_id = $1 and (head or not exists (
			  select from posts h where h.department_id = $1 and h.head))`, u.Unit)
		return to, above, err
	}
	for _, right := range []rbac.Permission{Submit, Fill} {
		some, err := rbac.Holders(ctx, tx, right, nil)
		if err != nil {
			return nil, nil, err
		}
		to = append(to, some...)
	}
	return to, above, nil
}

// toRaters are words for those of this tenant who are asked to rate and have
// not.
func toRaters(ctx context.Context, tx *tenant.Tx, cal calendar.Calendar) (words []word, err error) {
	var ts []ticketRow
	err = tx.Select(ctx, &ts, ticketQuery+` where t.subject_tenant_id = app_tenant() and t.state = 'open' and b.at is null`)
	if err != nil || len(ts) == 0 {
		return nil, err
	}
	may, err := rbac.Holders(ctx, tx, Submit, nil)
	for _, t := range ts {
		to := may
		if t.Member != nil {
			to = []uuid.UUID{*t.Member}
		}
		add := func(what, code string) {
			words = append(words, word{t.ID, what, message.Notice{To: to, Code: "review." + code, Href: "/assess/ballots/" + t.ID.String(),
				Params: message.Params{"name": t.Poll, "due": t.Due, "by": t.Caller}}})
		}
		add("asked", "ballot_asked")
		if soon(cal, today(tx), t.Due) {
			add("soon."+t.Due, "ballot_due")
		}
	}
	return words, err
}

// toReviewers are words for those who review for this tenant, and for those who
// manage it: of units and of people who are late.
func toReviewers(ctx context.Context, tx *tenant.Tx, cal calendar.Calendar) (words []word, err error) {
	var ids []uuid.UUID
	if err = tx.Select(ctx, &ids, `select id from review_calls where state in ('open', 'reviewing') order by id`); err != nil || len(ids) == 0 {
		return nil, err
	}
	managers, err := rbac.Holders(ctx, tx, Manage, nil)
	for _, id := range ids {
		if err != nil {
			return nil, err
		}
		var r review
		if r, err = load(ctx, tx, id, nil); err != nil {
			return nil, err
		}
		var more []word
		more, err = r.words(ctx, tx, cal, managers)
		words = append(words, more...)
	}
	return words, err
}

func (r review) words(ctx context.Context, tx *tenant.Tx, cal calendar.Calendar, managers []uuid.UUID) (words []word, err error) {
	day, page := today(tx), "/assess/reviews/"+r.call.ID.String()
	for _, u := range r.units {
		if u.stands(day) == "overdue" {
			due := u.Due
			if u.Permit != nil {
				due = max(due, *u.Permit)
			}
			words = append(words, word{u.ID, "late." + due, message.Notice{To: managers, Code: "review.unit_overdue", Href: page,
				Params: message.Params{"name": r.call.Name, "unit": u.Name}}})
		}
	}
	if r.call.State != "reviewing" {
		return words, nil
	}
	people, err := r.people(ctx, tx)
	for _, p := range people {
		if p.Done == p.All {
			continue
		}
		due := r.call.ReviewDue
		if p.Permit != nil {
			due = max(due, *p.Permit)
		}
		n := message.Notice{To: []uuid.UUID{p.ID}, Code: "review.queue_due", Href: "/assess/reviews/queue",
			Params: message.Params{"name": r.call.Name, "due": due, "n": strconv.Itoa(p.All - p.Done)}}
		if soon(cal, day, due) {
			words = append(words, word{r.call.ID, "soon." + due + "." + p.ID.String(), n})
		}
		if day > due {
			n.Code = "review.queue_overdue"
			late := message.Notice{To: managers, Code: "review.assessor_overdue", Href: page,
				Params: message.Params{"name": r.call.Name, "person": p.Name, "n": strconv.Itoa(p.All - p.Done)}}
			words = append(words, word{r.call.ID, "over." + due + "." + p.ID.String(), n},
				word{r.call.ID, "told." + due + "." + p.ID.String(), late})
		}
	}
	return words, err
}
