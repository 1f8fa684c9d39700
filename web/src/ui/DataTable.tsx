import type { UseQueryResult } from '@tanstack/react-query'
import { Button, Checkbox, Skeleton, Table } from 'antd'
import type { TableColumnType, TableProps } from 'antd'
import { type ReactNode, useState } from 'react'
import type { List } from '@/api/types'
import { t } from '@/i18n'
import { Loaded, Nothing } from './Loaded'
import { usePref } from './prefs'
import { directionOf, directions, sortOf } from './sort'
import { type Batch, BatchBar, ExportLink, mayAny, Pager, Settings, SortSelect } from './TableBars'
import { type Search, useAddress } from './useAddress'
import { useNarrow } from './useNarrow'

export { pageOf } from './sort'

/** A column of a table; the first one leads the row on a phone. */
export interface Col<T> {
  key: string
  title: string
  render: (row: T) => ReactNode
  width?: number
  /** right: a number. */
  align?: 'right' | 'center'
  /** A date or time: its digits stand below each other and it does not break. */
  date?: boolean
  /** The server's key by which the column sorts the list; with a - before it if the largest or newest comes first. */
  sort?: string
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
  /** What can be done with several rows at once; rows can be chosen if there is anything. */
  batch?: Batch<T>[]
  /** Where the list is to be had as a workbook: exportHref(path, the request's query). */
  exportHref?: string
}

/**
 * A list from the server (UI4): pages by cursor and sorted by the server, both in the address; chosen columns and row
 * height remembered in this browser; rows to choose and do something with; all of it as a workbook; cards on a phone.
 */
export function DataTable<T extends object>(p: Props<T>) {
  const [hidden, setHidden] = usePref(`table.${p.id}`, p.columns.filter((c) => c.extra).map((c) => c.key).join(' '))
  const [density, setDensity] = usePref('density', 'comfortable')
  const narrow = useNarrow()
  const off = new Set(hidden.split(' ').filter(Boolean))
  const shown = p.columns.filter((c) => c.fixed || !off.has(c.key))
  const toggle = (key: string) => { setHidden([...flipped(off, key)].join(' ')) }
  const chosen = useChosen<T>(p.batch ?? [], p.rowKey)
  const settings = (
    <Settings columns={p.columns} off={off} toggle={toggle} density={density} setDensity={setDensity} />
  )
  return (
    <Loaded query={p.query} isEmpty={(d) => d.items.length === 0} empty={<EmptyTable>{p.empty}</EmptyTable>}
      skeleton={<Skeleton active title={false} paragraph={{ rows: 10, width: '100%' }} />}>
      {(data) => (
        <>
          {narrow ? <Cards {...p} columns={shown} items={data.items} chosen={chosen} />
            : <Wide {...p} columns={shown} items={data.items} chosen={chosen} compact={density === 'compact'} />}
          {p.batch && <BatchBar batch={p.batch} rows={chosen.rows} keep={chosen.keep} />}
          <div className="table-foot">
            <div className="row">
              {!narrow && settings}
              {p.exportHref && <ExportLink href={p.exportHref} />}
            </div>
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

interface Chosen<T> {
  rows: T[]
  has: (row: T) => boolean
  may: (row: T) => boolean
  flip: (rows: T[], on: boolean) => void
  keep: (rows: T[]) => void
}

// The rows chosen in this visit, on whatever page; another filter begins anew.
function useChosen<T>(batch: Batch<T>[], key: (row: T) => string): Chosen<T> {
  const [search] = useAddress()
  const filter = JSON.stringify(filters(search).map((k) => [k, search[k]]).concat([['tab', search.tab]]))
  const [state, setState] = useState({ filter, rows: [] as T[] })
  const rows = state.filter === filter ? state.rows : []
  const keep = (next: T[]) => { setState({ filter, rows: next }) }
  const keys = new Set(rows.map(key))
  return {
    rows, keep, has: (row) => keys.has(key(row)), may: (row) => mayAny(batch, row),
    flip: (some, on) => {
      const those = new Set(some.map(key))
      keep([...rows.filter((r) => !those.has(key(r))), ...(on ? some : [])])
    },
  }
}

type ViewProps<T> = Props<T> & { items: T[]; chosen: Chosen<T> }

function Wide<T extends object>({ items, columns, rowKey, label, selected, onRow, batch, chosen, compact }: ViewProps<T> & { compact: boolean }) {
  const [search, set] = useAddress()
  const [closed, setClosed] = useState(new Set<string>()) // rows of a tree; a new one is open
  const sort: TableProps<T>['onChange'] = (_pages, _filters, sorter) => {
    const s = Array.isArray(sorter) ? sorter[0] : sorter
    const by = columns.find((c) => c.key === s?.columnKey)?.sort
    if (by) set({ sort: sortOf(by, s?.order), after: undefined })
  }
  const selection: TableProps<T>['rowSelection'] = batch && {
    selectedRowKeys: items.filter(chosen.has).map(rowKey),
    onSelect: (row, on) => { chosen.flip([row], on) },
    onSelectAll: (on) => { chosen.flip(items.filter(chosen.may), on) },
    getCheckboxProps: (row) => ({ disabled: !chosen.may(row), 'aria-label': t('table.select_row') }),
  }
  return (
    <div className="table-scroll" role="region" aria-label={label} tabIndex={0}>
      <Table<T> size={compact ? 'small' : 'middle'} rowKey={rowKey} pagination={false} rowSelection={selection} onChange={sort}
        expandable={{
          expandedRowKeys: flat(items).map(({ row }) => rowKey(row)).filter((k) => !closed.has(k)),
          onExpand: (_, row) => { setClosed(flipped(closed, rowKey(row))) },
        }} dataSource={items} columns={columns.map((c) => antColumn(c, search.sort))} showSorterTooltip={false}
        rowClassName={(row) => (selected === rowKey(row) ? 'row-selected' : '')}
        onRow={(row) => ({ 'data-row': rowKey(row), ...(onRow ? { onDoubleClick: () => { onRow(row) } } : {}) })} />
    </div>
  )
}

function antColumn<T>(c: Col<T>, sorted: string | undefined): TableColumnType<T> {
  return {
    key: c.key, title: c.title, align: c.align, width: c.width,
    className: c.align === 'right' ? 'num' : c.date ? 'date' : undefined,
    render: (_: unknown, row: T) => c.render(row),
    ...(c.sort ? { sorter: true, sortDirections: directions(c.sort), sortOrder: directionOf(c.sort, sorted) } : {}),
  }
}

function Cards<T extends object>({ items, columns, rowKey, label, selected, batch, chosen }: ViewProps<T>) {
  const [lead, ...rest] = columns
  const rows = flat(items)
  const able = items.filter(chosen.may)
  const all = able.length > 0 && able.every(chosen.has)
  return (
    <>
      <div className="card-bar">
        {batch && able.length > 0 && (
          <Checkbox checked={all} indeterminate={!all && able.some(chosen.has)} onChange={() => { chosen.flip(able, !all) }}>{t('table.select_page')}</Checkbox>
        )}
        <SortSelect columns={columns} />
      </div>
      <ul className="cards" aria-label={label}>
        {rows.map(({ row, depth }) => (
          <li key={rowKey(row)} data-row={rowKey(row)} style={{ marginInlineStart: depth * 16 }} className={selected === rowKey(row) ? 'card row-selected' : 'card'}>
            <div className="card-lead">
              {batch && chosen.may(row) && <Checkbox checked={chosen.has(row)} aria-label={t('table.select_row')} onChange={(e) => { chosen.flip([row], e.target.checked) }} />}
              {lead?.render(row)}
            </div>
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
    </>
  )
}

// A tree's rows in reading order, with how deep they stand.
function flat<T extends { children?: T[] }>(items: T[], depth = 0): { row: T; depth: number }[] {
  return items.flatMap((row) => [{ row, depth }, ...flat(row.children ?? [], depth + 1)])
}

// What narrows the list, of all that the address says.
function filters(search: Search): string[] {
  return Object.keys(search).filter((k) => !['tab', 'view', 'by', 'limit', 'sort', 'after'].includes(k))
}

function EmptyTable({ children }: { children?: ReactNode }) {
  const [search, set] = useAddress()
  const narrowed = filters(search)
  if (narrowed.length === 0 && !search.after) return <>{children ?? <Nothing />}</>
  return (
    <Nothing text={t('table.filtered_empty')}>
      <Button onClick={() => { set({ ...Object.fromEntries(narrowed.map((k) => [k, undefined])), after: undefined }) }}>{t('table.clear_filter')}</Button>
    </Nothing>
  )
}
