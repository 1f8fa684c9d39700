-- +goose Up
-- What nodes keep in memory of sessions and rights holds until it changes. Each
-- change that could make it untrue leaves a row here, in its own transaction;
-- every node asks for the rows it has not seen before it relies on its memory.
create table platform.changes (
  txid    xid8 not null default pg_current_xact_id(),
  at      timestamptz not null default now(),
  kind    text not null constraint changes_kind_known check (kind in ('account', 'tenant', 'rights')),
  subject uuid not null
);
create index changes_txid_ix on platform.changes (txid);
create index changes_at_ix on platform.changes (at);

-- The changes a node has not seen, and up to where it has seen them with that:
-- no transaction before upto is still under way, so none of them can commit a
-- row that the next look would miss. One row without a change if there is none.
-- +goose StatementBegin
create function platform.changes_since(seen xid8) returns table (upto xid8, kind text, subject uuid)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select pg_snapshot_xmin(pg_current_snapshot()), c.kind, c.subject
    from (values (1)) as one left join platform.changes c on c.txid >= seen
$$;

-- Notes that the row changed: its kind, and which of its columns says of whom.
-- Notes that every node has long seen go on the way, without waiting for anybody.
create function platform.note_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into platform.changes (kind, subject)
       values (tg_argv[0], (to_jsonb(case when tg_op = 'DELETE' then old else new end) ->> tg_argv[1])::uuid);
  delete from platform.changes where ctid = any (array(
    select c.ctid from platform.changes c where c.at < now() - interval '1 hour' order by c.at limit 20 for update skip locked));
  return null;
end $$;
-- +goose StatementEnd
grant execute on function platform.changes_since(xid8) to hetu_app;

create trigger sessions_note after update on platform.sessions for each row
  when (old.ended_at is distinct from new.ended_at) execute function platform.note_change('account', 'account_id');
create trigger memberships_note after update or delete on platform.memberships for each row
  execute function platform.note_change('account', 'account_id');
create trigger accounts_note after update on platform.accounts for each row
  when ((old.name, old.must_change) is distinct from (new.name, new.must_change))
  execute function platform.note_change('account', 'id');
create trigger tenants_note after update on platform.tenants for each row
  when (old.state is distinct from new.state) execute function platform.note_change('tenant', 'id');

-- Answers are kept for a day and hardly ever read: compress them in the quicker
-- way where the server has it.
-- +goose StatementBegin
do $$
begin
  alter table idempotency_keys alter column response set compression lz4;
exception when feature_not_supported then
  null;
end $$;
-- +goose StatementEnd
