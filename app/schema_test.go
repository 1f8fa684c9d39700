package app_test

import (
	"testing"

	"hetu/tenant/tenanttest"
)

// definers are the functions that run with their owner's rights and that the
// application or the operators may call: each is reviewed and gives away as
// little as its one caller needs: app_above, for one, the ids of the tenants
// above, by which they are shown what those issue for them (R025).
const definers = `{app_overseen,app_above,changes_since,
	tenant_by_slug,kin,active_tenants,account_create,membership_add,membership_set,account_secret,account_failed,account_passed,
	account_password,account_tenants,session_start,session_find,session_list,session_end,session_close,member_sessions_end,tenant_sessions_end,
	account_rename,account_reset,account_aged,account_known_at,address_failed,address_wait,membership_remove,tenant_opened,activation_find,activation_create,activation_use,
	tenant_standing,tenant_seats,tenant_domains,tenant_by_domain,onboarding_file,onboarding_seen,onboarding_withdraw,onboarding_done,onboarding_told,
	glass_seen,glass_answer,glass_close,templates_seen,template_issue,tenant_template,
	tenant_measured,assess_news,sign_ins,item_indexed,items_unindexed,item_search,item_having,columns_state,columns_settled,exchange_deliver,exchange_answer,exchange_copied,exchange_copy_lost,exchange_copy_again,exchange_recall,
	account_past,reset_create,links_end,sessions_together,consents_ask,consents_mine,consents_here,consents_answer,consents_speak,consents_withdraw,
	exchange_ask,exchange_fulfil,exchange_circulate,exchange_push,exchange_push_file,exchange_unpush,
	second_look,second_take,second_put,second_ways,second_forget,session_shown,session_second,session_came,session_house,house_sessions_end,token_create,token_find,token_list,token_end}`

// TestSchema is the lint pack (security.md 2.13, TI-05): every query must find nothing.
func TestSchema(t *testing.T) {
	t.Parallel()
	const roles = `('hetu_app', 'hetu_operator')`
	rules := map[string]string{
		"L1 row security is on and forced": `
			select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
			   and not (relrowsecurity and relforcerowsecurity)`,
		"L2 a tenant's table has a tenant": `
			select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
			   and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull)`,
		"L2b the primary key begins with the tenant": `
			select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
			   and not exists (select from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
			                    where i.indrelid = c.oid and i.indisprimary and a.attname = 'tenant_id')`,
		"L3 a foreign key carries the tenant": `
			select conname from pg_constraint k where contype = 'f' and connamespace = 'public'::regnamespace and not exists (
			  select from unnest(k.conkey, k.confkey) u(a, b)
			    join pg_attribute x on x.attrelid = k.conrelid  and x.attnum = u.a and x.attname = 'tenant_id'
			    join pg_attribute y on y.attrelid = k.confrelid and y.attnum = u.b and y.attname = 'tenant_id')`,
		"L4 a unique rule begins with the tenant": `
			select indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indrelid
			 where c.relnamespace = 'public'::regnamespace and i.indisunique and not exists (
			  select from pg_attribute a where a.attrelid = c.oid and a.attnum = i.indkey[0] and a.attname = 'tenant_id')`,
		"L5 a view runs with its reader's rights": `
			select relname from pg_class where relnamespace in ('public'::regnamespace, 'platform'::regnamespace) and relkind = 'v'
			   and not coalesce(reloptions && array['security_invoker=true', 'security_invoker=on'], false)`,
		"L6 no materialized view is readable": `
			select oid::regclass::text from pg_class where relkind = 'm' and has_table_privilege('hetu_app', oid, 'select')`,
		"L7 a definer function is reviewed": `
			select p.oid::regprocedure::text from pg_proc p where p.prosecdef and p.pronamespace in ('public'::regnamespace, 'platform'::regnamespace)
			   and (has_function_privilege('hetu_app', p.oid, 'execute') or has_function_privilege('hetu_operator', p.oid, 'execute'))
			   and p.proname <> all ('` + definers + `'::text[])`,
		"L7b a definer function has a fixed search path": `
			select p.oid::regprocedure::text from pg_proc p where p.prosecdef and p.pronamespace in ('public'::regnamespace, 'platform'::regnamespace)
			   and not coalesce(array_to_string(p.proconfig, ',') like '%search_path=%', false)`,
		"L7c nothing is executable by everybody": `
			select p.oid::regprocedure::text from pg_proc p where p.pronamespace in ('public'::regnamespace, 'platform'::regnamespace)
			   and p.prokind = 'f' and has_function_privilege('public', p.oid, 'execute')`,
		"L8 our roles are powerless": `
			select rolname from pg_roles where rolname in ` + roles + ` and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)`,
		"L8b our roles are members of nothing": `
			select r.rolname || ' of ' || g.rolname from pg_auth_members m join pg_roles r on r.oid = m.member join pg_roles g on g.oid = m.roleid
			 where r.rolname in ('hetu_app', 'hetu_operator', 'hetu_backup')`,
		"L8c our roles own nothing": `
			select oid::regclass::text from pg_class where pg_get_userbyid(relowner) in ('hetu_app', 'hetu_operator', 'hetu_backup')`,
		"L8d the backup's role only reads": `
			select table_schema || '.' || table_name || ' ' || privilege_type from information_schema.role_table_grants
			 where grantee = 'hetu_backup' and privilege_type <> 'SELECT'`,
		"L9 no policy is always true": `
			select tablename || '.' || policyname from pg_policies where qual = 'true' or with_check = 'true'`,
		"L9b one policy per table and command": `
			select tablename || ' ' || cmd from pg_policies where schemaname = 'public' and permissive = 'PERMISSIVE'
			 group by tablename, cmd having count(*) > 1
			union all
			select tablename || ' ALL' from pg_policies where schemaname = 'public' and cmd = 'ALL' and tablename in (
			  select tablename from pg_policies where schemaname = 'public' and cmd <> 'ALL')`,
		"L10 every policy names the tenant": `
			select tablename || '.' || policyname from pg_policies where schemaname = 'public'
			   and (coalesce(qual, with_check) not like '%tenant_id = app_tenant()%' or coalesce(with_check, qual) not like '%tenant_id = app_tenant()%')`,
		"L11 nothing that ignores row security is granted": `
			select grantee || ' ' || table_name || ' ' || privilege_type from information_schema.role_table_grants
			 where grantee in ('hetu_app', 'hetu_operator', 'hetu_backup', 'PUBLIC') and table_schema in ('public', 'platform', 'river')
			   and privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER')`,
		"L12 no function is leakproof": `
			select oid::regprocedure::text from pg_proc where proleakproof
			   and pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`,
		"L13 our roles create nothing": `
			select r.rolname || ' in ' || n.nspname from pg_namespace n, pg_roles r
			 where r.rolname in ` + roles + ` and n.nspname !~ '^pg_' and has_schema_privilege(r.oid, n.oid, 'create')
			union all
			select rolname || ' temp' from pg_roles where rolname in ` + roles + ` and has_database_privilege(rolname, current_database(), 'temp')`,
		"L14 the operator reaches no tenant's table (TI-14)": `
			select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
			   and has_any_column_privilege('hetu_operator', c.oid, 'select, insert, update')`,
		"L15 the application reaches no table outside the tenants' but the queue": `
			select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
			 where n.nspname in ('platform', 'migrations') and c.relkind in ('r', 'p', 'v')
			   and has_any_column_privilege('hetu_app', c.oid, 'select, insert, update')`,
	}
	admin := tenanttest.Admin(t)
	for rule, query := range rules {
		t.Run(rule, func(t *testing.T) {
			for _, offender := range texts(t, admin, query) {
				t.Errorf("broken by %s", offender)
			}
		})
	}
}
