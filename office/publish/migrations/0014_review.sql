-- +goose Up
-- What was looked at when an item was handed in: null of one that was before
-- anything looked. text_hash is of its words alone, as a mark knows a document (R017).
alter table items
  add column words_version int,  -- of the dictionary its words were checked with (R031), 0 if the tenant has none
  add column words_warns   int,  -- how many words warned, and were confirmed
  add column words_hash    text, -- of the content that was checked
  add column text_hash     text;

-- Nothing is handed in that was not checked, as it is, and what the check said
-- stays while the item is on its way.
-- +goose StatementBegin
create function items_checked() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if (case when old.state = 'draft' then new.words_hash is distinct from new.content_hash or new.words_version is null or new.text_hash is null
          else (new.words_version, new.words_warns, new.words_hash, new.text_hash)
               is distinct from (old.words_version, old.words_warns, old.words_hash, old.text_hash) end) then
    raise exception 'item: items_checked' using errcode = 'check_violation', constraint = 'items_checked';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger items_words_checked before update on items for each row
  when (new.state <> 'draft') execute function items_checked();

-- Documents that must not be put online (R017, R018), by what they are known
-- by: the words of their text and the bytes of their files.
create table offline_marks (
  tenant_id   uuid not null default app_tenant(),
  id          uuid not null,
  title       text not null constraint offline_marks_title_length check (char_length(title) between 1 and 80),
  reference   text not null default '' constraint offline_marks_reference_length check (char_length(reference) <= 80), -- the document's number
  reason      text not null constraint offline_marks_reasoned check (char_length(reason) between 1 and 200),
  state       text not null default 'marked' constraint offline_marks_state_known check (state in ('marked', 'lifted')),
  marked_id   uuid not null,
  marked_name text not null,
  marked_at   timestamptz not null,
  lifted_id   uuid,
  lifted_name text not null default '',
  lifted_at   timestamptz,
  lift_reason text not null default '',
  version     int not null default 1,
  constraint offline_marks_pkey primary key (tenant_id, id),
  constraint offline_marks_marker_fkey foreign key (tenant_id, marked_id) references members (tenant_id, id),
  constraint offline_marks_lifter_fkey foreign key (tenant_id, lifted_id) references members (tenant_id, id),
  constraint offline_marks_lifted_whole check ((state = 'lifted') = (lifted_at is not null)
    and (state = 'marked' or lifted_id is not null and lifted_name <> '' and lift_reason <> ''))
);
create index offline_marks_state_ix on offline_marks (tenant_id, state, id desc);
call confine('offline_marks', 'select, insert, update');

create table offline_hashes (
  tenant_id uuid not null default app_tenant(),
  mark_id   uuid not null,
  hash      text not null constraint offline_hashes_form check (hash ~ '^[0-9a-f]{64}$'),
  kind      text not null constraint offline_hashes_kind_known check (kind in ('text', 'file')),
  name      text not null default '' constraint offline_hashes_name_length check (char_length(name) <= 255), -- of the file
  constraint offline_hashes_pkey primary key (tenant_id, mark_id, hash),
  constraint offline_hashes_mark_fkey foreign key (tenant_id, mark_id) references offline_marks (tenant_id, id)
);
create index offline_hashes_hash_ix on offline_hashes (tenant_id, hash);
call confine('offline_hashes', 'select, insert');

-- No statement hands in or publishes what is marked, or attaches it (WF-07).
-- +goose StatementBegin
create function items_online() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if exists (select from offline_hashes h join offline_marks m on m.tenant_id = h.tenant_id and m.id = h.mark_id
              where h.tenant_id = new.tenant_id and m.state = 'marked'
                and (h.hash = new.text_hash
                     or h.hash in (select encode(f.sha256, 'hex') from item_attachments a join files f on f.tenant_id = a.tenant_id and f.id = a.file_id
                                    where a.tenant_id = new.tenant_id and a.item_id = new.id))) then
    raise exception 'item: items_online' using errcode = 'check_violation', constraint = 'items_online';
  end if;
  return new;
end $$;

create function item_attachments_online() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if exists (select from files f
               join offline_hashes h on h.tenant_id = f.tenant_id and h.hash = encode(f.sha256, 'hex')
               join offline_marks m on m.tenant_id = h.tenant_id and m.id = h.mark_id
              where f.tenant_id = new.tenant_id and f.id = new.file_id and m.state = 'marked') then
    raise exception 'item: items_online' using errcode = 'check_violation', constraint = 'items_online';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger items_online before update on items for each row
  when (new.state in ('review', 'published') and new.state <> old.state) execute function items_online();
create trigger item_attachments_online before insert on item_attachments for each row execute function item_attachments_online();

-- What of a marked document is online is found by its words and its bytes.
create index items_text_hash_ix on items (tenant_id, text_hash) where state = 'published';
create index files_sha256_ix on files (tenant_id, sha256);
