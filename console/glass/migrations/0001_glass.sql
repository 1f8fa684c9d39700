-- +goose Up
-- Breaking the glass: operators look into a tenant for a while, because something
-- is wrong there that cannot be found from outside. One asks, another seconds, the
-- tenant consents; then it is open for as many minutes as were asked for, an hour
-- at most, and closes by itself (TI-14).
create table platform.glass (
  id          uuid not null constraint glass_pkey primary key,
  tenant_id   uuid not null constraint glass_tenant_fkey references platform.tenants (id),
  asked_by    uuid not null constraint glass_asked_fkey references platform.operators (id),
  asked_name  text not null,
  reason      text not null constraint glass_reason_present check (reason <> ''),
  minutes     int not null constraint glass_minutes_few check (minutes between 1 and 60),
  state       text not null default 'asked' constraint glass_state_known check (state in ('asked', 'seconded', 'open', 'refused', 'ended')),
  asked_at    timestamptz not null default now(),
  second_by   uuid constraint glass_second_fkey references platform.operators (id),
  second_name text not null default '',
  seconded_at timestamptz,
  answered_by text not null default '',
  answered_at timestamptz,
  until       timestamptz,
  ended_by    text not null default '',
  ended_at    timestamptz,
  looks       int not null default 0,
  version     int not null default 1,
  constraint glass_two_people check (second_by <> asked_by),
  constraint glass_open_by_two check (state <> 'open' or (second_by is not null and answered_by <> '' and until is not null)),
  constraint glass_short check (until <= answered_at + interval '60 minutes')
);
create index glass_tenant_ix on platform.glass (tenant_id, id desc);
grant select, insert, update on platform.glass to hetu_operator;
grant select on platform.glass to hetu_backup;

-- +goose StatementBegin
-- What operators asked of the tenant of the transaction, once two of them did.
create function platform.glass_seen()
returns table (id uuid, asked_name text, reason text, minutes int, state text, asked_at timestamptz, second_name text, seconded_at timestamptz,
               answered_by text, answered_at timestamptz, until timestamptz, ended_by text, ended_at timestamptz, looks int, version int)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select g.id, g.asked_name, g.reason, g.minutes,
         case when g.state = 'open' and g.until <= now() or g.state = 'seconded' and g.seconded_at <= now() - interval '1 day' then 'ended' else g.state end,
         g.asked_at, g.second_name, g.seconded_at, g.answered_by, g.answered_at, g.until, g.ended_by, g.ended_at, g.looks, g.version
    from platform.glass g where g.tenant_id = public.app_tenant() and g.second_by is not null
$$;

-- The tenant's answer; false if there is nothing to answer. Who is not answered
-- within a day has to ask again.
create function platform.glass_answer(wanted uuid, seen int, yes boolean, who text) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with answered as (
    update platform.glass
       set state = case when yes then 'open' else 'refused' end, answered_by = who, answered_at = now(),
           until = case when yes then now() + make_interval(mins => minutes) end, version = version + 1
     where id = wanted and tenant_id = public.app_tenant() and version = seen and state = 'seconded' and seconded_at > now() - interval '1 day'
    returning 1)
  select exists (select from answered)
$$;

-- The tenant closes what is open, whenever it likes.
create function platform.glass_close(wanted uuid, who text) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with closed as (
    update platform.glass set state = 'ended', ended_by = who, ended_at = now(), version = version + 1
     where id = wanted and tenant_id = public.app_tenant() and state = 'open' and until > now()
    returning 1)
  select exists (select from closed)
$$;
-- +goose StatementEnd
grant execute on function platform.glass_seen(), platform.glass_answer(uuid, int, boolean, text), platform.glass_close(uuid, text) to hetu_app;
