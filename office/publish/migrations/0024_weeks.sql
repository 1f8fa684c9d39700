-- +goose Up
-- What column_news says, by weeks: a stretch of 32 of them is one row, so that
-- the health of very many columns is read from few rows. Weeks count from
-- Monday 27 December 1999.
create table column_weeks (
  tenant_id uuid not null default app_tenant(),
  column_id uuid not null,
  stretch   int not null,
  n         int[] not null,      -- items published, by week
  last      smallint[] not null, -- the last day of the week with one, Monday is 0; -1 if there is none
  constraint column_weeks_pkey primary key (tenant_id, column_id, stretch),
  constraint column_weeks_column_fkey foreign key (tenant_id, column_id) references columns (tenant_id, id),
  constraint column_weeks_whole check (cardinality(n) = 32 and cardinality(last) = 32)
);

alter table column_news no force row level security;
insert into column_weeks (tenant_id, column_id, stretch, n, last)
  select s.tenant_id, s.column_id, s.stretch,
         array(select coalesce(sum(c.n), 0)::int
                 from generate_series(0, 31) as w
                 left join column_news c on c.tenant_id = s.tenant_id and c.column_id = s.column_id and (c.day - date '1999-12-27') / 7 = s.stretch * 32 + w
                group by w order by w),
         array(select coalesce(max((c.day - date '1999-12-27') % 7) filter (where c.n > 0), -1)::smallint
                 from generate_series(0, 31) as w
                 left join column_news c on c.tenant_id = s.tenant_id and c.column_id = s.column_id and (c.day - date '1999-12-27') / 7 = s.stretch * 32 + w
                group by w order by w)
    from (select distinct tenant_id, column_id, (day - date '1999-12-27') / 7 / 32 as stretch from column_news) s;
alter table column_news force row level security;
call confine('column_weeks', 'select, insert, update');

-- The week of a day that changed is counted anew, after its row is ours: of two
-- that change days of one week the second sees what the first has done.
-- +goose StatementBegin
create function column_news_weeks() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  week int := (new.day - date '1999-12-27') / 7;
  monday date := date '1999-12-27' + week * 7;
begin
  insert into column_weeks as w (tenant_id, column_id, stretch, n, last)
       values (new.tenant_id, new.column_id, week / 32, array_fill(0, array[32]), array_fill((-1)::smallint, array[32]))
  on conflict on constraint column_weeks_pkey do nothing;
  perform from column_weeks w where w.tenant_id = new.tenant_id and w.column_id = new.column_id and w.stretch = week / 32 for update;
  update column_weeks w
     set n[week % 32 + 1] = c.n, last[week % 32 + 1] = c.last
    from (select sum(d.n) as n, coalesce(max(d.day) filter (where d.n > 0) - monday, -1) as last
            from column_news d
           where d.tenant_id = new.tenant_id and d.column_id = new.column_id and d.day between monday and monday + 6) c
   where w.tenant_id = new.tenant_id and w.column_id = new.column_id and w.stretch = week / 32;
  return null;
end $$;
-- +goose StatementEnd
revoke execute on function column_news_weeks() from public;
create trigger column_news_weeks after insert or update on column_news for each row execute function column_news_weeks();
