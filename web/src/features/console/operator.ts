import { queryOptions } from '@tanstack/react-query'
import { client, ok, setCsrf } from '@/api/client'
import type { Operator } from '@/api/types'
import { queries } from '@/app/queries'

function remember(o: Operator): Operator {
  setCsrf('operator', o.csrf)
  return o
}

/** The signed-in operator; another cookie than a member's. */
export const operatorQuery = queryOptions({
  queryKey: ['operator'],
  queryFn: async ({ signal }) => remember(await ok(client.GET('/console/me', { signal }))),
  staleTime: 60_000,
})

export function enterConsole(o: Operator) { queries.setQueryData(operatorQuery.queryKey, remember(o)) }

export async function leaveConsole() {
  try {
    await ok(client.POST('/console/sign-out'))
  } finally {
    queries.clear()
    window.location.assign('/console/sign-in')
  }
}
