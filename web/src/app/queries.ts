import { QueryClient } from '@tanstack/react-query'
import { ApiError } from '@/api/problem'

/** What was fetched, shared by all screens. Only a lost answer is tried again. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000, // a page opened anew is asked for anew: others work on the same things
      retry: (count, err) => count < 2 && (!(err instanceof ApiError) || err.unsure),
      refetchOnWindowFocus: true,
      networkMode: 'always', // without a network it fails and says so, instead of waiting in silence (UI1)
      refetchOnReconnect: true,
    },
  },
})
