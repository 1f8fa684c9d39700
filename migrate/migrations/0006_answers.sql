-- +goose Up
-- An answer kept for a repeated request is packed where it stands and goes to a
-- table of its own only if it is too long for a page: most are some kilobytes,
-- and a row of theirs elsewhere costs as much as all else that a write notes.
-- Without plain the two short ones beside it would go there in its place.
alter table idempotency_keys
  alter column response set storage main,
  alter column key set storage plain,
  alter column request_hash set storage plain;
