-- +goose Up
-- Which transactions changed anything that stands before readers in a tenant's
-- columns, or that the health of the columns follows from, one row each: so a
-- node can tell whether what it has read still holds without reading it again. Rows are only added, by whoever changes
-- something and without waiting for each other, and the oldest taken away: no
-- two states of the rows of a tenant have the same number, first and last.
create table platform.column_notes (
  tenant_id uuid        not null,
  at        timestamptz not null default now(),
  xid       bigint      not null default (pg_current_xact_id()::text)::bigint,
  constraint column_notes_pkey primary key (tenant_id, at, xid)
);
grant select on platform.column_notes to hetu_backup;

-- +goose StatementBegin
create function platform.columns_noted() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into platform.column_notes (tenant_id) values (coalesce(new.tenant_id, old.tenant_id)) on conflict on constraint column_notes_pkey do nothing;
  return null;
end $$;

-- How many such rows the caller's tenant has, the first and the last of them,
-- and how often its rights have changed.
create function platform.columns_state() returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select concat_ws(' ', count(*), extract(epoch from min(n.at)), extract(epoch from max(n.at)),
                   (select v.version from public.rights_versions v where v.tenant_id = public.app_tenant()))
    from platform.column_notes n where n.tenant_id = public.app_tenant()
$$;

-- Takes away the rows that no node asks for any more, and returns how many.
create function platform.columns_settled() returns int
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with gone as (
    delete from platform.column_notes n
     where n.tenant_id = public.app_tenant() and n.at < now() - interval '1 hour'
       and n.at < (select max(l.at) from platform.column_notes l where l.tenant_id = n.tenant_id)
    returning 1)
  select count(*)::int from gone
$$;
-- +goose StatementEnd
grant execute on function platform.columns_state(), platform.columns_settled() to hetu_app;

create trigger columns_noted after insert or delete or update on columns for each row execute function platform.columns_noted();
create trigger columns_noted after insert or update on column_weeks for each row execute function platform.columns_noted();
create trigger columns_noted after update on items for each row
  when (old.state = 'published' or new.state = 'published') execute function platform.columns_noted();
create trigger columns_noted_gone after delete on items for each row when (old.state = 'published') execute function platform.columns_noted();
create trigger columns_noted after insert or delete or update on departments for each row execute function platform.columns_noted();
create trigger columns_noted after insert or delete or update on posts for each row execute function platform.columns_noted();
create trigger columns_noted after insert or delete or update of name, state on members for each row execute function platform.columns_noted();

-- Which items of the caller's have all the words (see item_search), or may have
-- them as their terms are still to be made, if they are no more than so many;
-- null if they are more.
-- +goose StatementBegin
create function platform.item_having(words text[], most int) returns uuid[]
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_indexscan = off set jit = off set plan_cache_mode = force_generic_plan as $$
declare
  me constant uuid := public.app_tenant();
  mark constant text := platform.terms_mark(me);
  wanted constant tsquery := (
    select string_agg('''' || mark || replace(replace(rtrim(w, '*'), '\', '\\'), '''', '''''') || '''' || case when w like '%*' then ':*' else '' end,
                      ' & ')::tsquery
      from unnest(words) as w);
  ids uuid[];
begin
  select array_agg(x.item_id) into ids
    from (select t.item_id from platform.item_terms t
           where t.terms @@ wanted and t.tenant_id is not distinct from me
          union all
          select t.item_id from platform.item_terms t where t.tenant_id = me and t.terms is null
           limit most + 1) x;
  return case when coalesce(cardinality(ids), 0) > most then null else coalesce(ids, '{}') end;
end $$;
-- +goose StatementEnd
grant execute on function platform.item_having(text[], int) to hetu_app;
