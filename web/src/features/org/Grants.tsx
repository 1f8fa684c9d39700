import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Segmented, Select, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { Grant, GrantScope } from '@/api/types'
import { currentLocale, t, tOr } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { DepartmentSelect, PersonSelect } from '@/ui/pickers'
import { exportHref, pageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { useBatch } from '@/ui/useBatch'
import { permissionName, usePermissions } from './permissions'

const EVERYWHERE = '00000000-0000-0000-0000-000000000000'

/** Who was given what, and on what. */
export function Grants({ may }: { may: boolean }) {
  const [search] = useAddress()
  const asked = {
    ...pageOf(search), ...(search.subject ? { subject: search.subject } : {}), ...(search.scope ? { scope: search.scope } : {}),
    ...(search.permission ? { permission: search.permission } : {}),
  }
  const query = useQuery({
    queryKey: ['grants', search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/org/grants', { signal, params: { query: asked } })),
  })
  const remove = useAction({
    run: (g: Grant, act) => ok(client.DELETE('/org/grants/{id}', { ...act(), params: { path: { id: g.id } } })),
    done: (_, g) => t('grant.removed', { name: subject(g) }),
    undo: (_, g, act) => ok(client.POST('/org/grants', { ...act(), body: {
      subject_kind: g.subject.kind, ...(g.subject.kind === 'everyone' ? {} : { subject_id: g.subject.id }),
      ...(g.permission ? { permission: g.permission } : { role_id: g.role_id }),
      ...(g.scope ? { scope_kind: g.scope.kind === 'column' ? 'column' as const : 'department' as const, scope_id: g.scope.id } : {}), ...(g.until ? { until: g.until } : {}),
    } })),
  })
  const revoke = useBatch<Grant>({
    run: (g, act) => ok(client.DELETE('/org/grants/{id}', { ...act(), params: { path: { id: g.id } } })),
    done: (n) => t('batch.revoke_done', { n }),
    confirm: (n) => ({ title: t('batch.revoke_ask', { n }), ok: t('batch.revoke'), danger: true }),
  })
  const columns: Col<Grant>[] = [
    { key: 'subject', title: t('grant.subject'), fixed: true, render: (g) => <Subject grant={g} /> },
    { key: 'what', title: t('grant.what'), fixed: true, render: (g) => (g.role_name ? t('grant.as_role', { name: g.role_name }) : permissionName(g.permission)) },
    { key: 'scope', title: t('grant.scope'), fixed: true, render: (g) => (g.scope ? scopeName(g.scope) : t('grant.everywhere')) },
    { key: 'until', title: t('grant.until'), date: true, render: (g) => (g.until ? dateTime(g.until) : t('grant.no_end')) },
    { key: 'by', title: t('grant.by'), render: (g) => <>{g.granted_by || t('grant.by_system')}{g.case_id && <div className="quiet">{t('grant.by_request')}</div>}</> },
    { key: 'at', title: t('app.time'), date: true, render: (g) => dateTime(g.granted_at) },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (g) => may && <Button size="small" danger loading={remove.busy} onClick={() => { remove.go(g) }}>{t('grant.remove')}</Button> },
  ]
  return (
    <>
      <Filters named={query.data?.items.find((g) => g.subject.id === search.subject)?.subject} />
      <DataTable id="grants" label={t('grant.list')} query={query} columns={columns} rowKey={(g) => g.id} empty={<Nothing text={t('grant.empty')} />}
        exportHref={exportHref('/org/grants', asked, currentLocale())} batch={may ? [{ key: 'revoke', label: t('batch.revoke'), danger: true, go: revoke }] : undefined} />
    </>
  )
}

// What narrows the list; it lives in the address.
function Filters({ named }: { named?: { id: string; name: string } }) {
  const [search, set] = useAddress()
  const kind = search.to === 'department' ? 'department' : 'member'
  const permissions = usePermissions()
  const scopes = useScopes()
  const to = { allowClear: true, value: search.subject, onChange: (subject?: string) => { set({ subject, after: undefined }) } }
  const scope = search.scope
  const nodes = [{ value: EVERYWHERE, label: t('grant.everywhere') }, ...(scopes.data ?? []).map((s) => ({ value: s.id, label: scopeName(s) }))]
  return (
    <div className="filters">
      <Segmented value={kind} onChange={(k) => { set({ to: k === 'department' ? k : undefined, subject: undefined, after: undefined }) }} aria-label={t('grant.subject')}
        options={[{ value: 'member', label: t('grant.kind.member') }, { value: 'department', label: t('grant.kind.department') }]} />
      {kind === 'member'
        ? <PersonSelect {...to} initial={named} aria-label={t('app.person')} placeholder={t('grant.any_person')} />
        : <DepartmentSelect {...to} aria-label={t('member.department')} placeholder={t('member.all_departments')} />}
      <Select<string> allowClear showSearch={{ optionFilterProp: 'label' }} value={scope} options={nodes} loading={scopes.isFetching} popupMatchSelectWidth={false}
        aria-label={t('grant.scope')} placeholder={t('grant.any_scope')} onChange={(v?: string) => { set({ scope: v, after: undefined }) }} style={{ minWidth: 168 }} />
      <Select<string> allowClear showSearch={{ optionFilterProp: 'label' }} value={search.permission} loading={permissions.isFetching} popupMatchSelectWidth={false}
        options={(permissions.data?.items ?? []).map((p) => ({ value: p.code, label: permissionName(p.code) }))}
        aria-label={t('grant.permission')} placeholder={t('grant.any_permission')} onChange={(v?: string) => { set({ permission: v, after: undefined }) }} style={{ minWidth: 168 }} />
    </div>
  )
}

// Every node anything is granted on; there are not many, and they come two hundred at a time.
function useScopes() {
  return useQuery({
    queryKey: ['grant-scopes'],
    queryFn: async ({ signal }) => {
      const all: GrantScope[] = []
      for (let after = ''; ;) {
        const page = await ok(client.GET('/org/grants/scopes', { signal, params: { query: { limit: 200, ...(after ? { after } : {}) } } }))
        all.push(...page.items)
        if (!page.next) return all
        after = page.next
      }
    },
  })
}

/** The node in words: 栏目 工作动态 / 部门动态. */
export function scopeName(s: GrantScope): string {
  const kind = tOr(`grant.scope.${s.kind}`, s.kind)
  return s.path.length > 0 ? t('grant.on', { kind, path: s.path.join(' / ') }) : t('grant.on_gone', { kind })
}

function subject(g: Grant): string { return g.subject.kind === 'everyone' ? t('grant.kind.everyone') : g.subject.name }

// Login and department tell namesakes apart.
function Subject({ grant: g }: { grant: Grant }) {
  if (g.subject.kind === 'everyone') return <Tag>{t('grant.kind.everyone')}</Tag>
  return (
    <>
      <div>{g.subject.name} {g.subject.kind !== 'member' && <Tag>{t(`grant.kind.${g.subject.kind}`)}</Tag>}</div>
      <small className="quiet">{g.subject.login && <span className="mono">{g.subject.login}</span>} {g.subject.within}</small>
    </>
  )
}
