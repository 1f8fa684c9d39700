-- +goose Up
-- The kernel: whose data a transaction sees, and what every tenant table obeys.

create schema platform; -- groups, tenants, accounts: what belongs to no tenant
create schema river;    -- the queue; its rows name tenants and ids, never content
grant usage on schema platform, river to hetu_app;
grant usage on schema platform to hetu_operator;
alter default privileges in schema platform revoke execute on functions from public;
alter default privileges revoke execute on functions from public;

-- The tenant of the current transaction. Outside one it fails: a query nobody
-- entered a tenant for is a bug, and no rows would hide it.
-- +goose StatementBegin
create function app_tenant() returns uuid
language sql stable parallel safe as $$
  select current_setting('app.tenant_id')::uuid
$$;
-- +goose StatementEnd
grant execute on function app_tenant() to hetu_app, hetu_backup;

create table platform.groups (
  id         uuid not null constraint groups_pkey primary key,
  slug       text not null constraint groups_slug_uq unique
    constraint groups_slug_form check (slug ~ '^[a-z][a-z0-9-]{1,30}[a-z0-9]$'),
  name       text not null constraint groups_name_present check (name <> ''),
  version    int  not null default 1,
  created_at timestamptz not null default now()
);

create table platform.tenants (
  id         uuid not null constraint tenants_pkey primary key,
  group_id   uuid not null constraint tenants_group_fkey references platform.groups (id),
  parent_id  uuid constraint tenants_parent_fkey references platform.tenants (id),
  path       uuid[] not null, -- from the root of the group down to itself
  slug       text not null constraint tenants_slug_uq unique
    constraint tenants_slug_form check (slug ~ '^[a-z][a-z0-9-]{1,30}[a-z0-9]$'),
  name       text not null constraint tenants_name_present check (name <> ''),
  short_name text not null,
  kind       text not null constraint tenants_kind_known check (kind in ('hq', 'bureau', 'subsidiary', 'department')),
  state      text not null default 'active' constraint tenants_state_known check (state in ('active', 'suspended')),
  reason     text not null default '',
  opened_at  timestamptz, -- when its first administrator came
  version    int  not null default 1,
  created_at timestamptz not null default now()
);
create index tenants_group_ix on platform.tenants (group_id);
create index tenants_path_ix  on platform.tenants using gin (path);

-- The tenants whose published figures the current one may see: those below it.
-- +goose StatementBegin
create function app_overseen() returns setof uuid
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select id from platform.tenants
   where path @> array[public.app_tenant()] and id <> public.app_tenant()
$$;
-- +goose StatementEnd
grant execute on function app_overseen() to hetu_app;

-- Confines a table to the tenant of the transaction: the one place that writes
-- a policy. rights are what the application may do; a log says 'select, insert'.
-- +goose StatementBegin
create procedure confine(tab regclass, rights text default 'select, insert, update, delete')
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', tab);
  execute format('alter table %s force row level security', tab);
  execute format('create policy tenant on %s using (tenant_id = app_tenant()) with check (tenant_id = app_tenant())', tab);
  execute format('grant %s on %s to hetu_app', rights, tab);
  execute format('grant select on %s to hetu_backup', tab);
end $$;

-- One policy per command: reading is wider than writing.
create procedure split(tab regclass, seen text, rights text)
language plpgsql as $$
begin
  call confine(tab, rights);
  execute format('drop policy tenant on %s', tab);
  execute format('create policy tenant_select on %s for select using (%s)', tab, seen);
  if rights ~ 'insert' then
    execute format('create policy tenant_insert on %s for insert with check (tenant_id = app_tenant())', tab);
  end if;
  if rights ~ 'update' then
    execute format('create policy tenant_update on %s for update using (tenant_id = app_tenant()) with check (tenant_id = app_tenant())', tab);
  end if;
  if rights ~ 'delete' then
    execute format('create policy tenant_delete on %s for delete using (tenant_id = app_tenant())', tab);
  end if;
end $$;

-- Lets the tenants above read the rows of a table for which shown holds.
-- Figures go up by being put in such a table; nobody reaches down for them.
create procedure show_upward(tab regclass, shown text, rights text default 'select, insert, update, delete')
language plpgsql as $$
begin
  call split(tab, format('tenant_id = app_tenant() or ((%s) and tenant_id in (select app_overseen()))', shown), rights);
end $$;

-- Lets the one tenant named by column read a row that another wrote about it.
create procedure show_to(tab regclass, named text, rights text default 'select, insert, update, delete')
language plpgsql as $$
begin
  call split(tab, format('tenant_id = app_tenant() or %I = app_tenant()', named), rights);
end $$;
-- +goose StatementEnd

-- What a request was answered, kept so that sending it again has no effect.
create table idempotency_keys (
  tenant_id    uuid not null default app_tenant(),
  member_id    uuid not null,
  key          text not null constraint idempotency_keys_short check (length(key) <= 64),
  request_hash bytea not null,
  status       int not null,
  response     bytea not null,
  at           timestamptz not null default now(),
  constraint idempotency_keys_pkey primary key (tenant_id, member_id, key)
);
create index idempotency_keys_at_ix on idempotency_keys (tenant_id, at);
call confine('idempotency_keys');

-- Who changed what. Inserted in the transaction of the change and never
-- touched again; txid orders entries into sealed batches.
create table audit_entries (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  txid       xid8 not null default pg_current_xact_id(),
  at         timestamptz not null default now(),
  member_id  uuid,
  actor_name text not null,
  action     text not null,
  object     text not null,
  detail     jsonb not null,
  request    text not null,
  ip         text not null,
  constraint audit_entries_pkey primary key (tenant_id, id)
);
create index audit_entries_txid_ix on audit_entries (tenant_id, txid);
create index audit_entries_at_ix on audit_entries (tenant_id, at desc);
call confine('audit_entries', 'select, insert');

-- A seal covers the entries of the transactions in (the last seal's upto, upto]
-- and the seal before it. rows lists id and hash of each entry in order, so a
-- check can name the first one that was changed, removed or slipped in.
create table audit_seals (
  tenant_id uuid not null default app_tenant(),
  seq       bigint not null,
  upto      xid8 not null,
  upto_at   timestamptz not null,
  n         int not null,
  rows      bytea not null,
  prev      bytea not null,
  hash      bytea not null,
  at        timestamptz not null default now(),
  constraint audit_seals_pkey primary key (tenant_id, seq)
);
call confine('audit_seals', 'select, insert');

-- What people did that may be counted or scored.
create table deeds (
  tenant_id    uuid not null default app_tenant(),
  id           uuid not null,
  kind         text not null,
  member_id    uuid,
  unit_kind    text not null constraint deeds_unit_known check (unit_kind in ('department', 'tenant')),
  unit_id      uuid not null,
  item         text not null,
  title        text not null,
  level        text not null default '',
  content      text not null default '',
  late         boolean not null default false,
  work_minutes int not null default 0,
  n            int not null,
  reverses     uuid,
  at           timestamptz not null default now(),
  day          date not null default (now() at time zone 'Asia/Shanghai')::date,
  constraint deeds_pkey primary key (tenant_id, id),
  constraint deeds_reverses_fkey foreign key (tenant_id, reverses) references deeds (tenant_id, id),
  constraint deeds_reversed_once_uq unique (tenant_id, reverses)
);
create index deeds_kind_ix on deeds (tenant_id, kind, day);
create index deeds_unit_ix on deeds (tenant_id, unit_id, kind, day);
create index deeds_item_ix on deeds (tenant_id, item);
call show_upward('deeds', 'true', 'select, insert');

-- Writes what a transaction recorded, in one statement: its audit rows, its
-- deeds, and the answer of its request. False means the request was answered
-- before; the caller rolls back.
-- +goose StatementBegin
create function app_seal(member uuid, name text, request text, ip text, audits jsonb, did jsonb,
                         key text, hash bytea, status int, response bytea) returns boolean
language plpgsql as $$
begin
  if key is not null then
    insert into idempotency_keys as k (member_id, key, request_hash, status, response)
         values (coalesce(member, '00000000-0000-0000-0000-000000000000'), app_seal.key, hash, app_seal.status, app_seal.response)
    on conflict on constraint idempotency_keys_pkey do update
       set request_hash = excluded.request_hash, status = excluded.status, response = excluded.response, at = now()
     where k.at <= now() - interval '24 hours';
    if not found then
      return false;
    end if;
  end if;
  if audits is not null and audits <> 'null' then
    insert into audit_entries (id, member_id, actor_name, action, object, detail, request, ip)
         select a.id, member, app_seal.name, a.action, a.object, a.detail, app_seal.request, app_seal.ip
           from jsonb_to_recordset(audits) as a (id uuid, action text, object text, detail jsonb);
  end if;
  if did is not null then
    insert into deeds (id, kind, member_id, unit_kind, unit_id, item, title, level, content, late, work_minutes, n, reverses)
         select d.id, d.kind, d.member_id, d.unit_kind, d.unit_id, d.item, d.title, d.level, d.content, d.late, d.work_minutes, d.n, d.reverses
           from jsonb_to_recordset(did) as d (id uuid, kind text, member_id uuid, unit_kind text, unit_id uuid, item text, title text,
                                              level text, content text, late boolean, work_minutes int, n int, reverses uuid);
  end if;
  return true;
end $$;
-- +goose StatementEnd
grant execute on function app_seal(uuid, text, text, text, jsonb, jsonb, text, bytea, int, bytea) to hetu_app;
