-- +goose Up
-- As before, but several words of which the newest window has nothing, although
-- much stands in it, are not looked for in larger windows: what a window is costs
-- more than what there is of them altogether.
-- +goose StatementBegin
create or replace function platform.item_search(words text[], columns uuid[], departments uuid[], kinds text, since timestamptz, till timestamptz,
                                                last_at timestamptz, last_id uuid, most int)
returns table (item_id uuid, published_at timestamptz, found int, end_id uuid, end_at timestamptz)
language plpgsql stable security definer rows 25
set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_indexscan = off set jit = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  me constant uuid := public.app_tenant();
  mark constant text := platform.terms_mark(me);
  today constant bigint := floor(extract(epoch from least(last_at, till, now())) / 86400); -- nulls do not count
  wanted constant tsquery := (
    select string_agg('''' || mark || replace(replace(rtrim(w, '*'), '\', '\\'), '''', '''''') || '''' || case when w like '%*' then ':*' else '' end,
                      ' & ')::tsquery
      from unnest(words) as w);
  level int := 0;
  span tsquery;  -- the window: two stretches
  width bigint;  -- of each, in days
  rare boolean := false;
  q tsquery;
  ids uuid[];
  times timestamptz[];
  n int;
begin
  loop
    width := 1::bigint << (3 * level);
    span := format('''%1$s/%2$s.%3$s'' | ''%1$s/%2$s.%4$s''', mark, level, today / width, today / width - 1)::tsquery; -- as terms_window has them
    q := case when level > 3 then wanted else wanted && span end;
    select array_agg(x.item_id), array_agg(x.published_at) into ids, times
      from (select t.item_id, t.published_at from platform.item_terms t
             where t.terms @@ q
               and t.tenant_id is not distinct from me -- not "=": the primary key would offer all items of the tenant
               and (columns is null or t.column_id = any (columns))
               and (departments is null or t.department_id = any (departments))
               and (kinds is null or t.kind = kinds)
               and (since is null or t.published_at >= since)
               and (till is null or t.published_at < till)
               and (last_at is null or (t.published_at, t.item_id) < (last_at, last_id))
             order by t.published_at desc, t.item_id desc limit most) x;
    n := coalesce(cardinality(ids), 0);
    exit when n >= most or level > 3 or since >= to_timestamp((today / width - 1) * width * 86400);
    if n = 0 and cardinality(words) > 1 then
      select count(*) >= 64 into rare
        from (select from platform.item_terms t where t.terms @@ span and t.tenant_id is not distinct from me limit 64) x;
    end if;
    level := case when rare then 4 when n * 6 >= most then level + 1 else level + 2 end;
  end loop;
  return query select u.id, u.at, n, ids[n], times[n] from unnest(ids, times) as u (id, at);
end $$;
-- +goose StatementEnd
