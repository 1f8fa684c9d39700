// Package access lets people ask for rights, takes rights away for a time, and
// answers who may do what and why.
//
// Who asks is never who grants: the head of the department agrees, the leader who
// is named for it approves, and the approval gives the right in the same
// transaction (R260-R263). A sanction withholds rights from a beginning to an end,
// with a reason (R270). What the administrators may do themselves is told apart
// from what they may give (AU-05).
package access

import (
	"context"
	"embed"
	"time"

	"github.com/google/uuid"

	"hetu/fault"
	"hetu/feature"
	"hetu/job"
	"hetu/org"
	"hetu/rbac"
	"hetu/tenant"
)

// The permissions of this feature.
const (
	View    rbac.Permission = "access.view"    // sees who may do what, what was asked for, and sanctions
	Approve rbac.Permission = "access.approve" // approves what people ask for
	Freeze  rbac.Permission = "access.freeze"  // imposes and lifts sanctions
)

// What can go wrong here.
var (
	ErrNotFound  = fault.New(fault.NotFound, "access.request_not_found")
	ErrAppointed = fault.New(fault.Invalid, "access.appointed")      // the three administrators are appointed, nobody asks to be one
	ErrHeld      = fault.New(fault.Conflict, "access.already_held")  // who asks has it
	ErrOpen      = fault.New(fault.Conflict, "access.already_asked") // and has asked for it
	ErrNoScope   = fault.New(fault.Invalid, "access.no_such_node")
	ErrNoHead    = fault.New(fault.Conflict, "access.no_head")     // nobody leads the department or one above it
	ErrNobody    = fault.New(fault.Conflict, "access.no_approver") // nobody may approve
	ErrPeriod    = fault.New(fault.Invalid, "access.period")       // a sanction ends after it begins, and within a year
	ErrSelf      = fault.New(fault.Conflict, "access.own_sanction")
	ErrNoMember  = fault.New(fault.Invalid, "access.no_such_member")
)

// kind is the kind of approval.
const kind = "access.request"

// A Step is one stage of what a request goes through.
type Step struct {
	Name   string
	People []uuid.UUID
}

// A Submission is a request as it is handed in for approval.
type Submission struct {
	Subject     uuid.UUID
	Title, Hash string
	Unit        uuid.UUID
	Steps       []Step
}

// A Notice is what to tell, and whom.
type Notice struct {
	To         []uuid.UUID
	Code, Href string
	Params     map[string]string
}

// Paths returns the ids of a node of one tree and of those above it, the root's
// first; none if there is no such node.
type Paths func(ctx context.Context, tx *tenant.Tx, id uuid.UUID) ([]uuid.UUID, error)

// Deps are what the feature needs of others.
type Deps struct {
	Rights func() []rbac.Right
	Words  func() map[string]string // what permissions are called, for the titles of requests
	Names  map[string]org.Naming    // how nodes are called, by the kind of scope
	Paths  map[string]Paths         // where they stand, likewise
	Start  func(context.Context, *tenant.Tx, Submission) (uuid.UUID, error)
	Notify func(context.Context, *tenant.Tx, ...Notice) error

	// Minutes returns the working time between two moments.
	Minutes func(ctx context.Context, tx *tenant.Tx, from, to time.Time) (int, error)
}

type desk struct{ Deps }

//go:embed migrations
var files embed.FS

// Feature is what asking for rights, sanctions and explanations add to the system.
func Feature(d Deps) feature.Feature {
	k := &desk{d}
	return feature.Feature{
		Name: "access",
		Rights: []rbac.Right{
			{Permission: View, Roles: []rbac.Role{rbac.Admin, rbac.Security, rbac.Auditor}},
			{Permission: Approve, Roles: []rbac.Role{rbac.Office}},
			{Permission: Freeze, Roles: []rbac.Role{rbac.Security}},
		},
		Routes: []feature.Route{
			feature.GET("/access/mine", rbac.Member, feature.Read(k.mine)),
			feature.GET("/access/choices", rbac.Member, feature.Read(k.choices)),
			feature.GET("/access/requests", rbac.Member, feature.Read(k.list)),
			feature.POST("/access/requests", rbac.Member, feature.Write(k.ask)),
			feature.GET("/access/requests/{id}", rbac.Member, feature.Read(k.show)),

			feature.GET("/access/explain", View, feature.Read(k.explain)).Recorded("access.looked"),
			feature.GET("/access/administrators", View, feature.Read(administrators)),
			feature.GET("/access/restrictions", View, feature.Read(restrictions)),
			feature.POST("/access/restrictions", Freeze, feature.Write(k.restrict)),
			feature.POST("/access/restrictions/{id}/lift", Freeze, feature.Write(k.lift)),
		},
		Approvals:  []feature.Approval{{Kind: kind, Checks: []string{"needed"}, Current: current, Decided: k.decided}},
		Rounds:     []job.Round{{Name: "access.sanctions", Every: time.Minute, Run: k.over}},
		Indicators: []feature.Indicator{{Kind: "access.applied", Name: "权限变更办理", Good: true}},
		Migrations: files,
	}
}
