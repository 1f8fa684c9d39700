-- +goose Up
-- What a tenant published and gives to those below it (推送): a copy in each of
-- them, read there without a review of their own, and gone everywhere in the
-- transaction in which it is withdrawn. Those above learn how many read it and
-- never who.
create table pushes (
  tenant_id    uuid not null default app_tenant(),
  id           uuid not null,
  item         uuid not null,
  content      jsonb not null constraint pushes_content_size check (octet_length(content::text) <= 1048576),
  title        text generated always as (content ->> 'title') stored,
  kind         text generated always as (content ->> 'kind') stored,
  hash         text not null constraint pushes_hash_form check (hash ~ '^[0-9a-f]{64}$'),
  state        text not null default 'live' constraint pushes_state_known check (state in ('live', 'withdrawn')),
  reason       text not null default '',
  pushed_at    timestamptz not null,
  by_id        uuid,
  by_name      text not null,
  withdrawn_at timestamptz,
  version      int not null default 1,
  changed_by   text not null default '',
  changed_at   timestamptz not null default now(),
  constraint pushes_pkey primary key (tenant_id, id),
  constraint pushes_title_present check (content ->> 'title' <> '')
);
create index pushes_at_ix on pushes (tenant_id, pushed_at desc, id desc);
create index pushes_item_ix on pushes (tenant_id, item);
call confine('pushes', 'select, insert');

create table push_units (
  tenant_id uuid not null default app_tenant(),
  push_id   uuid not null,
  unit_id   uuid not null,
  unit_name text not null,
  copy_id   uuid not null,
  item      uuid not null,
  state     text not null default 'waiting' -- sent: its copy is there, maybe without all attachments
    constraint push_units_state_known check (state in ('waiting', 'sent', 'done', 'failed', 'withdrawn')),
  constraint push_units_pkey primary key (tenant_id, push_id, unit_id),
  constraint push_units_push_fkey foreign key (tenant_id, push_id) references pushes (tenant_id, id)
);
-- A unit has an item once.
create unique index push_units_once_uq on push_units (tenant_id, item, unit_id) where state <> 'withdrawn';
call confine('push_units', 'select, insert');
grant update (state) on push_units to hetu_app;

create table push_files (
  tenant_id uuid not null default app_tenant(),
  push_id   uuid not null,
  id        uuid not null,
  key       text not null,
  version   text not null,
  constraint push_files_pkey primary key (tenant_id, push_id, id),
  constraint push_files_push_fkey foreign key (tenant_id, push_id) references pushes (tenant_id, id)
);
call confine('push_files', 'select, insert');

create table pushed (
  tenant_id    uuid not null default app_tenant(),
  id           uuid not null,
  peer_id      uuid not null, -- who gives it
  peer_name    text not null,
  push_id      uuid not null, -- their row
  content      jsonb not null,
  title        text generated always as (content ->> 'title') stored,
  kind         text generated always as (content ->> 'kind') stored,
  hash         text not null,
  pushed_at    timestamptz not null,
  state        text not null default 'live' constraint pushed_state_known check (state in ('live', 'withdrawn')),
  withdrawn_at timestamptz,
  untold       boolean not null default true,
  constraint pushed_pkey primary key (tenant_id, id),
  constraint pushed_copied_once_uq unique (tenant_id, peer_id, push_id)
);
create index pushed_live_ix on pushed (tenant_id, pushed_at desc, id desc) where state = 'live';
create index pushed_untold_ix on pushed (tenant_id) where untold;
call confine('pushed', 'select');
grant update (untold) on pushed to hetu_app;

create table pushed_files (
  tenant_id uuid not null default app_tenant(),
  pushed_id uuid not null,
  id        uuid not null,
  key       text not null default '',
  version   text not null default '',
  state     text not null default 'copying' constraint pushed_files_state_known check (state in ('copying', 'ready', 'failed')),
  constraint pushed_files_pkey primary key (tenant_id, pushed_id, id),
  constraint pushed_files_pushed_fkey foreign key (tenant_id, pushed_id) references pushed (tenant_id, id)
);
call confine('pushed_files', 'select');

create table pushed_reads (
  tenant_id uuid not null default app_tenant(),
  pushed_id uuid not null,
  member_id uuid not null,
  at        timestamptz not null,
  constraint pushed_reads_pkey primary key (tenant_id, pushed_id, member_id),
  constraint pushed_reads_pushed_fkey foreign key (tenant_id, pushed_id) references pushed (tenant_id, id)
);
call confine('pushed_reads', 'select, insert');

-- How many read it here: all that who gave it may know.
create table push_counts (
  tenant_id uuid not null default app_tenant(),
  pushed_id uuid not null,
  peer_id   uuid not null,
  readers   int not null default 0,
  members   int not null default 0,
  at        timestamptz not null,
  constraint push_counts_pkey primary key (tenant_id, pushed_id),
  constraint push_counts_pushed_fkey foreign key (tenant_id, pushed_id) references pushed (tenant_id, id)
);
create index push_counts_peer_ix on push_counts (peer_id, pushed_id);
call show_to('push_counts', 'peer_id', 'select, insert, update');

-- +goose StatementBegin
-- Gives the caller's own push to one of its units, who must be active and stand
-- below; given already, nothing happens. Returns the attachments whose bytes the
-- unit does not have yet.
create function exchange_push(given uuid, unit uuid) returns uuid[]
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  p record;
  copy uuid;
  files uuid[];
  lacking uuid[];
  called text;
begin
  -- Held until the transaction ends: what is withdrawn meanwhile waits for it.
  select o.content, o.hash, o.pushed_at into p
    from public.pushes o where o.tenant_id = me and o.id = given and o.state = 'live' for share;
  if not found then
    raise exception 'no such push' using errcode = 'check_violation', constraint = 'exchange_not_live';
  end if;
  select u.copy_id into copy from public.push_units u
   where u.tenant_id = me and u.push_id = given and u.unit_id = unit and u.state in ('waiting', 'sent') for update;
  if not found then
    raise exception 'not for this unit' using errcode = 'check_violation', constraint = 'exchange_not_live';
  end if;
  if not exists (select from platform.tenants t where t.id = unit and t.path @> array[me] and t.id <> me and t.state = 'active') then
    raise exception 'not a unit below' using errcode = 'check_violation', constraint = 'exchange_not_below';
  end if;
  select t.name into called from platform.tenants t where t.id = me;
  select coalesce(array_agg(f.id order by f.id), '{}') into files from public.push_files f where f.tenant_id = me and f.push_id = given;
  update public.push_units u set state = 'sent' where u.tenant_id = me and u.push_id = given and u.unit_id = unit;

  perform set_config('app.tenant_id', unit::text, true);
  if not exists (select from public.pushed d where d.tenant_id = unit and d.id = copy and d.peer_id = me and d.push_id = given) then
    insert into public.pushed (tenant_id, id, peer_id, peer_name, push_id, content, hash, pushed_at)
         values (unit, copy, me, called, given, p.content, p.hash, p.pushed_at);
    insert into public.pushed_files (tenant_id, pushed_id, id) select unit, copy, f from unnest(files) as f;
    perform public.exchange_note(called, 'exchange.pushed', 'exchange/pushed/' || copy, jsonb_build_object('from', me, 'hash', p.hash));
  end if;
  select coalesce(array_agg(f.id order by f.id), '{}') into lacking
    from public.pushed_files f where f.tenant_id = unit and f.pushed_id = copy and f.state = 'copying';
  perform set_config('app.tenant_id', me::text, true);
  return lacking;
end $$;

-- Tells a unit where its copy of one attachment of the caller's own push lies,
-- or, with an empty key, that there is none to be had. False if that was known
-- already or the push was withdrawn. The key must be one of the unit's own.
create function exchange_push_file(given uuid, unit uuid, file uuid, new_key text, new_version text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  copy uuid;
  written int;
begin
  select u.copy_id into copy
    from public.push_units u join public.pushes o on o.tenant_id = me and o.id = u.push_id and o.state = 'live'
   where u.tenant_id = me and u.push_id = given and u.unit_id = unit and u.state = 'sent';
  if not found then
    return false;
  end if;
  if new_key <> '' and new_key not like replace(unit::text, '-', '') || '/%' then
    raise exception 'not a key of the unit' using errcode = 'check_violation', constraint = 'exchange_foreign_key';
  end if;
  perform set_config('app.tenant_id', unit::text, true);
  update public.pushed_files f
     set state = case when new_key = '' then 'failed' else 'ready' end, key = new_key, version = new_version
    from public.pushed d
   where f.tenant_id = unit and f.pushed_id = copy and f.id = file and f.state = 'copying'
     and d.tenant_id = unit and d.id = copy and d.peer_id = me and d.push_id = given;
  get diagnostics written = row_count;
  perform set_config('app.tenant_id', me::text, true);
  return written = 1;
end $$;

-- Withdraws the caller's own push, or every push of the caller's own item, and
-- every copy of it, in the caller's transaction. Returns how many copies there
-- were.
create function exchange_unpush(what uuid, why text, who text) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  given uuid;
  called text;
  them uuid[];
  copies uuid[];
  gone int := 0;
begin
  for given in select unnest(array(select p.id from public.pushes p
                where p.tenant_id = me and (p.id = what or p.item = what) and p.state = 'live' order by p.id for update)) loop
    select t.name into called from platform.tenants t where t.id = me;
    update public.pushes p
       set state = 'withdrawn', reason = why, withdrawn_at = now(), version = p.version + 1, changed_by = who, changed_at = now()
     where p.tenant_id = me and p.id = given;
    select coalesce(array_agg(u.unit_id order by u.unit_id), '{}'), coalesce(array_agg(u.copy_id order by u.unit_id), '{}') into them, copies
      from public.push_units u where u.tenant_id = me and u.push_id = given and u.state in ('sent', 'done');
    update public.push_units u set state = 'withdrawn' where u.tenant_id = me and u.push_id = given;
    for i in 1 .. cardinality(them) loop
      perform set_config('app.tenant_id', them[i]::text, true);
      update public.pushed d set state = 'withdrawn', withdrawn_at = now(), untold = false
       where d.tenant_id = them[i] and d.id = copies[i] and d.peer_id = me and d.push_id = given;
      perform public.exchange_note(called, 'exchange.push_withdrawn', 'exchange/pushed/' || copies[i], jsonb_build_object('by', me));
      perform set_config('app.tenant_id', me::text, true);
    end loop;
    gone := gone + cardinality(them);
  end loop;
  return gone;
end $$;
-- +goose StatementEnd

grant execute on function exchange_push(uuid, uuid), exchange_push_file(uuid, uuid, uuid, text, text), exchange_unpush(uuid, text, text) to hetu_app;
