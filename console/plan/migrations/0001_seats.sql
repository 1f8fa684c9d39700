-- +goose Up
-- No more people than the plan has seats for, whichever way they come: one by
-- one, from a list, back after they had left, by a link. Whoever adds some takes
-- turns with the others, if there is a limit at all.
-- +goose StatementBegin
create function members_seated() returns trigger
language plpgsql as $$
declare
  seats int := platform.tenant_seats();
  there int;
begin
  if seats is null or not exists (select from came where state <> 'left') then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('plan/seats' || app_tenant()::text, 0));
  select count(*) into there from members where state <> 'left' and tenant_id = app_tenant();
  if there > seats then
    raise exception 'plan.seats_full' using errcode = 'HT409', detail = json_build_object('seats', seats)::text;
  end if;
  return null;
end $$;

create function members_returned() returns trigger
language plpgsql as $$
declare
  seats int := platform.tenant_seats();
  there int;
begin
  if seats is null or not exists (
       select from came c join was w on w.id = c.id and w.tenant_id = c.tenant_id where c.state <> 'left' and w.state = 'left') then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('plan/seats' || app_tenant()::text, 0));
  select count(*) into there from members where state <> 'left' and tenant_id = app_tenant();
  if there > seats then
    raise exception 'plan.seats_full' using errcode = 'HT409', detail = json_build_object('seats', seats)::text;
  end if;
  return null;
end $$;
-- +goose StatementEnd
create trigger members_seated after insert on members referencing new table as came
  for each statement execute function members_seated();
create trigger members_returned after update on members referencing old table as was new table as came
  for each statement execute function members_returned();
