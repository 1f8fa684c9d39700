// How a list is sorted, as the address and the server say it: `title`, or `-title` for the largest first.
import type { paths } from '@/api/paths'
import type { Search } from './useAddress'

export type Direction = 'ascend' | 'descend' | null

/** The key a column's `sort` names, without the sign that says how it goes first. */
export const keyOf = (sort: string) => sort.replace(/^-/, '')

/** Which way a column goes when its head is pressed once and twice; a third time gives the list its usual order. */
export function directions(sort: string): ('ascend' | 'descend')[] {
  return sort.startsWith('-') ? ['descend', 'ascend'] : ['ascend', 'descend']
}

/** Which way a column goes in a list sorted so. */
export function directionOf(sort: string, current: string | undefined): Direction {
  if (current === keyOf(sort)) return 'ascend'
  return current === `-${keyOf(sort)}` ? 'descend' : null
}

/** What the address says of a column going that way. */
export function sortOf(sort: string, direction: Direction | undefined): string | undefined {
  return direction ? `${direction === 'descend' ? '-' : ''}${keyOf(sort)}` : undefined
}

type SortOf<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } } ? (Q extends { sort?: infer S } ? S : never) : never

/** What a list's request takes from the address: its cursor and page size. */
export function pageOf(search: Search): { after?: string; limit?: number } {
  return {
    ...(search.after ? { after: search.after } : {}),
    ...(search.limit ? { limit: Number(search.limit) } : {}),
  }
}

/** The same with the order, for the lists that can be sorted: `sortedPageOf<'/publish/items'>(search)`. */
export function sortedPageOf<P extends keyof paths>(search: Search): { after?: string; limit?: number; sort?: Exclude<SortOf<P>, undefined> } {
  return { ...pageOf(search), ...(search.sort ? { sort: search.sort as Exclude<SortOf<P>, undefined> } : {}) }
}

/** The address of a list as a workbook: all of it, under the filter and in the order of its request. */
export function exportHref(path: keyof paths, query: object, locale: string): string {
  const said = Object.entries(query).filter(([k, v]) => k !== 'after' && k !== 'limit' && v !== undefined && v !== '')
  const text = new URLSearchParams(said.map(([k, v]) => [k, String(v)]))
  text.set('format', 'xlsx')
  text.set('lang', locale === 'en' ? 'en' : 'zh')
  return `/api${path}?${text.toString()}`
}
