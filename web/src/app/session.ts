// Who is signed in at the workplace and evaluation doors.
import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { client, ok, setCsrf } from '@/api/client'
import type { Me } from '@/api/types'
import { queries } from './queries'

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }) => remember(await ok(client.GET('/org/me', { signal }))),
  staleTime: 60_000,
})

const others = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('hetu.session')

function remember(me: Me): Me {
  setCsrf('member', me.csrf)
  return me
}

/** Makes me the signed-in person; whatever was shown to another is forgotten. */
export function enter(me: Me) {
  const before = queries.getQueryData<Me>(meQuery.queryKey)
  if (before && (before.member.id !== me.member.id || before.tenant.id !== me.tenant.id)) queries.clear()
  queries.setQueryData(meQuery.queryKey, remember(me))
}

/** Ends the session here and in every other window of this browser. */
export async function leave() {
  try {
    await ok(client.POST('/org/sign-out'))
  } finally {
    others?.postMessage('left')
    gone()
  }
}

function gone() {
  const slug = queries.getQueryData<Me>(meQuery.queryKey)?.tenant.slug
  queries.clear()
  setCsrf('member', '')
  window.location.assign(slug ? `/sign-in?t=${encodeURIComponent(slug)}` : '/sign-in')
}
others?.addEventListener('message', gone)

/** The signed-in person. Only under a Gate, which has made sure that there is one. */
export function useMe(): Me { return useSuspenseQuery(meQuery).data }

export function useMaybeMe() { return useQuery(meQuery) }

/** Whether the signed-in person holds any of the permissions, somewhere. */
export function useCan(): (...codes: string[]) => boolean {
  const held = new Set(useMe().permissions)
  return (...codes) => codes.some((c) => held.has(c))
}
