import { useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import type { List, Work } from '@/api/types'
import { isIdle } from '@/app/shell/activity'
import { isOpen } from './words'

const BUSY = 1_000
const CALM = 60_000

// Something under way is watched closely, all else hardly, and nothing once nobody is at the desk.
const pace = (q: { state: { data?: List<Work> | undefined } }) => {
  const busy = q.state.data?.items.some(isOpen)
  return isIdle(CALM * (busy ? 10 : 2)) ? false : busy ? BUSY : CALM
}

/** What is under way for oneself. */
export function useOpenWorks() {
  return useQuery({
    queryKey: ['works', 'open'], refetchInterval: pace,
    queryFn: ({ signal }) => ok(client.GET('/progress/works', { signal, params: { query: { state: 'open', limit: 50 } } })) as Promise<List<Work>>,
  })
}

/** One's own works about a thing, newest first. */
export function useWorksOn(subject: string) {
  return useQuery({
    queryKey: ['works', 'on', subject], refetchInterval: pace,
    queryFn: ({ signal }) => ok(client.GET('/progress/works', { signal, params: { query: { subject, limit: 5 } } })) as Promise<List<Work>>,
  })
}

export async function fetchWork(id: string): Promise<Work> {
  return await ok(client.GET('/progress/works/{id}', { params: { path: { id } } })) as Work
}
