package publish

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/job"
	"hetu/rbac"
	"hetu/tenant"
)

// Feature is what publishing adds to the system.
func (d *Desk) Feature() feature.Feature {
	return feature.Feature{
		Name:       "publish",
		Rights:     rights,
		Routes:     slices.Concat(d.routes(), columnRoutes(), d.fieldRoutes(), templateRoutes(), patternRoutes(), d.looking(), d.reviewing(), d.readingRoutes(), d.revisionRoutes()),
		Works:      []job.Work{{Name: scheduledWork, Run: d.publishDue}},
		Rounds:     []job.Round{{Name: "publish.watch_columns", Every: time.Hour, Run: watch}, {Name: "publish.index", Every: time.Hour, Run: indexRest}, {Name: "publish.tell_patterns", Every: 5 * time.Minute, Run: tellPatterns}},
		Indicators: append([]feature.Indicator{{Kind: Published, Name: "网站信息发布", Good: true}, {Kind: Returned, Name: "信息审核退回（篇）"}, {Kind: ColumnAttempt, Name: "自行调整栏目（次）"}, {Kind: TakenDown, Name: "信息撤下（条）"}, {Kind: OfflineAttempt, Name: "不上网文件发布尝试（次）"}}, looked...),
		Approvals: []feature.Approval{{
			Kind: Kind, Checks: []string{"true", "wording", "safe", "online"}, Current: d.current, Decided: d.decided,
		}},
		Migrations: files,
		Seed:       seed,
	}
}

// rights say who has what in a new tenant. To review, draft or publish means
// nothing without a column, so no tenant starts with anybody who may: the roles
// Head and Publisher bundle these rights, and the Office grants the roles, or
// single rights, on the columns of each department (R002, R006). Whoever is
// given them without a column has them in all (R006 "or wider authority").
var rights = []rbac.Right{
	{Permission: Read, Scoped: true, Roles: []rbac.Role{rbac.Office, rbac.Staff, rbac.Auditor}}, // everybody reads
	{Permission: Draft, Scoped: true, Roles: []rbac.Role{rbac.Publisher}},
	{Permission: Review, Scoped: true, Roles: []rbac.Role{rbac.Head}},
	{Permission: Sign, Scoped: true},
	{Permission: Publish, Scoped: true, Roles: []rbac.Role{rbac.Publisher}},
	{Permission: Manage, Roles: []rbac.Role{rbac.Office}},                // the columns are the Office's (R022)
	{Permission: Inspect, Roles: []rbac.Role{rbac.Office, rbac.Auditor}}, // R001, R015
	{Permission: Readers, Scoped: true},                                  // a department's: its head gives it (R037)
	{Permission: Takedown, Roles: []rbac.Role{rbac.Admin}},               // what others ask to have taken down, nothing else (R003, R013)
}

// routes: where the data decides who may (the drafter, those who answered for
// an item), being a member opens the door and the function decides.
func (d *Desk) routes() []feature.Route {
	const item = "/publish/items/{id}"
	return []feature.Route{
		feature.GET("/publish/items", rbac.Member, feature.Read(List)).Sheet(sheet),
		feature.GET("/publish/search", Read, feature.Read(Find)),
		feature.POST("/publish/items", Draft, feature.Write(d.create)),
		feature.GET(item, rbac.Member, feature.Read(d.look)),
		feature.PATCH(item, Draft, feature.Write(d.edit)),
		feature.DELETE(item, rbac.Member, feature.Write(d.remove)),
		feature.POST(item+"/attachments", Draft, feature.Write(d.attach)).Refused(offlineRefused, ErrOffline.Code),
		feature.DELETE(item+"/attachments/{attachment}", Draft, feature.Write(d.detach)),
		feature.GET(item+"/attachments/{attachment}/content", rbac.Member, feature.Stream(d.download)),
		feature.GET(item+"/attachments/{attachment}/preview", rbac.Member, feature.Afterwards(d.preview)),
		feature.POST(item+"/submit", Draft, feature.Write(d.submit)).Refused(offlineRefused, ErrOffline.Code),
		feature.POST(item+"/publish", Publish, feature.Write(d.publish)).Refused(offlineRefused, ErrOffline.Code),
		feature.POST(item+"/withdraw", rbac.Member, feature.Write(d.withdraw)),
		feature.POST(item+"/read", rbac.Member, feature.Write(markRead)),
	}
}

// fieldRoutes are what else there is to an item: its picture, when it shall be
// published, and copies of it.
func (d *Desk) fieldRoutes() []feature.Route {
	const item = "/publish/items/{id}"
	return []feature.Route{
		feature.GET(item+"/cover", rbac.Member, feature.Stream(d.showCover)),
		feature.PUT(item+"/cover", Draft, feature.Write(d.setCover)),
		feature.DELETE(item+"/cover", Draft, feature.Write(d.dropCover)),
		feature.PUT(item+"/schedule", Publish, feature.Write(d.setSchedule)),
		feature.DELETE(item+"/schedule", rbac.Member, feature.Write(d.dropSchedule)),
		feature.POST(item+"/copy", Draft, feature.Write(d.copyItem)),
	}
}

func listColumns(ctx context.Context, tx *tenant.Tx, _ feature.None) (l feature.List[Column], err error) {
	l.Items, err = Columns(ctx, tx)
	return l, err
}

// firstColumns are what a new tenant begins with; the Office changes them as it
// likes.
var firstColumns = []struct {
	name, kind string
	below      []string
}{
	{"工作动态", "news", []string{"本级要闻", "部门动态", "基层动态"}},
	{"通知公告", "notice", []string{"通知", "公告"}},
	{"工作简报", "briefing", nil},
	{"政策法规", "general", nil},
}

// seed gives a tenant without columns its first ones. They belong to the
// Office's department if there is one.
func seed(ctx context.Context, tx *tenant.Tx) error {
	var there bool
	if err := tx.Get(ctx, &there, `select exists (select from columns)`); err != nil || there {
		return err
	}
	for i, c := range firstColumns {
		parent := tenant.NewID()
		if err := plant(ctx, tx, nil, parent, c.name, c.kind, i); err != nil {
			return err
		}
		for j, name := range c.below {
			if err := plant(ctx, tx, &parent, tenant.NewID(), name, c.kind, j); err != nil {
				return err
			}
		}
	}
	tx.Audit("publish.seeded", "publish/columns", len(firstColumns))
	return nil
}

func plant(ctx context.Context, tx *tenant.Tx, parent *uuid.UUID, id uuid.UUID, name, kind string, sort int) error {
	path := []uuid.UUID{id}
	if parent != nil {
		path = []uuid.UUID{*parent, id}
	}
	_, err := tx.Exec(ctx, `
		insert into columns (id, parent_id, path, name, kind, sort, department_id)
		     values ($1, $2, $3, $4, $5, $6, (select d.id from departments d where d.kind = 'office' order by d.sort, d.id limit 1))`,
		id, parent, tenant.Array(path), name, kind, sort)
	return err
}
