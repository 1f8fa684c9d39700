package main

// fillTables hold what the tables of tenants are filled from.
const fillTables = `
create temp table texts (id serial, html text, plain text);
create temp table role_list (code text, name text);
create temp table right_list (role text, permission text);
create temp table fresh (n int, id uuid, slug text, root uuid, department uuid, items int);
create temp table fresh_people (n int, i int, account uuid, member uuid, token bytea);
create temp table fresh_columns (tenant uuid, i int, id uuid);
-- A UUIDv7 of the given moment.
create function pg_temp.v7(at timestamptz) returns uuid language sql volatile as $$
  select (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' || substr(gen_random_uuid()::text, 16))::uuid
    from lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') as h
$$;
insert into platform.groups (id, slug, name) values (pg_temp.v7(now()), 'bench', '压力测试集团');
`

// fillRows fills the tables for the tenants in fresh.
const fillRows = `
insert into platform.tenants (id, group_id, parent_id, path, slug, name, short_name, kind, opened_at)
  select f.id, g.id, nullif(f.root, f.id), case when f.root = f.id then array[f.id] else array[f.root, f.id] end, f.slug,
         '第' || f.n || '水务局', '第' || f.n || '局', case when f.root = f.id then 'hq' else 'bureau' end, now()
    from fresh f cross join platform.groups g;
insert into departments (tenant_id, id, path, name, kind) select id, department, array[department], '办公室', 'office' from fresh;
insert into platform.accounts (id, name, password_hash, must_change) select account, '职员' || i, '{hash}', false from fresh_people;
insert into platform.memberships (account_id, tenant_id, member_id)
  select p.account, f.id, p.member from fresh_people p join fresh f using (n);
insert into platform.sessions (id, token_hash, account_id, tenant_id, member_id, ip, user_agent)
  select pg_temp.v7(now()), p.token, p.account, f.id, p.member, '127.0.0.1', 'bench' from fresh_people p join fresh f using (n);
insert into members (tenant_id, id, account_id, login, name) select f.id, p.member, p.account, 'u' || p.i, '职员' || p.i from fresh_people p join fresh f using (n);
insert into posts (tenant_id, id, member_id, department_id, title, main, head)
  select f.id, pg_temp.v7(now()), p.member, f.department, '科员', true, p.i = 3 from fresh_people p join fresh f using (n);
insert into subjects (tenant_id, member_id, department_id) select f.id, p.member, f.department from fresh_people p join fresh f using (n);

insert into roles (tenant_id, id, code, name, builtin) select f.id, pg_temp.v7(now()), r.code, r.name, true from fresh f cross join role_list r;
insert into role_permissions (tenant_id, role_id, permission)
  select r.tenant_id, r.id, l.permission from roles r join fresh f on f.id = r.tenant_id join right_list l on l.role = r.code;
insert into rights_versions (tenant_id) select id from fresh;
insert into grants (tenant_id, id, subject_kind, subject_id, role_id)
  select r.tenant_id, pg_temp.v7(now()), 'everyone', '00000000-0000-0000-0000-000000000000', r.id
    from roles r join fresh f on f.id = r.tenant_id where r.code = 'staff';

insert into columns (tenant_id, id, path, name, kind, item_count)
  select tenant, id, array[id], '工作动态' || i, 'news', 0 from fresh_columns;
-- Who drafts, reviews and publishes does so in the columns they were given.
insert into grants (tenant_id, id, subject_kind, subject_id, role_id, permission, scope_kind, scope_id)
  select f.id, pg_temp.v7(now()), 'member', p.member, case when p.i > 1 then r.id end, case when p.i = 1 then 'publish.draft' end, 'column', c.id
    from fresh f join fresh_people p on p.n = f.n and p.i in (1, 2, 3) join fresh_columns c on c.tenant = f.id
    join roles r on r.tenant_id = f.id and r.code = case p.i when 2 then 'head' else 'publisher' end;

insert into items (tenant_id, id, column_id, kind, state, title, body_html, body_text, source, drafter_id, drafter_account, drafter_name,
                   department_id, department_name, content_hash, case_id, submitted_at, approved_hash, approved_at, levels,
                   publisher_id, publisher_account, publisher_name, published_at, deed_id, deed_unit, version, touched, changed_by, changed_at, created_at)
  select f.id, pg_temp.v7(x.at), c.id, 'news', 'published', '关于做好第' || g || '号水利工程建设管理工作的情况通报', t.html, t.plain, '本局',
         d.member, d.account, '职员1', f.department, '办公室', x.hash, pg_temp.v7(x.at), x.at, x.hash, x.at, 1,
         b.member, b.account, '职员3', x.at, pg_temp.v7(x.at), f.department, 4, '{"state": 4}', '职员3', x.at, x.at
    from fresh f
    join fresh_people d on d.n = f.n and d.i = 1
    join fresh_people b on b.n = f.n and b.i = 3
   cross join lateral generate_series(1, f.items) as g
    join fresh_columns c on c.tenant = f.id and c.i = (case when f.root = f.id then g % 20 else 0 end)
    join texts t on t.id = 1 + (g * 7 + f.n) % 64
   cross join lateral (select now() - g * interval '17 minutes' as at, encode(sha256((f.slug || g)::bytea), 'hex') as hash) as x;
insert into item_reviews (tenant_id, item_id, case_id, level, member_id, account_id, name, at, checks, content_hash)
  select i.tenant_id, i.id, i.case_id, 1, p.member, p.account, '职员2', i.approved_at, '{online,safe,true,wording}', i.content_hash
    from items i join fresh f on f.id = i.tenant_id join fresh_people p on p.n = f.n and p.i = 2;
insert into item_counts (tenant_id, item_id, reads) select i.tenant_id, i.id, 3 from items i join fresh f on f.id = i.tenant_id;
update columns c set item_count = (select count(*) from items i where i.tenant_id = c.tenant_id and i.column_id = c.id)
  from fresh f where f.id = c.tenant_id;

insert into approval_definitions (tenant_id, kind, version, hash, body) select id, 'publish.item', 1, 'bench', '{"steps": []}' from fresh;
with cases as (
  insert into approval_cases (tenant_id, id, kind, subject_id, title, hash, unit_id, definition, steps, excluded, state, step, started_by, started_at, seq)
    select f.id, pg_temp.v7(now()), 'publish.item', pg_temp.v7(now()), '关于第' || g || '期工作简报的送审稿', 'bench', f.department, 1,
           jsonb_build_object('steps', jsonb_build_array(jsonb_build_object('name', '审核', 'mode', 'any', 'work_minutes', 240, 'people', jsonb_build_array(r.member)))),
           array[d.account], 'open', 1, d.member, now(), 1
      from fresh f join fresh_people d on d.n = f.n and d.i = 1 join fresh_people r on r.n = f.n and r.i = 4
     cross join lateral generate_series(1, 20) as g
  returning tenant_id, id)
insert into approval_tasks (tenant_id, id, case_id, step, member_id, state, arrived_at, work_minutes, due_at, calendar, remind_at)
  select c.tenant_id, pg_temp.v7(now()), c.id, 1, r.member, 'open', now(), 240, now() + interval '5 hours', 0, now() + interval '4 hours'
    from cases c join fresh f on f.id = c.tenant_id join fresh_people r on r.n = f.n and r.i = 4;
`

// fillWords gives the tenants in fresh the dictionary of the tenant $1.
var fillWords = []string{
	`insert into word_states (tenant_id, version, stamp) select f.id, s.version, s.stamp from word_states s cross join fresh f where s.tenant_id = $1 and f.id <> $1`,
	`insert into words (tenant_id, id, word, norm, class, level, advice, changed_at)
	 select f.id, pg_temp.v7(now()), w.word, w.norm, w.class, w.level, w.advice, w.changed_at from words w cross join fresh f where w.tenant_id = $1 and f.id <> $1`,
	`insert into word_phrases (tenant_id, id, phrase, norm, changed_at)
	 select f.id, pg_temp.v7(now()), p.phrase, p.norm, p.changed_at from word_phrases p cross join fresh f where p.tenant_id = $1 and f.id <> $1`,
}
