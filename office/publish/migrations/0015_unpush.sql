-- +goose Up
-- What is no longer published is gone in the tenants below too, in the same
-- transaction, whoever took it down and on whatever way (R015).
-- +goose StatementBegin
create function items_unpush() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  perform exchange_unpush(new.id, coalesce(new.withdraw_reason, ''), coalesce(new.withdrawn_name, ''));
  return null;
end $$;
-- +goose StatementEnd
create trigger items_unpush after update of state on items
  for each row when (old.state = 'published' and new.state <> 'published') execute function items_unpush();
