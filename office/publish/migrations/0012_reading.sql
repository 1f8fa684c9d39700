-- +goose Up
-- What people who may not take an item down themselves ask to have taken down
-- (R013), or order (R038). Minutes follow from the times (R014).
create table takedown_requests (
  tenant_id       uuid not null default app_tenant(),
  id              uuid not null,
  item_id         uuid not null,
  title           text not null, -- of the item, its column and its department, as they were called
  column_name     text not null,
  department_name text not null,
  reason          text not null
    constraint takedown_requests_reason_known check (reason in ('mistake', 'unsuitable', 'wrong', 'confidential', 'unlawful', 'other')),
  note            text not null default '' constraint takedown_requests_note_length check (char_length(note) <= 500),
  ordered         boolean not null, -- by who inspects: it is carried out, not refused
  noticed_at      timestamptz not null,
  requested_id    uuid not null,
  requested_name  text not null constraint takedown_requests_named check (requested_name <> ''),
  requested_at    timestamptz not null,
  state           text not null default 'open'
    constraint takedown_requests_state_known check (state in ('open', 'removed', 'refused', 'cancelled')),
  decided_id      uuid,
  decided_name    text not null default '',
  decided_at      timestamptz,
  answer          text not null default '' constraint takedown_requests_answer_length check (char_length(answer) <= 500),
  version         int not null default 1,
  constraint takedown_requests_pkey primary key (tenant_id, id),
  constraint takedown_requests_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id),
  constraint takedown_requests_by_fkey foreign key (tenant_id, requested_id) references members (tenant_id, id),
  constraint takedown_requests_decided check ((state = 'open') = (decided_at is null) and (state = 'open' or decided_id is not null and decided_name <> '')),
  constraint takedown_requests_refused check (state <> 'refused' or answer <> '' and not ordered),
  constraint takedown_requests_explained check (reason <> 'other' or note <> ''),
  constraint takedown_requests_noticed check (noticed_at <= requested_at)
);
create unique index takedown_requests_open_uq on takedown_requests (tenant_id, item_id, requested_id) where state = 'open';
create index takedown_requests_item_ix on takedown_requests (tenant_id, item_id) where state = 'open';
create index takedown_requests_list_ix on takedown_requests (tenant_id, id desc);
create index takedown_requests_by_ix on takedown_requests (tenant_id, requested_id, id desc);
call confine('takedown_requests', 'select, insert, update');

-- Who said in so many words that they have taken note of an item (已阅知), which
-- is more than having opened it.
create table item_receipts (
  tenant_id uuid not null default app_tenant(),
  item_id   uuid not null,
  member_id uuid not null,
  at        timestamptz not null,
  constraint item_receipts_pkey primary key (tenant_id, item_id, member_id),
  constraint item_receipts_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id),
  constraint item_receipts_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id)
);
call confine('item_receipts', 'select, insert');

-- When those who have not read an item were last reminded of it.
create table item_reminders (
  tenant_id uuid not null default app_tenant(),
  item_id   uuid not null,
  at        timestamptz not null,
  by_name   text not null,
  told      int  not null,
  constraint item_reminders_pkey primary key (tenant_id, item_id),
  constraint item_reminders_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id)
);
call confine('item_reminders', 'select, insert, update');

-- What readers say about an item, where its column lets them. What is deleted
-- or hidden stays on record.
create table item_comments (
  tenant_id       uuid not null default app_tenant(),
  id              uuid not null,
  item_id         uuid not null,
  member_id       uuid not null,
  name            text not null constraint item_comments_named check (name <> ''),
  department_name text not null default '',
  text            text not null constraint item_comments_length check (char_length(text) between 1 and 500),
  at              timestamptz not null,
  state           text not null default 'shown' constraint item_comments_state_known check (state in ('shown', 'deleted', 'hidden')),
  hidden_id       uuid,
  hidden_name     text not null default '',
  hidden_at       timestamptz,
  hidden_reason   text not null default '' constraint item_comments_reason_length check (char_length(hidden_reason) <= 200),
  constraint item_comments_pkey primary key (tenant_id, id),
  constraint item_comments_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id),
  constraint item_comments_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id),
  constraint item_comments_hidden_whole check ((state = 'hidden') = (hidden_at is not null)
    and (state <> 'hidden' or hidden_id is not null and hidden_name <> '' and hidden_reason <> ''))
);
create index item_comments_item_ix on item_comments (tenant_id, item_id, id desc);
call confine('item_comments', 'select, insert, update');

-- What stands first in its column, until the end of a day.
create table column_pins (
  tenant_id uuid not null default app_tenant(),
  item_id   uuid not null,
  until     date not null,
  by_name   text not null,
  at        timestamptz not null,
  constraint column_pins_pkey primary key (tenant_id, item_id),
  constraint column_pins_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id)
);
call confine('column_pins', 'select, insert, update, delete');
