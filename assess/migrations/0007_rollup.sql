-- +goose Up
-- Deeds say which transaction wrote them, so that who counts them can ask for
-- what has come since, and open later exactly what was counted. Those from
-- before have none. As with audit entries, a restore does not make new
-- transactions look like old ones.
alter table deeds add column txid xid8;
alter table deeds alter column txid set default app_xid();
create index deeds_txid_ix on deeds (tenant_id, txid) where txid is not null;

-- When a deed was done is for the database alone to say: nobody puts it on
-- another day, or into another transaction.
revoke insert on deeds from hetu_app;
grant insert (id, kind, member_id, unit_kind, unit_id, item, title, level, content, late, work_minutes, n, reverses) on deeds to hetu_app;

-- What a statement sees, in the numbers that deeds carry.
-- +goose StatementBegin
create function app_snapshot() returns pg_snapshot
language sql stable as $$
  select case when public.app_xid_base() = 0 then pg_current_snapshot() else (
    select format('%s:%s:%s', public.app_xid_of(pg_snapshot_xmin(s)), public.app_xid_of(pg_snapshot_xmax(s)),
                  coalesce((select string_agg(public.app_xid_of(x)::text, ',' order by x) from pg_snapshot_xip(s) x), ''))::pg_snapshot
      from (select pg_current_snapshot() as s) now) end
$$;
-- +goose StatementEnd
grant execute on function app_snapshot() to hetu_app;

-- The daily roll-up of a year: for each unit and kind of deed how many of what
-- level on what day, in the order they were done, and by themselves those that
-- more can be said of: content that came twice, what was taken back. It is made
-- of deeds alone, whatever the schemes say, and can be made again any time.
create table assess_rollups (
  tenant_id uuid not null default app_tenant(),
  year      int  not null,
  unit_kind text not null constraint assess_rollups_unit_known check (unit_kind in ('department', 'tenant')),
  unit_id   uuid not null,
  kind      text not null,
  deeds     int  not null,
  days      bytea not null,
  constraint assess_rollups_pkey primary key (tenant_id, year, unit_kind, unit_id, kind)
);
call confine('assess_rollups');

-- Up to which transaction the deeds of a unit are in its roll-up: nothing before
-- it is missing, and what is not is looked for again.
create table assess_rolled (
  tenant_id uuid not null default app_tenant(),
  year      int  not null,
  unit_kind text not null constraint assess_rolled_unit_known check (unit_kind in ('department', 'tenant')),
  unit_id   uuid not null,
  upto      xid8 not null,
  constraint assess_rolled_pkey primary key (tenant_id, year, unit_kind, unit_id)
);
call confine('assess_rolled');

-- A round of very many deeds is worked out from the roll-up. Its lines do not
-- list what they rest on; that is looked up among the deeds it has seen.
alter table assess_rounds
  add column rolled boolean not null default false,
  add column seen   pg_snapshot;
-- What the list of a round shows of a unit: what each rule brought it, and its
-- light. It is made when the round is worked out; earlier rounds have none.
alter table assess_scores add column parts json;
alter table assess_scores alter column parts set storage external;
-- What an entry says, so that one that says the same again is left as it is.
alter table assess_entries add column mark uuid;

-- +goose StatementBegin
create or replace procedure audit_rebase()
language plpgsql as $$
declare
  newest numeric := greatest((select max(txid::text::numeric) from public.audit_entries), (select max(upto::text::numeric) from public.audit_seals),
                             (select max(txid::text::numeric) from public.deeds), (select max(upto::text::numeric) from public.assess_rolled),
                             (select max(pg_snapshot_xmax(seen)::text::numeric) from public.assess_rounds), 0);
  base   numeric := greatest(public.app_xid_base(), newest + 1 - pg_current_xact_id()::text::numeric);
begin
  execute format('create or replace function public.app_xid_base() returns numeric language sql immutable parallel safe as %L',
                 format('select %s::numeric', base));
end $$;
-- +goose StatementEnd
