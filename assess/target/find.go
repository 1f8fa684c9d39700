package target

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"hetu/calendar"
	"hetu/rbac"
	"hetu/tenant"
)

// A Target is a target as whoever set it, and whoever carries it out, see it.
type Target struct {
	ID       uuid.UUID  `json:"id"`
	Setter   Named      `json:"setter"` // the tenant that set it
	Year     int        `json:"year"`
	Unit     Unit       `json:"unit"`
	ParentID *uuid.UUID `json:"parent_id"` // the target it is a part of
	Spec     Spec       `json:"spec"`
	State    string     `json:"state" enum:"draft,issued,accepted,returned,withdrawn"`
	Revision int        `json:"revision"` // 0: was never issued
	Note     string     `json:"note"`     // why it was reopened, withdrawn or returned

	IssuedAt   *time.Time `json:"issued_at"`
	AnsweredBy string     `json:"answered_by"`
	AnsweredAt *time.Time `json:"answered_at"`
	Duty       *Duty      `json:"duty"` // null until it was accepted for the first time

	Light    string           `json:"light" enum:"none,green,yellow,red"`
	Next     *string          `json:"next_due" format:"date"` // of the first report that is owed
	Period   string           `json:"next_period"`
	Missed   int              `json:"missed"`  // reports that did not come by their day
	Reports  int              `json:"reports"` // periods that were reported
	Dues     int              `json:"dues"`    // periods that are asked for in all
	Value    *decimal.Decimal `json:"value"`   // reported last, since the beginning of the year
	Reached  bool             `json:"reached"` // the milestones so far, by the last report
	Parts    int              `json:"parts"`
	Carried  bool             `json:"carried"`  // by the reader's own tenant
	Reporter bool             `json:"reporter"` // the reader reports on it
	Version  int              `json:"version"`  // 0 for whoever did not set it
}

// A Duty is who answers for a target where it is carried out.
type Duty struct {
	Leader     *Named `json:"leader"`
	Department Named  `json:"department"`
	Reporter   Named  `json:"reporter"`
	Version    int    `json:"version"`
}

type row struct {
	Setter     uuid.UUID        `db:"setter_id"`
	SetterName string           `db:"setter_name"`
	ID         uuid.UUID        `db:"id"`
	Year       int              `db:"year"`
	UnitKind   string           `db:"unit_kind"`
	UnitID     uuid.UUID        `db:"unit_id"`
	UnitName   string           `db:"unit_name"`
	Subject    uuid.UUID        `db:"subject_id"`
	Parent     *uuid.UUID       `db:"parent_id"`
	Spec       tenant.Doc[Spec] `db:"spec"`
	Stands     tenant.Doc[Spec] `db:"stands"` // as it was issued last: that stands while it is reworded
	State      string           `db:"state"`
	Revision   int              `db:"revision"`
	Note       string           `db:"note"`
	Version    int              `db:"version"`
	IssuedBy   *uuid.UUID       `db:"issued_by"`
	IssuedAcc  *uuid.UUID       `db:"issued_account"`
	IssuedAt   *time.Time       `db:"issued_at"`
	Answer     *string          `db:"answer"`
	Reason     *string          `db:"reason"`
	AnswerBy   *string          `db:"answer_by"`
	AnswerAt   *time.Time       `db:"answer_at"`

	DutyVersion *int       `db:"duty_version"`
	LeaderID    *uuid.UUID `db:"leader_id"`
	LeaderName  *string    `db:"leader_name"`
	DeptID      *uuid.UUID `db:"department_id"`
	DeptName    *string    `db:"department_name"`
	ReporterID  *uuid.UUID `db:"reporter_id"`
	ReporterAcc *uuid.UUID `db:"reporter_account"`
	Reporter    *string    `db:"reporter_name"`

	standing
	NextPeriod *string `db:"next_period"`
	Missed     int     `db:"missed"`
	Reports    int     `db:"reports"`
	Dues       int     `db:"dues"`
	Parts      int     `db:"parts"`
}

// known are the targets the tenant set, as it works on them, and those set for
// it from above, as they were issued last.
const known = `(
	select t.tenant_id as setter_id, t.id, t.year, t.unit_kind, t.unit_id, t.unit_name, t.subject_id, t.parent_id, t.spec, t.state,
	       t.revision, t.note, t.version, t.issued_by
	  from targets t where t.tenant_id = app_tenant()
	union all
	select i.tenant_id, i.target_id, i.year, i.unit_kind, i.unit_id, i.unit_name, i.subject_id, i.parent_id, i.spec,
	       case when i.withdrawn then 'withdrawn' else 'issued' end, i.revision, i.note, 0, null
	  from target_issues i
	 where i.subject_id = app_tenant() and i.tenant_id <> app_tenant()
	   and not exists (select from target_issues l where l.tenant_id = i.tenant_id and l.target_id = i.target_id and l.revision > i.revision))`

// find reads targets of t; what follows are conditions on t (the target), a (the
// answer) and d (the duty). What a reporter owes is told by the rows of whoever
// carries the target out.
const findQuery = `
	select t.setter_id, coalesce(k.name, '') as setter_name, t.id, t.year, t.unit_kind, t.unit_id, t.unit_name, t.subject_id, t.parent_id,
	       t.spec, coalesce(i.spec, t.spec) as stands, t.state, t.revision, t.note, t.version, t.issued_by, i.by_account as issued_account, i.at as issued_at,
	       a.answer, a.reason, a.by_name as answer_by, a.at as answer_at,
	       d.version as duty_version, d.leader_id, d.leader_name, d.department_id, d.department_name, d.reporter_id, d.reporter_account, d.reporter_name,
	       to_char(n.due_on, 'YYYY-MM-DD') as next_due, n.period as next_period, coalesce(c.missed, 0) as missed, coalesce(c.reports, 0) as reports, coalesce(c.dues, 0) as dues,
	       to_char(r.ends_on, 'YYYY-MM-DD') as last_ends, r.value as last_value, r.reached as last_reached, r.period as last_period,
	       (select count(*) from targets p where p.parent_id = t.id and p.state <> 'withdrawn') as parts
	  from ` + known + ` t
	  left join platform.kin() k on k.id = t.setter_id
	  left join target_issues i on i.tenant_id = t.setter_id and i.target_id = t.id and i.revision = t.revision
	  left join target_answers a on a.tenant_id = t.subject_id and a.target_id = t.id and a.revision = t.revision and a.setter_id = t.setter_id
	  left join target_duties d on d.tenant_id = t.subject_id and d.target_id = t.id and d.setter_id = t.setter_id
	  left join lateral (select u.due_on, u.period from target_dues u
	                      where u.tenant_id = t.subject_id and u.target_id = t.id and u.setter_id = t.setter_id and u.reported_at is null
	                      order by u.due_on limit 1) n on true
	  left join lateral (select count(*) filter (where u.missed_at is not null) as missed, count(*) filter (where u.reported_at is not null) as reports,
	                            count(*) as dues
	                       from target_dues u where u.tenant_id = t.subject_id and u.target_id = t.id and u.setter_id = t.setter_id) c on true
	  left join lateral (select o.ends_on, o.value, o.reached, o.period from target_reports o
	                      where o.tenant_id = t.subject_id and o.target_id = t.id and o.setter_id = t.setter_id
	                      order by o.ends_on desc, o.seq desc limit 1) r on true
	 where `

// some reads the targets for which a condition holds, in a fixed order.
func some(ctx context.Context, tx *tenant.Tx, where string, args ...any) (rows []row, err error) {
	err = tx.Select(ctx, &rows, findQuery+where, args...)
	return rows, err
}

// state is the effective state: what was answered to what was issued.
func (r row) state() string {
	if r.State == issued && r.Answer != nil {
		return *r.Answer
	}
	return r.State
}

// carried reports whether the tenant itself carries the target out.
func (r row) carried(tx *tenant.Tx) bool { return r.Subject == tx.Actor.Tenant }

// own reports whether the tenant itself set the target.
func (r row) own(tx *tenant.Tx) bool { return r.Setter == tx.Actor.Tenant }

func (r row) shown(tx *tenant.Tx) Target {
	spec := r.Spec.V
	if spec.Partners == nil {
		spec.Partners = []Named{}
	}
	t := Target{ID: r.ID, Setter: Named{r.Setter, r.SetterName}, Year: r.Year, Unit: Unit{r.UnitKind, r.UnitID, r.UnitName}, ParentID: r.Parent,
		Spec: spec, State: r.state(), Revision: r.Revision, Note: r.Note, IssuedAt: r.IssuedAt, Light: none, Next: r.Next, Missed: r.Missed,
		Reports: r.Reports, Dues: r.Dues, Value: r.Value, Parts: r.Parts, Carried: r.carried(tx), Version: r.Version}
	if r.Answer != nil {
		t.AnsweredBy, t.AnsweredAt = *r.AnswerBy, r.AnswerAt
		if *r.Answer == returned {
			t.Note = *r.Reason
		}
	}
	if r.NextPeriod != nil {
		t.Period = *r.NextPeriod
	}
	if r.Reached != nil {
		t.Reached = *r.Reached
	}
	if r.DutyVersion != nil {
		t.Duty = &Duty{Department: Named{*r.DeptID, *r.DeptName}, Reporter: Named{*r.ReporterID, *r.Reporter}, Version: *r.DutyVersion}
		if r.LeaderID != nil {
			t.Duty.Leader = &Named{*r.LeaderID, *r.LeaderName}
		}
		t.Reporter = r.carried(tx) && *r.ReporterID == tx.Actor.Member
		if t.State != withdrawn {
			t.Light = r.light(r.Stands.V, calendar.DateOf(tx.Now))
		}
	}
	return t
}

func shownAll(tx *tenant.Tx, rows []row) []Target {
	all := make([]Target, len(rows))
	for i, r := range rows {
		all[i] = r.shown(tx)
	}
	return all
}

// A reader is who looks at targets, and by what.
type reader struct {
	member uuid.UUID
	view   bool        // sees all: by right, or as who leads the tenant
	manage bool        // sets them
	accept bool        // answers for the tenant
	heads  []uuid.UUID // departments the reader is the head of
}

func reads(ctx context.Context, tx *tenant.Tx) (who reader, err error) {
	r := rbac.From(ctx)
	who = reader{member: tx.Actor.Member, manage: r.Has(Manage), accept: r.Has(Accept), heads: []uuid.UUID{}}
	var led []struct {
		ID   uuid.UUID `db:"id"`
		Kind string    `db:"kind"`
	}
	err = tx.Select(ctx, &led, `
		select d.id, d.kind from posts p join departments d on d.id = p.department_id where p.member_id = $1 and p.head order by d.id`, who.member)
	for _, d := range led {
		who.heads = append(who.heads, d.ID)
		who.accept = who.accept || d.Kind == "leaders"
	}
	who.view = who.manage || who.accept || r.Has(View)
	return who, err
}

func (w reader) leads(department *uuid.UUID) bool {
	return department != nil && slices.Contains(w.heads, *department)
}

// answers reports whether the reader answers for who is to carry r out.
func (w reader) answers(r row) bool {
	switch r.UnitKind {
	case "tenant":
		return w.accept
	case "department":
		return w.leads(&r.UnitID)
	}
	return r.UnitID == w.member
}

// reports reports whether the reader may report on r.
func (w reader) reports(r row) bool {
	if r.DutyVersion == nil {
		return false
	}
	return *r.ReporterID == w.member || r.UnitKind != "member" && w.leads(r.DeptID)
}

// splits reports whether the reader may break r down.
func (w reader) splits(r row) bool {
	if r.DutyVersion == nil || r.UnitKind == "member" {
		return false
	}
	return w.manage || w.answers(r) || w.leads(r.DeptID) || r.LeaderID != nil && *r.LeaderID == w.member
}

// concerned reports whether r concerns the reader, who then sees it.
func (w reader) concerned(tx *tenant.Tx, r row) bool {
	spec := r.Spec.V
	switch {
	case w.view:
		return true
	case r.own(tx) && (spec.LeaderID != nil && *spec.LeaderID == w.member || w.leads(spec.DepartmentID) || w.partner(spec)):
		return true
	case !r.carried(tx) || r.Revision == 0:
		return false
	}
	return w.answers(r) || w.reports(r) || w.splits(r)
}

func (w reader) partner(s Spec) bool {
	return slices.ContainsFunc(s.PartnerIDs, func(d uuid.UUID) bool { return w.leads(&d) })
}

// find returns a target the reader may see; any other is not there.
func find(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (r row, who reader, err error) {
	if who, err = reads(ctx, tx); err != nil {
		return r, who, err
	}
	err = tx.Get(ctx, &r, findQuery+`t.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return r, who, ErrNotFound
	}
	if err != nil {
		return r, who, err
	}
	if who.concerned(tx, r) {
		return r, who, nil
	}
	if ok, err := who.above(ctx, tx, r); err != nil || ok {
		return r, who, err
	}
	return r, who, ErrNotFound
}

// above reports whether the reader broke down the target that r is a part of.
func (w reader) above(ctx context.Context, tx *tenant.Tx, r row) (bool, error) {
	if r.Parent == nil || !r.own(tx) {
		return false, nil
	}
	parents, err := some(ctx, tx, `t.id = $1`, *r.Parent)
	return len(parents) == 1 && w.splits(parents[0]), err
}

// sets reports whether the reader may change what r says: who may set targets,
// and for the parts of a target who breaks that down.
func (w reader) sets(ctx context.Context, tx *tenant.Tx, r row) (bool, error) {
	if !r.own(tx) {
		return false, nil
	}
	if w.manage {
		return true, nil
	}
	return w.above(ctx, tx, r)
}

func object(id uuid.UUID) string { return "target/target/" + id.String() }
