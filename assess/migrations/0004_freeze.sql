-- +goose Up
-- A frozen round: everything its result rests on lies in one package in the
-- object store, and the round never changes again, whoever writes to it.
alter table assess_rounds add column frozen_at timestamptz,
  add constraint assess_rounds_frozen_when_closed check (frozen_at is null or state = 'closed');

create table assess_freezes (
  tenant_id       uuid not null default app_tenant(),
  round_id        uuid not null,
  digest          text not null, -- of the result
  sha256          text not null, -- of the package
  size            bigint not null constraint assess_freezes_size_positive check (size > 0),
  deeds           bigint not null,
  package_key     text not null,
  package_version text not null,
  retain_until    timestamptz not null,
  retained_at     timestamptz, -- when the store had been told to keep it
  by_id           uuid not null,
  by_name         text not null,
  at              timestamptz not null,
  constraint assess_freezes_pkey primary key (tenant_id, round_id),
  constraint assess_freezes_round_fkey foreign key (tenant_id, round_id) references assess_rounds (tenant_id, id)
);
call confine('assess_freezes', 'select, insert, update');

-- +goose StatementBegin
create function assess_rounds_guard() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if old.frozen_at is not null then
    raise exception 'assessment: the round is frozen' using errcode = 'check_violation', constraint = 'assess_rounds_frozen';
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  return new;
end $$;

create function assess_freezes_guard() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if tg_op = 'DELETE' or old.retained_at is not null or to_jsonb(new) - 'retained_at' <> to_jsonb(old) - 'retained_at' then
    raise exception 'assessment: a freeze stays as it is' using errcode = 'check_violation', constraint = 'assess_freezes_stay';
  end if;
  return new;
end $$;

-- Scores, their lines and what was published of them, by statement: a round of
-- many lines is looked up once.
create function assess_frozen_guard() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if exists (select from changed c join assess_rounds r on r.tenant_id = c.tenant_id and r.id = c.round_id
              where r.frozen_at is not null) then
    raise exception 'assessment: the round is frozen' using errcode = 'check_violation', constraint = 'assess_rounds_frozen';
  end if;
  return null;
end $$;
-- +goose StatementEnd
revoke execute on function assess_rounds_guard(), assess_freezes_guard(), assess_frozen_guard() from public;

create trigger assess_rounds_frozen before update or delete on assess_rounds for each row execute function assess_rounds_guard();
create trigger assess_freezes_stay before update or delete on assess_freezes for each row execute function assess_freezes_guard();

create trigger assess_scores_frozen_new after insert on assess_scores referencing new table as changed for each statement execute function assess_frozen_guard();
create trigger assess_scores_frozen_set after update on assess_scores referencing old table as changed for each statement execute function assess_frozen_guard();
create trigger assess_scores_frozen_del after delete on assess_scores referencing old table as changed for each statement execute function assess_frozen_guard();
create trigger assess_entries_frozen_new after insert on assess_entries referencing new table as changed for each statement execute function assess_frozen_guard();
create trigger assess_entries_frozen_set after update on assess_entries referencing old table as changed for each statement execute function assess_frozen_guard();
create trigger assess_entries_frozen_del after delete on assess_entries referencing old table as changed for each statement execute function assess_frozen_guard();
create trigger assess_results_frozen_new after insert on assess_results referencing new table as changed for each statement execute function assess_frozen_guard();
create trigger assess_results_frozen_set after update on assess_results referencing old table as changed for each statement execute function assess_frozen_guard();
create trigger assess_results_frozen_del after delete on assess_results referencing old table as changed for each statement execute function assess_frozen_guard();
