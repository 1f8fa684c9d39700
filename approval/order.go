package approval

import (
	"time"

	"github.com/google/uuid"

	"hetu/feature"
)

// ErrAfter means a cursor did not come from the list it was sent to.
var ErrAfter = feature.ErrCursor

// What tasks may be sorted by, done or not.
func taskKeys(decidedAt feature.Key[Task]) []feature.Key[Task] {
	return []feature.Key[Task]{
		feature.ByTime("due_at", "t.due_at", func(t Task) time.Time { return t.DueAt }),
		feature.ByTime("arrived_at", "t.arrived_at", func(t Task) time.Time { return t.ArrivedAt }),
		decidedAt,
		feature.ByText("title", "c.title", func(t Task) string { return t.Title }),
		feature.ByText("started_by", "m.name", func(t Task) string { return t.StartedBy.Name }),
		feature.ByWord("kind", "c.kind", func(t Task) string { return t.Kind }),
	}
}

func taskID(t Task) uuid.UUID { return t.ID }

// What is to do comes as it is due, what is done as it was done last.
var (
	todoOrder = feature.NewOrder("due_at", "t.id", taskID,
		taskKeys(feature.ByTimeOrNull("decided_at", "t.decided_at", func(t Task) *time.Time { return t.DecidedAt }))...)
	doneOrder = feature.NewOrder("-decided_at", "t.id", taskID,
		taskKeys(feature.ByTime("decided_at", "t.decided_at", func(t Task) time.Time { return *t.DecidedAt }))...)
)

var taskSheet = feature.Sheet{
	Name: feature.Text{ZH: "审批任务", EN: "Approval tasks"},
	Columns: []feature.Column{
		{Head: feature.Text{ZH: "标题", EN: "Title"}, Path: "title"},
		{Head: feature.Text{ZH: "环节", EN: "Step"}, Path: "step_name"},
		{Head: feature.Text{ZH: "发起人", EN: "Started by"}, Path: "started_by.name"},
		{Head: feature.Text{ZH: "到达时间", EN: "Arrived"}, Path: "arrived_at", Kind: feature.Times},
		{Head: feature.Text{ZH: "办理时限", EN: "Due"}, Path: "due_at", Kind: feature.Times},
		{Head: feature.Text{ZH: "是否超时", EN: "Overdue"}, Path: "overdue", Words: map[string]feature.Text{
			"true": {ZH: "超时", EN: "Overdue"}, "false": {ZH: "未超时", EN: "In time"},
		}},
		{Head: feature.Text{ZH: "剩余工作分钟", EN: "Minutes left"}, Path: "minutes_left", Kind: feature.Numbers},
		{Head: feature.Text{ZH: "办理结果", EN: "Decision"}, Path: "decision", Words: map[string]feature.Text{
			"approve": {ZH: "同意", EN: "Approved"}, "return": {ZH: "退回", EN: "Returned"},
		}},
		{Head: feature.Text{ZH: "办理时间", EN: "Decided"}, Path: "decided_at", Kind: feature.Times},
	},
}
