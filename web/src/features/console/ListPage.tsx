import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Alert, Button, Progress, Segmented, Tag } from 'antd'
import { client, ok } from '@/api/client'
import { problemText } from '@/api/problem'
import type { TenantList, TenantListRow } from '@/api/types'
import { t, tOr } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { bytes } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { LIST_TONE } from './Lists'
import { Modules } from './Limits'

/** One list: what is wrong with which row, then how far it has been made. */
export function ListPage() {
  const { id = '' } = useParams({ strict: false })
  const query = useQuery({
    queryKey: ['console', 'list', id],
    queryFn: ({ signal }) => ok(client.GET('/console/lists/{id}', { signal, params: { path: { id } } })),
    refetchInterval: (q) => (q.state.data?.state === 'running' ? 1000 : false),
  })
  return (
    <Page help="console#lists" name={t('console.list')} title={query.data?.name} back extra={query.data && <Acts list={query.data} />}>
      <Loaded query={query}>{(l) => (
        <div className="stack-wide">
          <State list={l} />
          <Rows list={l} />
        </div>
      )}</Loaded>
    </Page>
  )
}

function State({ list }: { list: TenantList }) {
  const [row, field, code] = list.code.split(':')
  return (
    <section className="panel">
      <p style={{ marginTop: 0 }}><Tag color={LIST_TONE[list.state]}>{t(`console.list_state.${list.state}`)}</Tag> {t('console.list_sum', { group: list.group_name, total: list.total, faulty: list.faulty })}</p>
      {list.state === 'checked' && list.faulty === 0 && <Alert type="success" showIcon title={t('console.list_fine')} />}
      {list.state === 'checked' && list.faulty > 0 && <Alert type="error" showIcon title={t('console.list_mend', { n: list.faulty })} />}
      {list.state === 'failed' && <Alert type="error" showIcon title={t('console.list_stopped', { row: row ?? '', field: fieldName(field ?? ''), why: problemText({ status: 409, code: code ?? '' }) })} />}
      {(list.state === 'running' || list.state === 'done') && <Progress percent={Math.round(list.done / Math.max(1, list.total) * 100)} status={list.state === 'done' ? 'success' : 'active'} aria-label={t('console.list_done')} />}
      {list.state === 'done' && <Alert type="info" showIcon title={t('console.list_links_hint')} />}
    </section>
  )
}

const fieldName = (field: string) => tOr(`console.list_field.${field}`, field)

function Acts({ list }: { list: TenantList }) {
  const path = { params: { path: { id: list.id } } }
  const start = useAction({
    confirm: () => ({ title: t('console.list_start_ask', { n: list.total - list.done, group: list.group_name }), ok: t('console.list_start') }),
    run: (_: TenantList, act) => ok(client.POST('/console/lists/{id}/start', { ...act(), ...path, body: { version: list.version } })),
    done: () => t('console.list_started'),
  })
  const drop = useAction({
    confirm: () => ({ title: t('console.list_drop_ask', { name: list.name }), danger: true, ok: t('console.list_drop') }),
    run: (_: TenantList, act) => ok(client.POST('/console/lists/{id}/drop', { ...act(), ...path, body: { version: list.version } })),
    done: () => t('console.list_dropped'),
  })
  const links = useAction({
    confirm: () => ({ title: t('console.list_links_ask'), content: t('console.list_links_note'), ok: t('console.list_links') }),
    run: (_: TenantList, act) => ok(client.POST('/console/lists/{id}/links', { ...act(), ...path })),
    done: (r) => t('console.list_links_made', { n: r.items.length }),
    after: (r) => {
      const cell = (s: string) => `"${s.replaceAll('"', '""').replace(/^[=+\-@]/, "'$&")}"`
      const rows = [[t('console.full_name'), t('console.slug'), t('console.admin_name'), t('console.admin_login'), t('console.link_title')],
        ...r.items.map((x) => [x.name, x.slug, x.admin_name, x.admin_login, `${window.location.origin}/activate#${x.link_token}`])]
      const a = document.createElement('a')
      a.href = URL.createObjectURL(new Blob(['\ufeff', rows.map((row) => row.map(cell).join(',')).join('\r\n')], { type: 'text/csv' }))
      a.download = `${t('console.list_links')}.csv`
      a.click()
      URL.revokeObjectURL(a.href)
    },
  })
  return (
    <>
      {(list.state === 'checked' || list.state === 'failed') && <Button loading={drop.busy} onClick={() => { drop.go(list) }}>{t('console.list_drop')}</Button>}
      {(list.state === 'checked' || list.state === 'failed') && <Button type="primary" disabled={list.faulty > 0} loading={start.busy} onClick={() => { start.go(list) }}>{t('console.list_start')}</Button>}
      {(list.state === 'done' || list.state === 'failed' && list.done > 0) && <Button type={list.state === 'done' ? 'primary' : 'default'} loading={links.busy} onClick={() => { links.go(list) }}>{t('console.list_links')}</Button>}
    </>
  )
}

function Rows({ list }: { list: TenantList }) {
  const [search, set] = useAddress()
  const faulty = search.faulty === 'true'
  const query = useQuery({
    queryKey: ['console', 'list-rows', list.id, list.state, search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/console/lists/{id}/rows', { signal, params: { path: { id: list.id }, query: { limit: 100, ...(search.after ? { after: search.after } : {}), ...(faulty ? { faulty: true } : {}) } } })),
  })
  return (
    <section className="panel">
      <div className="filters">
        <Segmented value={faulty ? 'faulty' : 'all'} onChange={(v) => { set({ faulty: v === 'faulty' ? 'true' : undefined, after: undefined }) }} aria-label={t('console.list_rows')}
          options={[{ value: 'all', label: t('console.list_all', { n: list.total }) }, { value: 'faulty', label: t('console.list_only_faulty', { n: list.faulty }) }]} />
      </div>
      <DataTable id="list-rows" label={t('console.list_rows')} query={query} columns={columns(list)} rowKey={(x) => x.id} empty={<Nothing text={t('console.list_no_rows')} />} />
    </section>
  )
}

const columns = (list: TenantList): Col<TenantListRow>[] => [
  { key: 'row', title: t('console.list_row'), fixed: true, render: (x) => t('console.list_row_n', { n: x.row }) },
  { key: 'faults', title: t('console.list_wrong'), fixed: true, render: (x) => x.faults.length === 0 ? <Tag color="success">{t('console.list_right')}</Tag>
    : <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>{x.faults.map((f, i) => <li key={i}><Tag color="error">{fieldName(f.field)}</Tag> {problemText({ status: 422, code: f.code })}</li>)}</ul> },
  { key: 'name', title: t('console.full_name'), render: (x) => (list.state === 'done' ? <Link to="/console/tenants/$id" params={{ id: x.id }}>{x.name}</Link> : x.name) },
  { key: 'slug', title: t('console.slug'), render: (x) => <span className="mono">{x.slug}</span> },
  { key: 'parent', title: t('console.parent'), render: (x) => x.parent_slug && <span className="mono">{x.parent_slug}</span> },
  { key: 'kind', title: t('console.kind'), render: (x) => tOr(`tenant.kind.${x.kind}`, x.kind) },
  { key: 'admin', title: t('console.first_admin'), render: (x) => `${x.admin_name} ${x.admin_login}` },
  { key: 'seats', title: t('plan.seats'), align: 'right', render: (x) => x.seats },
  { key: 'space', title: t('plan.space'), align: 'right', render: (x) => (x.bytes ? bytes(x.bytes) : '') },
  { key: 'until', title: t('plan.expires_on'), date: true, render: (x) => x.expires_on },
  { key: 'off', title: t('plan.modules_off'), extra: true, render: (x) => <Modules all={x.off} off={x.off} /> },
]
