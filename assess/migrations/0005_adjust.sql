-- +goose Up
-- What two people decided about a unit's score beside what the rules give: a
-- correction of a line, a bonus, a penalty, a veto. One proposes, another
-- confirms; nothing is overwritten, and what is taken back is taken back by a
-- row of its own with the points negated.
create table assess_adjustments (
  tenant_id        uuid not null default app_tenant(),
  id               uuid not null,
  round_id         uuid not null,
  unit_kind        text not null constraint assess_adjustments_unit_known check (unit_kind in ('department', 'tenant')),
  unit_id          uuid not null,
  unit_name        text not null,
  type             text not null constraint assess_adjustments_type_known check (type in ('correction', 'bonus', 'penalty', 'veto')),
  rule_code        text not null,
  rule_name        text not null,
  points           numeric not null, -- what it adds to the total
  system_points    numeric,          -- of a correction: what the rules gave when it was proposed
  corrected_points numeric,
  effect           text not null default '' constraint assess_adjustments_effect_known check (effect in ('', 'no_excellent', 'one_grade_down', 'fail')),
  title            text not null,
  media            text not null default '',
  happened_on      date,
  same             text not null default '', -- title, media and day of an event, without what does not matter in them
  reason           text not null constraint assess_adjustments_reason_present check (reason <> ''),
  proof_url        text not null default '',
  file_id          uuid,
  file_name        text not null default '',
  file_sha256      text not null default '',
  reverses         uuid,
  reversed         boolean not null default false,
  state            text not null default 'proposed' constraint assess_adjustments_state_known check (state in ('proposed', 'confirmed', 'rejected', 'withdrawn')),
  by_id            uuid not null,
  by_account       uuid not null,
  by_name          text not null,
  at               timestamptz not null,
  decided_id       uuid,
  decided_account  uuid,
  decided_name     text not null default '',
  decided_at       timestamptz,
  decided_day      date,
  note             text not null default '',
  deed_id          uuid,
  constraint assess_adjustments_pkey primary key (tenant_id, id),
  constraint assess_adjustments_round_fkey foreign key (tenant_id, round_id) references assess_rounds (tenant_id, id),
  constraint assess_adjustments_reverses_fkey foreign key (tenant_id, reverses) references assess_adjustments (tenant_id, id),
  constraint assess_adjustments_proved check (proof_url <> '' or file_id is not null or reverses is not null),
  constraint assess_adjustments_two_values check (type <> 'correction' or points = case when reverses is null
    then corrected_points - system_points else system_points - corrected_points end),
  constraint assess_adjustments_second_person check (state not in ('confirmed', 'rejected')
    or (decided_id <> by_id and decided_account <> by_account and decided_at is not null)),
  constraint assess_adjustments_counted check ((state = 'confirmed') = (deed_id is not null))
);
create index assess_adjustments_round_ix on assess_adjustments (tenant_id, round_id, id desc);
-- The same event counts once for a unit (title, media and day).
create unique index assess_adjustments_same_uq on assess_adjustments (tenant_id, round_id, unit_id, same)
  where same <> '' and state in ('proposed', 'confirmed') and not reversed and reverses is null;
-- A line is corrected once at a time.
create unique index assess_adjustments_line_uq on assess_adjustments (tenant_id, round_id, unit_id, rule_code)
  where type = 'correction' and state in ('proposed', 'confirmed') and not reversed and reverses is null;
create unique index assess_adjustments_reverses_uq on assess_adjustments (tenant_id, reverses)
  where state in ('proposed', 'confirmed');
call confine('assess_adjustments', 'select, insert, update');

-- What was proposed never changes; it is decided once, and marked once as taken
-- back. In a frozen round nothing of it changes.
-- +goose StatementBegin
create function assess_adjustments_guard() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  decided constant text[] := '{state,decided_id,decided_account,decided_name,decided_at,decided_day,note,deed_id}';
  broken text;
begin
  if tg_op <> 'DELETE' and exists (select from assess_rounds r
      where r.tenant_id = new.tenant_id and r.id = new.round_id and r.frozen_at is not null) then
    broken := 'assess_rounds_frozen';
  elsif tg_op = 'DELETE' then
    broken := 'assess_adjustments_kept';
  elsif tg_op = 'INSERT' then
    if new.state <> 'proposed' or new.reversed then
      broken := 'assess_adjustments_born_proposed';
    end if;
  elsif old.state = 'proposed' then
    if to_jsonb(new) - decided <> to_jsonb(old) - decided then
      broken := 'assess_adjustments_immutable';
    end if;
  elsif old.state <> 'confirmed' or old.reversed or to_jsonb(new) - 'reversed' <> to_jsonb(old) - 'reversed' then
    broken := 'assess_adjustments_immutable';
  end if;
  if broken is not null then
    raise exception 'assessment: %', broken using errcode = 'check_violation', constraint = broken;
  end if;
  return new;
end $$;
-- +goose StatementEnd
revoke execute on function assess_adjustments_guard() from public;
create trigger assess_adjustments_guard before insert or update or delete on assess_adjustments
  for each row execute function assess_adjustments_guard();
