-- +goose Up
-- How long a column may go without news, in calendar days: null as the column
-- above it, 0 as long as it likes (R020).
alter table columns add column max_interval_days int
  constraint columns_interval_sane check (max_interval_days between 0 and 3660);

-- How many items that stand in a column today were published on which day, so
-- that the health of all columns is read without reading the items. A trigger
-- keeps it, whatever statement shows or hides an item.
create table column_news (
  tenant_id uuid not null default app_tenant(),
  column_id uuid not null,
  day       date not null,
  n         int  not null constraint column_news_positive check (n >= 0),
  constraint column_news_pkey primary key (tenant_id, column_id, day),
  constraint column_news_column_fkey foreign key (tenant_id, column_id) references columns (tenant_id, id)
);
-- The owner of the tables counts what is there in all tenants.
alter table items no force row level security;
insert into column_news (tenant_id, column_id, day, n)
     select tenant_id, column_id, (published_at at time zone 'Asia/Shanghai')::date, count(*)
       from items where state = 'published' group by 1, 2, 3;
alter table items force row level security;
call confine('column_news', 'select, insert, update');

-- +goose StatementBegin
create function items_news() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if new.state = 'published' then
    insert into column_news as c (tenant_id, column_id, day, n)
         values (new.tenant_id, new.column_id, (new.published_at at time zone 'Asia/Shanghai')::date, 1)
    on conflict on constraint column_news_pkey do update set n = c.n + 1;
  elsif old.state = 'published' then
    update column_news set n = n - 1
     where tenant_id = old.tenant_id and column_id = old.column_id and day = (old.published_at at time zone 'Asia/Shanghai')::date;
  end if;
  return null;
end $$;
-- +goose StatementEnd
create trigger items_news after update on items for each row
  when (old.state is distinct from new.state and 'published' in (old.state, new.state)) execute function items_news();

-- Which alerts a silence has caused. A silence begins with the last publication,
-- or with the column itself, so a new publication begins with none (R020).
create table column_alerts (
  tenant_id uuid not null default app_tenant(),
  column_id uuid not null,
  since     timestamptz not null,
  level     int  not null constraint column_alerts_level_known check (level in (50, 80, 100)),
  at        timestamptz not null,
  constraint column_alerts_pkey primary key (tenant_id, column_id, since, level),
  constraint column_alerts_column_fkey foreign key (tenant_id, column_id) references columns (tenant_id, id)
);
call confine('column_alerts', 'select, insert');

-- How each column that has an interval stood on which day: what the assessment
-- counts (I03, I04). A day is written once.
create table column_days (
  tenant_id     uuid not null default app_tenant(),
  column_id     uuid not null,
  day           date not null,
  fresh         boolean not null,
  days          int  not null, -- without news
  interval_days int  not null, -- that was allowed then
  constraint column_days_pkey primary key (tenant_id, column_id, day),
  constraint column_days_column_fkey foreign key (tenant_id, column_id) references columns (tenant_id, id)
);
call confine('column_days', 'select, insert');
