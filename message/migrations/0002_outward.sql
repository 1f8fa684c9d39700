-- +goose Up
-- Ways out of the house: what a tenant lets its notices go out by besides the
-- desktop, and how much they say there. Nothing goes out that is not listed.
create table outward_channels (
  tenant_id    uuid not null default app_tenant(),
  channel      text not null constraint outward_channels_form check (channel ~ '^[a-z]{2,20}$'),
  is_on        boolean not null default false,
  wording      text not null default 'title' constraint outward_channels_wording_known check (wording in ('title', 'kind')),
  kinds        text[] not null default '{}', -- what is let out: the first words of codes
  paused_until timestamptz,                  -- the other side has asked for a rest
  paused_for   text not null default '',
  version      int  not null default 1,
  changed_by   text not null default '',
  changed_at   timestamptz not null default now(),
  changed      text[] not null default '{}',
  constraint outward_channels_pkey primary key (tenant_id, channel)
);
call confine('outward_channels', 'select, insert, update');

-- What a member wants of it. Who has said nothing gets what is let out, in
-- working time.
create table outward_wishes (
  tenant_id uuid not null default app_tenant(),
  member_id uuid not null,
  channel   text not null,
  mode      text not null default 'all' constraint outward_wishes_mode_known check (mode in ('all', 'urgent', 'none')),
  quiet     boolean not null default true, -- what is not urgent waits for working time
  version   int  not null default 1,
  constraint outward_wishes_pkey primary key (tenant_id, member_id, channel),
  constraint outward_wishes_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id)
);
call confine('outward_wishes', 'select, insert, update');

-- One row per notice and way out: the row is why a notice goes out at most once.
create table outward_deliveries (
  tenant_id uuid not null default app_tenant(),
  notice_id uuid not null,
  channel   text not null,
  member_id uuid not null,
  code      text not null,
  state     text not null default 'waiting'
    constraint outward_deliveries_state_known check (state in ('waiting', 'packed', 'sent', 'failed', 'skipped')),
  reason    text not null default '' constraint outward_deliveries_reason_coded check (reason ~ '^[a-z0-9_]{0,40}$'),
  due_at    timestamptz not null,
  parcel_id uuid, -- what it goes out with
  sent_at   timestamptz,
  constraint outward_deliveries_pkey primary key (tenant_id, notice_id, channel),
  constraint outward_deliveries_notice_fkey foreign key (tenant_id, notice_id) references notices (tenant_id, id),
  constraint outward_deliveries_packed check ((state = 'packed') <= (parcel_id is not null)),
  constraint outward_deliveries_sent check ((state = 'sent') = (sent_at is not null)),
  constraint outward_deliveries_told check ((state in ('failed', 'skipped')) <= (reason <> ''))
);
create index outward_deliveries_due_ix on outward_deliveries (tenant_id, channel, due_at) where state = 'waiting';
create index outward_deliveries_log_ix on outward_deliveries (tenant_id, channel, state, notice_id desc);
create index outward_deliveries_parcel_ix on outward_deliveries (tenant_id, parcel_id) where parcel_id is not null;
create index outward_deliveries_rate_ix on outward_deliveries (tenant_id, member_id, sent_at) where state = 'sent';
call confine('outward_deliveries', 'select, insert, update');

-- What is handed over in one call: one text to many. It is kept unchanged until
-- it is known to have arrived, so that handing it over again is recognised there.
create table outward_parcels (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  channel    text not null,
  title      text not null,
  body       text not null,
  href       text not null,
  addresses  text[] not null,
  members    uuid[] not null, -- whose addresses those are
  state      text not null default 'open' constraint outward_parcels_state_known check (state in ('open', 'sent', 'failed', 'dropped')),
  attempts   int  not null default 0,
  next_at    timestamptz not null,
  held_until timestamptz,  -- somebody is handing it over
  holder     uuid,
  tried_at   timestamptz,  -- first handed over without an answer: it may have arrived
  reason     text not null default '',
  created_at timestamptz not null,
  ended_at   timestamptz,
  constraint outward_parcels_pkey primary key (tenant_id, id),
  constraint outward_parcels_ended check ((state = 'open') = (ended_at is null))
);
create index outward_parcels_next_ix on outward_parcels (tenant_id, channel, next_at) where state = 'open';
call confine('outward_parcels', 'select, insert, update');
