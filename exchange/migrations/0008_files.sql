-- +goose Up
-- A file of a report whose copying is given up says so, and why, on both sides;
-- whoever may report has it tried again.
alter table envelope_files
  add column reason   text not null default '', -- why it failed: gone (its bytes are not what was sent), unreachable (given up)
  add column again_at timestamptz;              -- when it was last asked for again
alter table envelope_files no force row level security;
update envelope_files set reason = 'gone' where state = 'failed';
alter table envelope_files force row level security;
alter table envelope_files add constraint envelope_files_reason_known
  check (case state when 'failed' then reason in ('gone', 'unreachable') else reason = '' end);
create index envelope_files_copying_ix on envelope_files (tenant_id, envelope_id) where state = 'copying';

-- What somebody here is yet to be notified of about its files.
alter table envelopes add column files_news text not null default ''
  constraint envelopes_files_news_known check (files_news in ('', 'failed', 'arrived'));
create index envelopes_files_news_ix on envelopes (tenant_id, id) where files_news <> '';
grant update (files_news) on envelopes to hetu_app;

-- +goose StatementBegin
-- Sets on both sides what is to be told of the files of the caller's own
-- envelope, the receiver's row first, as an answer and a recall do. Only the
-- functions below may call it.
create function exchange_files_news(me uuid, sent uuid, peer uuid, theirs uuid, said text, did text, detail jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  called text;
begin
  select t.name into called from platform.tenants t where t.id = me;
  perform set_config('app.tenant_id', peer::text, true);
  update public.envelopes i set files_news = said where i.tenant_id = peer and i.id = theirs and i.direction = 'in';
  if found then -- a tenant that was removed has no rows, and is written none
    perform public.exchange_log(called, did, theirs, detail || jsonb_build_object('by', me));
  end if;
  perform set_config('app.tenant_id', me::text, true);
  update public.envelopes o set files_news = said where o.tenant_id = me and o.id = sent and o.direction = 'out';
end $$;

-- As before; both sides are told of a file that is not to be had, and of the last
-- that came after it was asked for again.
create or replace function exchange_copied(sent uuid, file uuid, new_key text, new_version text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  into_state constant text := case when new_key = '' then 'failed' else 'ready' end;
  why constant text := case when new_key = '' then 'gone' else '' end;
  peer uuid;
  theirs uuid;
begin
  select o.peer_id, o.peer_envelope into peer, theirs
    from public.envelopes o
   where o.tenant_id = me and o.id = sent and o.direction = 'out' and o.state <> 'recalled';
  if not found then
    return false;
  end if;
  if new_key <> '' and new_key not like replace(peer::text, '-', '') || '/%' then
    raise exception 'not a key of the receiver' using errcode = 'check_violation', constraint = 'exchange_foreign_key';
  end if;
  update public.envelope_files f set state = into_state, reason = why
   where f.tenant_id = me and f.envelope_id = sent and f.id = file and f.state = 'copying';
  if not found then
    return false;
  end if;
  perform set_config('app.tenant_id', peer::text, true);
  update public.envelope_files f set state = into_state, reason = why, key = new_key, version = new_version
   where f.tenant_id = peer and f.envelope_id = theirs and f.id = file and f.state = 'copying';
  perform set_config('app.tenant_id', me::text, true);
  if into_state = 'failed' then
    perform public.exchange_files_news(me, sent, peer, theirs, 'failed', 'exchange.files_failed', jsonb_build_object('files', 1, 'reason', why));
  elsif not exists (select from public.envelope_files f where f.tenant_id = me and f.envelope_id = sent and f.state <> 'ready')
    and exists (select from public.envelope_files f where f.tenant_id = me and f.envelope_id = sent and f.again_at is not null) then
    perform public.exchange_files_news(me, sent, peer, theirs, 'arrived', 'exchange.files_arrived', '{}');
  end if;
  return true;
end $$;

-- Ends the copying of what is still to be copied of the caller's own envelope,
-- on both sides, but for what was asked for again after seen. Returns how many
-- files that were; none if it was recalled.
create function exchange_copy_lost(sent uuid, seen timestamptz) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  peer uuid;
  theirs uuid;
  lost uuid[];
begin
  select o.peer_id, o.peer_envelope into peer, theirs
    from public.envelopes o
   where o.tenant_id = me and o.id = sent and o.direction = 'out' and o.state <> 'recalled';
  if not found then
    return 0;
  end if;
  with gone as (
    update public.envelope_files f set state = 'failed', reason = 'unreachable'
     where f.tenant_id = me and f.envelope_id = sent and f.state = 'copying' and (f.again_at is null or f.again_at <= seen) returning f.id)
  select coalesce(array_agg(g.id), '{}') into lost from gone g;
  if cardinality(lost) = 0 then
    return 0;
  end if;
  perform set_config('app.tenant_id', peer::text, true);
  update public.envelope_files f set state = 'failed', reason = 'unreachable'
   where f.tenant_id = peer and f.envelope_id = theirs and f.id = any (lost) and f.state = 'copying';
  perform set_config('app.tenant_id', me::text, true);
  perform public.exchange_files_news(me, sent, peer, theirs, 'failed', 'exchange.files_failed',
    jsonb_build_object('files', cardinality(lost), 'reason', 'unreachable'));
  return cardinality(lost);
end $$;

-- Begins again with the files of the caller's own envelope that failed, on both
-- sides. Returns how many they are; none if it was recalled.
create function exchange_copy_again(sent uuid) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  peer uuid;
  theirs uuid;
  again uuid[];
begin
  select o.peer_id, o.peer_envelope into peer, theirs
    from public.envelopes o
   where o.tenant_id = me and o.id = sent and o.direction = 'out' and o.state <> 'recalled';
  if not found then
    return 0;
  end if;
  with begun as (
    update public.envelope_files f set state = 'copying', reason = '', again_at = now()
     where f.tenant_id = me and f.envelope_id = sent and f.state = 'failed' returning f.id)
  select coalesce(array_agg(b.id), '{}') into again from begun b;
  if cardinality(again) = 0 then
    return 0;
  end if;
  perform set_config('app.tenant_id', peer::text, true);
  update public.envelope_files f set state = 'copying', reason = '', again_at = now()
   where f.tenant_id = peer and f.envelope_id = theirs and f.id = any (again) and f.state = 'failed';
  perform set_config('app.tenant_id', me::text, true);
  perform public.exchange_files_news(me, sent, peer, theirs, '', 'exchange.files_again', jsonb_build_object('files', cardinality(again)));
  return cardinality(again);
end $$;
-- +goose StatementEnd

grant execute on function exchange_copy_lost(uuid, timestamptz), exchange_copy_again(uuid) to hetu_app;
