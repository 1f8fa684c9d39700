import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Segmented, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { AccessRequest } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime, duration } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { useAddress } from '@/ui/useAddress'
import { nodeText, REQUEST_COLORS } from './words'

const STATES: (AccessRequest['state'] | 'all')[] = ['all', 'open', 'applied', 'returned', 'withdrawn']

/** Everybody's requests, what came of them, and how long it took (R261). */
export function Requests() {
  const [search, set] = useAddress()
  const state = STATES.find((s) => s === search.state && s !== 'all')
  const query = useQuery({
    queryKey: ['access', 'requests', 'all', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/access/requests', { signal, params: { query: { ...pageOf(search), all: true, ...(state ? { state } : {}) } } })),
  })
  return (
    <>
      <div className="filters">
        <Segmented value={state ?? 'all'} aria-label={t('app.state')} onChange={(v) => { set({ state: v === 'all' ? undefined : v, after: undefined }) }}
          options={STATES.map((s) => ({ value: s as string, label: t(s === 'all' ? 'access.all' : `access.state.${s}`) }))} />
      </div>
      <DataTable id="access-requests" label={t('access.tab.requests')} query={query} columns={COLUMNS} rowKey={(r) => r.id} selected={search.id} empty={<Nothing text={t('access.requests_none')} />} />
    </>
  )
}

const COLUMNS: Col<AccessRequest>[] = [
  { key: 'who', title: t('access.applicant'), fixed: true, render: (r) => <>{r.member.name}<div className="quiet">{r.department.name}</div></> },
  { key: 'what', title: t('grant.what'), fixed: true, render: (r) => <>{r.what}<div className="quiet">{nodeText(r.scope)}</div></> },
  { key: 'reason', title: t('access.reason'), render: (r) => <div style={{ maxWidth: 280 }}>{r.reason}</div> },
  { key: 'state', title: t('app.state'), render: (r) => <><Tag color={REQUEST_COLORS[r.state]}>{t(`access.state.${r.state}`)}</Tag>{r.end_reason && <div className="quiet">{r.end_reason}</div>}</> },
  { key: 'at', title: t('access.asked_at'), date: true, render: (r) => dateTime(r.made_at) },
  { key: 'ended', title: t('access.ended_at'), date: true, render: (r) => (r.ended_at ? dateTime(r.ended_at) : '') },
  { key: 'minutes', title: t('access.took'), align: 'right', render: (r) => (r.minutes === null ? '' : duration(r.minutes)) },
]
