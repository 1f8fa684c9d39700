import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { CallTag, PollTag } from './tags'
import type { Call, Poll } from './types'

const NewCall = lazy(() => import('./NewCall'))
const NewPoll = lazy(() => import('./NewPoll'))

const CALLS: () => Col<Call>[] = () => [
  { key: 'name', title: t('app.name_label'), fixed: true, render: (c) => <Link className="title" to="/assess/reviews/$id" params={{ id: c.id }}>{c.name}</Link> },
  { key: 'state', title: t('app.state'), fixed: true, render: (c) => <CallTag state={c.state} /> },
  { key: 'round', title: t('assess.round'), render: (c) => `${c.scheme_name} ${c.round_name}` },
  { key: 'due', title: t('review.due'), date: true, render: (c) => c.due_day },
  { key: 'review', title: t('review.review_due'), date: true, render: (c) => c.review_day },
]

const POLLS: () => Col<Poll>[] = () => [
  { key: 'name', title: t('app.name_label'), fixed: true, render: (p) => <Link className="title" to="/assess/polls/$id" params={{ id: p.id }}>{p.name}</Link> },
  { key: 'state', title: t('app.state'), fixed: true, render: (p) => <PollTag state={p.state} /> },
  { key: 'rule', title: t('assess.rule'), render: (p) => p.rule_name },
  { key: 'due', title: t('review.poll_due'), date: true, render: (p) => p.due_day },
  { key: 'answered', title: t('review.answered'), align: 'right', render: (p) => `${p.answered} / ${p.asked}` },
]

/** Headquarters: which rounds' units assess themselves, and who rates whom. */
export function Reviews() {
  const [open, setOpen] = useState<'call' | 'poll'>()
  const calls = useQuery({ queryKey: ['review-calls'], queryFn: ({ signal }) => ok(client.GET('/review/calls', { signal, params: { query: { limit: 100 } } })) })
  const polls = useQuery({ queryKey: ['review-polls'], queryFn: ({ signal }) => ok(client.GET('/review/polls', { signal, params: { query: { limit: 100 } } })) })
  const close = () => { setOpen(undefined) }
  return (
    <Page help="self-assessment#call" name={t('review.title')}>
      <div className="stack-wide">
        <section className="panel">
          <div className="panel-head"><h2>{t('review.calls')}</h2><Button type="primary" icon={<PlusOutlined />} onClick={() => { setOpen('call') }}>{t('review.new_call')}</Button></div>
          <DataTable id="review-calls" label={t('review.calls')} query={calls} columns={CALLS()} rowKey={(c) => c.id} paged={false} empty={<Nothing text={t('review.no_calls')} />} />
        </section>
        <section className="panel">
          <div className="panel-head"><h2>{t('review.polls')}</h2><Button icon={<PlusOutlined />} onClick={() => { setOpen('poll') }}>{t('review.new_poll')}</Button></div>
          <DataTable id="review-polls" label={t('review.polls')} query={polls} columns={POLLS()} rowKey={(p) => p.id} paged={false} empty={<Nothing text={t('review.no_polls')} />} />
        </section>
      </div>
      {open === 'call' && <Suspense><NewCall close={close} /></Suspense>}
      {open === 'poll' && <Suspense><NewPoll close={close} /></Suspense>}
    </Page>
  )
}
