-- +goose Up
-- Schemes that a tenant offers to those below it, which run schemes of their
-- own for their departments: as a recommendation, or as what they have to keep
-- and may add to.

-- What is offered: the rules and headings of a version of a scheme, no units,
-- and nobody's name. It is shown to the tenants below and never changed; it can
-- be withdrawn.
create table assess_offers (
  tenant_id      uuid not null default app_tenant(),
  id             uuid not null,
  issuer_id      uuid not null default app_tenant(),
  issuer_name    text not null constraint assess_offers_issuer_named check (issuer_name <> ''),
  scheme_id      uuid not null,
  scheme_version int  not null,
  year           int  not null,
  name           text not null constraint assess_offers_named check (name <> ''),
  note           text not null default '',
  binding        text not null constraint assess_offers_binding_known check (binding in ('recommended', 'required')),
  rules          jsonb not null constraint assess_offers_rules_list check (jsonb_typeof(rules) = 'array' and jsonb_array_length(rules) > 0),
  plan           jsonb not null,
  offered_at     timestamptz not null,
  withdrawn_at   timestamptz,
  constraint assess_offers_pkey primary key (tenant_id, id),
  constraint assess_offers_scheme_fkey foreign key (tenant_id, scheme_id, scheme_version)
    references assess_scheme_versions (tenant_id, scheme_id, version),
  constraint assess_offers_own check (issuer_id = tenant_id)
);
create index assess_offers_year_ix on assess_offers (tenant_id, year);
create unique index assess_offers_once_uq on assess_offers (tenant_id, scheme_id) where withdrawn_at is null;
call split('assess_offers', 'tenant_id = app_tenant() or tenant_id in (select app_above())', 'select, insert, update');

-- That a tenant below put a scheme into force that holds what was offered,
-- shown to the one who offered it: nothing of its units or of its own rules but
-- how many they are.
create table assess_offer_uses (
  tenant_id      uuid not null default app_tenant(),
  id             uuid not null,
  unit_id        uuid not null default app_tenant(),
  issuer_id      uuid not null,
  offer_id       uuid not null,
  scheme_id      uuid not null,
  scheme_version int  not null,
  scheme_name    text not null,
  added          int  not null, -- rules of its own
  at             timestamptz not null,
  constraint assess_offer_uses_pkey primary key (tenant_id, id),
  constraint assess_offer_uses_once_uq unique (tenant_id, offer_id, scheme_id, scheme_version),
  constraint assess_offer_uses_scheme_fkey foreign key (tenant_id, scheme_id) references assess_schemes (tenant_id, id),
  constraint assess_offer_uses_own check (unit_id = tenant_id)
);
create index assess_offer_uses_issuer_ix on assess_offer_uses (issuer_id, offer_id);
call show_to('assess_offer_uses', 'issuer_id', 'select, insert');

-- Nobody tells a tenant of a use of what it never offered, or did not offer to
-- them: who writes must be able to see it, from below.
-- +goose StatementBegin
create function assess_offer_uses_true() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if not exists (select from assess_offers o
                  where o.id = new.offer_id and o.tenant_id = new.issuer_id and o.tenant_id <> new.tenant_id) then
    raise exception 'nothing of that was offered from above' using errcode = 'check_violation', constraint = 'assess_offer_uses_true';
  end if;
  return new;
end $$;
-- +goose StatementEnd
create trigger assess_offer_uses_true before insert on assess_offer_uses for each row execute function assess_offer_uses_true();
