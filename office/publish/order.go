package publish

import (
	"time"

	"github.com/google/uuid"

	"hetu/feature"
)

// What a list of items may be sorted by, whatever its view.
func keys(publishedAt feature.Key[row]) []feature.Key[row] {
	return []feature.Key[row]{
		publishedAt,
		feature.ByAge("created_at", "i.id", rowID),
		feature.ByTimeOrNull("submitted_at", "i.submitted_at", func(r row) *time.Time { return r.SubmittedAt }),
		feature.ByText("title", "i.title", func(r row) string { return r.Title }),
		feature.ByText("column_name", "c.name", func(r row) string { return r.ColumnName }),
		feature.ByText("department_name", "i.department_name", func(r row) string { return r.DepartmentName }),
		feature.ByText("drafter", "i.drafter_name", func(r row) string { return r.DrafterName }),
		feature.ByWord("kind", "i.kind", func(r row) string { return r.Kind }),
		feature.ByWord("state", "i.state", func(r row) string { return r.State }),
	}
}

func rowID(r row) uuid.UUID { return r.ID }

// What is read was published, and comes newest first; what is worked on comes
// as it was drafted, and may never have been published.
var (
	readingOrder = feature.NewOrder("-published_at", "i.id", rowID,
		keys(feature.ByTime("published_at", "i.published_at", func(r row) time.Time { return *r.PublishedAt }))...)
	workingOrder = feature.NewOrder("-created_at", "i.id", rowID,
		keys(feature.ByTimeOrNull("published_at", "i.published_at", func(r row) *time.Time { return r.PublishedAt }))...)
)

// Sorts are what a list of items may be sorted by.
func (Query) Sorts() []string { return readingOrder.Names() }

// order is that of the view.
func (q Query) order() *feature.Order[row] {
	if q.View == "reading" {
		return readingOrder
	}
	return workingOrder
}

// sheet is a list of items as a workbook.
var sheet = feature.Sheet{
	Name: feature.Text{ZH: "信息", EN: "Items"},
	Columns: []feature.Column{
		{Head: feature.Text{ZH: "标题", EN: "Title"}, Path: "title"},
		{Head: feature.Text{ZH: "类别", EN: "Kind"}, Path: "kind", Words: map[string]feature.Text{
			"news": {ZH: "动态信息", EN: "News"}, "notice": {ZH: "通知", EN: "Notice"},
			"announcement": {ZH: "公告", EN: "Announcement"}, "briefing": {ZH: "简报", EN: "Briefing"},
		}},
		{Head: feature.Text{ZH: "栏目", EN: "Column"}, Path: "column_name"},
		{Head: feature.Text{ZH: "状态", EN: "State"}, Path: "state", Words: map[string]feature.Text{
			"draft": {ZH: "草稿", EN: "Draft"}, "review": {ZH: "审核中", EN: "In review"}, "approved": {ZH: "待发布", EN: "Approved"},
			"published": {ZH: "已发布", EN: "Published"}, "withdrawn": {ZH: "已撤下", EN: "Withdrawn"},
		}},
		{Head: feature.Text{ZH: "部门", EN: "Department"}, Path: "department_name"},
		{Head: feature.Text{ZH: "拟稿人", EN: "Drafter"}, Path: "drafter.name"},
		{Head: feature.Text{ZH: "发布人", EN: "Publisher"}, Path: "publisher.name"},
		{Head: feature.Text{ZH: "拟稿时间", EN: "Drafted"}, Path: "created_at", Kind: feature.Times},
		{Head: feature.Text{ZH: "送审时间", EN: "Submitted"}, Path: "submitted_at", Kind: feature.Times},
		{Head: feature.Text{ZH: "发布时间", EN: "Published"}, Path: "published_at", Kind: feature.Times},
		{Head: feature.Text{ZH: "阅读人数", EN: "Readers"}, Path: "read_count", Kind: feature.Numbers},
		{Head: feature.Text{ZH: "编号", EN: "Id"}, Path: "id"},
	},
}
