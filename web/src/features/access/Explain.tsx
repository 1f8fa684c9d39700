import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Alert, Select, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { Explained } from '@/api/types'
import { permissionName, usePermissions } from '@/features/org/permissions'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { PersonSelect, useDepartments } from '@/ui/pickers'
import { useAddress } from '@/ui/useAddress'
import { nodeText, Why } from './words'

/** Who may do this, and why may they: for any permission, any node, anybody. */
export function Explain() {
  const [search] = useAddress()
  const permission = search.permission
  const [kind, id] = (search.node ?? '').split(':')
  const query = useQuery({
    queryKey: ['access', 'explain', search], placeholderData: keepPreviousData, enabled: permission !== undefined,
    queryFn: ({ signal }) => ok(client.GET('/access/explain', { signal, params: { query: {
      ...pageOf(search), permission: permission ?? '', ...(id ? { scope_kind: kind, scope: id } : {}), ...(search.member ? { member: search.member } : {}),
    } } })),
  })
  return (
    <>
      <Question who={query.data?.items.find((x) => x.id === search.member)} />
      {!permission && <Nothing text={t('access.explain_first')} />}
      {permission && query.data && (
        <Alert className="gap-below" showIcon type={query.data.everyone.length > 0 ? 'warning' : 'info'}
          title={t(query.data.everyone.length > 0 ? 'access.everyone_may' : search.member ? 'access.one_asked' : 'access.these_may', { what: permissionName(permission), where: nodeText(query.data.scope) })}
          description={query.data.everyone.length > 0 ? query.data.everyone.map((r) => <Why key={r.grant_id} r={r} />) : undefined} />
      )}
      {permission && <DataTable id="explain" label={t('access.tab.explain')} query={query} columns={COLUMNS} rowKey={(x) => x.id} empty={<Nothing text={t('access.explain_none')} />} />}
    </>
  )
}

const COLUMNS: Col<Explained>[] = [
  { key: 'who', title: t('app.person'), fixed: true, render: (x) => <>{x.name}<div className="quiet"><span className="mono">{x.login}</span> {x.department}</div></> },
  { key: 'may', title: t('access.may'), fixed: true, render: (x) => (
    <>
      <Tag color={x.may ? 'success' : 'error'}>{t(x.may ? 'access.yes' : 'access.no')}</Tag>
      {x.withheld && <div className="quiet">{t('access.withheld', { until: dateTime(x.withheld) })}</div>}
      {x.state === 'locked' && <div className="quiet">{t('member.state.locked')}</div>}
    </>
  ) },
  { key: 'why', title: t('access.why'), render: (x) => (
    <>
      {x.reasons.map((r) => <Why key={r.grant_id} r={r} />)}
      {x.reasons.length === 0 && x.others.length === 0 && !x.may && <span className="quiet">{t('access.no_grant')}</span>}
      {x.others.length > 0 && <><div className="quiet">{t('access.elsewhere')}</div>{x.others.map((r) => <Why key={r.grant_id} r={r} />)}</>}
    </>
  ) },
]

// What is asked; it lives in the address, so that the answer can be sent.
function Question({ who }: { who?: Explained }) {
  const [search, set] = useAddress()
  const permissions = usePermissions()
  const columns = useQuery({ queryKey: ['columns', 'plain'], queryFn: ({ signal }) => ok(client.GET('/publish/columns', { signal })) })
  const departments = useDepartments()
  const wide = { minWidth: 200 }
  return (
    <div className="filters">
      <Select<string> showSearch={{ optionFilterProp: 'label' }} value={search.permission} loading={permissions.isFetching} popupMatchSelectWidth={false} style={wide}
        options={(permissions.data?.items ?? []).map((p) => ({ value: p.code, label: permissionName(p.code) }))}
        aria-label={t('grant.permission')} placeholder={t('access.which')} onChange={(v?: string) => { set({ permission: v, after: undefined }) }} />
      <Select<string> allowClear showSearch={{ optionFilterProp: 'label' }} value={search.node} popupMatchSelectWidth={false} style={wide} aria-label={t('grant.scope')} placeholder={t('grant.everywhere')}
        onChange={(v?: string) => { set({ node: v, after: undefined }) }} options={[
          { label: t('grant.scope.column'), title: 'column', options: (columns.data?.items ?? []).map((c) => ({ value: `column:${c.id}`, label: c.name })) },
          { label: t('grant.scope.department'), title: 'department', options: (departments.data?.items ?? []).map((d) => ({ value: `department:${d.id}`, label: d.name })) },
        ]} />
      <PersonSelect allowClear initial={who ?? null} value={search.member} onChange={(member?: string) => { set({ member, after: undefined }) }} aria-label={t('app.person')} placeholder={t('access.anybody')} style={wide} />
    </div>
  )
}
