import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Alert, Button, Descriptions } from 'antd'
import { useEffect, useRef, useState } from 'react'
import type { Act } from '@/api/action-key'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { dateTime, shortHash } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { AnswerCard, NUMBER } from './AnswerCard'
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
  const [loads, setLoads] = useState(0) // what was typed is given up for what somebody else has saved
  const reload = () => { void query.refetch().then(() => { setLoads((n) => n + 1) }) }
  return (
    <Page help="self-assessment" name={t('review.self')} title={f ? t('review.self_of', { unit: f.unit.name, name: f.name }) : t('review.self')} back>
      <Loaded query={query}>{(form) => <Sheet key={`${form.id} ${form.state} ${loads}`} form={form} reload={reload} />}</Loaded>
    </Page>
  )
}

const blank = (code: string): Answer => ({ code, points: null, text: '', evidence: [] })

function Sheet({ form, reload }: { form: Form; reload: () => void }) {
  const [answers, setAnswers] = useState(() => new Map(form.lines.map((l) => [l.code, form.answers.find((a) => a.code === l.code) ?? blank(l.code)])))
  const [edits, setEdits] = useState(0) // since it was saved last
  const [wrong, setWrong] = useState<string>()
  const version = useRef(form.version)
  const writable = form.may.includes('save')
  const params = { path: { id: form.id } }
  const put = async (act: Act) => {
    const saved = await ok(client.PUT('/review/forms/{id}', { ...act(), params, body: {
      version: version.current,
      answers: [...answers.values()].map((a) => ({ code: a.code, text: a.text, evidence: a.evidence.map((e) => ({ kind: e.kind, id: e.id })), ...(a.points ? { points: a.points } : {}) })),
    } }))
    version.current = saved.version
    setEdits((n) => Math.max(0, n - edits))
    return saved
  }
  const save = useAction({ run: (_: string, act) => put(act), done: () => t('app.saved'), onStale: reload })
  const keep = useAction({ run: (_: string, act) => put(act), onStale: reload })
  const submit = useAction({
    run: async (_: null, act) => {
      if (edits > 0 || version.current === 0) await put(act)
      return ok(client.POST('/review/forms/{id}/submit', { params, body: { version: version.current } }))
    },
    confirm: () => ({ title: t('review.submit_ask', { by: form.called_by }), content: t('review.submit_hint'), ok: t('review.submit') }),
    done: () => t('review.submit_done', { by: form.called_by }), onStale: reload,
  })
  const set = (a: Answer) => { setAnswers((old) => new Map(old).set(a.code, a)); setEdits((n) => n + 1); setWrong(undefined) }
  const text = JSON.stringify([...answers.values()]) // another text is another request
  const busy = save.busy || keep.busy || submit.busy
  const sound = [...answers.values()].every((a) => !a.points || NUMBER.test(a.points))
  // A draft saves itself when nothing has been typed for a while (UI3).
  const go = useRef(keep.go)
  useEffect(() => { go.current = keep.go })
  useEffect(() => {
    if (edits === 0 || busy || !sound) return
    const timer = setTimeout(() => { go.current(JSON.stringify([...answers.values()])) }, 4000)
    return () => { clearTimeout(timer) }
  }, [edits, busy, sound, answers])
  const send = () => {
    const bare = form.lines.find((l) => { const a = answers.get(l.code); return a && a.points && a.evidence.length === 0 })
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
          <span className="quiet">{t('review.filled', { n: [...answers.values()].filter((a) => a.points).length, all: form.lines.length })}</span>
          <Button loading={save.busy} disabled={edits === 0 || !sound} onClick={() => { save.go(text) }}>{t('app.save')}</Button>
          {form.may.includes('submit') && <Button type="primary" loading={submit.busy} disabled={!sound} onClick={send}>{t('review.submit')}</Button>}
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
