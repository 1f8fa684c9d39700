-- +goose Up
-- People: departments are a tree, members sit in them by posts, and an account
-- (a natural person) may be a member of several tenants.
create table departments (
  tenant_id uuid not null default app_tenant(),
  id        uuid not null,
  parent_id uuid,
  path      uuid[] not null, -- from the root department down to itself
  name      text not null constraint departments_name_present check (name <> ''),
  kind      text not null default 'dept' constraint departments_kind_known check (kind in ('leaders', 'office', 'info', 'hr', 'dept')),
  sort      int  not null default 0,
  version   int  not null default 1,
  changed_by text not null default '',
  changed_at timestamptz not null default now(),
  changed    text[] not null default '{}', -- the fields its last change concerned
  created_at timestamptz not null default now(),
  constraint departments_pkey primary key (tenant_id, id),
  constraint departments_parent_fkey foreign key (tenant_id, parent_id) references departments (tenant_id, id),
  constraint departments_name_uq unique nulls not distinct (tenant_id, parent_id, name)
);
create index departments_path_ix on departments using gin (path);
call confine('departments');

create table members (
  tenant_id  uuid not null default app_tenant(),
  id         uuid not null,
  account_id uuid, -- null until they have come for the first time
  login      text not null constraint members_login_form check (login ~ '^[a-z][a-z0-9._-]{1,31}$'),
  name       text not null constraint members_name_present check (name <> ''),
  state      text not null default 'active' constraint members_state_known check (state in ('invited', 'active', 'locked', 'left')),
  reason     text not null default '',
  version    int  not null default 1,
  changed_by text not null default '',
  changed_at timestamptz not null default now(),
  changed    text[] not null default '{}',
  created_at timestamptz not null default now(),
  constraint members_pkey primary key (tenant_id, id),
  constraint members_login_uq unique (tenant_id, login),
  constraint members_account_uq unique (tenant_id, account_id)
);
call confine('members');

-- A member's place in a department. Everyone has one main post.
create table posts (
  tenant_id     uuid not null default app_tenant(),
  id            uuid not null,
  member_id     uuid not null,
  department_id uuid not null,
  title         text not null default '',
  main          boolean not null default false,
  head          boolean not null default false, -- leads the department
  created_at    timestamptz not null default now(),
  constraint posts_pkey primary key (tenant_id, id),
  constraint posts_member_fkey foreign key (tenant_id, member_id) references members (tenant_id, id),
  constraint posts_department_fkey foreign key (tenant_id, department_id) references departments (tenant_id, id),
  constraint posts_uq unique (tenant_id, member_id, department_id)
);
create unique index posts_main_uq on posts (tenant_id, member_id) where main;
create unique index posts_head_uq on posts (tenant_id, department_id) where head;
create index posts_department_ix on posts (tenant_id, department_id);
call confine('posts');

-- Failed sign-ins under logins nobody has. They are counted and locked like
-- those of real accounts, or the difference would tell which logins exist. The
-- login itself is not kept: somebody may have typed a password there.
create table login_misses (
  tenant_id    uuid not null default app_tenant(),
  login_hash   bytea not null,
  failures     int not null default 1,
  locked_until timestamptz,
  at           timestamptz not null default now(),
  constraint login_misses_pkey primary key (tenant_id, login_hash)
);
call confine('login_misses');
