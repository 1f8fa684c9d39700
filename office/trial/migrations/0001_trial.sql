-- +goose Up
-- Trial runs and what belongs to them: feedback, training, evaluation, decision.

-- A run: what is tried, from when until when. At most one runs at a time.
create table trial_runs (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  name       text not null constraint trial_runs_named check (name <> ''),
  purpose    text not null default '',
  state      text not null default 'planned'
    constraint trial_runs_state_known check (state in ('planned', 'running', 'formal', 'stopped', 'cancelled')),
  starts_on  date not null,
  ends_on    date not null,
  modules    text[] not null default '{}', -- what is tried, as people call it
  dual_track boolean not null default false, -- paper goes along, after the electronic original
  scored     boolean not null default false, -- what is done counts: the tenant had left its trial phase before
  begun_at   timestamptz,
  ended_at   timestamptz,
  by_name    text not null,
  at         timestamptz not null,
  version    int  not null default 1,
  changed_by text not null,
  changed_at timestamptz not null,
  constraint trial_runs_pkey primary key (tenant_id, id),
  constraint trial_runs_days check (starts_on <= ends_on),
  constraint trial_runs_begun check (state in ('planned', 'cancelled') or begun_at is not null)
);
create unique index trial_runs_running_uq on trial_runs (tenant_id) where state = 'running';
call confine('trial_runs');

-- The departments brought in, one after the other; those below them come along.
create table trial_departments (
  tenant_id     uuid not null default app_tenant(),
  run_id        uuid not null,
  department_id uuid not null,
  from_day      date not null,
  left_on       date,
  by_name       text not null,
  at            timestamptz not null,
  constraint trial_departments_pkey primary key (tenant_id, run_id, department_id),
  constraint trial_departments_run_fkey foreign key (tenant_id, run_id) references trial_runs (tenant_id, id)
);
call confine('trial_departments');

-- Who takes part beside them, and as what.
create table trial_people (
  tenant_id uuid not null default app_tenant(),
  run_id    uuid not null,
  member_id uuid not null,
  part      text not null constraint trial_people_part_known check (part in ('leader', 'core', 'user')),
  by_name   text not null,
  at        timestamptz not null,
  constraint trial_people_pkey primary key (tenant_id, run_id, member_id),
  constraint trial_people_run_fkey foreign key (tenant_id, run_id) references trial_runs (tenant_id, id)
);
call confine('trial_people');

-- The phase a tenant is in; one without a row has always been in operation. The
-- tenants above see it: what is done on trial is not scored.
create table trial_phases (
  tenant_id uuid not null default app_tenant(),
  phase     text not null constraint trial_phases_known check (phase in ('trial', 'formal')),
  run_id    uuid not null,
  run_name  text not null,
  ends_on   date not null,
  since     timestamptz not null,
  constraint trial_phases_pkey primary key (tenant_id),
  constraint trial_phases_run_fkey foreign key (tenant_id, run_id) references trial_runs (tenant_id, id)
);
call show_upward('trial_phases', 'true', 'select, insert, update');

create table trial_changes (
  tenant_id uuid not null default app_tenant(),
  id        uuid not null,
  run_id    uuid not null,
  was       text not null,
  phase     text not null,
  reason    text not null,
  by_name   text not null,
  at        timestamptz not null,
  constraint trial_changes_pkey primary key (tenant_id, id),
  constraint trial_changes_run_fkey foreign key (tenant_id, run_id) references trial_runs (tenant_id, id)
);
call confine('trial_changes', 'select, insert');

-- A deed done in the trial phase says so, or one that credits a tenant in it;
-- one that takes back another is what that was. Who scores leaves it out.
alter table deeds add column trial boolean not null default false;
-- +goose StatementBegin
create function deed_on_trial() returns trigger
language plpgsql as $$
begin
  if new.reverses is not null then
    new.trial := coalesce((select d.trial from public.deeds d where d.tenant_id = new.tenant_id and d.id = new.reverses), false);
  else
    new.trial := exists (select from public.trial_phases p where p.tenant_id = new.tenant_id and p.phase = 'trial')
      or new.unit_kind = 'tenant' and exists (select from public.trial_phases p where p.tenant_id = new.unit_id and p.phase = 'trial');
  end if;
  return new;
end $$;
-- +goose StatementEnd
-- Not for who writes deeds past a tenant's transaction; and what is recorded for
-- the sake of a score is no use of the system.
create trigger deeds_on_trial before insert on deeds
  for each row when (current_setting('app.tenant_id', true) is not null and current_setting('app.tenant_id', true) <> '' and new.kind not like 'assess.%')
  execute function deed_on_trial();

-- What was said about a run at its end, with the figures as they were, and what
-- was decided upon it. Neither is ever changed.
create table trial_evaluations (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  run_id     uuid not null,
  body       text not null constraint trial_evaluations_said check (body <> ''),
  figures    jsonb not null,
  by_account uuid not null,
  by_name    text not null,
  at         timestamptz not null,
  constraint trial_evaluations_pkey primary key (tenant_id, id),
  constraint trial_evaluations_run_fkey foreign key (tenant_id, run_id) references trial_runs (tenant_id, id)
);
create index trial_evaluations_run_ix on trial_evaluations (tenant_id, run_id, at desc);
call confine('trial_evaluations', 'select, insert');

create table trial_decisions (
  tenant_id     uuid not null default app_tenant(),
  id            uuid not null,
  run_id        uuid not null,
  evaluation_id uuid not null,
  outcome       text not null constraint trial_decisions_known check (outcome in ('formal', 'extended', 'stopped')),
  reason        text not null constraint trial_decisions_reasoned check (reason <> ''),
  decided_on    date not null,
  until         date, -- of an extension
  by_account    uuid not null,
  by_name       text not null,
  at            timestamptz not null,
  constraint trial_decisions_pkey primary key (tenant_id, id),
  constraint trial_decisions_once_uq unique (tenant_id, evaluation_id),
  constraint trial_decisions_until check ((outcome = 'extended') = (until is not null)),
  constraint trial_decisions_evaluation_fkey foreign key (tenant_id, evaluation_id) references trial_evaluations (tenant_id, id),
  constraint trial_decisions_run_fkey foreign key (tenant_id, run_id) references trial_runs (tenant_id, id)
);
call confine('trial_decisions', 'select, insert');

-- How somebody found one kind of work beside the old way.
create table trial_comparisons (
  tenant_id   uuid not null default app_tenant(),
  id          uuid not null,
  run_id      uuid not null,
  member_id   uuid not null,
  task        text not null constraint trial_comparisons_of check (task <> ''),
  old_minutes int  not null constraint trial_comparisons_old_counts check (old_minutes > 0),
  new_minutes int  not null constraint trial_comparisons_new_counts check (new_minutes > 0),
  verdict     text not null constraint trial_comparisons_known check (verdict in ('better', 'same', 'worse')),
  note        text not null default '',
  by_name     text not null,
  at          timestamptz not null,
  constraint trial_comparisons_pkey primary key (tenant_id, id),
  constraint trial_comparisons_once_uq unique (tenant_id, run_id, member_id, task),
  constraint trial_comparisons_run_fkey foreign key (tenant_id, run_id) references trial_runs (tenant_id, id)
);
call confine('trial_comparisons');

create table trial_improvements (
  tenant_id   uuid not null default app_tenant(),
  id          uuid not null,
  run_id      uuid not null,
  title       text not null constraint trial_improvements_titled check (title <> ''),
  detail      text not null default '',
  owner_id    uuid not null,
  due_on      date not null,
  feedback_id uuid,
  state       text not null default 'open' constraint trial_improvements_known check (state in ('open', 'doing', 'done', 'dropped')),
  note        text not null default '',
  at          timestamptz not null,
  version     int  not null default 1,
  changed_by  text not null,
  changed_at  timestamptz not null,
  constraint trial_improvements_pkey primary key (tenant_id, id),
  constraint trial_improvements_run_fkey foreign key (tenant_id, run_id) references trial_runs (tenant_id, id),
  constraint trial_improvements_owner_fkey foreign key (tenant_id, owner_id) references members (tenant_id, id)
);
create index trial_improvements_run_ix on trial_improvements (tenant_id, run_id, id desc);
call confine('trial_improvements');

-- That the paper copy of something approved electronically went round too.
create table trial_papers (
  tenant_id uuid not null default app_tenant(),
  case_id   uuid not null,
  run_id    uuid not null,
  note      text not null default '',
  by_name   text not null,
  at        timestamptz not null,
  constraint trial_papers_pkey primary key (tenant_id, case_id),
  constraint trial_papers_case_fkey foreign key (tenant_id, case_id) references approval_cases (tenant_id, id),
  constraint trial_papers_run_fkey foreign key (tenant_id, run_id) references trial_runs (tenant_id, id)
);
call confine('trial_papers', 'select, insert');

-- Problems, suggestions and questions, and what happened to each.
create table trial_feedback (
  tenant_id     uuid not null default app_tenant(),
  id            uuid not null,
  run_id        uuid,
  kind          text not null constraint trial_feedback_kind_known check (kind in ('problem', 'suggestion', 'question')),
  goes_to       text not null constraint trial_feedback_to_known check (goes_to in ('head', 'it')),
  title         text not null constraint trial_feedback_titled check (title <> ''),
  page          text not null default '', -- the screen it is about
  state         text not null default 'open' constraint trial_feedback_state_known check (state in ('open', 'answered', 'closed')),
  outcome       text not null default ''
    constraint trial_feedback_outcome_known check (outcome in ('', 'fixed', 'adopted', 'explained', 'declined')),
  vendor_ref    text not null default '', -- under which the makers know it
  by_id         uuid not null,
  by_name       text not null,
  department_id uuid not null,
  at            timestamptz not null,
  due_on        date not null,
  answered_at   timestamptz,
  answered_by   uuid,
  closed_at     timestamptz,
  late          boolean not null default false,
  work_minutes  int not null default 0, -- working time to the last answer
  version       int not null default 1,
  changed_by    text not null,
  changed_at    timestamptz not null,
  constraint trial_feedback_pkey primary key (tenant_id, id),
  constraint trial_feedback_member_fkey foreign key (tenant_id, by_id) references members (tenant_id, id),
  constraint trial_feedback_answered check ((state = 'open') or (answered_at is not null and outcome <> '')),
  constraint trial_feedback_closed check ((state = 'closed') = (closed_at is not null))
);
create index trial_feedback_open_ix on trial_feedback (tenant_id, goes_to) where state <> 'closed';
create index trial_feedback_by_ix on trial_feedback (tenant_id, by_id, id desc);
call confine('trial_feedback');

create table trial_feedback_steps (
  tenant_id   uuid not null default app_tenant(),
  feedback_id uuid not null,
  seq         int  not null,
  action      text not null
    constraint trial_feedback_steps_known check (action in ('submitted', 'answered', 'said', 'forwarded', 'sent_out', 'closed', 'lapsed')),
  body        text not null default '',
  by_name     text not null,
  at          timestamptz not null,
  constraint trial_feedback_steps_pkey primary key (tenant_id, feedback_id, seq),
  constraint trial_feedback_steps_feedback_fkey foreign key (tenant_id, feedback_id) references trial_feedback (tenant_id, id)
);
call confine('trial_feedback_steps', 'select, insert');

-- What people ask again and again, with the answer.
create table trial_questions (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  question   text not null constraint trial_questions_asked check (question <> ''),
  answer     text not null constraint trial_questions_answered check (answer <> ''),
  page       text not null default '',
  version    int  not null default 1,
  changed_by text not null,
  changed_at timestamptz not null,
  constraint trial_questions_pkey primary key (tenant_id, id)
);
call confine('trial_questions');

-- Training: what, when, where, for whom; and who came and can work alone.
create table trial_trainings (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  run_id     uuid,
  batch      text not null constraint trial_trainings_batch_known check (batch in ('leaders', 'core', 'staff', 'security')),
  title      text not null constraint trial_trainings_titled check (title <> ''),
  content    text not null default '',
  topics     text[] not null default '{}',
  goal       text not null default '',
  trainer    text not null default '',
  place      text not null constraint trial_trainings_placed check (place <> ''),
  starts_at  timestamptz not null,
  ends_at    timestamptz not null,
  state      text not null default 'draft' constraint trial_trainings_state_known check (state in ('draft', 'announced', 'held', 'cancelled')),
  reason     text not null default '',
  by_name    text not null,
  at         timestamptz not null,
  version    int  not null default 1,
  changed_by text not null,
  changed_at timestamptz not null,
  constraint trial_trainings_pkey primary key (tenant_id, id),
  constraint trial_trainings_times check (starts_at < ends_at)
);
create index trial_trainings_at_ix on trial_trainings (tenant_id, starts_at desc, id desc);
call confine('trial_trainings');

create table trial_audience (
  tenant_id     uuid not null default app_tenant(),
  training_id   uuid not null,
  kind          text not null constraint trial_audience_kind_known check (kind in ('department', 'member')),
  subject_id    uuid not null,
  constraint trial_audience_pkey primary key (tenant_id, training_id, kind, subject_id),
  constraint trial_audience_training_fkey foreign key (tenant_id, training_id) references trial_trainings (tenant_id, id)
);
call confine('trial_audience');

create table trial_attendance (
  tenant_id   uuid not null default app_tenant(),
  training_id uuid not null,
  member_id   uuid not null,
  state       text not null default 'invited' constraint trial_attendance_known check (state in ('invited', 'present', 'absent', 'excused')),
  independent boolean not null default false, -- works with the system alone
  constraint trial_attendance_pkey primary key (tenant_id, training_id, member_id),
  constraint trial_attendance_able check (not independent or state = 'present'),
  constraint trial_attendance_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id),
  constraint trial_attendance_training_fkey foreign key (tenant_id, training_id) references trial_trainings (tenant_id, id)
);
create index trial_attendance_member_ix on trial_attendance (tenant_id, member_id);
call confine('trial_attendance');

-- Faults and holes found, by whom and when, and what became of them.
create table trial_vulnerabilities (
  tenant_id     uuid not null default app_tenant(),
  id            uuid not null,
  kind          text not null constraint trial_vulnerabilities_kind_known check (kind in ('fault', 'vulnerability')),
  title         text not null constraint trial_vulnerabilities_titled check (title <> ''),
  detail        text not null,
  found_at      timestamptz not null,
  finder_id     uuid not null,
  finder_name   text not null,
  severity      text not null default '' constraint trial_vulnerabilities_severity_known check (severity in ('', 'low', 'medium', 'high')),
  state         text not null default 'reported'
    constraint trial_vulnerabilities_state_known check (state in ('reported', 'repairing', 'repaired', 'rejected')),
  outcome       text not null default '',
  exploited_by  uuid, -- who used it, which is a violation
  at            timestamptz not null,
  repaired_at   timestamptz,
  version       int  not null default 1,
  changed_by    text not null,
  changed_at    timestamptz not null,
  constraint trial_vulnerabilities_pkey primary key (tenant_id, id),
  constraint trial_vulnerabilities_finder_fkey foreign key (tenant_id, finder_id) references members (tenant_id, id),
  constraint trial_vulnerabilities_ended check (state not in ('repaired', 'rejected') or outcome <> ''),
  constraint trial_vulnerabilities_repaired check ((state = 'repaired') = (repaired_at is not null))
);
call confine('trial_vulnerabilities');

-- Whom to ask, who leads the rollout, and how often people are reminded of secrecy.
create table trial_settings (
  tenant_id  uuid not null default app_tenant(),
  contacts   jsonb not null default '[]',
  people     jsonb not null default '[]',
  every_days int  not null default 30 constraint trial_settings_days_sane check (every_days between 0 and 365), -- 0: never
  reminder   text not null default '',
  reminded_at timestamptz not null,
  version    int  not null default 1,
  changed_by text not null default '',
  changed_at timestamptz not null,
  constraint trial_settings_pkey primary key (tenant_id)
);
call confine('trial_settings', 'select, insert, update');

-- What people have been told of, so that they are told once.
create table trial_told (
  tenant_id uuid not null default app_tenant(),
  about     text not null,
  at        timestamptz not null,
  constraint trial_told_pkey primary key (tenant_id, about)
);
call confine('trial_told', 'select, insert');
