-- +goose Up
-- Which tenants were removed from this installation, with the certificate of
-- that. Nothing else of them is left. certificate is null until the object
-- store is empty, too.
create table platform.removals (
  tenant_id   uuid not null constraint removals_pkey primary key,
  slug        text not null,
  name        text not null,
  at          timestamptz not null default now(),
  record      jsonb not null, -- what was removed from the database, and by whom
  certificate jsonb
);
grant select on platform.removals to hetu_operator, hetu_backup;

-- An address that was somebody's is nobody else's afterwards (TI-11): a link
-- somewhere may still name it.
-- +goose StatementBegin
create function platform.tenants_not_removed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from platform.removals r where (r.slug = new.slug) <> (r.tenant_id = new.id)) then
    raise exception using errcode = 'unique_violation', constraint = 'tenants_slug_uq', schema = 'platform', table = 'tenants',
      message = 'the address was that of a tenant that was removed';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger tenants_not_removed before insert or update of slug on platform.tenants
  for each row execute function platform.tenants_not_removed();
