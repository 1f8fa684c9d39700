import { useParams } from '@tanstack/react-router'
import { Button, Form, Input, Radio, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { TrialFeedbackPage } from '@/api/types'
import { useQuery } from '@tanstack/react-query'
import { t } from '@/i18n'
import { FormDialog, required } from '@/ui/FormDialog'
import { dateTime, duration } from '@/ui/format'
import { HrefLink } from '@/ui/HrefLink'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { FEEDBACK_COLORS, useKeep, useStanding } from './data'
import { New as Improve } from './Improvements'
import './trial.css'

type Open = 'answer' | 'say' | 'forward' | 'send' | 'improve'

/** One feedback: what was said and answered, in order, and what may be done now. */
export function FeedbackPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const [open, setOpen] = useState<Open>()
  const query = useQuery({ queryKey: ['trial-feedback-page', id], queryFn: ({ signal }) => ok(client.GET('/trial/feedback/{id}', { signal, params: { path: { id } } })) })
  const standing = useStanding().data
  const run = query.data?.feedback.run_id ?? standing?.run?.id
  const close = () => { setOpen(undefined) }
  return (
    <Page back help="trial#feedback" width="narrow" name={t('nav.feedback')} title={query.data?.feedback.title ?? t('nav.feedback')}>
      <Loaded query={query}>
        {(p) => (
          <div className="stack-wide">
            <section className="panel">
              <div className="row"><Tag>{t(`trial.kind.${p.feedback.kind}`)}</Tag><Tag color={FEEDBACK_COLORS[p.feedback.state]}>{t(`trial.feedback.${p.feedback.state}`)}</Tag>
                {p.feedback.outcome && <Tag>{t(`trial.answer.${p.feedback.outcome}`)}</Tag>}{p.feedback.late && <Tag color="error">{t('trial.late')}</Tag>}</div>
              <p className="quiet">{t('trial.feedback_of', { who: p.feedback.by_name, department: p.feedback.department || t('app.none'), to: t(`trial.to.${p.feedback.to}`), due: p.feedback.due_on })}
                {p.feedback.answered_at && <> · {t('trial.took', { time: duration(p.feedback.minutes) })}</>}</p>
              {p.feedback.page && <p>{t('trial.about_page')}<HrefLink href={p.feedback.page}>{p.feedback.page}</HrefLink></p>}
              {p.feedback.vendor_ref && <p>{t('trial.vendor_is', { ref: p.feedback.vendor_ref })}</p>}
              <ol className="trial-steps">
                {p.steps.map((s) => (
                  <li key={s.at + s.action}>
                    <strong>{t(`trial.step.${s.action}`)}</strong> <span className="quiet">{s.by_name} {dateTime(s.at)}</span>
                    {s.body && <div className="trial-text">{s.body}</div>}
                  </li>
                ))}
              </ol>
              <Acts of={p} open={setOpen} {...(standing?.may.includes('manage') && run ? { improve: () => { setOpen('improve') } } : {})} />
            </section>
            {open === 'answer' && <Answer of={p} close={close} />}
            {(open === 'say' || open === 'forward') && <Words of={p} act={open} close={close} />}
            {open === 'send' && <Send of={p} close={close} />}
            {open === 'improve' && run && <Improve run={run} feedback={p.feedback.id} title={p.feedback.title} close={close} />}
          </div>
        )}
      </Loaded>
    </Page>
  )
}

interface Act { of: TrialFeedbackPage; close: () => void }
const at = (p: TrialFeedbackPage) => ({ path: { id: p.feedback.id } })

function Acts({ of: p, open, improve }: { of: TrialFeedbackPage; open: (o: Open) => void; improve?: () => void }) {
  const { feedback: after } = useKeep()
  const end = useAction({
    run: (_: null, act) => ok(client.POST('/trial/feedback/{id}/close', { ...act(), params: at(p), body: { version: p.feedback.version } })),
    done: () => t('trial.closed'), after,
  })
  const may = (what: string) => p.may.includes(what)
  return (
    <div className="row">
      {may('answer') && <Button type="primary" onClick={() => { open('answer') }}>{t('trial.answer')}</Button>}
      {may('close') && <Button type="primary" loading={end.busy} onClick={() => { end.go(null) }}>{t('trial.close')}</Button>}
      {may('say') && <Button onClick={() => { open('say') }}>{t(p.feedback.state === 'answered' ? 'trial.object' : 'trial.add_words')}</Button>}
      {may('forward') && <Button onClick={() => { open('forward') }}>{t(p.feedback.to === 'it' ? 'trial.to_head' : 'trial.to_it')}</Button>}
      {may('send') && <Button onClick={() => { open('send') }}>{t('trial.send_out')}</Button>}
      {improve && <Button onClick={improve}>{t('trial.improve')}</Button>}
    </div>
  )
}

const OUTCOMES = ['fixed', 'adopted', 'explained', 'declined'] as const
interface Answered { outcome: (typeof OUTCOMES)[number]; text: string }

function Answer({ of: p, close }: Act) {
  const [form] = Form.useForm<Answered>()
  const keep = useKeep()
  const save = useAction({
    form,
    run: (v: Answered, act) => ok(client.POST('/trial/feedback/{id}/answer', { ...act(), params: at(p), body: { ...v, version: p.feedback.version } })),
    done: () => t('trial.answered'), after: (r) => { keep.feedback(r); close() },
  })
  return (
    <FormDialog title={t('trial.answer')} open close={close} form={form} action={save} ok={t('trial.answer')} width={600} initial={{ outcome: p.feedback.kind === 'suggestion' ? 'adopted' : p.feedback.kind === 'problem' ? 'fixed' : 'explained' }}>
      <Form.Item name="outcome" label={t('trial.result')}><Radio.Group options={OUTCOMES.map((o) => ({ value: o, label: t(`trial.answer.${o}`) }))} /></Form.Item>
      <Form.Item name="text" label={t('trial.answer_text')} rules={[required(t('trial.answer_text'))]}><Input.TextArea rows={5} maxLength={4000} showCount /></Form.Item>
    </FormDialog>
  )
}

function Words({ of: p, act: what, close }: Act & { act: 'say' | 'forward' }) {
  const [form] = Form.useForm<{ text: string }>()
  const keep = useKeep()
  const save = useAction({
    form,
    run: (v: { text: string }, act) => (what === 'say'
      ? ok(client.POST('/trial/feedback/{id}/say', { ...act(), params: at(p), body: { ...v, version: p.feedback.version } }))
      : ok(client.POST('/trial/feedback/{id}/forward', { ...act(), params: at(p), body: { note: v.text, version: p.feedback.version } }))),
    done: () => t(what === 'say' ? 'trial.said' : 'trial.forwarded'), after: (r) => { keep.feedback(r); close() },
  })
  const title = t(what === 'forward' ? (p.feedback.to === 'it' ? 'trial.to_head' : 'trial.to_it') : p.feedback.state === 'answered' ? 'trial.object' : 'trial.add_words')
  return (
    <FormDialog title={title} open close={close} form={form} action={save} ok={t('app.ok')}>
      <Form.Item name="text" label={t('trial.note')} rules={what === 'say' ? [required(t('trial.note'))] : []}><Input.TextArea rows={4} maxLength={what === 'say' ? 4000 : 500} showCount /></Form.Item>
    </FormDialog>
  )
}

function Send({ of: p, close }: Act) {
  const [form] = Form.useForm<{ reference: string; note?: string }>()
  const keep = useKeep()
  const save = useAction({
    form,
    run: (v: { reference: string; note?: string }, act) => ok(client.POST('/trial/feedback/{id}/send', { ...act(), params: at(p), body: { ...v, version: p.feedback.version } })),
    done: () => t('trial.sent_out'), after: (r) => { keep.feedback(r); close() },
  })
  return (
    <FormDialog title={t('trial.send_out')} open close={close} form={form} action={save} ok={t('app.ok')}>
      <Form.Item name="reference" label={t('trial.vendor')} extra={t('trial.vendor_hint')} rules={[required(t('trial.vendor'))]}><Input maxLength={80} /></Form.Item>
      <Form.Item name="note" label={t('trial.note')}><Input.TextArea rows={3} maxLength={500} showCount /></Form.Item>
    </FormDialog>
  )
}
