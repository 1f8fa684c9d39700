-- +goose Up
-- What belongs to a unit's roll-up has another name whenever anything in it has
-- changed: what was worked out from it holds as long as the name does.
alter table assess_rolled add column made uuid not null default gen_random_uuid();

-- What each unit came to by itself when a round was last worked out from the
-- roll-up, before units are compared: from which roll-up, and by which rules, over
-- which days and by which program. It can be thrown away at any time.
create table assess_scored (
  tenant_id uuid not null default app_tenant(),
  round_id  uuid not null,
  unit_kind text not null constraint assess_scored_unit_known check (unit_kind in ('department', 'tenant')),
  unit_id   uuid not null,
  made      uuid not null,
  basis     uuid not null,
  lines     bytea not null,
  constraint assess_scored_pkey primary key (tenant_id, round_id, unit_kind, unit_id),
  constraint assess_scored_round_fkey foreign key (tenant_id, round_id) references assess_rounds (tenant_id, id)
);
call confine('assess_scored');

-- What the list of a round shows of its units, in the order of the list: what
-- each rule brought, with its light. One row of all of them, so that a ranking
-- of very many lines is read at once. It takes the place of assess_scores.parts.
create table assess_lists (
  tenant_id uuid not null default app_tenant(),
  round_id  uuid not null,
  unit_kind text not null constraint assess_lists_unit_known check (unit_kind in ('department', 'tenant')),
  parts     bytea not null,
  constraint assess_lists_pkey primary key (tenant_id, round_id, unit_kind),
  constraint assess_lists_round_fkey foreign key (tenant_id, round_id) references assess_rounds (tenant_id, id)
);
call confine('assess_lists');
create trigger assess_lists_frozen_new after insert on assess_lists referencing new table as changed for each statement execute function assess_frozen_guard();
create trigger assess_lists_frozen_set after update on assess_lists referencing old table as changed for each statement execute function assess_frozen_guard();
create trigger assess_lists_frozen_del after delete on assess_lists referencing old table as changed for each statement execute function assess_frozen_guard();
alter table assess_scores drop column parts;

-- Sixteen bytes for each line of a unit, in their order, that stand for all it
-- says: what says the same again is left as it is.
alter table assess_scores add column marks bytea;
alter table assess_entries drop column mark;

-- The order of one class, kept once for all who may see it: those whose result
-- or, while the round is running, standing says so. A thousand units that each
-- kept all the others would be a million rows.
create table assess_shown (
  tenant_id uuid not null default app_tenant(),
  round_id  uuid not null,
  live      boolean not null,
  unit_kind text not null constraint assess_shown_unit_known check (unit_kind in ('department', 'tenant')),
  class     text not null, -- its code
  standings jsonb not null,
  constraint assess_shown_pkey primary key (tenant_id, round_id, live, unit_kind, class),
  constraint assess_shown_round_fkey foreign key (tenant_id, round_id) references assess_rounds (tenant_id, id)
);
-- The code of the class whose order one may see; null: of none, or it stands in
-- the row as it used to.
alter table assess_results add column shown text;
alter table assess_standings add column shown text;
call split('assess_shown', 'tenant_id = app_tenant() or exists (
    select from assess_results x where not assess_shown.live and x.tenant_id = assess_shown.tenant_id and x.round_id = assess_shown.round_id
       and x.unit_kind = assess_shown.unit_kind and x.shown = assess_shown.class and x.subject_tenant_id = app_tenant())
  or exists (
    select from assess_standings x where assess_shown.live and x.tenant_id = assess_shown.tenant_id and x.round_id = assess_shown.round_id
       and x.unit_kind = assess_shown.unit_kind and x.shown = assess_shown.class and x.subject_tenant_id = app_tenant())',
  'select, insert, update, delete');
create trigger assess_shown_frozen_new after insert on assess_shown referencing new table as changed for each statement execute function assess_frozen_guard();
create trigger assess_shown_frozen_set after update on assess_shown referencing old table as changed for each statement execute function assess_frozen_guard();
create trigger assess_shown_frozen_del after delete on assess_shown referencing old table as changed for each statement execute function assess_frozen_guard();

-- Who has just done something: a row for each transaction that wrote deeds, in
-- that transaction. Nobody waits for anybody; old rows go on the way.
create table platform.doings (
  txid      xid8 not null default pg_current_xact_id(),
  at        timestamptz not null default clock_timestamp(),
  tenant_id uuid not null
);
create index doings_txid_ix on platform.doings (txid);
create index doings_at_ix on platform.doings (at);

-- The rounds that follow what is done: those that are open and have been worked
-- out, since the transaction that made them so.
create table platform.followed (
  round_id  uuid not null constraint followed_pkey primary key,
  tenant_id uuid not null,
  txid      xid8 not null default pg_current_xact_id()
);
create index followed_tenant_ix on platform.followed (tenant_id);

-- +goose StatementBegin
create function platform.note_doing() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into platform.doings (tenant_id) select distinct d.tenant_id from did d;
  delete from platform.doings where ctid = any (array(
    select o.ctid from platform.doings o where o.at < now() - interval '1 hour' order by o.at limit 20 for update skip locked));
  return null;
end $$;

create function platform.note_round() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op <> 'DELETE' and new.state = 'open' and new.digest <> '' then
    insert into platform.followed (round_id, tenant_id) values (new.id, new.tenant_id) on conflict do nothing;
  else
    delete from platform.followed where round_id = old.id;
  end if;
  return null;
end $$;

-- Who has rounds in which something may count that was done in the transactions
-- from seen on, or that follow only since then, and what stands for that: other
-- news are said otherwise. With it, up to where that is all: no transaction before
-- upto is still under way. Without seen, everybody who has rounds that follow. One
-- row without a tenant if there is nobody.
create function platform.assess_news(seen xid8) returns table (upto xid8, tenant_id uuid, said text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select pg_snapshot_xmin(pg_current_snapshot()), n.tenant_id, n.said
    from (values (1)) as one
    left join (
      select x.tenant_id, sum(hashtextextended(x.what, 0))::text as said
        from (select f.tenant_id, concat(f.round_id, f.txid) as what
                from platform.followed f where assess_news.seen is null or f.txid >= assess_news.seen
              union all
              select above.id, concat(d.tenant_id, d.txid)
                from platform.doings d join platform.tenants t on t.id = d.tenant_id cross join lateral unnest(t.path) as above (id)
               where d.txid >= assess_news.seen and exists (select from platform.followed f where f.tenant_id = above.id)) x
        join platform.tenants t on t.id = x.tenant_id and t.state = 'active'
       group by x.tenant_id) n on true
$$;

do $$
declare
  t uuid;
begin
  for t in select id from platform.tenants loop
    perform set_config('app.tenant_id', t::text, true);
    insert into platform.followed (round_id, tenant_id) select id, tenant_id from assess_rounds where tenant_id = t and state = 'open' and digest <> '';
  end loop;
end $$;
-- +goose StatementEnd
grant execute on function platform.assess_news(xid8) to hetu_app;
grant select on platform.doings, platform.followed to hetu_backup;
create trigger deeds_noted after insert on deeds referencing new table as did for each statement execute function platform.note_doing();
create trigger assess_rounds_born after insert on assess_rounds for each row
  when (new.state = 'open' and new.digest <> '') execute function platform.note_round();
create trigger assess_rounds_noted after update on assess_rounds for each row
  when ((old.state = 'open' and old.digest <> '') is distinct from (new.state = 'open' and new.digest <> '')) execute function platform.note_round();
create trigger assess_rounds_gone after delete on assess_rounds for each row
  when (old.state = 'open' and old.digest <> '') execute function platform.note_round();

-- These are written whole, read whole and well compressible.
-- +goose StatementBegin
do $$
begin
  alter table assess_scored alter column lines set compression lz4;
  alter table assess_lists alter column parts set compression lz4;
exception when feature_not_supported then
  null;
end $$;
-- +goose StatementEnd
