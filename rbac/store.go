package rbac

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"hetu/tenant"
)

// A Grant is a right somebody was given.
type Grant struct {
	ID          uuid.UUID  `db:"id" json:"id"`
	SubjectKind string     `db:"subject_kind" json:"subject_kind" enum:"member,department,everyone,role,post"`
	SubjectID   uuid.UUID  `db:"subject_id" json:"subject_id"`
	RoleID      *uuid.UUID `db:"role_id" json:"role_id"`
	RoleName    string     `db:"role_name" json:"role_name"`
	Permission  string     `db:"permission" json:"permission"`
	ScopeKind   string     `db:"scope_kind" json:"scope_kind"`
	ScopeID     uuid.UUID  `db:"scope_id" json:"scope_id"`
	Until       *time.Time `db:"until" json:"until"`
	GrantedBy   *uuid.UUID `db:"granted_by" json:"granted_by"`
	GrantedAt   time.Time  `db:"granted_at" json:"granted_at"`
	Case        *uuid.UUID `db:"case_id" json:"case_id,omitempty"` // the approval it was given by
}

// A NewGrant says what to give to whom: a role or one permission, everywhere
// or on a node. Exactly one of RoleID and Permission is set; to a role or a post
// only a permission is given.
type NewGrant struct {
	SubjectKind string     `json:"subject_kind" enum:"member,department,everyone,role,post"`
	SubjectID   uuid.UUID  `json:"subject_id"`
	RoleID      *uuid.UUID `json:"role_id,omitempty"`
	Permission  Permission `json:"permission,omitempty"`
	ScopeKind   string     `json:"scope_kind,omitempty"`
	ScopeID     *uuid.UUID `json:"scope_id,omitempty"`
	Until       *time.Time `json:"until,omitempty"`
	Case        uuid.UUID  `json:"-"` // the approval it is given by, if any
}

const grantColumns = `g.id, g.subject_kind, g.subject_id, g.role_id, coalesce(r.name, '') as role_name,
	coalesce(g.permission, '') as permission, g.scope_kind, g.scope_id, g.until, g.granted_by, g.granted_at, g.case_id`

// Give records g as given by the actor and makes it known to every node when
// the transaction commits. It audits itself.
func Give(ctx context.Context, tx *tenant.Tx, g NewGrant) (made Grant, err error) {
	scope := uuid.Nil
	if g.ScopeID != nil {
		scope = *g.ScopeID
	}
	if (g.ScopeKind == "") != (scope == uuid.Nil) {
		return made, ErrNotScoped.On("scope_id")
	}
	if g.SubjectKind == "everyone" {
		g.SubjectID = uuid.Nil
	}
	var permission *string
	if g.Permission != "" {
		s := string(g.Permission)
		permission = &s
	}
	err = tx.Get(ctx, &made, `
		with g as (
		  insert into grants (id, subject_kind, subject_id, role_id, permission, scope_kind, scope_id, until, granted_by, case_id)
		       values        ($1, $2,           $3,         $4,      $5,         $6,         $7,       $8,    $9,         $10)
		    returning *)
		select `+grantColumns+` from g left join roles r on r.tenant_id = g.tenant_id and r.id = g.role_id`,
		tenant.NewID(), g.SubjectKind, g.SubjectID, g.RoleID, permission, g.ScopeKind, scope, g.Until, tenant.Optional(tx.Actor.Member),
		tenant.Optional(g.Case))
	switch tenant.Constraint(err) {
	case "grants_uq":
		return made, ErrGranted
	case "grants_role_fkey":
		return made, ErrNoSuchRole.On("role_id")
	case "grants_one_thing":
		return made, ErrNoSuchRight.On("permission")
	case "grants_subject_known", "grants_subject_plain":
		return made, ErrNoSuchRight.On("subject_kind")
	}
	if err != nil {
		return made, err
	}
	tx.Audit("rbac.granted", "rbac/grant/"+made.ID.String(), made)
	return made, Changed(ctx, tx)
}

// TakeBack ends a grant and audits it. It returns ErrGrantNotFound if there is
// none; where narrows which grants may be taken back, by scope kind.
func TakeBack(ctx context.Context, tx *tenant.Tx, id uuid.UUID) error {
	var was Grant
	err := tx.Get(ctx, &was, `
		with g as (delete from grants where id = $1 returning *)
		select `+grantColumns+` from g left join roles r on r.tenant_id = g.tenant_id and r.id = g.role_id`, id)
	if errors.Is(err, tenant.ErrNoRows) {
		return ErrGrantNotFound
	}
	if err != nil {
		return err
	}
	tx.Audit("rbac.revoked", "rbac/grant/"+id.String(), was)
	return Changed(ctx, tx)
}

// A Search says which grants to list; what is nil or empty does not narrow it.
type Search struct {
	Subject    *uuid.UUID // to whom: the nil id is everyone
	Scope      *uuid.UUID // on which node: the nil id is everywhere
	Permission Permission // given by itself or by a role
	After      *uuid.UUID // a grant: those given before it
	Limit      int

	// Within narrows it to these departments and posts, and to who belongs to
	// them; nil: to none.
	Within []uuid.UUID
}

// Grants lists grants, newest first.
func Grants(ctx context.Context, tx *tenant.Tx, s Search) (gs []Grant, err error) {
	err = tx.Select(ctx, &gs, `
		select `+grantColumns+`
		  from grants g left join roles r on r.tenant_id = g.tenant_id and r.id = g.role_id
		 where ($1::uuid is null or g.subject_id = $1)
		   and ($2::uuid is null or g.scope_id = $2)
		   and ($3 = '' or g.permission = $3 or exists (
		         select from role_permissions p where p.role_id = g.role_id and p.permission = $3))
		   and ($4::uuid is null or g.id < $4)
		   and ($6::uuid[] is null or g.subject_id = any ($6) or g.subject_kind = 'member' and exists (
		         select from subjects b where b.member_id = g.subject_id and b.department_id = any ($6)))
		 order by g.id desc
		 limit $5`, s.Subject, s.Scope, string(s.Permission), s.After, s.Limit, tenant.Array(s.Within))
	return gs, err
}

// Hold says which posts a member holds, of those that rights are given to. What
// they no longer hold gives them nothing from this transaction on. Bind follows
// it and makes both known.
func Hold(ctx context.Context, tx *tenant.Tx, member uuid.UUID, posts []uuid.UUID) error {
	_, err := tx.Exec(ctx, `
		with gone as (delete from post_holders where member_id = $1 and post_id <> all ($2))
		insert into post_holders (member_id, post_id)
		select $1, p from unnest($2::uuid[]) as p
		on conflict on constraint post_holders_pkey do nothing`, member, tenant.Array(append([]uuid.UUID{}, posts...)))
	return err
}

// Bind says which departments a member belongs to, counting every department
// above one they hold a post in.
func Bind(ctx context.Context, tx *tenant.Tx, member uuid.UUID, departments []uuid.UUID) error {
	if _, err := tx.Exec(ctx, `
		delete from subjects where member_id = $1 and department_id <> all ($2)`,
		member, tenant.Array(departments)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		insert into subjects (member_id, department_id)
		select $1, d from unnest($2::uuid[]) as d
		on conflict on constraint subjects_pkey do nothing`,
		member, tenant.Array(departments)); err != nil {
		return err
	}
	return Changed(ctx, tx)
}

// Changed makes the tenant's rights of every node be read again once the
// transaction commits. The payload only names the tenant to look up.
func Changed(ctx context.Context, tx *tenant.Tx) error {
	_, err := tx.Exec(ctx, `
		with v as (
		  insert into rights_versions as r (version) values (1)
		  on conflict on constraint rights_versions_pkey do update set version = r.version + 1
		  returning tenant_id)
		select pg_notify('hetu_rights', tenant_id::text) from v`)
	tx.Changes(tenant.Change{Kind: "rights", Subject: tx.Actor.Tenant})
	return err
}

// Seed gives a new tenant its roles, with the permissions that declared names
// for each, and gives Staff to everyone. It may run again: then it adds what
// has been declared since.
func Seed(ctx context.Context, tx *tenant.Tx, declared []Right) error {
	for _, role := range Roles {
		if _, err := tx.Exec(ctx, `
			insert into roles (id, code, name, builtin) values ($1, $2, $3, true)
			on conflict on constraint roles_code_uq do nothing`,
			tenant.NewID(), string(role), Names[role]); err != nil {
			return fmt.Errorf("rbac: seed: %w", err)
		}
	}
	for _, r := range declared {
		codes := make([]string, len(r.Roles))
		for i, role := range r.Roles {
			codes[i] = string(role)
		}
		if _, err := tx.Exec(ctx, `
			insert into role_permissions (role_id, permission)
			select id, $1 from roles where code = any ($2)
			on conflict on constraint role_permissions_pkey do nothing`,
			string(r.Permission), tenant.Array(codes)); err != nil {
			return fmt.Errorf("rbac: seed: %w", err)
		}
	}
	staff, err := RoleID(ctx, tx, Staff)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		insert into grants (id, subject_kind, subject_id, role_id)
		values ($1, 'everyone', $2, $3) on conflict on constraint grants_uq do nothing`,
		tenant.NewID(), uuid.Nil, staff); err != nil {
		return fmt.Errorf("rbac: seed: %w", err)
	}
	tx.Audit("rbac.seeded", "rbac/roles", len(declared))
	return Changed(ctx, tx)
}

// RoleID returns the id of a built-in role in the tenant, or ErrNoSuchRole.
func RoleID(ctx context.Context, tx *tenant.Tx, role Role) (id uuid.UUID, err error) {
	err = tx.Get(ctx, &id, `select id from roles where code = $1`, string(role))
	if errors.Is(err, tenant.ErrNoRows) {
		return id, ErrNoSuchRole
	}
	return id, err
}

// Holders returns the members who have p on the node with this path, or
// everywhere: by themselves, or by their department, post or role. Whoever a
// sanction withholds it from is not among them.
func Holders(ctx context.Context, tx *tenant.Tx, p Permission, path []uuid.UUID) (members []uuid.UUID, err error) {
	err = tx.Select(ctx, &members, `
		select distinct h.member_id
		  from held h
		 where h.permission = $1 and h.member_id <> $3
		   and (h.scope_kind = '' or h.scope_id = any ($2))
		   and (h.until is null or h.until > now())
		   and not exists (select from restricted x where x.member_id = h.member_id and (x.permissions = '{}' or h.permission = any (x.permissions)))
		 order by 1`, string(p), tenant.Array(path), uuid.Nil)
	return members, err
}

// A Reason is one grant that gives somebody a right on a node.
type Reason struct {
	GrantID     uuid.UUID `db:"grant_id" json:"grant_id"`
	MemberID    uuid.UUID `db:"member_id" json:"member_id"` // nil if it is given to everyone
	Permission  string    `db:"permission" json:"permission"`
	SubjectKind string    `db:"subject_kind" json:"subject_kind"`
	SubjectID   uuid.UUID `db:"subject_id" json:"subject_id"`
	RoleName    string    `db:"role_name" json:"role_name"` // empty if the permission was granted by itself
	ScopeID     uuid.UUID `db:"scope_id" json:"scope_id"`   // nil if it holds everywhere

	GrantedBy *uuid.UUID `db:"granted_by" json:"granted_by"` // nil: it came with the tenant
	GrantedAt time.Time  `db:"granted_at" json:"granted_at"`
	Until     *time.Time `db:"until" json:"until"`
}

// Why lists every grant that gives anybody one of ps on the node with this
// path: the answer to "who may publish here, and why?".
func Why(ctx context.Context, tx *tenant.Tx, ps []Permission, path []uuid.UUID) (rs []Reason, err error) {
	codes := make([]string, len(ps))
	for i, p := range ps {
		codes[i] = string(p)
	}
	rs = []Reason{}
	err = tx.Select(ctx, &rs, `
		select h.grant_id, h.member_id, h.permission, h.subject_kind, h.subject_id,
		       coalesce(r.name, '') as role_name, h.scope_id, h.granted_by, h.granted_at, h.until
		  from held h
		  left join roles r on r.id = h.role_id
		 where h.permission = any ($1)
		   and (h.scope_kind = '' or h.scope_id = any ($2))
		   and (h.until is null or h.until > now())
		   and not exists (select from restricted x where x.member_id = h.member_id and (x.permissions = '{}' or h.permission = any (x.permissions)))
		 order by 3, 2, 1`, tenant.Array(codes), tenant.Array(path))
	return rs, err
}
