-- +goose Up
-- What a tenant may use and how much of it, whether it may only read for now,
-- and the host name of its own under which its people find it.
alter table platform.tenants
  add column read_only boolean not null default false, -- suspended in the milder way: people come in and change nothing
  add column domain text constraint tenants_domain_uq unique
    constraint tenants_domain_form check (length(domain) <= 120 and domain ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$');
create trigger tenants_standing_note after update on platform.tenants for each row
  when ((old.read_only, old.domain, old.name) is distinct from (new.read_only, new.domain, new.name)) execute function platform.note_change('tenant', 'id');

-- A tenant without a row may use everything. What is null has no limit.
create table platform.plans (
  tenant_id  uuid not null constraint plans_pkey primary key constraint plans_tenant_fkey references platform.tenants (id),
  off        text[] not null default '{}', -- modules it may not use
  seats      int constraint plans_seats_some check (seats > 0),       -- people who have not left
  bytes      bigint constraint plans_bytes_some check (bytes > 0),    -- of files it keeps
  expires_on date,                                                    -- the last day
  note       text not null default '',
  version    int not null default 1,
  changed_by text not null default '',
  changed_at timestamptz not null default now()
);
grant select, insert, update on platform.plans to hetu_operator;
grant select on platform.plans to hetu_backup;
create trigger plans_note after insert or update on platform.plans for each row execute function platform.note_change('tenant', 'tenant_id');

-- +goose StatementBegin
-- What the tenant of the transaction may do.
create function platform.tenant_standing()
returns table (read_only boolean, reason text, off text[], seats int, bytes bigint, expires_on date, expired boolean, changed_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.read_only, t.reason, coalesce(p.off, '{}'), p.seats, p.bytes, p.expires_on,
         coalesce(p.expires_on < (now() at time zone 'Asia/Shanghai')::date, false), p.changed_at
    from platform.tenants t left join platform.plans p on p.tenant_id = t.id
   where t.id = public.app_tenant()
$$;

-- How many people the tenant of the transaction may have; null for any number,
-- and outside a tenant.
create function platform.tenant_seats() returns int
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select p.seats from platform.plans p where p.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
$$;

-- The host names that tenants have for themselves, and whose one is: both may
-- be known before anybody has signed in.
create function platform.tenant_domains() returns setof text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select domain from platform.tenants where domain is not null
$$;
create function platform.tenant_by_domain(host text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select slug from platform.tenants where domain = host
$$;
-- +goose StatementEnd
grant execute on function platform.tenant_standing(), platform.tenant_seats(), platform.tenant_domains(), platform.tenant_by_domain(text) to hetu_app;
