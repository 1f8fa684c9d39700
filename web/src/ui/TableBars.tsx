// What stands around a table: its settings, its pages, its order on a phone, and what to do with the rows chosen.
import { DownloadOutlined, LeftOutlined, RightOutlined, SettingOutlined, VerticalRightOutlined } from '@ant-design/icons'
import { Button, Checkbox, Divider, Popover, Segmented, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { t } from '@/i18n'
import type { Col } from './DataTable'
import { sortOf } from './sort'
import { useAddress } from './useAddress'

/** Something to do with several rows at once. */
export interface Batch<T> {
  key: string
  label: string
  icon?: ReactNode
  danger?: boolean
  /** Whether it can be done with a row; a row with which nothing can be done cannot be chosen. All, if not given. */
  may?: (row: T) => boolean
  /** Does it, and returns the rows that stay chosen because it could not be done. useBatch makes one. */
  go: (rows: T[]) => Promise<T[]>
}

export const mayAny = <T,>(batch: Batch<T>[] | undefined, row: T) => Boolean(batch?.some((b) => b.may?.(row) ?? true))

/** 已选 3 条, and what can be done with them. Rows stay chosen while one turns pages. */
export function BatchBar<T>({ batch, rows, keep }: { batch: Batch<T>[]; rows: T[]; keep: (rows: T[]) => void }) {
  const [busy, setBusy] = useState<string>()
  if (rows.length === 0) return null
  const run = async (b: Batch<T>, able: T[]) => {
    setBusy(b.key)
    try {
      const left = new Set(await b.go(able))
      keep(rows.filter((r) => left.has(r) || !able.includes(r)))
    } finally {
      setBusy(undefined)
    }
  }
  return (
    <div className="batch" role="region" aria-label={t('table.batch')}>
      <span role="status">{t('table.selected', { n: rows.length })}</span>
      {batch.map((b) => {
        const able = rows.filter((r) => b.may?.(r) ?? true)
        return (
          <Button key={b.key} size="small" icon={b.icon} danger={b.danger} disabled={able.length === 0 || busy !== undefined} loading={busy === b.key}
            onClick={() => void run(b, able)}>{able.length === rows.length ? b.label : t('table.some_of', { label: b.label, n: able.length })}</Button>
        )
      })}
      <Button size="small" type="text" disabled={busy !== undefined} onClick={() => { keep([]) }}>{t('table.clear_selection')}</Button>
    </div>
  )
}

/** The order of a list where there are no heads to press. */
export function SortSelect<T>({ columns }: { columns: Col<T>[] }) {
  const [search, set] = useAddress()
  const options = columns.flatMap((c) => c.sort ? [
    { value: sortOf(c.sort, 'ascend') ?? '', label: t('table.ascending', { title: c.title }) },
    { value: sortOf(c.sort, 'descend') ?? '', label: t('table.descending', { title: c.title }) },
  ] : [])
  if (options.length === 0) return null
  return (
    <Select size="small" className="sort-select" aria-label={t('table.sort')} value={search.sort ?? ''} options={[{ value: '', label: t('table.usual_order') }, ...options]}
      onChange={(sort: string) => { set({ sort, after: undefined }) }} />
  )
}

/** All of the list as a workbook. */
export function ExportLink({ href }: { href: string }) {
  return <Button type="text" size="small" icon={<DownloadOutlined />} href={href} download title={t('table.export_hint')}>{t('table.export')}</Button>
}

export function Settings<T>({ columns, off, toggle, density, setDensity }: {
  columns: Col<T>[]; off: Set<string>; toggle: (key: string) => void; density: string; setDensity: (d: string) => void
}) {
  const panel = (
    <div className="stack">
      <strong>{t('table.columns')}</strong>
      {columns.filter((c) => !c.fixed && c.title).map((c) => (
        <Checkbox key={c.key} checked={!off.has(c.key)} onChange={() => { toggle(c.key) }}>{c.title}</Checkbox>
      ))}
      <Divider size="small" />
      <strong>{t('table.density')}</strong>
      <Segmented value={density} onChange={setDensity} options={[
        { value: 'comfortable', label: t('table.comfortable') }, { value: 'compact', label: t('table.compact') },
      ]} />
    </div>
  )
  return (
    <Popover trigger="click" placement="topLeft" content={panel}>
      <Button type="text" size="small" icon={<SettingOutlined />}>{t('table.settings')}</Button>
    </Popover>
  )
}

// Cursors only go forward, so the way back is what this visit has seen.
export function Pager({ next }: { next?: string }) {
  const [search, set] = useAddress()
  const [seen, setTrail] = useState<string[]>([])
  if (!next && !search.after) return null
  const trail = search.after ? seen : [] // another filter or order begins at the first page
  const forward = () => {
    setTrail([...trail, search.after ?? ''])
    set({ after: next })
  }
  const backward = () => {
    set({ after: trail.at(-1) })
    setTrail(trail.slice(0, -1))
  }
  return (
    <nav className="pager" aria-label={t('table.next')}>
      <Select size="small" value={search.limit ?? '20'} aria-label={t('table.per_page', { n: '' })}
        onChange={(limit: string) => { setTrail([]); set({ limit, after: undefined }) }}
        options={['20', '50', '100'].map((n) => ({ value: n, label: t('table.per_page', { n }) }))} />
      {search.after && trail.length === 0 && (
        <Button size="small" icon={<VerticalRightOutlined />} onClick={() => { set({ after: undefined }) }}>{t('table.first')}</Button>
      )}
      <Button size="small" icon={<LeftOutlined />} disabled={trail.length === 0} onClick={backward}>{t('table.prev')}</Button>
      <Button size="small" disabled={!next} onClick={forward}>{t('table.next')} <RightOutlined /></Button>
    </nav>
  )
}
