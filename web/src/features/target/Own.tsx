import { Link } from '@tanstack/react-router'
import { Button, Select } from 'antd'
import { lazy, Suspense, useState } from 'react'
import type { Owed, YearTarget as Target, TargetNode } from '@/api/types'
import { client, ok } from '@/api/client'
import { useQuery } from '@tanstack/react-query'
import { t } from '@/i18n'
import { thisYear } from '@/ui/day'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { OwedList } from './Board'
import { plain, useTarget, yearOf } from './data'
import { Done, Standing } from './Lamp'
import './target.css'

const CrewDialog = lazy(async () => ({ default: (await import('./Acts')).CrewDialog }))
const ReportDialog = lazy(async () => ({ default: (await import('./Acts')).ReportDialog }))

/** Which year is shown: three to choose from. */
function YearPick() {
  const [search, set] = useAddress()
  const now = thisYear()
  return <Select value={yearOf(search)} aria-label={t('calendar.year')} onChange={(y: number) => { set({ year: String(y) }) }} options={[now + 1, now, now - 1].map((y) => ({ value: y, label: String(y) }))} />
}

/** What one's unit and departments have to carry out, and what it was broken down into. */
export function Own() {
  const [search] = useAddress()
  const year = yearOf(search)
  const query = useQuery({ queryKey: ['target-own', year], queryFn: ({ signal }) => ok(client.GET('/target/own', { signal, params: { query: { year } } })) })
  return (
    <Page help="targets#own" name={t('nav.targets_own')} title={t('target.own_of', { year })} extra={<YearPick />}>
      <section className="panel">
        <Loaded query={query} isEmpty={(d) => d.nodes.length === 0} empty={<Nothing text={t('target.none_own', { year })} />}>
          {(d) => <Branch nodes={d.nodes} />}
        </Loaded>
      </section>
    </Page>
  )
}

function Branch({ nodes }: { nodes: TargetNode[] }) {
  return (
    <ul className="target-tree">
      {nodes.map((n) => (
        <li key={n.target.id}>
          <Line of={n.target} waits={n.may} />
          {n.parts.length > 0 && <Branch nodes={n.parts} />}
        </li>
      ))}
    </ul>
  )
}

function Line({ of: x, waits, act }: { of: Target; waits?: boolean; act?: React.ReactNode }) {
  return (
    <div className="target-node">
      <Standing of={x} />
      <span className="grow">
        <Link className={waits ? 'title unread-dot' : 'title'} to="/assess/targets/$id" params={{ id: x.id }}>{x.spec.title}</Link>
        <div className="quiet">{[x.unit.name, t('target.weight_of', { n: plain(x.spec.weight) }), x.duty ? t('target.reporter_is', { who: x.duty.reporter.name }) : ''].filter(Boolean).join(' · ')}</div>
      </span>
      <Done of={x} />
      {x.next_due && <span className="quiet">{t('target.next_is', { due: x.next_due })}</span>}
      {act}
    </div>
  )
}

/** What waits for the reader: targets to accept, progress to report. */
export function Mine() {
  const [search] = useAddress()
  const year = yearOf(search)
  const [taking, setTaking] = useState<Target>()
  const [saying, setSaying] = useState<Owed>()
  const query = useQuery({ queryKey: ['target-mine', year], queryFn: ({ signal }) => ok(client.GET('/target/mine', { signal, params: { query: { year } } })) })
  return (
    <Page help="targets#mine" name={t('nav.targets_mine')} title={t('target.mine_of', { year })} extra={<YearPick />}>
      <Loaded query={query}>
        {(m) => (
          <div className="stack-wide">
            {m.answer.length > 0 && (
              <section className="panel">
                <h2>{t('target.to_accept')}</h2>
                {m.answer.map((x) => <Line key={x.id} of={x} waits act={<Button type="primary" size="small" onClick={() => { setTaking(x) }}>{t('target.accept')}</Button>} />)}
              </section>
            )}
            <OwedList list={m.owed} act={(o) => (o.open ? <Button size="small" type="primary" onClick={() => { setSaying(o) }}>{t('target.report')}</Button> : null)} />
            <section className="panel">
              <h2>{t('target.mine_all')}</h2>
              {m.targets.length === 0 && <Nothing text={t('target.none_mine', { year })} />}
              {m.targets.map((x) => <Line key={x.id} of={x} />)}
            </section>
          </div>
        )}
      </Loaded>
      <Suspense>
        {taking && <CrewDialog of={taking} close={() => { setTaking(undefined) }} />}
        {saying && <Say owed={saying} close={() => { setSaying(undefined) }} />}
      </Suspense>
    </Page>
  )
}

// The report form needs to know which periods are open.
function Say({ owed, close }: { owed: Owed; close: () => void }) {
  const query = useTarget(owed.target.id)
  return query.data ? <ReportDialog of={query.data} period={owed.period} close={close} /> : null
}
