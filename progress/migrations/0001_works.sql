-- +goose Up
-- A long piece of work that a member asked for: how far it is, how it ended and
-- what it brought. The row is the truth; the queue only says when to look at it.
create table works (
  tenant_id   uuid not null default app_tenant(),
  id          uuid not null,
  member_id   uuid not null,
  kind        text not null constraint works_kind_dotted check (kind ~ '^[a-z_]+\.[a-z_]+$'),
  title       text not null constraint works_title_present check (title <> ''),
  subject     text not null default '', -- what it is about: "assess/round/<id>"
  single      text not null,            -- of its kind, one with the same is under way at a time
  args        jsonb not null,
  state       text not null default 'queued'
    constraint works_state_known check (state in ('queued', 'running', 'done', 'failed', 'stopped')),
  done        int  not null default 0,
  total       int  not null default 0, -- zero: not known yet
  href        text not null default '',
  facts       jsonb not null default '{}', -- what came out, in a few words and numbers
  code        text not null default '',    -- of the fault it failed with
  stop        boolean not null default false, -- it is asked to stop at its next step
  turn        uuid,                           -- whoever is at it; another may take over when the last beat is long ago
  tries       int  not null default 0,
  beat_at     timestamptz not null,
  file_name    text not null default '',
  file_type    text not null default '',
  file_size    bigint not null default 0,
  file_sha256  bytea constraint works_file_sha256_whole check (length(file_sha256) = 32),
  file_key     text not null default '',
  file_version text not null default '',
  file_until   timestamptz,
  created_at  timestamptz not null,
  started_at  timestamptz,
  ended_at    timestamptz,
  constraint works_pkey primary key (tenant_id, id),
  constraint works_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id),
  constraint works_count_whole check (done >= 0 and total >= 0),
  constraint works_end_told check ((state in ('done', 'failed', 'stopped')) = (ended_at is not null)),
  constraint works_failure_told check ((state = 'failed') = (code <> '')),
  constraint works_file_key_own check (file_key = '' or file_key ~ ('^' || replace(tenant_id::text, '-', '') || '/[0-9a-f]{64}$'))
);
create unique index works_single_uq on works (tenant_id, kind, single) where state in ('queued', 'running');
create index works_member_ix on works (tenant_id, member_id, id desc);
create index works_beat_ix on works (tenant_id, beat_at) where state in ('queued', 'running');
create index works_file_ix on works (tenant_id, file_until) where file_key <> '';
create index works_ended_ix on works (tenant_id, ended_at) where file_key = '';
call confine('works');
