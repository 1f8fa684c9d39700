import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Alert, Button, Form, Progress, Tag } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import { WorkBars } from '@/features/progress/Bar'
import { follow } from '@/features/progress/follow'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { CallTag, Due, FormTag } from './tags'
import type { CallPage, LineState, UnitState } from './types'
import './review.css'

const Assign = lazy(() => import('./Assign'))
const Permit = lazy(() => import('./Permit'))

/** Headquarters' state of one review: units, lines and people, and what to do next. */
export function ReviewPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery({ queryKey: ['review-call', id], queryFn: ({ signal }) => ok(client.GET('/review/calls/{id}', { signal, params: { path: { id } } })) })
  const c = query.data
  return (
    <Page help="self-assessment#call" name={t('review.title')} title={c?.name ?? t('review.title')} back extra={c && <Actions call={c} />}>
      <Loaded query={query}>
        {(call) => (
          <div className="stack-wide">
            <WorkBars subject={`review/call/${call.id}`} />
            <WorkBars subject={`assess/round/${call.round_id}`} />
            <Facts call={call} />
            <Units call={call} />
            <Lines call={call} />
            {call.people.length > 0 && <People call={call} />}
          </div>
        )}
      </Loaded>
    </Page>
  )
}

function Facts({ call: c }: { call: CallPage }) {
  const short = c.units.reduce((n, u) => n + u.short, 0)
  const disputed = c.units.reduce((n, u) => n + u.disputed, 0)
  return (
    <>
      <p className="quiet">
        <CallTag state={c.state} /> <Link className="review-in-text" to="/assess/rounds/$id" params={{ id: c.round_id }}>{c.scheme_name} {c.round_name}</Link> · {t('review.due_is', { day: c.due_day })} · {t('review.review_due_is', { day: c.review_day })} · {t('review.gap_is', { gap: c.gap })}
      </p>
      {c.state === 'cancelled' && <Alert type="warning" showIcon title={t('review.call.cancelled')} description={c.reason} />}
      {c.may.includes('assign') && short > 0 && <Alert type="warning" showIcon title={t('review.short_hint', { n: short })} />}
      {disputed > 0 && <Alert type="error" showIcon title={t('review.disputed_hint', { n: disputed })} />}
    </>
  )
}

function Actions({ call: c }: { call: CallPage }) {
  const params = { path: { id: c.id } }
  const body = { version: c.version }
  const start = useAction({
    run: (_: null, act) => ok(client.POST('/review/calls/{id}/start', { ...act(), params, body })),
    confirm: () => ({ title: t('review.start_ask'), content: t('review.start_hint'), ok: t('review.start') }),
    done: () => t('review.started'),
  })
  const close = useAction({
    run: (_: null, act) => ok(client.POST('/review/calls/{id}/close', { ...act(), params, body })),
    confirm: () => ({ title: t('review.close_ask', { name: c.name }), content: t('review.close_hint'), ok: t('review.close') }),
    done: () => t('review.closing'),
    after: (p) => { if (p.work_id) follow(p.work_id) },
  })
  return (
    <>
      {c.may.includes('cancel') && <Cancel call={c} />}
      {c.may.includes('start') && <Button type="primary" loading={start.busy} onClick={() => { start.go(null) }}>{t('review.start')}</Button>}
      {c.may.includes('close') && <Button type="primary" loading={close.busy} onClick={() => { close.go(null) }}>{t('review.close')}</Button>}
    </>
  )
}

function Cancel({ call: c }: { call: CallPage }) {
  const [form] = Form.useForm<Reason>()
  const [open, setOpen] = useState(false)
  const action = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/review/calls/{id}/cancel', { ...act(), params: { path: { id: c.id } }, body: { version: c.version, ...v } })),
    done: () => t('review.cancelled'),
    after: () => { setOpen(false) },
  })
  return (
    <>
      <Button onClick={() => { setOpen(true) }}>{t('review.cancel')}</Button>
      <ReasonDialog title={t('review.cancel_ask', { name: c.name })} open={open} close={() => { setOpen(false) }} form={form} action={action} danger />
    </>
  )
}

function Units({ call: c }: { call: CallPage }) {
  const [late, setLate] = useState<UnitState>()
  const columns: Col<UnitState>[] = [
    { key: 'unit', title: t('app.unit'), fixed: true, render: (u) => <Link to="/assess/reviews/$id/units/$unit" params={{ id: c.id, unit: u.id }}>{u.unit.name}</Link> },
    { key: 'state', title: t('review.self'), fixed: true, render: (u) => <FormTag state={u.state} late={u.late} /> },
    { key: 'by', title: t('review.submitted_by'), render: (u) => u.by_name },
    { key: 'due', title: t('review.due'), date: true, render: (u) => <Due day={u.due_day} until={u.permit_until} /> },
    { key: 'scored', title: t('review.progress'), render: (u) => <Progress percent={u.lines ? Math.round((u.scored / u.lines) * 100) : 0} size="small" format={() => `${u.scored}/${u.lines}`} aria-label={t('review.progress')} style={{ minWidth: 120 }} /> },
    { key: 'disputed', title: t('review.line.disputed'), align: 'right', render: (u) => (u.disputed ? <strong className="red">{u.disputed}</strong> : '') },
    ...(c.may.includes('permit') ? [{ key: 'acts', title: t('adjust.acts'), fixed: true, render: (u: UnitState) => (u.state === 'submitted' ? '' : <Button size="small" onClick={() => { setLate(u) }}>{t('review.permit')}</Button>) }] : []),
  ]
  return (
    <section className="panel">
      <h2>{t('review.units')}</h2>
      <DataTable id="review-units" label={t('review.units')} columns={columns} rowKey={(u) => u.id} paged={false} query={{ data: { items: c.units }, isError: false } as never} />
      {late && <Suspense><Permit call={c.id} who={{ unit: late.id, name: late.unit.name }} close={() => { setLate(undefined) }} /></Suspense>}
    </section>
  )
}

function Lines({ call: c }: { call: CallPage }) {
  const [lines, setLines] = useState<LineState[]>()
  const may = c.may.includes('assign')
  const columns: Col<LineState>[] = [
    { key: 'line', title: t('assess.rule'), fixed: true, render: (l) => <>{l.name}{l.heading && <div className="quiet">{l.heading}</div>}</> },
    { key: 'department', title: t('review.responsible'), render: (l) => <>{l.department}{l.leader && <div className="quiet">{l.leader}</div>}</> },
    { key: 'people', title: t('review.assessors'), fixed: true, render: (l) => (l.assessors.length ? l.assessors.map((a) => <Tag key={a.id} title={a.department}>{a.name}</Tag>) : <span className="quiet">{t('review.nobody')}</span>) },
    ...(may ? [{ key: 'acts', title: t('adjust.acts'), fixed: true, render: (l: LineState) => <Button size="small" onClick={() => { setLines([l]) }}>{t('review.assign')}</Button> }] : []),
  ]
  return (
    <section className="panel">
      <div className="panel-head"><h2>{t('review.lines')}</h2>{may && c.lines.length > 1 && <Button size="small" onClick={() => { setLines(c.lines) }}>{t('review.assign_all')}</Button>}</div>
      <DataTable id="review-lines" label={t('review.lines')} columns={columns} rowKey={(l) => l.code} paged={false} query={{ data: { items: c.lines }, isError: false } as never} />
      {lines && <Suspense><Assign call={c} lines={lines} close={() => { setLines(undefined) }} /></Suspense>}
    </section>
  )
}

function People({ call: c }: { call: CallPage }) {
  const [late, setLate] = useState<{ member: string; name: string }>()
  return (
    <section className="panel">
      <h2>{t('review.people')}</h2>
      <ul className="lines">
        {c.people.map((p) => (
          <li key={p.id}>
            <span className="grow">{p.name} <small className="quiet">{p.department}</small></span>
            <span className="when">{t('review.done_of', { done: p.done, all: p.all })}</span>
            {p.permit_until && <span className="when">{t('review.permit_until', { day: p.permit_until })}</span>}
            {c.state === 'reviewing' && p.done < p.all && <Button size="small" onClick={() => { setLate({ member: p.id, name: p.name }) }}>{t('review.permit')}</Button>}
          </li>
        ))}
      </ul>
      {late && <Suspense><Permit call={c.id} who={late} close={() => { setLate(undefined) }} /></Suspense>}
    </section>
  )
}
