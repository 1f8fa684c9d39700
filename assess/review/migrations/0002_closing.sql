-- +goose Up
-- A review is closed a few units at a time, which takes a while: meanwhile
-- nothing in it changes.
alter table review_calls drop constraint review_calls_state_known;
alter table review_calls add constraint review_calls_state_known check (state in ('open', 'reviewing', 'closing', 'closed', 'cancelled'));
