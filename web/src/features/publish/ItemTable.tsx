import './cover.css'
import { Link, useNavigate } from '@tanstack/react-router'
import { Checkbox, Input, Select, Tag } from 'antd'
import type { ReactNode } from 'react'
import type { ItemRow, ItemState, ItemView } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { useAddress } from '@/ui/useAddress'
import { useRowKeys } from '@/ui/useRowKeys'
import { coverHref } from './cover'
import { itemsHref, type Only, useColumns, useItems } from './data'
import { useItemBatch } from './useItemBatch'

const COLORS: Record<ItemState, string> = { draft: 'default', review: 'warning', approved: 'processing', published: 'success', withdrawn: 'error' }

export function StateTag({ state }: { state: ItemState }) {
  return <Tag color={COLORS[state]}>{t(`item.state.${state}`)}</Tag>
}

interface Props { view: ItemView; column?: string; only?: Only; empty?: ReactNode }

/** Items of one view, with its filters in the address. */
export function ItemTable({ view, column, only, empty }: Props) {
  const [search, set] = useAddress()
  const navigate = useNavigate()
  const query = useItems(view, search, column, only)
  const open = (id: string) => void navigate({ to: '/publish/items/$id', params: { id } })
  const [batch, dialog] = useItemBatch(view)
  const at = useRowKeys(query.data?.items.map((x) => x.id) ?? [], open)
  return (
    <>
      <div className="filters">
        <Input.Search className="grow" key={search.q} allowClear defaultValue={search.q} placeholder={t('item.search')} aria-label={t('item.search')}
          onSearch={(q) => { set({ q, after: undefined }) }} />
        {!column && <ColumnFilter value={search.column} pick={(c) => { set({ column: c, after: undefined }) }} />}
        {view === 'reading' && !only && (
          <Checkbox checked={search.unread === '1'} onChange={(e) => { set({ unread: e.target.checked ? '1' : undefined, after: undefined }) }}>{t('item.only_unread')}</Checkbox>
        )}
        {view === 'reading' && search.unread !== '1' && (
          <Checkbox checked={search.expired === '1'} onChange={(e) => { set({ expired: e.target.checked ? '1' : undefined, after: undefined }) }}>{t('item.with_expired')}</Checkbox>
        )}
        {(search.from ?? search.to) && (
          <Tag closable onClose={() => { set({ from: undefined, to: undefined, after: undefined }) }} style={{ alignSelf: 'center' }}>{t('item.days', { from: search.from ?? '', to: search.to ?? '' })}</Tag>
        )}
      </div>
      <DataTable id={`items.${view}`} label={t('item.list')} query={query} columns={columnsOf(view, Boolean(column))} rowKey={(r) => r.id} empty={empty} selected={at} onRow={(r) => { open(r.id) }}
        batch={only === 'read' ? undefined : batch} exportHref={itemsHref(view, search, column, only)} />
      {dialog}
    </>
  )
}

// The title beside it says what it is of.
function Thumb({ row }: { row: ItemRow }) {
  return <img className="cover-thumb" src={coverHref(row)} alt="" loading="lazy" width={56} height={40} />
}

function ColumnFilter({ value, pick }: { value?: string; pick: (id: string | undefined) => void }) {
  const columns = useColumns()
  return (
    <Select allowClear showSearch={{ optionFilterProp: 'label' }} style={{ minWidth: 180 }} placeholder={t('item.all_columns')} aria-label={t('item.column')}
      value={value} onChange={pick} options={(columns.data?.items ?? []).map((c) => ({ value: c.id, label: c.name }))} />
  )
}

function columnsOf(view: ItemView, within: boolean): Col<ItemRow>[] {
  const reading = view === 'reading'
  const all: (Col<ItemRow> | false)[] = [
    { key: 'title', title: t('item.title'), sort: 'title', fixed: true, render: (r) => (
      <span className="with-cover">{r.cover && <Thumb row={r} />}<Link to="/publish/items/$id" params={{ id: r.id }} className={reading && !r.read ? 'title unread-dot' : 'title'}>
        {reading && !r.read ? <strong>{r.title}</strong> : r.title || t('item.untitled')}
        {reading && !r.read && <span className="skip">{t('item.unread')}</span>}
      </Link>{r.expired && r.state === 'published' && <Tag>{t('item.expired')}</Tag>}</span>
    ) },
    !within && { key: 'column', title: t('item.column'), sort: 'column_name', render: (r) => r.column_name },
    { key: 'kind', title: t('item.kind'), sort: 'kind', extra: reading, render: (r) => t(`item.kind.${r.kind}`) },
    !reading && { key: 'state', title: t('app.state'), sort: 'state', render: (r) => <StateTag state={r.state} /> },
    { key: 'department', title: t('item.department'), sort: 'department_name', render: (r) => r.department_name },
    view !== 'mine' && { key: 'drafter', title: t('item.drafter'), sort: 'drafter', extra: reading, render: (r) => r.drafter.name },
    reading
      ? { key: 'published', title: t('item.published_at'), sort: '-published_at', date: true, render: (r) => dateTime(r.published_at) }
      : { key: 'created', title: t('item.created_at'), sort: '-created_at', date: true, render: (r) => dateTime(r.created_at) },
    { key: 'reads', title: t('item.read_count'), align: 'right', extra: !reading, render: (r) => r.read_count },
  ]
  return all.filter((c) => c !== false)
}
