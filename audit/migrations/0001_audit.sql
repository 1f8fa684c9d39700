-- +goose Up
-- The entries and their seals stand in the kernel. This is how they are looked
-- up: what was done to one thing, and what one person did.
create index audit_entries_object_ix on audit_entries (tenant_id, object, id desc);
create index audit_entries_member_ix on audit_entries (tenant_id, member_id, id desc);

-- A dump that is restored into another cluster finds its transactions numbered
-- from the beginning again, which would put new entries among those sealed long
-- ago. So entries carry the number plus a base, and a restore raises the base. Names
-- are qualified: functions with a search path of their own write entries too.
-- +goose StatementBegin
create function app_xid_base() returns numeric
language sql immutable parallel safe as 'select 0::numeric';

create function app_xid_of(x xid8) returns xid8
language sql stable parallel safe as $$
  select (x::text::numeric + public.app_xid_base())::text::xid8
$$;

create function app_xid() returns xid8
language sql as $$
  select public.app_xid_of(pg_current_xact_id())
$$;

-- What a restore does last, as a superuser and before anybody works.
create procedure audit_rebase()
language plpgsql as $$
declare
  newest numeric := greatest((select max(txid::text::numeric) from public.audit_entries), (select max(upto::text::numeric) from public.audit_seals), 0);
  base   numeric := greatest(public.app_xid_base(), newest + 1 - pg_current_xact_id()::text::numeric);
begin
  execute format('create or replace function public.app_xid_base() returns numeric language sql immutable parallel safe as %L',
                 format('select %s::numeric', base));
end $$;
-- +goose StatementEnd
revoke execute on procedure audit_rebase() from public;
grant execute on function app_xid_base(), app_xid_of(xid8), app_xid() to hetu_app;
alter table audit_entries alter column txid set default app_xid();
