import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Button, Form, Input, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { today } from '@/ui/day'
import { DayInput } from '@/ui/DayInput'
import { dateTime } from '@/ui/format'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { Files } from './Files'
import { FormTag, LineTag } from './tags'
import type { Judgement, UnitPage } from './types'
import './review.css'

/** A unit's lines as headquarters sees them: what it gave itself, what the system gives, what those who reviewed gave. */
export function ReviewUnit() {
  const { unit } = useParams({ strict: false }) as { unit: string }
  const query = useQuery({ queryKey: ['review-unit', unit], queryFn: ({ signal }) => ok(client.GET('/review/units/{id}', { signal, params: { path: { id: unit } } })) })
  const u = query.data
  return (
    <Page help="self-assessment#settle" name={t('review.title')} title={u ? t('review.self_of', { unit: u.unit.name, name: u.call.name }) : t('review.title')} back extra={u && <SendBack u={u} />}>
      <Loaded query={query}>
        {(d) => (
          <div className="stack-wide">
            <p className="quiet">
              <FormTag state={d.state} late={d.late} /> {d.at && t('review.submitted_at', { who: d.by_name, at: dateTime(d.at) })}
              {d.return_reason && <span> {t('review.returned_with', { reason: d.return_reason })}</span>}
            </p>
            {d.judgements.map((j) => <Line key={j.code} u={d} j={j} />)}
          </div>
        )}
      </Loaded>
    </Page>
  )
}

function Line({ u, j }: { u: UnitPage; j: Judgement }) {
  return (
    <section className="panel" data-line={j.code}>
      <div className="panel-head"><h2>{j.name} {j.heading && <Tag>{j.heading}</Tag>}</h2><LineTag state={j.state} /></div>
      <dl className="review-sides">
        <div><dt>{t('review.self_points')}</dt><dd>{j.answer.points ?? '—'}</dd></div>
        <div><dt>{t('review.system')}</dt><dd>{j.system}</dd></div>
        <div><dt>{t('review.value')}</dt><dd>{j.value ?? '—'}</dd></div>
      </dl>
      {j.answer.text && <p style={{ whiteSpace: 'pre-wrap' }}>{j.answer.text}</p>}
      <Files of={j.answer.evidence} base={`/review/units/${u.id}`} below={u.unit.kind === 'tenant' ? u.id : undefined} />
      <ul className="lines">
        {j.given.map((g) => (
          <li key={g.name + g.at}>
            <span className="grow">{g.name} {g.reason && <span className="quiet">{g.reason}</span>}</span>
            <span className="when">{dateTime(g.at)}</span>
            {g.late && <Tag color="warning">{t('review.late')}</Tag>}
            <strong className="num">{g.points}</strong>
          </li>
        ))}
      </ul>
      <div className="row">
        {j.state === 'short' ? <span className="red">{t('review.line_short', { n: j.wanted })}</span> : <span className="quiet">{t('review.line_given', { n: j.given.length, all: j.wanted })}</span>}
        {j.state === 'settled' && <span className="quiet">{t('review.settled_by', { who: j.by_name, reason: j.reason })}</span>}
        {j.corrected && <Tag color="processing">{t('review.corrected')}</Tag>}
        {j.state === 'disputed' && <Settle u={u} j={j} />}
      </div>
    </section>
  )
}

interface Points { points: string; reason: string }

function Settle({ u, j }: { u: UnitPage; j: Judgement }) {
  const [form] = Form.useForm<Points>()
  const [open, setOpen] = useState(false)
  const settle = useAction({
    form,
    run: (v: Points, act) => ok(client.POST('/review/units/{id}/settle', { ...act(), params: { path: { id: u.id } }, body: { code: j.code, ...v } })),
    done: () => t('review.settle_done'),
    after: () => { setOpen(false) },
  })
  return (
    <>
      <Button size="small" type="primary" onClick={() => { setOpen(true) }}>{t('review.settle')}</Button>
      <FormDialog title={t('review.settle_for', { line: j.name })} open={open} close={() => { setOpen(false) }} form={form} action={settle} ok={t('review.settle')}>
        <p>{t('review.settle_hint')}</p>
        <Form.Item name="points" label={t('review.value')} rules={[{ required: true, pattern: /^-?\d{1,6}(\.\d{1,4})?$/, message: t('adjust.number') }]}><Input inputMode="decimal" /></Form.Item>
        <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]}><Input.TextArea rows={2} maxLength={500} showCount /></Form.Item>
      </FormDialog>
    </>
  )
}

interface Back { until: string; reason: string }

function SendBack({ u }: { u: UnitPage }) {
  const [form] = Form.useForm<Back>()
  const [open, setOpen] = useState(false)
  const back = useAction({
    form,
    run: (v: Back, act) => ok(client.POST('/review/units/{id}/return', { ...act(), params: { path: { id: u.id } }, body: { version: u.version, reason: v.reason, until: v.until } })),
    done: () => t('review.sent_back', { unit: u.unit.name }),
    after: () => { setOpen(false) },
  })
  const may = u.state === 'submitted' && (u.call_state === 'open' || u.call_state === 'reviewing') && u.judgements.every((j) => j.given.length === 0)
  if (!may) return null
  return (
    <>
      <Button onClick={() => { setOpen(true) }}>{t('review.send_back')}</Button>
      <FormDialog title={t('review.send_back_for', { unit: u.unit.name })} open={open} close={() => { setOpen(false) }} form={form} action={back} ok={t('review.send_back')}>
        <Form.Item name="until" label={t('review.until')} rules={[chosen(t('review.until'))]}><DayInput first={today()} /></Form.Item>
        <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]}><Input.TextArea rows={2} maxLength={500} showCount placeholder={t('app.reason_ph')} /></Form.Item>
      </FormDialog>
    </>
  )
}
