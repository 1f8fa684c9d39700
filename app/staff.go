package app

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"hetu/approval"
	"hetu/assess/target"
	"hetu/message"
	"hetu/office/publish"
	"hetu/office/trial"
	"hetu/org/staff"
	"hetu/tenant"
)

// tell sends members a notice.
func tell(ctx context.Context, tx *tenant.Tx, to []uuid.UUID, code, href string, params map[string]string) error {
	return message.Send(ctx, tx, message.Notice{To: to, Code: code, Href: href, Params: params})
}

// newStaff makes the feature of people as they come and go, who hand over what
// these features keep.
func newStaff(engine *approval.Engine) *staff.Staff {
	return staff.New(staff.Parts{Tell: tell, Submit: submitAccount(engine), Alone: alone, Estates: []staff.Estate{
		{Kind: "approval.tasks", Open: engine.Waiting, Pass: engine.PassOn},
		{Kind: "publish.drafts", Open: publish.Drafts, Pass: publish.PassDrafts, Last: true},
		{Kind: "publish.inspections", Open: publish.Inspections, Pass: publish.PassInspections},
		{Kind: "target.duties", Open: target.Answering, Pass: target.PassDuties},
		{Kind: "trial.improvements", Open: trial.Improving, Pass: trial.PassImprovements},
	}})
}

// alone names the columns that would have nobody to review or publish in them.
func alone(ctx context.Context, tx *tenant.Tx, member uuid.UUID) ([]staff.Alone, error) {
	os, err := publish.Orphans(ctx, tx, member)
	l := make([]staff.Alone, 0, len(os))
	for _, o := range os {
		l = append(l, staff.Alone{Column: o.Column, Right: strings.TrimPrefix(o.Right, "publish.")})
	}
	return l, err
}

// submitAccount hands requests for accounts in: to the head of the department,
// if there is another than who asks, and to who sets accounts up.
func submitAccount(engine *approval.Engine) func(context.Context, *tenant.Tx, staff.Submission) error {
	return func(ctx context.Context, tx *tenant.Tx, s staff.Submission) error {
		var steps []approval.Step
		if len(s.Heads) > 0 {
			steps = append(steps, approval.Step{Name: "部门负责人", People: s.Heads})
		}
		steps = append(steps, approval.Step{Name: "系统管理员", People: s.Managers[:min(len(s.Managers), approval.MaxPeople)]})
		_, err := engine.Start(ctx, tx, approval.Submission{Case: s.Case, Kind: staff.Kind, Subject: s.Subject, Title: s.Title, Hash: s.Hash,
			Unit: s.Unit, Definition: approval.Definition{Steps: steps, Repeat: true}})
		return err
	}
}
