import { PaperClipOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { Alert, Button, Descriptions, Form, Tag } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import type { TargetPage as Full } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { goalOf, periodName, plain, useTarget } from './data'
import { Done, Lamp, StateTag, Standing } from './Lamp'
import type { Work } from './TargetDialog'
import './target.css'

const TargetDialog = lazy(() => import('./TargetDialog'))
const CrewDialog = lazy(async () => ({ default: (await import('./Acts')).CrewDialog }))
const ReportDialog = lazy(async () => ({ default: (await import('./Acts')).ReportDialog }))
const PermitDialog = lazy(async () => ({ default: (await import('./Acts')).PermitDialog }))

type Open = 'crew' | 'report' | 'permit' | 'return' | 'reopen' | 'drop' | Work

/** One target: what it says, who answers for it, how far it is, and what may be done. */
export function TargetPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const [open, setOpen] = useState<Open>()
  const query = useTarget(id)
  const p = query.data
  const close = () => { setOpen(undefined) }
  return (
    <Page back help="targets" name={t('target.page')} title={p?.spec.title ?? t('target.page')} extra={p && <Acts of={p} open={setOpen} />}>
      <Loaded query={query}>
        {(x) => (
          <div className="stack-wide">
            <What of={x} />
            {x.periods.length > 0 && <Periods of={x} />}
            {x.sent.length > 0 && <Sent of={x} />}
            {(x.pieces.length > 0 || x.may.includes('split')) && <Pieces of={x} />}
            {x.history.length > 0 && <History of={x} />}
          </div>
        )}
      </Loaded>
      {p && open && (
        <Suspense>
          {open === 'crew' && <CrewDialog of={p} close={close} />}
          {open === 'report' && <ReportDialog of={p} close={close} />}
          {open === 'permit' && <PermitDialog of={p} close={close} />}
          {(open === 'return' || open === 'reopen' || open === 'drop') && <Because of={p} act={open} close={close} />}
          {typeof open === 'object' && <TargetDialog work={open} close={close} />}
        </Suspense>
      )}
    </Page>
  )
}

function Acts({ of: p, open }: { of: Full; open: (o: Open) => void }) {
  const may = (act: Full['may'][number]) => p.may.includes(act)
  const issue = useAction({
    run: (_: null, act) => ok(client.POST('/target/targets/{id}/issue', { ...act(), params: { path: { id: p.id } } })),
    done: () => t('target.parts_issued'),
    confirm: () => ({ title: t('target.issue_parts_ask'), content: t('target.issue_hint'), ok: t('target.issue') }),
  })
  return (
    <>
      {may('report') && <Button type="primary" onClick={() => { open('report') }}>{t('target.report')}</Button>}
      {may('accept') && <Button type="primary" onClick={() => { open('crew') }}>{t('target.accept')}</Button>}
      {may('return') && <Button onClick={() => { open('return') }}>{t('target.return')}</Button>}
      {may('issue') && <Button type="primary" loading={issue.busy} onClick={() => { issue.go(null) }}>{t('target.issue_parts')}</Button>}
      {may('split') && <Button onClick={() => { open({ parent: p }) }}>{t('target.split')}</Button>}
      {may('people') && <Button onClick={() => { open('crew') }}>{t('target.people')}</Button>}
      {may('permit') && <Button onClick={() => { open('permit') }}>{t('target.permit')}</Button>}
      {may('edit') && <Button onClick={() => { open({ target: p }) }}>{t('app.edit')}</Button>}
      {may('reopen') && <Button onClick={() => { open('reopen') }}>{t('target.reopen')}</Button>}
      {may('drop') && <Button danger onClick={() => { open('drop') }}>{t(p.revision > 0 ? 'target.withdraw' : 'app.delete')}</Button>}
    </>
  )
}

function Because({ of: p, act: what, close }: { of: Full; act: 'return' | 'reopen' | 'drop'; close: () => void }) {
  const [form] = Form.useForm<Reason>()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const params = { path: { id: p.id } }
  const action = useAction<Reason, unknown>({
    form,
    run: (v, act) => {
      if (what === 'return') return ok(client.POST('/target/targets/{id}/return', { ...act(), params, body: { reason: v.reason, revision: p.revision } }))
      const body = { reason: v.reason, version: p.version }
      return what === 'reopen' ? ok(client.POST('/target/targets/{id}/reopen', { ...act(), params, body })) : ok(client.POST('/target/targets/{id}/drop', { ...act(), params, body }))
    },
    done: () => t(`target.${what}_done`),
    after: () => {
      close()
      if (what !== 'drop' || p.revision > 0) return
      queries.removeQueries({ queryKey: ['target', p.id] }) // it is gone: nobody is to ask for it again
      void navigate({ to: '/assess/targets/units/$unit', params: { unit: p.unit.id }, search: { year: String(p.year) } })
    },
  })
  return <ReasonDialog title={t(`target.${what}_ask`, { title: p.spec.title })} open close={close} form={form} action={action} danger={what === 'drop'} />
}

function What({ of: p }: { of: Full }) {
  const s = p.spec
  const item = (key: string, label: string, children: React.ReactNode) => ({ key, label, children })
  return (
    <section className="panel">
      {p.note && (p.state === 'returned' || p.state === 'withdrawn') && <Alert className="gap-below" type="warning" showIcon title={t(`target.state.${p.state}`)} description={p.note} />}
      {p.answer_by && <Alert className="gap-below" type="info" showIcon title={t('target.answer_by', { due: p.answer_by })} />}
      <div className="row gap-below">
        {p.light !== 'none' && <Lamp light={p.light} />}<StateTag state={p.state} /><Done of={p} />
        {p.missed > 0 && <Tag color="error">{t('target.missed_n', { n: p.missed })}</Tag>}
      </div>
      {s.standard && <p style={{ whiteSpace: 'pre-wrap' }}>{s.standard}</p>}
      <Descriptions size="small" column={{ xs: 1, md: 2 }} items={[
        item('unit', t('target.unit'), p.unit.name), item('setter', t('target.setter'), p.setter.name),
        item('goal', t('target.goal'), goalOf(p)), item('weight', t('target.weight'), plain(s.weight)),
        item('leader', t('target.leader'), s.leader), item('department', t('target.department'), s.department),
        ...(s.partners.length > 0 ? [item('partners', t('target.partners'), s.partners.map((x) => x.name).join(t('app.comma')))] : []),
        ...(s.indicator_name ? [item('indicator', t('target.indicator'), s.indicator_name)] : []),
        ...(p.parent ? [item('parent', t('target.part_of'), <Link to="/assess/targets/$id" params={{ id: p.parent.id }}>{p.parent.name}</Link>)] : []),
        ...(p.duty ? [
          item('own_leader', t('target.own_leader'), p.duty.leader?.name ?? t('app.none')), item('own_department', t('target.own_department'), p.duty.department.name),
          item('reporter', t('target.reporter'), p.duty.reporter.name),
        ] : []),
        item('cadence', t('target.cadence'), t('target.cadence_due', { cadence: t(`target.cadence.${s.cadence}`), day: s.due_day ?? 5 })),
      ]} />
      {(s.milestones ?? []).length > 0 && (
        <ul className="target-quarters" aria-label={t('target.milestones')}>
          {(s.milestones ?? []).map((m) => (
            <li key={m.quarter}><strong>{t('target.quarter', { n: m.quarter })}</strong>{m.value && <span className="quiet"> {t('target.amount', { n: plain(m.value), of: s.unit_of_measure ?? '' })}</span>}<div>{m.text}</div></li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Periods({ of: p }: { of: Full }) {
  type Row = Full['periods'][number]
  const permits = (d: Row) => p.permits.filter((x) => x.period === d.period)
  const columns: Col<Row>[] = [
    { key: 'period', title: t('target.period'), fixed: true, render: (d) => periodName(d.period) },
    { key: 'due', title: t('target.due'), date: true, fixed: true, render: (d) => <>{d.due_on}{d.provisional && <span className="quiet" title={t('target.provisional_why')}> {t('target.provisional')}</span>}</> },
    { key: 'state', title: t('app.state'), fixed: true, render: (d) => (
      <>
        {d.reported_at ? <Tag color={d.late ? 'warning' : 'success'}>{t(d.late ? 'target.came_late' : 'target.came')}</Tag> : d.missed_at ? <Tag color="error">{t('target.did_not_come')}</Tag> : <Tag>{t('target.owes')}</Tag>}
        {d.reported_at && d.missed_at && <Tag color="error">{t('target.was_missed')}</Tag>}
        {d.excused_at && !d.missed_at && <Tag title={t('target.excused_why')}>{t('target.excused')}</Tag>}
      </>
    ) },
    { key: 'at', title: t('target.reported_at'), date: true, render: (d) => dateTime(d.reported_at) },
    { key: 'permit', title: t('target.permits'), render: (d) => permits(d).map((x) => <div key={x.id}>{t('target.permit_is', { until: x.until, who: x.by_name, reason: x.reason })}</div>) },
  ]
  return (
    <section className="panel">
      <h2>{t('target.periods')}</h2>
      <DataTable id="target-periods" label={t('target.periods')} columns={columns} rowKey={(d) => d.period} paged={false} query={{ data: { items: p.periods }, isError: false } as never} />
    </section>
  )
}

function Sent({ of: p }: { of: Full }) {
  return (
    <section className="panel">
      <h2>{t('target.reports')}</h2>
      <ul className="lines">
        {p.sent.map((r) => (
          <li key={r.id}>
            <div className="grow">
              <strong>{periodName(r.period)}</strong>{r.seq > 1 && <span className="quiet"> {t('target.nth', { n: r.seq })}</span>}
              {r.value && <span> {t('target.value_is', { n: plain(r.value), of: p.spec.unit_of_measure ?? '' })}</span>}
              {r.reached && <Tag color="success" style={{ marginInlineStart: 8 }}>{t('target.reached_tag')}</Tag>}
              {r.late && <Tag color="warning">{t('target.came_late')}</Tag>}
              <div style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{r.text}</div>
              {r.file_id && <a href={`/api/target/targets/${p.id}/reports/${r.id}/file`} download={r.file_name} title={r.file_sha256}><PaperClipOutlined /> {r.file_name}</a>}
            </div>
            <span className="when">{r.by_name} {dateTime(r.at)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Pieces({ of: p }: { of: Full }) {
  const sum = p.pieces.filter((x) => x.state !== 'withdrawn').reduce((n, x) => n + Math.round(Number(x.spec.weight) * 100), 0) / 100
  return (
    <section className="panel">
      <div className="panel-head"><h2>{t('target.pieces')}</h2>{p.pieces.length > 0 && <span className={sum === 100 ? 'quiet' : 'red'}>{t('target.sum_of_parts', { sum })}</span>}</div>
      {p.pieces.length === 0 && <Nothing text={t('target.no_pieces')} />}
      <ul className="lines">
        {p.pieces.map((x) => (
          <li key={x.id}>
            <span className="grow"><Standing of={x} /> <Link className="title" to="/assess/targets/$id" params={{ id: x.id }}>{x.spec.title}</Link> <span className="quiet">{x.unit.name} {t('target.weight_of', { n: plain(x.spec.weight) })}</span></span>
            <Done of={x} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function History({ of: p }: { of: Full }) {
  return (
    <section className="panel">
      <h2>{t('target.history')}</h2>
      <ul className="lines">
        {p.history.map((h) => (
          <li key={h.revision}>
            <span className="grow">
              {t(h.withdrawn ? 'target.withdrawn_by' : 'target.issued_by', { n: h.revision, who: h.by_name, at: dateTime(h.at) })}
              {h.note && <div className="quiet">{h.note}</div>}
              {h.answered_at && <div>{t(`target.answer.${h.answer === 'returned' ? 'returned' : 'accepted'}`, { who: h.answered_by, at: dateTime(h.answered_at) })}{h.reason && <span className="quiet"> {h.reason}</span>}</div>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
