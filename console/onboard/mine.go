package onboard

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/message"
	"hetu/tenant"
)

// Structure is how much of a new unit there is (R346).
type Structure struct {
	Departments int  `db:"departments" json:"departments"` // besides the topmost
	Posts       int  `db:"posts" json:"posts"`             // with a title
	Members     int  `db:"members" json:"members"`         // who have not left
	Columns     int  `db:"columns" json:"columns"`
	Enough      bool `db:"enough" json:"enough"`
}

// enough is what a unit needs to work at all: somewhere to sit, somebody to
// draft, review and publish, and somewhere to publish in.
const structure = `
	select s.departments, s.posts, s.members, s.columns, s.departments >= 2 and s.posts >= 3 and s.members >= 3 and s.columns >= 1 as enough
	  from (select (select count(*) from departments where parent_id is not null)::int as departments,
	               (select count(*) from posts where title <> '')::int as posts,
	               (select count(*) from members where state <> 'left')::int as members,
	               (select count(*) from columns where state = 'active')::int as columns) s`

// An Administrator answers for one part of a new unit.
type Administrator struct {
	Duty     string    `db:"duty" json:"duty" enum:"department,document,hr"`
	MemberID uuid.UUID `db:"member_id" json:"member_id"`
	Name     string    `db:"name" json:"name"`
	NamedBy  string    `db:"named_by" json:"named_by"`
	At       time.Time `db:"at" json:"at"`
}

// Mine is how far a new unit has come, as its own administrator sees it.
type Mine struct {
	Application    *Application    `json:"application"` // null: it did not come in by a plan
	Structure      Structure       `json:"structure"`
	Administrators []Administrator `json:"administrators"`
}

func mine(ctx context.Context, tx *tenant.Tx, _ feature.None) (m Mine, err error) {
	if m.Application, err = find(ctx, tx); err != nil {
		return m, err
	}
	if err := tx.Get(ctx, &m.Structure, structure); err != nil {
		return m, err
	}
	m.Administrators = []Administrator{}
	err = tx.Select(ctx, &m.Administrators, `
		select a.duty, a.member_id, m.name, a.named_by, a.at from onboard_administrators a join members m on m.id = a.member_id
		 where m.state = 'active' or m.state = 'invited'
		 order by a.duty`)
	return m, err
}

// A Naming says who answers for departments, documents and people.
type Naming struct {
	Department uuid.UUID `json:"department"`
	Document   uuid.UUID `json:"document"`
	HR         uuid.UUID `json:"hr"`
}

// name names the three administrators, again if they change (R343).
func name(ctx context.Context, tx *tenant.Tx, n Naming) (m Mine, err error) {
	for _, d := range []struct {
		duty   string
		member uuid.UUID
	}{{"department", n.Department}, {"document", n.Document}, {"hr", n.HR}} {
		done, err := tx.Exec(ctx, `
			insert into onboard_administrators as a (duty, member_id, named_by, at)
			     select $1, m.id, $3, $4 from members m where m.id = $2 and m.state in ('active', 'invited')
			on conflict on constraint onboard_administrators_pkey do update
			   set member_id = excluded.member_id, named_by = excluded.named_by, at = excluded.at`, d.duty, d.member, tx.Actor.Name, tx.Now)
		if err != nil {
			return m, err
		}
		if done == 0 {
			return m, ErrMember.On(d.duty)
		}
	}
	tx.Audit("onboard.administrators_named", "onboard/administrators", n)
	if err := mark(ctx, tx, "administrators", tx.Actor.Name); err != nil {
		return m, err
	}
	if m, err = mine(ctx, tx, feature.None{}); err != nil || !m.Structure.Enough {
		return m, err
	}
	if err := mark(ctx, tx, "structure", tx.Actor.Name); err != nil { // what Tell would tick in a while
		return m, err
	}
	return mine(ctx, tx, feature.None{})
}

func mark(ctx context.Context, tx *tenant.Tx, step, who string) error {
	_, err := tx.Exec(ctx, `select platform.onboarding_done($1, $2)`, step, who)
	return err
}

// Tell tells either side what became of plans since it was last told, and ticks
// the step of a new unit whose structure stands.
func Tell(ctx context.Context, db *tenant.DB) error {
	return db.Write(ctx, func(tx *tenant.Tx) error {
		var all []struct {
			Application
			Own        bool         `db:"own"`
			Member     uuid.UUID    `db:"member_id"`
			Department *uuid.UUID   `db:"department_id"`
			Told       tenant.Texts `db:"told"`
		}
		err := tx.Select(ctx, &all, `
			select `+Columns+`, o.login_slug, o.own, o.member_id, o.department_id, o.told from platform.onboarding_seen() o
			 where o.state in ('declined', 'accepted', 'ready', 'live')
			   and not (o.told @> case when o.own then array['welcome'] else array[o.state] end)`)
		if err != nil {
			return err
		}
		for _, a := range all {
			if a.Own {
				err = a.welcome(ctx, tx)
			} else {
				err = a.report(ctx, tx, a.Member, a.Department)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// report tells who filed a plan where it stands, and counts a unit that was made
// ready as a deed of the information centre, or of the department that filed it
// where there is none (I54).
func (a *Application) report(ctx context.Context, tx *tenant.Tx, member uuid.UUID, department *uuid.UUID) error {
	if first, err := told(ctx, tx, a.ID, a.State); err != nil || !first {
		return err
	}
	tx.Audit("onboard."+a.State, object(a.ID), map[string]any{"name": a.Name, "late": a.Late})
	if a.ReadyAt != nil {
		if err := a.count(ctx, tx, department); err != nil {
			return err
		}
	}
	return message.Send(ctx, tx, message.Notice{To: []uuid.UUID{member}, Code: "onboard." + a.State,
		Params: message.Params{"name": a.Name, "reason": a.Reason, "due": a.DueOn}, Href: "/onboard"})
}

// count writes the deed once, whichever of the two states is told first.
func (a *Application) count(ctx context.Context, tx *tenant.Tx, department *uuid.UUID) error {
	if first, err := told(ctx, tx, a.ID, "counted"); err != nil || !first {
		return err
	}
	var unit *uuid.UUID
	err := tx.Get(ctx, &unit, `select coalesce((select id from departments where kind = 'info' order by sort, id limit 1), $1)`, department)
	if err != nil || unit == nil {
		return err
	}
	tx.Deed(tenant.Deed{Kind: Ready, Unit: *unit, Item: object(a.ID), Title: a.Name, Late: a.Late})
	return nil
}

func told(ctx context.Context, tx *tenant.Tx, id uuid.UUID, what string) (first bool, err error) {
	err = tx.Get(ctx, &first, `select platform.onboarding_told($1, $2)`, id, what)
	return first, err
}

// welcome ticks what stands in the new unit, and tells all its people once it is
// live (R344).
func (a *Application) welcome(ctx context.Context, tx *tenant.Tx) error {
	if s := a.stepOf("structure"); a.State != "live" && s != nil && s.DoneAt == nil {
		var there Structure
		if err := tx.Get(ctx, &there, structure); err != nil || !there.Enough {
			return err
		}
		tx.Audit("onboard.structured", object(a.ID), there)
		return mark(ctx, tx, "structure", "")
	}
	if a.State != "live" {
		return nil
	}
	if first, err := told(ctx, tx, a.ID, "welcome"); err != nil || !first {
		return err
	}
	var people []uuid.UUID
	if err := tx.Select(ctx, &people, `select id from members where state <> 'left'`); err != nil {
		return err
	}
	tx.Audit("onboard.announced", object(a.ID), map[string]int{"people": len(people)})
	return message.Send(ctx, tx, message.Notice{To: people, Code: "onboard.welcome", Params: message.Params{"name": a.Name}, Href: "/onboard/notice"})
}
