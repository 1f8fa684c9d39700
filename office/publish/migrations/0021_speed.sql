-- +goose Up
-- Searching looks at the newest items first: in windows of a day or two, then
-- of eight times that, and so on. A window is two terms, that of the stretch of
-- time it ends in and that of the one before.
-- +goose StatementBegin
create function platform.terms_window(mark text, level int, at timestamptz) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select mark || '/' || level || '.' || (floor(extract(epoch from at) / 86400)::bigint >> (3 * level))
$$;

create or replace function platform.item_indexed(item uuid, words text[]) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with done as (
    update platform.item_terms t
       set terms = array_to_tsvector(array(select m.mark || w from unnest(words) as w)
                     || array(select platform.terms_window(m.mark, level, t.published_at) from generate_series(0, 3) as level))
      from (select platform.terms_mark(public.app_tenant()) as mark) m
     where t.tenant_id = public.app_tenant() and t.item_id = item
    returning 1)
  select exists (select from done)
$$;
-- +goose StatementEnd

-- What was indexed before gets its windows instead of months and years, and
-- every character alone, which begins one of its pairs or is a term already.
drop index platform.item_terms_ix;
update platform.item_terms t
   set terms = array_to_tsvector(array(
         select u.lexeme from unnest(t.terms) as u where substr(u.lexeme, 6, 1) <> '/'
         union
         select left(u.lexeme, case when substr(u.lexeme, 6, 1) = '=' then 7 else 6 end) from unnest(t.terms) as u where substr(u.lexeme, 6, 1) <> '/'
         union
         select platform.terms_window(platform.terms_mark(t.tenant_id), level, t.published_at) from generate_series(0, 3) as level))
 where t.terms is not null;
create index item_terms_ix on platform.item_terms using gin (terms) with (gin_pending_list_limit = 256) where terms is not null;

drop function platform.item_search(text[], uuid[], uuid[], text, timestamptz, timestamptz, timestamptz, uuid, int);
drop function platform.terms_month(text, timestamptz), platform.terms_year(text, timestamptz);

-- The newest items of the caller's that have all the words (one that ends with
-- an asterisk: any term that begins like it), in the given columns, departments,
-- kind and time, after the last one seen. Null: whatever it is. With each comes
-- how many there are in this answer, and the last of them.
--
-- Words that stand in half of all items would have to be sorted by date, all of
-- them, for the twenty newest. So it looks at a window first, at a larger one
-- if too little is found in it, and at everything in the end: what is found in
-- a window is newer than all there is outside of it. How much was found says
-- how much larger.
-- +goose StatementBegin
create function platform.item_search(words text[], columns uuid[], departments uuid[], kinds text, since timestamptz, till timestamptz,
                                     last_at timestamptz, last_id uuid, most int)
returns table (item_id uuid, published_at timestamptz, found int, end_id uuid, end_at timestamptz)
language plpgsql stable security definer rows 25
set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_indexscan = off set jit = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  me constant uuid := public.app_tenant();
  mark constant text := platform.terms_mark(me);
  top constant timestamptz := least(last_at, till, now()); -- nulls do not count
  today constant bigint := floor(extract(epoch from top) / 86400);
  wanted constant tsquery := (
    select string_agg('''' || mark || replace(replace(rtrim(w, '*'), '\', '\\'), '''', '''''') || '''' || case when w like '%*' then ':*' else '' end,
                      ' & ')::tsquery
      from unnest(words) as w);
  level int := 0;
  width bigint; -- of the window's two stretches, in days
  q tsquery;
  ids uuid[];
  times timestamptz[];
  n int;
begin
  loop
    width := 1::bigint << (3 * level);
    q := case when level > 3 then wanted else wanted && ('''' || platform.terms_window(mark, level, top) || ''' | '''
           || platform.terms_window(mark, level, top - width * interval '1 day') || '''')::tsquery end;
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
    exit when n >= most or level > 3 or since >= to_timestamp(((today / width) - 1) * width * 86400);
    level := level + case when n * 6 >= most then 1 else 2 end;
  end loop;
  return query select u.id, u.at, n, ids[n], times[n] from unnest(ids, times) as u (id, at);
end $$;
-- +goose StatementEnd
grant execute on function platform.item_search(text[], uuid[], uuid[], text, timestamptz, timestamptz, timestamptz, uuid, int) to hetu_app;
