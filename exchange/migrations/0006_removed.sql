-- +goose Up
-- A tenant that was removed from the installation leaves nothing behind (what it
-- had sent to others is theirs), and nothing is written for it afterwards: who
-- received an envelope of its goes on with it, and what was pushed to it is
-- withdrawn from those who are there. Both functions are otherwise as before.
-- +goose StatementBegin
create or replace function exchange_answer(got uuid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  me constant uuid := public.app_tenant();
  e record;
  taken jsonb;
  said jsonb;
  wordings bigint;
  called text;
  answered int;
begin
  select i.peer_id, i.peer_envelope, i.hash, i.state, i.received_at, i.receipt, i.decline_reason, i.changed_at into e
    from public.envelopes i
   where i.tenant_id = me and i.id = got and i.direction = 'in' and i.state in ('received', 'adopted', 'declined');
  if not found then
    raise exception 'no such envelope to answer' using errcode = 'check_violation', constraint = 'exchange_not_yours';
  end if;
  if not exists (select from platform.tenants t where t.id = e.peer_id) then
    return; -- nobody is there to be told
  end if;
  select t.name into called from platform.tenants t where t.id = me;
  select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'journal_id', a.journal_id, 'journal_name', a.journal_name,
           'level', a.level, 'column_id', a.column_id, 'at', a.at, 'by', a.by_name) order by a.at, a.id), '[]') into taken
    from public.adoptions a where a.tenant_id = me and a.envelope_id = got;
  select coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'leader', coalesce(c.leader, n.leader), 'text', coalesce(c.said, n.said),
                    'on', coalesce(c.on_day, n.on_day), 'at', n.at, 'by', n.by_name)
                  || case when c.id is null then '{}' else jsonb_build_object('corrected_at', c.at, 'reason', c.why, 'edition', c.edition) end
           order by n.at, n.id), '[]'), coalesce(sum(coalesce(c.edition, 1)), 0) into said, wordings
    from public.instructions n
    left join lateral (select x.id, x.leader, x.said, x.on_day, x.at, x.why, x.edition from public.instructions x
                        where x.tenant_id = me and x.corrects = n.id order by x.edition desc limit 1) c on true
   where n.tenant_id = me and n.envelope_id = got and n.corrects is null;

  perform set_config('app.tenant_id', e.peer_id::text, true);
  update public.envelopes o
     set state = e.state, received_at = e.received_at, receipt = e.receipt, decline_reason = e.decline_reason,
         news = case
           when jsonb_array_length(o.instructions) < jsonb_array_length(said) then 'instructed'
           when (select coalesce(sum(coalesce((b ->> 'edition')::int, 1)), 0) from jsonb_array_elements(o.instructions) b) < wordings then
             case when o.untold and o.news = 'instructed' then 'instructed' else 'instruction_corrected' end
           else '' end,
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
      from public.push_units u where u.tenant_id = me and u.push_id = given and u.state in ('sent', 'done');
    update public.push_units u set state = 'withdrawn' where u.tenant_id = me and u.push_id = given;
    for i in 1 .. cardinality(them) loop
      continue when not exists (select from platform.tenants t where t.id = them[i]); -- it went with its copy
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
