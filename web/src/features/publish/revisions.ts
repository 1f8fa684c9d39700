import { queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import type { DiffBlock, RevisionRow } from '@/api/types'

/** What an item has been, the newest first. */
export function useRevisions(id: string, enabled = true) {
  return useInfiniteQuery({
    queryKey: ['item', id, 'revisions'], initialPageParam: '', enabled, retry: false,
    queryFn: ({ signal, pageParam }) => ok(client.GET('/publish/items/{id}/revisions', {
      signal, params: { path: { id }, query: { limit: 50, ...(pageParam ? { after: pageParam } : {}) } } })),
    getNextPageParam: (last) => last.next || undefined,
  })
}

const changesQuery = (id: string, since: number, number: number, version: number) => queryOptions({
  // What the newest revision says changes with the item's version.
  queryKey: ['item', id, 'changes', since, number, version],
  queryFn: ({ signal }) => ok(client.GET('/publish/items/{id}/revisions/{number}/changes', { signal, params: { path: { id, number }, query: { since } } })),
})

/** What became of one revision in another. */
export function useChanges(id: string, since: number, number: number, version: number) {
  return useQuery(changesQuery(id, since, number, version))
}

export function useRevisionText(id: string, number: number, version: number) {
  return useQuery({
    queryKey: ['item', id, 'revision', number, version],
    queryFn: ({ signal }) => ok(client.GET('/publish/items/{id}/revisions/{number}', { signal, params: { path: { id, number } } })),
  })
}

/**
 * The revision that a reviewer compares with: the one they decided on
 * themselves, or else the last that anybody returned. None if nothing has been
 * changed since.
 */
export function returnedBefore(rows: RevisionRow[]): RevisionRow | undefined {
  const older = rows.filter((r) => !r.current)
  return older.find((r) => r.decided) ?? older.find((r) => r.outcome === 'returned')
}

/** A block that is shown, or how many that were not touched are left out. */
export type Shown = { block: DiffBlock; at: number } | { left: number; at: number }

/** Leaves out what was not touched, but for a block on either side of what was; a single one is not worth leaving out. */
export function fold(blocks: DiffBlock[], near = 1): Shown[] {
  const touched = (i: number) => blocks[i] !== undefined && blocks[i].op !== 'same'
  const out: Shown[] = []
  let left: { block: DiffBlock; at: number }[] = []
  const flush = () => {
    const first = left[0]
    if (first && left.length > 1) out.push({ left: left.length, at: first.at })
    else out.push(...left)
    left = []
  }
  blocks.forEach((block, at) => {
    const close = Array.from({ length: 2 * near + 1 }, (_, k) => at - near + k).some(touched)
    if (close) {
      flush()
      out.push({ block, at })
    } else left.push({ block, at })
  })
  flush()
  return out
}
