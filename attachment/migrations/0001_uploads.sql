-- +goose Up
-- A file on its way in. How much of it has arrived is the length of the file
-- in the staging area, and nowhere else; this row says whose it is and what
-- became of it.
create table uploads (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  member_id  uuid not null,
  name       text not null constraint uploads_name_present check (name <> ''),
  size       bigint not null constraint uploads_size_positive check (size > 0),
  announced  bytea constraint uploads_announced_whole check (length(announced) = 32), -- SHA-256 the client says it has
  state      text not null default 'open'
    constraint uploads_state_known check (state in ('open', 'scanning', 'ready', 'refused', 'claimed')),
  turn       uuid,        -- whoever is scanning it; another may take over when since is long ago
  since      timestamptz, -- when the scan began
  reason     text not null default '', -- the code of the refusal
  type       text not null default '',
  sha256     bytea constraint uploads_sha256_whole check (length(sha256) = 32),
  key        text not null default '',
  version    text not null default '',
  created_at timestamptz not null default now(),
  constraint uploads_pkey primary key (tenant_id, id),
  -- Only what was put into the store and verified is ready (I9).
  constraint uploads_ready_whole check (state not in ('ready', 'claimed') or (sha256 is not null and key <> '' and version <> '' and type <> '')),
  constraint uploads_scanning_owned check (state <> 'scanning' or (turn is not null and since is not null))
);
create index uploads_member_ix on uploads (tenant_id, member_id, state);
create index uploads_age_ix on uploads (tenant_id, created_at);
call confine('uploads');

-- A file that belongs to something: a version of an object in the store. Its
-- id is that of the upload it came from, so an upload cannot become two files.
create table files (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  owner      text not null constraint files_owner_present check (owner <> ''), -- "publish/item/<id>"
  name       text not null constraint files_name_present check (name <> ''),
  size       bigint not null constraint files_size_positive check (size > 0),
  type       text not null constraint files_type_present check (type <> ''),
  sha256     bytea not null constraint files_sha256_whole check (length(sha256) = 32),
  key        text not null,
  version    text not null constraint files_version_present check (version <> ''),
  borrowed   boolean not null default false, -- its bytes belong to something else
  member_id  uuid,
  created_at timestamptz not null default now(),
  constraint files_pkey primary key (tenant_id, id),
  constraint files_key_own check (key ~ ('^' || replace(tenant_id::text, '-', '') || '/[0-9a-f]{64}$'))
);
-- Bytes belong to one thing; others may borrow them.
create unique index files_object_uq on files (tenant_id, key, version) where not borrowed;
create index files_owner_ix on files (tenant_id, owner);
call confine('files', 'select, insert, delete');
