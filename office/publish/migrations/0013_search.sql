-- +goose Up
-- By what readers find the items that stand before them. The table is out of
-- the application's reach, and so out of row security's, which would keep the
-- words' index from being used: the functions below are the only way to it, and
-- each adds the tenant itself.
create table platform.item_terms (
  tenant_id     uuid not null,
  item_id       uuid not null,
  published_at  timestamptz not null,
  column_id     uuid not null,
  department_id uuid,
  kind          text not null,
  terms         tsvector, -- each begins with the tenant's mark; null: still to be made
  constraint item_terms_pkey primary key (tenant_id, item_id),
  constraint item_terms_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id) on delete cascade
);
create index item_terms_ix on platform.item_terms using gin (terms) with (gin_pending_list_limit = 256) where terms is not null;
create index item_terms_due_ix on platform.item_terms (tenant_id, item_id) where terms is null;
grant select on platform.item_terms to hetu_backup;

-- An item is there to be found in the transaction that publishes it, and gone
-- in the one that withdraws it, whoever writes it and on whatever way (R015).
-- +goose StatementBegin
create function items_searchable() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if new.state = 'published' then
    insert into platform.item_terms (tenant_id, item_id, published_at, column_id, department_id, kind)
         values (new.tenant_id, new.id, new.published_at, new.column_id, new.department_id, new.kind);
  else
    delete from platform.item_terms t where t.tenant_id = new.tenant_id and t.item_id = new.id;
  end if;
  return null;
end $$;
-- +goose StatementEnd
create trigger items_searchable after update on items for each row
  when (old.state <> new.state and (old.state = 'published' or new.state = 'published')) execute function items_searchable();

-- What has been published so far; a round of work makes its terms.
alter table items no force row level security;
insert into platform.item_terms (tenant_id, item_id, published_at, column_id, department_id, kind)
  select i.tenant_id, i.id, i.published_at, i.column_id, i.department_id, i.kind from items i where i.state = 'published';
alter table items force row level security;

-- What a tenant's terms begin with, so that the postings of one tenant are not
-- those of all. Two tenants may share it: it saves work and keeps nothing apart.
-- +goose StatementBegin
create function platform.terms_mark(tenant uuid) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$ select right(tenant::text, 5) $$;

-- The month or the year of a moment, as a term.
create function platform.terms_month(mark text, at timestamptz) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$ select mark || to_char(at at time zone 'UTC', '"/m"YYYYMM') $$;

create function platform.terms_year(mark text, at timestamptz) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$ select mark || to_char(at at time zone 'UTC', '"/y"YYYY') $$;

-- Says by which terms an item of the caller's is found from now on; false if
-- it does not stand before its readers.
create function platform.item_indexed(item uuid, words text[]) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with done as (
    update platform.item_terms t
       set terms = array_to_tsvector(array(select m.mark || w from unnest(words) as w)
                     || platform.terms_month(m.mark, t.published_at) || platform.terms_year(m.mark, t.published_at))
      from (select platform.terms_mark(public.app_tenant()) as mark) m
     where t.tenant_id = public.app_tenant() and t.item_id = item
    returning 1)
  select exists (select from done)
$$;

-- Items of the caller's whose terms are still to be made.
create function platform.items_unindexed(most int) returns setof uuid
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.item_id from platform.item_terms t where t.tenant_id = public.app_tenant() and t.terms is null limit most
$$;

-- The newest items of the caller's that have all the words (one that ends with
-- an asterisk: any term that begins like it), in the given columns, departments,
-- kind and time, after the last one seen. Null: whatever it is.
--
-- Words that stand in half of all items would have to be sorted by date, all of
-- them, for the twenty newest. So it looks at two months first, then at two
-- years, and only then at everything: what is found in a window is newer than
-- all there is outside of it.
create function platform.item_search(words text[], columns uuid[], departments uuid[], kinds text, since timestamptz, till timestamptz,
                                     last_at timestamptz, last_id uuid, most int)
returns table (item_id uuid, published_at timestamptz)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_indexscan = off set jit = off as $$
#variable_conflict use_column
declare
  me constant uuid := public.app_tenant();
  mark constant text := platform.terms_mark(me);
  top constant timestamptz := least(last_at, till, now()); -- nulls do not count
  wanted constant tsquery := (
    select string_agg('''' || mark || replace(replace(rtrim(w, '*'), '\', '\\'), '''', '''''') || '''' || case when w like '%*' then ':*' else '' end,
                      ' & ')::tsquery
      from unnest(words) as w);
  q tsquery;
  floor timestamptz;
  ids uuid[];
  times timestamptz[];
begin
  for step in 1 .. 3 loop
    if step = 1 then
      floor := date_trunc('month', top, 'UTC') - interval '1 month';
      q := wanted && ('''' || platform.terms_month(mark, top) || ''' | ''' || platform.terms_month(mark, floor) || '''')::tsquery;
    elsif step = 2 then
      floor := date_trunc('year', top, 'UTC') - interval '1 year';
      q := wanted && ('''' || platform.terms_year(mark, top) || ''' | ''' || platform.terms_year(mark, floor) || '''')::tsquery;
    else
      q := wanted;
    end if;
    select array_agg(x.item_id order by x.published_at desc, x.item_id desc), array_agg(x.published_at order by x.published_at desc, x.item_id desc)
      into ids, times
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
    exit when cardinality(ids) >= most or since >= floor;
  end loop;
  return query select u.id, u.at from unnest(ids, times) as u (id, at);
end $$;
-- +goose StatementEnd
grant execute on function platform.item_indexed(uuid, text[]), platform.items_unindexed(int),
  platform.item_search(text[], uuid[], uuid[], text, timestamptz, timestamptz, timestamptz, uuid, int) to hetu_app;
