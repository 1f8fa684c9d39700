import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Alert, Button, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { AccessRequest, MyAccess as Data } from '@/api/types'
import { permissionName } from '@/features/org/permissions'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { RequestDialog } from './RequestDialog'
import { nodeText, REQUEST_COLORS, Why, withheldText } from './words'

/** What I may do and why, what is withheld from me, and what I have asked for. */
export function MyAccess() {
  const [asking, setAsking] = useState(false)
  const [search] = useAddress()
  const mine = useQuery({ queryKey: ['access', 'mine'], queryFn: ({ signal }) => ok(client.GET('/access/mine', { signal })) })
  const requests = useQuery({
    queryKey: ['access', 'requests', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/access/requests', { signal, params: { query: pageOf(search) } })),
  })
  return (
    <Page help="access" name={t('nav.access')} extra={<Button type="primary" onClick={() => { setAsking(true) }}>{t('access.ask')}</Button>}>
      <div className="stack-wide">
        {mine.data?.restrictions.map((r) => (
          <Alert key={r.id} type="warning" showIcon title={t(r.state === 'ahead' ? 'access.restricted_ahead' : 'access.restricted_now', { what: withheldText(r), from: dateTime(r.starts_at), until: dateTime(r.ends_at) })}
            description={t('access.restricted_why', { reason: r.reason, basis: r.basis, by: r.by })} />
        ))}
        <section className="panel">
          <h2>{t('access.requests_mine')}</h2>
          <DataTable id="access-mine" label={t('access.requests_mine')} query={requests} columns={REQUESTS} rowKey={(r) => r.id} empty={<Nothing text={t('access.requests_none')} />} />
        </section>
        <section className="panel">
          <h2>{t('access.rights_mine')}</h2>
          <Loaded query={mine}>{(m) => <Rights rights={m.rights} />}</Loaded>
        </section>
      </div>
      <RequestDialog open={asking} close={() => { setAsking(false) }} />
    </Page>
  )
}

function Rights({ rights }: { rights: Data['rights'] }) {
  if (rights.length === 0) return <Nothing text={t('access.rights_none')} />
  return (
    <ul className="lines">
      {rights.map((r) => (
        <li key={r.permission}>
          <div>
            <strong>{permissionName(r.permission)}</strong> {r.withheld && <Tag color="error">{t('access.withheld', { until: dateTime(r.withheld) })}</Tag>}
            {r.reasons.map((why) => <Why key={why.grant_id} r={why} own />)}
          </div>
        </li>
      ))}
    </ul>
  )
}

const REQUESTS: Col<AccessRequest>[] = [
  { key: 'what', title: t('grant.what'), fixed: true, render: (r) => <><Link to="/approval/cases/$id" params={{ id: r.case_id }}>{r.what}</Link><div className="quiet">{r.reason}</div></> },
  { key: 'scope', title: t('grant.scope'), render: (r) => nodeText(r.scope) },
  { key: 'state', title: t('app.state'), render: (r) => <Tag color={REQUEST_COLORS[r.state]}>{t(`access.state.${r.state}`)}</Tag> },
  { key: 'until', title: t('grant.until'), date: true, render: (r) => (r.until ? dateTime(r.until) : t('grant.no_end')) },
  { key: 'at', title: t('access.asked_at'), date: true, render: (r) => dateTime(r.made_at) },
  { key: 'ended', title: t('access.ended_at'), date: true, render: (r) => (r.ended_at ? dateTime(r.ended_at) : '') },
]
