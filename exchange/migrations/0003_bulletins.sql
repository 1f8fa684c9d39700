-- +goose Up
-- Bulletins of reports and adoptions (信息采用通报). One that was issued is never
-- changed; those it speaks of have a copy of their own.
create table bulletins (
  tenant_id uuid not null default app_tenant(),
  id        uuid not null,
  direction text not null constraint bulletins_direction_known check (direction in ('out', 'in')),
  peer_id   uuid not null, -- who issued it
  peer_name text not null,
  origin    uuid not null, -- the issuer's row
  title     text not null constraint bulletins_title_present check (title <> ''),
  from_day  date not null,
  to_day    date not null,
  figures   jsonb not null,
  hash      text not null constraint bulletins_hash_form check (hash ~ '^[0-9a-f]{64}$'),
  issued_at timestamptz not null,
  issued_by text not null,
  untold    boolean not null default false,
  constraint bulletins_pkey primary key (tenant_id, id),
  constraint bulletins_copied_once_uq unique (tenant_id, direction, peer_id, origin),
  constraint bulletins_days_order check (from_day <= to_day)
);
create index bulletins_issued_ix on bulletins (tenant_id, issued_at desc, id desc);
create index bulletins_untold_ix on bulletins (tenant_id) where untold;
call confine('bulletins', 'select, insert');
grant update (untold) on bulletins to hetu_app;

-- Sends the caller's own bulletin to every active unit below it: a copy each.
-- +goose StatementBegin
create function exchange_circulate(issued uuid) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  b record;
  called text;
  them uuid[];
  copy uuid;
begin
  select o.title, o.from_day, o.to_day, o.figures, o.hash, o.issued_at, o.issued_by into b
    from public.bulletins o where o.tenant_id = me and o.id = issued and o.direction = 'out';
  if not found then
    raise exception 'no such bulletin' using errcode = 'check_violation', constraint = 'exchange_not_yours';
  end if;
  select t.name into called from platform.tenants t where t.id = me;
  select coalesce(array_agg(t.id order by t.id), '{}') into them
    from platform.tenants t where t.path @> array[me] and t.id <> me and t.state = 'active';
  for i in 1 .. cardinality(them) loop
    copy := gen_random_uuid();
    perform set_config('app.tenant_id', them[i]::text, true);
    insert into public.bulletins (tenant_id, id, direction, peer_id, peer_name, origin, title, from_day, to_day, figures, hash, issued_at, issued_by, untold)
         values (them[i], copy, 'in', me, called, issued, b.title, b.from_day, b.to_day, b.figures, b.hash, b.issued_at, b.issued_by, true);
    perform public.exchange_note(called, 'exchange.circulated', 'exchange/bulletin/' || copy, jsonb_build_object('from', me, 'hash', b.hash));
    perform set_config('app.tenant_id', me::text, true);
  end loop;
  return cardinality(them);
end $$;
-- +goose StatementEnd
grant execute on function exchange_circulate(uuid) to hetu_app;
