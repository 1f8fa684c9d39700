import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import { currentLocale } from '@/i18n'
import { exportHref, pageOf, sortedPageOf } from '@/ui/sort'
import type { Search } from '@/ui/useAddress'

const tasksAsked = (state: 'todo' | 'done', search: Search) => ({ state, ...sortedPageOf<'/approval/tasks'>(search) })

/** The same list as a workbook. */
export const tasksHref = (state: 'todo' | 'done', search: Search) => exportHref('/approval/tasks', tasksAsked(state, search), currentLocale())

export function useTasks(state: 'todo' | 'done', search: Search, enabled = true) {
  return useQuery({
    queryKey: ['tasks', state, search], placeholderData: keepPreviousData, enabled,
    queryFn: ({ signal }) => ok(client.GET('/approval/tasks', { signal, params: { query: tasksAsked(state, search) } })),
  })
}

export function useMyCases(search: Search, enabled = true) {
  return useQuery({
    queryKey: ['cases', search], placeholderData: keepPreviousData, enabled,
    queryFn: ({ signal }) => ok(client.GET('/approval/cases', { signal, params: { query: { mine: true, ...pageOf(search) } } })),
  })
}

export const taskQuery = (id: string) => queryOptions({
  queryKey: ['task', id],
  queryFn: ({ signal }) => ok(client.GET('/approval/tasks/{id}', { signal, params: { path: { id } } })),
})

export const caseQuery = (id: string) => queryOptions({
  queryKey: ['case', id],
  queryFn: ({ signal }) => ok(client.GET('/approval/cases/{id}', { signal, params: { path: { id } } })),
})
