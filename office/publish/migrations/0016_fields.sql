-- +goose Up
-- What else an item says of itself: a picture, for whom it is meant, when the
-- thing happened and until when it holds. All of it is content; absent is as
-- every item was before. Of a copy, what it was made from. The owner of the
-- tables looks whether what is there keeps to the new rules.
alter table items no force row level security;
alter table files no force row level security;
alter table items
  add column cover_file    uuid, -- a file of the item: one of its attachments', or its own
  add column cover_alt     text not null default '' constraint items_cover_alt_length check (char_length(cover_alt) <= 120),
  add column audience      text not null default 'readers'
    constraint items_audience_known check (audience in ('readers', 'departments', 'all')),
  add column audience_departments uuid[] not null default '{}', -- they and all below them
  add column event_date    date,
  add column valid_until   date, -- the last day
  add column origin_id     uuid,
  add column origin_title  text not null default '',
  add constraint items_cover_whole check ((cover_file is null) = (cover_alt = '')),
  add constraint items_audience_whole check ((audience = 'departments') = (cardinality(audience_departments) > 0)
    and cardinality(audience_departments) <= 50),
  add constraint items_cover_fkey foreign key (tenant_id, cover_file) references files (tenant_id, id);
alter table items force row level security;
alter table files force row level security;
create index items_cover_ix on items (tenant_id, cover_file) where cover_file is not null;

-- They stay, like all content, from the moment the item is handed in; where it
-- is from stays always (R033, R035).
-- +goose StatementBegin
create function items_fields_stay() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if (new.origin_id, new.origin_title) is distinct from (old.origin_id, old.origin_title) and (old.origin_id is not null or old.version > 1)
     or new.state <> 'draft'
        and (new.cover_file, new.cover_alt, new.audience, new.audience_departments, new.event_date, new.valid_until)
            is distinct from (old.cover_file, old.cover_alt, old.audience, old.audience_departments, old.event_date, old.valid_until) then
    raise exception 'item: items_changed_after_submission' using errcode = 'check_violation', constraint = 'items_changed_after_submission';
  end if;
  return new;
end $$;

-- A picture that must not be put online is not, whatever it is attached as (WF-07).
create function items_cover_online() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if exists (select from files f
               join offline_hashes h on h.tenant_id = f.tenant_id and h.hash = encode(f.sha256, 'hex')
               join offline_marks m on m.tenant_id = h.tenant_id and m.id = h.mark_id
              where f.tenant_id = new.tenant_id and f.id = new.cover_file and m.state = 'marked') then
    raise exception 'item: items_online' using errcode = 'check_violation', constraint = 'items_online';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger items_fields_stay before update on items for each row execute function items_fields_stay();
create trigger items_cover_online before update on items for each row
  when (new.cover_file is not null and (new.state in ('review', 'published') and new.state <> old.state or new.cover_file is distinct from old.cover_file))
  execute function items_cover_online();

-- What was handed in said the same things.
alter table submitted_contents
  add column cover_file  uuid,
  add column cover_alt   text not null default '',
  add column audience    text not null default 'readers',
  add column audience_departments uuid[] not null default '{}',
  add column event_date  date,
  add column valid_until date;

-- When a publisher wants an item that has passed to be published. It is their
-- act when the moment comes: they have to be able to do it then.
create table item_schedules (
  tenant_id         uuid not null default app_tenant(),
  id                uuid not null,
  item_id           uuid not null,
  at                timestamptz not null,
  case_id           uuid not null, -- the review that it had passed
  content_hash      text not null, -- and what it said
  publisher_id      uuid not null,
  publisher_account uuid not null,
  publisher_name    text not null constraint item_schedules_named check (publisher_name <> ''),
  set_at            timestamptz not null,
  state             text not null default 'waiting'
    constraint item_schedules_state_known check (state in ('waiting', 'done', 'cancelled', 'failed')),
  reason            text not null default '', -- of a failure: the code of the fault
  ended_at          timestamptz,
  ended_name        text not null default '',
  constraint item_schedules_pkey primary key (tenant_id, id),
  constraint item_schedules_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id) on delete cascade,
  constraint item_schedules_publisher_fkey foreign key (tenant_id, publisher_id) references members (tenant_id, id),
  constraint item_schedules_later check (at > set_at),
  constraint item_schedules_ended check ((state = 'waiting') = (ended_at is null) and (state = 'failed') = (reason <> ''))
);
create unique index item_schedules_waiting_uq on item_schedules (tenant_id, item_id) where state = 'waiting';
create index item_schedules_item_ix on item_schedules (tenant_id, item_id, id desc);
call confine('item_schedules', 'select, insert, update');

-- What drafters may begin an item with, as the Office wrote it down.
create table item_templates (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  name       text not null constraint item_templates_name_length check (char_length(name) between 1 and 40),
  column_id  uuid, -- in it and all below it; null: everywhere
  kind       text not null constraint item_templates_kind_known check (kind in ('news', 'notice', 'announcement', 'briefing')),
  title      text not null default '' constraint item_templates_title_length check (char_length(title) <= 80), -- with what stands for the day and the department
  body_html  text not null default '',
  version    int  not null default 1,
  touched    jsonb not null default '{}',
  changed_by text not null default '',
  changed_at timestamptz not null,
  constraint item_templates_pkey primary key (tenant_id, id),
  constraint item_templates_column_fkey foreign key (tenant_id, column_id) references columns (tenant_id, id) on delete cascade,
  constraint item_templates_name_uq unique (tenant_id, name)
);
create index item_templates_column_ix on item_templates (tenant_id, column_id) where column_id is not null;
call confine('item_templates', 'select, insert, update, delete');
