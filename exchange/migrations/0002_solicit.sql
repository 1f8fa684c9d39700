-- +goose Up
-- What a tenant asks of those below it: a solicitation (约稿) and its copies.
-- The asker's rows and each copy stand in their own tenants; two functions
-- carry across what stands in the caller's own rows and nothing else.
create table solicitations (
  tenant_id   uuid not null default app_tenant(),
  id          uuid not null,
  title       text not null constraint solicitations_title_present check (title <> ''),
  body        text not null,
  kind        text not null default '',
  due_at      timestamptz not null,
  state       text not null default 'open' constraint solicitations_state_known check (state in ('open', 'withdrawn')),
  reason      text not null default '', -- why it was withdrawn
  news        text not null default 'asked'
    constraint solicitations_news_known check (news in ('asked', 'urged', 'reminded', 'withdrawn')), -- what the units are told next
  urges       int not null default 0,
  urged_at    timestamptz,
  reminded_at timestamptz,
  by_id       uuid,
  by_name     text not null,
  sent_at     timestamptz not null,
  version     int not null default 1,
  changed_by  text not null default '',
  changed_at  timestamptz not null default now(),
  constraint solicitations_pkey primary key (tenant_id, id)
);
create index solicitations_due_ix on solicitations (tenant_id, due_at desc, id desc);
call confine('solicitations', 'select, insert, update');

create table solicited (
  tenant_id       uuid not null default app_tenant(),
  solicitation_id uuid not null,
  unit_id         uuid not null, -- the tenant below
  unit_name       text not null,
  copy_id         uuid not null, -- its row
  envelope_id     uuid,          -- the report that answers, as it came in here
  answered_at     timestamptz,
  late            boolean not null default false,
  constraint solicited_pkey primary key (tenant_id, solicitation_id, unit_id),
  constraint solicited_solicitation_fkey foreign key (tenant_id, solicitation_id) references solicitations (tenant_id, id)
);
create index solicited_envelope_ix on solicited (tenant_id, envelope_id) where envelope_id is not null;
call confine('solicited', 'select, insert');

create table asked (
  tenant_id    uuid not null default app_tenant(),
  id           uuid not null,
  peer_id      uuid not null, -- who asks
  peer_name    text not null,
  solicitation uuid not null, -- their row
  title        text not null,
  body         text not null,
  kind         text not null,
  due_at       timestamptz not null,
  state        text not null,
  reason       text not null,
  news         text not null,
  urges        int not null,
  sent_at      timestamptz not null,
  untold       boolean not null default true,
  envelope_id  uuid,          -- the report that answers
  answered_at  timestamptz,
  late         boolean not null default false,
  constraint asked_pkey primary key (tenant_id, id),
  constraint asked_once_uq unique (tenant_id, peer_id, solicitation)
);
create index asked_due_ix on asked (tenant_id, due_at desc, id desc);
create index asked_untold_ix on asked (tenant_id) where untold;
call confine('asked', 'select');
grant update (untold, envelope_id, answered_at, late) on asked to hetu_app;

-- A report may answer what was asked; its deed is reversed with the other one.
alter table envelopes add column asked uuid, add column ask_deed uuid,
  -- What leaders wrote on it at the receiver's, as told to the sender; and what
  -- the sender is told next, if it is not the state.
  add column instructions jsonb not null default '[]', add column news text not null default '';

-- What a leader of the receiver wrote on an adopted report (领导批示).
create table instructions (
  tenant_id   uuid not null default app_tenant(),
  id          uuid not null,
  envelope_id uuid not null,
  leader      text not null constraint instructions_leader_present check (leader <> ''),
  said        text not null constraint instructions_said_present check (said <> ''),
  on_day      date not null,
  by_id       uuid,
  by_name     text not null,
  at          timestamptz not null,
  constraint instructions_pkey primary key (tenant_id, id),
  constraint instructions_envelope_fkey foreign key (tenant_id, envelope_id) references envelopes (tenant_id, id)
);
create index instructions_envelope_ix on instructions (tenant_id, envelope_id);
call confine('instructions', 'select, insert');

-- +goose StatementBegin
create function exchange_note(who text, did text, what text, detail jsonb) returns void
language sql set search_path = pg_catalog, pg_temp as $$
  insert into public.audit_entries (id, actor_name, action, object, detail, request, ip)
       values (gen_random_uuid(), who, did, what, detail, 'exchange', '')
$$;

-- Carries the caller's own solicitation, as it now is, to those of the units it
-- names that it asked: their copy is made, or brought up to date. Arguments name
-- rows, never content. A unit must stand below the caller; to be asked, it must
-- be active.
create function exchange_ask(ask uuid, units uuid[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  s record;
  called text;
  them uuid[];
  copies uuid[];
  written int;
begin
  select q.title, q.body, q.kind, q.due_at, q.state, q.reason, q.news, q.urges, q.sent_at into s
    from public.solicitations q where q.tenant_id = me and q.id = ask;
  if not found then
    raise exception 'no such solicitation' using errcode = 'check_violation', constraint = 'exchange_not_yours';
  end if;
  select t.name into called from platform.tenants t where t.id = me;
  -- All rows at once: below, the transaction is another tenant's.
  select array_agg(d.unit_id order by d.unit_id), array_agg(d.copy_id order by d.unit_id) into them, copies
    from public.solicited d where d.tenant_id = me and d.solicitation_id = ask and d.unit_id = any (units);
  for i in 1 .. coalesce(cardinality(them), 0) loop
    if not exists (select from platform.tenants t
                    where t.id = them[i] and t.path @> array[me] and t.id <> me and (t.state = 'active' or s.news <> 'asked')) then
      raise exception 'not a unit below' using errcode = 'check_violation', constraint = 'exchange_not_below';
    end if;
    perform set_config('app.tenant_id', them[i]::text, true);
    insert into public.asked as a (tenant_id, id, peer_id, peer_name, solicitation, title, body, kind, due_at, state, reason, news, urges, sent_at)
         values (them[i], copies[i], me, called, ask, s.title, s.body, s.kind, s.due_at, s.state, s.reason, s.news, s.urges, s.sent_at)
    on conflict on constraint asked_pkey do update
       set state = s.state, reason = s.reason, news = s.news, urges = s.urges, untold = true
     where a.peer_id = me and a.solicitation = ask;
    get diagnostics written = row_count;
    perform public.exchange_note(called, 'exchange.' || s.news, 'exchange/asked/' || copies[i], jsonb_build_object('by', me));
    perform set_config('app.tenant_id', me::text, true);
    if written <> 1 then
      raise exception 'the copy is another''s' using errcode = 'check_violation', constraint = 'exchange_not_below';
    end if;
  end loop;
end $$;

-- Tells who asked that the caller's own report answers, or, if the report was
-- recalled, that it does so no longer. The asker must have asked the caller
-- with this very copy, and must have the report.
create function exchange_fulfil(sent uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  e record;
  done int;
begin
  select o.peer_id, o.peer_envelope, o.sent_at, o.state = 'recalled' as recalled, o.asked, a.solicitation into e
    from public.envelopes o
    join public.asked a on a.tenant_id = me and a.id = o.asked and a.peer_id = o.peer_id
   where o.tenant_id = me and o.id = sent and o.direction = 'out' and o.state in ('sent', 'recalled');
  if not found then
    raise exception 'no such answer' using errcode = 'check_violation', constraint = 'exchange_not_yours';
  end if;
  perform set_config('app.tenant_id', e.peer_id::text, true);
  if e.recalled then
    update public.solicited d set envelope_id = null, answered_at = null, late = false
     where d.tenant_id = e.peer_id and d.solicitation_id = e.solicitation and d.unit_id = me and d.envelope_id = e.peer_envelope;
    done := 1;
  else
    perform from public.solicitations q where q.tenant_id = e.peer_id and q.id = e.solicitation and q.state = 'open' for share;
    if found then
      update public.solicited d set envelope_id = e.peer_envelope, answered_at = e.sent_at, late = e.sent_at > q.due_at
        from public.solicitations q
       where q.tenant_id = e.peer_id and q.id = e.solicitation
         and d.tenant_id = e.peer_id and d.solicitation_id = q.id and d.unit_id = me and d.copy_id = e.asked and d.envelope_id is null
         and exists (select from public.envelopes i where i.tenant_id = e.peer_id and i.id = e.peer_envelope
                        and i.direction = 'in' and i.peer_id = me and i.peer_envelope = sent);
      get diagnostics done = row_count;
    end if;
  end if;
  perform set_config('app.tenant_id', me::text, true);
  if done is distinct from 1 then
    raise exception 'it is not waited for' using errcode = 'check_violation', constraint = 'exchange_not_waited_for';
  end if;
end $$;

-- As before, and with it what leaders wrote.
create or replace function exchange_answer(got uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  e record;
  taken jsonb;
  said jsonb;
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
  select coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'leader', n.leader, 'text', n.said, 'on', n.on_day, 'at', n.at, 'by', n.by_name)
           order by n.at, n.id), '[]') into said
    from public.instructions n where n.tenant_id = me and n.envelope_id = got;

  perform set_config('app.tenant_id', e.peer_id::text, true);
  update public.envelopes o
     set state = e.state, received_at = e.received_at, receipt = e.receipt, decline_reason = e.decline_reason,
         news = case when jsonb_array_length(o.instructions) < jsonb_array_length(said) then 'instructed' else '' end,
         feedback = taken, instructions = said, untold = true, version = o.version + 1, changed_by = called, changed_at = e.changed_at
   where o.tenant_id = e.peer_id and o.id = e.peer_envelope and o.direction = 'out' and o.peer_id = me
     and o.peer_envelope = got and o.hash = e.hash and o.state <> 'recalled';
  get diagnostics answered = row_count;
  perform public.exchange_log(called, 'exchange.answered', e.peer_envelope, jsonb_build_object('by', me, 'state', e.state, 'hash', e.hash));
  perform set_config('app.tenant_id', me::text, true);
  if answered <> 1 then
    raise exception 'the sender knows no such envelope' using errcode = 'check_violation', constraint = 'exchange_unknown_to_sender';
  end if;
end $$;
-- +goose StatementEnd

grant execute on function exchange_ask(uuid, uuid[]), exchange_fulfil(uuid) to hetu_app;
