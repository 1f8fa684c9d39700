-- +goose Up
-- That a unit has taken note of somebody above having looked into its item. It
-- is the unit's own row: what the tenant above wrote is never changed.
create table assess_noticed (
  tenant_id uuid not null default app_tenant(),
  sample_id uuid not null,
  by_id     uuid not null,
  by_name   text not null,
  at        timestamptz not null,
  constraint assess_noticed_pkey primary key (tenant_id, sample_id)
);
call confine('assess_noticed', 'select, insert');
