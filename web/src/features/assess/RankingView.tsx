import { ArrowDownOutlined, ArrowUpOutlined, MinusOutlined } from '@ant-design/icons'
import { Link, useNavigate } from '@tanstack/react-router'
import { Segmented } from 'antd'
import { useMemo } from 'react'
import type { RankingRow, UnitKind } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { Loaded, Nothing } from '@/ui/Loaded'
import { useAddress } from '@/ui/useAddress'
import { useNarrow } from '@/ui/useNarrow'
import { Chart } from './Chart'
import { useRanking, useScheme } from './data'
import { rounded } from './decimal'
import { Lights } from './Lights'
import { rankingOption, rulesOf } from './options'
import { namesOf } from './rules'
import { Trend } from './Trend'

/** The ranking as bars and as a table, tenants and departments apart. */
export function RankingView({ round }: { round: string }) {
  const [search, set] = useAddress()
  const subject: UnitKind = search.subject === 'department' ? 'department' : 'tenant'
  const query = useRanking(round, subject)
  const scheme = useScheme(query.data?.round.scheme_id)
  const rows = useMemo(() => named(query.data?.rows ?? [], namesOf(scheme.data?.rules, scheme.data?.plan)), [query.data, scheme.data])
  const navigate = useNavigate()
  const narrow = useNarrow()
  const option = useMemo(() => rankingOption(rows, narrow), [rows, narrow])
  const columns = useMemo(() => columnsOf(round, rows, namesOf(scheme.data?.rules, scheme.data?.plan)), [round, rows, scheme.data])
  const open = (unit: string) => void navigate({ to: '/assess/rounds/$id/units/$unit', params: { id: round, unit } })
  return (
    <div className="stack-wide">
      <Segmented value={subject} onChange={(v) => { set({ subject: v, point: undefined }) }} options={[
        { value: 'tenant', label: t('assess.tenants') }, { value: 'department', label: t('assess.departments') },
      ]} />
      <Loaded query={query} isEmpty={(d) => d.rows.length === 0} empty={<Nothing text={t('assess.no_ranking')} />}>
        {(d) => (
          <>
            <section className="panel">
              <h2>{t('assess.ranking')}</h2>
              <Chart label={t('assess.ranking_chart', { n: rows.length })} option={option} height={Math.max(160, 60 + rows.length * 32)}
                onPick={(i) => { const unit = [...rows].reverse()[i]?.unit.id; if (unit) open(unit) }} />
            </section>
            <section className="panel" id="ranking">
              <DataTable id={`ranking.${subject}`} label={t('assess.ranking')} columns={columns} rowKey={(r) => r.unit.id} paged={false}
                query={{ ...query, data: { items: rows } } as never} onRow={(r) => { open(r.unit.id) }} />
            </section>
            <Lights round={round} rows={d.rows} rules={scheme.data?.rules ?? []} />
            <Trend round={round} subject={subject} />
          </>
        )}
      </Loaded>
    </div>
  )
}

// The parts by their rules' names instead of codes.
function named(rows: RankingRow[], names: (code: string) => string): RankingRow[] {
  return rows.map((r) => ({ ...r, parts: r.parts.map((p) => ({ ...p, rule: names(p.rule) })) }))
}

function columnsOf(round: string, rows: RankingRow[], names: (code: string) => string): Col<RankingRow>[] {
  return [
    { key: 'unit', title: t('assess.unit'), fixed: true, render: (r) => <Link to="/assess/rounds/$id/units/$unit" params={{ id: round, unit: r.unit.id }}>{r.unit.name}</Link> },
    { key: 'rank', title: t('assess.rank'), align: 'right', fixed: true, render: (r) => r.rank },
    ...(rows.some((r) => r.class) ? [{ key: 'class', title: t('assess.class'), render: (r: RankingRow) => names(r.class ?? '') }] : []),
    ...(rows.some((r) => r.grade) ? [{ key: 'grade', title: t('assess.grade'), render: (r: RankingRow) => r.grade }] : []),
    { key: 'movement', title: t('assess.movement'), align: 'center', render: (r) => typeof r.movement === 'number' ? <Movement by={r.movement} /> : null },
    { key: 'total', title: t('assess.total'), align: 'right', fixed: true, render: (r) => <strong>{r.total}</strong> },
    ...rulesOf(rows).map((rule): Col<RankingRow> => ({
      key: `rule.${rule}`, title: rule, align: 'right',
      render: (r) => {
        const part = r.parts.find((p) => p.rule === rule)
        return part ? <span title={t('assess.count', { n: part.n })}>{rounded(part.points)}</span> : ''
      },
    })),
  ]
}

/** Places won or lost. */
export function Movement({ by }: { by?: number | null }) {
  if (by === null || by === undefined) return null
  if (by === 0) return <MinusOutlined className="quiet" aria-label={t('assess.same')} />
  return by > 0
    ? <span><ArrowUpOutlined style={{ color: '#2f7d4f' }} aria-label={t('assess.up')} /> {by}</span>
    : <span><ArrowDownOutlined style={{ color: '#b5651d' }} aria-label={t('assess.down')} /> {-by}</span>
}
