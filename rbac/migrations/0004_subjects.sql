-- +goose Up
-- A right may also be given to a role, that is to whoever has it, and to a post:
-- to whoever has that place, today and after today. Such a grant gives one
-- permission and no role, so that nothing follows from itself.
alter table grants
  drop constraint grants_subject_known,
  add constraint grants_subject_known check (subject_kind in ('member', 'department', 'everyone', 'role', 'post')),
  add constraint grants_subject_plain check (subject_kind not in ('role', 'post') or role_id is null);
create index grants_subject_ix on grants (tenant_id, subject_id);

-- Which posts a member holds: written by org when posts change.
create table post_holders (
  tenant_id uuid not null default app_tenant(),
  member_id uuid not null,
  post_id   uuid not null,
  constraint post_holders_pkey primary key (tenant_id, member_id, post_id)
);
call confine('post_holders');
create index post_holders_post_ix on post_holders (tenant_id, post_id);
create index subjects_department_ix on subjects (tenant_id, department_id);

-- Who stands behind a subject that is more than one person. The nil id is
-- everybody: a role may be given to all.
create view bearers with (security_invoker = true) as
  select 'department' as subject_kind, s.department_id as subject_id, s.member_id from subjects s
  union all
  select 'post', p.post_id, p.member_id from post_holders p
  union all
  select 'role', g.role_id, g.subject_id from grants g
   where g.role_id is not null and g.scope_kind = '' and g.subject_kind in ('member', 'everyone') and (g.until is null or g.until > now())
  union all
  select 'role', g.role_id, s.member_id from grants g join subjects s on s.tenant_id = g.tenant_id and s.department_id = g.subject_id
   where g.role_id is not null and g.scope_kind = '' and g.subject_kind = 'department' and (g.until is null or g.until > now());
grant select on bearers to hetu_app;

-- What everybody has been given, one row for each person and grant and
-- permission; the nil id is everybody.
create view held with (security_invoker = true) as
  select g.id as grant_id, coalesce(g.permission, rp.permission) as permission, g.subject_kind, g.subject_id, g.role_id,
         g.scope_kind, g.scope_id, g.until, g.granted_by, g.granted_at, g.subject_id as member_id
    from grants g left join role_permissions rp on rp.tenant_id = g.tenant_id and rp.role_id = g.role_id
   where g.subject_kind in ('member', 'everyone')
  union all
  select g.id, coalesce(g.permission, rp.permission), g.subject_kind, g.subject_id, g.role_id,
         g.scope_kind, g.scope_id, g.until, g.granted_by, g.granted_at, b.member_id
    from grants g
    join bearers b on b.subject_kind = g.subject_kind and b.subject_id = g.subject_id
    left join role_permissions rp on rp.tenant_id = g.tenant_id and rp.role_id = g.role_id;
grant select on held to hetu_app;
