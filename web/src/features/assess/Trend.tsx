import { useQuery } from '@tanstack/react-query'
import { Button, Drawer } from 'antd'
import { useMemo } from 'react'
import { client, ok } from '@/api/client'
import type { MonthDeed, Trend as TrendData, UnitKind } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Term } from '@/ui/HelpLink'
import { Loaded, Nothing } from '@/ui/Loaded'
import { useAddress } from '@/ui/useAddress'
import { useNarrow } from '@/ui/useNarrow'
import { Chart } from './Chart'
import { rounded } from './decimal'
import { DeedItem } from './Deeds'
import { trendOption } from './options'

type Line = TrendData['rows'][number]

/** Points by month as lines and as a table (UI8); a point opens the items of its month. */
export function Trend({ round, subject }: { round: string; subject: UnitKind }) {
  const [search, set] = useAddress()
  const query = useQuery({
    queryKey: ['trend', round, subject],
    queryFn: ({ signal }) => ok(client.GET('/assess/rounds/{id}/trend', { signal, params: { path: { id: round }, query: { subject } } })),
  })
  const [unit, month] = (search.point ?? '').split(' ')
  const name = query.data?.rows.find((r) => r.unit.id === unit)?.unit.name
  const open = (u: string, m: string) => { set({ point: `${u} ${m}`, after: undefined }) }
  return (
    <section className="panel">
      <h2><Term of="trend">{t('assess.trend')}</Term></h2>
      <Loaded query={query} isEmpty={(d) => d.rows.length === 0} empty={<Nothing text={t('assess.no_ranking')} />}>
        {(d) => <Lines trend={d} open={open} />}
      </Loaded>
      <Drawer open={name !== undefined && month !== undefined} size={720} title={t('assess.trend_point', { unit: name ?? '', month: month ?? '' })}
        onClose={() => { set({ point: undefined, after: undefined }, true) }}>
        {unit && month && <MonthDeeds round={round} unit={unit} month={month} />}
      </Drawer>
    </section>
  )
}

function Lines({ trend, open }: { trend: TrendData; open: (unit: string, month: string) => void }) {
  const narrow = useNarrow()
  const option = useMemo(() => trendOption(trend, narrow), [trend, narrow])
  return (
    <>
      <p className="quiet">{t('assess.trend_hint', { rounds: trend.rounds.join(t('app.comma')) })}</p>
      <Chart label={t('assess.trend_chart', { n: trend.rows.length, months: trend.months.length })} option={option} height={narrow ? 300 : 340}
        onPick={(i, line) => {
          const r = trend.rows[line]
          const m = trend.months[i]
          if (r && m) open(r.unit.id, m)
        }} />
      <Matrix trend={trend} open={open} />
    </>
  )
}

// The table behind the lines: so many months fit no phone, so it is moved sideways and not made into cards.
function Matrix({ trend, open }: { trend: TrendData; open: (unit: string, month: string) => void }) {
  return (
    <div className="matrix">
      <table aria-label={t('assess.trend')}>
        <thead><tr><th scope="col">{t('assess.unit')}</th>{trend.months.map((m) => <th key={m} scope="col" className="num">{m}</th>)}</tr></thead>
        <tbody>{trend.rows.map((r) => <tr key={r.unit.id}><th scope="row">{r.unit.name}</th>{trend.months.map((m, i) => <td key={m} className="num"><Cell line={r} at={i} month={m} open={open} /></td>)}</tr>)}</tbody>
      </table>
    </div>
  )
}

function Cell({ line, at, month, open }: { line: Line; at: number; month: string; open: (unit: string, month: string) => void }) {
  const n = line.n[at] ?? 0
  const points = rounded(line.points[at] ?? '0')
  if (n === 0) return <>{points}</>
  return (
    <Button type="link" size="small" className="flush" aria-label={t('assess.trend_open', { unit: line.unit.name, month, n, points })}
      onClick={() => { open(line.unit.id, month) }}>{points}</Button>
  )
}

function MonthDeeds({ round, unit, month }: { round: string; unit: string; month: string }) {
  const [search] = useAddress()
  const query = useQuery({
    queryKey: ['deeds', round, unit, month, search.after, search.limit],
    queryFn: ({ signal }) => ok(client.GET('/assess/rounds/{id}/units/{unit}/deeds', { signal, params: { path: { id: round, unit }, query: { month, ...pageOf(search) } } })),
  })
  const columns: Col<MonthDeed>[] = [
    { key: 'item', title: t('assess.deed_item'), fixed: true, render: (d) => <DeedItem entry={d.entry_id} deed={d} /> },
    { key: 'rule', title: t('assess.rule'), render: (d) => d.rule_name },
    { key: 'by', title: t('assess.deed_by'), render: (d) => d.by_name },
    { key: 'at', title: t('app.time'), render: (d) => dateTime(d.at) },
    { key: 'points', title: t('assess.points'), align: 'right', render: (d) => d.points },
  ]
  return (
    <DataTable id="month-deeds" label={t('assess.deeds')} query={query} columns={columns} rowKey={(d) => `${d.id} ${d.entry_id}`}
      empty={<Nothing text={t('assess.no_deeds')} />} />
  )
}
