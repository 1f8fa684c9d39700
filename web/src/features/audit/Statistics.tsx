import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query'
import { Button, Progress, Segmented } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { AuditTally, List } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { DaysInput } from '@/ui/DaysInput'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { useAddress } from '@/ui/useAddress'
import { useNarrow } from '@/ui/useNarrow'
import { BY, type By, narrow } from './tally'
import { actionText } from './words'

const FEW = 20 // at first

/** How much was done: by what, by whom, on which day, from where. Each line leads to its records. */
export function Statistics() {
  const [search, set] = useAddress()
  const [all, setAll] = useState<By>()
  const by: By = BY.find((b) => b === search.by) ?? 'action'
  const asked = { by, ...(search.from ? { from: search.from } : {}), ...(search.to ? { to: search.to } : {}) }
  const query = useQuery({
    queryKey: ['audit', 'statistics', asked], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/audit/statistics', { signal, params: { query: asked } })),
  })
  const shown = query.data
  const most = Math.max(1, ...(shown?.items.map((x) => x.n) ?? []))
  const open = (x: AuditTally) => { set({ tab: undefined, by: undefined, from: shown?.from, to: shown?.to, ...narrow(by, x.key) }) }
  const phone = useNarrow()
  const left = shown && all !== by ? Math.max(0, shown.items.length - FEW) : 0
  const rows = { ...query, data: shown && { ...shown, next: '', items: left > 0 ? shown.items.slice(0, FEW) : shown.items } } as UseQueryResult<List<AuditTally>>
  const columns: Col<AuditTally>[] = [
    { key: 'key', title: t(`audit.by.${by}`), fixed: true, render: (x) => <Button type="link" className="flush" onClick={() => { open(x) }}>{nameOf(by, x)}</Button> },
    { key: 'n', title: t('audit.times'), fixed: true, align: 'right', render: (x) => x.n.toLocaleString() },
    { key: 'bar', title: '', render: (x) => <Progress percent={Math.round(100 * x.n / most)} showInfo={false} size="small" status="normal" style={{ minWidth: 120 }} aria-hidden /> },
    ...(phone ? [] : [{ key: 'first', title: t('audit.first'), date: true, render: (x: AuditTally) => dateTime(x.first) }]),
    { key: 'last', title: t('audit.last'), date: true, render: (x) => dateTime(x.last) },
  ]
  return (
    <>
      <div className="filters">
        <Segmented value={by as string} aria-label={t('audit.count_by')} options={BY.map((b) => ({ value: b as string, label: t(`audit.by.${b}`) }))} onChange={(v) => { set({ by: v }) }} />
        <DaysInput aria-label={t('audit.from_to')} value={{ from: search.from ?? shown?.from, to: search.to ?? shown?.to }} style={{ maxWidth: 280 }}
          onChange={(days) => { set({ from: days?.from, to: days?.to }) }} />
        {shown && <span className="quiet" style={{ alignSelf: 'center' }}>{t('audit.counted', { n: shown.total.toLocaleString(), kinds: shown.kinds })}</span>}
      </div>
      <DataTable id="audit-statistics" label={t('audit.statistics')} query={rows} columns={columns} rowKey={(x) => x.key} paged={false} empty={<Nothing text={t('audit.empty')} />} />
      {left > 0 && <Button block onClick={() => { setAll(by) }}>{t('audit.more', { n: left })}</Button>}
    </>
  )
}

function nameOf(by: By, x: AuditTally): string {
  if (by === 'action') return actionText(x.key)
  if (by === 'person') return x.name && x.key ? x.name : t('audit.system')
  return x.key || t('audit.no_address')
}
