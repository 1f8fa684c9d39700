-- +goose Up
-- Lists of tenants that operators brought as a workbook: looked through first,
-- made when somebody says so, in pieces. A row of the list carries the id that
-- its tenant will have, so that a piece that is done again does nothing.
create table platform.lists (
  id          uuid not null constraint lists_pkey primary key,
  group_id    uuid not null constraint lists_group_fkey references platform.groups (id),
  name        text not null,
  rows        jsonb not null,
  total       int not null,
  faulty      int not null,
  done        int not null default 0,
  state       text not null default 'checked' constraint lists_state_known check (state in ('checked', 'running', 'done', 'failed', 'dropped')),
  code        text not null default '', -- why it failed, and at which row
  template_id uuid,
  operator_id uuid not null,
  made_by     text not null,
  created_at  timestamptz not null default now(),
  started_at  timestamptz,
  ended_at    timestamptz,
  version     int not null default 1
);
create index lists_running_ix on platform.lists (id) where state = 'running';
grant select, insert, update on platform.lists to hetu_operator;
grant select on platform.lists to hetu_backup;
