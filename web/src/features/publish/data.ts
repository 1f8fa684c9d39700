import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import type { Column, ItemView } from '@/api/types'
import { pageOf } from '@/ui/DataTable'
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

export function useItems(view: ItemView, search: Search, column?: string) {
  const c = column ?? search.column
  return useQuery({
    queryKey: ['items', view, search, column], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/publish/items', { signal, params: { query: {
      view, ...pageOf(search), ...(c ? { column: c } : {}), ...(search.q ? { q: search.q } : {}), ...(search.unread ? { unread: true } : {}),
    } } })),
  })
}
