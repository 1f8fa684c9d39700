-- +goose Up
-- The annual target assessment: a scheme says by which rules which units are
-- scored, a round scores them over a period, and publishing shows each unit
-- what became of it.
create table assess_schemes (
  tenant_id uuid not null default app_tenant(),
  id        uuid not null,
  year      int  not null constraint assess_schemes_year_range check (year between 2000 and 2100),
  name      text not null constraint assess_schemes_name_present check (name <> ''),
  state     text not null default 'draft' constraint assess_schemes_state_known check (state in ('draft', 'active', 'closed')),
  version   int  not null default 1,
  constraint assess_schemes_pkey primary key (tenant_id, id),
  constraint assess_schemes_name_uq unique (tenant_id, year, name)
);
call confine('assess_schemes', 'select, insert, update');

-- What a scheme said at each version. A round names one, so these rows are
-- never changed: an old period is always worked out by its old rules.
create table assess_scheme_versions (
  tenant_id uuid not null default app_tenant(),
  scheme_id uuid not null,
  version   int  not null,
  year      int  not null,
  name      text not null,
  units     jsonb not null,
  rules     jsonb not null, -- points are text in it, never JSON numbers
  by_name   text not null,
  at        timestamptz not null default now(),
  constraint assess_scheme_versions_pkey primary key (tenant_id, scheme_id, version),
  constraint assess_scheme_versions_scheme_fkey foreign key (tenant_id, scheme_id) references assess_schemes (tenant_id, id)
);
call confine('assess_scheme_versions', 'select, insert');

create table assess_rounds (
  tenant_id      uuid not null default app_tenant(),
  id             uuid not null,
  scheme_id      uuid not null,
  scheme_version int  not null,
  name           text not null constraint assess_rounds_name_present check (name <> ''),
  from_day       date not null,
  to_day         date not null,
  state          text not null default 'open' constraint assess_rounds_state_known check (state in ('open', 'published', 'closed')),
  version        int  not null default 1,
  digest         text not null default '', -- of the result; empty until it has been computed
  entries        int  not null default 0,
  computed_at    timestamptz,
  audience       text not null default '' constraint assess_rounds_audience_known check (audience in ('', 'own', 'ranking')),
  published_at   timestamptz,
  closed_at      timestamptz,
  constraint assess_rounds_pkey primary key (tenant_id, id),
  constraint assess_rounds_scheme_fkey foreign key (tenant_id, scheme_id, scheme_version)
    references assess_scheme_versions (tenant_id, scheme_id, version),
  constraint assess_rounds_name_uq unique (tenant_id, scheme_id, name),
  constraint assess_rounds_days_ordered check (from_day <= to_day)
);
create index assess_rounds_period_ix on assess_rounds (tenant_id, scheme_id, to_day);
call confine('assess_rounds', 'select, insert, update');

-- One unit's place in a round. Exact is the sum of its entries; total is that,
-- rounded once.
create table assess_scores (
  tenant_id uuid not null default app_tenant(),
  round_id  uuid not null,
  unit_kind text not null constraint assess_scores_unit_known check (unit_kind in ('department', 'tenant')),
  unit_id   uuid not null,
  unit_name text not null,
  place     int  not null, -- the order of the list; rank is shared by equals
  rank      int  not null,
  total     numeric not null,
  exact     numeric not null,
  constraint assess_scores_pkey primary key (tenant_id, round_id, unit_kind, unit_id),
  constraint assess_scores_round_fkey foreign key (tenant_id, round_id) references assess_rounds (tenant_id, id)
);
call confine('assess_scores', 'select, insert, delete');

-- One line of a unit's score: one rule, or one part of it, with the deeds it
-- rests on and what each is worth in it. Their points sum up to the points
-- before caps. They stand in the row because a line is written and replaced as
-- a whole; a deed may be one of a tenant below, which no foreign key can name.
create table assess_entries (
  tenant_id     uuid not null default app_tenant(),
  id            uuid not null,
  round_id      uuid not null,
  unit_kind     text not null,
  unit_id       uuid not null,
  seq           int  not null,
  rule_code     text not null,
  rule_name     text not null,
  rule_version  int  not null,
  part          text not null,
  formula       text not null,
  n             int  not null,
  points_before numeric not null, -- before caps
  points        numeric not null,
  deed_tenants  uuid[] not null,
  deeds         uuid[] not null,
  deed_points   numeric[] not null,
  deed_notes    text[] not null,
  constraint assess_entries_pkey primary key (tenant_id, id),
  constraint assess_entries_round_fkey foreign key (tenant_id, round_id) references assess_rounds (tenant_id, id),
  constraint assess_entries_line_uq unique (tenant_id, round_id, unit_kind, unit_id, rule_code, part),
  constraint assess_entries_deeds_whole check (cardinality(deeds) = cardinality(deed_tenants)
    and cardinality(deeds) = cardinality(deed_points) and cardinality(deeds) = cardinality(deed_notes))
);
call confine('assess_entries', 'select, insert, delete');

-- What was published about a unit, readable by the tenant it is about: its own
-- score always, the ranking if the audience is to see it. It does not say who
-- did the scoring.
create table assess_results (
  tenant_id         uuid not null default app_tenant(),
  round_id          uuid not null,
  subject_tenant_id uuid not null,
  unit_kind         text not null,
  unit_id           uuid not null,
  unit_name         text not null,
  scheme_id         uuid not null,
  scheme_name       text not null,
  round_name        text not null,
  from_day          date not null,
  to_day            date not null,
  rank              int, -- null where only the own score is shown
  units             int not null,
  movement          int,
  total             numeric not null,
  entries           jsonb not null,
  ranking           jsonb not null,
  published_at      timestamptz not null,
  constraint assess_results_pkey primary key (tenant_id, round_id, unit_kind, unit_id),
  constraint assess_results_round_fkey foreign key (tenant_id, round_id) references assess_rounds (tenant_id, id)
);
create index assess_results_subject_ix on assess_results (subject_tenant_id, published_at desc);
call show_to('assess_results', 'subject_tenant_id', 'select, insert, delete');

-- Who looked into an item of a tenant below that a score rests on: shown to
-- that tenant, and never changed.
create table assess_samples (
  tenant_id         uuid not null default app_tenant(),
  id                uuid not null,
  subject_tenant_id uuid not null, -- whose item it is
  deed_id           uuid not null, -- of that tenant
  item              text not null,
  title             text not null,
  by_id             uuid not null,
  by_name           text not null,
  at                timestamptz not null default now(),
  constraint assess_samples_pkey primary key (tenant_id, id)
);
create index assess_samples_subject_ix on assess_samples (subject_tenant_id, id desc);
call show_to('assess_samples', 'subject_tenant_id', 'select, insert');
