-- +goose Up
-- What of a finding changed last at which version, for whoever settles it as
-- they read it before: "state", "title", "words".
alter table word_findings add column touched jsonb not null default '{}';
