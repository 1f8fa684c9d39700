import { PaperClipOutlined } from '@ant-design/icons'
import { Link } from '@tanstack/react-router'
import { Button, Form, Input, Radio, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Appeal, List, Verdict } from '@/api/types'
import { useCan } from '@/app/session'
import { rounded } from '@/features/assess/decimal'
import { t, tOr } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { useAction } from '@/ui/useAction'
import { usePages } from '@/ui/usePages'
import './verdict.css'

export const APPEAL_COLORS: Record<Appeal['state'], string> = { waiting: 'processing', accepted: 'success', rejected: 'error', withdrawn: 'default' }

/** The appeals against a round, with what each rests on beside it. */
export function Appeals({ v }: { v: Verdict }) {
  const can = useCan()
  const { query, more } = usePages<Appeal, List<Appeal>>({
    queryKey: ['verdict-appeals', v.round.id],
    page: (at, signal) => ok(client.GET('/verdict/rounds/{id}/appeals', { signal, params: { path: { id: v.round.id }, query: at } })),
  }, (a) => a.id)
  const columns: Col<Appeal>[] = [
    { key: 'unit', title: t('assess.unit'), fixed: true, render: (a) => <span id={a.id}>{a.unit.name}</span> },
    { key: 'line', title: t('verdict.line'), fixed: true, render: (a) => <Line of={a} /> },
    { key: 'reason', title: t('verdict.claim'), render: (a) => <Claim of={a} /> },
    { key: 'state', title: t('app.state'), fixed: true, render: (a) => <><Tag color={APPEAL_COLORS[a.state]}>{t(`verdict.appeal.${a.state}`)}</Tag>{a.state === 'waiting' && <Left of={a} />}</> },
    { key: 'answer', title: t('verdict.answer'), render: (a) => (a.state === 'waiting' ? <Answer a={a} able={can('verdict.answer')} /> : <Answered of={a} />) },
  ]
  return (
    <section className="panel">
      <h2>{t('verdict.step.appeal')}</h2>
      <DataTable id="verdict-appeals" label={t('verdict.step.appeal')} query={query} columns={columns} rowKey={(a) => a.id} paged={false} empty={<Nothing text={t('verdict.no_appeals')} />} />
      {more}
    </section>
  )
}

function Line({ of: a }: { of: Appeal }) {
  return (
    <>
      <Link to="/assess/rounds/$id/units/$unit" params={{ id: a.round_id, unit: a.unit.id }} search={{ entry: a.entry_id }}>{a.line}</Link>
      <div className="quiet">{t('verdict.shown_points', { points: rounded(a.points) })}{a.claimed && <> · {t('verdict.claimed', { points: rounded(a.claimed) })}</>}</div>
      {a.level === 2 && <Tag color="warning">{t('verdict.second')}</Tag>}
    </>
  )
}

function Claim({ of: a }: { of: Appeal }) {
  return (
    <>
      <div className="verdict-claim">{a.reason}</div>
      {a.url && <div><a href={a.url} target="_blank" rel="noreferrer noopener" style={{ overflowWrap: 'anywhere' }}>{a.url}</a></div>}
      {a.file_name && <div><a href={`/api/verdict/appeals/${a.id}/file`} download={a.file_name} title={a.file_sha256}><PaperClipOutlined /> {a.file_name}</a></div>}
      <div className="quiet">{a.raised_by} {dateTime(a.at)}</div>
    </>
  )
}

function Left({ of: a }: { of: Appeal }) {
  const text = a.left < 0 ? t('verdict.days_over', { n: -a.left }) : a.left === 0 ? t('verdict.due_today') : t('verdict.days_left', { n: a.left })
  return <div className={a.left < 0 ? 'red' : 'quiet'}>{t('verdict.answer_by', { day: a.due })} {text}</div>
}

function Answered({ of: a }: { of: Appeal }) {
  if (a.state === 'withdrawn') return null
  return (
    <>
      <div className="verdict-claim">{a.reasons}</div>
      {a.corrected && <div>{t('verdict.corrected_to', { points: rounded(a.corrected) })}</div>}
      {a.adjusted && <div className="quiet">{t(`adjust.state.${a.adjusted as 'proposed'}`)}</div>}
      <div className="quiet">{a.answered_by} {dateTime(a.answered_at)}</div>
      {a.again_by && <div className="quiet">{t('verdict.again_by', { day: a.again_by })}</div>}
    </>
  )
}

interface Values { outcome: 'accepted' | 'rejected'; corrected?: string; reasons: string }

function Answer({ a, able }: { a: Appeal; able: boolean }) {
  const [form] = Form.useForm<Values>()
  const [open, setOpen] = useState(false)
  const outcome = Form.useWatch('outcome', form)
  const answer = useAction({
    form,
    run: (body: Values, act) => ok(client.POST('/verdict/appeals/{id}/answer', { ...act(), params: { path: { id: a.id } }, body })),
    done: (r) => t(r.state === 'accepted' ? 'verdict.accepted_done' : 'verdict.rejected_done', { unit: a.unit.name }),
    after: () => { setOpen(false) },
  })
  if (!able) return null
  if (!a.may) return <span className="quiet">{a.hindrance ? tOr(`error.${a.hindrance}`, a.hindrance) : ''}</span>
  return (
    <>
      <Button size="small" type="primary" onClick={() => { setOpen(true) }}>{t('verdict.answer_it')}</Button>
      <FormDialog title={t('verdict.answer_of', { unit: a.unit.name, line: a.line })} open={open} close={() => { setOpen(false) }} form={form} action={answer} ok={t('verdict.answer_it')} width={600}
        initial={{ outcome: 'rejected', ...(a.claimed ? { corrected: a.claimed } : {}) }}>
        <blockquote className="verdict-claim quiet">{a.reason}</blockquote>
        <Form.Item name="outcome" label={t('verdict.outcome')} extra={outcome === 'accepted' ? t(a.event ? 'verdict.accept_event_hint' : 'verdict.accept_hint') : undefined}>
          <Radio.Group options={(['accepted', 'rejected'] as const).map((o) => ({ value: o, label: t(`verdict.outcome.${o}`) }))} />
        </Form.Item>
        {outcome === 'accepted' && !a.event && (
          <Form.Item name="corrected" label={t('verdict.corrected')} extra={t('verdict.shown_points', { points: rounded(a.points) })} rules={[required(t('verdict.corrected')), { pattern: /^-?\d{1,6}(\.\d{1,4})?$/, message: t('adjust.number') }]}><Input inputMode="decimal" /></Form.Item>
        )}
        <Form.Item name="reasons" label={t('verdict.reasons')} extra={t('verdict.reasons_hint')} rules={[required(t('verdict.reasons'))]}><Input.TextArea rows={4} maxLength={2000} showCount /></Form.Item>
      </FormDialog>
    </>
  )
}
