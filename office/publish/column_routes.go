package publish

import (
	"context"
	"time"

	"github.com/google/uuid"

	"hetu/feature"
	"hetu/rbac"
	"hetu/tenant"
)

// ColumnAttempt is the deed of trying to set up or change a column without being
// the Office (R024, I13).
const ColumnAttempt = "publish.column_attempt"

// columnRoutes: columns are the Office's alone (R022); whoever else tries is
// refused, and that is recorded (R024). A department applies (R023).
func columnRoutes() []feature.Route {
	const columns, wishes = "/publish/columns", "/publish/applications"
	routes := []feature.Route{
		feature.POST(columns, Manage, feature.Write(openColumn)),
		feature.PATCH(columns+"/{id}", Manage, feature.Write(changeColumn)),
		feature.DELETE(columns+"/{id}", Manage, feature.Write(removeColumn)),
		feature.POST(columns+"/{id}/disable", Manage, feature.Write(disable)),
		feature.POST(columns+"/{id}/enable", Manage, feature.Write(enable)),
		feature.POST(columns+"/{id}/merge", Manage, feature.Write(merge)),
		feature.GET("/publish/subjects", Manage, feature.Read(grantSubjects)),
		feature.POST(columns+"/{id}/grants", Manage, feature.Write(grant)),
		feature.DELETE(columns+"/{id}/grants/{grant}", Manage, feature.Write(revoke)),
		feature.POST("/publish/places", Manage, feature.Write(openPlaces)),
		feature.POST(wishes+"/{id}/consent", Manage, feature.Write(consent)),
		feature.POST(wishes+"/{id}/refuse", Manage, feature.Write(refuse)),
	}
	for i, r := range routes {
		routes[i] = r.Refused(attempted)
	}
	return append(routes,
		feature.GET("/publish/places", Manage, feature.Read(places)),
		feature.GET(columns, rbac.Member, feature.Read(listColumns)),
		feature.GET(columns+"/{id}/rights", Manage, feature.Read(holders)),
		feature.GET(columns+"/{id}/naming", rbac.Member, feature.Read(naming)),

		feature.GET(wishes, rbac.Member, feature.Read(listApplications)).Sheet(applicationSheet),
		feature.POST(wishes, rbac.Member, feature.Write(applyFor)),
		feature.GET(wishes+"/{id}", rbac.Member, feature.Read(showApplication)),
		feature.POST(wishes+"/{id}/withdraw", rbac.Member, feature.Write(withdrawApplication)),
	)
}

// attemptsApart is how far apart the recorded attempts of one person are: who
// tries a thousand times a minute fills no log.
const attemptsApart = time.Minute

// attempted records a refused attempt at a column: in the audit log once per
// person, route and minute, and as a deed once per person and minute. Who has
// the right and was refused for another reason has attempted nothing.
func attempted(ctx context.Context, tx *tenant.Tx, r feature.Refusal) error {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('publish.attempt ' || $1::text, 0))`, tx.Actor.Member); err != nil {
		return err
	}
	var before struct {
		Route bool `db:"route"`
		Any   bool `db:"any"`
	}
	err := tx.Get(ctx, &before, `
		select coalesce(bool_or(detail ->> 'route' = $2), false) as route, count(*) > 0 as any
		  from audit_entries
		 where member_id = $1 and action = 'refused' and detail ->> 'attempt' = 'column' and at > $3`,
		tx.Actor.Member, r.Route, tx.Now.Add(-attemptsApart))
	if err != nil || before.Route {
		return err
	}
	tx.Audit("refused", r.Path, map[string]string{"route": r.Route, "code": r.Code, "attempt": "column"})
	if before.Any || may(ctx, Manage) {
		return nil
	}
	return countAttempt(ctx, tx, r)
}

// countAttempt writes the deed, to the account of the person's main department.
func countAttempt(ctx context.Context, tx *tenant.Tx, r feature.Refusal) error {
	d := tenant.Deed{Kind: ColumnAttempt, Unit: tx.Actor.Tenant, UnitKind: "tenant", Item: "publish/columns", Title: r.Route}
	var home []uuid.UUID
	if err := tx.Select(ctx, &home, `select department_id from posts where member_id = $1 and main`, tx.Actor.Member); err != nil {
		return err
	}
	for _, department := range home {
		d.Unit, d.UnitKind = department, "department"
	}
	if id, err := uuid.Parse(r.Param("id")); err == nil {
		var names []string
		if err := tx.Select(ctx, &names, `select name from columns where id = $1`, id); err != nil {
			return err
		}
		for _, name := range names {
			d.Item, d.Title = columnObject(id), name
		}
	}
	tx.Deed(d)
	return nil
}
