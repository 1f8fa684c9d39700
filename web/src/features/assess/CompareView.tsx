import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Select, Switch } from 'antd'
import { useMemo, useState } from 'react'
import { client, ok } from '@/api/client'
import type { SideBySide, SideCell } from '@/api/types'
import { t } from '@/i18n'
import { Loaded, Nothing } from '@/ui/Loaded'
import { useAddress } from '@/ui/useAddress'
import { useNarrow } from '@/ui/useNarrow'
import { Chart } from './Chart'
import { useRanking } from './data'
import { parse, rounded } from './decimal'
import { compareOption } from './options'
import { subjectIn, SubjectPick } from './HeatView'
import { Moved } from './YearGlance'
import './views.css'

const MOST = 8

/** Any units side by side, rule by rule; a cell opens its line. */
export function CompareView({ round }: { round: string }) {
  const [search, set] = useAddress()
  const subject = subjectIn(search)
  const ranking = useRanking(round, subject)
  const rows = ranking.data?.rows ?? []
  const chosen = search.units?.split(',').filter(Boolean) ?? rows.slice(0, 3).map((r) => r.unit.id)
  return (
    <div className="stack-wide">
      <SubjectPick subject={subject} />
      <Select mode="multiple" maxCount={MOST} style={{ width: '100%', maxWidth: 960 }} value={chosen} aria-label={t('compare.choose')} placeholder={t('compare.choose')}
        optionFilterProp="label" onChange={(ids: string[]) => { set({ units: ids.join(',') || ',' }, true) }}
        options={rows.map((r) => ({ value: r.unit.id, label: r.unit.name }))} />
      {chosen.length < 2 ? <Nothing text={t('compare.too_few')} /> : <Sides round={round} units={chosen} />}
    </div>
  )
}

function Sides({ round, units }: { round: string; units: string[] }) {
  const narrow = useNarrow()
  const [sorted, setSorted] = useState(false)
  const query = useQuery({
    queryKey: ['compare', round, units],
    queryFn: ({ signal }) => ok(client.GET('/assess/rounds/{id}/compare', { signal, params: { path: { id: round }, query: { units: units.join(',') } } })),
  })
  const data = useMemo(() => (query.data && sorted ? { ...query.data, lines: [...query.data.lines].sort((a, b) => (parse(b.spread) > parse(a.spread) ? 1 : -1)) } : query.data), [query.data, sorted])
  const option = useMemo(() => (data ? compareOption(data, narrow) : {}), [data, narrow])
  return (
    <Loaded query={query} isEmpty={() => false} empty={null}>
      {() => data && (
        <>
          <section className="panel">
            <h2>{t('compare.title')}</h2>
            <Chart label={t('compare.chart', { n: data.sides.length })} option={option} height={300} />
          </section>
          <section className="panel">
            <p className="row"><Switch checked={sorted} onChange={setSorted} aria-label={t('compare.by_spread')} /> {t('compare.by_spread')}</p>
            <Lines data={data} round={round} />
          </section>
        </>
      )}
    </Loaded>
  )
}

function Lines({ data, round }: { data: SideBySide; round: string }) {
  return (
    <div className="matrix" role="region" aria-label={t('compare.title')} tabIndex={0}>
      <table className="compare">
        <thead>
          <tr>
            <th scope="col">{t('assess.rule')}</th>
            {data.sides.map((s) => <th key={s.unit.id} scope="col" className="num"><Link to="/assess/rounds/$id/units/$unit" params={{ id: round, unit: s.unit.id }}>{s.unit.name}</Link></th>)}
            <th scope="col" className="num">{t('compare.spread')}</th>
          </tr>
        </thead>
        <tbody>
          <tr><th scope="row">{t('assess.total')}</th>{data.sides.map((s) => <td key={s.unit.id}><span><strong>{s.total}</strong></span></td>)}<td /></tr>
          <tr>
            <th scope="row">{t('assess.rank')}</th>
            {data.sides.map((s) => <td key={s.unit.id}><span>{s.class && `${s.class} `}{t('assess.rank_of', { rank: s.rank, n: s.units })} <Moved by={s.movement ?? 0} />{s.grade && ` ${s.grade}`}</span></td>)}
            <td />
          </tr>
          {data.lines.map((l) => (
            <tr key={l.rule}>
              <th scope="row">{l.name}{l.group && <div className="quiet">{l.group}</div>}</th>
              {l.cells.map((c, i) => <Cell key={data.sides[i]?.unit.id ?? i} cell={c} round={round} unit={data.sides[i]?.unit.id ?? ''} />)}
              <td><span>{rounded(l.spread)}</span></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Cell({ cell: c, round, unit }: { cell: SideCell; round: string; unit: string }) {
  if (!c.entry) return <td><span className="quiet">{t('compare.none')}</span></td>
  return (
    <td className={c.best ? 'best' : undefined}>
      <Link to="/assess/rounds/$id/units/$unit" params={{ id: round, unit }} search={{ entry: c.entry }} title={t('assess.count', { n: c.n })}>{rounded(c.points)}</Link>
    </td>
  )
}
