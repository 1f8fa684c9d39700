-- +goose Up
-- The second factor of accounts and of operators, and tokens for programs. What
-- a factor is made of - secrets, public keys, hashes of recovery codes - is one
-- sealed record per person, opened with a key that is not in the database; ways
-- says in the clear which kinds it holds. It is replaced as a whole, and only by
-- whoever has read its last version: a code is worth one sign-in, whatever runs
-- beside it (AN-09).
create table platform.seconds (
  account_id uuid not null constraint seconds_pkey primary key
    constraint seconds_account_fkey references platform.accounts (id) on delete cascade,
  ways       text[] not null,
  state      bytea not null,
  version    int not null default 1,
  changed_at timestamptz not null default now()
);
create table platform.operator_seconds (
  operator_id uuid not null constraint operator_seconds_pkey primary key
    constraint operator_seconds_operator_fkey references platform.operators (id),
  ways        text[] not null,
  state       bytea not null,
  version     int not null default 1,
  changed_at  timestamptz not null default now()
);
grant select, insert, update on platform.operator_seconds to hetu_operator;

-- Which second factor was shown in a session; empty for none.
alter table platform.sessions add column second text not null default '';
alter table platform.operator_sessions add column second text not null default '';

-- Tokens with which programs act for a member: only their hashes, what they may
-- at most, and until when.
create table platform.tokens (
  id          uuid not null constraint tokens_pkey primary key,
  token_hash  bytea not null constraint tokens_hash_uq unique,
  account_id  uuid not null constraint tokens_account_fkey references platform.accounts (id) on delete cascade,
  tenant_id   uuid not null constraint tokens_tenant_fkey references platform.tenants (id),
  member_id   uuid not null,
  name        text not null constraint tokens_name_present check (name <> ''),
  permissions text[] not null,
  read_only   boolean not null,
  expires_at  timestamptz not null,
  created_at  timestamptz not null default now(),
  used_at     timestamptz,
  used_ip     text not null default '',
  ended_at    timestamptz,
  ended_why   text not null default ''
);
create index tokens_member_ix on platform.tokens (tenant_id, member_id);
create index tokens_account_ix on platform.tokens (account_id) where ended_at is null;
grant select on platform.seconds, platform.operator_seconds, platform.tokens to hetu_backup;

-- +goose StatementBegin
create function platform.second_look(account uuid) returns table (ways text[], state bytea, version int)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select s.ways, s.state, s.version
    from platform.seconds s join platform.memberships m on m.account_id = s.account_id
   where s.account_id = account and m.tenant_id = public.app_tenant()
$$;

-- The same for whoever is going to replace it: one at a time for an account, so
-- that guesses are looked at and counted one after the other.
create function platform.second_take(account uuid) returns table (ways text[], state bytea, version int)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform from platform.accounts a
     join platform.memberships m on m.account_id = a.id and m.tenant_id = public.app_tenant()
    where a.id = account for update of a;
  if found then
    return query select s.ways, s.state, s.version from platform.seconds s where s.account_id = account;
  end if;
end $$;

-- Replaces the record of which version was read, 0 for none; false if another
-- was faster. No ways: it is removed.
create function platform.second_put(account uuid, had int, ways text[], state bytea) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from platform.memberships m where m.account_id = account and m.tenant_id = public.app_tenant()) then
    return false;
  end if;
  if cardinality(ways) = 0 then
    delete from platform.seconds s where s.account_id = account and s.version = had;
  elsif had = 0 then
    insert into platform.seconds (account_id, ways, state) values (account, second_put.ways, second_put.state)
    on conflict on constraint seconds_pkey do nothing;
  else
    update platform.seconds s set ways = second_put.ways, state = second_put.state, version = s.version + 1, changed_at = now()
     where s.account_id = account and s.version = had;
  end if;
  return found;
end $$;

-- Which of the members of the tenant have which second factors, for whoever
-- looks after them.
create function platform.second_ways() returns table (member_id uuid, ways text[], shared boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select m.member_id, coalesce(s.ways, '{}'),
         exists (select from platform.memberships o where o.account_id = m.account_id and o.tenant_id <> public.app_tenant())
    from platform.memberships m left join platform.seconds s on s.account_id = m.account_id
   where m.tenant_id = public.app_tenant()
$$;

-- Takes the second factor of a member away and ends their sessions, unless the
-- account has another tenant, whose doors that would touch too; then false.
create function platform.second_forget(member uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare who uuid;
begin
  select m.account_id into who from platform.memberships m
   where m.tenant_id = public.app_tenant() and m.member_id = member
     and not exists (select from platform.memberships o where o.account_id = m.account_id and o.tenant_id <> public.app_tenant());
  if who is null then
    return false;
  end if;
  delete from platform.seconds s where s.account_id = who;
  update platform.sessions s set ended_at = now() where s.account_id = who and s.ended_at is null;
  perform pg_notify('hetu_sessions', '');
  return true;
end $$;

-- What was shown in a session, said when it begins and asked for when it is found.
create function platform.session_shown(session uuid, way text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update platform.sessions s set second = way where s.id = session and s.tenant_id = public.app_tenant()
$$;
create function platform.session_second(session uuid) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select s.second from platform.sessions s where s.id = session
$$;

-- Tokens.
create function platform.token_create(token uuid, hash bytea, account uuid, member uuid, title text, allowed text[], reads boolean, until timestamptz) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with made as (
    insert into platform.tokens (id, token_hash, account_id, tenant_id, member_id, name, permissions, read_only, expires_at)
    select token, hash, m.account_id, m.tenant_id, m.member_id, title, allowed, reads, until
      from platform.memberships m
     where m.tenant_id = public.app_tenant() and m.member_id = member and m.account_id = account and m.active
    returning 1)
  select exists (select from made)
$$;

-- The living token with this hash, if any.
create function platform.token_find(hash bytea)
returns table (id uuid, account_id uuid, tenant_id uuid, member_id uuid, person text, name text, permissions text[], read_only boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  return query
    select k.id, k.account_id, k.tenant_id, k.member_id, a.name, k.name, k.permissions, k.read_only
      from platform.tokens k
      join platform.accounts a on a.id = k.account_id
      join platform.tenants t on t.id = k.tenant_id
      join platform.memberships m on m.account_id = k.account_id and m.tenant_id = k.tenant_id and m.member_id = k.member_id
     where k.token_hash = hash and k.ended_at is null and k.expires_at > now()
       and t.state = 'active' and m.active and not a.must_change;
  if found then
    update platform.tokens k set used_at = now()
     where k.token_hash = hash and (k.used_at is null or k.used_at < now() - interval '1 minute');
  end if;
end $$;

-- The tokens of a member, or of all members of the tenant if member is null, that
-- have not been over for a month.
create function platform.token_list(member uuid)
returns table (id uuid, member_id uuid, name text, permissions text[], read_only boolean, created_at timestamptz,
               expires_at timestamptz, used_at timestamptz, ended_at timestamptz, ended_why text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select k.id, k.member_id, k.name, k.permissions, k.read_only, k.created_at, k.expires_at, k.used_at, k.ended_at, k.ended_why
    from platform.tokens k
   where k.tenant_id = public.app_tenant() and (token_list.member is null or k.member_id = token_list.member)
     and least(k.expires_at, coalesce(k.ended_at, k.expires_at)) > now() - interval '1 month'
$$;

-- Ends a token of a member, or of anybody in the tenant if member is null, and
-- returns its name; nothing if there is no such token alive.
create function platform.token_end(token uuid, member uuid, why text) returns text
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update platform.tokens k set ended_at = now(), ended_why = why
   where k.id = token and k.tenant_id = public.app_tenant() and k.ended_at is null
     and (token_end.member is null or k.member_id = token_end.member)
  returning k.name
$$;

-- A token is dead with what it was given on: another password, a second factor
-- taken away, a membership that rests or ends. It does not come to life again.
create function platform.tokens_end_with() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_table_name = 'accounts' then
    update platform.tokens k set ended_at = now(), ended_why = 'password'
     where k.account_id = old.id and k.ended_at is null;
  elsif tg_table_name = 'seconds' then
    update platform.tokens k set ended_at = now(), ended_why = 'second'
     where k.account_id = old.account_id and k.ended_at is null;
  else
    update platform.tokens k set ended_at = now(), ended_why = 'member'
     where k.account_id = old.account_id and k.tenant_id = old.tenant_id and k.ended_at is null;
  end if;
  return null;
end $$;

-- The operators' own, with the rights of their role.
create function platform.operator_second_look(operator uuid) returns table (ways text[], state bytea, version int)
language sql stable set search_path = pg_catalog, pg_temp as $$
  select s.ways, s.state, s.version from platform.operator_seconds s where s.operator_id = operator and cardinality(s.ways) > 0
$$;
create function platform.operator_second_take(operator uuid) returns table (ways text[], state bytea, version int)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  perform from platform.operators o where o.id = operator for update;
  return query select s.ways, s.state, s.version from platform.operator_seconds s where s.operator_id = operator;
end $$;
create function platform.operator_second_put(operator uuid, had int, ways text[], state bytea) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if had = 0 then
    insert into platform.operator_seconds (operator_id, ways, state) values (operator, operator_second_put.ways, operator_second_put.state)
    on conflict on constraint operator_seconds_pkey do nothing;
  else
    update platform.operator_seconds s
       set ways = operator_second_put.ways, state = operator_second_put.state, version = s.version + 1, changed_at = now()
     where s.operator_id = operator and s.version = had;
  end if;
  return found;
end $$;
-- +goose StatementEnd
create trigger accounts_tokens after update of password_hash on platform.accounts for each row
  when (old.password_hash is distinct from new.password_hash) execute function platform.tokens_end_with();
create trigger seconds_tokens after delete on platform.seconds for each row execute function platform.tokens_end_with();
create trigger memberships_tokens after update of active on platform.memberships for each row
  when (old.active and not new.active) execute function platform.tokens_end_with();
create trigger memberships_gone_tokens after delete on platform.memberships for each row execute function platform.tokens_end_with();

grant execute on function platform.second_look(uuid), platform.second_take(uuid), platform.second_put(uuid, int, text[], bytea),
  platform.second_ways(), platform.second_forget(uuid), platform.session_shown(uuid, text), platform.session_second(uuid),
  platform.token_create(uuid, bytea, uuid, uuid, text, text[], boolean, timestamptz), platform.token_find(bytea),
  platform.token_list(uuid), platform.token_end(uuid, uuid, text) to hetu_app;
grant execute on function platform.operator_second_look(uuid), platform.operator_second_take(uuid),
  platform.operator_second_put(uuid, int, text[], bytea) to hetu_operator;
