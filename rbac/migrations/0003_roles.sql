-- +goose Up
-- Tenants make roles of their own: no two have the same name, and who changed
-- one last is said to whoever comes too late.
alter table roles
  add column changed_by text not null default '',
  add column changed_at timestamptz not null default now(),
  add column changed    text[] not null default '{}',
  add constraint roles_name_uq unique (tenant_id, name);
create index grants_role_ix on grants (tenant_id, role_id);
