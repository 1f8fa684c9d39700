import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { client, ok } from '@/api/client'
import type { SpreadList } from '@/api/types'
import { t } from '@/i18n'
import { Loaded, Nothing } from '@/ui/Loaded'
import { useAddress } from '@/ui/useAddress'
import { Chart } from './Chart'
import { spreadOption } from './options'
import { subjectIn, SubjectPick } from './HeatView'
import './views.css'

/** How the totals are distributed, class by class. */
export function SpreadView({ round }: { round: string }) {
  const [search] = useAddress()
  const subject = subjectIn(search)
  const query = useQuery({
    queryKey: ['spread', round, subject],
    queryFn: ({ signal }) => ok(client.GET('/assess/rounds/{id}/spread', { signal, params: { path: { id: round }, query: { subject } } })),
  })
  return (
    <div className="stack-wide">
      <SubjectPick subject={subject} />
      <Loaded query={query} isEmpty={(d) => d.lists.length === 0} empty={<Nothing text={t('assess.no_ranking')} />}>
        {(d) => <>{d.lists.map((l) => <List key={l.class} list={l} />)}</>}
      </Loaded>
    </div>
  )
}

function List({ list: l }: { list: SpreadList }) {
  const option = useMemo(() => spreadOption(l), [l])
  const facts = (['lowest', 'lower', 'median', 'upper', 'highest', 'mean'] as const)
  return (
    <section className="panel">
      <h2>{l.name || t('spread.title')}</h2>
      <Chart label={t('spread.chart', { n: l.units })} option={option} height={220} />
      <div className="matrix" role="region" aria-label={l.name || t('spread.title')} tabIndex={0}>
        <table aria-label={t('spread.title')}>
          <thead><tr><th scope="col">{t('spread.units')}</th>{facts.map((f) => <th key={f} scope="col" className="num">{t(`spread.${f}`)}</th>)}{l.grades.map((g) => <th key={g.grade} scope="col" className="num">{g.grade}</th>)}</tr></thead>
          <tbody><tr><th scope="row">{l.units}</th>{facts.map((f) => <td key={f} className="num">{l[f]}</td>)}{l.grades.map((g) => <td key={g.grade} className="num">{g.n}</td>)}</tr></tbody>
        </table>
      </div>
      <div className="matrix" role="region" aria-label={l.name || t('spread.title')} tabIndex={0}>
        <table aria-label={t('spread.bands')}>
          <thead><tr><th scope="col">{t('spread.band')}</th>{l.bands.map((b) => <th key={b.from} scope="col" className="num">{t('spread.from_to', { from: b.from, to: b.to })}</th>)}</tr></thead>
          <tbody><tr><th scope="row">{t('spread.units')}</th>{l.bands.map((b) => <td key={b.from} className="num">{b.n}</td>)}</tr></tbody>
        </table>
      </div>
    </section>
  )
}
