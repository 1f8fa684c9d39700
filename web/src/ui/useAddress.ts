import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'

export type Search = Record<string, string | undefined>

/** The address's query: what a list is filtered by lives there, so Back and a sent link show the same (UI4). */
export function useAddress(): [Search, (patch: Search, replace?: boolean) => void] {
  const search: Search = useSearch({ strict: false })
  const navigate = useNavigate()
  const set = useCallback((patch: Search, replace = false) => {
    void navigate({ to: '.', replace, search: (old: Search) => clean({ ...old, ...patch }) })
  }, [navigate])
  return [search, set]
}

/** The query without its empty members. */
export function clean(s: Search): Search {
  return Object.fromEntries(Object.entries(s).filter(([, v]) => v !== undefined && v !== ''))
}

/** Reads a query as plain text: 007 stays 007. */
export function parseSearch(text: string): Search {
  return Object.fromEntries(new URLSearchParams(text))
}

export function stringifySearch(s: Record<string, unknown>): string {
  const text = new URLSearchParams(clean(s as Search) as Record<string, string>).toString()
  return text ? `?${text}` : ''
}
