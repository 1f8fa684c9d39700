-- +goose Up
-- Somebody who has lost every way to show a second factor gets rid of it by two
-- others: one asks, having seen who it is, another confirms.
create table factor_resets (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  member_id  uuid not null,
  reason     text not null constraint factor_resets_reason_present check (reason <> ''),
  state      text not null default 'open' constraint factor_resets_state_known check (state in ('open', 'confirmed', 'refused', 'void')),
  asked_by   uuid not null,
  asked_at   timestamptz not null default now(),
  decided_by uuid,
  decided_at timestamptz,
  constraint factor_resets_pkey primary key (tenant_id, id),
  constraint factor_resets_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id),
  constraint factor_resets_asked_fkey foreign key (tenant_id, asked_by) references members (tenant_id, id),
  constraint factor_resets_decided_fkey foreign key (tenant_id, decided_by) references members (tenant_id, id),
  constraint factor_resets_other check (decided_by is null or state = 'refused' or decided_by <> asked_by and decided_by <> member_id)
);
create unique index factor_resets_open_uq on factor_resets (tenant_id, member_id) where state = 'open';
create index factor_resets_asked_ix on factor_resets (tenant_id, asked_at desc);
call confine('factor_resets', 'select, insert, update');
