package main

// The statements of the product, word for word; sql_test.go holds that. Where a
// request of the product runs one twice, the bare server runs it once.
const (
	lineHead = `
	i.id, i.column_id, c.name as column_name, c.path as column_path, c.state as column_state, i.kind, i.state, i.title,
	i.drafter_id, i.drafter_account, i.drafter_name, i.publisher_id, i.publisher_name, i.department_id, i.department_name,
	i.revision, i.created_at, i.submitted_at, i.published_at, i.withdrawn_at, i.version,
	exists (select from item_reads r where r.item_id = i.id and r.member_id = $1) as read,
	coalesce((select n.reads from item_counts n where n.item_id = i.id), 0) as read_count,
	coalesce(i.department_id = any (array(select s.department_id from subjects s where s.member_id = $1)), false) as own`
	fieldColumns = `i.cover_file, i.cover_alt, i.audience, i.audience_departments, i.event_date::text as event_date, i.valid_until::text as valid_until`
	meant        = `(i.audience <> 'departments' or exists (
		select from subjects a where a.member_id = $1 and a.department_id = any (i.audience_departments)))`
	current       = `(i.valid_until is null or i.valid_until >= (now() at time zone 'Asia/Shanghai')::date)`
	coverDigest   = `coalesce((select encode(f.sha256, 'hex') from files f where f.id = i.cover_file), '') as cover_sha256`
	audienceNames = `coalesce(case when i.audience = 'departments' then (
	select jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name) order by d.sort, d.id) from departments d where d.id = any (i.audience_departments)) end, '[]') as audience_names`
	scheduleOf = `coalesce(case when i.state = 'approved' then (
	select jsonb_agg(jsonb_build_object('id', s.id, 'at', s.at, 'by', jsonb_build_object('id', s.publisher_id, 'name', s.publisher_name),
	                                    'state', s.state, 'reason', s.reason))
	  from (select * from item_schedules s where s.item_id = i.id and s.case_id = i.case_id order by s.id desc limit 1) s) end, '[]') as scheduled`
	lineColumns = lineHead + `,
	` + fieldColumns + `, ` + meant + ` as meant, not ` + current + ` as expired`

	attachmentsOf = `
	coalesce((select jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'summary', a.summary, 'file_id', a.file_id,
	                   'file_name', f.name, 'size', f.size, 'type', f.type, 'sha256', encode(f.sha256, 'hex')) order by a.id)
	            from item_attachments a join files f on f.id = a.file_id where a.item_id = i.id), '[]')`

	itemColumns = lineColumns + itemHead + coverDigest + `, ` + audienceNames + `, ` + scheduleOf + itemFiles + attachmentsOf + itemTail
	itemHead    = `,
	c.department_id as column_unit, c.review_levels as column_levels, i.body_html, i.source, i.editor_id, i.editor_name, i.content_hash, i.approved_hash, i.case_id,
	i.deed_id, i.deed_unit, i.deed_unit_kind, i.withdrawn_id, i.withdrawn_name, i.noticed_at, i.withdraw_reason,
	i.withdraw_minutes, i.touched, i.changed_by, i.changed_at,
	i.written_id, i.written_name, i.written_from, i.written_at, i.restored_from, i.origin_id, i.origin_title,
	`
	itemFiles = `,
	`
	itemTail = ` as attachments,
	coalesce((select jsonb_agg(jsonb_build_object('id', v.member_id, 'name', v.name, 'level', v.level,
	                   'at', v.at, 'checks', v.checks, 'step', v.step) order by v.level)
	            from item_reviews v where v.item_id = i.id and v.case_id = i.case_id
	             and i.state in ('approved', 'published', 'withdrawn')), '[]') as reviewers`

	fromItems = ` from items i join columns c on c.id = i.column_id`
	qList     = `select ` + lineColumns + fromItems + `
		where i.state = 'published' and i.column_id = $2 and (` + meant + ` or $1 in (i.drafter_id, i.editor_id, i.publisher_id)) and ` + current + ` order by i.published_at desc, i.id desc limit 21`
	qContent = `select i.title, i.body_html, i.kind, i.column_id, i.source, i.editor_id, ` + fieldColumns + `, ` + coverDigest + `, ` + attachmentsOf + ` as attachments from items i where i.id = $1`
	qItem    = `select ` + itemColumns + fromItems + ` where i.id = $2`

	columnHead = `c.id, c.parent_id, c.path, c.name, c.kind, c.sort, c.state, c.department_id,
	coalesce((select d.name from departments d where d.id = c.department_id), '') as department_name,
	c.purpose, c.merged_into, coalesce((select m.name from columns m where m.id = c.merged_into), '') as merged_name, `
	columnSets = `c.kinds as "sets.kinds", c.sign as "sets.sign", c.named_from::text as "sets.named_from", c.comments as "sets.comments",
	c.receipts as "sets.receipts", c.all_staff as "sets.all_staff"`
	columnTail = `,
	c.review_levels, c.max_interval_days, c.last_published_at, c.item_count, c.version, c.touched, c.changed_by, c.changed_at`
	intervalDays = `(select nullif(a.max_interval_days, 0) from columns a
	 where a.id = any (c.path) and a.max_interval_days is not null order by cardinality(a.path) desc limit 1) as interval_days`
	qRules      = `select kinds, sign, named_from::text as named_from, comments, receipts, all_staff from column_rules($1)`
	qColumn     = `select ` + columnHead + columnSets + columnTail + `, ` + intervalDays + ` from columns c where c.id = $1`
	qDepartment = `select d.id, d.name from posts p join departments d on d.id = p.department_id where p.member_id = $1 and p.main`
	qBorn       = `
		insert into items (id, column_id, kind, title, body_html, body_text, source, editor_id, editor_name,
		                   drafter_id, drafter_account, drafter_name, department_id, department_name,
		                   content_hash, created_at, changed_at, changed_by)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $12)`

	qMarked = `
		select m.title, m.reference, m.marked_name, h.name as file
		  from offline_hashes h
		  join offline_marks m on m.id = h.mark_id
		 where h.hash = any ($1) and m.state = 'marked'
		 order by m.id, h.hash limit 1`
	qWords     = `select stamp from word_states`
	qSubmitted = `
		update items set state = 'review', submitted_at = $3, case_id = $6, version = version + 1,
		       words_version = $7, words_warns = $8, words_hash = $9, text_hash = $10,
		       touched = touched || $4, changed_by = $5, changed_at = $3
		 where id = $1 and version = $2 and state = 'draft'`
	qHolders = `
		select distinct h.member_id
		  from held h
		 where h.permission = $1 and h.member_id <> $3
		   and (h.scope_kind = '' or h.scope_id = any ($2))
		   and (h.until is null or h.until > now())
		   and not exists (select from restricted x where x.member_id = h.member_id and (x.permissions = '{}' or h.permission = any (x.permissions)))
		 order by 1`
	qAble = `
		select id from members
		 where id = any ($1)
		   and state in ('active', 'invited')
		   and (account_id is null or account_id <> all ($2))`
	qDefinition = `select version from approval_definitions where kind = $1 and hash = $2`
	qCaseInsert = `
		insert into approval_cases (id, kind, subject_id, title, hash, unit_id, definition, steps, excluded,
		                            state, step, started_by, started_at, seq)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	qEventInsert = `
		insert into approval_events (id, case_id, seq, at, member_id, action, step, task_id, opinion, reason, checks, opened)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	qCalendar   = `select version, stamp from calendar_versions where part = ''`
	qTaskInsert = `
		insert into approval_tasks (id, case_id, step, member_id, state, arrived_at, work_minutes, due_at, calendar, remind_at, reminders)
		select t.id, $3, $4, t.member, 'open', $5, $6, $7, $8, $9, $10
		  from unnest($1::uuid[], $2::uuid[]) as t (id, member)`
	qNotice = `
		insert into notices (id, member_id, code, params, href, at)
		select t.id, t.member, t.code, t.params, t.href, $6
		  from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::text[]) as t (id, member, code, params, href)`
)

const (
	taskColumns = `id, case_id, step, member_id, state, arrived_at, due_at`
	qCase       = `
		select id, kind, subject_id, title, hash, unit_id, definition, steps, to_jsonb(excluded) as excluded,
		       state, step, started_by, started_at, ended_at, urged_at, urges, seq,
		       1 + (select count(*) from approval_cases o
		             where o.kind = c.kind and o.subject_id = c.subject_id and o.started_at < c.started_at) as round
		  from approval_cases c
		 where id = $1 ` + "for update"
	qEvents = `
		select seq, at, member_id, action, step, task_id, opinion, reason, to_jsonb(checks) as checks, to_jsonb(opened) as opened
		  from approval_events
		 where case_id = $1
		 order by seq`
	qTaskDone = `
		   update approval_tasks t
		      set state = 'decided', decision = $2, decided_at = $3
		    where id = $1 and state = 'open'
		returning due_at, coalesce((select p.department_id from posts p where p.member_id = t.member_id and p.main), $4) as unit`
	qTasksClose = `
		   update approval_tasks set state = 'closed'
		    where case_id = $1 and state = 'open'
		returning ` + taskColumns
	qCaseUpdate = `
		update approval_cases
		   set state = $2, step = $3, ended_at = $4, urged_at = $5, urges = $6, seq = $7
		 where id = $1`
	qApproved = `
		   update items i
		      set state = 'approved', approved_hash = $3, approved_at = $4, version = i.version + 1,
		          touched = i.touched || jsonb_build_object('state', i.version + 1), changed_by = $5, changed_at = $4
		     from columns c
		    where i.id = $1 and i.case_id = $2 and i.state = 'review' and i.content_hash = $3 and c.id = i.column_id
		returning i.id, i.title, i.drafter_id, c.name as column_name, c.path as column_path`
	qReviews = `
		insert into item_reviews (item_id, case_id, level, member_id, account_id, name, at, checks, content_hash, step)
		     select $1, $2, e.step, m.id, m.account_id, m.name, e.at, e.checks, $3,
		            case when k.steps -> 'steps' -> (e.step - 1) ->> 'name' = $4 then 'sign' else 'review' end
		       from approval_events e
		       join approval_cases k on k.id = e.case_id
		       join members m on m.id = e.member_id
		      where e.case_id = $2 and e.action = 'approve'`
	qPresent  = `select id from members where id = any ($1) and id <> $2 and state = 'active'`
	qTaskRows = `
	select t.id, t.case_id, c.kind, c.subject_id, c.title, t.step, c.steps -> 'steps' -> (t.step - 1) ->> 'name' as step_name,
	       c.started_by, m.name as starter_name, t.arrived_at, t.due_at, t.state, t.decision, t.decided_at
	  from approval_tasks t
	  join approval_cases c on c.id = t.case_id
	  join members m on m.id = c.started_by
	 where t.member_id = $1 `
	qOneTask   = qTaskRows + `and t.id = $2`
	qTodo      = qTaskRows + `and t.state = 'open' order by t.due_at, t.id limit 21`
	qCaseTasks = `
		select step, member_id, state, due_at, decision, decided_at
		  from approval_tasks
		 where case_id = $1
		 order by step, decided_at nulls last, member_id`
	qNames = `select id, name from members where id = any ($1)`

	qPublished = `
		update items
		   set state = 'published', published_at = $3, publisher_id = $4, publisher_account = $5, publisher_name = $6,
		       levels = $7, deed_id = $8, deed_unit = $9, deed_unit_kind = $10,
		       version = version + 1, touched = touched || $11, changed_by = $6, changed_at = $3
		 where id = $1 and version = $2 and state = 'approved' and approved_hash = content_hash`
	qColumnCount = `
		update columns set item_count = item_count + 1, last_published_at = greatest(last_published_at, $2)
		 where id = $1 and state = 'active'`
	qReads   = `insert into item_counts (item_id) values ($1)`
	qIndexed = `select platform.item_indexed($1, $2)`
	qCopy    = `
		insert into published_copies (item_id, title, kind, column_name, body_html, source, drafter_name, reviewers, publisher_name,
		                              editor_name, department_name, published_at, content_hash, attachments, event_date, cover_alt)
		     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::date, $16)`
)
