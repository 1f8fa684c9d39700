-- +goose Up
-- What was decided before the rounds themselves showed it.
alter table verdict_decisions no force row level security;
alter table assess_grades no force row level security;
insert into assess_grades (tenant_id, round_id, unit_kind, unit_id, grade)
select d.tenant_id, d.round_id, g -> 'unit' ->> 'kind', (g -> 'unit' ->> 'id')::uuid, g ->> 'grade'
  from verdict_decisions d cross join jsonb_array_elements(d.rows) as g
 where d.annulled_at is null;
alter table verdict_decisions force row level security;
alter table assess_grades force row level security;
