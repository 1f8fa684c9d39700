-- +goose Up
-- What those above read of an item also says when the thing happened and what
-- its picture shows; the picture itself, like all files, stays where it is.
alter table published_copies
  add column event_date date,
  add column cover_alt  text not null default '';
