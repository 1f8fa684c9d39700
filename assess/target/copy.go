package target

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"hetu/tenant"
)

type copying struct {
	From int        `json:"from" minimum:"2000" maximum:"2100"`
	To   int        `json:"to" minimum:"2000" maximum:"2100"`
	Unit *uuid.UUID `json:"unit_id,omitempty"` // of this one only
}

// Validate refuses a year copied into itself.
func (in copying) Validate() error {
	if in.From == in.To {
		return ErrYears.On("to")
	}
	return nil
}

// A Copied says how many drafts were made, and how many targets were left out:
// copied before, or of a unit there no longer is.
type Copied struct {
	Made int `json:"made"`
	Left int `json:"left"`
}

// copyYear makes drafts of the targets of another year, last year's for
// instance. A leader or a department there no longer is, is left to be chosen.
func copyYear(ctx context.Context, tx *tenant.Tx, in copying) (c Copied, err error) {
	// One copying at a time: the next one must see what this one made.
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('target.copy ' || app_tenant()::text, 0))`); err != nil {
		return c, err
	}
	us, err := candidates(ctx, tx)
	if err != nil {
		return c, err
	}
	rows, err := some(ctx, tx, `t.setter_id = $1 and t.year = $2 and t.parent_id is null and t.state <> 'withdrawn' and ($3::uuid is null or t.unit_id = $3)
		order by t.id`, tx.Actor.Tenant, in.From, in.Unit)
	if err != nil {
		return c, err
	}
	var done []uuid.UUID
	if err := tx.Select(ctx, &done, `select copied_from from targets where year = $1 and copied_from is not null`, in.To); err != nil {
		return c, err
	}
	for _, r := range rows {
		i := slices.IndexFunc(us, func(u Unit) bool { return u.ID == r.UnitID && u.Kind == r.UnitKind })
		if i < 0 || slices.Contains(done, r.ID) {
			c.Left++
			continue
		}
		from := r.ID
		r.ID, r.Year, r.UnitName = tenant.NewID(), in.To, us[i].Name
		d, err := r.living(ctx, tx, in)
		if err != nil {
			return c, err
		}
		if r.Spec.V, err = named(ctx, tx, d, r); err != nil {
			return c, err
		}
		if err := r.insert(ctx, tx, &from); err != nil {
			return c, err
		}
		c.Made++
	}
	tx.Audit("target.copied", "target/year/"+strconv.Itoa(in.To), map[string]any{"from": in.From, "made": c.Made, "left": c.Left, "unit": in.Unit})
	return c, nil
}

// forward writes another year where a text names one. The same digits within a
// longer number are a number.
func forward(text, from, to string) string {
	var out strings.Builder
	for rest := text; ; {
		i := strings.Index(rest, from)
		if i < 0 {
			return out.String() + rest
		}
		before, after := text[:len(text)-len(rest)+i], rest[i+len(from):]
		is := to
		if digitAt(before, len(before)-1) || strings.HasSuffix(before, ".") && digitAt(before, len(before)-2) || digitAt(after, 0) {
			is = from
		}
		out.WriteString(rest[:i] + is)
		rest = after
	}
}

func digitAt(s string, i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }

// living is what r says without those there no longer are, about another year.
func (r row) living(ctx context.Context, tx *tenant.Tx, in copying) (d Draft, err error) {
	d = r.Spec.V.Draft
	swap := func(s string) string { return forward(s, strconv.Itoa(in.From), strconv.Itoa(in.To)) }
	d.Title, d.Standard = swap(d.Title), swap(d.Standard)
	d.Milestones = slices.Clone(d.Milestones)
	for i := range d.Milestones {
		d.Milestones[i].Text = swap(d.Milestones[i].Text)
	}
	known, err := indicatorsOf(ctx, tx, in.To)
	if err != nil {
		return d, err
	}
	if !slices.ContainsFunc(known, func(x Indicator) bool { return x.Code == d.Indicator }) {
		d.Indicator = ""
	}
	var there []uuid.UUID
	ask := append([]uuid.UUID{}, d.PartnerIDs...)
	for _, id := range []*uuid.UUID{d.LeaderID, d.DepartmentID} {
		if id != nil {
			ask = append(ask, *id)
		}
	}
	err = tx.Select(ctx, &there, `
		select id from members where id = any ($1) and state = 'active' union all select id from departments where id = any ($1)`, tenant.Array(ask))
	gone := func(id uuid.UUID) bool { return !slices.Contains(there, id) }
	if d.LeaderID != nil && gone(*d.LeaderID) {
		d.LeaderID = nil
	}
	if d.DepartmentID != nil && gone(*d.DepartmentID) {
		d.DepartmentID = nil
	}
	d.PartnerIDs = slices.DeleteFunc(slices.Clone(d.PartnerIDs), gone)
	return d, err
}
