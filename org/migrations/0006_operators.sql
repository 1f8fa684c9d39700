-- +goose Up
-- The platform's operators speak where nobody of a tenant can: they ask in the
-- name of one whose only administrator cannot come in, and answer for one that is
-- closed or has nobody who could (docs/adr/0026).

-- +goose StatementBegin
-- Asks the other tenants of a member's account; nobody (null) of this one: an
-- operator does. Returns 'alone' if there are none, 'open' if that is asked
-- already, 'elsewhere' if another tenant does.
create or replace function platform.consents_ask(reset uuid, what text, member uuid, who uuid, how text, note text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  operator constant uuid := '00000000-0000-0000-0000-000000000000';
  whose uuid;
  asker uuid;
  called text;
  was record;
begin
  select m.account_id into whose from platform.memberships m where m.tenant_id = me and m.member_id = member;
  if who is null then
    asker := operator;
  else
    select m.account_id into asker from platform.memberships m where m.tenant_id = me and m.member_id = who;
  end if;
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

-- The tenant's own word, by an account of one of its members or, with null, by an
-- operator. Only the functions below may call it. Returns 'none', 'over',
-- 'answered', 'self', 'asker' or 'done'.
create function platform.consents_word(reset uuid, mine uuid, called text, yes boolean, how text, note text) returns text
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  r platform.resets;
  c platform.consents;
begin
  perform from platform.accounts a
     join platform.resets x on x.account_id = a.id
     join platform.consents y on y.reset_id = x.id and y.tenant_id = me
    where x.id = reset for no key update of a;
  select x.* into c from platform.consents x where x.reset_id = reset and x.tenant_id = me for update;
  if not found then
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
     set state = case when yes then 'given' else 'refused' end, how = consents_word.how, note = consents_word.note,
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

-- The tenant's own word, by one of its members: neither the person it is about
-- nor who asked. Returns what consents_word does.
create or replace function platform.consents_answer(reset uuid, who uuid, called text, yes boolean, how text, note text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare mine uuid;
begin
  select m.account_id into mine from platform.memberships m where m.tenant_id = public.app_tenant() and m.member_id = who;
  if mine is null then
    return 'none';
  end if;
  return platform.consents_word(reset, mine, called, yes, how, note);
end $$;

-- An operator's word for this tenant: while it is closed, or if nobody of it
-- could say anything, which is for who calls it to find out. Returns 'speaks' if
-- it can speak for itself, and else what consents_word does.
create function platform.consents_speak(reset uuid, called text, yes boolean, how text, note text, nobody boolean) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare closed boolean;
begin
  -- Held to the end: it does not begin to work again beside this.
  select t.state = 'suspended' into closed from platform.tenants t where t.id = public.app_tenant() for share;
  if not coalesce(closed, false) and not nobody then
    return 'speaks';
  end if;
  return platform.consents_word(reset, null, called, yes, how, note);
end $$;

-- What this tenant asked for in the last year and how far it is: of the others no
-- more than how many they are, how many of those that have not answered are
-- closed, and why one refused.
drop function platform.consents_mine(text);
create function platform.consents_mine(what text)
returns table (id uuid, member_id uuid, state text, why text, reason text, units int, given int, closed int, until timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select r.id, r.member_id,
         case when r.state = 'open' and r.asked_at <= now() - interval '3 days' then 'ended'
              when r.state = 'open' and bool_and(c.state = 'given') then 'ready' else r.state end,
         case when r.state = 'open' and r.asked_at <= now() - interval '3 days' then 'expired' else r.why end,
         coalesce(max(c.note) filter (where c.state = 'refused'), ''), count(*)::int, (count(*) filter (where c.state = 'given'))::int,
         (count(*) filter (where c.state = 'open' and t.state = 'suspended'))::int, r.asked_at + interval '3 days'
    from platform.resets r join platform.consents c on c.reset_id = r.id join platform.tenants t on t.id = c.tenant_id
   where r.tenant_id = public.app_tenant() and r.what = consents_mine.what and r.asked_at > now() - interval '1 year'
   group by r.id
$$;
-- +goose StatementEnd
grant execute on function platform.consents_mine(text), platform.consents_speak(uuid, text, boolean, text, text, boolean) to hetu_app;
