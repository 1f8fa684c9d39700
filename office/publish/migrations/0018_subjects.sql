-- +goose Up
-- Once a month it is written down who answers for publishing (I14) and whether
-- the unit has rules of its own (I15): what the assessment counts follows from it.
create table responsible_months (
  tenant_id   uuid not null default app_tenant(),
  month       date not null constraint responsible_months_first check (extract(day from month) = 1),
  departments int  not null, -- that publish
  named       int  not null, -- of them, that have a head and a publisher
  columns     int  not null, -- open ones
  documents   int  not null, -- of rules, as they stood before readers
  whole       boolean not null, -- all there is to rules of one's own
  at          timestamptz not null,
  constraint responsible_months_pkey primary key (tenant_id, month),
  constraint responsible_months_counted check (named between 0 and departments and columns >= 0 and documents >= 0)
);
call confine('responsible_months', 'select, insert');

-- Published items that are the unit's own rules for publishing (R025, R311).
create table rule_documents (
  tenant_id  uuid not null default app_tenant(),
  item_id    uuid not null,
  named_id   uuid not null,
  named_name text not null constraint rule_documents_named check (named_name <> ''),
  named_at   timestamptz not null,
  constraint rule_documents_pkey primary key (tenant_id, item_id),
  constraint rule_documents_item_fkey foreign key (tenant_id, item_id) references items (tenant_id, id) on delete cascade
);
call confine('rule_documents', 'select, insert, delete');
