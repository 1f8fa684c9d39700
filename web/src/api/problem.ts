// What the server answers when it refuses (RFC 9457), and how the app speaks of it.
import { has, type Params, t } from '@/i18n'
import { dateTime } from '@/ui/format'

/** A refusal as the server words it: `code` is stable, `field` is an input's name. */
export interface Problem {
  status: number
  code: string
  field?: string
  request_id?: string
  meta?: Record<string, unknown>
  errors?: { field: string; code: string }[]
}

/** What the loser of an update race is told (409 `<feature>.stale`). */
export interface Stale { version: number; changed_by: string; changed_at: string; changed: string[] }

/** A request that did not succeed. Status 0: no answer came, so it may be sent again with its key. */
export class ApiError extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.code)
    this.problem = problem
  }

  get status() { return this.problem.status }
  get code() { return this.problem.code }
  /** Nobody knows whether it was done: the same key must be used again. */
  get unsure() { return this.status === 0 || this.status >= 502 }
}

/** Reads a refusal out of any answer, also one that a proxy wrote. */
export function problemOf(status: number, body: unknown): Problem {
  const p = (typeof body === 'object' && body !== null ? body : {}) as Partial<Problem>
  return {
    status,
    code: typeof p.code === 'string' ? p.code : `http.${status}`,
    ...(p.field ? { field: p.field } : {}),
    ...(p.request_id ? { request_id: p.request_id } : {}),
    ...(p.meta ? { meta: p.meta } : {}),
    ...(Array.isArray(p.meta?.errors) ? { errors: p.meta.errors as Required<Problem>['errors'] } : {}),
    ...(Array.isArray(p.errors) ? { errors: p.errors } : {}),
  }
}

/** Whether it says that nobody is signed in (any more); every other 401 is about what was typed. */
export const signedOut = (p: Problem) => p.status === 401 && (p.code === 'tenant.no_actor' || p.code === 'http.401')

/** The problem of whatever was thrown; a stranger counts as no answer. */
export function asProblem(err: unknown): Problem {
  return err instanceof ApiError ? err.problem : { status: 0, code: 'http.0' }
}

/** The update race the problem tells of, if it tells of one. */
export function staleOf(p: Problem): Stale | undefined {
  if (p.status !== 409 || !p.code.endsWith('.stale')) return undefined
  const m = p.meta ?? {}
  return {
    version: Number(m.version ?? 0),
    changed_by: String(m.changed_by ?? ''),
    changed_at: String(m.changed_at ?? ''),
    changed: Array.isArray(m.changed) ? m.changed.map(String) : [],
  }
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/

// What the server sent along, as people write it: its times are those of no clock on a wall.
const spoken = (meta: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(meta).map(([key, v]) => [key, typeof v === 'string' && INSTANT.test(v) ? dateTime(v) : v])) as Params

/** A sentence for a person: by code, else by the code's last word or words, else by status. */
export function problemText(p: Pick<Problem, 'code' | 'status' | 'meta'>): string {
  const params = spoken(p.meta ?? {})
  const word = p.code.slice(p.code.lastIndexOf('.') + 1)
  const keys = [`error.${p.code}`, `error.any.${word}`, `error.any.${word.slice(word.lastIndexOf('_') + 1)}`, `error.http.${p.status}`]
  for (const key of keys) if (has(key)) return t(key, params)
  return t('error.unknown', { code: p.code })
}

/** The fields to mark, in the server's order, each with its sentence. */
export function fieldErrors(p: Problem): { field: string; text: string }[] {
  const all = p.errors?.length ? p.errors : p.field ? [{ field: p.field, code: p.code }] : []
  return all
    .filter((e) => e.field)
    .map((e) => ({ field: e.field, text: problemText({ code: e.code || p.code, status: p.status, meta: p.meta }) }))
}
