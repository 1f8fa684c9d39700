-- +goose Up
-- A tenant's own working time, where it differs from what is built in. A part is
-- 'hours' or a year; the part '' counts every change. A year that has a row here
-- is the tenant's own, even without a single day. The stamp names one state of
-- the whole calendar for good: a version can be rolled back and given again.
create table calendar_versions (
  tenant_id  uuid not null default app_tenant(),
  part       text not null constraint calendar_versions_part_known check (part ~ '^(hours|[0-9]{4})?$'),
  version    int  not null constraint calendar_versions_counts check (version > 0),
  stamp      uuid not null,
  changed_by uuid,
  changed_at timestamptz not null,
  constraint calendar_versions_pkey primary key (tenant_id, part)
);
call confine('calendar_versions');

-- The days of a year that do not follow the week. The last days of December may
-- stand in the table of the year after.
create table calendar_days (
  tenant_id uuid not null default app_tenant(),
  year      int  not null,
  day       date not null,
  off       boolean not null,
  name      text not null default '',
  constraint calendar_days_pkey primary key (tenant_id, year, day)
);
call confine('calendar_days');

-- The office hours, in minutes after midnight; none stands for the usual ones.
create table calendar_hours (
  tenant_id   uuid not null default app_tenant(),
  from_minute int  not null,
  to_minute   int  not null,
  constraint calendar_hours_pkey primary key (tenant_id, from_minute),
  constraint calendar_hours_order check (0 <= from_minute and from_minute < to_minute and to_minute <= 1440)
);
call confine('calendar_hours');
