-- +goose Up
-- The grades that a meeting decided for the units of a round: wherever the round
-- is shown or printed they stand in place of those by line.
create table assess_grades (
  tenant_id uuid not null default app_tenant(),
  round_id  uuid not null,
  unit_kind text not null constraint assess_grades_unit_known check (unit_kind in ('department', 'tenant')),
  unit_id   uuid not null,
  grade     text not null,
  constraint assess_grades_pkey primary key (tenant_id, round_id, unit_kind, unit_id),
  constraint assess_grades_round_fkey foreign key (tenant_id, round_id) references assess_rounds (tenant_id, id)
);
call confine('assess_grades', 'select, insert, delete');
