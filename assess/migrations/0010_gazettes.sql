-- +goose Up
-- A bulletin that was issued, as the tenants below are shown it: what it says
-- and the documents made of it, from when somebody shows it until somebody takes
-- it back. Another showing is another row.
create table assess_gazettes (
  tenant_id    uuid not null default app_tenant(),
  id           uuid not null,
  bulletin_id  uuid not null,
  issuer_name  text not null,
  scheme_name  text not null,
  round_name   text not null,
  title        text not null,
  blocks       jsonb not null,
  digest       text not null, -- SHA-256 of the blocks
  issued_at    timestamptz not null,
  docx_name    text not null,
  docx_size    bigint not null,
  docx_type    text not null,
  docx_sha256  text not null,
  docx_key     text not null,
  docx_version text not null,
  pdf_name     text not null,
  pdf_size     bigint not null,
  pdf_type     text not null,
  pdf_sha256   text not null,
  pdf_key      text not null,
  pdf_version  text not null,
  subjects     uuid[] not null, -- the tenants it is shown to
  by_id        uuid not null,
  by_name      text not null,
  at           timestamptz not null,
  taken_by     text not null default '',
  taken_at     timestamptz,
  taken_why    text not null default '',
  constraint assess_gazettes_pkey primary key (tenant_id, id),
  constraint assess_gazettes_bulletin_fkey foreign key (tenant_id, bulletin_id) references assess_bulletins (tenant_id, id),
  constraint assess_gazettes_taken check ((taken_at is null) = (taken_by = '' and taken_why = ''))
);
create unique index assess_gazettes_shown_uq on assess_gazettes (tenant_id, bulletin_id) where taken_at is null;
create index assess_gazettes_subjects_ix on assess_gazettes using gin (subjects);
call split('assess_gazettes', 'tenant_id = app_tenant() or (taken_at is null and subjects @> array[app_tenant()])', 'select, insert, update');

-- What is shown stays as it is; it is taken back once.
-- +goose StatementBegin
create function assess_gazettes_guard() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  taken constant text[] := '{taken_by,taken_at,taken_why}';
begin
  if old.taken_at is not null or new.taken_at is null or to_jsonb(new) - taken <> to_jsonb(old) - taken then
    raise exception 'assessment: a bulletin that is shown stays as it is' using errcode = 'check_violation', constraint = 'assess_gazettes_stay';
  end if;
  return new;
end $$;
-- +goose StatementEnd
revoke execute on function assess_gazettes_guard() from public;
create trigger assess_gazettes_stay before update on assess_gazettes for each row execute function assess_gazettes_guard();

-- What the people of this tenant have been told of.
create table assess_told (
  tenant_id uuid not null default app_tenant(),
  about     text not null,
  at        timestamptz not null,
  constraint assess_told_pkey primary key (tenant_id, about)
);
call confine('assess_told', 'select, insert');

-- What waits for a second person is asked once a minute.
create index assess_adjustments_waiting_ix on assess_adjustments (tenant_id, round_id) where state = 'proposed';
