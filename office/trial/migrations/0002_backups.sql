-- +goose Up
-- Backups while a run goes on: how far apart they are to be, and those that were
-- taken, as who took them wrote it down.
alter table trial_runs add column backup_days int not null default 7
  constraint trial_runs_backups_sane check (backup_days between 0 and 31); -- 0: the run asks for none

create table trial_backups (
  tenant_id uuid not null default app_tenant(),
  id        uuid not null,
  run_id    uuid not null,
  taken_at  timestamptz not null,
  covers    text not null constraint trial_backups_of_something check (covers <> ''),
  kept      text not null constraint trial_backups_kept check (kept <> ''),
  digest    text not null default '' constraint trial_backups_digest check (digest ~ '^([0-9a-f]{64})?$'), -- SHA-256 of the file
  checked   text not null constraint trial_backups_checked_known check (checked in ('no', 'read', 'restored')),
  note      text not null default '',
  by_name   text not null,
  at        timestamptz not null,
  constraint trial_backups_pkey primary key (tenant_id, id),
  constraint trial_backups_run_fkey foreign key (tenant_id, run_id) references trial_runs (tenant_id, id)
);
create index trial_backups_run_ix on trial_backups (tenant_id, run_id, taken_at desc);
call confine('trial_backups', 'select, insert');
