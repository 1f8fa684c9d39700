-- +goose Up
-- That a report did not come is taken back when somebody permits it to be late
-- afterwards: when that was. Until its last day the report is owed again.
alter table target_dues add column excused_at timestamptz;
