-- +goose Up
-- What the units of a closed round came to by themselves is not asked for again:
-- closing forgets it, and so it is with those closed before.
alter table assess_scored no force row level security;
alter table assess_rounds no force row level security;
delete from assess_scored s using assess_rounds r where r.tenant_id = s.tenant_id and r.id = s.round_id and r.state = 'closed';
alter table assess_scored force row level security;
alter table assess_rounds force row level security;
