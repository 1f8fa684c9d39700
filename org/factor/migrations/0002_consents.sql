-- +goose Up
-- The consent of the other units that is asked for when the account has some; the
-- wish stands as long as that.
alter table factor_resets add column reset_id uuid;
