import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Alert, Button, Descriptions } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { dateTime, shortHash } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { AnswerCard } from './AnswerCard'
import { Results } from './Results'
import { Due, FormTag } from './tags'
import type { Answer, Form } from './types'
import './review.css'

/** A unit's self-assessment: what it gives itself for each indicator, and what shows it. */
export function SelfForm() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery({
    queryKey: ['review-form', id], refetchOnWindowFocus: false,
    queryFn: ({ signal }) => ok(client.GET('/review/forms/{id}', { signal, params: { path: { id } } })),
  })
  const f = query.data
  return (
    <Page help="self-assessment" name={t('review.self')} title={f ? t('review.self_of', { unit: f.unit.name, name: f.name }) : t('review.self')} back>
      <Loaded query={query}>{(form) => <Sheet key={`${form.id} ${form.version} ${form.state}`} form={form} reload={() => void query.refetch()} />}</Loaded>
    </Page>
  )
}

const blank = (code: string): Answer => ({ code, points: null, text: '', evidence: [] })

function Sheet({ form, reload }: { form: Form; reload: () => void }) {
  const [answers, setAnswers] = useState(() => new Map(form.lines.map((l) => [l.code, form.answers.find((a) => a.code === l.code) ?? blank(l.code)])))
  const [changed, setChanged] = useState(false)
  const [wrong, setWrong] = useState<string>()
  const writable = form.may.includes('save')
  const params = { path: { id: form.id } }
  const body = () => ({
    version: form.version,
    answers: [...answers.values()].map((a) => ({
      code: a.code, text: a.text, evidence: a.evidence.map((e) => ({ kind: e.kind, id: e.id })), ...(a.points === null || a.points === '' ? {} : { points: a.points }),
    })),
  })
  const save = useAction({
    run: (_: null, act) => ok(client.PUT('/review/forms/{id}', { ...act(), params, body: body() })),
    done: () => t('app.saved'), onStale: reload,
  })
  const submit = useAction({
    run: async (_: null, act) => {
      const saved = changed || form.version === 0 ? await ok(client.PUT('/review/forms/{id}', { ...act(), params, body: body() })) : form
      return ok(client.POST('/review/forms/{id}/submit', { params, body: { version: saved.version } }))
    },
    confirm: () => ({ title: t('review.submit_ask', { by: form.called_by }), content: t('review.submit_hint'), ok: t('review.submit') }),
    done: () => t('review.submit_done', { by: form.called_by }), onStale: reload,
  })
  const set = (a: Answer) => { setAnswers((old) => new Map(old).set(a.code, a)); setChanged(true); setWrong(undefined) }
  const send = () => {
    const bare = form.lines.find((l) => { const a = answers.get(l.code); return a && a.points !== null && a.points !== '' && a.evidence.length === 0 })
    if (!bare) { submit.go(null); return }
    setWrong(bare.code)
    document.getElementById(`line-${bare.code}`)?.scrollIntoView({ block: 'center' })
  }
  return (
    <div className="stack-wide">
      <Facts form={form} />
      {form.results.length > 0 && <Results of={form.results} />}
      {form.lines.map((l) => <AnswerCard key={l.code} form={form} line={l} answer={answers.get(l.code) ?? blank(l.code)} set={writable ? set : undefined} bare={wrong === l.code} />)}
      {writable && (
        <div className="review-bar">
          <span className="quiet">{t('review.filled', { n: [...answers.values()].filter((a) => a.points !== null && a.points !== '').length, all: form.lines.length })}</span>
          <Button loading={save.busy} disabled={!changed} onClick={() => { save.go(null) }}>{t('app.save')}</Button>
          {form.may.includes('submit') && <Button type="primary" loading={submit.busy} onClick={send}>{t('review.submit')}</Button>}
        </div>
      )}
    </div>
  )
}

function Facts({ form: f }: { form: Form }) {
  return (
    <section className="panel">
      {f.state === 'returned' && <Alert className="gap-below" type="warning" showIcon title={t('review.returned_because')} description={f.return_reason} />}
      {f.state === 'overdue' && <Alert className="gap-below" type="error" showIcon title={t('review.overdue_hint', { by: f.called_by })} />}
      {f.note && <p style={{ whiteSpace: 'pre-wrap' }}>{f.note}</p>}
      <Descriptions size="small" column={{ xs: 1, md: 2, xl: 3 }} items={[
        { key: 'state', label: t('app.state'), children: <FormTag state={f.state} late={f.submitted?.late ?? false} /> },
        { key: 'by', label: t('review.called_by'), children: f.called_by },
        { key: 'round', label: t('assess.round'), children: `${f.scheme_name} ${f.round_name}` },
        { key: 'period', label: t('assess.period'), children: `${f.from} — ${f.to}` },
        { key: 'due', label: t('review.due'), children: <Due day={f.due_day} until={f.permit_until} /> },
        ...(f.submitted ? [{ key: 'sent', label: t('review.submitted_by'), children: `${f.submitted.by_name} ${dateTime(f.submitted.at)}` },
          { key: 'hash', label: t('review.digest'), children: <span className="mono" title={f.submitted.digest}>{shortHash(f.submitted.digest)}</span> }]
          : f.changed_at ? [{ key: 'saved', label: t('review.saved_by'), children: `${f.changed_by} ${dateTime(f.changed_at)}` }] : []),
      ]} />
    </section>
  )
}
