-- +goose Up
-- Approvals: a case carries a subject (an item, a document, a form) by id and
-- content hash through the steps of a definition.

-- What a flow looked like. Never changed: another flow is another version.
create table approval_definitions (
  tenant_id  uuid not null default app_tenant(),
  kind       text not null,
  version    int  not null,
  hash       text not null,
  body       jsonb not null,
  created_at timestamptz not null default now(),
  constraint approval_definitions_pkey primary key (tenant_id, kind, version),
  constraint approval_definitions_hash_uq unique (tenant_id, kind, hash)
);
call confine('approval_definitions', 'select, insert');

-- A case. Its state and step are what its events add up to, kept here so that
-- lists need not add them up.
create table approval_cases (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  kind       text not null,
  subject_id uuid not null,
  title      text not null,
  hash       text not null constraint approval_cases_hash_present check (hash <> ''),
  unit_id    uuid not null,
  definition int  not null,
  steps      jsonb not null,  -- its own copy: a later definition does not reach it
  excluded   uuid[] not null, -- accounts whose own work it is
  state      text not null constraint approval_cases_state_known check (state in ('open', 'approved', 'returned', 'withdrawn', 'void')),
  step       int  not null,   -- the step it stands at or ended at; the first is 1
  started_by uuid not null,
  started_at timestamptz not null,
  ended_at   timestamptz,
  urged_at   timestamptz,
  urges      int  not null default 0,
  seq        int  not null,   -- of its last event
  constraint approval_cases_pkey primary key (tenant_id, id),
  constraint approval_cases_ended check ((state = 'open') = (ended_at is null)),
  constraint approval_cases_definition_fkey foreign key (tenant_id, kind, definition) references approval_definitions (tenant_id, kind, version),
  constraint approval_cases_starter_fkey foreign key (tenant_id, started_by) references members (tenant_id, id)
);
-- A subject is in one case at a time.
create unique index approval_cases_open_uq on approval_cases (tenant_id, kind, subject_id) where state = 'open';
create index approval_cases_subject_ix on approval_cases (tenant_id, kind, subject_id, started_at desc);
create index approval_cases_starter_ix on approval_cases (tenant_id, started_by, id desc);
call confine('approval_cases');

-- One person's part in one step.
create table approval_tasks (
  tenant_id    uuid not null default app_tenant(),
  id           uuid not null,
  case_id      uuid not null,
  step         int  not null,
  member_id    uuid not null,
  state        text not null constraint approval_tasks_state_known check (state in ('open', 'decided', 'closed')),
  arrived_at   timestamptz not null,
  work_minutes int  not null constraint approval_tasks_takes_time check (work_minutes > 0), -- working time allowed
  due_at       timestamptz not null,
  calendar     int  not null, -- version of the calendar that gave due_at
  remind_at    timestamptz not null,
  reminders    int  not null default 0,
  decision     text not null default '' constraint approval_tasks_decision_known check (decision in ('', 'approve', 'return')),
  decided_at   timestamptz,
  constraint approval_tasks_pkey primary key (tenant_id, id),
  constraint approval_tasks_uq unique (tenant_id, case_id, step, member_id),
  constraint approval_tasks_decided check ((state = 'decided') = (decision <> '') and (decision <> '') = (decided_at is not null)),
  constraint approval_tasks_case_fkey foreign key (tenant_id, case_id) references approval_cases (tenant_id, id),
  constraint approval_tasks_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id)
);
create index approval_tasks_todo_ix on approval_tasks (tenant_id, member_id, due_at, id) where state = 'open';
create index approval_tasks_done_ix on approval_tasks (tenant_id, member_id, decided_at desc, id desc) where state = 'decided';
create index approval_tasks_member_ix on approval_tasks (tenant_id, member_id, case_id);
create index approval_tasks_remind_ix on approval_tasks (tenant_id, remind_at) where state = 'open';
create index approval_tasks_calendar_ix on approval_tasks (tenant_id, calendar) where state = 'open';
call confine('approval_tasks');

-- What happened to a case, in order. The state of a case is their fold.
create table approval_events (
  tenant_id uuid not null default app_tenant(),
  id        uuid not null,
  case_id   uuid not null,
  seq       int  not null,
  at        timestamptz not null,
  member_id uuid,              -- null for what the system did
  action    text not null,
  step      int  not null,     -- the step the case stood at
  task_id   uuid,
  opinion   text not null default '',
  reason    text not null default '',
  checks    text[] not null default '{}', -- what the person confirmed
  opened    uuid[] not null default '{}', -- the people of the step this event opened
  constraint approval_events_pkey primary key (tenant_id, id),
  constraint approval_events_seq_uq unique (tenant_id, case_id, seq),
  constraint approval_events_case_fkey foreign key (tenant_id, case_id) references approval_cases (tenant_id, id),
  constraint approval_events_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id),
  constraint approval_events_task_fkey foreign key (tenant_id, task_id) references approval_tasks (tenant_id, id)
);
call confine('approval_events', 'select, insert');
