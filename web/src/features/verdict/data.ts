import { useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import { ApiError } from '@/api/problem'
import type { AppealRaised, NoticeLine, NoticeShown, StepCode, Verdict } from '@/api/types'
import { tOr } from '@/i18n'

/** The steps that people do by hand, in their order. */
export const BY_HAND = ['target', 'progress', 'self', 'review', 'events'] as const satisfies StepCode[]
/** All steps in their order. */
export const STEPS = [...BY_HAND, 'notice', 'appeal', 'answer', 'grade', 'decide', 'publish', 'freeze', 'file'] as const satisfies StepCode[]

export type ByHand = (typeof BY_HAND)[number]
export const isByHand = (s: StepCode): s is ByHand => (BY_HAND as readonly string[]).includes(s)

export function useVerdict(id: string) {
  return useQuery({ queryKey: ['verdict', id], queryFn: ({ signal }) => ok(client.GET('/verdict/rounds/{id}', { signal, params: { path: { id } } })) })
}

export function usePeople(enabled: boolean) {
  return useQuery({ queryKey: ['verdict-people'], enabled, queryFn: ({ signal }) => ok(client.GET('/verdict/people', { signal })) })
}

/** SHA-256 of a text, in hexadecimal, worked out in this browser. */
export async function digestOf(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')
}

/** Why something cannot be done yet, in words; nothing if it can. */
export function hindranceOf(v: Verdict, act: Verdict['acts'][number]['act']): string | undefined {
  const code = v.acts.find((a) => a.act === act)?.code
  return code ? tOr(`error.${code}`, code) : undefined
}

/** Whether a unit may still appeal against a line of a notice: in time, against the newest one, and once. */
export function mayAppeal(s: Pick<NoticeShown, 'left' | 'replaced' | 'appeals'>, l: Pick<NoticeLine, 'id' | 'fixed'>): boolean {
  return s.left >= 0 && !s.replaced && !l.fixed && !(s.appeals ?? []).some((a) => a.entry_id === l.id && a.level === 1 && a.state !== 'withdrawn')
}

/** Whether a unit may appeal once more: until the day it was told, before anything is decided, and once. */
export function mayAppealAgain(a: Pick<AppealRaised, 'id' | 'again_by'>, s: Pick<NoticeShown, 'decided' | 'appeals'>, today: string): boolean {
  return a.again_by !== '' && today <= a.again_by && !s.decided && !(s.appeals ?? []).some((b) => b.first_id === a.id && b.state !== 'withdrawn')
}

/** A refusal about the steps that were sent, as one about the rows of the form they stand in. */
export function atRows(err: unknown, rows: number[]): unknown {
  if (!(err instanceof ApiError)) return err
  const move = (field: string) => field.replace(/^steps\[(\d+)\]/, (all, n: string) => (rows[Number(n)] === undefined ? all : `steps[${String(rows[Number(n)])}]`))
  const { field, errors, ...rest } = err.problem
  return new ApiError({ ...rest, ...(field ? { field: move(field) } : {}), ...(errors ? { errors: errors.map((e) => ({ ...e, field: move(e.field) })) } : {}) })
}
