import type { UseQueryResult } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Tag } from 'antd'
import type { ReactNode } from 'react'
import type { Envelope, EnvelopeState, List } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import type { Batch } from '@/ui/TableBars'

const COLORS: Record<EnvelopeState, string> = { sent: 'warning', received: 'processing', adopted: 'success', declined: 'warning', recalled: 'default' }

export function EnvelopeTag({ state }: { state: EnvelopeState }) {
  return <Tag color={COLORS[state]}>{t(`envelope.state.${state}`)}</Tag>
}

/** Envelopes with what became of them. */
export function EnvelopeTable({ direction, query, empty, exportHref, batch }: {
  direction: 'in' | 'out'; query: UseQueryResult<List<Envelope>>; empty: ReactNode; exportHref: string; batch?: Batch<Envelope>[]
}) {
  const columns: Col<Envelope>[] = [
    { key: 'title', title: t('item.title'), sort: 'title', fixed: true, render: (e) => <Link className="title" to="/exchange/envelopes/$id" params={{ id: e.id }}>{e.title}</Link> },
    { key: 'peer', title: t(direction === 'in' ? 'exchange.from' : 'exchange.to'), sort: 'peer', render: (e) => e.peer.name },
    { key: 'state', title: t('app.state'), sort: 'state', render: (e) => <EnvelopeTag state={e.state} /> },
    { key: 'result', title: t('exchange.feedback'), render: (e) => e.adoptions.length
      ? e.adoptions.map((a) => <div key={a.id}>{a.journal_name} <Tag color="success">{t(`journal.level.${a.level}`)}</Tag></div>)
      : (e.decline_reason ?? '') },
    { key: 'sent', title: t('exchange.sent_at'), sort: '-sent_at', date: true, render: (e) => dateTime(e.sent_at) },
    { key: 'received', title: t('exchange.received_at'), sort: '-received_at', date: true, render: (e) => dateTime(e.received_at) },
  ]
  return <DataTable id={`envelopes.${direction}`} label={t(direction === 'in' ? 'nav.inbox' : 'nav.outbox')} query={query} columns={columns} rowKey={(e) => e.id} empty={empty}
    exportHref={exportHref} batch={batch} />
}
