-- +goose Up
-- What the units may see of a round that is still running: nothing, each its own
-- score, or its own score and how the others of its class stand.
alter table assess_rounds add column live text not null default ''
  constraint assess_rounds_live_known check (live in ('', 'own', 'ranking'));

-- How a unit stands in a round that is still running, readable by the tenant it
-- is about. It is replaced whenever the round is worked out, and goes when the
-- result is published. It does not say who did the scoring.
create table assess_standings (
  tenant_id         uuid not null default app_tenant(),
  round_id          uuid not null,
  subject_tenant_id uuid not null,
  unit_kind         text not null constraint assess_standings_unit_known check (unit_kind in ('department', 'tenant')),
  unit_id           uuid not null,
  unit_name         text not null,
  scheme_name       text not null,
  round_name        text not null,
  from_day          date not null,
  to_day            date not null,
  rank              int, -- null where only the own score is shown
  units             int not null,
  class             text not null,
  grade             text not null,
  total             numeric not null,
  entries           jsonb not null,
  ahead             jsonb not null, -- what the next points would take
  disputed          jsonb not null, -- lines somebody wants corrected
  peers             jsonb not null,
  computed_at       timestamptz not null,
  constraint assess_standings_pkey primary key (tenant_id, round_id, unit_kind, unit_id),
  constraint assess_standings_round_fkey foreign key (tenant_id, round_id) references assess_rounds (tenant_id, id)
);
create index assess_standings_subject_ix on assess_standings (subject_tenant_id, to_day desc);
call show_to('assess_standings', 'subject_tenant_id');

-- A bulletin about a round: the text with its placeholders while it is a draft,
-- and what they came to, with the documents made of it, once it is issued.
create table assess_bulletins (
  tenant_id   uuid not null default app_tenant(),
  id          uuid not null,
  round_id    uuid not null,
  title       text not null constraint assess_bulletins_title_present check (title <> ''),
  body        text not null,
  state       text not null default 'draft' constraint assess_bulletins_state_known check (state in ('draft', 'issued')),
  version     int  not null default 1,
  by_name     text not null,
  at          timestamptz not null,
  blocks      jsonb, -- from when it is issued
  digest      text not null default '', -- SHA-256 of the blocks
  docx_id     uuid,
  pdf_id      uuid,
  issued_by   text not null default '',
  issued_at   timestamptz,
  constraint assess_bulletins_pkey primary key (tenant_id, id),
  constraint assess_bulletins_round_fkey foreign key (tenant_id, round_id) references assess_rounds (tenant_id, id),
  constraint assess_bulletins_whole check ((state = 'issued') =
    (blocks is not null and digest <> '' and docx_id is not null and pdf_id is not null and issued_by <> '' and issued_at is not null))
);
create index assess_bulletins_round_ix on assess_bulletins (tenant_id, round_id, id desc);
call confine('assess_bulletins');

-- What was issued stays as it was, whoever writes to it.
-- +goose StatementBegin
create function assess_bulletins_guard() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if old.state = 'issued' then
    raise exception 'assessment: a bulletin was issued' using errcode = 'check_violation', constraint = 'assess_bulletins_issued';
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end $$;
-- +goose StatementEnd
revoke execute on function assess_bulletins_guard() from public;
create trigger assess_bulletins_guard before update or delete on assess_bulletins
  for each row execute function assess_bulletins_guard();
