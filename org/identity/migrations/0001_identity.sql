-- +goose Up
-- The houses that recognise people for a tenant: its own providers of identities
-- (OpenID Connect), directories (LDAP), WeCom. A secret is sealed with the key of
-- the installation, for this provider of this tenant and no other.
create table identity_providers (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  kind       text not null constraint identity_providers_kind_known check (kind in ('oidc', 'ldap', 'wecom')),
  name       text not null constraint identity_providers_name_present check (name <> ''),
  enabled    boolean not null default false,
  match      boolean not null default false, -- who is not linked may be known by their login there
  settings   jsonb not null,
  secret     bytea,
  version    int not null default 1,
  changed_by text not null default '',
  changed_at timestamptz not null default now(),
  changed    text[] not null default '{}',
  created_at timestamptz not null default now(),
  constraint identity_providers_pkey primary key (tenant_id, id),
  constraint identity_providers_name_uq unique (tenant_id, name)
);
call confine('identity_providers');

-- Which member a subject of a provider is: one here, one there.
create table identity_links (
  tenant_id   uuid not null default app_tenant(),
  id          uuid not null,
  provider_id uuid not null,
  member_id   uuid not null,
  subject     text not null constraint identity_links_subject_present check (subject <> '' and octet_length(subject) <= 255),
  label       text not null default '',
  made        text not null constraint identity_links_made_known check (made in ('self', 'admin', 'match')),
  made_by     uuid,
  created_at  timestamptz not null default now(),
  used_at     timestamptz,
  constraint identity_links_pkey primary key (tenant_id, id),
  constraint identity_links_provider_fkey foreign key (tenant_id, provider_id) references identity_providers (tenant_id, id) on delete cascade,
  constraint identity_links_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id),
  constraint identity_links_subject_uq unique (tenant_id, provider_id, subject),
  constraint identity_links_member_uq unique (tenant_id, provider_id, member_id)
);
create index identity_links_member_ix on identity_links (tenant_id, member_id);
call confine('identity_links');

-- Ways to a house and back that were used up: each is worth one return.
create table identity_spent (
  tenant_id uuid not null default app_tenant(),
  id        uuid not null,
  at        timestamptz not null default now(),
  constraint identity_spent_pkey primary key (tenant_id, id)
);
create index identity_spent_at_ix on identity_spent (tenant_id, at);
call confine('identity_spent', 'select, insert, delete');

-- Who may come in with a password. A tenant without a row: everybody.
create table identity_rules (
  tenant_id  uuid not null default app_tenant(),
  passwords  text not null constraint identity_rules_passwords_known check (passwords in ('all', 'admins')),
  version    int  not null default 1,
  changed_by text not null default '',
  changed_at timestamptz not null default now(),
  changed    text[] not null default '{}',
  constraint identity_rules_pkey primary key (tenant_id)
);
call confine('identity_rules');

-- By which provider a session began. It ends with it, and opens no other tenant.
alter table platform.sessions add column provider uuid;
create index sessions_provider_ix on platform.sessions (tenant_id, provider) where provider is not null and ended_at is null;

-- +goose StatementBegin
-- Said when the session begins, and asked for when others follow from it.
create function platform.session_came(session uuid, house uuid) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update platform.sessions s set provider = house where s.id = session and s.tenant_id = public.app_tenant()
$$;
create function platform.session_house(session uuid) returns uuid
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select s.provider from platform.sessions s where s.id = session and s.tenant_id = public.app_tenant()
$$;

-- Ends the sessions that began by a provider: those of one member, or all, and
-- returns how many.
create function platform.house_sessions_end(house uuid, member uuid) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare ended int;
begin
  update platform.sessions s set ended_at = now()
   where s.tenant_id = public.app_tenant() and s.provider = house and s.ended_at is null
     and (house_sessions_end.member is null or s.member_id = house_sessions_end.member);
  get diagnostics ended = row_count;
  if ended > 0 then
    perform pg_notify('hetu_sessions', '');
  end if;
  return ended;
end $$;
-- +goose StatementEnd
grant execute on function platform.session_came(uuid, uuid), platform.session_house(uuid), platform.house_sessions_end(uuid, uuid) to hetu_app;
