import { useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import { isIdle } from './activity'

// While nobody is at the desk nothing is asked: a question would keep the session alive.
const whileActive = (ms: number) => () => (isIdle(ms * 2) ? false : ms)

/** The numbers beside the places, the boxes and the bell: each is what its list lists (UI5). */
export function useCounts() {
  const boxes = useQuery({
    queryKey: ['counts', 'boxes'],
    queryFn: ({ signal }) => ok(client.GET('/portal/counts', { signal })),
    refetchInterval: whileActive(60_000),
  })
  const notices = useQuery({
    queryKey: ['counts', 'notices'],
    queryFn: ({ signal }) => ok(client.GET('/message/count', { signal })),
    refetchInterval: whileActive(60_000),
  })
  return { boxes: boxes.data, notices: notices.data?.unread ?? 0 }
}

type Waiting = { waiting?: { code: string; n: number }[] } | undefined

/** How much waits in the lists whose codes begin so. */
export const waitingIn = (boxes: Waiting, ...of: string[]) =>
  (boxes?.waiting ?? []).reduce((sum, w) => sum + (of.some((o) => w.code.startsWith(o)) ? w.n : 0), 0)
