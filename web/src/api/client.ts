// The one door to the server.
import createClient, { type Middleware } from 'openapi-fetch'
import type { paths } from './paths'
import { ApiError, problemOf, signedOut } from './problem'

const csrf: Record<'member' | 'operator', string> = { member: '', operator: '' }
const listeners = new Set<(door: Door) => void>()

/** Members and operators have separate cookies, so separate tokens. */
export type Door = keyof typeof csrf

/** Keeps the token that every write of this door must carry. Memory only (UI14). */
export function setCsrf(door: Door, token: string) { csrf[door] = token }

/** Calls f whenever a request finds the session ended; returns how to stop. */
export function onSignedOut(f: (door: Door) => void): () => void {
  listeners.add(f)
  return () => { listeners.delete(f) }
}

/** When the last request was answered, so that the idle warning knows. */
export let lastAnswer = Date.now()

const doorOf = (path: string): Door => (path.startsWith('/console') ? 'operator' : 'member')

const common: Middleware = {
  onRequest({ request, schemaPath }) {
    if (request.method === 'GET') return
    const door = doorOf(schemaPath)
    if (csrf[door]) request.headers.set('X-CSRF-Token', csrf[door])
    if (!request.headers.has('Idempotency-Key')) request.headers.set('Idempotency-Key', crypto.randomUUID())
  },
  async onResponse({ response, schemaPath }) {
    if (response.status !== 401) lastAnswer = Date.now()
    else if (!schemaPath.endsWith('/me')) hear(doorOf(schemaPath), await response.clone().json().catch(() => undefined))
  },
}

function hear(door: Door, body: unknown) {
  if (signedOut(problemOf(401, body))) listeners.forEach((f) => f(door))
}

export const client = createClient<paths>({ baseUrl: '/api', credentials: 'same-origin' })
client.use(common)

interface Answer<T> { data?: T; error?: unknown; response: Response }

/** The answer's data, or an ApiError that says why there is none. */
export async function ok<T>(answer: Promise<Answer<T>>): Promise<T> {
  let a: Answer<T>
  try {
    a = await answer
  } catch (err) {
    if (err instanceof DOMException && err.name === 'AbortError') throw err
    throw new ApiError({ status: 0, code: 'http.0' })
  }
  if (!a.response.ok) throw new ApiError(problemOf(a.response.status, a.error))
  return (a.data ?? {}) as T
}

/** Sends one piece of an upload; the body is bytes, which the typed client does not speak. */
export async function putBytes(id: string, offset: number, bytes: Blob, key: string): Promise<{ offset: number; state: string }> {
  const request = fetch(`/api/attachment/uploads/${encodeURIComponent(id)}?offset=${offset}`, {
    method: 'PUT',
    credentials: 'same-origin',
    headers: { 'Content-Type': 'application/octet-stream', 'Idempotency-Key': key, 'X-CSRF-Token': csrf.member },
    body: bytes,
  })
  const read = request.then(async (response) => {
    const body: unknown = await response.json().catch(() => undefined)
    if (response.status === 401) hear('member', body)
    return response.ok
      ? { data: body as { offset: number; state: string }, response }
      : { error: body, response }
  })
  return ok(read)
}
