import { type QueryKey, useInfiniteQuery, type UseQueryResult } from '@tanstack/react-query'
import { Button } from 'antd'
import type { ReactNode } from 'react'
import type { List } from '@/api/types'
import { t } from '@/i18n'

interface Options<L> {
  queryKey: QueryKey
  page: (at: { after?: string; limit: number }, signal: AbortSignal) => Promise<L>
  refetchOnWindowFocus?: boolean
}

/** Pages one below the other: what a page says beside its rows is as the first one says it, and a row that moved between two pages stands once. */
export function joined<T, L extends List<T>>(pages: L[], key: (row: T) => string): L | undefined {
  const [first] = pages
  if (!first) return undefined
  const rows = new Map<string, T>()
  for (const row of pages.flatMap((p) => p.items)) if (!rows.has(key(row))) rows.set(key(row), row)
  return { ...first, items: [...rows.values()], next: pages.at(-1)?.next }
}

/** A list read on where it ends: its pages stand below each other, and `more` is the button for the next, if there is one. */
export function usePages<T, L extends List<T>>({ queryKey, page, ...rest }: Options<L>, key: (row: T) => string): { query: UseQueryResult<L>; more: ReactNode; forth: () => Promise<T[] | undefined> } {
  const query = useInfiniteQuery({
    queryKey, initialPageParam: '', ...rest,
    queryFn: ({ signal, pageParam }) => page({ limit: 50, ...(pageParam ? { after: pageParam } : {}) }, signal),
    getNextPageParam: (last) => last.next || undefined,
    select: (d) => joined<T, L>(d.pages, key),
  })
  const forth = async () => (query.hasNextPage ? (await query.fetchNextPage()).data?.items : undefined)
  const more = query.hasNextPage && <Button loading={query.isFetchingNextPage} onClick={() => void forth()}>{t('readers.more')}</Button>
  return { query: query as unknown as UseQueryResult<L>, more, forth }
}
