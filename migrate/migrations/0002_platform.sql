-- +goose Up
-- Accounts, sessions and operators: what exists before any tenant is entered.
-- The application has no right to these tables; it calls the functions below,
-- each of which gives away as little as its one caller needs.

create table platform.accounts (
  id            uuid not null constraint accounts_pkey primary key,
  name          text not null,
  password_hash text not null,
  must_change   boolean not null default true,
  failures      int not null default 0,
  locked_until  timestamptz,
  password_at   timestamptz not null default now(),
  created_at    timestamptz not null default now()
);

-- Which member of which tenant an account is: one person, several tenants.
create table platform.memberships (
  account_id uuid not null constraint memberships_account_fkey references platform.accounts (id),
  tenant_id  uuid not null constraint memberships_tenant_fkey references platform.tenants (id),
  member_id  uuid not null,
  active     boolean not null default true,
  constraint memberships_pkey primary key (account_id, tenant_id),
  constraint memberships_member_uq unique (tenant_id, member_id)
);

create table platform.sessions (
  id         uuid not null constraint sessions_pkey primary key,
  token_hash bytea not null constraint sessions_token_uq unique,
  account_id uuid not null constraint sessions_account_fkey references platform.accounts (id),
  tenant_id  uuid not null constraint sessions_tenant_fkey references platform.tenants (id),
  member_id  uuid not null,
  ip         text not null,
  user_agent text not null,
  created_at timestamptz not null default now(),
  seen_at    timestamptz not null default now(),
  ended_at   timestamptz
);
create index sessions_account_ix on platform.sessions (account_id) where ended_at is null;
create index sessions_member_ix on platform.sessions (tenant_id, member_id) where ended_at is null;

-- A one-time link: for the first administrator of a tenant, or for an account
-- that joins another tenant. Only the hash of its token is kept.
create table platform.activations (
  id         uuid not null constraint activations_pkey primary key,
  token_hash bytea not null constraint activations_token_uq unique,
  tenant_id  uuid not null constraint activations_tenant_fkey references platform.tenants (id),
  kind       text not null constraint activations_kind_known check (kind in ('first_admin', 'join')),
  member_id  uuid,
  login      text not null,
  name       text not null,
  expires_at timestamptz not null,
  used_at    timestamptz,
  created_at timestamptz not null default now()
);

create table platform.operators (
  id            uuid not null constraint operators_pkey primary key,
  login         text not null constraint operators_login_uq unique,
  name          text not null,
  password_hash text not null,
  failures      int not null default 0,
  locked_until  timestamptz,
  created_at    timestamptz not null default now()
);

-- Failed sign-ins under logins no operator has; see org's login_misses.
create table platform.operator_misses (
  login_hash   bytea not null constraint operator_misses_pkey primary key,
  failures     int not null default 1,
  locked_until timestamptz,
  at           timestamptz not null default now()
);

create table platform.operator_sessions (
  id          uuid not null constraint operator_sessions_pkey primary key,
  token_hash  bytea not null constraint operator_sessions_token_uq unique,
  operator_id uuid not null constraint operator_sessions_operator_fkey references platform.operators (id),
  ip          text not null,
  user_agent  text not null,
  created_at  timestamptz not null default now(),
  seen_at     timestamptz not null default now(),
  ended_at    timestamptz
);

create table platform.operator_audit (
  id          uuid not null constraint operator_audit_pkey primary key,
  at          timestamptz not null default now(),
  operator_id uuid,
  name        text not null,
  action      text not null,
  object      text not null,
  detail      jsonb not null,
  request     text not null,
  ip          text not null
);

create table platform.operator_keys (
  operator_id  uuid not null,
  key          text not null constraint operator_keys_short check (length(key) <= 64),
  request_hash bytea not null,
  status       int not null,
  response     bytea not null,
  at           timestamptz not null default now(),
  constraint operator_keys_pkey primary key (operator_id, key)
);

grant select, insert, update on platform.groups, platform.tenants, platform.activations, platform.operators,
  platform.operator_sessions, platform.operator_keys to hetu_operator;
grant select, insert, update, delete on platform.operator_misses to hetu_operator;
grant select, insert on platform.operator_audit to hetu_operator;
grant select on all tables in schema platform to hetu_backup;

-- As app_seal, for what an operator does.
-- +goose StatementBegin
create function platform.operator_seal(operator uuid, name text, request text, ip text, audits jsonb,
                                       key text, hash bytea, status int, response bytea) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if key is not null then
    insert into platform.operator_keys as k (operator_id, key, request_hash, status, response)
         values (operator, operator_seal.key, hash, operator_seal.status, operator_seal.response)
    on conflict on constraint operator_keys_pkey do update
       set request_hash = excluded.request_hash, status = excluded.status, response = excluded.response, at = now()
     where k.at <= now() - interval '24 hours';
    if not found then
      return false;
    end if;
  end if;
  if audits is not null and audits <> 'null' then
    insert into platform.operator_audit (id, operator_id, name, action, object, detail, request, ip)
         select a.id, operator, operator_seal.name, a.action, a.object, a.detail, operator_seal.request, operator_seal.ip
           from jsonb_to_recordset(audits) as a (id uuid, action text, object text, detail jsonb);
  end if;
  return true;
end $$;

-- What a sign-in page may show of a tenant before anybody has signed in.
create function platform.tenant_by_slug(wanted text)
returns table (id uuid, slug text, name text, short_name text, kind text, state text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.id, t.slug, t.name, t.short_name, t.kind, t.state from platform.tenants t where t.slug = wanted
$$;

-- The tenant of the transaction, those above it and those below it.
create function platform.kin()
returns table (id uuid, parent_id uuid, slug text, name text, short_name text, kind text, state text, depth int, relation text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with me as (select * from platform.tenants where id = public.app_tenant())
  select t.id, t.parent_id, t.slug, t.name, t.short_name, t.kind, t.state, cardinality(t.path) as depth,
         case when t.id = me.id then 'self' when t.id = any (me.path) then 'ancestor' else 'descendant' end
    from me join platform.tenants t on t.id = any (me.path) or t.path @> array[me.id]
   order by t.path
$$;

-- The tenants that rounds of work visit.
create function platform.active_tenants() returns setof uuid
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select id from platform.tenants where state = 'active' order by id
$$;

-- Accounts. Each acts only on accounts that have a membership in the tenant of
-- the transaction.
create function platform.account_create(account uuid, person text, hash text, change boolean) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into platform.accounts (id, name, password_hash, must_change) values (account, person, hash, change)
$$;

create function platform.membership_add(account uuid, member uuid) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into platform.memberships (account_id, tenant_id, member_id) values (account, public.app_tenant(), member)
$$;

create function platform.membership_set(member uuid, on_off boolean) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update platform.memberships set active = on_off where tenant_id = public.app_tenant() and member_id = member
$$;

create function platform.account_secret(account uuid)
returns table (password_hash text, must_change boolean, locked_until timestamptz, password_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select a.password_hash, a.must_change, a.locked_until, a.password_at
    from platform.accounts a join platform.memberships m on m.account_id = a.id
   where a.id = account and m.tenant_id = public.app_tenant() and m.active
$$;

-- Counts a failed sign-in; the fifth locks the account for half an hour.
create function platform.account_failed(account uuid) returns timestamptz
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update platform.accounts a
     set failures = case when a.failures >= 4 then 0 else a.failures + 1 end,
         locked_until = case when a.failures >= 4 then now() + interval '30 minutes' else a.locked_until end
    from platform.memberships m
   where a.id = account and m.account_id = a.id and m.tenant_id = public.app_tenant()
  returning a.locked_until
$$;

-- Forgets the failures of an account that gave its password; false if it was
-- locked meanwhile, so that guesses made side by side are counted like others.
create function platform.account_passed(account uuid) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with passed as (
    update platform.accounts a set failures = 0, locked_until = null
      from platform.memberships m
     where a.id = account and m.account_id = a.id and m.tenant_id = public.app_tenant()
       and (a.locked_until is null or a.locked_until <= now())
    returning 1)
  select exists (select from passed)
$$;

create function platform.account_password(account uuid, hash text, change boolean) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update platform.accounts a
     set password_hash = hash, must_change = change, failures = 0, locked_until = null, password_at = now()
    from platform.memberships m
   where a.id = account and m.account_id = a.id and m.tenant_id = public.app_tenant()
$$;

-- Gives an account a password somebody else knows, unless it has another tenant,
-- whose doors that would open too; then false.
create function platform.account_reset(account uuid, hash text) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with reset as (
    update platform.accounts a
       set password_hash = hash, must_change = true, failures = 0, locked_until = null, password_at = now()
      from platform.memberships m
     where a.id = account and m.account_id = a.id and m.tenant_id = public.app_tenant()
       and not exists (select from platform.memberships o where o.account_id = a.id and o.tenant_id <> public.app_tenant())
    returning 1)
  select exists (select from reset)
$$;

-- Corrects the name of a person who is known to this tenant only.
create function platform.account_rename(account uuid, person text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update platform.accounts a set name = person
    from platform.memberships m
   where a.id = account and m.account_id = a.id and m.tenant_id = public.app_tenant()
     and not exists (select from platform.memberships o where o.account_id = a.id and o.tenant_id <> public.app_tenant())
$$;

-- Ends a membership for good, and with it an account nobody has ever used and
-- that has no other.
create function platform.membership_remove(member uuid) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with gone as (
    delete from platform.memberships where tenant_id = public.app_tenant() and member_id = member
    returning account_id)
  delete from platform.accounts a using gone
   where a.id = gone.account_id
     and not exists (select from platform.memberships o where o.account_id = a.id and o.tenant_id <> public.app_tenant())
     and not exists (select from platform.sessions s where s.account_id = a.id)
$$;

create function platform.account_tenants(account uuid)
returns table (tenant_id uuid, member_id uuid, slug text, name text, short_name text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.id, m.member_id, t.slug, t.name, t.short_name
    from platform.memberships m join platform.tenants t on t.id = m.tenant_id
   where m.account_id = account and m.active and t.state = 'active'
     and exists (select from platform.memberships me
                  where me.account_id = account and me.tenant_id = public.app_tenant())
   order by t.path
$$;

-- Sessions.
create function platform.session_start(session uuid, hash bytea, account uuid, tenant uuid, member uuid, ip text, agent text) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with ok as (
    select from platform.memberships m join platform.tenants t on t.id = m.tenant_id
     where m.account_id = account and m.tenant_id = tenant and m.member_id = member and m.active and t.state = 'active'
       and exists (select from platform.memberships me
                    where me.account_id = account and me.tenant_id = public.app_tenant())),
  made as (
    insert into platform.sessions (id, token_hash, account_id, tenant_id, member_id, ip, user_agent)
    select session, hash, account, tenant, member, ip, agent from ok
    returning 1)
  select exists (select from made)
$$;

-- The living session with this token, if any; being looked for keeps it alive.
create function platform.session_find(hash bytea)
returns table (id uuid, account_id uuid, tenant_id uuid, member_id uuid, name text, must_change boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  return query
    select s.id, s.account_id, s.tenant_id, s.member_id, a.name, a.must_change
      from platform.sessions s
      join platform.accounts a on a.id = s.account_id
      join platform.tenants t on t.id = s.tenant_id
      join platform.memberships m on m.account_id = s.account_id and m.tenant_id = s.tenant_id
     where s.token_hash = hash and s.ended_at is null
       and s.seen_at > now() - interval '30 minutes' and s.created_at > now() - interval '12 hours'
       and t.state = 'active' and m.active;
  if found then
    update platform.sessions s set seen_at = now()
     where s.token_hash = hash and s.seen_at < now() - interval '1 minute';
  end if;
end $$;

create function platform.session_list(account uuid)
returns table (id uuid, tenant_id uuid, created_at timestamptz, seen_at timestamptz, ip text, user_agent text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select s.id, s.tenant_id, s.created_at, s.seen_at, s.ip, s.user_agent
    from platform.sessions s
   where s.account_id = account and s.ended_at is null
     and s.seen_at > now() - interval '30 minutes' and s.created_at > now() - interval '12 hours'
     and exists (select from platform.memberships me
                  where me.account_id = account and me.tenant_id = public.app_tenant())
   order by s.seen_at desc
$$;

-- Ends sessions of an account: one, or all but one, and tells every node.
create function platform.session_end(account uuid, only_this uuid, but_this uuid) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare ended int;
begin
  update platform.sessions s set ended_at = now()
   where s.account_id = account and s.ended_at is null
     and (only_this is null or s.id = only_this) and (but_this is null or s.id <> but_this)
     and exists (select from platform.memberships me
                  where me.account_id = account and me.tenant_id = public.app_tenant());
  get diagnostics ended = row_count;
  perform pg_notify('hetu_sessions', '');
  return ended;
end $$;

-- Ends the session with this token: who has the token may.
create function platform.session_close(hash bytea) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update platform.sessions set ended_at = now() where token_hash = hash and ended_at is null;
  perform pg_notify('hetu_sessions', '');
end $$;

-- Ends the sessions a member has in the tenant of the transaction.
create function platform.member_sessions_end(member uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update platform.sessions set ended_at = now()
   where tenant_id = public.app_tenant() and member_id = member and ended_at is null;
  perform pg_notify('hetu_sessions', '');
end $$;

-- Ends every session in a tenant: what an operator does who suspends it.
create function platform.tenant_sessions_end(tenant uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update platform.sessions set ended_at = now() where tenant_id = tenant and ended_at is null;
  perform pg_notify('hetu_sessions', '');
end $$;

-- Says that the tenant of the transaction has its first administrator.
create function platform.tenant_opened() returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update platform.tenants set opened_at = coalesce(opened_at, now()) where id = public.app_tenant()
$$;

-- One-time links.
create function platform.activation_find(hash bytea)
returns table (id uuid, tenant_id uuid, tenant_name text, tenant_state text, kind text, member_id uuid, login text, name text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select a.id, a.tenant_id, t.name, t.state, a.kind, a.member_id, a.login, a.name
    from platform.activations a join platform.tenants t on t.id = a.tenant_id
   where a.token_hash = hash and a.used_at is null and a.expires_at > now()
$$;

create function platform.activation_create(activation uuid, hash bytea, member uuid, login text, name text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into platform.activations (id, token_hash, tenant_id, kind, member_id, login, name, expires_at)
  values (activation, hash, public.app_tenant(), 'join', member, login, name, now() + interval '3 days')
$$;

-- Uses a link up, in the tenant it was made for; false if it was used already.
create function platform.activation_use(hash bytea) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with used as (
    update platform.activations set used_at = now()
     where token_hash = hash and tenant_id = public.app_tenant() and used_at is null and expires_at > now()
    returning 1)
  select exists (select from used)
$$;
-- +goose StatementEnd

grant execute on function platform.operator_seal(uuid, text, text, text, jsonb, text, bytea, int, bytea) to hetu_operator;
grant execute on function platform.tenant_by_slug(text), platform.kin(), platform.active_tenants(),
  platform.account_create(uuid, text, text, boolean), platform.membership_add(uuid, uuid), platform.membership_set(uuid, boolean),
  platform.account_secret(uuid), platform.account_failed(uuid), platform.account_passed(uuid),
  platform.account_password(uuid, text, boolean), platform.account_reset(uuid, text), platform.account_rename(uuid, text),
  platform.membership_remove(uuid), platform.account_tenants(uuid), platform.tenant_opened(),
  platform.session_close(bytea), platform.member_sessions_end(uuid),
  platform.session_start(uuid, bytea, uuid, uuid, uuid, text, text), platform.session_find(bytea), platform.session_list(uuid),
  platform.session_end(uuid, uuid, uuid), platform.activation_find(bytea),
  platform.activation_create(uuid, bytea, uuid, text, text), platform.activation_use(bytea) to hetu_app;
grant execute on function platform.tenant_sessions_end(uuid) to hetu_operator;
