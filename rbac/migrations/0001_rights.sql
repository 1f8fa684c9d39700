-- +goose Up
-- Roles bundle permissions; a grant gives a role or one permission to a member,
-- a department or everyone, everywhere or on one node of a tree and all below it.
create table roles (
  tenant_id   uuid not null default app_tenant(),
  id          uuid not null,
  code        text not null,
  name        text not null constraint roles_name_present check (name <> ''),
  builtin     boolean not null default false,
  version     int not null default 1,
  constraint roles_pkey primary key (tenant_id, id),
  constraint roles_code_uq unique (tenant_id, code)
);
call confine('roles');

create table role_permissions (
  tenant_id  uuid not null default app_tenant(),
  role_id    uuid not null,
  permission text not null,
  constraint role_permissions_pkey primary key (tenant_id, role_id, permission),
  constraint role_permissions_role_fkey foreign key (tenant_id, role_id) references roles (tenant_id, id) on delete cascade
);
call confine('role_permissions');

create table grants (
  tenant_id    uuid not null default app_tenant(),
  id           uuid not null,
  subject_kind text not null constraint grants_subject_known check (subject_kind in ('member', 'department', 'everyone')),
  subject_id   uuid not null,
  role_id      uuid,
  permission   text,
  scope_kind   text not null default '',
  scope_id     uuid not null default '00000000-0000-0000-0000-000000000000',
  until        timestamptz,
  granted_by   uuid,
  granted_at   timestamptz not null default now(),
  constraint grants_pkey primary key (tenant_id, id),
  constraint grants_one_thing check ((role_id is null) <> (permission is null)),
  constraint grants_role_fkey foreign key (tenant_id, role_id) references roles (tenant_id, id) on delete cascade,
  constraint grants_uq unique nulls not distinct (tenant_id, subject_kind, subject_id, role_id, permission, scope_kind, scope_id)
);
create index grants_scope_ix on grants (tenant_id, scope_id);
call confine('grants');

-- Which departments a member belongs to, directly or through a department
-- below: written by org when posts or departments change.
create table subjects (
  tenant_id     uuid not null default app_tenant(),
  member_id     uuid not null,
  department_id uuid not null,
  constraint subjects_pkey primary key (tenant_id, member_id, department_id)
);
call confine('subjects');

-- Counts the changes of a tenant's rights, so that a node that missed the
-- notice still finds out.
create table rights_versions (
  tenant_id uuid not null default app_tenant(),
  version   bigint not null default 1,
  constraint rights_versions_pkey primary key (tenant_id)
);
call confine('rights_versions');
