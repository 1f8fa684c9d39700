-- +goose Up
-- Templates: how a unit is set up, for another to be opened with or to take over
-- and keep as its own (R025). One is of the operators, or of a tenant for those
-- below it; a version is never changed.
alter table platform.tenants add column template_id uuid; -- what it is opened with; null: nothing besides what everybody gets
create table platform.templates (
  id          uuid not null constraint templates_pkey primary key,
  source_id   uuid constraint templates_source_fkey references platform.tenants (id), -- null: the operators'
  source_name text not null,
  name        text not null constraint templates_name_present check (name <> ''),
  version     int not null,
  note        text not null,
  body        jsonb not null, -- {departments, roles, columns}
  made_by     text not null,
  made_at     timestamptz not null default now(),
  constraint templates_version_uq unique nulls not distinct (source_id, name, version)
);
grant select, insert on platform.templates to hetu_operator;
grant select on platform.templates to hetu_backup;

-- +goose StatementBegin
-- What the tenant of the transaction may take over: its own templates and those
-- of the tenants above it.
create function platform.templates_seen()
returns table (id uuid, own boolean, source_name text, name text, version int, newest boolean, note text, body jsonb, made_by text, made_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.id, t.source_id = public.app_tenant(), t.source_name, t.name, t.version,
         not exists (select from platform.templates n where n.source_id = t.source_id and n.name = t.name and n.version > t.version),
         t.note, t.body, t.made_by, t.made_at
    from platform.templates t
   where t.source_id = any ((select path from platform.tenants where id = public.app_tenant())::uuid[])
$$;

create function platform.template_issue(template uuid, called text, about text, content jsonb, who text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into platform.templates (id, source_id, source_name, name, version, note, body, made_by)
  select template, me.id, me.name, called, coalesce((select max(version) from platform.templates t where t.source_id = me.id and t.name = called), 0) + 1,
         about, content, who
    from platform.tenants me where me.id = public.app_tenant()
$$;

-- What the tenant of the transaction is opened with: the template's id, and what
-- it says if it is not one that is built in.
create function platform.tenant_template() returns table (id uuid, body jsonb)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.template_id, p.body from platform.tenants t left join platform.templates p on p.id = t.template_id
   where t.id = public.app_tenant() and t.template_id is not null
$$;
-- +goose StatementEnd
grant execute on function platform.templates_seen(), platform.template_issue(uuid, text, text, jsonb, text), platform.tenant_template() to hetu_app;

-- What a tenant took over, and when.
create table template_adoptions (
  tenant_id   uuid not null default app_tenant(),
  id          uuid not null,
  template_id uuid not null,
  source_name text not null,
  name        text not null,
  version     int not null,
  parts       text[] not null,
  made        int not null, -- things
  made_by     text not null,
  at          timestamptz not null,
  constraint template_adoptions_pkey primary key (tenant_id, id)
);
create index template_adoptions_at_ix on template_adoptions (tenant_id, template_id, at desc);
call confine('template_adoptions', 'select, insert');
