import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Progress, Segmented } from 'antd'
import { client, ok } from '@/api/client'
import type { ColumnHealth, Health as HealthData } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { HealthMap } from './HealthMap'
import { HealthPeople } from './HealthPeople'
import './health.css'

type State = ColumnHealth['state']

/** Worst first: what somebody has to do something about. */
const STATES: State[] = ['stale', 'blank', 'due', 'half', 'fresh', 'free']
/** What each state looks like besides its word and its colour. */
const SHAPES: Record<State, string> = { stale: '▲', blank: '○', due: '◆', half: '◐', fresh: '●', free: '–' }

const worst = (a: ColumnHealth, b: ColumnHealth) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || b.share - a.share || b.days - a.days

function useHealth<T>(weeks: number, select: (h: HealthData) => T) {
  return useQuery({
    queryKey: ['health', weeks], placeholderData: keepPreviousData, select,
    queryFn: ({ signal }) => ok(client.GET('/publish/health', { signal, params: { query: { weeks } } })),
  })
}

/** How fresh the columns are, week by week, and who answers for them (R005, R006, R020). */
export function Health() {
  const [search, set] = useAddress()
  const weeks = search.weeks === '52' ? 52 : 26
  const all = useHealth(weeks, (h) => h)
  const shown = (h: HealthData) => h.columns.filter((c) => !search.state || c.state === search.state).sort(worst)
  const listed = useHealth(weeks, (h) => ({ items: shown(h) }))
  return (
    <Page help="health" name={t('nav.health')} extra={
      <Segmented value={String(weeks)} onChange={(w) => { set({ weeks: w === '52' ? w : undefined }) }}
        options={['26', '52'].map((n) => ({ value: n, label: t('health.weeks', { n }) }))} />
    }>
      <Loaded query={all} isEmpty={(h) => h.columns.length + h.departments.length === 0} empty={<section className="panel"><Nothing text={t('health.empty')} /></section>}>
        {(h) => (
          <div className="stack-wide">
            <Tally columns={h.columns} state={search.state} pick={(state) => { set({ state }) }} />
            <section className="panel">
              <h2>{t('health.map')}</h2>
              <p className="quiet">{t('health.map_hint')}</p>
              <HealthMap columns={shown(h)} weeks={h.weeks} today={h.day} />
            </section>
            <section className="panel">
              <h2>{t('health.columns')}</h2>
              <p className="quiet">{t(h.all ? 'health.hint' : 'health.own_hint')}</p>
              <DataTable id="health" label={t('health.columns')} query={listed} columns={COLUMNS()} rowKey={(c) => c.id} paged={false} />
            </section>
            <HealthPeople rows={h.departments} />
          </div>
        )}
      </Loaded>
    </Page>
  )
}

// How many columns stand how; pressing one shows only those.
function Tally({ columns, state, pick }: { columns: ColumnHealth[]; state?: string; pick: (s: State | undefined) => void }) {
  return (
    <div className="row">
      {STATES.map((s) => ({ s, n: columns.filter((c) => c.state === s).length })).filter((x) => x.n > 0 || x.s === state).map(({ s, n }) => (
        <Button key={s} aria-pressed={state === s} type={state === s ? 'primary' : 'default'} aria-label={t('health.only', { state: t(`health.state.${s}`), n })}
          onClick={() => { pick(state === s ? undefined : s) }}>
          <StateMark state={s} plain={state === s} /> <b className="num">{n}</b>
        </Button>
      ))}
    </div>
  )
}

function StateMark({ state, plain }: { state: State; plain?: boolean }) {
  return <span className={plain ? undefined : `state state-${state}`}><span aria-hidden>{SHAPES[state]}</span> {t(`health.state.${state}`)}</span>
}

const COLUMNS = (): Col<ColumnHealth>[] => [
  { key: 'name', title: t('item.column'), fixed: true, render: (c) => (
    <><Link className="told" to="/publish/columns/$id" params={{ id: c.id }}>{c.name}</Link>{c.parent_name && <small className="quiet"> {c.parent_name}</small>}</>
  ) },
  { key: 'state', title: t('app.state'), fixed: true, render: (c) => <StateMark state={c.state} /> },
  { key: 'department', title: t('column.department'), render: (c) => c.department_name },
  { key: 'last', title: t('health.last'), date: true, render: (c) => c.last_day || t('column.never') },
  { key: 'days', title: t('health.days'), align: 'right', render: (c) => c.days },
  { key: 'interval', title: t('column.interval'), align: 'right', render: (c) => (c.interval_days === null
    ? <span className="quiet">{t('column.interval_none')}</span>
    : <>{t('column.interval_days', { n: c.interval_days })}{c.inherited && <small className="quiet"> {t('health.inherited')}</small>}</>) },
  { key: 'share', title: t('health.share'), align: 'right', render: (c) => (c.interval_days === null ? '' : (
    <span className="share"><Progress className="wide-only" percent={Math.min(c.share, 100)} showInfo={false} size="small" strokeColor={`var(--${c.state})`} /> {c.share}%</span>
  )) },
]
