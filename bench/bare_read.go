package main

import (
	"time"

	"github.com/google/uuid"

	"hetu/approval"
	"hetu/feature"
	"hetu/office/publish"
	"hetu/tenant"
)

// line is a row of the list.
type line struct {
	ID             uuid.UUID  `db:"id"`
	ColumnID       uuid.UUID  `db:"column_id"`
	ColumnName     string     `db:"column_name"`
	ColumnPath     []byte     `db:"column_path"`
	ColumnState    string     `db:"column_state"`
	Kind           string     `db:"kind"`
	State          string     `db:"state"`
	Title          string     `db:"title"`
	DrafterID      uuid.UUID  `db:"drafter_id"`
	DrafterAccount uuid.UUID  `db:"drafter_account"`
	DrafterName    string     `db:"drafter_name"`
	PublisherID    *uuid.UUID `db:"publisher_id"`
	PublisherName  string     `db:"publisher_name"`
	DepartmentID   *uuid.UUID `db:"department_id"`
	DepartmentName string     `db:"department_name"`
	Revision       int        `db:"revision"`
	CreatedAt      time.Time  `db:"created_at"`
	SubmittedAt    *time.Time `db:"submitted_at"`
	PublishedAt    *time.Time `db:"published_at"`
	WithdrawnAt    *time.Time `db:"withdrawn_at"`
	Version        int        `db:"version"`
	Read           bool       `db:"read"`
	ReadCount      int        `db:"read_count"`
	Own            bool       `db:"own"`
	Meant          bool       `db:"meant"`
	Expired        bool       `db:"expired"`
	said
}

// said is what else an item says of itself: nothing, here.
type said struct {
	CoverFile   *uuid.UUID `db:"cover_file"`
	CoverAlt    string     `db:"cover_alt"`
	Audience    string     `db:"audience"`
	Departments []byte     `db:"audience_departments"`
	EventDate   *string    `db:"event_date"`
	ValidUntil  *string    `db:"valid_until"`
}

func (r line) shown() publish.Line {
	return publish.Line{
		ID: r.ID, ColumnID: r.ColumnID, ColumnName: r.ColumnName, Kind: r.Kind, State: r.State, Title: r.Title,
		Drafter: publish.Person{ID: r.DrafterID, Name: r.DrafterName}, Publisher: by(r.PublisherID, r.PublisherName),
		DepartmentID: r.DepartmentID, DepartmentName: r.DepartmentName, Revision: r.Revision, CreatedAt: r.CreatedAt,
		SubmittedAt: r.SubmittedAt, PublishedAt: r.PublishedAt, WithdrawnAt: r.WithdrawnAt, Read: r.Read,
		ReadCount: r.ReadCount, Audience: r.Audience, May: []string{"copy", "withdraw"}, Version: r.Version,
	}
}

func by(id *uuid.UUID, name string) *publish.Person {
	if id == nil {
		return nil
	}
	return &publish.Person{ID: *id, Name: name}
}

// full is a row of one item.
type full struct {
	line
	CoverSHA        string                           `db:"cover_sha256"`
	Names           []byte                           `db:"audience_names"`
	Scheduled       []byte                           `db:"scheduled"`
	OriginID        *uuid.UUID                       `db:"origin_id"`
	OriginTitle     string                           `db:"origin_title"`
	WrittenID       *uuid.UUID                       `db:"written_id"`
	WrittenName     string                           `db:"written_name"`
	WrittenFrom     *time.Time                       `db:"written_from"`
	WrittenAt       *time.Time                       `db:"written_at"`
	RestoredFrom    *int                             `db:"restored_from"`
	ColumnUnit      *uuid.UUID                       `db:"column_unit"`
	ColumnLevels    int                              `db:"column_levels"`
	BodyHTML        string                           `db:"body_html"`
	Source          string                           `db:"source"`
	EditorID        *uuid.UUID                       `db:"editor_id"`
	EditorName      string                           `db:"editor_name"`
	ContentHash     string                           `db:"content_hash"`
	ApprovedHash    *string                          `db:"approved_hash"`
	CaseID          *uuid.UUID                       `db:"case_id"`
	DeedID          *uuid.UUID                       `db:"deed_id"`
	DeedUnit        *uuid.UUID                       `db:"deed_unit"`
	DeedUnitKind    string                           `db:"deed_unit_kind"`
	WithdrawnID     *uuid.UUID                       `db:"withdrawn_id"`
	WithdrawnName   string                           `db:"withdrawn_name"`
	NoticedAt       *time.Time                       `db:"noticed_at"`
	WithdrawReason  string                           `db:"withdraw_reason"`
	WithdrawMinutes *int                             `db:"withdraw_minutes"`
	Touched         []byte                           `db:"touched"`
	ChangedBy       string                           `db:"changed_by"`
	ChangedAt       time.Time                        `db:"changed_at"`
	Attachments     tenant.Doc[[]publish.Attachment] `db:"attachments"`
	Reviewers       tenant.Doc[[]struct {
		ID     uuid.UUID `json:"id"`
		Name   string    `json:"name"`
		Level  int       `json:"level"`
		At     time.Time `json:"at"`
		Checks []string  `json:"checks"`
	}] `db:"reviewers"`
}

func (r full) whole() publish.Item {
	it := publish.Item{
		Line: r.shown(), BodyHTML: r.BodyHTML, Source: r.Source, Editor: by(r.EditorID, r.EditorName),
		Reviewers: []publish.Reviewer{}, ContentHash: r.ContentHash, CaseID: r.CaseID,
		WithdrawnBy: by(r.WithdrawnID, r.WithdrawnName), NoticedAt: r.NoticedAt,
		WithdrawReason: r.WithdrawReason, WithdrawMinutes: r.WithdrawMinutes, Attachments: r.Attachments.V,
	}
	for _, v := range r.Reviewers.V {
		checks := map[string]bool{}
		for _, c := range v.Checks {
			checks[c] = true
		}
		it.Reviewers = append(it.Reviewers, publish.Reviewer{ID: v.ID, Name: v.Name, Level: v.Level, At: v.At, Checks: checks})
	}
	return it
}

func list(k *call) any {
	var rows []line
	k.all(&rows, qList, k.member, uuid.MustParse(k.c.Query("column")))
	l := feature.List[publish.Line]{Items: make([]publish.Line, 0, len(rows))}
	for _, r := range rows[:min(20, len(rows))] {
		l.Items = append(l.Items, r.shown())
	}
	if len(rows) > 20 {
		l.Next = rows[19].PublishedAt.String() + "_" + rows[19].ID.String()
	}
	return l
}

func item(k *call) any {
	var r full
	k.get(&r, qItem, k.member, k.id())
	return r.whole()
}

// task is a row of the to-do list.
type task struct {
	ID          uuid.UUID  `db:"id"`
	CaseID      uuid.UUID  `db:"case_id"`
	Kind        string     `db:"kind"`
	SubjectID   uuid.UUID  `db:"subject_id"`
	Title       string     `db:"title"`
	Step        int        `db:"step"`
	StepName    string     `db:"step_name"`
	StarterID   uuid.UUID  `db:"started_by"`
	StarterName string     `db:"starter_name"`
	ArrivedAt   time.Time  `db:"arrived_at"`
	DueAt       time.Time  `db:"due_at"`
	State       string     `db:"state"`
	Decision    string     `db:"decision"`
	DecidedAt   *time.Time `db:"decided_at"`
}

func (r task) shown(now time.Time) approval.Task {
	left := int(r.DueAt.Sub(now).Minutes())
	return approval.Task{
		ID: r.ID, CaseID: r.CaseID, Kind: r.Kind, SubjectID: r.SubjectID, Title: r.Title, Step: r.Step, StepName: r.StepName,
		StartedBy: approval.Ref{ID: r.StarterID, Name: r.StarterName}, ArrivedAt: r.ArrivedAt, DueAt: r.DueAt,
		Decision: r.Decision, DecidedAt: r.DecidedAt, MinutesLeft: &left,
	}
}

func todo(k *call) any {
	var rows []task
	k.all(&rows, qTodo, k.member)
	k.calendar()
	l := feature.List[approval.Task]{Items: make([]approval.Task, len(rows))}
	for i, r := range rows {
		l.Items[i] = r.shown(k.now)
	}
	return l
}

// calendar asks which calendar the tenant keeps: none of its own.
func (k *call) calendar() {
	var at struct {
		Version int64     `db:"version"`
		Stamp   uuid.UUID `db:"stamp"`
	}
	k.try(&at, qCalendar)
}
