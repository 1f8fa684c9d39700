import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Alert, Button, Descriptions, Segmented } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { TenantPage as Shown } from '@/api/types'
import { Chart } from '@/features/assess/Chart'
import { t } from '@/i18n'
import { bytes, dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { AskGlass } from './Glass'
import { LimitsPanel } from './Limits'
import { LinkButton, SuspendButton } from './TenantActions'
import { AdminLink, LinkState, StateTag } from './Tenants'
import { type Metric, METRICS, trendOption } from './usage-options'

/** One tenant as the operator sees it: that it is there, who is to come, how much it holds. */
export function TenantPage() {
  const { id } = useParams({ strict: false })
  const query = useQuery({
    queryKey: ['console', 'tenant', id],
    queryFn: ({ signal }) => ok(client.GET('/console/tenants/{id}', { signal, params: { path: { id: id ?? '' } } })),
  })
  const [link, setLink] = useState<string>()
  const [asking, setAsking] = useState(false)
  const p = query.data
  return (
    <Page help="console#tenant" name={t('console.tenant')} title={p?.tenant.name} back extra={p && <><Button size="small" onClick={() => { setAsking(true) }}>{t('glass.ask')}</Button><SuspendButton tenant={p.tenant} /></>}>
      <Loaded query={query}>
        {(page) => (
          <div className="stack-wide">
            <Facts p={page} />
            <Onboarding p={page} made={setLink} />
            <LimitsPanel tenant={page.tenant} />
            <Held p={page} />
          </div>
        )}
      </Loaded>
      <AdminLink token={link} close={() => { setLink(undefined) }} />
      {p && <AskGlass tenant={p.tenant} open={asking} close={() => { setAsking(false) }} />}
    </Page>
  )
}

function Facts({ p }: { p: Shown }) {
  const x = p.tenant
  return (
    <section className="panel">
      {x.state !== 'active' && <Alert type="warning" showIcon className="gap-below" title={t('console.suspend_reason')} description={p.reason} />}
      <Descriptions size="small" column={{ xs: 1, md: 2, xl: 3 }} items={[
        { key: 'short', label: t('console.short_name'), children: x.short_name },
        { key: 'slug', label: t('console.slug'), children: <span className="mono">{x.slug}</span> },
        { key: 'state', label: t('app.state'), children: <StateTag state={x.state} /> },
        { key: 'group', label: t('console.group'), children: <Link to="/console" search={{ group: p.group.id }}>{p.group.name}</Link> },
        { key: 'kind', label: t('console.kind'), children: t(`tenant.kind.${x.kind}`) },
        { key: 'created', label: t('console.created'), children: dateTime(x.created_at) },
        { key: 'path', label: t('console.path'), children: x.path.length === 0 ? t('console.top_level') : (
          <span>{x.path.map((a, i) => <span key={a.id}>{i > 0 && ' / '}<Link to="/console/tenants/$id" params={{ id: a.id }}>{a.name}</Link></span>)}</span>
        ) },
      ]} />
    </section>
  )
}

const TONE = { used: 'success', waiting: 'info', expired: 'warning' } as const

function Onboarding({ p, made }: { p: Shown; made: (token: string) => void }) {
  const a = p.first_admin
  if (!a.login) return null // a tenant that came without a link
  return (
    <section className="panel">
      <div className="panel-head"><h2>{t('console.onboarding')}</h2></div>
      <Alert type={TONE[a.link]} showIcon className="gap-below" title={t(`console.link_next.${a.link}`)}
        action={a.link === 'used' ? undefined : <LinkButton tenant={p.tenant} made={made} />} />
      <Descriptions size="small" column={{ xs: 1, md: 2, xl: 3 }} items={[
        { key: 'name', label: t('console.admin_name'), children: a.name },
        { key: 'login', label: t('console.admin_login'), children: <span className="mono">{a.login}</span> },
        { key: 'state', label: t('app.state'), children: <LinkState state={a.link} /> },
        { key: 'made', label: t('console.link_made'), children: dateTime(a.made_at) },
        a.opened_at ? { key: 'opened', label: t('console.link_opened'), children: dateTime(a.opened_at) }
          : { key: 'until', label: t('console.link_expires'), children: dateTime(a.expires_at) },
        { key: 'links', label: t('console.admin_links'), children: a.links },
      ]} />
    </section>
  )
}

function Held({ p }: { p: Shown }) {
  const [metric, setMetric] = useState<Metric>('items')
  const now = p.usage.at(-1)
  return (
    <section className="panel">
      <div className="panel-head"><h2>{t('console.usage')}</h2></div>
      {!now ? <Nothing text={t('console.usage_empty')} /> : (
        <>
          <Descriptions size="small" column={{ xs: 1, md: 2, xl: 3 }} items={[
            { key: 'members', label: t('console.metric.members'), children: now.members },
            { key: 'items', label: t('console.metric.items'), children: now.items },
            { key: 'files', label: t('console.metric.files'), children: now.files },
            { key: 'bytes', label: t('console.metric.bytes'), children: bytes(now.bytes) },
            { key: 'active', label: t('console.active_on'), children: now.active_on },
            { key: 'day', label: t('console.measured_at'), children: now.day },
          ]} />
          {p.usage.length > 1 && (
            <>
              <Segmented value={metric} onChange={setMetric} options={METRICS.map((m) => ({ value: m, label: t(`console.metric.${m}`) }))} />
              <Chart label={t('console.usage_trend', { metric: t(`console.metric.${metric}`) })} option={trendOption(p.usage, metric)} height={220} />
            </>
          )}
        </>
      )}
    </section>
  )
}
