import { useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import type { UnitKind } from '@/api/types'

interface Page<T> { items: T[]; next: string }

/** All of a list that comes in pages: one asks for what follows a place in it. */
export async function every<T>(page: (query: { limit: number; after?: string }) => Promise<Page<T>>): Promise<Page<T>> {
  const items: T[] = []
  for (let after = ''; ;) {
    const p = await page({ limit: 200, ...(after ? { after } : {}) })
    items.push(...p.items)
    if (!p.next) return { items, next: '' }
    after = p.next
  }
}

export function useSchemes() {
  return useQuery({ queryKey: ['schemes'], queryFn: ({ signal }) => every((query) => ok(client.GET('/assess/schemes', { signal, params: { query } }))) })
}

export function useScheme(id: string | undefined) {
  return useQuery({
    queryKey: ['scheme', id], enabled: id !== undefined, refetchOnWindowFocus: false,
    queryFn: ({ signal }) => ok(client.GET('/assess/schemes/{id}', { signal, params: { path: { id: id ?? '' } } })),
  })
}

export function useRounds() {
  return useQuery({ queryKey: ['rounds'], queryFn: ({ signal }) => every((query) => ok(client.GET('/assess/rounds', { signal, params: { query } }))) })
}

export function useRanking(id: string | undefined, subject: UnitKind) {
  return useQuery({
    queryKey: ['ranking', id, subject], enabled: id !== undefined,
    queryFn: ({ signal }) => ok(client.GET('/assess/rounds/{id}/ranking', { signal, params: { path: { id: id ?? '' }, query: { subject } } })),
  })
}
