-- +goose Up
-- Envelopes between tenants. An envelope is two rows that never meet: the
-- sender's and the receiver's copy, each in its own tenant. The application
-- cannot write the other tenant's row; four functions carry across what stands
-- in the caller's own row and nothing else.
create table journals (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  name       text not null constraint journals_name_present check (name <> ''),
  level      text not null constraint journals_level_known check (level in ('own', 'upper')),
  kind       text not null default '',
  version    int  not null default 1,
  changed_by text not null default '',
  changed_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  constraint journals_pkey primary key (tenant_id, id),
  constraint journals_name_uq unique (tenant_id, name)
);
call confine('journals');

create table envelopes (
  tenant_id      uuid not null default app_tenant(),
  id             uuid not null,
  direction      text not null constraint envelopes_direction_known check (direction in ('out', 'in')),
  peer_id        uuid not null, -- the other tenant
  peer_name      text not null,
  peer_envelope  uuid not null, -- the other tenant's row
  item           uuid not null, -- the sender's item
  -- What was sent, as it was then. 1 MiB at most.
  content        jsonb not null constraint envelopes_content_size check (octet_length(content::text) <= 1048576),
  title          text generated always as (content ->> 'title') stored,
  kind           text generated always as (content ->> 'kind') stored,
  content_hash   text generated always as (content ->> 'content_hash') stored,
  hash           text not null constraint envelopes_hash_form check (hash ~ '^[0-9a-f]{64}$'),
  note           text not null default '',
  state          text not null default 'sent'
    constraint envelopes_state_known check (state in ('sent', 'received', 'adopted', 'declined', 'recalled')),
  sent_at        timestamptz not null,
  sent_by        uuid,          -- the sender's member; unknown to the receiver
  deed_id        uuid,          -- the sender's deed, which a recall reverses
  deed_unit      uuid,
  deed_unit_kind text not null default 'department',
  received_at    timestamptz,
  receipt        jsonb,
  decline_reason text not null default '',
  feedback       jsonb not null default '[]', -- the receiver's adoptions, as told to the sender
  untold         boolean not null default false, -- somebody here is yet to be notified of the state
  version        int  not null default 1,
  changed_by     text not null default '',
  changed_at     timestamptz not null default now(),
  constraint envelopes_pkey primary key (tenant_id, id),
  constraint envelopes_copied_once_uq unique (tenant_id, direction, peer_id, peer_envelope),
  constraint envelopes_title_present check (content ->> 'title' <> '')
);
-- The same item with the same content goes to a receiver once, unless it was
-- recalled.
create unique index envelopes_sent_once_uq on envelopes (tenant_id, peer_id, item, content_hash)
  where direction = 'out' and state <> 'recalled';
create index envelopes_box_ix on envelopes (tenant_id, direction, sent_at desc, id desc);
create index envelopes_state_ix on envelopes (tenant_id, direction, state, sent_at desc, id desc);
create index envelopes_untold_ix on envelopes (tenant_id) where untold;
call confine('envelopes', 'select, insert');
-- What was sent is never changed: the application may move an envelope on, and
-- has no right to its content.
grant update (state, received_at, receipt, decline_reason, untold, version, changed_by, changed_at) on envelopes to hetu_app;

-- Where the bytes of an envelope's attachments lie in this tenant's store. The
-- receiver's row has no key until the copy is there.
create table envelope_files (
  tenant_id   uuid not null default app_tenant(),
  envelope_id uuid not null,
  id          uuid not null,
  key         text not null default '',
  version     text not null default '',
  state       text not null default 'copying' constraint envelope_files_state_known check (state in ('copying', 'ready', 'failed')),
  constraint envelope_files_pkey primary key (tenant_id, envelope_id, id),
  constraint envelope_files_envelope_fkey foreign key (tenant_id, envelope_id) references envelopes (tenant_id, id)
);
call confine('envelope_files', 'select, insert');

create table adoptions (
  tenant_id    uuid not null default app_tenant(),
  id           uuid not null,
  envelope_id  uuid not null,
  journal_id   uuid not null,
  journal_name text not null, -- as they were then
  level        text not null,
  column_id    uuid,
  item_id      uuid,
  by_id        uuid,
  by_name      text not null,
  at           timestamptz not null default now(),
  constraint adoptions_pkey primary key (tenant_id, id),
  constraint adoptions_envelope_fkey foreign key (tenant_id, envelope_id) references envelopes (tenant_id, id),
  constraint adoptions_journal_fkey foreign key (tenant_id, journal_id) references journals (tenant_id, id),
  constraint adoptions_once_uq unique (tenant_id, envelope_id, journal_id)
);
call confine('adoptions', 'select, insert');

-- The functions below run as the owner of the tables, whom row security binds
-- as well. Each enters the other tenant for one or two statements and comes
-- back; if one of them fails, PostgreSQL takes the setting back together with
-- the failed (sub)transaction.

-- Writes into the audit of the tenant a function has entered what another
-- tenant did there. Only the functions below may call it.
-- +goose StatementBegin
create function exchange_log(who text, did text, envelope uuid, detail jsonb) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  insert into public.audit_entries (id, actor_name, action, object, detail, request, ip)
       values (gen_random_uuid(), who, did, 'exchange/envelope/' || envelope, detail, 'exchange', '')
$$;
-- +goose StatementEnd

-- Delivers the caller's own envelope: inserts the copy of its receiver, who
-- must stand above the sender and be active. Arguments name rows, never
-- content, so there is nothing to forge.
-- +goose StatementBegin
create function exchange_deliver(sent uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  e record;
  files uuid[];
  called text;
begin
  select o.peer_id, o.peer_envelope, o.item, o.content, o.hash, o.note, o.sent_at into e
    from public.envelopes o
   where o.tenant_id = me and o.id = sent and o.direction = 'out' and o.state = 'sent';
  if not found then
    raise exception 'no such envelope to deliver' using errcode = 'check_violation', constraint = 'exchange_not_yours';
  end if;
  if octet_length(e.content::text) > 1048576 then
    raise exception 'envelope too large' using errcode = 'check_violation', constraint = 'envelopes_content_size';
  end if;
  select s.name into called
    from platform.tenants s join platform.tenants r on r.id = e.peer_id
   where s.id = me and r.id = any (s.path) and r.id <> s.id and s.state = 'active' and r.state = 'active';
  if not found then
    raise exception 'not a receiver' using errcode = 'check_violation', constraint = 'exchange_not_a_target';
  end if;
  select coalesce(array_agg(f.id), '{}') into files
    from public.envelope_files f where f.tenant_id = me and f.envelope_id = sent;

  perform set_config('app.tenant_id', e.peer_id::text, true);
  insert into public.envelopes (tenant_id, id, direction, peer_id, peer_name, peer_envelope, item, content, hash, note, sent_at, untold)
       values (e.peer_id, e.peer_envelope, 'in', me, called, sent, e.item, e.content, e.hash, e.note, e.sent_at, true);
  insert into public.envelope_files (tenant_id, envelope_id, id)
       select e.peer_id, e.peer_envelope, f from unnest(files) as f;
  perform public.exchange_log(called, 'exchange.delivered', e.peer_envelope, jsonb_build_object('from', me, 'hash', e.hash));
  perform set_config('app.tenant_id', me::text, true);
end $$;

-- Tells the sender what became of an envelope the caller received: state,
-- receipt, reason and adoptions of the caller's own row. The sender's row must
-- name the caller, this row and the same hash.
create function exchange_answer(got uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  e record;
  taken jsonb;
  called text;
  answered int;
begin
  select i.peer_id, i.peer_envelope, i.hash, i.state, i.received_at, i.receipt, i.decline_reason, i.changed_at into e
    from public.envelopes i
   where i.tenant_id = me and i.id = got and i.direction = 'in' and i.state in ('received', 'adopted', 'declined');
  if not found then
    raise exception 'no such envelope to answer' using errcode = 'check_violation', constraint = 'exchange_not_yours';
  end if;
  select t.name into called from platform.tenants t where t.id = me;
  select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'journal_id', a.journal_id, 'journal_name', a.journal_name,
           'level', a.level, 'column_id', a.column_id, 'at', a.at, 'by', a.by_name) order by a.at, a.id), '[]') into taken
    from public.adoptions a where a.tenant_id = me and a.envelope_id = got;

  perform set_config('app.tenant_id', e.peer_id::text, true);
  update public.envelopes o
     set state = e.state, received_at = e.received_at, receipt = e.receipt, decline_reason = e.decline_reason,
         feedback = taken, untold = true, version = o.version + 1, changed_by = called, changed_at = e.changed_at
   where o.tenant_id = e.peer_id and o.id = e.peer_envelope and o.direction = 'out' and o.peer_id = me
     and o.peer_envelope = got and o.hash = e.hash and o.state <> 'recalled';
  get diagnostics answered = row_count;
  perform public.exchange_log(called, 'exchange.answered', e.peer_envelope, jsonb_build_object('by', me, 'state', e.state, 'hash', e.hash));
  perform set_config('app.tenant_id', me::text, true);
  if answered <> 1 then
    raise exception 'the sender knows no such envelope' using errcode = 'check_violation', constraint = 'exchange_unknown_to_sender';
  end if;
end $$;

-- Takes the caller's own envelope back, on both sides, unless the receiver has
-- decided on it or the caller's row is no longer the version given. Locks the
-- receiver's row first, as an answer does.
create function exchange_recall(sent uuid, seen int, person text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  peer uuid;
  theirs uuid;
  free boolean;
  called text;
begin
  select o.peer_id, o.peer_envelope into peer, theirs
    from public.envelopes o where o.tenant_id = me and o.id = sent and o.direction = 'out';
  if not found then
    return false;
  end if;
  perform set_config('app.tenant_id', peer::text, true);
  select i.state in ('sent', 'received') into free
    from public.envelopes i
   where i.tenant_id = peer and i.id = theirs and i.direction = 'in' and i.peer_id = me and i.peer_envelope = sent
     for update;
  perform set_config('app.tenant_id', me::text, true);
  if free is not true then
    return false;
  end if;
  update public.envelopes o
     set state = 'recalled', version = o.version + 1, changed_by = person, changed_at = now(), untold = false
   where o.tenant_id = me and o.id = sent and o.version = seen and o.state in ('sent', 'received');
  if not found then
    return false;
  end if;
  perform set_config('app.tenant_id', peer::text, true);
  update public.envelopes i
     set state = 'recalled', version = i.version + 1, changed_by = i.peer_name, changed_at = now(), untold = true
   where i.tenant_id = peer and i.id = theirs returning i.peer_name into called;
  perform public.exchange_log(called, 'exchange.recalled', theirs, jsonb_build_object('by', me));
  perform set_config('app.tenant_id', me::text, true);
  return true;
end $$;

-- Tells both sides where the copy of one attachment of the caller's own
-- envelope lies, or, with an empty key, that there is none to be had. False if
-- that was known already or the envelope was recalled. The key must be one of
-- the receiver's own.
create function exchange_copied(sent uuid, file uuid, new_key text, new_version text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  into_state constant text := case when new_key = '' then 'failed' else 'ready' end;
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
  update public.envelope_files f set state = into_state
   where f.tenant_id = me and f.envelope_id = sent and f.id = file and f.state = 'copying';
  if not found then
    return false;
  end if;
  perform set_config('app.tenant_id', peer::text, true);
  update public.envelope_files f set state = into_state, key = new_key, version = new_version
   where f.tenant_id = peer and f.envelope_id = theirs and f.id = file and f.state = 'copying';
  perform set_config('app.tenant_id', me::text, true);
  return true;
end $$;
-- +goose StatementEnd

grant execute on function exchange_deliver(uuid), exchange_answer(uuid), exchange_recall(uuid, int, text),
  exchange_copied(uuid, uuid, text, text) to hetu_app;
