// The second factor of whoever is signed in, at either door.
import type { Act } from '@/api/action-key'
import { client, ok, setCsrf } from '@/api/client'
import { queries } from '@/app/queries'
import { meQuery } from '@/app/session'
import { operatorQuery } from '@/features/console/operator'

/** What the screens of the second factor ask of a door. */
export interface House {
  key: readonly string[]
  mine: (signal: AbortSignal) => ReturnType<typeof mine>
  beginTotp: (password: string, act: Act) => ReturnType<typeof beginTotp>
  setTotp: (body: { ticket: string; code: string }, act: Act) => Promise<string[]>
  removeTotp: (password: string, act: Act) => Promise<unknown>
  beginPasskey: (password: string, act: Act) => ReturnType<typeof beginPasskey>
  setPasskey: (body: { ticket: string; name: string; credential: string }, act: Act) => Promise<string[]>
  removePasskey: (body: { id: string; password: string }, act: Act) => Promise<unknown>
  newRecovery: (password: string, act: Act) => Promise<string[]>
  /** Asks the door again who is signed in: it may open now. */
  refresh: () => Promise<void>
}

const mine = (signal: AbortSignal) => ok(client.GET('/factor/mine', { signal }))
const beginTotp = (password: string, act: Act) => ok(client.POST('/factor/mine/totp/begin', { ...act(), body: { password } }))
const beginPasskey = (password: string, act: Act) => ok(client.POST('/factor/mine/passkeys/begin', { ...act(), body: { password } }))

// The session goes on under another token as soon as a way has been added.
async function enrolled(door: 'member' | 'operator', answer: Promise<{ csrf: string; recovery: string[] }>): Promise<string[]> {
  const { csrf, recovery } = await answer
  setCsrf(door, csrf)
  return recovery
}

export const memberHouse: House = {
  key: ['factor', 'mine'],
  mine,
  beginTotp,
  setTotp: (body, act) => enrolled('member', ok(client.POST('/factor/mine/totp', { ...act(), body }))),
  removeTotp: (password, act) => ok(client.POST('/factor/mine/totp/remove', { ...act(), body: { password } })),
  beginPasskey,
  setPasskey: (body, act) => enrolled('member', ok(client.POST('/factor/mine/passkeys', { ...act(), body }))),
  removePasskey: (body, act) => ok(client.POST('/factor/mine/passkeys/remove', { ...act(), body })),
  newRecovery: async (password, act) => (await ok(client.POST('/factor/mine/recovery', { ...act(), body: { password } }))).recovery,
  refresh: () => queries.refetchQueries({ queryKey: meQuery.queryKey }),
}

export const operatorHouse: House = {
  key: ['console', 'factor'],
  mine: (signal) => ok(client.GET('/console/factor', { signal })),
  beginTotp: (password, act) => ok(client.POST('/console/factor/totp/begin', { ...act(), body: { password } })),
  setTotp: (body, act) => enrolled('operator', ok(client.POST('/console/factor/totp', { ...act(), body }))),
  removeTotp: (password, act) => ok(client.POST('/console/factor/totp/remove', { ...act(), body: { password } })),
  beginPasskey: (password, act) => ok(client.POST('/console/factor/passkeys/begin', { ...act(), body: { password } })),
  setPasskey: (body, act) => enrolled('operator', ok(client.POST('/console/factor/passkeys', { ...act(), body }))),
  removePasskey: (body, act) => ok(client.POST('/console/factor/passkeys/remove', { ...act(), body })),
  newRecovery: async (password, act) => (await ok(client.POST('/console/factor/recovery', { ...act(), body: { password } }))).recovery,
  refresh: () => queries.refetchQueries({ queryKey: operatorQuery.queryKey }),
}
