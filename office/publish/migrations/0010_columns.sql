-- +goose Up
-- What holds in a column. Null: as in the column above it; above the first
-- column every kind may be published, nobody signs off and the rest is off.
-- The owner of the tables looks whether what is there keeps to the new rules.
alter table columns no force row level security;
alter table columns
  add column purpose     text not null default '' constraint columns_purpose_length check (char_length(purpose) <= 500),
  add column kinds       text[] constraint columns_kinds_known
    check (kinds <@ '{news,notice,announcement,briefing}' and cardinality(kinds) between 1 and 4),
  add column sign        boolean, -- the supervising leader signs off after the reviews (R034)
  add column named_from  date,    -- from this day on an item names its responsible editor too (R011)
  add column comments    boolean, -- readers may comment (R208)
  add column receipts    boolean, -- readers confirm that they have read
  add column all_staff   boolean, -- it is meant for everybody
  add column merged_into uuid,    -- the column that goes on in its place
  add constraint columns_merged_fkey foreign key (tenant_id, merged_into) references columns (tenant_id, id),
  add constraint columns_merged_elsewhere check (merged_into is null or merged_into <> id and state = 'disabled');
alter table columns force row level security;
create index columns_merged_ix on columns (tenant_id, merged_into) where merged_into is not null;
grant delete on columns to hetu_app;

-- What holds in the column with this path: what it sets itself, else the next
-- above it that does.
-- +goose StatementBegin
create function column_rules(
  at uuid[], out kinds text[], out sign boolean, out named_from date, out comments boolean, out receipts boolean, out all_staff boolean)
language sql stable set search_path = public, pg_temp as $$
  select coalesce((select c.kinds from columns c where c.id = any (at) and c.kinds is not null order by cardinality(c.path) desc limit 1),
                  '{news,notice,announcement,briefing}'),
         coalesce((select c.sign from columns c where c.id = any (at) and c.sign is not null order by cardinality(c.path) desc limit 1), false),
         (select c.named_from from columns c where c.id = any (at) and c.named_from is not null order by cardinality(c.path) desc limit 1),
         coalesce((select c.comments from columns c where c.id = any (at) and c.comments is not null order by cardinality(c.path) desc limit 1), false),
         coalesce((select c.receipts from columns c where c.id = any (at) and c.receipts is not null order by cardinality(c.path) desc limit 1), false),
         coalesce((select c.all_staff from columns c where c.id = any (at) and c.all_staff is not null order by cardinality(c.path) desc limit 1), false)
$$;
-- +goose StatementEnd
grant execute on function column_rules(uuid[]) to hetu_app;

-- A sign-off is recorded beside the reviews, as the step after the last level.
alter table item_reviews
  add column step text not null default 'review' constraint item_reviews_step_known check (step in ('review', 'sign')),
  drop constraint item_reviews_level_known,
  add constraint item_reviews_level_known check (level between 1 and 5 or step = 'sign' and level between 2 and 6);
create unique index item_reviews_signed_uq on item_reviews (tenant_id, item_id, case_id) where step = 'sign';

-- Where a leader signs off, no statement publishes an item that nobody signed:
-- this content, in the case that passed it, by somebody other than its drafter (R034).
-- +goose StatementBegin
create function items_signed() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if (select r.sign from columns c, column_rules(c.path) r where c.tenant_id = new.tenant_id and c.id = new.column_id)
     and not exists (select from item_reviews r
                      where r.tenant_id = new.tenant_id and r.item_id = new.id and r.case_id = new.case_id
                        and r.step = 'sign' and r.content_hash = new.content_hash and r.account_id <> new.drafter_account) then
    raise exception 'item: items_signed' using errcode = 'check_violation', constraint = 'items_signed';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger items_signed before update on items for each row
  when (new.state = 'published' and old.state <> 'published') execute function items_signed();

-- What departments ask of the Office: a new column, or another shape of one
-- they have (R023). What was asked stays beside what the Office gave.
create table column_applications (
  tenant_id       uuid not null default app_tenant(),
  id              uuid not null,
  kind            text not null constraint column_applications_kind_known check (kind in ('open', 'change')),
  column_id       uuid, -- the one to change; of a new one, once it is there
  column_name     text not null, -- as it was called, or shall be
  department_id   uuid not null,
  department_name text not null,
  applicant_id    uuid not null,
  applicant_name  text not null,
  reason          text not null constraint column_applications_reasoned check (char_length(reason) between 1 and 500),
  asked           jsonb not null,
  given           jsonb,
  amended         boolean not null default false, -- given is not what was asked
  state           text not null default 'waiting'
    constraint column_applications_state_known check (state in ('waiting', 'consented', 'refused', 'withdrawn')),
  note            text not null default '',
  decided_id      uuid,
  decided_name    text not null default '',
  decided_at      timestamptz,
  version         int not null default 1,
  changed_by      text not null default '',
  changed_at      timestamptz not null default now(),
  created_at      timestamptz not null default now(),
  constraint column_applications_pkey primary key (tenant_id, id),
  constraint column_applications_column_fkey foreign key (tenant_id, column_id) references columns (tenant_id, id) on delete set null (column_id),
  constraint column_applications_department_fkey foreign key (tenant_id, department_id) references departments (tenant_id, id),
  constraint column_applications_applicant_fkey foreign key (tenant_id, applicant_id) references members (tenant_id, id),
  constraint column_applications_decided check ((state = 'waiting') = (decided_at is null)),
  constraint column_applications_given check ((state = 'consented') = (given is not null)),
  constraint column_applications_refused check (state <> 'refused' or note <> ''),
  constraint column_applications_whole check (kind = 'open' or column_id is not null or state <> 'waiting')
);
create index column_applications_state_ix on column_applications (tenant_id, state, id desc);
create index column_applications_applicant_ix on column_applications (tenant_id, applicant_id, id desc);
create index column_applications_department_ix on column_applications (tenant_id, department_id, id desc);
call confine('column_applications', 'select, insert, update');
