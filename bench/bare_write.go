package main

import (
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"hetu/approval"
	"hetu/office/publish"
	"hetu/tenant"
)

const (
	bareName = "职员"
	bareHash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)

func create(k *call) any {
	var in letter
	k.body(&in)
	var into column
	k.get(&into, qColumn, in.Column)
	k.get(&into.Rules, qRules, string(into.Path))
	var dept struct {
		ID   uuid.UUID `db:"id"`
		Name string    `db:"name"`
	}
	k.get(&dept, qDepartment, k.member)
	id := tenant.NewID()
	k.exec(qBorn, id, in.Column, in.Kind, in.Title, in.Body, in.Body, "", nil, "", k.member, k.account, bareName,
		dept.ID, dept.Name, bareHash, k.now)
	var r full
	k.get(&r, qItem, k.member, id)
	return r.whole()
}

// column is a row of a column of items.
type column struct {
	ID             uuid.UUID  `db:"id"`
	ParentID       *uuid.UUID `db:"parent_id"`
	Path           []byte     `db:"path"`
	Name           string     `db:"name"`
	Kind           string     `db:"kind"`
	Sort           int        `db:"sort"`
	State          string     `db:"state"`
	DepartmentID   *uuid.UUID `db:"department_id"`
	DepartmentName string     `db:"department_name"`
	Purpose        string     `db:"purpose"`
	MergedInto     *uuid.UUID `db:"merged_into"`
	MergedName     string     `db:"merged_name"`
	Sets           rules      `db:"sets"`
	Rules          rules      `db:"-"`
	ReviewLevels   int        `db:"review_levels"`
	MaxInterval    *int       `db:"max_interval_days"`
	Interval       *int       `db:"interval_days"`
	LastPublished  *time.Time `db:"last_published_at"`
	ItemCount      int        `db:"item_count"`
	Version        int        `db:"version"`
	Touched        []byte     `db:"touched"`
	ChangedBy      string     `db:"changed_by"`
	ChangedAt      time.Time  `db:"changed_at"`
}

// rules are what a column sets, or what holds in it.
type rules struct {
	Kinds     []byte  `db:"kinds"`
	Sign      *bool   `db:"sign"`
	NamedFrom *string `db:"named_from"`
	Comments  *bool   `db:"comments"`
	Receipts  *bool   `db:"receipts"`
	AllStaff  *bool   `db:"all_staff"`
}

func submit(k *call) any {
	var r full
	k.get(&r, qItem, k.member, k.id())
	k.fits(r)
	var stamp uuid.UUID
	k.try(&stamp, qWords)
	cs := tenant.NewID()
	k.exec(qSubmitted, r.ID, r.Version, k.now, `{"state": 2}`, bareName, cs, 0, 0, r.ContentHash, r.ContentHash)
	people := k.holders("publish.review", r)
	var able []uuid.UUID
	k.all(&able, qAble, pq.Array(people), pq.Array([]uuid.UUID{r.DrafterAccount}))
	flow := approval.Definition{Steps: []approval.Step{{Name: "审核", Mode: approval.Any, WorkMinutes: 240, People: able}}}
	version := 1
	k.try(&version, qDefinition, "publish.item", "bench")
	k.exec(qCaseInsert, cs, "publish.item", r.ID, r.Title, r.ContentHash, k.unit(r), version, tenant.JSON(flow),
		pq.Array([]uuid.UUID{r.DrafterAccount}), "open", 1, k.member, k.now, 1)
	k.exec(qEventInsert, tenant.NewID(), cs, 1, k.now, k.member, "start", 0, nil, "", "", pq.Array([]string{}), pq.Array(able))
	k.calendar()
	ids := make([]uuid.UUID, len(able))
	for i := range ids {
		ids[i] = tenant.NewID()
	}
	due := k.now.Add(4 * time.Hour)
	k.exec(qTaskInsert, pq.Array(ids), pq.Array(able), cs, 1, k.now, 240, due, 0, due, 0)
	k.notify(able, "approval.task_arrived", r)
	r.State, r.CaseID, r.SubmittedAt, r.Version = "review", &cs, &k.now, r.Version+1
	return r.whole()
}

// fits reads what an item's column asks for, and whether its text is marked 不上网.
func (k *call) fits(r full) {
	var set rules
	k.get(&set, qRules, string(r.ColumnPath))
	var marked struct {
		Title     string `db:"title"`
		Reference string `db:"reference"`
		MarkedBy  string `db:"marked_name"`
		File      string `db:"file"`
	}
	k.try(&marked, qMarked, pq.Array([]string{bareHash}))
}

func (k *call) unit(r full) uuid.UUID {
	if r.DepartmentID != nil {
		return *r.DepartmentID
	}
	return k.tenant
}

func (k *call) holders(permission string, r full) (members []uuid.UUID) {
	k.all(&members, qHolders, permission, string(r.ColumnPath), uuid.Nil)
	return members
}

func (k *call) notify(to []uuid.UUID, code string, r full) {
	ids := make([]uuid.UUID, len(to))
	for i := range ids {
		ids[i] = tenant.NewID()
	}
	params := tenant.JSON(map[string]string{"title": r.Title, "by": bareName, "column": r.ColumnName})
	same := func(text string) any { return pq.Array(slices.Repeat([]string{text}, len(to))) }
	k.exec(qNotice, pq.Array(ids), pq.Array(to), same(code), same(params), same("/publish/items/"+r.ID.String()), k.now)
}

// flow is a case with what the bare server reads of it.
type flow struct {
	ID        uuid.UUID                       `db:"id"`
	Kind      string                          `db:"kind"`
	Subject   uuid.UUID                       `db:"subject_id"`
	Title     string                          `db:"title"`
	Hash      string                          `db:"hash"`
	Unit      uuid.UUID                       `db:"unit_id"`
	Version   int                             `db:"definition"`
	Steps     tenant.Doc[approval.Definition] `db:"steps"`
	Excluded  tenant.Doc[[]uuid.UUID]         `db:"excluded"`
	State     string                          `db:"state"`
	Step      int                             `db:"step"`
	StartedBy uuid.UUID                       `db:"started_by"`
	StartedAt time.Time                       `db:"started_at"`
	EndedAt   *time.Time                      `db:"ended_at"`
	UrgedAt   *time.Time                      `db:"urged_at"`
	Urges     int                             `db:"urges"`
	Seq       int                             `db:"seq"`
	Round     int                             `db:"round"`
}

type happened struct {
	Seq     int                     `db:"seq"`
	At      time.Time               `db:"at"`
	Member  *uuid.UUID              `db:"member_id"`
	Action  string                  `db:"action"`
	Step    int                     `db:"step"`
	Task    *uuid.UUID              `db:"task_id"`
	Opinion string                  `db:"opinion"`
	Reason  string                  `db:"reason"`
	Checks  tenant.Doc[[]string]    `db:"checks"`
	Opened  tenant.Doc[[]uuid.UUID] `db:"opened"`
}

type part struct {
	ID        uuid.UUID `db:"id"`
	Case      uuid.UUID `db:"case_id"`
	Step      int       `db:"step"`
	Member    uuid.UUID `db:"member_id"`
	State     string    `db:"state"`
	ArrivedAt time.Time `db:"arrived_at"`
	DueAt     time.Time `db:"due_at"`
}

// content is what a hash of an item is of.
type content struct {
	Title    string     `db:"title"`
	BodyHTML string     `db:"body_html"`
	Kind     string     `db:"kind"`
	Column   uuid.UUID  `db:"column_id"`
	Source   string     `db:"source"`
	EditorID *uuid.UUID `db:"editor_id"`
	CoverSHA string     `db:"cover_sha256"`
	said
	Attachments tenant.Doc[[]publish.Attachment] `db:"attachments"`
}

func approve(k *call) any {
	var in assent
	k.body(&in)
	var t task
	k.get(&t, qOneTask, k.member, k.id())
	var c flow
	k.get(&c, qCase, t.CaseID)
	var events []happened
	k.all(&events, qEvents, c.ID)
	var now content
	k.get(&now, qContent, c.Subject)
	checks := []string{"online", "safe", "true", "wording"}
	k.exec(qEventInsert, tenant.NewID(), c.ID, c.Seq+1, k.now, k.member, "approve", 1, t.ID, "", "", pq.Array(checks), pq.Array([]uuid.UUID{}))
	k.calendar()
	var done struct {
		Due  time.Time `db:"due_at"`
		Unit uuid.UUID `db:"unit"`
	}
	k.get(&done, qTaskDone, t.ID, "approve", k.now, c.Unit)
	var open []part
	k.all(&open, qTasksClose, c.ID)
	k.exec(qCaseUpdate, c.ID, "approved", 1, k.now, nil, 0, c.Seq+1)
	k.notify([]uuid.UUID{c.StartedBy}, "approval.approved", full{line: line{ID: c.Subject, Title: c.Title}})
	k.decided(c, in.Hash)
	t.State, t.Decision, t.DecidedAt = "decided", "approve", &k.now
	return k.page(t, c, events)
}

// decided is what the item's side of an approval does.
func (k *call) decided(c flow, hash string) {
	var r full
	k.get(&r, qApproved, c.Subject, c.ID, hash, k.now, bareName)
	k.exec(qReviews, c.Subject, c.ID, hash, "签发")
	k.tell(k.holders("publish.publish", r), "publish.to_publish", r)
}

func (k *call) tell(to []uuid.UUID, code string, r full) {
	var present []uuid.UUID
	k.all(&present, qPresent, pq.Array(to), k.member)
	k.notify(present, code, r)
}

// page answers with the task and its case, as the product does.
func (k *call) page(t task, c flow, events []happened) any {
	var tasks []struct {
		Step      int        `db:"step"`
		Member    uuid.UUID  `db:"member_id"`
		State     string     `db:"state"`
		DueAt     time.Time  `db:"due_at"`
		Decision  string     `db:"decision"`
		DecidedAt *time.Time `db:"decided_at"`
	}
	k.all(&tasks, qCaseTasks, c.ID)
	var names []struct {
		ID   uuid.UUID `db:"id"`
		Name string    `db:"name"`
	}
	k.all(&names, qNames, pq.Array([]uuid.UUID{c.StartedBy, k.member}))
	p := approval.TaskPage{Task: t.shown(k.now), Checks: []string{"true", "wording", "safe", "online"}, May: []string{}}
	p.Case = approval.CasePage{ID: c.ID, Kind: c.Kind, SubjectID: c.Subject, Title: c.Title, ContentHash: c.Hash, State: approval.Approved,
		Step: 1, StartedBy: approval.Ref{ID: c.StartedBy, Name: bareName}, StartedAt: c.StartedAt, EndedAt: &k.now, May: []string{}}
	for _, s := range tasks {
		p.Case.Steps = append(p.Case.Steps, approval.CaseStep{Name: "审核", Mode: approval.Any, State: "done", DueAt: &s.DueAt,
			People: []approval.StepPerson{{ID: s.Member, Name: bareName, Decision: s.Decision, DecidedAt: s.DecidedAt}}})
	}
	for _, e := range append(events, events...) {
		p.Case.Events = append(p.Case.Events, approval.CaseEvent{At: e.At, By: &approval.Ref{ID: *e.Member, Name: bareName}, Action: e.Action,
			Step: &e.Step, Checks: e.Checks.V})
	}
	return p
}

// release publishes an item.
func release(k *call) any {
	var r full
	k.get(&r, qItem, k.member, k.id())
	k.fits(r)
	deed := tenant.NewID()
	k.exec(qPublished, r.ID, r.Version, k.now, k.member, k.account, bareName, r.ColumnLevels, deed, k.unit(r), "department", `{"state": 4}`)
	k.exec(qColumnCount, r.ColumnID, k.now)
	k.exec(qReads, r.ID)
	k.exec(qCopy, r.ID, r.Title, r.Kind, r.ColumnName, r.BodyHTML, r.Source, r.DrafterName, pq.Array([]string{bareName}), bareName,
		r.EditorName, r.DepartmentName, k.now, r.ContentHash, "[]", nil, "")
	k.exec(qIndexed, r.ID, pq.Array(publish.Terms(r.Title, r.BodyHTML, nil)))
	k.tell([]uuid.UUID{r.DrafterID}, "publish.published", r)
	r.State, r.PublishedAt, r.PublisherID, r.Version = "published", &k.now, &k.member, r.Version+1
	return r.whole()
}
