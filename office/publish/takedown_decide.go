package publish

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// openTakedown returns an open request of this version, held until tx ends.
func openTakedown(ctx context.Context, tx *tenant.Tx, in versioned) (k TakedownRequest, err error) {
	if _, err := tx.Exec(ctx, `select from takedown_requests where id = $1 for update`, in.ID); err != nil {
		return k, err
	}
	if k, err = takedownOf(ctx, tx, in.ID); err != nil {
		return k, err
	}
	if k.State != "open" || k.Version != in.Version {
		return k, ErrTakedownDecided.With("state", k.State)
	}
	return k, nil
}

// removeRequested takes the item of a request down, as its department would have
// done, and closes every request about it (R013).
func (d *Desk) removeRequested(ctx context.Context, tx *tenant.Tx, in versioned) (k TakedownRequest, err error) {
	if k, err = takedownOf(ctx, tx, in.ID); err != nil {
		return k, err
	}
	// The item first, as everybody who takes it down does: or two of them would wait for each other.
	if _, err := tx.Exec(ctx, `select from items where id = $1 for update`, k.ItemID); err != nil {
		return k, err
	}
	if k, err = openTakedown(ctx, tx, in); err != nil {
		return k, err
	}
	if k.RequestedID == tx.Actor.Member {
		return k, ErrTakedownOwn
	}
	r, err := load(ctx, tx, k.ItemID)
	if err != nil {
		return k, err
	}
	why := takedownReasons[k.Reason]
	if k.Note != "" {
		why += "：" + k.Note
	}
	if err := hide(ctx, tx, r, takedown{why, k.NoticedAt, k.Reason}); err != nil {
		return k, err
	}
	if err := tell(ctx, tx, r, "publish.withdrawn", []uuid.UUID{r.DrafterID, *r.PublisherID}); err != nil {
		return k, err
	}
	return takedownOf(ctx, tx, in.ID)
}

// A takedown says why an item goes.
type takedown struct {
	reason  string    // in words
	noticed time.Time // when somebody saw that it has to
	class   string    // one of takedownReasons
}

// takenDown writes down what became of an item that was just hidden: the deed,
// and the end of the requests about it, whose people are told.
func takenDown(ctx context.Context, tx *tenant.Tx, r *row, why takedown) error {
	tx.Deed(tenant.Deed{
		Kind: TakenDown, Member: *r.PublisherID, Unit: *r.DeedUnit, UnitKind: r.DeedUnitKind, Item: objectOf(r.ID), Title: r.Title,
		Level: why.class, Content: r.ContentHash, WorkMinute: int(tx.Now.Sub(why.noticed).Minutes()),
	})
	var closed []TakedownRequest
	err := tx.Select(ctx, &closed, `
		   update takedown_requests k
		      set state = 'removed', decided_id = $2, decided_name = $3, decided_at = $1, version = version + 1
		    where item_id = $4 and state = 'open'
		returning `+takedownColumns, tx.Now, tx.Actor.Member, tx.Actor.Name, r.ID)
	if err != nil {
		return err
	}
	for _, k := range closed {
		tx.Audit("publish.takedown_removed", takedownObject(k.ID), map[string]any{"item": r.ID, "minutes": k.Minutes, "noticed_minutes": k.NoticedMinutes})
		if err := k.tellRequester(ctx, tx, "publish.takedown_removed"); err != nil {
			return err
		}
	}
	return nil
}

func (k TakedownRequest) tellRequester(ctx context.Context, tx *tenant.Tx, code string) error {
	to, err := present(ctx, tx, []uuid.UUID{k.RequestedID})
	if err != nil {
		return err
	}
	return k.tell(ctx, tx, code, to)
}

type refusedTakedown struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Answer  string    `json:"answer" maxLength:"500"`
	Version int       `json:"version" minimum:"1"`
}

// Validate refuses a refusal without an answer.
func (r *refusedTakedown) Validate() error {
	if r.Answer = line(r.Answer); r.Answer == "" {
		return ErrAnswerMissing
	}
	return nil
}

// refuseTakedown leaves the item where it is, and says why. An order is not
// refused.
func refuseTakedown(ctx context.Context, tx *tenant.Tx, in refusedTakedown) (k TakedownRequest, err error) {
	if k, err = openTakedown(ctx, tx, versioned{in.ID, in.Version}); err != nil {
		return k, err
	}
	switch {
	case k.Ordered:
		return k, ErrTakedownOrdered
	case k.RequestedID == tx.Actor.Member:
		return k, ErrTakedownOwn
	}
	if k, err = k.end(ctx, tx, "refused", in.Answer); err != nil {
		return k, err
	}
	return k, k.tellRequester(ctx, tx, "publish.takedown_refused")
}

// cancelTakedown takes back what the actor asked for.
func cancelTakedown(ctx context.Context, tx *tenant.Tx, in versioned) (k TakedownRequest, err error) {
	if k, err = openTakedown(ctx, tx, in); err != nil {
		return k, err
	}
	if k.RequestedID != tx.Actor.Member {
		return k, ErrNotRequester
	}
	return k.end(ctx, tx, "cancelled", "")
}

func (k TakedownRequest) end(ctx context.Context, tx *tenant.Tx, state, answer string) (TakedownRequest, error) {
	n, err := tx.Exec(ctx, `
		update takedown_requests set state = $3, answer = $4, decided_id = $5, decided_name = $6, decided_at = $7, version = version + 1
		 where id = $1 and version = $2 and state = 'open'`, k.ID, k.Version, state, answer, tx.Actor.Member, tx.Actor.Name, tx.Now)
	if err != nil {
		return k, err
	}
	if n == 0 {
		return k, ErrTakedownDecided
	}
	tx.Audit("publish.takedown_"+state, takedownObject(k.ID), map[string]any{"item": k.ItemID})
	return takedownOf(ctx, tx, k.ID)
}

// takedownSheet is a list of requests as a workbook.
var takedownSheet = feature.Sheet{Name: feature.Text{ZH: "撤下申请", EN: "Removal requests"}, Columns: []feature.Column{
	{Head: feature.Text{ZH: "标题", EN: "Title"}, Path: "title"},
	{Head: feature.Text{ZH: "栏目", EN: "Column"}, Path: "column_name"},
	{Head: feature.Text{ZH: "部门", EN: "Department"}, Path: "department_name"},
	{Head: feature.Text{ZH: "原因", EN: "Reason"}, Path: "reason", Words: map[string]feature.Text{
		"mistake": {ZH: "误操作", EN: "Mistake"}, "unsuitable": {ZH: "内容不合适", EN: "Unsuitable"}, "wrong": {ZH: "内容有误", EN: "Wrong"},
		"confidential": {ZH: "涉及秘密", EN: "Confidential"}, "unlawful": {ZH: "违反规定", EN: "Unlawful"}, "other": {ZH: "其他", EN: "Other"}}},
	{Head: feature.Text{ZH: "说明", EN: "Note"}, Path: "note"},
	{Head: feature.Text{ZH: "责令撤下", EN: "Ordered"}, Path: "ordered", Words: map[string]feature.Text{"true": {ZH: "是", EN: "Yes"}, "false": {ZH: "否", EN: "No"}}},
	{Head: feature.Text{ZH: "发现时间", EN: "Noticed"}, Path: "noticed_at", Kind: feature.Times},
	{Head: feature.Text{ZH: "申请人", EN: "Requested by"}, Path: "requested_name"},
	{Head: feature.Text{ZH: "申请时间", EN: "Requested"}, Path: "requested_at", Kind: feature.Times},
	{Head: feature.Text{ZH: "状态", EN: "State"}, Path: "state", Words: map[string]feature.Text{"open": {ZH: "待处理", EN: "Open"},
		"removed": {ZH: "已撤下", EN: "Removed"}, "refused": {ZH: "未予撤下", EN: "Refused"}, "cancelled": {ZH: "已撤回", EN: "Cancelled"}}},
	{Head: feature.Text{ZH: "处理人", EN: "Decided by"}, Path: "decided_name"},
	{Head: feature.Text{ZH: "处理时间", EN: "Decided"}, Path: "decided_at", Kind: feature.Times},
	{Head: feature.Text{ZH: "自申请起（分钟）", EN: "Minutes since requested"}, Path: "minutes", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "自发现起（分钟）", EN: "Minutes since noticed"}, Path: "noticed_minutes", Kind: feature.Numbers},
	{Head: feature.Text{ZH: "答复", EN: "Answer"}, Path: "answer"},
}}

// readingRoutes are the routes of requests to take something down, of who has
// read what, of comments and of pins. Who may follows from the item, but for
// the information centre.
func (d *Desk) readingRoutes() []feature.Route {
	const item, takedowns = "/publish/items/{id}", "/publish/takedowns"
	return []feature.Route{
		feature.POST(item+"/takedown", rbac.Member, feature.Write(requestTakedown)),
		feature.GET(takedowns, rbac.Member, feature.Read(listTakedowns)).Sheet(takedownSheet),
		feature.GET(takedowns+"/{id}", rbac.Member, feature.Read(showTakedown)),
		feature.POST(takedowns+"/{id}/remove", Takedown, feature.Write(d.removeRequested)),
		feature.POST(takedowns+"/{id}/refuse", Takedown, feature.Write(refuseTakedown)),
		feature.POST(takedowns+"/{id}/cancel", rbac.Member, feature.Write(cancelTakedown)),

		feature.GET(item+"/reading", rbac.Member, feature.Read(reading)),
		feature.GET(item+"/readers", rbac.Member, feature.Read(listReaders)).Sheet(readerSheet),
		feature.POST(item+"/confirm", rbac.Member, feature.Write(confirmRead)),
		feature.POST(item+"/remind", rbac.Member, feature.Write(remind)),
		feature.GET("/publish/department-reading/departments", rbac.Member, feature.Read(readDepartments)),
		feature.POST("/publish/department-reading/helpers", rbac.Member, feature.Write(nameHelper)),
		feature.DELETE("/publish/department-reading/helpers/{id}", rbac.Member, feature.Write(dropHelper)),
		feature.GET("/publish/department-reading", rbac.Member, feature.Read(departmentReading)).Sheet(departmentSheet),

		feature.GET(item+"/comments", rbac.Member, feature.Read(listComments)),
		feature.POST(item+"/comments", rbac.Member, feature.Write(comment)),
		feature.DELETE("/publish/comments/{id}", rbac.Member, feature.Write(deleteComment)),
		feature.POST("/publish/comments/{id}/hide", rbac.Member, feature.Write(hideComment)),

		feature.GET("/publish/columns/{id}/pins", rbac.Member, feature.Read(listPins)),
		feature.POST(item+"/pin", rbac.Member, feature.Write(pin)),
		feature.POST(item+"/unpin", rbac.Member, feature.Write(unpin)),
	}
}
