-- +goose Up
-- A post as something that rights are given to: a title in a department, whoever
-- holds it. It stays when its holder goes, for the next one.
create table duties (
  tenant_id     uuid not null default app_tenant(),
  id            uuid not null,
  department_id uuid not null,
  title         text not null constraint duties_title_present check (title <> ''),
  constraint duties_pkey primary key (tenant_id, id),
  constraint duties_department_fkey foreign key (tenant_id, department_id) references departments (tenant_id, id) on delete cascade,
  constraint duties_uq unique (tenant_id, department_id, title)
);
-- The owner of the tables reads the posts of all tenants.
alter table posts no force row level security;
alter table post_holders no force row level security;
insert into duties (tenant_id, id, department_id, title)
select tenant_id, gen_random_uuid(), department_id, title from posts where title <> '' group by tenant_id, department_id, title;
insert into post_holders (tenant_id, member_id, post_id)
select p.tenant_id, p.member_id, d.id
  from posts p join duties d on d.tenant_id = p.tenant_id and d.department_id = p.department_id and d.title = p.title;
alter table posts force row level security;
alter table post_holders force row level security;
call confine('duties');
