-- +goose Up
-- Self-assessment and review. A tenant calls the units of a round to assess
-- themselves; each unit answers in its own tenant and shows the caller what it
-- submitted; people of the caller review it line by line. Nobody writes into
-- another tenant: each side writes its own rows and shows them.

-- The call of a round.
create table review_calls (
  tenant_id   uuid not null default app_tenant(),
  id          uuid not null,
  round_id    uuid not null,
  scheme_name text not null,
  round_name  text not null,
  name        text not null constraint review_calls_name_present check (name <> ''),
  note        text not null default '',
  state       text not null default 'open' constraint review_calls_state_known check (state in ('open', 'reviewing', 'closed', 'cancelled')),
  due_day     date not null, -- of the self-assessment
  review_day  date not null, -- of the review
  gap         numeric not null constraint review_calls_gap_positive check (gap >= 0), -- a larger difference needs a reason
  lines       jsonb not null, -- the indicators, as they were
  reason      text not null default '', -- why it was cancelled
  work_id     uuid,
  by_id       uuid not null,
  by_name     text not null,
  at          timestamptz not null,
  started_at  timestamptz,
  closed_at   timestamptz,
  version     int not null default 1,
  changed_by  text not null,
  changed_at  timestamptz not null,
  constraint review_calls_pkey primary key (tenant_id, id),
  constraint review_calls_round_fkey foreign key (tenant_id, round_id) references assess_rounds (tenant_id, id),
  constraint review_calls_days_ordered check (due_day <= review_day)
);
create unique index review_calls_round_uq on review_calls (tenant_id, round_id) where state <> 'cancelled';
call confine('review_calls', 'select, insert, update');

-- A unit that was called, shown to the tenant it is or belongs to. It says
-- nothing of who reviews.
create table review_units (
  tenant_id         uuid not null default app_tenant(),
  id                uuid not null,
  call_id           uuid not null,
  subject_tenant_id uuid not null,
  unit_kind         text not null constraint review_units_unit_known check (unit_kind in ('department', 'tenant')),
  unit_id           uuid not null,
  unit_name         text not null,
  seq               int not null,
  caller_name       text not null,
  call_name         text not null,
  note              text not null,
  scheme_name       text not null,
  round_name        text not null,
  from_day          date not null,
  to_day            date not null,
  due_day           date not null,
  lines             jsonb not null, -- those that apply to it
  returned          int not null default 0, -- the last submission that was sent back
  return_reason     text not null default '',
  state             text not null default 'open' constraint review_units_state_known check (state in ('open', 'closed', 'cancelled')),
  result            jsonb not null default '[]', -- what the review came to, once it is closed
  version           int not null default 1,
  constraint review_units_pkey primary key (tenant_id, id),
  constraint review_units_call_fkey foreign key (tenant_id, call_id) references review_calls (tenant_id, id),
  constraint review_units_uq unique (tenant_id, call_id, unit_kind, unit_id)
);
create index review_units_subject_ix on review_units (subject_tenant_id, id desc);
call show_to('review_units', 'subject_tenant_id', 'select, insert, update');

-- That something may be late: recorded before it is. For a unit, or for a
-- person who reviews.
create table review_permits (
  tenant_id         uuid not null default app_tenant(),
  id                uuid not null,
  call_id           uuid not null,
  unit_row          uuid,
  member_id         uuid,
  subject_tenant_id uuid not null,
  until             date not null,
  reason            text not null constraint review_permits_reason_present check (reason <> ''),
  by_id             uuid not null,
  by_name           text not null,
  at                timestamptz not null,
  constraint review_permits_pkey primary key (tenant_id, id),
  constraint review_permits_call_fkey foreign key (tenant_id, call_id) references review_calls (tenant_id, id),
  constraint review_permits_unit_fkey foreign key (tenant_id, unit_row) references review_units (tenant_id, id),
  constraint review_permits_for_one check ((unit_row is null) <> (member_id is null))
);
create index review_permits_unit_ix on review_permits (tenant_id, unit_row);
create index review_permits_call_ix on review_permits (tenant_id, call_id);
call show_to('review_permits', 'subject_tenant_id', 'select, insert');

-- What a unit has written so far; it goes nowhere until it is submitted. Its id
-- is that of the row by which the unit was called.
create table review_forms (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  answers    jsonb not null default '[]',
  editors    uuid[] not null default '{}', -- the accounts of all who wrote in it
  version    int not null default 1,
  changed_by text not null,
  changed_at timestamptz not null,
  constraint review_forms_pkey primary key (tenant_id, id)
);
call confine('review_forms', 'select, insert, update');

-- What a unit submitted, with its evidence by digest: never changed, so that
-- what was reviewed stays what was submitted. Shown to the caller alone.
create table review_submissions (
  tenant_id  uuid not null default app_tenant(),
  form_id    uuid not null,
  n          int not null constraint review_submissions_counted check (n > 0),
  caller_id  uuid not null,
  answers    jsonb not null,
  digest     text not null, -- of the answers
  late       boolean not null,
  editors    uuid[] not null,
  by_id      uuid not null,
  by_account uuid not null,
  by_name    text not null,
  at         timestamptz not null,
  constraint review_submissions_pkey primary key (tenant_id, form_id, n)
);
create index review_submissions_caller_ix on review_submissions (caller_id, form_id, n desc);
call show_to('review_submissions', 'caller_id', 'select, insert');

-- Who reviews an indicator.
create table review_assessors (
  tenant_id  uuid not null default app_tenant(),
  call_id    uuid not null,
  code       text not null,
  member_id  uuid not null,
  account_id uuid not null,
  name       text not null,
  department text not null,
  by_name    text not null,
  at         timestamptz not null,
  constraint review_assessors_pkey primary key (tenant_id, call_id, code, member_id),
  constraint review_assessors_call_fkey foreign key (tenant_id, call_id) references review_calls (tenant_id, id),
  constraint review_assessors_person_uq unique (tenant_id, call_id, code, account_id)
);
create index review_assessors_member_ix on review_assessors (tenant_id, member_id);
call confine('review_assessors', 'select, insert, delete');

-- What one of them gave, and what they had before them.
create table review_scores (
  tenant_id     uuid not null default app_tenant(),
  unit_row      uuid not null,
  code          text not null,
  member_id     uuid not null,
  account_id    uuid not null,
  name          text not null,
  submission    int not null, -- 0: the unit had submitted nothing
  self_points   numeric,
  system_points numeric not null,
  points        numeric not null,
  reason        text not null default '',
  late          boolean not null,
  version       int not null default 1,
  at            timestamptz not null,
  constraint review_scores_pkey primary key (tenant_id, unit_row, code, member_id),
  constraint review_scores_person_uq unique (tenant_id, unit_row, code, account_id),
  constraint review_scores_unit_fkey foreign key (tenant_id, unit_row) references review_units (tenant_id, id)
);
create index review_scores_member_ix on review_scores (tenant_id, member_id);
call confine('review_scores', 'select, insert, update');

-- The value of a line that was settled because those who gave it differ, or that
-- they agreed on when the review was closed.
create table review_outcomes (
  tenant_id     uuid not null default app_tenant(),
  unit_row      uuid not null,
  code          text not null,
  how           text not null constraint review_outcomes_how_known check (how in ('agreed', 'settled')),
  points        numeric not null,
  reason        text not null,
  by_id         uuid not null,
  by_account    uuid not null,
  by_name       text not null,
  at            timestamptz not null,
  adjustment_id uuid, -- the correction it became; null where it is the system's value
  constraint review_outcomes_pkey primary key (tenant_id, unit_row, code),
  constraint review_outcomes_unit_fkey foreign key (tenant_id, unit_row) references review_units (tenant_id, id)
);
call confine('review_outcomes', 'select, insert, update');

-- What people of this tenant have been told of, so that they are told once.
create table review_told (
  tenant_id uuid not null default app_tenant(),
  subject   uuid not null,
  what      text not null,
  at        timestamptz not null,
  constraint review_told_pkey primary key (tenant_id, subject, what)
);
call confine('review_told', 'select, insert');

-- A reviewed line is not reviewed again: what was given stays when the call is over.
-- +goose StatementBegin
create function review_scores_guard() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if not exists (select from review_units u join review_calls c on c.tenant_id = u.tenant_id and c.id = u.call_id
                  where u.tenant_id = new.tenant_id and u.id = new.unit_row and c.state = 'reviewing') then
    raise exception 'review: not under way' using errcode = 'check_violation', constraint = 'review_scores_under_way';
  end if;
  return new;
end $$;
-- +goose StatementEnd
revoke execute on function review_scores_guard() from public;
create trigger review_scores_under_way before insert or update on review_scores for each row execute function review_scores_guard();

-- Ratings of units by others (测评): who is asked has a ticket, shown to their
-- tenant; what they give stands in their own tenant and is shown to who asked.
-- No person stands in it.
create table review_polls (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  round_id   uuid not null,
  scheme_id  uuid not null,
  rule_code  text not null,
  rule_name  text not null,
  name       text not null constraint review_polls_name_present check (name <> ''),
  state      text not null default 'open' constraint review_polls_state_known check (state in ('open', 'closed', 'cancelled')),
  due_day    date not null,
  most       numeric not null constraint review_polls_most_positive check (most > 0),
  groups     jsonb not null,
  units      jsonb not null,
  results    jsonb not null default '[]',
  reason     text not null default '',
  by_name    text not null,
  at         timestamptz not null,
  closed_at  timestamptz,
  version    int not null default 1,
  changed_by text not null,
  changed_at timestamptz not null,
  constraint review_polls_pkey primary key (tenant_id, id),
  constraint review_polls_round_fkey foreign key (tenant_id, round_id) references assess_rounds (tenant_id, id)
);
create unique index review_polls_rule_uq on review_polls (tenant_id, round_id, rule_code) where state <> 'cancelled';
call confine('review_polls', 'select, insert, update');

create table review_tickets (
  tenant_id         uuid not null default app_tenant(),
  id                uuid not null,
  poll_id           uuid not null,
  group_code        text not null,
  subject_tenant_id uuid not null,
  member_id         uuid, -- of this tenant; null: whoever may submit in the subject tenant
  rater_name        text not null,
  caller_name       text not null,
  poll_name         text not null,
  state             text not null default 'open' constraint review_tickets_state_known check (state in ('open', 'closed', 'cancelled')),
  due_day           date not null,
  most              numeric not null,
  units             jsonb not null, -- whom it rates
  constraint review_tickets_pkey primary key (tenant_id, id),
  constraint review_tickets_poll_fkey foreign key (tenant_id, poll_id) references review_polls (tenant_id, id),
  constraint review_tickets_uq unique nulls not distinct (tenant_id, poll_id, group_code, subject_tenant_id, member_id)
);
create index review_tickets_subject_ix on review_tickets (subject_tenant_id, id desc);
call show_to('review_tickets', 'subject_tenant_id', 'select, insert, update');

create table review_ballots (
  tenant_id uuid not null default app_tenant(),
  ticket_id uuid not null,
  caller_id uuid not null,
  marks     jsonb not null,
  at        timestamptz not null,
  constraint review_ballots_pkey primary key (tenant_id, ticket_id)
);
create index review_ballots_caller_ix on review_ballots (caller_id, ticket_id);
call show_to('review_ballots', 'caller_id', 'select, insert');
