-- +goose Up
-- What a scheme says beside its units and rules: the headings with their
-- weights, the classes of units, the grades. Old versions have none of it.
alter table assess_scheme_versions add column plan jsonb not null default '{}';

-- Units are ranked inside their class, and graded by the lines of the scheme.
alter table assess_scores
  add column class text not null default '',
  add column grade text not null default '';
