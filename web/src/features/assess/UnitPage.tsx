import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Button, Drawer } from 'antd'
import { type ReactNode, useMemo } from 'react'
import { client, ok } from '@/api/client'
import type { Deed, Entry } from '@/api/types'
import { t, tOr } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { HrefLink } from '@/ui/HrefLink'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { useNarrow } from '@/ui/useNarrow'
import { Chart } from './Chart'
import { rounded } from './decimal'
import { waterfallOption } from './options'
import { SampleButton, sampleable } from './Sample'
import { waterfall } from './waterfall'

/** One unit's score: how it adds up, each line with its formula and the deeds behind it. */
export function UnitPage() {
  const { id, unit } = useParams({ strict: false }) as { id: string; unit: string }
  const query = useQuery({
    queryKey: ['unit-score', id, unit],
    queryFn: ({ signal }) => ok(client.GET('/assess/rounds/{id}/units/{unit}', { signal, params: { path: { id, unit } } })),
  })
  return (
    <Page help="scores#unit" name={t('assess.unit_page')} title={query.data ? t('assess.unit_total', { name: query.data.unit.name, total: query.data.total }) : t('assess.unit_page')} back>
      <Loaded query={query} isEmpty={(d) => d.entries.length === 0} empty={<Nothing text={t('assess.no_entries')} />}>
        {(score) => <Score total={score.total} entries={score.entries} deeds={(entry) => <Deeds round={id} entry={entry} />} />}
      </Loaded>
    </Page>
  )
}

/** How a score adds up: the waterfall and its table. deeds shows what is behind an entry, to whom may see it. */
export function Score({ total, entries, deeds }: { total: string; entries: Entry[]; deeds?: (entry: string) => ReactNode }) {
  const [search, set] = useAddress()
  const narrow = useNarrow()
  const bars = useMemo(() => waterfall(entries), [entries])
  const option = useMemo(() => waterfallOption(bars, narrow), [bars, narrow])
  const open = (entry?: string) => { if (entry && deeds) set({ entry, after: undefined }) }
  const entry = entries.find((e) => e.id === search.entry)
  const columns: Col<Entry>[] = [
    { key: 'rule', title: t('assess.rule'), fixed: true, render: (e) => (deeds ? <Button type="link" size="small" className="flush" onClick={() => { open(e.id) }}>{e.rule_name}</Button> : e.rule_name) },
    { key: 'formula', title: t('assess.formula'), render: (e) => <span className="mono">{e.formula}</span> },
    { key: 'n', title: t('assess.n'), align: 'right', render: (e) => e.n },
    { key: 'before', title: t('assess.points_before'), align: 'right', render: (e) => rounded(e.points_before) },
    { key: 'points', title: t('assess.points'), align: 'right', fixed: true, render: (e) => <strong>{rounded(e.points)}</strong> },
    { key: 'version', title: t('assess.rule_version'), align: 'right', extra: true, render: (e) => e.rule_version },
  ]
  return (
    <div className="stack-wide">
      <section className="panel">
        <h2>{t('assess.waterfall')}</h2>
        <Chart label={t('assess.waterfall_chart', { total })} option={option} height={320} onPick={(i) => { open(bars[i]?.entry) }} />
      </section>
      <section className="panel">
        <DataTable id="entries" label={t('assess.entries')} columns={columns} rowKey={(e) => e.id} paged={false} selected={search.entry}
          query={{ data: { items: entries }, isError: false } as never} onRow={(e) => { open(e.id) }} />
      </section>
      <Drawer open={entry !== undefined && deeds !== undefined} size={720} title={entry?.rule_name} onClose={() => { set({ entry: undefined, after: undefined }, true) }}>
        {entry && <><p className="mono">{entry.formula}</p>{deeds?.(entry.id)}</>}
      </Drawer>
    </div>
  )
}

function DeedItem({ entry, deed }: { entry: string; deed: Deed }) {
  const { href, title, note } = deed.item
  return (
    <>
      {href ? <HrefLink href={href}>{title}</HrefLink> : title}
      {(note || deed.note) && <div className="quiet">{[note, deed.note].filter(Boolean).map((n) => tOr(`deed.note.${n}`, n)).join(' ')}</div>}
      {sampleable(deed) && <div><SampleButton entry={entry} deed={deed} /></div>}
    </>
  )
}

function Deeds({ round, entry }: { round: string; entry: string }) {
  const [search] = useAddress()
  const query = useQuery({
    queryKey: ['deeds', round, entry, search.after, search.limit],
    queryFn: ({ signal }) => ok(client.GET('/assess/rounds/{id}/entries/{entry}/deeds', { signal, params: { path: { id: round, entry }, query: pageOf(search) } })),
  })
  const columns: Col<Deed>[] = [
    { key: 'item', title: t('assess.deed_item'), fixed: true, render: (d) => <DeedItem entry={entry} deed={d} /> },
    { key: 'by', title: t('assess.deed_by'), render: (d) => d.by_name },
    { key: 'at', title: t('app.time'), render: (d) => dateTime(d.at) },
    { key: 'level', title: t('journal.level'), render: (d) => (d.level ? tOr(`journal.level.${d.level}`, d.level) : '') },
    { key: 'points', title: t('assess.points'), align: 'right', render: (d) => d.points },
  ]
  return <DataTable id="deeds" label={t('assess.deeds')} query={query} columns={columns} rowKey={(d) => d.id} empty={<Nothing text={t('assess.no_deeds')} />} />
}
