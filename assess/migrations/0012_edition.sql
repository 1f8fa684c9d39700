-- +goose Up
-- By which edition of the arithmetic the result of a round was worked out. What
-- there is was worked out by the first.
alter table assess_rounds add column edition int not null default 1
  constraint assess_rounds_edition_positive check (edition > 0);
