-- +goose Up
-- What people ask to be allowed, who agreed, and what became of it (R260-R263).
create table access_requests (
  tenant_id     uuid not null default app_tenant(),
  id            uuid not null,
  member_id     uuid not null,          -- who asks, for themself
  department_id uuid not null,          -- where they work
  role_id       uuid,
  permission    text,
  what          text not null constraint access_requests_worded check (what <> ''), -- as it was called then
  scope_kind    text not null default '',
  scope_id      uuid not null default '00000000-0000-0000-0000-000000000000',
  until         timestamptz,
  reason        text not null constraint access_requests_reason_present check (reason <> ''),
  hash          text not null,          -- of what is asked for
  asked         uuid[] not null,        -- members who may be asked to agree
  state         text not null default 'open' constraint access_requests_state_known check (state in ('open', 'applied', 'returned', 'withdrawn')),
  case_id       uuid not null,
  made_at       timestamptz not null,
  ended_at      timestamptz,
  ended_reason  text not null default '',
  grant_id      uuid,                   -- what was given; null if they had it by then
  minutes       int,                    -- of working time until it was applied
  constraint access_requests_pkey primary key (tenant_id, id),
  constraint access_requests_one_thing check ((role_id is null) <> (permission is null)),
  constraint access_requests_ended check ((state = 'open') = (ended_at is null)),
  constraint access_requests_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id),
  constraint access_requests_department_fkey foreign key (tenant_id, department_id) references departments (tenant_id, id) on delete cascade,
  constraint access_requests_role_fkey foreign key (tenant_id, role_id) references roles (tenant_id, id) on delete cascade
);
create unique index access_requests_open_uq on access_requests (tenant_id, member_id, role_id, permission, scope_id) nulls not distinct where state = 'open';
create index access_requests_member_ix on access_requests (tenant_id, member_id, id desc);
create index access_requests_department_ix on access_requests (tenant_id, department_id);
create index access_requests_role_ix on access_requests (tenant_id, role_id);
call confine('access_requests');

-- Where there are people already, the roles get what a new tenant's have.
alter table roles no force row level security;
alter table role_permissions no force row level security;
insert into role_permissions (tenant_id, role_id, permission)
select r.tenant_id, r.id, p.permission
  from roles r join (values ('admin', 'access.view'), ('security', 'access.view'), ('auditor', 'access.view'),
                            ('security', 'access.freeze'), ('office', 'access.approve')) as p (code, permission) on p.code = r.code
 where r.builtin
on conflict on constraint role_permissions_pkey do nothing;
alter table roles force row level security;
alter table role_permissions force row level security;
