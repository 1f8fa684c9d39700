import { LeftOutlined, RightOutlined, SettingOutlined, VerticalRightOutlined } from '@ant-design/icons'
import type { UseQueryResult } from '@tanstack/react-query'
import { Button, Checkbox, Divider, Popover, Segmented, Select, Skeleton, Table } from 'antd'
import type { TableColumnType } from 'antd'
import { type ReactNode, useState } from 'react'
import type { List } from '@/api/types'
import { t } from '@/i18n'
import { Loaded, Nothing } from './Loaded'
import { usePref } from './prefs'
import { useAddress } from './useAddress'
import { useNarrow } from './useNarrow'

/** A column of a table; the first one leads the row on a phone. */
export interface Col<T> {
  key: string
  title: string
  render: (row: T) => ReactNode
  width?: number
  align?: 'right' | 'center'
  /** Not shown until chosen. */
  extra?: boolean
  /** Always shown: cannot be chosen away. */
  fixed?: boolean
}

interface Props<T> {
  /** Names the table in this browser's memory of chosen columns. */
  id: string
  label: string
  query: UseQueryResult<List<T>>
  columns: Col<T>[]
  rowKey: (row: T) => string
  empty?: ReactNode
  /** The row the keyboard stands on. */
  selected?: string
  onRow?: (row: T) => void
  /** Whole lists have no pages. */
  paged?: boolean
}

/** A list from the server: pages by cursor, chosen columns and row height remembered, cards on a phone (UI4). */
export function DataTable<T extends object>(p: Props<T>) {
  const [hidden, setHidden] = usePref(`table.${p.id}`, p.columns.filter((c) => c.extra).map((c) => c.key).join(' '))
  const [density, setDensity] = usePref('density', 'comfortable')
  const narrow = useNarrow()
  const off = new Set(hidden.split(' ').filter(Boolean))
  const shown = p.columns.filter((c) => c.fixed || !off.has(c.key))
  const toggle = (key: string) => { setHidden([...flipped(off, key)].join(' ')) }
  const [closed, setClosed] = useState(new Set<string>()) // rows of a tree; a new one is open
  const settings = (
    <Settings columns={p.columns} off={off} toggle={toggle} density={density} setDensity={setDensity} />
  )
  return (
    <Loaded query={p.query} isEmpty={(d) => d.items.length === 0} empty={<EmptyTable>{p.empty}</EmptyTable>}
      skeleton={<Skeleton active title={false} paragraph={{ rows: 10, width: '100%' }} />}>
      {(data) => (
        <>
          {narrow ? <Cards {...p} columns={shown} items={data.items} /> : (
            <Table<T> size={density === 'compact' ? 'small' : 'middle'} rowKey={p.rowKey} pagination={false} aria-label={p.label}
              expandable={{
                expandedRowKeys: flat(data.items).map(({ row }) => p.rowKey(row)).filter((k) => !closed.has(k)),
                onExpand: (_, row) => { setClosed(flipped(closed, p.rowKey(row))) },
              }} dataSource={data.items} columns={shown.map(antColumn)} scroll={{ x: 'max-content' }}
              rowClassName={(row) => (p.selected === p.rowKey(row) ? 'row-selected' : '')}
              onRow={(row) => ({ 'data-row': p.rowKey(row), ...(p.onRow ? { onDoubleClick: () => p.onRow?.(row) } : {}) })} />
          )}
          <div className="table-foot">
            {!narrow && settings}
            {p.paged !== false && <Pager next={data.next} />}
          </div>
        </>
      )}
    </Loaded>
  )
}

function flipped(set: Set<string>, key: string): Set<string> {
  const next = new Set(set)
  if (!next.delete(key)) next.add(key)
  return next
}

function antColumn<T>(c: Col<T>): TableColumnType<T> {
  return {
    key: c.key, title: c.title, align: c.align, width: c.width,
    className: c.align === 'right' ? 'num' : undefined,
    render: (_: unknown, row: T) => c.render(row),
  }
}

function Cards<T extends object>({ items, columns, rowKey, label, selected }: Props<T> & { items: T[] }) {
  const [lead, ...rest] = columns
  const rows = flat(items)
  return (
    <ul className="cards" aria-label={label}>
      {rows.map(({ row, depth }) => (
        <li key={rowKey(row)} data-row={rowKey(row)} style={{ marginInlineStart: depth * 16 }} className={selected === rowKey(row) ? 'card row-selected' : 'card'}>
          <div className="card-lead">{lead?.render(row)}</div>
          <dl>
            {rest.map((c) => {
              const value = c.render(row)
              return value === '' || value === null || value === undefined ? null : (
                <div key={c.key} className={c.title ? undefined : 'card-actions'}>{c.title && <dt>{c.title}</dt>}<dd>{value}</dd></div>
              )
            })}
          </dl>
        </li>
      ))}
    </ul>
  )
}

// A tree's rows in reading order, with how deep they stand.
function flat<T extends { children?: T[] }>(items: T[], depth = 0): { row: T; depth: number }[] {
  return items.flatMap((row) => [{ row, depth }, ...flat(row.children ?? [], depth + 1)])
}

function EmptyTable({ children }: { children?: ReactNode }) {
  const [search, set] = useAddress()
  const filters = Object.keys(search).filter((k) => !['tab', 'limit'].includes(k))
  if (filters.length === 0) return <>{children ?? <Nothing />}</>
  return (
    <Nothing text={t('table.filtered_empty')}>
      <Button onClick={() => { set(Object.fromEntries(filters.map((k) => [k, undefined]))) }}>{t('table.clear_filter')}</Button>
    </Nothing>
  )
}

function Settings<T>({ columns, off, toggle, density, setDensity }: {
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
function Pager({ next }: { next?: string }) {
  const [search, set] = useAddress()
  const [trail, setTrail] = useState<string[]>([])
  if (!next && !search.after) return null
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

/** What a list's request takes from the address: its cursor and page size. */
export function pageOf(search: Record<string, string | undefined>): { after?: string; limit?: number } {
  return {
    ...(search.after ? { after: search.after } : {}),
    ...(search.limit ? { limit: Number(search.limit) } : {}),
  }
}
