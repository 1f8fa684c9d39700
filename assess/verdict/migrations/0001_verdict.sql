-- +goose Up
-- What becomes of a round of the assessment: by whom and until when each step is
-- to be done, the public notice of the result, appeals against single lines,
-- grades by line and quota, the decision, the filing. A round without a calendar
-- has none of it.
create table verdict_calendars (
  tenant_id   uuid not null default app_tenant(),
  round_id    uuid not null,
  share       int  not null constraint verdict_calendars_share_range check (share between 0 and 100), -- per cent of a class that may be in the first grade
  heading     text not null default '', -- whose points decide between equals; empty: none
  lines       jsonb not null default '[]', -- grades of a scheme that has none itself
  notice_days int  not null constraint verdict_calendars_notice_long check (notice_days >= 5),
  appeal_days int  not null constraint verdict_calendars_appeal_long check (appeal_days >= 5),
  answer_days int  not null constraint verdict_calendars_answer_long check (answer_days >= 1),
  again_days  int  not null constraint verdict_calendars_again_long check (again_days >= 1),
  version     int  not null default 1,
  changed_by  text not null,
  changed_at  timestamptz not null,
  constraint verdict_calendars_pkey primary key (tenant_id, round_id),
  constraint verdict_calendars_round_fkey foreign key (tenant_id, round_id) references assess_rounds (tenant_id, id)
);
call confine('verdict_calendars', 'select, insert, update');

create table verdict_steps (
  tenant_id        uuid not null default app_tenant(),
  round_id         uuid not null,
  step             text not null constraint verdict_steps_known check (step in ('target', 'progress', 'self', 'review', 'events',
    'notice', 'appeal', 'answer', 'grade', 'decide', 'publish', 'freeze', 'file')),
  planned          date not null, -- as it was set first
  due              date not null,
  remind           int  not null constraint verdict_steps_remind_range check (remind between 0 and 30), -- working days before
  responsible_id   uuid not null,
  responsible_name text not null,
  leader_id        uuid not null,
  leader_name      text not null,
  note             text not null default '',
  done_at          timestamptz,
  done_by          text not null default '',
  reminded_at      timestamptz,
  escalated_at     timestamptz,
  constraint verdict_steps_pkey primary key (tenant_id, round_id, step),
  constraint verdict_steps_calendar_fkey foreign key (tenant_id, round_id) references verdict_calendars (tenant_id, round_id),
  constraint verdict_steps_leader_another check (leader_id <> responsible_id)
);
create index verdict_steps_due_ix on verdict_steps (tenant_id, due) where done_at is null;
call confine('verdict_steps', 'select, insert, update, delete');

-- That something may be done late: who allowed it, why, until when. One for a
-- unit is shown to its tenant, without the name of who allowed it.
create table verdict_permits (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  round_id   uuid not null,
  step       text not null,
  unit_id    uuid,
  was        date not null,
  until      date not null,
  reason     text not null constraint verdict_permits_reasoned check (reason <> ''),
  by_id      uuid not null,
  by_account uuid not null,
  by_name    text not null,
  at         timestamptz not null,
  constraint verdict_permits_pkey primary key (tenant_id, id),
  constraint verdict_permits_calendar_fkey foreign key (tenant_id, round_id) references verdict_calendars (tenant_id, round_id),
  constraint verdict_permits_later check (until > was)
);
create index verdict_permits_round_ix on verdict_permits (tenant_id, round_id, id);
call confine('verdict_permits', 'select, insert');

create table verdict_leaves (
  tenant_id         uuid not null default app_tenant(),
  permit_id         uuid not null,
  subject_tenant_id uuid not null,
  round_id          uuid not null,
  unit_id           uuid not null,
  until             date not null,
  constraint verdict_leaves_pkey primary key (tenant_id, permit_id),
  constraint verdict_leaves_permit_fkey foreign key (tenant_id, permit_id) references verdict_permits (tenant_id, id)
);
create index verdict_leaves_subject_ix on verdict_leaves (subject_tenant_id, round_id, unit_id);
call show_to('verdict_leaves', 'subject_tenant_id', 'select, insert');

-- A public notice: what is shown is this text, and its digest says that it is.
create table verdict_notices (
  tenant_id     uuid not null default app_tenant(),
  id            uuid not null,
  round_id      uuid not null,
  issuer_name   text not null,
  scheme_name   text not null,
  round_name    text not null,
  from_day      date not null,
  to_day        date not null,
  opened_on     date not null,
  until         date not null, -- the last day of the notice
  appeal_by     date not null, -- the last day of appeals
  answer_days   int  not null,
  result_digest text not null, -- of the round then
  text          text not null,
  digest        text not null, -- SHA-256 of the text
  subjects      uuid[] not null, -- the tenants it is shown to
  at            timestamptz not null,
  constraint verdict_notices_pkey primary key (tenant_id, id),
  constraint verdict_notices_calendar_fkey foreign key (tenant_id, round_id) references verdict_calendars (tenant_id, round_id),
  constraint verdict_notices_ordered check (opened_on < until and until <= appeal_by)
);
create index verdict_notices_round_ix on verdict_notices (tenant_id, round_id, id desc);
create index verdict_notices_subjects_ix on verdict_notices using gin (subjects);
call split('verdict_notices', 'tenant_id = app_tenant() or subjects @> array[app_tenant()]', 'select, insert');

-- A unit's own lines as the notice shows them, for its tenant and nobody else.
create table verdict_shown (
  tenant_id         uuid not null default app_tenant(),
  notice_id         uuid not null,
  round_id          uuid not null,
  subject_tenant_id uuid not null,
  unit_kind         text not null constraint verdict_shown_unit_known check (unit_kind in ('department', 'tenant')),
  unit_id           uuid not null,
  unit_name         text not null,
  class             text not null,
  rank              int  not null,
  units             int  not null,
  total             numeric not null,
  grade             text not null,
  lines             jsonb not null,
  constraint verdict_shown_pkey primary key (tenant_id, notice_id, unit_kind, unit_id),
  constraint verdict_shown_notice_fkey foreign key (tenant_id, notice_id) references verdict_notices (tenant_id, id)
);
create index verdict_shown_subject_ix on verdict_shown (subject_tenant_id, notice_id);
call show_to('verdict_shown', 'subject_tenant_id', 'select, insert');

-- A unit's appeal against one line: its own tenant's row, shown to the tenant
-- that gave the notice. Its first one may be followed by a second, final one.
create table verdict_appeals (
  tenant_id    uuid not null default app_tenant(),
  id           uuid not null,
  above_id     uuid not null,
  notice_id    uuid not null,
  round_id     uuid not null,
  unit_kind    text not null,
  unit_id      uuid not null,
  unit_name    text not null,
  entry_id     uuid not null,
  rule_code    text not null,
  part         text not null,
  line         text not null,
  points       numeric not null, -- as shown
  claimed      numeric,          -- what the unit says it should be
  level        int not null constraint verdict_appeals_level_known check (level in (1, 2)),
  first_id     uuid,
  reason       text not null constraint verdict_appeals_reasoned check (reason <> ''),
  url          text not null default '',
  file_id      uuid,
  file_name    text not null default '',
  file_size    bigint not null default 0,
  file_type    text not null default '',
  file_sha256  text not null default '',
  file_key     text not null default '',
  file_version text not null default '',
  by_id        uuid not null,
  by_name      text not null,
  raised_on    date not null,
  at           timestamptz not null,
  withdrawn_at timestamptz,
  constraint verdict_appeals_pkey primary key (tenant_id, id),
  constraint verdict_appeals_first_fkey foreign key (tenant_id, first_id) references verdict_appeals (tenant_id, id),
  constraint verdict_appeals_follows check ((level = 2) = (first_id is not null)),
  constraint verdict_appeals_shown check (url <> '' or file_id is not null)
);
create unique index verdict_appeals_once_uq on verdict_appeals (tenant_id, notice_id, unit_id, entry_id, level) where withdrawn_at is null;
create index verdict_appeals_above_ix on verdict_appeals (above_id, round_id, id);
call show_to('verdict_appeals', 'above_id', 'select, insert');
grant update (withdrawn_at) on verdict_appeals to hetu_app;
create policy tenant_update on verdict_appeals for update using (tenant_id = app_tenant()) with check (tenant_id = app_tenant());

-- What the tenant above does about an appeal: until when it has to be answered,
-- and who answered it. The unit is shown the answer and not the person.
create table verdict_docket (
  tenant_id         uuid not null default app_tenant(),
  appeal_id         uuid not null,
  subject_tenant_id uuid not null,
  round_id          uuid not null,
  level             int  not null,
  first_id          uuid,
  due               date not null,
  received_at       timestamptz not null,
  reminded_at       timestamptz,
  escalated_at      timestamptz,
  outcome           text not null default '' constraint verdict_docket_outcome_known check (outcome in ('', 'accepted', 'rejected')),
  adjustment_id     uuid,
  by_id             uuid,
  by_account        uuid,
  by_name           text not null default '',
  first_account     uuid, -- who answered the first appeal
  at                timestamptz,
  constraint verdict_docket_pkey primary key (tenant_id, appeal_id),
  constraint verdict_docket_calendar_fkey foreign key (tenant_id, round_id) references verdict_calendars (tenant_id, round_id),
  constraint verdict_docket_answered check ((outcome = '') = (by_account is null)),
  constraint verdict_docket_another check (level = 1 or outcome = '' or by_account <> first_account),
  constraint verdict_docket_counted check (outcome = 'accepted' or adjustment_id is null)
);
create index verdict_docket_round_ix on verdict_docket (tenant_id, round_id);
call confine('verdict_docket', 'select, insert, update');

create table verdict_answers (
  tenant_id         uuid not null default app_tenant(),
  appeal_id         uuid not null,
  subject_tenant_id uuid not null,
  round_id          uuid not null,
  level             int  not null,
  outcome           text not null constraint verdict_answers_outcome_known check (outcome in ('accepted', 'rejected')),
  reasons           text not null constraint verdict_answers_reasoned check (reasons <> ''),
  corrected         numeric,
  again_by          date, -- until when the unit may appeal again; null: it is final
  at                timestamptz not null,
  constraint verdict_answers_pkey primary key (tenant_id, appeal_id),
  constraint verdict_answers_docket_fkey foreign key (tenant_id, appeal_id) references verdict_docket (tenant_id, appeal_id),
  constraint verdict_answers_final check ((level = 2) = (again_by is null))
);
create index verdict_answers_subject_ix on verdict_answers (subject_tenant_id, round_id);
call show_to('verdict_answers', 'subject_tenant_id', 'select, insert');

-- Grades as proposed, by line and quota. Another proposal replaces it.
create table verdict_gradings (
  tenant_id     uuid not null default app_tenant(),
  id            uuid not null,
  round_id      uuid not null,
  result_digest text not null,
  rows          jsonb not null,
  ties          jsonb not null, -- equals at the limit that nobody has chosen among
  by_id         uuid not null,
  by_account    uuid not null,
  by_name       text not null,
  at            timestamptz not null,
  constraint verdict_gradings_pkey primary key (tenant_id, id),
  constraint verdict_gradings_calendar_fkey foreign key (tenant_id, round_id) references verdict_calendars (tenant_id, round_id)
);
create index verdict_gradings_round_ix on verdict_gradings (tenant_id, round_id, id desc);
call confine('verdict_gradings', 'select, insert');

-- What a meeting decided: one decision of a round stands at a time.
create table verdict_decisions (
  tenant_id     uuid not null default app_tenant(),
  id            uuid not null,
  round_id      uuid not null,
  grading_id    uuid not null,
  result_digest text not null,
  meeting       text not null constraint verdict_decisions_meeting_named check (meeting <> ''),
  number        text not null default '',
  held_on       date not null,
  chair         text not null constraint verdict_decisions_chair_named check (chair <> ''),
  rows          jsonb not null,
  digest        text not null, -- SHA-256 of the rows
  proposed_by   uuid not null,
  by_id         uuid not null,
  by_account    uuid not null,
  by_name       text not null,
  at            timestamptz not null,
  annulled_at   timestamptz,
  annulled_by   text not null default '',
  annul_reason  text not null default '',
  constraint verdict_decisions_pkey primary key (tenant_id, id),
  constraint verdict_decisions_grading_fkey foreign key (tenant_id, grading_id) references verdict_gradings (tenant_id, id),
  constraint verdict_decisions_second_person check (by_account <> proposed_by)
);
create unique index verdict_decisions_standing_uq on verdict_decisions (tenant_id, round_id) where annulled_at is null;
call confine('verdict_decisions', 'select, insert, update');

-- A unit's grade as decided, shown to its tenant when the round is published.
create table verdict_grades (
  tenant_id         uuid not null default app_tenant(),
  round_id          uuid not null,
  subject_tenant_id uuid not null,
  unit_kind         text not null,
  unit_id           uuid not null,
  unit_name         text not null,
  grade             text not null,
  meeting           text not null,
  held_on           date not null,
  digest            text not null,
  at                timestamptz not null,
  constraint verdict_grades_pkey primary key (tenant_id, round_id, unit_kind, unit_id)
);
create index verdict_grades_subject_ix on verdict_grades (subject_tenant_id, round_id);
call show_to('verdict_grades', 'subject_tenant_id', 'select, insert');

create table verdict_filings (
  tenant_id   uuid not null default app_tenant(),
  round_id    uuid not null,
  number      text not null constraint verdict_filings_numbered check (number <> ''),
  place       text not null constraint verdict_filings_placed check (place <> ''),
  keep        text not null constraint verdict_filings_keep_known check (keep in ('10', '30', 'permanent')),
  package     text not null, -- SHA-256 of the frozen round's package
  decision    text not null, -- digest of the decision
  by_id       uuid not null,
  by_name     text not null,
  at          timestamptz not null,
  constraint verdict_filings_pkey primary key (tenant_id, round_id),
  constraint verdict_filings_number_uq unique (tenant_id, number),
  constraint verdict_filings_calendar_fkey foreign key (tenant_id, round_id) references verdict_calendars (tenant_id, round_id)
);
call confine('verdict_filings', 'select, insert');

-- What the people of this tenant have been told of.
create table verdict_told (
  tenant_id uuid not null default app_tenant(),
  about     text not null,
  at        timestamptz not null,
  constraint verdict_told_pkey primary key (tenant_id, about)
);
call confine('verdict_told', 'select, insert');

-- Neither what was shown nor what was decided is ever rewritten: a decision is
-- annulled once, before anything was filed.
-- +goose StatementBegin
create function verdict_decisions_guard() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  annulled constant text[] := '{annulled_at,annulled_by,annul_reason}';
begin
  if old.annulled_at is not null or new.annulled_at is null or to_jsonb(new) - annulled <> to_jsonb(old) - annulled then
    raise exception 'verdict: a decision stays as it is' using errcode = 'check_violation', constraint = 'verdict_decisions_stay';
  end if;
  return new;
end $$;
-- +goose StatementEnd
revoke execute on function verdict_decisions_guard() from public;
create trigger verdict_decisions_stay before update on verdict_decisions for each row execute function verdict_decisions_guard();
