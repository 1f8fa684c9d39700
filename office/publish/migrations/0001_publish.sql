-- +goose Up
-- Columns are the tree people read by. A right on a column holds below it.
create table columns (
  tenant_id         uuid not null default app_tenant(),
  id                uuid not null,
  parent_id         uuid,
  path              uuid[] not null, -- from the root column down to itself
  name              text not null constraint columns_name_length check (char_length(name) between 1 and 40),
  kind              text not null default 'general'
    constraint columns_kind_known check (kind in ('general', 'news', 'notice', 'announcement', 'briefing')),
  sort              int  not null default 0,
  state             text not null default 'active' constraint columns_state_known check (state in ('active', 'disabled')),
  department_id     uuid, -- whose column it is (R002); null: the whole unit's
  review_levels     int  not null default 1 constraint columns_levels_few check (review_levels between 1 and 5),
  item_count        int  not null default 0 constraint columns_count_positive check (item_count >= 0),
  last_published_at timestamptz,
  version           int  not null default 1,
  touched           jsonb not null default '{}', -- field → version at which it last changed
  changed_by        text not null default '',
  changed_at        timestamptz not null default now(),
  created_at        timestamptz not null default now(),
  constraint columns_pkey primary key (tenant_id, id),
  constraint columns_parent_fkey foreign key (tenant_id, parent_id) references columns (tenant_id, id),
  constraint columns_department_fkey foreign key (tenant_id, department_id) references departments (tenant_id, id),
  constraint columns_name_uq unique nulls not distinct (tenant_id, parent_id, name),
  constraint columns_path_own check (path[cardinality(path)] = id and cardinality(path) <= 6)
);
call confine('columns', 'select, insert, update');

-- An item on its way from a draft to its readers. Names of people stand beside
-- their ids as they were at the time: who answered for it does not change with
-- a marriage or a transfer (R035).
create table items (
  tenant_id        uuid not null default app_tenant(),
  id               uuid not null,
  column_id        uuid not null,
  kind             text not null constraint items_kind_known check (kind in ('news', 'notice', 'announcement', 'briefing')),
  state            text not null default 'draft'
    constraint items_state_known check (state in ('draft', 'review', 'approved', 'published', 'withdrawn')),
  title            text not null constraint items_title_length check (char_length(title) between 1 and 80),
  body_html        text not null default '',
  body_text        text not null default '', -- the same without its markup, to be searched
  source           text not null default '',
  drafter_id       uuid not null,
  drafter_account  uuid not null, -- the natural person
  drafter_name     text not null constraint items_drafter_named check (drafter_name <> ''),
  editor_id        uuid,
  editor_name      text not null default '',
  department_id    uuid, -- the drafter's main one
  department_name  text not null default '',
  revision         int  not null default 1, -- counts what the content has been
  content_hash     text not null constraint items_hash_form check (content_hash ~ '^[0-9a-f]{64}$'),
  case_id          uuid, -- the last case it went through
  submitted_at     timestamptz,
  approved_hash    text, -- of the content that passed
  approved_at      timestamptz,
  levels           int,  -- how many levels of review its column asked for when it was published
  publisher_id     uuid,
  publisher_account uuid,
  publisher_name   text not null default '',
  published_at     timestamptz,
  deed_id          uuid, -- of its publication
  deed_unit        uuid,
  deed_unit_kind   text not null default 'department',
  withdrawn_id     uuid,
  withdrawn_name   text not null default '',
  withdrawn_at     timestamptz,
  noticed_at       timestamptz, -- when somebody saw that it had to go (R014)
  withdraw_reason  text not null default '',
  withdraw_minutes int, -- from publication to withdrawal
  version          int  not null default 1,
  touched          jsonb not null default '{}',
  changed_by       text not null default '',
  changed_at       timestamptz not null default now(),
  created_at       timestamptz not null default now(),
  constraint items_pkey primary key (tenant_id, id),
  constraint items_column_fkey foreign key (tenant_id, column_id) references columns (tenant_id, id),
  constraint items_drafter_fkey foreign key (tenant_id, drafter_id) references members (tenant_id, id),
  constraint items_editor_fkey foreign key (tenant_id, editor_id) references members (tenant_id, id),
  constraint items_publisher_fkey foreign key (tenant_id, publisher_id) references members (tenant_id, id),
  constraint items_approved_whole check (state not in ('approved', 'published', 'withdrawn')
    or (case_id is not null and approved_hash = content_hash and approved_at is not null)),
  constraint items_published_whole check (state not in ('published', 'withdrawn')
    or (publisher_id is not null and publisher_account is not null and publisher_name <> ''
        and published_at is not null and levels >= 1 and deed_id is not null and deed_unit is not null)),
  constraint items_withdrawn_whole check ((state = 'withdrawn') = (withdrawn_at is not null) and (state <> 'withdrawn'
    or (withdrawn_id is not null and withdraw_reason <> '' and withdraw_minutes is not null and noticed_at is not null)))
);
create index items_column_list_ix on items (tenant_id, column_id, published_at desc, id desc) where state = 'published';
create index items_published_ix on items (tenant_id, published_at desc, id desc) where state = 'published';
create index items_drafter_ix on items (tenant_id, drafter_id, id desc);
create index items_state_ix on items (tenant_id, state, id desc);
call confine('items');

-- Who passed an item at which level: written when its case is decided, from
-- what the case recorded. The same person does not pass two levels.
create table item_reviews (
  tenant_id    uuid not null default app_tenant(),
  item_id      uuid not null,
  case_id      uuid not null,
  level        int  not null constraint item_reviews_level_known check (level between 1 and 5),
  member_id    uuid not null,
  account_id   uuid not null,
  name         text not null constraint item_reviews_named check (name <> ''),
  at           timestamptz not null,
  checks       text[] not null
    constraint item_reviews_all_confirmed check (checks @> '{true,wording,safe,online}'), -- R004, R016
  content_hash text not null,
  constraint item_reviews_pkey primary key (tenant_id, item_id, case_id, level),
  constraint item_reviews_person_uq unique (tenant_id, item_id, case_id, account_id),
  constraint item_reviews_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id) on delete cascade,
  constraint item_reviews_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id)
);
call confine('item_reviews', 'select, insert');

create table item_attachments (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  item_id    uuid not null,
  file_id    uuid not null,
  name       text not null constraint item_attachments_named check (char_length(name) between 1 and 80),
  summary    text not null constraint item_attachments_summed_up check (char_length(summary) between 1 and 200), -- R029
  constraint item_attachments_pkey primary key (tenant_id, id),
  constraint item_attachments_file_uq unique (tenant_id, file_id),
  constraint item_attachments_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id) on delete cascade,
  constraint item_attachments_file_fkey foreign key (tenant_id, file_id) references files (tenant_id, id)
);
create index item_attachments_item_ix on item_attachments (tenant_id, item_id);
call confine('item_attachments', 'select, insert, delete');

create table item_reads (
  tenant_id uuid not null default app_tenant(),
  item_id   uuid not null,
  member_id uuid not null,
  read_at   timestamptz not null default now(),
  constraint item_reads_pkey primary key (tenant_id, item_id, member_id),
  constraint item_reads_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id) on delete cascade,
  constraint item_reads_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id)
);
call confine('item_reads', 'select, insert');

-- How many have read an item, apart from the item so that reading it changes
-- no wide row and holds up nobody who withdraws it.
create table item_counts (
  tenant_id uuid not null default app_tenant(),
  item_id   uuid not null,
  reads     int  not null default 0,
  constraint item_counts_pkey primary key (tenant_id, item_id),
  constraint item_counts_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id) on delete cascade
);
call confine('item_counts', 'select, insert, update');

-- What stands before its readers, for the tenants above, who look into it where
-- they assess: text and names, not the bytes of attachments. It is there from
-- publication to withdrawal and is never changed.
create table published_copies (
  tenant_id       uuid not null default app_tenant(),
  item_id         uuid not null,
  title           text not null,
  kind            text not null,
  column_name     text not null,
  body_html       text not null,
  source          text not null,
  drafter_name    text not null,
  reviewers       text[] not null, -- their names, by level
  publisher_name  text not null,
  editor_name     text not null,
  department_name text not null,
  published_at    timestamptz not null,
  content_hash    text not null,
  attachments     jsonb not null, -- [{name, summary}]
  constraint published_copies_pkey primary key (tenant_id, item_id),
  constraint published_copies_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id)
);
call show_upward('published_copies', 'true', 'select, insert, delete');

-- What no statement may do to an item, whoever writes it and on whatever way
-- it came (R032, R033, R035). Each refusal names its rule as a constraint.
-- +goose StatementBegin
create function items_guard() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  broken text;
  wanted int;
begin
  if tg_op = 'INSERT' then
    if new.state <> 'draft' then
      broken := 'items_born_as_draft';
    end if;
  elsif tg_op = 'DELETE' then
    if old.state <> 'draft' then
      broken := 'items_kept';
    end if;
  elsif (new.drafter_id, new.drafter_account, new.drafter_name, new.id, new.tenant_id)
        is distinct from (old.drafter_id, old.drafter_account, old.drafter_name, old.id, old.tenant_id) then
    broken := 'items_persons_stay';
  elsif old.state = 'withdrawn' then
    broken := 'items_immutable';
  elsif old.state = 'published' then
    if new.state not in ('published', 'withdrawn')
       or to_jsonb(new) - '{state,withdrawn_id,withdrawn_name,withdrawn_at,noticed_at,withdraw_reason,withdraw_minutes,version,touched,changed_by,changed_at}'::text[]
          <> to_jsonb(old) - '{state,withdrawn_id,withdrawn_name,withdrawn_at,noticed_at,withdraw_reason,withdraw_minutes,version,touched,changed_by,changed_at}'::text[] then
      broken := 'items_immutable';
    end if;
  elsif new.state = 'withdrawn' then
    broken := 'items_withdrawn_from_published';
  elsif new.state <> 'draft'
        and (new.title, new.body_html, new.kind, new.column_id, new.source, new.editor_id, new.content_hash)
            is distinct from (old.title, old.body_html, old.kind, old.column_id, old.source, old.editor_id, old.content_hash) then
    broken := 'items_changed_after_submission';
  elsif new.state = 'published' then
    select c.review_levels into wanted from columns c where c.tenant_id = new.tenant_id and c.id = new.column_id;
    if old.state <> 'approved' or new.levels is distinct from wanted
       or wanted <> (select count(*) from item_reviews r
                      where r.tenant_id = new.tenant_id and r.item_id = new.id and r.case_id = new.case_id
                        and r.content_hash = new.content_hash and r.account_id <> new.drafter_account
                        and r.level between 1 and wanted) then
      broken := 'items_reviewed';
    end if;
  end if;
  if broken is not null then
    raise exception 'item: %', broken using errcode = 'check_violation', constraint = broken;
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end $$;

-- Attachments are content: they change only while their item is a draft.
create function item_attachments_guard() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  at item_attachments := case when tg_op = 'DELETE' then old else new end;
begin
  if exists (select from items i where i.tenant_id = at.tenant_id and i.id = at.item_id and i.state <> 'draft') then
    raise exception 'item: its attachments stay' using errcode = 'check_violation', constraint = 'item_attachments_stay';
  end if;
  return at;
end $$;
-- +goose StatementEnd
create trigger items_guard before insert or update or delete on items for each row execute function items_guard();
create trigger item_attachments_guard before insert or update or delete on item_attachments
  for each row execute function item_attachments_guard();
