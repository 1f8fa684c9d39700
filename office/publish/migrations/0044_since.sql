-- +goose Up
-- When a column was last enabled again: its silence begins anew then (R020). A
-- column that has never been disabled has none.
alter table columns add column active_since timestamptz;
