import { Link, useParams } from '@tanstack/react-router'
import { Button, Descriptions, Form, Tag } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import type { TrialPilot, TrialRunPage, TrialUser } from '@/api/types'
import { useQuery } from '@tanstack/react-query'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime, day } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { pageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { Backups } from './Backups'
import { RUN_COLORS, useFigures, useKeep, useRun } from './data'
import { FiguresPanel } from './Figures'
import { Improvements } from './Improvements'
import { Papers } from './Papers'
import { Comparisons } from './Trial'
import './trial.css'

const PlanDialog = lazy(() => import('./PlanDialog'))
const BringDialog = lazy(async () => ({ default: (await import('./RunDialogs')).BringDialog }))
const PeopleDialog = lazy(async () => ({ default: (await import('./RunDialogs')).PeopleDialog }))
const EvaluateDialog = lazy(async () => ({ default: (await import('./RunDialogs')).EvaluateDialog }))
const DecideDialog = lazy(async () => ({ default: (await import('./RunDialogs')).DecideDialog }))

type Open = 'plan' | 'bring' | 'people' | 'evaluate' | 'decide' | 'cancel'

/** One run: who takes part, what was really done, what was said about it and decided. */
export function RunPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useRun(id)
  const can = useCan()
  const [open, setOpen] = useState<Open>()
  const close = () => { setOpen(undefined) }
  const p = query.data
  return (
    <Page back help="trial#run" name={t('trial.run')} title={p?.run.name ?? t('trial.run')} extra={p && <Acts of={p} open={setOpen} />}>
      <Loaded query={query}>
        {(x) => (
          <div className="stack-wide">
            <What of={x} />
            <Judged of={x} />
            {x.run.begun_at && <Counted id={x.run.id} />}
            <Pilots of={x} bring={() => { setOpen('bring') }} people={() => { setOpen('people') }} />
            <Improvements run={x.run.id} items={x.improvements} able={x.may.includes('improve')} />
            {x.run.begun_at && <Comparisons run={x.run.id} />}
            {x.run.dual_track && x.run.begun_at && can('trial.manage') && <Papers run={x.run} />}
            {x.run.begun_at && <Backups run={x.run} />}
            <Users run={x.run.id} />
          </div>
        )}
      </Loaded>
      {p && (
        <Suspense>
          {open === 'plan' && <PlanDialog run={p.run} close={close} />}
          {open === 'bring' && <BringDialog of={p} close={close} />}
          {open === 'people' && <PeopleDialog of={p} close={close} />}
          {open === 'evaluate' && <EvaluateDialog of={p} close={close} />}
          {open === 'decide' && <DecideDialog of={p} close={close} />}
          {open === 'cancel' && <Cancel of={p} close={close} />}
        </Suspense>
      )}
    </Page>
  )
}

function Acts({ of: p, open }: { of: TrialRunPage; open: (o: Open) => void }) {
  const { run: after } = useKeep()
  const start = useAction({
    run: (_: null, act) => ok(client.POST('/trial/runs/{id}/start', { ...act(), params: { path: { id: p.run.id } }, body: { version: p.run.version } })),
    confirm: () => ({ title: t('trial.start_ask', { name: p.run.name }), content: t('trial.start_what', { n: p.run.users }), ok: t('trial.start') }),
    done: () => t('trial.started'), after,
  })
  const may = (what: string) => p.may.includes(what)
  return (
    <div className="row">
      {may('decide') && <Button type="primary" onClick={() => { open('decide') }}>{t('trial.decide')}</Button>}
      {may('start') && <Button type="primary" loading={start.busy} onClick={() => { start.go(null) }}>{t('trial.start')}</Button>}
      {may('evaluate') && <Button {...(may('decide') ? {} : { type: 'primary' as const })} onClick={() => { open('evaluate') }}>{t('trial.evaluate')}</Button>}
      {may('edit') && <Button onClick={() => { open('plan') }}>{t('app.edit')}</Button>}
      {may('cancel') && <Button danger onClick={() => { open('cancel') }}>{t('trial.cancel')}</Button>}
    </div>
  )
}

function Cancel({ of: p, close }: { of: TrialRunPage; close: () => void }) {
  const [form] = Form.useForm<Reason>()
  const cancel = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/trial/runs/{id}/cancel', { ...act(), params: { path: { id: p.run.id } }, body: { ...v, version: p.run.version } })),
    done: () => t('trial.cancelled_done'), after: close,
  })
  return <ReasonDialog title={t('trial.cancel')} open close={close} form={form} action={cancel} danger />
}

function What({ of: p }: { of: TrialRunPage }) {
  const r = p.run
  const items = [
    { key: 'state', label: t('app.state'), children: <Tag color={RUN_COLORS[r.state]}>{t(`trial.state.${r.state}`)}</Tag> },
    { key: 'days', label: t('trial.days'), children: t('trial.from_to', { from: r.starts_on, to: r.ends_on }) },
    { key: 'begun', label: t('trial.begun'), children: r.begun_at ? dateTime(r.begun_at) : t('app.none') },
    { key: 'who', label: t('trial.who'), children: t('trial.who_n', { departments: r.departments, users: r.users }) },
    { key: 'modules', label: t('trial.modules'), children: r.modules.join(t('app.comma')) || t('app.none') },
    { key: 'dual', label: t('trial.dual_track'), children: t(r.dual_track ? 'trial.yes' : 'trial.no') },
    { key: 'scored', label: t('trial.scoring'), children: r.begun_at ? t(r.scored ? 'trial.is_scored' : 'trial.is_unscored') : t('app.none') },
  ]
  return (
    <section className="panel">
      {r.purpose && <p className="trial-text">{r.purpose}</p>}
      <Descriptions size="small" column={{ xs: 1, sm: 2, lg: 3 }} items={items} />
      {p.changes.map((c) => <p key={c.at} className="quiet">{t('trial.changed_over', { from: t(`trial.phase.${c.was as 'trial'}`), to: t(`trial.phase.${c.phase as 'trial'}`), who: c.by_name, at: dateTime(c.at) })}</p>)}
    </section>
  )
}

// What was said about the run and decided upon it, the newest first.
function Judged({ of: p }: { of: TrialRunPage }) {
  if (p.evaluations.length === 0) return null
  return (
    <section className="panel">
      <h2>{t('trial.judged')}</h2>
      <ul className="trial-steps">
        {p.decisions.map((d) => (
          <li key={d.id}>
            <Tag color={d.outcome === 'formal' ? 'success' : d.outcome === 'extended' ? 'warning' : 'error'}>{t(`trial.outcome.${d.outcome}`)}</Tag>
            {d.until && t('trial.until', { day: d.until })}
            <div className="trial-text">{d.reason}</div>
            <div className="quiet">{t('trial.decided_by', { day: d.decided_on, who: d.by_name })}</div>
          </li>
        ))}
        {p.evaluations.map((e) => (
          <li key={e.id}>
            <strong>{t('trial.evaluation')}</strong> {!e.decided && p.run.state === 'running' && <Tag color="processing">{t('trial.waits_decision')}</Tag>}
            <div className="trial-text">{e.body}</div>
            <div className="quiet">{t('trial.evaluated_with', { active: e.figures.active, users: e.figures.users, days: e.figures.days, n: e.figures.feedback.problems + e.figures.feedback.suggestions + e.figures.feedback.questions })}</div>
            <div className="quiet">{e.by_name} {dateTime(e.at)}</div>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Counted({ id }: { id: string }) {
  const query = useFigures(id, true)
  return <Loaded query={query}>{(f) => <FiguresPanel of={f} run={id} />}</Loaded>
}

const PILOT_COLUMNS = (): Col<TrialPilot>[] => [
  { key: 'name', title: t('trial.department'), fixed: true, render: (d) => d.name },
  { key: 'from', title: t('trial.joined'), date: true, render: (d) => d.from },
  { key: 'users', title: t('trial.users'), align: 'right', render: (d) => d.users },
  { key: 'left', title: t('trial.left_on'), date: true, render: (d) => d.left_on },
  { key: 'by', title: t('trial.brought_by'), render: (d) => d.by_name },
]

function Pilots({ of: p, bring, people }: { of: TrialRunPage; bring: () => void; people: () => void }) {
  const { run: after } = useKeep()
  const leave = useAction({
    run: (d: TrialPilot, act) => ok(client.POST('/trial/runs/{id}/departments/leave', { ...act(), params: { path: { id: p.run.id } }, body: { department_id: d.id } })),
    confirm: (d) => ({ title: t('trial.leave_ask', { name: d.name }) }),
    done: (_, d) => t('trial.left', { name: d.name }), after,
  })
  const able = p.may.includes('people')
  const columns = able ? [...PILOT_COLUMNS(), { key: 'act', title: '', render: (d: TrialPilot) => !d.left_on && <Button size="small" onClick={() => { leave.go(d) }}>{t('trial.leave')}</Button> }] : PILOT_COLUMNS()
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('trial.pilots')}</h2>
        {able && <div className="row"><Button size="small" onClick={bring}>{t('trial.bring')}</Button><Button size="small" onClick={people}>{t('trial.name_people')}</Button></div>}
      </div>
      <DataTable id="trial-pilots" label={t('trial.pilots')} columns={columns} rowKey={(d) => d.id} paged={false} query={{ data: { items: p.pilots }, isError: false } as never} empty={<Nothing text={t('trial.no_pilots')} />} />
      {p.people.length > 0 && <p>{t('trial.by_name')}{p.people.map((x) => <Tag key={x.id}>{x.name} · {t(`trial.part.${x.part}`)}</Tag>)}</p>}
    </section>
  )
}

const USER_COLUMNS = (): Col<TrialUser>[] => [
  { key: 'name', title: t('app.person'), fixed: true, render: (u) => u.name },
  { key: 'department', title: t('trial.department'), render: (u) => u.department },
  { key: 'part', title: t('trial.part'), render: (u) => t(`trial.part.${u.part as 'user'}`) },
  { key: 'days', title: t('trial.active_days'), align: 'right', fixed: true, render: (u) => u.days },
  { key: 'last', title: t('trial.last_at'), date: true, render: (u) => day(u.last_at) },
  { key: 'trained', title: t('trial.trained'), render: (u) => (u.trained ? t('trial.yes') : t('trial.no')) },
]

// The list of trial users.
function Users({ run }: { run: string }) {
  const [search] = useAddress()
  const query = useQuery({ queryKey: ['trial-users', run, search], queryFn: ({ signal }) => ok(client.GET('/trial/runs/{id}/users', { signal, params: { path: { id: run }, query: pageOf(search) } })) })
  return (
    <section className="panel">
      <div className="panel-head"><h2>{t('trial.user_list')}</h2><Link to="/trial/trainings">{t('nav.trainings')}</Link></div>
      <DataTable id="trial-users" label={t('trial.user_list')} query={query} columns={USER_COLUMNS()} rowKey={(u) => u.id} empty={<Nothing text={t('trial.no_pilots')} />} />
    </section>
  )
}
