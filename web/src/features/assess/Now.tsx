import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Alert, Collapse, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { Ahead, Standing } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { rounded } from './decimal'
import { levelName } from './rules'
import { Score } from './UnitPage'
import './views.css'

// What was shown publicly about one's own units and can still be appealed against, or has been.
function Notices() {
  const may = useCan()('verdict.own')
  const query = useQuery({ queryKey: ['verdict-notices', undefined, undefined], enabled: may, queryFn: ({ signal }) => ok(client.GET('/verdict/notices', { signal, params: { query: {} } })) })
  const open = (query.data?.items ?? []).filter((n) => !n.decided && ((n.left >= 0 && !n.replaced) || n.appealed > 0))
  if (open.length === 0) return null
  return (
    <section className="panel">
      <h2>{t('now.notices')}</h2>
      <ul className="lines">
        {open.map((n) => (
          <li key={n.notice.id + n.unit.id}>
            <span className="grow"><Link to="/assess/notices/$id" params={{ id: n.notice.id }}>{n.scheme_name} {n.round_name}</Link></span>
            {n.appealed > 0 && <span>{t('now.appealed', { n: n.appealed })}</span>}
            {n.left >= 0 && !n.replaced && <span className="when">{t('now.appeal_by', { day: n.appeal_by, n: n.left })}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** How one's own units stand in the rounds that are still running, if the tenant above shows it: today's score, and what the next points take. */
export function Now() {
  const query = useQuery({ queryKey: ['standings'], queryFn: ({ signal }) => ok(client.GET('/assess/standings', { signal })) })
  return <><Notices />{query.data?.items.map((s) => <One key={s.round.id + s.unit.id} standing={s} />)}</>
}

function One({ standing: s }: { standing: Standing }) {
  return (
    <section className="panel standing">
      <h2>{t('now.title', { unit: s.unit.name, round: s.round.name })}</h2>
      <p className="brief">
        <strong style={{ fontSize: 24 }}>{t('assess.points_of', { points: s.total })}</strong>
        {s.rank && <span>{s.class && `${s.class} `}{t('assess.rank_of', { rank: s.rank, n: s.units })}</span>}
        {s.grade && <Tag>{t('now.grade', { grade: s.grade })}</Tag>}
        <span>{s.days_left > 0 ? t('now.days_left', { day: s.round.to, n: s.days_left }) : t('now.over', { day: s.round.to })}</span>
        <span className="quiet">{t('assess.computed', { at: dateTime(s.computed_at) })}</span>
      </p>
      {s.disputed.length > 0 && <Alert type="warning" showIcon title={t('now.disputed', { lines: s.disputed.map((d) => d.name).join(t('app.comma')) })} />}
      <h3>{t('now.ahead')}</h3>
      <p className="quiet">{t('now.ahead_hint')}</p>
      <AheadTable ahead={s.ahead} id={s.round.id + s.unit.id} />
      <Collapse ghost items={[
        { key: 'lines', label: t('now.lines'), children: <Score total={s.total} entries={s.entries} /> },
        ...(s.peers.length > 0 ? [{ key: 'peers', label: t('now.peers', { n: s.units }), children: <Peers standing={s} /> }] : []),
      ]} />
    </section>
  )
}

// Of many units the first ten are shown, and those near one's own.
const FIRST = 10

function Peers({ standing: s }: { standing: Standing }) {
  return (
    <ol className="lines">
      {s.peers.map((p, i) => <li key={p.unit.id} className={i === FIRST && s.units > s.peers.length ? 'gap' : undefined}><span className="grow">{p.rank} {p.unit.id === s.unit.id ? <strong>{p.unit.name}</strong> : p.unit.name}</span><span className="num">{p.total}</span></li>)}
    </ol>
  )
}

function AheadTable({ ahead, id }: { ahead: Ahead[]; id: string }) {
  const columns: Col<Ahead>[] = [
    { key: 'rule', title: t('assess.rule'), fixed: true, render: (a) => <>{a.name}{a.level && <span className="quiet"> {levelName(a.level)}</span>}</> },
    { key: 'next', title: t('now.next'), fixed: true, render: (a) => next(a) },
    { key: 'points', title: t('assess.points'), align: 'right', fixed: true, render: (a) => (a.state === 'full' ? '' : <strong>{a.state === 'open' ? `+${rounded(a.points)}` : rounded(a.points)}</strong>) },
    { key: 'top', title: t('now.top'), render: (a) => (a.held ? t('now.held', { heading: a.held }) : a.state !== 'open' ? '' : a.top ? t('now.top_after', { n: a.top }) : t('now.no_top')) },
  ]
  return <DataTable id="ahead" label={t('now.ahead')} columns={columns} rowKey={(a) => `${id} ${a.rule} ${a.level}`} paged={false} query={{ data: { items: ahead }, isError: false } as never} />
}

function next(a: Ahead): string {
  switch (a.state) {
    case 'full': return t('now.full')
    case 'threat': return t('now.threat')
    default: return t('now.more', { n: a.more })
  }
}
