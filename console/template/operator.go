package template

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/office/publish"
	"hetu/rbac"
	"hetu/tenant"
)

// Offered is a template that a tenant may be opened with.
type Offered struct {
	ID      uuid.UUID  `db:"id" json:"id"`
	Builtin bool       `db:"-" json:"builtin"`
	GroupID *uuid.UUID `db:"group_id" json:"group_id"` // whose tenants may be; null: everybody's
	Source  string     `db:"source_name" json:"source"`
	Name    string     `db:"name" json:"name"`
	Version int        `db:"version" json:"version"`
	MadeAt  *time.Time `db:"made_at" json:"made_at"`
	Counts  counts     `db:"-" json:"counts"`

	Body tenant.Doc[Set] `db:"body" json:"-"`
}

// ErrUnusable means a template that is none, or another group's.
var ErrUnusable = fault.New(fault.Invalid, "console.no_such_template")

// Routes are the operators' side, below /console.
func Routes() []feature.Route {
	return []feature.Route{feature.GET("/console/templates", rbac.Operator, feature.OperatorRead(listOffered))}
}

type offeredQuery struct {
	Group *uuid.UUID `json:"-" query:"group"`
}

// listOffered lists what tenants of a group may be opened with: the newest
// version of each, at most two hundred, and what is built in first.
func listOffered(ctx context.Context, tx *tenant.Tx, q offeredQuery) (l feature.List[Offered], err error) {
	std, _ := builtin(Standard)
	l.Items = []Offered{{ID: Standard, Builtin: true, Name: standardName, Version: 1, Counts: std.counts()}}
	var ts []Offered
	err = tx.Select(ctx, &ts, `
		select t.id, u.group_id, t.source_name, t.name, t.version, t.made_at, t.body
		  from platform.templates t join platform.tenants u on u.id = t.source_id
		 where ($1::uuid is null or u.group_id = $1)
		   and not exists (select from platform.templates n where n.source_id = t.source_id and n.name = t.name and n.version > t.version)
		 order by t.made_at desc, t.id desc limit 200`, q.Group)
	for _, t := range ts {
		t.Counts = t.Body.V.counts()
		l.Items = append(l.Items, t)
	}
	return l, err
}

// Usable returns ErrUnusable unless tenants of a group may be opened with a
// template. tx is the operators'.
func Usable(ctx context.Context, tx *tenant.Tx, group, id uuid.UUID) error {
	if _, ok := builtin(id); ok {
		return nil
	}
	var one int
	err := tx.Get(ctx, &one, `
		select 1 from platform.templates t join platform.tenants u on u.id = t.source_id where t.id = $1 and u.group_id = $2`, id, group)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrUnusable.On("template_id")
	}
	return err
}

// Standard is the template that is built in.
var Standard = uuid.MustParse("018f3a5e-1000-7000-8000-000000000001")

const standardName = "标准单位"

// builtin returns the template that is built in, if it is this one.
func builtin(id uuid.UUID) (Set, bool) {
	if id != Standard {
		return Set{}, false
	}
	column := func(n byte, parent *uuid.UUID, name, kind, purpose string, sort, levels, days int) publish.PatternColumn {
		key := Standard
		key[15] = 0x10 + n
		return publish.PatternColumn{Key: key, ParentKey: parent, Name: name, Kind: kind, Purpose: purpose, Sort: sort, ReviewLevels: levels, MaxIntervalDays: &days}
	}
	news := column(1, nil, "工作动态", "news", "本单位各部门的工作进展", 10, 1, 15)
	return Set{
		Departments: []Department{
			{[]string{"领导班子"}, "leaders", 5, []string{"主要负责人", "分管负责人"}},
			{[]string{"办公室"}, "office", 10, []string{"主任", "信息发布员", "文书"}},
			{[]string{"人事处"}, "hr", 20, []string{"处长", "科员"}},
			{[]string{"信息中心"}, "info", 30, []string{"主任", "技术员"}},
			{[]string{"业务一处"}, "dept", 40, []string{"处长", "科员"}},
			{[]string{"业务二处"}, "dept", 50, []string{"处长", "科员"}},
		},
		Roles: []Role{
			{"信息员", []rbac.Permission{publish.Read, publish.Draft}},
			{"栏目审核人", []rbac.Permission{publish.Read, publish.Review}},
			{"报送员", []rbac.Permission{"exchange.report"}},
		},
		Columns: []publish.PatternColumn{
			news,
			column(2, nil, "通知", "notice", "需要本单位人员周知并办理的事项", 20, 1, 30),
			column(3, nil, "公告", "announcement", "需要本单位人员周知的事项", 30, 2, 90),
			column(4, nil, "信息简报", "briefing", "报送上级的信息简报", 40, 2, 30),
			column(5, &news.Key, "部门动态", "news", "各部门的日常工作", 10, 1, 15),
		},
	}, true
}
