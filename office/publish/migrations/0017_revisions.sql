-- +goose Up
-- Who wrote what an item says now, since when, and when they last saved it: null
-- of one that nobody has changed since this came, which its drafter wrote.
alter table items
  add column written_id    uuid,
  add column written_name  text not null default '',
  add column written_from  timestamptz, -- when its revision began
  add column written_at    timestamptz, -- when it was last saved
  add column restored_from int;         -- the revision it was brought back from
alter table items alter column written_from set default now(), alter column written_at set default now();

-- What an item said before it was changed, and who wrote that: what it says now
-- it says itself, and nobody copies it with every save. A revision is kept once
-- and for good; saves of one sitting are one revision.
create table item_revisions (
  tenant_id     uuid not null default app_tenant(),
  item_id       uuid not null,
  number        int  not null constraint item_revisions_number_positive check (number >= 1),
  author_id     uuid not null,
  author_name   text not null constraint item_revisions_author_named check (author_name <> ''),
  began_at      timestamptz not null,
  saved_at      timestamptz not null,
  restored_from int,
  fields        text[] not null, -- that differ from the revision before
  content       jsonb not null,
  content_hash  text not null constraint item_revisions_hash_form check (content_hash ~ '^[0-9a-f]{64}$'),
  kept_at       timestamptz not null,
  constraint item_revisions_pkey primary key (tenant_id, item_id, number),
  constraint item_revisions_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id) on delete cascade,
  constraint item_revisions_author_fkey foreign key (tenant_id, author_id) references members (tenant_id, id)
);
call confine('item_revisions', 'select, insert');

-- Who has an item open to write in it, in which window, until when. It binds
-- nobody: it is there so that two do not write at once without knowing.
create table item_locks (
  tenant_id   uuid not null default app_tenant(),
  item_id     uuid not null,
  window_id   uuid not null, -- of the browser, made by the page that has the editor open
  member_id   uuid not null,
  name        text not null constraint item_locks_named check (name <> ''),
  since       timestamptz not null,
  until       timestamptz not null,
  taken_from  uuid, -- the window that had it before and did not give it up
  word        text not null default '' constraint item_locks_word_length check (char_length(word) <= 200), -- to who had it
  constraint item_locks_pkey primary key (tenant_id, item_id),
  constraint item_locks_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id) on delete cascade,
  constraint item_locks_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id),
  constraint item_locks_ends check (until > since)
);
call confine('item_locks');
