-- +goose Up
-- An appeal never changes but that it is withdrawn, once: a trigger holds that,
-- for whoever may update the table at all.
grant update on verdict_appeals to hetu_app;

-- +goose StatementBegin
create function verdict_appeals_guard() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if old.withdrawn_at is not null or new.withdrawn_at is null or to_jsonb(new) - 'withdrawn_at' <> to_jsonb(old) - 'withdrawn_at' then
    raise exception 'verdict: an appeal stays as it is' using errcode = 'check_violation', constraint = 'verdict_appeals_stay';
  end if;
  return new;
end $$;
-- +goose StatementEnd
revoke execute on function verdict_appeals_guard() from public;
create trigger verdict_appeals_stay before update on verdict_appeals for each row execute function verdict_appeals_guard();
