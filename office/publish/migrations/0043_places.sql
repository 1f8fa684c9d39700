-- +goose Up
-- An inspector whose place another has taken inspects no more; who came later
-- decides nothing about their own unit.
alter table inspection_inspectors no force row level security;
alter table members no force row level security;
alter table inspection_inspectors
  add column until       timestamptz, -- another has taken their place
  add column in_place_of uuid,
  add constraint inspection_inspectors_place_fkey foreign key (tenant_id, in_place_of) references members (tenant_id, id),
  add constraint inspection_inspectors_place_other check (in_place_of <> member_id);
alter table inspection_inspectors force row level security;
alter table members force row level security;
grant update (until, in_place_of) on inspection_inspectors to hetu_app;
