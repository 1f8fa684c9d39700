-- +goose Up
-- Notes of how far a chain went, kept in the object store under retention and
-- signed there. The rows say where they lie; the notes themselves say what they
-- say whatever becomes of the rows.
create table audit_notes (
  tenant_id      uuid not null default app_tenant(),
  n              bigint not null constraint audit_notes_counted check (n > 0),
  seal           bigint not null, -- the newest one when it was noted
  head           text not null,   -- hash of that seal, hexadecimal
  sha256         text not null,   -- of the object
  size           bigint not null,
  object_key     text not null,
  object_version text not null,
  retain_until   timestamptz not null,
  at             timestamptz not null,
  constraint audit_notes_pkey primary key (tenant_id, n)
);
call confine('audit_notes', 'select, insert');
