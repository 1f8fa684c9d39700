import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Button, Drawer } from 'antd'
import { type ReactNode, useMemo } from 'react'
import { client, ok } from '@/api/client'
import type { Entry } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { Term } from '@/ui/HelpLink'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { useNarrow } from '@/ui/useNarrow'
import { WorkBars } from '@/features/progress/Bar'
import { Adjustments } from './Adjustments'
import { AsOf, DayPicker } from './AsOf'
import { Chart } from './Chart'
import { rounded } from './decimal'
import { Deeds } from './Deeds'
import { waterfallOption } from './options'
import { PaperButton } from './PaperButton'
import { PrintButton } from './PrintButton'
import { ScoreSheet } from './ScoreSheet'
import { waterfall } from './waterfall'

/** One unit's score: how it adds up, each line with its formula and the deeds behind it. */
export function UnitPage() {
  const { id, unit } = useParams({ strict: false }) as { id: string; unit: string }
  const query = useQuery({
    queryKey: ['unit-score', id, unit],
    queryFn: ({ signal }) => ok(client.GET('/assess/rounds/{id}/units/{unit}', { signal, params: { path: { id, unit } } })),
  })
  const [search, set] = useAddress()
  const day = search.day
  return (
    <Page help="scores#unit" name={t('assess.unit_page')} title={query.data ? t('assess.unit_total', { name: query.data.unit.name, total: query.data.total }) : t('assess.unit_page')} back
      extra={query.data && <><DayPicker round={query.data.round} day={day} choose={(d) => { set({ day: d, entry: undefined, rule: undefined }) }} /><PrintButton /><PaperButton round={id} unit={unit} /></>}>
      <WorkBars subject={`assess/round/${id}`} />
      <Loaded query={query} isEmpty={(d) => d.entries.length === 0} empty={<Nothing text={t('assess.no_entries')} />}>
        {(score) => day
          ? <AsOf round={id} unit={unit} day={day}>{(s) => <Score total={s.total} entries={s.entries} />}</AsOf>
          : <div className="stack-wide">
              <Score total={score.total} entries={score.entries} deeds={(entry) => <Deeds round={id} entry={entry} />} />
              <Adjustments round={score.round} of={score} />
            </div>}
      </Loaded>
      {query.data && <ScoreSheet scheme={query.data.scheme_name} round={query.data.round} unit={query.data.unit.name} rank={query.data}
        total={query.data.total} entries={query.data.entries} computed={query.data.round.computed_at} />}
    </Page>
  )
}

/** How a score adds up: the waterfall and its table. deeds shows what is behind an entry, to whom may see it. */
export function Score({ total, entries, deeds }: { total: string; entries: Entry[]; deeds?: (entry: string) => ReactNode }) {
  const [search, set] = useAddress()
  const narrow = useNarrow()
  const bars = useMemo(() => waterfall(entries), [entries])
  const option = useMemo(() => waterfallOption(bars, narrow), [bars, narrow])
  const open = (entry?: string) => { if (entry && deeds) set({ entry, rule: undefined, after: undefined }) }
  const entry = entries.find((e) => e.id === search.entry || (!search.entry && e.rule_code === search.rule))
  const columns: Col<Entry>[] = [
    { key: 'rule', title: t('assess.rule'), fixed: true, render: (e) => (deeds ? <Button type="link" size="small" className="flush" onClick={() => { open(e.id) }}>{e.rule_name}</Button> : e.rule_name) },
    { key: 'formula', title: t('assess.formula'), render: (e) => <div className="mono" style={{ whiteSpace: 'normal', maxWidth: 560 }}>{e.formula}</div> },
    { key: 'n', title: t('assess.n'), align: 'right', render: (e) => e.n },
    { key: 'before', title: t('assess.points_before'), align: 'right', render: (e) => rounded(e.points_before) },
    { key: 'points', title: t('assess.points'), align: 'right', fixed: true, render: (e) => <strong>{rounded(e.points)}</strong> },
    { key: 'version', title: t('assess.rule_version'), align: 'right', extra: true, render: (e) => e.rule_version },
  ]
  return (
    <div className="stack-wide">
      <section className="panel">
        <h2><Term of="waterfall">{t('assess.waterfall')}</Term></h2>
        <Chart label={t('assess.waterfall_chart', { total })} option={option} height={320} onPick={(i) => { open(bars[i]?.entry) }} />
      </section>
      <section className="panel">
        <DataTable id="entries" label={t('assess.entries')} columns={columns} rowKey={(e) => e.id} paged={false} selected={search.entry}
          query={{ data: { items: entries }, isError: false } as never} onRow={(e) => { open(e.id) }} />
      </section>
      <Drawer open={entry !== undefined && deeds !== undefined} size={720} title={entry?.rule_name} onClose={() => { set({ entry: undefined, rule: undefined, after: undefined }, true) }}>
        {entry && <><p className="mono">{entry.formula}</p>{deeds?.(entry.id)}</>}
      </Drawer>
    </div>
  )
}
