package console

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"hetu/console/template"
	"hetu/fault"
	"hetu/feature"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

// What can go wrong with a list that has been read.
var (
	ErrNoList     = fault.New(fault.NotFound, "console.list_not_found")
	ErrListFaults = fault.New(fault.Conflict, "console.list_faulty") // meta: faulty
	ErrListState  = fault.New(fault.Conflict, "console.list_wrong_state")
)

// A Roll is a list of tenants somebody brought: looked through, then made.
type Roll struct {
	ID         uuid.UUID  `db:"id" json:"id"`
	GroupID    uuid.UUID  `db:"group_id" json:"group_id"`
	GroupName  string     `db:"group_name" json:"group_name"`
	Name       string     `db:"name" json:"name"` // of the file
	State      string     `db:"state" json:"state" enum:"checked,running,done,failed,dropped"`
	Total      int        `db:"total" json:"total"`
	Faulty     int        `db:"faulty" json:"faulty"` // rows with something wrong
	Done       int        `db:"done" json:"done"`
	Code       string     `db:"code" json:"code"` // why it failed
	MadeBy     string     `db:"made_by" json:"made_by"`
	TemplateID *uuid.UUID `db:"template_id" json:"template_id"`
	CreatedAt  time.Time  `db:"created_at" json:"created_at"`
	StartedAt  *time.Time `db:"started_at" json:"started_at"`
	EndedAt    *time.Time `db:"ended_at" json:"ended_at"`
	Version    int        `db:"version" json:"version"`
}

const rollRows = `
	select l.id, l.group_id, g.name as group_name, l.name, l.state, l.total, l.faulty, l.done, l.code, l.made_by, l.template_id, l.created_at, l.started_at,
	       l.ended_at, l.version
	  from platform.lists l join platform.groups g on g.id = l.group_id`

func (d *desk) listRoutes() []feature.Route {
	const lists = "/console/lists"
	return []feature.Route{
		feature.GET(lists+"/form", rbac.Operator, feature.OperatorRead(listForm)).Sheet(formSheet),
		feature.GET(lists, rbac.Operator, feature.OperatorRead(listRolls)),
		feature.POST(lists, rbac.Operator, feature.OperatorReceive(maxList, bringList)),
		feature.GET(lists+"/{id}", rbac.Operator, feature.OperatorRead(showRoll)),
		feature.GET(lists+"/{id}/rows", rbac.Operator, feature.OperatorRead(listEntries)),
		feature.POST(lists+"/{id}/start", rbac.Operator, feature.OperatorWrite(startList)),
		feature.POST(lists+"/{id}/drop", rbac.Operator, feature.OperatorWrite(dropList)),
		feature.POST(lists+"/{id}/links", rbac.Operator, feature.Door(listLinks)),
	}
}

type brought struct {
	Group    uuid.UUID  `json:"-" query:"group"`
	Name     string     `json:"-" query:"name"`
	Template *uuid.UUID `json:"-" query:"template"`
}

// bringList reads a list and says what is wrong with it. Nothing is made.
func bringList(ctx context.Context, db *tenant.DB, in brought, body io.Reader) (r Roll, err error) {
	content, err := io.ReadAll(body)
	if err != nil {
		return r, err
	}
	all, err := readList(content)
	if err != nil {
		return r, err
	}
	if in.Name = strings.TrimSpace(in.Name); in.Name == "" || len(in.Name) > 300 {
		in.Name = "list.xlsx"
	}
	return r, db.Operate(ctx, func(tx *tenant.Tx) error {
		var there bool
		err := tx.Get(ctx, &there, `select exists (select from platform.groups where id = $1)`, in.Group)
		switch {
		case err != nil:
			return err
		case !there:
			return ErrNoGroup.On("group")
		case in.Template != nil:
			if err := template.Usable(ctx, tx, in.Group, *in.Template); err != nil {
				return err
			}
		}
		rows := slices.Clone(all)
		for i := range rows {
			rows[i].Faults = slices.Clone(rows[i].Faults)
		}
		if err := checkEntries(ctx, tx, in.Group, rows); err != nil {
			return err
		}
		faulty := 0
		for _, e := range rows {
			if len(e.Faults) > 0 {
				faulty++
			}
		}
		id := tenant.NewID()
		_, err = tx.Exec(ctx, `
			insert into platform.lists (id, group_id, name, rows, total, faulty, template_id, operator_id, made_by, created_at)
			     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			id, in.Group, in.Name, tenant.JSON(rows), len(rows), faulty, in.Template, tx.Actor.Operator, tx.Actor.Name, tx.Now)
		if err != nil {
			return err
		}
		tx.Audit("console.list_brought", rollObject(id), map[string]any{"name": in.Name, "rows": len(rows), "faulty": faulty})
		r, err = findRoll(ctx, tx, id)
		return err
	})
}

func rollObject(id uuid.UUID) string { return "console/list/" + id.String() }

func findRoll(ctx context.Context, tx *tenant.Tx, id uuid.UUID) (r Roll, err error) {
	err = tx.Get(ctx, &r, rollRows+` where l.id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return r, ErrNoList
	}
	return r, err
}

func showRoll(ctx context.Context, tx *tenant.Tx, in byID) (Roll, error) {
	return findRoll(ctx, tx, in.ID)
}

var rollOrder = feature.NewOrder("-created_at", "l.id", func(r Roll) uuid.UUID { return r.ID },
	feature.ByTime("created_at", "l.created_at", func(r Roll) time.Time { return r.CreatedAt }))

type rollQuery struct{ feature.Page }

// Sorts are by what lists may be sorted.
func (rollQuery) Sorts() []string { return rollOrder.Names() }

func listRolls(ctx context.Context, tx *tenant.Tx, in rollQuery) (l feature.List[Roll], err error) {
	at, err := rollOrder.Read(in.Page)
	if err != nil {
		return l, err
	}
	p := args{in.Size() + 1}
	var rows []Roll
	err = tx.Select(ctx, &rows, rollRows+` where l.state <> 'dropped' and `+at.After(p.add)+` order by `+at.By()+` limit $1`, p...)
	return feature.Cut(rows, in.Size(), at.Cursor), err
}

// entriesOf are the rows of a list, whole: it is bounded.
func entriesOf(ctx context.Context, tx *tenant.Tx, id uuid.UUID) ([]Entry, error) {
	var row struct {
		Rows tenant.Rows[Entry] `db:"rows"`
	}
	err := tx.Get(ctx, &row, `select rows from platform.lists where id = $1`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		err = ErrNoList
	}
	return row.Rows, err
}

type entryQuery struct {
	feature.Page
	ID     uuid.UUID `json:"-" path:"id"`
	Faulty bool      `json:"-" query:"faulty"` // only rows with something wrong
}

// listEntries lists the rows of a list in the order of the file.
func listEntries(ctx context.Context, tx *tenant.Tx, in entryQuery) (l feature.List[Entry], err error) {
	after := 0
	if in.After != "" {
		if after, err = strconv.Atoi(in.After); err != nil {
			return l, feature.ErrMalformed.On("after")
		}
	}
	all, err := entriesOf(ctx, tx, in.ID)
	if err != nil {
		return l, err
	}
	var rows []Entry
	for _, e := range all {
		if e.Row > after && (!in.Faulty || len(e.Faults) > 0) && len(rows) <= in.Size() {
			rows = append(rows, e)
		}
	}
	return feature.Cut(rows, in.Size(), func(e Entry) string { return strconv.Itoa(e.Row) }), nil
}

type byVersion struct {
	ID      uuid.UUID `json:"-" path:"id"`
	Version int       `json:"version" minimum:"1"`
}

// startList has a list made that nothing is wrong with. It is looked through
// again when its rows are made: the world goes on meanwhile.
func startList(ctx context.Context, tx *tenant.Tx, in byVersion) (Roll, error) {
	r, err := findRoll(ctx, tx, in.ID)
	if err == nil && r.Faulty > 0 {
		err = ErrListFaults.With("faulty", r.Faulty)
	}
	if err != nil {
		return r, err
	}
	return turnList(ctx, tx, in, "running", `('checked', 'failed')`, "started_at = coalesce(started_at, now()), code = ''")
}

// dropList takes a list away that was not made.
func dropList(ctx context.Context, tx *tenant.Tx, in byVersion) (Roll, error) {
	return turnList(ctx, tx, in, "dropped", `('checked', 'failed')`, "ended_at = now()")
}

func turnList(ctx context.Context, tx *tenant.Tx, in byVersion, to, from, set string) (r Roll, err error) {
	n, err := tx.Exec(ctx, `
		update platform.lists set state = $3, `+set+`, version = version + 1
		 where id = $1 and version = $2 and state in `+from, in.ID, in.Version, to)
	if err != nil {
		return r, err
	}
	if r, err = findRoll(ctx, tx, in.ID); err != nil {
		return r, err
	}
	if n == 0 {
		return r, ErrListState.With("state", r.State).With("version", r.Version)
	}
	tx.Audit("console.list_"+to, rollObject(in.ID), map[string]any{"name": r.Name, "rows": r.Total})
	return r, nil
}

// An Invitation is the link of the first administrator of a tenant of a list.
type Invitation struct {
	Row        int    `json:"row"`
	Slug       string `json:"slug"`
	Name       string `json:"name"`
	AdminName  string `json:"admin_name"`
	AdminLogin string `json:"admin_login"`
	Token      string `json:"link_token"`
}

// listLinks makes the links of all tenants of a list that nobody has come to
// yet, anew: links made before are good for nothing from now on. A door, because
// the answer holds their tokens and must not be kept.
func listLinks(ctx context.Context, d feature.Deps, _ *feature.Client, in byID) (l feature.List[Invitation], err error) {
	err = d.Operators.Operate(ctx, func(tx *tenant.Tx) error {
		l.Items = []Invitation{}
		all, err := entriesOf(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		var waiting []uuid.UUID
		err = tx.Select(ctx, &waiting, `
			select t.id from platform.tenants t where t.opened_at is null and t.id = any (
			  select (e->>'id')::uuid from platform.lists l, jsonb_array_elements(l.rows) e where l.id = $1)`, in.ID)
		if err != nil {
			return err
		}
		for _, e := range all {
			if !slices.Contains(waiting, e.ID) {
				continue
			}
			token, err := invite(ctx, tx, e.ID, e.AdminLogin, e.AdminName)
			if err != nil {
				return err
			}
			l.Items = append(l.Items, Invitation{e.Row, e.Slug, e.Name, e.AdminName, e.AdminLogin, token})
		}
		tx.Audit("console.list_links_made", rollObject(in.ID), map[string]int{"links": len(l.Items)})
		return nil
	})
	return l, err
}

// inviteNobody writes down who a tenant's first administrator is to be, with a
// link nobody has.
func inviteNobody(ctx context.Context, tx *tenant.Tx, e Entry) error {
	_, err := tx.Exec(ctx, `
		insert into platform.activations (id, token_hash, tenant_id, kind, login, name, expires_at)
		values ($1, $2, $3, 'first_admin', $4, $5, now())`, tenant.NewID(), org.TokenHash(org.NewToken()), e.ID, e.AdminLogin, e.AdminName)
	return err
}

// A Form is an example row of a list, as a workbook to fill in.
type formRow struct {
	Name       string `json:"name"`
	ShortName  string `json:"short_name"`
	Slug       string `json:"slug"`
	Kind       string `json:"kind"`
	ParentSlug string `json:"parent_slug"`
	AdminName  string `json:"admin_name"`
	AdminLogin string `json:"admin_login"`
	Seats      string `json:"seats"`
	GB         string `json:"gb"`
	ExpiresOn  string `json:"expires_on"`
	Off        string `json:"off"`
	Domain     string `json:"domain"`
}

func listForm(context.Context, *tenant.Tx, feature.Page) (l feature.List[formRow], err error) {
	l.Items = []formRow{{"云岭市水务局（示例，填写前删除本行）", "云岭水务局", "yunling", "分支机构", "", "张敏", "zhangmin", "80", "50", "2027-12-31", "", ""}}
	return l, nil
}

var formSheet = feature.Sheet{
	Name: feature.Text{ZH: "单位清单", EN: "List of tenants"},
	Columns: []feature.Column{
		{Head: feature.Text{ZH: "全称", EN: "Name"}, Path: "name"}, {Head: feature.Text{ZH: "简称", EN: "Short name"}, Path: "short_name"},
		{Head: feature.Text{ZH: "代码", EN: "Code"}, Path: "slug"}, {Head: feature.Text{ZH: "类别", EN: "Kind"}, Path: "kind"},
		{Head: feature.Text{ZH: "上级代码", EN: "Code above"}, Path: "parent_slug"},
		{Head: feature.Text{ZH: "管理员姓名", EN: "Administrator"}, Path: "admin_name"}, {Head: feature.Text{ZH: "管理员账号", EN: "Login"}, Path: "admin_login"},
		{Head: feature.Text{ZH: "人数上限", EN: "Seats"}, Path: "seats"}, {Head: feature.Text{ZH: "空间（GB）", EN: "Space (GB)"}, Path: "gb"},
		{Head: feature.Text{ZH: "到期日", EN: "Last day"}, Path: "expires_on"}, {Head: feature.Text{ZH: "停用模块", EN: "Modules off"}, Path: "off"},
		{Head: feature.Text{ZH: "域名", EN: "Domain"}, Path: "domain"},
	},
}
