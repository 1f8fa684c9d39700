-- +goose Up
-- An inspection of what was published in a period (W06): the Office opens it,
-- inspectors look at the items it drew, the units reply, the Office closes it.
create table inspections (
  tenant_id      uuid not null default app_tenant(),
  id             uuid not null,
  name           text not null constraint inspections_named check (char_length(name) between 1 and 80),
  from_day       date not null,
  to_day         date not null,
  subjects       jsonb not null, -- [{kind, id, name}]; empty: everything
  sample         int  not null constraint inspections_sample_sane check (sample between 0 and 1000), -- of each unit; 0: all
  seed           text not null constraint inspections_seed_form check (seed ~ '^[0-9a-f]{32}$'), -- decides the sample
  checklist      text not null default '',
  state          text not null default 'open' constraint inspections_state_known check (state in ('open', 'closed', 'cancelled')),
  items          int  not null, -- drawn
  reason         text not null default '', -- of its being cancelled
  opened_by      uuid not null,
  opened_by_name text not null,
  opened_at      timestamptz not null,
  ended_by_name  text not null default '',
  ended_at       timestamptz,
  version        int  not null default 1,
  changed_by     text not null default '',
  changed_at     timestamptz not null default now(),
  constraint inspections_pkey primary key (tenant_id, id),
  constraint inspections_opener_fkey foreign key (tenant_id, opened_by) references members (tenant_id, id),
  constraint inspections_period check (from_day <= to_day),
  constraint inspections_ended check ((state = 'open') = (ended_at is null))
);
call confine('inspections', 'select, insert, update');

create table inspection_inspectors (
  tenant_id     uuid not null default app_tenant(),
  inspection_id uuid not null,
  member_id     uuid not null,
  constraint inspection_inspectors_pkey primary key (tenant_id, inspection_id, member_id),
  constraint inspection_inspectors_inspection_fkey foreign key (tenant_id, inspection_id) references inspections (tenant_id, id),
  constraint inspection_inspectors_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id)
);
create index inspection_inspectors_member_ix on inspection_inspectors (tenant_id, member_id);
call confine('inspection_inspectors', 'select, insert');

-- The items an inspection drew, fixed as it was opened. Nobody inspects what
-- they wrote, edited or published.
create table inspection_items (
  tenant_id         uuid not null default app_tenant(),
  inspection_id     uuid not null,
  item_id           uuid not null,
  position          int  not null,
  title             text not null,
  column_name       text not null,
  unit_kind         text not null constraint inspection_items_unit_known check (unit_kind in ('department', 'tenant')),
  unit_id           uuid not null, -- to whose account it goes
  unit_name         text not null,
  published_at      timestamptz not null,
  drafter_id        uuid not null,
  publisher_id      uuid not null,
  authors           uuid[] not null, -- the natural persons: drafter, editor, publisher
  inspected_at      timestamptz,
  inspected_account uuid,
  inspected_name    text not null default '',
  constraint inspection_items_pkey primary key (tenant_id, inspection_id, item_id),
  constraint inspection_items_position_uq unique (tenant_id, inspection_id, position),
  constraint inspection_items_inspection_fkey foreign key (tenant_id, inspection_id) references inspections (tenant_id, id),
  constraint inspection_items_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id),
  constraint inspection_items_inspected check ((inspected_at is null) = (inspected_account is null)),
  constraint inspection_items_not_own check (inspected_account is null or inspected_account <> all (authors))
);
create index inspection_items_unit_ix on inspection_items (tenant_id, unit_id, inspection_id);
call confine('inspection_items', 'select, insert, update');

-- What an inspector found wrong with an item, and what became of it (R026).
create table inspection_findings (
  tenant_id        uuid not null default app_tenant(),
  id               uuid not null,
  inspection_id    uuid not null,
  item_id          uuid not null,
  class            text not null constraint inspection_findings_class_known check (class in ('format', 'wording', 'slow', 'other')),
  severity         text not null constraint inspection_findings_severity_known check (severity in ('minor', 'normal', 'grave')),
  points           int  not null constraint inspection_findings_points_sane check (points between 0 and 100), -- taken off the item's hundred
  text             text not null constraint inspection_findings_said check (char_length(text) between 1 and 500),
  state            text not null default 'open' constraint inspection_findings_state_known
    check (state in ('open', 'accepted', 'objected', 'upheld', 'dropped', 'corrected', 'confirmed')),
  recorded_by      uuid not null,
  recorded_account uuid not null,
  recorded_name    text not null,
  recorded_at      timestamptz not null,
  reply            text not null default '',
  replied_by       uuid,
  replied_account  uuid,
  replied_name     text not null default '',
  replied_at       timestamptz,
  correction       text not null default '',
  corrected_name   text not null default '',
  corrected_at     timestamptz,
  note             text not null default '', -- the inspector's last word
  decided_name     text not null default '',
  decided_at       timestamptz,
  version          int  not null default 1,
  changed_by       text not null default '',
  changed_at       timestamptz not null default now(),
  constraint inspection_findings_pkey primary key (tenant_id, id),
  constraint inspection_findings_item_fkey foreign key (tenant_id, inspection_id, item_id)
    references inspection_items (tenant_id, inspection_id, item_id),
  constraint inspection_findings_recorder_fkey foreign key (tenant_id, recorded_by) references members (tenant_id, id),
  constraint inspection_findings_two_sides check (replied_account is null or replied_account <> recorded_account)
);
create index inspection_findings_item_ix on inspection_findings (tenant_id, inspection_id, item_id);
create index inspection_findings_state_ix on inspection_findings (tenant_id, state, id);
call confine('inspection_findings');

-- What an inspection came to, unit by unit: written as it is closed, and never
-- changed (W06 step 5).
create table inspection_results (
  tenant_id     uuid not null default app_tenant(),
  inspection_id uuid not null,
  unit_kind     text not null,
  unit_id       uuid not null,
  unit_name     text not null,
  items         int  not null,
  format        int  not null,
  wording       int  not null,
  slow          int  not null,
  other         int  not null,
  score         numeric(5,2) not null constraint inspection_results_score_sane check (score between 0 and 100),
  constraint inspection_results_pkey primary key (tenant_id, inspection_id, unit_kind, unit_id),
  constraint inspection_results_inspection_fkey foreign key (tenant_id, inspection_id) references inspections (tenant_id, id)
);
call confine('inspection_results', 'select, insert');
