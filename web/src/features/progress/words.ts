import { problemText } from '@/api/problem'
import type { Work } from '@/api/types'
import { t, tOr } from '@/i18n'

/** Whether it still goes on. */
export function isOpen(w: Pick<Work, 'state'>): boolean { return w.state === 'queued' || w.state === 'running' }

/** How far a work is, from 0 to 100; it is 100 only when it has ended well. */
export function percent(w: Pick<Work, 'state' | 'done' | 'total'>): number {
  if (w.state === 'done') return 100
  return w.total > 0 ? Math.min(99, Math.floor((w.done * 100) / w.total)) : 0
}

/** What kind of work it is. */
export function kindText(w: Pick<Work, 'kind'>): string { return tOr(`work.kind.${w.kind}`, t('work.kind')) }

type Ended = Pick<Work, 'kind' | 'state' | 'code' | 'facts'>

/** How a work ended. */
export function outcome(w: Ended): string {
  if (w.state === 'stopped') return t('work.end.stopped')
  if (w.state === 'failed') return t('work.end.failed', { why: problemText({ status: 409, code: w.code }) })
  return tOr(`work.end.${w.kind}`, t('work.end.done'), { ...w.facts, digest: (w.facts.digest ?? '').slice(0, 12) })
}

/** Which work ended, and how. */
export function endText(w: Ended & Pick<Work, 'title'>): string { return t('work.ended', { title: w.title, end: outcome(w) }) }
