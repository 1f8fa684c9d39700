import { PlusOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Form, Input, Segmented, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { OfflineMark } from '@/api/types'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { MarkDialog } from './MarkDialog'

const WRAPPED = { maxWidth: 220 }
const STATES = ['all', 'marked', 'lifted'] as const

/** What must not be put online, for the Office to act on (R017, R019). */
export function Offline() {
  const [search, set] = useAddress()
  const [marking, setMarking] = useState(false)
  const [lifting, setLifting] = useState<OfflineMark>()
  const asked = { ...sortedPageOf<'/publish/offline'>(search), ...(search.state ? { state: search.state } : {}), ...(search.q ? { q: search.q } : {}) }
  const query = useQuery({
    queryKey: ['offline', asked], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/publish/offline', { signal, params: { query: asked } })),
  })
  const start = <Button type="primary" icon={<PlusOutlined />} onClick={() => { setMarking(true) }}>{t('offline.mark')}</Button>
  return (
    <Page help="review#offline" name={t('nav.offline')} extra={start}>
      <section className="panel">
        <div className="filters">
          <Segmented value={search.state ?? 'all'} onChange={(s) => { set({ state: s === 'all' ? undefined : s, after: undefined }) }} options={STATES.map((s) => ({ value: s, label: t(`offline.state.${s}`) }))} />
          <Input.Search allowClear defaultValue={search.q ?? ''} placeholder={t('offline.search')} aria-label={t('offline.search')} style={{ maxWidth: 240 }}
            onSearch={(q) => { set({ q: q || undefined, after: undefined }) }} />
        </div>
        <DataTable id="offline" label={t('nav.offline')} query={query} columns={columns(setLifting)} rowKey={(m) => m.id}
          exportHref={exportHref('/publish/offline', asked, currentLocale())} empty={<Nothing text={t('offline.empty')}>{start}</Nothing>} />
      </section>
      <MarkDialog open={marking} close={() => { setMarking(false) }} />
      <Lift mark={lifting} close={() => { setLifting(undefined) }} />
    </Page>
  )
}

const columns = (lift: (m: OfflineMark) => void): Col<OfflineMark>[] => [
  { key: 'title', title: t('offline.document'), fixed: true, sort: 'title', render: (m) => <>{m.title}{m.reference && <div className="quiet">{m.reference}</div>}</> },
  { key: 'state', title: t('app.state'), render: (m) => <Tag color={m.state === 'marked' ? 'red' : 'default'}>{t(`offline.state.${m.state}`)}</Tag> },
  { key: 'reason', title: t('app.reason'), render: (m) => <div style={WRAPPED}>{m.state === 'lifted' ? t('offline.lifted_because', { marked: m.reason, lifted: m.lift_reason }) : m.reason}</div> },
  { key: 'known', title: t('offline.known_by'), render: (m) => <div style={WRAPPED}>{[...(m.text ? [t('offline.by_text')] : []), ...m.files].join('、')}</div> },
  { key: 'online', title: t('offline.online'), render: (m) => m.online.length === 0 ? t('app.none')
    : m.online.map((x) => <div key={x.id}><Link className="red" to="/publish/items/$id" params={{ id: x.id }}>{x.title}</Link></div>) },
  { key: 'by', title: t('offline.marked_by'), sort: 'marked_by', render: (m) => m.marked_by.name },
  { key: 'at', title: t('offline.marked_at'), sort: '-marked_at', date: true, render: (m) => dateTime(m.marked_at) },
  { key: 'lifted', title: t('offline.lifted_by'), extra: true, render: (m) => m.lifted_by?.name ?? '' },
  { key: 'actions', title: '', fixed: true, align: 'right', render: (m) => m.may.includes('lift') && <Button size="small" onClick={() => { lift(m) }}>{t('offline.lift')}</Button> },
]

function Lift({ mark, close }: { mark: OfflineMark | undefined; close: () => void }) {
  const [form] = Form.useForm<Reason>()
  const lift = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/publish/offline/{id}/lift', { ...act(), params: { path: { id: mark?.id ?? '' } }, body: { reason: v.reason, version: mark?.version ?? 0 } })),
    done: (m) => t('offline.lifted', { title: m.title }),
    after: close,
  })
  return <ReasonDialog title={t('offline.lift_ask', { title: mark?.title ?? '' })} open={mark !== undefined} close={close} form={form} action={lift} />
}
