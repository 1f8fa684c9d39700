-- +goose Up
-- A post is changed without being ended: its title, whether it is the main one,
-- and who leads the department.
alter table posts
  add column version    int  not null default 1,
  add column changed_by text not null default '',
  add column changed_at timestamptz not null default now(),
  add column changed    text[] not null default '{}';

-- Addresses from which sign-ins have failed lately, whoever tried: every failure
-- puts the moment off at which the address has nothing to answer for. An address
-- whose moment lies too far ahead is refused (AN-03). A row is worth nothing
-- after its moment and goes on the way of the next failure; how many there are
-- at most follows from that, as each costs a password hash. Shared by the doors
-- of members and operators, and by all nodes.
create table platform.doorsteps (
  address  text not null constraint doorsteps_pkey primary key,
  clear_at timestamptz not null
);
create index doorsteps_clear_ix on platform.doorsteps (clear_at);
grant select, insert, update, delete on platform.doorsteps to hetu_operator;
grant select on platform.doorsteps to hetu_backup;

-- Whether an account has signed in from an address is asked when the address is
-- refused.
create index sessions_from_ix on platform.sessions (account_id, ip);

-- +goose StatementBegin
-- Counts a failed sign-in and returns how long the address is refused from now
-- on: none or less if it is not. Each takes as long to be forgotten as cost says.
create function platform.doorstep_count(address text, cost interval, room interval) returns interval
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare until timestamptz;
begin
  delete from platform.doorsteps where ctid = any (array(
    select d.ctid from platform.doorsteps d where d.clear_at < now() - interval '1 minute' order by d.clear_at limit 20 for update skip locked));
  insert into platform.doorsteps as d (address, clear_at) values (doorstep_count.address, now() + cost)
  on conflict on constraint doorsteps_pkey do update
     set clear_at = least(greatest(d.clear_at, now()) + cost, now() + room + cost) -- nobody waits longer than for one place
  returning clear_at into until;
  return until - now() - room;
end $$;

create function platform.doorstep_wait(address text, room interval) returns interval
language sql stable set search_path = pg_catalog, pg_temp as $$
  select d.clear_at - now() - room from platform.doorsteps d where d.address = doorstep_wait.address
$$;

-- The same for the application, which has no right to the table.
create function platform.address_failed(address text, cost interval, room interval) returns interval
language sql security definer set search_path = pg_catalog, pg_temp as $$
  select platform.doorstep_count(address, cost, room)
$$;

create function platform.address_wait(address text, room interval) returns interval
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select platform.doorstep_wait(address, room)
$$;

-- Whether an account of this tenant has come in from an address before, lately.
create function platform.account_known_at(account uuid, address text) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from platform.sessions s join platform.memberships m on m.account_id = s.account_id
     where s.account_id = account and s.ip = address and s.created_at > now() - interval '30 days'
       and m.tenant_id = public.app_tenant())
$$;

-- Demands another password of an account whose own is older than it may be
-- (R247); reports whether it did.
create function platform.account_aged(account uuid, life interval) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with aged as (
    update platform.accounts a set must_change = true
      from platform.memberships m
     where a.id = account and m.account_id = a.id and m.tenant_id = public.app_tenant()
       and not a.must_change and a.password_at <= now() - life
    returning 1)
  select exists (select from aged)
$$;
-- +goose StatementEnd
grant execute on function platform.doorstep_count(text, interval, interval), platform.doorstep_wait(text, interval) to hetu_operator;
grant execute on function platform.address_failed(text, interval, interval), platform.address_wait(text, interval),
  platform.account_known_at(uuid, text), platform.account_aged(uuid, interval) to hetu_app;
