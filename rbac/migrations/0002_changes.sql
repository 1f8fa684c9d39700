-- +goose Up
-- Every node drops a tenant's rights from its memory when they change.
create trigger rights_versions_note after insert or update on rights_versions for each row
  execute function platform.note_change('rights', 'tenant_id');
