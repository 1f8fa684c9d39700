import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Alert, Button, Form, Input, Progress } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { today } from '@/ui/day'
import { DayInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { PollTag } from './tags'
import type { Poll } from './types'
import './review.css'

type Outcome = Poll['results'][number]

const COLUMNS: () => Col<Outcome>[] = () => [
  { key: 'unit', title: t('app.unit'), fixed: true, render: (o) => o.unit.name },
  { key: 'marks', title: t('review.marks'), align: 'right', render: (o) => o.marks },
  { key: 'figure', title: t('review.figure'), align: 'right', fixed: true, render: (o) => <strong>{o.figure ?? '—'}</strong> },
]

/** One poll: how many have answered, and what it came to. Never who gave what. */
export function PollPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery({ queryKey: ['review-poll', id], queryFn: ({ signal }) => ok(client.GET('/review/polls/{id}', { signal, params: { path: { id } } })) })
  const p = query.data
  return (
    <Page help="self-assessment#polls" name={t('review.poll_page')} title={p?.name ?? t('review.poll_page')} back extra={p?.state === 'open' && <Actions poll={p} />}>
      <Loaded query={query}>
        {(poll) => (
          <div className="stack-wide">
            <p className="quiet">
              <PollTag state={poll.state} /> <Link className="review-in-text" to="/assess/rounds/$id" params={{ id: poll.round_id }}>{t('review.for_rule', { rule: poll.rule_name })}</Link> · {t('review.poll_due_is', { day: poll.due_day })}
            </p>
            {poll.state === 'cancelled' && <Alert type="warning" showIcon title={t('review.poll.cancelled')} description={poll.reason} />}
            <section className="panel">
              <h2>{t('review.answered')}</h2>
              <Progress percent={poll.asked ? Math.round((poll.answered / poll.asked) * 100) : 0} format={() => `${poll.answered} / ${poll.asked}`} aria-label={t('review.answered')} />
              <ul className="lines">
                {poll.groups.map((g) => <li key={g.code}><span className="grow">{g.name}</span><span>{t('review.weight_is', { weight: g.weight })}</span><span className="quiet">{g.drop ? t('review.drop_is', { n: g.drop }) : t('review.drop_none')}</span></li>)}
              </ul>
              <p className="quiet">{t('review.poll_secret')}</p>
            </section>
            {poll.state === 'closed' && (
              <section className="panel">
                <h2>{t('review.results')}</h2>
                <DataTable id="review-outcomes" label={t('review.results')} columns={COLUMNS()} rowKey={(o) => o.unit.id} paged={false} query={{ data: { items: poll.results }, isError: false } as never} />
              </section>
            )}
          </div>
        )}
      </Loaded>
    </Page>
  )
}

function Actions({ poll: p }: { poll: Poll }) {
  const params = { path: { id: p.id } }
  const close = useAction({
    run: (_: null, act) => ok(client.POST('/review/polls/{id}/close', { ...act(), params, body: { version: p.version } })),
    confirm: () => ({ title: t('review.poll_close_ask', { name: p.name }), content: t('review.poll_close_hint', { rule: p.rule_name }), ok: t('review.poll_close') }),
    done: () => t('review.poll_closed'),
  })
  return (
    <>
      <Cancel poll={p} />
      <PutOff poll={p} />
      <Button type="primary" loading={close.busy} onClick={() => { close.go(null) }}>{t('review.poll_close')}</Button>
    </>
  )
}

function Cancel({ poll: p }: { poll: Poll }) {
  const [form] = Form.useForm<Reason>()
  const [open, setOpen] = useState(false)
  const action = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/review/polls/{id}/cancel', { ...act(), params: { path: { id: p.id } }, body: { version: p.version, ...v } })),
    done: () => t('review.poll_cancelled'),
    after: () => { setOpen(false) },
  })
  return (
    <>
      <Button onClick={() => { setOpen(true) }}>{t('review.cancel')}</Button>
      <ReasonDialog title={t('review.cancel_ask', { name: p.name })} open={open} close={() => { setOpen(false) }} form={form} action={action} danger />
    </>
  )
}

interface Later { due_day: string; reason: string }

function PutOff({ poll: p }: { poll: Poll }) {
  const [form] = Form.useForm<Later>()
  const [open, setOpen] = useState(false)
  const action = useAction({
    form,
    run: (v: Later, act) => ok(client.POST('/review/polls/{id}/put-off', { ...act(), params: { path: { id: p.id } }, body: { version: p.version, reason: v.reason, due_day: v.due_day } })),
    done: (r) => t('review.put_off_done', { day: r.due_day }),
    after: () => { setOpen(false) },
  })
  return (
    <>
      <Button onClick={() => { setOpen(true) }}>{t('review.put_off')}</Button>
      <FormDialog title={t('review.put_off')} open={open} close={() => { setOpen(false) }} form={form} action={action} ok={t('review.put_off')}>
        <Form.Item name="due_day" label={t('review.poll_due')} rules={[chosen(t('review.poll_due'))]}><DayInput first={today()} /></Form.Item>
        <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]}><Input.TextArea rows={2} maxLength={500} showCount /></Form.Item>
      </FormDialog>
    </>
  )
}
