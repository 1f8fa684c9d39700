-- +goose Up
-- The rules of a tenant's columns as a pattern for those below it, which keep
-- copies of their own (R025).

-- The tenants above the current one: what they issue for those below is shown
-- to it.
-- +goose StatementBegin
create function app_above() returns setof uuid
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select above from platform.tenants t, unnest(t.path) above
   where t.id = public.app_tenant() and above <> t.id
$$;
-- +goose StatementEnd
grant execute on function app_above() to hetu_app;

-- A version of the pattern: names and rules of columns, and nobody's name. What
-- was issued is never changed; another version follows it.
create table column_patterns (
  tenant_id   uuid not null default app_tenant(),
  id          uuid not null,
  issuer_id   uuid not null default app_tenant(),
  issuer_name text not null constraint column_patterns_named check (issuer_name <> ''),
  version     int  not null constraint column_patterns_version_counts check (version >= 1),
  note        text not null constraint column_patterns_noted check (char_length(note) between 1 and 500),
  columns     jsonb not null constraint column_patterns_list check (jsonb_typeof(columns) = 'array' and jsonb_array_length(columns) > 0),
  issued_at   timestamptz not null,
  constraint column_patterns_pkey primary key (tenant_id, id),
  constraint column_patterns_version_uq unique (tenant_id, version),
  constraint column_patterns_own check (issuer_id = tenant_id)
);
call split('column_patterns', 'tenant_id = app_tenant() or tenant_id in (select app_above())', 'select, insert');

-- Which versions a tenant adopted, shown to their issuer: that it did and when,
-- nothing of what it made of them.
create table pattern_adoptions (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  issuer_id  uuid not null,
  pattern_id uuid not null,
  version    int  not null,
  unit_id    uuid not null default app_tenant(),
  at         timestamptz not null,
  constraint pattern_adoptions_pkey primary key (tenant_id, id),
  constraint pattern_adoptions_once_uq unique (tenant_id, pattern_id),
  constraint pattern_adoptions_own check (unit_id = tenant_id)
);
create index pattern_adoptions_issuer_ix on pattern_adoptions (issuer_id, unit_id, version);
call show_to('pattern_adoptions', 'issuer_id', 'select, insert');

-- Nobody tells a tenant of an adoption of what it never issued, or did not
-- issue for them: the one who writes must be able to see it, from below.
-- +goose StatementBegin
create function pattern_adoptions_true() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if not exists (select from column_patterns p
                  where p.id = new.pattern_id and p.version = new.version
                    and p.tenant_id = new.issuer_id and p.tenant_id <> new.tenant_id) then
    raise exception 'no such pattern above' using errcode = 'check_violation', constraint = 'pattern_adoptions_true';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger pattern_adoptions_true before insert on pattern_adoptions for each row execute function pattern_adoptions_true();

-- What became here of a column of a pattern: which one stands in its place, and
-- which version was decided upon. Without one: left out, or deleted since.
create table pattern_links (
  tenant_id uuid not null default app_tenant(),
  issuer_id uuid not null,
  key       uuid not null, -- the issuer's column
  column_id uuid,
  version   int  not null,
  constraint pattern_links_pkey primary key (tenant_id, issuer_id, key),
  constraint pattern_links_column_uq unique (tenant_id, issuer_id, column_id),
  constraint pattern_links_column_fkey foreign key (tenant_id, column_id) references columns (tenant_id, id) on delete set null (column_id)
);
create index pattern_links_column_ix on pattern_links (tenant_id, column_id) where column_id is not null;
call confine('pattern_links', 'select, insert, update');
