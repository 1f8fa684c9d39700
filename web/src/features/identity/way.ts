// What the browser remembers of its way to a provider and back. It holds nothing that opens anything: the server's own
// cookie does that.
import { inside } from '@/ui/inside'

const KEY = 'hetu.way'

export interface Way { purpose: 'sign-in' | 'link'; name: string; tenant?: string; next: string }

/** Sends the browser to a provider. Nothing but a web address is followed. */
export function leaveFor(url: string, way: Way) {
  const to = new URL(url)
  if (to.protocol !== 'https:' && to.protocol !== 'http:') throw new Error('not a web address')
  sessionStorage.setItem(KEY, JSON.stringify({ ...way, next: inside(way.next) }))
  window.location.assign(to)
}

/** The way the browser is on; that of a sign-in where nothing is remembered. */
export function onTheWay(): Way {
  const none: Way = { purpose: 'sign-in', name: '', next: '/' }
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? 'null')
    if (typeof kept !== 'object' || !kept) return none
    const { purpose, name, tenant, next } = kept as Record<string, unknown>
    return { purpose: purpose === 'link' ? 'link' : 'sign-in', name: typeof name === 'string' ? name : '', next: inside(typeof next === 'string' ? next : undefined), ...(typeof tenant === 'string' ? { tenant } : {}) }
  } catch {
    return none
  }
}

/** Whether somebody inside WeCom is to be sent there by themselves: once, so that a refusal can be read. */
export function goesByItself(agent: string): boolean {
  if (!/wxwork/i.test(agent) || sessionStorage.getItem(`${KEY}.auto`)) return false
  sessionStorage.setItem(`${KEY}.auto`, '1')
  return true
}

export function forgetWay() { sessionStorage.removeItem(KEY) }

/** Where a provider sends the browser back to that knows us by the name in the address now. */
export function returnHere(): string { return `${window.location.origin}/sign-in/return` }

/** What a provider's page has sent back in the address. */
export interface Back { state: string; code?: string; iss?: string; error?: string }

/** Reads what came back out of the address. WeCom and OpenID Connect name it alike. */
export function backOf(search: Record<string, string | undefined>): Back {
  const { state = '', code, iss, error } = search
  return { state, ...(code ? { code } : {}), ...(iss ? { iss } : {}), ...(error ? { error: error.slice(0, 100) } : {}) }
}
