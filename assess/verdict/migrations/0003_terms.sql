-- +goose Up
-- By what the grades were proposed: the share of a class, the heading that tells
-- equals apart, the lines of a scheme that has no grades itself. A calendar that
-- says otherwise by now makes the grading an old one. null: made before this.
alter table verdict_gradings add column terms jsonb;

-- What waits for a person is asked once a minute.
create index verdict_steps_responsible_ix on verdict_steps (tenant_id, responsible_id) where done_at is null;
