-- +goose Up
-- A new unit comes in: the head of it files a plan through the unit above (R339),
-- the operators accept it and have three working days to prepare (R340), by steps
-- they set and the unit only reads (R342). The row lies between the two sides and
-- so with neither: each reaches it by what it may do and no further.
create table platform.onboardings (
  id            uuid not null constraint onboardings_pkey primary key,
  from_tenant   uuid not null constraint onboardings_from_fkey references platform.tenants (id),
  member_id     uuid not null,
  department_id uuid, -- of who filed it
  filed_by      text not null,
  name          text not null,
  short_name    text not null,
  kind          text not null constraint onboardings_kind_known check (kind in ('bureau', 'subsidiary', 'department')),
  slug          text not null,
  people        int not null,
  head_name     text not null,
  head_contact  text not null,
  admin_name    text not null,
  admin_login   text not null,
  fitting_on    date, -- when the rooms are fitted out (R341)
  cabling       text not null default '',
  wanted_on     date,
  note          text not null default '',
  filed_at      timestamptz not null default now(),
  due_on        date not null,
  provisional   boolean not null default false, -- the calendar of that year was not known
  state         text not null default 'filed'
    constraint onboardings_state_known check (state in ('filed', 'withdrawn', 'declined', 'accepted', 'ready', 'live')),
  reason        text not null default '',
  decided_at    timestamptz,
  decided_by    text not null default '',
  tenant_id     uuid constraint onboardings_tenant_fkey references platform.tenants (id),
  steps         jsonb not null default '[]', -- {code, text, done_at, done_by}
  ready_at      timestamptz,
  late          boolean not null default false,
  notice        jsonb not null default '{}', -- {address, functions, guide, contacts}
  live_at       timestamptz,
  told          text[] not null default '{}', -- what either side has been told
  version       int not null default 1,
  constraint onboardings_tenant_made check (state not in ('accepted', 'ready', 'live') or tenant_id is not null)
);
create index onboardings_from_ix on platform.onboardings (from_tenant, id desc);
create unique index onboardings_tenant_uq on platform.onboardings (tenant_id);
create index onboardings_open_ix on platform.onboardings (due_on) where state in ('filed', 'accepted');
grant select, insert, update on platform.onboardings to hetu_operator;
grant select on platform.onboardings to hetu_backup;

-- +goose StatementBegin
create function platform.onboarding_file(plan jsonb, due date, unsure boolean) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into platform.onboardings (id, from_tenant, member_id, department_id, filed_by, name, short_name, kind, slug, people, head_name, head_contact,
                                    admin_name, admin_login, fitting_on, cabling, wanted_on, note, due_on, provisional)
  select p.id, public.app_tenant(), p.member_id, p.department_id, p.filed_by, p.name, p.short_name, p.kind, p.slug, p.people, p.head_name, p.head_contact,
         p.admin_name, p.admin_login, p.fitting_on, coalesce(p.cabling, ''), p.wanted_on, coalesce(p.note, ''), due, unsure
    from jsonb_to_record(plan) as p (id uuid, member_id uuid, department_id uuid, filed_by text, name text, short_name text, kind text, slug text,
                                     people int, head_name text, head_contact text, admin_name text, admin_login text, fitting_on date, cabling text,
                                     wanted_on date, note text)
$$;

-- What the tenant of the transaction filed, and how it came in itself.
create function platform.onboarding_seen()
returns table (id uuid, own boolean, member_id uuid, department_id uuid, filed_by text, name text, short_name text, kind text, slug text, people int,
               head_name text, head_contact text, admin_name text, admin_login text, fitting_on date, cabling text, wanted_on date, note text,
               filed_at timestamptz, due_on date, provisional boolean, state text, reason text, decided_at timestamptz, decided_by text,
               steps jsonb, ready_at timestamptz, late boolean, notice jsonb, live_at timestamptz, told text[], version int, login_slug text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select o.id, o.tenant_id is not distinct from public.app_tenant(), o.member_id, o.department_id, o.filed_by, o.name, o.short_name, o.kind, o.slug, o.people,
         o.head_name, o.head_contact, o.admin_name, o.admin_login, o.fitting_on, o.cabling, o.wanted_on, o.note,
         o.filed_at, o.due_on, o.provisional, o.state, o.reason, o.decided_at, o.decided_by,
         o.steps, o.ready_at, o.late, o.notice, o.live_at, o.told, o.version, coalesce((select t.slug from platform.tenants t where t.id = o.tenant_id), '')
    from platform.onboardings o
   where public.app_tenant() in (o.from_tenant, o.tenant_id)
$$;

create function platform.onboarding_withdraw(wanted uuid, seen int) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with gone as (
    update platform.onboardings set state = 'withdrawn', version = version + 1
     where id = wanted and from_tenant = public.app_tenant() and state = 'filed' and version = seen
    returning 1)
  select exists (select from gone)
$$;

-- The new unit itself has done a step that is its own; nothing else of the plan
-- can it change (R342).
create function platform.onboarding_done(step text, who text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
  update platform.onboardings o
     set steps = (select jsonb_agg(case when s.v->>'code' = step then s.v || jsonb_build_object('done_at', now(), 'done_by', who) else s.v end order by s.n)
                    from jsonb_array_elements(o.steps) with ordinality s (v, n)),
         version = version + 1
   where o.tenant_id = public.app_tenant() and o.state in ('accepted', 'ready') and step in ('structure', 'administrators')
     and exists (select from jsonb_array_elements(o.steps) s where s->>'code' = step and s->>'done_at' is null)
$$;

-- Notes that one side was told of something; false if it had been already.
create function platform.onboarding_told(wanted uuid, what text) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
  with noted as (
    update platform.onboardings set told = told || what
     where id = wanted and public.app_tenant() in (from_tenant, tenant_id) and not what = any (told)
    returning 1)
  select exists (select from noted)
$$;
-- +goose StatementEnd
grant execute on function platform.onboarding_file(jsonb, date, boolean), platform.onboarding_seen(), platform.onboarding_withdraw(uuid, int),
  platform.onboarding_done(text, text), platform.onboarding_told(uuid, text) to hetu_app;

-- Who answers for departments, documents and people in a unit that has just come
-- in: without the three it does not go live (R343).
create table onboard_administrators (
  tenant_id uuid not null default app_tenant(),
  duty      text not null constraint onboard_administrators_duty_known check (duty in ('department', 'document', 'hr')),
  member_id uuid not null,
  named_by  text not null,
  at        timestamptz not null,
  constraint onboard_administrators_pkey primary key (tenant_id, duty),
  constraint onboard_administrators_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id)
);
call confine('onboard_administrators');
