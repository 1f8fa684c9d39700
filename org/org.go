// Package org knows the people of a tenant: its departments, who sits in them,
// what each person may do, and how they come in.
//
// A member is a person as one tenant knows them; the account behind it is the
// natural person, who may be a member of several tenants and switch. Being head
// of a department gives no right by itself: grants do.
package org

import (
	"time"

	"hetu/fault"
	"hetu/rbac"
	"hetu/tenant"
)

// The permissions of people and rights.
const (
	Manage rbac.Permission = "org.manage" // departments, members, posts
	Grant  rbac.Permission = "org.grant"  // gives and takes rights
	Audit  rbac.Permission = "org.audit"  // sees roles and grants
)

// Powers make somebody an administrator: people, rights, and watching both, which
// the audit declares. Nobody has two of them (AU-05).
var Powers = []rbac.Permission{Manage, Grant, "audit.read"}

// What can go wrong at the door.
var (
	ErrCredentials  = fault.New(fault.Unauthenticated, "org.credentials")
	ErrLocked       = fault.New(fault.Unauthenticated, "org.locked")
	ErrSuspended    = fault.New(fault.Forbidden, "org.tenant_suspended")
	ErrNoTenant     = fault.New(fault.NotFound, "org.no_such_tenant")
	ErrNotYourPlace = fault.New(fault.NotFound, "org.not_a_member_there")
	ErrNoSession    = fault.New(fault.NotFound, "org.session_not_found")
	ErrLink         = fault.New(fault.NotFound, "org.link_invalid")
	ErrOpened       = fault.New(fault.Conflict, "org.tenant_opened")
	ErrMemberHere   = fault.New(fault.Conflict, "org.already_a_member")
	ErrOldPassword  = fault.New(fault.Invalid, "org.password_wrong")
	ErrWeakPassword = fault.New(fault.Invalid, "org.password_weak")
	ErrSamePassword = fault.New(fault.Invalid, "org.password_same")
	ErrAddress      = fault.New(fault.TooMany, "org.address_refused")
	ErrBusy         = fault.New(fault.TooMany, "org.busy")
)

// What can go wrong with people, departments and grants.
var (
	ErrStale          = fault.New(fault.Conflict, "org.stale")
	ErrNoDepartment   = fault.New(fault.NotFound, "org.department_not_found")
	ErrDepartmentName = fault.New(fault.Conflict, "org.department_taken")
	ErrDepartmentUsed = fault.New(fault.Conflict, "org.department_in_use")
	ErrCycle          = fault.New(fault.Invalid, "org.department_cycle")
	ErrFull           = fault.New(fault.Conflict, "org.departments_full")
	ErrDeep           = fault.New(fault.Invalid, "org.department_too_deep")
	ErrNoMember       = fault.New(fault.NotFound, "org.member_not_found")
	ErrLogin          = fault.New(fault.Conflict, "org.login_taken")
	ErrState          = fault.New(fault.Conflict, "org.wrong_state")
	ErrSelf           = fault.New(fault.Conflict, "org.own_account")
	ErrShared         = fault.New(fault.Conflict, "org.account_shared")
	ErrLastAdmin      = fault.New(fault.Conflict, "org.last_admin")
	ErrNoPost         = fault.New(fault.NotFound, "org.post_not_found")
	ErrPostTaken      = fault.New(fault.Conflict, "org.post_taken")
	ErrMainPost       = fault.New(fault.Invalid, "org.main_post")
	ErrHeadTaken      = fault.New(fault.Conflict, "org.head_taken")
	ErrLastPost       = fault.New(fault.Conflict, "org.last_post")
	ErrManyRoles      = fault.New(fault.Conflict, "org.too_many_roles")
	ErrReserved       = fault.New(fault.Invalid, "org.permission_reserved")
	ErrOwnGrant       = fault.New(fault.Forbidden, "org.own_grant")
	ErrPersonalRole   = fault.New(fault.Invalid, "org.role_personal")
	ErrExclusive      = fault.New(fault.Conflict, "org.roles_exclusive")
	ErrNoSubject      = fault.New(fault.Invalid, "org.no_such_subject")
	ErrUntil          = fault.New(fault.Invalid, "org.until_past")
	ErrOutstayed      = fault.New(fault.Conflict, "org.outstayed") // their last day is over
	ErrAuditorFirst   = fault.New(fault.Conflict, "org.auditor_first")
	ErrOutside        = fault.New(fault.Forbidden, "org.outside_own_department")
)

// A Path is the way from a root of a tree down to a node: ids, the node last.
type Path = tenant.IDs

// change is what a row says of its last change, for whoever came too late.
type change struct {
	Version int          `db:"version"`
	By      string       `db:"changed_by"`
	At      time.Time    `db:"changed_at"`
	Fields  tenant.Texts `db:"changed"`
}

func (c change) stale() error {
	return ErrStale.With("version", c.Version).With("changed_by", c.By).
		With("changed_at", c.At).With("changed", []string(c.Fields))
}
