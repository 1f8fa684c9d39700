-- +goose Up
-- The days whose sign-ins were counted, so that each is counted once.
create table attend_days (
  tenant_id   uuid not null default app_tenant(),
  day         date not null,
  people      int not null,
  departments int not null,
  at          timestamptz not null,
  constraint attend_days_pkey primary key (tenant_id, day)
);
call confine('attend_days', 'select, insert');

-- Who of this tenant was signed in on a day: from when a session began until it
-- was seen last there was never half an hour without a sign of its owner. It
-- says neither from where nor how long.
-- +goose StatementBegin
create function platform.sign_ins(on_day date)
returns table (member_id uuid, began int, before_eight boolean, morning boolean, afternoon boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with day as (select on_day::timestamp at time zone 'Asia/Shanghai' as zero)
  select s.member_id, count(*) filter (where s.created_at >= d.zero)::int,
         bool_or(s.created_at < d.zero + interval '8 hours' and s.seen_at >= d.zero + interval '6 hours'),
         bool_or(s.created_at < d.zero + interval '12 hours' and s.seen_at >= d.zero + interval '6 hours'),
         bool_or(s.seen_at >= d.zero + interval '12 hours')
    from platform.sessions s, day d
   where s.tenant_id = public.app_tenant()
     and s.created_at < d.zero + interval '1 day' and s.created_at >= d.zero - interval '12 hours' and s.seen_at >= d.zero
   group by s.member_id
$$;
-- +goose StatementEnd
revoke execute on function platform.sign_ins(date) from public;
grant execute on function platform.sign_ins(date) to hetu_app;
