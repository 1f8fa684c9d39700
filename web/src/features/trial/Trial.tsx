import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Alert, Button, Tag } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import type { TrialComparison, TrialRun, TrialStanding } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { pageOf } from '@/ui/sort'
import { useAddress } from '@/ui/useAddress'
import { Backups } from './Backups'
import { RUN_COLORS, useStanding } from './data'
import { OwnImprovements } from './Improvements'
import './trial.css'

const PlanDialog = lazy(() => import('./PlanDialog'))
const CompareDialog = lazy(() => import('./CompareDialog'))

/** Where the unit stands: on trial or in formal operation; the run that goes on and one's own part in it. */
export function Trial() {
  const query = useStanding()
  const [open, setOpen] = useState<'plan' | 'compare'>()
  const s = query.data
  const runs = s?.may.some((m) => m === 'manage' || m === 'decide')
  return (
    <Page help="trial" name={t('nav.trial')} extra={s?.may.includes('manage') && <Button type="primary" icon={<PlusOutlined />} onClick={() => { setOpen('plan') }}>{t('trial.plan')}</Button>}>
      <Loaded query={query}>
        {(x) => (
          <div className="stack-wide">
            <Where of={x} compare={() => { setOpen('compare') }} />
            {x.run && x.takes_part && <Comparisons run={x.run.id} mine />}
            <OwnImprovements />
            {x.run && x.may.includes('support') && <Backups run={x.run} />}
            {runs && <Runs />}
            {x.may.includes('manage') && <Below />}
          </div>
        )}
      </Loaded>
      <Suspense>
        {open === 'plan' && <PlanDialog close={() => { setOpen(undefined) }} />}
        {open === 'compare' && s?.run && <CompareDialog run={s.run.id} close={() => { setOpen(undefined) }} />}
      </Suspense>
    </Page>
  )
}

function Where({ of: s, compare }: { of: TrialStanding; compare: () => void }) {
  const r = s.run
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{r ? r.name : t('trial.no_run')}</h2>
        <Tag color={s.phase === 'trial' ? 'warning' : 'success'}>{t(`trial.phase.${s.phase}`)}</Tag>
      </div>
      {!r && <p className="quiet">{t('trial.no_run_hint')}</p>}
      {r && (
        <>
          <p>{t('trial.from_to', { from: r.starts_on, to: r.ends_on })}{r.modules.length > 0 && <> · {t('trial.modules_are', { list: r.modules.join(t('app.comma')) })}</>}</p>
          {r.purpose && <p className="trial-text">{r.purpose}</p>}
          {s.phase === 'trial' && <Alert type="info" showIcon className="gap-below" title={t('trial.unscored')} />}
          {r.dual_track && <Alert type="info" showIcon className="gap-below" title={t('trial.dual_hint')} />}
          <p className="quiet">{t(s.takes_part ? 'trial.you_take_part' : 'trial.you_do_not')}</p>
        </>
      )}
      <div className="row">
        {r && s.takes_part && <Button type="primary" onClick={compare}>{t('trial.compare')}</Button>}
        <Link to="/trial/feedback" search={{ new: '1' }}><Button>{t('trial.say_something')}</Button></Link>
        <Link to="/trial/help" search={{}}><Button>{t('trial.ask_whom')}</Button></Link>
      </div>
    </section>
  )
}

/** How people found their work beside the old way. */
export function Comparisons({ run, mine = false }: { run: string; mine?: boolean }) {
  const query = useQuery({
    queryKey: ['trial-comparisons', run, mine],
    queryFn: ({ signal }) => ok(client.GET('/trial/runs/{id}/comparisons', { signal, params: { path: { id: run }, query: { limit: 200, ...(mine ? { mine } : {}) } } })),
  })
  if (mine && query.data?.items.length === 0) return null
  const columns: Col<TrialComparison>[] = [
    { key: 'task', title: t('trial.task'), fixed: true, render: (c) => <>{c.task}{c.note && <div className="quiet trial-text">{c.note}</div>}</> },
    { key: 'old', title: t('trial.old_minutes'), align: 'right', render: (c) => c.old_minutes },
    { key: 'new', title: t('trial.new_minutes'), align: 'right', render: (c) => c.new_minutes },
    { key: 'verdict', title: t('trial.verdict'), fixed: true, render: (c) => t(`trial.verdict.${c.verdict as 'same'}`) },
    ...(mine ? [] : [{ key: 'by', title: t('app.person'), render: (c: TrialComparison) => c.by_name }]),
  ]
  return (
    <section className="panel">
      <h2>{t(mine ? 'trial.my_comparisons' : 'trial.comparisons')}</h2>
      <DataTable id="trial-comparisons" label={t('trial.comparisons')} query={query} columns={columns} rowKey={(c) => c.id} paged={false} empty={<Nothing text={t('trial.no_comparisons')} />} />
    </section>
  )
}

const RUN_COLUMNS = (): Col<TrialRun>[] => [
  { key: 'name', title: t('trial.run'), fixed: true, render: (r) => <Link to="/trial/runs/$id" params={{ id: r.id }}>{r.name}</Link> },
  { key: 'state', title: t('app.state'), fixed: true, render: (r) => <Tag color={RUN_COLORS[r.state]}>{t(`trial.state.${r.state}`)}</Tag> },
  { key: 'days', title: t('trial.days'), render: (r) => t('trial.from_to', { from: r.starts_on, to: r.ends_on }) },
  { key: 'departments', title: t('trial.departments'), align: 'right', render: (r) => r.departments },
  { key: 'users', title: t('trial.users'), align: 'right', render: (r) => r.users },
  { key: 'by', title: t('trial.planned_by'), render: (r) => r.by_name },
]

function Runs() {
  const [search] = useAddress()
  const query = useQuery({ queryKey: ['trial-runs', search], queryFn: ({ signal }) => ok(client.GET('/trial/runs', { signal, params: { query: pageOf(search) } })) })
  return (
    <section className="panel">
      <h2>{t('trial.runs')}</h2>
      <DataTable id="trial-runs" label={t('trial.runs')} query={query} columns={RUN_COLUMNS()} rowKey={(r) => r.id} empty={<Nothing text={t('trial.no_runs')} />} />
    </section>
  )
}

// Which units below are on trial: what they do is not scored.
function Below() {
  const query = useQuery({ queryKey: ['trial-below'], queryFn: ({ signal }) => ok(client.GET('/trial/below', { signal })) })
  if (!query.data?.items.length) return null
  return (
    <section className="panel">
      <h2>{t('trial.below')}</h2>
      <p className="quiet">{t('trial.below_hint')}</p>
      <DataTable id="trial-below" label={t('trial.below')} query={query} rowKey={(b) => b.id} paged={false} columns={[
        { key: 'name', title: t('assess.unit'), fixed: true, render: (b) => b.name },
        { key: 'phase', title: t('trial.phase'), fixed: true, render: (b) => <Tag color={b.phase === 'trial' ? 'warning' : 'success'}>{t(`trial.phase.${b.phase}`)}</Tag> },
        { key: 'run', title: t('trial.run'), render: (b) => b.run },
        { key: 'since', title: t('trial.since'), date: true, render: (b) => dateTime(b.since) },
        { key: 'ends', title: t('trial.planned_end'), date: true, render: (b) => b.ends_on },
      ]} />
    </section>
  )
}
