-- +goose Up
-- The token by which a unit's WeCom is called, for all nodes. It is sealed like the
-- secret it was had for, and one node at a time fetches another.
create table wecom_tokens (
  tenant_id      uuid not null default app_tenant(),
  provider_id    uuid not null,
  fits           bytea not null, -- hash of the settings it was had with
  sealed         bytea not null default '',
  expires_at     timestamptz,
  renewing_until timestamptz,
  constraint wecom_tokens_pkey primary key (tenant_id, provider_id),
  constraint wecom_tokens_provider_fkey foreign key (tenant_id, provider_id) references identity_providers (tenant_id, id) on delete cascade
);
call confine('wecom_tokens', 'select, insert, update');
