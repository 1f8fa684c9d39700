import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Input, Segmented, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { OutwardDelivery, OutwardSetting } from '@/api/types'
import { t, tOr } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { reasonText } from './reason'

const STATES = ['sent', 'waiting', 'failed', 'skipped'] as const
const TONE = { waiting: 'default', packed: 'processing', sent: 'success', failed: 'error', skipped: 'default' } as const

/** What has gone out and how it went: never what it said. */
export function Log({ setting }: { setting: OutwardSetting }) {
  const [search, set] = useAddress()
  const state = search.state ?? ''
  const query = useQuery({
    queryKey: ['outward', 'deliveries', setting.channel, search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/outward/deliveries', {
      signal, params: { query: { ...pageOf(search), channel: setting.channel, ...(state ? { state } : {}), ...(search.q ? { q: search.q } : {}) } },
    })),
  })
  const all = useAction({
    run: (_: null, act) => ok(client.POST('/outward/channels/{channel}/retry', { ...act(), params: { path: { channel: setting.channel } } })),
    done: (r) => t('outward.retried_all', { n: r.count }),
  })
  const count = (s: (typeof STATES)[number]) => <>{t(`outward.count.${s}`)} <span className="quiet">{setting.counts[s]}</span></>
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('outward.log')}</h2>
        {setting.counts.failed > 0 && <Button size="small" loading={all.busy} onClick={() => { all.go(null) }}>{t('outward.retry_all')}</Button>}
      </div>
      <p className="quiet">{t('outward.log_hint')}</p>
      <div className="filters">
        <Segmented style={{ maxWidth: '100%', overflowX: 'auto' }} value={state} onChange={(v) => { set({ state: v || undefined, after: undefined }) }}
          options={[{ value: '', label: t('app.all') }, ...STATES.map((value) => ({ value, label: count(value) }))]} />
        <Input.Search className="grow" allowClear defaultValue={search.q} placeholder={t('outward.person_ph')} aria-label={t('outward.person_ph')}
          onSearch={(q) => { set({ q: q || undefined, after: undefined }) }} />
      </div>
      {setting.counts.unlinked > 0 && <p className="quiet">{t('outward.counts')} · {t('outward.count.unlinked')} {setting.counts.unlinked}</p>}
      <DataTable id="outward" label={t('outward.log')} query={query} columns={COLUMNS()} rowKey={(d) => `${d.id} ${d.channel}`} empty={<Nothing text={t('outward.none')} />} />
    </section>
  )
}

const COLUMNS = (): Col<OutwardDelivery>[] => [
  { key: 'person', title: t('outward.person'), fixed: true, render: (d) => d.person },
  { key: 'kind', title: t('outward.kind_head'), render: (d) => tOr(`outward.kind.${d.kind}`, d.kind) },
  { key: 'state', title: t('app.state'), render: (d) => (
    <>
      <Tag color={TONE[d.state]}>{t(`outward.state.${d.state}`)}</Tag>
      {d.reason && <span className="quiet">{reasonText(d.reason)}</span>}
      {d.tries > 1 && <span className="quiet"> {t('outward.tries', { n: d.tries })}</span>}
    </>
  ) },
  { key: 'at', title: t('outward.at'), date: true, render: (d) => dateTime(d.at) },
  { key: 'when', title: t('outward.when'), date: true, render: (d) => d.sent_at ? dateTime(d.sent_at) : d.due_at && <span className="quiet">{t('outward.next', { at: dateTime(d.due_at) })}</span> },
  { key: 'acts', title: '', fixed: true, align: 'right', render: (d) => d.state === 'failed' && <Retry d={d} /> },
]

function Retry({ d }: { d: OutwardDelivery }) {
  const retry = useAction({
    run: (_: null, act) => ok(client.POST('/outward/deliveries/{id}/retry', { ...act(), params: { path: { id: d.id } } })),
    done: () => t('outward.retried'),
  })
  return <Button size="small" loading={retry.busy} onClick={() => { retry.go(null) }}>{t('outward.retry')}</Button>
}
