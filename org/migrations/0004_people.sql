-- +goose Up
-- Some are here who are not staff, and for a time only (R240).
alter table members
  add column kind  text not null default 'staff' constraint members_kind_known check (kind in ('staff', 'external')),
  add column until date, -- the last day they may come in
  add constraint members_until_external check (until is null or kind = 'external');
create index members_until_ix on members (tenant_id, until) where until is not null and state in ('invited', 'active', 'locked');

-- How old a password may become, and what happens then (R247). A tenant without
-- a row has ninety days and demands another.
create table password_rules (
  tenant_id  uuid not null default app_tenant(),
  days       int  not null default 90 constraint password_rules_days_sane check (days between 30 and 365),
  force      boolean not null default true, -- false: it is only advised
  version    int  not null default 1,
  changed_by text not null default '',
  changed_at timestamptz not null default now(),
  changed    text[] not null default '{}',
  constraint password_rules_pkey primary key (tenant_id)
);
call confine('password_rules');

-- Who asked for another password, and how (R249, R251): nobody's is replaced
-- without their own request.
create table password_requests (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  member_id  uuid not null,
  how        text not null constraint password_requests_how_known check (how in ('page', 'person', 'phone', 'written')),
  stolen     boolean not null default false, -- they fear that somebody else knows it (R246)
  note       text not null default '',
  ip         text not null default '',
  state      text not null default 'open' constraint password_requests_state_known check (state in ('open', 'granted', 'refused')),
  reason     text not null default '', -- why it was refused
  at         timestamptz not null default now(),
  decided_by text not null default '',
  decided_at timestamptz,
  constraint password_requests_pkey primary key (tenant_id, id),
  constraint password_requests_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id),
  constraint password_requests_decided check ((state = 'open') = (decided_at is null))
);
create unique index password_requests_open_uq on password_requests (tenant_id, member_id) where state = 'open';
create index password_requests_at_ix on password_requests (tenant_id, id desc);
call confine('password_requests');

-- Who has read that the account is theirs alone, and by what rules it is used (R244, R350).
create table acknowledgements (
  tenant_id uuid not null default app_tenant(),
  member_id uuid not null,
  edition   int  not null,
  at        timestamptz not null default now(),
  ip        text not null,
  constraint acknowledgements_pkey primary key (tenant_id, member_id, edition),
  constraint acknowledgements_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id)
);
call confine('acknowledgements', 'select, insert, delete');

-- The passwords an account had before: the last four, so that with the one it
-- has none of five comes back.
create table platform.password_history (
  id         bigint generated always as identity constraint password_history_pkey primary key,
  account_id uuid not null constraint password_history_account_fkey references platform.accounts (id) on delete cascade,
  hash       text not null
);
create index password_history_account_ix on platform.password_history (account_id, id desc);
grant select on platform.password_history to hetu_backup;

-- A link by which a person chooses another password (R249).
alter table platform.activations
  drop constraint activations_kind_known,
  add constraint activations_kind_known check (kind in ('first_admin', 'join', 'reset'));

-- +goose StatementBegin
create function platform.note_password() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into platform.password_history (account_id, hash) values (old.id, old.password_hash);
  delete from platform.password_history h
   where h.account_id = old.id
     and h.id not in (select k.id from platform.password_history k where k.account_id = old.id order by k.id desc limit 4);
  return null;
end $$;

-- The hashes of the passwords an account of this tenant had before.
create function platform.account_past(account uuid) returns setof text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select h.hash from platform.password_history h join platform.memberships m on m.account_id = h.account_id
   where h.account_id = account and m.tenant_id = public.app_tenant()
   order by h.id desc
$$;

-- Makes a link for an account that is known to this tenant only: an
-- administrator's word must not open another tenant's doors. False if it is not.
create function platform.reset_create(activation uuid, hash bytea, account uuid, member uuid, login text, name text) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with gone as (
    update platform.activations set expires_at = now()
     where tenant_id = public.app_tenant() and member_id = member and kind = 'reset' and used_at is null),
  made as (
    insert into platform.activations (id, token_hash, tenant_id, kind, member_id, login, name, expires_at)
    select activation, hash, m.tenant_id, 'reset', m.member_id, reset_create.login, reset_create.name, now() + interval '1 day'
      from platform.memberships m
     where m.account_id = account and m.tenant_id = public.app_tenant() and m.member_id = member
       and not exists (select from platform.memberships o where o.account_id = account and o.tenant_id <> public.app_tenant())
    returning 1)
  select exists (select from made)
$$;

-- Forgets the links of a member who is no more one.
create function platform.links_end(member uuid) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update platform.activations set expires_at = now()
   where tenant_id = public.app_tenant() and member_id = member and used_at is null and expires_at > now()
$$;

-- Members of this tenant who are signed in from several addresses at once (R245).
create function platform.sessions_together()
returns table (member_id uuid, session_id uuid, ip text, user_agent text, created_at timestamptz, seen_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  with alive as (
    select s.member_id, s.id, s.ip, s.user_agent, s.created_at, s.seen_at,
           min(s.ip) over w as least, max(s.ip) over w as greatest
      from platform.sessions s
     where s.tenant_id = public.app_tenant() and s.ended_at is null
       and s.seen_at > now() - interval '30 minutes' and s.created_at > now() - interval '12 hours'
    window w as (partition by s.member_id))
  select a.member_id, a.id, a.ip, a.user_agent, a.created_at, a.seen_at
    from alive a where a.least <> a.greatest order by a.member_id, a.created_at limit 500
$$;
-- +goose StatementEnd
create trigger accounts_password_note after update on platform.accounts for each row
  when (old.password_hash is distinct from new.password_hash) execute function platform.note_password();
grant execute on function platform.account_past(uuid), platform.reset_create(uuid, bytea, uuid, uuid, text, text),
  platform.links_end(uuid), platform.sessions_together() to hetu_app;
