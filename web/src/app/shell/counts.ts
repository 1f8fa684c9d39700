import { useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import { isIdle } from './activity'

// While nobody is at the desk nothing is asked: a question would keep the session alive.
const whileActive = (ms: number) => () => (isIdle(ms * 2) ? false : ms)

/** The numbers beside the places and the bell. */
export function useCounts() {
  const approval = useQuery({
    queryKey: ['counts', 'approval'],
    queryFn: ({ signal }) => ok(client.GET('/approval/counts', { signal })),
    refetchInterval: whileActive(60_000),
  })
  const notices = useQuery({
    queryKey: ['counts', 'notices'],
    queryFn: ({ signal }) => ok(client.GET('/message/count', { signal })),
    refetchInterval: whileActive(60_000),
  })
  return { approval: approval.data, notices: notices.data?.unread ?? 0 }
}
