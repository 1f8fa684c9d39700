-- +goose Up
-- What an item said when it was handed in for review, kept from the moment its
-- drafter changes it: whoever passed or returned it reads what they decided on,
-- and no later draft. Until then the item itself says it.
create table submitted_contents (
  tenant_id    uuid not null default app_tenant(),
  item_id      uuid not null,
  content_hash text not null,
  revision     int  not null,
  column_id    uuid not null,
  column_name  text not null,
  kind         text not null,
  title        text not null,
  body_html    text not null,
  source       text not null,
  editor_id    uuid,
  editor_name  text not null,
  attachments  jsonb not null, -- their names and what they are; the files go when they are taken off
  kept_at      timestamptz not null,
  constraint submitted_contents_pkey primary key (tenant_id, item_id, content_hash),
  constraint submitted_contents_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id) on delete cascade
);
call confine('submitted_contents', 'select, insert');

-- What somebody has read is counted and listed by person.
create index item_reads_member_ix on item_reads (tenant_id, member_id, item_id);
