-- +goose Up
-- Lists of the auditor: in the order of time, and of one action. The second one
-- also tells which actions there are, by stepping from one to the next.
create index audit_entries_time_ix on audit_entries (tenant_id, at desc, id desc);
drop index audit_entries_at_ix;
create index audit_entries_action_ix on audit_entries (tenant_id, action, at desc, id desc);
