import { useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import type { UnitKind } from '@/api/types'

export function useSchemes() {
  return useQuery({ queryKey: ['schemes'], queryFn: ({ signal }) => ok(client.GET('/assess/schemes', { signal })) })
}

export function useScheme(id: string | undefined) {
  return useQuery({
    queryKey: ['scheme', id], enabled: id !== undefined, refetchOnWindowFocus: false,
    queryFn: ({ signal }) => ok(client.GET('/assess/schemes/{id}', { signal, params: { path: { id: id ?? '' } } })),
  })
}

export function useRounds() {
  return useQuery({ queryKey: ['rounds'], queryFn: ({ signal }) => ok(client.GET('/assess/rounds', { signal })) })
}

export function useRanking(id: string | undefined, subject: UnitKind) {
  return useQuery({
    queryKey: ['ranking', id, subject], enabled: id !== undefined,
    queryFn: ({ signal }) => ok(client.GET('/assess/rounds/{id}/ranking', { signal, params: { path: { id: id ?? '' }, query: { subject } } })),
  })
}
