-- +goose Up
-- People as they come, move, go and are found.

-- A list of departments and people that was taken in, and what it made: as long
-- as nobody of it has come, it can be taken back.
create table staff_imports (
  tenant_id   uuid not null default app_tenant(),
  id          uuid not null,
  name        text not null constraint staff_imports_named check (name <> ''), -- of the file
  state       text not null default 'applied' constraint staff_imports_state_known check (state in ('applied', 'undone')),
  departments int  not null,
  people      int  not null,
  at          timestamptz not null,
  by_name     text not null,
  undone_at   timestamptz,
  undone_by   text not null default '',
  constraint staff_imports_pkey primary key (tenant_id, id),
  constraint staff_imports_undone check ((state = 'undone') = (undone_at is not null))
);
call confine('staff_imports');

create table staff_import_rows (
  tenant_id uuid not null default app_tenant(),
  import_id uuid not null,
  n         int  not null,
  kind      text not null constraint staff_import_rows_kind_known check (kind in ('department', 'member')),
  object_id uuid not null, -- no reference: it may be gone
  constraint staff_import_rows_pkey primary key (tenant_id, import_id, n),
  constraint staff_import_rows_import_fkey foreign key (tenant_id, import_id) references staff_imports (tenant_id, id)
);
create index staff_import_rows_object_ix on staff_import_rows (tenant_id, object_id);
call confine('staff_import_rows', 'select, insert');

-- What was handed over when somebody left, moved or stepped aside, and to whom.
create table staff_handovers (
  tenant_id      uuid not null default app_tenant(),
  id             uuid not null,
  act            text not null constraint staff_handovers_act_known check (act in ('leave', 'transfer', 'handover')),
  member_id      uuid not null,
  member_name    text not null,
  successor_id   uuid,
  successor_name text not null default '',
  reason         text not null,
  lines          jsonb not null, -- [{"kind", "passed", "left"}]
  at             timestamptz not null,
  by_name        text not null,
  constraint staff_handovers_pkey primary key (tenant_id, id),
  constraint staff_handovers_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id),
  constraint staff_handovers_successor_fkey foreign key (tenant_id, successor_id) references members (tenant_id, id)
);
create index staff_handovers_member_ix on staff_handovers (tenant_id, member_id, id desc);
call confine('staff_handovers', 'select, insert');

-- An account to be opened or closed, as somebody asked for it. What was asked is
-- never changed: another wish is another request.
create table staff_requests (
  tenant_id       uuid not null default app_tenant(),
  id              uuid not null,
  act             text not null constraint staff_requests_act_known check (act in ('open', 'close')),
  person          text not null constraint staff_requests_person_named check (person <> ''),
  department_id   uuid not null,
  title           text not null default '',
  kind            text not null default 'staff' constraint staff_requests_kind_known check (kind in ('staff', 'external')),
  until           date,
  wanted          text not null default '', -- the rights asked for, in words
  reason          text not null default '',
  member_id       uuid, -- whose account is closed; whose was opened
  successor_id    uuid, -- who takes over from whoever leaves
  hash            text not null,
  state           text not null default 'review' constraint staff_requests_state_known check (state in ('review', 'done', 'returned', 'withdrawn')),
  case_id         uuid not null,
  requester_id    uuid not null,
  requester_name  text not null,
  at              timestamptz not null,
  ended_at        timestamptz,
  constraint staff_requests_pkey primary key (tenant_id, id),
  constraint staff_requests_ended check ((state = 'review') = (ended_at is null)),
  constraint staff_requests_who check (act = 'open' or member_id is not null),
  constraint staff_requests_department_fkey foreign key (tenant_id, department_id) references departments (tenant_id, id),
  constraint staff_requests_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id),
  constraint staff_requests_requester_fkey foreign key (tenant_id, requester_id) references members (tenant_id, id)
);
create index staff_requests_requester_ix on staff_requests (tenant_id, requester_id, id desc);
create unique index staff_requests_closing_uq on staff_requests (tenant_id, member_id) where state = 'review' and act = 'close';
call confine('staff_requests');

-- Who answers for the system in a unit and in its departments (R238, R239, R369).
create table staff_offices (
  tenant_id     uuid not null default app_tenant(),
  id            uuid not null,
  office        text not null constraint staff_offices_known
    check (office in ('principal', 'oa_admin', 'personnel', 'dept_admin', 'doc_admin', 'hr_admin')),
  department_id uuid, -- of a department's; null: the unit's
  member_id     uuid not null,
  member_name   text not null,
  basis         text not null default '', -- the document of appointment (R234)
  state         text not null constraint staff_offices_state_known check (state in ('named', 'approved', 'refused', 'ended')),
  named_by      text not null,
  named_by_id   uuid not null,
  named_at      timestamptz not null,
  decided_by    text not null default '',
  decided_at    timestamptz,
  reason        text not null default '',
  grant_id      uuid, -- the right that came with it
  ended_at      timestamptz,
  constraint staff_offices_pkey primary key (tenant_id, id),
  constraint staff_offices_where check ((department_id is null) = (office in ('principal', 'oa_admin', 'personnel'))),
  constraint staff_offices_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id),
  constraint staff_offices_department_fkey foreign key (tenant_id, department_id) references departments (tenant_id, id) on delete cascade
);
create unique index staff_offices_held_uq on staff_offices (tenant_id, office, department_id) nulls not distinct where state = 'approved';
create unique index staff_offices_named_uq on staff_offices (tenant_id, office, department_id) nulls not distinct where state = 'named';
create index staff_offices_member_ix on staff_offices (tenant_id, member_id);
call confine('staff_offices');

-- How a person is reached.
create table staff_cards (
  tenant_id  uuid not null default app_tenant(),
  member_id  uuid not null,
  phone      text not null default '', -- of the office
  mobile     text not null default '',
  email      text not null default '',
  room       text not null default '',
  version    int  not null default 1,
  changed_by text not null,
  changed_at timestamptz not null,
  changed    text[] not null default '{}',
  constraint staff_cards_pkey primary key (tenant_id, member_id),
  constraint staff_cards_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id) on delete cascade
);
call confine('staff_cards');

-- Who may see what of the address book: one row for the tenant.
create table staff_book_rules (
  tenant_id  uuid not null default app_tenant(),
  phone      text not null constraint staff_book_rules_phone_known check (phone in ('all', 'department', 'heads', 'nobody')),
  mobile     text not null constraint staff_book_rules_mobile_known check (mobile in ('all', 'department', 'heads', 'nobody')),
  email      text not null constraint staff_book_rules_email_known check (email in ('all', 'department', 'heads', 'nobody')),
  room       text not null constraint staff_book_rules_room_known check (room in ('all', 'department', 'heads', 'nobody')),
  hidden     uuid[] not null default '{}', -- departments whose people only they themselves and the heads find
  version    int  not null default 1,
  changed_by text not null,
  changed_at timestamptz not null,
  changed    text[] not null default '{}',
  constraint staff_book_rules_pkey primary key (tenant_id)
);
call confine('staff_book_rules');
