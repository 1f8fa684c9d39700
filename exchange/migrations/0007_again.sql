-- +goose Up
-- A unit to which a push could not be delivered may be given the item again: it
-- has the item once, but not by a delivery that failed.
drop index push_units_once_uq;
create unique index push_units_once_uq on push_units (tenant_id, item, unit_id) where state not in ('withdrawn', 'failed');

-- A delivery that was cut short and then failed has left a copy there: it is one
-- that was sent, as it will be from now on.
alter table push_units no force row level security;
alter table pushed no force row level security;
update push_units u set state = 'sent'
  from pushed d
 where u.state = 'failed' and d.tenant_id = u.unit_id and d.id = u.copy_id and d.push_id = u.push_id and d.state = 'live';
alter table pushed force row level security;
alter table push_units force row level security;

-- What is withdrawn is withdrawn wherever there is a copy, and there are as many
-- as were found. The function is otherwise as before.
-- +goose StatementBegin
create or replace function exchange_unpush(what uuid, why text, who text) returns int
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
      from public.push_units u where u.tenant_id = me and u.push_id = given and u.state in ('sent', 'done', 'failed');
    update public.push_units u set state = 'withdrawn' where u.tenant_id = me and u.push_id = given;
    for i in 1 .. cardinality(them) loop
      continue when not exists (select from platform.tenants t where t.id = them[i]); -- it went with its copy
      perform set_config('app.tenant_id', them[i]::text, true);
      update public.pushed d set state = 'withdrawn', withdrawn_at = now(), untold = false
       where d.tenant_id = them[i] and d.id = copies[i] and d.peer_id = me and d.push_id = given;
      if found then
        perform public.exchange_note(called, 'exchange.push_withdrawn', 'exchange/pushed/' || copies[i], jsonb_build_object('by', me));
        gone := gone + 1;
      end if;
      perform set_config('app.tenant_id', me::text, true);
    end loop;
  end loop;
  return gone;
end $$;
-- +goose StatementEnd
