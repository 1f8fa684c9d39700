-- +goose Up
-- Rights are given by the security administrator, who is neither the system
-- administrator nor the auditor (AU-05). Where there are people already, whoever
-- is system administrator keeps the right to give rights until they hand it over
-- by appointing somebody.
alter table roles no force row level security;
alter table role_permissions no force row level security;
alter table grants no force row level security;
insert into roles (tenant_id, id, code, name, builtin)
select r.tenant_id, gen_random_uuid(), 'security',
       case when exists (select from roles o where o.tenant_id = r.tenant_id and o.name = '安全管理员') then '安全管理员（三员）' else '安全管理员' end, true
  from roles r where r.code = 'admin';
insert into role_permissions (tenant_id, role_id, permission)
select r.tenant_id, r.id, p from roles r cross join unnest(array['org.grant', 'org.audit']) as p where r.code = 'security';
insert into grants (tenant_id, id, subject_kind, subject_id, permission)
select g.tenant_id, gen_random_uuid(), 'member', g.subject_id, 'org.grant'
  from grants g join roles r on r.tenant_id = g.tenant_id and r.id = g.role_id
 where r.code = 'admin' and g.subject_kind = 'member' and g.scope_kind = '' and g.until is null
on conflict on constraint grants_uq do nothing;
delete from role_permissions p using roles r
 where r.tenant_id = p.tenant_id and r.id = p.role_id and r.code = 'admin' and p.permission = 'org.grant';
alter table roles force row level security;
alter table role_permissions force row level security;
alter table grants force row level security;

-- A right that was asked for and approved names the approval (R263).
alter table grants add column case_id uuid;

-- What somebody may not do for a time although they were given it: a sanction
-- with a beginning, an end and a reason (R270). No permissions: none at all.
create table restrictions (
  tenant_id   uuid not null default app_tenant(),
  id          uuid not null,
  member_id   uuid not null,
  permissions text[] not null default '{}',
  starts_at   timestamptz not null,
  ends_at     timestamptz not null,
  reason      text not null constraint restrictions_reason_present check (reason <> ''),
  basis       text not null constraint restrictions_basis_present check (basis <> ''), -- the decision it carries out
  imposed_by  uuid not null,
  imposed_at  timestamptz not null default now(),
  lifted_by   uuid,
  lifted_at   timestamptz,
  lift_reason text not null default '',
  over        boolean not null default false, -- its end has been told
  constraint restrictions_pkey primary key (tenant_id, id),
  constraint restrictions_order check (ends_at > starts_at),
  constraint restrictions_lifted check ((lifted_at is null) = (lifted_by is null))
);
create index restrictions_member_ix on restrictions (tenant_id, member_id, ends_at);
create index restrictions_ends_ix on restrictions (tenant_id, ends_at) where lifted_at is null;
call confine('restrictions');

-- The sanctions in force.
create view restricted with (security_invoker = true) as
  select x.id, x.member_id, x.permissions, x.starts_at, x.ends_at, x.reason
    from restrictions x
   where x.lifted_at is null and x.starts_at <= now() and x.ends_at > now();
grant select on restricted to hetu_app;
