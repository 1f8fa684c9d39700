-- +goose Up
-- How much a tenant holds, day by day: counts and nothing else. The tenant's
-- own round counts, in a transaction of the tenant; the operators read what it
-- wrote down and reach no row that was counted (TI-14).
create table platform.tenant_usage (
  tenant_id   uuid not null constraint tenant_usage_tenant_fkey references platform.tenants (id),
  day         date not null,
  members     int not null,
  items       bigint not null,
  files       bigint not null,
  bytes       bigint not null,
  active_on   date, -- when one of its people last did something; null for nobody ever
  measured_at timestamptz not null default now(),
  constraint tenant_usage_pkey primary key (tenant_id, day)
);
grant select on platform.tenant_usage to hetu_operator, hetu_backup;

-- Writes down what the tenant of the transaction holds today.
-- +goose StatementBegin
create function platform.tenant_measured(members int, items bigint, files bigint, bytes bigint, active_on date) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into platform.tenant_usage as u (tenant_id, day, members, items, files, bytes, active_on)
       values (public.app_tenant(), (now() at time zone 'Asia/Shanghai')::date, $1, $2, $3, $4, $5)
  on conflict on constraint tenant_usage_pkey do update
     set members = excluded.members, items = excluded.items, files = excluded.files, bytes = excluded.bytes,
         active_on = excluded.active_on, measured_at = now()
$$;
-- +goose StatementEnd
grant execute on function platform.tenant_measured(int, bigint, bigint, bigint, date) to hetu_app;

-- The newest link of a tenant is the one that counts.
create index activations_first_ix on platform.activations (tenant_id, id desc) where kind = 'first_admin';
create index operator_sessions_living_ix on platform.operator_sessions (operator_id) where ended_at is null;
