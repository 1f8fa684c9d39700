-- +goose Up
-- Targets of a year, from above to units to departments to persons. A tenant
-- writes what it sets; who carries it out, another tenant perhaps, writes what
-- becomes of it. Nobody writes a row of the other.

-- What is set, as its setter works on it. Nobody else sees it before it is
-- issued. Only the setter's own departments and members, and the tenants below,
-- carry out what it sets.
create table targets (
  tenant_id   uuid not null default app_tenant(),
  id          uuid not null,
  year        int  not null constraint targets_year_sane check (year between 2000 and 2100),
  unit_kind   text not null constraint targets_unit_known check (unit_kind in ('tenant', 'department', 'member')),
  unit_id     uuid not null,
  unit_name   text not null,
  subject_id  uuid not null, -- the tenant that carries it out
  parent_id   uuid,          -- the target it is a part of, which a tenant above may have set
  spec        jsonb not null,
  title       text generated always as (spec ->> 'title') stored,
  weight      numeric generated always as ((spec ->> 'weight')::numeric) stored,
  state       text not null default 'draft' constraint targets_state_known check (state in ('draft', 'issued', 'withdrawn')),
  revision    int  not null default 0, -- the one that was issued last
  note        text not null default '', -- why it was reopened or withdrawn
  copied_from uuid,
  issued_by   uuid,
  version     int  not null default 1,
  changed_by  text not null,
  changed_at  timestamptz not null,
  constraint targets_pkey primary key (tenant_id, id),
  constraint targets_titled check (spec ->> 'title' <> ''),
  constraint targets_weighed check ((spec ->> 'weight')::numeric > 0),
  constraint targets_issued_counts check (revision > 0 or state = 'draft'),
  constraint targets_subject check (case unit_kind when 'tenant' then subject_id = unit_id and subject_id <> tenant_id and parent_id is null
    else subject_id = tenant_id end)
);
create index targets_year_ix on targets (tenant_id, year, unit_id);
create index targets_parent_ix on targets (tenant_id, parent_id) where parent_id is not null;
create unique index targets_copied_uq on targets (tenant_id, year, copied_from) where copied_from is not null;
call confine('targets');

-- What was issued, revision by revision, as whoever carries it out is shown it.
-- It is never changed; a withdrawal is the last revision.
create table target_issues (
  tenant_id  uuid not null default app_tenant(),
  target_id  uuid not null,
  revision   int  not null constraint target_issues_revision_counts check (revision >= 1),
  year       int  not null,
  unit_kind  text not null,
  unit_id    uuid not null,
  unit_name  text not null,
  subject_id uuid not null,
  parent_id  uuid,
  spec       jsonb not null,
  withdrawn  boolean not null default false,
  note       text not null default '',
  by_id      uuid not null,
  by_account uuid not null,
  by_name    text not null,
  at         timestamptz not null,
  constraint target_issues_pkey primary key (tenant_id, target_id, revision),
  constraint target_issues_target_fkey foreign key (tenant_id, target_id) references targets (tenant_id, id)
);
create index target_issues_subject_ix on target_issues (subject_id, year);
call split('target_issues', 'tenant_id = app_tenant() or (subject_id = app_tenant() and tenant_id in (select app_above()))', 'select, insert');

-- What whoever carries it out answered to a revision: once, and by a named
-- person who did not issue it.
create table target_answers (
  tenant_id  uuid not null default app_tenant(),
  target_id  uuid not null,
  revision   int  not null,
  setter_id  uuid not null,
  answer     text not null constraint target_answers_known check (answer in ('accepted', 'returned')),
  reason     text not null default '',
  by_id      uuid not null,
  by_account uuid not null,
  by_name    text not null,
  at         timestamptz not null,
  constraint target_answers_pkey primary key (tenant_id, target_id, revision),
  constraint target_answers_reasoned check (answer = 'accepted' or reason <> '')
);
call show_upward('target_answers', 'setter_id = app_tenant()', 'select, insert');

-- Who answers for an accepted target where it is carried out.
create table target_duties (
  tenant_id        uuid not null default app_tenant(),
  target_id        uuid not null,
  setter_id        uuid not null,
  leader_id        uuid,
  leader_name      text not null default '',
  department_id    uuid not null,
  department_name  text not null,
  reporter_id      uuid not null,
  reporter_account uuid,
  reporter_name    text not null,
  version          int  not null default 1,
  changed_by       text not null,
  changed_at       timestamptz not null,
  constraint target_duties_pkey primary key (tenant_id, target_id)
);
create index target_duties_reporter_ix on target_duties (tenant_id, reporter_id);
call show_upward('target_duties', 'setter_id = app_tenant()', 'select, insert, update');

-- The reports of progress an accepted target asks for, and when they are due by
-- the working days of whoever carries it out.
create table target_dues (
  tenant_id    uuid not null default app_tenant(),
  target_id    uuid not null,
  setter_id    uuid not null,
  period       text not null constraint target_dues_period_form check (period ~ '^[0-9]{4}-([0-9]{2}|Q[1-4])$'),
  starts_on    date not null,
  ends_on      date not null,
  due_day      int  not null, -- of the month after it
  due_on       date not null,
  provisional  boolean not null, -- a year without a calendar was passed
  reported_at  timestamptz,
  late         boolean not null default false,
  reminded_at  timestamptz,
  missed_at    timestamptz,
  constraint target_dues_pkey primary key (tenant_id, target_id, period),
  constraint target_dues_duty_fkey foreign key (tenant_id, target_id) references target_duties (tenant_id, target_id),
  constraint target_dues_days check (starts_on <= ends_on and ends_on < due_on)
);
create index target_dues_open_ix on target_dues (tenant_id, due_on) where reported_at is null;
call show_upward('target_dues', 'setter_id = app_tenant()');

-- What was reported. A report is never changed; until it is due another one may
-- follow it.
create table target_reports (
  tenant_id    uuid not null default app_tenant(),
  id           uuid not null,
  target_id    uuid not null,
  setter_id    uuid not null,
  period       text not null,
  ends_on      date not null,
  seq          int  not null,
  revision     int  not null, -- of the target, as it stood
  value        numeric,       -- since the beginning of the year
  reached      boolean not null, -- every milestone up to the end of the period
  body         text not null constraint target_reports_said check (body <> ''),
  file_id      uuid,
  file_name    text not null default '',
  file_size    bigint not null default 0,
  file_type    text not null default '',
  file_sha256  text not null default '',
  file_key     text not null default '',
  file_version text not null default '',
  late         boolean not null,
  by_id        uuid not null,
  by_name      text not null,
  at           timestamptz not null,
  constraint target_reports_pkey primary key (tenant_id, id),
  constraint target_reports_seq_uq unique (tenant_id, target_id, period, seq),
  constraint target_reports_due_fkey foreign key (tenant_id, target_id, period) references target_dues (tenant_id, target_id, period),
  constraint target_reports_proved check (not reached or file_id is not null)
);
create index target_reports_target_ix on target_reports (tenant_id, target_id, ends_on desc, seq desc);
call show_upward('target_reports', 'setter_id = app_tenant()', 'select, insert');

-- That a report may come late: who said so, until when, and why.
create table target_permits (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  target_id  uuid not null,
  subject_id uuid not null,
  period     text not null,
  until      date not null,
  reason     text not null constraint target_permits_reasoned check (reason <> ''),
  by_id      uuid not null,
  by_account uuid not null,
  by_name    text not null,
  at         timestamptz not null,
  constraint target_permits_pkey primary key (tenant_id, id),
  constraint target_permits_target_fkey foreign key (tenant_id, target_id) references targets (tenant_id, id)
);
create index target_permits_target_ix on target_permits (tenant_id, target_id, period);
call split('target_permits', 'tenant_id = app_tenant() or (subject_id = app_tenant() and tenant_id in (select app_above()))', 'select, insert');

-- What people have been told of, so that they are told once.
create table target_told (
  tenant_id uuid not null default app_tenant(),
  about     text not null,
  at        timestamptz not null,
  constraint target_told_pkey primary key (tenant_id, about)
);
call confine('target_told', 'select, insert');
