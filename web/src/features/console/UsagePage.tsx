import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Input, Segmented } from 'antd'
import { client, ok } from '@/api/client'
import type { Usage } from '@/api/types'
import { Chart } from '@/features/assess/Chart'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { type Search, useAddress } from '@/ui/useAddress'
import { useNarrow } from '@/ui/useNarrow'
import { GroupSelect } from './pickers'
import { type Metric, METRICS, said, usageOption } from './usage-options'

function queryOf(s: Search) {
  return { ...sortedPageOf<'/console/usage'>(s), ...(s.group ? { group: s.group } : {}), ...(s.q ? { q: s.q } : {}) }
}

/** How much each tenant holds: a bar for each, and the table behind them (UI8). */
export function UsagePage() {
  const [search, set] = useAddress()
  const navigate = useNavigate()
  const narrow = useNarrow()
  const query = useQuery({
    queryKey: ['console', 'usage', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/console/usage', { signal, params: { query: queryOf(search) } })),
  })
  const metric = METRICS.find((m) => search.sort === `-${m}` || search.sort === m) ?? 'bytes'
  const rows = query.data?.items ?? []
  const pick = (m: Metric) => { set({ sort: `-${m}`, after: undefined }) }
  const open = (i: number) => {
    const row = rows[rows.length - 1 - i]
    if (row) void navigate({ to: '/console/tenants/$id', params: { id: row.tenant_id } })
  }
  const label = t('console.usage_chart', { metric: t(`console.metric.${metric}`) })
  return (
    <Page help="console#tenant" name={t('console.usage')}>
      <div className="stack-wide">
        <section className="panel">
          <p className="quiet" style={{ marginTop: 0 }}>{t('console.usage_hint')}</p>
          <div className="filters">
            <Input.Search className="grow" key={search.q} allowClear defaultValue={search.q} placeholder={t('console.search')} aria-label={t('console.search')} onSearch={(q) => { set({ q, after: undefined }) }} />
            <GroupSelect allowClear className="grow" placeholder={t('console.all_groups')} aria-label={t('console.group')} value={search.group} onChange={(group) => { set({ group, after: undefined }) }} />
            <Segmented value={metric} onChange={pick} aria-label={t('console.metric')} options={METRICS.map((m) => ({ value: m, label: t(`console.metric.${m}`) }))} />
          </div>
          {rows.length > 0 && <Chart label={label} option={usageOption(rows, metric, narrow)} height={rows.length * 28 + 48} onPick={open} />}
        </section>
        <section className="panel">
          <DataTable id="usage" label={t('console.usage')} query={query} columns={columns()} rowKey={(u) => u.tenant_id}
            exportHref={exportHref('/console/usage', queryOf(search), currentLocale())} empty={<Nothing text={t('console.usage_empty')} />} />
        </section>
      </div>
    </Page>
  )
}

function columns(): Col<Usage>[] {
  return [
    { key: 'name', title: t('console.tenants'), fixed: true, sort: 'name', render: (u) => <Link to="/console/tenants/$id" params={{ id: u.tenant_id }}>{u.name}</Link> },
    ...METRICS.map((m): Col<Usage> => ({ key: m, title: t(`console.metric.${m}`), align: 'right', sort: `-${m}`, render: (u) => said(u[m], m) })),
    { key: 'active', title: t('console.active_on'), date: true, sort: '-active_on', render: (u) => u.active_on },
    { key: 'at', title: t('console.measured_at'), date: true, render: (u) => u.measured_at ? dateTime(u.measured_at) : <span className="quiet">{t('console.not_measured')}</span> },
  ]
}
