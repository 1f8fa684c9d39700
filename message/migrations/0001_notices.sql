-- +goose Up
-- A notice tells one person that something happened. It holds a code and names,
-- never a sentence and never content: the reader's own screen words it.
create table notices (
  tenant_id uuid not null default app_tenant(),
  id        uuid not null,
  member_id uuid not null,
  code      text not null constraint notices_code_dotted check (code ~ '^[a-z_]+(\.[a-z_]+)+$'),
  params    jsonb not null,
  href      text not null default '',
  at        timestamptz not null,
  read_at   timestamptz,
  constraint notices_pkey primary key (tenant_id, id),
  constraint notices_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id)
);
create index notices_member_ix on notices (tenant_id, member_id, id desc);
create index notices_unread_ix on notices (tenant_id, member_id, id desc) where read_at is null;
call confine('notices');
