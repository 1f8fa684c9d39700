import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import type { Column, ItemView } from '@/api/types'
import { currentLocale } from '@/i18n'
import { exportHref, sortedPageOf } from '@/ui/sort'
import type { Search } from '@/ui/useAddress'

export function useColumns() {
  return useQuery({ queryKey: ['columns'], queryFn: ({ signal }) => ok(client.GET('/publish/columns', { signal })) })
}

/** The columns in which I hold the right. */
export function withRight(columns: Column[], right: Column['may'][number]): Column[] {
  return columns.filter((c) => c.state === 'active' && c.may.includes(right))
}

export const itemQuery = (id: string) => queryOptions({
  queryKey: ['item', id],
  queryFn: ({ signal }) => ok(client.GET('/publish/items/{id}', { signal, params: { path: { id } } })),
})

/** Of what one may read: what one has not read, or has. */
export type Only = 'unread' | 'read'

function itemsAsked(view: ItemView, search: Search, column?: string, only?: Only) {
  const c = column ?? search.column
  return {
    view, ...sortedPageOf<'/publish/items'>(search), ...(c ? { column: c } : {}), ...(search.q ? { q: search.q } : {}), ...(search.unread || only === 'unread' ? { unread: true } : {}),
    ...(only === 'read' ? { read: true } : {}), ...(search.from ? { from: search.from } : {}), ...(search.to ? { to: search.to } : {}), ...(search.expired ? { expired: true } : {}),
  }
}

/** The same list as a workbook. */
export const itemsHref = (...asked: Parameters<typeof itemsAsked>) => exportHref('/publish/items', itemsAsked(...asked), currentLocale())

export function useItems(view: ItemView, search: Search, column?: string, only?: Only) {
  return useQuery({
    queryKey: ['items', view, search, column, only], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/publish/items', { signal, params: { query: itemsAsked(view, search, column, only) } })),
  })
}
