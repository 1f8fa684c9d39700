-- +goose Up
-- Another password, or the end of a lost second factor, for an account of
-- several tenants (R249): one of them asks upon the person's request, and each of
-- the others consents, having asked the person itself. It stands for three days;
-- then, when somebody refuses, the person comes in with their password or has
-- another, or a membership of the account begins or ends, it is over.
create table platform.resets (
  id         uuid not null constraint resets_pkey primary key,
  account_id uuid not null constraint resets_account_fkey references platform.accounts (id) on delete cascade,
  what       text not null constraint resets_what_known check (what in ('password', 'second')),
  tenant_id  uuid not null constraint resets_tenant_fkey references platform.tenants (id), -- who asks
  member_id  uuid not null,                                                                -- and for whom, as they know them
  asked_by   uuid not null,                                                                -- the account
  how        text not null,
  note       text not null,
  asked_at   timestamptz not null default now(),
  state      text not null default 'open' constraint resets_state_known check (state in ('open', 'refused', 'ended')),
  why        text not null default '' constraint resets_why_known check (why in ('', 'expired', 'withdrawn', 'signed_in', 'password', 'second', 'membership', 'done')),
  used_at    timestamptz, -- when the link was fetched, or the factor taken away
  ended_at   timestamptz,
  constraint resets_ended check ((state = 'open') = (ended_at is null))
);
create unique index resets_open_uq on platform.resets (account_id, what) where state = 'open';
create index resets_account_ix on platform.resets (account_id);
create index resets_tenant_ix on platform.resets (tenant_id, what, asked_at desc);

-- What each of the other tenants says.
create table platform.consents (
  reset_id   uuid not null constraint consents_reset_fkey references platform.resets (id) on delete cascade,
  tenant_id  uuid not null constraint consents_tenant_fkey references platform.tenants (id),
  member_id  uuid not null,
  state      text not null default 'open' constraint consents_state_known check (state in ('open', 'given', 'refused')),
  how        text not null default '', -- how the person was asked there, or nothing
  note       text not null default '', -- and in which words; why, if it was refused
  decided_by text not null default '',
  account_id uuid,                     -- whose word it was
  decided_at timestamptz,
  constraint consents_pkey primary key (reset_id, tenant_id),
  constraint consents_decided check ((state = 'open') = (decided_at is null))
);
create index consents_tenant_ix on platform.consents (tenant_id, reset_id);
grant select on platform.resets, platform.consents to hetu_backup;
create index activations_member_ix on platform.activations (tenant_id, member_id) where used_at is null;

alter table password_requests add column reset_id uuid; -- the consent of the other units that is asked for it

-- +goose StatementBegin
-- Writes into the audit of a tenant what another did there. Only the functions
-- below may call it.
create function platform.consent_log(who text, did text, unit uuid, member uuid, detail jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare me constant uuid := public.app_tenant();
begin
  perform set_config('app.tenant_id', unit::text, true);
  insert into public.audit_entries (id, actor_name, action, object, detail, request, ip)
       values (gen_random_uuid(), who, did, 'org/member/' || member, detail, 'consent', '');
  perform set_config('app.tenant_id', me::text, true);
end $$;

-- Ends what is open for an account: of one kind, or of both if what is null. The
-- link that was fetched upon it is void with it.
create function platform.consents_end(account uuid, what text, because text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update platform.activations a set expires_at = now()
    from platform.resets r
   where r.account_id = account and r.state = 'open' and r.what = 'password' and coalesce(consents_end.what, r.what) = r.what
     and a.tenant_id = r.tenant_id and a.member_id = r.member_id and a.kind = 'reset' and a.used_at is null and a.expires_at > now();
  update platform.resets r
     set state = 'ended', ended_at = now(),
         why = case when r.asked_at <= now() - interval '3 days' then 'expired'
                    when because in ('password', 'second') and r.used_at is not null then 'done' else because end
   where r.account_id = account and r.state = 'open' and coalesce(consents_end.what, r.what) = r.what;
end $$;

-- Asks the other tenants of a member's account. Returns 'alone' if there are
-- none, 'open' if that is asked already, 'elsewhere' if another tenant does.
create function platform.consents_ask(reset uuid, what text, member uuid, who uuid, how text, note text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  whose uuid;
  asker uuid;
  called text;
  was record;
begin
  select m.account_id into whose from platform.memberships m where m.tenant_id = me and m.member_id = member;
  select m.account_id into asker from platform.memberships m where m.tenant_id = me and m.member_id = who;
  -- One after the other for an account; so does whoever gets or loses a membership.
  perform from platform.accounts a where a.id = whose for no key update;
  if asker is null or asker = whose or not exists (select from platform.memberships m where m.account_id = whose and m.tenant_id <> me) then
    return 'alone';
  end if;
  select r.tenant_id, r.asked_at <= now() - interval '3 days' as expired into was
    from platform.resets r where r.account_id = whose and r.what = consents_ask.what and r.state = 'open';
  if found and not was.expired then
    return case when was.tenant_id = me then 'open' else 'elsewhere' end;
  end if;
  perform platform.consents_end(whose, consents_ask.what, 'expired');
  insert into platform.resets (id, account_id, what, tenant_id, member_id, asked_by, how, note)
       values (reset, whose, consents_ask.what, me, member, asker, consents_ask.how, consents_ask.note);
  insert into platform.consents (reset_id, tenant_id, member_id)
  select reset, m.tenant_id, m.member_id from platform.memberships m where m.account_id = whose and m.tenant_id <> me;
  select t.name into called from platform.tenants t where t.id = me;
  perform platform.consent_log(called, 'org.consent_asked', c.tenant_id, c.member_id, jsonb_build_object('what', consents_ask.what, 'reset', reset))
     from platform.consents c where c.reset_id = reset;
  return 'asked';
end $$;

-- What this tenant asked for in the last year and how far it is: of the others no
-- more than how many they are, and why one refused.
create function platform.consents_mine(what text)
returns table (id uuid, member_id uuid, state text, why text, reason text, units int, given int, until timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.id, r.member_id,
         case when r.state = 'open' and r.asked_at <= now() - interval '3 days' then 'ended'
              when r.state = 'open' and bool_and(c.state = 'given') then 'ready' else r.state end,
         case when r.state = 'open' and r.asked_at <= now() - interval '3 days' then 'expired' else r.why end,
         coalesce(max(c.note) filter (where c.state = 'refused'), ''), count(*)::int, (count(*) filter (where c.state = 'given'))::int,
         r.asked_at + interval '3 days'
    from platform.resets r join platform.consents c on c.reset_id = r.id
   where r.tenant_id = public.app_tenant() and r.what = consents_mine.what and r.asked_at > now() - interval '1 year'
   group by r.id
$$;

-- What other tenants ask of this one, and what it said. Who asks is told by the
-- tenant's name alone. may says whether the member who looks may answer.
create function platform.consents_here(what text, who uuid)
returns table (id uuid, member_id uuid, unit text, how text, note text, asked_at timestamptz, until timestamptz, state text,
               answer_how text, answer_note text, decided_by text, decided_at timestamptz, may boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.id, c.member_id, t.name, r.how, r.note, r.asked_at, r.asked_at + interval '3 days',
         case when c.state = 'open' and (r.state <> 'open' or r.asked_at <= now() - interval '3 days') then 'over' else c.state end,
         c.how, c.note, c.decided_by, c.decided_at,
         c.state = 'open' and r.state = 'open' and r.asked_at > now() - interval '3 days'
           and exists (select from platform.memberships m where m.tenant_id = c.tenant_id and m.member_id = who and m.account_id not in (r.account_id, r.asked_by))
    from platform.consents c join platform.resets r on r.id = c.reset_id join platform.tenants t on t.id = r.tenant_id
   where c.tenant_id = public.app_tenant() and r.what = consents_here.what and r.asked_at > now() - interval '1 year'
$$;

-- The tenant's own word, by one of its members: neither the person it is about
-- nor who asked. Returns 'none', 'over', 'answered', 'self', 'asker' or 'done'.
create function platform.consents_answer(reset uuid, who uuid, called text, yes boolean, how text, note text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  r platform.resets;
  c platform.consents;
  mine uuid;
begin
  select m.account_id into mine from platform.memberships m where m.tenant_id = me and m.member_id = who;
  perform from platform.accounts a
     join platform.resets x on x.account_id = a.id
     join platform.consents y on y.reset_id = x.id and y.tenant_id = me
    where x.id = reset for no key update of a;
  select x.* into c from platform.consents x where x.reset_id = reset and x.tenant_id = me for update;
  if not found or mine is null then
    return 'none';
  end if;
  select x.* into r from platform.resets x where x.id = reset;
  if c.state <> 'open' then
    return 'answered';
  elsif r.state <> 'open' or r.asked_at <= now() - interval '3 days' then
    return 'over';
  elsif mine = r.account_id then
    return 'self';
  elsif mine = r.asked_by then
    return 'asker';
  end if;
  update platform.consents x
     set state = case when yes then 'given' else 'refused' end, how = consents_answer.how, note = consents_answer.note,
         decided_by = called, account_id = mine, decided_at = now()
   where x.reset_id = reset and x.tenant_id = me;
  if not yes then
    update platform.resets x set state = 'refused', ended_at = now() where x.id = reset;
  end if;
  -- Who of the other tenants said so is not for the one that asks.
  perform platform.consent_log('', case when yes then 'org.consent_given' else 'org.consent_refused' end, r.tenant_id, r.member_id,
                               jsonb_build_object('what', r.what, 'reset', reset));
  return 'done';
end $$;

-- Who asked takes it back; false if there is nothing open.
create function platform.consents_withdraw(reset uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  r platform.resets;
  called text;
begin
  perform from platform.accounts a join platform.resets x on x.account_id = a.id
    where x.id = reset and x.tenant_id = public.app_tenant() for no key update of a;
  select x.* into r from platform.resets x
   where x.id = reset and x.tenant_id = public.app_tenant() and x.state = 'open' and x.asked_at > now() - interval '3 days';
  if not found then
    return false;
  end if;
  perform platform.consents_end(r.account_id, r.what, 'withdrawn');
  select t.name into called from platform.tenants t where t.id = r.tenant_id;
  perform platform.consent_log(called, 'org.consent_withdrawn', c.tenant_id, c.member_id, jsonb_build_object('what', r.what, 'reset', reset))
     from platform.consents c where c.reset_id = reset;
  return true;
end $$;

-- Notes that what all have consented to is done for a member of this tenant, and
-- in the audit of each; false unless every tenant the account has now consented.
create function platform.consents_use(what text, account uuid, member uuid) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  wanted uuid;
  called text;
begin
  select r.id into wanted from platform.resets r
   where r.account_id = account and r.what = consents_use.what and r.tenant_id = public.app_tenant() and r.member_id = member
     and r.state = 'open' and r.asked_at > now() - interval '3 days'
     and not exists (
           select from platform.memberships m
            where m.account_id = account and m.tenant_id <> r.tenant_id
              and not exists (select from platform.consents c where c.reset_id = r.id and c.tenant_id = m.tenant_id and c.state = 'given'));
  if not found then
    return false;
  end if;
  update platform.resets r set used_at = now() where r.id = wanted;
  select t.name into called from platform.tenants t where t.id = public.app_tenant();
  perform platform.consent_log(called, 'org.consent_used', c.tenant_id, c.member_id, jsonb_build_object('what', consents_use.what, 'reset', wanted))
     from platform.consents c where c.reset_id = wanted;
  return true;
end $$;

-- Makes a link for an account that is known to this tenant only, or to which all
-- its other tenants have consented: an administrator's word alone must not open
-- another tenant's doors. False if neither. The link lasts a day, and no longer
-- than what they consented to.
create or replace function platform.reset_create(activation uuid, hash bytea, account uuid, member uuid, login text, name text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare until timestamptz;
begin
  perform from platform.accounts a where a.id = account for no key update;
  if not exists (select from platform.memberships m where m.account_id = account and m.tenant_id = public.app_tenant() and m.member_id = member)
     or exists (select from platform.memberships o where o.account_id = account and o.tenant_id <> public.app_tenant())
        and not platform.consents_use('password', account, member) then
    return false;
  end if;
  update platform.activations a set expires_at = now()
   where a.tenant_id = public.app_tenant() and a.member_id = member and a.kind = 'reset' and a.used_at is null;
  select r.asked_at + interval '3 days' into until
    from platform.resets r where r.account_id = account and r.what = 'password' and r.state = 'open' and r.tenant_id = public.app_tenant();
  insert into platform.activations (id, token_hash, tenant_id, kind, member_id, login, name, expires_at)
       values (activation, hash, public.app_tenant(), 'reset', member, reset_create.login, reset_create.name, least(now() + interval '1 day', until));
  return true;
end $$;

-- Takes the second factor of a member away and ends their sessions, if the
-- account has no other tenant or all of them have consented; false if neither.
create or replace function platform.second_forget(member uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare who uuid;
begin
  select m.account_id into who from platform.memberships m where m.tenant_id = public.app_tenant() and m.member_id = member;
  perform from platform.accounts a where a.id = who for no key update;
  if who is null
     or exists (select from platform.memberships o where o.account_id = who and o.tenant_id <> public.app_tenant())
        and not platform.consents_use('second', who, member) then
    return false;
  end if;
  delete from platform.seconds s where s.account_id = who;
  update platform.sessions s set ended_at = now() where s.account_id = who and s.ended_at is null;
  perform pg_notify('hetu_sessions', '');
  return true;
end $$;

-- Forgets the failures of an account that gave its password, and what others
-- have consented to because it could not; false if it was locked meanwhile, so
-- that guesses made side by side are counted like others.
create or replace function platform.account_passed(account uuid) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  update platform.accounts a set failures = 0, locked_until = null
    from platform.memberships m
   where a.id = account and m.account_id = a.id and m.tenant_id = public.app_tenant()
     and (a.locked_until is null or a.locked_until <= now());
  if not found then
    return false;
  end if;
  if exists (select from platform.resets r where r.account_id = account and r.state = 'open') then
    perform platform.consents_end(account, null, 'signed_in');
  end if;
  return true;
end $$;

-- What is asked for is over with another password, a factor that is gone, and
-- when a membership of the account begins or ends.
create function platform.consents_end_with() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare whose uuid;
begin
  if tg_table_name = 'accounts' then
    perform platform.consents_end(old.id, 'password', 'password');
    return null;
  elsif tg_table_name = 'seconds' then
    perform platform.consents_end(old.account_id, 'second', 'second');
    return null;
  end if;
  whose := case when tg_op = 'DELETE' then old.account_id else new.account_id end;
  if tg_op = 'INSERT' and not exists (select from platform.memberships m where m.account_id = whose and m.tenant_id <> new.tenant_id) then
    return null; -- its first
  end if;
  perform from platform.accounts a where a.id = whose for no key update; -- one after the other: see consents_ask
  perform platform.consents_end(whose, null, 'membership');
  -- A link of before would open the doors of a tenant that was not asked.
  update platform.activations a set expires_at = now()
    from platform.memberships m
   where tg_op = 'INSERT' and m.account_id = whose and a.tenant_id = m.tenant_id and a.member_id = m.member_id
     and a.kind = 'reset' and a.used_at is null and a.expires_at > now();
  return null;
end $$;
-- +goose StatementEnd
create trigger accounts_consents after update of password_hash on platform.accounts for each row
  when (old.password_hash is distinct from new.password_hash) execute function platform.consents_end_with();
create trigger seconds_consents after delete on platform.seconds for each row execute function platform.consents_end_with();
create trigger memberships_consents after insert or delete on platform.memberships for each row execute function platform.consents_end_with();

grant execute on function platform.consents_ask(uuid, text, uuid, uuid, text, text), platform.consents_mine(text),
  platform.consents_here(text, uuid), platform.consents_answer(uuid, uuid, text, boolean, text, text),
  platform.consents_withdraw(uuid) to hetu_app;

-- An operator whose first password somebody else knows chooses another before
-- anything else, as members do (R243).
alter table platform.operators add column must_change boolean not null default false;
