-- +goose Up
-- Of which versions of the pattern of columns issued above the Office has been
-- told (R025). Those issued before this do not count as news.
create table pattern_told (
  tenant_id  uuid not null default app_tenant(),
  pattern_id uuid not null,
  at         timestamptz not null default now(),
  constraint pattern_told_pkey primary key (tenant_id, pattern_id)
);
alter table column_patterns no force row level security;
insert into pattern_told (tenant_id, pattern_id)
  select t.id, p.id from platform.tenants t join column_patterns p on p.tenant_id = any (t.path) and p.tenant_id <> t.id;
alter table column_patterns force row level security;
call confine('pattern_told', 'select, insert');
